"""A terminal's time floor in a file (TIME-3): one CBOR integer, NumericDate."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import Stamp, locked, read_message, sync_directory, write_atomic
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.wire import cbor, fields

_MAX_SIZE: Final = 9


class FileTimeFloor:
    """The time floor in the file ``path``, made when it is first raised; 0 before.

    The file is replaced as a whole, durably, and read again only when it has changed. Any number of threads and processes may
    read and raise it at once: it never goes down.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: tuple[Stamp, int] | None = None
        self._durable = 0  # up to here the floor is known to be on the disk

    def read(self) -> int:
        """As ``ports.TimeFloor``.

        Raises:
            UsageError: the file is damaged: what it said is not known, and to forget it is for a person to decide.
            OSError: the file cannot be read.
        """
        try:
            stamp = Stamp.of(self._path)
        except FileNotFoundError:
            return 0
        held = self._held
        if held is not None and held[0] == stamp:
            return held[1]
        floor = self._in_file()
        self._held = (stamp, floor)
        return floor

    def raise_to(self, floor: int) -> None:
        """As ``ports.TimeFloor``. Raises as ``read``, and ``OSError``: the file cannot be written."""
        if floor <= self.read():  # as nearly always: nothing to be written, nothing to wait for
            if floor > self._durable:  # who wrote it may have been killed before the directory was synchronised
                sync_directory(self._path.parent)
                self._durable = floor
            return
        with locked(self._path):
            if floor > self._in_file():
                write_atomic(self._path, cbor.encode(floor))
            else:
                sync_directory(self._path.parent)
        self._durable = floor

    def _in_file(self) -> int:
        try:
            return fields.time(cbor.decode(read_message(self._path), _MAX_SIZE))
        except FileNotFoundError:
            return 0
        except NotInForm:
            raise UsageError(
                f"{self._path} is not a time floor: remove it, and the lists that are held raise it again"
            ) from None
