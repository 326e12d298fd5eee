"""What each scenario must come to: for each property the least sets of compromises that break it; none, and it holds.

Whatever contains one of them breaks it too. ``()`` stands for an attack that needs no compromise. The tests hold the search to
this in both directions: each attack is found, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final

from tests.model.people import BOBS, COMPROMISES

Least = tuple[tuple[str, ...], ...]

_SIGNS_CARDS: Final[Least] = (("issuer",), ("trust",))

_VISIT: Final[dict[str, Least]] = {
    "possession": (("device",), *_SIGNS_CARDS),
    "code": (("device", "code"), *_SIGNS_CARDS),
    "binding": (),
    "person": _SIGNS_CARDS,
    "once": (),
    "elsewhere": (),
    "revoked": _SIGNS_CARDS,
}

EXPECTED: Final[Mapping[str, Mapping[str, Least]]] = {
    "open": {**_VISIT, "elsewhere": ((),)},
    "audience": _VISIT,
    "challenge": {
        **_VISIT,
        "asker": (("terminal",), ("trust",)),
        "number": (("device",), ("wallet",), ("terminal",), ("trust",)),
    },
    "mixed": {
        **_VISIT,
        "elsewhere": ((),),
        "asker": (("terminal",), ("trust",)),
        "number": (("device",), ("wallet",), ("terminal",), ("trust",)),
    },
    "lending": {"delegation": (("device", "code"), *_SIGNS_CARDS), "delegate": ()},
    "enrolment": {"person": (*_SIGNS_CARDS, ("device",)), "delegation": (("device", "code"),)},
}


def compromises(scenario: str) -> tuple[str, ...]:
    """Those that are tried: Bob's phone where he is in the story."""
    return (*COMPROMISES, BOBS) if scenario == "lending" else COMPROMISES


def subsets(scenario: str, most: int = 2) -> list[frozenset[str]]:
    """No compromise, each alone, each two."""
    tried = compromises(scenario)
    return [frozenset(chosen) for size in range(most + 1) for chosen in combinations(tried, size)]


def falls(least: Least, compromised: Iterable[str]) -> bool:
    """Whether a property with these least sets falls."""
    have = frozenset(compromised)
    return any(have.issuperset(needed) for needed in least)
