"""Layers `certify` and `challenge`, and `present` at levels audience and challenge: what is produced, byte for byte."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import text_of
from vectors.generate.expectations import transaction_json
from vectors.generate.fixtures import CARD_CAMILLE, CARD_ZOE, END_OF_TIME, Claims, shown_claims
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    CODE_1,
    CODE_2,
    DESK_KEY,
    HOSPITAL_KEY,
    PHARMACY_KEY,
    PHONE_1,
    PHONE_2,
    DeviceKey,
    Ed25519Key,
    derive,
    ed25519,
)
from vectors.generate.layer_produce import VERIFICATIONS, present_case
from vectors.generate.messages import Presentation, certificate, challenge, credential, sha256
from vectors.generate.terminals import (
    BILLING,
    CAMILLE_BILLING,
    CERT_DESK,
    CERT_HOSPITAL,
    CERT_PHARMACY,
    CHALLENGE,
    CO_SIGN,
    DESK,
    HOSPITAL,
    IDENTIFY,
    IN_THE_OPEN,
    PHARMACY,
    TERMINAL,
    TRANSACTION,
    certificate_claims,
    challenge_claims,
    terminal,
)


def _decomposed(text: str) -> str:
    changed = unicodedata.normalize("NFD", text)
    assert changed != text
    return changed


def certify_cases() -> Iterator[Case]:
    """Terminal certificates."""
    second = ed25519("fixture/authority/fr-demarches/terminals")
    long: Any = terminal("long", DESK_KEY, [1, 3, 5, 7], "é" * 10, "Œ" * 32)
    rows: tuple[tuple[str, tuple[str, ...], str, Claims, Ed25519Key], ...] = (
        ("pharmacy", ("CBOR-1", "COSE-5"), "a pharmacy", PHARMACY, ANS),
        ("hospital", ("CBOR-1",), "a hospital, of two categories", HOSPITAL, ANS),
        ("desk", ("CBOR-1",), "a public desk with 14 digits", DESK, ANS),
        ("second-authority", ("KEY-1",), "another authority and its key", {**DESK, 1: "fr-demarches"}, second),
        ("greatest-exp", ("CBOR-1",), "exp in eight bytes", {**PHARMACY, 4: END_OF_TIME}, ANS),
        (
            "longest",
            ("CBOR-1",),
            "establishment and name of the greatest length, four categories",
            certificate_claims(long),
            ANS,
        ),
        ("one-second", ("CERT-1",), "exp one second after iat", {**PHARMACY, 4: PHARMACY[6] + 1}, ANS),
    )
    for slug, rules, comment, claims, authority in rows:
        yield _certify(slug, rules, comment, claims, authority)
    name = _decomposed(HOSPITAL[TERMINAL][5])
    yield _certify(
        "normalised",
        ("CBOR-7",),
        "a name given decomposed is written in Normalization Form C",
        HOSPITAL,
        ANS,
        name=name,
    )
    place = _decomposed(long[4])
    yield _certify(
        "normalised-establishment",
        ("CBOR-7",),
        "the same for the establishment: 30 bytes as given, 20 as written",
        certificate_claims(long),
        ANS,
        establishment=place,
    )


def _certify(
    slug: str, rules: tuple[str, ...], comment: str, claims: Claims, authority: Ed25519Key, **as_given: str
) -> Case:
    message = certificate(claims, authority)
    what = claims[TERMINAL]
    given: dict[str, Json] = {
        "authority_seed": authority.seed.hex(),
        "iss": claims[1],
        "exp": claims[4],
        "iat": claims[6],
        "terminal": {
            "key": what[1].hex(),
            "id": what[2].hex(),
            "categories": what[3],
            "establishment": what[4],
            "name": what[5],
            **as_given,
        },
    }
    data = message.encode()
    stages: dict[str, Json] = {
        "certificate_claims": stage(claims),
        "certificate_sig_structure": {"hex": message.to_be_signed.hex()},
    }
    expect: dict[str, Json] = {"bytes": data.hex(), "text": text_of(data, "VTT1:")}
    return Case(f"certify/{slug}", rules, comment, given, expect, stages=stages)


def challenge_cases() -> Iterator[Case]:
    """Challenges."""
    every = challenge_claims("every-purpose", (1, 2, 3, 4, 5), 2, {**TRANSACTION, 2: "é" * 50, 3: 99999999})
    wide: Claims = {**challenge_claims("greatest-iat"), 6: END_OF_TIME}
    rows: tuple[tuple[str, str, Any, Ed25519Key], ...] = (
        ("identify", "identification, to be answered sealed", IDENTIFY.claims, PHARMACY_KEY),
        ("in-the-open", "without a session key", IN_THE_OPEN.claims, PHARMACY_KEY),
        ("billing", "two purposes and the billing view", BILLING.claims, PHARMACY_KEY),
        ("co-sign", "with a care sheet", CO_SIGN.claims, PHARMACY_KEY),
        ("hospital", "another terminal", challenge_claims("hospital", (4,), certified=CERT_HOSPITAL), HOSPITAL_KEY),
        ("desk", "a public desk", challenge_claims("desk", (5,), certified=CERT_DESK, sealed=False), DESK_KEY),
        ("every-purpose", "five purposes, the longest line, the greatest amount", every, PHARMACY_KEY),
        ("greatest-iat", "iat in eight bytes", wide, PHARMACY_KEY),
        (
            "no-amount",
            "an amount of nothing",
            challenge_claims("no-amount", (3,), 1, {**TRANSACTION, 3: 0}),
            PHARMACY_KEY,
        ),
    )
    for slug, comment, claims, key in rows:
        yield _challenge(slug, ("CBOR-1", "COSE-5", "CHAL-1"), comment, claims, key)
    for lifetime in (1, 23, 24, 120):
        claims = challenge_claims(f"lifetime-{lifetime}")
        claims[CHALLENGE][4] = lifetime
        yield _challenge(f"lifetime-{lifetime}", ("CBOR-1",), f"a lifetime of {lifetime} seconds", claims, PHARMACY_KEY)
    line = _decomposed(TRANSACTION[2])
    yield _challenge(
        "normalised",
        ("CBOR-7",),
        "a line given decomposed is written in Normalization Form C",
        CO_SIGN.claims,
        PHARMACY_KEY,
        line,
    )


def _challenge(
    slug: str, rules: tuple[str, ...], comment: str, claims: Any, key: Ed25519Key, line: str | None = None
) -> Case:
    message = challenge(claims, key)
    asked = claims[CHALLENGE]
    transaction = transaction_json(asked.get(6))
    if transaction is not None and line is not None:
        transaction = {**transaction, "line": line}
    given: dict[str, Json] = {
        "terminal_seed": key.seed.hex(),
        "certificate": asked[1].hex(),
        "nonce": claims[7].hex(),
        "iat": claims[6],
        "purposes": asked[2],
        "view": asked[3],
        "lifetime": asked[4],
        "session_key": asked[5].hex() if 5 in asked else None,
        "transaction": transaction,
    }
    data = message.encode()
    stages: dict[str, Json] = {
        "challenge_claims": stage(claims),
        "challenge_sig_structure": {"hex": message.to_be_signed.hex()},
    }
    expect: dict[str, Json] = {"bytes": data.hex(), "text": text_of(data, "VTC1:")}
    return Case(f"challenge/{slug}", rules, comment, given, expect, stages=stages)


def bound_present_cases() -> Iterator[Case]:
    """Presentations for a certificate, and answers to challenges before they are sealed."""
    phones: tuple[tuple[str, bytes, DeviceKey, Ed25519Key], ...] = (
        ("suite-1", CARD_CAMILLE, PHONE_1, CODE_1),
        ("suite-2", CARD_ZOE, PHONE_2, CODE_2),
    )
    contexts = ((1, "audience", CERT_PHARMACY), (2, "challenge", IDENTIFY.message))
    for slug, card, device, code in phones:
        for binding, level, context in contexts:
            for verification, name in enumerate(VERIFICATIONS):
                if verification < 2:
                    continue
                case_id = f"present/{slug}/{level}/{name}"
                claims = shown_claims(derive(case_id, "cti", 8), verification, binding)
                code_key = code if verification == 3 else None
                shown = Presentation(card, claims, device, code_key, binding, sha256(context))
                rules = ("COSE-5", "SIG-2" if slug == "suite-2" else "SIG-1")
                yield present_case(case_id, rules, f"level {level}; user verification: {name}", shown, context)
    good = Presentation(CARD_CAMILLE, shown_claims(derive("present/context", "cti", 8), 3, 2), PHONE_1, CODE_1, 2)
    for slug, comment, asked in (
        ("unsealed-challenge", "a challenge without a session key", IN_THE_OPEN),
        ("co-sign", "a challenge with a care sheet", CO_SIGN),
        ("declined", "the minimal view, where the billing view is asked for", BILLING),
    ):
        shown = replace(good, context=asked.digest)
        yield present_case(f"present/{slug}", ("COSE-5",), comment, shown, asked.message)
    billing = credential(CAMILLE_BILLING, CNAM_CARDS).encode()
    shown = replace(good, credential=billing, context=BILLING.digest)
    yield present_case("present/billing", ("COSE-5",), "the billing view", shown, BILLING.message)
    desk = replace(
        good, claims=shown_claims(derive("present/desk", "cti", 8), 3, 1), binding=1, context=sha256(CERT_DESK)
    )
    yield present_case("present/desk", ("COSE-5",), "for a public desk", desk, CERT_DESK)
