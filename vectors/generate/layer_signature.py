"""Layers `thumbprint` and `signature`: sections 5.1 and 5.2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from vectors.generate import p256
from vectors.generate.cases import Case
from vectors.generate.encoder import encode
from vectors.generate.keys import (
    CNAM_CARDS,
    OTHER_PHONE_2,
    PHONE_1,
    PHONE_2,
    DeviceKey,
    Ed25519Key,
    P256Key,
    p256_cose,
)
from vectors.generate.mldsa import CNAM_SECOND, MlDsaKey
from vectors.generate.signature_case import RFC6979_SCALAR, RFC8032, RFC9679_POINT
from vectors.generate.signature_ed25519 import ed25519_cases
from vectors.generate.signature_grid import grid_cases
from vectors.generate.signature_p256 import p256_cases
from vectors.generate.signature_p256_edges import p256_edge_cases
from vectors.generate.signature_rfc import rfc_cases
from vectors.generate.signature_taming import taming_cases


def thumbprint_cases() -> Iterator[Case]:
    """KEY-1."""
    keys: list[tuple[str, str, DeviceKey | MlDsaKey]] = [
        ("issuer", "an issuer's Ed25519 key", CNAM_CARDS),
        ("phone-suite-1", "an Ed25519 device key", PHONE_1),
        ("phone-suite-2", "a P-256 device key", PHONE_2),
        ("other-phone-suite-2", "another P-256 device key", OTHER_PHONE_2),
        (
            "phone-suite-2-negated",
            "the same x as phone-suite-2 with the other y: another key",
            P256Key(p256.N - PHONE_2.scalar),
        ),
        ("rfc8032-1", "the key of RFC 8032 section 7.1, test 1", Ed25519Key(bytes.fromhex(RFC8032[0][1]))),
        ("rfc6979-p256", "the key of RFC 6979 section A.2.5", P256Key(RFC6979_SCALAR)),
        ("ml-dsa-65", "an issuer's ML-DSA-65 key", CNAM_SECOND),
    ]
    for slug, comment, key in keys:
        expect = {"thumbprint": key.thumbprint.hex(), "kid": key.thumbprint[:8].hex()}
        yield Case(f"thumbprint/{slug}", ("KEY-1",), comment, {"key": encode(key.cose).hex()}, expect)
    x, y = (bytes.fromhex(number) for number in RFC9679_POINT)
    thumbprint = hashlib.sha256(encode({1: 2, -1: 1, -2: x, -3: y})).hexdigest()
    assert thumbprint.startswith("496bd8afadf307e5")
    yield Case(
        "thumbprint/rfc9679",
        ("KEY-1",),
        "the key of RFC 9679 section 6; the wire carries the sign of y, the thumbprint is over y",
        {"key": encode(p256_cose(x, bool(y[31] & 1))).hex()},
        {"thumbprint": thumbprint, "kid": thumbprint[:16]},
        flags=("rfc",),
    )


def signature_cases() -> Iterator[Case]:
    """Both algorithms."""
    yield from ed25519_cases()
    yield from p256_cases()
    yield from rfc_cases()
    yield from taming_cases()
    yield from grid_cases()
    yield from p256_edge_cases()
