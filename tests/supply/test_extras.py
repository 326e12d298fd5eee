"""The core needs three packages; the rest are extras, and who lacks one is told which."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRA = re.compile(r"install vitaletoken\[(\w+)\]$")


def test_the_core_works_alone_and_names_the_extra_that_is_missing(tmp_path: Path) -> None:
    """Cards are issued, presented and verified without any extra; pictures and tokens ask for theirs, with a UsageError."""
    command = [sys.executable, "-m", "tests.supply.bare", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "replayed"
    assert [EXTRA.search(line)[1] for line in lines[1:5]] == ["qr", "qr", "qr", "pkcs11"]  # type: ignore[index]
    assert lines[-1] == "inspect 0"


def test_the_extras_are_these() -> None:
    assert set(PROJECT["optional-dependencies"]) == {"qr", "cli", "pkcs11"}
    assert len(PROJECT["dependencies"]) == 3


def test_every_dependency_has_a_least_version_and_the_core_a_bound() -> None:
    for requirement in PROJECT["dependencies"]:
        assert re.search(r">=[\d.]+,<[\d.]+$", requirement), requirement
    for requirement in (each for extra in PROJECT["optional-dependencies"].values() for each in extra):
        assert requirement.startswith("vitaletoken[") or ">=" in requirement
