"""Coverage guidance. This module imports nothing of the library: what is imported before ``instrument`` is never instrumented."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import redirect_stderr
from typing import Final, TextIO

_LIBRARY: Final = "vitaletoken"
#: What atheris says of each module as it instruments it.
_OF_EACH_MODULE: Final = f"INFO: Instrumenting {_LIBRARY}"


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
    with redirect_stderr(WithoutModules(sys.stderr)), atheris.instrument_imports(include=[_LIBRARY]):
        importlib.import_module("tests.fuzz.engine.session")


class WithoutModules:
    """Passes on what is written to it, but the line that atheris writes of each module: it writes each at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """As a text file does."""
        return len(text) if text.startswith(_OF_EACH_MODULE) else self._out.write(text)

    def flush(self) -> None:
        """Likewise."""
        self._out.flush()
