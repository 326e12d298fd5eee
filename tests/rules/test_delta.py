"""Deltas: exact answers, or none (spec section 11.3)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forge
from tests.examples import examples
from tests.forge import DELTA, leb128, put
from tests.world import ISSUER_ID, NOW, STATUS_URI, World, enrolled
from vitaletoken import (
    Code,
    InputError,
    IssuerEntry,
    UsageError,
    VerifiedSnapshot,
    VerifiedTrustList,
    Withdrawal,
    apply_deltas,
    verify_snapshot,
    verify_trust_list,
)
from vitaletoken.rules.delta import MAX_DELTAS, difference, sign_delta
from vitaletoken.wire.delta import MAX_SIZE, DeltaClaims, decode_gaps, encode_gaps, parse_delta
from vitaletoken.wire.registry import KeyUse

Lists = Mapping[int, bytes]

OLD: Lists = {0: bytes(64), 2: b"\x1b" * 16}  # 1b: the values 3, 2, 1, 0
NEW: Lists = {0: b"\x01" + bytes(62) + b"\x40", 2: b"\x1b" * 16}  # 0 and 255 revoked
CHANGES = [[0, [[1, leb128(0, 255)]]]]


class Stage:
    """Two snapshots of a world's issuer, and what leads from the one to the other."""

    def __init__(self, world: World, old: Lists = OLD, new: Lists = NEW) -> None:
        self.world, self.old = world, old
        self.start = forge.snapshot(world, forge.snapshot_claims(old, sequence=1))
        self.end = forge.snapshot(world, forge.snapshot_claims(new, sequence=2))
        self.asked: list[int] = []

    def verified(self, data: bytes) -> VerifiedSnapshot:
        return verify_snapshot(data, self.world.trust, NOW, None)

    def delta(self, changes: list[Any], edit: forge.Edit | None = None, **options: Any) -> bytes:
        return forge.delta(self.world, self.start, self.end, changes, edit, **options)

    def entries(self, number: int) -> bytes:
        self.asked.append(number)
        return self.old[number]

    def apply(self, *deltas: bytes, trust: VerifiedTrustList | None = None) -> Lists | Code:
        held, target = self.verified(self.start), self.verified(self.end)
        try:
            return apply_deltas(held, self.entries, deltas, target, trust or self.world.trust)
        except InputError as refused:
            return refused.code


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


# --- gaps


@pytest.mark.parametrize(
    ("indices", "gaps"),
    [
        ([0], "00"),
        ([0, 1, 2], "00 01 01"),
        ([127], "7f"),
        ([128], "80 01"),
        ([5, 133], "05 80 01"),
        ([16_383, 16_384], "ff 7f 01"),
        ([16_384], "80 80 01"),
        ([1_048_575], "ff ff 3f"),
    ],
)
def test_gaps_are_leb128(indices: list[int], gaps: str) -> None:
    assert encode_gaps(indices) == bytes.fromhex(gaps)
    assert decode_gaps(bytes.fromhex(gaps), 1 << 20) == indices


@examples(200)
@given(st.sets(st.integers(0, (1 << 20) - 1), min_size=1, max_size=50))
def test_rising_indices_come_back(indices: set[int]) -> None:
    rising = sorted(indices)
    gaps = encode_gaps(rising)
    assert gaps == leb128(*[after - before for before, after in zip([0, *rising], rising, strict=False)])
    assert decode_gaps(gaps, rising[-1] + 1) == rising
    assert decode_gaps(gaps, rising[-1]) is None


@pytest.mark.parametrize(
    "gaps",
    [
        "80 00",  # zero, not the shortest
        "81 00",
        "05 80 00",
        "ff ff 80 00",
        "05 00",  # the same index twice
        "00 00",
        "80",  # cut
        "05 ff",
        "",
    ],
)
def test_gaps_out_of_form_are_refused_before_the_signature_is_looked_at(gaps: str, stage: Stage) -> None:
    data = stage.delta([[0, [[1, bytes.fromhex(gaps)]]]], label="credential")
    assert stage.apply(data) is Code.DELTA_STRUCTURE


@pytest.mark.parametrize(
    "gaps",
    [leb128(256), leb128(255, 1), leb128(1 << 20), leb128(1 << 21), leb128(1 << 64), b"\xff" * 200_000 + b"\x01"],
    ids=lambda gaps: gaps[:8].hex(),
)
def test_an_index_beyond_the_list_is_content(gaps: bytes, stage: Stage) -> None:
    assert stage.apply(stage.delta([[0, [[1, gaps]]]])) is Code.DELTA_CONTENT


