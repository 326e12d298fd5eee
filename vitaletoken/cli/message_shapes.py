"""What the parts are called of whom to trust, of the status of cards, and of what terminals say. As ``shape_parts``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vitaletoken.cli import output
from vitaletoken.cli.shape_parts import HEADER, KEY, ML_DSA_KEY, PLAIN, Shape, each_named, names_of, sign1, time
from vitaletoken.wire.registry import (
    CHALLENGE_CLAIM,
    DELTA_CLAIM,
    SNAPSHOT_CLAIM,
    TERMINAL_CLAIM,
    Category,
    Environment,
    KeyUse,
    Purpose,
    Status,
    View,
)

_ROOTS: Final = {
    1: Shape("threshold"),
    2: Shape("keys", each=Shape(keys=KEY)),
    3: Shape("ML-DSA-65 keys", each=Shape(keys=ML_DSA_KEY)),
}
ROOT_SET: Final = Shape("root set", keys=_ROOTS)
_ISSUER_KEY: Final = Shape(
    keys={
        1: Shape("key", keys=KEY),
        2: each_named("uses", KeyUse),
        3: time("nbf"),
        4: time("exp"),
        5: Shape("withdrawn", elements=(time("from"), Shape("keep"))),
    }
)
_ISSUER: Final = Shape(
    keys={
        1: Shape("id"),
        2: Shape("display name"),
        3: Shape("keys", each=_ISSUER_KEY),
        4: Shape("status list base URI"),
        5: Shape("key to which numbers are sealed"),
    }
)
_AUTHORITY: Final = Shape(
    keys={
        1: Shape("id"),
        2: Shape("display name"),
        3: Shape("keys", each=_ISSUER_KEY),
        4: each_named("categories", Category),
    }
)
_TRUST_CLAIMS: Final = Shape(
    keys={
        1: Shape("version"),
        2: time("iat"),
        3: time("exp"),
        4: Shape("environment", names_of(Environment)),
        5: replace(ROOT_SET, name="roots"),
        6: Shape("issuers", each=_ISSUER),
        7: Shape("terminal authorities", each=_AUTHORITY),
    },
)
TRUST_LIST_PROPOSAL: Final = _TRUST_CLAIMS
TRUST_LIST: Final = Shape(
    "trust list",
    elements=(
        Shape("payload", inside=_TRUST_CLAIMS),
        Shape("signatures", each=Shape(elements=sign1(HEADER, PLAIN))),
    ),
)

_STATUS_CLAIMS: Final = {
    2: Shape("sub"),
    4: time("exp"),
    6: time("iat"),
    65533: Shape("status list", keys={"lst": Shape("lst"), "bits": Shape("bits")}),
    65534: Shape("ttl", lambda seconds: f"{seconds} s"),
}
STATUS_LIST: Final = Shape("status list", elements=sign1(HEADER, Shape(keys=_STATUS_CLAIMS)))

_SNAPSHOT_CLAIMS: Final = {
    1: Shape("iss"),
    4: time("exp"),
    6: time("iat"),
    65534: Shape("ttl", lambda seconds: f"{seconds} s"),
    SNAPSHOT_CLAIM: Shape(
        "snapshot",
        keys={
            1: Shape("sequence number"),
            2: Shape("lists", each=Shape(elements=(Shape("list"), Shape("bytes"), Shape("digest")))),
        },
    ),
}
SNAPSHOT: Final = Shape(
    "status snapshot",
    elements=(
        Shape("payload", inside=Shape(keys=_SNAPSHOT_CLAIMS)),
        Shape("signatures", each=Shape(elements=sign1(HEADER, PLAIN))),
    ),
)
_CHANGES: Final = Shape(elements=(Shape("value", names_of(Status)), Shape("gaps")))
_DELTA_CLAIMS: Final = {
    1: Shape("iss"),
    DELTA_CLAIM: Shape(
        "delta",
        keys={
            1: Shape("from"),
            2: Shape("to"),
            3: Shape("changes", each=Shape(elements=(Shape("list"), Shape("values", each=_CHANGES)))),
        },
    ),
}
DELTA: Final = Shape("status delta", elements=sign1(HEADER, Shape(keys=_DELTA_CLAIMS)))

_CERTIFICATE_CLAIMS: Final = {
    1: Shape("iss"),
    4: time("exp"),
    6: time("iat"),
    TERMINAL_CLAIM: Shape(
        "terminal",
        keys={
            1: Shape("key"),
            2: Shape("id"),
            3: each_named("categories", Category),
            4: Shape("establishment"),
            5: Shape("name"),
        },
    ),
}
CERTIFICATE: Final = Shape("terminal certificate", elements=sign1(HEADER, Shape(keys=_CERTIFICATE_CLAIMS)))

_CHALLENGE_CLAIMS: Final = {
    6: time("iat"),
    7: Shape("nonce"),
    CHALLENGE_CLAIM: Shape(
        "challenge",
        keys={
            1: Shape("certificate", inside=CERTIFICATE),
            2: each_named("purposes", Purpose),
            3: Shape("view", names_of(View)),
            4: Shape("lifetime", lambda seconds: f"{seconds} s"),
            5: Shape("session key"),
            6: Shape(
                "transaction",
                keys={1: Shape("digest of the care sheet"), 2: Shape("line"), 3: Shape("amount", output.euros)},
            ),
        },
    ),
}
CHALLENGE: Final = Shape("challenge", elements=sign1(HEADER, Shape(keys=_CHALLENGE_CLAIMS)))
