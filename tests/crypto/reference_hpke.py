"""HPKE's base mode for one message, from RFC 9180, for the one suite of the specification; the ephemeral key is chosen.

Reference for ``vitaletoken.crypto.sealing``; nothing is imported from there.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEM = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0003))


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract"""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand, for at most one block"""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labeled + b"\x01", hashlib.sha256)[:length]


def _context(dh: bytes, enc: bytes, public: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and base nonce."""
    shared = _expand(KEM, _extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    context = b"\0" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    secret = _extract(SUITE, shared, b"secret", b"")
    return _expand(SUITE, secret, b"key", context, 32), _expand(SUITE, secret, b"base_nonce", context, 12)


def seal(message: bytes, public: bytes, info: bytes, ephemeral: bytes) -> bytes:
    """enc || ct"""
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = own.public_key().public_bytes_raw()
    key, nonce = _context(own.exchange(X25519PublicKey.from_public_bytes(public)), enc, public, info)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, message, b"")


def unseal(sealed: bytes, secret: bytes, info: bytes) -> bytes:
    own = X25519PrivateKey.from_private_bytes(secret)
    enc, ct = sealed[:32], sealed[32:]
    dh = own.exchange(X25519PublicKey.from_public_bytes(enc))
    key, nonce = _context(dh, enc, own.public_key().public_bytes_raw(), info)
    return ChaCha20Poly1305(key).decrypt(nonce, ct, b"")
