"""docs/reimplementing.md: what it says about the vectors is so."""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.crypto import reference_ed25519 as reference
from tests.interop.runner import line_for, load
from tests.spec.documents import ROOT, refuses, vectors

TEXT = (ROOT / "docs" / "reimplementing.md").read_text("utf-8")
FLAT = " ".join(TEXT.split())
LAYERS = {case["layer"] for case in vectors().values()}


def test_the_vectors_that_it_names_exist() -> None:
    named = [name for name in re.findall(r"`([a-z0-9/-]+)`", TEXT) if name.partition("/")[0] in LAYERS]
    assert len(named) > 20
    for name in named:
        assert name in LAYERS or any(case.startswith(name) for case in vectors()), name


def test_every_layer_has_its_step_and_somebody_who_needs_it() -> None:
    rows = re.findall(r"^\| \d+ [^|]* \| ([^|]*) \|", TEXT, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z-]+)`", " ".join(rows))) == sorted(LAYERS)


def test_the_numbers_of_cases() -> None:
    assert (
        f"some {round(sum('order' in case['flags'] for case in vectors().values()), -1)} cases with the flag `order`"
        in FLAT
    )
    assert f"the {len(vectors()) // 100 * 100:,}" in FLAT
    longest = max(len(line_for(case)) for case in load(ROOT / "vectors"))
    assert f"A line of the input can have {round(longest, -4) // 1000} kB" in FLAT


def test_what_openssl_accepts() -> None:
    """The cofactorless equation without the test of small order: every other case of the layer comes out as it should."""
    accepted = []
    for name, case in vectors().items():
        if case["layer"] != "signature" or case["input"]["alg"] != -19:
            continue
        public, signature, message = (bytes.fromhex(case["input"][part]) for part in ("key", "signature", "message"))
        key = Ed25519PublicKey.from_public_bytes(public[-32:])
        try:
            key.verify(signature, message)
        except InvalidSignature:
            assert refuses(case), name
        else:
            accepted += [(public[-32:], signature[:32])] if refuses(case) else []
    assert f"accepts {len(accepted)} cases that are to be refused" in FLAT
    assert all(_has_small_order(a) or _has_small_order(r) for a, r in accepted)


def _has_small_order(encoding: bytes) -> bool:
    decoded = reference.decode(encoding)
    return decoded is not None and reference.has_small_order(decoded[0])


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 150
