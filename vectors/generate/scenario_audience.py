"""Layer `scenario`: the replay store and the levels that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.editing import edit
from vectors.generate.expectations import result
from vectors.generate.scenario_case import AGAIN, ANSWERED, DEVICE_ONLY, SECOND, scenario, visit_number
from vectors.generate.terminal_visit import (
    ANSWER,
    AT_COUNTER,
    to_audience,
    to_challenge,
)
from vectors.generate.terminals import CERT_HOSPITAL
from vectors.generate.visit import SUITE_1


def store_cases() -> Iterator[Case]:
    """The replay store is not asked at level challenge."""
    yield scenario(
        "challenge/store-of-nothing",
        ANSWERED,
        "no room in the replay store: it is not asked",
        [(ANSWER, to_challenge()), (SUITE_1, "replay-store-full"), (ANSWER, AGAIN)],
        "replay",
        "boundary",
        capacity=0,
    )
    yield scenario(
        "challenge/takes-no-room",
        ANSWERED,
        "room for one key, which an answer does not take",
        [
            (ANSWER, to_challenge()),
            (SUITE_1, result()),
            (SECOND, "challenge-answered"),
            (visit_number(1), "replay-store-full"),
        ],
        "replay",
        capacity=1,
    )
    same_cti = replace(SUITE_1, claims=edit(ANSWER.claims, (-65538, 2), 0), session="s-2")
    yield scenario(
        "challenge/same-cti-at-open",
        (*ANSWERED, "REPLAY-1"),
        "a phone uses one cti for an answer and for a presentation at level open in another session: the store has not seen it",
        [(ANSWER, to_challenge()), (same_cti, result())],
        "replay",
    )
    device_only = replace(ANSWER, claims=edit(ANSWER.claims, (-65538, 1), 2), code=None)
    said: dict[str, Json] = {**DEVICE_ONLY, "binding": "challenge", "sealed": True}
    yield scenario(
        "challenge/same-cti-without-code",
        (*ANSWERED, "REPLAY-1"),
        "the phone signed the same cti with and without the code: one replay key",
        [(device_only, said), (ANSWER, AGAIN)],
        "replay",
    )


def audience_cases() -> Iterator[Case]:
    rules = ("V15", "REPLAY-1")
    yield scenario(
        "audience/other-session",
        rules,
        "level audience: shown again in another session of this terminal",
        [(AT_COUNTER, to_audience()), (replace(AT_COUNTER, session="s-2"), "replayed")],
        "replay",
    )
    yield scenario(
        "audience/same-session",
        (*rules, "REPLAY-3"),
        "level audience: scanned twice at one desk",
        [(AT_COUNTER, to_audience()), (AT_COUNTER, to_audience(repeated=True))],
        "replay",
    )
    yield scenario(
        "audience/other-terminal",
        ("V9", "PRES-4"),
        "level audience: shown at another terminal with the same store; its place decides before the store is asked",
        [
            (AT_COUNTER, to_audience()),
            (replace(AT_COUNTER, session="s-2", certificates=(CERT_HOSPITAL,)), "context-mismatch"),
        ],
        "replay",
    )
    yield scenario(
        "audience/store-full",
        ("V15", "REPLAY-2"),
        "level audience takes room in the store",
        [(AT_COUNTER, to_audience()), (SUITE_1, "replay-store-full")],
        "replay",
        capacity=1,
    )
    same = replace(SUITE_1, claims=edit(AT_COUNTER.claims, (-65538, 2), 0), session="s-2")
    yield scenario(
        "audience/same-cti-at-open",
        rules,
        "one cti at level audience and at level open: one replay key",
        [(AT_COUNTER, to_audience()), (same, "replayed")],
        "replay",
    )
