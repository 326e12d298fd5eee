"""The chain of the README, taken from the README and run as a person would paste it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def chain() -> str:
    blocks = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
def test_from_nothing_to_an_accepted_qr(tmp_path: Path) -> None:
    tools = tmp_path / "tools"  # for a checkout that is not installed
    tools.mkdir()
    command = tools / "vitaletoken"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vitaletoken.cli "$@"\n')
    command.chmod(0o755)
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(tools), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    start = time.monotonic()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", chain()],
        cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "\nACCEPTED\n\n  LEFEBVRE-MOREAU Camille Élise\n" in done.stdout
    assert time.monotonic() - start < 120

    again = ["vitaletoken", "verify", "--terminal", "lab/terminal", "lab/qr.png"]
    refused = subprocess.run(again, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout.splitlines()[0]) == (3, "REFUSED")


def test_it_is_short() -> None:
    lines = chain().splitlines()
    assert len(lines) < 20
    assert max(map(len, lines)) <= 140


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README + (ROOT / "docs" / "glossary.md").read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
