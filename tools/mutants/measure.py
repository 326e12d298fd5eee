"""What each test runs, and whether it passes, before anything is changed."""

from __future__ import annotations

import pickle
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

from tools.mutants import tests
from tools.mutants.mutations import Mutant
from tools.mutants.sources import Sources

_IMPORT = "import"


@dataclass
class Measured:
    """The tests and the lines they run.

    Attributes:
        ids: of the tests, in the order in which pytest collects them; elsewhere a test is its index here.
        failing: tests that fail without any change. They judge nothing.
        lines: by file and line, the tests that run it.
        imported: by file, the lines that run when it is imported.
        seconds: CPU time of each test.
        slow: whether the slow tests are among them.
    """

    ids: list[str] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    lines: dict[str, dict[int, set[int]]] = field(default_factory=dict)
    imported: dict[str, set[int]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    slow: bool = False

    def runs_at_import(self, mutant: Mutant) -> bool:
        """Whether the change takes part in making the module: putting it into a function afterwards would be too late."""
        body = range(mutant.around[0] + 1, mutant.around[1] + 1)
        return not mutant.inside or not self.imported.get(mutant.file, set()).isdisjoint(body)

    def tests_for(self, mutant: Mutant, sources: Sources) -> list[int]:
        """The tests that can tell: those that run the changed lines, or the function where none of these left a trace.

        For a change of what runs when modules are imported alone: those that run a line, of any file, with one of its names
        or with a name of what is made from it; failing that, all that run a line of its file. A test that compares a
        constant runs no line of its module, so those of the package's own directory are among them, and those of each file
        that imports the module.
        """
        found: set[int] = set()
        if mutant.inside:
            lines = self.lines.get(mutant.file, {})
            found = _union(lines, range(mutant.first, mutant.last + 1))
            found = found or _union(lines, range(mutant.around[0], mutant.around[1] + 1))
        if not found:
            found = self._naming(sources.made_from(mutant.names), sources)
            found = found or set().union(*self.lines.get(mutant.file, {}).values())
        if self.runs_at_import(mutant):
            files = sources.importing(mutant.file)
            found |= {
                index
                for index, name in enumerate(self.ids)
                if name.startswith(mutant.own) or name.split("::")[0] in files
            }
        if not mutant.file.startswith("vitaletoken/rules/"):
            found = {index for index in found if not self.ids[index].startswith(tests.ROLES)}
        return sorted(found - self.failing)

    def _naming(self, names: frozenset[str], sources: Sources) -> set[int]:
        name = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
        found: set[int] = set()
        for file, run in self.lines.items():
            found |= _union(run, [line for line, text in sources.lines(file) if line in run and name.search(text)])
        return found


def _union(lines: dict[int, set[int]], numbers: range | list[int]) -> set[int]:
    return set().union(*(lines[number] for number in numbers if number in lines))


class _Measuring:
    """Runs every test once, each under its own coverage context."""

    def __init__(self, root: Path, cov: coverage.Coverage) -> None:
        self.measured = Measured()
        self._root = root
        self._cov = cov

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        measured = self.measured
        measured.ids = [item.nodeid for item in items]
        for index, item in enumerate(items):
            self._cov.switch_context(str(index))
            begun = time.process_time()
            if not tests.passes(item, items[index + 1] if index + 1 < len(items) else None):
                measured.failing.add(index)
            measured.seconds.append(time.process_time() - begun)
        return True

    def read(self) -> None:
        """Take the lines out of coverage's data."""
        data = self._cov.get_data()
        for path in data.measured_files():
            file = Path(path).relative_to(self._root).as_posix()
            lines: dict[int, set[int]] = defaultdict(set)
            imported = set()
            for line, contexts in data.contexts_by_lineno(path).items():
                for context in contexts:
                    if context == _IMPORT:
                        imported.add(line)
                    elif context:
                        lines[line].add(int(context))
            self.measured.lines[file] = dict(lines)
            self.measured.imported[file] = imported


def measure(root: Path, slow: bool, into: Path) -> None:
    """Run the tests and write what was measured to ``into``. For a process of its own: it imports all that is tested."""
    cov = coverage.Coverage(data_file=None, include=[f"{root}/vitaletoken/*"], config_file=False)
    cov.start()
    cov.switch_context(_IMPORT)
    measuring = _Measuring(root, cov)
    measuring.measured.slow = slow
    tests.pytest_main([], slow, measuring)
    cov.stop()
    if not measuring.measured.ids:
        raise SystemExit("the tests could not be collected")
    measuring.read()
    into.write_bytes(pickle.dumps(measuring.measured))
