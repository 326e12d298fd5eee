"""Ways to spoil a message, from blind ones to ones that know what they change. All randomness is the caller's."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2

from tests.forge import ALPHABET, enc

Random = random.Random
Mutation = Callable[[Random, list[bytes]], bytes]

INTERESTING = (
    0,
    1,
    -1,
    23,
    24,
    60,
    255,
    256,
    65535,
    65536,
    2**31,
    2**32 - 1,
    2**32,
    2**63,
    2**64 - 1,
    -(2**64),
    -19,
    -9,
)


# --- bytes


def flip_bits(rng: Random, corpus: list[bytes]) -> bytes:
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def edit_bytes(rng: Random, corpus: list[bytes]) -> bytes:
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        match rng.randrange(6):
            case 0:
                data[at:at] = rng.randbytes(rng.choice((1, 1, 2, 9, 300)))
            case 1:
                del data[at : at + rng.choice((1, 1, 2, 9))]
            case 2:
                data[at : at + 1] = bytes([rng.choice((0, 1, 0x7F, 0x80, 0xF6, 0xFF, rng.randrange(256)))])
            case 3:
                data[at:at] = data[at:end]
            case 4:
                del data[at:end]
            case _:
                data[at:] = b""
    return bytes(data)


def splice(rng: Random, corpus: list[bytes]) -> bytes:
    """The beginning of one message and the end of another, joined at the same place or anywhere."""
    one, other = rng.choice(corpus), rng.choice(corpus)
    at = rng.randrange(len(one) + 1)
    resume = at if rng.random() < 0.5 else rng.randrange(len(other) + 1)
    return one[:at] + other[resume:]


def noise(rng: Random, corpus: list[bytes]) -> bytes:
    """Bytes that never were a message, some of them with the beginning of one."""
    match rng.randrange(4):
        case 0:
            return rng.randbytes(rng.randrange(64))
        case 1:
            return rng.randbytes(rng.randrange(1200))
        case 2:
            return rng.choice(corpus)[: rng.randrange(32)] + rng.randbytes(rng.randrange(600))
        case _:
            return _encode(rng, fold(random_item(rng, rng.randrange(7))))


# --- items


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A byte string that holds CBOR, decoded."""

    item: Any


_INSIDE = object()


def unfold(data: bytes) -> Any:
    """The decoded message, byte strings that hold CBOR decoded too, through all layers."""
    return _unfold(cbor2.loads(data))


def _unfold(item: Any) -> Any:
    if isinstance(item, list):
        return [_unfold(element) for element in item]
    if isinstance(item, dict):
        return {key: _unfold(value) for key, value in item.items()}
    if isinstance(item, bytes) and len(item) > 2:
        try:
            inner = cbor2.loads(item)
        except (cbor2.CBORDecodeError, EOFError):
            return item
        if isinstance(inner, (list, dict)) and enc(inner) == item:
            return Wrapped(_unfold(inner))
    return item


def fold(item: Any) -> Any:
    if isinstance(item, list):
        return [fold(element) for element in item]
    if isinstance(item, dict):
        return {key: fold(value) for key, value in item.items()}
    if isinstance(item, Wrapped):
        return cbor2.dumps(fold(item.item))
    return item


