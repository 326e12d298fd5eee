"""Coverage guidance. This module imports nothing of the library: what is imported before ``instrument`` is never instrumented."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Final

_LIBRARY: Final = "vitaletoken"


def has_atheris() -> bool:
    """Whether there is coverage guidance."""
    return importlib.util.find_spec("atheris") is not None


def instrument() -> None:
    """Import all targets, and with them the library, so that the engine sees which code an input reaches.

    Raises:
        RuntimeError: parts of the library were imported before, which the engine would be blind to.
    """
    import atheris

    before = sorted(name for name in sys.modules if name.partition(".")[0] == _LIBRARY)
    if before:
        raise RuntimeError(f"imported too early to be instrumented: {', '.join(before)}")
    with atheris.instrument_imports(include=[_LIBRARY]):
        importlib.import_module("tests.fuzz.engine.session")
