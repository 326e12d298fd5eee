"""Layer `verify`, steps V9 and V10 at levels audience and challenge: what a layer is signed over, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate import edwards, p256
from vectors.generate.cases import Case
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import CARD_ELISE, NOW
from vectors.generate.keys import (
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    PHARMACY_KEY,
    PHONE_1,
    PHONE_2,
    derive,
)
from vectors.generate.messages import aad, sha256
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    ANSWER_2_ID,
    ANSWER_ID,
    AT_COUNTER,
    AT_COUNTER_2,
    AUDIENCE_2_ID,
    AUDIENCE_ID,
    OPEN_ANSWER,
    OPEN_ID,
    answering,
    asked_with,
    at_counter,
)
from vectors.generate.terminals import (
    CERT_PHARMACY,
    CERT_RENEWED,
    IDENTIFY,
    IN_THE_OPEN,
)
from vectors.generate.visit import Visit, refused

CARD_DIGEST = sha256(AT_COUNTER.credential)
LEVELS: tuple[tuple[str, Visit, str, int, bytes], ...] = (
    ("audience", AT_COUNTER, AUDIENCE_ID, 1, CERT_PHARMACY),
    ("challenge", ANSWER, ANSWER_ID, 2, IDENTIFY.message),
)


_OTHER = {"presentation-device": "presentation-code", "presentation-code": "presentation-device"}


def mismatch(slug: str, comment: str, visit: Visit, base: str, *flags: str, rule: str = "COSE-5") -> Case:
    """Signed for somebody or something else, or not at all."""
    return refused(f"context-mismatch/{slug}", ("V9", rule), comment, visit, *flags, base=base)


def _role_aads(
    layer: str, level: int, right: bytes, message: bytes, certificate_there: bytes
) -> list[tuple[str, str, bytes]]:
    """What else a layer at this level could have been signed over; `right` is the context that is wanted."""
    role = f"presentation-{layer}"
    other_level = 3 - level
    payload_digest = sha256(message[:-66])

    def over(suite: int, binding: int, context: Value, card: bytes = CARD_DIGEST) -> bytes:
        return aad(role, suite, binding, card, context)

    rows = [
        ("empty", "an empty external_aad", b""),
        ("signed-at-open", "signed at level open, with null", over(1, 0, None)),
        ("signed-at-open-with-context", "signed at level open, with this context", over(1, 0, right)),
        ("signed-at-other-level", "signed at the other level, with this context", over(1, other_level, right)),
        ("null", "a context of null", over(1, level, None)),
        ("message-itself", "the message in place of its digest", over(1, level, message)),
        ("half-digest", "the first 16 bytes of the digest", over(1, level, right[:16])),
        ("without-signature", "the digest of the message without its signature", over(1, level, payload_digest)),
        ("suite", "signed for the other suite", over(2, level, right)),
        ("credential", "signed over another card of the same phone", over(1, level, right, sha256(CARD_ELISE))),
        ("no-context", "signed without the sixth element", aad(role, 1, level, CARD_DIGEST)),
        ("other-layer", "the external_aad of the other layer", aad(_OTHER[role], 1, level, CARD_DIGEST, right)),
        ("version", "signed for vitaletoken/2", encode(["vitaletoken/2", role, 1, level, CARD_DIGEST, right])),
    ]
    if level == 2:
        rows.append(("certificate", "the certificate's digest as context", over(1, 2, sha256(certificate_there))))
    return rows


def aad_cases() -> Iterator[Case]:
    for name, visit, base, level, message in LEVELS:
        for slug, comment, external in _role_aads("device", level, sha256(message), message, CERT_PHARMACY):
            yield mismatch(
                f"{name}-aad-{slug}",
                f"level {name}, device layer: {comment}",
                replace(visit, at_device={"aad": external}),
                base,
                "cross-protocol",
            )
    relabelled = AT_COUNTER.with_claims((-65538, 2), 2)
    yield mismatch(
        "audience-as-challenge",
        "signed at level audience, claimed at level challenge; a challenge with this certificate is open",
        replace(relabelled, asked=IN_THE_OPEN),
        AUDIENCE_ID,
    )
    yield mismatch(
        "challenge-as-audience",
        "signed at level challenge, claimed at level audience; the certificate is held",
        replace(OPEN_ANSWER.with_claims((-65538, 2), 1), certificates=(CERT_PHARMACY,)),
        OPEN_ID,
    )
    open_level = replace(OPEN_ANSWER.with_claims((-65538, 2), 0), asked=None)
    yield refused(
        "device-signature/challenge-as-open",
        ("V9", "COSE-5"),
        "signed at level challenge, claimed at level open",
        open_level,
        base=OPEN_ID,
    )
    yield refused(
        "device-signature/audience-as-open",
        ("V9", "COSE-5"),
        "signed at level audience, claimed at level open",
        AT_COUNTER.with_claims((-65538, 2), 0),
        base=AUDIENCE_ID,
    )


def signature_cases() -> Iterator[Case]:
    for name, visit, base, _, _ in LEVELS:
        good = PHONE_1.sign(visit.presentation.device_layer.to_be_signed)
        s = int.from_bytes(good[32:], "little")
        later = visit.with_claims((4,), NOW + 45).presentation.code_layer.encode()
        rows: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("zeros", "64 zero bytes", {"signature": bytes(64)}),
            ("bit", "the lowest bit of S turned", {"signature": good[:32] + bytes([good[32] ^ 1]) + good[33:]}),
            ("s-plus-l", "S + L", {"signature": edwards.signature(good[:32], s + edwards.L)}),
            ("code-key", "signed by the code key", {"signer": CODE_1}),
            ("terminal-key", "signed by the terminal's key", {"signer": PHARMACY_KEY}),
            ("other-phone", "signed by another phone", {"signer": OTHER_PHONE_1}),
            ("claims-changed", "the claims exchanged after signing", {"payload": later, "signature": good}),
        )
        for slug, comment, parts in rows:
            flags = ("malleability",) if slug == "s-plus-l" else ()
            yield mismatch(f"{name}-{slug}", f"level {name}: {comment}", replace(visit, at_device=parts), base, *flags)
    for name, visit, base in (("audience", AT_COUNTER_2, AUDIENCE_2_ID), ("challenge", ANSWER_2, ANSWER_2_ID)):
        signature = PHONE_2.sign(visit.presentation.device_layer.to_be_signed)
        yield mismatch(
            f"{name}-p256-high-s",
            f"level {name}: n - s in place of s",
            replace(visit, at_device={"signature": p256.high(signature)}),
            base,
            "malleability",
            rule="SIG-2",
        )
        yield mismatch(
            f"{name}-p256-zeros",
            f"level {name}: r = s = 0",
            replace(visit, at_device={"signature": bytes(64)}),
            base,
            rule="SIG-2",
        )


def code_layer_cases() -> Iterator[Case]:
    """The code layer alone is for something else."""
    for name, visit, base, level, message in LEVELS:
        for slug, comment, external in _role_aads("code", level, sha256(message), message, CERT_PHARMACY):
            yield refused(
                f"code-signature/{name}-aad-{slug}",
                ("V10", "COSE-5"),
                f"level {name}, code layer: {comment}",
                replace(visit, at_code={"aad": external}),
                "cross-protocol",
                base=base,
            )
        for slug, comment, parts in (
            ("zeros", "64 zero bytes", {"signature": bytes(64)}),
            ("wrong-code", "signed by the key of a wrong code", {"signer": OTHER_CODE}),
        ):
            yield refused(
                f"code-signature/{name}-{slug}",
                ("V10",),
                f"level {name}, code layer: {comment}",
                replace(visit, at_code=parts),
                base=base,
            )
    held = (CERT_PHARMACY, CERT_RENEWED)
    other = at_counter("counter", CERT_RENEWED).presentation.code_layer.aad
    for slug, certificates in (("other-certificate", held), ("other-certificate-first", held[::-1])):
        yield refused(
            f"code-signature/audience-{slug}",
            ("V10", "COSE-5"),
            "device layer for one certificate of the terminal, code layer for the other",
            replace(AT_COUNTER, certificates=certificates, at_code={"aad": other}),
            base=AUDIENCE_ID,
        )
    nonce = derive("verify/context-mismatch", "nonce", 16)
    elsewhere = answering(asked_with(IDENTIFY, {}, nonce), "answer").presentation.code_layer
    yield refused(
        "code-signature/other-challenge",
        ("V10", "COSE-5"),
        "device layer for this challenge, code layer for one of another nonce",
        replace(ANSWER, at_code={"aad": elsewhere.aad}),
        base=ANSWER_ID,
    )
