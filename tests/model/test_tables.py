"""The tables that people read are those that the search is held to, and name nothing that is not in the spec."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.model.tables import RESULTS, tables
from tests.model.variants import VARIANTS

SPEC = (Path(__file__).parents[2] / "spec" / "vitaletoken.md").read_text(encoding="utf-8")


def test_results() -> None:
    assert RESULTS.read_text(encoding="utf-8") == tables()


@pytest.mark.parametrize("rule", sorted({variant.rule for variant in VARIANTS}))
def test_rule_is_in_the_spec(rule: str) -> None:
    defined = rf"\*\*{rule}\*\*" if "-" in rule else rf"^\| {rule} "
    assert re.search(defined, SPEC, re.MULTILINE)


@pytest.mark.parametrize("code", sorted({variant.code for variant in VARIANTS if variant.code}))
def test_code_is_in_the_spec(code: str) -> None:
    assert f"`{code}` |" in SPEC
