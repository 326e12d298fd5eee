"""``python -m tests.fuzz``: all targets for so many seconds; ``make fuzz SECONDS=60``. See docs/fuzzing.md.

Exit status: 0, nothing was found; 1, something was, and each input is in a file; 2, a wrong argument.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fuzz.engine.guidance import has_atheris, instrument

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the library.")
    parser.add_argument("--seconds", type=float, default=60, metavar="N", help="altogether (60)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="at once (all)")
    parser.add_argument("--target", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--plain", action="store_true", help="without coverage guidance, also where there is atheris")
    parser.add_argument("--seed", type=int, metavar="N", help="of the random choices (another one each time)")
    parser.add_argument(
        "--directory", type=Path, default=ROOT / ".fuzz", metavar="DIR", help="corpora and findings (.fuzz)"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="add what was done to FILE, a line of JSON")
    parser.add_argument("--sum", type=Path, metavar="FILE", help="only add up such a file")
    parser.add_argument("--check", nargs=2, metavar=("NAME", "FILE"), help="only hold the contract against one input")
    parser.add_argument("--bounds", action="store_true", help="only measure the costliest inputs that are known")
    options = parser.parse_args(arguments)
    if options.bounds:
        return bounds(options.directory / "findings")
    if options.sum:
        return add_up(options.sum)
    if options.check:
        return check(*options.check)
    return fuzz(options, parser)


def check(name: str, file: str) -> int:
    """One input, in a process that nothing instruments."""
    from tests.fuzz.targets.contract import judge
    from tests.fuzz.targets.registry import TARGETS

    finding = judge(TARGETS[name], Path(file).read_bytes())
    print(finding.what if finding else "the contract holds")
    return 1 if finding else 0


def bounds(findings: Path) -> int:
    """The costliest inputs of the allowed size that are known, each against the bounds of its target."""
    from tests.fuzz.engine.worker import save
    from tests.fuzz.targets.contract import Finding, measure
    from tests.fuzz.targets.extremes import extremes
    from tests.fuzz.targets.registry import TARGETS

    worst, over = dict[str, list[tuple[float, int]]](), 0
    for name, target in TARGETS.items():
        for what, data in extremes(name):
            seconds, size = measure(target, data)
            worst.setdefault(name, []).append((seconds, size))
            if seconds > target.seconds or size > target.memory:
                over += 1
                path = save(findings, Finding(name, data, f"{what}: {1000 * seconds:.0f} ms, {size / 1e6:.0f} MB"))
                print(f"FOUND {path}\n  {what}: {1000 * seconds:.0f} ms, {size / 1e6:.0f} MB")
    for name, measured in worst.items():
        columns = list(zip(*measured, strict=True))
        said = f"{1000 * max(columns[0]):6.1f} ms, {max(columns[1]) / 1e6:5.1f} MB"
        print(f"costliest of {len(measured):>2} extremes of {name:<12}{said}")
    return 1 if over else 0


def fuzz(options: Any, parser: argparse.ArgumentParser) -> int:
    """The run itself."""
    guided = has_atheris() and not options.plain
    if guided:
        instrument()
    from tests.fuzz.engine import javascript
    from tests.fuzz.engine.session import Session
    from tests.fuzz.targets.registry import TARGETS

    names = options.target or [*TARGETS, *([javascript.NAME] if javascript.is_there() else [])]
    unknown = set(names) - {*TARGETS, javascript.NAME}
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    print(_how(guided, options))
    if javascript.NAME not in names and not options.target:
        print("javascript: skipped, the second implementation needs Node and its packages")
    seed = options.seed or int.from_bytes(os.urandom(3), "big") + 1
    began = time.monotonic()
    report = Session(options.directory, guided=guided, seed=seed).run(names, options.seconds, options.processes)
    spent = time.monotonic() - began
    table({name: tuple(count) for name, count in report.counts.items()})
    if options.log:
        _log(options.log, guided=guided, seed=seed, seconds=round(spent, 1), report=report)
    for path in report.findings:
        print(f"\nFOUND {path}\n  {path.with_suffix('.txt').read_text('utf-8').strip()}")
        print(f"  again: python -m tests.fuzz --check {path.stem.rsplit('-', 1)[0]} {path}")
    print(f"\n{len(report.findings)} findings in {spent:.0f} s with seed {seed}\n", flush=True)
    over = 0
    if not options.target:  # by itself, for here the library may be instrumented
        command = [sys.executable, "-m", "tests.fuzz", "--bounds", "--directory", str(options.directory)]
        over = subprocess.run(command, cwd=ROOT, check=False).returncode
    return 1 if report.findings or over else 0


def _how(guided: bool, options: Any) -> str:
    machine = f"Python {platform.python_version()}, {options.processes} processes"
    if guided:
        return f"coverage-guided by atheris; {machine}"
    why = "--plain" if options.plain else "atheris is not installed: tools/fuzz.sh"
    return f"PLAIN MUTATION LOOP, no coverage guidance ({why}); {machine}"


def table(counts: dict[str, tuple[int, ...]]) -> None:
    """Executions of each target, and of all."""
    print(f"\n{'target':<22}{'executions':>13}{'accepted':>12}{'outside':>12}")
    for name, count in sorted(counts.items()):
        print(f"{name:<22}" + "".join(f"{each:>{13 if place == 0 else 12},}" for place, each in enumerate(count)))
    total = [sum(column) for column in zip(*counts.values(), strict=True)] or [0, 0, 0]
    print(f"{'all':<22}{total[0]:>13,}{total[1]:>12,}{total[2]:>12,}")


def _log(path: Path, *, report: Any, **more: object) -> None:
    line = {
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **more,
        "counts": {name: tuple(count) for name, count in report.counts.items()},
        "findings": [found.name for found in report.findings],
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def add_up(path: Path) -> int:
    """All runs of a log."""
    runs = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    counts: dict[str, tuple[int, ...]] = {}
    for run in runs:
        for name, count in run["counts"].items():
            counts[name] = tuple(map(sum, zip(count, counts.get(name, (0, 0, 0)), strict=True)))
    table(counts)
    findings = sum(len(run["findings"]) for run in runs)
    print(f"\n{len(runs)} runs, {sum(run['seconds'] for run in runs):,.0f} s, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
