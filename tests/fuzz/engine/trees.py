"""Messages as trees: byte strings that hold CBOR decoded too, through all layers; changed in one place, and encoded again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cbor2

from tests.fuzz.mutations import Wrapped, paths
from tests.fuzz.targets.envelope import strictly

Item = Any
Path = tuple[Any, ...]

#: Bytes of a message beyond which its tree is not made: it would cost more than what it is for.
MOST = 16_384


class NoTree(Exception):
    """The bytes are no CBOR, or too many."""


@lru_cache(maxsize=4096)
def tree(data: bytes) -> tuple[Item, tuple[Path, ...]]:
    """The message in ``data`` unfolded, and every place in it. Raises ``NoTree``."""
    if len(data) > MOST:
        raise NoTree
    try:
        item = unfolded(strictly(data))
    except Exception:  # noqa: BLE001  # whatever the decoder says of spoiled bytes
        raise NoTree from None
    return item, tuple(paths(item))


def unfolded(item: Item) -> Item:
    """With byte strings that hold a map or an array decoded too."""
    if isinstance(item, list):
        return [unfolded(element) for element in item]
    if isinstance(item, dict):
        return {key: unfolded(value) for key, value in item.items()}
    if isinstance(item, bytes) and len(item) > 2 and 0x80 <= item[0] < 0xBC:
        try:
            inner = strictly(item)
        except Exception:  # noqa: BLE001  # no CBOR: bytes are bytes
            return item
        if isinstance(inner, (list, dict)):
            return Wrapped(unfolded(inner))
    return item


def folded(item: Item) -> Item:
    """The way back; keys are put in order."""
    if isinstance(item, list):
        return [folded(element) for element in item]
    if isinstance(item, dict):
        return {key: folded(item[key]) for key in sorted(item, key=_encoded_key)}
    return cbor2.dumps(folded(item.item)) if isinstance(item, Wrapped) else item


#: The few keys there are, again and again. Typed, since 1 and True are one key to Python and two in CBOR.
_encoded_key = lru_cache(maxsize=1024, typed=True)(cbor2.dumps)


def encoded(item: Item) -> bytes:
    """The bytes of an unfolded message. Raises ``NoTree`` where it cannot be encoded."""
    try:
        return cbor2.dumps(folded(item))
    except (cbor2.CBOREncodeError, ValueError, TypeError, OverflowError, RecursionError):
        raise NoTree from None
