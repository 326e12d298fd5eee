"""What runs in a process of its own: one target for some seconds, coverage-guided by atheris, or in a plain loop."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.fuzz.engine.box import Box, Count
from tests.fuzz.engine.mutator import Mutator, bytes_of
from tests.fuzz.targets.contract import SUSPECT, Executor, Finding, Target

#: How a worker ends that has found something.
FOUND: Final = 77
#: Suspicions that a worker leaves behind at most; each is measured again afterwards.
_SUSPICIONS: Final = 20


def seeds_of(target: Target) -> list[bytes]:
    """The seeds that are no longer than inputs may be."""
    return [seed for seed in target.seeds() if len(seed) <= target.max_size]


def save(directory: Path, finding: Finding) -> Path:
    """Keep the input, and beside it what is wrong with it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{finding.target}-{hashlib.sha256(finding.data).hexdigest()[:16]}.bin"
    path.write_bytes(finding.data)
    path.with_suffix(".txt").write_text(finding.what + "\n", "utf-8", "backslashreplace")
    return path


class Worker:
    """One target in this process.

    Args:
        box: shared with the parent.
        findings, suspicions: directories; a worker stops at its first finding.
    """

    def __init__(self, target: Target, box: Box, findings: Path, suspicions: Path) -> None:
        self._target = target
        self._box = box
        self._findings, self._suspicions = findings, suspicions
        self._suspected = 0
        self._executor = Executor(target)
        self._seen = 0

    def one(self, data: bytes) -> None:
        """Hold the contract against one input."""
        self._box.begin(self._count(), data)
        self._seen += 1
        finding = self._executor.execute(data)
        if finding is None:
            return
        if not finding.what.startswith(SUSPECT):
            save(self._findings, finding)
            self._box.end(self._count())
            os._exit(FOUND)
        if self._suspected < _SUSPICIONS:
            self._suspected += 1
            save(self._suspicions, finding)

    def _count(self) -> Count:
        done = self._executor.executions
        return Count(done, self._executor.accepted, self._seen - done)

    def guided(self, seconds: int, corpus: Path, seed: int) -> None:
        """With coverage guidance; what reaches new code is kept in ``corpus``. The process ends here."""
        import atheris

        seeds = seeds_of(self._target)
        corpus.mkdir(parents=True, exist_ok=True)
        for each in seeds:
            path = corpus / hashlib.sha1(each).hexdigest()  # as libFuzzer names them
            if not path.exists():
                path.write_bytes(each)
        mutate = Mutator(self._target, seeds)

        def mutator(data: bytes, max_size: int, chosen: int) -> bytes:
            return mutate(data, random.Random(chosen), lambda old, limit: atheris.Mutate(old, min(limit, max_size)))

        options = [
            f"-max_total_time={seconds}",
            f"-max_len={self._target.max_size}",
            f"-seed={seed}",
            "-len_control=0",
            "-mutate_depth=2",  # a message that was changed five times over is refused at the first step
            "-timeout=86400",  # the parent has its own; this one counts time in which the process was not run
            "-rss_limit_mb=0",
            "-print_final_stats=1",
            f"-artifact_prefix={self._findings}/{self._target.name}-",
            str(corpus),
        ]
        atheris.Setup([sys.argv[0], *options], self.one, custom_mutator=mutator)
        atheris.Fuzz()

    def plain(self, until: Callable[[], bool], seed: object) -> None:
        """The same targets and mutations without coverage guidance, until ``until`` says so."""
        for data in mutations_of(self._target, seed):
            if until():
                break
            self.one(data)
        self._box.end(self._count())


def mutations_of(target: Target, seed: object) -> Iterator[bytes]:
    """The seeds, and then without end what is made of them; the same for the same ``seed``."""
    seeds = seeds_of(target)
    rng = random.Random(f"{target.name} {seed}")
    mutate, bytewise = Mutator(target, seeds), bytes_of(rng)
    yield from seeds
    while True:
        data = rng.choice(seeds)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            data = mutate(data, rng, bytewise)
        yield data


def seconds_from_now(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have gone by."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
