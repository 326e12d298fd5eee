"""The costliest inputs of the allowed size that are known: what fuzzing would hardly reach, since it takes short inputs.

Each is held against the bounds of its target by ``python -m tests.fuzz``. Nobody has signed them: all of this is read before any
signature is looked at.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final

from tests.forge import enc
from vectors.generate.encoder import head
from vitaletoken.adapters.files import MAX_MESSAGE
from vitaletoken.cli.diagnostic import MOST
from vitaletoken.wire import delta, registry, snapshot, status_list, trust_list

_KID: Final = bytes(8)
_SIGNATURE: Final = bytes(64)
_HEADER: Final = enc({1: -19, 4: _KID})


def _filled(size: int, unit: bytes, most: int = 1 << 20) -> bytes:
    """An array of as many ``unit`` as there is room for; where there may be fewer, of numbers after them."""
    count = min(most, (size - 5) // len(unit))
    numbers = size - 5 - count * len(unit)
    return head(4, count + numbers) + unit * count + bytes(numbers)


#: Many small items of each kind; nested ones cost the most, since each container is an object.
UNITS: Final = {
    "integers": b"\1",
    "texts": b"\x60",
    "arrays": b"\x80",
    "maps": b"\xa1\x60\0",
    "nested arrays": b"\x81\x81\x81\x81\x81\x81\x80",
    "nested maps": b"\xa1\0\xa1\0\xa1\0\xa1\0\xa1\0\xa1\0\xa0",
    "numbers of two bytes": b"\x18\x18",
    "long strings": b"\x58\x18" + bytes(24),
    "long texts": b"\x78\x18" + b"e" * 24,
}
#: Of those of which there may be so many and no more.
_NESTED: Final = UNITS["nested arrays"]


def _signed(payload: bytes) -> bytes:
    return enc([_HEADER, {}, payload, _SIGNATURE])


def _listed(payload: bytes) -> bytes:
    return enc([payload, [[_HEADER, {}, None, _SIGNATURE]]])


def _deltas() -> Iterator[tuple[str, bytes]]:
    room = delta.MAX_SIZE - 400
    changes = [[number, [[value, b"\0"] for value in range(4)]] for number in range(delta.MAX_LISTS)]
    claims = {1: "fr-cnam", registry.DELTA_CLAIM: {1: bytes(32), 2: bytes(32), 3: changes}}
    yield "as many lists as there may be", _signed(enc(claims))
    few = [[number, [[1, b"\0"]]] for number in range(room // 9)]
    claims[registry.DELTA_CLAIM] = {1: bytes(32), 2: bytes(32), 3: few}
    yield "as many lists as there is room for", _signed(enc(claims))
    claims[registry.DELTA_CLAIM] = {1: bytes(32), 2: bytes(32), 3: [[0, [[1, b"\1" * room]]]]}
    yield "as many changes as there is room for", _signed(enc(claims))


def _snapshots() -> Iterator[tuple[str, bytes]]:
    yield "as many lists as there may be", _snapshot(snapshot.MAX_LISTS)


def _snapshot(lists: int) -> bytes:
    named = [[number, 262_144, bytes(32)] for number in range(lists)]
    content = {1: 1, 2: named}
    return _listed(enc({1: "fr-cnam", 4: 2_000_000, 6: 1_000_000, 65534: 60, registry.SNAPSHOT_CLAIM: content}))


def _trust_lists() -> Iterator[tuple[str, bytes]]:
    yield "as many keys as there is room for", _trust_list(256, 18)


def _trust_list(named: int, keys_each: int) -> bytes:
    def key(number: int) -> dict[int, object]:
        return {1: 1, 3: -19, -1: 6, -2: number.to_bytes(32, "big")}

    roots = {1: 1, 2: [key(number) for number in range(16)]}
    issuers = []
    for number in range(named):
        keys = [{1: key(256 * number + each), 2: [1], 3: 0, 4: 1, 5: [0, False]} for each in range(keys_each)]
        issuers.append({1: f"i{number}", 2: "n", 3: keys, 4: f"u{number}"})
    return _listed(enc({1: 1, 2: 1_000_000, 3: 2_000_000, 4: 0, 5: roots, 6: issuers}))


@cache
def _status_lists() -> list[tuple[str, bytes]]:
    found = []
    header = enc({1: -19, 4: _KID, 16: "application/statuslist+cwt"})
    for name, inflated in (
        ("noise", random.Random(1).randbytes(status_list.MAX_INFLATED)),
        ("a bomb", bytes(50_000_000)),
    ):
        lst = zlib.compress(inflated, 9)
        claims = {2: "https://a.example/0", 4: 2, 6: 1, 65533: {"bits": 2, "lst": lst}, 65534: 60}
        found.append((name, enc([header, {}, enc(claims), _SIGNATURE])))
    return found


_MODULES: Final[dict[str, Any]] = {
    "delta": delta,
    "snapshot": snapshot,
    "status-list": status_list,
    "trust-list": trust_list,
}
_OWN: Final[dict[str, Callable[[], Iterable[tuple[str, bytes]]]]] = {
    "delta": _deltas,
    "snapshot": _snapshots,
    "status-list": _status_lists,
    "trust-list": _trust_lists,
}


def _inspected() -> Iterator[tuple[str, bytes]]:
    """As many items as are shown, and as many as there is room for; what is decoded in vain; what is no CBOR."""
    for name, unit in UNITS.items():
        for count in (MOST // (len(unit) + 1), MAX_MESSAGE):  # a unit has at most one item a byte
            message = _filled(min(MAX_MESSAGE - 200, 5 + count * len(unit)), unit)
            broken = message[:-1] + b"\xff"
            yield f"{name}, {count}", message
            for said, data in (("inside", message), ("broken inside", broken)):
                yield f"{name}, {count}, {said}, signed", _signed(data)
                yield f"{name}, {count}, {said}, listed", _listed(data)
    yield "numbers", enc(["1850675056012"] * (MOST - 1))
    yield "numbers in byte strings", enc([enc(["1850675056012"])] * (MOST // 3 - 1))
    yield "byte strings that are nearly CBOR", enc([enc([1] * 60)[:-1] + b"\xff"] * 4000)
    deep = _filled(260_000, UNITS["numbers of two bytes"])[:-1] + b"\xff"
    for _ in range(6):
        deep = enc([deep])
    yield "nearly CBOR, deep down", deep
    yield "a trust list", _trust_list(18, 18)
    yield "a snapshot", _snapshot(2000)
    yield "digits", _signed(bytes(MAX_MESSAGE - 200)).hex(" ").encode()
    yield "white space", b" " * 4 * MAX_MESSAGE
    yield "a text", b"VT1:" + b"0" * 4 * MAX_MESSAGE
    yield "a text as a keyboard garbles it", b"VT&M" + "é".encode() * 2 * MAX_MESSAGE


def extremes(target: str) -> Iterator[tuple[str, bytes]]:
    """What the input is, and the input; for what reads lists, and for ``inspect``. None for others: their inputs are short."""
    if target == "inspect":
        yield from _inspected()
    if target not in _MODULES:
        return
    size = _MODULES[target].MAX_SIZE
    for name, unit in UNITS.items():
        yield f"{name}, outside", _filled(size, unit)
        inside = _filled(size - 100, unit)
        yield f"{name}, inside", _listed(inside) if target in ("snapshot", "trust-list") else _signed(inside)
    most = _filled(size - 100, _NESTED, _MODULES[target].MAX_ITEMS // len(_NESTED))
    yield "as many arrays as may be, inside", _listed(most) if target in ("snapshot", "trust-list") else _signed(most)
    yield from _OWN[target]()