# --- applying


def test_what_changed(stage: Stage) -> None:
    assert stage.apply(stage.delta(CHANGES)) == {0: NEW[0]}
    assert stage.asked == [0], "lists that do not change are not read"


def test_each_value_to_each_value(world: World) -> None:
    """Old value in the place, new value in the delta, all sixteen; neighbours stay as they are."""
    old = {0: bytes([0b00_00_00_00, 0b01_01_01_01, 0b10_10_10_10, 0b11_11_11_11])}
    new = {0: bytes([0b11_10_01_00] * 4)}
    stage = Stage(world, old, new)
    changes = [[0, [[value, encode_gaps(range(value, 16, 4))] for value in range(4)]]]
    assert stage.apply(stage.delta(changes)) == new


def test_a_list_that_grows_and_a_list_that_is_new(world: World) -> None:
    """Filled up with zero bytes, with changes in what is new and without."""
    new = {0: OLD[0] + bytes(8), 2: OLD[2] + b"\0\x02", 5: b"\0\0\x01", 6: bytes(9)}
    stage = Stage(world, OLD, new)
    changes = [[2, [[2, leb128(68)]]], [5, [[1, leb128(8)]]]]
    assert stage.apply(stage.delta(changes)) == new
    assert sorted(stage.asked) == [0, 2]


def test_a_list_that_is_gone_needs_no_word(world: World) -> None:
    stage = Stage(world, OLD, {0: NEW[0]})
    assert stage.apply(stage.delta(CHANGES)) == {0: NEW[0]}


def test_several_deltas_in_a_row(world: World) -> None:
    """Later ones win; those between need no snapshot of their own but its digest."""
    between = [{0: b"\x02" + bytes(63), 2: OLD[2]}, {0: b"\x03" + bytes(63), 2: OLD[2]}]
    states = [OLD, *between, NEW]
    files = [forge.snapshot(world, forge.snapshot_claims(lists, sequence=n + 1)) for n, lists in enumerate(states)]
    changes = [[[0, [[2, leb128(0)]]]], [[0, [[3, leb128(0)]]]], [[0, [[1, leb128(0, 255)]]]]]
    deltas = [forge.delta(world, files[n], files[n + 1], changes[n]) for n in range(3)]
    stage = Stage(world)
    stage.start, stage.end = files[0], files[3]
    assert stage.apply(*deltas) == {0: NEW[0]}
    assert stage.asked == [0]
    for wrong in (
        deltas[:2],
        deltas[1:],
        [deltas[0], deltas[2]],
        [deltas[1], deltas[0], deltas[2]],
        [*deltas, deltas[2]],
    ):
        assert stage.apply(*wrong) is Code.DELTA_CHAIN


def test_from_and_to_may_be_the_same_lists(world: World) -> None:
    """A day on which nothing changed: a new snapshot, and a delta that says so."""
    stage = Stage(world, OLD, OLD)
    assert stage.apply(stage.delta([])) == {}
    assert stage.apply() is Code.DELTA_CHAIN
    stage.end = stage.start
    assert stage.apply() == {}
    assert stage.asked == []


def test_a_change_that_is_taken_back_is_none(world: World) -> None:
    stage = Stage(world, OLD, OLD)
    assert stage.apply(stage.delta([[0, [[0, leb128(3)]]]])) == {}
    assert stage.apply(stage.delta([[0, [[1, leb128(3)]]]])) is Code.DELTA_CONTENT


# --- who signed it


@pytest.mark.parametrize("label", ["status-snapshot", "credential", "trust-list"])
def test_a_signature_made_for_something_else_does_not_count(label: str, stage: Stage) -> None:
    assert stage.apply(stage.delta(CHANGES, label=label)) is Code.DELTA_SIGNATURE


def test_it_is_of_the_issuer_of_the_snapshot(stage: Stage) -> None:
    assert stage.apply(stage.delta(CHANGES, put((1,), "fr-msa"))) is Code.DELTA_SIGNATURE
    assert stage.apply(stage.delta(CHANGES, signer=stage.world._signer())) is Code.DELTA_SIGNATURE
    assert stage.apply(stage.delta(CHANGES, layer=put((3,), bytes(64)))) is Code.DELTA_SIGNATURE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uses": (KeyUse.CREDENTIAL,)}, Code.DELTA_SIGNATURE),
        ({"exp": NOW}, Code.DELTA_SIGNATURE),
        ({"nbf": NOW + 1}, Code.DELTA_SIGNATURE),
        ({"withdrawn": Withdrawal(NOW, True)}, Code.DELTA_SIGNATURE),
        ({"nbf": NOW, "exp": NOW + 1, "withdrawn": Withdrawal(NOW + 1, True)}, None),
    ],
)
def test_its_key_is_one_for_it_at_the_time_of_the_new_snapshot(
    changes: dict[str, Any], code: Code | None, stage: Stage
) -> None:
    w = stage.world
    key = replace(w.trust.claims.issuers[0].keys[0], **changes)
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (key,), STATUS_URI)
    data = w.signed_trust_list(w.trust_claims(issuers=(entry,)))
    trust = verify_trust_list(data, w.anchor, w.environment)
    found = stage.apply(stage.delta(CHANGES), trust=trust)
    assert found == ({0: NEW[0]} if code is None else code)


