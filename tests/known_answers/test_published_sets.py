"""The rebuilt edge sets are what was published: verifiers by other rules say of them what theirs were reported to say.

The rules are written out on plain numbers. Results reported for the twelve cases: Chalkias, Garillot, Nikolaenko, "Taming the
many EdDSAs" (2020), the table of libraries; for the grid: ZIP 215.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crypto import reference_ed25519 as reference
from tests.crypto.reference_ed25519 import BASE, IDENTITY, L, add, challenge, decode, encode, negative, times
from tests.known_answers import libraries

VECTORS = Path(__file__).parents[2] / "vectors"
Verifier = Callable[[bytes, bytes, bytes], bool]


def zip215(public: bytes, message: bytes, signature: bytes) -> bool:
    """Every encoding of a point is one; 8·S·B = 8·R + 8·k·A."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    key, commitment = decode(public), decode(r)
    if s >= L or key is None or commitment is None:
        return False
    left = add(times(s, BASE), negative(times(challenge(r, public, message), key[0])))
    return times(8, add(left, negative(commitment[0]))) == IDENTITY


def bytewise(public: bytes, message: bytes, signature: bytes) -> bool:
    """As OpenSSL, BoringSSL and Go: S is below L, A is decoded leniently, and the encoding of S·B - k·A is R."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    key = decode(public)
    if s >= L or key is None:
        return False
    return encode(add(times(s, BASE), negative(times(challenge(r, public, message), key[0])))) == r


def cases(name: str) -> Iterator[tuple[str, tuple[bytes, bytes, bytes]]]:
    content = json.loads((VECTORS / "signature.json").read_text("utf-8"))
    for case in content["cases"]:
        if case["id"].startswith(f"signature/ed25519/{name}/"):
            given = case["input"]
            key, message, signature = (bytes.fromhex(given[part]) for part in ("key", "message", "signature"))
            yield case["id"], (key[-32:], message, signature)


@pytest.mark.parametrize(
    ("verifier", "accepted"),
    [
        (reference.verifies, {3}),  # reported of libsodium
        (bytewise, {0, 1, 2, 3, 11}),  # of OpenSSL, BoringSSL and Go
        (zip215, {0, 1, 2, 3, 4, 5, 9, 10, 11}),  # of Zebra
    ],
    ids=["SIG-1", "bytewise", "ZIP 215"],
)
def test_the_twelve_cases(verifier: Verifier, accepted: set[int]) -> None:
    found = [verifier(*given) for _, given in cases("taming")]
    assert len(found) == 12
    assert {number for number, verdict in enumerate(found) if verdict} == accepted


def test_the_grid() -> None:
    """By ZIP 215 all 196 are good, by SIG-1 none; by bytes those where R is canonical and the other equation holds."""
    grid = list(cases("grid"))
    assert len(grid) == 196
    assert len({(given[0], given[2][:32]) for _, given in grid}) == 196
    assert all(zip215(*given) for _, given in grid)
    assert not any(reference.verifies(*given) for _, given in grid)
    assert 0 < sum(bytewise(*given) for _, given in grid) < 196


def test_the_page_of_libraries_counts_what_the_vectors_expect() -> None:
    """Each case is in a set; the column of this library is theirs, and the others belong to their versions."""
    content = json.loads((VECTORS / "signature.json").read_text("utf-8"))
    expected = Counter(libraries.set_of(case["id"]) for case in content["cases"])
    good = Counter(libraries.set_of(case["id"]) for case in content["cases"] if "ok" in case["expect"])
    sets = libraries.ED25519_SETS | libraries.P256_SETS
    assert expected.keys() == sets.keys()
    rows = {each.what: each for _, lines in libraries.lines() for each in lines}
    assert {what: (rows[what].count, rows[what].ours) for what in sets} == {
        what: (expected[what], good[what]) for what in sets
    }
    of_keys = {what: each.ours for what, each in rows.items() if what not in sets}
    assert of_keys == {
        "of prime order": 8,
        "of small order": 0,
        "of mixed order": 0,
        "no point, or not canonical": 0,
        "of small order, in all encodings": 0,
    }
