"""What the cases of `grant` share."""

from __future__ import annotations

from typing import Any

from vectors.generate.cases import Json
from vectors.generate.double import Double
from vectors.generate.double_form import Bounds, Layer
from vectors.generate.editing import Field
from vectors.generate.encoder import encode, text_of
from vectors.generate.expectations import CATEGORIES, PURPOSES, named
from vectors.generate.fixtures import CARD_CAMILLE, END_OF_TIME, NOW, trusted
from vectors.generate.keys import DeviceKey, Ed25519Key
from vectors.generate.lending import DELEGATE_1, DELEGATE_CODE_1, GRANT, lent


def given(
    data: bytes, card: bytes = CARD_CAMILLE, device: DeviceKey = DELEGATE_1, code: Ed25519Key = DELEGATE_CODE_1
) -> dict[str, Json]:
    """The input of `grant`: this grant with a card, shown to a phone."""
    return {
        "text": text_of(lent(card, data), "VTD1:"),
        "device_key": encode(device.cose).hex(),
        "code_key": code.public.hex(),
        **trusted(),
        "now": NOW,
    }


def base_id(grantor: int, delegate: int) -> str:
    """The accepted case of these two suites."""
    return f"suite-{grantor}-to-{delegate}"


LAYER = Layer(
    "grant",
    given,
    {
        "grant-text": "G1",
        "credential-structure": "V5",
        "trust-list-expired": "V6",
        "issuer-unknown": "V6",
        "issuer-key-not-valid": "V6",
        "issuer-key-withdrawn": "V6",
        "issuer-signature": "V7",
        "grant-structure": "V8",
        "grant-signature": "V8",
        "grant-hop": "V8",
        "grant-not-mine": "G3",
        "grant-over": "G4",
    },
    base_id(1, 1),
)
FIELDS = (
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("id", (7,)),
    Field("cnf", (8,)),
    Field("device-key", (8, 1)),
    Field("device-key-kty", (8, 1, 1)),
    Field("device-key-alg", (8, 1, 3)),
    Field("device-key-crv", (8, 1, -1)),
    Field("device-key-x", (8, 1, -2)),
    Field("grant", (GRANT,)),
    Field("code-key", (GRANT, 1)),
    Field("name", (GRANT, 2)),
    Field("purposes", (GRANT, 3)),
    Field("purpose", (GRANT, 3, 0), None),
    Field("categories", (GRANT, 4), False),
    Field("category", (GRANT, 4, 0), None),
)
# fmt: off
BOUNDS: Bounds = (
    ((4,), "exp", (), (-1, END_OF_TIME + 1)),
    ((6,), "iat", (), (-1, END_OF_TIME + 1)),
    ((7,), "id", (bytes(8),), (b"", bytes(7), bytes(9), bytes(16))),
    ((8, 1, -2), "device-key-x", (), (b"", bytes(31), bytes(33))),
    ((GRANT, 1), "code-key", (), (b"", bytes(31), bytes(33))),
    ((GRANT, 2), "name", ("N", "x" * 64, "é" * 32), ("", "x" * 65, "é" * 32 + "x")),
    ((GRANT, 3), "purposes", ([1], [5], [1, 2, 3, 4, 5], [2, 5]),
     ([], [0], [6], [1, 2, 3, 4, 5, 6], [3, 1], [1, 1], [2, 2, 3])),
    ((GRANT, 4), "categories", ([1], [8], [1, 2, 3, 4, 5, 6, 7, 8], [2, 7]),
     ([], [0], [9], [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 2], [2, 2])),
)
# fmt: on


def ok(message: Double) -> dict[str, Json]:
    """What an accepted grant says."""
    claims: Any = message.claims
    what = claims[GRANT]
    return {
        "name": what[2],
        "iat": claims[6],
        "exp": claims[4],
        "id": claims[7].hex(),
        "purposes": named(PURPOSES, what[3]),
        "categories": named(CATEGORIES, what.get(4)),
    }
