"""Rows of a file at rest under a key that only the device can make: ChaCha20-Poly1305 (RFC 8439).

Not for what a passphrase protects: see ``keywrap``. A row is authenticated together with its place, so that it opens nowhere
else, and not as an earlier row of that place either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vitaletoken.crypto import labels
from vitaletoken.errors import UsageError

SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12
CHECK_SIZE: Final = 16
#: Bytes by which a sealed row is longer than what is in it.
OVERHEAD: Final = 16


class BrokenRow(Exception):
    """Internal: another key, another place, or other bytes; they can't be told apart."""


class RowCipher:
    """The rows of one file.

    Args:
        prf: the device's keyed function, bytes to 32 bytes. It is asked once, here, and not for each row: the key is then in
            this process's memory for as long as the object is.
        salt: of the file, 16 random bytes.
    """

    __slots__ = ("_aead", "check")

    def __init__(self, prf: Callable[[bytes], bytes], salt: bytes) -> None:
        secret = prf(labels.WALLET_PRF + salt)
        self._aead = ChaCha20Poly1305(_expand(secret, salt, labels.WALLET_ROW, 32))
        #: 16 bytes to be kept beside the salt: another device makes others.
        self.check: Final = _expand(secret, salt, labels.WALLET_CHECK, CHECK_SIZE)

    def seal(self, content: bytes, nonce: bytes, place: bytes) -> bytes:
        """``content`` encrypted, and authenticated with its ``place``. ``nonce``: 12 fresh random bytes."""
        return self._aead.encrypt(nonce, content, place)

    def open(self, sealed: bytes, nonce: bytes, place: bytes) -> bytes:
        """What ``seal`` was given. Raises ``BrokenRow``."""
        try:
            return self._aead.decrypt(nonce, sealed, place)
        except (InvalidTag, ValueError):
            raise BrokenRow from None

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("a key is not pickled")


def _expand(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=size, salt=salt, info=info).derive(secret)
