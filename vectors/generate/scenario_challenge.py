"""Layer `scenario`: CHAL-2, and what the replay store has to do with the levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.fixtures import EXP, NOW, ZOE
from vectors.generate.keys import PHONE_2, OtherNonce, derive
from vectors.generate.scenario_audience import audience_cases, store_cases
from vectors.generate.scenario_case import AGAIN, ANSWERED, SECOND, scenario
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    BILLED,
    BILLING_ANSWER,
    OPEN_ANSWER,
    answering,
    asked_with,
    to_challenge,
    unsealed,
)
from vectors.generate.terminals import BILLING, CAMILLE_BILLING, IDENTIFY, IN_THE_OPEN
from vectors.generate.verify_status import listed
from vectors.generate.visit import Visit


def challenge_cases() -> Iterator[Case]:
    """One challenge, one answer."""
    yield from _twice()
    yield from _repeated()
    yield from _sessions()
    yield from _refused()
    yield from store_cases()
    yield from audience_cases()


def _twice() -> Iterator[Case]:
    answered = "challenge-answered"
    for slug, comment, first, ok, second in (
        ("twice", "the phone answers the same challenge a second time", ANSWER, to_challenge(), SECOND),
        ("other-card", "another person's phone answers it too", ANSWER, to_challenge(), ANSWER_2),
        ("other-card-first", "the same, the other way round", ANSWER_2, to_challenge(ZOE), ANSWER),
        (
            "not-sealed",
            "the second answer is not sealed",
            OPEN_ANSWER,
            to_challenge(sealed=False),
            answering(IN_THE_OPEN, "open-answer-again"),
        ),
        (
            "billing-then-minimal",
            "billed, and then the minimal view too, with the same cti: another card's bytes, another replay key",
            BILLING_ANSWER,
            to_challenge(CAMILLE_BILLING, **BILLED),
            replace(answering(BILLING, "billing-answer"), purpose="billing"),
        ),
        (
            "minimal-then-billing",
            "declined, and then granted: it takes a new challenge",
            replace(answering(BILLING, "billing-answer"), purpose="billing"),
            to_challenge(**BILLED),
            BILLING_ANSWER,
        ),
    ):
        yield scenario(f"challenge/{slug}", ANSWERED, comment, [(first, ok), (second, answered)], "replay")
    yield scenario(
        "challenge/first-keeps",
        ANSWERED,
        "after a second answer was refused the first one still holds",
        [(ANSWER, to_challenge()), (SECOND, answered), (ANSWER, AGAIN), (SECOND, answered)],
        "replay",
    )


def _sealed_again(visit: Visit, name: str) -> Visit:
    return replace(visit, seal=IDENTIFY.sealing(name).seal)


def _repeated() -> Iterator[Case]:
    nonces = [int.from_bytes(derive("scenario/challenge/other-nonce", str(number)), "big") for number in range(2)]
    one, two = (replace(ANSWER_2, at_device={"signer": OtherNonce(PHONE_2, nonce)}) for nonce in nonces)
    counted: dict[str, Json] = {"counter": 43, "repeated": True}
    for slug, comment, first, ok, second, again in (
        ("repeated", "scanned twice at one desk", ANSWER, to_challenge(), ANSWER, AGAIN),
        (
            "repeated-later",
            "and again in the challenge's last second",
            ANSWER,
            to_challenge(),
            replace(ANSWER, elapsed=59, now=NOW + 54),
            to_challenge(repeated=True, skew=EXP - 1 - NOW - 54),
        ),
        (
            "sealed-again",
            "the phone seals the same presentation again: other bytes, the same answer",
            ANSWER,
            to_challenge(),
            _sealed_again(ANSWER, "answer-sealed-again"),
            AGAIN,
        ),
        (
            "opened",
            "sealed, and then in the open: the same answer",
            ANSWER,
            to_challenge(),
            unsealed(ANSWER),
            to_challenge(sealed=False, repeated=True),
        ),
        ("other-signature", "two valid P-256 signatures over one answer",
         one, to_challenge(ZOE), two, to_challenge(ZOE, repeated=True)),
        (
            "same-cti",
            "the phone signs the same cti again with another counter: one replay key",
            ANSWER,
            to_challenge(),
            ANSWER.with_claims((-65538, 3), 43),
            to_challenge(**counted),
        ),
    ):  # fmt: skip
        yield scenario(f"challenge/{slug}", (*ANSWERED, "REPLAY-1"), comment, [(first, ok), (second, again)], "replay")
    yield scenario(
        "challenge/repeated-too-late",
        ("V11", "CHAL-3", "VERIFY-1"),
        "accepted, and scanned again when the challenge's time is over",
        [(ANSWER, to_challenge()), (replace(ANSWER, elapsed=60), "challenge-expired")],
        "order",
        "replay",
    )
    yield scenario(
        "challenge/twice-and-list-expired",
        ("V13", "VERIFY-1"),
        "a second answer, and the status list has expired meanwhile: the list decides",
        [(ANSWER, to_challenge()), (replace(SECOND, status=(listed(exp=NOW),)), "status-expired")],
        "order",
        "replay",
    )


def _sessions() -> Iterator[Case]:
    nonce = derive("scenario/challenge/next", "nonce", 16)
    next_one = asked_with(IDENTIFY, {}, nonce)
    answer_next = replace(answering(next_one, "answer-next").with_claims((-65538, 3), 43))
    elsewhere = replace(ANSWER, session="s-2", asked=next_one, seal=next_one.sealing("answer").seal)
    yield scenario(
        "challenge/other-session",
        ("V9", "PRES-4"),
        "shown again in another session, whose challenge is another",
        [(ANSWER, to_challenge()), (elsewhere, "context-mismatch")],
        "replay",
    )
    open_next = asked_with(IN_THE_OPEN, {}, nonce)
    yield scenario(
        "challenge/other-session-not-sealed",
        ("V9", "PRES-4"),
        "the same, not sealed",
        [
            (OPEN_ANSWER, to_challenge(sealed=False)),
            (replace(OPEN_ANSWER, session="s-2", asked=open_next), "context-mismatch"),
        ],
        "replay",
    )
    yield scenario(
        "challenge/next-in-session",
        ANSWERED,
        "a new challenge in the same session takes the place of the one before, and is answered",
        [
            (ANSWER, to_challenge()),
            (answer_next, to_challenge(counter=43)),
            (answer_next, to_challenge(counter=43, repeated=True)),
        ],
        "replay",
    )
    yield scenario(
        "challenge/next-in-session-old-answer",
        ("V9", "PRES-4"),
        "a new challenge in the same session: the answer to the one before is no longer one",
        [
            (ANSWER, to_challenge()),
            (replace(elsewhere, session="s-1"), "context-mismatch"),
            (answer_next, to_challenge(counter=43)),
        ],
        "replay",
    )
    yield scenario(
        "challenge/two-sessions",
        ANSWERED,
        "two sessions, a challenge each, one phone",
        [(ANSWER, to_challenge()), (replace(answer_next, session="s-2"), to_challenge(counter=43)), (ANSWER, AGAIN)],
        "replay",
    )


def _refused() -> Iterator[Case]:
    """A refused answer leaves the challenge open."""
    for slug, bad, code in (
        ("status", replace(SECOND, status=()), "status-unavailable"),
        ("purpose", replace(SECOND, purpose="records"), "purpose-mismatch"),
        ("seal", replace(SECOND, text_change=lambda text: text[:-3] + "000"), "seal-broken"),
        ("context", replace(SECOND, at_device={"signature": bytes(64)}), "context-mismatch"),
        ("verification", replace(answering(IDENTIFY, "weak",
         verification=2), least_verification="code"), "user-verification-too-weak"),
    ):  # fmt: skip
        yield scenario(
            f"challenge/burns-nothing/{slug}",
            ANSWERED,
            f"an answer refused once ({code}) answers nothing: another one is accepted",
            [(bad, code), (ANSWER, to_challenge())],
            "replay",
        )
