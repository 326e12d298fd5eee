"""What keeping status lists costs a terminal, in one run: ``make bench``. For a nation's sizes: ``make simulate``.

Timings drift with the machine; ratios measured in turns hold. One list of 2**20 entries, one in a hundred of them revoked, a
day's changes, and the two signatures of a snapshot.
"""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benches.test_verify import in_turns
from tests.nation import Nation
from tests.world import DAY
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.publisher import Publication
from vitaletoken.rules.delta import apply_deltas
from vitaletoken.rules.publication import pack
from vitaletoken.rules.snapshot import VerifiedSnapshot, status_list_of, verify_snapshot
from vitaletoken.rules.status import CAPACITY, inflate, verify_status_list
from vitaletoken.wire.registry import Status
from vitaletoken.wire.status_list import parse_status_list

CHANGES = 300


@dataclass
class Held:
    """A terminal with one list, and the publication of the day after."""

    nation: Nation
    store: SqliteStatusStore
    before: Publication
    after: Publication

    def snapshot(self, publication: Publication, *, post_quantum: bool = False) -> VerifiedSnapshot:
        trust, now = self.nation.trust.current(), self.nation.clock.now()
        return verify_snapshot(publication.snapshot, trust, now, None, post_quantum=post_quantum)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    nation, rng = Nation(tmp_path_factory.mktemp("terminal"), second=True, lists=1), random.Random("bench")
    (insurer,) = nation.insurers
    insurer.capacity = CAPACITY
    insurer.register.held = {0: dict.fromkeys(rng.sample(range(CAPACITY), CAPACITY // 100), Status.REVOKED)}
    nation.publish(0)
    with SqliteStatusStore(nation.directory / "status.db", nation.trust) as store:
        nation.updater(store).update()
        nation.clock.time += DAY
        for idx in rng.sample(range(CAPACITY), CHANGES):
            insurer.register.set(0, idx, Status.REVOKED)
        nation.publish(0)
        yield Held(nation, store, *insurer.published)


def entries(publication: Publication) -> bytes:
    return inflate(parse_status_list(publication.lists[0]).unverified_claims.lst)


def opened(held: Held) -> None:
    held.store._seen = None
    held.store._check_at = 0
    held.store.find("insurer-0", 0)


def test_ratios(held: Held, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside what cannot be less: one signature check, one SHA-256 of a list, one inflation of it."""
    listed, old = held.after.lists[0], entries(held.before)
    lst = parse_status_list(listed).unverified_claims.lst
    one, two = held.snapshot(held.before), held.snapshot(held.after)
    delta, trust = held.after.delta or b"", held.nation.trust.current()
    digest, inflation, *timed = in_turns(
        lambda: hashlib.sha256(old).digest(),
        lambda: zlib.decompress(lst),
        lambda: held.snapshot(held.after),
        lambda: held.snapshot(held.after, post_quantum=True),
        lambda: status_list_of(one, 0, old),
        lambda: apply_deltas(one, lambda _: old, [delta], two, trust),
        lambda: verify_status_list(listed, trust),
        lambda: opened(held),
        lambda: held.store.find("insurer-0", 0),
    )
    names = (
        "snapshot, Ed25519",
        "snapshot, with ML-DSA-65 too",
        "list held against its snapshot",
        f"list by a delta of {CHANGES} changes",
        "list by its own signature",
        "look-up that opens snapshot and list",
        "look-up in an open list",
    )
    least = digest + inflation
    with capsys.disabled():
        print(f"\nSHA-256 of a list {digest * 1e6:.0f} us, its inflation {inflation * 1e6:.0f} us")
        for name, seconds in zip(names, timed, strict=True):
            print(f"{name:40s} {seconds * 1e6:9.1f} us  x {seconds / least:.3f} of both")


def test_look_up_in_an_open_list(benchmark: BenchmarkFixture, held: Held) -> None:
    held.store.find("insurer-0", 0)
    benchmark(held.store.find, "insurer-0", 0)


def test_look_up_that_opens_the_list(benchmark: BenchmarkFixture, held: Held) -> None:
    benchmark(opened, held)


def test_packing_a_list(benchmark: BenchmarkFixture, held: Held) -> None:
    statuses = held.nation.insurers[0].register.statuses(0)
    benchmark(pack, statuses)


def test_taking_a_day(benchmark: BenchmarkFixture, held: Held, tmp_path: Path) -> None:
    """A whole update by delta: verification, and one durable transaction."""
    with SqliteStatusStore(tmp_path / "status.db", held.nation.trust) as store:
        new, old = entries(held.after), entries(held.before)
        updater = held.nation.updater(store)

        def yesterday() -> None:
            store.replace("insurer-0", store.snapshot("insurer-0"), held.before.snapshot, {0: old}, {0})

        benchmark.pedantic(updater.update, setup=yesterday, rounds=20)
        assert store.entries("insurer-0", 0) == new
