"""``person.json``: the beneficiary as the issuer's records have them.

{"reference": "person-1",            the issuer's own name for the person; stays with the issuer
 "family_name": "Lefebvre-Moreau", "given_names": ["Camille", "Élise"],
 "sex": "female",                    not-known, male, female, not-applicable
 "quality": "policyholder",          policyholder, spouse, child, other-dependant
 "policyholder": null,               the reference of the policyholder, when that is someone else
 "scheme": "01 751 0042",            regime, fund, centre
 "enrolment": "cnie-nfc",            cnie-nfc, document-and-face, counter
 "rights_as_of": "2026-11-22",       optional: today (UTC)
 "rights_until": null, "name_in_use": null, "birth_rank": null,
 "portrait": null}                   a picture's file, beside this one
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from vitaletoken.cli.arguments import member
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.rules.records import Beneficiary
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.registry import EnrolmentMethod, Quality, Sex

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)
Read = Callable[[Any], T]

_MAX_SIZE: Final = 65_536
_SCHEME: Final = re.compile(r"([0-9]{2}) ([0-9]{3}) ([0-9]{4})")
_EPOCH: Final = date(1970, 1, 1)


def read_person(path: Path, today: int) -> Beneficiary:
    """The beneficiary in the file ``path``.

    Args:
        today: day number, UTC; ``rights_as_of`` where the file does not say.

    Raises:
        UsageError: the file is not JSON of that form; the field at fault is named.
        OSError: the file, or the portrait, cannot be read.
    """
    fields = _Fields(path)
    quality = fields.take("quality", _one_of(Quality))
    beneficiary = Beneficiary(
        reference=fields.take("reference", text_field),
        person=Person(
            family_name=fields.take("family_name", text_field),
            given_names=fields.take("given_names", _given_names),
            sex=fields.take("sex", _one_of(Sex)),
            name_in_use=fields.maybe("name_in_use", text_field),
            birth_rank=fields.maybe("birth_rank", _birth_rank),
        ),
        quality=quality,
        scheme=fields.take("scheme", _scheme),
        enrolment=fields.take("enrolment", _one_of(EnrolmentMethod)),
        rights_as_of=fields.maybe("rights_as_of", _day, default=today),
        rights_until=fields.maybe("rights_until", _day),
        policyholder=fields.maybe("policyholder", text_field),
        portrait=fields.maybe("portrait", lambda name: _portrait(path.parent, name)),
    )
    fields.end()
    if (beneficiary.policyholder is None) != (quality is Quality.POLICYHOLDER):
        raise UsageError(f'{path}: "policyholder": given exactly when the quality is not policyholder')
    if beneficiary.policyholder == beneficiary.reference:
        raise UsageError(f'{path}: "policyholder": is the beneficiary')
    return beneficiary


class _Fields:
    """A JSON object being read; as ``wire.fields.Fields``, with complaints that name the field."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            content = file.read(_MAX_SIZE + 1)
        if len(content) > _MAX_SIZE:
            raise UsageError(f"{path} is too long")
        try:
            item = json.loads(content, object_pairs_hook=self._once)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path} is not JSON: {error}") from None
        if not isinstance(item, dict):
            raise UsageError(f"{path} is not a JSON object")
        self._fields: dict[str, Any] = item

    def _once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f'{self._path}: "{name}": stands there twice')
        return dict(pairs)

    def take(self, name: str, read: Read[T]) -> T:
        value = self._fields.pop(name, None)
        if value is None:
            raise UsageError(f'{self._path}: "{name}": is missing')
        return self._read(name, value, read)

    def maybe(self, name: str, read: Read[T], default: Any = None) -> Any:
        value = self._fields.pop(name, None)
        return default if value is None else self._read(name, value, read)

    def _read(self, name: str, value: Any, read: Read[T]) -> T:
        try:
            return read(value)
        except (NotInForm, UsageError) as error:
            raise UsageError(f'{self._path}: "{name}": {error}') from None

    def end(self) -> None:
        for name in self._fields:
            raise UsageError(f'{self._path}: "{name}": is no field of a person')


def text_field(value: object) -> str:
    """``value`` in Normalization Form C, if it is a text that a card can carry (CBOR-4; at most 100 bytes of UTF-8).

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, str):
        raise UsageError("is not a text")
    try:
        text = f.name(unicodedata.normalize("NFC", value))
        cbor.encode(text)
    except (NotInForm, UnicodeEncodeError):
        raise UsageError("is not 1 to 100 bytes of text without control characters") from None
    return text


def _given_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        raise UsageError("is not a list of 1 to 8 names")
    return tuple(text_field(name) for name in value)


def _one_of(enum: type[E]) -> Read[E]:
    return lambda value: member(enum, value)


def _birth_rank(value: object) -> int:
    if type(value) is not int or not 1 <= value <= 9:
        raise UsageError("is not a number from 1 to 9")
    return value


def _scheme(value: object) -> Scheme:
    match = _SCHEME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UsageError('is not regime, fund and centre, as in "01 751 0042"')
    return Scheme(*map(int, match.groups()))


def _day(value: object) -> int:
    try:
        number = (date.fromisoformat(value) - _EPOCH).days if isinstance(value, str) else -1
    except ValueError:
        number = -1
    if number < 0:
        raise UsageError("is not a day, as in 2026-11-22")
    return number


def _portrait(directory: Path, name: object) -> bytes:
    if not isinstance(name, str) or not name.isprintable():
        raise UsageError("is not a file's name")
    with (directory / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
