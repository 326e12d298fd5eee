"""What the parts of each message are called, for ``inspect``. Names and notes only: reading is ``vitaletoken.wire``'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Final

from vitaletoken.cli import output
from vitaletoken.wire.registry import (
    CARD_CLAIM,
    CHALLENGE_CLAIM,
    DELTA_CLAIM,
    ENROLMENT_CLAIM,
    PRESENTATION_CLAIM,
    SNAPSHOT_CLAIM,
    TERMINAL_CLAIM,
    Algorithm,
    Binding,
    Category,
    EnrolmentMethod,
    Environment,
    KeyUse,
    Purpose,
    Quality,
    Sex,
    Status,
    UserVerification,
    View,
    label,
)

# Any: integers or texts, and Mapping is invariant in its keys.
_Keys = Mapping[Any, "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read one CBOR item. A byte string that holds CBOR may hold an array or a map, so one shape can have both.

    Attributes:
        note: what an integer means, in words; None where nothing is to be said.
        keys: of a map. elements: of an array, by position. each: every element of an array.
        inside: of a byte string that holds CBOR.
    """

    name: str = ""
    note: Callable[[int], str | None] | None = None
    keys: _Keys = field(default_factory=dict)
    elements: tuple[Shape, ...] = ()
    each: Shape | None = None
    inside: Shape | None = None


PLAIN: Final = Shape()


def _named(enum: type[IntEnum]) -> Callable[[int], str | None]:
    names = {item.value: label(item) for item in enum}
    return names.get


def _sign1(header: Shape, payload: Shape) -> tuple[Shape, ...]:
    return (
        Shape("protected", inside=header),
        Shape("unprotected"),
        Shape("payload", inside=payload),
        Shape("signature"),
    )


def _time(name: str) -> Shape:
    return Shape(name, output.moment)


def _day(name: str) -> Shape:
    return Shape(name, output.day)


_ALG: Final = Shape("alg", _named(Algorithm))
_KEY: Final = {
    1: Shape("kty", {1: "OKP", 2: "EC2"}.get),
    3: _ALG,
    -1: Shape("crv", {1: "P-256", 6: "Ed25519"}.get),
    -2: Shape("x"),
    -3: Shape("sign of y"),
}
_ML_DSA_KEY: Final = {1: Shape("kty", {7: "AKP"}.get), 3: _ALG, -1: Shape("pub")}
_CNF: Final = Shape("cnf", keys={1: Shape("device key", keys=_KEY)})
_HEADER: Final = Shape(keys={1: _ALG, 4: Shape("kid"), 16: Shape("typ")})

_CARD: Final = Shape(
    "card",
    keys={
        1: Shape("code key"),
        2: Shape("alias of the beneficiary"),
        3: Shape(
            "person",
            keys={
                1: Shape("family name"),
                2: Shape("given names"),
                3: Shape("sex", _named(Sex)),
                4: Shape("name in use"),
                5: Shape("birth rank"),
            },
        ),
        4: Shape("quality", _named(Quality)),
        5: Shape("scheme", elements=(Shape("regime"), Shape("fund"), Shape("centre"))),
        6: Shape("status", elements=(Shape("list"), Shape("idx"))),
        7: _day("rights as of"),
        8: _day("rights until"),
        9: Shape("enrolment", elements=(Shape("method", _named(EnrolmentMethod)), Shape("binding"))),
        10: Shape("test card"),
        11: Shape("alias of the policyholder"),
        12: Shape("portrait"),
        13: Shape("number of the beneficiary"),
        14: Shape("number of the policyholder"),
    },
)
_CREDENTIAL_CLAIMS: Final = {
    1: Shape("iss"),
    4: _time("exp"),
    6: _time("iat"),
    7: Shape("cti"),
    8: _CNF,
    CARD_CLAIM: _CARD,
}
CREDENTIAL: Final = Shape("credential", elements=_sign1(_HEADER, Shape(keys=_CREDENTIAL_CLAIMS)))

_PRESENTATION_CLAIMS: Final = {
    4: _time("exp"),
    6: _time("iat"),
    7: Shape("cti"),
    PRESENTATION_CLAIM: Shape(
        "presentation",
        keys={
            1: Shape("user verification", _named(UserVerification)),
            2: Shape("binding", _named(Binding)),
            3: Shape("counter"),
            4: Shape("failed tries"),
        },
    ),
}
# The payload is the claims, or the code layer around them.
_CODE_LAYER: Final = Shape(keys=_PRESENTATION_CLAIMS, elements=_sign1(_HEADER, Shape(keys=_PRESENTATION_CLAIMS)))
PRESENTATION: Final = Shape("presentation", elements=_sign1(Shape(keys={1: _ALG, 13: CREDENTIAL}), _CODE_LAYER))

