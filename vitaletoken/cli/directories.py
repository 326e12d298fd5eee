"""Working directories: a root key, an issuer, a terminal authority, a phone, a terminal. Each is private and has a profile.

    root       root.json, root.key
    issuer     issuer.json, issuer.key, register.sqlite
    authority  authority.json, authority.key
    phone      phone.json, phone.key, phone.sqlite, roots.cbor, trust.cbor
    terminal   terminal.json, terminal.key, roots.cbor, trust.cbor, status/, certificates/, replay.sqlite, challenges.sqlite

The profile is what is public about it, in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vitaletoken.adapters.keystore import SoftwareSigner, write_new
from vitaletoken.cli.arguments import E, member
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor, cose
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Environment

_MAX_KEY: Final = 128


def make(directory: Path, kind: str, profile: Mapping[str, object]) -> None:
    """Make the new working directory of ``kind``, with its profile.

    Raises:
        UsageError: there is something already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is there already: nothing was changed")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    text = json.dumps({"kind": kind, **profile}, ensure_ascii=False, indent=2)
    write_new(directory / f"{kind}.json", f"{text}\n".encode(), mode=0o600)


class Profile:
    """The profile of a working directory, read back.

    Raises ``UsageError`` from each method, for what is missing or not in form.
    """

    def __init__(self, directory: Path, kind: str) -> None:
        self._path = directory / f"{kind}.json"
        try:
            content = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            raise UsageError(f"{directory} was not made by: vitaletoken {kind} new") from None
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or content.get("kind") != kind:
            raise UsageError(f"{self._path} is damaged")
        self._content: dict[str, object] = content

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

    def public_key(self) -> CoseKey:
        """The public half of its key."""
        try:
            return cose.key_of(cbor.decode(self.binary("public_key"), _MAX_KEY))
        except NotInForm:
            raise UsageError(f"{self._path} is damaged: public_key") from None


def public_hex(signer: SoftwareSigner) -> str:
    """A public key as profiles have it: COSE_Key in hex."""
    return cbor.encode(signer.public_key.to_item()).hex()
