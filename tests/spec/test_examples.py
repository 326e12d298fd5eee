"""spec/examples: as generated, and the left column is the message, byte for byte, of the vector that is named."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.spec.documents import ROOT, message_of, vectors
from vectors.generate.examples import write_examples
from vectors.generate.examples_shapes import date

EXAMPLES = ROOT / "spec" / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*.md") if path.name != "README.md")
each = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def blocks(path: Path) -> list[str]:
    """The fenced blocks."""
    return re.findall(r"^```\n(.*?)\n```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def left_column(block: str) -> str:
    """The hex, joined; two spaces or more end it."""
    return "".join("".join(re.split(r"(?<=\S)  +", line.strip())[0].split()) for line in block.splitlines())


def test_they_are_as_generated(tmp_path: Path) -> None:
    write_examples(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in EXAMPLES.iterdir()}
    assert len(made) == len(FILES) + 1


@each
def test_the_left_column_is_the_message(path: Path) -> None:
    named = re.search(r"(\d+) bytes, those of the vector `([^`]+)`", path.read_text("utf-8"))
    assert named
    message = message_of(vectors()[named[2]]).hex()
    assert left_column(blocks(path)[0]) == message
    assert len(message) == 2 * int(named[1])


@each
def test_the_hashes_are_of_what_stands_above(path: Path) -> None:
    """Thumbprints of the block that follows; Sig_structures of the vector's stages."""
    text = path.read_text("utf-8")
    thumbprints = re.findall(
        r"SHA-256 of the \d+ bytes below is\n`(\w{64})`; the kid is `(\w{16})`.*?\n```\n(.*?)\n```", text, re.DOTALL
    )
    for thumbprint, kid, block in thumbprints:
        assert hashlib.sha256(bytes.fromhex(left_column(block))).hexdigest() == thumbprint
        assert thumbprint.startswith(kid)
    named = re.search(r"those of the vector `([^`]+)`", text)
    assert named
    stages = vectors()[named[1]].get("stages", {})
    in_vector = {
        hashlib.sha256(bytes.fromhex(stage["hex"])).hexdigest()
        for name, stage in stages.items()
        if name.endswith("_sig_structure")
    }
    in_text = set(re.findall(r"Sig_structure\. SHA-256 of them is\n`(\w{64})`", text))
    assert in_text
    if path.stem.startswith("presentation"):
        in_vector.remove(hashlib.sha256(bytes.fromhex(stages["credential_sig_structure"]["hex"])).hexdigest())
    assert not in_vector or in_text == in_vector


@pytest.mark.parametrize("name", ["presentation", "presentation-no-code"])
def test_the_text_is_the_vectors(name: str) -> None:
    path = EXAMPLES / f"{name}.md"
    named = re.search(r"those of the vector `([^`]+)`", path.read_text("utf-8"))
    assert named
    assert blocks(path)[-1] == vectors()[named[1]]["input"]["text"]


def test_each_message_has_an_example() -> None:
    assert {path.stem for path in FILES} == {
        "credential-suite-1",
        "credential-suite-2",
        "enrolment-offer",
        "enrolment-request",
        "presentation",
        "presentation-no-code",
        "status-list",
        "trust-list",
    }


def test_dates() -> None:
    for day in [*range(0, 80_000, 13), 2932896]:
        assert date(day) == (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")


def test_they_are_small() -> None:
    for path in FILES:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 250, path.name
        assert max(len(line) for line in lines if not line.startswith("VT1:")) <= 145, path.name
