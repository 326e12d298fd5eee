"""Where a test holds what it asserts: by its marks, whatever name they go by, and by what it calls that may skip it.

Read from the text, nothing is run. Names are followed to where they are bound: in the module, in modules of ``tests`` that it
imports from, and for fixtures in ``conftest.py`` too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

TESTS = Path(__file__).resolve().parent
_SKIPS = ("skipif", "skip", "importorskip")

#: A name, in the module that binds it; none for the module itself.
_Named = tuple[Path, str]


@dataclass(frozen=True)
class Held:
    """Whether a test holds anything, and where.

    Attributes:
        never: it is marked as skipped, or as one that may fail.
        where: what is said of each skipping that may happen: its reason, or the name of the module without which it happens.
    """

    never: bool
    where: frozenset[str]


@dataclass(frozen=True)
class _Module:
    """Its names, those it has from other modules of ``tests``, and what runs at import beside definitions."""

    bound: dict[str, ast.stmt]
    imported: dict[str, _Named]
    statements: tuple[ast.stmt, ...]


@cache
def _module(path: Path) -> _Module:
    bound: dict[str, ast.stmt] = {}
    imported: dict[str, _Named] = {}
    statements = []
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == TESTS.name:
            source = TESTS.parent.joinpath(*node.module.split("."))
            for alias in node.names:
                module, name = (source / alias.name).with_suffix(".py"), alias.asname or alias.name
                if module.is_file():
                    imported[name] = module, ""
                elif source.with_suffix(".py").is_file():
                    imported[name] = source.with_suffix(".py"), alias.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound[node.name] = node
        else:
            statements.append(node)
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            bound |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return _Module(bound, imported, tuple(statements))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those that run at import, in the branches of conditions too."""
    for node in body:
        inner = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        if isinstance(node, ast.If | ast.Try | ast.With):
            for each in inner:
                yield from _statements(each)
        else:
            yield node


def names_of_tests(path: Path) -> frozenset[str]:
    """The names of the test functions in the file at ``path``."""
    bound = _module(path).bound
    return frozenset(
        name for name, node in bound.items() if isinstance(node, ast.FunctionDef) and name.startswith("test_")
    )


def held(path: Path, name: str) -> Held:
    """Of the test ``name`` in the file at ``path``."""
    module = _module(path)
    test = module.bound[name]
    assert isinstance(test, ast.FunctionDef)
    marks = [*test.decorator_list, *([module.bound["pytestmark"]] if "pytestmark" in module.bound else [])]
    by_marks = _all_from([_said(path, mark) for mark in marks])
    used = [_said(path, name) for mark in marks for name in _fixtures_named_in(mark)]
    by_rest = _all_from([_said(path, test), *used, *map(partial(_said, path), _automatic(path)), _at_import(path)])
    return Held(
        any(each.never for each in by_marks), frozenset().union(*(each.where for each in [*by_marks, *by_rest]))
    )


@dataclass(frozen=True)
class _Said:
    """What a piece of text says by itself, as ``Held``, and the names it uses that are bound somewhere in ``tests``."""

    never: bool
    where: frozenset[str]
    uses: frozenset[_Named] = frozenset()


def _said(path: Path, root: ast.AST) -> _Said:
    never, where, uses = False, set(), set()
    for node in ast.walk(root):
        if isinstance(node, ast.Attribute) and node.attr in ("skip", "xfail"):
            never |= _last(node.value) == "mark"
        if isinstance(node, ast.Call) and _last(node.func) in _SKIPS:
            where.add(_reason(node))
        uses.add(_used(path, node))
    return _Said(never, frozenset(where), frozenset(name for name in uses if name is not None))


@cache
def _said_by(name: _Named) -> _Said:
    return _said(name[0], _module(name[0]).bound[name[1]])


def _all_from(first: list[_Said]) -> list[_Said]:
    """``first``, and what the names they use lead to."""
    found, done = list(first), set[_Named]()
    for each in found:  # which grows
        found += map(_said_by, sorted(each.uses - done))
        done |= each.uses
    return found


@cache
def _at_import(path: Path) -> _Said:
    """What may skip a whole module at import, its own or one that it imports."""
    where: set[str] = set()
    left, done = [path], {path}
    while left:
        module = _module(left.pop())
        nodes = [node for statement in module.statements for node in ast.walk(statement) if isinstance(node, ast.Call)]
        where |= {_reason(node) for node in nodes if _last(node.func) in ("skip", "importorskip")}
        more = {source for source, _ in module.imported.values()} - done
        left += more
        done |= more
    return _Said(never=False, where=frozenset(where))


def _fixtures_named_in(mark: ast.AST) -> Iterator[ast.AST]:
    """Those of ``usefixtures``, as names."""
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and _last(node.func) == "usefixtures":
            yield from (ast.Name(str(each.value)) for each in node.args if isinstance(each, ast.Constant))


@cache
def _automatic(path: Path) -> tuple[ast.AST, ...]:
    """The fixtures that every test of the file has, as names."""
    return tuple(
        ast.Name(name)
        for source in (path, *_shared(path))
        for name, node in _module(source).bound.items()
        if isinstance(node, ast.FunctionDef) and "autouse=True" in " ".join(map(ast.unparse, node.decorator_list))
    )


def _used(path: Path, node: ast.AST) -> _Named | None:
    """What a node names, if that is bound in ``tests``. A function's arguments are names: of fixtures, it may be."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        source, name = _module(path).imported.get(node.value.id, (path, "no module"))
        return None if name else _bound(source, node.attr)
    name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
    return _bound(path, name) if name else None


def _bound(path: Path, name: str) -> _Named | None:
    module = _module(path)
    if name in module.bound:
        return path, name
    if name in module.imported:
        source, there = module.imported[name]
        return _bound(source, there) if there else None
    return next(((shared, name) for shared in _shared(path) if name in _module(shared).bound), None)


def _shared(path: Path) -> list[Path]:
    """The files whose fixtures it has, the nearest first."""
    above = [directory / "conftest.py" for directory in path.parents if directory.is_relative_to(TESTS)]
    return [each for each in above if each.is_file() and each != path]


def _last(function: ast.expr) -> str:
    """The name of a function without what is before the last dot."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _reason(call: ast.Call) -> str:
    """The text that is shown where it is skipped; of ``importorskip`` the module's name."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "reason"), None)
    if given is None or _last(call.func) == "importorskip":
        given = call.args[0] if call.args else call
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ast.unparse(given)
