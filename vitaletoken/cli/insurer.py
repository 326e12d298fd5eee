"""An issuer's working directory as what acts for it: its profile, its keys, its register."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vitaletoken.adapters.sqlite import SqliteRegister
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.issuer import Issuer
from vitaletoken.publisher import Publisher


def acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of an issuer that exists and whose key file is opened."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "issuer", "made by `issuer new`")
    arguments.add_passphrase(parser)
    return parser


def profile(args: Args) -> Profile:
    """Of the issuer ``args.issuer``."""
    return Profile(args.issuer, "issuer")


@contextmanager
def issuer(args: Args) -> Iterator[Issuer]:
    """What issues cards and changes their status."""
    own = profile(args)
    signer = directories.open_key(args.issuer, own.public_key(), _passphrase(args))
    with _register(args) as register:
        yield Issuer(
            own.text("id"),
            signer,
            register=register,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            status_uri=own.text("status_uri"),
            environment=own.environment(),
            status_lists=own.number("status_lists"),
        )


@contextmanager
def publisher(args: Args, status_lists: int) -> Iterator[Publisher]:
    """What publishes ``status_lists`` lists of the cards' status."""
    own, passphrase = profile(args), _passphrase(args)
    second = None
    if own.has("post_quantum_key"):
        second = directories.open_key(args.issuer, own.public_key("post_quantum_key"), passphrase)
    with _register(args) as register:
        yield Publisher(
            own.text("id"),
            directories.open_key(args.issuer, own.public_key(), passphrase),
            register=register,
            clock=SystemClock(),
            status_uri=own.text("status_uri"),
            second=second,
            status_lists=status_lists,
        )


def _passphrase(args: Args) -> str:
    return Secrets(args.passphrase_file).passphrase(str(args.issuer))


def _register(args: Args) -> SqliteRegister:
    return SqliteRegister(args.issuer / "register.sqlite")
