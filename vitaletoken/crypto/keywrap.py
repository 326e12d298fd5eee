"""Secrets at rest under a passphrase: Argon2id, then ChaCha20-Poly1305 (RFC 8439).

Not the encrypted PKCS #8 that cryptography offers: it stretches with PBKDF2 at 2,048 iterations.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vitaletoken.crypto import labels
from vitaletoken.crypto.pin import Argon2Profile, stretch
from vitaletoken.errors import UsageError, raise_alone

SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12


class WrongPassphrase(Exception):
    """Internal: the passphrase is wrong or the file was changed; the two can't be told apart."""


def wrap(secret: bytes, passphrase: str, salt: bytes, nonce: bytes, profile: Argon2Profile, context: bytes) -> bytes:
    """``secret`` encrypted, and authenticated with ``context``. ``salt`` and ``nonce`` are fresh random bytes.

    Raises:
        UsageError: the passphrase is not Unicode text; so does ``unwrap``.
    """
    key = stretch(_encoded(passphrase), salt, profile)
    return ChaCha20Poly1305(key).encrypt(nonce, secret, labels.KEY_WRAP + context)


def unwrap(wrapped: bytes, passphrase: str, salt: bytes, nonce: bytes, profile: Argon2Profile, context: bytes) -> bytes:
    """What ``wrap`` was given. Raises ``WrongPassphrase``."""
    key = stretch(_encoded(passphrase), salt, profile)
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, wrapped, labels.KEY_WRAP + context)
    except InvalidTag:
        raise WrongPassphrase from None


def _encoded(passphrase: str) -> bytes:
    try:
        return passphrase.encode()
    except (
        UnicodeEncodeError
    ):  # lone surrogates, as Python reads bytes that are no text; the exception has the passphrase in it
        raise_alone(UsageError("the passphrase is not Unicode text"))
