"""CBOR items as diagnostic notation (RFC 8949 section 8, RFC 8610 appendix G) with names, and as JSON with names.

The notation is what other tools read too: names and notes stand in comments between slashes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from vitaletoken.cli.shape_parts import PLAIN, Shape
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.nir import BeneficiaryNir

#: Bytes of a byte string that are shown, unless all are asked for.
SHOWN: Final = 96
_INDENT: Final = "  "


#: Items of a message that are shown, numbers too, in all its layers. The greatest lists have more, and nobody reads those here:
#: to name and to write one takes some 3 us.
MOST: Final = 8192

#: What stands in the place of a number (NIR); as long as one, so that no length changes.
HIDDEN: Final = "(NIR, hidden)"
_DEEPEST: Final = 8  # byte strings in one another: more than any message has


def layers(item: Item) -> dict[bytes, Item]:
    """What the byte strings in ``item`` hold, through all layers, of those that hold CBOR.

    Raises:
        TooManyItems: there are more items than are shown, in ``item`` and all of these.
    """
    found: dict[bytes, Item] = {}
    left = MOST - 1
    waiting = [(item, 0)]
    while waiting:
        each, depth = waiting.pop()
        values: list[Item] = []
        if type(each) is list:
            values = each
        elif type(each) is dict and 2 * len(each) <= left:
            values = [*each, *each.values()]
        elif type(each) is dict:
            left = -1
        elif type(each) is bytes and depth < _DEEPEST:
            try:
                found[each] = cbor.decode(each, len(each), left if len(each) > left else None)
            except cbor.TooManyItems:
                raise
            except NotInForm:
                continue
            values, depth = [found[each]], depth + 1
        left -= len(values)
        if left < 0:
            raise cbor.TooManyItems("more items than are shown")
        waiting += [(value, depth) for value in values]
    return found


def without_numbers(item: Item, inside: Mapping[bytes, Item]) -> Item:
    """``item`` with every text that is a number (NIR) hidden, wherever it stands: a message need not be in form to have one.

    Args:
        inside: its ``layers``. They are looked into, and encoded again where there was one.
    """
    if type(item) is str:
        return HIDDEN if _is_number(item) else item
    if type(item) is bytes and item in inside:
        content = inside[item]
        hidden = without_numbers(content, inside)
        # Without a writer's checks: what is shown here need not be in Normalization Form C.
        return item if hidden == content else cbor.encode_ordered(hidden)
    if type(item) is list:
        return [without_numbers(value, inside) for value in item]
    if type(item) is dict:
        return {without_numbers(key, inside): without_numbers(value, inside) for key, value in item.items()}
    return item


def _is_number(text: str) -> bool:
    try:
        BeneficiaryNir(text)
    except UsageError:
        return False
    return True


def notation(item: Item, shape: Shape, *, limit: int | None = SHOWN) -> list[str]:
    """``item`` as lines of diagnostic notation. Byte strings longer than ``limit`` are cut, and say so."""
    writer = _Writer(limit)
    writer.write(item, shape, "", "", "")
    return writer.lines


class _Writer:
    """Lines, as they are made: each costs as much however deep it stands."""

    def __init__(self, limit: int | None) -> None:
        self.lines: list[str] = []
        self._limit = limit

    def write(self, item: Item, shape: Shape, margin: str, before: str, after: str) -> None:
        """``item`` between ``before``, such as a key, and ``after``, a comma."""
        if shape.name:
            before = f"/ {shape.name} / {before}"
        content = _content(item, shape)
        if type(item) is bytes and content is not None:
            end = f" >>{after}  / {len(item)} bytes /"
            self.write(content, shape.inside or PLAIN, margin, f"{before}<< ", end)
        elif type(item) is dict and item:
            rows = [(value, shape.keys.get(key, PLAIN), f"{_literal(key)}: ") for key, value in item.items()]
            self._rows(rows, margin, before, after, "{}")
        elif type(item) is list and item and not _is_short(item, shape):
            rows = [(value, _element(shape, i), "") for i, value in enumerate(item)]
            self._rows(rows, margin, before, after, "[]")
        else:
            self.lines.append(f"{margin}{before}{_scalar(item, self._limit)}{after}{_note(item, shape)}")

    def _rows(self, rows: list[tuple[Item, Shape, str]], margin: str, before: str, after: str, brackets: str) -> None:
        self.lines.append(margin + before + brackets[0])
        for position, (value, shape, key) in enumerate(rows):
            self.write(value, shape, margin + _INDENT, key, "," if position < len(rows) - 1 else "")
        self.lines.append(margin + brackets[1] + after)


def _content(item: Item, shape: Shape) -> Item | None:
    """What a byte string holds, where it is known to hold CBOR, and does."""
    if type(item) is not bytes or shape.inside is None or not item:
        return None
    try:
        return cbor.decode(item, len(item))
    except NotInForm:
        return None


def _element(shape: Shape, position: int) -> Shape:
    if position < len(shape.elements):
        return shape.elements[position]
    return shape.each or PLAIN


def _is_short(item: list[Item], shape: Shape) -> bool:
    """A few numbers or names stand in one line."""
    if shape.each is not None or any(part.inside for part in shape.elements):
        return False
    return len(item) <= 8 and all(type(value) in (int, str, bool) or value is None for value in item)


def _scalar(item: Item, limit: int | None) -> str:
    if type(item) is bytes:
        if limit is None or len(item) <= limit:
            return f"h'{item.hex()}'"
        return f"h'{item[: limit // 3].hex()} ...'"
    if type(item) is list:
        return f"[{', '.join(_scalar(value, limit) for value in item)}]"
    return "{}" if type(item) is dict else _literal(item)


def _literal(item: Item) -> str:
    """Text, numbers, true, false and null are written as in JSON."""
    return json.dumps(item, ensure_ascii=False)


def _note(item: Item, shape: Shape) -> str:
    if type(item) is bytes:
        return f"  / {len(item)} bytes /" if item else ""
    note = shape.note(item) if shape.note is not None and type(item) is int else None
    if note is None and type(item) is list and shape.elements:
        note = ", ".join(part.name for part in shape.elements)
    return f"  / {note} /" if note else ""


def named(item: Item, shape: Shape) -> object:
    """``item`` as JSON has it: names for keys where they are known, byte strings in hex."""
    content = _content(item, shape)
    if type(item) is bytes:
        return item.hex() if content is None else named(content, shape.inside or PLAIN)
    if type(item) is dict:
        return {_json_key(key, shape): named(value, shape.keys.get(key, PLAIN)) for key, value in item.items()}
    if type(item) is list:
        values = [named(value, _element(shape, i)) for i, value in enumerate(item)]
        if shape.elements and len(shape.elements) == len(item):
            return {part.name: value for part, value in zip(shape.elements, values, strict=True)}
        return values
    return item


def _json_key(key: Item, shape: Shape) -> str:
    known = shape.keys.get(key)
    return known.name if known is not None and known.name else _literal(key)
