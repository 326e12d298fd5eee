"""Secrets at rest under a passphrase: Argon2id, then ChaCha20-Poly1305 (RFC 8439).

Not the encrypted PKCS #8 that cryptography offers: it stretches with PBKDF2 at 2,048 iterations.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vitaletoken.crypto import labels
from vitaletoken.crypto.pin import Argon2Profile, stretch

SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12


class WrongPassphrase(Exception):
    """Internal: the passphrase is wrong or the file was changed; the two can't be told apart."""


def wrap(secret: bytes, passphrase: str, salt: bytes, nonce: bytes, profile: Argon2Profile, context: bytes) -> bytes:
    """``secret`` encrypted, and authenticated with ``context``. ``salt`` and ``nonce`` are fresh random bytes."""
    key = stretch(passphrase.encode(), salt, profile)
    return ChaCha20Poly1305(key).encrypt(nonce, secret, labels.KEY_WRAP + context)


def unwrap(wrapped: bytes, passphrase: str, salt: bytes, nonce: bytes, profile: Argon2Profile, context: bytes) -> bytes:
    """What ``wrap`` was given. Raises ``WrongPassphrase``."""
    key = stretch(passphrase.encode(), salt, profile)
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, wrapped, labels.KEY_WRAP + context)
    except InvalidTag:
        raise WrongPassphrase from None
