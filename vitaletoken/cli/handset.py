"""A phone's working directory as what a holder needs: the trust list, the key, the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import load_device_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.holder import Holder


def acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of a phone that exists and whose key file is opened."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "phone", "made by `phone new`")
    arguments.add_passphrase(parser)
    return parser


def trust(args: Args) -> FileTrust:
    """Whom the phone ``args.phone`` believes."""
    return FileTrust(args.phone, Profile(args.phone, "phone").environment())


@contextmanager
def opened(args: Args, secrets: Secrets) -> Iterator[Holder]:
    """The phone ``args.phone``: its key file opened, and with the key its wallet."""
    Profile(args.phone, "phone")  # so that no database is made where there is no phone
    key = load_device_key(args.phone / "phone.key", secrets.passphrase(str(args.phone)))
    with SqliteWallet(args.phone / "phone.sqlite", key, SystemEntropy()) as store:
        yield Holder(key, store=store, clock=SystemClock(), entropy=SystemEntropy())
