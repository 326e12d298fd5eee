"""Layer `trust-list`: the form, T1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.cases import Case, stage
from vectors.generate.detached_form import Detached
from vectors.generate.editing import DROP, Field, Path, edit, faults
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import (
    CNAM_BASE,
    END_OF_TIME,
    TRUST_TEST,
    Claims,
    issuer_key,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import CNAM_CARDS, ROOTS, ed25519
from vectors.generate.messages import Sign1, aad, header_of
from vectors.generate.trust_case import STRUCTURE, accepted, refused, shown

FIELDS = (
    Field("version", (1,)),
    Field("iat", (2,)),
    Field("exp", (3,)),
    Field("environment", (4,)),
    Field("root-set", (5,)),
    Field("threshold", (5, 1)),
    Field("root-keys", (5, 2)),
    Field("root-key", (5, 2, 0), None),
    Field("root-key-kty", (5, 2, 0, 1)),
    Field("root-key-alg", (5, 2, 0, 3)),
    Field("root-key-crv", (5, 2, 0, -1)),
    Field("root-key-x", (5, 2, 0, -2)),
    Field("issuers", (6,)),
    Field("issuer", (6, 0), None),
    Field("issuer-id", (6, 0, 1)),
    Field("issuer-name", (6, 0, 2)),
    Field("issuer-keys", (6, 0, 3)),
    Field("issuer-key", (6, 0, 3, 0), None),
    Field("key", (6, 0, 3, 0, 1)),
    Field("key-kty", (6, 0, 3, 0, 1, 1)),
    Field("key-alg", (6, 0, 3, 0, 1, 3)),
    Field("key-crv", (6, 0, 3, 0, 1, -1)),
    Field("key-x", (6, 0, 3, 0, 1, -2)),
    Field("uses", (6, 0, 3, 0, 2)),
    Field("use", (6, 0, 3, 0, 2, 0), None),
    Field("key-nbf", (6, 0, 3, 0, 3)),
    Field("key-exp", (6, 0, 3, 0, 4)),
    Field("status-base", (6, 0, 4)),
    Field("hpke-key", (6, 0, 5), False),
)
KEYS: tuple[Value, ...] = tuple(root.cose for root in ROOTS)
MANY: tuple[Value, ...] = tuple(ed25519("fixture/trust/many", str(number)).cose for number in range(17))
ISSUER: Claims = trust_claims()[6][0]
SMALL_ISSUER: Claims = {1: "x", 2: "X", 3: [issuer_key(CNAM_CARDS.cose, [1])], 4: "u"}
LONG = "x" * 100


def issuers(count: int) -> list[Value]:
    """Small issuers, no two with the same id or status base."""
    return [{**SMALL_ISSUER, 1: f"i{number}", 4: f"u{number}"} for number in range(count)]


# path, name, values inside, values outside
BOUNDS: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...] = (
    ((1,), "version", (4294967295,), (0, -1, 4294967296)),
    ((2,), "iat", (0,), (-1,)),
    ((3,), "exp", (END_OF_TIME,), (END_OF_TIME + 1,)),
    ((4,), "environment", (), (2, -1)),
    ((5, 1), "threshold", (1,), (0, 17)),
    ((5, 2), "root-keys", (KEYS[:2],), ((), KEYS[:1], MANY)),
    ((5, 2, 0, -2), "root-key-x", (), (b"", bytes(31), bytes(33))),
    ((5, 2, 0, 3), "root-key-alg", (), (-8, -9)),
    ((6,), "issuers", (issuers(1),), ([],)),
    ((6, 0, 1), "issuer-id", ("a", "x" * 32), ("", "x" * 33, "Fr", "-a")),
    ((6, 0, 2), "issuer-name", ("A", LONG, "é" * 50), ("", LONG + "x", "é" * 51)),
    ((6, 0, 3), "issuer-keys", ([ISSUER[3][0]], [ISSUER[3][0]] * 32), ([], [ISSUER[3][0]] * 33)),
    ((6, 0, 3, 0, 2), "uses", ([1, 2], [1, 3], [2, 3], [1, 2, 3]), ([], [0], [4], [1, 2, 3, 4])),
    ((6, 0, 3, 0, 3), "key-nbf", (0,), (-1,)),
    ((6, 0, 3, 0, 4), "key-exp", (END_OF_TIME,), (END_OF_TIME + 1,)),
    ((6, 0, 3, 0, 1, -2), "key-x", (), (b"", bytes(31), bytes(33))),
    ((6, 0, 3, 0, 1, 3), "key-alg", (), (-8, -9)),
    ((6, 0, 4), "status-base", ("u", "u" * 190), ("", "u" * 191)),
    ((6, 0, 5), "hpke-key", (bytes(32),), (b"", bytes(31), bytes(33))),
)


def form_cases() -> Iterator[Case]:
    """T1."""
    claims = trust_claims()
    content = encode(claims)
    layers = [Sign1(header_of(root), content, aad("trust-list"), root).to_be_signed.hex() for root in ROOTS[:2]]
    yield accepted(
        "list",
        ("T1", "T2", "T3", "T4", "T5", "T6", "T7"),
        "signed by two of three, as the threshold wants",
        claims,
        stages={
            "trust_list_claims": stage(claims),
            "trust_list_sig_structure": {"hex": layers[0]},
            "second_sig_structure": {"hex": layers[1]},
        },
    )
    yield accepted(
        "test-list",
        ("T4",),
        "a list for tests, where one is expected",
        {**claims, 4: 1},
        TRUST_TEST,
        environment="test",
    )
    for fault in faults(claims, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(
            fault.slug, STRUCTURE, ("T1", rule), fault.comment, signed_trust(fault.claims), "list", fault.flag
        )
    for path, name, inside, outside in BOUNDS:
        for number, value in enumerate(inside):
            yield accepted(
                f"range/{name}-{number}",
                ("T1", "CBOR-6"),
                f"{name}: {shown(value)} is inside",
                edit(claims, path, value),
                None,
                "boundary",
                "range",
            )
        for number, value in enumerate(outside):
            yield refused(
                f"range/{name}-{number}",
                STRUCTURE,
                ("T1", "CBOR-6"),
                f"{name}: {shown(value)} is outside",
                signed_trust(edit(claims, path, value)),
                "list",
                "boundary",
                "range",
            )
    cards = (6, 0, 3, 0)
    for slug, path, value, comment, flag in (
        ("exp-is-iat", (3,), claims[2], "exp is iat", "boundary"),
        ("threshold-above-keys", (5, 1), 4, "a threshold of four with three root keys", "boundary"),
        ("root-key-twice", (5, 2), [*KEYS, KEYS[0]], "a root key stands twice", "range"),
        ("same-id", (6, 1, 1), "fr-cnam", "two issuers with one id", "range"),
        ("same-status-base", (6, 1, 4), CNAM_BASE, "two issuers with one status base URI", "range"),
        ("uses-falling", (*cards, 2), [2, 1], "uses not in order", "non-canonical"),
        ("uses-twice", (*cards, 2), [1, 1], "a use twice", "non-canonical"),
        ("key-exp-is-nbf", (*cards, 4), claims[6][0][3][0][3], "a key's exp is its nbf", "boundary"),
    ):
        yield refused(
            slug, STRUCTURE, ("T1", "TRUST-2"), comment, signed_trust(edit(claims, path, value)), "list", flag
        )
    yield accepted(
        "exp-one-second-after",
        ("T1", "TRUST-2"),
        "exp is one second after iat",
        {**claims, 3: claims[2] + 1},
        None,
        "boundary",
    )
    yield accepted(
        "key-exp-one-second-after",
        ("T1", "TRUST-2"),
        "a key that is valid for one second",
        edit(claims, (*cards, 4), claims[6][0][3][0][3] + 1),
        None,
        "boundary",
    )
    yield accepted(
        "status-base-prefix",
        ("T1", "TRUST-2"),
        "one status base URI begins with another",
        edit(claims, (6, 1, 4), CNAM_BASE + "/x"),
    )
    yield accepted(
        "same-name",
        ("T1", "TRUST-2"),
        "two issuers with one display name: only ids and base URIs must differ",
        edit(claims, (6, 1, 2), "Assurance maladie"),
    )
    yield accepted(
        "no-hpke-key",
        ("T1", "CBOR-6"),
        "an issuer to which no number can be sealed",
        edit(claims, (6, 0, 5), DROP),
    )
    for slug, name in (("override", "\u202eMSA"), ("line-feed", "MSA\n")):
        yield refused(
            f"name-{slug}",
            STRUCTURE,
            ("T1", "CBOR-4"),
            f"an issuer's name with a {slug}",
            signed_trust(edit(claims, (6, 1, 2), name)),
            "list",
            "injection",
        )
    yield from envelope_cases(claims)


def envelope_cases(claims: Claims) -> Iterator[Case]:
    """What stands around the content."""
    form = Detached(claims, "trust-list", ROOTS[:2], most=64)
    for slug, items, rule, comment in form.faults():
        yield refused(f"form/{slug}", STRUCTURE, ("T1", rule), comment, encode(items), "list")
    yield accepted(
        "64-signatures",
        ("T1", "TRUST-1"),
        "64 signatures, many of them by the same key",
        claims,
        encode(form.with_many(64)),
        "boundary",
    )
    for slug, data in form.contents():
        comment = f"the content, as it was signed: {slug}"
        yield refused(f"content/{slug}", STRUCTURE, ("T1", "CBOR-1"), comment, data, "list", "non-canonical")
