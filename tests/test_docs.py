"""What the documents point to is there: files that are linked, tests and modules that are named."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRACKED = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()
DOCUMENTS = [ROOT / name for name in TRACKED] or list(ROOT.glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_pointed_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    missing = [target for target in links if not (document.parent / target).exists()]
    named = re.findall(
        r"`((?:tests|vitaletoken|vectors|spec|docs|benches|tools)/[\w./-]+\.(?:py|md|json|sh|cddl))(?:::\w+)?`", text
    )
    missing += [target for target in named if not (ROOT / target).exists()]
    assert not missing


def test_there_are_documents() -> None:
    assert ROOT / "README.md" in DOCUMENTS


def test_every_decision_is_listed_under_its_title() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    titles = [
        (path.name, path.read_text(encoding="utf-8").splitlines()[0])
        for path in sorted((ROOT / "docs" / "adr").glob("0*"))
    ]
    listed = re.findall(r"^(\d+\. )\[(.*)\]\((.*)\)$", index, re.MULTILINE)
    assert [(name, f"# {number}{title}") for number, title, name in listed] == titles
    assert all(title.startswith(f"# {int(name[:4])}. ") for name, title in titles)
