"""Values derived from names, and the keys of the fixtures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vectors.generate import p256
from vectors.generate.encoder import Value, encode

EDDSA, ESP256 = -19, -9


def derive(case_id: str, name: str, size: int = 32) -> bytes:
    """The stand-in for a random value: SHA-256("vitaletoken test" || case id || name), cut to `size` bytes."""
    assert size <= 32
    return hashlib.sha256(b"vitaletoken test" + case_id.encode() + name.encode()).digest()[:size]


def thumbprint_of(key: dict[int, Value]) -> bytes:
    """The COSE Key Thumbprint of an Ed25519 key (RFC 9679)."""
    return hashlib.sha256(encode({1: 1, -1: 6, -2: key[-2]})).digest()


@dataclass(frozen=True)
class Ed25519Key:
    """A key pair of suite 1, an issuer, a root key holder or a personal code."""

    seed: bytes

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()

    @property
    def suite(self) -> int:
        """The suite of a device with such a key."""
        return 1

    @property
    def cose(self) -> dict[int, Value]:
        """The public key as COSE_Key."""
        return ed25519_cose(self.public)

    @property
    def thumbprint(self) -> bytes:
        """Section 5.1."""
        return thumbprint_of(self.cose)

    @property
    def kid(self) -> bytes:
        """KEY-1."""
        return self.thumbprint[:8]

    def sign(self, message: bytes) -> bytes:
        """RFC 8032; deterministic."""
        return self._key.sign(message)


@dataclass(frozen=True)
class P256Key:
    """A device key pair of suite 2."""

    scalar: int

    @cached_property
    def point(self) -> tuple[int, int]:
        """x and y of the public key."""
        return p256.point(self.scalar)

    @property
    def suite(self) -> int:
        """The suite of a device with such a key."""
        return 2

    @property
    def seed(self) -> bytes:
        """The scalar as 32 bytes, as the `present` layer takes it."""
        return self.scalar.to_bytes(32, "big")

    @property
    def cose(self) -> dict[int, Value]:
        """The public key as COSE_Key, y as its sign."""
        x, y = self.point
        return p256_cose(x.to_bytes(32, "big"), bool(y & 1))

    @property
    def thumbprint(self) -> bytes:
        """Section 5.1: over the uncompressed point."""
        x, y = self.point
        return hashlib.sha256(encode({1: 2, -1: 1, -2: x.to_bytes(32, "big"), -3: y.to_bytes(32, "big")})).digest()

    def sign(self, message: bytes) -> bytes:
        """ECDSA with the nonce of RFC 6979 and low s."""
        return p256.sign(self.scalar, message)


DeviceKey = Ed25519Key | P256Key


@dataclass(frozen=True)
class OtherNonce:
    """Signs as a P-256 key does whose phone draws its nonces: validly, with other bytes."""

    key: P256Key
    nonce: int

    def sign(self, message: bytes) -> bytes:
        """A second valid signature."""
        return p256.sign_with_nonce(self.key.scalar, self.nonce, message)


def ed25519_cose(x: bytes) -> dict[int, Value]:
    """`ed25519-key` of the CDDL."""
    return {1: 1, 3: EDDSA, -1: 6, -2: x}


def p256_cose(x: bytes, sign: bool) -> dict[int, Value]:
    """`p256-key` of the CDDL."""
    return {1: 2, 3: ESP256, -1: 1, -2: x, -3: sign}


def ed25519(case_id: str, name: str = "seed") -> Ed25519Key:
    """An Ed25519 key of a name."""
    return Ed25519Key(derive(case_id, name))


def p256_key(case_id: str, name: str = "scalar") -> P256Key:
    """A P-256 key of a name."""
    scalar = int.from_bytes(derive(case_id, name), "big")
    assert 1 <= scalar < p256.N
    return P256Key(scalar)


CNAM_CARDS = ed25519("fixture/issuer/fr-cnam/cards")
CNAM_CARDS_BEFORE = ed25519("fixture/issuer/fr-cnam/cards-before")
CNAM_STATUS = ed25519("fixture/issuer/fr-cnam/status")
CNAM_OFFERS = ed25519("fixture/issuer/fr-cnam/offers")
MSA = ed25519("fixture/issuer/fr-msa/everything")
ANS = ed25519("fixture/authority/fr-ans/terminals")
PHARMACY_KEY, HOSPITAL_KEY, DESK_KEY = (
    ed25519(f"fixture/terminal/{name}") for name in ("pharmacy", "hospital", "desk")
)
STRANGER = ed25519("fixture/stranger")
"""A key that nobody certified."""

ROOTS = tuple(ed25519(f"fixture/root/{name}") for name in ("first", "second", "third"))

PHONE_1 = ed25519("fixture/phone/suite-1")
PHONE_2 = p256_key("fixture/phone/suite-2")
OTHER_PHONE_1 = ed25519("fixture/other-phone/suite-1")
OTHER_PHONE_2 = p256_key("fixture/other-phone/suite-2")
CODE_1 = ed25519("fixture/phone/suite-1", "code seed")
CODE_2 = ed25519("fixture/phone/suite-2", "code seed")
OTHER_CODE = ed25519("fixture/other-phone/suite-1", "code seed")
