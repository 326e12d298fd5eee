"""The updater where the mirror is not as it should be: frozen, rolled back, half written, hostile; and trust lists from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.nation import (
    DictMirror,
    Insurer,
    Nation,
    day,
    delta_path,
    forged,
    found_in,
    holds,
    only,
)
from tests.world import DAY, NOW, SeededEntropy
from vitaletoken import Code, Environment, RootSet, UsageError, Withdrawal
from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.rules.snapshot import combine_snapshot, snapshot_tbs
from vitaletoken.rules.updates import Concern, Outcome, Update
from vitaletoken.wire.registry import Status
from vitaletoken.wire.snapshot import parse_snapshot

HELD, NEW, DELTAS, LISTS, FAILED = Outcome


@pytest.fixture
def nation(tmp_path: Path) -> Nation:
    return Nation(tmp_path)


@pytest.fixture
def store(nation: Nation) -> Iterator[SqliteStatusStore]:
    with nation.store() as store:
        yield store


# --- a mirror that is not as it should be


class Changing(DictMirror):
    """The mirror of one publication, until a file is asked for: from then on of the next."""

    def __init__(self, before: dict[str, bytes], after: dict[str, bytes], moment: str) -> None:
        super().__init__()
        self.files, self._after, self._moment = before, after, moment

    def fetch(self, path: str, limit: int) -> bytes | None:
        if path.endswith(self._moment):
            self.files = self._after
        return super().fetch(path, limit)


@pytest.mark.parametrize("moment", ["snapshot.cbor", "list/0.cbor", "list/1.cbor", "list/2.cbor"])
def test_a_list_replaced_during_a_sync(moment: str, nation: Nation, store: SqliteStatusStore) -> None:
    """The snapshot is fetched again, and what belongs to it."""
    nation.publish(30)
    before = dict(nation.mirror.files)
    day(nation, 1, 30)
    update = only(nation.updater(store, Changing(before, nation.mirror.files, moment)).update())
    assert (update.outcome, update.number) == (LISTS, 2)
    assert update.refusals == (() if moment == "snapshot.cbor" else (Code.SNAPSHOT_LIST,))
    assert holds(store, nation.insurers[0])


def test_a_mirror_that_stands_still(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    for days, concerns in ((0, ()), (1, (Concern.ALL_OLD,)), (6, (Concern.ALL_OLD,))):
        nation.clock.time = NOW + days * DAY
        report = updater.update()
        assert (only(report).outcome, only(report).age, report.concerns) == (HELD, days * DAY, concerns)
    nation.clock.time = NOW + 300 * DAY
    assert updater.update().concerns == (Concern.ALL_OLD, Concern.TRUST_LIST_EXPIRED)


@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_mirror_rolled_back(back: int, nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    states = [dict(nation.mirror.files)]
    for _ in range(3):
        day(nation)
        states.append(dict(nation.mirror.files))
    updater = nation.updater(store)
    updater.update()
    nation.mirror.files = states[-1 - back]
    update = only(updater.update())
    assert (update.outcome, update.number, update.refusals) == (FAILED, 4, (Code.SNAPSHOT_ROLLBACK,))
    assert holds(store, nation.insurers[0])


def test_two_snapshots_of_one_number(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    before = nation.insurers[0].statuses()
    (insurer,) = nation.insurers
    insurer.published.clear()
    insurer.register.set(0, 0, Status.REVOKED)
    nation.publish()
    update = only(updater.update())
    assert (update.outcome, update.number, update.refusals) == (FAILED, 1, (Code.SNAPSHOT_ROLLBACK,))
    assert found_in(store, insurer) == before


def test_an_empty_mirror(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    nation.updater(store).update()
    report = nation.updater(store, DictMirror()).update()
    assert report.trust == Update(None, FAILED, 1, DAY, 0, (), ("trust/newest.cbor",))
    assert only(report) == Update("insurer-0", FAILED, 1, 0, 0, (), ("status/insurer-0/snapshot.cbor",))
    assert holds(store, nation.insurers[0])


def test_with_no_trust_list_at_all_nothing_begins(nation: Nation, store: SqliteStatusStore) -> None:
    with pytest.raises(UsageError):
        nation.updater(store, DictMirror()).update()


def test_a_terminal_that_holds_nothing_and_gets_nothing(nation: Nation, store: SqliteStatusStore) -> None:
    report = nation.updater(store).update()
    assert only(report) == Update("insurer-0", FAILED, None, None, 0, (), ("status/insurer-0/snapshot.cbor",))
    assert report.concerns == (Concern.ALL_OLD,)


@pytest.mark.parametrize(("number", "path"), [(1, "status/insurer-0/list/1.cbor"), (2, "status/insurer-0/list/2.cbor")])
def test_a_list_that_is_missing_is_no_half_update(
    number: int, path: str, nation: Nation, store: SqliteStatusStore
) -> None:
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    held = nation.insurers[0].statuses()
    for each in range(3):
        nation.insurers[0].register.set(each, 11, Status.SUSPENDED)
    nation.clock.time += DAY
    nation.publish(30)
    del nation.mirror.files[path], nation.mirror.files[delta_path(nation)]
    update = only(updater.update())
    assert (update.outcome, update.number, update.age) == (FAILED, 1, DAY)
    assert path in update.missing
    assert found_in(store, nation.insurers[0]) == held


def test_files_put_in_each_others_places(tmp_path: Path) -> None:
    nation = Nation(tmp_path, 2)
    nation.publish(20)
    files = dict(nation.mirror.files)
    swaps = [
        ("status/insurer-0/snapshot.cbor", "status/insurer-1/snapshot.cbor", Code.SNAPSHOT_ISSUER),
        ("status/insurer-0/list/0.cbor", "status/insurer-0/list/1.cbor", Code.SNAPSHOT_LIST),
        ("status/insurer-0/list/0.cbor", "status/insurer-1/list/0.cbor", Code.SNAPSHOT_LIST),
    ]
    with nation.store() as store:
        for one, other, code in swaps:
            nation.mirror.files = {**files, one: files[other], other: files[one]}
            update = nation.updater(store).update().issuers[0]
            assert (update.outcome, update.number, update.refusals) == (FAILED, None, (code,))
            assert store.find("insurer-0", 0) is None


def test_one_issuers_fault_is_not_the_others(tmp_path: Path) -> None:
    nation = Nation(tmp_path, 3)
    nation.publish()
    nation.mirror.files["status/insurer-1/snapshot.cbor"] = b"\xf6"
    with nation.store() as store:
        report = nation.updater(store).update()
        assert [update.outcome for update in report.issuers] == [LISTS, FAILED, LISTS]
        assert report.issuers[1].refusals == (Code.SNAPSHOT_STRUCTURE,)
        assert [holds(store, insurer) for insurer in nation.insurers] == [True, False, True]


# --- trust lists


def test_the_trust_list_comes_first(nation: Nation, store: SqliteStatusStore) -> None:
    """SYNC-1: a snapshot whose key the newest trust list withdraws is not taken, nor believed any longer."""
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    entry = nation.insurers[0].entry()
    withdrawn = dataclasses.replace(entry.keys[0], withdrawn=Withdrawal(NOW - DAY, True))
    nation.put_trust_list(issuers=(dataclasses.replace(entry, keys=(withdrawn,)),))
    nation.insurers[0].register.set(0, 0, Status.VALID)
    day(nation)
    report = updater.update()
    assert (report.trust.outcome, report.trust.number) == (NEW, 2)
    assert only(report) == Update("insurer-0", FAILED, None, None, only(report).fetched, (Code.SNAPSHOT_ISSUER,), ())
    assert store.find("insurer-0", 0) is None


def test_a_thief_s_sequence_number_ends_nothing(nation: Nation, store: SqliteStatusStore) -> None:
    """A stolen key signed the highest number there is. With the key withdrawn and another in its place, counting goes on."""
    (insurer,) = nation.insurers
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    last = insurer.published[-1]
    thief = Insurer(insurer.id, nation.clock)
    thief.published = [dataclasses.replace(last, snapshot=forged_sequence(thief, 2**32 - 2))]
    nation.mirror.put(thief.publish())
    assert only(updater.update()).number == 2**32 - 1
    old = insurer.entry().keys[0]
    insurer.signer = generate_signer(SeededEntropy("new key"))[0]
    withdrawn = dataclasses.replace(old, withdrawn=Withdrawal(NOW, False))
    entry = insurer.entry()
    nation.put_trust_list(issuers=(dataclasses.replace(entry, keys=(withdrawn, *entry.keys)),))
    day(nation)
    update = only(updater.update())
    assert (update.outcome, update.number) == (LISTS, 2)
    assert holds(store, insurer)


def forged_sequence(insurer: Insurer, sequence: int) -> bytes:
    claims = parse_snapshot(insurer.publisher().publish(None).snapshot).unverified_claims
    claims = dataclasses.replace(claims, sequence=sequence)
    key = insurer.signer.public_key
    return combine_snapshot(claims, {key: insurer.signer.sign(snapshot_tbs(claims, key))})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda n: b"", Code.TRUST_LIST_STRUCTURE),
        (lambda n: n.mirror.files["trust/newest.cbor"] + bytes(300_000), Code.TRUST_LIST_STRUCTURE),
        (lambda n: forged(n.mirror.files["trust/newest.cbor"]), Code.TRUST_LIST_SIGNATURE),
        (lambda n: n.trust_list(1), Code.TRUST_LIST_ROLLBACK),
        (lambda n: n.trust_list(2, exp=NOW + 299 * DAY), Code.TRUST_LIST_ROLLBACK),
        (lambda n: n.trust_list(9, environment=Environment.PRODUCTION), Code.TRUST_LIST_ENVIRONMENT),
    ],
    ids=["empty", "too long", "forged", "older", "another of its version", "another environment"],
)
def test_a_refused_trust_list_changes_nothing(
    make: Callable[[Nation], bytes], code: Code, nation: Nation, store: SqliteStatusStore
) -> None:
    nation.put_trust_list()
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    if code is Code.TRUST_LIST_SIGNATURE:
        nation.put_trust_list()
    nation.mirror.files["trust/newest.cbor"] = make(nation)
    day(nation)
    report = updater.update()
    assert (report.trust.outcome, report.trust.number, report.trust.refusals) == (FAILED, 2, (code,))
    assert only(report).outcome is DELTAS
    assert holds(store, nation.insurers[0])


def test_trust_lists_between_are_taken(nation: Nation, store: SqliteStatusStore) -> None:
    """TRUST-5: the root keys were exchanged twice while the terminal slept."""
    nation.publish()
    updater = nation.updater(store)
    updater.update()
    for generation in range(2):
        before, entropy = nation.root_signers[:2], SeededEntropy(f"roots {generation}")
        nation.root_signers = [generate_signer(entropy)[0] for _ in range(3)]
        nation.roots = RootSet(2, tuple(signer.public_key for signer in nation.root_signers))
        nation.put_trust_list([*before, *nation.root_signers[:2]])
    report = updater.update()
    assert (report.trust.outcome, report.trust.number, report.trust.refusals) == (NEW, 3, ())
    assert report.trust.fetched == sum(len(nation.mirror.files[f"trust/{version}.cbor"]) for version in (2, 3))


# --- what a mirror, or one issuer, could make a terminal do


def test_a_delta_that_the_issuer_did_not_sign_is_not_followed(nation: Nation, store: SqliteStatusStore) -> None:
    """Each of them would lead to the next, 64 times: nothing of it is kept before it is known to be the issuer's."""
    nation.publish(30)
    updater = nation.updater(store)
    updater.update()
    day(nation, 1, 30)
    path = next(path for path in nation.mirror.files if "/delta/" in path)
    nation.mirror.files[path] = bytes([*nation.mirror.files[path][:-1], nation.mirror.files[path][-1] ^ 1])
    asked: list[str] = []
    genuine = nation.mirror.fetch

    def watched(path: str, limit: int) -> bytes | None:
        asked.append(path)
        return genuine(path, limit)

    nation.mirror.fetch = watched  # type: ignore[method-assign]
    update = only(updater.update())
    assert (update.outcome, update.refusals) == (LISTS, (Code.DELTA_SIGNATURE,))
    assert len([path for path in asked if "/delta/" in path]) == 1
    assert holds(store, nation.insurers[0])


def test_an_issuer_has_not_more_lists_than_the_terminal_allows(nation: Nation, store: SqliteStatusStore) -> None:
    nation.publish()
    named = len(parse_snapshot(nation.insurers[0].published[-1].snapshot).unverified_claims.lists)
    for most, outcome in ((named - 1, FAILED), (named, LISTS)):
        updater = nation.updater(store)
        updater._most_lists = most
        assert only(updater.update()).outcome is outcome
