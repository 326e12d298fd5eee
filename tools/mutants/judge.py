"""Whether the tests notice a mutant. Each is tried in a process of its own, forked from one that is ready to run tests."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tools.mutants import change, tests
from tools.mutants.measure import Measured
from tools.mutants.mutations import Mutant
from tools.mutants.sources import Sources
from tools.mutants.verdicts import AT_IMPORT, KILLED, SURVIVED, TIMEOUT, UNTESTED, VECTORS

_STATUS = {0: SURVIVED, 1: KILLED, 2: AT_IMPORT, 3: TIMEOUT, 4: AT_IMPORT}
_NO_TEST = 2  # the library itself could not be imported
_CANNOT_PUT = 9
_BROKEN = 3  # pytest's own: an internal error

#: A test may take this many seconds of CPU time, and so many times what it took unchanged; a mutant this many by the clock.
_LEAST, _TIMES, _CLOCK = 5.0, 20.0, 900
_MEMORY = 4 << 30
#: So many tests besides the vectors and the package's own, at most: what is at the bottom is run by thousands.
_MOST = 300

#: What a fresh process need not import again: nothing of this repository, whose modules may be the mutant's importers.
_WARM = (
    "cbor2", "nacl.bindings", "nacl.pwhash", "sqlite3", "unicodedata", "zlib",
    "cryptography.hazmat.primitives.asymmetric.ec", "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.x25519", "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.hpke", "cryptography.hazmat.primitives.serialization",
)  # fmt: skip

#: Called with each verdict, and the id of the test that noticed: empty where it took none, None where it is not known.
Record = Callable[[Mutant, str, str | None], None]


class Judge:
    """Judges mutants by the tests that were measured."""

    def __init__(self, root: Path, measured: Measured, record: Record) -> None:
        self._root = root
        self._measured = measured
        self._record = record
        self._sources = Sources(root, measured.lines, {name.split("::")[0] for name in measured.ids})
        self._cases = _cases(root)
        self._killers: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)

    def all(self, mutants: Iterable[Mutant]) -> None:
        """Judge those in functions in a process that has imported all tests; then the others, each in a fresh one."""
        late: list[Mutant] = []
        early: list[Mutant] = []
        for mutant in mutants:
            (early if self._measured.runs_at_import(mutant) else late).append(mutant)
        judging = _Late(self, late, self._root)
        code, _ = _in_child(lambda: tests.pytest_main([], self._measured.slow, judging) == _BROKEN, bounded=False)
        if code:
            raise SystemExit("the tests could not be run")
        for name in _WARM:
            importlib.import_module(name)
        gc.freeze()
        for mutant in early:
            self.early(mutant)

    def early(self, mutant: Mutant) -> None:
        """Judge a change of what runs when the module is imported."""
        chosen = self._measured.tests_for(mutant, self._sources)
        self._record(mutant, *self._verdict(mutant, chosen, lambda: self._try_early(mutant, chosen)))

    def late(self, mutant: Mutant, items: list[pytest.Item], put: Callable[[Mutant], bool]) -> None:
        """Judge a change inside a function, with all tests collected as ``items``."""
        chosen = self._measured.tests_for(mutant, self._sources)
        if mutant.identity[:2] in self._killers:
            known = self._killers[mutant.identity[:2]]
            first = [index for index, _ in known.most_common(5) if index in set(chosen)]
        else:
            first = []

        def attempt() -> NoReturn:
            if not put(mutant):
                _end(_CANNOT_PUT)
            self._run([*first, *self._in_order(mutant, set(chosen) - set(first))], items)
            _end(0)

        verdict = self._verdict(mutant, chosen, attempt)
        if verdict is None:
            self.early(mutant)
        else:
            self._record(mutant, *verdict)

    def _verdict(self, mutant: Mutant, chosen: list[int], attempt: Callable[[], NoReturn]) -> Any:
        if not chosen:
            return UNTESTED, None
        code, killer = _in_child(attempt)
        if code == _CANNOT_PUT:
            return None
        verdict = _STATUS.get(code, KILLED)  # a process that crashes was noticed, too
        if killer is None:
            return verdict, "" if code == _NO_TEST else None
        if verdict == KILLED:
            self._killers[mutant.identity[:2]][killer] += 1
        return verdict, self._measured.ids[killer] if killer < len(self._measured.ids) else None

    def _in_order(self, mutant: Mutant, chosen: set[int]) -> list[int]:
        """Vectors first: they are quick. Shuffled, always in the same way, since neighbours tell the same.

        Of the other tests those of the mutant's own package come first, and ``_MOST`` at most of the rest are run. What is
        changed at import can be noticed by any of them, so there the quick ones come first.
        """
        ids = self._measured.ids
        vectors = [index for index in chosen if ids[index].startswith(VECTORS)]
        vectors.sort(key=lambda index: hashlib.sha256(ids[index].encode()).digest())
        others = sorted(chosen.difference(vectors))
        if self._measured.runs_at_import(mutant):
            others.sort(key=lambda index: self._measured.seconds[index])
        own = [index for index in others if ids[index].startswith(mutant.own)]
        rest = [index for index in others if not ids[index].startswith(mutant.own)]
        return [*vectors, *own, *rest[:_MOST]]

    def _run(self, chosen: list[int], items: Sequence[pytest.Item] | dict[int, pytest.Item]) -> None:
        for index, following in zip(chosen, [*chosen[1:], None], strict=True):
            with self._within_its_time(index):
                passed = tests.passes(items[index], None if following is None else items[following])
            if not passed:
                _end(1, index)

    @contextlib.contextmanager
    def _within_its_time(self, index: int) -> Any:
        seconds = self._measured.seconds[index] if index < len(self._measured.ids) else 0.0
        _RUNNING[0] = index
        signal.setitimer(signal.ITIMER_PROF, max(_LEAST, _TIMES * seconds))
        yield
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _try_early(self, mutant: Mutant, chosen: list[int]) -> NoReturn:
        change.Changed(mutant, self._root).install()
        try:
            import vitaletoken.conformance  # noqa: F401, PLC0415
        except BaseException:  # noqa: BLE001
            _end(_NO_TEST)
        ids = self._measured.ids
        order = self._in_order(mutant, set(chosen))
        for index in order:
            if ids[index] in self._cases:
                with self._within_its_time(index):
                    passed = tests.vector_passes(self._cases[ids[index]])
                if not passed:
                    _end(1, index)
        others = {ids[index]: index for index in order if ids[index] not in self._cases}
        if others:
            plugin = _Early(self, others)
            tests.pytest_main(sorted({name.split("::")[0] for name in others}), self._measured.slow, plugin)
            if plugin.broken:  # a test module could not be imported, which it could before
                _end(4)
        _end(0)


class _Late:
    def __init__(self, judge: Judge, mutants: list[Mutant], root: Path) -> None:
        self._judge = judge
        self._mutants = mutants
        self._root = root

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if [item.nodeid for item in session.items] != self._judge._measured.ids:  # noqa: SLF001
            raise RuntimeError("the tests changed while they were measured")
        functions = change.functions_of(self._root)
        gc.collect()
        gc.freeze()
        for mutant in self._mutants:
            self._judge.late(mutant, session.items, lambda mutant: change.put(mutant, self._root, functions))
        return True


class _Early:
    """Runs the wanted tests in their order; then, for those that are not there, what their functions have instead.

    A changed constant may be a parameter, and so part of a test's name: that alone is nothing that was noticed.
    """

    def __init__(self, judge: Judge, wanted: dict[str, int]) -> None:
        self.broken = True
        self._judge = judge
        self._wanted = wanted

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.broken = session.testsfailed > 0
        if not self.broken:
            found = {item.nodeid: item for item in session.items}
            here = {index: found[name] for name, index in self._wanted.items() if name in found}
            gone = {_function(name) for name in self._wanted if name not in found}
            known = self._judge._measured.ids  # noqa: SLF001
            new = [found[name] for name in sorted(found.keys() - set(known)) if _function(name) in gone]
            self._judge._run(list(here), here)  # noqa: SLF001
            self._judge._run(list(range(len(known), len(known) + len(new))), dict(enumerate(new, len(known))))  # noqa: SLF001
        return True


def _function(name: str) -> str:
    return name.split("[", maxsplit=1)[0]


def _cases(root: Path) -> dict[str, dict[str, Any]]:
    """The vectors, by the name that their test has; as tests/test_vectors.py reads them."""
    return {
        f"{VECTORS}{case['id']}]": {"layer": content["layer"], **case}
        for path in sorted((root / "vectors").glob("*.json"))
        if path.name != "schema.json"
        for content in [json.loads(path.read_text(encoding="utf-8"))]
        for case in content["cases"]
    }


def _end(code: int, killer: int | None = None) -> NoReturn:
    if killer is not None:
        os.write(_PIPE[1], str(killer).encode())
    os._exit(code)


_PIPE = [-1, -1]
_RUNNING = [-1]  # the test that runs in this process


def _timed_out(*_: object) -> NoReturn:
    _end(3, _RUNNING[0] if _RUNNING[0] >= 0 else None)


def _in_child(work: Callable[[], object], *, bounded: bool = True) -> tuple[int, int | None]:
    """Run ``work`` in a forked process; its exit code, and which test killed. Bounded: in silence, time and memory too."""
    _PIPE[:] = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(_PIPE[0])
        code = 1
        try:
            if bounded:
                _bound()
            code = int(bool(work()))
        except BaseException:  # noqa: BLE001 - the process ends here
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(_PIPE[1])
    with os.fdopen(_PIPE[0], "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int(said) if said else None


def _bound() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _timed_out)
    signal.signal(signal.SIGALRM, _timed_out)
    signal.alarm(_CLOCK)
