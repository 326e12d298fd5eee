"""The figures of docs/performance.md are made by a machine, between marks, and are of what their rows say. None is judged."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("segno", reason="QR versions need the extra `qr`")

from benches import imports, performance_page, throughput
from benches.beside import Row
from benches.test_verify import EachNew, forgetful, scan_of
from benches.throughput import Throughput
from vitaletoken.adapters.memory import MemoryReplayStore

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROWS = [
    Row("vitaletoken", "vitaletoken", "VT1", "Ed25519", "issuer, device, code", 724, (15, 17), 9e-5, 2e-4, 0.08),
    Row("other", "other 1.0", "JWT", "Ed25519", "issuer", 531, (16, None), 5e-5, 1e-4, 0.07),
]
NAMES = ("message", "message-seen", "message-new", "verify", "verify-seen", "bare-2", "bare-3")
TIMED = {name: number * 1e-5 for number, name in enumerate(NAMES, 10)}
FOUND = Throughput(one=5000, threads=5500, processes=9500, file=400, shared=500)
IMPORTED = {name: number * 1e-3 for number, name in enumerate(imports.IMPORTS, 40)}


@dataclass(frozen=True)
class Page:
    before: str
    figures: str
    after: str

    @classmethod
    def of(cls, text: str) -> Page:
        before, _, rest = text.partition(performance_page.BEGIN)
        figures, _, after = rest.partition(performance_page.END)
        return cls(before, figures, after)

    def cells(self, name: str) -> list[str]:
        """Of the row that begins so."""
        (line,) = [line for line in self.figures.splitlines() if line.startswith(f"| {name} |")]
        return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """The real page, with made-up figures."""
    (tmp_path / "performance.md").write_bytes((DOCS / "performance.md").read_bytes())
    performance_page.write(tmp_path, ROWS, TIMED, FOUND, IMPORTED, {"processor": "none"})
    assert (tmp_path / "performance.svg").read_text(encoding="utf-8").startswith("<svg ")
    return Page.of((tmp_path / "performance.md").read_text(encoding="utf-8"))


def test_the_text_around_the_figures_stays(page: Page) -> None:
    kept = Page.of((DOCS / "performance.md").read_text(encoding="utf-8"))
    assert (page.before, page.after) == (kept.before, kept.after)
    assert page.figures != kept.figures
    assert page.figures.endswith("\nMeasured on 2 cores: processor none.\n")


def test_what_stores_are_shared_is_said(page: Page) -> None:
    assert page.cells("two processes; a store in memory each, not shared") == ["9,500", "1.90", "1.80"]
    assert page.cells("one process; store in a file (SQLite)") == ["400", "1.00", ""]
    assert page.cells("two processes; one store in a file (SQLite), shared") == ["500", "1.25", ""]


def test_what_importing_costs_beyond_the_libraries_is_there_with_its_bounds(page: Page) -> None:
    assert page.cells("cryptography and PyNaCl themselves") == ["40 ms", ""]
    for name in ("Verifier", "Issuer", "Holder"):
        (row,) = [line for line in page.figures.splitlines() if line.startswith(f"| `{name}`")]
        assert row.endswith(f" {IMPORTED[name.lower()] * 1e3:.0f} ms | 60 ms |")
    assert page.cells("`import vitaletoken`") == ["41 ms", ""]
    assert page.cells("everything: `from vitaletoken import *`") == ["46 ms", ""]


def test_each_import_is_measured_and_has_a_row() -> None:
    found = imports.measured(rounds=1)
    assert set(found) == set(performance_page._STATEMENTS)
    assert all(seconds > 0 for seconds in found.values())


def test_what_cannot_be_imported_has_no_figure(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        imports.seconds(imports.Import("", "from vitaletoken import Nobody"), tmp_path)


def test_no_time_of_the_libraries_counts_as_ours_nor_ours_as_theirs() -> None:
    """All modules of theirs that are imported with ours are there before the clock starts, and none of ours."""

    def modules(program: str) -> set[str]:
        command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
        names = subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True, check=True).stdout.split()
        return {name for name in names if name.partition(".")[0] in ("cryptography", "nacl", "vitaletoken")}

    before = modules(imports.BASELINE)
    ours = {name for name in modules(imports.IMPORTS["everything"].timed) if name.startswith("vitaletoken")}
    assert modules(imports.IMPORTS["everything"].timed) - ours <= before
    assert ours
    assert ours.isdisjoint(before)


def test_a_qr_that_is_new_has_a_row_of_its_own(page: Page) -> None:
    assert page.cells("presentation, nothing cached") == ["100 µs", "160 µs", "0.62", "1.25"]
    assert page.cells("presentation, nothing cached, each QR new to the replay store") == [
        "120 µs",
        "160 µs",
        "0.75",
        "",
    ]


def test_all_ways_to_scan_are_measured_with_first_scans_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises where one is not."""
    monkeypatch.setattr(throughput, "DISK", tmp_path)
    assert all(rate > 0 for rate in throughput.measured(rounds=2, scans=4, synced=2))


def test_a_repeated_scan_is_not_timed_as_a_first_one() -> None:
    scan = scan_of()
    twice, other = ([scan.world.present().text for _ in range(2)] for _ in range(2))
    twice[1] = twice[0]
    assert throughput.firsts(forgetful(scan, MemoryReplayStore()), other) == 2
    assert throughput.by_threads(scan, [other]) > 0
    with pytest.raises(throughput.NotFirst, match=r"\[1\] of \[2\]"):
        throughput.by_threads(scan, [twice])


def test_each_new_call_is_of_a_new_qr() -> None:
    """Also when its presentations begin anew."""
    call = EachNew(scan_of(), 2)
    assert [call().repeated for _ in range(5)] == [False] * 5
