"""The issuer: offers enrolment, certifies a card onto a phone, publishes the status of its cards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, Entropy, IssuedCard, IssuerRegister, RecordOutcome, Signer
from vitaletoken.rules import context
from vitaletoken.rules.enrolment import require_open, verify_request
from vitaletoken.rules.publication import pack, sign_status_list
from vitaletoken.rules.records import Beneficiary
from vitaletoken.rules.status import CAPACITY
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import cose
from vitaletoken.wire.credential import (
    Card,
    CredentialClaims,
    Enrolment,
    StatusRef,
    serialize_claims,
)
from vitaletoken.wire.enrolment import OfferClaims, parse_offer, serialize_offer_claims
from vitaletoken.wire.registry import (
    Algorithm,
    BeneficiaryAlias,
    Environment,
    PolicyholderAlias,
    Status,
)

#: Seconds: a fortnight. There is no refresh yet: a card is renewed by enrolling anew.
CREDENTIAL_LIFETIME: Final = 14 * 86_400
OFFER_LIFETIME: Final = 3_600
_DAY: Final = 86_400
#: Status lists that one issuer can have: what a snapshot can name.
MAX_STATUS_LISTS: Final = 4096
# Full lists have no free index; long before that, drawing at random would take many draws. Issuers set lists up for all the
# cards that they expect, and more in time.
_DRAWS: Final = 64


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
        status_lists: how many lists of 1,048,576 entries were set up, 1 to 4,096, with the numbers from 0 on. All that the
            expected cards need, at once: where lists fill up one by one, the number tells when a card was issued (STATUS-6).

    Raises:
        UsageError: the signer's key is not Ed25519, or a number of lists out of range.
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
        status_lists: int = 1,
    ) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("an issuer signs with Ed25519")
        if not 1 <= status_lists <= MAX_STATUS_LISTS:
            raise UsageError(f"an issuer has 1 to {MAX_STATUS_LISTS} status lists")
        self._id = issuer_id
        self._signer = signer
        self._kid = kid_of(signer.public_key)
        self._register = register
        self._clock = clock
        self._entropy = entropy
        self._status_uri = status_uri
        self._environment = environment
        self._status_lists = status_lists

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
    ) -> bytes:
        """A credential for ``beneficiary`` on the phone that made ``request`` in answer to ``offer``: the minimal view.

        That the person behind the request is the beneficiary is for the caller to have proofed; what is checked here
        is that the phone holds both keys, that the offer is this issuer's, open, and answered for the first time. The
        card is in the register before it is handed out.

        Args:
            lifetime: seconds.

        Raises:
            Malformed: ``request-structure``, ``offer-structure``.
            Untrusted: ``request-key``, ``request-signature``, ``offer-signature``.
            Rejected: ``request-offer``, ``offer-expired``.
            UsageError: the beneficiary's data is not in form, or the status lists are too full.
        """
        return self._signed(self._issue(request, offer, beneficiary, lifetime))

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
            As ``issue``; ``UsageError`` also where the beneficiary's numbers are absent or do not fit the quality (VIEW-1).
        """
        if beneficiary.nir is None:
            raise UsageError("the billing view has the beneficiary's number (NIR)")
        minimal = self._issue(request, offer, beneficiary, lifetime)
        return Views(self._signed(minimal), self._signed(_with_numbers(minimal, beneficiary)))

    def _issue(self, request: bytes, offer: bytes, beneficiary: Beneficiary, lifetime: int) -> CredentialClaims:
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
                status=self._draw(),
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
            card = IssuedCard(claims.cti, offer_digest, claims.card.status, reference, claims.exp)
            outcome = self._register.record(card)
            if outcome is RecordOutcome.RECORDED:
                return claims
            if outcome is RecordOutcome.OFFER_ANSWERED:
                raise refusal(Code.REQUEST_OFFER)
            claims = claims._replace(cti=self._entropy.random(8), card=claims.card._replace(status=self._draw()))
        raise UsageError("the status lists are too full: set up more")

    def _draw(self) -> StatusRef:
        """An entry at random, each of all the lists as likely as any other (STATUS-6)."""
        even = MAX_STATUS_LISTS // self._status_lists * self._status_lists  # beyond it, the first lists would have more
        while True:
            number, idx = divmod(int.from_bytes(self._entropy.random(4), "big"), CAPACITY)
            if number < even:
                return StatusRef(number % self._status_lists, idx)

    def revoke(self, *credential_ids: bytes) -> None:
        """Revoke the cards with these ctis (8 bytes each), for good; terminals learn it from the next publication.

        All of them in one durable step, or none.

        Raises:
            UsageError: no such card.
        """
        self._change(credential_ids, Status.REVOKED)

    def suspend(self, *credential_ids: bytes) -> None:
        """Suspend cards; ``restore`` undoes it. As ``revoke``; raises for a card that is revoked too."""
        self._change(credential_ids, Status.SUSPENDED)

    def restore(self, *credential_ids: bytes) -> None:
        """Make cards that are suspended valid again. As ``revoke``; raises too for a card that is revoked, or valid with its
        delegations withdrawn.

        Delegations withdrawn before the suspension count again: an entry has no room for both. Withdraw them anew.
        """
        self._change(credential_ids, Status.VALID)

    def lend_anew(self, *credential_ids: bytes) -> None:
        """Let cards whose delegations were withdrawn be lent again.

        What was granted before counts again until it ends: do this no earlier than 72 hours, which is as long as a grant can be
        good, after the withdrawal was published. As ``revoke``.
        """
        self._register.set_statuses(dict.fromkeys(credential_ids, Status.VALID), lend_anew=True)

    def withdraw_delegations(self, *credential_ids: bytes) -> None:
        """Withdraw the delegations granted so far; the cards stay valid (STATUS-1).

        As ``revoke``; raises too for a card that is revoked or suspended, which must not become valid by this.
        """
        self._change(credential_ids, Status.DELEGATIONS_WITHDRAWN)

    def _change(self, credential_ids: tuple[bytes, ...], status: Status) -> None:
        self._register.set_statuses(dict.fromkeys(credential_ids, status))

    def publish_status_list(
        self, number: int = 0, *, ttl: int = 86_400, lifetime: int = 7 * 86_400, capacity: int = CAPACITY
    ) -> bytes:
        """The status list of that number, as of now: the same statuses and time give the same bytes.

        The simple form: lists alone. ``Publisher`` makes them all, with the snapshot and the delta that terminals keep up with.

        Args:
            ttl: seconds after which a terminal should have fetched a newer one.
            lifetime: seconds after which no terminal accepts it.
            capacity: entries, a multiple of four.

        Raises:
            UsageError: a number or a size out of range.
        """
        now = self._clock.now()
        entries = pack(self._register.statuses(number), capacity)
        return sign_status_list(
            self._signer.sign,
            self._kid,
            base_uri=self._status_uri,
            number=number,
            iat=now,
            exp=now + lifetime,
            ttl=ttl,
            entries=entries,
        )

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
