"""The bounded search comes to what is expected: each attack that must exist is found, and no other."""

from __future__ import annotations

from functools import cache

import pytest

from tests.model.expected import EXPECTED, falls
from tests.model.explore import Explored, Scenario, explore
from tests.model.messages import INTACT
from tests.model.plan import QUICK, Search, searches
from tests.model.telling import tell
from tests.model.variants import VARIANTS, Variant


@cache
def whole(scenario: Scenario) -> Explored:
    """Variants share what is left when nothing is left out."""
    return explore(scenario)


@pytest.mark.parametrize("search", list(searches(QUICK)), ids=str)
def test_search(search: Search) -> None:
    found = explore(search.scenario)
    for name, least in EXPECTED[search.expected].items():
        attack = found.attacks.get(name)
        assert (attack is not None) == falls(least, search.compromised), (name, attack and tell(attack))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.left_out}-{v.violates}")
def test_broken_on_purpose(variant: Variant) -> None:
    found = explore(variant.scenario, until=variant.violates)
    assert variant.violates in found.attacks
    assert tell(found.attacks[variant.violates])


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.left_out}-{v.violates}")
def test_the_rule_is_what_stops_it(variant: Variant) -> None:
    """The same scenario with the rule in place, whole: no attack on that property."""
    found = whole(variant.scenario._replace(broken=INTACT))
    attack = found.attacks.get(variant.violates)
    assert attack is None, tell(attack)
    assert found.states > 10  # there was something to search
