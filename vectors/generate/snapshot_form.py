"""Layer `snapshot`: the form, N1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.detached_form import Detached
from vectors.generate.editing import FLOAT_ONE_AND_A_HALF, Field, Path, edit, faults
from vectors.generate.encoder import Value, Wide, encode
from vectors.generate.fixtures import DAY, END_OF_TIME, Claims, trust_claims
from vectors.generate.keys import CNAM_OFFERS, CNAM_STATUS
from vectors.generate.snapshot_case import CLAIMS, accepted, refused
from vectors.generate.snapshots import SNAPSHOT, signed
from vectors.generate.trust_case import shown
from vectors.generate.verify_withdrawn import trust_with

CODE = "snapshot-structure"
LONGEST = 31 * DAY
LISTS: Path = (SNAPSHOT, 2)
FIELDS = (
    Field("iss", (1,)),
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("ttl", (65534,)),
    Field("snapshot", (SNAPSHOT,)),
    Field("sequence", (SNAPSHOT, 1)),
    Field("lists", LISTS),
    Field("list", (*LISTS, 0), None),
    Field("number", (*LISTS, 0, 0), None),
    Field("size", (*LISTS, 0, 1), None),
    Field("digest", (*LISTS, 0, 2), None),
)
FIRST, SECOND = CLAIMS[SNAPSHOT][2]
MANY: list[Value] = [[number, 1, bytes(32)] for number in range(4097)]

# path, name, values inside, values outside
BOUNDS: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...] = (
    ((1,), "iss", (), ("", "x" * 33, "Fr", "-a", "fr_cnam")),
    ((65534,), "ttl", (1, 31622400), (0, 31622401, -1, FLOAT_ONE_AND_A_HALF)),
    ((SNAPSHOT, 1), "sequence", (1, 4294967295), (0, -1, 4294967296, Wide(44, 2))),
    (LISTS, "lists", ([FIRST], MANY[:4096]), ([], MANY)),
    ((*LISTS, 0, 0), "number", (0,), (-1,)),
    ((*LISTS, 1, 0), "number-last", (65535,), (65536,)),
    ((*LISTS, 0, 1), "size", (1, 262144), (0, -1, 262145)),
    ((*LISTS, 0, 2), "digest", (bytes(32),), (b"", bytes(31), bytes(33), bytes(64))),
)


def form_cases() -> Iterator[Case]:
    for fault in faults(CLAIMS, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(f"{CODE}/{fault.slug}", ("N1", rule), fault.comment, signed(fault.claims), fault.flag)
    for path, name, inside, outside in BOUNDS:
        for number, value in enumerate(inside):
            changed = edit(CLAIMS, path, value)
            comment = f"{name}: {shown(value)} is inside"
            yield accepted(f"range/{name}-{number}", ("N1", "CBOR-6"), comment, changed, None, "boundary", "range")
        for number, value in enumerate(outside):
            said = (
                "1.5"
                if value == FLOAT_ONE_AND_A_HALF
                else "44 with a wider head"
                if isinstance(value, Wide)
                else shown(value)
            )
            yield refused(
                f"{CODE}/range/{name}-{number}",
                ("N1", "CBOR-6"),
                f"{name}: {said} is outside",
                signed(edit(CLAIMS, path, value)),
                "boundary",
                "range",
            )
    for slug, said, iat in (("iat-0", "-1", -1), ("iat-1", "1.5", FLOAT_ONE_AND_A_HALF)):
        data = signed({**CLAIMS, 6: iat, 4: DAY})
        comment = f"iat: {said} is outside"
        yield refused(f"{CODE}/range/{slug}", ("N1", "CBOR-6"), comment, data, "boundary", "range")
    yield from _lifetime()
    yield from _lists()
    for key, name in {2: "sub", 3: "aud", 5: "nbf", 7: "cti", 65533: "status_list"}.items():
        yield refused(
            f"{CODE}/unknown-claim/{name.replace('_', '-')}",
            ("N1", "CBOR-6"),
            f"a registered claim that has no place here: {name}",
            signed({**CLAIMS, key: 1}),
            "unknown-key",
        )
    form = Detached(CLAIMS, "status-snapshot", (CNAM_STATUS, CNAM_OFFERS), most=4)
    for slug, items, rule, comment in form.faults():
        yield refused(f"{CODE}/form/{slug}", ("N1", rule), comment, encode(items))
    for slug, data in form.contents():
        comment = f"the content, as it was signed: {slug}"
        yield refused(f"{CODE}/content/{slug}", ("N1", "CBOR-1"), comment, data, "non-canonical")
    yield accepted(
        "4-signatures",
        ("N1", "N3"),
        "four signatures, of which three are the same and one is of another use",
        CLAIMS,
        encode(form.with_many(4)),
        "boundary",
    )


def _lifetime() -> Iterator[Case]:
    """From iat to exp: 1 to 2,678,400 seconds."""
    rules, edge, iat = ("N1", "SNAP-1"), ("boundary", "range"), CLAIMS[6]
    for slug, comment, exp in (
        ("exp-1", "exp is a second after iat", iat + 1),
        ("exp-31-days", "exp is 2,678,400 seconds after iat: 31 days", iat + LONGEST),
    ):
        yield accepted(f"range/{slug}", rules, comment, {**CLAIMS, 4: exp}, None, *edge)
    for slug, comment, exp, base in (
        ("exp-1", "exp is iat", iat, "exp-1"),
        ("exp-2", "exp is a second before iat", iat - 1, "exp-1"),
        ("exp-31-days", "exp is 2,678,401 seconds after iat", iat + LONGEST + 1, "exp-31-days"),
        ("exp-never", "exp is the last second there is", END_OF_TIME, "exp-31-days"),
    ):
        data = signed({**CLAIMS, 4: exp})
        yield refused(f"{CODE}/range/{slug}", rules, comment, data, *edge, base=f"range/{base}")
    last = {**CLAIMS, 6: END_OF_TIME - 1, 4: END_OF_TIME}
    key: Claims = trust_claims()[6][0][3][2]
    inputs: dict[str, Any] = {"trust": trust_with([{**key, 4: END_OF_TIME}], 2), "now": END_OF_TIME - 1}
    yield accepted(
        "range/exp-end-of-time", ("N1", "CBOR-6"), "exp is the last second there is, iat the one before", last, None, *edge,
        **inputs,
    )  # fmt: skip
    yield refused(
        f"{CODE}/range/exp-0", ("N1", "CBOR-6"), "exp is a second after the last there is",
        signed({**last, 4: END_OF_TIME + 1}), *edge, base="range/exp-end-of-time", **inputs,
    )  # fmt: skip


def _lists() -> Iterator[Case]:
    rules = ("N1", "SNAP-1")
    for slug, comment, value, flag in (
        ("falling", "list numbers fall", [SECOND, FIRST], "non-canonical"),
        ("twice", "a list stands twice", [FIRST, FIRST, SECOND], "range"),
        ("number-twice", "a list number stands twice, with other digests", [FIRST, [3, *SECOND[1:]], SECOND], "range"),
    ):
        yield refused(f"{CODE}/lists/{slug}", rules, comment, signed(edit(CLAIMS, LISTS, value)), flag)
    for slug, comment, value in (
        ("no-digest", "a list without digest", FIRST[:2]),
        ("fourth", "a list with a fourth element", [*FIRST, 0]),
        ("empty", "a list of no elements", []),
        ("order", "the digest before the size", [FIRST[0], FIRST[2], FIRST[1]]),
    ):
        yield refused(
            f"{CODE}/list/{slug}", ("N1", "CBOR-6"), comment, signed(edit(CLAIMS, (*LISTS, 0), value)), "range"
        )
    yield accepted(
        "lists-same-digest",
        rules,
        "two lists with the same bytes",
        edit(CLAIMS, LISTS, [FIRST, [7, *FIRST[1:]]]),
    )
    yield accepted("gap-in-numbers", rules, "list numbers with a gap", edit(CLAIMS, (*LISTS, 1, 0), 40000))
