"""A phone's working directory as what a holder needs: the trust list, the key, the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import load_device_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy, stretch_seconds
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import moment
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.crypto.pin import Argon2Profile, choose_profile
from vitaletoken.errors import Code, InputError
from vitaletoken.holder import Holder
from vitaletoken.rules.cards import PersonalCode
from vitaletoken.rules.code import MAX_FAILED, WAITS

_PROFILES: Final = {profile.label: profile for profile in Argon2Profile}
_MEASURED: Final = "measured"
_BUDGET: Final = 1.0


def acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of a phone that exists and whose key file is opened."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "phone", "made by `phone new`")
    arguments.add_passphrase(parser)
    return parser


def trust(args: Args) -> FileTrust:
    """Whom the phone ``args.phone`` believes."""
    return FileTrust(args.phone, Profile(args.phone, "phone").environment())


def add_card(
    parser: arguments.Parser, summary: str = "which card, where there are several: its handle, from `phone cards`"
) -> None:
    """The option ``--card``."""
    parser.add_argument("--card", metavar="HANDLE", help=summary)


def add_argon2(parser: arguments.Parser) -> None:
    """The option ``--argon2``."""
    parser.add_argument(
        "--argon2",
        choices=(*_PROFILES, _MEASURED),
        help=f"profile of the code key, chosen with the code (default: default; {_MEASURED}: by time, within {_BUDGET} s)",
    )


def argon2(args: Args) -> Argon2Profile | None:
    """The profile that was asked for; None where none was."""
    if args.argon2 == _MEASURED:
        return choose_profile(stretch_seconds, _BUDGET)
    return None if args.argon2 is None else _PROFILES[args.argon2]


@contextmanager
def opened(args: Args, secrets: Secrets) -> Iterator[Holder]:
    """The phone ``args.phone``: its key file opened, and with the key its wallet."""
    Profile(args.phone, "phone")  # so that no database is made where there is no phone
    key = load_device_key(args.phone / "phone.key", secrets.passphrase(str(args.phone)))
    with SqliteWallet(args.phone / "phone.sqlite", key, SystemEntropy()) as store:
        holder = Holder(key, store=store, clock=SystemClock(), entropy=SystemEntropy())
        try:
            yield holder
        except InputError as error:
            _explain(error, holder.wallet().code)
            raise


def _explain(refused: InputError, code: PersonalCode | None) -> None:
    """How many tries of the code are left, and when the next one is."""
    if code is None or refused.code not in (Code.CODE_WRONG, Code.CODE_DELAYED):
        return
    tries = code.tries
    if refused.code is Code.CODE_DELAYED:
        refused.add_note(f"The next try is at {moment(tries.last_try + WAITS[tries.failed])}.")
    refused.add_note(f"{tries.failed} of {MAX_FAILED} tries have failed; after that only the issuer unlocks it.")
