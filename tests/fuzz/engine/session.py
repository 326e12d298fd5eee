"""A run: all targets, each in processes of its own, for so many seconds altogether on so many processors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fuzz.engine import javascript
from tests.fuzz.engine.box import Box, Count
from tests.fuzz.engine.worker import FOUND, Worker, save, seconds_from_now
from tests.fuzz.targets import scratch
from tests.fuzz.targets.contract import Finding, Target
from tests.fuzz.targets.registry import TARGETS

#: Seconds after its time in which a worker is expected to end: until then it may be writing its corpus.
GRACE: Final = 60
_POLL: Final = 0.05
#: The share of the second implementation, beside a target of weight 1.
_WEIGHT_OF_JAVASCRIPT: Final = 3.0


@dataclass(frozen=True)
class Job:
    """What one process does."""

    name: str
    weight: float
    work: Callable[[int, Box], int]


@dataclass
class Report:
    """What a run came to."""

    counts: dict[str, Count] = field(default_factory=dict)
    findings: list[Path] = field(default_factory=list)


@dataclass
class _Running:
    job: Job
    box: Box
    deadline: float


@contextmanager
def _scratch() -> Iterator[None]:
    """Temporary files of all workers, in memory where the system has such a directory, removed however the workers end."""
    with tempfile.TemporaryDirectory(prefix="vitaletoken-fuzz-", dir=scratch.memory()) as made:
        tempfile.tempdir, before = made, tempfile.tempdir
        scratch.parent = Path(made)
        try:
            yield
        finally:
            tempfile.tempdir, scratch.parent = before, None


class Session:
    """One run.

    Args:
        directory: for corpora, findings and logs; it stays.
        guided: whether atheris leads.
        seed: another one makes another run.
    """

    def __init__(self, directory: Path, *, guided: bool, seed: int) -> None:
        self._directory = directory
        self._guided = guided
        self._seed = seed
        self.findings = directory / "findings"
        self._suspicions = directory / "suspicions"
        self._logs = directory / "logs"
        for made in (self.findings, self._suspicions, self._logs):
            made.mkdir(parents=True, exist_ok=True)

    def jobs(self, names: Sequence[str]) -> list[Job]:
        """Of these targets."""
        return [self._javascript() if name == javascript.NAME else self._job(TARGETS[name]) for name in names]

    def _job(self, target: Target) -> Job:
        def work(seconds: int, box: Box) -> int:
            worker = Worker(target, box, self.findings, self._suspicions)
            if self._guided:
                worker.guided(seconds, self._directory / "corpus" / target.name, self._seed)
            else:
                worker.plain(seconds_from_now(seconds), self._seed)
            return 0

        return Job(target.name, target.weight, work)

    def _javascript(self) -> Job:
        def work(seconds: int, box: Box) -> int:
            return javascript.work(seconds_from_now(seconds), self._seed, box, self.findings)

        return Job(javascript.NAME, _WEIGHT_OF_JAVASCRIPT, work)

    def run(self, names: Sequence[str], seconds: float, processes: int) -> Report:
        """All of them, one after the other on each processor."""
        jobs, report = self.jobs(names), Report()
        before = set(self.findings.glob("*.bin"))
        share = seconds * processes / sum(job.weight for job in jobs)
        waiting, running = sorted(jobs, key=lambda job: -job.weight), dict[int, _Running]()
        with _scratch():
            self._work_off(waiting, running, processes, share, report)
        self._measure_suspicions()
        report.findings = sorted(set(self.findings.glob("*.bin")) - before)
        return report

    def _work_off(
        self, waiting: list[Job], running: dict[int, _Running], processes: int, share: float, report: Report
    ) -> None:
        try:
            while waiting or running:
                while waiting and len(running) < processes:
                    job = waiting.pop(0)
                    pid, started = self._start(job, max(1, round(job.weight * share)))
                    running[pid] = started
                self._collect(running, report)
                time.sleep(_POLL)
        finally:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _start(self, job: Job, seconds: int) -> tuple[int, _Running]:
        box = Box()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid, _Running(job, box, time.monotonic() + seconds + GRACE)
        status = 1
        try:
            log = os.open(self._logs / f"{job.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            status = job.work(seconds, box)
        except BaseException:  # noqa: BLE001  # the parent tells by the status, a person by the log
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _collect(self, running: dict[int, _Running], report: Report) -> None:
        for pid, each in list(running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and time.monotonic() > each.deadline:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                self._ended(each, "did not come back", report)
            elif done and os.waitstatus_to_exitcode(status) not in (0, FOUND):
                self._ended(each, f"ended its process with status {os.waitstatus_to_exitcode(status)}", report)
            elif done:
                self._ended(each, "", report)
            else:
                continue
            del running[pid]

    def _ended(self, each: _Running, trouble: str, report: Report) -> None:
        report.counts[each.job.name] = each.box.count()
        if trouble:
            save(self.findings, Finding(each.job.name, each.box.at(), f"{trouble}: see {each.job.name}.log"))
        each.box.close()

    def _measure_suspicions(self) -> None:
        """Each in a process that nothing instruments. What is not confirmed is dropped."""
        for path in sorted(self._suspicions.glob("*.bin")):
            name = path.stem.rsplit("-", 1)[0]
            checked = subprocess.run(
                [sys.executable, "-m", "tests.fuzz", "--check", name, str(path)],
                capture_output=True,
                text=True,
                check=False,
            )
            if checked.returncode:
                save(self.findings, Finding(name, path.read_bytes(), (checked.stdout + checked.stderr).strip()))
            path.unlink()
            path.with_suffix(".txt").unlink(missing_ok=True)
