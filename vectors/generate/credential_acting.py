"""Layer `credential`: key 15, who acts, and CRED-5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.credential_case import CARD, accepted, changed, refused
from vectors.generate.editing import Field, edit, faults
from vectors.generate.encoder import Value
from vectors.generate.enrolled import NIR_CAMILLE, NIR_ELISE
from vectors.generate.fixtures import DAY, ELISE
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.lending import INTRODUCTION_1, LENT_1, LENT_2, NAME, lent_card
from vectors.generate.messages import credential

ACTING = (CARD, 15)
FULL = lent_card(INTRODUCTION_1, (1, 3), (2, 3))
FULL_ID, LENT_ID = (f"credential/accepted/{name}" for name in ("lent-categories", "lent"))
FIELDS = (
    Field("acting", ACTING, False),
    Field("acting-name", (*ACTING, 1)),
    Field("acting-purposes", (*ACTING, 2)),
    Field("acting-purpose", (*ACTING, 2, 0), None),
    Field("acting-categories", (*ACTING, 3), False),
    Field("acting-category", (*ACTING, 3, 0), None),
)
# fmt: off
BOUNDS: tuple[tuple[int, str, tuple[Value, ...], tuple[Value, ...]], ...] = (
    (1, "name", ("N", "x" * 64, "é" * 32), ("", "x" * 65, "é" * 32 + "x", "é" * 64)),
    (2, "purposes", ([1], [5], [1, 2, 3, 4, 5], [2, 4]),
     ([], [0], [6], [1, 2, 3, 4, 5, 6], [3, 1], [1, 1], [1, 3, 3])),
    (3, "categories", ([1], [8], [1, 2, 3, 4, 5, 6, 7, 8], [2, 7]),
     ([], [0], [9], [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 2], [2, 2])),
)
# fmt: on


def _sealed(claims: Value) -> bytes:
    return credential(claims, CNAM_CARDS).encode()


def acting_cases() -> Iterator[Case]:
    """Cards lent through the issuer."""
    rules = ("V5", "CRED-5")
    yield accepted(
        "lent", rules, "a card in which somebody acts for the beneficiary, 30 days in all", LENT_1, "boundary"
    )
    yield accepted("lent-suite-2", rules, "the same on a phone with a P-256 key", LENT_2)
    yield accepted("lent-categories", rules, "at pharmacies and hospitals only", FULL)
    child = changed(ELISE, ACTING, {1: NAME, 2: [1]})
    childs = changed(changed(child, (6,), LENT_1[6]), (4,), LENT_1[4])
    yield accepted("lent-child", rules, "a child's card in which somebody acts", childs)
    for fault in faults(FULL, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(f"lent/{fault.slug}", ("V5", rule), fault.comment, _sealed(fault.claims), FULL_ID, fault.flag)
    for key, name, inside, outside in BOUNDS:
        for number, value in enumerate(inside):
            good: Any = changed(FULL, (*ACTING, key), value)
            comment = f"{name}, number {number} of those inside"
            yield accepted(f"range/acting-{name}-{number}", ("V5", "CBOR-6"), comment, good, "boundary", "range")
        for number, value in enumerate(outside):
            comment = f"{name}, number {number} of those outside"
            data = _sealed(edit(FULL, (*ACTING, key), value))
            slug = f"range/acting-{name}-{number}"
            yield refused(slug, ("V5", "CBOR-6"), comment, data, FULL_ID, "boundary", "range")
    for slug, name in (("override", "\u202eNoé"), ("line-feed", "Noé\n")):
        data = _sealed(edit(FULL, (*ACTING, 1), name))
        yield refused(f"lent/name-{slug}", ("V5", "CBOR-4"), f"a name with a {slug}", data, FULL_ID, "injection")
    yield from _rules()


def _rules() -> Iterator[Case]:
    rules = ("V5", "CRED-5")
    iat: int = LENT_1[6]
    for slug, seconds, comment in (
        ("second-less", 30 * DAY - 1, "a second less than 30 days"),
        ("one-second", 1, "one second in all"),
    ):
        yield accepted(f"lent-{slug}", rules, comment, changed(LENT_1, (4,), iat + seconds), "boundary")
    for slug, seconds, comment in (
        ("30-days-and-one-second", 30 * DAY + 1, "30 days and one second"),
        ("31-days", 31 * DAY, "31 days"),
        ("year", 365 * DAY, "a year, as a card that is not lent"),
    ):
        data = _sealed(edit(LENT_1, (4,), iat + seconds))
        yield refused(f"lent/{slug}", rules, comment, data, LENT_ID, "boundary")
    numbered = edit(LENT_1, (CARD, 13), NIR_CAMILLE)
    yield refused("lent/billing", rules, "who acts, with a number", _sealed(numbered), LENT_ID, "unknown-key")
    child = edit(edit(edit(ELISE, ACTING, {1: NAME, 2: [1]}), (6,), iat), (4,), LENT_1[4])
    both = edit(edit(child, (CARD, 13), NIR_ELISE), (CARD, 14), NIR_CAMILLE)
    base = "credential/accepted/lent-child"
    yield refused("lent/billing-child", rules, "who acts, with both numbers", _sealed(both), base, "unknown-key")
    yield refused(
        "lent/key-16", ("V5", "CBOR-6"), "a key after the last that is listed",
        _sealed(edit(LENT_1, (CARD, 16), 1)), LENT_ID, "unknown-key",
    )  # fmt: skip
