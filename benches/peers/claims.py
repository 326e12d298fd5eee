"""The realistic card of tests/world.py, as formats with names have it, and as our own payload has it. Standard library only."""

from __future__ import annotations

NOW = 1_795_338_000
YEAR = 365 * 86_400

#: What a JSON format says of the card. Identifiers are as long as ours, the words as short as their meaning permits.
JSON = {
    "iss": "fr-cnam",
    "iat": NOW,
    "exp": NOW + YEAR,
    "jti": "c4ZkV0bYk1w",
    "sub": "pN3v0q8Jm2s",
    "family_name": "Lefebvre-Moreau",
    "given_names": ["Camille", "Élise"],
    "sex": 2,
    "quality": 1,
    "scheme": [1, 751, 42],
    "status": {"list": 3, "idx": 123456},
    "rights_as_of": 20779,
    "enrolment": [1, "5Jw6m0o2pUqv1m3b0p4b2A"],
    "env": 1,
}

#: The same under numbers, as a CWT: our payload without the two keys, which a token of the issuer alone has no use for.
CWT = {
    1: "fr-cnam",
    4: NOW + YEAR,
    6: NOW,
    7: bytes(8),
    -65537: {
        2: bytes(8),
        3: {1: "Lefebvre-Moreau", 2: ["Camille", "Élise"], 3: 2},
        4: 1,
        5: [1, 751, 42],
        6: [3, 123456],
        7: 20779,
        9: [1, bytes(16)],
        10: 1,
    },
}
