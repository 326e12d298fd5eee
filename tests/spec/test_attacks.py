"""spec/attacks.md: whatever it names exists, and each row says all four things."""

from __future__ import annotations

import re

import pytest

from tests.spec.documents import ROOT, missing_test, refuses, rules, steps, vectors

TEXT = (ROOT / "spec" / "attacks.md").read_text("utf-8")
HEADS = ("|---", "| attack |", "| failure, ")
ROWS = [
    tuple(cell.strip() for cell in line.strip().strip("|").split(" | "))
    for line in TEXT.splitlines()
    if line.startswith("|") and not line.startswith(HEADS)
]
by_attack = pytest.mark.parametrize("row", ROWS, ids=[re.sub(r"[^a-z0-9]+", "-", row[0].lower())[:50] for row in ROWS])

# The threats that the design lists, by a word of theirs that has to stand in the first column; a guard against losing one.
THREATS = """screenshot; over the shoulder; relay; second terminal; stolen locked; stolen unlocked; dumped storage; rooted;
    pharmacist; rogue terminal; issuer database; issuer key; rolled-back trust; frozen trust; rolled-back status;
    frozen status; set back; used as another; chooses among; one short key id; code layer taken off; card exchanged;
    widening a grant; father's number; test card; malformed; oversized; keyboard wedge; guessing the code; a sticker put over;
    live relay from a person who scanned; an answer given twice; an answer kept; at another terminal;
    another view or another bill; in another's name; relay of the whole exchange; both screens are filmed;
    stolen terminal opens films; care sheet exchanged; number collected without a right; mix-and-match;
    stolen after they were exchanged; k - 1 root; slept through; dated back; brought back; leaked status key; hostile mirror;
    hostile deltas; withheld; false positives; dated ahead; end the cards of all; quantum; enrolled"""
FAILURES = """alg: none; hmac; key id in two headers; critical headers; any signature; unprotected header; trailing bytes;
    duplicate keys; nan as exp; shared references; s not below l; second signature; small order; without the cofactor;
    returns false; non-deterministic; decompression bomb; lists of hashes; second leg"""


def named(row: tuple[str, ...]) -> set[str]:
    """The rules and steps that stop it."""
    return set(re.findall(r"\b(?:(?!SHA)[A-Z]+-\d+|[A-Z]\d+)\b", row[1]))


def seen_in(row: tuple[str, ...]) -> list[str]:
    """The vectors and tests that show it."""
    return re.findall(r"`([^`]+)`", row[2])


def not_stopped(row: tuple[str, ...]) -> bool:
    """A row that owns up to it: nothing stops it, and the last column says so."""
    return row[1] == row[2] == "–" and "Not stopped" in row[3]


@by_attack
def test_a_row_says_all_four_things(row: tuple[str, ...]) -> None:
    assert len(row) == 4
    attack, stopped_by, shown, remains = row
    assert attack
    assert stopped_by
    assert remains
    assert "`" in shown or "to come" in stopped_by or not_stopped(row)


@by_attack
def test_its_rules_and_steps_exist(row: tuple[str, ...]) -> None:
    assert named(row) <= rules() | steps()
    assert named(row) or "Section" in row[1] or not_stopped(row)


@by_attack
def test_its_vectors_and_tests_exist(row: tuple[str, ...]) -> None:
    for name in seen_in(row):
        if name.startswith("tests/"):
            assert missing_test(name) is None
        else:
            assert name in vectors()


@by_attack
def test_a_named_rule_is_seen_in_a_vector_of_the_row_or_in_a_test(row: tuple[str, ...]) -> None:
    """Not each rule in each row: but a row whose vectors exercise none of its rules and steps is a mistake."""
    names = seen_in(row)
    exercised = {rule for name in names if name in vectors() for rule in vectors()[name]["rules"]}
    assert not names or named(row) & exercised or any(name.startswith("tests/") for name in names)


def test_most_rows_show_a_refusal() -> None:
    """An attack that is stopped is seen to be refused. The few others show how a harmless thing is told from a harmful one."""
    without = []
    for row in ROWS:
        names = seen_in(row)
        if names and not any(name.startswith("tests/") or refuses(vectors()[name]) for name in names):
            without.append(row[0])
    assert [attack.partition(":")[0].partition(" (")[0] for attack in without] == [
        "Leaked issuer database",
        "Twins taken for each other",
        "A second leg by radio that fails",
    ]


@pytest.mark.parametrize("words", [words.strip() for words in (THREATS + ";" + FAILURES).split(";")])
def test_each_known_threat_has_a_row(words: str) -> None:
    assert any(" ".join(words.split()) in row[0].lower().replace("`", "") for row in ROWS)


def test_no_vector_stands_twice_in_a_row() -> None:
    for row in ROWS:
        assert len(set(seen_in(row))) == len(seen_in(row)), row[0]
