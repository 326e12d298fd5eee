"""The rows of the matrix of faults: each store and each kind of file that the adapters write, as a sequence of steps.

A row's steps are what a process does with the store, one after the other; each may be done again by who does not know whether it
was done. ``view`` says what the store holds, as a value: after so many steps it is always the same. What a fault may leave is the
view before the step that it struck, or the one after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Column(StrEnum):
    """What can happen to a store."""

    KILLED = "killed"
    POWER = "power cut"
    FULL = "disk full"
    BROKEN = "disk broken"
    READ_ONLY = "read-only"
    LOCKED = "locked"
    CLOCK = "clock set"
    PROCESSES = "two processes"


#: What a failing system raises; anything else would be a verdict, or the caller's fault.
FAILURES = (OSError, sqlite3.Error)

Step = Callable[[Any], object]


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        covers: the classes and functions of ``vitaletoken.adapters`` that it goes through.
        open: the store in a directory.
        steps: what is done with it; each gives what the store answered.
        view: what it holds.
        require: more that has to be so when the first ``done`` steps were reported done; leaves the store as it is.
        prepare: what was in the directory before.
        between: views that a fault may leave besides the old one and the new one, from which doing the step again leads on.
        exempt: columns that do not apply, and why.
    """

    name: str
    covers: tuple[object, ...]
    steps: Sequence[Step] = ()
    open: Callable[[Path], AbstractContextManager[Any]] = nullcontext
    view: Callable[[Any], object] = _nothing
    require: Callable[[Any, int], None] = _nothing
    prepare: Callable[[Path], object] = _nothing
    between: Callable[[object], bool] = lambda _: False
    exempt: Mapping[Column, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.name


@contextmanager
def ready(row: Row, directory: Path) -> Any:
    """The row's store in a directory that was just made."""
    directory.mkdir()
    row.prepare(directory)
    with row.open(directory) as store:
        yield store


def states(row: Row, directory: Path) -> list[object]:
    """The view after no step, after the first, and so on, where nothing fails."""
    with ready(row, directory) as store:
        found = [row.view(store)]
        for step in row.steps:
            step(store)
            found.append(row.view(store))
    return found


def all_tables(store: Any) -> object:
    """Everything in an SQLite store."""
    with store._database.read() as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}
