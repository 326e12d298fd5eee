"""Two implementations, one verdict and one reason, on what is downloaded: trust lists, snapshots, deltas and status lists.

Each is wrong in one way at most times, and most of the wrong ones are validly signed: the structure, the chain, the numbers and
the content are what is compared, down to each code of the specification's tables.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from functools import cache

from tests.interop.mirror import Mirror
from tests.interop.second import agreed, codes, needs_node, steps
from tests.interop.syncs import Syncs
from tests.world import enrolled

pytestmark = needs_node

CHAINS = 200
SYNCS = 1_000
SNAPSHOTS = 800
LISTS = 500


@cache
def shared() -> Mirror:
    return Mirror(enrolled(), random.Random("differential lists"))


def mirror(test: str) -> Mirror:
    """Which draws the same, whatever tests came before."""
    shared().rng.seed(f"differential {test}")
    return shared()


def test_trust_lists_one_after_the_other() -> None:
    here = mirror("trust lists")
    results = agreed("trust-chain", [here.roots.chain() for _ in range(CHAINS)])
    tally = Tally(each.get("error") for result in results for each in result["ok"]["results"])
    assert tally.keys() == codes("trust", steps("T", 7)) | {None}
    assert tally[None] > tally.total() / 3


def test_syncs() -> None:
    syncs = Syncs(mirror("syncs"))
    inputs = [syncs.one() for _ in range(SYNCS)]
    results = agreed("status-sync", inputs)
    errors = Tally(result.get("error") for result in results)
    assert errors.keys() == codes("snapshot", steps("N", 7)) | {None}
    ways = Tally((result["ok"]["by"], result["ok"]["delta"]) for result in results if "ok" in result)
    by_lists = {("lists", code) for code in codes("delta", steps("D", 4))}
    assert ways.keys() == by_lists | {("held", None), ("deltas", None), ("lists", None)}
    assert ways["deltas", None] > SYNCS / 10
    taken = [(given, result["ok"]) for given, result in zip(inputs, results, strict=True) if "ok" in result]
    # SYNC-3: a list that is held and has not changed need not be found.
    assert any(ok["by"] == "lists" and len(given["lists"]) < 5 - ok["statuses"].count(None) for given, ok in taken)


def test_snapshots() -> None:
    syncs = Syncs(mirror("snapshots"))
    inputs = [syncs.snapshot() for _ in range(SNAPSHOTS)]
    results = agreed("snapshot", inputs)
    newest = [given["newest"] for given in inputs]
    tally = Tally(
        (each is None or each["sequence"] > 0, result.get("error"))
        for each, result in zip(newest, results, strict=True)
    )
    every = codes("snapshot", steps("N", 6)) | {None}
    # SNAP-3: where the sequence begins anew, its iat can still refuse it.
    assert tally.keys() == {(given, error) for given in (True, False) for error in every}


def test_status_lists() -> None:
    here = mirror("status lists")
    results = agreed("status-list", [here.one_list() for _ in range(LISTS)])
    tally = Tally(result.get("error") for result in results)
    assert tally.keys() == codes("status", steps("S", 4)) | {None}
    assert tally[None] > LISTS / 10