# --- the chain, the content


def test_it_starts_at_what_is_held_and_leads_to_what_is_new(stage: Stage) -> None:
    for place in (1, 2):
        assert stage.apply(stage.delta(CHANGES, put((DELTA, place), bytes(32)))) is Code.DELTA_CHAIN
    backwards = forge.delta(stage.world, stage.end, stage.start, CHANGES)
    assert stage.apply(backwards) is Code.DELTA_CHAIN
    assert stage.apply() is Code.DELTA_CHAIN


def test_more_than_64_deltas_are_no_chain(world: World) -> None:
    lists = [{0: (n + 1).to_bytes(2, "big")} for n in range(MAX_DELTAS + 2)]
    files = [forge.snapshot(world, forge.snapshot_claims(each, sequence=n + 1)) for n, each in enumerate(lists)]
    deltas = [
        forge.delta(world, files[n], files[n + 1], [[number, [list(v) for v in values]] for number, values in changes])
        for n in range(MAX_DELTAS + 1)
        if (changes := difference(lists[n], lists[n + 1]))
    ]
    stage = Stage(world, lists[0])
    stage.start, stage.end = files[0], files[MAX_DELTAS]
    assert stage.apply(*deltas[:MAX_DELTAS]) == {0: lists[MAX_DELTAS][0]}
    stage.end = files[MAX_DELTAS + 1]
    assert stage.apply(*deltas) is Code.DELTA_CHAIN


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [[0, [[1, leb128(0)]]]],
        [[0, [[2, leb128(0, 255)]]]],
        [[0, [[1, leb128(0, 255)]]], [2, [[0, leb128(2)]]]],
        [*CHANGES, [1, [[1, leb128(0)]]]],
        [*CHANGES, [3, [[0, leb128(0)]]]],
        [[0, [[1, leb128(0, 255)], [2, leb128(9)]]]],
    ],
)  # fmt: skip
def test_what_does_not_give_the_new_lists_is_refused(changes: list[Any], stage: Stage) -> None:
    assert stage.apply(stage.delta(changes)) is Code.DELTA_CONTENT


def test_a_list_does_not_become_shorter(world: World) -> None:
    stage = Stage(world, OLD, {0: bytes(63), 2: OLD[2]})
    assert stage.apply(stage.delta([])) is Code.DELTA_CONTENT
    assert stage.asked == []


def test_what_is_held_but_damaged_is_noticed(stage: Stage) -> None:
    stage.old = {0: b"\x04" + bytes(63), 2: OLD[2]}
    assert stage.apply(stage.delta(CHANGES)) is Code.DELTA_CONTENT


def test_each_step_is_taken_for_all_deltas_before_the_next(stage: Stage) -> None:
    content = stage.delta([[0, [[1, leb128(9999)]]]])
    chain = stage.delta(CHANGES, put((DELTA, 1), bytes(32)))
    signature = stage.delta(CHANGES, label="x")
    assert stage.apply(content) is Code.DELTA_CONTENT
    assert stage.apply(content, chain) is Code.DELTA_CHAIN
    assert stage.apply(content, chain, signature) is Code.DELTA_SIGNATURE
    assert stage.apply(content, chain, signature, b"\x84") is Code.DELTA_STRUCTURE


@pytest.mark.parametrize(
    "edit",
    [
        put((DELTA, 3), [[0, [[1, b"\x01"]]], [0, [[1, b"\x01"]]]]),
        put((DELTA, 3), [[2, [[1, b"\x01"]]], [0, [[1, b"\x01"]]]]),
        put((DELTA, 3), [[0, [[1, b"\x01"], [1, b"\x02"]]]]),
        put((DELTA, 3), [[0, [[2, b"\x01"], [1, b"\x02"]]]]),
        put((DELTA, 3), [[0, [[4, b"\x01"]]]]),
        put((DELTA, 3), [[0, []]]),
        put((DELTA, 3), [[65536, [[1, b"\x01"]]]]),
        put((DELTA, 4), 0),
        put((DELTA, 1), bytes(31)),
        put((6,), NOW),
    ],
)
def test_out_of_form(edit: forge.Edit, stage: Stage) -> None:
    assert stage.apply(stage.delta(CHANGES, edit)) is Code.DELTA_STRUCTURE


