"""Snapshots: whose they are, which one is the newest, and that their lists are exactly those (spec section 11.2)."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from typing import Any

import pytest

from tests import forge
from tests.forge import SNAPSHOT, put
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, World, enrolled, ml_dsa_signer
from vitaletoken import (
    Code,
    InputError,
    IssuerEntry,
    IssuerKey,
    SnapshotMark,
    UsageError,
    VerifiedTrustList,
    Withdrawal,
    status_list_of,
    verify_snapshot,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.rules.snapshot import combine_snapshot, snapshot_payload, snapshot_tbs, status_list_from
from vitaletoken.wire.registry import KeyUse, Status
from vitaletoken.wire.snapshot import ListDigest, SnapshotClaims, parse_snapshot

LISTS = {0: bytes(range(64)), 3: b"\x01" * 16, 65535: b"\xff"}
SECOND = ml_dsa_signer("issuer")


def listed(w: World, *more: IssuerKey, **changes: Any) -> VerifiedTrustList:
    key = replace(w.trust.claims.issuers[0].keys[0], **changes)
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (key, *more), STATUS_URI)
    data = w.signed_trust_list(w.trust_claims(version=2, issuers=(entry,)))
    return verify_trust_list(data, w.anchor, w.environment)


@pytest.fixture(scope="module")
def world() -> World:
    w = enrolled()
    w.trust = listed(w, IssuerKey(SECOND.public_key, (KeyUse.SNAPSHOT_SECOND,), NOW - DAY, NOW + DAY))
    return w


def refusal_of(
    data: bytes, trust: VerifiedTrustList, newest: SnapshotMark | None = None, *, now: int = NOW, required: bool = False
) -> Code | None:
    try:
        verify_snapshot(data, trust, now, newest, post_quantum=required)
    except InputError as refused:
        return refused.code
    return None


CLAIMS = forge.snapshot_claims(LISTS, sequence=7)


def test_what_it_says(world: World) -> None:
    data = forge.snapshot(world, CLAIMS)
    found = verify_snapshot(data, world.trust, NOW, None)
    assert found.claims == SnapshotClaims(
        ISSUER_ID, NOW + 7 * DAY, NOW, DAY, 7,
        tuple(ListDigest(n, len(e), hashlib.sha256(e).digest()) for n, e in LISTS.items()),
    )  # fmt: skip
    assert found.digest == hashlib.sha256(snapshot_payload(found.claims)).digest() == forge.payload_digest(data)
    assert found.mark == (7, found.digest, NOW)
    assert found.signer == world.issuer_signer.public_key
    assert found.verified_under is world.trust
    assert found.lists.keys() == LISTS.keys()


# --- who signed it


def test_one_good_signature_is_enough_and_others_do_no_harm(world: World) -> None:
    strangers = [world._signer() for _ in range(3)]
    assert refusal_of(forge.snapshot(world, CLAIMS, signers=[*strangers, world.issuer_signer]), world.trust) is None
    assert refusal_of(forge.snapshot(world, CLAIMS, signers=[world.issuer_signer] * 4), world.trust) is None
    assert refusal_of(forge.snapshot(world, CLAIMS, signers=strangers), world.trust) is Code.SNAPSHOT_ISSUER


@pytest.mark.parametrize(
    "changes",
    [
        {"uses": (KeyUse.CREDENTIAL, KeyUse.ENROLMENT_OFFER)},
        {"nbf": NOW + 1},
        {"exp": NOW},
        {"withdrawn": Withdrawal(NOW, True)},
        {"withdrawn": Withdrawal(NOW + 1, False)},
    ],
    ids=str,
)
def test_the_key_is_one_for_it_at_its_time(changes: dict[str, Any], world: World) -> None:
    assert refusal_of(forge.snapshot(world, CLAIMS), listed(world, **changes)) is Code.SNAPSHOT_ISSUER
    keeping = listed(world, nbf=NOW, exp=NOW + 1, withdrawn=Withdrawal(NOW + 1, True))
    assert refusal_of(forge.snapshot(world, CLAIMS), keeping) is None


def test_another_issuer_is_unknown(world: World) -> None:
    assert refusal_of(forge.snapshot(world, CLAIMS, put((1,), "fr-msa")), world.trust) is Code.SNAPSHOT_ISSUER


@pytest.mark.parametrize("label", ["trust-list", "status-delta", "credential"])
def test_a_signature_made_for_something_else_does_not_count(label: str, world: World) -> None:
    assert refusal_of(forge.snapshot(world, CLAIMS, label=label), world.trust) is Code.SNAPSHOT_SIGNATURE


def test_signatures_are_over_the_bytes_that_arrived(world: World) -> None:
    other = forge.enc({**CLAIMS, 6: NOW - 1})
    data = forge.snapshot(world, CLAIMS, whole=put((0,), other))
    assert refusal_of(data, world.trust) is Code.SNAPSHOT_SIGNATURE


# --- the second signature


def test_the_second_signature_is_asked_for_by_policy(world: World) -> None:
    one = forge.snapshot(world, CLAIMS)
    both = forge.snapshot(world, CLAIMS, signers=[SECOND, world.issuer_signer])
    for data, required, code in (
        (one, False, None),
        (one, True, Code.SNAPSHOT_POST_QUANTUM),
        (both, False, None),
        (both, True, None),
    ):
        assert refusal_of(data, world.trust, required=required) is code


@pytest.mark.parametrize("required", [False, True])
def test_it_never_stands_alone(required: bool, world: World) -> None:
    data = forge.snapshot(world, CLAIMS, signers=[SECOND])
    assert refusal_of(data, world.trust, required=required) is Code.SNAPSHOT_ISSUER


def test_a_wrong_second_signature_is_as_good_as_none(world: World) -> None:
    signers = [world.issuer_signer, SECOND]
    stranger = forge.snapshot(world, CLAIMS, signers=[world.issuer_signer, ml_dsa_signer("stranger")])
    spoilt = forge.snapshot(world, CLAIMS, signers=signers, whole=put((1, 1, 3), bytes(3309)))
    for data in (stranger, spoilt):
        assert refusal_of(data, world.trust) is None
        assert refusal_of(data, world.trust, required=True) is Code.SNAPSHOT_POST_QUANTUM
    good = forge.snapshot(world, CLAIMS, signers=signers)
    for trust in (
        listed(world),
        listed(world, IssuerKey(SECOND.public_key, (KeyUse.SNAPSHOT_SECOND,), NOW - DAY, NOW)),
        listed(world, IssuerKey(SECOND.public_key, (KeyUse.SNAPSHOT_SECOND,), NOW, NOW + 1, Withdrawal(NOW, True))),
    ):
        assert refusal_of(good, trust) is None
        assert refusal_of(good, trust, required=True) is Code.SNAPSHOT_POST_QUANTUM


# --- sequence, time, and the order of the steps


@pytest.mark.parametrize(("sequence", "code"), [(6, Code.SNAPSHOT_ROLLBACK), (7, None), (8, None), (2**32 - 1, None)])
def test_an_older_sequence_number_is_refused(sequence: int, code: Code | None, world: World) -> None:
    held = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None)
    data = forge.snapshot(world, CLAIMS, put((SNAPSHOT, 1), sequence))
    assert refusal_of(data, world.trust, held.mark) is code
    assert refusal_of(data, world.trust) is None


def test_one_sequence_number_has_one_payload(world: World) -> None:
    held = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None)
    again = forge.snapshot(world, CLAIMS, signers=[SECOND, world.issuer_signer])
    assert refusal_of(again, world.trust, held.mark) is None
    assert (
        refusal_of(forge.snapshot(world, CLAIMS, put((6,), NOW - 1)), world.trust, held.mark) is Code.SNAPSHOT_ROLLBACK
    )


@pytest.mark.parametrize(
    ("ahead", "code"), [(300, None), (301, Code.SNAPSHOT_NOT_YET_VALID), (9 * DAY, Code.SNAPSHOT_ISSUER)]
)
def test_a_snapshot_dated_ahead_is_refused(ahead: int, code: Code | None, world: World) -> None:
    trust = listed(world, exp=NOW + 8 * DAY)
    assert refusal_of(forge.snapshot(world, forge.snapshot_claims(LISTS, iat=NOW + ahead)), trust) is code


def test_expiry_is_of_the_time_of_use(world: World) -> None:
    assert refusal_of(forge.snapshot(world, CLAIMS), world.trust, now=NOW + 365 * DAY) is None


def test_the_first_step_that_fails_decides(world: World) -> None:
    mark = SnapshotMark(9, bytes(32), NOW)
    ahead = forge.snapshot_claims(LISTS, iat=NOW + 301)
    both = [world.issuer_signer, SECOND]
    for data, code in (
        (forge.snapshot(world, ahead, put((4,), 0), label="x"), Code.SNAPSHOT_STRUCTURE),
        (forge.snapshot(world, ahead, signers=[SECOND], label="x"), Code.SNAPSHOT_ISSUER),
        (forge.snapshot(world, ahead, label="x"), Code.SNAPSHOT_SIGNATURE),
        (forge.snapshot(world, ahead), Code.SNAPSHOT_POST_QUANTUM),
        (forge.snapshot(world, ahead, signers=both), Code.SNAPSHOT_ROLLBACK),
        (forge.snapshot(world, ahead, put((SNAPSHOT, 1), 10), signers=both), Code.SNAPSHOT_NOT_YET_VALID),
    ):
        assert refusal_of(data, world.trust, mark, required=True) is code


def test_time_never_goes_back_whatever_the_sequence(world: World) -> None:
    """N5: also where the sequence begins anew, since the key of the one before has gone (SNAP-3)."""
    later = forge.snapshot(world, CLAIMS | {SNAPSHOT: CLAIMS[SNAPSHOT]})
    for sequence in (0, 7, 6):
        mark = SnapshotMark(sequence, bytes(32), NOW + 1)
        assert refusal_of(later, world.trust, mark) is Code.SNAPSHOT_ROLLBACK
    assert refusal_of(later, world.trust, SnapshotMark(6, bytes(32), NOW)) is None
    assert refusal_of(later, world.trust, SnapshotMark(0, b"", NOW)) is None


def test_a_snapshot_lives_31_days_at_most(world: World) -> None:
    longest = NOW + 31 * DAY
    assert refusal_of(forge.snapshot(world, CLAIMS, put((4,), longest)), world.trust) is None
    assert refusal_of(forge.snapshot(world, CLAIMS, put((4,), longest + 1)), world.trust) is Code.SNAPSHOT_STRUCTURE


# --- N7: the lists


def test_a_list_is_exactly_the_one_that_is_named(world: World) -> None:
    snapshot = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None)
    for number, entries in LISTS.items():
        found = status_list_of(snapshot, number, entries)
        assert (found.issuer, found.number, found.entries) == (ISSUER_ID, number, entries)
        assert (found.iat, found.exp, found.ttl) == (NOW, NOW + 7 * DAY, DAY)
        assert (found.signer, found.verified_under) == (snapshot.signer, snapshot.verified_under)
        assert found.entries is entries, "not held twice"
    for number, entries in ((0, LISTS[3]), (0, LISTS[0][:-1]), (0, LISTS[0] + b"\0"), (0, b""), (1, LISTS[0])):
        with pytest.raises(InputError) as caught:
            status_list_of(snapshot, number, entries)
        assert caught.value.code is Code.SNAPSHOT_LIST


def test_a_published_list_is_verified_before_it_is_held_against_the_snapshot(world: World) -> None:
    snapshot = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None)

    def published(number: int, entries: bytes, **options: Any) -> bytes:
        lst = zlib.compress(entries)
        edit = forge.both(put((2,), f"{STATUS_URI}/{number}"), put((65533, "lst"), lst), put((4,), NOW + 1))
        return forge.status_list(world, edit, **options)

    found = status_list_from(snapshot, published(3, LISTS[3]), world.trust)
    assert (found.number, found.entries, found.exp) == (3, LISTS[3], NOW + 7 * DAY)
    for data in (
        published(0, LISTS[3]),
        published(1, LISTS[3]),
        published(3, LISTS[3], signer=world._signer()),
        published(3, LISTS[3], external_aad=b"\xf6"),
        published(3, LISTS[3])[:-1],
        published(3, bytes(262_145)),
        b"",
    ):
        with pytest.raises(InputError) as caught:
            status_list_from(snapshot, data, world.trust)
        assert caught.value.code is Code.SNAPSHOT_LIST


def test_a_list_of_another_issuer_is_not_taken(world: World) -> None:
    """The same bytes under the same number, but another issuer's list."""
    entry = world.trust.claims.issuers[0]
    other = replace(entry, id="fr-msa", status_uri="https://status.example/fr-msa")
    data = world.signed_trust_list(world.trust_claims(version=2, issuers=(entry, other)))
    trust = verify_trust_list(data, world.anchor, world.environment)
    snapshot = verify_snapshot(forge.snapshot(world, CLAIMS), trust, NOW, None)
    for base, refused in ((STATUS_URI, False), ("https://status.example/fr-msa", True)):
        edit = forge.both(put((2,), f"{base}/3"), put((65533, "lst"), zlib.compress(LISTS[3])))
        found = None
        try:
            status_list_from(snapshot, forge.status_list(world, edit), trust)
        except InputError as error:
            found = error.code
        assert found is (Code.SNAPSHOT_LIST if refused else None)


