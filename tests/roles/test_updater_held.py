"""What a terminal holds when an update begins: whose it is, what it says of the time, and which signatures it must have."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.nation import Insurer, Nation, day, forged, holds, only
from tests.world import DAY, NOW, ml_dsa_signer
from vitaletoken import Code, Environment, RootSet
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.memory import MemoryTimeFloor
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.rules.updates import Concern, Outcome


def test_another_issuer_s_snapshot_is_not_held(tmp_path: Path) -> None:
    """Its signature is good, its lists are not this issuer's: nothing of it is told, and the next update takes all anew."""
    nation = Nation(tmp_path, 2)
    nation.publish(20)
    with nation.store() as store:
        nation.updater(store).update()
    with closing(sqlite3.connect(nation.directory / "status.db")) as connection, connection:
        of_other = "(SELECT message FROM snapshots WHERE issuer = 'insurer-0')"
        connection.execute(f"UPDATE snapshots SET message = {of_other} WHERE issuer = 'insurer-1'")
    path = "status/insurer-1/snapshot.cbor"
    newest = nation.mirror.files.pop(path)
    with nation.store() as store:
        update = nation.updater(store).update().issuers[1]
        assert (update.outcome, update.number, update.age) == (Outcome.FAILED, None, None)
        nation.mirror.files[path] = newest
        assert nation.updater(store).update().issuers[1].outcome is Outcome.LISTS
        assert all(holds(store, insurer) for insurer in nation.insurers)


def test_an_update_of_one_s_own_is_seen_at_once(tmp_path: Path) -> None:
    """However seldom the store looks for those of other processes."""
    nation = Nation(tmp_path)
    nation.publish(20)
    with SqliteStatusStore(nation.directory / "status.db", nation.trust, recheck=1e9) as store:
        nation.updater(store).update()
        old = store.find("insurer-0", 0)
        day(nation)
        nation.updater(store).update()
        new = store.find("insurer-0", 0)
        assert old is not None
        assert new is not None
        assert (old.iat, new.iat) == (NOW, NOW + DAY)
        assert holds(store, nation.insurers[0])


@pytest.mark.parametrize("reachable", [True, False])
def test_a_floor_that_was_lost_is_raised_by_what_is_held(reachable: bool, tmp_path: Path) -> None:
    """Also where the mirror has nothing new, or nothing at all: the clock set back is told, and verification refuses."""
    nation = Nation(tmp_path)
    nation.publish()
    with nation.store() as store:
        nation.updater(store).update()
        nation.floor = MemoryTimeFloor()
        if not reachable:
            nation.mirror.files.clear()
        nation.clock.time = NOW + 60
        nation.updater(store).update()
        assert nation.floor.read() == NOW
        nation.clock.time = NOW - 365 * DAY
        assert Concern.CLOCK_BEHIND in nation.updater(store).update().concerns
        assert nation.floor.read() == NOW


@pytest.mark.parametrize("missing", [True, False])
def test_a_damaged_trust_list_is_fetched_again(missing: bool, tmp_path: Path) -> None:
    """The anchor says which one it was: the mirror cannot use the occasion."""
    nation = Nation(tmp_path)
    nation.publish()
    with nation.store() as store:
        nation.updater(store).update()
        held = tmp_path / "archive" / "1.cbor"
        held.unlink()
        if not missing:
            held.write_bytes(b"damaged")
        report = nation.updater(store).update()
        assert (report.trust.outcome, report.trust.number) == (Outcome.NEW, 1)
        assert held.read_bytes() == nation.mirror.files["trust/newest.cbor"]


def strict_nation(directory: Path, insurer_signs: bool) -> tuple[Nation, Insurer]:
    """Roots of both kinds, and a terminal of which ``FileTrust`` alone was told that post-quantum signatures are required."""
    nation = Nation(directory, second=True)
    (insurer,) = nation.insurers
    second = [ml_dsa_signer(f"root {number}") for number in range(2)]
    roots = RootSet(2, nation.roots.keys, tuple(signer.public_key for signer in second))
    (directory / "roots.cbor").unlink()
    FileTrust.pin(directory, roots)
    nation.put_trust_list([*nation.root_signers[:2], *second], roots=roots)
    nation.trust = FileTrust(directory, Environment.TEST, floor=nation.floor, post_quantum=True)
    if not insurer_signs:
        insurer.second = None
    nation.publish()
    return nation, insurer


def test_the_policy_of_the_trust_list_is_that_of_the_snapshots(tmp_path: Path) -> None:
    """Said once: neither the updater nor the store could be told less."""
    nation, insurer = strict_nation(tmp_path, insurer_signs=True)
    with nation.store() as store:
        assert only(nation.updater(store).update()).outcome is Outcome.LISTS
        assert holds(store, insurer)
        path = "status/insurer-0/snapshot.cbor"
        nation.mirror.files[path] = forged(nation.mirror.files[path])  # the last signature is the second one
        assert only(nation.updater(store).update()).refusals == (Code.SNAPSHOT_POST_QUANTUM,)


def test_without_the_second_signature_nothing_is_taken_or_answered(tmp_path: Path) -> None:
    nation, insurer = strict_nation(tmp_path, insurer_signs=False)
    lax = FileTrust(tmp_path, Environment.TEST)
    lax.load(nation.mirror.files["trust/newest.cbor"])
    with nation.store() as store:
        assert only(nation.updater(store).update()).refusals == (Code.SNAPSHOT_POST_QUANTUM,)
        assert store.find(insurer.id, 0) is None
        nation.trust = lax  # as by a terminal without the policy, in the same directory
        with nation.store() as other:
            assert only(nation.updater(other).update()).outcome is Outcome.LISTS
            assert holds(other, insurer)
        assert store.find(insurer.id, 0) is None