_ROOTS: Final = {
    1: Shape("threshold"),
    2: Shape("keys", each=Shape(keys=_KEY)),
    3: Shape("ML-DSA-65 keys", each=Shape(keys=_ML_DSA_KEY)),
}
ROOT_SET: Final = Shape("root set", keys=_ROOTS)
_ISSUER_KEY: Final = Shape(
    keys={
        1: Shape("key", keys=_KEY),
        2: Shape("uses", each=Shape(note=_named(KeyUse))),
        3: _time("nbf"),
        4: _time("exp"),
        5: Shape("withdrawn", elements=(_time("from"), Shape("keep"))),
    }
)
_ISSUER: Final = Shape(
    keys={
        1: Shape("id"),
        2: Shape("display name"),
        3: Shape("keys", each=_ISSUER_KEY),
        4: Shape("status list base URI"),
    }
)
_AUTHORITY: Final = Shape(
    keys={
        1: Shape("id"),
        2: Shape("display name"),
        3: Shape("keys", each=_ISSUER_KEY),
        4: Shape("categories", each=Shape(note=_named(Category))),
    }
)
_TRUST_CLAIMS: Final = Shape(
    keys={
        1: Shape("version"),
        2: _time("iat"),
        3: _time("exp"),
        4: Shape("environment", _named(Environment)),
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
        Shape("signatures", each=Shape(elements=_sign1(_HEADER, PLAIN))),
    ),
)

_STATUS_CLAIMS: Final = {
    2: Shape("sub"),
    4: _time("exp"),
    6: _time("iat"),
    65533: Shape("status list", keys={"lst": Shape("lst"), "bits": Shape("bits")}),
    65534: Shape("ttl", lambda seconds: f"{seconds} s"),
}
STATUS_LIST: Final = Shape("status list", elements=_sign1(_HEADER, Shape(keys=_STATUS_CLAIMS)))

_SNAPSHOT_CLAIMS: Final = {
    1: Shape("iss"),
    4: _time("exp"),
    6: _time("iat"),
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
        Shape("signatures", each=Shape(elements=_sign1(_HEADER, PLAIN))),
    ),
)
_CHANGES: Final = Shape(elements=(Shape("value", _named(Status)), Shape("gaps")))
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
DELTA: Final = Shape("status delta", elements=_sign1(_HEADER, Shape(keys=_DELTA_CLAIMS)))

_OFFER_CLAIMS: Final = {1: Shape("iss"), 4: _time("exp"), 6: _time("iat"), 7: Shape("nonce")}
OFFER: Final = Shape("enrolment offer", elements=_sign1(_HEADER, Shape(keys=_OFFER_CLAIMS)))

_REQUEST_CLAIMS: Final = {
    6: _time("iat"),
    8: _CNF,
    ENROLMENT_CLAIM: Shape("enrolment request", keys={1: Shape("code key"), 2: Shape("digest of the offer")}),
}
REQUEST: Final = Shape(
    "enrolment request",
    elements=_sign1(_HEADER, Shape(elements=_sign1(_HEADER, Shape(keys=_REQUEST_CLAIMS)))),
)

_CERTIFICATE_CLAIMS: Final = {
    1: Shape("iss"),
    4: _time("exp"),
    6: _time("iat"),
    TERMINAL_CLAIM: Shape(
        "terminal",
        keys={
            1: Shape("key"),
            2: Shape("id"),
            3: Shape("categories", each=Shape(note=_named(Category))),
            4: Shape("establishment"),
            5: Shape("name"),
        },
    ),
}
CERTIFICATE: Final = Shape("terminal certificate", elements=_sign1(_HEADER, Shape(keys=_CERTIFICATE_CLAIMS)))

_CHALLENGE_CLAIMS: Final = {
    6: _time("iat"),
    7: Shape("nonce"),
    CHALLENGE_CLAIM: Shape(
        "challenge",
        keys={
            1: Shape("certificate", inside=CERTIFICATE),
            2: Shape("purposes", each=Shape(note=_named(Purpose))),
            3: Shape("view", _named(View)),
            4: Shape("lifetime", lambda seconds: f"{seconds} s"),
            5: Shape("session key"),
            6: Shape(
                "transaction",
                keys={1: Shape("digest of the care sheet"), 2: Shape("line"), 3: Shape("amount", output.euros)},
            ),
        },
    ),
}
CHALLENGE: Final = Shape("challenge", elements=_sign1(_HEADER, Shape(keys=_CHALLENGE_CLAIMS)))
