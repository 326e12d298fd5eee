"""The machine's clock that nobody can set: one era a start, shared by its processes; its own where there is none to share."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.adapters.test_sqlite import ROOT
from vitaletoken.adapters.system import SystemMonotonicClock
from vitaletoken.rules.binding import Instant

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
shares_an_era = pytest.mark.skipif(
    not (BOOT_ID.exists() and hasattr(time, "CLOCK_BOOTTIME")), reason="this system has no boot id, or no such clock"
)


def test_it_does_not_go_back() -> None:
    clock = SystemMonotonicClock()
    readings = [clock.read() for _ in range(1000)]
    assert len({reading.era for reading in readings}) == 1
    assert [reading.seconds for reading in readings] == sorted(reading.seconds for reading in readings)
    assert readings[-1].is_within(120, readings[0])


@shares_an_era
def test_the_processes_of_a_machine_read_the_same() -> None:
    program = "from vitaletoken.adapters.system import SystemMonotonicClock as C; r = C().read(); print(r.era.hex(), r.seconds)"
    before = SystemMonotonicClock().read()
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    era, seconds = printed.split()
    after = SystemMonotonicClock().read()
    assert bytes.fromhex(era) == before.era == after.era
    assert before.seconds <= int(seconds) <= after.seconds


@shares_an_era
def test_another_start_is_another_era(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("another\n")
    other, own = SystemMonotonicClock(tmp_path / "boot_id").read(), SystemMonotonicClock().read()
    assert other.era == b"another"
    assert not other.is_within(120, own)


@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_without_a_boot_id_each_clock_is_its_own(content: bytes | None, tmp_path: Path) -> None:
    """Then nothing that another process opened is in time."""
    path = tmp_path / "boot_id"
    if content is not None:
        path.write_bytes(content)
    one, two = SystemMonotonicClock(path), SystemMonotonicClock(path)
    first = one.read()
    assert one.read().is_within(3600, first)
    assert not two.read().is_within(2**40, one.read())


def test_without_the_clock_the_era_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert SystemMonotonicClock().read().era != SystemMonotonicClock().read().era


@pytest.mark.parametrize(
    ("then", "now", "lifetime", "within"),
    [
        (0, 0, 1, True),
        (0, 1, 1, False),
        (0, 119, 120, True),
        (0, 120, 120, False),
        (5, 4, 120, False),
    ],
)
def test_the_seconds_between_two_readings(then: int, now: int, lifetime: int, within: bool) -> None:
    assert Instant(b"era", now).is_within(lifetime, Instant(b"era", then)) is within
    assert not Instant(b"era", now).is_within(lifetime, Instant(b"other", then))
