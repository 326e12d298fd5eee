"""Bytes on the left, meaning on the right: a CBOR message laid out item by item, opened along a shape.

A shape (`examples_shapes`) gives the names of the CDDL; the bytes give everything else, so that a line never says what is not
in them. The left column, read from top to bottom, is the message and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vectors.generate.encoder import Value, diagnostic

WIDTH = 16
"""The most bytes of a long string on one line."""
WIDTH_OF_TEXT = 20
"""A text up to this length is not broken."""


@dataclass(frozen=True)
class Leaf:
    """A number, a string or a simple value. `note` says what it stands for."""

    note: Callable[[Value], str] | None = None


@dataclass(frozen=True)
class Fields:
    """A map of the CDDL (one without a rule of its own has the name ""): a name and a shape for each key."""

    rule: str
    members: Mapping[int | str, tuple[str, Shape]]


@dataclass(frozen=True)
class Row:
    """An array whose places have names."""

    rule: str
    members: tuple[tuple[str, Shape], ...]


@dataclass(frozen=True)
class Many:
    """An array of like items."""

    label: str
    item: Shape


@dataclass(frozen=True)
class Holds:
    """`bstr .cbor`: a byte string whose content is opened."""

    content: Shape


@dataclass(frozen=True)
class Closed:
    """An item that is not opened here. `note` says where it is."""

    note: str


@dataclass(frozen=True)
class Omitted:
    """A byte string of which the head alone is shown. `note` says where its content is."""

    note: str


Shape: TypeAlias = "Leaf | Fields | Row | Many | Holds | Closed | Omitted"


@dataclass(frozen=True)
class Line:
    """A line before its columns are known."""

    depth: int
    groups: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Item:
    """The head of an item in `data`."""

    data: bytes
    start: int
    major: int
    argument: int
    body: int
    """Where the content begins."""

    @property
    def head(self) -> bytes:
        """The head's bytes."""
        return self.data[self.start : self.body]

    @property
    def content(self) -> bytes:
        """What a string holds."""
        return self.data[self.body : self.body + self.argument]

    @property
    def end(self) -> int:
        """Where the next item begins."""
        if self.major in {2, 3}:
            return self.body + self.argument
        position = self.body
        for _ in range(self.argument * {4: 1, 5: 2}.get(self.major, 0)):
            position = item_at(self.data, position).end
        return position

    @property
    def scalar(self) -> Value:
        """The value of an item that holds no others."""
        match self.major:
            case 0:
                return self.argument
            case 1:
                return -1 - self.argument
            case 2:
                return self.content
            case 3:
                return self.content.decode("utf-8")
            case _:
                return {20: False, 21: True, 22: None}[self.argument]


def item_at(data: bytes, start: int) -> Item:
    """The item that begins there. The examples are in the profile, so heads are definite and there are no tags."""
    major, low = divmod(data[start], 32)
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    body = start + 1 + width
    argument = int.from_bytes(data[start + 1 : body], "big") if width else low
    assert major != 6 and low < 28
    return Item(data, start, major, argument, body)


def lines(data: bytes, shape: Shape, label: str, depth: int = 0) -> Iterator[Line]:
    """One whole item."""
    first = item_at(data, 0)
    assert first.end == len(data)
    yield from _lines(first, shape, label, depth, b"")


def _lines(item: Item, shape: Shape, label: str, depth: int, key: bytes) -> Iterator[Line]:
    match shape:
        case Fields():
            yield Line(depth, _groups(key, item.head), _titled(label, shape.rule, f"map of {item.argument}"))
            yield from _entries(item, shape, depth + 1)
        case Row():
            assert item.argument == len(shape.members)
            yield Line(depth, _groups(key, item.head), _titled(label, shape.rule, f"array of {item.argument}"))
            position = item.body
            for name, inner in shape.members:
                place = item_at(item.data, position)
                yield from _lines(place, inner, name, depth + 1, b"")
                position = place.end
        case Many():
            yield Line(depth, _groups(key, item.head), f"{label}: array of {item.argument}")
            position = item.body
            for _ in range(item.argument):
                place = item_at(item.data, position)
                yield from _lines(place, shape.item, shape.label, depth + 1, b"")
                position = place.end
        case Holds():
            assert item.major == 2
            yield Line(depth, _groups(key, item.head), f"{label}: {size(item.content)} that hold CBOR")
            yield from lines(item.content, shape.content, "", depth + 1)
        case Closed():
            whole = item.data[item.start : item.end]
            yield Line(depth, _groups(key), f"{label}: {size(whole)}, {shape.note}")
            yield from _chunks(whole, depth + 1)
        case Omitted():
            assert item.major == 2
            yield Line(depth, (*_groups(key, item.head), ".."), f"{label}: {size(item.content)}, {shape.note}")
        case Leaf():
            yield from _leaf(item, shape, label, depth, key)


def _leaf(item: Item, shape: Leaf, label: str, depth: int, key: bytes) -> Iterator[Line]:
    assert item.major not in {4, 5}
    note = f", {shape.note(item.scalar)}" if shape.note else ""
    if item.major not in {2, 3}:
        yield Line(depth, _groups(key, item.head), f"{label}: {diagnostic(item.scalar)}{note}")
    elif len(item.content) <= (WIDTH if item.major == 2 else WIDTH_OF_TEXT):
        yield Line(depth, _groups(key, item.head, item.content), f"{label}: {diagnostic(item.scalar)}{note}")
    else:
        said = size(item.content) if item.major == 2 else diagnostic(item.scalar)
        yield Line(depth, _groups(key, item.head), f"{label}: {said}{note}")
        yield from _chunks(item.content, depth + 1)


def _titled(label: str, rule: str, form: str) -> str:
    what = f"{rule}, {form}" if rule and rule != label else form
    return f"{label}: {what}" if label else what


def _entries(item: Item, shape: Fields, depth: int) -> Iterator[Line]:
    position = item.body
    for _ in range(item.argument):
        key = item_at(item.data, position)
        value = item_at(item.data, key.end)
        assert isinstance(key.scalar, int | str)
        name, inner = shape.members[key.scalar]
        encoded = item.data[key.start : key.end]
        yield from _lines(value, inner, f"{diagnostic(key.scalar)} {name}".rstrip(), depth, encoded)
        position = value.end


def _chunks(content: bytes, depth: int) -> Iterator[Line]:
    for start in range(0, len(content), WIDTH):
        yield Line(depth, _groups(content[start : start + WIDTH]), "")


def _groups(*parts: bytes) -> tuple[str, ...]:
    return tuple(part.hex() for part in parts if part)


def size(content: bytes) -> str:
    """How long it is, in words."""
    return "1 byte" if len(content) == 1 else f"{len(content)} bytes"


def render(laid_out: Iterator[Line]) -> str:
    """A fenced block with both columns."""
    rows = [("  " * line.depth + " ".join(line.groups), "  " * line.depth + line.meaning) for line in laid_out]
    column = max(len(left) for left, _ in rows) + 3
    written = [f"{left:<{column}}{right}".rstrip() for left, right in rows]
    return "\n".join(["```", *written, "```"])
