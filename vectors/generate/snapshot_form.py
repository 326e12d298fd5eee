"""Layer `snapshot`: the form, N1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.cases import Case
from vectors.generate.detached_form import Detached
from vectors.generate.editing import FLOAT_ONE_AND_A_HALF, Field, Path, edit, faults
from vectors.generate.encoder import Value, Wide, encode
from vectors.generate.fixtures import END_OF_TIME
from vectors.generate.keys import CNAM_OFFERS, CNAM_STATUS
from vectors.generate.snapshot_case import CLAIMS, accepted, refused
from vectors.generate.snapshots import SNAPSHOT, signed
from vectors.generate.trust_case import shown

CODE = "snapshot-structure"
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
    ((4,), "exp", (END_OF_TIME, CLAIMS[6] + 1), (END_OF_TIME + 1, CLAIMS[6], CLAIMS[6] - 1)),
    ((6,), "iat", (), (-1, FLOAT_ONE_AND_A_HALF)),
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
            rule = "SNAP-1" if name == "exp" and value != END_OF_TIME + 1 else "CBOR-6"
            yield refused(
                f"{CODE}/range/{name}-{number}",
                ("N1", rule),
                f"{name}: {said} is outside",
                signed(edit(CLAIMS, path, value)),
                "boundary",
                "range",
            )
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
