"""Ed25519, ES256 and ML-DSA-65: sign, verify strictly, check keys (spec sections 5.1 to 5.3).

Ed25519 is verified by libsodium, whose rule SIG-1 is: OpenSSL accepts signatures that libsodium refuses, and with the
identity as public key every message. P-256 is OpenSSL's, with low-S on top.

Algorithms are COSE's numbers (RFC 9864): -19 Ed25519, -9 ESP256, -49 ML-DSA-65. Public keys are 32 bytes (RFC 8032), a
compressed point of 33 bytes (SEC 1) or 1,952 bytes (FIPS 204); signatures are 64 bytes, R || S or r || s, or 3,309.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from vitaletoken.crypto import mldsa
from vitaletoken.errors import BadSignature, UsageError

ED25519: Final = -19
ESP256: Final = -9
ML_DSA_65: Final = -49

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
# RFC 6979: no randomness to fail, and the same inputs give the same bytes, which is what vectors need.
_ECDSA_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def verify(algorithm: int, public: bytes, tbs: bytes, signature: bytes) -> None:
    """Return if ``signature`` over ``tbs`` verifies under ``public``; else raise ``BadSignature``."""
    if algorithm == ED25519:
        try:
            crypto_sign_open(signature + tbs, public)
        except BadSignatureError:
            raise BadSignature from None
    elif algorithm == ML_DSA_65:
        mldsa.verify(public, tbs, signature)
    else:
        _verify_p256(public, tbs, signature)


def _verify_p256(public: bytes, tbs: bytes, signature: bytes) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < _P256_ORDER and 1 <= s <= _P256_ORDER // 2):  # SIG-2
        raise BadSignature
    try:
        _p256_key(public).verify(encode_dss_signature(r, s), tbs, _ECDSA)
    except (InvalidSignature, ValueError):  # ValueError: the key is not a point of the curve
        raise BadSignature from None


def _require_sig_1() -> None:
    """Refuse to work with a libsodium that verifies with the cofactor, as versions after that of PyNaCl 1.6 do.

    The signature's R has a part of order 8 (signature/ed25519/mixed-nonce/order-8 in vectors/signature.json): SIG-1 refuses it.
    """
    public = bytes.fromhex("837f1ce5cf5464e28a925386a95bd71fcdc6ccb1aadc8dc8eed769c02ce9bf81")
    signature = bytes.fromhex(
        "8876b3972d9881fef9c6eff3fbc04f1c737f5d9e2a521c50d43bff6fa8f41df7"
        "06f6d323c145f29f5c51abc838ad53b903403c26ece5cd3388320c4cc4def609"
    )
    try:
        verify(ED25519, public, b"vitaletoken", signature)
    except BadSignature:
        return
    raise ImportError("this libsodium verifies Ed25519 with the cofactor; vitaletoken needs the rule SIG-1")


@lru_cache(maxsize=256)
def _p256_key(public: bytes) -> ec.EllipticCurvePublicKey:
    """Decompressing a point costs a square root; a phone seen again should not."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)


def is_valid_key(algorithm: int, public: bytes) -> bool:
    """KEY-2: a canonical point of the prime-order subgroup that is not the identity; for P-256 a point of the curve.

    For ML-DSA-65 each string of the right length is a key (FIPS 204 section 5.3).
    """
    if algorithm == ML_DSA_65:
        return len(public) == mldsa.PUBLIC_SIZE
    if algorithm == ED25519:
        return len(public) == 32 and crypto_core_ed25519_is_valid_point(public)
    try:
        _p256_key(public)
    except ValueError:
        return False
    return True


def thumbprint(algorithm: int, public: bytes) -> bytes:
    """COSE Key Thumbprint (RFC 9679), SHA-256: 32 bytes.

    It is taken over the required members alone and, for P-256, over the uncompressed point (RFC 9679 section 4.2). Each
    structure has one shape, so that its encoding can stand here as it is.

    Raises:
        UsageError: ``public`` is not a point of P-256.
    """
    if algorithm == ED25519:
        return hashlib.sha256(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + public).digest()
    if algorithm == ML_DSA_65:
        return hashlib.sha256(b"\xa3\x01\x07\x03\x38\x30\x20\x59\x07\xa0" + public).digest()
    try:
        numbers = _p256_key(public).public_numbers()
    except ValueError:
        raise UsageError("not a point of P-256") from None
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return hashlib.sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()


def kid(algorithm: int, public: bytes) -> bytes:
    """The key id: the first 8 bytes of the thumbprint (KEY-1)."""
    return thumbprint(algorithm, public)[:8]


class SigningKey:
    """A private key in this process's memory. ``repr`` and pickling don't show it.

    Python cannot promise to wipe it from memory: see docs/security.md.
    """

    __slots__ = ("_ed25519", "_ml_dsa", "_p256", "algorithm", "public")

    def __init__(self, algorithm: int, secret: bytes) -> None:
        """``secret``: the 32-byte seed of Ed25519 (RFC 8032) or ML-DSA-65 (FIPS 204), or the P-256 scalar, big-endian.

        Raises:
            UsageError: the secret has another size, or is not a scalar of P-256.
        """
        if len(secret) != 32 or algorithm not in (ED25519, ESP256, ML_DSA_65):
            raise UsageError("a signing key needs a known algorithm and 32 secret bytes")
        self.algorithm = algorithm
        self._p256: ec.EllipticCurvePrivateKey | None = None
        self._ml_dsa: MLDSA65PrivateKey | None = None
        if algorithm == ED25519:
            self.public, self._ed25519 = crypto_sign_seed_keypair(secret)
            return
        if algorithm == ML_DSA_65:
            self._ml_dsa = mldsa.private_key(secret)
            self.public = mldsa.public_of(self._ml_dsa)
            return
        scalar = int.from_bytes(secret, "big")
        if not 1 <= scalar < _P256_ORDER:
            raise UsageError("not a private scalar of P-256")
        self._p256 = ec.derive_private_key(scalar, ec.SECP256R1())
        numbers = self._p256.public_key().public_numbers()
        self.public = bytes([2 + (numbers.y & 1)]) + numbers.x.to_bytes(32, "big")

    def sign(self, tbs: bytes) -> bytes:
        """64 bytes over ``tbs``, ECDSA deterministic and low-S; or 3,309 of ML-DSA-65, which is hedged."""
        if self._ml_dsa is not None:
            return self._ml_dsa.sign(tbs)
        if self._p256 is None:
            return crypto_sign(tbs, self._ed25519)[:64]
        r, s = decode_dss_signature(self._p256.sign(tbs, _ECDSA_DETERMINISTIC))
        return r.to_bytes(32, "big") + min(s, _P256_ORDER - s).to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"SigningKey(algorithm={self.algorithm}, kid={kid(self.algorithm, self.public).hex()})"

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("a private key is not pickled")


_require_sig_1()
