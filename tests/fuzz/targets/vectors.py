"""The vectors as seeds: nothing is stored twice, and what a new vector shows, fuzzing begins from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[3] / "vectors"

Json = Any


@cache
def layers() -> tuple[str, ...]:
    """The names of all layers that there are vectors of."""
    return tuple(path.stem for path in sorted(VECTORS.glob("*.json")) if path.stem != "schema")


@cache
def cases(layer: str) -> tuple[Json, ...]:
    """The cases of a layer."""
    return tuple(json.loads((VECTORS / f"{layer}.json").read_text("utf-8"))["cases"])


def inputs(layer: str, field: str) -> Iterator[bytes]:
    """What the cases of a layer have as that field of their input, each once."""
    seen = set()
    for case in cases(layer):
        value = case["input"][field]
        for each in value if isinstance(value, list) else [value]:
            if each is not None and each not in seen:
                seen.add(each)
                yield as_bytes(field, each)


def seeds(*where: tuple[str, str]) -> Callable[[], Iterable[bytes]]:
    """Of a target: of these layers, these fields."""
    return lambda: [each for layer, field in where for each in inputs(layer, field)]


def as_bytes(field: str, value: str) -> bytes:
    """The bytes of a field: in the vectors a ``text`` is itself, and all else is hex."""
    return value.encode("utf-8", "surrogatepass") if field == TEXT else bytes.fromhex(value)


def as_value(field: str, data: bytes) -> str:
    """The way back. Bytes that are no UTF-8 become lone surrogates."""
    return data.decode("utf-8", "surrogateescape") if field == TEXT else data.hex()


def is_accepted(case: Json) -> bool:
    """Whether the case ends well."""
    return "ok" in case["expect"]


#: The one field of the vectors that is no hex.
TEXT = "text"