def test_a_terminal_asks_a_list_of_a_snapshot() -> None:
    """V13, with the snapshot's key, times and entries."""
    w = enrolled()
    card = forge.credential_claims(forge.credential_of(w))[forge.CARD]
    number, idx = card[6]
    entries = bytearray(262_144)
    for status, code in (
        (Status.VALID, None),
        (Status.REVOKED, Code.CARD_REVOKED),
        (Status.SUSPENDED, Code.CARD_SUSPENDED),
        (Status.DELEGATIONS_WITHDRAWN, None),
    ):
        entries[idx // 4] = status << 2 * (idx % 4)
        lists = {number: bytes(entries)}
        snapshot = verify_snapshot(forge.snapshot(w, forge.snapshot_claims(lists)), w.trust, NOW, None)
        held = MemoryStatus([status_list_of(snapshot, number, lists[number])])
        found = None
        try:
            w.terminal(status=held, replay=MemoryReplayStore()).verify_message(forge.presentation(w), "visit 1")
        except InputError as refused:
            found = refused.code
        assert found is code
        if code is None:
            withdrawn = listed(w, uses=(KeyUse.CREDENTIAL,))
            terminal = w.terminal(status=held, replay=MemoryReplayStore(), trust=FixedTrust(withdrawn))
            with pytest.raises(InputError, match="status-unavailable"):
                terminal.verify_message(forge.presentation(w), "visit 1")


# --- making one


def test_what_is_combined_is_read_back(world: World) -> None:
    claims = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None).claims
    signers = [world.issuer_signer, SECOND]
    data = combine_snapshot(claims, {s.public_key: s.sign(snapshot_tbs(claims, s.public_key)) for s in signers})
    assert refusal_of(data, world.trust, required=True) is None
    assert parse_snapshot(data).unverified_claims == claims
    assert forge.dec(data)[0] == forge.dec(forge.snapshot(world, CLAIMS))[0], (
        "as one who has never seen the library would"
    )


