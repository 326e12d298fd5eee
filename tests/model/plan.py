"""What is searched: every scenario under every single and double compromise, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.model import people as p
from tests.model.enrolment import OFFERS, Enrolment
from tests.model.expected import subsets
from tests.model.explore import Scenario
from tests.model.messages import AUDIENCE, CHALLENGE, OPEN
from tests.model.visit import Bounds, Session, Visit

Plan = dict[str, tuple[int, Bounds]]

#: The highest level that is asked for in each scenario; in the mixed one terminals take any.
LEVEL: Final = {"open": OPEN, "audience": AUDIENCE, "challenge": CHALLENGE, "mixed": CHALLENGE, "lending": OPEN}

_SEALED: Final = Session(p.T1, "s1", sealed=True)
_NEXT: Final = Session(p.T1, "s2")
_ELSEWHERE: Final = Session(p.T2, "s1")
#: Two terminals, and at the first of them two purposes; either of two cards is lent, to Bob or to Mallory.
LENDING: Final = Bounds(
    alice=0,
    bob=1,
    grants=1,
    cards=(p.CARD, p.CHILDS),
    sessions=(Session(p.T1, "s1"), Session(p.T1, "s2", "billing"), _ELSEWHERE),
)

#: Terminals that take any level: one can ask, and one asks nothing.
MIXED: Final = Bounds(sessions=(_SEALED, _ELSEWHERE._replace(asks=False)), least=OPEN)

#: With the tests: one presentation; one tick, but none in the mixed scenario and in lending; two or three sessions, at two
#: terminals but for one search. Where the code is never left out, ``make model`` looks at that too.
QUICK: Final[Plan] = {
    "open": (OPEN, Bounds()),
    "audience": (AUDIENCE, Bounds(without_code=False)),
    "challenge": (CHALLENGE, Bounds(sessions=(_SEALED, _ELSEWHERE), without_code=False)),
    "challenge at one terminal": (CHALLENGE, Bounds(sessions=(_SEALED, _NEXT), without_code=False)),
    "mixed": (CHALLENGE, MIXED._replace(without_code=False, ticks=0)),
    "lending": (OPEN, LENDING._replace(sessions=(LENDING.sessions[0], _ELSEWHERE), ticks=0)),
}

_TWICE: Final = Bounds(alice=2, cards=(p.CARD, p.CHILDS))

#: ``make model``: two presentations of either card at levels open and audience; three sessions and all levels everywhere.
DEEP: Final[Plan] = {
    "open": (OPEN, _TWICE),
    "audience": (AUDIENCE, _TWICE),
    "challenge": (CHALLENGE, Bounds(cards=(p.CARD, p.CHILDS))),
    "mixed": (CHALLENGE, MIXED),
    "lending": (OPEN, LENDING._replace(grants=2)),
    "lending at level audience": (AUDIENCE, LENDING),
    "lending at level challenge": (CHALLENGE, LENDING._replace(sessions=(LENDING.sessions[0], _ELSEWHERE))),
}


class Search(NamedTuple):
    """One scenario under one set of compromises; ``expected`` is its key in ``expected.EXPECTED``."""

    name: str
    expected: str
    compromised: frozenset[str]
    scenario: Scenario

    def __str__(self) -> str:
        return f"{self.name}, {'+'.join(sorted(self.compromised)) or 'nothing'}"


def searches(plan: Plan) -> Iterator[Search]:
    for name, (level, bounds) in plan.items():
        for compromised in subsets(name.split()[0]):
            yield Search(name, name.split()[0], compromised, Visit(level, compromised, bounds=bounds))
    for compromised in subsets("enrolment"):
        yield Search("enrolment", "enrolment", compromised, Enrolment(compromised, offers=OFFERS))
