"""Two processes that do the same steps with one store at the same moments: one outcome, and what happens once happens once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.adapters.processes import in_processes
from tests.faults import racing
from tests.faults.recovery import rows
from tests.faults.rows import Column, Row, states
from vitaletoken.ports import RecordOutcome
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome

#: By row, what each step answers to the two processes together, where one of them is to be the only one.
ONCE: Final[dict[str, dict[int, Counter[Any]]]] = {
    "replay keys": {n: Counter([ReplayOutcome.FIRST, ReplayOutcome.SAME_SESSION]) for n in (0, 1, 3, 4)},
    "challenges": {n: Counter([AnswerOutcome.FIRST, AnswerOutcome.SAME]) for n in (2, 4, 6)},
    "issuer's register": {
        **{n: Counter([RecordOutcome.RECORDED, RecordOutcome.ANSWERED]) for n in (1, 2)},
        3: Counter([True, False]),
    },
    "issuer's applications": {n: Counter([True, False]) for n in (0, 2)},
    "status store": {n: Counter([True, False]) for n in range(4)},
    "key files": {n: Counter(["saved", "exists"]) for n in (0, 1)},
}


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """One pair of processes for all rows: most of their time is that of starting."""
    directory = tmp_path_factory.mktemp("raced")
    for row in rows(Column.PROCESSES):
        (directory / row.name).mkdir()
        row.prepare(directory / row.name)
    return in_processes(2, racing.racing, lambda _: (directory,))


@pytest.mark.parametrize("row", rows(Column.PROCESSES), ids=repr)
def test_both_at_once(row: Row, raced: list[dict[str, Any]], tmp_path: Path) -> None:
    """And the end is that of one process alone."""
    answers, views = zip(*(found[row.name] for found in raced), strict=True)
    assert not [answer for each in answers for answer in each if isinstance(answer, str) and "Error" in answer]
    assert list(views) == [states(row, tmp_path / "known")[-1]] * 2
    for step, outcome in ONCE.get(row.name, {}).items():
        assert Counter(each[step] for each in answers) == outcome
