"""The text of what is tested, which names its modules make from which, and which tests import a module."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


class Sources:
    """Of the files given and the files of tests, read once."""

    def __init__(self, root: Path, files: Iterable[str], tests: Iterable[str]) -> None:
        self._lines: dict[str, list[str]] = {}
        self._made: list[tuple[set[str], set[str]]] = []
        for file in sorted(files):
            text = (root / file).read_text(encoding="utf-8")
            self._lines[file] = text.splitlines()
            self._made += _made(ast.parse(text))
        self._imported = {test: frozenset(_imported(ast.parse((root / test).read_text("utf-8")))) for test in tests}

    def lines(self, file: str) -> Iterator[tuple[int, str]]:
        """Line numbers and lines."""
        return enumerate(self._lines[file], 1)

    def made_from(self, names: frozenset[str]) -> frozenset[str]:
        """The names, and those that modules bind to something in which one of them occurs, and so on."""
        found = set(names)
        while new := {name for bound, used in self._made if used & found for name in bound} - found:
            found |= new
        return frozenset(found)

    def importing(self, file: str) -> frozenset[str]:
        """The files of tests that import this module by its name, or something from it."""
        module = file.removesuffix(".py").replace("/", ".")
        return frozenset(test for test, modules in self._imported.items() if module in modules)


def _made(module: ast.Module) -> Iterator[tuple[set[str], set[str]]]:
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            used = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
            used |= {node.attr for node in ast.walk(statement.value) if isinstance(node, ast.Attribute)}
            yield names, used


def _imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
