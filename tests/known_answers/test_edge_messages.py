"""Each edge signature in each message: one verdict and one reason, in both implementations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.interop.second import answers, needs_node
from tests.known_answers.edge_messages import (
    CERTIFIED,
    SIGNATURES,
    Question,
    certified_questions,
    new_key_questions,
    signature_questions,
)
from vitaletoken import conformance

SETS: dict[str, Callable[[], Iterator[Question]]] = {
    "signatures": signature_questions,
    "certified": certified_questions,
    "new keys": new_key_questions,
}


@cache
def questions(name: str) -> tuple[Question, ...]:
    return tuple(SETS[name]())


def wrong(name: str, found: dict[str, dict[str, object]]) -> dict[str, tuple[str | None, object]]:
    """What came out otherwise, by question."""
    return {
        each.name: (each.code, found[each.name].get("error"))
        for each in questions(name)
        if found[each.name].get("error") != each.code or ("ok" in found[each.name]) is not (each.code is None)
    }


@pytest.mark.parametrize("name", SETS)
def test_the_library(name: str) -> None:
    found = {each.name: conformance.run({"layer": each.layer, "input": each.input}) for each in questions(name)}
    assert wrong(name, found) == {}


@needs_node
@pytest.mark.parametrize("name", SETS)
def test_the_second_implementation(name: str) -> None:
    asked = [{"id": each.name, "layer": each.layer, "input": each.input} for each in questions(name)]
    assert wrong(name, answers(asked)) == {}


def test_they_are_all_there_and_not_all_refused() -> None:
    accepted = {
        name: Counter(each.name.partition(":")[0] for each in questions(name) if each.code is None) for name in SETS
    }
    assert accepted["signatures"] == dict.fromkeys(SIGNATURES, 1)  # the honest one
    # a key of mixed order whose parts of small order vanish, three times, or cancel
    assert accepted["certified"] == dict.fromkeys(CERTIFIED, 4)
    assert not accepted["new keys"]
    assert {name: len(questions(name)) for name in SETS} == {
        "signatures": 11 * 24,
        "certified": 2 * 25,
        "new keys": 4 * 25,
    }
