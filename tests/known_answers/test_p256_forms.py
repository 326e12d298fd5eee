"""P-256 as others write it: keys and signatures that are good in another form, or on another curve, are not in form here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.interop.second import answers, needs_node
from vectors.generate import p256
from vectors.generate.keys import PHONE_2
from vectors.generate.visit import SUITE_2
from vitaletoken import conformance

SCALAR = PHONE_2.scalar
X, Y = (number.to_bytes(32, "big") for number in PHONE_2.point)
KEY: dict[int, Any] = dict(PHONE_2.cose)
TBS = SUITE_2.presentation.device_layer.to_be_signed
GOOD = PHONE_2.sign(TBS)
R, S = int.from_bytes(GOOD[:32], "big"), int.from_bytes(GOOD[32:], "big")
K256 = ec.derive_private_key(SCALAR, ec.SECP256K1()).public_key().public_numbers()
P384 = ec.derive_private_key(SCALAR, ec.SECP384R1()).public_key().public_numbers()

SIGNATURES = {
    "DER, as X.509 and most libraries have it": encode_dss_signature(R, S),
    "DER, the high twin": encode_dss_signature(R, p256.N - S),
    "DER in BER's long form": b"\x30\x81" + encode_dss_signature(R, S)[1:],
    "each number in 33 bytes": R.to_bytes(33, "big") + S.to_bytes(33, "big"),
    "with the recovery bit of other protocols": GOOD + b"\0",
    "48 bytes each, as for P-384": R.to_bytes(48, "big") + S.to_bytes(48, "big"),
    "cut by a byte": GOOD[:-1],
    "nothing": b"",
}
KEYS = {
    "y as 32 bytes, the uncompressed point of RFC 9053": {**KEY, -3: Y},
    "the compressed point of SEC 1 as x": {**KEY, -2: bytes([2 + (Y[31] & 1)]) + X},
    "the uncompressed point of SEC 1 as x": {**KEY, -2: b"\x04" + X + Y},
    "no y at all": {number: value for number, value in KEY.items() if number != -3},
    "secp256k1, named so": {**KEY, -1: 8, -2: K256.x.to_bytes(32, "big"), -3: bool(K256.y & 1)},
    "P-384, named so": {**KEY, -1: 2, -2: P384.x.to_bytes(48, "big"), -3: bool(P384.y & 1)},
    "ES256, which says nothing of the curve": {**KEY, 3: -7},
    "ES384": {**KEY, 3: -35},
    "the private key besides": {**KEY, -4: SCALAR.to_bytes(32, "big")},
    "the point at infinity, SEC 1's one zero byte": {**KEY, -2: b"\0"},
}
#: Each as an input of the layer `verify`, and the code.
QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        name: (replace(SUITE_2, at_device={"signature": each}).to_json(), "cose-structure")
        for name, each in SIGNATURES.items()
    },
    **{name: (SUITE_2.with_card((8, 1), each).to_json(), "credential-structure") for name, each in KEYS.items()},
    # of the right form and on another curve: x of a point of secp256k1
    "secp256k1, named P-256": (
        SUITE_2.with_card((8, 1, -2), K256.x.to_bytes(32, "big")).to_json(),
        "device-signature",
    ),
}


def test_the_signatures_are_good_ones() -> None:
    """In DER they verify by the library that this one stands on; so it is the form alone that is refused."""
    public = ec.derive_private_key(SCALAR, ec.SECP256R1()).public_key()
    for name in ("DER, as X.509 and most libraries have it", "DER, the high twin"):
        public.verify(SIGNATURES[name], TBS, ec.ECDSA(hashes.SHA256()))
    assert "ok" in conformance.run({"layer": "verify", "input": SUITE_2.to_json()})


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_library(name: str) -> None:
    given, code = QUESTIONS[name]
    assert conformance.run({"layer": "verify", "input": given}) == {"error": code}


@needs_node
def test_the_second_implementation() -> None:
    found = answers({"id": name, "layer": "verify", "input": given} for name, (given, _) in QUESTIONS.items())
    assert found == {name: {"error": code} for name, (_, code) in QUESTIONS.items()}
