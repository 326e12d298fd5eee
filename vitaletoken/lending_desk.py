"""Where an issuer lends cards: steps L1 to L6 against its register, and the card for the delegate (spec section 14.2)."""

from __future__ import annotations

import hashlib
import hmac

from vitaletoken.card_press import DRAWS, CardPress
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.card_record import HeldCard, IssuedCard
from vitaletoken.rules.lending import VerifiedOrder, verify_order
from vitaletoken.wire.credential import CredentialClaims, serialize_claims
from vitaletoken.wire.lending_order import ParsedOrder, parse_order


class LendingDesk:
    """Lends the cards of one issuer."""

    def __init__(self, press: CardPress) -> None:
        self._press = press

    def lend(self, order: bytes, introduction: bytes) -> bytes:
        """See ``issuer.Issuer.lend``."""
        now = self._press.clock.now()
        parsed, digest = parse_order(order), hashlib.sha256(order).digest()
        about = parsed.unverified_claims.card_digest
        for _ in range(DRAWS):  # again where the card was revoked or lent meanwhile: L2 and L6 say so then
            held = self._press.register.find(about)
            if held is None:
                raise refusal(Code.ORDER_CARD)
            before = self._answer_to(parsed, digest, introduction)
            if before is not None and held.is_in_force:
                return before
            verified = verify_order(parsed, held.about(about), introduction, held.lent, now)
            lent = self._press.record(
                IssuedCard(
                    origin=digest,
                    request_digest=digest,
                    status=held.card.status,
                    reference=held.card.reference,
                    made=now,
                    credentials=(),
                    end=held.card.end,
                    lender=held.card.cti,
                ),
                self._claims(held, verified, now),
                lent_before=len(held.lent),
            )
            if lent is not None:
                return lent.credentials[0].data
        raise UsageError("the register says each time that the card has changed, and then that it has not")

    def _answer_to(self, parsed: ParsedOrder, digest: bytes, introduction: bytes) -> bytes | None:
        """The card that was made for this very order with this very introduction."""
        named = parsed.unverified_claims.introduction_digest
        lent = self._press.register.answer_to(digest)
        if lent is None or not hmac.compare_digest(named, hashlib.sha256(introduction).digest()):
            return None
        return lent.credentials[0].data

    def _claims(self, held: HeldCard, order: VerifiedOrder, now: int) -> CredentialClaims:
        """The card of the same beneficiary for the delegate's phone."""
        claims, press, keys = held.newest.unverified_claims, self._press, order.introduction.keys
        end = order.exp(now) if held.card.end is None else min(order.exp(now), held.card.end)
        if end <= now:  # a child's card on a parent's phone, after the child's birthday
            raise refusal(Code.ORDER_CARD)
        card = press.with_rights_of_today(claims.card, held.card.reference)._replace(
            code_key=keys.code_key,
            status=press.status(),
            enrolment=claims.card.enrolment._replace(binding=order.binding),
            acting=order.acting,
        )
        lent = claims._replace(iat=now, exp=end, cti=press.cti(), device_key=keys.device_key, card=card)
        try:
            serialize_claims(lent)
        except UsageError:  # the delegate's name beside long names of the beneficiary: there is no room for both
            raise refusal(Code.ORDER_INTRODUCTION) from None
        return lent
