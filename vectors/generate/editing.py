"""Changing one place of a good message, and the faults that every closed map must be tried with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from vectors.generate.encoder import Pairs, Raw, Value

Path: TypeAlias = tuple[Any, ...]


class _Drop:
    """The type of DROP."""


DROP: Final = _Drop()
"""Given as a new value: leave the entry out."""


def edit(value: Value, path: Path, new: Any) -> Value:
    """A copy with the place at `path` (keys of maps, indices of arrays) replaced, added, or, by DROP, left out."""
    if not path:
        assert not isinstance(new, _Drop)
        changed: Value = new
        return changed
    first, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        entries = dict(value)
        if isinstance(new, _Drop) and not rest:
            del entries[first]
        else:
            entries[first] = edit(entries.get(first), rest, new)
        return entries
    assert isinstance(value, Sequence) and not isinstance(value, str | bytes)
    items = list(value)
    items[first] = edit(items[first], rest, new)
    return items


def at(value: Any, path: Path) -> Any:
    """What stands at a path."""
    for step in path:
        value = value[step]
    return value


@dataclass(frozen=True)
class Field:
    """A place in a message; `required` says whether the map may lack it (elements of arrays are not asked)."""

    name: str
    path: Path
    required: bool | None = True


@dataclass(frozen=True)
class Fault:
    """One wrong message."""

    slug: str
    comment: str
    flag: str
    claims: Value


UNKNOWN_KEYS: Final = (
    (99, "unknown-key", "a key that the CDDL does not list"),
    ("x", "unknown-text-key", "an unlisted key that is text"),
)


def wrong_types(value: object) -> list[tuple[str, Value]]:
    """Values of another type that a careless reader takes for this one."""
    match value:
        case bool():
            return [("integer", int(value))]
        case int():
            return [("bool", True), ("text", str(value))]
        case bytes():
            return [("text", "x" * len(value)), ("array", list(value[:3]))]
        case str():
            return [("bytes", value.encode())]
        case Mapping():
            return [("array", [item for entry in value.items() for item in entry])]
        case Sequence():
            return [("map", dict(enumerate(value)))]
    raise TypeError


def doubled(value: Value) -> Pairs:
    """The map with its first entry twice, the keys otherwise in order."""
    assert isinstance(value, Mapping)
    entries = list(value.items())
    return Pairs((entries[0], *entries))


def faults(claims: Value, fields: Sequence[Field]) -> Iterator[Fault]:
    """Every field missing and of wrong types, null where optional; every map with an unlisted key and with a key twice."""
    places = [Field("claims", (), None), *fields]
    for place in places:
        here = at(claims, place.path)
        if place.required:
            yield Fault(
                f"missing/{place.name}", f"{place.name} is not there", "missing-key", edit(claims, place.path, DROP)
            )
        elif place.required is False:
            yield Fault(
                f"null/{place.name}",
                f"{place.name} is null: what is absent is left out",
                "wrong-type",
                edit(claims, place.path, None),
            )
        for kind, wrong in wrong_types(here):
            yield Fault(
                f"type/{place.name}-{kind}",
                f"{place.name} is {kind} in place of {_kind(here)}",
                "wrong-type",
                edit(claims, place.path, wrong),
            )
        if isinstance(here, Mapping):
            for key, slug, comment in UNKNOWN_KEYS:
                changed = edit(claims, (*place.path, key), 1)
                yield Fault(f"{slug}/{place.name}", f"{place.name} has {comment}", "unknown-key", changed)
            yield Fault(
                f"twice/{place.name}",
                f"{place.name} has its first key twice, with the same value",
                "non-canonical",
                edit(claims, place.path, doubled(dict(sorted(here.items(), key=_order)))),
            )


def _order(entry: tuple[Any, Any]) -> tuple[int, int]:
    """Encoded order of the integer and short text keys used here: 0, 1, ... then -1, -2, ... then text by length."""
    key = entry[0]
    if isinstance(key, str):
        return (2, len(key))
    return (0, key) if key >= 0 else (1, -key)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a bool"
        case int():
            return "an integer"
        case bytes():
            return "a byte string"
        case str():
            return "text"
        case Mapping():
            return "a map"
    return "an array"


FLOAT_ONE_AND_A_HALF: Final = Raw(bytes.fromhex("f93e00"))
