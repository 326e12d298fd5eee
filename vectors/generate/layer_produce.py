"""Layers `issue` and `present`: what is produced, byte for byte."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.credential_case import FULL, claims_with
from vectors.generate.encoder import encode, text_of
from vectors.generate.expectations import card_json
from vectors.generate.fixtures import CAMILLE, ELISE, END_OF_TIME, EXP, IAT, ZOE, Claims, shown_claims
from vectors.generate.keys import CNAM_CARDS, CODE_1, CODE_2, MSA, PHONE_1, PHONE_2, DeviceKey, Ed25519Key, derive
from vectors.generate.messages import Presentation, credential

CARD = -65537


def issue_cases() -> Iterator[Case]:
    """Credentials."""
    wide = claims_with((4,), END_OF_TIME)
    long = claims_with((CARD, 3, 1), "é" * 50)
    for slug, rules, comment, claims, issuer in (
        ("policyholder", ("CBOR-1", "COSE-5"), "a policyholder's card, without optional keys", CAMILLE, CNAM_CARDS),
        ("suite-2", ("CBOR-1", "COSE-5"), "a P-256 device key", ZOE, CNAM_CARDS),
        ("child", ("CRED-2",), "a child's card", ELISE, CNAM_CARDS),
        ("every-key", ("CBOR-1",), "every key, the test mark too", FULL, CNAM_CARDS),
        ("second-issuer", ("KEY-1",), "another issuer and its key", {**CAMILLE, 1: "fr-msa"}, MSA),
        ("greatest-exp", ("CBOR-1",), "exp in eight bytes", wide, CNAM_CARDS),
        ("long-name", ("CBOR-1",), "a family name of 100 bytes", long, CNAM_CARDS),
    ):
        yield issue_case(slug, rules, comment, claims, issuer, card_json(claims[CARD]))
    decomposed: dict[str, Any] = card_json(ZOE[CARD])
    person = decomposed["person"]
    decomposed["person"] = {
        **person,
        "family_name": unicodedata.normalize("NFD", person["family_name"]),
        "given_names": [unicodedata.normalize("NFD", name) for name in person["given_names"]],
    }
    assert decomposed["person"]["family_name"] != person["family_name"]
    yield issue_case(
        "normalised",
        ("CBOR-7",),
        "names given decomposed are written in Normalization Form C",
        ZOE,
        CNAM_CARDS,
        decomposed,
    )


def issue_case(
    slug: str, rules: tuple[str, ...], comment: str, claims: Claims, issuer: Ed25519Key, card: dict[str, Json]
) -> Case:
    """What an issuer makes of a card."""
    message = credential(claims, issuer)
    given: dict[str, Json] = {
        "issuer_seed": issuer.seed.hex(),
        "iss": claims[1],
        "exp": claims[4],
        "iat": claims[6],
        "cti": claims[7].hex(),
        "device_key": encode(claims[8][1]).hex(),
        "card": card,
    }
    stages: dict[str, Json] = {
        "credential_claims": stage(claims),
        "credential_sig_structure": {"hex": message.to_be_signed.hex()},
    }
    return Case(f"issue/{slug}", rules, comment, given, {"bytes": message.encode().hex()}, stages=stages)


BINDINGS = ("open", "audience", "challenge")
VERIFICATIONS = ("none", "device-unlock", "biometric", "code")


def present_cases() -> Iterator[Case]:
    """Presentations at level open."""
    phones: tuple[tuple[str, Claims, DeviceKey, Ed25519Key], ...] = (
        ("suite-1", CAMILLE, PHONE_1, CODE_1),
        ("suite-2", ZOE, PHONE_2, CODE_2),
    )
    for slug, card, device, code in phones:
        data = credential(card, CNAM_CARDS).encode()
        for verification, name in enumerate(VERIFICATIONS):
            case_id = f"present/{slug}/{name}"
            claims = shown_claims(derive(case_id, "cti", 8), verification)
            shown = Presentation(data, claims, device, code if verification == 3 else None)
            yield present_case(
                case_id,
                ("PRES-2", "COSE-5", "SIG-2" if slug == "suite-2" else "SIG-1"),
                f"user verification: {name}",
                shown,
            )
    shown = Presentation(credential(CAMILLE, CNAM_CARDS).encode(), {}, PHONE_1, CODE_1)
    for slug, comment, changes, rules in (
        ("greatest-counter", "the greatest counter and 255 failed tries", {3: 4294967295, 4: 255}, ("CBOR-1",)),
        ("counter-23", "the greatest counter within its head", {3: 23}, ("CBOR-1",)),
        ("counter-24", "a counter that needs a further byte", {3: 24}, ("CBOR-1",)),
        ("counter-256", "a counter that needs two", {3: 256}, ("CBOR-1",)),
        ("counter-65536", "a counter that needs four", {3: 65536}, ("CBOR-1",)),
    ):
        claims = shown_claims(derive(f"present/{slug}", "cti", 8))
        yield present_case(
            f"present/{slug}", rules, comment, replace(shown, claims={**claims, -65538: {**claims[-65538], **changes}})
        )
    for slug, seconds in (("one-second", 1), ("60-seconds", 60)):
        claims = {**shown_claims(derive(f"present/{slug}", "cti", 8)), 4: IAT + seconds}
        yield present_case(f"present/{slug}", ("PRES-1",), f"{seconds} seconds long", replace(shown, claims=claims))
    assert EXP > IAT


def present_case(
    case_id: str, rules: tuple[str, ...], comment: str, shown: Presentation, context: bytes | None = None
) -> Case:
    """What a phone makes; `context` is the certificate or the challenge itself."""
    claims: Any = shown.claims
    grant: bytes | None = claims[-65538].get(5)
    data = shown.encode()
    given: dict[str, Json] = {
        "credential": shown.credential.hex(),
        "binding": BINDINGS[shown.binding],
        "context": None if context is None else context.hex(),
        "device_seed": shown.device.seed.hex(),
        "code_seed": shown.code.seed.hex() if shown.code else None,
        "iat": claims[6],
        "exp": claims[4],
        "cti": claims[7].hex(),
        "user_verification": VERIFICATIONS[claims[-65538][1]],
        "counter": claims[-65538][3],
        "failed_tries": claims[-65538][4],
        "grant": None if grant is None else grant.hex(),
    }
    stages: dict[str, Json] = {"claims": stage(claims)}
    if shown.code:
        stages["code_sig_structure"] = {"hex": shown.code_layer.to_be_signed.hex()}
    stages["device_sig_structure"] = {"hex": shown.device_layer.to_be_signed.hex()}
    return Case(case_id, rules, comment, given, {"bytes": data.hex(), "text": text_of(data)}, stages=stages)
