"""Holds any program against the vectors: `python -m tests.interop.runner [--vectors DIR] -- COMMAND [ARG ...]`.

The program reads cases from standard input and writes results to standard output, as vectors/README.md says. Exit status: 0 when
every case of every layer that the program implements came out as expected; 1 when one did not, or none was run; 2 for wrong
usage, a command that cannot be started included.

A program under test may do anything: crash, hang, print rubbish, print without end. So its input and output are files, not
pipes, and it is given a time and a size; whatever it wrote until then is judged.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
MAX_OUTPUT = 64 * 1024 * 1024
MAX_STRAY = 1000
POLL = 0.02
NOT_FOR_THE_PROGRAM = ("expect", "stages")
SKIPPED = "skipped"

Case = dict[str, Any]


class CannotRunError(Exception):
    """There is nothing to judge: no vectors, or no such command."""


@dataclass(frozen=True)
class Difference:
    """A case that did not come out as expected, or something that was written and is no result."""

    where: str
    expected: str
    received: str


@dataclass
class Tally:
    """What came of the cases of one layer."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass
class Report:
    """What came of a run. `troubles` are faults of the program as a whole, not of a case."""

    layers: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    stderr: str = ""

    @property
    def conforms(self) -> bool:
        """Every case as expected, but for those of layers left out, and at least one."""
        passed = any(tally.passed for tally in self.layers.values())
        return passed and not self.differences and not self.troubles


@dataclass(frozen=True)
class Run:
    """What the program left behind."""

    output: bytes
    stderr: bytes
    troubles: tuple[str, ...]


