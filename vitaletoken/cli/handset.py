"""A phone's working directory as what a holder needs: the trust list, the key, the state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import load_device_key
from vitaletoken.adapters.sqlite import SqliteHolderStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.holder import Holder
from vitaletoken.ports import HolderStore


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
def opened_store(args: Args) -> Iterator[SqliteHolderStore]:
    """The state of the phone ``args.phone``."""
    Profile(args.phone, "phone")  # so that no database is made where there is no phone
    with SqliteHolderStore(args.phone / "phone.sqlite") as store:
        yield store


def holder(args: Args, secrets: Secrets, store: HolderStore) -> Holder:
    """The phone ``args.phone``, its key file opened."""
    key = load_device_key(args.phone / "phone.key", secrets.passphrase(str(args.phone)))
    return Holder(key, store=store, clock=SystemClock(), entropy=SystemEntropy())
