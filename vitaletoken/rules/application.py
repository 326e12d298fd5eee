"""The life of an application at the issuer: the table of spec section 12.2 as data, and one pure step through it.

Tests compare ``TRANSITIONS`` with the specification's table, and the diagram in docs/enrolment.md with ``TRANSITIONS``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from vitaletoken.errors import Code, InputError, refusal
from vitaletoken.rules import mail_limit
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.identity import KINDS
from vitaletoken.rules.mail_code import MAX_TRIES, MailCode
from vitaletoken.wire.enrolment import Evidence, parse_request
from vitaletoken.wire.registry import EnrolmentMethod

#: Seconds since the request after which an application that has not been decided or answered is over: 30 days.
LIFETIME: Final = 30 * 86_400


class State(StrEnum):
    """Where an application is. The values are the specification's."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    PROOFED = "proofed"
    APPROVED = "approved"
    ISSUED = "issued"
    MAIL_CODE_REFUSED = "refused: e-mail-code"
    IDENTITY_REFUSED = "refused: identity"
    ELIGIBILITY_REFUSED = "refused: eligibility"
    SUPERSEDED = "refused: superseded"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to an application. The values are the specification's."""

    REQUEST = "a request passes R1 to R5"
    MAIL_CODE_RIGHT = "the e-mail code is right"
    MAIL_CODES_WRONG = "a fifth e-mail code is wrong"
    IDENTITY_PROOFED = "identity proofed"
    IDENTITY_NOT_PROOFED = "identity not proofed"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    CARD_MADE = "card made"
    OTHER_CONFIRMED = "another application for the same number is confirmed"
    TIME_OVER = "30 days have passed since the request"


class Transition(NamedTuple):
    """One row: in each of ``states`` (none of them: before there is an application), ``event`` leads to ``becomes``."""

    states: tuple[State, ...]
    event: Event
    becomes: State


#: The states from which there is a way on.
OPEN: Final = (State.REQUESTED, State.CONFIRMED, State.PROOFED, State.APPROVED)

TRANSITIONS: Final = (
    Transition((), Event.REQUEST, State.REQUESTED),
    Transition((State.REQUESTED,), Event.MAIL_CODE_RIGHT, State.CONFIRMED),
    Transition((State.REQUESTED,), Event.MAIL_CODES_WRONG, State.MAIL_CODE_REFUSED),
    Transition((State.CONFIRMED,), Event.IDENTITY_PROOFED, State.PROOFED),
    Transition((State.CONFIRMED,), Event.IDENTITY_NOT_PROOFED, State.IDENTITY_REFUSED),
    Transition((State.PROOFED,), Event.ELIGIBLE, State.APPROVED),
    Transition((State.PROOFED,), Event.NOT_ELIGIBLE, State.ELIGIBILITY_REFUSED),
    Transition((State.APPROVED,), Event.CARD_MADE, State.ISSUED),
    Transition(OPEN, Event.OTHER_CONFIRMED, State.SUPERSEDED),
    Transition(OPEN, Event.TIME_OVER, State.EXPIRED),
)

_BECOMES: Final = {(state, row.event): row.becomes for row in TRANSITIONS for state in row.states}


#: The states in which the policy has said yes.
DECIDED: Final = (State.APPROVED, State.ISSUED)


