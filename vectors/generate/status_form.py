"""Layer `status-list`: the form, S1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import Field, edit, faults
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.fixtures import (
    CNAM_BASE,
    END_OF_TIME,
    ENTRIES,
    LIST_NUMBER,
    signed_trust,
    status_claims,
    trust_claims,
)
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import STATUS_LIST_TYPE, header_kid, header_status, status_list
from vectors.generate.status_case import CLAIMS, accepted, refused, sealed

FIELDS = (
    Field("sub", (2,)),
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("status-list", (65533,)),
    Field("lst", (65533, "lst")),
    Field("bits", (65533, "bits")),
    Field("ttl", (65534,)),
)
KNOWN = {1: "iss", 3: "aud", 5: "nbf", 7: "cti"}


def form_cases() -> Iterator[Case]:
    for fault in faults(CLAIMS, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(fault.slug, "structure", ("S1", rule), fault.comment, sealed(fault.claims), fault.flag)
    for key, name in KNOWN.items():
        yield refused(
            f"unknown-claim/{name}",
            "structure",
            ("S1", "CBOR-6"),
            f"a registered claim that has no place here: {name}",
            sealed({**CLAIMS, key: 1}),
            "unknown-key",
        )
    yield refused(
        "unknown-claim/aggregation-uri",
        "structure",
        ("S1", "CBOR-6"),
        "aggregation_uri, which Token Status List knows",
        sealed(edit(CLAIMS, (65533, "aggregation_uri"), "https://statut.fr-cnam.example/all")),
        "unknown-key",
    )
    size = 4 * len(ENTRIES)
    iat = CLAIMS[6]
    for slug, path, value, comment in (
        ("ttl-1", (65534,), 1, "the least ttl"),
        ("ttl-31622400", (65534,), 31622400, "the greatest ttl"),
        ("exp-greatest", (4,), END_OF_TIME, "the greatest exp"),
        ("exp-one-second-after", (4,), iat + 1, "exp is one second after iat"),
    ):
        yield accepted(
            f"range/{slug}", ("S1", "CBOR-6"), comment, edit(CLAIMS, path, value), 0, size, "boundary", "range"
        )
    long_sub = "u" * 198
    outside: tuple[tuple[str, tuple[Any, ...], Value, str], ...] = (
        ("ttl-0", (65534,), 0, "a ttl of 0"),
        ("ttl-31622401", (65534,), 31622401, "one above the greatest ttl"),
        ("exp-above", (4,), END_OF_TIME + 1, "one above the greatest exp"),
        ("exp-is-iat", (4,), iat, "exp is iat"),
        ("iat-negative", (6,), -1, "iat is -1"),
        ("bits-1", (65533, "bits"), 1, "one bit an entry"),
        ("bits-4", (65533, "bits"), 4, "four bits an entry"),
        ("bits-8", (65533, "bits"), 8, "eight bits an entry"),
        ("sub-empty", (2,), "", "an empty sub"),
        ("sub-201", (2,), long_sub + "/33", "a sub of 201 characters"),
        ("sub-line-feed", (2,), f"{CNAM_BASE}/{LIST_NUMBER}\n", "a line feed in sub"),
        ("float-ttl", (65534,), Raw(bytes.fromhex("fa4728c000")), "ttl is 43200.0"),
    )
    for slug, path, value, comment in outside:
        yield refused(
            f"range/{slug}",
            "structure",
            ("S1", "CBOR-6"),
            comment,
            sealed(edit(CLAIMS, path, value)),
            "range",
            *(["boundary"] if slug in {"ttl-0", "ttl-31622401", "exp-above", "exp-is-iat", "sub-201"} else []),
        )
    base = "u" * 190
    trust = signed_trust(edit(trust_claims(), (6, 0, 4), base))
    yield accepted(
        "range/longest-sub",
        ("S1",),
        "a sub under the longest base URI",
        status_claims(base),
        0,
        size,
        "boundary",
        trust=trust,
    )


def envelope_cases() -> Iterator[Case]:
    good = status_list(CLAIMS, CNAM_STATUS)
    kid = CNAM_STATUS.kid
    for slug, header, comment, flag in (
        ("alg-eddsa", b"\xa3\x01\x27" + good.protected[3:], "alg -8", "alg-confusion"),
        ("no-typ", header_kid(kid), "the header of a credential", "cross-protocol"),
        ("jwt-typ", encode({1: -19, 4: kid, 16: "statuslist+jwt"}), "the typ of the JWT form", "cross-protocol"),
        ("short-typ", encode({1: -19, 4: kid, 16: "statuslist+cwt"}), "the typ without application/", "cross-protocol"),
        ("typ-case", encode({1: -19, 4: kid, 16: STATUS_LIST_TYPE.upper()}), "the typ in upper case", "cross-protocol"),
        ("kid-9-bytes", header_status(kid + b"\0"), "a kid of 9 bytes", "range"),
        ("no-kid", encode({1: -19, 16: STATUS_LIST_TYPE}), "no kid", "missing-key"),
        ("crit", encode({1: -19, 2: [16], 4: kid, 16: STATUS_LIST_TYPE}), "typ is named as critical", "unknown-key"),
        ("order", encode(Pairs(((16, STATUS_LIST_TYPE), (1, -19), (4, kid)))), "typ stands first", "non-canonical"),
    ):
        yield refused(
            f"header/{slug}", "structure", ("S1", "COSE-2"), comment, replace(good, protected=header).encode(), flag
        )
    parts = good.parts
    signature = parts[3]
    assert isinstance(signature, bytes)
    for slug, items, rule, comment in (
        ("tagged", Tag(18, parts), "CBOR-2", "tagged as COSE_Sign1"),
        ("unprotected", [parts[0], {4: kid}, *parts[2:]], "COSE-1", "the kid where it is not signed"),
        ("signature-63", [*parts[:3], signature[:63]], "CBOR-6", "a signature of 63 bytes"),
        ("payload-null", [*parts[:2], None, signature], "CBOR-6", "no payload"),
        ("three-elements", parts[:3], "CBOR-6", "no signature"),
        ("trailing", Raw(encode(parts) + b"\0"), "CBOR-1", "a byte after the message"),
        ("empty", Raw(b""), "CBOR-1", "no byte at all"),
        ("wide-array", Wide(parts, 1), "CBOR-1", "the array with a wider head"),
    ):
        yield refused(f"form/{slug}", "structure", ("S1", rule), comment, encode(items))
