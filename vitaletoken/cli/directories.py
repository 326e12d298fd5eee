"""Working directories: a root key, an issuer, a terminal authority, a phone, a terminal. Each is private and has a profile.

    root       root.json, KID.key
    issuer     issuer.json, KID.key, number.key, register.sqlite; its desk: desk.key, people.json, applications.sqlite, mail/
    authority  authority.json, authority.key
    phone      phone.json, phone.key, phone.sqlite, roots.cbor, anchor.cbor, archive/
    terminal   terminal.json, terminal.key, roots.cbor, anchor.cbor, archive/, status.sqlite, floor.cbor, certificates/,
               replay.sqlite, challenges.sqlite

The profile is what is public about it, in JSON: the file that is given to others. ``KID.key`` is the key of that key id,
``number.key`` the HPKE key to which phones seal numbers (NIR).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import write_atomic
from vitaletoken.adapters.keystore import SoftwareSigner, load_signer, save_key, write_new
from vitaletoken.cli.arguments import E, member
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.ports import Entropy
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import cbor, cose
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Environment

_MAX_KEY: Final = 2_048


def make(directory: Path, kind: str, profile: Mapping[str, object]) -> None:
    """Make the new working directory of ``kind``, with its profile.

    Raises:
        UsageError: there is something already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is there already: nothing was changed")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    write_new(directory / f"{kind}.json", _encoded({"kind": kind, **profile}), mode=0o600)


def _encoded(profile: Mapping[str, object]) -> bytes:
    return f"{json.dumps(profile, ensure_ascii=False, indent=2)}\n".encode()


class Profile:
    """The profile of a working directory, or of a copy of it that somebody else was given, read back.

    Raises ``UsageError`` from each method, for what is missing or not in form.

    Args:
        path: the directory, or a copy of the profile.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self._path = path if path.is_file() else path / f"{kind}.json"
        try:
            content = json.loads(self._path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{path} was not made by: vitaletoken {kind} new") from None
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or content.get("kind") != kind:
            raise UsageError(f"{self._path} is damaged, or not of: vitaletoken {kind} new")
        self._content: dict[str, object] = content

    def change(self, **values: object) -> None:
        """Write the profile anew, with other ``values``; None takes one out. One step, durable before it returns."""
        changed = {name: value for name, value in {**self._content, **values}.items() if value is not None}
        write_atomic(self._path, _encoded(changed))
        self._content = changed

    def has(self, name: str) -> bool:
        """Whether there is something of that name."""
        return name in self._content

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._content.get(name)
        if not isinstance(value, bool):
            raise UsageError(f"{self._path} is damaged: {name}")
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self._content.get(name)
        if not isinstance(value, str):
            raise UsageError(f"{self._path} is damaged: {name}")
        return value

    def number(self, name: str) -> int:
        """An integer."""
        value = self._content.get(name)
        if type(value) is not int:
            raise UsageError(f"{self._path} is damaged: {name}")
        return value

    def binary(self, name: str) -> bytes:
        """A byte string, from hex."""
        try:
            return bytes.fromhex(self.text(name))
        except ValueError:
            raise UsageError(f"{self._path} is damaged: {name}") from None

    def members(self, name: str, enum: type[E]) -> tuple[E, ...]:
        """Members of ``enum``, by their names."""
        value = self._content.get(name)
        if not isinstance(value, list):
            raise UsageError(f"{self._path} is damaged: {name}")
        return tuple(member(enum, item) for item in value)

    def environment(self) -> Environment:
        """Where its keys and cards count."""
        return member(Environment, self.text("environment"))

    def public_key(self, name: str = "public_key") -> CoseKey:
        """The public half of its key, or of the key of another ``name``."""
        try:
            return cose.signing_key_of(cbor.decode(self.binary(name), _MAX_KEY))
        except NotInForm:
            raise UsageError(f"{self._path} is damaged: {name}") from None


def public_hex(signer: SoftwareSigner) -> str:
    """A public key as profiles have it: COSE_Key in hex."""
    return cbor.encode(signer.public_key.to_item()).hex()


def keep_key(directory: Path, key: tuple[SoftwareSigner, bytes], passphrase: str, entropy: Entropy) -> None:
    """Keep a key in ``directory`` under its key id."""
    signer, secret = key
    save_key(_key_file(directory, signer.public_key), signer, secret, passphrase, entropy)


def open_key(directory: Path, key: CoseKey, passphrase: str) -> SoftwareSigner:
    """The private half of ``key``, kept in ``directory``. Raises as ``keystore.load_signer``."""
    return load_signer(_key_file(directory, key), passphrase)


def _key_file(directory: Path, key: CoseKey) -> Path:
    return directory / f"{kid_of(key).hex()}.key"
