"""The time floor in a file, raised by several at once: it never goes down."""

from __future__ import annotations

import fcntl
import multiprocessing
import random
from pathlib import Path

import pytest

from tests.adapters.processes import PATIENCE
from tests.world import NOW
from vitaletoken.adapters import time_floor
from vitaletoken.adapters.files import write_atomic
from vitaletoken.adapters.time_floor import FileTimeFloor

RAISES = 200


def raise_and_look(path: Path, seed: str) -> None:
    """A process's whole work: raise the floor to this and that, and see that it is never lower than what was seen before."""
    floor, rng, seen = FileTimeFloor(path), random.Random(seed), 0
    for _ in range(RAISES):
        to = NOW + rng.randrange(10**6)
        floor.raise_to(to)
        now = FileTimeFloor(path).read()
        assert now >= max(seen, to)
        seen = now


def test_processes_raise_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "floor.cbor"
    context = multiprocessing.get_context("forkserver")
    raisers = [context.Process(target=raise_and_look, args=(path, f"raiser {number}")) for number in range(4)]
    for process in raisers:
        process.start()
    for process in raisers:
        process.join(PATIENCE)
        assert process.exitcode == 0
    rngs = [random.Random(f"raiser {number}") for number in range(4)]
    assert FileTimeFloor(path).read() == NOW + max(rng.randrange(10**6) for rng in rngs for _ in range(RAISES))


def test_while_one_writes_no_other_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the one that read first could write last."""
    path = tmp_path / "floor.cbor"
    written = []

    def write(target: Path, data: bytes) -> None:
        with (tmp_path / ".floor.cbor.lock").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        written.append(target)
        write_atomic(target, data)

    monkeypatch.setattr(time_floor, "write_atomic", write)
    floor = FileTimeFloor(path)
    floor.raise_to(NOW)
    floor.raise_to(NOW + 1)
    floor.raise_to(NOW)
    assert written == [path, path]
    with (tmp_path / ".floor.cbor.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_another_has_written_meanwhile_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read once more when the lock is held: what was read before it can be of yesterday."""
    path = tmp_path / "floor.cbor"
    floor = FileTimeFloor(path)
    floor.raise_to(NOW)
    write_atomic(path, bytes.fromhex("1a") + (NOW + 9).to_bytes(4))
    monkeypatch.setattr(floor, "read", lambda: NOW)
    floor.raise_to(NOW + 5)
    assert FileTimeFloor(path).read() == NOW + 9
