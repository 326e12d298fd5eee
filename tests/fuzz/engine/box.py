"""What a worker leaves behind whatever becomes of it: how much it has done, and the input it was at."""

from __future__ import annotations

import mmap
import struct
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct("<QQQI")
_ROOM: Final = 1 << 20


class Count(NamedTuple):
    """Inputs given to the library, those that it accepted, and those that were no inputs of the target."""

    executions: int = 0
    accepted: int = 0
    outside: int = 0

    def __add__(self, other: object) -> Count:
        if not isinstance(other, Count):
            return NotImplemented
        return Count(*map(sum, zip(self, other, strict=True)))


class Box:
    """Memory that a worker and its parent share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + _ROOM)

    def begin(self, count: Count, data: bytes) -> None:
        """This input is the next."""
        kept = data[:_ROOM]
        _HEAD.pack_into(self._memory, 0, *count, len(kept))
        self._memory[_HEAD.size : _HEAD.size + len(kept)] = kept

    def end(self, count: Count) -> None:
        """There is none any more."""
        _HEAD.pack_into(self._memory, 0, *count, 0)

    def count(self) -> Count:
        """What was done until now."""
        return Count(*_HEAD.unpack_from(self._memory)[:3])

    def at(self) -> bytes:
        """The input that the worker was at; empty where it was at none."""
        size = _HEAD.unpack_from(self._memory)[3]
        return bytes(self._memory[_HEAD.size : _HEAD.size + size])

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
