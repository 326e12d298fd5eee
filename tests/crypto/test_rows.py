"""Rows at rest under the device's key."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vitaletoken.crypto.rows import OVERHEAD, BrokenRow, RowCipher

SALT = bytes(range(16))
NONCE = bytes(12)


def prf(message: bytes) -> bytes:
    return hmac.digest(b"device", message, "sha256")


def expand(secret: bytes, info: bytes) -> bytes:
    return hmac.digest(hmac.digest(SALT, secret, "sha256"), info + b"\x01", "sha256")


def test_each_step_by_hand() -> None:
    """PRF under its label and the salt, HKDF-SHA-256 (RFC 5869), ChaCha20-Poly1305 with the place as associated data."""
    secret = prf(b"vitaletoken/1 wallet-prf" + SALT)
    cipher = RowCipher(prf, SALT)
    assert cipher.check == expand(secret, b"vitaletoken/1 wallet-check")[:16]
    key = expand(secret, b"vitaletoken/1 wallet-row")
    assert cipher.seal(b"row", NONCE, b"place") == ChaCha20Poly1305(key).encrypt(NONCE, b"row", b"place")


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_row_opens_where_it_belongs(size: int) -> None:
    cipher = RowCipher(prf, SALT)
    sealed = cipher.seal(bytes(size), NONCE, b"place")
    assert len(sealed) == size + OVERHEAD
    assert RowCipher(prf, SALT).open(sealed, NONCE, b"place") == bytes(size)


def test_a_row_opens_nowhere_else() -> None:
    cipher = RowCipher(prf, SALT)
    sealed = cipher.seal(b"row", NONCE, b"place")
    others = (
        (cipher, sealed, NONCE, b"another"),
        (cipher, sealed, b"1" * 12, b"place"),
        (cipher, sealed, b"", b"place"),
        (cipher, sealed[:-1], NONCE, b"place"),
        (cipher, b"", NONCE, b"place"),
        (cipher, bytes([sealed[0] ^ 1]) + sealed[1:], NONCE, b"place"),
        (RowCipher(prf, bytes(16)), sealed, NONCE, b"place"),
        (RowCipher(lambda message: hashlib.sha256(message).digest(), SALT), sealed, NONCE, b"place"),
    )
    for other, data, nonce, place in others:
        with pytest.raises(BrokenRow):
            other.open(data, nonce, place)


def test_another_salt_or_device_is_known_by_the_check() -> None:
    checks = {RowCipher(f, salt).check for f in (prf, lambda _: bytes(32)) for salt in (SALT, bytes(16))}
    assert len(checks) == 4