def paths(item: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an unfolded message."""
    found = [here]
    if isinstance(item, list):
        for index, element in enumerate(item):
            found += paths(element, (*here, index))
    elif isinstance(item, dict):
        for key, value in item.items():
            found += paths(value, (*here, key))
    elif isinstance(item, Wrapped):
        found += paths(item.item, (*here, _INSIDE))
    return found


def at(item: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        item = item.item if key is _INSIDE else item[key]
    return item


def changed(item: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """A copy of ``item`` with ``change`` made at ``path``."""
    if not path:
        return change(item)
    key, *rest = path
    if key is _INSIDE:
        return Wrapped(changed(item.item, tuple(rest), change))
    copied = item.copy()
    copied[key] = changed(item[key], tuple(rest), change)
    return copied


def random_item(rng: Random, depth: int = 2) -> Any:
    kinds = 12 if depth > 0 else 8
    match rng.randrange(kinds):
        case 0 | 1:
            return rng.choice(INTERESTING)
        case 2:
            return rng.randrange(-(2**64), 2**64)
        case 3:
            return rng.randbytes(rng.choice((0, 1, 8, 16, 31, 32, 33, 64)))
        case 4:
            return "".join(rng.choices("aÉ\u0000\u202e\u0301\U0001f600 z", k=rng.randrange(5)))
        case 5:
            return rng.choice((True, False, None))
        case 6:
            return rng.choice((0.0, 1.5, float("nan"), cbor2.undefined, cbor2.CBORSimpleValue(99)))
        case 7:
            return rng.randrange(100)
        case 8:
            return [random_item(rng, depth - 1) for _ in range(rng.randrange(5))]
        case 9:
            keys = [rng.choice((rng.choice(INTERESTING), "lst", "é", True, None)) for _ in range(rng.randrange(4))]
            return {key: random_item(rng, depth - 1) for key in keys}
        case 10:
            return Wrapped(random_item(rng, depth - 1))
        case _:
            return cbor2.CBORTag(rng.choice((0, 1, 2, 4, 18, 24, 28, 29, 61, 98, 258, 55799)), [])


class Trees:
    """The corpus decoded once, for mutations of items."""

    def __init__(self, corpus: list[bytes]) -> None:
        self.items = [unfold(message) for message in corpus]
        self.paths = [paths(item) for item in self.items]

    def edit(self, rng: Random, _: list[bytes]) -> bytes:
        """One place changed, by something new or by something that is elsewhere in a message; encoded again."""
        number = rng.randrange(len(self.items))
        item = changed(self.items[number], rng.choice(self.paths[number]), lambda old: self._instead(rng, old))
        return _encode(rng, fold(item))

    def _instead(self, rng: Random, old: Any) -> Any:
        match rng.randrange(8):
            case 0 if isinstance(old, int):
                return old + rng.choice((-1, 1, 2**32))
            case 1 if isinstance(old, list):
                return [*old, rng.choice(old or [0])] if rng.random() < 0.5 else old[:-1]
            case 2 if isinstance(old, dict):
                return {**old, rng.choice((2, 5, 13, -3, "x")): random_item(rng, 1)}
            case 3 if isinstance(old, dict) and old:
                gone = rng.choice(list(old))
                return {key: value for key, value in old.items() if key != gone}
            case 4:
                return Wrapped(old)
            case 5:
                return random_item(rng)
            case 6 if isinstance(old, bytes) and old:
                return old[:-1] if rng.random() < 0.5 else old + b"\0"
            case _:
                number = rng.randrange(len(self.items))
                return at(self.items[number], rng.choice(self.paths[number]))

    def exchange(self, rng: Random, corpus: list[bytes]) -> bytes:
        """The same place of another message: a layer, a credential, a signature, a claim of somebody else."""
        number = rng.randrange(len(self.items))
        item = self.items[number]
        for _ in range(9):
            path, other = rng.choice(self.paths[number]), rng.choice(self.items)
            try:
                new = at(other, path)
                if path and new != at(item, path):
                    item = changed(item, path, lambda _, new=new: new)
                    if rng.random() < 0.7:
                        break
            except (LookupError, TypeError, AttributeError):  # one of the two has no such place
                continue
        return _encode(rng, fold(item))


def _encode(rng: Random, item: Any) -> bytes:
    try:
        return enc(item) if rng.random() < 0.8 else cbor2.dumps(item)
    except (cbor2.CBOREncodeError, ValueError, TypeError):  # not every random item can be encoded
        return b""


def heads(rng: Random, corpus: list[bytes]) -> bytes:
    """The same message in another encoding: what the profile exists to refuse."""
    return _other_encoding(rng, cbor2.loads(rng.choice(corpus)))


def _other_encoding(rng: Random, item: Any) -> bytes:
    odd = rng.random() < 0.15
    if isinstance(item, bool) or item is None:
        return cbor2.dumps(item)
    if isinstance(item, int):
        return _head(0 if item >= 0 else 1, item if item >= 0 else -1 - item, odd)
    if isinstance(item, (bytes, str)):
        major, data = (2, item) if isinstance(item, bytes) else (3, item.encode())
        if odd and rng.random() < 0.3:
            return bytes([major << 5 | 31]) + _head(major, len(data), False) + data + b"\xff"
        return _head(major, len(data), odd) + data
    if isinstance(item, dict):
        pairs = list(item.items())
        if odd:
            rng.shuffle(pairs)
        body = b"".join(_other_encoding(rng, part) for pair in pairs for part in pair)
        major = 5
    else:
        body, major = b"".join(_other_encoding(rng, element) for element in item), 4
    if odd and rng.random() < 0.3:
        return bytes([major << 5 | 31]) + body + b"\xff"
    tag = b"\xd2" if odd and rng.random() < 0.3 else b""
    return tag + _head(major, len(item), odd) + body


def _head(major: int, argument: int, longer: bool) -> bytes:
    for code, size in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
        if (argument < 24) if code is None else (argument < 1 << 8 * size):
            if longer and size < 8:
                longer = False
                continue
            if code is None:
                return bytes([major << 5 | argument])
            return bytes([major << 5 | code]) + argument.to_bytes(size, "big")
    raise ValueError("argument outside 64 bits")


# --- text


def spoil_text(rng: Random, texts: list[str]) -> str:
    """Characters changed, moved, lost or added, as scanners, keyboards and people do."""
    text = rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 5))):
        start, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        match rng.randrange(9):
            case 0:
                text = text[:start] + rng.choice(ALPHABET) + text[start + 1 :]
            case 1:
                text = text[:start] + rng.choice("àé\n\r\t\0az²€\ud800\U0001f600") + text[start:]
            case 2:
                text = text[:start] + text[end:]
            case 3:
                text = text[:start] + text[start:end] * 2 + text[end:]
            case 4:
                text = text[:start] + text[start + 1 : start + 3] + text[start : start + 1] + text[start + 3 :]
            case 5:
                text = rng.choice((text.lower(), text + "\n", " " + text, text[1:], "VT1:" + text, "vt1:" + text[4:]))
            case 6:
                group = 4 + 3 * (start // 3)
                text = text[:group] + rng.choice((":::", "GGW", "FGW", "000", "///")) + text[group + 3 :]
            case 7:
                other = rng.choice(texts)
                text = text[:start] + other[start:]
            case _:
                text = "".join(rng.choices(ALPHABET, k=rng.randrange(40)))
                text = "VT1:" + text if rng.random() < 0.5 else text
    return text
