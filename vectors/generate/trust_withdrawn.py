"""Layer `trust-list`: withdrawn keys, key 5 of an issuer's or an authority's key. Here it is a matter of form, T1."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.editing import DROP, FLOAT_ONE_AND_A_HALF, Path, edit
from vectors.generate.encoder import Value, Wide
from vectors.generate.fixtures import DAY, END_OF_TIME, NOW, Claims, signed_trust
from vectors.generate.trust_case import STRUCTURE, accepted, refused

KEPT = [NOW - DAY, True]
OWNERS: tuple[tuple[str, Path], ...] = (("issuer", (6, 0, 3, 0, 5)), ("authority", (7, 0, 3, 0, 5)))

INSIDE: tuple[tuple[str, str, Value, tuple[str, ...]], ...] = (
    ("kept", "withdrawn yesterday, what was before is kept", KEPT, ()),
    ("not-kept", "withdrawn yesterday, nothing is kept", [NOW - DAY, False], ()),
    ("from-zero", "withdrawn from second 0 on", [0, True], ("boundary", "range")),
    ("from-greatest", "withdrawn from the greatest time on", [END_OF_TIME, True], ("boundary", "range")),
)
OUTSIDE: tuple[tuple[str, str, Value, str], ...] = (
    ("null", "null: what is absent is left out", None, "wrong-type"),
    ("bool", "true alone", True, "wrong-type"),
    ("time", "a time alone", NOW - DAY, "wrong-type"),
    ("map", "a map", {0: NOW - DAY, 1: True}, "wrong-type"),
    ("empty", "an array of nothing", [], "range"),
    ("no-keep", "keep is not there", [NOW - DAY], "missing-key"),
    ("third", "a third element", [*KEPT, True], "unknown-key"),
    ("keep-first", "keep stands first", KEPT[::-1], "wrong-type"),
    ("keep-integer", "keep is 1", [NOW - DAY, 1], "wrong-type"),
    ("keep-null", "keep is null", [NOW - DAY, None], "wrong-type"),
    ("from-bool", "from is a bool", [True, True], "wrong-type"),
    ("from-text", "from is text", [str(NOW - DAY), True], "wrong-type"),
    ("from-float", "from is a floating-point number", [FLOAT_ONE_AND_A_HALF, True], "wrong-type"),
    ("from-negative", "from is -1", [-1, True], "range"),
    ("from-above", "from is one above the greatest time", [END_OF_TIME + 1, True], "range"),
    ("wide", "from with a wider head", [Wide(NOW - DAY, 8), True], "non-canonical"),
)  # fmt: skip


def withdrawn_cases(claims: Claims) -> Iterator[Case]:
    """For a key of each kind of owner."""
    rules = ("T1", "TRUST-6")
    for owner, path in OWNERS:
        for slug, comment, value, flags in INSIDE:
            named = f"a key of an {owner}: {comment}"
            changed = edit(claims, path, value)
            yield accepted(f"{owner}-withdrawn/{slug}", rules, named, changed, None, "rotation", *flags)
        for slug, comment, value, flag in OUTSIDE:
            rule = "CBOR-2" if slug == "from-float" else "CBOR-1" if slug == "wide" else "CBOR-6"
            yield refused(
                f"{owner}-withdrawn/{slug}",
                STRUCTURE,
                (*rules, rule),
                f"withdrawn, of a key of an {owner}: {comment}",
                signed_trust(edit(claims, path, value)),
                f"{owner}-withdrawn/kept",
                flag,
                *(["boundary"] if slug in {"from-negative", "from-above"} else []),
            )
    each = claims
    for number in range(4):
        each = dict(edit(each, (6, 0, 3, number, 5), KEPT))  # type: ignore[arg-type]
    yield accepted("every-key-withdrawn", rules, "each key of an issuer is withdrawn", each, None, "rotation")
    root = edit(claims, (5, 2, 0, 5), KEPT)
    yield refused(
        "root-withdrawn",
        STRUCTURE,
        (*rules, "CBOR-6"),
        "a root key withdrawn",
        signed_trust(root),
        "list",
        "unknown-key",
    )
    keyless = edit(edit(claims, (6, 0, 3, 0, 5), KEPT), (6, 0, 3, 0, 1), DROP)
    yield refused(
        "withdrawn-without-key",
        STRUCTURE,
        (*rules, "CBOR-6"),
        "withdrawn, and the key itself is not there",
        signed_trust(keyless),
        "issuer-withdrawn/kept",
        "missing-key",
    )
