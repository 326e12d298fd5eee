"""What has happened, kept by the test itself: no rule of the library is asked here.

A card belongs to one person, and to the device that asked for it; a loan has its terms; a phone has a code and a count of tries;
a terminal holds a list that is as old as it is. From that ``objection`` says whether a terminal may accept what it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vitaletoken import Binding, Category, Purpose, Record, UserVerification, Way
from vitaletoken.wire.registry import Status

#: Of the phone: tries that fail before it is locked, and how long it waits after so many.
LOCKED: Final = 10
WAITS: Final = {3: 60, 4: 300, 5: 900, 6: 3_600, 7: 14_400, 8: 43_200, 9: 86_400}
#: By purpose, the least that the terminals of the story demand; where nothing stands here, a code in the open.
DEMANDS: Final[Mapping[Purpose, tuple[Binding, bool]]] = {
    Purpose.RECORDS: (Binding.OPEN, False),
    Purpose.DISPENSING: (Binding.AUDIENCE, True),
    Purpose.BILLING: (Binding.CHALLENGE, True),
}


@dataclass(eq=False)
class Terms:
    """Of a loan. ``made``: when the grant was; ``until``: of the grant, or of the card that the insurer lent."""

    to: str
    name: str
    way: Way
    made: int
    until: int
    purposes: tuple[Purpose, ...]
    categories: tuple[Category, ...] | None


@dataclass(eq=False)
class Card:
    """A card as the insurer made it; renewed, it is the same card.

    Attributes:
        proofed: whose identity stood before the proofing. device: the phone that asked.
        loan: where it was lent through the insurer, and ``lender``: from which card.
    """

    person: Record
    proofed: Record
    device: str
    loan: Terms | None = None
    status: Status = Status.VALID
    lender: Card | None = None

    @property
    def published(self) -> Status:
        """A loan ends with the card that it is of, and rests while that is suspended or its loans are withdrawn."""
        statuses = {self.status} | ({self.lender.status} if self.lender else set())
        if Status.REVOKED in statuses:
            return Status.REVOKED
        return Status.SUSPENDED if self.lender and self.lender.status is not Status.VALID else self.status


class Edition(NamedTuple):
    """One credential."""

    card: Card
    cti: bytes
    iat: int
    exp: int


@dataclass(eq=False)
class Asked:
    """A challenge. ``at``: seconds of a clock that nobody can set."""

    terminal: str
    session: str
    purposes: tuple[Purpose, ...]
    at: int
    lifetime: int
    sealed: bool
    text: str
    message: bytes
    answered: Shown | None = None

    def is_open(self, now: int) -> bool:
        return now - self.at < self.lifetime


@dataclass(eq=False)
class Shown:
    """A presentation that a phone made.

    Attributes:
        at: by the phone's clock. code: the right one had been entered. failed: tries when it was made.
        terms: where the card was lent to the phone. to: the sticker's terminal, or the challenge.
    """

    text: str
    message: bytes
    phone: str
    edition: Edition
    at: int
    code: bool
    verification: UserVerification
    failed: int
    terms: Terms | None
    to: str | Asked | None

    @property
    def binding(self) -> Binding:
        if isinstance(self.to, Asked):
            return Binding.CHALLENGE
        return Binding.OPEN if self.to is None else Binding.AUDIENCE


class Published(NamedTuple):
    """A status list, with what it says of each card that is not valid."""

    data: bytes
    iat: int
    exp: int
    statuses: Mapping[Card, Status]


@dataclass(eq=False)
class Desk:
    """A terminal, as the model knows it.

    Attributes:
        ahead: seconds by which its clock is. floor: the newest time that it has seen signed.
        seen: what it accepted, and in which session. asked: its newest challenge, by session.
    """

    name: str
    categories: tuple[Category, ...]
    skew: int
    ahead: int = 0
    floor: int = 0
    held: Published | None = None
    seen: dict[Shown, str] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)


def objection(shown: Shown, desk: Desk, session: str, purpose: Purpose, true_now: int, elapsed: int) -> str | None:
    """Why this terminal must refuse it in this session for this purpose; None where it must accept.

    ``elapsed``: seconds by the clock that nobody can set.
    """
    clock = true_now + desk.ahead
    now = max(clock, desk.floor)
    reasons = {
        "its clock is behind": clock < desk.floor - 300,
        "the phone was locked": shown.failed >= LOCKED,
        "the card is another device's": _on_another_device(shown),
        "not bound here": _not_bound(shown, desk, session, purpose, elapsed),
        "out of its time": _out_of_time(shown, desk, now),
        "beyond the loan": shown.terms is not None and _beyond(shown.terms, desk, purpose, now),
        "not in force": _not_in_force(shown, desk, now),
        "no code": not shown.code and DEMANDS.get(purpose, (Binding.OPEN, True))[1],
        "a copy": _is_copy(shown, desk, session),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _on_another_device(shown: Shown) -> bool:
    if shown.terms is not None and shown.terms.to != shown.phone:
        return True
    granted = shown.terms is not None and shown.terms.way is Way.GRANT
    return not granted and shown.edition.card.device != shown.phone


def _not_bound(shown: Shown, desk: Desk, session: str, purpose: Purpose, elapsed: int) -> bool:
    if shown.binding < DEMANDS.get(purpose, (Binding.OPEN, True))[0]:
        return True
    asked = desk.asked.get(session)
    is_open = asked is not None and asked.is_open(elapsed) and purpose in asked.purposes
    if isinstance(shown.to, Asked):
        return shown.to is not asked or not is_open
    return is_open or shown.to not in (None, desk.name)


def _out_of_time(shown: Shown, desk: Desk, now: int) -> bool:
    if not isinstance(shown.to, Asked) and not shown.at - desk.skew <= now < shown.at + 60 + desk.skew:
        return True
    return not shown.edition.iat - desk.skew <= now < shown.edition.exp


def _beyond(terms: Terms, desk: Desk, purpose: Purpose, now: int) -> bool:
    somewhere_else = terms.categories is not None and not set(terms.categories) & set(desk.categories)
    return purpose not in terms.purposes or somewhere_else or not terms.made - desk.skew <= now < terms.until


def _not_in_force(shown: Shown, desk: Desk, now: int) -> bool:
    held, terms = desk.held, shown.terms
    if held is None or now >= held.exp or held.iat > now + 300:
        return True
    status = held.statuses.get(shown.edition.card, Status.VALID)
    if status is Status.DELEGATIONS_WITHDRAWN:
        return terms is not None and terms.way is Way.GRANT and terms.made < held.iat
    return status is not Status.VALID


def _is_copy(shown: Shown, desk: Desk, session: str) -> bool:
    if isinstance(shown.to, Asked):
        return shown.to.answered not in (None, shown)
    return desk.seen.get(shown, session) != session
