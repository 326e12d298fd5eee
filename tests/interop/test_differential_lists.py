"""Two implementations, one verdict and one reason, on what is downloaded: trust lists, snapshots, deltas and status lists.

Each is wrong in one way at most times, and most of the wrong ones are validly signed: the structure, the chain, the numbers and
the content are what is compared, down to each code of the specification's tables.
"""

from __future__ import annotations

import json
import random
from collections import Counter as Tally
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.interop.mirror import Mirror
from tests.interop.roots import Input
from tests.interop.second import answers, codes, needs_node
from tests.world import enrolled
from vitaletoken import conformance

pytestmark = needs_node

CHAINS = 300
SYNCS = 1_200
LISTS = 500

Result = dict[str, Any]


@cache
def mirror() -> Mirror:
    return Mirror(enrolled(), random.Random("differential lists"))


def both(layer: str, make: Callable[[], Input], count: int) -> list[Result]:
    """What both answer to so many cases."""
    cases = [{"id": f"differential/{layer}/{number}", "layer": layer, "input": make()} for number in range(count)]
    ours: dict[str, Result] = {str(case["id"]): json.loads(json.dumps(conformance.run(case))) for case in cases}
    theirs = answers(cases)
    differing = [(name, result, theirs.get(name)) for name, result in ours.items() if result != theirs.get(name)]
    assert not differing, f"{len(differing)} of {count}; the first: {differing[:2]}"
    return list(ours.values())


def steps(letter: str, last: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, last + 1)]


def test_trust_lists_one_after_the_other() -> None:
    results = both("trust-chain", mirror().roots.chain, CHAINS)
    tally = Tally(each.get("error") for result in results for each in result["ok"]["results"])
    assert tally.keys() == codes("trust", steps("T", 7)) | {None}
    assert tally[None] > tally.total() / 3


def test_syncs() -> None:
    results = both("status-sync", mirror().sync, SYNCS)
    errors = Tally(result.get("error") for result in results)
    assert errors.keys() == codes("snapshot", steps("N", 7)) | {None}
    ways = Tally((result["ok"]["by"], result["ok"]["delta"]) for result in results if "ok" in result)
    by_lists = {("lists", code) for code in codes("delta", steps("D", 4))}
    assert ways.keys() == by_lists | {("held", None), ("deltas", None), ("lists", None)}
    assert ways["deltas", None] > SYNCS / 10


def test_status_lists() -> None:
    tally = Tally(result.get("error") for result in both("status-list", mirror().one_list, LISTS))
    assert tally.keys() == codes("status", steps("S", 4)) | {None}
    assert tally[None] > LISTS / 10
