"""Lending through the issuer: steps L1 to L6, and the lent card on the delegate's phone (spec section 14.2)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, Malformed, Untrusted, refusal
from vitaletoken.rules.credential import VerifiedCredential, verify_credential
from vitaletoken.rules.introduction import VerifiedIntroduction, lending_binding, verify_introduction
from vitaletoken.rules.layers import PhoneKeys, Sign, about_card, require_layers, sign_layers
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire.credential import MAX_LENT, Acting, parse_credential
from vitaletoken.wire.lending_order import OrderClaims, ParsedOrder, serialize_order_claims
from vitaletoken.wire.registry import Algorithm

if TYPE_CHECKING:  # a phone has no register of cards
    from vitaletoken.rules.card_record import CardRecord

#: Seconds by which the phone's clock and the issuer's may differ, L5.
CLOCK_DIFFERENCE: Final = 300
#: Cards lent from one card within ``THROTTLE_WINDOW`` seconds, L6.
THROTTLE: Final = 8
THROTTLE_WINDOW: Final = 86_400


class _VerifiedOrder(NamedTuple):
    claims: OrderClaims
    introduction: VerifiedIntroduction


class VerifiedOrder(Proof, _VerifiedOrder):
    """An order by the card's own keys, for the phone that introduced itself. Made by ``verify_order`` alone.

    Attributes:
        introduction: of the delegate, whose keys go into the lent card.
    """

    __slots__ = ()

    @property
    def acting(self) -> Acting:
        """Key 15 of the lent card."""
        return Acting(self.introduction.claims.name, self.claims.scope)

    @property
    def binding(self) -> bytes:
        """CRED-3, to go into the lent card."""
        return lending_binding(self.introduction.raw)

    def exp(self, iat: int) -> int:
        """When a card made at ``iat`` ends: at ``until``, or after 30 days where the phone's clock is ahead (CRED-5)."""
        return min(self.claims.until, iat + MAX_LENT)


def verify_order(
    parsed: ParsedOrder, card: CardRecord | None, introduction: bytes, lent: Iterable[int], now: int
) -> VerifiedOrder:
    """The rest of L1, and L2 to L6.

    Args:
        card: the record of the card whose exact credential has the SHA-256 ``parsed.unverified_claims.card_digest``; None
            where there is none.
        introduction: what was sent with the order.
        lent: NumericDates of when cards were lent from this one before; those of the last 86,400 seconds count.
        now: NumericDate.

    Raises:
        Malformed: ``order-structure``.
        Untrusted: ``order-signature``.
        Rejected: ``order-card``, ``order-introduction``, ``order-time``, ``order-throttled``.
    """
    claims = parsed.unverified_claims
    if card is None or card.digest != claims.card_digest:
        raise refusal(Code.ORDER_CARD)
    if parsed.layers.algorithm is not card.keys.device_key.algorithm:
        raise refusal(Code.ORDER_STRUCTURE)
    if not card.is_in_force or card.is_lent:
        raise refusal(Code.ORDER_CARD)
    aads = about_card(labels.ORDER_DEVICE, labels.ORDER_CODE, card.digest)
    require_layers(card.keys, parsed.layers, aads, Code.ORDER_SIGNATURE)
    try:
        introduced = verify_introduction(introduction)
    except (Malformed, Untrusted):
        raise refusal(Code.ORDER_INTRODUCTION) from None
    if introduced.digest != claims.introduction_digest or card.keys.have_any_of(introduced.keys):
        raise refusal(Code.ORDER_INTRODUCTION)
    # `until` must be ahead of now as well: no card can be made that ends before it begins (CRED-1).
    if abs(claims.iat - now) > CLOCK_DIFFERENCE or not max(claims.iat, now) < claims.until <= claims.iat + MAX_LENT:
        raise refusal(Code.ORDER_TIME)
    if sum(at > now - THROTTLE_WINDOW for at in lent) >= THROTTLE:
        raise refusal(Code.ORDER_THROTTLED)
    return prove(VerifiedOrder, (claims, introduced))


def sign_order(claims: OrderClaims, algorithm: Algorithm, device_sign: Sign, code_sign: Sign) -> bytes:
    """A lending order by the keys of the card with the digest in ``claims``.

    Args:
        algorithm: of the card's device key.

    Raises:
        UsageError: the claims are not in form.
    """
    aads = about_card(labels.ORDER_DEVICE, labels.ORDER_CODE, claims.card_digest)
    return sign_layers(serialize_order_claims(claims), aads, algorithm, device_sign, code_sign)


def verify_own_lent_card(
    data: bytes, introduction: bytes, own: PhoneKeys, trust: VerifiedTrustList, now: int
) -> VerifiedCredential:
    """What the delegate's phone does before it keeps a card that was lent through the issuer (ENROL-2).

    Args:
        introduction: the exact one that this phone showed.
        own: this phone's keys.

    Raises:
        Malformed: ``credential-structure``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-signature``.
        Rejected: ``trust-list-expired``, ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
    """
    credential = verify_credential(parse_credential(data), trust, now)
    claims, card = credential.claims, credential.claims.card
    if (
        PhoneKeys(claims.device_key, card.code_key) != own
        or not hmac.compare_digest(card.enrolment.binding, lending_binding(introduction))
        or card.acting is None
    ):
        raise refusal(Code.CREDENTIAL_NOT_MINE)
    if now >= claims.exp:
        raise refusal(Code.CREDENTIAL_EXPIRED)
    if card.environment is not trust.claims.environment:
        raise refusal(Code.WRONG_ENVIRONMENT)
    return credential
