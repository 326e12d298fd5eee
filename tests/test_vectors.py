"""The library against every vector, through the same door as any other implementation: ``vitaletoken.conformance``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vitaletoken import conformance

VECTORS = Path(__file__).parent.parent / "vectors"
CASES = [
    {"layer": content["layer"], **case}
    for path in sorted(VECTORS.glob("*.json"))
    if path.name != "schema.json"
    for content in [json.loads(path.read_text(encoding="utf-8"))]
    for case in content["cases"]
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    assert conformance.run(case) == case["expect"]


def test_no_layer_is_without_vectors() -> None:
    assert {case["layer"] for case in CASES} == set(conformance.LAYERS)
