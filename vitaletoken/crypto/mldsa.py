"""ML-DSA-65 (FIPS 204; spec section 5.3): pure, with an empty context string. A second signature beside Ed25519, never alone.

Public keys are 1,952 bytes and each string of that length is one; signatures are 3,309 bytes; a private key is its 32-byte
seed. Signing is hedged: the same inputs give other bytes each time.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from vitaletoken.errors import BadSignature

PUBLIC_SIZE: Final = 1952
SIGNATURE_SIZE: Final = 3309


def verify(public: bytes, tbs: bytes, signature: bytes) -> None:
    """Return if ``signature`` over ``tbs`` verifies under ``public``; else raise ``BadSignature``."""
    try:
        MLDSA65PublicKey.from_public_bytes(public).verify(signature, tbs)
    except (InvalidSignature, ValueError):  # ValueError: a key of another size
        raise BadSignature from None


def private_key(seed: bytes) -> MLDSA65PrivateKey:
    """The private key that the 32-byte ``seed`` stands for."""
    return MLDSA65PrivateKey.from_seed_bytes(seed)


def public_of(key: MLDSA65PrivateKey) -> bytes:
    """The public half, 1,952 bytes."""
    return key.public_key().public_bytes_raw()
