"""The issuer: offers enrolment, certifies a card onto a phone, renews, lends and unlocks it.

What becomes of its cards' statuses is in ``card_statuses``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.card_press import CREDENTIAL_LIFETIME, MAX_STATUS_LISTS, CardPress, Numbers
from vitaletoken.card_statuses import CardStatuses
from vitaletoken.enrolments import Enrolments
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.lending_desk import LendingDesk
from vitaletoken.ports import Clock, Entropy, IssuerRegister, NumberKey, RightsSource, Signer
from vitaletoken.renewals import Renewals
from vitaletoken.rules import context
from vitaletoken.rules.enrolment import OpenedRequest, VerifiedRequest, open_request, require_open, verify_request
from vitaletoken.rules.records import Beneficiary
from vitaletoken.rules.unlock import sign_unlock
from vitaletoken.wire import cose
from vitaletoken.wire.enrolment import OfferClaims, parse_offer, serialize_offer_claims
from vitaletoken.wire.registry import Algorithm, Environment
from vitaletoken.wire.unlock import UnlockClaims

#: Seconds.
OFFER_LIFETIME: Final = 3_600
UNLOCK_LIFETIME: Final = 600


@dataclass(frozen=True, slots=True)
class Views:
    """The two views of one card: the same but for the numbers (VIEW-2)."""

    minimal: bytes = field(repr=False)
    billing: bytes = field(repr=False)


class Issuer(CardStatuses):
    """One issuer with one signing key.

    Args:
        issuer_id: as in the trust list.
        signer: an Ed25519 key that the trust list gives the uses credential, status list and enrolment offer.
        number_key: opens the numbers that phones seal to the HPKE key that the trust list gives this issuer.
        environment: of the trust list; cards of a test environment are marked.
        status_uri: base URI of the status lists, as in the trust list.
        status_lists: how many lists of 1,048,576 entries were set up, 1 to 4,096, with the numbers from 0 on. All that the
            expected cards need, at once: where lists fill up one by one, the number tells when a card was issued (STATUS-6).
        rights: what the insurer's records say of rights on the day of a renewal or of a loan; without it, cards keep the rights
            that they were issued with.

    Raises:
        UsageError: the signer's key is not Ed25519, or a number of lists out of range.
    """

    def __init__(
        self,
        issuer_id: str,
        signer: Signer,
        *,
        number_key: NumberKey,
        register: IssuerRegister,
        clock: Clock,
        entropy: Entropy,
        status_uri: str,
        environment: Environment = Environment.PRODUCTION,
        status_lists: int = 1,
        rights: RightsSource | None = None,
    ) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("an issuer signs with Ed25519")
        if not 1 <= status_lists <= MAX_STATUS_LISTS:
            raise UsageError(f"an issuer has 1 to {MAX_STATUS_LISTS} status lists")
        press = CardPress(
            issuer_id,
            signer,
            register=register,
            clock=clock,
            entropy=entropy,
            status_lists=status_lists,
            rights=rights,
        )
        super().__init__(press, status_uri)
        self._enrolments = Enrolments(press, environment)
        self._renewals = Renewals(press)
        self._lending = LendingDesk(press)
        self._number_key = number_key

    def offer(self, lifetime: int = OFFER_LIFETIME) -> bytes:
        """An enrolment offer, good for one answer within ``lifetime`` seconds."""
        now, press = self._press.clock.now(), self._press
        claims = OfferClaims(press.issuer_id, now, now + lifetime, press.entropy.random(16))
        return cose.sign(
            press.signer.sign, cose.header_with_kid(press.kid), context.OFFER_AAD, serialize_offer_claims(claims)
        )

    def issue(
        self,
        request: bytes,
        offer: bytes,
        beneficiary: Beneficiary,
        *,
        lifetime: int = CREDENTIAL_LIFETIME,
    ) -> bytes:
        """A credential for ``beneficiary`` on the phone that made ``request`` in answer to ``offer``, in one step: minimal.

        That the person behind the request is the beneficiary is for the caller to have proofed (``EnrolmentDesk`` goes that
        way); what is checked here is that the phone holds both keys, that the offer is this issuer's, open, and answered for
        the first time. A card made from the record of a person whose number is not the one in the request is of no use to
        that phone: it refuses it (ENROL-4, A1).

        Args:
            lifetime: seconds.

        Raises:
            Malformed: ``request-structure``, ``offer-structure``.
            Untrusted: ``request-key``, ``request-signature``, ``offer-signature``, ``request-number``.
            Rejected: ``request-offer``, ``offer-expired``.
            UsageError: the beneficiary's data is not in form, or the status lists are too full.
        """
        now = self._press.clock.now()
        opened = self.open_number(self.receive(request, offer, now))
        return self.certify(opened, beneficiary, now, now + lifetime)

    def issue_views(
        self,
        request: bytes,
        offer: bytes,
        beneficiary: Beneficiary,
        *,
        lifetime: int = CREDENTIAL_LIFETIME,
    ) -> Views:
        """As ``issue``, with the billing view beside the minimal one: one card, with one id and one status.

        Raises:
            As ``issue``; ``UsageError`` also where the beneficiary's numbers do not fit the quality (VIEW-1).
        """
        now = self._press.clock.now()
        opened = self.open_number(self.receive(request, offer, now))
        return self.certify_views(opened, beneficiary, now, now + lifetime)

    def receive(self, request: bytes, offer: bytes, now: int) -> VerifiedRequest:
        """Steps R1 to R4, and O4: a request in answer to an offer of this issuer that is still open at ``now``.

        That the offer has had no other request is found out when something is recorded.

        Raises:
            Malformed: ``request-structure``, ``offer-structure``.
            Untrusted: ``request-key``, ``request-signature``, ``offer-signature``.
            Rejected: ``request-offer``, ``offer-expired``.
        """
        proved = verify_request(request, offer)
        self._require_own(offer, now)
        return proved

    def open_number(self, request: VerifiedRequest) -> OpenedRequest:
        """Step R5: the number in a request. Raises ``Untrusted``: ``request-number``."""
        return open_request(request, self._number_key.unseal)

    def certify(
        self, request: OpenedRequest, beneficiary: Beneficiary, iat: int, exp: int, *, end: int | None = None
    ) -> bytes:
        """The minimal view of the card of ``beneficiary`` on the phone that made ``request``.

        The card is in the register before it is handed out.

        The same request for the same person again gives the same bytes, whatever else is different: so it can be asked for
        again by who doesn't know whether it was made.

        Args:
            iat, exp: of the card, NumericDate.
            end: NumericDate beyond which it is not renewed or lent; None where there is no such time.

        Raises:
            Rejected: ``request-offer``: another card answers the request's offer.
            UsageError: the beneficiary's data is not in form, or the status lists are too full.
        """
        return self._enrolments.certify(request, beneficiary, (iat, exp, end)).credentials[0].data

    def certify_views(
        self, request: OpenedRequest, beneficiary: Beneficiary, iat: int, exp: int, *, end: int | None = None
    ) -> Views:
        """As ``certify``, both views.

        Raises:
            As ``certify``; ``UsageError`` also where the beneficiary's numbers do not fit the quality (VIEW-1), or the card was
            made without a billing view.
        """
        numbers = Numbers(beneficiary.nir, beneficiary.policyholder_nir)
        credentials = self._enrolments.certify(request, beneficiary, (iat, exp, end), numbers).credentials
        if len(credentials) == 1:
            raise UsageError("the card was issued without a billing view")
        return Views(*(credential.data for credential in credentials))

    def card_for(self, request: VerifiedRequest) -> bytes | None:
        """The card that was made for this very request; None if there is none."""
        return self._enrolments.card_for(request)

    def renew(self, renewal: bytes, *, stock: int = 1, lifetime: int = CREDENTIAL_LIFETIME) -> tuple[bytes, ...]:
        """The cards in answer to ``renewal`` of a card that this issuer made (section 12.4).

        The same keys, alias, status and binding, and the rights of now; where the renewal changes the code, the new code key
        and a binding to the renewal (RENEW-2). No card goes beyond the ``end`` that it was certified with: a stock may be
        shorter for it.

        The same renewal again gives the same bytes, whatever else is different, as long as the card is in force. A second
        process at the same moment gives them too. Where all of them have expired and the card has not been renewed since, it
        gives fresh ones, under the same keys and binding: an answer that was lost for long is not lost for good.

        Args:
            stock: how many cards, 1 to 4, whose windows follow each other from now on. The issuer's key has to be one that the
                trust list gives a window for all of them.
            lifetime: of each, seconds.

        Returns:
            In the order of their windows, each card's minimal view and, where the card has one, after it its billing view.

        Raises:
            Malformed: ``renewal-structure``.
            Untrusted: ``renewal-key``, ``renewal-signature``.
            Rejected: ``renewal-card``, also where the ``end`` has come; ``renewal-time``, ``renewal-throttled``.
            UsageError: ``stock`` or ``lifetime`` out of range.
        """
        return self._renewals.renew(renewal, stock=stock, lifetime=lifetime)

    def lend(self, order: bytes, introduction: bytes) -> bytes:
        """The card that ``order`` is for: of the same beneficiary, on the keys of the phone that made ``introduction``.

        It has a cti and a status of its own, and so can be revoked by itself; it is in the minimal view, and ends when the order
        says, at the latest after 30 days and at the ``end`` that the grantor's card was certified with. The same order again
        gives the same bytes as long as the grantor's card is in force.

        Raises:
            Malformed: ``order-structure``.
            Untrusted: ``order-signature``.
            Rejected: ``order-card``, also where the ``end`` has come; ``order-introduction``, also where the delegate's name
                finds no room beside those of the beneficiary; ``order-time``, ``order-throttled``.
            UsageError: the status lists are too full.
        """
        return self._lending.lend(order, introduction)

    def unlock(self, credential_id: bytes, nonce: bytes, *, lifetime: int = UNLOCK_LIFETIME) -> bytes:
        """Gives the phone with that card its tries of the code back, once (section 12.5).

        That it is the card's owner who asks is for the caller to have proofed anew.

        Args:
            credential_id: cti of the credential that the phone uses now.
            nonce: 16 bytes, which the phone made.
            lifetime: seconds.

        Raises:
            UsageError: no such card; it is revoked or suspended; or it is lent, since nobody's identity was proofed for it; or
                the nonce is not in form.
        """
        press, now = self._press, self._press.clock.now()
        held = press.register.find_cti(credential_id)
        if held is None:
            raise UsageError("no card of that id was issued here")
        if not held.is_in_force:
            raise UsageError("the card is revoked or suspended")
        if held.card.lender is not None:
            raise UsageError("the card is lent: nobody's identity was proofed for it")
        digest = held.credential(credential_id).digest
        claims = UnlockClaims(press.issuer_id, now, now + lifetime, nonce, digest)
        return sign_unlock(claims, press.kid, press.signer.sign)

    def _require_own(self, offer: bytes, now: int) -> None:
        """The offer is one that this issuer's key signed, and still open."""
        parsed = parse_offer(offer)
        context.require_signature(self._press.signer.public_key, parsed.sign1, context.OFFER_AAD, Code.OFFER_SIGNATURE)
        if parsed.unverified_claims.iss != self._press.issuer_id:  # one key may serve two issuers
            raise refusal(Code.REQUEST_OFFER)
        require_open(parsed.unverified_claims, now)
