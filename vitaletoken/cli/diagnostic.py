"""CBOR items as diagnostic notation (RFC 8949 section 8, RFC 8610 appendix G) with names, and as JSON with names.

The notation is what other tools read too: names and notes stand in comments between slashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from vitaletoken.cli.shape_parts import PLAIN, Shape
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.nir import BeneficiaryNir

#: Bytes of a byte string that are shown, unless all are asked for.
SHOWN: Final = 96
_INDENT: Final = "  "


#: What stands in the place of a number (NIR); as long as one, so that no length changes.
HIDDEN: Final = "(NIR, hidden)"
_DEEPEST: Final = 8  # byte strings in one another: more than any message has


def without_numbers(item: Item, depth: int = 0) -> Item:
    """``item`` with every text that is a number (NIR) hidden, wherever it stands: a message need not be in form to have one.

    Byte strings that hold CBOR are looked into, and encoded again where there was one.
    """
    if type(item) is str:
        return HIDDEN if _is_number(item) else item
    if type(item) is bytes and depth < _DEEPEST:
        try:
            content = cbor.decode(item, len(item))
        except NotInForm:
            return item
        hidden = without_numbers(content, depth + 1)
        # Without a writer's checks: what is shown here need not be in Normalization Form C.
        return item if hidden == content else cbor.encode_ordered(hidden)
    if type(item) is list:
        return [without_numbers(value, depth) for value in item]
    if type(item) is dict:
        return {without_numbers(key, depth): without_numbers(value, depth) for key, value in item.items()}
    return item


def _is_number(text: str) -> bool:
    try:
        BeneficiaryNir(text)
    except UsageError:
        return False
    return True


def notation(item: Item, shape: Shape, *, limit: int | None = SHOWN) -> list[str]:
    """``item`` as lines of diagnostic notation. Byte strings longer than ``limit`` are cut, and say so."""
    return list(_lines(item, shape, "", "", limit))


def _lines(item: Item, shape: Shape, before: str, after: str, limit: int | None) -> Iterator[str]:
    """``item`` between ``before``, such as a key, and ``after``, a comma."""
    if shape.name:
        before = f"/ {shape.name} / {before}"
    content = _content(item, shape)
    if type(item) is bytes and content is not None:
        yield from _lines(content, shape.inside or PLAIN, f"{before}<< ", f" >>{after}  / {len(item)} bytes /", limit)
    elif type(item) is dict and item:
        rows = [(value, shape.keys.get(key, PLAIN), f"{_literal(key)}: ") for key, value in item.items()]
        yield from _rows(rows, before, after, "{}", limit)
    elif type(item) is list and item and not _is_short(item, shape):
        yield from _rows([(value, _element(shape, i), "") for i, value in enumerate(item)], before, after, "[]", limit)
    else:
        yield f"{before}{_scalar(item, limit)}{after}{_note(item, shape)}"


def _rows(
    rows: list[tuple[Item, Shape, str]], before: str, after: str, brackets: str, limit: int | None
) -> Iterator[str]:
    yield before + brackets[0]
    for position, (value, shape, key) in enumerate(rows):
        comma = "," if position < len(rows) - 1 else ""
        for line in _lines(value, shape, key, comma, limit):
            yield _INDENT + line
    yield brackets[1] + after


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
