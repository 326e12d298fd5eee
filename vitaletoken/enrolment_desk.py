"""The enrolment desk of an issuer: takes an application from the request to the card (spec section 12).

    requested -> e-mail code confirmed -> identity proofed -> approved, or refused with a reason -> issued

Each method may be called again with the same arguments, also after a crash at any moment, and answers as before. What is kept
of applications, and finished by itself, is in ``application_keeper``; what is asked of the insurer's records in ``desk_records``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from vitaletoken.application_keeper import ApplicationKeeper, Unsettled
from vitaletoken.desk_records import DeskKeys, DeskRecords, end_of
from vitaletoken.errors import Code, refusal
from vitaletoken.ports import ApplicationStore, CardMaker, Clock, Entropy, Mailer, People
from vitaletoken.rules import application as rules
from vitaletoken.rules.application import Application, Event, Revocation, State, step
from vitaletoken.rules.eligibility import Eligibility
from vitaletoken.rules.enrolment import OpenedRequest, verify_request
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.mail_code import LIFETIME as CODE_LIFETIME
from vitaletoken.rules.mail_code import MAX_TRIES, MailCode, draw
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.nir import Nir

#: Seconds: a fortnight.
CARD_LIFETIME: Final = 14 * 86_400

__all__ = ["CARD_LIFETIME", "DeskKeys", "EnrolmentDesk", "Unsettled"]


class EnrolmentDesk(ApplicationKeeper):
    """Where people apply for a card.

    Args:
        issuer: makes and revokes the cards.
        people: the insurer's own records. Names and number of a card come from one of them, as a whole.
        lifetime: of a card, seconds.
    """

    def __init__(
        self,
        issuer: CardMaker,
        *,
        people: People,
        mailer: Mailer,
        store: ApplicationStore,
        clock: Clock,
        entropy: Entropy,
        keys: DeskKeys,
        policy: Eligibility | None = None,
        lifetime: int = CARD_LIFETIME,
    ) -> None:
        super().__init__(issuer, store, clock)
        self._records = DeskRecords(people, keys, policy or Eligibility())
        self._mailer = mailer
        self._entropy = entropy
        self._keys = keys
        self._lifetime = lifetime

    def submit(self, request: bytes, offer: bytes) -> Application:
        """A new application, steps R1 to R5; sends the e-mail code.

        A number that the insurer doesn't know is answered like any other, so that nobody learns from the answer who is
        insured here; no code arrives, and the application ends by itself.

        Raises:
            Malformed: ``request-structure``, ``offer-structure``.
            Untrusted: ``request-key``, ``request-signature``, ``offer-signature``, ``request-number``.
            Rejected: ``request-offer``, ``offer-expired``; ``mail-code-throttled``, for a number that nobody has as for any other
                (MAIL-2): nothing is kept then, and the same request may come again.
        """
        now = self._clock.now()
        held = self._store.find(hashlib.sha256(request).digest())
        if held is not None:
            verify_request(request, offer)  # R4: this offer, and not another
            return rules.aged(held, now)
        opened = self._issuer.open_number(self._issuer.receive(request, offer, now))
        code = draw(self._entropy.random)
        digest = opened.request.digest
        application = Application(
            id=digest,
            number=self._records.pseudonym(opened.number.nir),
            request=request,
            offer=offer,
            requested=now,
            code=MailCode.of(code, digest, self._keys.mail, now),
            mailed=(now,),
        )
        if self._store.add(application, lambda held: rules.require_mail(held, now)):
            self._send(code, opened, now)
        elif (held := self._store.find(digest)) is not None:  # the same message, at the same moment
            return held
        else:
            raise refusal(Code.REQUEST_OFFER)
        return application

    def send_code(self, application_id: bytes) -> Application:
        """A new e-mail code, once the one sent before has expired; before that, nothing changes.

        Tries made count on: a new code gives none back.

        Raises:
            Rejected: ``application-state``, ``mail-code-throttled``.
        """
        now = self._clock.now()
        code = draw(self._entropy.random)
        sent = False

        def renew(mine: Application, others: tuple[Application, ...]) -> tuple[Application]:
            nonlocal sent
            rules.require(mine, State.REQUESTED)
            sent = mine.code.has_expired(now)
            if not sent:
                return (mine,)
            return (rules.mailed(mine, others, mine.code.renewed(code, mine.id, self._keys.mail, now), now),)

        application = self._change(application_id, now, renew)
        if sent:
            self._send(code, self._opened(application), now)
        return application

    def confirm(self, application_id: bytes, code: str) -> Application:
        """The person types the e-mail code. The others for the same number are refused as superseded (APPLY-2).

        Raises:
            Rejected: ``application-state``, ``mail-code-used-up``, ``mail-code-expired``, ``mail-code-throttled``,
                ``mail-code-wrong``.
        """
        now, key = self._clock.now(), self._keys.mail
        counted = self._change(
            application_id, now, lambda mine, others: (rules.count_try(mine, others, code, key, now),)
        )
        if counted.state is State.MAIL_CODE_REFUSED:
            raise refusal(Code.MAIL_CODE_USED_UP)
        if counted.confirmed is not None:  # the same message again
            return counted
        if counted.code.is_right(code, application_id, key):
            return self._change(application_id, now, lambda mine, others: rules.confirm(mine, others, now))
        if counted.code.tries >= MAX_TRIES:
            self._change_one(application_id, now, lambda mine: step(mine, Event.MAIL_CODES_WRONG, now))
        raise refusal(Code.MAIL_CODE_WRONG)

    def identify(self, application_id: bytes, identity: Identity) -> Application:
        """What the proofing found: the state becomes proofed, or refused.

        It has to be the person to whom the number in the request belongs, by the insurer's own record of that number; for a
        dependant below 16, the policyholder whom that record names (APPLY-1).

        Raises:
            Rejected: ``application-state``.
        """
        now = self._clock.now()
        opened = self._opened(self._found(application_id))
        proofed = self._records.proofed(opened.number.nir, identity, now)

        return self._change_one(application_id, now, lambda mine: rules.identified(mine, identity.method, proofed, now))

    def decide(self, application_id: bytes) -> Application:
        """Approve the application by the policy, or refuse it (P3); ``find`` then gives the reasons.

        Raises:
            Rejected: ``application-state``, ``not-eligible``.
            UsageError: the insurer's records have one reference for two people, several records of one number, or a number of
                today for one that somebody had before.
        """
        now = self._clock.now()
        application = self._found(application_id)
        record = self._records.find(self._opened(application).number.nir)
        reasons = self._records.reasons(record, application.proofed, now)

        application = self._change_one(application_id, now, lambda mine: rules.decided(mine, reasons, now))
        if application.state is State.ELIGIBILITY_REFUSED:
            raise refusal(Code.NOT_ELIGIBLE)
        return application

    def issue(self, application_id: bytes) -> bytes:
        """The card. What was issued for the same number before, or for one that the person had before by the record of now, is
        revoked then, and not earlier (APPLY-2, section 12.3).

        A revocation that fails stays due, and ``settle`` tries it again and says so.

        A dependant's card ends no later than the day on which they are 16, also when it is renewed or lent.

        Raises:
            Rejected: ``application-state``; ``not-eligible`` where the record has changed since the decision, so that the policy
                would refuse now or the identity proofed is no longer that of the person who may keep the card.
            UsageError: the record's data is not in form for a card, or as for ``decide``.
        """
        now = self._clock.now()
        application = self._change_one(application_id, now, lambda mine: rules.require(mine, *rules.DECIDED))
        opened = self._opened(application)
        credential = self._issuer.card_for(opened.request)
        if credential is None:
            credential = self._certify(application, opened, now)
        card = parse_credential(credential).unverified_claims.cti

        due: list[Application] = []
        former: list[Application] = []
        if application.state is not State.ISSUED:  # before it is: a crash in between leaves it to be asked for again
            former += self._replaced_of(opened.number.nir)

        def issued(mine: Application, others: tuple[Application, ...]) -> Iterable[Application]:
            after = (mine, *others) if mine.state is State.ISSUED else rules.issued(mine, card, others, now)
            due[:] = [other for other in after if other.revocation is Revocation.DUE]
            return after

        self._change(application_id, now, issued)
        for other in (*former, *due):
            self._settle(other, now)  # where a revocation fails it stays due; the new card is there all the same
        return credential

    def _replaced_of(self, number: Nir) -> tuple[Application, ...]:
        """Those of which the card was for a number that the person had before, by the record of now: due from here on."""
        found: list[Application] = []

        def replaced(held: tuple[Application, ...]) -> Iterable[Application]:
            found.extend(after := rules.replaced(held))
            return after

        for former in self._records.former(number):
            self._store.change(former, replaced)
        return tuple(found)

    def _certify(self, application: Application, opened: OpenedRequest, now: int) -> bytes:
        record = self._records.find(opened.number.nir)
        reasons = self._records.reasons(record, application.proofed, now)
        if record is None or application.method is None or reasons:
            raise refusal(Code.NOT_ELIGIBLE)
        end = end_of(record, now)
        exp = now + self._lifetime if end is None else min(now + self._lifetime, end)
        return self._issuer.certify(opened, record.beneficiary(application.method), now, exp, end=end)

    def _opened(self, application: Application) -> OpenedRequest:
        """The request, verified anew: what the store holds is believed no more than what arrived."""
        return self._issuer.open_number(verify_request(application.request, application.offer))

    def _send(self, code: str, opened: OpenedRequest, now: int) -> None:
        address = self._records.address(opened.number.nir, now)
        if address is not None:
            self._mailer.send(address, code, now + CODE_LIFETIME)
