"""What the processes of ``test_two_processes`` run."""

from __future__ import annotations

from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from tests.adapters.processes import PATIENCE
from tests.faults.recovery import rows
from tests.faults.rows import Column


def racing(directory: Path, start: Barrier, out: Connection) -> None:
    """Opens the store of each row and does its steps, each at the same moment as the other process.

    Sends, by row, what each step answered, and what the store held in the end.
    """
    found: dict[str, tuple[list[Any], object]] = {}
    for row in rows(Column.PROCESSES):
        answers: list[Any] = []
        with ExitStack() as stack:
            start.wait(PATIENCE)
            store = stack.enter_context(row.open(directory / row.name))
            for step in row.steps:
                start.wait(PATIENCE)
                try:
                    answers.append(step(store))
                except Exception as error:  # noqa: BLE001 - the parent says what may happen
                    answers.append(f"{type(error).__name__}: {error}")
            start.wait(PATIENCE)
            found[row.name] = (answers, row.view(store))
    out.send(found)