def test_as_many_signatures_as_there_can_be(world: World) -> None:
    """Four: those of an issuer whose keys of both kinds are being exchanged."""
    claims = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None).claims
    signers = [world.issuer_signer, SECOND, world._signer(), world._signer()]
    data = combine_snapshot(claims, {s.public_key: s.sign(snapshot_tbs(claims, s.public_key)) for s in signers})
    assert refusal_of(data, world.trust, required=True) is None


def test_a_snapshot_that_no_terminal_would_take_is_a_usage_error(world: World) -> None:
    claims = verify_snapshot(forge.snapshot(world, CLAIMS), world.trust, NOW, None).claims
    key = world.issuer_signer.public_key
    five = {world._signer().public_key: bytes(64) for _ in range(5)}
    for signatures in ({}, {SECOND.public_key: bytes(3309)}, five):
        with pytest.raises(UsageError):
            combine_snapshot(claims, signatures)
    for changes in (
        {"lists": ()},
        {"lists": tuple(reversed(claims.lists))},
        {"lists": (claims.lists[0], claims.lists[0])},
        {"exp": NOW},
        {"sequence": 0},
        {"ttl": 0},
        {"iss": "Cnam"},
    ):
        with pytest.raises(UsageError):
            snapshot_tbs(replace(claims, **changes), key)  # type: ignore[arg-type]


def test_the_most_lists_there_can_be(world: World) -> None:
    digest = bytes(32)
    lists = tuple(ListDigest(61440 + number, 262_144, digest) for number in range(4096))
    claims = SnapshotClaims(ISSUER_ID, NOW + DAY, NOW, DAY, 1, lists)
    signers = [world.issuer_signer, SECOND]
    data = combine_snapshot(claims, {s.public_key: s.sign(snapshot_tbs(claims, s.public_key)) for s in signers})
    assert len(verify_snapshot(data, world.trust, NOW, None, post_quantum=True).lists) == 4096
    with pytest.raises(UsageError):
        snapshot_payload(replace(claims, lists=(ListDigest(0, 1, digest), *lists)))
