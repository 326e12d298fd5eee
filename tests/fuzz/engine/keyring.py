"""The keys of the vectors, by what messages name them with; where a message names one that is not known here, some other one."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from functools import cache, lru_cache
from types import ModuleType
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fuzz.targets import vectors
from vectors.generate import fixtures, keys, lending, renewals, roots, terminals
from vectors.generate.keys import Ed25519Key, P256Key
from vitaletoken.errors import InputError
from vitaletoken.wire.credential import parse_credential

Key = Ed25519Key | P256Key

#: Where vectors have the exact card that a phone's message names by its digest alone.
_CARDS: Final = (("renewal", "credential"), ("order", "credential"))


class Pair(NamedTuple):
    """The public halves of a phone's keys, as messages have them: the device key's x, and the code key."""

    device: Any
    code: Any


def _all_keys(modules: Iterable[ModuleType]) -> Iterable[Key]:
    for module in modules:
        for value in vars(module).values():
            held = value.keys if isinstance(value, roots.RootSet) else value
            for each in held if isinstance(held, tuple) else (held,):
                if isinstance(each, (Ed25519Key, P256Key)):
                    yield each


class Keyring:
    """The keys of the vectors' fixtures, by their public halves and by their kids."""

    def __init__(self) -> None:
        self._by_public: dict[bytes, Key] = {}
        self._by_kid: dict[bytes, Key] = {}
        for key in _all_keys((keys, fixtures, terminals, roots, lending, renewals)):
            public = key.public if isinstance(key, Ed25519Key) else key.point[0].to_bytes(32, "big")
            self._by_public[public] = key
            if isinstance(key, Ed25519Key):
                self._by_kid[key.kid] = key
        self._all = tuple(self._by_kid.values())
        self._cards = {hashlib.sha256(card).digest(): card for where in _CARDS for card in vectors.inputs(*where)}

    def named(self, kid: object, rng: random.Random) -> Key:
        """The key of that kid."""
        found = self._by_kid.get(kid) if isinstance(kid, bytes) else None
        return found or rng.choice(self._all)

    def of(self, public: object, rng: random.Random) -> Key:
        """The key with that public half, or with that x."""
        found = self._by_public.get(public) if isinstance(public, bytes) else None
        return found or rng.choice(self._all)

    def of_card(self, digest: object) -> Pair:
        """The keys of the card with that SHA-256; of no card that is known, none that anybody has."""
        card = self._cards.get(digest, b"") if isinstance(digest, bytes) else b""
        try:
            claims = parse_credential(card).unverified_claims
        except InputError:
            return Pair(None, None)
        return Pair(claims.device_key.public[-32:], claims.card.code_key)


@cache
def keyring() -> Keyring:
    """The one there is."""
    return Keyring()


@lru_cache(maxsize=64)
def _ed25519(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def sign(key: Key, tbs: bytes) -> bytes:
    """The 64 bytes of a signature."""
    return _ed25519(key.seed).sign(tbs) if isinstance(key, Ed25519Key) else key.sign(tbs)