def load(directory: Path, layers: Sequence[str] = ()) -> list[Case]:
    """Every case, `layer` added, of the layers named or of all."""
    cases: list[Case] = []
    for path in sorted(directory.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        if "cases" in content and (not layers or content["layer"] in layers):
            cases += [{"layer": content["layer"], **case} for case in content["cases"]]
    missing = set(layers) - {case["layer"] for case in cases}
    if missing or not cases:
        raise CannotRunError(f"no vectors for {', '.join(sorted(missing)) or 'any layer'} in {directory}")
    return cases


def line_for(case: Case) -> bytes:
    """What the program is given."""
    given = {key: value for key, value in case.items() if key not in NOT_FOR_THE_PROGRAM}
    return json.dumps(given, ensure_ascii=False).encode("utf-8") + b"\n"


def run(command: Sequence[str], cases: Iterable[Case], timeout: float) -> Run:
    """The program's answer to these cases, within so many seconds."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as stderr,
    ):
        given.writelines(map(line_for, cases))
        given.seek(0)
        try:
            process = subprocess.Popen(command, stdin=given, stdout=output, stderr=stderr, start_new_session=True)
        except OSError as error:
            raise CannotRunError(f"{command[0]}: {error.strerror}") from None
        troubles = tuple(_supervise(process, (output.fileno(), stderr.fileno()), timeout))
        output.seek(0)
        stderr.seek(0)
        return Run(output.read(MAX_OUTPUT), stderr.read(MAX_OUTPUT), troubles)


def _supervise(process: subprocess.Popen[bytes], written: Sequence[int], timeout: float) -> Iterator[str]:
    end = time.monotonic() + timeout
    stopped = False
    try:
        while process.poll() is None and not stopped:
            if time.monotonic() > end:
                stopped = True
                yield f"not done after {timeout:g} seconds, and stopped"
            elif any(os.fstat(number).st_size > MAX_OUTPUT for number in written):
                stopped = True
                yield f"wrote more than {MAX_OUTPUT} bytes, and was stopped"
            else:
                time.sleep(POLL)
    finally:
        _stop(process)
    if not stopped and process.returncode < 0:
        yield f"killed by signal {-process.returncode}"
    elif not stopped and process.returncode > 0:
        yield f"ended with status {process.returncode}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Whatever is left of the program: it was started as a session of its own, so children go with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        process.kill()
    process.wait()


def judge(cases: Sequence[Case], ran: Run) -> Report:
    """The results against what is expected."""
    report = Report(troubles=list(ran.troubles), stderr=ran.stderr.decode("utf-8", "replace"))
    known = {case["id"] for case in cases}
    results = _results(ran.output, known, report)
    answered = {case["layer"] for case in cases if results.get(case["id"], SKIPPED) != SKIPPED}
    for case in cases:
        tally = report.layers.setdefault(case["layer"], Tally())
        expected = canonical(case["expect"])
        if case["id"] not in results:
            received = "nothing"
        elif results[case["id"]] == SKIPPED and case["layer"] in answered:
            received = f'"{SKIPPED}", though other cases of the layer are answered'
        elif results[case["id"]] == SKIPPED:
            tally.skipped += 1
            continue
        elif (received := canonical(results[case["id"]])) == expected:
            tally.passed += 1
            continue
        tally.failed += 1
        report.differences.append(Difference(case["id"], expected, received))
    return report


def _results(output: bytes, known: set[str], report: Report) -> dict[str, Any]:
    """By case. The first result of a case counts; a second one is a difference, and so is what is no result."""
    results: dict[str, Any] = {}
    for number, line in enumerate(output.split(b"\n"), 1):
        if not line.strip():
            continue
        if len(report.differences) == MAX_STRAY:
            report.troubles.append(f"wrote more than {MAX_STRAY} lines that are no results; the rest is not read")
            break
        where = f"line {number} of the output"
        wanted = 'a line {"id": ..., "result": ...}'
        try:
            written = json.loads(line.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_key_twice)
        except (ValueError, RecursionError):
            report.differences.append(Difference(where, wanted, line[:200].decode("utf-8", "replace")))
            continue
        if not isinstance(written, dict) or written.keys() != {"id", "result"} or not isinstance(written["id"], str):
            report.differences.append(Difference(where, wanted, canonical(written)))
        elif written["id"] not in known:
            report.differences.append(Difference(where, "the id of a case", written["id"]))
        elif written["id"] in results:
            report.differences.append(Difference(where, "one result a case", f"a second one for {written['id']}"))
        else:
            results[written["id"]] = written["result"]
    return results


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def canonical(value: Any) -> str:
    """One text for one JSON value, so that 1, 1.0 and true are three, which Python's == takes for one."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def write(report: Report, show: int) -> None:
    """The report for a person."""
    for difference in report.differences[:show]:
        print(f"{difference.where}\n  expected {difference.expected[:2000]}\n  received {difference.received[:2000]}")
    if len(report.differences) > show:
        print(f"... and {len(report.differences) - show} more differences (--show)")
    for trouble in report.troubles:
        print(f"the program: {trouble}")
    if report.stderr and not report.conforms:
        print("the end of its standard error:", *report.stderr.splitlines()[-10:], sep="\n  ")
    print(f"{'layer':<14}{'pass':>7}{'fail':>7}{'skipped':>9}")
    total = Tally()
    for layer, tally in report.layers.items():
        print(f"{layer:<14}{tally.passed:>7}{tally.failed:>7}{tally.skipped:>9}")
        total.passed += tally.passed
        total.failed += tally.failed
        total.skipped += tally.skipped
    print(f"{'all':<14}{total.passed:>7}{total.failed:>7}{total.skipped:>9}")
    print("conforms" if report.conforms else "does not conform")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    cut = given.index("--") if "--" in given else len(given)
    command = given[cut + 1 :]  # by hand: argparse would look for its own options in the command's
    parser = argparse.ArgumentParser(
        prog="python -m tests.interop.runner",
        usage="%(prog)s [option ...] -- COMMAND [ARG ...]",
        description="Hold a program against the test vectors. The options come before the two dashes.",
    )
    parser.add_argument("--vectors", type=Path, metavar="DIR", default=VECTORS, help="where the vectors are")
    parser.add_argument("--layer", action="append", metavar="LAYER", default=[], help="only this one; may be repeated")
    parser.add_argument("--show", type=int, metavar="N", default=10, help="how many differences to show (10)")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", default=600.0, help="for the whole run (600)")
    options = parser.parse_args(given[:cut])
    if not command:
        parser.error("no command after --")
    try:
        cases = load(options.vectors, options.layer)
        report = judge(cases, run(command, cases, options.timeout))
    except CannotRunError as error:
        print(error, file=sys.stderr)
        return 2
    write(report, options.show)
    return 0 if report.conforms else 1


if __name__ == "__main__":
    sys.exit(main())
