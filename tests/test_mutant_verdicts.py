"""A verdict of tools/mutants counts while the mutated module and what noticed it are the same."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from tools.mutants.listed import Identity
from tools.mutants.verdicts import AT_IMPORT, KILLED, SURVIVED, TIMEOUT, VECTORS, Verdicts

MODULE = "vitaletoken/wire/x.py"
MUTANT: Identity = (MODULE, "x", "1 -> 2", 1)
TEST = "tests/wire/test_x.py::test_x[1]"
VECTOR = f"{VECTORS}x/one]"
#: Verdict, and what noticed.
NOTICED = {
    "a test": (KILLED, TEST),
    "a vector": (KILLED, VECTOR),
    "an endless loop": (TIMEOUT, TEST),
    "nobody knows": (KILLED, None),
    "the import": (AT_IMPORT, ""),
}
VECTOR_FILE = {"layer": "x", "cases": [{"id": "x/one", "in": 1}, {"id": "x/two", "in": 2}]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (MODULE, "tests/wire/test_x.py", "tests/wire/test_y.py", "tests/test_vectors.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "x.json").write_text(json.dumps(VECTOR_FILE))
    return tmp_path


def verdicts(root: Path) -> Verdicts:
    """As a run has them that begins now."""
    return Verdicts(root, root / "verdicts.jsonl")


def there(file: str) -> Collection[Identity]:
    return {MUTANT} if file == MODULE else ()


def standing(root: Path) -> tuple[dict[Identity, str], int]:
    return verdicts(root).standing(there)


def recorded(root: Path, verdict: str, test: str | None) -> None:
    verdicts(root).begin()
    verdicts(root).record(MUTANT, verdict, test)
    assert standing(root) == ({MUTANT: verdict}, 0)


def change(path: Path) -> None:
    path.write_text(path.read_text() + " \n")


@pytest.mark.parametrize("by", NOTICED)
def test_a_changed_module_is_judged_again(root: Path, by: str) -> None:
    recorded(root, *NOTICED[by])
    change(root / MODULE)
    assert standing(root) == ({}, 1)


@pytest.mark.parametrize(
    ("by", "path"),
    [
        ("a test", "tests/wire/test_x.py"),
        ("an endless loop", "tests/wire/test_x.py"),
        ("a vector", "tests/test_vectors.py"),
        ("a vector", "vectors/x.json"),
        ("nobody knows", "tests/wire/test_y.py"),
        ("nobody knows", "vectors/x.json"),
    ],
)
def test_without_what_noticed_it_does_not_count(root: Path, by: str, path: str) -> None:
    recorded(root, *NOTICED[by])
    (root / path).unlink()
    assert standing(root) == ({}, 1)


def test_a_changed_test_does_not_count_nor_does_a_changed_vector(root: Path) -> None:
    recorded(root, KILLED, TEST)
    change(root / "tests/wire/test_x.py")
    assert standing(root) == ({}, 1)
    recorded(root, KILLED, VECTOR)
    (root / "vectors" / "x.json").write_text(json.dumps(VECTOR_FILE).replace('"in": 1', '"in": 3'))
    assert standing(root) == ({}, 1)


@pytest.mark.parametrize("by", ["a test", "a vector", "an endless loop", "the import"])
def test_going_on_stays_useful(root: Path, by: str) -> None:
    """Other modules, tests and vectors may change."""
    recorded(root, *NOTICED[by])
    change(root / "tests/wire/test_y.py")
    (root / "vitaletoken" / "wire" / "y.py").write_text("new = 1\n")
    (root / "vectors" / "x.json").write_text(json.dumps(VECTOR_FILE).replace('"in": 2', '"in": 3'))
    assert len(standing(root)[0]) == 1


def test_the_last_verdict_counts(root: Path) -> None:
    recorded(root, KILLED, TEST)
    change(root / MODULE)
    verdicts(root).record(MUTANT, SURVIVED, None)
    assert standing(root) == ({MUTANT: SURVIVED}, 0)
    verdicts(root).record(MUTANT, KILLED, VECTOR)
    assert standing(root) == ({MUTANT: KILLED}, 0)


def test_one_left_over_counts_until_it_is_gone(root: Path) -> None:
    """However its module changes: a mutant that nobody noticed is not forgotten by an edit elsewhere in the file."""
    recorded(root, SURVIVED, None)
    change(root / MODULE)
    assert standing(root) == ({MUTANT: SURVIVED}, 0)
    assert verdicts(root).standing(lambda _: ()) == ({}, 0)
    (root / MODULE).unlink()
    assert standing(root) == ({}, 0)


def test_a_line_of_before_there_were_hashes_does_not_count(root: Path) -> None:
    (root / "verdicts.jsonl").write_text(json.dumps([*MUTANT, KILLED]) + "\n")
    assert standing(root) == ({}, 1)
    (root / "verdicts.jsonl").write_text(json.dumps([*MUTANT, SURVIVED]) + "\n")
    assert standing(root) == ({MUTANT: SURVIVED}, 0)
