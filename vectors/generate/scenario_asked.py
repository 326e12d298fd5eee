"""Layer `scenario`: ASK-1 before, during and after a challenge, and that a refusal by it burns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.expectations import result
from vectors.generate.fixtures import NOW
from vectors.generate.scenario_case import AGAIN, REPEATED, made_at, scenario, visit_number
from vectors.generate.terminal_visit import ANSWER, AT_COUNTER, to_audience, to_challenge
from vectors.generate.terminals import IDENTIFY
from vectors.generate.verify_ask import sealed
from vectors.generate.visit import SUITE_1

OPEN = replace(SUITE_1, asked=IDENTIFY)
AUDIENCE = replace(AT_COUNTER, asked=IDENTIFY)
WEAK = "binding-too-weak"
RULES = ("V11", "ASK-1")


def asked_cases() -> Iterator[Case]:
    yield scenario(
        "asked/answer-after-copy",
        RULES,
        "a copy of an ordinary QR in place of the answer, in the open and sealed, and then the answer",
        [(OPEN, WEAK), (sealed(OPEN), WEAK), (ANSWER, to_challenge())],
        "replay",
    )
    yield scenario(
        "asked/copy-after-answer",
        RULES,
        "the answer, and then an ordinary QR of the same person: the challenge is answered, and still open",
        [(ANSWER, to_challenge()), (OPEN, WEAK), (AUDIENCE, WEAK), (ANSWER, AGAIN)],
        "replay",
    )
    yield scenario(
        "asked/burns-nothing",
        (*RULES, "REPLAY-2"),
        "refused where an answer is asked for, then verified in another session, in which nothing is asked",
        [(OPEN, WEAK), (replace(SUITE_1, session="s-2"), result()), (replace(SUITE_1, session="s-3"), "replayed")],
        "replay",
    )
    yield scenario(
        "asked/burns-nothing-audience",
        (*RULES, "REPLAY-2"),
        "the same at level audience",
        [(AUDIENCE, WEAK), (replace(AT_COUNTER, session="s-2"), to_audience())],
        "replay",
    )
    yield scenario(
        "asked/other-session",
        RULES,
        "one session has asked: at another desk nothing is asked, and an ordinary QR is enough",
        [(visit_number(1), result(counter=43)), (ANSWER, to_challenge()), (OPEN, WEAK)],
        "replay",
    )
    yield scenario(
        "asked/then-over",
        (*RULES, "CHAL-3"),
        "nobody answers, and the challenge is over: an ordinary QR is taken, an answer is not",
        [
            (OPEN, WEAK),
            (replace(made_at(OPEN, NOW + 54), elapsed=59), WEAK),
            (replace(made_at(OPEN, NOW + 55), elapsed=60), result()),
            (replace(ANSWER, elapsed=60, now=NOW + 55), "challenge-expired"),
        ],
        "replay",
        "boundary",
        "clock",
    )
    yield scenario(
        "asked/later",
        (*RULES, "VERIFY-1"),
        "an ordinary QR was taken, then the terminal asks: the same QR is no longer enough, though this session knows it",
        [(SUITE_1, result()), (SUITE_1, REPEATED), (OPEN, WEAK), (ANSWER, to_challenge())],
        "order",
        "replay",
    )
    yield scenario(
        "asked/before-replayed",
        (*RULES, "VERIFY-1"),
        "a QR that another session has seen, where an answer is asked for",
        [(replace(SUITE_1, session="s-2"), result()), (OPEN, WEAK)],
        "order",
        "replay",
    )
    yield scenario(
        "asked/before-replay-store-full",
        (*RULES, "VERIFY-1"),
        "no room in the replay store, and an answer is asked for",
        [(OPEN, WEAK), (SUITE_1, "replay-store-full")],
        "order",
        "replay",
        capacity=0,
    )
