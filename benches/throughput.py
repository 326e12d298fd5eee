"""How many scans a second a terminal decides on two cores, beside one: threads of one verifier, and processes.

Every scan is of a card not seen before, with the replay store in memory. Rounds of all kinds take turns in one run, and each
kind's best round counts.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from threading import Barrier, Thread
from time import perf_counter
from typing import NamedTuple

from benches.test_verify import Scan, forgetful, scan_of

ROUNDS = 12
SCANS = 4000


class Throughput(NamedTuple):
    """Scans a second: one thread; two threads of one process; two processes of one thread each."""

    one: float
    threads: float
    processes: float


def measured() -> Throughput:
    """Best of the rounds. Two processes are started once, and wait while it is not their turn."""
    scan = scan_of()
    pairs = [_start(scan) for _ in range(2)]
    try:
        kinds: list[Callable[[], float]] = [
            lambda: _by_processes(pairs[:1]),
            lambda: _by_threads(scan, 2),
            lambda: _by_processes(pairs),
        ]
        best = [0.0] * len(kinds)
        for _ in range(ROUNDS):
            best = [max(rate, kind()) for rate, kind in zip(best, kinds, strict=True)]
    finally:
        for process, pipe in pairs:
            pipe.send(0)
            process.join()
    return Throughput(*best)


def _by_threads(scan: Scan, count: int) -> float:
    verifier, start = forgetful(scan), Barrier(count + 1)

    def work() -> None:
        start.wait()
        for _ in range(SCANS):
            verifier.verify(scan.text, "visit")

    threads = [Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    start.wait()
    begin = perf_counter()
    for thread in threads:
        thread.join()
    return count * SCANS / (perf_counter() - begin)


def _start(scan: Scan) -> tuple[multiprocessing.Process, Connection]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(scan, there), daemon=True)
    process.start()
    return process, here


def _serve(scan: Scan, pipe: Connection) -> None:
    """As many scans as it is told, again and again, until it is told 0."""
    verifier = forgetful(scan)
    while scans := pipe.recv():
        for _ in range(scans):
            verifier.verify(scan.text, "visit")
        pipe.send(None)


def _by_processes(pairs: list[tuple[multiprocessing.Process, Connection]]) -> float:
    begin = perf_counter()
    for _, pipe in pairs:
        pipe.send(SCANS)
    for _, pipe in pairs:
        pipe.recv()
    return len(pairs) * SCANS / (perf_counter() - begin)
