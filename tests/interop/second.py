"""The second implementation, run as a program. Its tests are skipped, visibly, where Node or its packages are missing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").is_dir(),
    reason="the second implementation needs Node and its packages (`make test` installs the packages if Node is there)",
)


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
