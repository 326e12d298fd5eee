"""Asks for known vulnerabilities of what is locked: runs pip-audit and decides what its answer is worth.

    python tools/audit.py --tool PIP-AUDIT LOCK...

pip-audit says "no known vulnerabilities" also of packages that it could ask nobody about: a package index that is a mirror has
no advisories. So it is asked about a package of which a vulnerability is known for certain, too; where it does not find that one,
its other answers are worth nothing.

Exit status 0: nothing is known, or nobody could be asked (``audit: SKIPPED`` and why); 1: a vulnerability, or a package that the
index of advisories does not know though it knows others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

#: CVE-2020-14343, arbitrary code from untrusted YAML: in every database of advisories since 2021.
KNOWN = ("pyyaml", "5.3.1")
_TIMEOUT = 120


@dataclass(frozen=True)
class Report:
    """What pip-audit found.

    Attributes:
        audited, unknown: names and versions; unknown are those that nobody could be asked about.
        faults: one line for each vulnerability.
    """

    audited: frozenset[str]
    unknown: frozenset[str]
    faults: tuple[str, ...]


def read(text: str) -> Report:
    """pip-audit's JSON."""
    audited, unknown, faults = set(), set(), []
    for dependency in json.loads(text)["dependencies"]:
        if "skip_reason" in dependency:
            unknown.add(dependency["name"])
            continue
        name = f"{dependency['name']} {dependency['version']}"
        audited.add(name)
        for fault in dependency["vulns"]:
            fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
            faults.append(f"{name}: {fault['id']}, fixed in {fixed}")
    return Report(frozenset(audited), frozenset(unknown), tuple(sorted(faults)))


def verdict(canary: Report | None, reports: list[Report | None]) -> tuple[int, list[str]]:
    """Exit status, and what to say.

    Args:
        canary: of the package that is known to be vulnerable. reports: of the locks. None where pip-audit gave no answer.
    """
    if canary is None or None in reports:
        return 0, ["audit: SKIPPED: no service with advisories could be reached from here"]
    if not canary.faults:
        return 0, [
            f"audit: SKIPPED: the service reached knows no vulnerability of {' '.join(KNOWN)}: it has no advisories"
        ]
    answered = [report for report in reports if report is not None]
    faults = sorted({fault for report in answered for fault in report.faults})
    unknown = sorted({name for report in answered for name in report.unknown})
    if faults or unknown:
        return 1, [*(f"audit: {fault}" for fault in faults), *(f"audit: {name}: not known" for name in unknown)]
    count = len({name for report in answered for name in report.audited})
    return 0, [f"audit: {count} packages, no known vulnerability"]


def ask(tool: str, lock: Path, *options: str) -> Report | None:
    """pip-audit's answer on ``lock``; None where there is none."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [tool, "--disable-pip", "--format", "json", "--output", str(answer), "--progress-spinner", "off"]
        try:
            subprocess.run(
                [*command, *options, "-r", str(lock)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,  # its exit status is 1 for a vulnerability and for no network alike
            )
        except subprocess.TimeoutExpired:
            return None
        return read(answer.read_text(encoding="utf-8")) if answer.exists() and answer.stat().st_size else None


def main() -> int:
    """Ask about the locks that are named."""
    parser = argparse.ArgumentParser(description="Known vulnerabilities of what is locked.")
    parser.add_argument("--tool", required=True)
    parser.add_argument("locks", type=Path, nargs="+")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        known = Path(scratch) / "known.txt"
        known.write_text("==".join(KNOWN) + "\n", encoding="utf-8")
        canary = ask(args.tool, known, "--no-deps")
    worth_asking = canary is not None and canary.faults
    status, lines = verdict(canary, [ask(args.tool, lock, "--require-hashes") for lock in args.locks if worth_asking])
    print("\n".join(lines), file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