class Revocation(Enum):
    """What is to become of the card that answered an application, since a later one for the same number was issued."""

    NONE = "none"
    DUE = "due"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Application:
    """One application, as an issuer keeps it. No number (NIR) is in it in clear, and no e-mail code.

    Attributes:
        id: SHA-256 of the exact request, so that the same message again is the same application.
        number: pseudonym of the number in the request; 32 bytes.
        request, offer: the exact messages. The request has the number, sealed to the issuer.
        requested, confirmed: NumericDate.
        mailed, tried: NumericDates of the e-mail codes sent and tried, in the order in which they were counted (MAIL-2).
        reasons: why it was refused, where the policy said so.
        method, proofed: how the identity was proofed, and the pseudonym of the number of that person.
        card: cti of the card that answers it; empty until it is made.
    """

    id: bytes
    number: bytes = field(repr=False)
    request: bytes = field(repr=False)
    offer: bytes = field(repr=False)
    requested: int
    code: MailCode
    mailed: tuple[int, ...] = ()
    tried: tuple[int, ...] = ()
    state: State = State.REQUESTED
    confirmed: int | None = None
    method: EnrolmentMethod | None = None
    proofed: bytes = field(default=b"", repr=False)
    reasons: tuple[Ineligibility, ...] = ()
    card: bytes = field(default=b"", repr=False)
    revocation: Revocation = Revocation.NONE

    @property
    def offer_digest(self) -> bytes:
        """SHA-256 of the exact offer, which no other application answers."""
        return hashlib.sha256(self.offer).digest()

    @property
    def evidence(self) -> Evidence | None:
        """What the request says will prove the identity."""
        return parse_request(self.request).unverified_claims.evidence

    @property
    def identity_due(self) -> int | None:
        """NumericDate by which the evidence that came with the request will have been looked at; None where none is awaited."""
        if self.state is not State.CONFIRMED or self.confirmed is None or (evidence := self.evidence) is None:
            return None
        return self.confirmed + KINDS[evidence.method].within


def step(application: Application, event: Event, now: int) -> Application:
    """``application`` after ``event``, which is one of the table.

    Raises:
        Rejected: ``application-state`` (P1): its state has no such event; also for any other event when its time is over, and
            for ``TIME_OVER`` before it is.
    """
    becomes = _BECOMES.get((application.state, event))
    is_over = now >= application.requested + LIFETIME
    if becomes is None or is_over is not (event is Event.TIME_OVER):
        raise refusal(Code.APPLICATION_STATE)
    return replace(application, state=becomes)


def aged(application: Application, now: int) -> Application:
    """``application`` as it is at ``now``: expired, where it was open for too long."""
    if application.state in OPEN and now >= application.requested + LIFETIME:
        return step(application, Event.TIME_OVER, now)
    return application


def confirm(application: Application, others: Iterable[Application], now: int) -> tuple[Application, ...]:
    """``application``, whose code was right, and the others for the same number, of which it takes the place (APPLY-2).

    A card that was issued stays as it is. Alone, as it is, where it was confirmed in the meantime. Raises as ``step``.
    """
    if application.confirmed is not None:  # the same right code, at the same moment
        return (require(application, State.CONFIRMED, State.PROOFED, *DECIDED),)
    confirmed = replace(step(application, Event.MAIL_CODE_RIGHT, now), confirmed=now)
    superseded = (step(other, Event.OTHER_CONFIRMED, now) for other in others if other.state in OPEN)
    return (confirmed, *superseded)


def issued(application: Application, card: bytes, others: Iterable[Application], now: int) -> tuple[Application, ...]:
    """``application`` with its card, and the others of which the cards are to be revoked (APPLY-2, section 12.3). As ``step``."""
    return (replace(step(application, Event.CARD_MADE, now), card=card), *replaced(others))


def replaced(applications: Iterable[Application]) -> tuple[Application, ...]:
    """Those of which the card is to be revoked now, since a newer one has taken its place; the others stay as they are."""
    return tuple(
        replace(each, revocation=Revocation.DUE)
        for each in applications
        if each.state is State.ISSUED and each.revocation is Revocation.NONE
    )


def require(application: Application, *states: State) -> Application:
    """P1. Raises ``Rejected``: ``application-state``."""
    if application.state not in states:
        raise refusal(Code.APPLICATION_STATE)
    return application


def require_mail(applications: Iterable[Application], now: int) -> None:
    """MAIL-2, before an e-mail code is sent for the number of these, which are all that there are for it.

    Raises:
        Rejected: ``mail-code-throttled``.
    """
    mail_limit.require_mail((at for application in applications for at in application.mailed), now)


