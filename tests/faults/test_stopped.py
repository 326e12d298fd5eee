"""A process killed, and a power cut, before every write, in the middle of each, and after the last: at each store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.adapters.write_points import sqlite
from tests.faults.recovery import THOROUGH, places, require_recovered, rows, stopped
from tests.faults.rows import Column, Row, states

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")


@pytest.mark.parametrize("row", rows(Column.KILLED), ids=repr)
def test_killed_at_every_write(row: Row, tmp_path: Path) -> None:
    """All that it wrote is there, and nothing that it would have written."""
    known = states(row, tmp_path / "known")
    found = stopped(row, tmp_path / "killed", lambda machine: [machine.disk.now()])
    assert {survivor.done for survivor in found} >= set(range(len(row.steps) + 1))
    for survivor, place in zip(found, places(tmp_path), strict=False):
        require_recovered(row, survivor, place, known)
        shutil.rmtree(place)


@pytest.mark.parametrize("row", rows(Column.POWER), ids=repr)
def test_a_power_cut_at_every_write(row: Row, tmp_path: Path) -> None:
    """What was not synchronised may be lost: contents and names, all of them or, with ``make faults``, any one of them."""
    known = states(row, tmp_path / "known")
    found = stopped(row, tmp_path / "cut", lambda machine: machine.disk.trees(thorough=THOROUGH))
    for survivor, place in zip(found, places(tmp_path), strict=False):
        require_recovered(row, survivor, place, known)
        shutil.rmtree(place)
