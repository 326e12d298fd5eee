"""Introductions: steps I1 to I5, on the phone of who lends and at the issuer (spec section 14.1)."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from vitaletoken.crypto import labels, signing
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.layers import LayerAads, PhoneKeys, Sign, require_layers, sign_layers
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire.cbor import encode_ordered
from vitaletoken.wire.introduction import IntroductionClaims, parse_introduction, serialize_introduction_claims
from vitaletoken.wire.text import parse_introduction_text

#: Seconds by which an introduction may be from the future, and for which it is good, I5.
CLOCK_DIFFERENCE: Final = 300
LIFETIME: Final = 600

_AADS: Final = LayerAads(context.INTRODUCTION_DEVICE_AAD, context.INTRODUCTION_CODE_AAD)


class _VerifiedIntroduction(NamedTuple):
    claims: IntroductionClaims
    raw: bytes
    digest: bytes


class VerifiedIntroduction(Proof, _VerifiedIntroduction):
    """An introduction that both of its keys signed. Made by ``verify_introduction`` alone.

    Whose keys they are is for the person to say who is shown ``claims.name``: the name proves nothing.

    Attributes:
        raw, digest: the exact bytes, and their SHA-256, which an order names.
    """

    __slots__ = ()

    @property
    def keys(self) -> PhoneKeys:
        """The delegate's."""
        return PhoneKeys(self.claims.device_key, self.claims.code_key)

    def require_in_time(self, now: int) -> None:
        """Step I5, when it is reviewed, and again when the card is lent.

        Raises:
            Rejected: ``introduction-time``.
        """
        if not self.claims.iat - CLOCK_DIFFERENCE <= now < self.claims.iat + LIFETIME:
            raise refusal(Code.INTRODUCTION_TIME)

    def __repr__(self) -> str:
        return f"VerifiedIntroduction(claims={self.claims!r})"


def verify_introduction(data: bytes) -> VerifiedIntroduction:
    """Steps I2 to I4: possession of both keys, whenever it was made.

    Raises:
        Malformed: ``introduction-structure``.
        Untrusted: ``introduction-key``, ``introduction-signature``.
    """
    parsed = parse_introduction(data)
    claims = parsed.unverified_claims
    device, code_key = claims.device_key, claims.code_key
    if (
        not signing.is_valid_key(device.algorithm, device.public)
        or not signing.is_valid_key(signing.ED25519, code_key)
        or device.public == code_key
    ):
        raise refusal(Code.INTRODUCTION_KEY)
    require_layers(PhoneKeys(device, code_key), parsed.layers, _AADS, Code.INTRODUCTION_SIGNATURE)
    return prove(VerifiedIntroduction, (claims, data, hashlib.sha256(data).digest()))


def review_introduction(text: str, now: int) -> VerifiedIntroduction:
    """Steps I1 to I5, for the text that the grantor's phone has read from the delegate's, ``VTI1:...``.

    Raises:
        Malformed: ``introduction-text``, ``introduction-structure``.
        Untrusted: ``introduction-key``, ``introduction-signature``.
        Rejected: ``introduction-time``.
    """
    introduction = verify_introduction(parse_introduction_text(text))
    introduction.require_in_time(now)
    return introduction


def sign_introduction(claims: IntroductionClaims, device_sign: Sign, code_sign: Sign) -> bytes:
    """An introduction by the delegate's keys.

    Raises:
        UsageError: the claims are not in form.
    """
    payload = serialize_introduction_claims(claims)
    return sign_layers(payload, _AADS, claims.device_key.algorithm, device_sign, code_sign)


def lending_binding(introduction: bytes) -> bytes:
    """CRED-3 for a card lent through the issuer: 16 bytes that tie it to the introduction that it was made for."""
    item = [labels.PROTOCOL, labels.LENDING, hashlib.sha256(introduction).digest()]
    return hashlib.sha256(encode_ordered(item)).digest()[:16]
