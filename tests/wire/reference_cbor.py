"""The CBOR profile once more, the slow and plain way, from spec section 4 alone: what the library is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 8
CONTROL = {*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)}


class NotInProfile(Exception):
    """The bytes, or the item, are outside the profile."""


def head(major: int, argument: int, size: int | None = None) -> bytes:
    """A head of the least size, or with the argument in ``size`` bytes (0: in the first byte)."""
    if size is None:
        size = next(s for s in (0, 1, 2, 4, 8) if argument < (24 if s == 0 else 1 << 8 * s))
    if size == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + argument.to_bytes(size, "big")


def encode(item: Any) -> bytes:
    if item is None or item is True or item is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[item]
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(encode, item))
    entries = sorted((encode(key), encode(value)) for key, value in item.items())
    return head(5, len(item)) + b"".join(key + value for key, value in entries)


def decode(data: bytes) -> Any:
    """The item in ``data``; raises ``NotInProfile`` unless it is exactly one, in the one encoding that is permitted."""
    item, rest = _item(data, 0)
    if rest:
        raise NotInProfile
    return item


def _item(data: bytes, depth: int) -> tuple[Any, bytes]:
    if not data:
        raise NotInProfile
    major, low, rest = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        if low not in (20, 21, 22):
            raise NotInProfile
        return {20: False, 21: True, 22: None}[low], rest
    argument, rest = _argument(low, rest)
    if major < 2:
        return (argument if major == 0 else -1 - argument), rest
    if major < 4:
        return _string(major, argument, rest)
    if major == 6 or depth == MAX_DEPTH:
        raise NotInProfile
    if major == 4:
        elements = []
        for _ in range(argument):
            element, rest = _item(rest, depth + 1)
            elements.append(element)
        return elements, rest
    entries: dict[Any, Any] = {}
    previous = b""
    for _ in range(argument):
        before = rest
        key, rest = _item(rest, depth + 1)
        encoded = before[: len(before) - len(rest)]
        if type(key) not in (int, str) or encoded <= previous:
            raise NotInProfile
        previous = encoded
        entries[key], rest = _item(rest, depth + 1)
    return entries, rest


def _argument(low: int, rest: bytes) -> tuple[int, bytes]:
    if low < 24:
        return low, rest
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low)
    if size is None or len(rest) < size:
        raise NotInProfile
    argument = int.from_bytes(rest[:size], "big")
    if argument < (24 if size == 1 else 1 << 4 * size):
        raise NotInProfile
    return argument, rest[size:]


def _string(major: int, size: int, rest: bytes) -> tuple[Any, bytes]:
    if len(rest) < size:
        raise NotInProfile
    content, rest = rest[:size], rest[size:]
    if major == 2:
        return content, rest
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise NotInProfile from None
    if any(ord(character) in CONTROL for character in text):
        raise NotInProfile
    return text, rest


def faulty(item: Any) -> Iterator[bytes]:
    """Encodings of ``item`` that are well-formed CBOR for it and have one fault: not deterministic."""
    if item is None or isinstance(item, bool):
        return
    if isinstance(item, int):
        yield from _longer(0 if item >= 0 else 1, item if item >= 0 else -1 - item, b"")
        yield head(6, 2 if item >= 0 else 3) + encode((item if item >= 0 else -1 - item).to_bytes(9, "big"))
    elif isinstance(item, (bytes, str)):
        major, data = (2, item) if isinstance(item, bytes) else (3, item.encode())
        yield from _longer(major, len(data), data)
        yield bytes([major << 5 | 31, 0xFF]) if not data else bytes([major << 5 | 31]) + encode(item) + b"\xff"
    elif isinstance(item, list):
        encoded = [encode(element) for element in item]
        yield from _container(4, encoded, len(item))
        for number, element in enumerate(item):
            for bad in faulty(element):
                yield head(4, len(item)) + b"".join([*encoded[:number], bad, *encoded[number + 1 :]])
    else:
        yield from _faulty_map(item)


def _faulty_map(item: dict[Any, Any]) -> Iterator[bytes]:
    pairs = sorted((encode(key), encode(value)) for key, value in item.items())
    encoded = [key + value for key, value in pairs]
    yield from _container(5, encoded, len(item))
    for number in range(len(encoded) - 1):
        swapped = [*encoded[:number], encoded[number + 1], encoded[number], *encoded[number + 2 :]]
        yield head(5, len(item)) + b"".join(swapped)
    if encoded:
        yield head(5, len(item) + 1) + b"".join([encoded[0], *encoded])
        yield head(5, len(item) + 1) + b"".join([*encoded, encoded[-1]])
    for key, value in item.items():
        place = pairs.index((encode(key), encode(value)))
        before, after = b"".join(encoded[:place]), b"".join(encoded[place + 1 :])
        for bad in faulty(key):
            yield head(5, len(item)) + before + bad + encode(value) + after
        for bad in faulty(value):
            yield head(5, len(item)) + before + encode(key) + bad + after


def _longer(major: int, argument: int, body: bytes) -> Iterator[bytes]:
    least = len(head(major, argument)) - 1
    for size in (1, 2, 4, 8):
        if size > least:
            yield head(major, argument, size) + body


def _container(major: int, encoded: list[bytes], count: int) -> Iterator[bytes]:
    yield from _longer(major, count, b"".join(encoded))
    yield bytes([major << 5 | 31]) + b"".join(encoded) + b"\xff"