def mailed(application: Application, others: Iterable[Application], code: MailCode, now: int) -> Application:
    """``application`` with ``code``, to be kept before that is sent. Raises as ``require_mail``."""
    require_mail((application, *others), now)
    return replace(application, code=code, mailed=mail_limit.newest((*application.mailed, now)))


def count_try(application: Application, others: Iterable[Application], code: str, key: bytes, now: int) -> Application:
    """``application`` with one try of the e-mail code more, to be kept before the try is made (MAIL-1).

    Unchanged where five tries have failed, and where it was confirmed with this very code.

    Args:
        others: for the same number, with whose tries this one is counted (MAIL-2).

    Raises:
        Rejected: ``application-state``, ``mail-code-expired``, ``mail-code-throttled``.
    """
    if application.state is State.MAIL_CODE_REFUSED:
        return application
    if application.confirmed is not None and application.code.is_right(code, application.id, key):
        return require(application, State.CONFIRMED, State.PROOFED, *DECIDED)
    require(application, State.REQUESTED)
    if application.code.tries >= MAX_TRIES:  # cut off between the fifth try and its answer: it counts as wrong
        return step(application, Event.MAIL_CODES_WRONG, now)
    counted = application.code.count_try(now)
    mail_limit.require_try((at for each in (application, *others) for at in each.tried), now)
    return replace(application, code=counted, tried=(*application.tried, now))


def identified(application: Application, method: EnrolmentMethod, proofed: bytes, now: int) -> Application:
    """``application`` after the proofing of the identity; unchanged where that was known.

    Args:
        proofed: pseudonym of the number of the person who may keep the card, where it is theirs that was proofed; else empty.

    Raises:
        Rejected: ``application-state``.
    """
    if not proofed:
        if application.state is State.IDENTITY_REFUSED:
            return application
        return step(application, Event.IDENTITY_NOT_PROOFED, now)
    if application.method is method and hmac.compare_digest(application.proofed, proofed):
        return require(application, State.PROOFED, *DECIDED)
    return replace(step(application, Event.IDENTITY_PROOFED, now), method=method, proofed=proofed)


def decided(application: Application, reasons: tuple[Ineligibility, ...], now: int) -> Application:
    """``application`` after the policy: approved where it has no ``reasons``; unchanged where it was decided before.

    Raises:
        Rejected: ``application-state``.
    """
    if application.state in (*DECIDED, State.ELIGIBILITY_REFUSED):
        return application
    if reasons:
        return replace(step(application, Event.NOT_ELIGIBLE, now), reasons=reasons)
    return step(application, Event.ELIGIBLE, now)


def settled(application: Application) -> Application:
    """``application`` after its card, that was due for it, was revoked."""
    if application.revocation is Revocation.DUE:
        return replace(application, revocation=Revocation.DONE)
    return application


def evolve(
    held: Iterable[Application],
    application_id: bytes,
    change: Callable[[Application, tuple[Application, ...]], Iterable[Application]],
    now: int,
) -> tuple[tuple[Application, ...], Application | InputError]:
    """What becomes of all applications for one number when ``change`` is made to one of them; and that one, or the refusal.

    Those whose time is over have expired before anything else, also where ``change`` refuses.

    Args:
        change: is given the application and the others, and gives those that it changed.

    Returns:
        Those that are not as they were, and the application after the change.
    """
    before = {application.id: application for application in held}
    after = {application.id: aged(application, now) for application in before.values()}
    outcome: Application | InputError
    try:
        others = tuple(application for application in after.values() if application.id != application_id)
        after |= {application.id: application for application in change(after[application_id], others)}
        outcome = after[application_id]
    except InputError as refused:
        outcome = refused
    return tuple(application for application in after.values() if application != before[application.id]), outcome
