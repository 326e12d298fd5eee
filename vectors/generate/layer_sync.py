"""Layer `status-sync`: what a terminal holds after it has taken what it found (sections 11.2 and 11.3)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import DAY, ENTRIES, NOW
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import delta
from vectors.generate.mldsa import CNAM_SECOND
from vectors.generate.snapshots import (
    DAYS,
    SNAPSHOT,
    TODAYS,
    TRUST_SECOND,
    changes,
    day_delta,
    day_to_day,
    delta_claims,
    gaps,
    snapshot_claims,
)
from vectors.generate.sync_case import FULL, YESTERDAY, Sync, accepted, delta_stages, fallen_back, held_on
from vectors.generate.sync_content import content_cases
from vectors.generate.sync_form import form_cases
from vectors.generate.sync_lists import list_cases
from vectors.generate.sync_order import several_cases
from vectors.generate.sync_signature import signature_cases
from vectors.generate.sync_snapshot import snapshot_found_cases

EVERY = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "D1", "D2", "D3", "D4", "DELTA-1")


def sync_cases() -> Iterator[Case]:
    yield from _chains()
    yield from _held()
    yield from _grown()
    yield from form_cases()
    yield from signature_cases()
    yield from _broken_chains()
    yield from content_cases()
    yield from several_cases()
    yield from list_cases()
    yield from snapshot_found_cases()


def _chains() -> Iterator[Case]:
    yield accepted(
        "accepted/one-delta",
        EVERY,
        "from yesterday's snapshot to today's",
        YESTERDAY,
        stages=delta_stages(day_to_day(TODAYS)),
    )
    for count, slug in ((2, "two-deltas"), (3, "three-deltas")):
        deltas = [day_delta(number) for number in range(TODAYS + 1 - count, TODAYS + 1)]
        sync = replace(YESTERDAY, held=held_on(TODAYS - count), deltas=deltas)
        yield accepted(f"accepted/{slug}", EVERY, f"a chain of {count} from {count} days ago", sync)
    leap = delta_claims(snapshot_claims(41), snapshot_claims(), changes(DAYS[41], DAYS[TODAYS]))
    yield accepted(
        "accepted/leap",
        ("D3", "D4"),
        "one delta over three days",
        replace(YESTERDAY, held=held_on(41)).with_delta(leap),
    )
    nothing = replace(YESTERDAY, lists=DAYS[TODAYS - 1], claims=snapshot_claims(lists=DAYS[TODAYS - 1]))
    yield accepted(
        "accepted/nothing-changed",
        ("D3", "D4"),
        "a delta that changes nothing: a new snapshot of the same lists",
        nothing.leading_to(DAYS[TODAYS - 1]),
        "boundary",
    )
    yield accepted(
        "accepted/first-time",
        ("N7",),
        "nothing is held: the lists are taken",
        replace(YESTERDAY, held=None, deltas=(), found=FULL),
        by="lists",
    )
    yield accepted(
        "accepted/first-time-with-deltas",
        ("N7",),
        "nothing is held: a delta has nothing to start from, which is no fault of it",
        replace(YESTERDAY, held=None, found=FULL),
        by="lists",
    )
    yield accepted(
        "accepted/lists-besides", ("D4",), "lists are found too: the deltas come first", replace(YESTERDAY, found=FULL)
    )
    both = (CNAM_STATUS, CNAM_SECOND)
    held = replace(held_on(TODAYS - 1), signers=both)
    yield accepted(
        "accepted/post-quantum",
        ("N4", "D2", "SIG-3"),
        "required: both snapshots have second signatures; a delta has none, the new snapshot says what it has to lead to",
        replace(YESTERDAY, held=held, signers=both, trust=TRUST_SECOND, post_quantum=True),
        "post-quantum",
    )
    for count in (64, 65):
        yield _long(count)


def _long(count: int) -> Case:
    """SYNC-1: at most 64 deltas, here an hour from each other, all but the last without changes."""
    first = snapshot_claims(TODAYS - 1)
    claims = [
        {**first, 6: first[6] + number, SNAPSHOT: {**first[SNAPSHOT], 1: TODAYS - 1 + number}}
        for number in range(count + 1)
    ]
    lists = {**DAYS[TODAYS - 1], 7: DAYS[TODAYS][7]}
    claims[-1] = {
        **snapshot_claims(TODAYS, lists),
        SNAPSHOT: {**snapshot_claims(TODAYS, lists)[SNAPSHOT], 1: TODAYS - 1 + count},
    }
    deltas = []
    for start, to in itertools.pairwise(claims):
        moved = changes(DAYS[TODAYS - 1], lists) if to is claims[-1] else []
        deltas.append(delta(delta_claims(start, to, moved), CNAM_STATUS).encode())
    sync = replace(YESTERDAY, claims=claims[-1], lists=lists, deltas=deltas)
    comment = f"a chain of {count} deltas"
    if count == 64:
        return accepted("accepted/64-deltas", ("D3", "SYNC-1"), comment, sync, "boundary", "limit")
    return fallen_back("delta-chain/65-deltas", ("D3", "SYNC-1"), comment, sync, "boundary", "limit")


def _held() -> Iterator[Case]:
    """The snapshot found is the one held: nothing new, or a mirror that stands still."""
    today = replace(YESTERDAY, held=held_on(TODAYS), deltas=())
    yield accepted("accepted/held", ("N5",), "the snapshot found is the one held", today, "boundary", by="held")
    frozen = replace(held_on(41), claims=snapshot_claims(41))
    stopped = replace(today, held=frozen, claims=frozen.claims, lists=frozen.lists)
    yield accepted(
        "accepted/frozen",
        ("N5", "STATUS-4"),
        "a mirror that stands still since three days: what is held stays; how old it is shows in V13 and the grade",
        stopped,
        "clock",
        by="held",
    )
    yield accepted(
        "accepted/frozen-a-year",
        ("N5", "STATUS-4"),
        "the same a year later",
        replace(stopped, now=NOW + 365 * DAY),
        "clock",
        by="held",
    )
    signed_again = replace(today, signers=(CNAM_STATUS, CNAM_SECOND), trust=TRUST_SECOND)
    yield accepted(
        "accepted/held-signed-again",
        ("N5",),
        "the payload that is held, with a second signature now",
        signed_again,
        "post-quantum",
        by="held",
    )


def _grown() -> Iterator[Case]:
    """Lists that come, grow and go."""
    third, seventh = DAYS[TODAYS][3], DAYS[TODAYS][7]
    new_list = {3: third, 5: b"\x40\x00\x03", 7: seventh}
    rules = ("D4",)
    yield accepted(
        "accepted/new-list", rules, "a list that the held snapshot lacks, with two entries set",
        replace(YESTERDAY.leading_to(new_list), look_up=[(5, 3), (5, 8), (5, 11), (5, 12), (3, 17)]),
    )  # fmt: skip
    yield accepted(
        "accepted/new-list-of-zeros", rules, "a new list of zero bytes, of which the delta says nothing",
        replace(YESTERDAY.leading_to({**DAYS[TODAYS], 5: bytes(9)}), look_up=[(5, 0), (5, 35), (5, 36)]),
    )  # fmt: skip
    grown = {3: third + b"\x00\x80", 7: seventh}
    yield accepted(
        "accepted/grown-list", rules, "a list two bytes longer, with an entry set at its new end",
        replace(YESTERDAY.leading_to(grown), look_up=[(3, 299), (3, 300), (3, 307), (3, 308)]),
    )  # fmt: skip
    yield accepted(
        "accepted/grown-by-zeros", rules, "a list a byte longer, of which the delta says nothing",
        replace(YESTERDAY.leading_to({3: third, 7: seventh + b"\0"}), look_up=[(7, 79), (7, 80), (7, 83), (7, 84)]),
    )  # fmt: skip
    yield accepted(
        "accepted/list-gone", rules, "a list that the new snapshot no longer has",
        replace(YESTERDAY.leading_to({3: third}), look_up=[(3, 18), (7, 0), (7, 79)]),
    )  # fmt: skip
    every = {3: third, 7: bytes([0b11100100] * 20)}
    yield accepted(
        "accepted/every-value", rules, "each of the four values is written, 0 among them", YESTERDAY.leading_to(every)
    )
    largest = {3: third, 9: bytes(262143) + b"\x80"}
    yield accepted(
        "accepted/largest-list", rules, "a new list of 262,144 bytes, its last entry set",
        replace(YESTERDAY.leading_to(largest), look_up=[(9, 0), (9, 1048574), (9, 1048575), (9, 1048576)]), "boundary", "limit",
    )  # fmt: skip
    first = {3: bytes([DAYS[43][3][0] | 1]) + DAYS[43][3][1:], 7: DAYS[43][7]}
    yield accepted(
        "accepted/first-index", rules, "entry 0 is set: gaps is one zero byte", YESTERDAY.leading_to(first), "boundary"
    )
    both = YESTERDAY.leading_to({**DAYS[43], 7: seventh}, [[7, [[1, gaps([0, 79])], [3, gaps([64])]]]])
    yield accepted("accepted/same-value", rules, "an entry is set to the value that it has", both)
    between = {**DAYS[42], 7: b"\xff" + DAYS[42][7][1:]}
    claims = snapshot_claims(43, between)
    there = delta(delta_claims(snapshot_claims(42), claims, changes(DAYS[42], between)), CNAM_STATUS).encode()
    back = delta(delta_claims(claims, snapshot_claims(), changes(between, DAYS[TODAYS])), CNAM_STATUS).encode()
    yield accepted(
        "accepted/there-and-back", ("D3", "D4"), "entries set on the first day and taken back on the second",
        replace(YESTERDAY, held=held_on(42), deltas=(there, back)),
    )  # fmt: skip
    grows = {3: DAYS[43][3] + b"\0", 7: DAYS[43][7]}
    grow = snapshot_claims(43, grows)
    day_1 = delta(delta_claims(snapshot_claims(42), grow, changes(DAYS[42], grows)), CNAM_STATUS).encode()
    last = {3: ENTRIES + b"\x01", 7: seventh}
    day_2 = delta(delta_claims(grow, snapshot_claims(lists=last), changes(grows, last)), CNAM_STATUS).encode()
    yield accepted(
        "accepted/grown-between", ("D3", "D4"), "a list that grew on the first day, and whose new entry was set on the second",
        replace(YESTERDAY, held=held_on(42), deltas=(day_1, day_2), lists=last, claims=snapshot_claims(lists=last),
                look_up=[(3, 299), (3, 300), (3, 303)]),
    )  # fmt: skip


def _broken_chains() -> Iterator[Case]:
    """D3."""
    today, yesterday = snapshot_claims(), snapshot_claims(43)
    moved = changes(DAYS[43], DAYS[TODAYS])
    other = {**yesterday, 4: yesterday[4] + 1}
    three = [day_delta(number) for number in (42, 43, 44)]
    old = replace(YESTERDAY, held=held_on(41))
    digests = delta_claims(yesterday, today, moved)
    of_message = {**digests, -65543: {**digests[-65543], 1: bytes(32)}}
    rows: tuple[tuple[str, str, Sync, Sequence[str]], ...] = (
        ("none", "no delta is found", replace(YESTERDAY, deltas=()), ()),
        ("other-start", "it starts from another payload of that number",
         YESTERDAY.with_delta(delta_claims(other, today, moved)), ()),
        ("zero-start", "it starts from a digest of zeros", YESTERDAY.with_delta(of_message), ()),
        ("other-end", "it leads to another payload of that number",
         YESTERDAY.with_delta(delta_claims(yesterday, {**today, 4: today[4] + 1}, moved)), ()),
        ("backwards", "it leads from today to yesterday", YESTERDAY.with_delta(delta_claims(today, yesterday, moved)), ()),
        ("to-itself", "it leads from yesterday to yesterday", YESTERDAY.with_delta(delta_claims(yesterday, yesterday, [])), ()),
        ("earlier-delta", "the delta of the day before", replace(YESTERDAY, deltas=(day_delta(43),)), ()),
        ("first-missing", "the first of three is missing", replace(old, deltas=three[1:]), ()),
        ("middle-missing", "the second of three is missing", replace(old, deltas=[three[0], three[2]]), ()),
        ("last-missing", "the last of three is missing", replace(old, deltas=three[:2]), ()),
        ("reversed", "three in the wrong order", replace(old, deltas=three[::-1]), ()),
        ("first-twice", "the first of three stands twice", replace(old, deltas=[three[0], *three]), ()),
        ("one-too-many", "a delta more, of the day before the one that is held", replace(YESTERDAY, deltas=three[1:]), ()),
        ("beyond", "a delta after the one that leads to the new snapshot",
         replace(YESTERDAY, claims=yesterday, lists=DAYS[43], held=held_on(42), deltas=three[1:]), ()),
        ("before-content", "it starts from another payload; and an index is beyond its list",
         YESTERDAY.with_delta(delta_claims(other, today, [[7, [[1, gaps([80])]]]])), ("order",)),
    )  # fmt: skip
    for slug, comment, sync, flags in rows:
        rules = ("D3", "VERIFY-1") if "order" in flags else ("D3",)
        yield fallen_back(f"delta-chain/{slug}", rules, comment, sync, *flags)
