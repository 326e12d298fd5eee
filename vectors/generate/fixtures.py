"""The invented world in which the cases play: two insurers, their lists, two phones and the people whose cards are on them.

The terminals are in `terminals`.

Nobody here exists. NOW is Tuesday 2026-11-24, 10:00:00 UTC.
"""

from __future__ import annotations

from typing import Any

from vectors.generate import deflate
from vectors.generate.cases import Json
from vectors.generate.encoder import Value, encode
from vectors.generate.enrolled import (
    CNAM_NUMBERS,
    MSA_NUMBERS,
    NUMBER_CAMILLE,
    NUMBER_ELISE,
    NUMBER_ZOE,
    Number,
    enrolment_binding,
)
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    CNAM_CARDS_BEFORE,
    CNAM_OFFERS,
    CNAM_STATUS,
    CODE_1,
    CODE_2,
    MSA,
    PHONE_1,
    PHONE_2,
    ROOTS,
    DeviceKey,
    Ed25519Key,
    derive,
)
from vectors.generate.messages import (
    Presentation,
    Request,
    credential,
    offer,
    sha256,
    status_list,
    trust_list,
)

NOW = 1795514400
TODAY = 20781
HOUR, DAY = 3600, 86400
END_OF_TIME = 253402300799

CNAM_BASE, MSA_BASE = "https://statut.fr-cnam.example", "https://fr-msa.example/statut/v1"
CARDS_NBF = 1780272000
CARDS_EXP = CARDS_NBF + 400 * DAY
BEFORE_NBF, BEFORE_EXP = CARDS_NBF - 358 * DAY, CARDS_NBF + 7 * DAY
CARD_IAT, CARD_EXP = NOW - 30 * DAY, NOW + 335 * DAY
IAT, EXP = NOW - 10, NOW + 20
LIST_NUMBER = 3
VALID, REVOKED, SUSPENDED, DELEGATIONS_WITHDRAWN = 17, 18, 19, 20

Claims = dict[Any, Any]


# ---------------------------------------------------------------- trust list


def issuer_key(key: Value, uses: list[Value], nbf: int = CARDS_NBF, exp: int = CARDS_EXP) -> Claims:
    """`issuer-key` of the CDDL."""
    return {1: key, 2: uses, 3: nbf, 4: exp}


def withdrawn(entry: Claims, start: int, keep: bool) -> Claims:
    """The same key, withdrawn (TRUST-6)."""
    return {**entry, 5: [start, keep]}


def authority_key(key: Value, nbf: int = CARDS_NBF, exp: int = CARDS_EXP) -> Claims:
    """`authority-key` of the CDDL."""
    return {1: key, 2: [4], 3: nbf, 4: exp}


def authority() -> Claims:
    """The terminal authority: it may certify all that there is but category 8, other."""
    return {1: "fr-ans", 2: "Agence du numérique en santé", 3: [authority_key(ANS.cose)], 4: [1, 2, 3, 4, 5, 6, 7]}


def trust_claims() -> Claims:
    """The trust list that most cases use."""
    return {
        1: 7,
        2: NOW - 3 * DAY,
        3: NOW + 11 * DAY,
        4: 0,
        5: {1: 2, 2: [root.cose for root in ROOTS]},
        6: [
            {
                1: "fr-cnam",
                2: "Assurance maladie",
                3: [
                    issuer_key(CNAM_CARDS.cose, [1]),
                    issuer_key(CNAM_CARDS_BEFORE.cose, [1], BEFORE_NBF, BEFORE_EXP),
                    issuer_key(CNAM_STATUS.cose, [2]),
                    issuer_key(CNAM_OFFERS.cose, [3]),
                ],
                4: CNAM_BASE,
                5: CNAM_NUMBERS.public,
            },
            {
                1: "fr-msa",
                2: "Mutualité sociale agricole",
                3: [issuer_key(MSA.cose, [1, 2, 3])],
                4: MSA_BASE,
                5: MSA_NUMBERS.public,
            },
        ],
        7: [authority()],
    }


def signed_trust(claims: Value) -> bytes:
    """Signed by the first two of three root key holders, as the threshold wants."""
    return trust_list(claims, ROOTS[:2])


TRUST = signed_trust(trust_claims())
TRUST_TEST = signed_trust({**trust_claims(), 4: 1})
ROOT_SET: dict[str, Json] = {"threshold": 2, "keys": [encode(root.cose).hex() for root in ROOTS]}


def trusted(trust: bytes = TRUST, environment: str = "production") -> dict[str, Json]:
    """The inputs of a layer that is given a trust list."""
    return {"trust_list": trust.hex(), "roots": ROOT_SET, "environment": environment}


# ---------------------------------------------------------------- status lists


