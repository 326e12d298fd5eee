"""Layer `scenario`: what a replay key is made of, how long it is kept, and what a session's name is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.expectations import result
from vectors.generate.fixtures import CAMILLE, EXP
from vectors.generate.scenario_case import REPEATED, made_at, scenario, visit_number
from vectors.generate.visit import SUITE_1


def key_cases() -> Iterator[Case]:
    renewed = SUITE_1.with_card((-65537, 7), CAMILLE[-65537][7] + 1)
    yield scenario(
        "same-cti-renewed-card",
        ("V15", "REPLAY-1"),
        "two credentials that differ in rights_as_of alone, one cti of the presentation: two keys",
        [(SUITE_1, result()), (replace(renewed, session="s-2"), result(rights_as_of=CAMILLE[-65537][7] + 1))],
        "replay",
    )
    yield scenario(
        "session-normal-form",
        ("V15", "REPLAY-3"),
        "two spellings of one name, composed and decomposed, are two sessions",
        [(replace(SUITE_1, session="\u00e9"), result()), (replace(SUITE_1, session="e\u0301"), "replayed")],
        "replay",
    )
    longer = replace(SUITE_1, claims=edit(SUITE_1.claims, (4,), EXP + 20))
    yield scenario(
        "end-not-shortened",
        ("V15", "REPLAY-2"),
        "one cti with a longer and then a shorter exp: the key is kept for the longer",
        [(longer, result()), (SUITE_1, REPEATED), (made_at(visit_number(1), EXP + 300), "replay-store-full")],
        "replay",
        "clock",
        capacity=1,
    )
    yield scenario(
        "refusal-keeps-no-longer",
        ("V15", "REPLAY-2"),
        "a refused scan with a longer exp changes nothing: the key is given up at its own end",
        [
            (SUITE_1, result()),
            (replace(longer, session="s-2"), "replayed"),
            (made_at(visit_number(1), EXP + 300), result(counter=43)),
        ],
        "replay",
        "clock",
        capacity=1,
    )
    other = visit_number(1)
    yield scenario(
        "given-up-and-clock-back",
        ("V15", "REPLAY-4"),
        "a key is given up for want of room, then the clock is set back: its presentation stays refused",
        [
            (SUITE_1, result()),
            (made_at(other, EXP + 300), result(counter=43)),
            (replace(SUITE_1, session="s-2"), "replayed"),
        ],
        "replay",
        "clock",
        capacity=1,
    )
