"""The updater: what a terminal takes from a mirror, by which way, and what it keeps when the mirror is not as it should be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.nation import (
    CAPACITY,
    DictMirror,
    Nation,
    day,
    delta_path,
    digest_of,
    files_of,
    forged,
    found_in,
    holds,
    only,
)
from tests.world import DAY, NOW
from vitaletoken import Code
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.rules.delta import sign_delta
from vitaletoken.rules.updates import Concern, Outcome, Update
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.registry import Status

HELD, NEW, DELTAS, LISTS, FAILED = Outcome


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    return Nation(tmp_path)


@pytest.fixture
def store(nation: Nation) -> Iterator[SqliteStatusStore]:
    with nation.store() as store:
        yield store


# --- the ways


def test_first_all_lists(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    report = nation.updater(store).update()
    size = sum(map(len, files_of(nation.insurers[0].published[-1]).values()))
    assert report.trust == Update(None, NEW, 1, DAY, len(nation.mirror.files["trust/newest.cbor"]), (), ())
    assert report.issuers == (Update("insurer-0", LISTS, 1, 0, size, (), ()),)
    assert report.concerns == ()
    assert holds(store, nation.insurers[0])


def test_nothing_new_costs_a_snapshot(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    nation.mirror.fetched.clear()
    report = updater.update()
    assert (report.trust.outcome, only(report).outcome) == (HELD, HELD)
    assert nation.mirror.fetched == ["trust/newest.cbor", "status/insurer-0/snapshot.cbor"]


def test_day_after_day_by_one_delta(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    for number in range(2, 7):
        day(nation)
        nation.mirror.fetched.clear()
        update = only(updater.update())
        assert (update.outcome, update.number, update.age, update.refusals, update.missing) == (
            DELTAS,
            number,
            0,
            (),
            (),
        )
        assert nation.mirror.fetched[1:] == ["status/insurer-0/snapshot.cbor", delta_path(nation)]
        assert holds(store, nation.insurers[0])


@pytest.mark.parametrize(("days", "outcome"), [(2, DELTAS), (9, DELTAS), (64, DELTAS), (65, LISTS)])
def test_after_some_days_by_a_chain(days: int, outcome: Outcome, nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    day(nation, days)
    nation.mirror.fetched.clear()
    update = only(updater.update())
    assert update.outcome is outcome
    assert update.refusals == (() if outcome is DELTAS else (Code.DELTA_CHAIN,))
    assert sum("/delta/" in path for path in nation.mirror.fetched) == min(days, 64)
    assert holds(store, nation.insurers[0])


@pytest.mark.parametrize("which", [-1, -2, -3])
def test_a_missing_delta_means_lists(which: int, nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    day(nation, 3)
    path = delta_path(nation, which)
    del nation.mirror.files[path]
    update = only(updater.update())
    assert (update.outcome, update.number, update.refusals, update.missing) == (LISTS, 4, (), (path,))
    assert holds(store, nation.insurers[0])


def other_delta(nation: Nation, **changes: object) -> bytes:
    """The newest delta with other claims, signed as it should be."""
    insurer = nation.insurers[0]
    claims = parse_delta(insurer.published[-1].delta or b"").unverified_claims
    return sign_delta(dataclasses.replace(claims, **changes), insurer.signer.public_key, insurer.signer.sign)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda n: b"", Code.DELTA_STRUCTURE),
        (lambda n: n.mirror.files[delta_path(n)][:-1], Code.DELTA_STRUCTURE),
        (lambda n: n.mirror.files[delta_path(n)] + bytes(300_000), Code.DELTA_STRUCTURE),
        (lambda n: n.mirror.files["status/insurer-0/snapshot.cbor"], Code.DELTA_STRUCTURE),
        (lambda n: forged(n.mirror.files[delta_path(n)]), Code.DELTA_SIGNATURE),
        (lambda n: other_delta(n, iss="insurer-1"), Code.DELTA_SIGNATURE),
        (lambda n: n.insurers[0].published[-2].delta, Code.DELTA_CHAIN),
        (lambda n: other_delta(n, to=n.insurers[0].published[-1].delta_from), Code.DELTA_CHAIN),
        (lambda n: other_delta(n, changes=()), Code.DELTA_CONTENT),
        (lambda n: other_delta(n, changes=((0, ((1, bytes([64])),)),)), Code.DELTA_CONTENT),
        (lambda n: other_delta(n, changes=((9, ((1, b"\0"),)),)), Code.DELTA_CONTENT),
    ],
    ids=[
        "empty", "cut", "too long", "a snapshot", "forged", "another's", "yesterday's", "in a circle", "nothing", "beyond",
        "no such list",
    ],
)  # fmt: skip
def test_a_broken_chain_means_lists(
    make: Callable[[Nation], bytes], code: Code, nation: Nation, store: SqliteStatusStore
) -> None:
    nation.publish()
    day(nation)
    updater = nation.updater(store)
    updater.update()
    day(nation)
    nation.insurers[0].register.set(0, 0, Status.REVOKED)
    nation.insurers[0].register.set(2, 0, Status.REVOKED)
    day(nation)
    updater.update()
    nation.insurers[0].register.set(1, 0, Status.SUSPENDED)
    day(nation)
    nation.mirror.files[delta_path(nation)] = make(nation)
    update = only(updater.update())
    assert (update.outcome, update.refusals) == (LISTS, (code,))
    assert holds(store, nation.insurers[0])


def test_a_new_list_comes_by_delta(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    (insurer,) = nation.insurers
    insurer.lists, insurer.capacity = 5, CAPACITY + 8
    insurer.register.set(4, CAPACITY + 7, Status.REVOKED)
    day(nation)
    assert only(updater.update()).outcome is DELTAS
    assert holds(store, insurer)
    found = store.find(insurer.id, 4)
    assert found is not None
    assert found.find(CAPACITY + 7) is Status.REVOKED


def test_a_list_that_is_damaged_here_is_fetched_again(nation: Nation, store: SqliteStatusStore) -> None:
    """The snapshot is the one held, and one list of it is spoilt on the disk: that list is fetched, and no other."""
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    for spoil in ("DELETE FROM lists WHERE number = 1", "UPDATE lists SET entries = x'00' WHERE number = 1"):
        with store._database.write() as connection:
            connection.execute(spoil)
        store._seen = None
        assert store.find("insurer-0", 1) is None
        assert store.find("insurer-0", 0) is not None
        nation.mirror.fetched.clear()
        assert only(updater.update()).outcome is LISTS
        assert nation.mirror.fetched[1:] == ["status/insurer-0/snapshot.cbor", "status/insurer-0/list/1.cbor"]
        assert holds(store, nation.insurers[0])


def test_a_list_that_is_damaged_here_does_not_stop_a_delta(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    with store._database.write() as connection:
        connection.execute("UPDATE lists SET entries = x'00'")
    day(nation)
    update = only(updater.update())
    assert (update.outcome, update.refusals) == (LISTS, (Code.DELTA_CONTENT,))
    assert holds(store, nation.insurers[0])


# --- time


def test_a_snapshot_raises_the_floor(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    nation.updater(store).update()
    assert nation.floor.read() == NOW
    day(nation)
    nation.updater(store).update()
    assert nation.floor.read() == NOW + DAY


def test_what_is_refused_raises_nothing(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    nation.updater(store).update()
    day(nation)
    del nation.mirror.files["status/insurer-0/list/0.cbor"], nation.mirror.files[delta_path(nation)]
    nation.insurers[0].register.set(0, 0, Status.SUSPENDED)
    nation.mirror.files["status/insurer-0/snapshot.cbor"] = nation.insurers[0].publish(0).snapshot
    assert only(nation.updater(store).update()).outcome is FAILED
    assert nation.floor.read() == NOW


@pytest.mark.parametrize(("ahead", "outcome", "floor"), [(300, LISTS, 0), (301, FAILED, -DAY)])
def test_a_snapshot_dated_ahead(
    ahead: int, outcome: Outcome, floor: int, nation: Nation, store: SqliteStatusStore
) -> None:
    nation.clock.time = NOW + ahead
    nation.publish()
    nation.clock.time = NOW
    update = only(nation.updater(store).update())
    assert (update.outcome, update.refusals) == (outcome, () if outcome is LISTS else (Code.SNAPSHOT_NOT_YET_VALID,))
    assert nation.floor.read() == NOW + floor


def test_a_clock_set_back_is_told(nation: Nation, store: SqliteStatusStore) -> None:
    """The floor stands in for the clock, so that an update of the same day is taken; what is later has to wait for the clock."""
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    nation.clock.time += 200
    nation.publish()
    nation.clock.time = NOW - 365 * DAY
    report = updater.update()
    assert (only(report).outcome, only(report).age) == (DELTAS, -365 * DAY - 200)
    assert report.concerns == (Concern.CLOCK_BEHIND,)
    assert nation.floor.read() == NOW
    nation.clock.time = NOW + DAY
    nation.publish()
    nation.clock.time = NOW - 365 * DAY
    report = updater.update()
    assert (only(report).refusals, report.concerns) == ((Code.SNAPSHOT_NOT_YET_VALID,), (Concern.CLOCK_BEHIND,))


# --- post-quantum


def test_where_the_second_signature_is_required(tmp_path: Path) -> None:
    nation = Nation(tmp_path, second=True)
    nation.publish()
    (insurer,) = nation.insurers
    with nation.store(post_quantum=True) as store:
        updater = nation.updater(store, post_quantum=True)
        assert only(updater.update()).outcome is LISTS
        assert holds(store, insurer)
        held = insurer.statuses()
        second, insurer.second = insurer.second, None
        day(nation)
        assert only(updater.update()).refusals == (Code.SNAPSHOT_POST_QUANTUM,)
        assert found_in(store, insurer) == held
        insurer.second = second
        day(nation)
        assert only(updater.update()).outcome is DELTAS
        assert holds(store, insurer)


def test_a_policy_that_becomes_stricter(tmp_path: Path) -> None:
    """What is held without the second signature counts no longer. Its lists need not be fetched again."""
    nation = Nation(tmp_path, second=True)
    (insurer,) = nation.insurers
    second, insurer.second = insurer.second, None
    snapshot = insurer.publish().snapshot
    nation.mirror.put(insurer.published[-1])
    with nation.store() as store:
        assert only(nation.updater(store).update()).outcome is LISTS
    insurer.second = second
    nation.mirror.put(insurer.publisher().publish(None))
    assert digest_of(nation.mirror.files["status/insurer-0/snapshot.cbor"]) == digest_of(snapshot)
    nation.mirror.fetched.clear()
    with nation.store(post_quantum=True) as store:
        assert store.find(insurer.id, 0) is None
        assert only(nation.updater(store, post_quantum=True).update()).number == 1
        assert holds(store, insurer)
    assert [path for path in nation.mirror.fetched if "list" in path] == []


def test_two_updaters_at_once(nation: Nation, store: SqliteStatusStore) -> None:
    """The slower one changes nothing: neither back, nor into a mix."""
    nation.publish(30)
    nation.updater(store).update()
    day(nation, 1, 30)
    slow = dict(nation.mirror.files)
    day(nation, 1, 30)

    class Overtaken(DictMirror):
        def fetch(self, path: str, limit: int) -> bytes | None:
            if "/delta/" in path and self.files is slow:
                self.files = {}
                nation.updater(store).update()
                self.files = dict(slow)
            return super().fetch(path, limit)

    mirror = Overtaken()
    mirror.files = slow
    update = only(nation.updater(store, mirror).update())
    assert (update.outcome, update.number) == (FAILED, 1)
    assert holds(store, nation.insurers[0])
    assert only(nation.updater(store).update()).number == 3
