"""Layer `scenario`: what a terminal that is offline goes through: new root keys, a stolen key, old lists, a wrong clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CARD_IAT,
    DAY,
    HOUR,
    NOW,
    Claims,
    issuer_key,
    trust_claims,
    withdrawn,
)
from vectors.generate.keys import CNAM_CARDS, OTHER_PHONE_1, Ed25519Key, ed25519
from vectors.generate.messages import SigningKey, trust_list
from vectors.generate.roots import FIRST, SECOND, THIRD, RootSet
from vectors.generate.scenario_case import Outcome, scenario, visit_number
from vectors.generate.visit import SUITE_1, Visit

YEAR = 365 * DAY
SUCCESSOR = ed25519("fixture/issuer/fr-cnam/cards-later")
OLD_ENTRY: Claims = trust_claims()[6][0][3][0]
OLD: dict[str, Json] = {"grade": "degraded", "reasons": ["status-list-old"]}


def trust_scenarios() -> Iterator[Case]:
    yield _rotation()
    yield from _compromised()


def trust_of(
    version: int,
    keys: Sequence[Claims],
    own: RootSet = FIRST,
    signers: Sequence[SigningKey] | None = None,
    **times: int,
) -> bytes:
    """A trust list with these keys for cards; `iat` and `exp` are the fixture's unless they are said."""
    claims = trust_claims()
    issuer = claims[6][0]
    issuers = [{**issuer, 3: [*keys, *issuer[3][2:]]}, claims[6][1]]
    dates = {2: times.get("iat", claims[2]), 3: times.get("exp", claims[3])}
    return trust_list({**claims, 1: version, **dates, 5: own.claims, 6: issuers}, signers or own.keys[:2])


def _rotation() -> Case:
    """Each list is held against the root set that the one before it put in place."""
    successor = issuer_key(SUCCESSOR.cose, [1])
    kept = withdrawn(OLD_ENTRY, NOW, True)
    rows: tuple[tuple[RootSet, RootSet, Sequence[Claims]], ...] = (
        (FIRST, FIRST, [OLD_ENTRY]),
        (FIRST, SECOND, [OLD_ENTRY]),
        (SECOND, SECOND, [OLD_ENTRY, successor]),
        (SECOND, THIRD, [kept, successor]),
        (THIRD, THIRD, [kept, successor]),
    )
    steps: list[tuple[Visit, Outcome]] = []
    for number, (anchor, own, keys) in enumerate(rows):
        signers = [*anchor.keys[:2], *(own.keys[:2] if own is not anchor else [])]
        trust = trust_of(7 + number, keys, own, signers)
        visit = replace(visit_number(number), trust=trust, roots=anchor.json)
        steps.append((visit, result(counter=42 + number)))
    newest = steps[-1][0]
    again = replace(visit_number(5, replace(SUITE_1, issuer=SUCCESSOR)), trust=newest.trust, roots=newest.roots)
    return scenario(
        "rotation-over-three-generations",
        ("T2", "T6", "V6", "TRUST-5"),
        "one card, before and after each change of the root keys; in the end one made with the issuer's new key",
        [*steps, (again, result(counter=47))],
        "rotation",
    )


def _forged(number: int, iat: int, trust: bytes, key: Ed25519Key = CNAM_CARDS) -> Visit:
    """A card that a thief made with the stolen key, on a phone of their own."""
    card = SUITE_1.with_card((6,), iat).with_card((8, 1), OTHER_PHONE_1.cose)
    return replace(visit_number(number, replace(card, device=OTHER_PHONE_1, issuer=key)), trust=trust)


def _compromised() -> Iterator[Case]:
    theft = NOW - 2 * DAY
    successor = issuer_key(SUCCESSOR.cose, [1])
    before = trust_of(7, [OLD_ENTRY])
    kept = trust_of(8, [withdrawn(OLD_ENTRY, theft, True), successor])
    none_kept = trust_of(9, [withdrawn(OLD_ENTRY, theft, False), successor])
    code = "issuer-key-withdrawn"
    assert theft > CARD_IAT

    def honest(number: int, trust: bytes) -> Visit:
        return replace(visit_number(number), trust=trust)

    def renewed(number: int, trust: bytes) -> Visit:
        return replace(visit_number(number, replace(SUITE_1, issuer=SUCCESSOR)), trust=trust)

    yield scenario(
        "compromised-issuer-key",
        ("V6", "TRUST-6"),
        "a stolen key: withdrawn from the theft on, what was before kept; then nothing kept, since the thief dates back",
        [
            (honest(0, before), result()),
            (_forged(1, theft, before), result(counter=43)),
            (honest(2, kept), result(counter=44)),
            (_forged(3, theft, kept), code),
            (_forged(4, NOW - HOUR, kept), code),
            (_forged(5, theft - 1, kept), result(counter=47)),
            (honest(6, none_kept), code),
            (_forged(7, theft - 1, none_kept), code),
            (renewed(8, none_kept), result(counter=50)),
        ],
        "rotation",
        "boundary",
    )
    back = trust_of(10, [withdrawn(OLD_ENTRY, theft, True), withdrawn({**successor, 3: NOW - DAY}, NOW - 60, False)])
    yield scenario(
        "compromised-issuer-key-twice",
        ("V6", "TRUST-6"),
        "the successor is stolen too: both are withdrawn, the first with what it signed before",
        [
            (renewed(0, kept), result()),
            (replace(renewed(1, back).with_card((6,), NOW - HOUR)), code),
            (honest(2, back), result(counter=44)),
        ],
        "rotation",
    )
