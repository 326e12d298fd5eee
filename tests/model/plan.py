"""What is searched: every scenario under every single and double compromise, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.model import people as p
from tests.model.enrolment import OFFERS, Enrolment
from tests.model.expected import subsets
from tests.model.explore import Scenario
from tests.model.messages import OPEN
from tests.model.visit import Bounds, Session, Visit

Plan = dict[str, tuple[int, Bounds]]

_LENDING: Final = Bounds(
    alice=0, bob=1, grants=1, sessions=(Session(p.T1, "s1"), Session(p.T1, "s2", "billing"), Session(p.T2, "s1"))
)

#: With the tests: one presentation, one tick; two or three sessions.
QUICK: Final[Plan] = {
    "open": (0, Bounds(without_code=False)),
    "audience": (1, Bounds(without_code=False)),
    "challenge": (2, Bounds(sessions=(Session(p.T1, "s1", sealed=True), Session(p.T1, "s2")), without_code=False)),
    "lending": (OPEN, _LENDING._replace(sessions=_LENDING.sessions[:2])),
}

_TWICE: Final = Bounds(alice=2, cards=(p.CARD, p.CHILDS))

#: ``make model``: two presentations of either card at levels open and audience; three sessions and all levels everywhere.
DEEP: Final[Plan] = {
    "open": (0, _TWICE),
    "audience": (1, _TWICE),
    "challenge": (2, Bounds(cards=(p.CARD, p.CHILDS))),
    "lending": (OPEN, _LENDING._replace(grants=2)),
    "lending at level audience": (1, _LENDING),
    "lending at level challenge": (2, _LENDING._replace(sessions=_LENDING.sessions[:2])),
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
        for compromised in subsets():
            yield Search(name, name.split()[0], compromised, Visit(level, compromised, bounds=bounds))
    for compromised in subsets():
        yield Search("enrolment", "enrolment", compromised, Enrolment(compromised, offers=OFFERS))
