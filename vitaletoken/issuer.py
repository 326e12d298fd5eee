"""The issuer: offers enrolment, certifies a card onto a phone, publishes the status of its cards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, Entropy, IssuedCard, IssuerRegister, RecordOutcome, Signer
from vitaletoken.rules import context
from vitaletoken.rules.enrolment import require_open, verify_request
from vitaletoken.rules.status import CAPACITY, MAX_LIST_NUMBER, deflate
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import cose, status_list
from vitaletoken.wire.credential import (
    Card,
    CredentialClaims,
    Enrolment,
    Person,
    Scheme,
    StatusRef,
    serialize_claims,
)
from vitaletoken.wire.enrolment import OfferClaims, parse_offer, serialize_offer_claims
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
from vitaletoken.wire.registry import (
    Algorithm,
    BeneficiaryAlias,
    EnrolmentMethod,
    Environment,
    PolicyholderAlias,
    Quality,
    Status,
)

#: Seconds: a fortnight. There is no refresh yet: a card is renewed by enrolling anew.
CREDENTIAL_LIFETIME: Final = 14 * 86_400
OFFER_LIFETIME: Final = 3_600
_DAY: Final = 86_400
# A full list has no free index; long before that, drawing at random would take many draws. Issuers start a new list
# in time.
_DRAWS: Final = 64


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """The person to be covered, as the issuer's own records say.

    Attributes:
        reference: the issuer's own name for this person; stays with the issuer.
        policyholder: the issuer's own name for the policyholder, exactly when ``quality`` says it is someone else.
        rights_as_of, rights_until: day numbers, UTC; as in the card.
        portrait: SHA-256 of the portrait the app shows.
        nir, policyholder_nir: for ``issue_views``: the beneficiary's own number, and the one under which the care is billed
            exactly when ``quality`` says that the policyholder is someone else.
    """

    reference: str = field(repr=False)
    person: Person
    quality: Quality
    scheme: Scheme
    enrolment: EnrolmentMethod
    rights_as_of: int
    rights_until: int | None = None
    policyholder: str | None = field(default=None, repr=False)
    portrait: bytes | None = field(default=None, repr=False)
    nir: BeneficiaryNir | None = None
    policyholder_nir: PolicyholderNir | None = None


@dataclass(frozen=True, slots=True)
class Views:
    """The two views of one card: the same but for the numbers (VIEW-2)."""

    minimal: bytes = field(repr=False)
    billing: bytes = field(repr=False)


class Issuer:
    """One issuer with one signing key.

    Args:
        issuer_id: as in the trust list.
        signer: an Ed25519 key that the trust list gives the uses credential, status list and enrolment offer.
        environment: of the trust list; cards of a test environment are marked.
        status_uri: base URI of the status lists, as in the trust list.

    Raises:
        UsageError: the signer's key is not Ed25519.
    """

    def __init__(
        self,
        issuer_id: str,
        signer: Signer,
        *,
        register: IssuerRegister,
        clock: Clock,
        entropy: Entropy,
        status_uri: str,
        environment: Environment = Environment.PRODUCTION,
    ) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("an issuer signs with Ed25519")
        self._id = issuer_id
        self._signer = signer
        self._kid = kid_of(signer.public_key)
        self._register = register
        self._clock = clock
        self._entropy = entropy
        self._status_uri = status_uri
        self._environment = environment

    def offer(self, lifetime: int = OFFER_LIFETIME) -> bytes:
        """An enrolment offer, good for one answer within ``lifetime`` seconds."""
        now = self._clock.now()
        claims = OfferClaims(self._id, now, now + lifetime, self._entropy.random(16))
        return cose.sign(
            self._signer.sign, cose.header_with_kid(self._kid), context.OFFER_AAD, serialize_offer_claims(claims)
        )

    def issue(
        self,
        request: bytes,
        offer: bytes,
        beneficiary: Beneficiary,
        *,
        lifetime: int = CREDENTIAL_LIFETIME,
        status_list_number: int = 0,
    ) -> bytes:
        """A credential for ``beneficiary`` on the phone that made ``request`` in answer to ``offer``: the minimal view.

        That the person behind the request is the beneficiary is for the caller to have proofed; what is checked here
        is that the phone holds both keys, that the offer is this issuer's, open, and answered for the first time. The
        card is in the register before it is handed out.

        Args:
            lifetime: seconds.
            status_list_number: the list in which the card gets a random free index.

        Raises:
            Malformed: ``request-structure``, ``offer-structure``.
            Untrusted: ``request-key``, ``request-signature``, ``offer-signature``.
            Rejected: ``request-offer``, ``offer-expired``.
            UsageError: the beneficiary's data is not in form, or the status list is too full.
        """
        return self._signed(self._issue(request, offer, beneficiary, lifetime, status_list_number))

    def issue_views(
        self,
        request: bytes,
        offer: bytes,
        beneficiary: Beneficiary,
        *,
        lifetime: int = CREDENTIAL_LIFETIME,
        status_list_number: int = 0,
    ) -> Views:
        """As ``issue``, with the billing view beside the minimal one: one card, with one id and one status.

        Raises:
            As ``issue``; ``UsageError`` also where the beneficiary's numbers are absent or do not fit the quality (VIEW-1).
        """
        if beneficiary.nir is None:
            raise UsageError("the billing view has the beneficiary's number (NIR)")
        minimal = self._issue(request, offer, beneficiary, lifetime, status_list_number)
        return Views(self._signed(minimal), self._signed(_with_numbers(minimal, beneficiary)))

    def _issue(
        self, request: bytes, offer: bytes, beneficiary: Beneficiary, lifetime: int, status_list_number: int
    ) -> CredentialClaims:
        """The claims of the minimal view, recorded."""
        now = self._clock.now()
        proved = verify_request(request, offer)
        self._require_own(offer, now)
        alias = BeneficiaryAlias(self._alias(beneficiary.reference))
        policyholder = None
        if beneficiary.policyholder is not None:
            policyholder = PolicyholderAlias(self._alias(beneficiary.policyholder))

        claims = CredentialClaims(
            iss=self._id,
            exp=now + lifetime,
            iat=now,
            cti=self._entropy.random(8),
            device_key=proved.device_key,
            card=Card(
                code_key=proved.code_key,
                beneficiary=alias,
                person=beneficiary.person.in_nfc(),
                quality=beneficiary.quality,
                scheme=beneficiary.scheme,
                status=self._draw(status_list_number),
                rights_as_of=beneficiary.rights_as_of,
                rights_until=beneficiary.rights_until,
                enrolment=Enrolment(beneficiary.enrolment, proved.binding),
                test=1 if self._environment is Environment.TEST else None,
                policyholder=policyholder,
                portrait=beneficiary.portrait,
            ),
        )
        # Both refuse data that is not in form, before anything is recorded.
        serialize_claims(claims)
        if beneficiary.nir is not None or beneficiary.policyholder_nir is not None:
            serialize_claims(_with_numbers(claims, beneficiary))
        return self._record(claims, hashlib.sha256(offer).digest(), beneficiary.reference)

    def _signed(self, claims: CredentialClaims) -> bytes:
        header = cose.header_with_kid(self._kid)
        return cose.sign(self._signer.sign, header, context.CREDENTIAL_AAD, serialize_claims(claims))

    def _record(self, claims: CredentialClaims, offer_digest: bytes, reference: str) -> CredentialClaims:
        """``claims`` as recorded: with a status index and a cti that no other card has."""
        for _ in range(_DRAWS):
            status = claims.card.status
            outcome = self._register.record(IssuedCard(claims.cti, offer_digest, status, reference, claims.exp))
            if outcome is RecordOutcome.RECORDED:
                return claims
            if outcome is RecordOutcome.OFFER_ANSWERED:
                raise refusal(Code.REQUEST_OFFER)
            card = claims.card._replace(status=self._draw(status.list))
            claims = claims._replace(cti=self._entropy.random(8), card=card)
        raise UsageError("the status list is too full: start a new one")

    def _draw(self, number: int) -> StatusRef:
        """A random index, so that it does not tell when the card was issued."""
        return StatusRef(number, int.from_bytes(self._entropy.random(4), "big") % CAPACITY)

    def revoke(self, credential_id: bytes) -> None:
        """Revoke the card with this cti (8 bytes); terminals learn it from the next status list.

        Raises:
            UsageError: no such card.
        """
        self._register.set_status(credential_id, Status.REVOKED)

    def suspend(self, credential_id: bytes) -> None:
        """Suspend the card with this cti; ``restore`` undoes it. Raises as ``revoke``."""
        self._register.set_status(credential_id, Status.SUSPENDED)

    def restore(self, credential_id: bytes) -> None:
        """Make a suspended card valid again. Raises as ``revoke``, and for a card that is revoked: that is for good."""
        self._register.set_status(credential_id, Status.VALID)

    def publish_status_list(
        self, number: int = 0, *, ttl: int = 86_400, lifetime: int = 7 * 86_400, capacity: int = CAPACITY
    ) -> bytes:
        """The status list of that number, as of now: the same statuses and time give the same bytes.

        Args:
            ttl: seconds after which a terminal should have fetched a newer one.
            lifetime: seconds after which no terminal accepts it.
            capacity: entries, a multiple of four.

        Raises:
            UsageError: a number or a size out of range.
        """
        if not 0 <= number <= MAX_LIST_NUMBER:
            raise UsageError(f"status lists have the numbers 0 to {MAX_LIST_NUMBER}")
        now = self._clock.now()
        lst = deflate(self._register.statuses(number), capacity)
        claims = status_list.StatusListClaims(f"{self._status_uri}/{number}", now, now + lifetime, ttl, lst)
        payload = status_list.serialize_claims(claims)
        return cose.sign(self._signer.sign, status_list.header(self._kid), context.STATUS_LIST_AAD, payload)

    def _require_own(self, offer: bytes, now: int) -> None:
        """The offer is one that this issuer's key signed, and still open."""
        parsed = parse_offer(offer)
        context.require_signature(self._signer.public_key, parsed.sign1, context.OFFER_AAD, Code.OFFER_SIGNATURE)
        if parsed.unverified_claims.iss != self._id:  # one key may serve two issuers
            raise refusal(Code.REQUEST_OFFER)
        require_open(parsed.unverified_claims, now)

    def _alias(self, reference: str) -> bytes:
        for _ in range(_DRAWS):
            alias = self._register.alias(reference, self._entropy.random(8))
            if alias is not None:
                return alias
        raise UsageError("no free alias: is the randomness random?")


def _with_numbers(claims: CredentialClaims, beneficiary: Beneficiary) -> CredentialClaims:
    """The claims of the billing view."""
    card = claims.card._replace(nir=beneficiary.nir, policyholder_nir=beneficiary.policyholder_nir)
    return claims._replace(card=card)
