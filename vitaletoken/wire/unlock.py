"""The unlock (spec section 12.5): the issuer gives a locked phone its tries of the personal code back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import UNLOCK_CLAIM

MAX_SIZE: Final = 512
NONCE_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class UnlockClaims:
    """unlock-claims: {1: iss, 4: exp, 6: iat, 7: the phone's nonce, -65545: SHA-256 of the exact card}; seconds."""

    iss: str
    iat: int
    exp: int
    nonce: bytes
    card_digest: bytes


@dataclass(frozen=True, slots=True)
class ParsedUnlock:
    """An unlock in form. Nothing in it may be believed."""

    kid: bytes
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: UnlockClaims


def parse_unlock(data: bytes) -> ParsedUnlock:
    """The unlock in ``data``, step U1.

    Raises:
        Malformed: ``unlock-structure``.
    """
    try:
        kid, sign1 = cose.parse_sign1_with_kid(data, MAX_SIZE)
        claims = _claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.UNLOCK_STRUCTURE) from None
    return ParsedUnlock(kid, sign1, claims)


def _checked_claims(iss: str, exp: int, iat: int, nonce: bytes, card_digest: bytes) -> UnlockClaims:
    if exp <= iat:
        raise NotInForm("exp is not after iat")
    return UnlockClaims(iss, iat, exp, nonce, card_digest)


_unlock_claims: Final = f.closed(
    _checked_claims,
    {1: f.issuer_id, 4: f.time, 6: f.time, 7: f.binary(NONCE_SIZE), UNLOCK_CLAIM: f.binary(32)},
)


def _claims_of(payload: bytes) -> UnlockClaims:
    return _unlock_claims(cbor.decode(payload, MAX_SIZE))


def serialize_unlock_claims(claims: UnlockClaims) -> bytes:
    """The payload of an unlock. Raises ``UsageError`` for claims not in form."""
    item = {1: claims.iss, 4: claims.exp, 6: claims.iat, 7: claims.nonce, UNLOCK_CLAIM: claims.card_digest}
    return f.write(claims, item, _claims_of)
