"""The chains of the README and of docs/terminal.md, taken from there and run in turn, as a person would paste them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vitaletoken.adapters.system import SystemMonotonicClock

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TERMINAL = (ROOT / "docs" / "terminal.md").read_text()


def chain(document: str = README) -> str:
    blocks = re.findall(r"^```bash\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
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
    done = pasted(chain(), tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "\nACCEPTED\n\n  LEFEBVRE-MOREAU Camille Élise\n" in done.stdout
    assert time.monotonic() - start < 120

    again = ["vitaletoken", "verify", "--terminal", "lab/terminal", "lab/qr.png"]
    refused = subprocess.run(again, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout.splitlines()[0]) == (3, "REFUSED")

    if SystemMonotonicClock().read().era == SystemMonotonicClock().read().era:  # two processes share it
        environment["VITALETOKEN_PASSPHRASE_FILE"] = "lab/passphrase"
        asked = pasted(chain(TERMINAL), tmp_path, environment)
        assert asked.returncode == 0, asked.stdout + asked.stderr
        for line in ("GENUINE", "ACCEPTED", "CO-SIGNED", "  Co-signed       Ordonnance, 3 articles: 26.50 EUR"):
            assert f"\n{line}\n" in asked.stdout, line


def pasted(commands: str, at: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=at, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_it_is_short() -> None:
    for document in (README, TERMINAL):
        lines = chain(document).splitlines()
        assert len(lines) < 20
        assert max(map(len, lines)) <= 140


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README + (ROOT / "docs" / "glossary.md").read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
