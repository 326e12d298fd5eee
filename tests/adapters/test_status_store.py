"""The terminal's status store: what it answers, when it answers nothing, and what damage and other processes do to it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.concurrency import at_once
from tests.nation import Nation, found_in
from tests.world import DAY, NOW
from vitaletoken import UsageError, Withdrawal
from vitaletoken.adapters import status_store
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.rules.updates import Outcome


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    nation = Nation(tmp_path)
    nation.publish(20)
    with nation.store() as store:
        nation.updater(store).update()
    return nation


@pytest.fixture
def store(nation: Nation) -> Iterator[SqliteStatusStore]:
    with nation.store() as store:
        yield store


def holds(store: SqliteStatusStore, nation: Nation) -> bool:
    return found_in(store, nation.insurers[0]) == nation.insurers[0].statuses()


# --- what it answers


def test_an_open_list_stays_open(nation: Nation, store: SqliteStatusStore) -> None:
    found = store.find("insurer-0", 1)
    assert found is not None
    assert (found.issuer, found.number, found.iat, found.ttl) == ("insurer-0", 1, NOW, DAY)
    assert store.find("insurer-0", 1) is found
    assert holds(store, nation)


@pytest.mark.parametrize(
    ("issuer", "number"), [("insurer-0", 3), ("insurer-0", -1), ("insurer-1", 0), ("", 0), ("'", 0)]
)
def test_what_is_not_held(issuer: str, number: int, store: SqliteStatusStore) -> None:
    assert store.find(issuer, number) is None
    assert store.find("insurer-0", 0) is not None


def test_an_empty_store(tmp_path: Path) -> None:
    nation = Nation(tmp_path)
    nation.trust.load(nation.trust_list(1))
    with nation.store() as store:
        assert store.find("insurer-0", 0) is None
        assert store.snapshot("insurer-0") is None
        assert store.entries("insurer-0", 0) is None


def test_without_a_trust_list_nothing_is_answered(tmp_path: Path) -> None:
    with Nation(tmp_path).store() as store, pytest.raises(UsageError):
        store.find("insurer-0", 0)


def test_only_so_many_lists_are_open(nation: Nation, store: SqliteStatusStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_store, "OPEN_LISTS", 2)
    for _ in range(3):
        assert holds(store, nation)
        assert len(store._lists) == 2


def test_threads_share_it(nation: Nation, store: SqliteStatusStore) -> None:
    expected = nation.insurers[0].statuses()
    assert at_once(8, lambda _: found_in(store, nation.insurers[0])) == [expected] * 8


# --- what changes under it


def test_another_process_s_update_is_seen(nation: Nation, store: SqliteStatusStore) -> None:
    assert holds(store, nation)
    before = nation.insurers[0].statuses()
    nation.clock.time += DAY
    nation.publish(30)
    with nation.store() as other:
        nation.updater(other).update()
    assert nation.insurers[0].statuses() != before
    assert holds(store, nation)


def test_between_two_looks_at_the_file_what_is_open_is_answered(nation: Nation) -> None:
    """And a list that has to be opened meanwhile is of the same snapshot as all others then."""
    with SqliteStatusStore(nation.directory / "status.db", nation.trust, recheck=1e9) as store:
        old = store.find("insurer-0", 0)
        nation.clock.time += DAY
        nation.publish(30)
        with nation.store() as other:
            nation.updater(other).update()
        assert store.find("insurer-0", 0) is old
        new = store.find("insurer-0", 1)
        assert new is not None
        assert new.iat == NOW + DAY
        assert holds(store, nation)


def test_a_new_trust_list_counts_at_once(nation: Nation, store: SqliteStatusStore) -> None:
    found = store.find("insurer-0", 0)
    assert found is not None
    nation.trust.load(nation.trust_list(2))
    again = store.find("insurer-0", 0)
    assert again is not None
    assert again.verified_under is nation.trust.current() is not found.verified_under
    (key, *_), entry = nation.insurers[0].entry().keys, nation.insurers[0].entry()
    withdrawn = type(key)(key.key, key.uses, key.nbf, key.exp, Withdrawal(NOW, False))
    nation.trust.load(
        nation.trust_list(3, issuers=(type(entry)(entry.id, entry.name, (withdrawn,), entry.status_uri),))
    )
    assert store.find("insurer-0", 0) is None
    nation.trust.load(nation.trust_list(4))
    assert holds(store, nation)


def test_the_second_signature_is_asked_for_by_policy(nation: Nation) -> None:
    with nation.store(post_quantum=True) as store:
        assert store.find("insurer-0", 0) is None


def test_an_update_that_is_too_late_changes_nothing(nation: Nation, store: SqliteStatusStore) -> None:
    held = store.snapshot("insurer-0")
    assert held is not None
    for wrong in (None, b"", held[:-1]):
        assert not store.replace("insurer-0", wrong, b"new", {0: b"\0"}, {0})
    assert not store.replace("insurer-1", held, b"new", {0: b"\0"}, {0})
    assert holds(store, nation)
    assert store.replace("insurer-0", held, b"new", {0: b"\7"}, {0, 2})
    assert (store.snapshot("insurer-0"), store.entries("insurer-0", 0)) == (b"new", b"\7")
    assert [store.entries("insurer-0", number) is None for number in range(4)] == [False, True, False, True]


def test_an_update_that_fails_changes_nothing(nation: Nation, store: SqliteStatusStore) -> None:
    held = store.snapshot("insurer-0")

    class Failing(dict[int, bytes]):
        def __contains__(self, number: object) -> bool:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.replace("insurer-0", held, b"new", {0: b"\7"}, Failing())
    assert store.snapshot("insurer-0") == held
    assert holds(store, nation)


# --- damage


def spoiled(nation: Nation, statement: str) -> None:
    with closing(sqlite3.connect(nation.directory / "status.db")) as connection, connection:
        assert connection.execute(statement).rowcount > 0


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("DELETE FROM lists WHERE number = 0", {1, 2}),
        ("UPDATE lists SET entries = x'' WHERE number = 0", {1, 2}),
        ("UPDATE lists SET entries = x'789c030000000001' WHERE number = 0", {1, 2}),
        ("UPDATE lists SET entries = (SELECT entries FROM lists WHERE number = 1) WHERE number = 0", {1, 2}),
        ("UPDATE lists SET number = number + 1 WHERE number = 2", {0, 1}),
        ("UPDATE lists SET issuer = 'insurer-1'", set()),
        ("UPDATE snapshots SET message = x''", set()),
        ("UPDATE snapshots SET message = substr(message, 2)", set()),
        ("UPDATE snapshots SET issuer = 'insurer-1'", set()),
    ],
)
def test_what_is_damaged_is_not_held(statement: str, left: set[int], nation: Nation) -> None:
    """And the next update fetches it."""
    spoiled(nation, statement)
    with nation.store() as store:
        assert {number for number in range(3) if store.find("insurer-0", number) is not None} == left
        assert nation.updater(store).update().issuers[0].outcome is Outcome.LISTS
        assert holds(store, nation)


def test_a_snapshot_under_another_issuer_s_name_is_not_that_issuer_s(tmp_path: Path) -> None:
    nation = Nation(tmp_path, 2)
    nation.publish(20)
    with nation.store() as store:
        nation.updater(store).update()
    spoiled(nation, "DELETE FROM snapshots WHERE issuer = 'insurer-1'")
    spoiled(nation, "DELETE FROM lists WHERE issuer = 'insurer-1'")
    spoiled(nation, "UPDATE snapshots SET issuer = 'insurer-1'")
    spoiled(nation, "UPDATE lists SET issuer = 'insurer-1'")
    with nation.store() as store:
        assert store.find("insurer-1", 0) is None


def test_bytes_changed_anywhere_give_the_truth_or_nothing(nation: Nation) -> None:
    """An answer is the right one, none, or the database's own error; and with the file removed, an update gives all anew."""
    path = nation.directory / "status.db"
    genuine, rng = path.read_bytes(), random.Random("damage")
    expected = nation.insurers[0].statuses()
    outcomes = {"right": 0, "none": 0, "error": 0}
    for _ in range(400):
        data = bytearray(genuine)
        for _ in range(rng.choice((1, 1, 4, 40))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice((len(data), len(data), rng.randrange(len(data))))])
        try:
            with nation.store() as store:
                for number, entries in found_in(store, nation.insurers[0]).items():
                    assert entries in (expected[number], [None] * len(entries))
                    outcomes["right" if entries[0] is not None else "none"] += 1
        except (sqlite3.Error, UsageError):
            outcomes["error"] += 1
    assert min(outcomes.values()) > 20
    path.unlink()
    with nation.store() as store:
        assert nation.updater(store).update().issuers[0].outcome is Outcome.LISTS
        assert holds(store, nation)


def test_a_file_that_is_something_else_is_a_usage_error(nation: Nation, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"not a database at all, but long enough to be one" * 100)
    SqliteReplayStore(tmp_path / "replay.db").close()
    for name in ("text", "replay.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(UsageError):
            SqliteStatusStore(tmp_path / name, nation.trust)
        assert (tmp_path / name).read_bytes() == before
