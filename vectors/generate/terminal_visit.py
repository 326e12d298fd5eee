"""Visits to a terminal that says who it is: presentations at level audience, and answers to challenges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Json, stage
from vectors.generate.encoder import Value
from vectors.generate.expectations import result
from vectors.generate.fixtures import CAMILLE, Claims, shown_claims
from vectors.generate.keys import derive
from vectors.generate.messages import challenge, sha256
from vectors.generate.terminals import (
    BILLING,
    CAMILLE_BILLING,
    CERT_PHARMACY,
    CO_SIGN,
    IDENTIFY,
    IN_THE_OPEN,
    TRANSACTION,
    Asked,
)
from vectors.generate.visit import SUITE_1, SUITE_2, Visit

AUDIENCE, CHALLENGE = 1, 2


def _bound(visit: Visit, level: int, name: str, verification: int) -> Visit:
    claims = shown_claims(derive(f"fixture/visit/{name}", "cti", 8), verification, level)
    return replace(visit, claims=claims, code=visit.code if verification == 3 else None, binding=level)


def at_counter(name: str, certificate: bytes = CERT_PHARMACY, visit: Visit = SUITE_1, verification: int = 3) -> Visit:
    """A presentation for the terminal of a certificate, which holds it; the cti is of this name."""
    shown = _bound(visit, AUDIENCE, name, verification)
    return replace(shown, context=sha256(certificate), certificates=(certificate,))


def answering(asked: Asked, name: str, visit: Visit = SUITE_1, verification: int = 3) -> Visit:
    """The answer to a challenge, sealed if it has a session key; cti and ephemeral key are of this name."""
    shown = _bound(visit, CHALLENGE, name, verification)
    seal = asked.sealing(name).seal if asked.secret is not None else None
    return replace(shown, context=asked.digest, asked=asked, seal=seal)


def unsealed(visit: Visit) -> Visit:
    """The same presentation, shown in the open."""
    return replace(visit, seal=None)


def to_challenge(claims: Claims = CAMILLE, /, **differs: Json) -> dict[str, Json]:
    """RESULT of a sealed answer."""
    return result(claims, **{"binding": "challenge", "sealed": True, **differs})


def to_audience(claims: Claims = CAMILLE, /, **differs: Json) -> dict[str, Json]:
    """RESULT of a presentation at level audience."""
    return result(claims, **{"binding": "audience", **differs})


def asked_with(asked: Asked, changes: Mapping[int, Value], nonce: bytes | None = None) -> Asked:
    """A challenge that differs in some keys of its claim -65541, or in its nonce."""
    claims: Any = asked.claims
    changed = {**claims, -65541: {**claims[-65541], **changes}}
    return replace(asked, claims=changed if nonce is None else {**changed, 7: nonce})


def challenge_stages(visit: Visit, name: str) -> dict[str, Json]:
    """Intermediate values of an answer: the visit's own, the challenge's, and how it is sealed."""
    asked = visit.asked
    assert asked is not None
    signed = challenge(asked.claims, asked.key)
    stages: dict[str, Json] = {
        **visit.stages(),
        "challenge_claims": stage(asked.claims),
        "challenge_sig_structure": {"hex": signed.to_be_signed.hex()},
        "challenge": {"hex": asked.message.hex()},
    }
    if visit.seal is None:
        return stages
    return {**stages, **seal_stages(asked, name), "sealed": {"hex": visit.seal(visit.presentation.encode()).hex()}}


def seal_stages(asked: Asked, name: str) -> dict[str, Json]:
    """The values inside HPKE."""
    sealing = asked.sealing(name)
    key, nonce = sealing.key_and_nonce
    values = {
        "seal_info": sealing.info,
        "seal_ephemeral_secret": sealing.ephemeral.secret,
        "seal_shared_secret": sealing.shared_secret,
        "seal_key": key,
        "seal_nonce": nonce,
    }
    return {name: {"hex": value.hex()} for name, value in values.items()}


AT_COUNTER = at_counter("counter")
AT_COUNTER_2 = at_counter("counter-2", visit=SUITE_2)
ANSWER = answering(IDENTIFY, "answer")
ANSWER_2 = answering(IDENTIFY, "answer-2", SUITE_2)
ANSWER_NO_CODE = answering(IDENTIFY, "answer-no-code", verification=2)
OPEN_ANSWER = answering(IN_THE_OPEN, "open-answer")
BILLING_ANSWER = replace(
    answering(BILLING, "billing-answer", replace(SUITE_1, card=CAMILLE_BILLING)), purpose="billing"
)
CO_SIGNED = replace(answering(CO_SIGN, "co-signed", replace(SUITE_1, card=CAMILLE_BILLING)), purpose="dispensing")
AUDIENCE_ID, AUDIENCE_2_ID = "verify/accepted/audience/suite-1", "verify/accepted/audience/suite-2"
ANSWER_ID, ANSWER_2_ID = "verify/accepted/challenge/suite-1", "verify/accepted/challenge/suite-2"
OPEN_ID, BILLING_ID = "verify/accepted/challenge/not-sealed", "verify/accepted/challenge/billing"
NO_CODE_ID = "verify/accepted/challenge/no-code"
BILLED: dict[str, Json] = {"purpose": "billing"}
SHEET_DIGEST: str = TRANSACTION[1].hex()
