"""Renewals: steps F1 to F6 at the issuer, and what the phone accepts in answer (spec section 12.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from vitaletoken.crypto import labels, signing
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.layers import Sign, about_card, require_layers, sign_layers
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire import cose
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.credential import Card
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.renewal import ParsedRenewal, RenewalClaims, serialize_renewal_claims

if TYPE_CHECKING:  # a phone has no register of cards
    from vitaletoken.rules.card_record import CardRecord

#: Seconds by which the phone's clock and the issuer's may differ, F5.
CLOCK_DIFFERENCE: Final = 300
#: Renewals of one card within ``THROTTLE_WINDOW`` seconds, and changes of its code, each counted by themselves, F6.
THROTTLE: Final = 8
THROTTLE_WINDOW: Final = 86_400


class _VerifiedRenewal(NamedTuple):
    claims: RenewalClaims
    digest: bytes


class VerifiedRenewal(Proof, _VerifiedRenewal):
    """A renewal that the card's own keys signed, and the new code key where there is one. Made by ``verify_renewal`` alone.

    Attributes:
        digest: SHA-256 of the exact renewal: for the binding where the code changes (RENEW-2), and for the issuer to know the
            same message again.
    """

    __slots__ = ()


def verify_renewal(parsed: ParsedRenewal, card: CardRecord | None, renewed: Iterable[int], now: int) -> VerifiedRenewal:
    """The rest of F1, and F2 to F6.

    Args:
        card: the record of the card whose exact credential has the SHA-256 ``parsed.unverified_claims.card_digest``; None
            where there is none.
        renewed: NumericDates of earlier renewals of this card that changed the code, where this one does, and else of those that
            did not; those of the last 86,400 seconds count.
        now: NumericDate.

    Raises:
        Malformed: ``renewal-structure``.
        Untrusted: ``renewal-key``, ``renewal-signature``.
        Rejected: ``renewal-card``, ``renewal-time``, ``renewal-throttled``.
    """
    claims = parsed.unverified_claims
    if card is None or card.digest != claims.card_digest:
        raise refusal(Code.RENEWAL_CARD)
    if parsed.layers.algorithm is not card.keys.device_key.algorithm:
        raise refusal(Code.RENEWAL_STRUCTURE)
    if not card.is_in_force or card.is_lent:
        raise refusal(Code.RENEWAL_CARD)
    new = claims.new_code_key
    if new is not None and (
        not signing.is_valid_key(signing.ED25519, new) or new in (card.keys.device_key.public, card.keys.code_key)
    ):
        raise refusal(Code.RENEWAL_KEY)
    aads = about_card(labels.RENEWAL_DEVICE, labels.RENEWAL_CODE, card.digest)
    require_layers(card.keys, parsed.layers, aads, Code.RENEWAL_SIGNATURE)
    if new is not None and parsed.new_code_layer is not None:  # the one is there exactly when the other is
        aad = context.card_aad(labels.RENEWAL_NEW_CODE, card.digest)
        context.require_signature(ed25519_key(new), parsed.new_code_layer, aad, Code.RENEWAL_SIGNATURE)
    if abs(claims.iat - now) > CLOCK_DIFFERENCE:
        raise refusal(Code.RENEWAL_TIME)
    if sum(at > now - THROTTLE_WINDOW for at in renewed) >= THROTTLE:
        raise refusal(Code.RENEWAL_THROTTLED)
    return prove(VerifiedRenewal, (claims, hashlib.sha256(parsed.raw).digest()))


def sign_renewal(
    claims: RenewalClaims, algorithm: Algorithm, device_sign: Sign, code_sign: Sign, new_code_sign: Sign | None = None
) -> bytes:
    """A renewal of the card with the digest in ``claims``.

    Args:
        algorithm: of the device key.
        new_code_sign: by the new code key, exactly when ``claims`` name one.

    Raises:
        UsageError: the claims are not in form, or do not go with ``new_code_sign``.
    """
    if (new_code_sign is None) is not (claims.new_code_key is None):
        raise UsageError("the new code key signs exactly when there is one")
    payload = serialize_renewal_claims(claims)
    if new_code_sign is not None:
        aad = context.card_aad(labels.RENEWAL_NEW_CODE, claims.card_digest)
        payload = cose.sign(new_code_sign, cose.HEADER_ED25519, aad, payload)
    aads = about_card(labels.RENEWAL_DEVICE, labels.RENEWAL_CODE, claims.card_digest)
    return sign_layers(payload, aads, algorithm, device_sign, code_sign)


def require_same_person(before: Card, after: Card) -> None:
    """RENEW-1: for a renewed card that is not the answer to a change of the code; ``enrolment`` has the binding.

    Raises:
        Rejected: ``credential-not-mine``.
    """
    for name in ("beneficiary", "person", "status", "enrolment"):
        if getattr(before, name) != getattr(after, name):
            raise refusal(Code.CREDENTIAL_NOT_MINE)
