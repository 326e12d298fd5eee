"""Databases that another connection has locked, or that may not be written at all: an error at once, nothing lost, then on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.adapters.write_points import sqlite
from tests.faults.machine import Machine
from tests.faults.recovery import rows
from tests.faults.rows import Column, Row, states
from vitaletoken.adapters import database


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0)


@contextmanager
def held(path: Path, statements: str) -> Iterator[None]:
    """Another connection in the middle of a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for statement in statements.split(";"):
            other.execute(statement)
        yield


@pytest.mark.parametrize("lock", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN; SELECT name FROM kind"])
@pytest.mark.parametrize("row", rows(Column.LOCKED), ids=repr)
def test_while_another_has_the_lock(row: Row, lock: str, tmp_path: Path) -> None:
    """All of it, that to write, or a reader's, which a commit has to wait for."""
    known = states(row, tmp_path / "known")
    place = tmp_path / "locked"
    place.mkdir()
    row.prepare(place)
    with row.open(place) as store:
        for done, step in enumerate(row.steps):
            for path in place.iterdir():
                with held(path, lock):
                    with pytest.raises(sqlite3.OperationalError, match="locked"):
                        step(store)
                    with pytest.raises(sqlite3.OperationalError, match="locked"), row.open(place) as another:
                        step(another)
            assert row.view(store) == known[done]
            row.require(store, done)
            step(store)
            assert row.view(store) == known[done + 1]


@pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")
@pytest.mark.parametrize("row", rows(Column.LOCKED), ids=repr)
def test_files_that_may_not_be_written(row: Row, tmp_path: Path) -> None:
    """The system opens them for reading alone, as for a user without the right; root would be let through."""
    known = states(row, tmp_path / "known")
    place = tmp_path / "read-only"
    place.mkdir()
    row.prepare(place)
    with row.open(place) as store:
        for step in row.steps[:2]:
            step(store)
    with (
        Machine(place, read_only=True),
        pytest.raises(sqlite3.OperationalError, match="readonly"),
        row.open(place) as store,
    ):
        row.steps[-1](store)
    with row.open(place) as store:
        assert row.view(store) == known[2]
