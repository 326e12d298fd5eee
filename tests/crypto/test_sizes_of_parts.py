"""Sizes that stores and other modules take from here: nonces, salts, the signature of FIPS 204."""

from __future__ import annotations

from vitaletoken.crypto import keywrap, mldsa, pin, rows


def test_sizes() -> None:
    assert (keywrap.NONCE_SIZE, rows.NONCE_SIZE) == (12, 12)
    assert (keywrap.SALT_SIZE, rows.SALT_SIZE, pin.SALT_SIZE) == (16, 16, 16)
    assert pin.PRF_SIZE == 32
    assert mldsa.SIGNATURE_SIZE == 3309
