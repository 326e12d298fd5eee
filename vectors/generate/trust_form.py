"""Layer `trust-list`: the form, T1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.cases import Case
from vectors.generate.editing import Field, Path, edit, faults
from vectors.generate.encoder import Pairs, Raw, Tag, Value, encode
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
from vectors.generate.messages import aad, header_kid, root_signature, sig_structure
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
    ((5, 1), "threshold", (1, 3), (0, 17)),
    ((5, 2), "root-keys", (KEYS[:2], MANY[:16]), ((), KEYS[:1], MANY)),
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
)


def form_cases() -> Iterator[Case]:
    """T1."""
    claims = trust_claims()
    yield accepted("list", ("T1", "T2", "T3", "T4", "T5"), "signed by two of three, as the threshold wants", claims)
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
    content = encode(claims)
    first, second = (root_signature(content, root) for root in ROOTS[:2])
    header, signature = first[0], first[3]
    assert isinstance(signature, bytes)
    assert isinstance(header, bytes)
    kid = ROOTS[0].kid
    whole: list[Value] = [content, [first, second]]

    def with_first(*items: Value) -> list[Value]:
        return [content, [list(items), second]]

    def headed(changed: bytes) -> list[Value]:
        tbs = sig_structure(changed, aad("trust-list"), content)
        return with_first(changed, {}, None, ROOTS[0].sign(tbs))

    rows: tuple[tuple[str, Value, str, str], ...] = (
        ("no-signatures", [content, []], "CBOR-6", "no signature"),
        ("17-signatures", [content, [first, second, *[first] * 15]], "CBOR-6", "17 signatures"),
        ("one-element", [content], "CBOR-6", "no array of signatures"),
        ("three-elements", [*whole, 0], "CBOR-6", "a third element"),
        ("content-map", [claims, [first, second]], "CBOR-6", "the claims as a map, not in a byte string"),
        ("signatures-map", [content, {0: first, 1: second}], "CBOR-6", "a map in place of the array of signatures"),
        ("tagged", Tag(98, whole), "CBOR-2", "tagged as COSE_Sign"),
        ("trailing", Raw(encode(whole) + b"\0"), "CBOR-1", "a byte after the message"),
        ("indefinite", Raw(b"\x9f" + encode(whole)[1:] + b"\xff"), "CBOR-1", "an array of indefinite length"),
        ("empty", Raw(b""), "CBOR-1", "no byte at all"),
        (
            "payload-attached",
            with_first(header, {}, content, signature),
            "CBOR-6",
            "a signature with the content in it",
        ),
        ("payload-empty", with_first(header, {}, b"", signature), "CBOR-6", "an empty byte string in place of null"),
        ("unprotected-kid", with_first(header, {4: kid}, None, signature), "COSE-1", "the kid where it is not signed"),
        ("signature-63", with_first(header, {}, None, signature[:63]), "CBOR-6", "a signature of 63 bytes"),
        ("signature-65", with_first(header, {}, None, signature + b"\0"), "CBOR-6", "a signature of 65 bytes"),
        ("signature-missing", with_first(header, {}, None), "CBOR-6", "a COSE_Sign1 of three elements"),
        ("signature-tagged", [content, [Tag(18, first), second]], "CBOR-2", "a tagged COSE_Sign1"),
        ("header-eddsa", headed(b"\xa2\x01\x27" + header[3:]), "COSE-2", "alg -8"),
        ("header-no-kid", headed(b"\xa1\x01\x32"), "COSE-2", "no kid"),
        ("header-kid-7", headed(header_kid(kid[:7])), "COSE-2", "a kid of 7 bytes"),
        ("header-crit", headed(encode({1: -19, 2: [4], 4: kid})), "COSE-2", "a critical header"),
        ("header-order", headed(encode(Pairs(((4, kid), (1, -19))))), "COSE-2", "kid before alg"),
    )
    for slug, items, rule, comment in rows:
        yield refused(f"form/{slug}", STRUCTURE, ("T1", rule), comment, encode(items), "list")
    yield accepted(
        "16-signatures",
        ("T1", "TRUST-1"),
        "16 signatures, many of them by the same key",
        claims,
        encode([content, [first, second, *[first] * 14]]),
        "boundary",
    )
    for slug, changed in (("trailing", content + b"\0"), ("order", _unsorted(claims)), ("empty", b"")):
        data = encode([changed, [root_signature(changed, root) for root in ROOTS[:2]]])
        yield refused(
            f"content/{slug}",
            STRUCTURE,
            ("T1", "CBOR-1"),
            f"the content, as it was signed: {slug}",
            data,
            "list",
            "non-canonical",
        )


def _unsorted(claims: Claims) -> bytes:
    entries = sorted(claims.items())
    return encode(Pairs((*entries[1:], entries[0])))
