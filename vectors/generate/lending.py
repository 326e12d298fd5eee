"""Who lends a card to whom: the delegates' phones, introductions, grants, orders, and cards made on an order."""

from __future__ import annotations

from collections.abc import Sequence

from vectors.generate.double import Double
from vectors.generate.encoder import Value, encode
from vectors.generate.enrolled import lending_binding
from vectors.generate.fixtures import CAMILLE, CARD_CAMILLE, CARD_ZOE, DAY, HOUR, LIST_NUMBER, NOW, Claims
from vectors.generate.keys import (
    CNAM_CARDS,
    CODE_1,
    CODE_2,
    PHONE_1,
    PHONE_2,
    DeviceKey,
    Ed25519Key,
    derive,
    ed25519,
    p256_key,
)
from vectors.generate.messages import credential, sha256

DELEGATE_1, DELEGATE_CODE_1 = ed25519("fixture/delegate/suite-1"), ed25519("fixture/delegate/suite-1", "code seed")
DELEGATE_2, DELEGATE_CODE_2 = p256_key("fixture/delegate/suite-2"), ed25519("fixture/delegate/suite-2", "code seed")
DELEGATES: tuple[tuple[DeviceKey, Ed25519Key], ...] = ((DELEGATE_1, DELEGATE_CODE_1), (DELEGATE_2, DELEGATE_CODE_2))
GRANTORS: tuple[tuple[DeviceKey, Ed25519Key, bytes], ...] = (
    (PHONE_1, CODE_1, CARD_CAMILLE),
    (PHONE_2, CODE_2, CARD_ZOE),
)
NAME = "Noé Lambert-Petit"
"""The delegate's."""
INTRODUCTION, GRANT, ORDER = -65546, -65547, -65548
LENT_FOR = 48 * HOUR
GRANT_IAT = NOW - 2 * HOUR
PURPOSES = (1, 3)
"""Identification and dispensing."""
LENT_INDEX = 40
"""Of the cards that the issuer makes on an order, in the fixture's status list."""


def introduction(device: DeviceKey, code: Ed25519Key, name: str = NAME) -> Double:
    """Section 14.1: a minute old."""
    claims: Claims = {6: NOW - 60, 8: {1: device.cose}, INTRODUCTION: {1: code.public, 2: name}}
    return Double("introduction", claims, device, code)


def grant_claims(
    device: DeviceKey, code: Ed25519Key, purposes: Sequence[int] = PURPOSES, categories: Sequence[int] | None = None
) -> Claims:
    """A grant to a phone, for two days."""
    what: Claims = {1: code.public, 2: NAME, 3: list(purposes)}
    if categories is not None:
        what[4] = list(categories)
    identifier = derive(f"fixture/grant/{device.suite}", "id", 8)
    return {4: GRANT_IAT + LENT_FOR, 6: GRANT_IAT, 7: identifier, 8: {1: device.cose}, GRANT: what}


def grant(claims: Value, about: bytes = CARD_CAMILLE, device: DeviceKey = PHONE_1, code: Ed25519Key = CODE_1) -> Double:
    """Section 14.3: signed by the card's keys."""
    return Double("grant", claims, device, code, about)


def order_claims(
    card: bytes, introduced: bytes, until: int = NOW + 20 * DAY, categories: Sequence[int] | None = None
) -> Claims:
    """An order for a lent card, made a minute ago."""
    what: Claims = {1: sha256(card), 2: sha256(introduced), 3: until, 4: list(PURPOSES)}
    if categories is not None:
        what[5] = list(categories)
    return {6: NOW - 60, 7: derive("fixture/order", "nonce", 16), ORDER: what}


def lent_card(
    introduced: Double, purposes: Sequence[int] = PURPOSES, categories: Sequence[int] | None = None
) -> Claims:
    """Camille's card as the issuer makes it onto a delegate's keys: 30 days from yesterday."""
    acting: Claims = {1: NAME, 2: list(purposes)}
    if categories is not None:
        acting[3] = list(categories)
    iat = NOW - DAY
    card = {
        **CAMILLE[-65537],
        1: introduced.code.public,
        6: [LIST_NUMBER, LENT_INDEX],
        9: [1, lending_binding(introduced.encode())],
        15: acting,
    }
    identifier = derive(f"fixture/lent-card/{introduced.device.suite}", "cti", 8)
    return {1: "fr-cnam", 4: iat + 30 * DAY, 6: iat, 7: identifier, 8: {1: introduced.device.cose}, -65537: card}


def lent(card: bytes, granted: bytes) -> bytes:
    """`lent-card` of the CDDL: what one phone shows to the other."""
    return encode([card, granted])


INTRODUCTION_1, INTRODUCTION_2 = (introduction(device, code) for device, code in DELEGATES)
GRANT_1, GRANT_2 = (grant(grant_claims(device, code)) for device, code in DELEGATES)
"""Of Camille's card, to a phone of each suite."""
LENT_1, LENT_2 = lent_card(INTRODUCTION_1), lent_card(INTRODUCTION_2)
CARD_LENT_1, CARD_LENT_2 = (credential(claims, CNAM_CARDS).encode() for claims in (LENT_1, LENT_2))
