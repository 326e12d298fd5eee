"""As ``test_against_library``, where cards are lent from phone to phone."""

from __future__ import annotations

import random
from collections import Counter as Tally

import pytest

from tests.model import people as p
from tests.model.counter import ACCEPTED, Counter, counter_at
from tests.model.explore import explore
from tests.model.messages import LEVELS
from tests.model.plan import DEEP
from tests.model.terminal import Accepted
from tests.model.test_against_library import GONE, is_over, reached
from tests.model.variants import VARIANTS, Variant
from tests.model.visit import Visit

LENDING = [v for v in VARIANTS if isinstance(v.scenario, Visit) and v.scenario.bounds.lending]


@pytest.mark.parametrize("variant", LENDING, ids=str)
def test_attack_is_refused(variant: Variant) -> None:
    assert isinstance(variant.scenario, Visit)
    *before, last = explore(variant.scenario, until=variant.violates).attacks[variant.violates]
    counter = Counter(variant.scenario, lending=True)
    assert {counter.play(step) for step in before} <= {"", ACCEPTED}
    assert counter.play(last) == variant.code


@pytest.mark.parametrize("stolen", ["", "device code", "issuer"])
@pytest.mark.parametrize("level", range(3), ids=LEVELS)
def test_same_verdicts(level: int, stolen: str) -> None:
    _, bounds = DEEP["lending"]
    visit = Visit(level, frozenset(stolen.split()), bounds=bounds._replace(known=(p.LENT_TO_MALLORY,)))
    draw = random.Random(f"lending {level} {stolen}")
    seen = Tally[str]()
    for state in reached(visit, draw, 8):
        for at in visit.bounds.sessions:
            offered = visit.offered(state, at)
            for message, verdict in draw.sample(offered, min(5, len(offered))):
                expected = ACCEPTED if isinstance(verdict, Accepted) else verdict
                said = counter_at(visit, state, lending=True).verdict(at, message)
                assert said == expected or (is_over(visit, state, at) and said in GONE), (state, at, message)
                seen[expected] += 1
    assert seen.total() > 20
