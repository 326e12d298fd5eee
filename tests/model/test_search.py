"""The bounded search comes to what is expected: each attack that must exist is found, and no other."""

from __future__ import annotations

from functools import cache

import pytest

from tests.model.expected import EXPECTED, falls
from tests.model.explore import Explored, Scenario, explore
from tests.model.messages import CHALLENGE, INTACT, OPEN
from tests.model.plan import QUICK, Search, searches
from tests.model.telling import tell
from tests.model.variants import VARIANTS, Variant
from tests.model.visit import Visit


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


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_broken_on_purpose(variant: Variant) -> None:
    found = explore(variant.scenario, until=variant.violates)
    assert variant.violates in found.attacks
    assert tell(found.attacks[variant.violates])


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_rule_is_what_stops_it(variant: Variant) -> None:
    """The same scenario with the rule in place, whole: no attack on that property."""
    found = whole(variant.scenario._replace(broken=INTACT))
    attack = found.attacks.get(variant.violates)
    assert attack is None, tell(attack)
    assert found.states > 10  # there was something to search


@pytest.mark.parametrize(("where", "violates"), [(where, name) for where, least in EXPECTED.items() for name in least])
def test_no_property_is_empty(where: str, violates: str) -> None:
    """Each can fall in its own scenario, with no compromise that makes it fall by itself: in a variant, or as it stands."""
    least = EXPECTED[where][violates]
    fallen = [v for v in VARIANTS if (v.where, v.violates) == (where, violates)]
    assert falls(least, ()) or any(not falls(least, v.scenario.compromised) for v in fallen)


@pytest.mark.parametrize("stolen", ["", "device"])
@pytest.mark.parametrize("least", [OPEN, CHALLENGE])
def test_the_level_is_signed_twice(least: int, stolen: str) -> None:
    """Without the level in the external_aad there is no attack: the claims have it too, and no two levels share a context."""
    without = frozenset({"level-in-claims-alone"})
    bounds = QUICK["mixed"][1]._replace(least=least)
    found = explore(Visit(CHALLENGE, frozenset(stolen.split()), without, bounds))
    meant = EXPECTED["mixed" if least == OPEN else "challenge"]
    assert set(found.attacks) == {name for name in meant if falls(meant[name], stolen.split())}
