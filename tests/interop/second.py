"""The second implementation, run as a program. Its tests are skipped, visibly, where Node or its packages are missing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from vitaletoken import conformance

FOLDER = Path(__file__).parent / "js"
SPEC = Path(__file__).resolve().parents[2] / "spec" / "vitaletoken.md"
NODE = shutil.which("node")

Case = dict[str, Any]
Result = dict[str, Any]

needs_node = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").is_dir(),
    reason="the second implementation needs Node and its packages (`make test` installs the packages if Node is there)",
)


def steps(letter: str, last: int) -> list[str]:
    """The first so many steps of a table."""
    return [f"{letter}{number}" for number in range(1, last + 1)]


def codes(table: str, steps: Iterable[str]) -> set[str]:
    """The codes of these steps, from the specification's table."""
    rows = re.search(rf"<!-- steps:{table} -->\n((?:\|.*\n)+)", SPEC.read_text("utf-8"))
    assert rows
    cells = [row.split("|") for row in rows[1].splitlines()[2:]]
    wanted = set(steps)
    return {row[2].strip(" `") for row in cells if row[1].split()[0] in wanted}


def answers(cases: Iterable[Case]) -> dict[str, Any]:
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


def agreed(layer: str, inputs: Sequence[dict[str, Any]]) -> list[Result]:
    """What both implementations answer to each of ``inputs``; they run side by side, where there are two processors."""
    cases = {f"differential/{layer}/{number}": {"layer": layer, "input": each} for number, each in enumerate(inputs)}
    with ThreadPoolExecutor(1) as background:
        submitted = background.submit(answers, [{"id": name, **case} for name, case in cases.items()])
        ours: dict[str, Result] = {
            name: json.loads(json.dumps(conformance.run({"id": name, **case}))) for name, case in cases.items()
        }
        theirs = submitted.result()
    differing = [name for name, result in ours.items() if result != theirs.get(name)]
    first = [(name, ours[name], theirs.get(name), cases[name]["input"]) for name in differing[:1]]
    assert not differing, f"{len(differing)} of {len(cases)}; the first: {first}"
    return list(ours.values())
