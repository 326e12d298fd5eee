"""The enrolment desk of an issuer: takes an application from the request to the card (spec section 12).

    requested -> e-mail code confirmed -> identity proofed -> approved, or refused with a reason -> issued

Each method may be called again with the same arguments, also after a crash at any moment, and answers as before.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vitaletoken.errors import Code, InputError, UsageError, refusal
from vitaletoken.ports import ApplicationStore, CardMaker, Clock, Entropy, Mailer, People
from vitaletoken.rules import application as rules
from vitaletoken.rules.application import Application, Event, Revocation, State, step
from vitaletoken.rules.eligibility import Eligibility, Ineligibility
from vitaletoken.rules.enrolment import OpenedRequest, verify_request
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.mail_code import LIFETIME as CODE_LIFETIME
from vitaletoken.rules.mail_code import MAX_TRIES, MailCode, draw
from vitaletoken.rules.number import is_same, pseudonym
from vitaletoken.rules.records import OF_AGE, Record, birthday, day_of, require_sole, start_of
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.nir import Nir

#: Seconds: a fortnight.
CARD_LIFETIME: Final = 14 * 86_400
_KEY_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """Secrets of the issuer's, 32 random bytes each, kept apart from the store of applications.

    Attributes:
        mail: for the HMAC of e-mail codes (MAIL-1). number: for the pseudonyms of numbers.

    Raises:
        UsageError: a key of another size, or one key for both.
    """

    mail: bytes = field(repr=False)
    number: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.mail) != _KEY_SIZE or len(self.number) != _KEY_SIZE or hmac.compare_digest(self.mail, self.number):
            raise UsageError(f"an enrolment desk has two different keys of {_KEY_SIZE} bytes")

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("keys are not pickled")


class Unsettled(NamedTuple):
    """A card that was replaced and is still in force.

    Attributes:
        application: the one that it answers, which says so: its revocation is due.
        failure: what the revocation raised.
    """

    application: Application
    failure: Exception


class EnrolmentDesk:
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
        self._issuer = issuer
        self._people = people
        self._mailer = mailer
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._keys = keys
        self._policy = policy or Eligibility()
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
            number=self._pseudonym(opened.number.nir),
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
        record = self._record(opened.number.nir)
        keeper = None if record is None else record.keeper(day_of(now))
        proofed = b""
        if keeper is not None and identity.proves(keeper, self._policy.least_assurance):
            proofed = self._pseudonym(keeper)

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
        reasons = self._reasons(application, self._record(self._opened(application).number.nir), now)

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
        record = self._record(number)
        found: list[Application] = []

        def replaced(held: tuple[Application, ...]) -> Iterable[Application]:
            found.extend(after := rules.replaced(held))
            return after

        for former in () if record is None else record.former:
            self._store.change(self._pseudonym(former), replaced)
        return tuple(found)

    def _certify(self, application: Application, opened: OpenedRequest, now: int) -> bytes:
        record = self._record(opened.number.nir)
        if record is None or application.method is None or self._reasons(application, record, now):
            raise refusal(Code.NOT_ELIGIBLE)
        exp, end = now + self._lifetime, None
        if not is_same(record.keeper(day_of(now)), record.nir):
            end = start_of(birthday(record.birth_date, OF_AGE))
            exp = min(exp, end)
        return self._issuer.certify(opened, record.beneficiary(application.method), now, exp, end=end)

    def find(self, application_id: bytes) -> Application:
        """An application as it is now.

        Raises:
            Rejected: ``application-state``: there is none.
        """
        return rules.aged(self._found(application_id), self._clock.now())

    def settle(self) -> None:
        """Do what is due without anybody asking: end applications whose time is over, revoke cards that were replaced.

        To be called when the desk opens, and once a day: after a crash it finishes what was begun. A revocation that fails
        stays due and holds up nothing else: its failure is raised when the rest is done, of several the first, with a note of
        how many there were. A desk that is to work on all the same calls ``try_to_settle``.
        """
        unsettled = self.try_to_settle()
        if unsettled:
            failure = unsettled[0].failure
            failure.add_note(f"{len(unsettled)} cards that were replaced could not be revoked: they stay due")
            raise failure

    def try_to_settle(self) -> tuple[Unsettled, ...]:
        """As ``settle``, but for a desk that works on while a revocation fails, each time perhaps: it is given back, to be told.

        Returns:
            What stays due, in the order of the store. Whatever the store itself raises is raised.
        """
        now = self._clock.now()
        tried = [(each, self._settle(each, now)) for each in self._store.due(now)]
        return tuple(Unsettled(each, failure) for each, failure in tried if failure is not None)

    def _settle(self, application: Application, now: int) -> Exception | None:
        """What is due for one application: the card first, so that a crash in between leaves it due.

        Returns:
            What the revocation failed with; it stays due then.
        """
        if application.revocation is Revocation.DUE:
            try:
                self._issuer.revoke(application.card)
            except Exception as failure:  # noqa: BLE001 - whatever the port raises, the others go on, and ``settle`` raises it
                return failure
        self._change_one(application.id, now, rules.settled)
        return None

    # --- what the methods share

    def _found(self, application_id: bytes) -> Application:
        application = self._store.find(application_id)
        if application is None:
            raise refusal(Code.APPLICATION_STATE)
        return application

    def _change_one(self, application_id: bytes, now: int, change: Callable[[Application], Application]) -> Application:
        return self._change(application_id, now, lambda mine, _: (change(mine),))

    def _change(
        self,
        application_id: bytes,
        now: int,
        change: Callable[[Application, tuple[Application, ...]], Iterable[Application]],
    ) -> Application:
        """The application after ``change`` of it and of the others for the same number, in one step. As ``rules.evolve``."""
        outcome: list[Application | InputError] = []

        def changed(held: tuple[Application, ...]) -> Iterable[Application]:
            after, result = rules.evolve(held, application_id, change, now)
            outcome.append(result)
            return after

        self._store.change(self._found(application_id).number, changed)
        if isinstance(outcome[-1], InputError):
            raise outcome[-1]
        return outcome[-1]

    def _opened(self, application: Application) -> OpenedRequest:
        """The request, verified anew: what the store holds is believed no more than what arrived."""
        return self._issuer.open_number(verify_request(application.request, application.offer))

    def _record(self, number: Nir) -> Record | None:
        """The record of that number. A source that answers with another person's is not one to go on with."""
        record = self._people.find(number)
        if record is not None and not is_same(record.nir, number):
            raise UsageError("the insurer's records answered with another person's record")
        return record

    def _send(self, code: str, opened: OpenedRequest, now: int) -> None:
        """To the address in the insurer's own record: a stranger who knows the number does not choose it."""
        record = self._record(opened.number.nir)
        keeper = None if record is None else self._record(record.keeper(day_of(now)))
        if keeper is not None and keeper.mail is not None:
            self._mailer.send(keeper.mail, code, now + CODE_LIFETIME)

    def _require_consistent(self, record: Record) -> None:
        """No card is made where a reference that goes on it, as an alias, is that of two people; nor where one that it would
        replace may be another person's. Raises ``UsageError``.
        """
        require_sole(self._people.named(record.reference), record.nir)
        if record.policyholder is not None:
            require_sole(self._people.named(record.policyholder.reference), record.policyholder.nir)
        if any(self._people.find(former) is not None for former in record.former):
            raise UsageError("the insurer's records have a person's former number for a number of today")

    def _reasons(self, application: Application, record: Record | None, now: int) -> tuple[Ineligibility, ...]:
        if record is None:
            return (Ineligibility.NO_ACCOUNT,)
        self._require_consistent(record)
        if not self._is_proofed(application, record, now):
            return (Ineligibility.KEEPER_CHANGED,)
        today = day_of(now)
        return self._policy.reasons(record, self._record(record.keeper(today)), today)

    def _is_proofed(self, application: Application, record: Record, now: int) -> bool:
        """Whether the identity that was proofed is that of the person who may keep this card today (APPLY-1)."""
        return hmac.compare_digest(application.proofed, self._pseudonym(record.keeper(day_of(now))))

    def _pseudonym(self, number: Nir) -> bytes:
        return pseudonym(number, self._keys.number)
