"""An issuer's working directory as what acts for it: its profile, its keys, its register."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vitaletoken.adapters.keystore import load_number_key
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import UsageError
from vitaletoken.issuer import Issuer
from vitaletoken.publisher import Publisher

#: In an issuer's profile: the public half of its HPKE key, in hex.
SEALING_KEY: Final = "sealing_key"
NUMBER_KEY_FILE: Final = "number.key"


def acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of an issuer that exists and whose key file is opened."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "issuer", "made by `issuer new`")
    arguments.add_passphrase(parser)
    return parser


def profile(args: Args) -> Profile:
    """Of the issuer ``args.issuer``."""
    return Profile(args.issuer, "issuer")


def sealing_key(own: Profile) -> bytes:
    """To which phones seal numbers (NIR).

    Raises:
        UsageError: an issuer that an earlier version has made, which has none.
    """
    if not own.has(SEALING_KEY):
        raise UsageError(
            "the issuer has no key for numbers (NIR), since an earlier version of vitaletoken made it: make a new one "
            "(vitaletoken issuer new)"
        )
    return own.binary(SEALING_KEY)


@contextmanager
def issuer(args: Args, passphrase: str | None = None) -> Iterator[Issuer]:
    """What issues cards and changes their status.

    Args:
        passphrase: where the verb has asked for it already.
    """
    own = profile(args)
    public = sealing_key(own)
    passphrase = passphrase or _passphrase(args)
    signer = directories.open_key(args.issuer, own.public_key(), passphrase)
    with _register(args) as register:
        yield Issuer(
            own.text("id"),
            signer,
            number_key=_NumberKeyFile(args.issuer / NUMBER_KEY_FILE, public, passphrase),
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


class _NumberKeyFile:
    """The issuer's HPKE key, in a file that is opened when there is something to open with it: Argon2id takes its time."""

    def __init__(self, path: Path, public_key: bytes, passphrase: str) -> None:
        self._path = path
        self._public_key = public_key
        self._passphrase = passphrase

    @property
    def public_key(self) -> bytes:
        return self._public_key

    def unseal(self, sealed: bytes, info: bytes) -> bytes:
        return load_number_key(self._path, self._passphrase).unseal(sealed, info)


def _passphrase(args: Args) -> str:
    return Secrets(args.passphrase_file).passphrase(str(args.issuer))


def _register(args: Args) -> SqliteRegister:
    return SqliteRegister(args.issuer / "register.sqlite")
