"""Status lists for a nation, measured: ``make simulate`` writes the table and the plot of docs/status.md.

70 million cards have their entries in 67 lists; a share of them is revoked; every day 20,000 entries change. An issuer
publishes with the library's ``Publisher`` into a directory, and a terminal keeps up with the library's ``Updater`` and store, in
a process of its own, so that its memory is its own too. Entries are drawn with a seed: sizes are the same in each run.
"""

from __future__ import annotations

import json
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import cryptography
import nacl

from benches import status_page
from tests.nation import Insurer
from tests.world import DAY, NOW, SeededEntropy, StandingClock, ml_dsa_signer, signed_by
from vitaletoken import Environment, RootSet, TrustListClaims
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.rules.status import CAPACITY
from vitaletoken.rules.updates import Outcome
from vitaletoken.updater import Updater
from vitaletoken.wire.registry import Status

ROOT = Path(__file__).resolve().parent.parent
CARDS = 70_000_000
LISTS = -(-CARDS // CAPACITY)
CHANGES = 20_000
#: Of a day's changes: lost and stolen cards mostly; the rest is suspended, restored, or has its delegations withdrawn.
MIX = {Status.REVOKED: 0.85, Status.SUSPENDED: 0.07, Status.VALID: 0.07, Status.DELEGATIONS_WITHDRAWN: 0.01}
SHARES = (0.001, 0.01, 0.03)
DAYS = 7
LOOK_UPS = 200_000


def insurer_of(share: float) -> Insurer:
    """An insurer of 70 million cards, of which ``share`` are revoked."""
    insurer = Insurer("fr-cnam", StandingClock(), lists=LISTS, capacity=CAPACITY)
    insurer.second = ml_dsa_signer("second")
    rng = random.Random(f"nation {share}")
    for number in range(LISTS):
        # A list's own number of revoked cards is no round one.
        revoked = round(rng.gauss(share * CAPACITY, (share * CAPACITY) ** 0.5))
        insurer.register.held[number] = dict.fromkeys(rng.sample(range(CAPACITY), revoked), Status.REVOKED)
    return insurer


def a_day(insurer: Insurer, rng: random.Random) -> None:
    """20,000 entries change, each to something else. Where too few are suspended to be restored, more are revoked."""
    insurer.clock.time += DAY
    held = insurer.register.held
    suspended = [(n, idx) for n in held for idx, status in held[n].items() if status is Status.SUSPENDED]
    rng.shuffle(suspended)
    for status, part in MIX.items():
        for _ in range(round(CHANGES * part)):
            if status is Status.VALID and suspended:
                number, idx = suspended.pop()
                held[number][idx] = Status.VALID
                continue
            number, idx = rng.randrange(LISTS), rng.randrange(CAPACITY)
            while held[number].get(idx, Status.VALID) is not Status.VALID:
                idx = rng.randrange(CAPACITY)
            held[number][idx] = status or Status.REVOKED


@contextmanager
def timed(into: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    into[name] = perf_counter() - start


def pin_trust(directory: Path, insurer: Insurer) -> None:
    """What a terminal begins with: the pinned roots. And the trust list, in the mirror."""
    entropy = SeededEntropy("roots")
    signers = [generate_signer(entropy)[0] for _ in range(3)]
    roots = RootSet(2, tuple(signer.public_key for signer in signers))
    claims = TrustListClaims(1, NOW - DAY, NOW + 365 * DAY, Environment.TEST, roots, (insurer.entry(),))
    (directory / "terminal").mkdir()
    FileTrust.pin(directory / "terminal", roots)
    MirrorWriter(directory / "mirror").publish_trust_list(signed_by(claims, signers[:2]))


def simulate(share: float, directory: Path) -> dict[str, Any]:
    """The figures for one share of revoked cards. Sizes in bytes, times in seconds."""
    insurer, rng = insurer_of(share), random.Random(f"days {share}")
    writer, times = MirrorWriter(directory / "mirror"), dict[str, float]()
    pin_trust(directory, insurer)
    with timed(times, "build"):
        first = insurer.publish(0)
    with timed(times, "write"):
        writer.publish(first)
    terminal = [in_terminal(directory, insurer.clock.time, measure=False)]
    deltas, snapshots, builds = [], [], []
    for number in range(DAYS):
        a_day(insurer, rng)
        with timed(times, "day"):
            publication = insurer.publish(0)
        writer.publish(publication)
        assert publication.delta is not None
        deltas.append(len(publication.delta))
        snapshots.append(len(publication.snapshot))
        builds.append(times["day"])
        terminal.append(in_terminal(directory, insurer.clock.time, measure=number == DAYS - 1))
    insurer.second = None
    without = insurer.publisher().publish(insurer.published[-2])
    full, last = terminal[0], terminal[-1]
    assert [each["outcome"] for each in terminal] == ["lists"] + ["deltas"] * DAYS
    return {
        "share": share,
        "full": full["fetched"],
        "delta": max(deltas),
        "delta_day_ed25519": max(deltas) + len(without.snapshot),
        "snapshot": max(snapshots),
        "delta_day": max(each["fetched"] for each in terminal[1:]),
        "build": times["build"],
        "write": times["write"],
        "build_day": max(builds),
        "take_full": full["seconds"],
        "take_delta": statistics.median(each["seconds"] for each in terminal[1:]),
        **{name: last[name] for name in ("disk", "start", "warm", "cold", "slowest", "first", "rss", "rss_imported")},
        "rss_peak": max(each["rss_peak"] for each in terminal),
    }


# --- the terminal, in a process of its own


def in_terminal(directory: Path, now: int, *, measure: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benches.simulate_status", "terminal", str(directory), str(now), str(int(measure))]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def terminal(directory: Path, now: int, measure: bool) -> dict[str, Any]:
    """Opens the stores, updates from the mirror; and where it is to be measured, looks up entries in all lists."""
    home, imported = directory / "terminal", memory("VmRSS")
    begin = perf_counter()
    floor = FileTimeFloor(home / "floor.cbor")
    trust = FileTrust(home, Environment.TEST, floor=floor)
    with SqliteStatusStore(home / "status.db", trust, post_quantum=True) as store:
        opened = perf_counter() - begin
        updater = Updater(
            mirror=DirectoryMirror(directory / "mirror"),
            trust=trust,
            status=store,
            clock=StandingClock(now),
            floor=floor,
            post_quantum=True,
        )
        if measure:  # an update of a terminal that has all its lists open takes the most memory
            assert all(store.find("fr-cnam", number) for number in range(LISTS))
        begin = perf_counter()
        update = updater.update().issuers[0]
        told = {"outcome": update.outcome.value, "fetched": update.fetched, "seconds": perf_counter() - begin}
        assert update.outcome in (Outcome.LISTS, Outcome.DELTAS)
        if measure:
            told |= look_ups(store) | {"start": opened, "disk": (home / "status.db").stat().st_size}
            told |= {"rss": memory("VmRSS"), "rss_imported": imported}
    told["rss_peak"] = memory("VmHWM")
    return told


def look_ups(store: SqliteStatusStore) -> dict[str, float]:
    """Seconds of a look-up: the first of all, the first in each other list (median, slowest), and in lists that are open."""

    def cost(number: int) -> float:
        begin = perf_counter()
        found = store.find("fr-cnam", number)
        assert found is not None
        found.find(77)
        return perf_counter() - begin

    first = cost(0)
    cold = [cost(number) for number in range(1, LISTS)]
    rng = random.Random("look-ups")
    places = [(rng.randrange(LISTS), rng.randrange(CAPACITY)) for _ in range(LOOK_UPS)]
    find = store.find
    begin = perf_counter()
    for number, idx in places:
        find("fr-cnam", number).find(idx)  # type: ignore[union-attr]  # all are held
    warm = (perf_counter() - begin) / LOOK_UPS
    return {"first": first, "cold": statistics.median(cold), "slowest": max(cold), "warm": warm}


def memory(field: str) -> int:
    """Bytes of this process in memory, ``VmRSS`` now, ``VmHWM`` at most so far. Linux: getrusage would tell of the parent too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{field}:")).split()[1]) * 1024


def machine() -> Mapping[str, str]:
    """What the times were measured on."""
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    )
    return {
        "processor": model,
        "system": platform.system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "cryptography": cryptography.__version__,
        "PyNaCl": nacl.__version__,
    }


def main(show: Callable[[str], None] = print) -> None:
    figures = []
    for share in SHARES:
        with tempfile.TemporaryDirectory() as directory:
            figures.append(simulate(share, Path(directory)))
        show(json.dumps(figures[-1]))
    status_page.write(ROOT / "docs", figures, machine())


if __name__ == "__main__":
    if sys.argv[1:2] == ["terminal"]:
        print(json.dumps(terminal(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1")))
    else:
        main()
