"""Layer `trust-chain`: trust lists one after the other, each held against the anchor that those before left (section 10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.chain_case import Link, chain
from vectors.generate.chain_links import (
    NEW,
    NEW_ROOTS,
    NEWEST,
    OLD,
    ROLLBACK,
    RULES,
    SIGNATURE,
    TO_SECOND,
    TO_THIRD,
    V1,
    V2,
    V4,
    V5,
    V7,
    V8,
)
from vectors.generate.chain_post_quantum import post_quantum_cases
from vectors.generate.chain_refused import issuer_key_cases, nothing_changes_cases
from vectors.generate.fixtures import DAY, NOW
from vectors.generate.roots import FIRST, SECOND, THIRD, RootSet, generation


def chain_cases() -> Iterator[Case]:
    yield from _generations()
    yield from _half_signed()
    yield from _overlapping()
    yield from _rollback()
    yield from nothing_changes_cases()
    yield from issuer_key_cases()
    yield from post_quantum_cases()


def _generations() -> Iterator[Case]:
    everything = [(link, None) for link in (V1, V2, TO_SECOND, V4, V5, TO_THIRD, V7, V8)]
    yield chain("three-generations", RULES, "every list, over three generations of root keys", everything)
    yield chain(
        "slept-for-two",
        RULES,
        "a terminal that slept for two generations: the newest does not verify, then those that rotate, in order",
        [(V8, SIGNATURE), (TO_SECOND, None), (TO_THIRD, None), (V8, None)],
    )
    yield chain(
        "slept-takes-all",
        RULES,
        "the same, every list between being taken",
        [(V1, None), (V8, SIGNATURE), *everything[1:]],
    )
    yield chain(
        "slept-for-one",
        RULES,
        "a terminal of the second generation that missed the rotation to the third",
        [(V4, None), (V8, SIGNATURE), (TO_THIRD, None), (V8, None)],
        pinned=SECOND,
    )
    yield chain(
        "skip-plain",
        RULES,
        "lists that rotate nothing can be left out",
        [(V2, None), (TO_SECOND, None), (V5, None), (TO_THIRD, None), (V8, None)],
    )
    yield chain(
        "skip-rotation",
        RULES,
        "a list that rotates cannot be left out, neither the first nor the second",
        [(V1, None), (V4, SIGNATURE), (TO_THIRD, SIGNATURE), (V8, SIGNATURE), (TO_SECOND, None), (V7, SIGNATURE)],
    )
    long_past = [
        replace(link, changes={2: NOW - 900 * DAY + i, 3: NOW - 800 * DAY})
        for i, link in enumerate((TO_SECOND, TO_THIRD))
    ]
    yield chain(
        "expired-between",
        (*RULES, "TRUST-3"),
        "the lists that rotate expired two years ago: they lead on to the newest all the same",
        [(V8, SIGNATURE), (long_past[0], None), (long_past[1], None), (V8, None)],
        "clock",
    )
    yield chain(
        "expired-newest",
        ("TRUST-3",),
        "the newest has expired too: that is asked at its use",
        [(long_past[0], None), (replace(V4, changes={2: NOW - 700 * DAY, 3: NOW - 600 * DAY}), None)],
        "clock",
    )
    yield chain(
        "back-and-forth",
        RULES,
        "to the second generation, and back to the first",
        [
            (TO_SECOND, None),
            (Link(4, [*NEW, *OLD], FIRST), None),
            (Link(5, OLD), None),
            (Link(6, NEW, SECOND), SIGNATURE),
        ],
    )
    yield chain(
        "each-list-rotates",
        RULES,
        "each of three lists brings in new root keys",
        [
            (Link(1, [*OLD, *NEW], SECOND), None),
            (Link(2, [*NEW, *NEWEST], THIRD), None),
            (Link(3, [*NEWEST, *OLD]), None),
        ],
    )


def _half_signed() -> Iterator[Case]:
    """A rotation that one of the two root sets has not signed, and then one that both have."""
    for slug, comment, signers, code in (
        ("old-only", "signed by all of the old set", FIRST.keys, NEW_ROOTS),
        ("new-only", "signed by all of the new set", SECOND.keys, SIGNATURE),
        ("old-k-1", "signed by one of the old set, by all of the new", [OLD[0], *SECOND.keys], SIGNATURE),
        ("new-k-1", "signed by all of the old set, by one of the new", [*FIRST.keys, NEW[0]], NEW_ROOTS),
        ("k-1-of-both", "signed by one of each set", [OLD[0], NEW[0]], SIGNATURE),
        ("nobody", "signed by the generation after the new one", THIRD.keys, SIGNATURE),
    ):  # fmt: skip
        yield chain(
            f"half-signed/{slug}",
            RULES,
            f"a rotation {comment}; the anchor stays, and the rotation that both signed is taken",
            [(V1, None), (Link(3, signers, SECOND), code), (V4, SIGNATURE), (V2, None), (TO_SECOND, None), (V4, None)],
        )


def _overlapping() -> Iterator[Case]:
    """Root sets that share keys, and thresholds that change."""
    fourth, fifth = generation("overlap", 2)
    one_new = RootSet(2, [*FIRST.keys[1:], fourth])
    two_new = RootSet(2, [FIRST.keys[2], fourth, fifth])
    stay = FIRST.keys[1:]
    yield chain(
        "overlap/one-by-one",
        RULES,
        "one root key after the other is exchanged: those that stay sign for both sets",
        [(V1, None), (Link(2, stay, one_new), None), (Link(3, [stay[1], fourth], two_new), None),
         (Link(4, [fourth, fifth], two_new), None), (Link(5, stay), SIGNATURE)],
    )  # fmt: skip
    yield chain(
        "overlap/one-counts-for-both",
        RULES,
        "two of three are exchanged: the one that stays counts in both sets, so three signatures do",
        [(V1, None), (Link(2, [*FIRST.keys[1:], fourth], two_new), None), (Link(3, [fourth, fifth], two_new), None)],
    )
    yield chain(
        "overlap/one-leaves-one-stays",
        RULES,
        "two of three are exchanged, signed by two of the old set: of the new set there is only one among them",
        [(V1, None), (Link(2, stay, two_new), NEW_ROOTS), (V2, None)],
    )
    three, one = RootSet(3, FIRST.keys), RootSet(1, FIRST.keys)
    yield chain(
        "threshold/raised",
        RULES,
        "from two to three: the list that raises it needs three, and so does each after it",
        [(Link(1, OLD, three), NEW_ROOTS), (Link(1, FIRST.keys, three), None), (Link(2, OLD, three), SIGNATURE),
         (Link(2, FIRST.keys, three), None)],
    )  # fmt: skip
    yield chain(
        "threshold/lowered",
        RULES,
        "from three to one: the list that lowers it needs three, those after it one",
        [(Link(1, OLD[:1], one), SIGNATURE), (Link(1, OLD, one), SIGNATURE), (Link(1, FIRST.keys, one), None),
         (Link(2, OLD[1:], one), None)],
        pinned=three,
    )  # fmt: skip
    yield chain(
        "threshold/lowered-and-raised",
        RULES,
        "from two to one, and back to two",
        [
            (Link(1, OLD, one), None),
            (Link(2, OLD[:1], FIRST), NEW_ROOTS),
            (Link(2, OLD, FIRST), None),
            (Link(3, OLD[:1]), SIGNATURE),
        ],
    )
    more = RootSet(4, [*FIRST.keys, fourth, fifth])
    yield chain(
        "threshold/more-keys",
        RULES,
        "from two of three to four of five",
        [
            (V1, None),
            (Link(2, [*FIRST.keys], more), NEW_ROOTS),
            (Link(2, [*FIRST.keys, fourth], more), None),
            (Link(3, more.keys, more), None),
        ],
    )


def _rollback() -> Iterator[Case]:
    """T5, with the anchor that the chain itself made."""
    rules = ("T5", "TRUST-5")
    other = V4.with_claims(exp=NOW + 99 * DAY)
    yield chain(
        "rollback/older",
        rules,
        "newer, older, the newer again",
        [(V1, None), (Link(5, OLD), None), (V2, ROLLBACK), (V1, ROLLBACK), (Link(5, OLD), None)],
    )
    yield chain(
        "rollback/same-version",
        rules,
        "the same version with another payload, in either order",
        [
            (TO_SECOND, None),
            (V4, None),
            (other, ROLLBACK),
            (V4, None),
            (replace(V4, signers=SECOND.keys[1:]), None),
            (other, ROLLBACK),
        ],
        "boundary",
    )
    yield chain(
        "rollback/same-version-other-first",
        rules,
        "of two payloads of one version the one accepted first stays",
        [(TO_SECOND, None), (other, None), (V4, ROLLBACK), (V5, None)],
        "boundary",
    )
    yield chain(
        "rollback/across-rotation",
        ("T2", "T5", "TRUST-5"),
        "after a rotation the lists of the old root keys do not verify, and those that both signed are older",
        [(TO_SECOND, None), (V4, None), (V1, SIGNATURE), (V2, SIGNATURE), (TO_SECOND, ROLLBACK), (V4, None)],
    )
    yield chain(
        "rollback/old-keys-new-version",
        ("T2", "TRUST-5"),
        "root keys that were exchanged sign a list of a higher version, and one that brings them back",
        [(TO_SECOND, None), (Link(9, OLD), SIGNATURE), (Link(9, FIRST.keys, SECOND), SIGNATURE), (V4, None)],
    )
    times = {2: NOW, 3: NOW + DAY}
    high = Link(4294967295, OLD, SECOND, times)
    yield chain(
        "rollback/refused-counts-not",
        rules,
        "the greatest version that there is, refused, does not bar a lower one",
        [(V1, None), (high, NEW_ROOTS), (replace(high, signers=OLD[:1], own=FIRST), SIGNATURE), (V2, None)],
        "boundary",
    )
