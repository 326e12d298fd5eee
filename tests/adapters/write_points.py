"""Every write point of SQLite's own file layer: what a process killed there leaves behind, and what one does that goes on.

A VFS (sqlite.org/vfs.html) that hands each call to the system's one, and before each call that changes a file or a
directory (write, truncate, sync, create, delete), in the middle of each write, and after the last one, copies the directory.
What a process has written is there for the next one whether it lives or not, so that each copy is what ``kill -9`` at that
moment would have left. One run gives them all: none is missed by chance, and no statement has to be guessed at from outside.
Or the call fails there, with an error of SQLite's own, as with a disk that is full or broken.

What a power cut takes besides, writes that were not synchronised yet, is for SQLite's own ``synchronous=EXTRA`` to stop, which
``test_sqlite.py`` looks at.
"""

from __future__ import annotations

import _sqlite3
import ctypes as c
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_OPEN_CREATE: Final = 0x4

#: ctypes frees what nobody holds, and a connection may be closed long after its test has failed.
KEPT: Final[list[object]] = []


class _Methods(c.Structure):
    """sqlite3_io_methods, version 1; later versions go on after it."""


_Write = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
_Truncate = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
_Sync = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)
# version, then up to 18 pointers (version 3 of the structure): xClose, xRead, xWrite, xTruncate, xSync, ...
_Methods._fields_ = [("version", c.c_int), ("calls", c.c_void_p * 18)]
_CALLS: Final = {1: 12, 2: 16, 3: 18}
_WRITE, _TRUNCATE, _SYNC = 2, 3, 4


class _File(c.Structure):
    _fields_ = (("methods", c.POINTER(_Methods)),)


class _Vfs(c.Structure):
    pass


_Open = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.POINTER(_File), c.c_int, c.c_void_p)
_Delete = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_int)
_Vfs._fields_ = [
    ("version", c.c_int),
    ("file_size", c.c_int),
    ("max_path", c.c_int),
    ("next", c.c_void_p),
    ("name", c.c_char_p),
    ("data", c.c_void_p),
    ("open", c.c_void_p),
    ("delete", c.c_void_p),
    ("rest", c.c_void_p * 15),  # up to version 3 of the structure
]


def sqlite() -> Any:
    """The SQLite that Python's module uses; None where its functions can't be reached, as in a Python with SQLite built in."""
    try:
        library = c.CDLL(getattr(_sqlite3, "__file__", None))
        library.sqlite3_vfs_find.restype = c.POINTER(_Vfs)
        library.sqlite3_vfs_register.argtypes = (c.c_void_p, c.c_int)
        library.sqlite3_vfs_unregister.argtypes = (c.c_void_p,)
    except (OSError, AttributeError):
        return None
    return library


class WritePoints:
    """While this is entered, each write point of each database opened anew calls ``at``.

    Args:
        at: gets what is about to happen, such as ``write`` or ``half a write``. What it returns, if not None or 0, is an SQLite
            error code that the call then fails with, nothing done.
    """

    def __init__(self, at: Callable[[str], int | None]) -> None:
        self._at = at
        self._library = sqlite()
        self._methods: dict[int, _Methods] = {}
        self._failed: list[BaseException] = []

    def __enter__(self) -> WritePoints:
        self._system = self._library.sqlite3_vfs_find(None)
        system = self._system.contents
        self._vfs = _Vfs.from_buffer_copy(system)
        self._vfs.next, self._vfs.name = None, b"write points"
        open_, delete = _Open(self._opening(system.open)), _Delete(self._deleting(system.delete))
        KEPT.extend((open_, delete))
        self._vfs.open, self._vfs.delete = c.cast(open_, c.c_void_p), c.cast(delete, c.c_void_p)
        assert self._library.sqlite3_vfs_register(c.byref(self._vfs), 1) == 0
        return self

    def __exit__(self, *_: object) -> None:
        self._library.sqlite3_vfs_unregister(c.byref(self._vfs))
        if self._failed:
            raise self._failed[0]

    def _tell(self, what: str) -> int:
        """The code to fail with, 0 for none. An exception can't pass through SQLite: it is kept for the end."""
        try:
            return self._at(what) or 0
        except BaseException as error:  # noqa: BLE001 - raised again in __exit__
            self._failed.append(error)
            return 0

    def _opening(self, address: int) -> Callable[..., int]:
        system = _Open(address)

        def open_(_: int, name: int, file: Any, flags: int, out: int) -> int:
            if flags & _OPEN_CREATE and (code := self._tell("create")):
                file.contents.methods = None  # so that SQLite does not close what was not opened
                return code
            result = system(c.cast(self._system, c.c_void_p).value, name, file, flags, out)
            if result == 0:
                methods = file.contents.methods
                file.contents.methods = c.pointer(self._watched(c.addressof(methods.contents), methods.contents))
            return result

        return open_

    def _deleting(self, address: int) -> Callable[..., int]:
        system = _Delete(address)

        def delete(_: int, name: bytes, sync: int) -> int:
            return self._tell("delete") or system(c.cast(self._system, c.c_void_p).value, name, sync)

        return delete

    def _watched(self, address: int, methods: _Methods) -> _Methods:
        """The methods of a file, with those that write exchanged; one copy for each table that the system's VFS has."""
        if address not in self._methods:
            copy = _Methods(methods.version)
            for place in range(_CALLS[methods.version]):
                copy.calls[place] = methods.calls[place]
            write, truncate, sync = (
                _Write(methods.calls[_WRITE]),
                _Truncate(methods.calls[_TRUNCATE]),
                _Sync(methods.calls[_SYNC]),
            )

            def write_(file: int, data: int, size: int, offset: int) -> int:
                half = size // 2
                return (
                    self._tell("write")
                    or (half and (write(file, data, half, offset) or self._tell("half a write")))
                    or write(file, data + half, size - half, offset + half)
                )

            def truncate_(file: int, size: int) -> int:
                return self._tell("truncate") or truncate(file, size)

            def sync_(file: int, flags: int) -> int:
                return self._tell("sync") or sync(file, flags)

            own = (_Write(write_), _Truncate(truncate_), _Sync(sync_))
            KEPT.extend((write, truncate, sync, *own))
            for place, call in zip((_WRITE, _TRUNCATE, _SYNC), own, strict=True):
                copy.calls[place] = c.cast(call, c.c_void_p).value
            self._methods[address] = copy
            KEPT.append(copy)
        return self._methods[address]


@contextmanager
def copies(directory: Path, into: Path, moment: Callable[[], Any]) -> Iterator[list[tuple[str, Path, Any]]]:
    """A copy of ``directory`` at each write point: what was about to happen, where the copy is, and what ``moment`` said then."""
    found: list[tuple[str, Path, Any]] = []

    def copy(what: str) -> None:
        place = into / str(len(found))
        shutil.copytree(directory, place)
        found.append((what, place, moment()))

    with WritePoints(copy):
        yield found
    copy("the end")
