"""What the columns of a row say. In a damaged file that can be anything: SQLite holds to a table's types when it writes, not when
it reads, and knows nothing of what we mean by a value.

All of these raise ``sqlite3.DatabaseError``, as SQLite does of the damage that it finds itself. Raised in a transaction, it
leaves the file as it was. All rows are to be fetched before: a statement that is not at its end keeps the file locked to others
for as long as somebody keeps the exception, and with it the frames.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeVar

from vitaletoken.errors import raise_alone

_T = TypeVar("_T")
_E = TypeVar("_E", bound=Enum)


def damaged() -> sqlite3.DatabaseError:
    """To be raised for what SQLite lets through."""
    return sqlite3.DatabaseError("the database is damaged")


def there(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """A row that another one of the same file says is there."""
    if row is None:
        raise damaged()
    return row


#: In the place of a text that is no UTF-8: of no type that a column has, so that whatever reads it refuses it.
_NO_TEXT: Final = object()


def decoded(content: bytes) -> object:
    """What a connection makes of a text that it reads (``text_factory``): Python's own way quotes one that is no UTF-8.

    Nothing is raised here, since the statement would not be at its end.
    """
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _NO_TEXT


def blob(value: object, size: int | None = None) -> bytes:
    """Bytes; of that size, where one is given."""
    if type(value) is not bytes or (size is not None and len(value) != size):
        raise damaged()
    return value


def text(value: object) -> str:
    """A text."""
    if type(value) is not str:
        raise damaged()
    return value


def integer(value: object, least: int = 0) -> int:
    """An integer of at least ``least``."""
    if type(value) is not int or value < least:
        raise damaged()
    return value


def integers(value: object) -> tuple[int, ...]:
    """Integers of at least 0, as a text with a blank between two."""
    found = text(value).split()
    if not all(each.isascii() and each.isdecimal() and len(each) < 20 for each in found):
        raise damaged()
    return tuple(map(int, found))


def flag(value: object) -> bool:
    """0 or 1."""
    if type(value) is not int or value not in (0, 1):
        raise damaged()
    return value == 1


def member(enum: type[_E], value: object) -> _E:
    """The member of ``enum`` that is kept as this value."""
    try:
        return enum(value)
    except ValueError:
        raise_alone(damaged())  # Python's own quotes the value


def optional(read: Callable[[object], _T], value: object) -> _T | None:
    """What ``read`` makes of it, or None for none."""
    return None if value is None else read(value)
