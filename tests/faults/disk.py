"""A directory tree as a disk has it: what is in it now, and what of that would be there after a power cut.

POSIX promises of what was written only what was synchronised: of a file its content, of a directory its names. Whatever else
was done may have reached the disk or not, each change by itself and in any order. ``trees`` gives the states that can be left.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: What a tree has at a path: a file's content, a link's target, None for a directory.
Tree = frozenset[tuple[str, bytes | str | None]]


@dataclass(slots=True)
class _File:
    now: bytes
    synced: bytes


@dataclass(slots=True)
class _Directory:
    """``pending``: changes since the last sync, each as one: names with the inode that they get, None where they go."""

    now: dict[str, int]
    synced: dict[str, int]
    pending: list[dict[str, int | None]] = field(default_factory=list)


class Disk:
    """All that is in ``root``, taken as synchronised when this is made. Inodes have numbers of their own, never used twice."""

    def __init__(self, root: Path) -> None:
        self._inodes: list[_File | _Directory | str] = []  # a text: a symbolic link's target
        self._real: dict[tuple[int, int], int] = {}
        self._root = self._scanned(root)

    def _scanned(self, path: Path) -> int:
        if path.is_symlink():
            return self._new(str(path.readlink()))
        if path.is_file():
            data = path.read_bytes()
            return self._new(_File(data, data), path)
        names = {child.name: self._scanned(child) for child in path.iterdir()}
        return self._new(_Directory(names, dict(names)), path)

    def _new(self, inode: _File | _Directory | str, path: Path | None = None) -> int:
        self._inodes.append(inode)
        number = len(self._inodes) - 1
        if path is not None:
            self.is_at(number, path.stat())
        return number

    def is_at(self, number: int, stat: os.stat_result) -> None:
        """The inode with that number is the system's with that ``stat``."""
        self._real[stat.st_dev, stat.st_ino] = number

    def forget(self, stat: os.stat_result) -> None:
        """What the system says this of is gone, and its number may become another's."""
        self._real.pop((stat.st_dev, stat.st_ino), None)

    def find(self, stat: os.stat_result) -> int | None:
        """The number of what the system says this of; None for what is not in the tree."""
        return self._real.get((stat.st_dev, stat.st_ino))

    def _directory(self, number: int) -> _Directory:
        inode = self._inodes[number]
        assert isinstance(inode, _Directory)
        return inode

    def _file(self, number: int) -> _File:
        inode = self._inodes[number]
        assert isinstance(inode, _File)
        return inode

    def named(self, directory: int, name: str) -> int | None:
        """What has that name now."""
        return self._directory(directory).now.get(name)

    def _change(self, directory: int, names: dict[str, int | None]) -> None:
        found = self._directory(directory)
        found.pending.append(names)
        _apply(names, found.now)

    # --- what is done to it

    def create(self, directory: int, name: str) -> int:
        """A new empty file."""
        number = self._new(_File(b"", b""))
        self._change(directory, {name: number})
        return number

    def make_directory(self, directory: int, name: str) -> int:
        """A new empty directory."""
        number = self._new(_Directory({}, {}))
        self._change(directory, {name: number})
        return number

    def symlink(self, directory: int, name: str, target: str) -> None:
        """A new symbolic link."""
        self._change(directory, {name: self._new(target)})

    def link(self, directory: int, name: str, number: int) -> None:
        """One more name for what has that number."""
        self._change(directory, {name: number})

    def remove(self, directory: int, name: str) -> None:
        """The name goes."""
        self._change(directory, {name: None})

    def rename(self, source: tuple[int, str], target: tuple[int, str]) -> None:
        """One change within a directory, two of which each may be lost between directories."""
        number = self._directory(source[0]).now[source[1]]
        if source[0] == target[0]:
            self._change(source[0], {source[1]: None, target[1]: number})
        else:
            self._change(target[0], {target[1]: number})
            self._change(source[0], {source[1]: None})

    def write(self, number: int, offset: int, data: bytes) -> None:
        """Those bytes at that place of a file."""
        file = self._file(number)
        before = file.now[:offset].ljust(offset, b"\0")
        file.now = before + data + file.now[offset + len(data) :]

    def truncate(self, number: int, size: int) -> None:
        """The file ends there."""
        file = self._file(number)
        file.now = file.now[:size].ljust(size, b"\0")

    def sync(self, number: int) -> None:
        """What it has now is there after a power cut."""
        inode = self._inodes[number]
        if isinstance(inode, _File):
            inode.synced = inode.now
        elif isinstance(inode, _Directory):
            inode.synced, inode.pending = dict(inode.now), []

    # --- what is left of it

    def now(self) -> Tree:
        """What a process finds after this one was killed: all that was written."""
        return self._tree(_latest, _all)

    def trees(self, *, thorough: bool = False) -> Iterator[Tree]:
        """What a power cut now can leave.

        Args:
            thorough: also with each change of a name lost alone or kept alone, and with the first half of each file as it is now,
                the second as it was. Else all of it or none.
        """
        contents: list[Callable[[_File], bytes]] = [_latest, lambda file: file.synced]
        choices: list[Callable[[int, int], bool]] = [_all, lambda *_: False]
        if thorough:
            contents.append(lambda file: file.now[: len(file.now) // 2] + file.synced[len(file.now) // 2 :])
            pending = [
                (number, which)
                for number, inode in enumerate(self._inodes)
                if isinstance(inode, _Directory)
                for which in range(len(inode.pending))
            ]
            choices += [lambda *one, this=each: one == this for each in pending]  # type: ignore[misc]
            choices += [lambda *one, this=each: one != this for each in pending]  # type: ignore[misc]
        for content in contents:
            for choice in choices:
                yield self._tree(content, choice)

    def _tree(self, content: Callable[[_File], bytes], is_kept: Callable[[int, int], bool]) -> Tree:
        found: list[tuple[str, bytes | str | None]] = []

        def walk(number: int, path: str) -> None:
            inode = self._inodes[number]
            if isinstance(inode, _File):
                found.append((path, content(inode)))
            elif isinstance(inode, str):
                found.append((path, inode))
            else:
                found.append((path, None))
                names = dict(inode.synced)
                for which, change in enumerate(inode.pending):
                    if is_kept(number, which):
                        _apply(change, names)
                for name, child in names.items():
                    walk(child, f"{path}/{name}")

        walk(self._root, "")
        return frozenset(found)


def _all(*_: int) -> bool:
    return True


def _latest(file: _File) -> bytes:
    return file.now


def _apply(change: dict[str, int | None], names: dict[str, int]) -> None:
    for name, number in change.items():
        if number is None:
            names.pop(name, None)
        else:
            names[name] = number


def laid_out(tree: Tree, root: Path) -> Path:
    """``tree`` on the real disk, in the new directory ``root``."""
    for path, content in sorted(tree, key=lambda entry: entry[0]):
        at = root / path.lstrip("/")
        if content is None:
            at.mkdir()
        elif isinstance(content, str):
            at.symlink_to(content)
        else:
            at.write_bytes(content)
    return root


def found_in(root: Path) -> Tree:
    """What is really in the directory."""
    return Disk(root).now()
