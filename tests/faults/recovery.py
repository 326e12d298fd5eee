"""What has to hold of a row after a fault, and the runs that the columns of the matrix have in common."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.databases import DATABASES
from tests.faults.disk import Tree, laid_out
from tests.faults.files import FILES
from tests.faults.machine import Machine
from tests.faults.rows import FAILURES, Column, Row

#: ``make faults`` sets it: every point and every state of a disk, where ``make test`` takes some of each kind.
THOROUGH: Final = bool(os.environ.get("FAULTS"))

STORES: Final = (*DATABASES, *FILES)


def rows(column: Column) -> list[Row]:
    """Those to which the column applies."""
    return [row for row in STORES if column not in row.exempt]


class Survivor(NamedTuple):
    """A directory after the machine stopped: before what, after how many steps that were reported done (-1: not open yet)."""

    what: str
    done: int
    tree: Tree


def stopped(row: Row, directory: Path, left: Callable[[Machine], Iterable[Tree]]) -> list[Survivor]:
    """What a machine leaves that stops at any point of the row's steps; each state once for each number of steps done."""
    directory.mkdir()
    row.prepare(directory)
    found: dict[tuple[int, Tree], Survivor] = {}
    done = -1

    def stop(what: str) -> int:
        for tree in left(machine):
            found.setdefault((done, tree), Survivor(what, done, tree))
        return 0

    with Machine(directory, stop) as machine, row.open(directory) as store:
        done = 0
        for step in row.steps:
            step(store)
            done += 1  # noqa: SIM113 - ``stop`` sees it
            stop("done")
    return [*found.values()]


def is_old_or_new(row: Row, view: object, done: int, known: list[object]) -> bool:
    """``known``: the views after each number of steps."""
    return view in known[max(done, 0) : done + 2] or row.between(view)


def require_recovered(row: Row, survivor: Survivor, place: Path, known: list[object]) -> None:
    """The next process finds the old state or the new one and nothing else, has what was reported, and goes on to the end."""
    laid_out(survivor.tree, place)
    with Machine(place), row.open(place) as store:
        view = row.view(store)
        assert is_old_or_new(row, view, survivor.done, known), (survivor.what, survivor.done)
        row.require(store, max(survivor.done, 0))
        for step in row.steps[max(survivor.done, 0) :]:
            step(store)
        assert row.view(store) == known[-1]
        row.require(store, len(row.steps))


class Failing:
    """What a machine fails with: ``code`` at the point of that number among those called ``names``, or from there on.

    Attributes:
        struck: it has failed.
        mended: it fails no more.
    """

    def __init__(self, number: int, code: int, names: frozenset[str] | None, *, lasting: bool) -> None:
        self._left = number
        self._code = code
        self._names = names
        self._lasting = lasting
        self.struck = self.mended = False

    def at(self, what: str) -> int:
        if self.mended or not (self._names is None or what in self._names):
            return 0
        self._left -= 1
        if (self._left < -1 and not self._lasting) or self._left >= 0:
            return 0
        self.struck = True
        return self._code


def require_durable(row: Row, machine: Machine, directory: Path, view: object) -> None:
    """What was done at the second try is there after a power cut, though the first try may have done half of it."""
    for number, tree in enumerate({*machine.disk.trees()}):
        place = laid_out(tree, directory.with_name(f"{directory.name} cut {number}"))
        with row.open(place) as store:
            assert row.view(store) == view
        shutil.rmtree(place)


def trees_of(row: Row, directory: Path) -> list[Tree]:
    """What a directory has in it after no step, before it is opened; after the first step; and so on, where nothing fails."""
    directory.mkdir()
    row.prepare(directory)
    with Machine(directory) as machine:
        found = [machine.disk.now()]
        with row.open(directory) as store:
            for step in row.steps:
                step(store)
                found.append(machine.disk.now())
    return found


def require_fails_closed(row: Row, directory: Path, done: int, failing: Failing, known: list[object]) -> int:
    """The next step fails: the process says so with the system's error, keeps the old state or the new one, and goes on when
    the machine is mended.

    Args:
        directory: as it is after ``done`` steps.

    Returns:
        How often something failed: the step, or before the first one the opening too.
    """
    failures = 0
    with Machine(directory) as machine, ExitStack() as stack:
        if not done:
            machine.at = failing.at
        try:
            store = stack.enter_context(row.open(directory))
        except FAILURES:
            failing.mended = True
            failures += 1
            store = stack.enter_context(row.open(directory))
        machine.at = failing.at
        try:
            row.steps[done](store)
        except FAILURES:
            failing.mended = True
            failures += 1
            assert is_old_or_new(row, row.view(store), done, known)
            row.require(store, done)
            if row.steps[done](store) != "exists":
                require_durable(row, machine, directory, known[done + 1])
        failing.mended = True
        for last, step in enumerate(row.steps[done + 1 :] if THOROUGH else [], done + 1):
            assert row.view(store) == known[last]
            row.require(store, last)
            step(store)
    last = len(row.steps) if THOROUGH else done + 1
    with Machine(directory), row.open(directory) as store:
        assert row.view(store) == known[last]
        row.require(store, last)
    return failures


def places(directory: Path) -> Iterator[Path]:
    """Names of new directories in it."""
    directory.mkdir(exist_ok=True)
    number = 0
    while True:
        yield directory / str(number)
        number += 1
