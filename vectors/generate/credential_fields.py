"""Layer `credential`: each field, its range, and keys that are not listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.credential_case import CARD, FULL, FULL_ID, SMALL_ID, ZOE_ID, accepted, claims_with, refused
from vectors.generate.editing import DROP, Field, Path, edit
from vectors.generate.encoder import Value
from vectors.generate.fixtures import CAMILLE, END_OF_TIME, ZOE
from vectors.generate.keys import CNAM_CARDS, PHONE_2, derive
from vectors.generate.messages import credential

FIELDS = (
    Field("iss", (1,)),
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("cti", (7,)),
    Field("cnf", (8,)),
    Field("device-key", (8, 1)),
    Field("device-key-kty", (8, 1, 1)),
    Field("device-key-alg", (8, 1, 3)),
    Field("device-key-crv", (8, 1, -1)),
    Field("device-key-x", (8, 1, -2)),
    Field("card", (CARD,)),
    Field("code-key", (CARD, 1)),
    Field("alias", (CARD, 2)),
    Field("person", (CARD, 3)),
    Field("family-name", (CARD, 3, 1)),
    Field("given-names", (CARD, 3, 2)),
    Field("given-name", (CARD, 3, 2, 0), None),
    Field("sex", (CARD, 3, 3)),
    Field("name-in-use", (CARD, 3, 4), False),
    Field("birth-rank", (CARD, 3, 5), False),
    Field("quality", (CARD, 4)),
    Field("scheme", (CARD, 5)),
    Field("regime", (CARD, 5, 0), None),
    Field("fund", (CARD, 5, 1), None),
    Field("centre", (CARD, 5, 2), None),
    Field("status", (CARD, 6)),
    Field("status-number", (CARD, 6, 0), None),
    Field("status-idx", (CARD, 6, 1), None),
    Field("rights-as-of", (CARD, 7)),
    Field("rights-until", (CARD, 8), False),
    Field("enrolment", (CARD, 9)),
    Field("method", (CARD, 9, 0), None),
    Field("enrolment-binding", (CARD, 9, 1), None),
    Field("test", (CARD, 10), False),
    Field("policyholder", (CARD, 11), False),
    Field("portrait", (CARD, 12), False),
    Field("nir", (CARD, 13), False),
    Field("policyholder-nir", (CARD, 14), False),
)

LONG = "x" * 100
# fmt: off
# path, slug, values inside, values outside
BOUNDS: tuple[tuple[Path, str, tuple[Value, ...], tuple[Value, ...]], ...] = (
    ((1,), "iss", ("a", "0", "a.-", "x" * 32),
     ("", "x" * 33, ".a", "-a", "Fr", "fr_cnam", "fr cnam", "fr-cnäm", "fr-cnam\n", "fr-cnam٣")),
    ((4,), "exp", (END_OF_TIME,), (END_OF_TIME + 1,)),
    ((6,), "iat", (0,), (-1,)),
    ((7,), "cti", (), (b"", bytes(7), bytes(9))),
    ((8, 1, 1), "kty", (), (0, 2, 4)),
    ((8, 1, 3), "alg", (), (-8, -9, -7, -18, -20)),
    ((8, 1, -1), "crv", (), (1, 4, 5, 7)),
    ((8, 1, -2), "x", (), (b"", bytes(31), bytes(33), b"\x04" + bytes(64))),
    ((CARD, 1), "code-key", (), (b"", bytes(31), bytes(33))),
    ((CARD, 2), "alias", (), (b"", bytes(7), bytes(9))),
    ((CARD, 3, 1), "family-name", ("M", LONG, "é" * 50, "Nguyễn", "李"), ("", LONG + "x", "é" * 50 + "x", "é" * 100)),
    ((CARD, 3, 2), "given-names", (["Élise"], ["A"] * 8, ["A", "A"], [LONG]), ([], ["A"] * 9, [""], [LONG + "x"], ["A", ""])),
    ((CARD, 3, 3), "sex", (0, 1, 9), (-1, 3, 8, 10)),
    ((CARD, 3, 4), "name-in-use", ("D", LONG), ("", LONG + "x")),
    ((CARD, 3, 5), "birth-rank", (1, 9), (0, 10)),
    ((CARD, 4), "quality", (2, 4), (0, 5, -1)),
    ((CARD, 5), "scheme", ([0, 0, 0], [99, 999, 9999]),
     ([100, 751, 34], [1, 1000, 34], [1, 751, 10000], [-1, 751, 34], [1, -1, 34], [1, 751, -1], [], [1, 751], [1, 751, 34, 0])),
    ((CARD, 6), "status", ([0, 0], [65535, 1048575]), ([65536, 17], [3, 1048576], [-1, 17], [3, -1], [], [3], [3, 17, 0])),
    ((CARD, 7), "rights-as-of", (0, 2932896), (-1, 2932897)),
    ((CARD, 8), "rights-until", (0, 2932896), (-1, 2932897)),
    ((CARD, 9, 0), "method", (2, 3), (0, 4)),
    ((CARD, 9, 1), "enrolment-binding", (), (b"", bytes(15), bytes(17))),
    ((CARD, 9), "enrolment", (), ([], [1], [1, bytes(16), 0])),
    ((CARD, 10), "test", (), (0, 2)),
    ((CARD, 11), "policyholder", (), (b"", bytes(7), bytes(9))),
    ((CARD, 12), "portrait", (), (b"", bytes(31), bytes(33))),
    ((CARD, 13), "nir",
     ("1000000000000", "2999999999999", "3850399000001", "4850399000001", "7850399000001", "8850399000001",
      "299122A999999", "299122B000000"),
     ("", "218019900001", "21801990000124", "0180199000012", "5180199000012", "6180199000012", "9180199000012",
      "218012a000012", "218012b000012", "218012C000012", "218012A00012", "2A80199000012", "21801A9000012", "218011A000012",
      "218013A000012", "21801990000A2", " 180199000012", "2180199000012\n", "2 18 01 99 00012", "218019900001٢",
      "218019９000012", "218012А000012", "2180199000012 ", "+180199000012")),
    ((CARD, 14), "policyholder-nir", ("1850399000001", "185032A000001", "185032B000001"),
     ("", "285039900000", "28503990000012", "9850399000001", "285032a000001", "285039900000٣")),
)
# fmt: on

UNLISTED_CLAIMS = (
    (2, "sub"),
    (3, "aud"),
    (5, "nbf"),
    (10, "nonce"),
    (-65538, "presentation"),
    (-65539, "request"),
    (65535, "status"),
)
UNLISTED_IN_KEY = ((2, "kid"), (4, "key-ops"), (5, "base-iv"), (-3, "y"), (-4, "d"))


def range_cases() -> Iterator[Case]:
    for path, name, inside, outside in BOUNDS:
        for number, value in enumerate(inside):
            yield accepted(
                f"range/{name}-{number}",
                ("V5", "CBOR-6"),
                f"{name} is {shown(value)}, which is inside",
                claims_with(path, value),
                "boundary",
                "range",
            )
        for number, value in enumerate(outside):
            wrong = credential(edit(FULL, path, value), CNAM_CARDS).encode()
            yield refused(
                f"range/{name}-{number}",
                ("V5", "CBOR-6"),
                f"{name} is {shown(value)}, which is outside",
                wrong,
                FULL_ID,
                "boundary",
                "range",
            )


def shown(value: Any) -> str:
    """A value in a comment, shortened by saying its length."""
    match value:
        case bytes():
            return f"{len(value)} bytes"
        case str() if len(value) > 12:
            return f"{len(value)} characters, {len(value.encode())} bytes"
        case str():
            return ascii(value)
        case [str(), *_]:
            return f"{len(value)} names, the last of {len(value[-1])} characters"
    return str(value).replace(repr(bytes(16)), "16 bytes")


def key_cases() -> Iterator[Case]:
    for key, name in UNLISTED_CLAIMS:
        yield refused(
            f"unknown-claim/{name}",
            ("V5", "CBOR-6"),
            f"a registered or private claim that has no place here: {name}",
            credential(edit(CAMILLE, (key,), 1), CNAM_CARDS).encode(),
            SMALL_ID,
            "unknown-key",
        )
    for key, name in UNLISTED_IN_KEY:
        value: Value = (
            PHONE_2.point[1].to_bytes(32, "big") if name == "y" else derive("credential/unlisted-in-key", name)
        )
        yield refused(
            f"unknown-key-parameter/{name}",
            ("V5", "CBOR-6"),
            f"the device key has the COSE_Key parameter {name}",
            credential(edit(CAMILLE, (8, 1, key), value), CNAM_CARDS).encode(),
            SMALL_ID,
            "unknown-key",
        )
    for slug, path, new, comment in (
        ("sign-missing", (-3,), DROP, "no sign of y"),
        ("sign-integer", (-3,), 1, "the sign of y is 1 in place of true"),
        ("sign-is-y", (-3,), PHONE_2.point[1].to_bytes(32, "big"), "all of y in place of its sign"),
        ("kty-okp", (1,), 1, "kty of an Ed25519 key"),
        ("alg-es256", (3,), -7, "ES256, which is not fully specified, in place of ESP256"),
        ("alg-ed25519", (3,), -19, "alg of an Ed25519 key"),
        ("crv-p384", (-1,), 2, "another curve"),
        ("crv-ed25519", (-1,), 6, "the curve of an Ed25519 key"),
        ("x-short", (-2,), bytes(31), "x of 31 bytes"),
        ("x-long", (-2,), bytes(33), "x of 33 bytes"),
        ("alg-missing", (3,), DROP, "no alg"),
    ):
        yield refused(
            f"p256-key/{slug}",
            ("V5", "CBOR-6"),
            f"P-256 device key: {comment}",
            credential(edit(ZOE, (8, 1, *path), new), CNAM_CARDS).encode(),
            ZOE_ID,
            "wrong-type",
        )
    with_kid = edit(CAMILLE, (8,), {3: derive("credential/cnf-kid", "kid", 8)})
    yield refused(
        "cnf-kid",
        ("V5", "CBOR-6"),
        "cnf names the device key by a kid in place of holding it",
        credential(with_kid, CNAM_CARDS).encode(),
        SMALL_ID,
        "unknown-key",
    )
