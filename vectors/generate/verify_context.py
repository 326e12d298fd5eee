"""Layer `verify`, steps V9 and V10 at levels audience and challenge: signed for somebody or something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.keys import (
    ANS,
    HOSPITAL_KEY,
    derive,
)
from vectors.generate.messages import certificate, sha256
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    ANSWER_2_ID,
    ANSWER_ID,
    AT_COUNTER,
    AT_COUNTER_2,
    AUDIENCE_2_ID,
    AUDIENCE_ID,
    CO_SIGNED,
    OPEN_ANSWER,
    OPEN_ID,
    asked_with,
)
from vectors.generate.terminals import (
    CERT_DESK,
    CERT_HOSPITAL,
    CERT_PHARMACY,
    CERT_RENEWED,
    CO_SIGN,
    IDENTIFY,
    IN_THE_OPEN,
    MADE_AT,
    PHARMACY,
    TRANSACTION,
    Asked,
    session_key,
)
from vectors.generate.verify_context_aad import aad_cases, code_layer_cases, mismatch, signature_cases
from vectors.generate.visit import Visit, refused


def bound_context_cases() -> Iterator[Case]:
    """V9, then V10."""
    yield from _unknown()
    yield from _other_terminal()
    yield from _other_challenge()
    yield from aad_cases()
    yield from signature_cases()
    yield from code_layer_cases()


def _unknown() -> Iterator[Case]:
    rules = ("V9", "PRES-4")
    for slug, comment, visit, base in (
        ("no-certificate", "made for the pharmacy; this terminal has none", AT_COUNTER, AUDIENCE_ID),
        ("no-certificate-suite-2", "the same in suite 2", AT_COUNTER_2, AUDIENCE_2_ID),
    ):
        yield refused(f"context-unknown/{slug}", rules, comment, replace(visit, certificates=()), base=base)
    yield refused(
        "context-unknown/challenge-only",
        rules,
        "made for the pharmacy, whose certificate is in the open challenge; the terminal has it nowhere else",
        replace(AT_COUNTER, certificates=(), asked=IDENTIFY),
        base=AUDIENCE_ID,
    )
    yield refused(
        "context-unknown/no-challenge",
        rules,
        "an answer, and no challenge is open for this session",
        replace(OPEN_ANSWER, asked=None),
        base=OPEN_ID,
    )
    yield refused(
        "context-unknown/certificate-only",
        rules,
        "an answer; no challenge is open, but the terminal holds the certificate",
        replace(OPEN_ANSWER, asked=None, certificates=(CERT_PHARMACY,)),
        base=OPEN_ID,
    )


def _other_terminal() -> Iterator[Case]:
    reissued = certificate({**PHARMACY, 6: PHARMACY[6] + 1}, ANS).encode()
    for slug, held, comment in (
        ("other-terminal", (CERT_HOSPITAL,), "made for the pharmacy, shown in the hospital"),
        ("two-other-certificates", (CERT_HOSPITAL, CERT_DESK), "none of the terminal's two certificates"),
        ("renewed", (CERT_RENEWED,), "made for the pharmacy's certificate before this one"),
        ("iat-differs", (reissued,), "a certificate that differs in iat alone"),
    ):
        yield mismatch(slug, comment, replace(AT_COUNTER, certificates=held), AUDIENCE_ID)
    yield mismatch(
        "other-terminal-suite-2",
        "the same in suite 2",
        replace(AT_COUNTER_2, certificates=(CERT_HOSPITAL,)),
        AUDIENCE_2_ID,
    )


def _shown_to(visit: Visit, open_now: Asked) -> Visit:
    """An answer shown where another challenge is open; what is sealed is sealed to that one, so that it opens."""
    seal = open_now.sealing("shown-to-another").seal if open_now.secret else None
    return replace(visit, asked=open_now, seal=seal)


def _other_challenge() -> Iterator[Case]:
    """Two challenges that differ in one thing."""
    nonce = derive("verify/context-mismatch", "nonce", 16)
    again: Any = IDENTIFY.claims
    differing: tuple[tuple[str, str, Asked], ...] = (
        ("nonce", "nonce", asked_with(IDENTIFY, {}, nonce)),
        ("purpose", "purposes", asked_with(IDENTIFY, {2: [1, 2]})),
        ("view", "view", asked_with(IDENTIFY, {3: 2})),
        ("lifetime", "lifetime", asked_with(IDENTIFY, {4: 61})),
        ("iat", "iat", replace(IDENTIFY, claims={**again, 6: MADE_AT + 1})),
        (
            "session-key",
            "session key",
            replace(asked_with(IDENTIFY, {5: session_key("other").public}), secret=session_key("other")),
        ),
        ("certificate", "certificate", asked_with(IDENTIFY, {1: CERT_RENEWED})),
        ("transaction-added", "transaction, which this one has", asked_with(IDENTIFY, {6: TRANSACTION})),
    )
    for slug, what, asked in differing:
        visit = _shown_to(ANSWER, asked)
        yield mismatch(
            f"challenge-{slug}",
            f"answers a challenge that differs in its {what} alone",
            visit,
            ANSWER_ID,
            rule="PRES-4",
        )
    for slug, change in (
        ("digest", {1: sha256(b"another care sheet")}),
        ("line", {2: "Délivrance de 3 articles"}),
        ("amount", {3: 18400}),
    ):
        asked = asked_with(CO_SIGN, {6: {**TRANSACTION, **change}})
        yield mismatch(
            f"transaction-{slug}",
            f"answers a challenge that differs in the transaction's {slug} alone",
            _shown_to(CO_SIGNED, asked),
            "verify/accepted/challenge/co-signed",
            rule="PRES-4",
        )
    theirs = replace(asked_with(IDENTIFY, {1: CERT_HOSPITAL}), key=HOSPITAL_KEY)
    yield mismatch(
        "other-terminals-challenge", "answers another terminal's challenge", _shown_to(ANSWER, theirs), ANSWER_ID
    )
    yield mismatch(
        "open-challenge-nonce",
        "not sealed: answers a challenge of another nonce",
        _shown_to(OPEN_ANSWER, asked_with(IN_THE_OPEN, {}, nonce)),
        OPEN_ID,
        rule="PRES-4",
    )
    yield mismatch(
        "suite-2-challenge-nonce",
        "suite 2: answers a challenge of another nonce",
        _shown_to(ANSWER_2, asked_with(IDENTIFY, {}, nonce)),
        ANSWER_2_ID,
        rule="PRES-4",
    )
