"""The number (NIR) of spec section 6, as two types: the beneficiary's and the policyholder's never stand for each other.

People have been shown their father's number. Here a ``PolicyholderNir`` has no way into a field for a ``BeneficiaryNir``: a
type checker refuses it, and so does the card's writer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Self

from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item

_FORM: Final = re.compile(r"[1-478][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{6}")
_KEY: Final = re.compile(r"[0-9]{2}")
# Corsica's departments count as these numbers in the key.
_CORSICA: Final = {"2A": "19", "2B": "18"}
_SIZE: Final = 13


@dataclass(frozen=True, slots=True, repr=False)
class Nir:
    """13 characters in form. ``repr`` and ``str`` show none of them, for both end up in logs (LOG-1).

    Raises:
        UsageError: the characters are not in form.
    """

    _characters: str = field(repr=False)

    def __post_init__(self) -> None:
        if type(self) is Nir:
            raise UsageError("a number is the beneficiary's or the policyholder's")
        if type(self._characters) is not str or not _FORM.fullmatch(self._characters):
            raise UsageError("a number (NIR) has 13 characters in the form of the specification")

    @classmethod
    def parse(cls, typed: str) -> Self:
        """The number as a person types it: 13 characters, or 15 with the key; spaces and the case of ``2a`` do not matter.

        Raises:
            UsageError: not in form, or the key is not that of the number. The message doesn't repeat what was typed.
        """
        characters = typed.replace(" ", "").upper()
        number = cls(characters[:_SIZE])
        key = characters[_SIZE:]
        if key and (not _KEY.fullmatch(key) or key != number.key):
            raise UsageError("the key does not fit the number (NIR): was it typed right?")
        return number

    @property
    def key(self) -> str:
        """Two digits: 97 - (the number) mod 97, with ``2A`` counted as 19 and ``2B`` as 18."""
        department = self._characters[5:7]
        number = self._characters[:5] + _CORSICA.get(department, department) + self._characters[7:]
        return f"{97 - int(number) % 97:02}"

    def digits(self) -> str:
        """The 13 characters, for the one place that needs them: a bill. Never for a log."""
        return self._characters

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class BeneficiaryNir(Nir):
    """The number of the person who is cared for."""


@dataclass(frozen=True, slots=True, repr=False)
class PolicyholderNir(Nir):
    """The number under which the care is billed, where that is someone else's."""


def nir_of(kind: type[BeneficiaryNir] | type[PolicyholderNir]) -> f.Reader[Nir]:
    """A text that is a number of that kind."""

    def read(value: Item) -> Nir:
        if type(value) is not str or not _FORM.fullmatch(value):
            raise NotInForm("number (NIR)")
        return kind(value)

    return read
