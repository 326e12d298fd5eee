"""The table of verification is of one piece with the catalogue of codes (spec section 8)."""

from __future__ import annotations

from vitaletoken.errors import CATALOGUE
from vitaletoken.rules.steps import STEPS


def test_each_code_is_of_its_step() -> None:
    """A terminal says with which step it ended: from the catalogue. The order is from the table."""
    assert [step for step, _ in STEPS] == [f"V{number}" for number in range(1, 16)]
    assert {(code, step) for step, codes in STEPS for code in codes} == {
        (code, entry.step) for code, entry in CATALOGUE.items() if entry.step.startswith("V")
    }
