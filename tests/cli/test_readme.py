"""The commands of the README and of the pages in docs/, taken from there and run, as a person would paste them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.lab import DONE, run
from vitaletoken.adapters.system import SystemMonotonicClock

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TERMINAL = (ROOT / "docs" / "terminal.md").read_text()
CEREMONY = (ROOT / "docs" / "ceremony.md").read_text()
ENROLMENT = (ROOT / "docs" / "enrolment.md").read_text()
LENDING = (ROOT / "docs" / "lending.md").read_text()
MACHINES = ("anne", "bernard", "chloe", "dora", "desk", "insurer", "pharmacy")

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")


def blocks(document: str) -> list[str]:
    return re.findall(r"^```bash\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def chain(document: str = README) -> str:
    (block,) = blocks(document)
    return block


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    tools = tmp_path / "tools"  # for a checkout that is not installed
    tools.mkdir()
    command = tools / "vitaletoken"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vitaletoken.cli "$@"\n')
    command.chmod(0o755)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(tools), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }


@needs_bash
def test_from_nothing_to_an_accepted_qr(tmp_path: Path, environment: dict[str, str]) -> None:
    done = pasted(chain(), tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "\nACCEPTED\n\n  LEFEBVRE-MOREAU Camille Élise\n" in done.stdout

    again = ["vitaletoken", "verify", "--terminal", "lab/terminal", "lab/qr.png"]
    refused = subprocess.run(again, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout.splitlines()[0]) == (3, "REFUSED")

    if SystemMonotonicClock().read().era == SystemMonotonicClock().read().era:  # two processes share it
        environment["VITALETOKEN_PASSPHRASE_FILE"] = "lab/passphrase"
        asked = pasted(chain(TERMINAL), tmp_path, environment)
        assert asked.returncode == 0, asked.stdout + asked.stderr
        for line in ("GENUINE", "ACCEPTED", "CO-SIGNED", "  Co-signed       Ordonnance, 3 articles: 26.50 EUR"):
            assert f"\n{line}\n" in asked.stdout, line


@needs_bash
@pytest.mark.parametrize(
    ("document", "lines"),
    [
        (
            ENROLMENT,
            (
                *("REQUESTED: ", "CONFIRMED: ", "PROOFED: ", "APPROVED: ", "ISSUED: "),
                *("  The new code counts from now on", "UNLOCKED: ", "  until "),
            ),
        ),
        (
            LENDING,
            (
                "  ACTING FOR THE PERSON BELOW: LUCAS PETIT",
                "  You act as Lucas Petit, until ",
                "    For dispensing; anywhere",
                "UPDATED",
            ),
        ),
    ],
    ids=["enrolment", "lending"],
)
def test_the_pages_about_people(
    document: str, lines: tuple[str, ...], tmp_path: Path, environment: dict[str, str]
) -> None:
    """Each after the commands of the README."""
    begun = pasted(chain(), tmp_path, environment)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    environment["VITALETOKEN_PASSPHRASE_FILE"] = "lab/passphrase"
    done = pasted("".join(blocks(document)), tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in lines:
        assert f"\n{line}" in f"\n{done.stdout}", line
    if document == LENDING:
        present = ["vitaletoken", "phone", "present", "--phone", "lab/neighbour", "--out", "lab/after.png", "--card"]
        first = json.loads(told(tmp_path, environment, "phone", "cards", "--json", "--phone", "lab/neighbour"))[
            "cards"
        ][0]
        with (tmp_path / "lab" / "neighbours-code").open() as code:
            subprocess.run([*present, first["handle"]], cwd=tmp_path, env=environment, stdin=code, check=True)
        verify = ["vitaletoken", "verify", "--terminal", "lab/terminal", "--delegates", "--purpose", "dispensing"]
        refused = subprocess.run(
            [*verify, "lab/after.png"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (refused.returncode, refused.stdout.splitlines()[-1]) == (3, "  delegations-withdrawn (step V13)")


@needs_bash
def test_the_ceremony(tmp_path: Path, environment: dict[str, str]) -> None:
    done = pasted("".join(blocks(CEREMONY)), tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    for version, head in (
        (1, "terminals that pinned these roots"),
        (2, "terminals that hold version 1"),
        (3, "terminals that hold version 2"),
    ):
        assert f"COMPLETE: {head} take it" in lines
        assert any(line.startswith(f"PUBLISHED: trust list version {version} ") for line in lines)
    assert lines.count("UPDATED") == 2
    assert lines.count("READY") == 2
    newest = json.loads(told(tmp_path, environment, "trust", "check", "--json", "mirror/trust/newest.cbor"))
    assert (newest["version"], newest["complete"], newest["post_quantum"]) == (3, True, True)
    status = json.loads(told(tmp_path, environment, "terminal", "status", "--json", "--terminal", "pharmacy/terminal"))
    assert (status["result"], status["trust_list"]["version"]) == ("ready", 3)
    assert "WITHDRAWN from" in told(tmp_path, environment, "trust", "check", "desk/trust.cbor")
    assert {path.suffix for path in (tmp_path / "stick").iterdir()} == {".json", ".cbor"}


def test_each_step_of_the_ceremony_is_done_on_one_machine() -> None:
    """What one machine needs of another comes by the stick or from the mirror, so that the page is true of real machines."""
    _, *steps = blocks(CEREMONY)
    for step in steps:
        at = [machine for machine in MACHINES if re.search(rf"\b{machine}/", step)]
        assert len(at) == (0 if "trust propose --root" in step else 1), step  # the desk needs the stick alone for that
    assert len(steps) > 20


def test_the_commands_of_the_other_pages_are_there() -> None:
    """Each verb and each option that the documents name, in whatever form."""
    pages = (ROOT / "docs").glob("*.md")
    text = "\n".join(page.read_text() for page in (*pages, ROOT / "README.md")).replace("\\\n", " ")
    found = re.findall(r"vitaletoken ((?:[a-z-]+ )?[a-z-]+)((?: [^`\n]*)?)", text)
    commands = [(verb.split(), re.findall(r"(?<= )--[a-z-]+", options)) for verb, options in found]
    known = [(verb, options) for verb, options in commands if run(*verb[:1], "--help").status == DONE]
    assert len(known) > 60
    for verb, options in known:
        page = run(*verb, "--help")
        if page.status != DONE:  # the second word is an argument
            page = run(verb[0], "--help")
        assert page.status == DONE, verb
        assert not [option for option in options if option not in page.out], (verb, options)


def told(at: Path, environment: dict[str, str], *argv: str) -> str:
    done = subprocess.run(["vitaletoken", *argv], cwd=at, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def pasted(commands: str, at: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=at, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_it_is_short() -> None:
    for document in (README, TERMINAL):
        lines = chain(document).splitlines()
        assert len(lines) <= 21
        assert max(map(len, lines)) <= 140


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README + (ROOT / "docs" / "glossary.md").read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
