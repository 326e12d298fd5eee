"""How many scans a second a terminal decides on two cores, beside one: threads of one verifier, and processes.

Each scan is of a QR that its replay store has never seen: presentations are made beforehand, one for each scan of a round, and
each round begins with an empty store. (A store that alters its keys would be quicker to write, but would not be the one that
terminals use.) No scan finds its credential among those seen before. Rounds of all kinds take turns in one run, and each kind's
best round counts; making the stores is not in it.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter
from typing import NamedTuple

from benches.test_verify import Scan, forgetful, scan_of
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.verifier import Verifier

ROUNDS = 12
#: Of each thread and process in a round; fewer where each waits for the disk.
SCANS, SYNCED_SCANS = 4000, 200
WORKERS = 2
#: Where the files of shared stores are: on the disk of the checkout, which a directory for temporary files need not be on.
DISK = Path(__file__).resolve().parent.parent / ".benchmarks"


class Throughput(NamedTuple):
    """Scans a second, all workers together.

    Attributes:
        one: one thread, its store in memory. threads: two of one process, with one store in memory.
        processes: two of one thread each, each with a store of its own in memory: they don't see each other's scans.
        file: one process, its store in a file. shared: two processes, one store in a file.
    """

    one: float
    threads: float
    processes: float
    file: float
    shared: float


class NotFirst(Exception):
    """A scan was answered as a repeated one: what was timed is not what it says."""


def measured(rounds: int = ROUNDS, scans: int = SCANS, synced: int = SYNCED_SCANS) -> Throughput:
    """Best of the rounds. Two processes are started once, and wait while it is not their turn."""
    scan = scan_of()
    texts = [[scan.world.present().text for _ in range(scans)] for _ in range(WORKERS)]
    workers = [_Worker(own) for own in texts]
    DISK.mkdir(exist_ok=True)
    try:
        kinds: list[Callable[[], float]] = [
            lambda: by_processes(workers[:1], scans),
            lambda: by_threads(scan, texts),
            lambda: by_processes(workers, scans),
            lambda: _by_processes_with_a_file(workers[:1], synced),
            lambda: _by_processes_with_a_file(workers, synced),
        ]
        best = [0.0] * len(kinds)
        for _ in range(rounds):
            best = [max(rate, kind()) for rate, kind in zip(best, kinds, strict=True)]
    finally:
        for worker in workers:
            worker.close()
    return Throughput(*best)


def firsts(verifier: Verifier, texts: Iterable[str]) -> int:
    """Decide on each; how many were no repetition."""
    return sum(not verifier.verify(text, "visit").repeated for text in texts)


def by_threads(scan: Scan, texts: Sequence[Sequence[str]]) -> float:
    """Scans a second of one verifier with a thread for each of ``texts``."""
    verifier, start = forgetful(scan, MemoryReplayStore(None)), Barrier(len(texts) + 1)
    found: list[int] = []

    def work(own: Sequence[str]) -> None:
        start.wait()
        found.append(firsts(verifier, own))

    threads = [Thread(target=work, args=(own,)) for own in texts]
    for thread in threads:
        thread.start()
    start.wait()
    begin = perf_counter()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begin
    _require_firsts(found, [len(own) for own in texts])
    return sum(found) / seconds


class _Worker:
    """A process with presentations of its own, that scans them when it is told."""

    def __init__(self, texts: Sequence[str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()
        self._pipe.send(texts)  # not an argument: for a process that can't begin, large ones would wait for ever

    def prepare(self, scans: int, file: Path | None) -> None:
        """Have a new verifier made, with an empty store in memory, or with that in ``file``."""
        self._pipe.send((scans, file))
        self._pipe.recv()

    def begin(self) -> None:
        self._pipe.send(None)

    def firsts(self) -> int:
        """When it has done: how many were first scans."""
        found = self._pipe.recv()
        assert isinstance(found, int)
        return found

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join()


def _serve(pipe: Connection) -> None:
    scan = scan_of()  # the same world, made of the same seed: keys can't be sent to another process
    texts = pipe.recv()
    while order := pipe.recv():
        scans, file = order
        with nullcontext(MemoryReplayStore(None)) if file is None else closing(SqliteReplayStore(file)) as store:
            verifier = forgetful(scan, store)
            pipe.send(None)
            pipe.recv()
            pipe.send(firsts(verifier, texts[:scans]))


def by_processes(workers: Sequence[_Worker], scans: int, file: Path | None = None) -> float:
    """Scans a second of all ``workers``, each with its own store in memory, or all with that in ``file``."""
    for worker in workers:
        worker.prepare(scans, file)
    begin = perf_counter()
    for worker in workers:
        worker.begin()
    found = [worker.firsts() for worker in workers]
    seconds = perf_counter() - begin
    _require_firsts(found, [scans] * len(workers))
    return sum(found) / seconds


def _by_processes_with_a_file(workers: Sequence[_Worker], scans: int) -> float:
    with tempfile.TemporaryDirectory(dir=DISK) as directory:
        return by_processes(workers, scans, Path(directory) / "replay.sqlite")


def _require_firsts(found: list[int], scans: list[int]) -> None:
    if found != scans:
        raise NotFirst(f"{found} of {scans} scans were first ones")
