"""The mutants: mutmut's operators on one source file, less what no test should hold (docs/mutants.md lists it)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

_NOTHING_IGNORED = IgnoredCode(set(), set(), set())
#: Text for people: what a test of it would compare is a wording.
_FOR_PEOPLE = {"__repr__", "__str__"}
#: A string with so many spaces is a sentence, also for people: why a profile asks for what it asks.
_SPACES = 3
#: Calls that say something to the type checker alone, or whose argument is a name that nothing reads.
_FOR_TYPES = {"cast", "TypeVar", "NewType"}
#: Names with which the right side of a type alias begins.
_TYPES = {"Any", "Callable", "Mapping", "Sequence", "Iterable"}
#: A byte in a string or in a pattern.
_ESCAPE = re.compile(r"\\x[0-9A-Fa-f]{2}")
_TO_OR_FROM_BYTES = m.Name("to_bytes") | m.Name("from_bytes") | m.Name("_from_bytes")
_BIG_ENDIAN = m.SimpleString('"big"')
#: What a repr shows, again.
_FIELD = m.Call(func=m.Name("field"))


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: path from the root of the repository.
        place: qualified name of the outermost function or method around it; outside of one, the name that the statement
            binds, with that of its class.
        change: ``before -> after``, white space made even.
        number: 1 for the first such change of this place, 2 for the second, and so on.
        first, last: lines of the changed node.
        around: first and last line of the function around it; of the node, outside of one.
        inside: whether it runs only when a function is called: it is in one, and not a default value.
        names: what other code calls the thing bound outside a function.
        source: makes the text of the whole file with the change.
    """

    file: str
    place: str
    change: str
    number: int
    first: int
    last: int
    around: tuple[int, int]
    inside: bool
    names: frozenset[str]
    source: Callable[[], str]

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What it is known by in the lists of survivors: no line number, so that other changes of the file leave it alone."""
        return self.file, self.place, self.change, self.number

    @property
    def own(self) -> str:
        """The directory of the tests of its package."""
        return f"tests/{self.file.split('/')[1]}/"


@dataclass(frozen=True)
class _Scope:
    place: str
    inside: bool
    names: frozenset[str]
    function: cst.FunctionDef | None = None


class _Places(cst.CSTVisitor):
    """The scope of each node."""

    def __init__(self) -> None:
        self.of: dict[cst.CSTNode, _Scope] = {}
        self._stack: list[_Scope] = [_Scope("", inside=False, names=frozenset())]

    def on_visit(self, node: cst.CSTNode) -> bool:
        above = self._stack[-1]
        here = above
        if not above.inside:
            prefix = f"{above.place}." if above.place else ""
            if isinstance(node, cst.FunctionDef):
                here = _Scope(
                    prefix + node.name.value, inside=True, names=above.names | {node.name.value}, function=node
                )
            elif isinstance(node, cst.ClassDef):
                here = _Scope(prefix + node.name.value, inside=False, names=above.names | {node.name.value})
            elif bound := _bound(node):
                here = _Scope(prefix + bound, inside=False, names=above.names | {bound})
        elif above.function is not None and node is above.function.params:
            here = replace(above, inside=False, function=None)
        self.of[node] = here
        self._stack.append(here)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._stack.pop()


def _bound(node: cst.CSTNode) -> str | None:
    target: cst.BaseExpression | None = None
    if isinstance(node, cst.AnnAssign):
        target = node.target
    elif isinstance(node, cst.Assign):
        target = node.targets[0].target
    return target.value if isinstance(target, cst.Name) else None


class _Mutations(MutationVisitor):
    """mutmut's, but decorated functions too: here a function is changed where it is, not copied."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return node.name.value in _FOR_PEOPLE
        if isinstance(node, cst.Call) and m.matches(node.func, m.OneOf(*map(m.Name, sorted(_FOR_TYPES)))):
            return True
        if isinstance(node, cst.Raise):
            return _without_code(node)
        if isinstance(node, cst.Assign) and _is_alias(node):
            return True
        if isinstance(node, cst.SimpleString | cst.ConcatenatedString) and _is_sentence(node):
            return True
        if isinstance(node, cst.AnnAssign) and node.value and m.matches(node.value, _FIELD):
            return True
        return bool(super()._skip_node_and_children(node))


