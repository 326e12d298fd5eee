"""Whole messages in which each edge signature stands in each place where a signature counts, and what must come of them.

A verdict is SIG-1's on the very bytes that were signed, by the reference of tests/crypto; or KEY-2's, where the key is looked at
before. Messages are the vectors' generator's, so that no writer of the library is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.crypto import reference_ed25519 as reference
from vectors.generate import edwards
from vectors.generate.cases import Json
from vectors.generate.edges import Edge, edge_keys, edge_signatures
from vectors.generate.encoder import encode
from vectors.generate.enrolled import NUMBER_CAMILLE
from vectors.generate.fixtures import offer_claims, request_claims, status_claims, trust_claims
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    CNAM_OFFERS,
    CNAM_STATUS,
    CODE_1,
    PHARMACY_KEY,
    PHONE_1,
    ROOTS,
    Ed25519Key,
    ed25519_cose,
)
from vectors.generate.layer_offer import offer_given
from vectors.generate.messages import Request, aad, header_kid, offer, root_signature, sig_structure, status_list
from vectors.generate.request_case import request_given
from vectors.generate.review_case import ASKED, STICKER
from vectors.generate.snapshot_case import given as snapshot_given
from vectors.generate.snapshots import snapshot_claims
from vectors.generate.status_case import given as status_given
from vectors.generate.trust_case import given as trust_given
from vectors.generate.visit import NO_CODE, SUITE_1

#: Where the keys of a terminal's certificate and of an enrolment request stand in their claims.
CODE_KEY, TERMINAL_KEY, REQUESTED_CODE_KEY = (-65537, 1), (-65540, 1), (-65539, 1)
DEVICE_KEY = (8, 1, -2)


@dataclass
class Pen:
    """Signs as an edge does, and knows whether SIG-1 accepts all that it has signed."""

    edge: Edge
    signed: dict[bytes, bytes] = field(default_factory=dict)

    def sign(self, message: bytes) -> bytes:
        if message not in self.signed:
            self.signed[message] = self.edge.sign(message)
        return self.signed[message]

    def accepted(self) -> bool:
        verdicts = {reference.verifies(self.edge.public, *signed) for signed in self.signed.items()}
        (verdict,) = (
            verdicts  # one message, or several that are judged alike; none would be a place that was not signed
        )
        return verdict


@dataclass(frozen=True)
class Question:
    """An input of a layer of the vectors, and the code with which it is refused; None where it is accepted."""

    name: str
    layer: str
    input: dict[str, Json]
    code: str | None


Place = Callable[[Pen], tuple[str, dict[str, Json]]]


def _device(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "verify", replace(NO_CODE.with_card(DEVICE_KEY, pen.edge.public), at_device={"signer": pen}).to_json()


def _code(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "verify", replace(SUITE_1.with_card(CODE_KEY, pen.edge.public), at_code={"signer": pen}).to_json()


def _issuer(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "verify", replace(NO_CODE, at_credential={"signer": pen}).to_json()


def _authority(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "review", replace(STICKER, at_certificate={"signer": pen}).to_json()


def _terminal(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "review", replace(ASKED, at_challenge={"signer": pen}).to_json()


def _root(pen: Pen) -> tuple[str, dict[str, Json]]:
    content = encode(trust_claims())
    ours = _detached(pen, ROOTS[0], content, "trust-list")
    return "trust-list", trust_given(encode([content, [ours, root_signature(content, ROOTS[1])]]))


def _snapshot(pen: Pen) -> tuple[str, dict[str, Json]]:
    content = encode(snapshot_claims())
    return "snapshot", snapshot_given(encode([content, [_detached(pen, CNAM_STATUS, content, "status-snapshot")]]))


def _detached(pen: Pen, key: Ed25519Key, content: bytes, role: str) -> list[Any]:
    header = header_kid(key.kid)
    return [header, {}, None, pen.sign(sig_structure(header, aad(role), content))]


def _status_list(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "status-list", status_given(replace(status_list(status_claims(), CNAM_STATUS), signer=pen).encode())


def _offer(pen: Pen) -> tuple[str, dict[str, Json]]:
    return "offer", offer_given(replace(offer(offer_claims(), CNAM_OFFERS), signer=pen).encode())


def _request(claims: Any, **parts: Any) -> tuple[str, dict[str, Json]]:
    return "request", request_given(Request(claims, PHONE_1, CODE_1, **parts).encode())


def _request_device(pen: Pen) -> tuple[str, dict[str, Json]]:
    return _request(request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE), at_device={"signer": pen})


def _request_code(pen: Pen) -> tuple[str, dict[str, Json]]:
    return _request(request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE), at_code={"signer": pen})


#: Where an honest key signs what it should not: the key, and the code of a refusal.
SIGNATURES: dict[str, tuple[Place, Ed25519Key, str]] = {
    "credential": (_issuer, CNAM_CARDS, "issuer-signature"),
    "presentation, device": (_device, PHONE_1, "device-signature"),
    "presentation, code": (_code, CODE_1, "code-signature"),
    "terminal certificate": (_authority, ANS, "certificate-signature"),
    "challenge": (_terminal, PHARMACY_KEY, "challenge-signature"),
    "trust list": (_root, ROOTS[0], "trust-list-signature"),
    "status snapshot": (_snapshot, CNAM_STATUS, "snapshot-signature"),
    "status list": (_status_list, CNAM_STATUS, "status-list-signature"),
    "enrolment offer": (_offer, CNAM_OFFERS, "offer-signature"),
    "enrolment request, device": (_request_device, PHONE_1, "request-signature"),
    "enrolment request, code": (_request_code, CODE_1, "request-signature"),
}
#: Where an issuer certified a key of any kind: nobody looks at it again, and SIG-1 alone decides.
CERTIFIED: dict[str, tuple[Place, str]] = {
    "certified device key": (_device, "device-signature"),
    "certified code key": (_code, "code-signature"),
}


def signature_questions() -> Iterator[Question]:
    """Each edge signature in each place."""
    for place, (build, key, code) in SIGNATURES.items():
        for edge in edge_signatures(edwards.secret_scalar(key.seed)):
            assert edge.public == key.public
            yield _judged(f"{place}: {edge.slug}", build, edge, code)


def certified_questions() -> Iterator[Question]:
    """Each edge key, signing, where it is certified."""
    for place, (build, code) in CERTIFIED.items():
        for edge in edge_keys():
            yield _judged(f"{place}: {edge.slug}", build, edge, code)


def _judged(name: str, build: Place, edge: Edge, code: str) -> Question:
    pen = Pen(edge)
    layer, given = build(pen)
    return Question(name, layer, given, None if pen.accepted() else code)


def new_key_questions() -> Iterator[Question]:
    """Each edge key where KEY-2 is to find it, whatever it signs."""
    claims = request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE)
    for edge in edge_keys():
        assert not reference.is_valid_key(edge.public)
        key = ed25519_cose(edge.public)
        trust = trust_claims()
        trust[6][0][3][0] = {**trust[6][0][3][0], 1: key}
        content = encode(trust)
        signed = encode([content, [root_signature(content, root) for root in ROOTS[:2]]])
        yield Question(f"issuer key: {edge.slug}", "trust-list", trust_given(signed), "trust-list-key")
        certified = STICKER.with_certified(TERMINAL_KEY, edge.public)
        yield Question(f"terminal key: {edge.slug}", "review", certified.to_json(), "certificate-key")
        device = {**claims, 8: {1: key}}
        layer, given = _request(device, at_device={"signer": Pen(edge)})
        yield Question(f"requested device key: {edge.slug}", layer, given, "request-key")
        code = {**claims, -65539: {**claims[-65539], 1: edge.public}}
        layer, given = _request(code, at_code={"signer": Pen(edge)})
        yield Question(f"requested code key: {edge.slug}", layer, given, "request-key")
