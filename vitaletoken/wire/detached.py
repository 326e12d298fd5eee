"""[content: bstr, [detached COSE_Sign1, ...]]: the frame of trust lists and status snapshots, which several keys sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1

#: Containers and strings of the frame, and of each signature: an array, an empty map, two byte strings.
_FRAME_ITEMS, _SIGNATURE_ITEMS = 3, 4

P = TypeVar("P")


def reader(
    make: Callable[[bytes, tuple[CoseSign1, ...]], P], max_size: int, max_signatures: int
) -> Callable[[bytes], P]:
    """A reader of such a message: content and signatures, in form, go to ``make``. It raises ``NotInForm``."""
    read = f.fixed(make, f.binary(0, max_size), f.array_of(1, max_signatures, cose.detached_sign1_of))
    max_items = _FRAME_ITEMS + max_signatures * _SIGNATURE_ITEMS
    return lambda data: read(cbor.decode(data, max_size, max_items))


def serialize(payload: bytes, signatures: tuple[CoseSign1, ...]) -> bytes:
    """The file: the payload and the detached signatures over it."""
    return cbor.encode([payload, [cose.detached_item(layer) for layer in signatures]])
