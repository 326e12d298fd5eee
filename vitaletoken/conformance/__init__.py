"""The test vectors' door to this library: a case in, its result out.

The form of a case and of its result is in vectors/README.md. ``python -m vitaletoken.conformance`` reads cases from standard
input and writes results to standard output, a JSON line each, as every implementation does that wants to be compared.
"""

from __future__ import annotations

from typing import Any

from vitaletoken.conformance.forms import result
from vitaletoken.conformance.layers import LAYERS

__all__ = ["LAYERS", "run"]


def run(case: dict[str, Any]) -> Any:
    """The result of one case: ``{"ok": ...}``, ``{"error": code}``, or ``"skipped"`` for a layer not known here."""
    layer = LAYERS.get(case["layer"])
    return result(layer, case["input"]) if layer else "skipped"
