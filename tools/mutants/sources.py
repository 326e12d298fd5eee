"""The text of what is tested, and which names its modules make from which."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


class Sources:
    """Of the files given, read once."""

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self._lines: dict[str, list[str]] = {}
        self._made: list[tuple[set[str], set[str]]] = []
        for file in sorted(files):
            text = (root / file).read_text(encoding="utf-8")
            self._lines[file] = text.splitlines()
            self._made += _made(ast.parse(text))

    def lines(self, file: str) -> Iterator[tuple[int, str]]:
        """Line numbers and lines."""
        return enumerate(self._lines[file], 1)

    def made_from(self, names: frozenset[str]) -> frozenset[str]:
        """The names, and those that modules bind to something in which one of them occurs, and so on."""
        found = set(names)
        while new := {name for bound, used in self._made if used & found for name in bound} - found:
            found |= new
        return frozenset(found)


def _made(module: ast.Module) -> Iterator[tuple[set[str], set[str]]]:
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            used = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
            used |= {node.attr for node in ast.walk(statement.value) if isinstance(node, ast.Attribute)}
            yield names, used
