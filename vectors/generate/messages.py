"""Builders of every message, from claims given as plain values.

Claims are what `encode` takes, so a vector puts any wrong bytes where it wants them; and each signed layer is a `Sign1`, of
which any part can be exchanged before or after signing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from vectors.generate.encoder import Value, encode, head
from vectors.generate.keys import DeviceKey, Ed25519Key, P256Key
from vectors.generate.mldsa import MlDsaKey

PROTOCOL = "vitaletoken/1"
STATUS_LIST_TYPE = "application/statuslist+cwt"
HEADER_CODE = b"\xa1\x01\x32"


SigningKey = Ed25519Key | MlDsaKey
"""What detached signatures are made with."""


class Signer(Protocol):
    """Whatever signs bytes."""

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def aad(role: str, *context: Value) -> bytes:
    """The external_aad of section 5."""
    return encode([PROTOCOL, role, *context])


def sig_structure(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """COSE-5."""
    return encode(["Signature1", protected, external_aad, payload])


def header_kid(kid: bytes) -> bytes:
    """The protected header {1: -19, 4: kid}."""
    return b"\xa2\x01\x32\x04" + head(2, len(kid)) + kid


def header_status(kid: bytes) -> bytes:
    """The protected header of a status list."""
    return b"\xa3\x01\x32\x04" + head(2, len(kid)) + kid + b"\x10" + encode(STATUS_LIST_TYPE)


def alg_byte(key: DeviceKey) -> bytes:
    """The encoded algorithm of a device key."""
    return b"\x28" if isinstance(key, P256Key) else b"\x32"


@dataclass(frozen=True)
class Sign1:
    """A COSE_Sign1 to be."""

    protected: bytes
    payload: bytes
    aad: bytes
    signer: Signer
    unprotected: Value = field(default_factory=dict)
    signature: bytes | None = None
    """Stands in place of what the signer would make."""
    tbs: bytes | None = None
    """Is signed in place of the Sig_structure."""

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure."""
        return sig_structure(self.protected, self.aad, self.payload) if self.tbs is None else self.tbs

    @property
    def parts(self) -> list[Value]:
        """The four elements."""
        signature = self.signer.sign(self.to_be_signed) if self.signature is None else self.signature
        return [self.protected, self.unprotected, self.payload, signature]

    def encode(self) -> bytes:
        """The message."""
        return encode(self.parts)


def credential(claims: Value, issuer: Ed25519Key) -> Sign1:
    """Section 6."""
    return Sign1(header_kid(issuer.kid), encode(claims), aad("credential"), issuer)


def offer(claims: Value, issuer: Ed25519Key) -> Sign1:
    """Section 12, from the issuer."""
    return Sign1(header_kid(issuer.kid), encode(claims), aad("enrolment-offer"), issuer)


def certificate(claims: Value, authority: Ed25519Key) -> Sign1:
    """Section 13.1."""
    return Sign1(header_kid(authority.kid), encode(claims), aad("terminal-certificate"), authority)


def challenge(claims: Value, terminal: Ed25519Key) -> Sign1:
    """Section 13.2."""
    return Sign1(HEADER_CODE, encode(claims), aad("challenge"), terminal)


def status_list(claims: Value, issuer: Ed25519Key) -> Sign1:
    """Section 11."""
    return Sign1(header_status(issuer.kid), encode(claims), b"", issuer)


@dataclass(frozen=True)
class Presentation:
    """Section 7. `binding` and `context` are what is signed over; what is claimed stands in `claims`."""

    credential: bytes
    claims: Value
    device: DeviceKey
    code: Ed25519Key | None
    binding: int = 0
    context: Value = None
    at_device: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the device layer's Sign1 to exchange."""
    at_code: Mapping[str, Any] = field(default_factory=dict)

    def role_aad(self, layer: str) -> bytes:
        """The external_aad of a layer, "device" or "code"."""
        return aad(f"presentation-{layer}", self.device.suite, self.binding, sha256(self.credential), self.context)

    @property
    def code_layer(self) -> Sign1:
        """The inner layer; only where a code was asked."""
        assert self.code is not None
        layer = Sign1(HEADER_CODE, encode(self.claims), self.role_aad("code"), self.code)
        return replace(layer, **self.at_code)

    @property
    def device_layer(self) -> Sign1:
        """The outer layer."""
        payload = encode(self.claims) if self.code is None else self.code_layer.encode()
        header = b"\xa2\x01" + alg_byte(self.device) + b"\x0d" + self.credential
        return replace(Sign1(header, payload, self.role_aad("device"), self.device), **self.at_device)

    def encode(self) -> bytes:
        """The message."""
        return self.device_layer.encode()


@dataclass(frozen=True)
class Request:
    """Section 12, from the phone."""

    claims: Value
    device: DeviceKey
    code: Ed25519Key
    at_device: Mapping[str, Any] = field(default_factory=dict)
    at_code: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code_layer(self) -> Sign1:
        """The inner layer."""
        layer = Sign1(HEADER_CODE, encode(self.claims), aad("enrolment-request-code"), self.code)
        return replace(layer, **self.at_code)

    @property
    def device_layer(self) -> Sign1:
        """The outer layer."""
        header = b"\xa1\x01" + alg_byte(self.device)
        layer = Sign1(header, self.code_layer.encode(), aad("enrolment-request-device"), self.device)
        return replace(layer, **self.at_device)

    def encode(self) -> bytes:
        """The message."""
        return self.device_layer.encode()


def header_of(key: SigningKey) -> bytes:
    """The protected header of a detached signature."""
    return header_kid(key.kid) if isinstance(key, Ed25519Key) else b"\xa2\x01\x38\x30\x04\x48" + key.kid


def detached(content: bytes, key: SigningKey, role: str) -> list[Value]:
    """One detached signature over a content; the role is "trust-list" or "status-snapshot"."""
    header = header_of(key)
    return [header, {}, None, key.sign(sig_structure(header, aad(role), content))]


def root_signature(content: bytes, root: SigningKey) -> list[Value]:
    """One detached signature of a trust list."""
    return detached(content, root, "trust-list")


def trust_list(claims: Value, roots: Sequence[SigningKey]) -> bytes:
    """Section 10: the claims signed by each of these."""
    content = encode(claims)
    return encode([content, [root_signature(content, root) for root in roots]])


def snapshot(claims: Value, keys: Sequence[SigningKey]) -> bytes:
    """Section 11.2: the claims signed by each of these."""
    content = encode(claims)
    return encode([content, [detached(content, key, "status-snapshot") for key in keys]])


def delta(claims: Value, issuer: Ed25519Key) -> Sign1:
    """Section 11.3."""
    return Sign1(header_kid(issuer.kid), encode(claims), aad("status-delta"), issuer)
