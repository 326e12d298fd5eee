"""How the parts of messages are named, for ``inspect``. Names and notes only: reading is ``vitaletoken.wire``'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from vitaletoken.cli import output
from vitaletoken.wire import fields as f
from vitaletoken.wire.registry import Algorithm, label

# Any: integers or texts, and Mapping is invariant in its keys.
_Keys = Mapping[Any, "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read one CBOR item. A byte string that holds CBOR may hold an array or a map, so one shape can have both.

    Attributes:
        note: what an integer means, in words; None where nothing is to be said.
        keys: of a map. elements: of an array, by position. each: every element of an array.
        inside: of a byte string that holds CBOR.
    """

    name: str = ""
    note: Callable[[int], str | None] | None = None
    keys: _Keys = field(default_factory=dict)
    elements: tuple[Shape, ...] = ()
    each: Shape | None = None
    inside: Shape | None = None


PLAIN: Final = Shape()


def names_of(enum: type[IntEnum]) -> Callable[[int], str | None]:
    """The names of its members, as a note."""
    names = {item.value: label(item) for item in enum}
    return names.get


def each_named(name: str, enum: type[IntEnum]) -> Shape:
    """An array of members of ``enum``."""
    return Shape(name, each=Shape(note=names_of(enum)))


def sign1(header: Shape, payload: Shape) -> tuple[Shape, ...]:
    """The elements of a COSE_Sign1."""
    return (
        Shape("protected", inside=header),
        Shape("unprotected"),
        Shape("payload", inside=payload),
        Shape("signature"),
    )


def time(name: str) -> Shape:
    """A NumericDate."""
    return Shape(name, _to(f.MAX_TIME, output.moment))


def day(name: str) -> Shape:
    """A day number."""
    return Shape(name, _to(f.MAX_TIME // 86_400, output.day))


def _to(most: int, note: Callable[[int], str]) -> Callable[[int], str | None]:
    """No note for what is no time of the specification: it stands in a message that is not in form."""
    return lambda number: note(number) if 0 <= number <= most else None


ALG: Final = Shape("alg", names_of(Algorithm))
KEY: Final = {
    1: Shape("kty", {1: "OKP", 2: "EC2"}.get),
    3: ALG,
    -1: Shape("crv", {1: "P-256", 6: "Ed25519"}.get),
    -2: Shape("x"),
    -3: Shape("sign of y"),
}
ML_DSA_KEY: Final = {1: Shape("kty", {7: "AKP"}.get), 3: ALG, -1: Shape("pub")}
CNF: Final = Shape("cnf", keys={1: Shape("device key", keys=KEY)})
HEADER: Final = Shape(keys={1: ALG, 4: Shape("kid"), 16: Shape("typ")})
