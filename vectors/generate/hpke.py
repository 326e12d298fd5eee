"""HPKE (RFC 9180) in base mode for one message, from X25519, HKDF and an AEAD, with a named ephemeral key.

Every input that the protocol fixes can be exchanged, to make sealed answers that must not open.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEM = 0x0020
"""DHKEM(X25519, HKDF-SHA256)."""
KDF = 0x0001
"""HKDF-SHA256."""
AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305 = 0x0001, 0x0002, 0x0003
KEY_SIZES = {AES_128_GCM: 16, AES_256_GCM: 32, CHACHA20_POLY1305: 32}


@dataclass(frozen=True)
class X25519Key:
    """A session key or an ephemeral key."""

    secret: bytes

    @cached_property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()

    def shared(self, public: bytes) -> bytes:
        """X25519 (RFC 7748 section 6.1); the library refuses the all-zero value."""
        return X25519PrivateKey.from_private_bytes(self.secret).exchange(X25519PublicKey.from_public_bytes(public))


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), material, "sha256")


def _expand(key: bytes, info: bytes, size: int) -> bytes:
    out, block = b"", b""
    while len(out) < size:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:size]


def labeled_extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    """RFC 9180 section 4."""
    return _extract(salt, b"HPKE-v1" + suite + label + material)


def labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """RFC 9180 section 4."""
    return _expand(key, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, size)


@dataclass(frozen=True)
class Sealing:
    """All that seals one message to `recipient`, a public key."""

    recipient: bytes
    info: bytes
    ephemeral: X25519Key
    aad: bytes = b""
    mode: int = 0
    kdf: int = KDF
    aead: int = CHACHA20_POLY1305
    sequence: int = 0
    sent: bytes | None = None
    """Stands in place of the ephemeral public key."""
    dh: bytes | None = None
    """Stands in place of what X25519 gives."""

    @property
    def enc(self) -> bytes:
        """The encapsulated key."""
        return self.ephemeral.public if self.sent is None else self.sent

    @property
    def shared_secret(self) -> bytes:
        """Of the KEM: RFC 9180 section 4.1."""
        suite = b"KEM" + KEM.to_bytes(2, "big")
        dh = self.ephemeral.shared(self.recipient) if self.dh is None else self.dh
        key = labeled_extract(suite, b"", b"eae_prk", dh)
        return labeled_expand(suite, key, b"shared_secret", self.enc + self.recipient, 32)

    @property
    def key_and_nonce(self) -> tuple[bytes, bytes]:
        """The key schedule of RFC 9180 section 5.1, without a PSK."""
        suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (KEM, self.kdf, self.aead))
        context = bytes([self.mode])
        for label, value in ((b"psk_id_hash", b""), (b"info_hash", self.info)):
            context += labeled_extract(suite, b"", label, value)
        secret = labeled_extract(suite, self.shared_secret, b"secret", b"")
        return (
            labeled_expand(suite, secret, b"key", context, KEY_SIZES[self.aead]),
            labeled_expand(suite, secret, b"base_nonce", context, 12),
        )

    def seal(self, plaintext: bytes) -> bytes:
        """enc || ct."""
        key, base = self.key_and_nonce
        nonce = (int.from_bytes(base, "big") ^ self.sequence).to_bytes(12, "big")
        cipher = ChaCha20Poly1305(key) if self.aead == CHACHA20_POLY1305 else AESGCM(key)
        return self.enc + cipher.encrypt(nonce, plaintext, self.aad)
