"""Layer `status-sync`: the form of a delta, D1. Each fault costs the terminal the deltas, not the update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import Field, Path, edit, faults
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.keys import CNAM_STATUS, derive
from vectors.generate.messages import delta, header_kid, header_status
from vectors.generate.mldsa import ML_DSA
from vectors.generate.snapshots import DAYS, DELTA, day_delta, day_to_day, gaps, signed, snapshot_claims
from vectors.generate.sync_case import YESTERDAY, Sync, fallen_back, held_on
from vectors.generate.trust_case import shown

CODE = "delta-structure"
CLAIMS = day_to_day(44)
LISTS: Path = (DELTA, 3)
FIELDS = (
    Field("iss", (1,)),
    Field("delta", (DELTA,)),
    Field("from", (DELTA, 1)),
    Field("to", (DELTA, 2)),
    Field("changes", LISTS),
    Field("list-changes", (*LISTS, 0), None),
    Field("number", (*LISTS, 0, 0), None),
    Field("values", (*LISTS, 0, 1), None),
    Field("value-changes", (*LISTS, 0, 1, 0), None),
    Field("value", (*LISTS, 0, 1, 0, 0), None),
    Field("gaps", (*LISTS, 0, 1, 0, 1), None),
)
THIRD, SEVENTH = CLAIMS[DELTA][3]
VALUES: Sequence[Value] = THIRD[1]
FIRST_GAPS: Path = (*LISTS, 0, 1, 0, 1)

BOUNDS: tuple[tuple[Path, str, str, Sequence[Value]], ...] = (
    ((1,), "iss", "CBOR-6", ("", "x" * 33, "Fr")),
    ((DELTA, 1), "from", "CBOR-6", (b"", bytes(31), bytes(33), None)),
    ((DELTA, 2), "to", "CBOR-6", (b"", bytes(31), bytes(33))),
    ((*LISTS, 0, 0), "number", "CBOR-6", (-1, 65536)),
    ((*LISTS, 0, 1), "values", "CBOR-6", ([], [[value, b"\x01"] for value in (0, 1, 2, 3, 3)])),
    ((*LISTS, 0, 1, 0, 0), "value", "CBOR-6", (-1, 4)),
    (LISTS, "lists-falling", "CBOR-6", ([SEVENTH, THIRD],)),
    (LISTS, "list-twice", "CBOR-6", ([THIRD, THIRD, SEVENTH],)),
    ((*LISTS, 0, 1), "values-falling", "CBOR-6", (VALUES[::-1],)),
    ((*LISTS, 0, 1), "value-twice", "CBOR-6", ([[1, b"\x01"], [1, b"\x02"]],)),
    ((*LISTS, 0), "list-changes", "CBOR-6", ([3], [3, VALUES, 0])),
    ((*LISTS, 0, 1, 0), "value-changes", "CBOR-6", ([1], [1, b"\x01", 0])),
)

MOST_LISTS = 4096
"""Of a delta, and of a snapshot."""

# What is not LEB128 in its shortest form, or names an index twice
GAPS: tuple[tuple[str, str, bytes], ...] = (
    ("empty", "no index", b""),
    ("zero-gap", "a difference of 0: an index twice", b"\x11\x00"),
    ("zero-gap-first", "index 0 twice", b"\x00\x00"),
    ("zero-gap-last", "a difference of 0 at the end", b"\x11\x01\x01\x00"),
    ("zero-wide", "index 0 in two bytes", b"\x80\x00"),
    ("not-shortest", "index 17 in two bytes", b"\x91\x00"),
    ("not-shortest-three", "index 17 in three bytes", b"\x91\x80\x00"),
    ("not-shortest-gap", "a difference of 1 in two bytes", b"\x11\x81\x00"),
    ("not-shortest-128", "index 128 in three bytes", b"\x80\x81\x00"),
    ("cut", "the last byte says that more follows", b"\x11\x81"),
    ("cut-alone", "one byte, which says that more follows", b"\x80"),
    ("cut-long", "twenty bytes, each of which says that more follows", b"\xff" * 20),
    ("long-zero", "index 0 in twenty bytes", b"\x80" * 19 + b"\x00"),
)


def form_cases() -> Iterator[Case]:
    for fault in faults(CLAIMS, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        sync = YESTERDAY.with_delta(fault.claims)
        yield fallen_back(f"{CODE}/{fault.slug}", ("D1", rule), fault.comment, sync, fault.flag)
    for path, name, rule, outside in BOUNDS:
        for number, value in enumerate(outside):
            sync = YESTERDAY.with_delta(edit(CLAIMS, path, value))
            comment = f"{name}: {shown(value)}"
            yield fallen_back(f"{CODE}/range/{name}-{number}", ("D1", rule), comment, sync, "range")
    yield from _most_lists()
    for key, name in {4: "exp", 6: "iat", 7: "cti", 65534: "ttl", -65542: "snapshot"}.items():
        comment = f"a claim that has no place here: {name}"
        sync = YESTERDAY.with_delta({**CLAIMS, key: 1})
        yield fallen_back(f"{CODE}/unknown-claim/{name}", ("D1", "CBOR-6"), comment, sync, "unknown-key")
    for slug, comment, content in GAPS:
        flag = "range" if slug == "empty" else "non-canonical"
        sync = YESTERDAY.with_delta(edit(CLAIMS, FIRST_GAPS, content))
        yield fallen_back(f"{CODE}/gaps/{slug}", ("D1",), f"gaps: {comment}", sync, flag)
    yield from _envelope()
    yield from _order()


def _most_lists() -> Iterator[Case]:
    """Both sides of the bound: as many lists as there may be are in form, and are not in the snapshot (D4)."""
    for count, code, step in ((MOST_LISTS, "delta-content", "D4"), (MOST_LISTS + 1, CODE, "D1")):
        sync = YESTERDAY.with_delta(edit(CLAIMS, LISTS, [[number, [[1, b"\0"]]] for number in range(count)]))
        yield fallen_back(f"{code}/lists-{count}", (step, "CBOR-6"), f"a delta of {count} lists", sync, "boundary")


def _envelope() -> Iterator[Case]:
    good = delta(CLAIMS, CNAM_STATUS)
    parts, header, payload, kid = good.parts, good.protected, good.payload, CNAM_STATUS.kid
    signature = parts[3]
    assert isinstance(signature, bytes)
    headers: tuple[tuple[str, bytes, str], ...] = (
        ("alg-eddsa", header[:2] + b"\x27" + header[3:], "alg-confusion"),
        ("alg-esp256", encode({1: -9, 4: kid}), "alg-confusion"),
        ("alg-ml-dsa", encode({1: ML_DSA, 4: kid}), "alg-confusion"),
        ("no-alg", encode({4: kid}), "missing-key"),
        ("no-kid", encode({1: -19}), "missing-key"),
        ("kid-7", header_kid(kid[:7]), "range"),
        ("kid-9", header_kid(kid + b"\0"), "range"),
        ("crit", encode({1: -19, 2: [4], 4: kid}), "unknown-key"),
        ("order", encode(Pairs(((4, kid), (1, -19)))), "non-canonical"),
        ("status-list", header_status(kid), "cross-protocol"),
        ("empty", b"", "missing-key"),
    )
    for slug, changed, flag in headers:
        sync = YESTERDAY.with_delta(CLAIMS, protected=changed)
        comment = f"protected header: {slug.replace('-', ' ')}"
        yield fallen_back(f"{CODE}/header/{slug}", ("D1", "COSE-2"), comment, sync, flag)
    rows: tuple[tuple[str, Value, str, str], ...] = (
        ("tagged", Tag(18, parts), "CBOR-2", "tagged as COSE_Sign1"),
        ("unprotected", [parts[0], {4: kid}, *parts[2:]], "COSE-1", "the kid where it is not signed"),
        ("signature-63", [*parts[:3], signature[:63]], "CBOR-6", "a signature of 63 bytes"),
        ("signature-65", [*parts[:3], signature + b"\0"], "CBOR-6", "a signature of 65 bytes"),
        ("signature-3309", [*parts[:3], signature.ljust(3309, b"\0")], "CBOR-6", "a signature of 3,309 bytes"),
        ("payload-null", [*parts[:2], None, signature], "CBOR-6", "no payload"),
        ("payload-map", [*parts[:2], CLAIMS, signature], "CBOR-6", "the claims as a map, not in a byte string"),
        ("payload-empty", replace(good, payload=b"").parts, "CBOR-1", "an empty payload"),
        ("payload-trailing", replace(good, payload=payload + b"\0").parts, "CBOR-1", "a byte after the claims"),
        ("payload-indefinite", replace(good, payload=b"\xbf" + payload[1:] + b"\xff").parts, "CBOR-1",
         "claims of indefinite length"),
        ("three-elements", parts[:3], "CBOR-6", "no signature"),
        ("five-elements", [*parts, 0], "CBOR-6", "a fifth element"),
        ("wide", Wide(parts, 1), "CBOR-1", "the array with a wider head"),
        ("indefinite", Raw(b"\x9f" + encode(parts)[1:] + b"\xff"), "CBOR-1", "an array of indefinite length"),
        ("trailing", Raw(encode(parts) + b"\0"), "CBOR-1", "a byte after the message"),
        ("cut", Raw(encode(parts)[:-1]), "CBOR-1", "the last byte is missing"),
        ("cut-half", Raw(encode(parts)[:100]), "CBOR-1", "a download that ended early"),
        ("empty", Raw(b""), "CBOR-1", "no byte at all"),
        ("snapshot", Raw(signed(snapshot_claims())), "CBOR-6", "a snapshot in place of a delta"),
        ("page", Raw(b"<!doctype html><title>404</title>"), "CBOR-1", "a web page in place of a delta"),
    )  # fmt: skip
    for slug, items, rule, comment in rows:
        sync = replace(YESTERDAY, deltas=(encode(items),))
        yield fallen_back(f"{CODE}/form/{slug}", ("D1", rule), comment, sync)


def _order() -> Iterator[Case]:
    """VERIFY-1: before D2; and one of several deltas is enough."""
    unlisted = {**CLAIMS, 99: 0}
    kid = derive("status-sync/order", "kid", 8)
    two = replace(YESTERDAY, held=held_on(42))
    rows: tuple[tuple[str, str, Sync], ...] = (
        ("before-delta-signature", "also signed with a kid of no key",
         YESTERDAY.with_delta(unlisted, protected=header_kid(kid))),
        ("second-of-two", "the second of two deltas has an unlisted key",
         replace(two, deltas=(day_delta(43), delta(unlisted, CNAM_STATUS).encode()))),
        ("second-before-content", "the first of two has an index beyond its list, the second an unlisted key",
         replace(two, deltas=(_beyond(), delta(unlisted, CNAM_STATUS).encode()))),
    )  # fmt: skip
    for slug, comment, sync in rows:
        flags = ["order"] if "before" in slug else []
        yield fallen_back(f"{CODE}/{slug}", ("D1", *(["VERIFY-1"] if flags else [])), comment, sync, *flags)


def _beyond() -> bytes:
    first = day_to_day(43)
    assert 4 * len(DAYS[43][7]) == 80
    return delta(edit(first, LISTS, [[7, [[1, gaps([80])]]]]), CNAM_STATUS).encode()
