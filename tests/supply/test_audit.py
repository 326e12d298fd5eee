"""What the audit makes of the auditor's answers: above all, that no answer is not a good answer."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools import audit

ROOT = Path(__file__).resolve().parents[2]
FAULT = {"id": "PYSEC-2021-142", "fix_versions": ["5.4"]}
CANARY = {"dependencies": [{"name": "pyyaml", "version": "5.3.1", "vulns": [FAULT]}]}
CLEAN = {"dependencies": [{"name": "cbor2", "version": "6.2.1", "vulns": []}]}
UNKNOWN = {"dependencies": [{"name": "pyyaml", "skip_reason": "Dependency not found"}]}
NO_ADVISORIES = {"dependencies": [{"name": "pyyaml", "version": "5.3.1", "vulns": []}]}


def report(answer: object) -> audit.Report:
    return audit.read(json.dumps(answer))


@pytest.mark.parametrize("canary", [None, report(UNKNOWN), report(NO_ADVISORIES)])
def test_nobody_to_ask_is_said_and_no_failure(canary: audit.Report | None) -> None:
    status, (line,) = audit.verdict(canary, [])
    assert status == 0
    assert line.startswith("audit: SKIPPED: ")


def test_an_answer_that_does_not_come_is_said() -> None:
    assert audit.verdict(report(CANARY), [report(CLEAN), None])[1][0].startswith("audit: SKIPPED: ")


def test_a_vulnerability_fails() -> None:
    status, lines = audit.verdict(report(CANARY), [report(CLEAN), report(CANARY)])
    assert (status, lines) == (1, ["audit: pyyaml 5.3.1: PYSEC-2021-142, fixed in 5.4"])


def test_a_package_that_is_not_known_fails_where_others_are() -> None:
    assert audit.verdict(report(CANARY), [report(UNKNOWN)]) == (1, ["audit: pyyaml: not known"])


def test_nothing_known() -> None:
    assert audit.verdict(report(CANARY), [report(CLEAN)]) == (0, ["audit: 1 packages, no known vulnerability"])


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ((CANARY, CLEAN), 0, "no known vulnerability"),
        ((CANARY, CANARY), 1, "PYSEC-2021-142"),
        ((UNKNOWN, CLEAN), 0, "SKIPPED"),
        ((None, None), 0, "SKIPPED"),
    ],
)
def test_the_whole_of_it(tmp_path: Path, answers: tuple[object, object], status: int, said: str) -> None:
    """With an auditor that answers what it is told, and exits with 1 as the real one does on anything but a clean answer."""
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    tool = tmp_path / "auditor"
    tool.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        f"canary, lock = json.loads(pathlib.Path({str(tmp_path / 'answers.json')!r}).read_text())\n"
        "answer = lock if '--require-hashes' in sys.argv else canary\n"
        "if answer: pathlib.Path(sys.argv[sys.argv.index('--output') + 1]).write_text(json.dumps(answer))\n"
        "sys.exit(1)\n"
    )
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    command: list[str | Path] = [
        sys.executable,
        ROOT / "tools" / "audit.py",
        "--tool",
        tool,
        ROOT / "requirements" / "lock.txt",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
