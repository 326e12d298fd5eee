"""Layer `trust-list`: terminal authorities, key 7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate.cases import Case
from vectors.generate.editing import DROP, Field, Path, edit, faults
from vectors.generate.edwards import TORSION, B, recover
from vectors.generate.encoder import Value
from vectors.generate.fixtures import END_OF_TIME, Claims, authority, authority_key, signed_trust
from vectors.generate.keys import ANS, CNAM_CARDS, derive, ed25519, ed25519_cose
from vectors.generate.trust_case import STRUCTURE, accepted, refused, shown

FIELDS = (
    Field("authorities", (7,), False),
    Field("authority", (7, 0), None),
    Field("authority-id", (7, 0, 1)),
    Field("authority-name", (7, 0, 2)),
    Field("authority-keys", (7, 0, 3)),
    Field("authority-key", (7, 0, 3, 0), None),
    Field("authority-cose-key", (7, 0, 3, 0, 1)),
    Field("authority-kty", (7, 0, 3, 0, 1, 1)),
    Field("authority-alg", (7, 0, 3, 0, 1, 3)),
    Field("authority-crv", (7, 0, 3, 0, 1, -1)),
    Field("authority-x", (7, 0, 3, 0, 1, -2)),
    Field("authority-uses", (7, 0, 3, 0, 2)),
    Field("authority-use", (7, 0, 3, 0, 2, 0), None),
    Field("authority-nbf", (7, 0, 3, 0, 3)),
    Field("authority-exp", (7, 0, 3, 0, 4)),
    Field("categories", (7, 0, 4)),
    Field("category", (7, 0, 4, 0), None),
)
OTHER: Claims = {**authority(), 1: "fr-demarches", 2: "Guichets publics", 4: [7, 8]}
ONE_KEY: Claims = authority()[3][0]
LONG = "x" * 100

# path, name, values inside, values outside
BOUNDS: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...] = (
    ((7,), "authorities", ([authority(), OTHER],), ([],)),
    ((7, 0, 1), "authority-id", ("a", "x" * 32, "0.-"), ("", "x" * 33, "Fr", "-a", "fr_ans")),
    ((7, 0, 2), "authority-name", ("A", LONG, "é" * 50), ("", LONG + "x", "é" * 51)),
    ((7, 0, 3), "authority-keys", ([ONE_KEY] * 2, [ONE_KEY] * 32), ([], [ONE_KEY] * 33)),
    ((7, 0, 3, 0, 2), "authority-uses", (), ([], [0], [1], [2], [3], [5], [4, 4], [1, 4], [4, 5])),
    ((7, 0, 3, 0, 3), "authority-nbf", (0,), (-1,)),
    ((7, 0, 3, 0, 4), "authority-exp", (END_OF_TIME,), (END_OF_TIME + 1,)),
    ((7, 0, 3, 0, 1, -2), "authority-x", (), (b"", bytes(31), bytes(33))),
    ((7, 0, 3, 0, 1, 3), "authority-alg", (), (-8, -9)),
    (
        (7, 0, 4),
        "categories",
        ([1], [8], [1, 2, 3, 4, 5, 6, 7, 8], [2, 7]),
        ([], [0], [9], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ),
)


def authority_cases(claims: Claims) -> Iterator[Case]:
    """T1, then T3."""
    for fault in faults(claims, FIELDS):
        if "/claims" in fault.slug:
            continue  # the outermost map has its cases in trust_form
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(
            fault.slug, STRUCTURE, ("T1", rule), fault.comment, signed_trust(fault.claims), "list", fault.flag
        )
    for path, name, inside, outside in BOUNDS:
        for number, value in enumerate(inside):
            comment = f"{name}: {shown(value)} is inside"
            changed = edit(claims, path, value)
            yield accepted(f"range/{name}-{number}", ("T1", "CBOR-6"), comment, changed, None, "boundary", "range")
        for number, value in enumerate(outside):
            data = signed_trust(edit(claims, path, value))
            comment = f"{name}: {shown(value)} is outside"
            yield refused(
                f"range/{name}-{number}", STRUCTURE, ("T1", "CBOR-6"), comment, data, "list", "boundary", "range"
            )
    yield from _rules(claims)
    yield from _keys(claims)


def _rules(claims: Claims) -> Iterator[Case]:
    key: Path = (7, 0, 3, 0)
    nbf: int = ONE_KEY[3]
    both = edit(claims, (7,), [authority(), OTHER])
    window = authority_key(ANS.cose, nbf - 1000, nbf)
    good: tuple[tuple[str, str, Value], ...] = (
        ("no-authorities", "no terminal authorities: the key is left out", edit(claims, (7,), DROP)),
        ("authority-with-issuers-id", "an authority with the id of an issuer", edit(claims, (7, 0, 1), "fr-cnam")),
        ("authorities-same-name", "two authorities with one display name", edit(both, (7, 1, 2), authority()[2])),
        (
            "authority-with-issuers-key",
            "an authority's key is an issuer's too",
            edit(claims, (*key, 1), CNAM_CARDS.cose),
        ),
        ("authority-two-windows", "an authority's key with two windows", edit(claims, (7, 0, 3), [ONE_KEY, window])),
        (
            "authority-key-one-second",
            "an authority's key that is valid for one second",
            edit(claims, (*key, 4), nbf + 1),
        ),
    )
    for slug, comment, changed in good:
        yield accepted(slug, ("T1", "TRUST-2"), comment, changed)
    bad: tuple[tuple[str, str, Value, str], ...] = (
        ("authorities-same-id", "two authorities with one id", edit(both, (7, 1, 1), "fr-ans"), "range"),
        ("authority-twice", "one authority twice", edit(claims, (7,), [authority(), authority()]), "range"),
        ("categories-falling", "categories not in order", edit(claims, (7, 0, 4), [2, 1]), "non-canonical"),
        ("categories-twice", "a category twice", edit(claims, (7, 0, 4), [2, 2]), "non-canonical"),
        ("authority-key-exp-is-nbf", "an authority key's exp is its nbf", edit(claims, (*key, 4), nbf), "boundary"),
        (
            "authority-uses-of-issuer",
            "an issuer's key with use 4",
            edit(claims, (6, 1, 3, 0, 2), [1, 2, 3, 4]),
            "range",
        ),
        ("authority-status-base", "an authority with a status base URI", edit(claims, (7, 0, 5), "u"), "unknown-key"),
    )
    for slug, comment, changed, flag in bad:
        yield refused(slug, STRUCTURE, ("T1", "TRUST-2"), comment, signed_trust(changed), "list", flag)
    for slug, name in (("override", "\u202eANS"), ("line-feed", "ANS\n")):
        data = signed_trust(edit(claims, (7, 0, 2), name))
        yield refused(
            f"authority-name-{slug}",
            STRUCTURE,
            ("T1", "CBOR-4"),
            f"an authority's name with a {slug}",
            data,
            "list",
            "injection",
        )


def _keys(claims: Claims) -> Iterator[Case]:
    off_curve = next(y for y in range(2, 100) if recover(y, 0) is None)
    mixed = (int.from_bytes(derive("fixture/trust/mixed-key", "scalar"), "little") >> 4) * B
    for slug, x, comment in (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed-order-8", (mixed + TORSION[0]).encode(), "a point of order 8 L"),
        ("off-curve", off_curve.to_bytes(32, "little"), "no point"),
    ):
        data = signed_trust(edit(claims, (7, 0, 3, 0, 1), ed25519_cose(x)))
        yield refused(
            f"authority-{slug}",
            "trust-list-key",
            ("T3", "KEY-2"),
            f"an authority's key is {comment}",
            data,
            "list",
            "edge-key",
        )
    second = [ONE_KEY, authority_key(ed25519_cose(TORSION[7].encode()))]
    yield refused(
        "authority-second-key",
        "trust-list-key",
        ("T3", "KEY-2"),
        "the second key of an authority is the identity",
        signed_trust(edit(claims, (7, 0, 3), second)),
        "list",
        "edge-key",
    )
    third = ed25519("fixture/trust/authority-second")
    yield accepted(
        "authority-two-keys",
        ("T3",),
        "an authority with two keys",
        edit(claims, (7, 0, 3), [ONE_KEY, authority_key(third.cose)]),
        None,
        "rotation",
    )
