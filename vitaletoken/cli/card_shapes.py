"""What the parts are called of cards, and of all that phones and issuers say to each other about them. As ``shape_parts``."""

from __future__ import annotations

from typing import Final

from vitaletoken.cli.shape_parts import ALG, CNF, HEADER, Shape, day, each_named, names_of, sign1, time
from vitaletoken.wire.registry import (
    CARD_CLAIM,
    ENROLMENT_CLAIM,
    GRANT_CLAIM,
    INTRODUCTION_CLAIM,
    ORDER_CLAIM,
    PRESENTATION_CLAIM,
    RENEWAL_CLAIM,
    UNLOCK_CLAIM,
    Binding,
    Category,
    EnrolmentMethod,
    Purpose,
    Quality,
    Sex,
    UserVerification,
)

_PURPOSES: Final = each_named("purposes", Purpose)
_CATEGORIES: Final = each_named("categories", Category)
_METHOD: Final = Shape("method", names_of(EnrolmentMethod))

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
                3: Shape("sex", names_of(Sex)),
                4: Shape("name in use"),
                5: Shape("birth rank"),
            },
        ),
        4: Shape("quality", names_of(Quality)),
        5: Shape("scheme", elements=(Shape("regime"), Shape("fund"), Shape("centre"))),
        6: Shape("status", elements=(Shape("list"), Shape("idx"))),
        7: day("rights as of"),
        8: day("rights until"),
        9: Shape("enrolment", elements=(_METHOD, Shape("binding"))),
        10: Shape("test card"),
        11: Shape("alias of the policyholder"),
        12: Shape("portrait"),
        13: Shape("number of the beneficiary"),
        14: Shape("number of the policyholder"),
        15: Shape("acting", keys={1: Shape("name of who acts"), 2: _PURPOSES, 3: _CATEGORIES}),
    },
)
_CREDENTIAL_CLAIMS: Final = {
    1: Shape("iss"),
    4: time("exp"),
    6: time("iat"),
    7: Shape("cti"),
    8: CNF,
    CARD_CLAIM: _CARD,
}
CREDENTIAL: Final = Shape("credential", elements=sign1(HEADER, Shape(keys=_CREDENTIAL_CLAIMS)))


def _two_layers(name: str, claims: Shape) -> Shape:
    """Signed by the code key, and around that by the device key."""
    return Shape(name, elements=sign1(HEADER, Shape(elements=sign1(HEADER, claims))))


_GRANT_CLAIMS: Final = Shape(
    keys={
        4: time("exp"),
        6: time("iat"),
        7: Shape("id"),
        8: CNF,
        GRANT_CLAIM: Shape(
            "grant", keys={1: Shape("code key"), 2: Shape("name of who acts"), 3: _PURPOSES, 4: _CATEGORIES}
        ),
    }
)
GRANT: Final = _two_layers("grant", _GRANT_CLAIMS)
LENT_CARD: Final = Shape(
    "lent card",
    elements=(
        Shape("credential", inside=CREDENTIAL),
        Shape("grant", inside=GRANT),
    ),
)

_PRESENTATION_CLAIMS: Final = {
    4: time("exp"),
    6: time("iat"),
    7: Shape("cti"),
    PRESENTATION_CLAIM: Shape(
        "presentation",
        keys={
            1: Shape("user verification", names_of(UserVerification)),
            2: Shape("binding", names_of(Binding)),
            3: Shape("counter"),
            4: Shape("failed tries"),
            5: Shape("grant", inside=GRANT),
        },
    ),
}
# The payload is the claims, or the code layer around them.
_CODE_LAYER: Final = Shape(keys=_PRESENTATION_CLAIMS, elements=sign1(HEADER, Shape(keys=_PRESENTATION_CLAIMS)))
PRESENTATION: Final = Shape("presentation", elements=sign1(Shape(keys={1: ALG, 13: CREDENTIAL}), _CODE_LAYER))

OFFER: Final = Shape(
    "enrolment offer",
    elements=sign1(HEADER, Shape(keys={1: Shape("iss"), 4: time("exp"), 6: time("iat"), 7: Shape("nonce")})),
)
REQUEST: Final = _two_layers(
    "enrolment request",
    Shape(
        keys={
            6: time("iat"),
            8: CNF,
            ENROLMENT_CLAIM: Shape(
                "enrolment request",
                keys={
                    1: Shape("code key"),
                    2: Shape("digest of the offer"),
                    3: Shape("commitment to the number"),
                    4: Shape("sealed number"),
                    5: Shape("evidence", elements=(_METHOD, Shape("digest"))),
                },
            ),
        }
    ),
)

_RENEWAL_CLAIMS: Final = {
    6: time("iat"),
    7: Shape("nonce"),
    RENEWAL_CLAIM: Shape("renewal", keys={1: Shape("digest of the card"), 2: Shape("new code key")}),
}
# Where the code changes, the layer of the new code key is around the claims.
RENEWAL: Final = _two_layers(
    "renewal", Shape(keys=_RENEWAL_CLAIMS, elements=sign1(HEADER, Shape(keys=_RENEWAL_CLAIMS)))
)
UNLOCK: Final = Shape(
    "unlock",
    elements=sign1(
        HEADER,
        Shape(
            keys={
                1: Shape("iss"),
                4: time("exp"),
                6: time("iat"),
                7: Shape("nonce"),
                UNLOCK_CLAIM: Shape("digest of the card"),
            }
        ),
    ),
)
INTRODUCTION: Final = _two_layers(
    "introduction",
    Shape(
        keys={
            6: time("iat"),
            8: CNF,
            INTRODUCTION_CLAIM: Shape("introduction", keys={1: Shape("code key"), 2: Shape("name")}),
        }
    ),
)
ORDER: Final = _two_layers(
    "lending order",
    Shape(
        keys={
            6: time("iat"),
            7: Shape("nonce"),
            ORDER_CLAIM: Shape(
                "lending order",
                keys={
                    1: Shape("digest of the card"),
                    2: Shape("digest of the introduction"),
                    3: time("until"),
                    4: _PURPOSES,
                    5: _CATEGORIES,
                },
            ),
        }
    ),
)
