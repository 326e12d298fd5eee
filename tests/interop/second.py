"""The second implementation, run as a program. Its tests are skipped, visibly, where Node or its packages are missing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "js"
SPEC = Path(__file__).resolve().parents[2] / "spec" / "vitaletoken.md"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").is_dir(),
    reason="the second implementation needs Node and its packages (`make test` installs the packages if Node is there)",
)


def codes(table: str, steps: Iterable[str]) -> set[str]:
    """The codes of these steps, from the specification's table."""
    rows = re.search(rf"<!-- steps:{table} -->\n((?:\|.*\n)+)", SPEC.read_text("utf-8"))
    assert rows
    cells = [row.split("|") for row in rows[1].splitlines()[2:]]
    wanted = set(steps)
    return {row[2].strip(" `") for row in cells if row[1].split()[0] in wanted}


def answers(cases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What the second implementation answers, by case id."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    assert NODE
    done = subprocess.run(
        [NODE, "conformance.mjs"],
        cwd=FOLDER,
        input=lines,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.split("\n") if line]
    return {answer["id"]: answer["result"] for answer in found}
