"""Sealed answers (spec section 13.3): HPKE (RFC 9180) in base mode, one message, to an X25519 session key.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, as ``cryptography`` has them since version 48, which is the least
that the distribution permits.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from vitaletoken.errors import UsageError

KEY_SIZE: Final = 32
#: Bytes that sealing adds: the ephemeral public key (enc), and the tag of the AEAD.
OVERHEAD: Final = 48

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
# Any private key does to look at a public one: X25519 clears the cofactor, so that exactly the points of small order give zero.
_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes(KEY_SIZE))


class BrokenSeal(Exception):
    """Internal: what does not open with that key and that ``info``."""


def session_public_key(secret: bytes) -> bytes:
    """The X25519 public key, 32 bytes, of the private key ``secret``: 32 fresh random bytes.

    Raises:
        UsageError: the secret has another size.
    """
    if len(secret) != KEY_SIZE:
        raise UsageError("a session key is made from 32 random bytes")
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def is_valid_session_key(public: bytes) -> bool:
    """SEAL-3: X25519 with it doesn't give the all-zero value (RFC 7748 section 6.1)."""
    try:
        _PROBE.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return False
    return True


def seal(message: bytes, session_key: bytes, info: bytes) -> bytes:
    """``message`` for the holder of the session key alone: enc || ct.

    HPKE's own ephemeral key comes from the system's randomness, by way of the library, and not from an injected
    ``Entropy``: the library gives no way to choose it, and one that was used twice would open both answers.

    Raises:
        UsageError: SEAL-3; the caller has checked.
    """
    try:
        return _SUITE.encrypt(message, X25519PublicKey.from_public_bytes(session_key), info=info)
    except ValueError:
        raise UsageError("a session key of small order: an answer to it could be read by everybody") from None


def unseal(sealed: bytes, secret: bytes, info: bytes) -> bytes:
    """What ``seal`` was given. Raises ``BrokenSeal``."""
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(secret), info=info)
    except InvalidTag:  # also for what is too short, and for an ephemeral key of small order
        raise BrokenSeal from None
