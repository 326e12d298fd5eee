"""What is in memory only: the lists that a terminal holds. The stores are tested beside SQLite's in ``test_stores.py``."""

from __future__ import annotations

from tests.world import NOW, World, enrolled
from vitaletoken import VerifiedStatusList, verify_status_list, verify_trust_list
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.rules.presentation import ReplayOutcome


def published(w: World, at: int, number: int = 0) -> VerifiedStatusList:
    w.clock.time = at
    return verify_status_list(w.issuer.publish_status_list(number, capacity=64), w.trust)


def test_status_lists_are_kept_by_issuer_and_number() -> None:
    w = enrolled()
    zero, one = published(w, NOW), published(w, NOW, 1)
    status = MemoryStatus([zero, one])
    assert status.find("fr-cnam", 0) is zero
    assert status.find("fr-cnam", 1) is one
    assert status.find("fr-cnam", 2) is None
    assert status.find("", 0) is None


def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    """Else whoever delivers lists could undo a revocation."""
    w = enrolled()
    older, newer, same_time = published(w, NOW), published(w, NOW + 1), published(w, NOW + 1)
    status = MemoryStatus()
    status.keep(newer)
    status.keep(older)
    assert status.find("fr-cnam", 0) is newer
    status.keep(same_time)
    assert status.find("fr-cnam", 0) is same_time


def test_a_trust_list_stays_until_another_is_set() -> None:
    w = enrolled()
    store = FixedTrust(w.trust)
    other = verify_trust_list(w.trust_list, w.anchor, w.environment)
    assert store.current() is w.trust
    store.trust = other
    assert store.current() is other


def test_a_replay_store_without_a_limit_has_none() -> None:
    store = MemoryReplayStore(None)
    keys = [number.to_bytes(24, "big") for number in range(3000)]
    assert {store.insert(key, "visit 1", 100, 0) for key in keys} == {ReplayOutcome.FIRST}
    assert {store.insert(key, "visit 2", 100, 0) for key in keys} == {ReplayOutcome.OTHER_SESSION}
