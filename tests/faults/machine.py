"""A machine that can fail: each call that changes a file or a directory is a point at which it can, SQLite's calls included.

While a ``Machine`` is entered, the functions of ``os`` and ``io`` that write are exchanged for their like that say what is about
to happen, do it, and keep account of it on a ``Disk``; SQLite's file layer is exchanged likewise (``tests.adapters.write_points``
is the same for SQLite alone). Nothing is really synchronised meanwhile: what would survive is known from the account, which is
what makes thousands of faults a matter of seconds. What lies outside of the directory is let through.
"""

from __future__ import annotations

import ctypes as c
import errno
import fcntl
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from tests.adapters.write_points import (
    _CALLS,
    _SYNC,
    _TRUNCATE,
    _WRITE,
    KEPT,
    WritePoints,
    _Delete,
    _Open,
    _Sync,
    _Truncate,
)

from tests.adapters.write_points import _Methods, _Write  # isort: skip
from tests.faults.disk import Disk

_READ_ONLY, _READ_WRITE, _CREATE, _MAIN_JOURNAL = 0x1, 0x2, 0x4, 0x800
_FULL, _CANTOPEN = 13, 14
#: SQLITE_IOERR_WRITE and so on: what SQLite's own layer makes of an errno.
_IOERR: Final = {"truncate": 1546, "sync": 1034, "sync directory": 1290, "delete": 2570, "create": _CANTOPEN}
_IOERR_WRITE: Final = 778

#: What ``at`` gives for a write that is cut short and says so, as POSIX allows; no error.
SHORT: Final = -1

At = Callable[[str], int]


def _nothing(_: str) -> int:
    return 0


class Machine:
    """Entered: what happens in ``directory`` is kept account of in ``disk``, and ``at`` decides what fails.

    Attributes:
        at: gets what is about to happen, such as ``rename`` or ``half a write``; gives 0, or the errno that the call fails with.
        disk: the directory's.
        read_only: SQLite finds its files to be read-only.
    """

    def __init__(self, directory: Path, at: At = _nothing, *, read_only: bool = False) -> None:
        self.disk = Disk(directory)
        self.at = at
        self.read_only = read_only
        self._stack = ExitStack()

    def __enter__(self) -> Machine:
        files = _Files(self)
        for module, name in ((io, "open"), (fcntl, "flock"), *((os, name) for name in _Files.OF_OS)):
            self._stack.enter_context(mock.patch.object(module, name, files.instead_of(module, name)))
        self._stack.enter_context(_Databases(self))
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def may(self, what: str) -> None:
        """Raises the ``OSError`` that is due now."""
        code = self.at(what)
        if code > 0:
            raise OSError(code, os.strerror(code), what)


