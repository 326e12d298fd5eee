"""[content: bstr, [detached COSE_Sign1, ...]]: the frame of trust lists and status snapshots, which several keys sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1

P = TypeVar("P")


def reader(
    make: Callable[[bytes, tuple[CoseSign1, ...]], P], max_size: int, max_signatures: int
) -> Callable[[bytes], P]:
    """A reader of such a message: content and signatures, in form, go to ``make``. It raises ``NotInForm``."""
    read = f.fixed(make, f.binary(0, max_size), f.array_of(1, max_signatures, cose.detached_sign1_of))
    return lambda data: read(cbor.decode(data, max_size))


def serialize(payload: bytes, signatures: tuple[CoseSign1, ...]) -> bytes:
    """The file: the payload and the detached signatures over it."""
    return cbor.encode([payload, [cose.detached_item(layer) for layer in signatures]])
