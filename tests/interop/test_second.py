"""The second implementation (tests/interop/js), written from the spec alone, against every vector and its own tests."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.interop.second import FOLDER, answers, needs_node
from tests.test_vectors import CASES

pytestmark = needs_node


def test_every_vector() -> None:
    questions = [{key: case[key] for key in ("id", "layer", "input")} for case in CASES]
    found = answers(questions)
    wrong = {case["id"]: found.get(case["id"]) for case in CASES if found.get(case["id"]) != case["expect"]}
    assert not wrong
    assert len(found) == len(CASES)


@pytest.mark.parametrize("script", ["test", "check"])
def test_its_own(script: str) -> None:
    """Its unit tests, and its types."""
    npm = shutil.which("npm")
    assert npm
    done = subprocess.run([npm, "run", "--silent", script], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
