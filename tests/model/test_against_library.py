"""The model and the library agree: on each message that the attacker can show, and on what stops each attack."""

from __future__ import annotations

import random
from collections import Counter as Tally

import pytest

from tests.model.counter import ACCEPTED, Counter, counter_at
from tests.model.explore import explore
from tests.model.messages import OPEN
from tests.model.people import T1, T2
from tests.model.plan import LEVEL
from tests.model.terminal import Accepted
from tests.model.variants import VARIANTS, Variant
from tests.model.visit import Bounds, Session, State, Visit

AT_VISITS = [v for v in VARIANTS if isinstance(v.scenario, Visit) and not v.scenario.bounds.lending and v.code]
"""The variants with attacks on terminals and phones that do not lend."""

GONE = ("seal-unknown", "context-unknown")
"""What a terminal says that has no challenge open."""


@pytest.mark.parametrize("variant", AT_VISITS, ids=str)
def test_attack_is_refused(variant: Variant) -> None:
    """Every step before the attack's last goes as in the model; the last is refused, for the reason that the spec gives."""
    assert isinstance(variant.scenario, Visit)
    *before, last = explore(variant.scenario, until=variant.violates).attacks[variant.violates]
    counter = Counter(variant.scenario)
    assert {counter.play(step) for step in before} <= {"", ACCEPTED}
    assert counter.play(last) == variant.code


@pytest.mark.parametrize("stolen", ["", "device code", "issuer", "terminal wallet", "trust"])
@pytest.mark.parametrize("where", ["open", "audience", "challenge", "mixed"])
def test_same_verdicts(where: str, stolen: str) -> None:
    """In states drawn from all that can be reached, on messages drawn from all that the attacker can show there."""
    sessions = (Session(T1, "s1", sealed=True), Session(T1, "s2"), Session(T2, "s1"))
    least = OPEN if where == "mixed" else None
    visit = Visit(LEVEL[where], frozenset(stolen.split()), bounds=Bounds(sessions=sessions, least=least))
    draw = random.Random(f"{LEVEL[where]} {stolen}")
    seen = Tally[str]()
    for state in reached(visit, draw, 8):
        for at in sessions:
            offered = visit.offered(state, at)
            for message, verdict in draw.sample(offered, min(5, len(offered))):
                expected = ACCEPTED if isinstance(verdict, Accepted) else verdict
                said = counter_at(visit, state).verdict(at, message)
                assert said == expected or (is_over(visit, state, at) and said in GONE), (state, at, message)
                seen[expected] += 1
    assert seen.total() > 20


def is_over(visit: Visit, state: State, at: Session) -> bool:
    """Whether the session's challenge is past its lifetime: a terminal may have deleted it already (SEAL-2)."""
    is_open = visit.view(state, at).open
    return is_open is not None and state.time > is_open.made_at


def reached(visit: Visit, draw: random.Random, count: int) -> list[State]:
    """States at the ends of random walks."""
    found = []
    for _ in range(count):
        state = visit.start()
        for _ in range(draw.randint(1, 6)):
            moves = list(visit.moves(state))
            if not moves:
                break
            kind = draw.choice(sorted({move.step.kind for move in moves}))
            state = draw.choice([move for move in moves if move.step.kind == kind]).state
        found.append(state)
    return found
