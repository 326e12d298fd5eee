"""What a thief computes who has all of a wallet's file, in clear even, but not the device key: for each code, all that follows.

One function for all codes, so that it can be shown that it finds the code where there is something to be found.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from nacl.bindings import crypto_sign_seed_keypair

from vitaletoken.crypto import labels, pin
from vitaletoken.crypto.pin import Argon2Profile

Prf = Callable[[bytes], bytes]


class Loot(NamedTuple):
    """What is in the file.

    Attributes:
        salt, profile, code_key: of the personal code. thumbprint: of the device key, which is in the card.
        strings: all 32-byte strings that stand anywhere, in the file as it is or in what it says when it is opened.
        sealed: a row as it is: nonce and ciphertext. place: what it is authenticated with.
    """

    salt: bytes
    profile: Argon2Profile
    code_key: bytes
    thumbprint: bytes
    strings: frozenset[bytes]
    sealed: tuple[bytes, bytes]
    place: bytes


class Found(NamedTuple):
    """What came of it.

    Attributes:
        fitting: codes of which anything computed is equal to anything there, or opens a row.
        near: how many codes give a candidate for the code key that is that many bits from it; and the same for s.
    """

    fitting: tuple[str, ...]
    near: tuple[Counter[int], Counter[int]]


def without_device(_: bytes) -> bytes:
    """h, for who has no device: nothing."""
    return b""


def distances(loot: Loot, code: str, h: Prf = without_device) -> tuple[bool, tuple[int, int]]:
    """Whether ``code`` fits anything; and how far what it gives is from the code key, in bits."""
    s = pin.stretch(code.encode(), loot.salt, loot.profile)
    pseudo_random_key = hmac.digest(loot.salt, s + h(labels.CODE_PRF + s), "sha256")
    seed = hmac.digest(pseudo_random_key, labels.CODE_KEY + loot.thumbprint + b"\x01", "sha256")
    public, _ = crypto_sign_seed_keypair(seed)
    fits = public == loot.code_key or not loot.strings.isdisjoint((s, seed, public)) or _opens(s, loot)
    certified = int.from_bytes(loot.code_key)
    bits = [(int.from_bytes(value) ^ certified).bit_count() for value in (public, s)]
    return fits, (bits[0], bits[1])


def _opens(key: bytes, loot: Loot) -> bool:
    nonce, sealed = loot.sealed
    try:
        ChaCha20Poly1305(key).decrypt(nonce, sealed, loot.place)
    except InvalidTag:
        return False
    return True


def search(loot: Loot, codes: Iterable[int], h: Prf = without_device) -> Found:
    """All of ``codes``."""
    fitting, near = [], (Counter[int](), Counter[int]())
    for number in codes:
        code = f"{number:06}"
        fits, bits = distances(loot, code, h)
        if fits:
            fitting.append(code)
        for counter, distance in zip(near, bits, strict=True):
            counter[distance] += 1
    return Found(tuple(fitting), near)
