"""Each promise of docs/security.md links to the test that holds it, and that test is there and runs."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "security.md"
HEAD = "| promise | held by |"
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def promises(document: str) -> list[tuple[str, str]]:
    """The rows of the tables of promises: what is promised, and by what it is held."""
    rows: list[tuple[str, str]] = []
    within = False
    for line in document.splitlines():
        within = line == HEAD or (within and line.startswith("|"))
        if within and line != HEAD and not line.startswith("|---"):
            promise, _, held_by = line.strip("| ").rpartition(" | ")
            rows.append((promise, held_by))
    return rows


@cache
def functions_in(path: Path) -> dict[str, str]:
    """The test functions in the file at ``path``, each with its decorators as text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: " ".join(ast.unparse(each) for each in node.decorator_list)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def faults(held_by: str, start: Path = DOCUMENT.parent) -> list[str]:
    """What is wrong with what stands in a row's second column; nothing where it is as it should be."""
    links = LINK.findall(held_by)
    said = [f"not a link: {rest}" for rest in [LINK.sub("", held_by).replace(",", "").strip()] if rest]
    tests = 0
    for name, target in links:
        path = (start / target).resolve()
        if not path.is_file():
            said.append(f"no such file: {target}")
        elif path.suffix == ".py":
            decorators = functions_in(path).get(name)
            if decorators is None:
                said.append(f"no such test: {name} in {target}")
            elif re.search(r"mark\.(skip|xfail)\b", decorators):
                said.append(f"a test that never holds: {name}")
            else:
                tests += 1
        elif path.name != name:
            said.append(f"another name than its file's: {name}")
    return said if tests else [*said, "no test"]


ROWS = promises(DOCUMENT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("promise", "held_by"), ROWS, ids=[promise[:50] for promise, _ in ROWS])
def test_each_promise_links_to_the_test_that_holds_it(promise: str, held_by: str) -> None:
    assert promise
    assert not faults(held_by)


def test_every_table_of_promises_is_read() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(HEAD) >= 5
    assert text.count("held by |") == text.count(HEAD), "a table with another head is not read"
    assert len(ROWS) >= 50
    assert len({promise for promise, _ in ROWS}) == len(ROWS)


def test_links_outside_the_tables_are_of_tests_that_exist() -> None:
    for name, target in LINK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if name.startswith("test_"):
            assert name in functions_in((DOCUMENT.parent / target).resolve())


@pytest.mark.parametrize(
    ("held_by", "fault"),
    [
        ("", "no test"),
        ("`tests/test_docs.py`", "not a link"),
        ("[test_nobody](../tests/test_docs.py)", "no such test"),
        ("[test_there_are_documents](../tests/test_nowhere.py)", "no such file"),
        ("[verify.json](../vectors/verify.json)", "no test"),
        ("[other.json](../vectors/verify.json), [test_there_are_documents](../tests/test_docs.py)", "another name"),
    ],
)
def test_a_row_that_holds_nothing_is_found(held_by: str, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(held_by))


def test_a_test_that_is_always_skipped_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("@pytest.mark.skip\ndef test_x(): pass\n")
    assert faults("[test_x](test_x.py)", tmp_path) == ["a test that never holds: test_x", "no test"]


def test_a_row_that_is_as_it_should_be() -> None:
    assert not faults("[test_there_are_documents](../tests/test_docs.py), [verify.json](../vectors/verify.json)")
