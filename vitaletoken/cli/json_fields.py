"""Objects of JSON files as an operator writes them, field by field, with complaints that name the field.

No complaint repeats a value: it may be a number (NIR).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from vitaletoken.cli.arguments import member
from vitaletoken.errors import NotInForm, UsageError, raise_alone
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.credential import Scheme

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)
Read = Callable[[Any], T]

_SCHEME: Final = re.compile(r"([0-9]{2}) ([0-9]{3}) ([0-9]{4})")
_EPOCH: Final = date(1970, 1, 1)


def read_json(path: Path, most: int) -> Any:
    """The content of the file ``path``, of at most ``most`` bytes.

    Raises:
        UsageError: it is too long, not JSON, or has an object with one name twice.
        OSError: it cannot be read.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f'{path}: "{name}": stands there twice')
        return dict(pairs)

    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UsageError(f"{path} is too long")
    try:
        return json.loads(content, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:  # which has all of the file in it: names and numbers
        raise_alone(UsageError(f"{path} is not JSON: {error}"))


class Fields:
    """A JSON object being read.

    Args:
        where: it stands, for complaints.

    Raises:
        UsageError: it is no object.
    """

    def __init__(self, where: str, item: Any) -> None:
        if not isinstance(item, dict):
            raise UsageError(f"{where} is not a JSON object")
        self._where = where
        self._fields: dict[str, Any] = dict(item)

    def take(self, name: str, read: Read[T]) -> T:
        """The field of that name. Raises ``UsageError``: it is missing, null or not in form."""
        value = self._fields.pop(name, None)
        if value is None:
            raise UsageError(f'{self._where}: "{name}": is missing')
        return self._read(name, value, read)

    def maybe(self, name: str, read: Read[T], default: Any = None) -> Any:
        """The field of that name; ``default`` where it is missing or null. Raises ``UsageError``: it is not in form."""
        value = self._fields.pop(name, None)
        return default if value is None else self._read(name, value, read)

    def _read(self, name: str, value: Any, read: Read[T]) -> T:
        try:
            return read(value)
        except (NotInForm, UsageError) as error:
            raise UsageError(f'{self._where}: "{name}": {error}') from None

    def end(self) -> None:
        """Raises ``UsageError`` for a field that nobody has asked for."""
        for name in self._fields:
            raise UsageError(f'{self._where}: "{name}": is no field of a person')


def text_field(value: object) -> str:
    """``value`` in Normalization Form C, if it is a text that a card can carry (CBOR-4; at most 100 bytes of UTF-8).

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, str):
        raise UsageError("is not a text")
    try:
        text = unicodedata.normalize("NFC", value)
        cbor.encode(text)  # before it is measured: half a surrogate pair cannot be
        f.name(text)
    except NotInForm:
        raise UsageError("is not 1 to 100 bytes of text without control characters") from None
    return text


def one_of(enum: type[E]) -> Read[E]:
    """A member of ``enum`` by its name."""
    return lambda value: member(enum, value)


def true_or_false(value: object) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise UsageError("is neither true nor false")
    return value


def scheme(value: object) -> Scheme:
    """Regime, fund and centre."""
    match = _SCHEME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UsageError('is not regime, fund and centre, as in "01 751 0042"')
    return Scheme(*map(int, match.groups()))


def date_field(value: object) -> date:
    """A day since 1900."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.year < 1900:
        raise UsageError("is not a day, as in 2026-11-22")
    return day


def day_number(value: object) -> int:
    """A day since 1970, as cards count them."""
    number = (date_field(value) - _EPOCH).days
    if number < 0:
        raise UsageError("is not a day, as in 2026-11-22")
    return number
