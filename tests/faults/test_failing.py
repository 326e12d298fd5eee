"""Disks that are full, broken or read-only, at every write of each store: an error of the system's, and nothing lost."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.adapters.write_points import sqlite
from tests.faults.disk import laid_out
from tests.faults.files import FILES
from tests.faults.machine import SHORT, Machine
from tests.faults.recovery import Failing, places, require_fails_closed, rows, trees_of
from tests.faults.rows import Column, Row, states

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")

#: Calls that take room on the disk, and calls that change it; a broken one may fail at any.
TAKES_ROOM: Final = frozenset({"create", "write", "half a write", "make directory", "link", "rename"})
CHANGES: Final = TAKES_ROOM | {"open", "truncate", "remove", "delete"}


def every_point(row: Row, directory: Path, code: int, names: frozenset[str] | None, *, lasting: bool) -> None:
    """Each step, with a failure at each point of it."""
    known, trees = states(row, directory / "known"), trees_of(row, directory / "whole")
    failed = set()
    for done in range(len(row.steps)):
        for number, place in enumerate(places(directory / str(done))):
            laid_out(trees[done], place)
            failing = Failing(number, code, names, lasting=lasting)
            if require_fails_closed(row, place, done, failing, known):
                failed.add(done)
            shutil.rmtree(place)
            if not failing.struck:
                break
    assert {done for done in range(len(row.steps)) if known[done] != known[done + 1]} <= failed


@pytest.mark.parametrize("row", rows(Column.FULL), ids=repr)
def test_a_full_disk(row: Row, tmp_path: Path) -> None:
    """From each write on, until there is room again."""
    every_point(row, tmp_path, errno.ENOSPC, TAKES_ROOM, lasting=True)


@pytest.mark.parametrize("row", rows(Column.BROKEN), ids=repr)
def test_a_broken_disk(row: Row, tmp_path: Path) -> None:
    """Each call fails once: writes, syncs, and the calls that clean up after a failure."""
    every_point(row, tmp_path, errno.EIO, None, lasting=False)


@pytest.mark.parametrize("row", rows(Column.READ_ONLY), ids=repr)
def test_a_disk_that_becomes_read_only(row: Row, tmp_path: Path) -> None:
    """As a file system does after an error: from each write on, until it is mounted anew."""
    every_point(row, tmp_path, errno.EROFS, CHANGES, lasting=True)


@pytest.mark.parametrize("row", FILES, ids=repr)
def test_writes_that_are_cut_short(row: Row, tmp_path: Path) -> None:
    """POSIX lets a write take less than all and say so; no error, and nothing may be missing. SQLite's own layer sees to its."""
    known, place = states(row, tmp_path / "known"), tmp_path / "short"
    place.mkdir()
    row.prepare(place)
    cut = []

    def at(what: str) -> int:
        cut.append(what)
        return SHORT if what == "half a write" else 0

    with Machine(place, at), row.open(place) as store:
        for done, step in enumerate(row.steps, 1):
            step(store)
            assert row.view(store) == known[done]
    assert "half a write" in cut
