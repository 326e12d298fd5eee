"""Readers for closed maps (CBOR-6): each key is known or refused, each value has a type and a range."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, TypeVar

from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import Item

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

Reader = Callable[[Item], T]

_MISSING: Final = object()


class Fields:
    """A map being read. ``take`` and ``maybe`` remove the keys they read; ``end`` refuses what is left.

    Raises ``NotInForm`` from each method, for an item that is no map too.
    """

    __slots__ = ("_map",)

    def __init__(self, item: Item) -> None:
        if type(item) is not dict:
            raise NotInForm("not a map")
        self._map: dict[Any, Item] = item

    def take(self, key: int | str, read: Reader[T]) -> T:
        """The value of a required key."""
        value = self._map.pop(key, _MISSING)
        if value is _MISSING:
            raise NotInForm("missing key")
        return read(value)

    def maybe(self, key: int | str, read: Reader[T]) -> T | None:
        """The value of an optional key; None where the key is absent."""
        value = self._map.pop(key, _MISSING)
        return None if value is _MISSING else read(value)

    def end(self) -> None:
        """Refuse keys that nothing has read."""
        if self._map:
            raise NotInForm("unknown key")


def integer(low: int, high: int) -> Reader[int]:
    """An integer from ``low`` to ``high``, both included."""

    def read(value: Item) -> int:
        if type(value) is not int or not low <= value <= high:
            raise NotInForm("integer")
        return value

    return read


def member(enum: type[E]) -> Reader[E]:
    """An integer that is the value of a member of ``enum``."""
    members: dict[int, E] = {item.value: item for item in enum}

    def read(value: Item) -> E:
        if type(value) is not int or value not in members:
            raise NotInForm("enumerated value")
        return members[value]

    return read


def binary(low: int, high: int | None = None) -> Reader[bytes]:
    """A byte string of exactly ``low`` bytes, or of ``low`` to ``high``."""
    high = low if high is None else high

    def read(value: Item) -> bytes:
        if type(value) is not bytes or not low <= len(value) <= high:
            raise NotInForm("byte string")
        return value

    return read


def text(max_bytes: int, pattern: str | None = None) -> Reader[str]:
    """A text of 1 to ``max_bytes`` bytes of UTF-8, matching ``pattern`` as a whole."""
    regex = re.compile(pattern) if pattern else None

    def read(value: Item) -> str:
        if type(value) is not str or not 1 <= len(value.encode()) <= max_bytes:
            raise NotInForm("text")
        if regex and not regex.fullmatch(value):
            raise NotInForm("text")
        return value

    return read


def array_of(low: int, high: int, read_element: Reader[T]) -> Reader[tuple[T, ...]]:
    """An array of ``low`` to ``high`` elements, each read by ``read_element``."""

    def read(value: Item) -> tuple[T, ...]:
        return tuple([read_element(element) for element in array(value, low, high)])

    return read


def array(value: Item, low: int, high: int) -> list[Item]:
    """``value``, if it is an array of ``low`` to ``high`` elements."""
    if type(value) is not list or not low <= len(value) <= high:
        raise NotInForm("array")
    return value


#: NumericDate, whole seconds, to the end of the year 9999: what calendars of all languages can show.
MAX_TIME: Final = 253402300799
time: Final = integer(0, MAX_TIME)
day: Final = integer(0, MAX_TIME // 86400)
name: Final = text(100)
uri: Final = text(200)
issuer_id: Final = text(32, r"[a-z0-9][a-z0-9.-]{0,31}")


def constant(expected: int) -> Reader[int]:
    """Exactly the integer ``expected``."""
    return integer(expected, expected)


def write(claims: T, item: Item, read: Reader[T], max_size: int) -> bytes:
    """``item``, which was made from ``claims``, as bytes; read back once, so that nothing is signed that no one can
    read.

    Raises:
        UsageError: the claims are outside their types or ranges, or their text is not in Normalization Form C.
    """
    try:
        payload = cbor.encode(item)
        if read(cbor.decode(payload, max_size)) == claims:
            return payload
    except NotInForm as error:
        raise UsageError(f"the claims are not in form: {error}") from error
    raise UsageError("the claims are not in form: they would be read back as others")
