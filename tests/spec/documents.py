"""What the specification and the vectors define, for tests that compare other documents with them."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from vectors.generate.encoder import BASE45_ALPHABET

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "spec" / "vitaletoken.md").read_text("utf-8")


@cache
def rules() -> frozenset[str]:
    """Every rule id."""
    return frozenset(re.findall(r"\*\*([A-Z]+-\d+)\*\*", SPEC))


@cache
def steps() -> frozenset[str]:
    """Every step of the tables, and V8, which is kept for grants."""
    tables = re.findall(r"<!-- steps:\w+ -->\n((?:\|.*\n)+)", SPEC)
    rows = [row for table in tables for row in table.splitlines()[2:]]
    return frozenset(row.split("|")[1].split()[0] for row in rows) | {"V8"}


@cache
def vectors() -> dict[str, dict[str, Any]]:
    """Every case by its id, with its layer."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "vectors").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        found |= {case["id"]: {"layer": content["layer"], **case} for case in content.get("cases", [])}
    return found


def refuses(case: dict[str, Any]) -> bool:
    """Whether something is refused in it, be it in one step of a scenario."""
    results = case["expect"]["ok"].get("results", []) if "ok" in case["expect"] else [case["expect"]]
    return any("error" in result for result in results)


def message_of(case: dict[str, Any]) -> bytes:
    """The message that a case is about: what is read, or what is made."""
    if "text" in case["input"]:
        return from_base45(case["input"]["text"].removeprefix("VT1:"))
    given = case["input"] if "bytes" in case["input"] else case["expect"]["ok"]
    return bytes.fromhex(given["bytes"])


def from_base45(text: str) -> bytes:
    """RFC 9285 section 4.3, of good texts."""
    digits = [BASE45_ALPHABET.index(character) for character in text]
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return b"".join(
        sum(digit * 45**place for place, digit in enumerate(group)).to_bytes(len(group) - 1, "big") for group in groups
    )


def missing_test(named: str) -> str | None:
    """What of a test's name, `tests/.../test_x.py` or that and `::test_y`, is not there."""
    file, _, function = named.partition("::")
    path = ROOT / file
    if not path.is_file():
        return file
    defined = {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
    return function if function and function not in defined else None
