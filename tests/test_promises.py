"""Each promise of docs/security.md links to the test that holds it; it is there and runs, and where it does not is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.held import held, names_of_tests

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


#: What a test may lack: the beginning of the reason for which it is then skipped, and what its row says of that.
WHERE = {
    "the second implementation needs Node": "where Node is",
    "the SQLite of this Python can't be reached": "where SQLite can be reached from outside",
    "no SoftHSM 2 on this machine": "where SoftHSM 2 is",
    "no bash on this machine": "where bash is",
    "no boot id on this system": "where the system has a boot id",
    "not a git checkout": "in a git checkout",
    "PIL.Image": "where Pillow is",
}


def faults(held_by: str, start: Path = DOCUMENT.parent, promise: str = "") -> list[str]:
    """What is wrong with what stands in a row's second column, beside its first; nothing where it is as it should be."""
    links = LINK.findall(held_by)
    said = [f"not a link: {rest}" for rest in [LINK.sub("", held_by).replace(",", "").strip()] if rest]
    tests = 0
    needed: set[str] = set()
    for name, target in links:
        path = (start / target).resolve()
        if not path.is_file():
            said.append(f"no such file: {target}")
        elif path.suffix == ".py":
            if name not in names_of_tests(path):
                said.append(f"no such test: {name} in {target}")
            elif held(path, name).never:
                said.append(f"a test that never holds: {name}")
            else:
                tests += 1
                needed |= held(path, name).where
        elif path.name != name:
            said.append(f"another name than its file's: {name}")
    said += where_faults(promise, needed)
    return said if tests else [*said, "no test"]


def where_faults(promise: str, reasons: set[str]) -> list[str]:
    """What a row fails to say of ``reasons`` for which its tests may be skipped, and what it says without one."""
    needed = {phrase for start, phrase in WHERE.items() if any(reason.startswith(start) for reason in reasons)}
    return [
        *(
            f"skipped for a reason that is not in WHERE: {reason}"
            for reason in reasons
            if not reason.startswith(tuple(WHERE))
        ),
        *(f"does not say: {phrase}" for phrase in sorted(needed) if phrase not in promise),
        *(f"says without need: {phrase}" for phrase in WHERE.values() if phrase in promise and phrase not in needed),
    ]


ROWS = promises(DOCUMENT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("promise", "held_by"), ROWS, ids=[promise[:50] for promise, _ in ROWS])
def test_each_promise_links_to_the_test_that_holds_it(promise: str, held_by: str) -> None:
    assert promise
    assert not faults(held_by, promise=promise)


def test_every_table_of_promises_is_read() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(HEAD) >= 5
    assert text.count("held by |") == text.count(HEAD), "a table with another head is not read"
    assert len(ROWS) >= 50
    assert len({promise for promise, _ in ROWS}) == len(ROWS)


def test_links_outside_the_tables_are_of_tests_that_exist() -> None:
    for name, target in LINK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if name.startswith("test_"):
            assert name in names_of_tests((DOCUMENT.parent / target).resolve())


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


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.skip\ndef test_x(): pass",
        "@pytest.mark.xfail(reason='one day')\ndef test_x(): pass",
        "pytestmark = pytest.mark.skip\ndef test_x(): pass",
        "never = pytest.mark.skip(reason='never')\nnot_today = never\n@not_today\ndef test_x(): pass",
        "not_yet = pytest.mark.xfail\npytestmark = [not_yet]\ndef test_x(): pass",
        "from pytest import mark\nnever = mark.skip\n@never\ndef test_x(): pass",
    ],
)
def test_a_test_that_is_always_skipped_holds_nothing(tmp_path: Path, text: str) -> None:
    """Also where the mark has another name, or is the module's."""
    (tmp_path / "test_x.py").write_text(text)
    assert faults("[test_x](test_x.py)", tmp_path) == ["a test that never holds: test_x", "no test"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from tests.interop.second import needs_node\n@needs_node\ndef test_x(): pass", "where Node is"),
        ("from tests.interop.second import needs_node as it\npytestmark = [it]\ndef test_x(): pass", "where Node is"),
        ("from tests.interop import second\n@second.needs_node\ndef test_x(): pass", "where Node is"),
        ("Image = pytest.importorskip('PIL.Image')\ndef test_x(): pass", "where Pillow is"),
        ("def drawn(): return pytest.importorskip('PIL.Image')\ndef test_x(): drawn()", "where Pillow is"),
        ("@pytest.fixture\ndef a(): pytest.skip('no bash on this machine')\ndef test_x(a): pass", "where bash is"),
        ("@pytest.fixture\ndef a(): pytest.skip('no bash on this machine')\n"
         "@pytest.mark.usefixtures('a')\ndef test_x(): pass", "where bash is"),
        ("@pytest.fixture(autouse=True)\ndef a(): pytest.skip('no bash on this machine')\ndef test_x(): pass", "where bash is"),
    ],
)  # fmt: skip
def test_a_test_that_is_skipped_somewhere_is_said_to_be(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "test_x.py").write_text(text)
    assert faults("[test_x](test_x.py)", tmp_path) == [f"does not say: {reason}"]
    assert not faults("[test_x](test_x.py)", tmp_path, f"Something ({reason})")


def test_a_reason_that_nobody_has_named_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("@pytest.mark.skipif(True, reason='a whim')\ndef test_x(): pass")
    assert faults("[test_x](test_x.py)", tmp_path) == ["skipped for a reason that is not in WHERE: a whim"]


def test_a_row_that_asks_for_more_than_its_tests_do(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(): pass")
    assert faults("[test_x](test_x.py)", tmp_path, "Something (where Node is)") == ["says without need: where Node is"]


def test_a_row_that_is_as_it_should_be() -> None:
    assert not faults("[test_there_are_documents](../tests/test_docs.py), [verify.json](../vectors/verify.json)")