def test_snapshots_of_two_issuers_are_a_usage_error(world: World) -> None:
    entry = world.trust.claims.issuers[0]
    other = replace(entry, id="fr-msa", status_uri="https://status.example/fr-msa")
    data = world.signed_trust_list(world.trust_claims(issuers=(entry, other)))
    trust = verify_trust_list(data, world.anchor, world.environment)
    one, two = (
        verify_snapshot(forge.snapshot(world, forge.snapshot_claims(OLD), put((1,), iss)), trust, NOW, None)
        for iss in (ISSUER_ID, "fr-msa")
    )
    with pytest.raises(UsageError):
        apply_deltas(one, OLD.__getitem__, [], two, trust)


# --- making them


@examples(100)
@given(st.data())
def test_the_difference_leads_to_the_new_lists(data: st.DataObject) -> None:
    """Any two states of the lists: made by the library, written, read, applied."""
    world = shared()
    sizes = data.draw(st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1))
    rng = random.Random(data.draw(st.integers(0, 1 << 32)))
    old = {n: rng.randbytes(size) for n, (size, _) in sizes.items() if size}
    new = {n: bytearray(old.get(n, b"").ljust(max(size, grown), b"\0")) for n, (size, grown) in sizes.items()}
    for entries in new.values():
        for at in rng.sample(range(len(entries)), rng.randrange(len(entries) + 1)):
            entries[at] = rng.choice([0, 255, rng.randrange(256)])
    changed = {number: bytes(entries) for number, entries in new.items()}
    stage = Stage(world, old or {9: b"\0"}, changed)
    claims = DeltaClaims(
        ISSUER_ID, forge.payload_digest(stage.start), forge.payload_digest(stage.end), difference(stage.old, changed)
    )
    delta = sign_delta(claims, world.issuer_signer.public_key, world.issuer_signer.sign)
    assert parse_delta(delta).unverified_claims == claims
    assert stage.apply(delta) == {number: entries for number, entries in changed.items() if old.get(number) != entries}


def test_the_difference_says_no_more_than_what_changed() -> None:
    assert difference(OLD, NEW) == ((0, ((1, leb128(0, 255)),)),)
    assert difference(OLD, OLD) == difference(OLD, {}) == difference({}, {7: bytes(9)}) == ()
    assert difference({}, {7: b"\0\x0c"}) == ((7, ((3, leb128(5)),)),)


def test_a_list_that_became_shorter_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        difference({0: bytes(2)}, {0: bytes(1)})


def test_a_delta_that_is_too_long_or_out_of_form_is_a_usage_error(world: World) -> None:
    key, sign = world.issuer_signer.public_key, world.issuer_signer.sign
    size = MAX_SIZE - 300
    claims = DeltaClaims(ISSUER_ID, bytes(32), bytes(32), ((0, ((1, b"\x01" * size),)),))
    size += MAX_SIZE - len(sign_delta(claims, key, sign))
    longest = replace(claims, changes=((0, ((1, b"\x01" * size),)),))
    assert len(sign_delta(longest, key, sign)) == MAX_SIZE
    for changes in (
        ((0, ((1, b"\x01" * (size + 1)),)),),
        ((0, ((1, b"\x01" * MAX_SIZE),)),),
        ((0, ()),),
        ((0, ((1, b"\x80"),)),),
        ((1, ((1, b"\x01"),)), (0, ((1, b"\x01"),))),
    ):
        with pytest.raises(UsageError):
            sign_delta(replace(claims, changes=changes), key, sign)


def test_a_nations_day_is_small(world: World) -> None:
    """20,000 changes among 70 lists of 2^20 entries: some two bytes each (the figure is in docs)."""
    rng = random.Random(70)
    changes: dict[int, list[int]] = {number: [] for number in range(70)}
    for where in rng.sample(range(70 << 20), 20_000):
        changes[where >> 20].append(where & 0xFFFFF)
    made = tuple((number, ((1, encode_gaps(sorted(found))),)) for number, found in changes.items())
    claims = DeltaClaims(ISSUER_ID, bytes(32), bytes(32), made)
    assert len(sign_delta(claims, world.issuer_signer.public_key, world.issuer_signer.sign)) < 50_000
