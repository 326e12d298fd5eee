"""Readers that say what the CDDL says: closed maps, arrays, types and ranges. What does not fit raises ``NotInForm``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from operator import lt
from types import MappingProxyType
from typing import Any, Final, TypeVar

from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import Item

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

Reader = Callable[[Item], T]

_ISSUER_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")
_NONE: Final[Mapping[int | str, Reader[Any]]] = MappingProxyType({})


def closed(
    make: Callable[..., T], required: Mapping[int | str, Reader[Any]], optional: Mapping[int | str, Reader[Any]] = _NONE
) -> Reader[T]:
    """A closed map (CBOR-6), as the CDDL writes it: each required key and its reader, then each optional one.

    The values go to ``make`` in the order of the tables, None for an optional key that is absent. What is not listed is
    refused.
    """
    required_items, optional_items = tuple(required.items()), tuple(optional.items())

    def read(value: Item) -> T:
        if type(value) is not dict:
            raise NotInForm("not a map")
        try:
            values = [reader(value[key]) for key, reader in required_items]
        except KeyError:
            raise NotInForm("missing key") from None
        known = len(values)
        for key, reader in optional_items:
            if key in value:
                values.append(reader(value[key]))
                known += 1
            else:
                values.append(None)
        if len(value) != known:
            raise NotInForm("unknown key")
        return make(*values)

    return read


def fixed(make: Callable[..., T], *readers: Reader[Any]) -> Reader[T]:
    """An array of exactly as many elements as there are readers; their values go to ``make``."""

    def read(value: Item) -> T:
        if type(value) is not list or len(value) != len(readers):
            raise NotInForm("array")
        return make(*[reader(element) for reader, element in zip(readers, value, strict=False)])

    return read


def integer(low: int, high: int) -> Reader[int]:
    """An integer from ``low`` to ``high``, both included."""

    def read(value: Item) -> int:
        if type(value) is not int or not low <= value <= high:
            raise NotInForm("integer")
        return value

    return read


def constant(expected: int) -> Reader[int]:
    """Exactly the integer ``expected``."""
    return integer(expected, expected)


def member(enum: Iterable[E]) -> Reader[E]:
    """An integer that is the value of a member of ``enum``: of all of an enumeration, or of some members."""
    members: dict[int, E] = {item.value: item for item in enum}

    def read(value: Item) -> E:
        found = members.get(value) if type(value) is int else None
        if found is None:
            raise NotInForm("enumerated value")
        return found

    return read


def binary(low: int, high: int | None = None) -> Reader[bytes]:
    """A byte string of exactly ``low`` bytes, or of ``low`` to ``high``."""
    high = low if high is None else high

    def read(value: Item) -> bytes:
        if type(value) is not bytes or not low <= len(value) <= high:
            raise NotInForm("byte string")
        return value

    return read


def text(max_bytes: int) -> Reader[str]:
    """A text of 1 to ``max_bytes`` bytes of UTF-8."""

    def read(value: Item) -> str:
        if type(value) is not str or not 1 <= len(value.encode()) <= max_bytes:
            raise NotInForm("text")
        return value

    return read


def issuer_id(value: Item) -> str:
    """A text that is an issuer's id."""
    if type(value) is not str or not _ISSUER_ID.fullmatch(value):
        raise NotInForm("issuer id")
    return value


def array_of(low: int, high: int, read_element: Reader[T]) -> Reader[tuple[T, ...]]:
    """An array of ``low`` to ``high`` elements, each read by ``read_element``."""

    def read(value: Item) -> tuple[T, ...]:
        if type(value) is not list or not low <= len(value) <= high:
            raise NotInForm("array")
        return tuple([read_element(element) for element in value])

    return read


def rising(low: int, high: int, enum: Iterable[E]) -> Reader[tuple[E, ...]]:
    """An array of ``low`` to ``high`` values of members of ``enum``, each greater than the one before."""
    read_all = array_of(low, high, member(enum))

    def read(value: Item) -> tuple[E, ...]:
        members = read_all(value)
        if not all(map(lt, members, members[1:])):
            raise NotInForm("not rising")
        return members

    return read


def boolean(value: Item) -> bool:
    """``true`` or ``false``."""
    if type(value) is not bool:
        raise NotInForm("boolean")
    return value


#: NumericDate, whole seconds, to the end of the year 9999: what calendars of all languages can show.
MAX_TIME: Final = 253402300799
time: Final = integer(0, MAX_TIME)
day: Final = integer(0, MAX_TIME // 86400)
name: Final = text(100)
uri: Final = text(200)


def write(claims: T, item: Item, read: Callable[[bytes], T]) -> bytes:
    """``item``, made from ``claims``, as bytes; read back once, so that nothing is signed that no one can read.

    Raises:
        UsageError: the claims are outside their types or ranges, or their text is not in Normalization Form C.
    """
    try:
        payload = cbor.encode(item)
        if read(payload) == claims:
            return payload
    except NotInForm as error:
        raise UsageError(f"the claims are not in form: {error}") from error
    raise UsageError("the claims are not in form: they would be read back as others")
