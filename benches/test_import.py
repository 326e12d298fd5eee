"""What importing costs beyond the dependencies: ``make bench ARGS='-k import'``. How it is measured: ``benches.imports``."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest

from benches.imports import IMPORTS, ROUNDS, seconds


@pytest.mark.parametrize("what", IMPORTS)
def test_import(benchmark: Any, what: str, tmp_path: Path) -> None:
    """The figure that counts is ``extra_info``'s median: the benchmark's own times have the start of an interpreter in them."""
    seconds(IMPORTS[what], tmp_path)  # makes the bytecode
    taken: list[float] = []
    benchmark.pedantic(lambda: taken.append(seconds(IMPORTS[what], tmp_path)), rounds=ROUNDS)
    benchmark.extra_info["median_ms"] = round(1000 * median(taken), 1)
    print(f"\nimport of {what}: {benchmark.extra_info['median_ms']} ms")
