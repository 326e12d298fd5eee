"""Putting a mutant into a running process, or into one that has not imported its module yet."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from tools.mutants.mutations import Mutant


def functions_of(root: Path) -> dict[tuple[str, str], list[FunctionType]]:
    """The functions that live in this process, by file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    package = str(root / "vitaletoken")
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(package):
            key = Path(thing.__code__.co_filename).relative_to(root).as_posix(), thing.__code__.co_qualname
            found.setdefault(key, []).append(thing)
    return found


def put(mutant: Mutant, root: Path, functions: dict[tuple[str, str], list[FunctionType]]) -> bool:
    """Give the function the mutant's code where it is: whoever imported it has the changed one. False if it cannot be done.

    It cannot where two functions have the name, or where the change alters what an inner function closes over.
    """
    live = functions.get((mutant.file, mutant.place), [])
    codes = [code for code in _codes(_compiled(mutant, root)) if code.co_qualname == mutant.place]
    if len(codes) != 1 or len({function.__code__ for function in live}) != 1:
        return False
    try:
        for function in live:
            function.__code__ = codes[0]
    except ValueError:  # another number of free variables
        return False
    return True


def _compiled(mutant: Mutant, root: Path) -> CodeType:
    return compile(mutant.source(), str(root / mutant.file), "exec", dont_inherit=True)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


class Changed(MetaPathFinder, Loader):
    """Imports one module in its mutant form. To be put first in ``sys.meta_path``."""

    def __init__(self, mutant: Mutant, root: Path) -> None:
        self._name = mutant.file.removesuffix(".py").replace("/", ".")
        self._code = _compiled(mutant, root)

    def install(self) -> None:
        """From here on the module's import gives the mutant."""
        if self._name in sys.modules:
            raise RuntimeError(f"{self._name} was imported before")
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The mutant's module, and no other."""
        return spec_from_loader(fullname, self, origin=self._code.co_filename) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed text as the module."""
        module.__file__ = self._code.co_filename
        exec(self._code, module.__dict__)
