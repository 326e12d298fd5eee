"""The machine that fails itself: a layer that sees nothing, or keeps a wrong account, would let every test here pass."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.write_points import sqlite
from tests.faults.databases import CHALLENGES, REPLAY
from tests.faults.disk import Disk, _Directory, _File, found_in, laid_out
from tests.faults.files import FLOOR, KEYS, MESSAGES, MIRROR, STATUS_FILES
from tests.faults.machine import Machine
from tests.faults.recovery import STORES, Failing, is_old_or_new, places, require_fails_closed, stopped, trees_of
from tests.faults.rows import Row, states
from vitaletoken.adapters import database

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")


@pytest.mark.parametrize("row", STORES, ids=repr)
def test_the_account_is_that_of_the_disk(row: Row, tmp_path: Path) -> None:
    """What the machine says is there is there, byte by byte, after each step."""
    place = tmp_path / "account"
    place.mkdir()
    row.prepare(place)
    with Machine(place) as machine, row.open(place) as store:
        assert machine.disk.now() == found_in(place)
        for step in row.steps:
            step(store)
            assert machine.disk.now() == found_in(place)
    assert found_in(laid_out(machine.disk.now(), tmp_path / "copy")) == found_in(place)


@pytest.mark.parametrize(
    ("row", "points"),
    [
        (REPLAY, {"create", "write", "half a write", "sync", "delete", "sync directory"}),
        (FLOOR, {"lock", "open", "create", "write", "half a write", "sync", "rename", "sync directory"}),
        (KEYS, {"create", "write", "half a write", "sync", "sync directory"}),
        (MIRROR, {"lock", "make directory", "create", "write", "sync", "rename", "link", "remove", "sync directory"}),
    ],
    ids=["replay keys", "time floor", "key files", "mirror"],
)
def test_every_kind_of_call_is_a_point(row: Row, points: set[str], tmp_path: Path) -> None:
    seen: set[str] = set()
    place = tmp_path / "seen"
    place.mkdir()

    def at(what: str) -> int:
        seen.add(what)
        return 0

    with Machine(place, at), row.open(place) as store:
        for step in row.steps:
            step(store)
    assert seen >= points


def test_all_is_as_before_afterwards(tmp_path: Path) -> None:
    before = (os.open, os.fsync, os.replace, io.open)
    with Machine(tmp_path):
        assert (os.open, os.fsync, os.replace, io.open) != before
    assert (os.open, os.fsync, os.replace, io.open) == before


def _no_sync(*_: object) -> None:
    return None


def _lost(row: Row, tmp_path: Path) -> bool:
    """A power cut leaves what is neither old nor new; ``test_stopped`` says that it does not, where nothing is left out."""
    known = states(row, tmp_path / "known")
    found = stopped(row, tmp_path / "cut", lambda machine: machine.disk.trees(thorough=True))
    for survivor, place in zip(found, places(tmp_path / "left"), strict=False):
        laid_out(survivor.tree, place)
        try:
            with row.open(place) as store:
                if not is_old_or_new(row, row.view(store), survivor.done, known):
                    return True
        except Exception:  # noqa: BLE001 - whatever it is, it is not as it should be
            return True
    return False


@pytest.mark.parametrize("row", [REPLAY, FLOOR, MESSAGES, STATUS_FILES, MIRROR], ids=repr)
@pytest.mark.parametrize("what", [_File, _Directory])
def test_syncs_that_are_left_out_are_found(
    what: type[object], row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of all files, or those of all directories."""
    genuine = Disk.sync

    def sync(self: Disk, number: int) -> None:
        if not isinstance(self._inodes[number], what):
            genuine(self, number)

    monkeypatch.setattr(Disk, "sync", sync)
    assert _lost(row, tmp_path)


@pytest.mark.parametrize(("level", "is_lost"), [("OFF", True), ("FULL", True), ("EXTRA", False)])
def test_a_database_that_synchronises_less_is_found(
    level: str, is_lost: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FULL leaves out the one sync that EXTRA has more: that of the directory after the journal has gone."""
    write = database.Database.write

    def less(self: Any) -> Any:
        self._connection.execute(f"PRAGMA synchronous={level}")
        return write(self)

    monkeypatch.setattr(database.Database, "write", less)
    assert _lost(CHALLENGES, tmp_path) is is_lost


def test_a_commit_that_is_not_settled_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory's sync fails, the second try finds all done: without one more sync, a power cut undoes what it answered."""
    monkeypatch.setattr(database.Database, "_settle", _no_sync)
    known, trees = states(REPLAY, tmp_path / "known"), trees_of(REPLAY, tmp_path / "whole")
    with pytest.raises(AssertionError):  # noqa: PT012 - whichever point it is
        for number, place in enumerate(places(tmp_path / "failed")):
            laid_out(trees[0], place)
            failing = Failing(number, errno.EIO, frozenset({"sync directory"}), lasting=False)
            require_fails_closed(REPLAY, place, 0, failing, known)
            assert failing.struck, "else it would go on for ever"


# --- the disk


def test_what_a_power_cut_leaves(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    disk = Disk(tmp_path)
    (directory,) = [number for number, inode in enumerate(disk._inodes) if isinstance(inode, _Directory)]
    new = disk.create(directory, "new")
    disk.write(new, 0, b"written")
    assert disk.now() == {("", None), ("/old", b"old"), ("/new", b"written")}
    left = {frozenset(tree) for tree in disk.trees()}
    assert left == {
        frozenset({("", None), ("/old", b"old")}),
        frozenset({("", None), ("/old", b"old"), ("/new", b"")}),
        frozenset({("", None), ("/old", b"old"), ("/new", b"written")}),
    }
    disk.sync(new)
    disk.rename((directory, "new"), (directory, "old"))
    assert set(disk.trees()) == {
        frozenset({("", None), ("/old", b"old")}),
        frozenset({("", None), ("/old", b"written")}),
    }
    one_by_one = set(disk.trees(thorough=True))
    assert frozenset({("", None), ("/old", b"old"), ("/new", b"written")}) in one_by_one, "the first change alone"
    disk.sync(directory)
    assert set(disk.trees(thorough=True)) == {disk.now()} == {frozenset({("", None), ("/old", b"written")})}