def _without_code(node: cst.Raise) -> bool:
    """Whether it raises something with a text or nothing in it; what raises a code of the specification is mutated."""
    call = node.exc
    return not (isinstance(call, cst.Call) and m.matches(call.func, m.Name("refusal")))


def _is_sentence(node: cst.SimpleString | cst.ConcatenatedString) -> bool:
    value = node.evaluated_value
    return isinstance(value, str) and value.count(" ") >= _SPACES


def _takes_a_sentence_away(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Whether the change is that of a text for people: a call without the sentence it had, or a name bound to none."""
    if isinstance(before, cst.Call) and isinstance(after, cst.Call):
        kept = {id(argument) for argument in after.args}
        gone = [argument.value for argument in before.args if id(argument) not in kept]
    elif isinstance(before, cst.Assign | cst.AnnAssign):
        gone = [before.value] if before.value else []
    else:
        return False
    strings = [value for value in gone if isinstance(value, cst.SimpleString | cst.ConcatenatedString)]
    return bool(gone) and len(strings) == len(gone) and all(map(_is_sentence, strings))


def _is_same_string(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Whether two strings differ in the case of hexadecimal digits of escapes alone, as those of a pattern may."""
    if not (isinstance(before, cst.SimpleString) and isinstance(after, cst.SimpleString)):
        return False
    one, other = (_ESCAPE.sub(lambda escape: escape[0].lower(), string.value) for string in (before, after))
    return one == other


def _is_default_order(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Whether big-endian is left out, which is what Python takes by itself (from 3.11)."""
    if not (isinstance(before, cst.Call) and isinstance(after, cst.Call) and len(after.args) < len(before.args)):
        return False
    kept = {id(argument) for argument in after.args}
    gone = [argument.value for argument in before.args if id(argument) not in kept]
    name = before.func.attr if isinstance(before.func, cst.Attribute) else before.func
    return m.matches(name, _TO_OR_FROM_BYTES) and all(m.matches(value, _BIG_ENDIAN) for value in gone)


def _is_alias(node: cst.Assign) -> bool:
    if m.matches(node.value, m.Call(func=m.OneOf(*map(m.Name, sorted(_FOR_TYPES))))):
        return True
    value = node.value.value if isinstance(node.value, cst.Subscript) else node.value
    return isinstance(value, cst.Name) and value.value in _TYPES


def mutants_of(root: Path, file: str) -> Iterator[Mutant]:
    """The mutants of one file, in the order of its text."""
    wrapper = MetadataWrapper(cst.parse_module((root / file).read_text(encoding="utf-8")))
    visitor = _Mutations(mutation_operators, _NOTHING_IGNORED)
    module = wrapper.visit(visitor)
    places = _Places()
    module.visit(places)
    positions = wrapper.resolve(PositionProvider)
    seen: Counter[tuple[str, str]] = Counter()
    for mutation in visitor.mutations:
        before, after = mutation.original_node, mutation.mutated_node
        scope = places.of.get(before)
        position = positions.get(before)
        if scope is None or position is None or not scope.place:
            continue
        if _takes_a_sentence_away(before, after) or _is_same_string(before, after) or _is_default_order(before, after):
            continue
        change = f"{_text(module, before)} -> {_text(module, after)}"
        seen[scope.place, change] += 1
        outer = positions[scope.function] if scope.function else position
        yield Mutant(
            file=file,
            place=scope.place,
            change=change,
            number=seen[scope.place, change],
            first=position.start.line,
            last=position.end.line,
            around=(outer.start.line, outer.end.line),
            inside=scope.inside,
            names=scope.names,
            source=partial(_changed, module, before, after),
        )


def _changed(module: cst.Module, before: cst.CSTNode, after: cst.CSTNode) -> str:
    changed = deep_replace(module, before, after)
    assert isinstance(changed, cst.Module)
    return changed.code


def _text(module: cst.Module, node: cst.CSTNode) -> str:
    return re.sub(r"\s+", " ", module.code_for_node(node)).strip()
