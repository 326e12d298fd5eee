"""The tables of spec/model/results.md, from what is expected: what the tests hold the search to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.model.expected import EXPECTED, falls, subsets
from tests.model.variants import VARIANTS

RESULTS: Final = Path(__file__).parents[2] / "spec" / "model" / "results.md"

_HEAD: Final = """# Results

Made by `python -m tests.model --tables` from what the tests hold the bounded search to; `tests/model/test_tables.py` compares.
What the properties mean stands in `tests/model/properties.py`, what the compromises give away in `tests/model/people.py`, the
bounds in `tests/model/plan.py`.

·: no attack within the bounds. **attack**: one exists, and is found.
"""


def tables() -> str:
    """The whole file."""
    return "\n".join([_HEAD, *(_scenario(name) for name in EXPECTED), _variants()])


def _scenario(name: str) -> str:
    properties = list(EXPECTED[name])
    rows = [
        [" + ".join(sorted(chosen)) or "nothing"]
        + ["**attack**" if falls(EXPECTED[name][column], chosen) else "·" for column in properties]
        for chosen in subsets(name)
    ]
    return f"## {name.capitalize()}\n\n" + _table(["compromised", *properties], rows)


def _variants() -> str:
    rows = []
    for variant in VARIANTS:
        stolen = " + ".join(sorted(variant.scenario.compromised)) or "nothing"
        code = f"`{variant.code}`" if variant.code else "–"
        rows.append([variant.left_out, variant.rule, variant.where, stolen, variant.violates, code])
    head = ["left out", "rule or step", "scenario", "compromised", "property that falls", "the library says"]
    text = "Each has an attack, and the search finds it; with the rule in place the same scenario has none on that property.\n"
    return f"## Broken on purpose\n\n{text}\n" + _table(head, rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
