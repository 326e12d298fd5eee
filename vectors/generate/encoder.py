"""CBOR and Base45, right and wrong.

`encode` gives the deterministic encoding of the profile. `Raw`, `Pairs`, `Wide` and `Tag` go wherever a value goes and make bytes
that the profile refuses: a vector changes one value of a good message into one of them and leaves the rest alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

BASE45_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@dataclass(frozen=True)
class Raw:
    """These very bytes in place of an item."""

    encoded: bytes


@dataclass(frozen=True)
class Pairs:
    """A map with its entries in this order, which may be wrong, or hold a key twice."""

    entries: tuple[tuple[Value, Value], ...]


@dataclass(frozen=True)
class Wide:
    """An item with a head of `width` further bytes (1, 2, 4 or 8) where fewer would do."""

    value: int | bytes | str | Sequence[Value] | Mapping[Any, Value]
    width: int


@dataclass(frozen=True)
class Tag:
    """A tagged item."""

    number: int
    value: Value


Value: TypeAlias = "int | bytes | str | bool | Sequence[Value] | Mapping[Any, Value] | Raw | Pairs | Wide | Tag | None"


def head(major: int, argument: int, width: int | None = None) -> bytes:
    """A head (RFC 8949 section 3), the shortest unless `width` says how many bytes follow the first."""
    if width is None:
        width = next(
            w for w, limit in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32), (8, 1 << 64)) if argument < limit
        )
    if width == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + argument.to_bytes(width, "big")


def encode(value: Value, width: int | None = None) -> bytes:
    """The CBOR bytes; deterministic (RFC 8949 section 4.2.1) but for the wrong parts that the value itself asks for."""
    match value:
        case Raw(encoded):
            return encoded
        case Wide(inner, wide):
            return encode(inner, wide)
        case Tag(number, inner):
            return head(6, number) + encode(inner)
        case Pairs(entries):
            return head(5, len(entries)) + b"".join(encode(k) + encode(v) for k, v in entries)
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value, width) if value >= 0 else head(1, -1 - value, width)
        case bytes():
            return head(2, len(value), width) + value
        case str():
            text = value.encode("utf-8")
            return head(3, len(text), width) + text
        case Mapping():
            items = sorted((encode(k), encode(v)) for k, v in value.items())
            return head(5, len(items), width) + b"".join(k + v for k, v in items)
        case _:
            return head(4, len(value), width) + b"".join(encode(item) for item in value)


def diagnostic(value: Value) -> str:
    """Diagnostic notation (RFC 8949 section 8) of a well-formed value, for the `stages` of a case."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case bytes():
            return f"h'{value.hex()}'"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Mapping():
            entries = sorted(value.items(), key=lambda entry: encode(entry[0]))
            return "{" + ", ".join(f"{diagnostic(k)}: {diagnostic(v)}" for k, v in entries) + "}"
        case Sequence():
            return "[" + ", ".join(diagnostic(item) for item in value) + "]"
        case _:
            raise TypeError("wrong bytes have no diagnostic notation")


def base45(data: bytes) -> str:
    """Base45, RFC 9285 section 4."""
    out = []
    for start in range(0, len(data), 2):
        group = data[start : start + 2]
        number = int.from_bytes(group, "big")
        for _ in range(len(group) + 1):
            number, digit = divmod(number, 45)
            out.append(BASE45_ALPHABET[digit])
    return "".join(out)


def text_of(data: bytes, prefix: str = "VT1:") -> str:
    """A message as it stands in the QR code (section 3 of the spec); a presentation unless the prefix says otherwise."""
    return prefix + base45(data)