def entries(size: int, values: dict[int, int]) -> bytes:
    """An inflated list of `size` bytes, 2 bits an entry, the lowest first."""
    out = bytearray(size)
    for index, value in values.items():
        out[index // 4] |= value << 2 * (index % 4)
    return bytes(out)


LIST_BYTES = 75
ENTRIES = entries(LIST_BYTES, {VALID: 0, REVOKED: 1, SUSPENDED: 2, DELEGATIONS_WITHDRAWN: 3, 299: 1})


def status_claims(base: str = CNAM_BASE, number: int = LIST_NUMBER, lst: bytes | None = None) -> Claims:
    """The content of a status list."""
    return {
        2: f"{base}/{number}",
        4: NOW + 3 * DAY,
        6: NOW - 6 * HOUR,
        65533: {"lst": deflate.stored(ENTRIES) if lst is None else lst, "bits": 2},
        65534: 12 * HOUR,
    }


STATUS = status_list(status_claims(), CNAM_STATUS).encode()
STATUS_MSA = status_list(status_claims(MSA_BASE), MSA).encode()


# ---------------------------------------------------------------- enrolment


def offer_claims(issuer: str = "fr-cnam", case_id: str = "fixture/offer") -> Claims:
    """An offer, good for a quarter of an hour."""
    return {1: issuer, 4: NOW + 10 * 60, 6: NOW - 5 * 60, 7: derive(case_id, "nonce", 16)}


OFFER = offer(offer_claims(), CNAM_OFFERS).encode()


def request_claims(device: DeviceKey, code: Ed25519Key, number: Number, answered: bytes = OFFER) -> Claims:
    """The answer to an offer."""
    asked: Claims = {1: code.public, 2: sha256(answered), 3: number.commitment(), 4: number.sealed(answered)}
    return {6: NOW - 60, 8: {1: device.cose}, -65539: asked}


REQUEST_1 = Request(request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE), PHONE_1, CODE_1)
REQUEST_2 = Request(request_claims(PHONE_2, CODE_2, NUMBER_ZOE), PHONE_2, CODE_2)
OFFER_ELISE = offer(offer_claims(case_id="fixture/offer/élise"), CNAM_OFFERS).encode()
REQUEST_ELISE = Request(request_claims(PHONE_1, CODE_1, NUMBER_ELISE, OFFER_ELISE), PHONE_1, CODE_1)
"""Camille's phone asks for her child's card."""
BINDING_1 = enrolment_binding(REQUEST_1.encode(), NUMBER_CAMILLE)
BINDING_2 = enrolment_binding(REQUEST_2.encode(), NUMBER_ZOE)
BINDING_ELISE = enrolment_binding(REQUEST_ELISE.encode(), NUMBER_ELISE)


# ---------------------------------------------------------------- cards


def alias(name: str) -> bytes:
    """The alias of a person at their insurer."""
    return derive(f"fixture/person/{name}", "alias", 8)


def camille() -> Claims:
    """The card of a policyholder, on the phone of suite 1."""
    return {
        1: CODE_1.public,
        2: alias("camille"),
        3: {1: "Martin-Dubois", 2: ["Camille"], 3: 2},
        4: 1,
        5: [1, 751, 34],
        6: [LIST_NUMBER, VALID],
        7: TODAY - 1,
        9: [1, BINDING_1],
    }


def elise() -> Claims:
    """The card of a child, on the phone of its parent, with every optional key but the test mark."""
    return {
        **camille(),
        2: alias("élise"),
        3: {1: "Martin-Dubois", 2: ["Élise", "Jeanne"], 3: 2, 4: "Dubois", 5: 2},
        4: 3,
        6: [LIST_NUMBER, VALID + 8],
        8: TODAY + 200,
        9: [1, BINDING_ELISE],
        11: alias("camille"),
        12: sha256(derive("fixture/person/élise", "portrait")),
    }


def zoe() -> Claims:
    """The card of a policyholder, on the phone of suite 2."""
    return {
        **camille(),
        1: CODE_2.public,
        2: alias("zoë"),
        3: {1: "Lefèvre", 2: ["Zoë", "Anne-Lise"], 3: 2},
        9: [1, BINDING_2],
    }


def card_claims(card: Claims, device: DeviceKey, issuer: str = "fr-cnam") -> Claims:
    """The claims of a credential."""
    identifier = derive("fixture/card/" + card[2].hex(), "cti", 8)
    return {1: issuer, 4: CARD_EXP, 6: CARD_IAT, 7: identifier, 8: {1: device.cose}, -65537: card}


CAMILLE = card_claims(camille(), PHONE_1)
ELISE = card_claims(elise(), PHONE_1)
ZOE = card_claims(zoe(), PHONE_2)
CARD_CAMILLE = credential(CAMILLE, CNAM_CARDS).encode()
CARD_ELISE = credential(ELISE, CNAM_CARDS).encode()
CARD_ZOE = credential(ZOE, CNAM_CARDS).encode()


# ---------------------------------------------------------------- presentations


def shown_claims(cti: bytes, verification: int = 3, binding: int = 0) -> Claims:
    """The claims of a presentation, 30 seconds long."""
    return {4: EXP, 6: IAT, 7: cti, -65538: {1: verification, 2: binding, 3: 42, 4: 0}}


CTI_1, CTI_2 = derive("fixture/visit/suite-1", "cti", 8), derive("fixture/visit/suite-2", "cti", 8)
SHOWN_1 = Presentation(CARD_CAMILLE, shown_claims(CTI_1), PHONE_1, CODE_1)
SHOWN_2 = Presentation(CARD_ZOE, shown_claims(CTI_2), PHONE_2, CODE_2)
NO_CODE_1 = Presentation(CARD_CAMILLE, shown_claims(CTI_1, 2), PHONE_1, None)
