"""Unlocks: steps U1 to U4 on the phone (spec section 12.5)."""

from __future__ import annotations

import hmac
from typing import NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.layers import Sign
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, valid_at, verifying_key
from vitaletoken.wire import cose
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.unlock import UnlockClaims, parse_unlock, serialize_unlock_claims


class _VerifiedUnlock(NamedTuple):
    claims: UnlockClaims


class VerifiedUnlock(Proof, _VerifiedUnlock):
    """An unlock that the card's issuer signed in answer to this phone's nonce. Made by ``verify_unlock`` alone.

    The nonce is to be forgotten in the same durable step that sets the failed tries to 0, so that it passes once.
    """

    __slots__ = ()


def verify_unlock(
    data: bytes,
    issuer: str,
    card_digest: bytes,
    nonce: bytes | None,
    trust: VerifiedTrustList,
    now: int,
    *,
    is_lent: bool = False,
) -> VerifiedUnlock:
    """Steps U1 to U4.

    Args:
        issuer: id of the issuer of the phone's card.
        card_digest: SHA-256 of that card's exact bytes.
        nonce: 16 bytes that the phone keeps; None where it has asked for nothing.
        is_lent: whether the card has key 15.

    Raises:
        Malformed: ``unlock-structure``.
        Untrusted: ``unlock-issuer``, ``unlock-signature``.
        Rejected: ``unlock-nonce``.
    """
    parsed = parse_unlock(data)
    claims = parsed.unverified_claims
    keys = valid_at(trust.keys(claims.iss, parsed.kid, KeyUse.ENROLMENT_OFFER), claims.iat)
    if claims.iss != issuer or is_lent or trust.has_expired(now) or not keys:
        raise refusal(Code.UNLOCK_ISSUER)
    # The signature covers the digest twice, in the claims and in the external_aad; of another card it is no signature here.
    aad = context.card_aad(labels.UNLOCK, card_digest)
    if claims.card_digest != card_digest or verifying_key(keys, parsed.sign1, aad) is None:
        raise refusal(Code.UNLOCK_SIGNATURE)
    if nonce is None or not hmac.compare_digest(claims.nonce, nonce) or now >= claims.exp:
        raise refusal(Code.UNLOCK_NONCE)
    return prove(VerifiedUnlock, (claims,))


def sign_unlock(claims: UnlockClaims, kid: bytes, sign: Sign) -> bytes:
    """An unlock by the issuer's key with that kid.

    Raises:
        UsageError: the claims are not in form.
    """
    aad = context.card_aad(labels.UNLOCK, claims.card_digest)
    return cose.sign(sign, cose.header_with_kid(kid), aad, serialize_unlock_claims(claims))