class _Files:
    """The functions of ``os``, ``io`` and ``fcntl``."""

    OF_OS: Final = ("open", "fsync", "mkdir", "replace", "rename", "unlink", "remove", "rmdir", "link", "symlink")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._disk = machine.disk
        self._system: dict[str, Callable[..., Any]] = {}

    def instead_of(self, module: Any, name: str) -> Callable[..., Any]:
        own = f"{module.__name__}_{name}"
        self._system[own] = getattr(module, name)
        found: Callable[..., Any] = getattr(self, own)
        return found

    def _place(self, path: Any, dir_fd: int | None = None) -> tuple[int, str] | None:
        """The directory's number and the name in it; None for what is outside."""
        head, name = os.path.split(os.fspath(path))
        try:
            parent = self._disk.find(os.stat(head or os.curdir, dir_fd=dir_fd))
        except FileNotFoundError:
            return None
        return None if parent is None else (parent, name)

    def os_open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        place = self._place(path, dir_fd) if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else None
        is_new = place is not None and self._disk.named(*place) is None
        if place is not None:
            self._machine.may("create" if is_new else "open")
        descriptor: int = self._system["os_open"](path, flags, mode, dir_fd=dir_fd)
        if place is not None and is_new:
            self._disk.is_at(self._disk.create(*place), os.fstat(descriptor))
        return descriptor

    def io_open(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        flags = {"x": os.O_WRONLY | os.O_CREAT | os.O_EXCL, "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC}
        flags["a"] = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        if mode[0] not in flags:
            return self._system["io_open"](file, mode, *arguments, **options)
        if isinstance(file, int):
            descriptor = file
        elif self._place(file) is None:
            return self._system["io_open"](file, mode, *arguments, **options)
        else:
            descriptor = self.os_open(file, flags[mode[0]], 0o666)
        number = self._disk.find(os.fstat(descriptor))
        if number is None:
            return self._system["io_open"](file, mode, *arguments, **options)
        assert mode in ("xb", "wb", "ab"), "no other way of writing is watched"
        return io.BufferedWriter(_Written(self._machine, descriptor, number))

    def os_fsync(self, descriptor: Any) -> None:
        found = os.fstat(descriptor if isinstance(descriptor, int) else descriptor.fileno())
        number = self._disk.find(found)
        if number is not None:
            self._machine.may("sync directory" if stat.S_ISDIR(found.st_mode) else "sync")
            self._disk.sync(number)

    def os_mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        place = self._place(path, dir_fd)
        if place is not None and self._disk.named(*place) is None:
            self._machine.may("make directory")
        self._system["os_mkdir"](path, mode, dir_fd=dir_fd)
        if place is not None:
            self._disk.is_at(self._disk.make_directory(*place), os.stat(path, dir_fd=dir_fd))

    def os_replace(self, source: Any, target: Any, **options: Any) -> None:
        places = self._place(source), self._place(target)
        if places[0] is not None and places[1] is not None:
            self._machine.may("rename")
            with self._gone(target):
                self._system["os_replace"](source, target, **options)
            self._disk.rename(places[0], places[1])
        else:
            self._system["os_replace"](source, target, **options)

    os_rename = os_replace

    def os_unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._removed("os_unlink", path, dir_fd)

    os_remove = os_unlink

    def os_rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._removed("os_rmdir", path, dir_fd)

    def _removed(self, how: str, path: Any, dir_fd: int | None) -> None:
        place = self._place(path, dir_fd)
        is_there = place is not None and self._disk.named(*place) is not None
        if place is None or not is_there:
            self._system[how](path, dir_fd=dir_fd)
            return
        self._machine.may("remove")
        with self._gone(path, dir_fd):
            self._system[how](path, dir_fd=dir_fd)
        self._disk.remove(*place)

    @contextmanager
    def _gone(self, path: Any, dir_fd: int | None = None) -> Iterator[None]:
        """While the system takes that name from what has it."""
        try:
            found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        except FileNotFoundError:
            found = None
        yield
        if found is not None and (found.st_nlink == 1 or stat.S_ISDIR(found.st_mode)):
            self._disk.forget(found)

    def os_link(self, source: Any, target: Any, **options: Any) -> None:
        place, number = self._place(target), self._disk.find(Path(source).stat())
        if place is not None:
            self._machine.may("link")
        self._system["os_link"](source, target, **options)
        if place is not None:
            assert number is not None, "a link to what is outside"
            self._disk.link(*place, number)

    def os_symlink(self, source: Any, target: Any, *arguments: Any, **options: Any) -> None:
        place = self._place(target)
        if place is not None:
            self._machine.may("link")
        self._system["os_symlink"](source, target, *arguments, **options)
        if place is not None:
            self._disk.symlink(*place, os.fspath(source))

    def fcntl_flock(self, file: Any, operation: int) -> None:
        if self._disk.find(os.fstat(file if isinstance(file, int) else file.fileno())) is not None:
            self._machine.may("lock")
        self._system["fcntl_flock"](file, operation)


class _Written(io.RawIOBase):
    """A file that is written to from where its descriptor stands. Each write is two, with a point before each."""

    def __init__(self, machine: Machine, descriptor: int, number: int) -> None:
        super().__init__()
        self._machine = machine
        self._descriptor = descriptor
        self._number = number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        whole = bytes(data)
        half = len(whole) // 2
        if half:
            self._machine.may("write")
            self._put(whole[:half])
        code = self._machine.at("half a write")
        if code == SHORT and half:
            return half
        if code > 0:
            raise OSError(code, os.strerror(code), "half a write")
        self._put(whole[half:])
        return len(whole)

    def _put(self, data: bytes) -> None:
        offset = os.fstat(self._descriptor).st_size  # each file here is written once, from its beginning to its end
        assert os.write(self._descriptor, data) == len(data)
        self._machine.disk.write(self._number, offset, data)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class _Databases(WritePoints):
    """SQLite's file layer. A new journal's first sync is its directory's too, and a removal that is to last likewise."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(self._code)
        self._machine = machine
        self._disk = machine.disk
        self._open_files: dict[int, tuple[int, int, bool]] = {}  # by address: directory, file, is a new journal
        self._what = ""

    def _code(self, what: str) -> int:
        found = self._machine.at(what)
        if found <= 0:
            return 0
        return _FULL if found == errno.ENOSPC and what != "create" else _IOERR.get(what, _IOERR_WRITE)

    def _kept_account(self, account: Callable[[], object]) -> None:
        try:
            account()
        except BaseException as error:  # noqa: BLE001 - it can't pass through SQLite; raised again at the end
            self._failed.append(error)

    def _place(self, name: bytes) -> tuple[int, str] | None:
        path = Path(os.fsdecode(name))
        parent = self._disk.find(path.parent.stat())
        return None if parent is None else (parent, path.name)

    def _opening(self, address: int) -> Callable[..., int]:
        system = _Open(address)

        def open_(_: int, name: int, file: Any, flags: int, out: int) -> int:
            place = self._place(c.string_at(name)) if name else None
            is_new = bool(flags & _CREATE) and (place is None or self._disk.named(*place) is None)
            if is_new and (code := self._tell("create")):
                file.contents.methods = None  # so that SQLite does not close what was not opened
                return code
            if self._machine.read_only and flags & _READ_WRITE:
                flags = flags & ~(_READ_WRITE | _CREATE) | _READ_ONLY
            result = system(c.cast(self._system, c.c_void_p).value, name, file, flags, out)
            if result == 0:
                self._kept_account(lambda: self._opened(c.addressof(file.contents), place, flags, is_new))
                methods = file.contents.methods
                file.contents.methods = c.pointer(self._watched(c.addressof(methods.contents), methods.contents))
            return result

        return open_

    def _opened(self, address: int, place: tuple[int, str] | None, flags: int, is_new: bool) -> None:
        self._open_files.pop(address, None)  # of a file closed since
        if place is None:  # a temporary one
            return
        number = self._disk.create(*place) if is_new else self._disk.named(*place)
        if number is not None:
            self._open_files[address] = (place[0], number, is_new and bool(flags & _MAIN_JOURNAL))

    def _deleting(self, address: int) -> Callable[..., int]:
        system = _Delete(address)

        def delete(_: int, name: bytes, sync: int) -> int:
            if code := self._tell("delete"):
                return code
            result = system(c.cast(self._system, c.c_void_p).value, name, 0)
            place = self._place(name)
            if result != 0 or place is None:
                return result
            self._kept_account(lambda: self._disk.remove(*place))
            if sync & 1:
                if code := self._tell("sync directory"):
                    return code
                self._disk.sync(place[0])
            return 0

        return delete

    def _watched(self, address: int, methods: _Methods) -> _Methods:  # noqa: C901 - a table of small functions
        if address in self._methods:
            return self._methods[address]
        copy = _Methods(methods.version)
        for place in range(_CALLS[methods.version]):
            copy.calls[place] = methods.calls[place]
        write, truncate = _Write(methods.calls[_WRITE]), _Truncate(methods.calls[_TRUNCATE])

        def put(file: int, data: int, size: int, offset: int) -> int:
            result = write(file, data, size, offset)
            if result == 0 and file in self._open_files:
                self._kept_account(lambda: self._disk.write(self._open_files[file][1], offset, c.string_at(data, size)))
            return result

        def write_(file: int, data: int, size: int, offset: int) -> int:
            half = size // 2
            return (
                self._tell("write")
                or (half and (put(file, data, half, offset) or self._tell("half a write")))
                or put(file, data + half, size - half, offset + half)
            )

        def truncate_(file: int, size: int) -> int:
            if code := self._tell("truncate"):
                return code
            if file in self._open_files:
                self._kept_account(lambda: self._disk.truncate(self._open_files[file][1], size))
            return truncate(file, size)

        def sync_(file: int, _: int) -> int:
            if code := self._tell("sync"):
                return code
            if file in self._open_files:
                directory, number, is_new_journal = self._open_files[file]
                self._disk.sync(number)
                if is_new_journal:
                    self._disk.sync(directory)
                    self._open_files[file] = (directory, number, False)
            return 0

        own = (_Write(write_), _Truncate(truncate_), _Sync(sync_))
        KEPT.extend((write, truncate, *own, copy))
        for place, call in zip((_WRITE, _TRUNCATE, _SYNC), own, strict=True):
            copy.calls[place] = c.cast(call, c.c_void_p).value
        self._methods[address] = copy
        return copy
