"""The generator's HPKE against what RFC 9180 prints, and the vectors of `unseal` and `request` against a library's HPKE."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from vectors.generate.encoder import encode
from vectors.generate.hpke import Sealing, X25519Key
from vectors.generate.messages import sha256

VECTORS = Path(__file__).parents[2] / "vectors"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
PRINTED = {
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "skEm": "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600",
    "pkEm": "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
    "skRm": "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
    "pkRm": "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
    "shared_secret": "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
    "key": "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91",
    "base_nonce": "5c4d98150661b848853b547f",
    "aad": "436f756e742d30",
    "pt": "4265617574792069732074727574682c20747275746820626561757479",
    "ct": "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
}
"""RFC 9180 appendix A.2.1, base mode, sequence number 0."""
RFC = {name: bytes.fromhex(value) for name, value in PRINTED.items()}


def cases(layer: str = "unseal") -> list[dict[str, Any]]:
    """A layer."""
    content: dict[str, Any] = json.loads((VECTORS / f"{layer}.json").read_text("utf-8"))
    found: list[dict[str, Any]] = content["cases"]
    return found


def opened(case: dict[str, Any]) -> bytes | None:
    """What the library makes of a case; it sets no upper limit."""
    given = {name: bytes.fromhex(value) for name, value in case["input"].items()}
    info = encode(["vitaletoken/1", "sealed-answer", sha256(given["challenge"])])
    try:
        return SUITE.decrypt(given["sealed"], X25519PrivateKey.from_private_bytes(given["secret"]), info=info)
    except (InvalidTag, ValueError):
        return None


def test_it_is_what_rfc_9180_prints() -> None:
    sealing = Sealing(RFC["pkRm"], RFC["info"], X25519Key(RFC["skEm"]), aad=RFC["aad"])
    assert X25519Key(RFC["skRm"]).public == RFC["pkRm"]
    assert sealing.enc == RFC["pkEm"]
    assert sealing.shared_secret == RFC["shared_secret"]
    assert sealing.key_and_nonce == (RFC["key"], RFC["base_nonce"])
    assert sealing.seal(RFC["pt"]) == RFC["pkEm"] + RFC["ct"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_library_opens_what_is_to_open_and_no_more(case: dict[str, Any]) -> None:
    size = len(case["input"]["sealed"]) // 2
    expected = case["expect"]["ok"]["bytes"] if "ok" in case["expect"] else None
    plain = opened(case) if size <= 1112 else None
    assert (None if plain is None else plain.hex()) == expected


@pytest.mark.parametrize(
    "case", [case for case in cases("request") if "ok" in case["expect"]], ids=lambda case: case["id"]
)
def test_a_library_opens_the_number_of_each_accepted_request(case: dict[str, Any]) -> None:
    given = {name: bytes.fromhex(value) for name, value in case["input"].items()}
    said = case["expect"]["ok"]
    number, salt = said["nir"], bytes.fromhex(said["salt"])
    sealed = given["bytes"][given["bytes"].index(b"\x04\x58\x50") + 3 :][:80]  # key 4, and the head of 80 bytes
    info = encode(["vitaletoken/1", "enrolment-number", sha256(given["offer"])])
    plain = SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(given["secret"]), info=info)
    assert plain == encode([number, salt])
    assert sha256(encode(["vitaletoken/1", "number", salt, number])) in given["bytes"]
