"""Layer `status-sync`: what a delta does, D4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.encoder import Value
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import delta
from vectors.generate.snapshots import (
    DAYS,
    Lists,
    changes,
    delta_claims,
    entry,
    gaps,
    leb128,
    published,
    snapshot_claims,
)
from vectors.generate.sync_case import YESTERDAY, Held, Sync, accepted, fallen_back, held_on, refused

CODE = "delta-content"
GOOD = changes(DAYS[43], DAYS[44])


def changing(changed: Sequence[Value]) -> Sync:
    """The delta from yesterday to today, with these changes."""
    return YESTERDAY.with_delta(delta_claims(snapshot_claims(43), snapshot_claims(), changed))


def _with(number: int, value: int, content: bytes) -> list[Value]:
    """The right changes, but for one list, which has this one."""
    others = [item for item in GOOD if isinstance(item, list) and item[0] != number]
    return sorted([*others, [number, [[value, content]]]], key=lambda item: item[0])  # type: ignore[index,arg-type,return-value]


def content_cases() -> Iterator[Case]:
    yield from _later_counts()
    yield from _indices()
    yield from _lists()
    yield from _results()
    yield from _falls()


def _later_counts() -> Iterator[Case]:
    """One index under two values of one delta."""
    third, _ = GOOD
    ended = {**DAYS[44], 7: bytes([DAYS[44][7][0] | 3]) + DAYS[44][7][1:]}
    assert entry(DAYS[44][7], 0) == 1
    assert entry(ended[7], 0) == 3
    rows: tuple[tuple[str, str, Lists, Value], ...] = (
        ("later-value", "an index under values 1 and 3: the later counts", ended, [[1, gaps([0])], [3, gaps([0, 64])]]),
        ("later-value-of-zero", "under values 0 and 1: an index that becomes 1, and one that was 1 before", DAYS[44],
         [[0, gaps([0, 79])], [1, gaps([0, 79])], [3, gaps([64])]]),
        ("later-value-of-four", "an index under each of the four values: the last counts", ended,
         [[0, gaps([0])], [1, gaps([0])], [2, gaps([0])], [3, gaps([0, 64])]]),
    )  # fmt: skip
    for slug, comment, lists, seventh in rows:
        changed: list[Value] = [third, [7, seventh]]
        yield accepted(f"accepted/{slug}", ("D4",), comment, YESTERDAY.leading_to(lists, changed))
    earlier: list[Value] = [third, [7, [[1, gaps([0])], [3, gaps([0, 64])]]]]
    yield fallen_back(
        f"{CODE}/earlier-value", ("D4", "DELTA-1"), "an index under values 1 and 3, and the snapshot says 1",
        changing(earlier), "revocation",
    )  # fmt: skip


def _indices() -> Iterator[Case]:
    """List 7 has 80 entries, list 3 has 300."""
    rows: tuple[tuple[str, str, bytes, str | None], ...] = (
        ("index-80", "the index one beyond the last", gaps([80]), "boundary"),
        ("index-last-and-80", "the last index and the one beyond", gaps([79, 80]), "boundary"),
        ("index-far", "an index of 1,048,575, the greatest of any list", gaps([1048575]), None),
        ("index-2-20", "an index of 1,048,576, which no list has", gaps([1048576]), "boundary"),
        ("index-2-21", "an index of 2^21: four bytes", gaps([1 << 21]), None),
        ("index-sum", "differences that go beyond in their sum", gaps([40, 79, 119]), None),
        ("index-2-32", "an index of 2^32, which is 0 in 32 bits", leb128(1 << 32), "bomb"),
        ("index-2-32-later", "a difference of 2^32, which is none in 32 bits", leb128(3) + leb128(1 << 32), "bomb"),
        ("index-2-53", "an index of 2^53, from which on not every integer is a double", leb128(1 << 53), "bomb"),
        ("index-2-63", "an index of 2^63, which is negative in 64 bits", leb128(1 << 63), "bomb"),
        ("index-2-64", "an index of 2^64, which is 0 in 64 bits", leb128(1 << 64), "bomb"),
        ("index-2-64-and-5", "an index of 2^64 + 5, which is 5 in 64 bits", leb128((1 << 64) + 5), "bomb"),
        ("index-1000-bytes", "an index of a thousand bytes", b"\xff" * 999 + b"\x7f", "bomb"),
        ("too-many", "a thousand indices in a list of 80", b"\x01" * 1000, "bomb"),
    )
    for slug, comment, content, flag in rows:
        flags = ["range", *([flag] if flag else [])]
        yield fallen_back(f"{CODE}/{slug}", ("D4",), comment, changing(_with(7, 1, content)), *flags)
    grown = {3: DAYS[44][3] + b"\0", 7: DAYS[44][7]}
    beyond = YESTERDAY.leading_to(grown, [*GOOD[:1], [7, [[1, gaps([80])]]]])
    yield fallen_back(
        f"{CODE}/index-in-other-list",
        ("D4",),
        "an index beyond its list, while another list is longer",
        beyond,
        "range",
    )
    past = YESTERDAY.leading_to(grown, [[3, [[1, gaps([304])]]]])
    yield fallen_back(
        f"{CODE}/index-beyond-grown", ("D4",), "an index one beyond the list as it has grown", past, "range", "boundary"
    )


def _lists() -> Iterator[Case]:
    rows: tuple[tuple[str, str, Sync], ...] = (
        ("list-unknown", "a change in a list that neither snapshot has", changing([*GOOD, [8, [[1, gaps([0])]]]])),
        ("list-unknown-alone", "the right changes, and an empty list of another number is set to 0",
         changing([*GOOD, [65535, [[0, gaps([0])]]]])),
        ("list-gone", "a change in a list that the new snapshot no longer has",
         YESTERDAY.leading_to({3: DAYS[44][3]}, GOOD)),
        ("list-shorter", "a list that is shorter in the new snapshot, by a byte of zeros",
         replace(YESTERDAY, held=_longer()).leading_to(DAYS[44])),
        ("list-shorter-untouched", "the same, and nothing else has changed",
         replace(YESTERDAY, held=_longer()).leading_to(DAYS[43], [])),
    )  # fmt: skip
    for slug, comment, sync in rows:
        yield fallen_back(f"{CODE}/{slug}", ("D4",), comment, sync)
    between = {**DAYS[43], 8: b"\x01"}
    middle = snapshot_claims(43, between)
    day_1 = delta(delta_claims(snapshot_claims(42), middle, changes(DAYS[42], between)), CNAM_STATUS).encode()
    day_2 = delta(delta_claims(middle, snapshot_claims(), GOOD), CNAM_STATUS).encode()
    yield fallen_back(
        f"{CODE}/list-came-and-went",
        ("D4",),
        "a list that came and was changed on the first day, and is gone on the second",
        replace(YESTERDAY, held=held_on(42), deltas=(day_1, day_2)),
    )


def _longer() -> Held:
    """Yesterday, with a zero byte more in list 7."""
    lists = {**DAYS[43], 7: DAYS[43][7] + b"\0"}
    return replace(held_on(43), claims=snapshot_claims(43, lists), lists=lists)


def _results() -> Iterator[Case]:
    """In the end a list is not what the snapshot says."""
    third, seventh = GOOD
    assert isinstance(third, list)
    assert isinstance(seventh, list)
    rows: tuple[tuple[str, str, Sync], ...] = (
        ("no-changes", "no changes, while the snapshot says that there are some", changing([])),
        ("one-list-missing", "the changes of one list are missing", changing([third])),
        ("value-missing", "the changes to one value are missing", changing([[3, third[1][:1]], seventh])),
        ("value-wrong", "an entry is set to another value", changing([third, [7, [[1, gaps([0, 64])]]]])),
        ("index-wrong", "another entry is set", changing([third, [7, [[1, gaps([1])], [3, gaps([64])]]]])),
        ("one-more", "an entry more is set", changing([third, [7, [[1, gaps([0, 1])], [3, gaps([64])]]]])),
        ("lists-exchanged", "the changes of one list are said of the other",
         changing([[3, seventh[1]], [7, [[1, gaps([0])]]]])),
        ("unrevoked", "the card that the snapshot revokes is left valid, another is revoked",
         changing([third, [7, [[1, gaps([2])], [3, gaps([64])]]]])),
        ("filter", "as many changes as there should be, at random places",
         changing([[3, [[1, gaps([5, 99])], [2, gaps([150])]]], [7, [[1, gaps([33])], [3, gaps([44])]]]])),
    )  # fmt: skip
    for slug, comment, sync in rows:
        yield fallen_back(f"{CODE}/{slug}", ("D4", "DELTA-1"), comment, sync, "revocation")
    lists = {**DAYS[44], 7: DAYS[44][7] + b"\0"}
    claims = snapshot_claims(lists=lists)
    claims[-65542][2][1][1] = 22
    yield refused(
        "snapshot-list/size-and-digest-differ",
        ("D4", "N7"),
        "the snapshot says a size that its own digest does not go with: neither the deltas nor the lists can fit",
        replace(YESTERDAY, claims=claims, found=published(lists)).with_delta(
            delta_claims(snapshot_claims(43), claims, changes(DAYS[43], lists))
        ),
    )


def _falls() -> Iterator[Case]:
    """One of several deltas is enough to lose them all."""
    day_1 = delta_claims(snapshot_claims(42), snapshot_claims(43), changes(DAYS[42], DAYS[43]))
    spoilt = delta_claims(snapshot_claims(42), snapshot_claims(43), [[7, [[1, gaps([80])]]]])
    last = delta_claims(snapshot_claims(43), snapshot_claims(), GOOD)
    worse = delta_claims(snapshot_claims(43), snapshot_claims(), [[7, [[1, gaps([80])]]]])
    for slug, comment, chosen in (
        ("first-of-two", "the first of two deltas has an index beyond its list", (spoilt, last)),
        ("second-of-two", "the second of two deltas has an index beyond its list", (day_1, worse)),
    ):
        deltas = [delta(claims, CNAM_STATUS).encode() for claims in chosen]
        yield fallen_back(f"{CODE}/{slug}", ("D4",), comment, replace(YESTERDAY, held=held_on(42), deltas=deltas))
