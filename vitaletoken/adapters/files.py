"""A terminal's lists in a directory: the pinned root set, the trust list in force, the status lists.

    roots.cbor                  root-set of the CDDL; pinned once, by hand
    trust.cbor                  the newest trust list accepted
    status/ISSUER-NUMBER.cbor   the newest status list accepted, one file a list

A file that comes from outside is verified before it replaces the one held, and again whenever it is read, so that a change on
the disk is noticed: it raises the typed error, and verification fails closed. A file is replaced as a whole, durably; a
process killed at any moment leaves the old one or the new one. Any number of processes may read at once; one at a time may
load.
"""

from __future__ import annotations

import errno
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitaletoken.errors import InputError, NotInForm, UsageError
from vitaletoken.ports import TrustStore
from vitaletoken.rules.status import VerifiedStatusList, verify_status_list
from vitaletoken.rules.trust import VerifiedTrustList, require_usable, verify_trust_list
from vitaletoken.wire import cbor, status_list
from vitaletoken.wire.registry import Environment
from vitaletoken.wire.trust_list import RootSet, root_set_item, root_set_of

#: No message of the specification is longer (bytes).
MAX_MESSAGE: Final = status_list.MAX_SIZE

_ROOTS: Final = "roots.cbor"
_TRUST: Final = "trust.cbor"
_MAX_ROOTS: Final = 4096


class FileTrust:
    """The trust list in force, in a directory that has the root set it is verified against.

    The newest version accepted before is that of the list held: whoever can change the directory can undo it.

    Args:
        directory: made by ``pin``.
        environment: of this terminal or phone.
    """

    def __init__(self, directory: Path, environment: Environment) -> None:
        self._directory = directory
        self._environment = environment
        self._held: tuple[_Stamp, VerifiedTrustList] | None = None

    @staticmethod
    def pin(directory: Path, roots: RootSet) -> None:
        """Pin ``roots`` in ``directory``, for good.

        Raises:
            FileExistsError: there are roots already.
            UsageError: a key of the root set proves nothing (KEY-2).
        """
        if (directory / _ROOTS).exists():
            raise FileExistsError(errno.EEXIST, "roots are pinned already", str(directory / _ROOTS))
        write_roots(directory / _ROOTS, roots)

    def current(self) -> VerifiedTrustList:
        """The trust list held; the same object for as long as its file is unchanged.

        Raises:
            UsageError: none has been loaded.
            InputError: the file no longer verifies.
            OSError: a file cannot be read.
        """
        path = self._directory / _TRUST
        try:
            stamp = _Stamp.of(path)
        except FileNotFoundError:
            raise UsageError(f"there is no trust list in {self._directory}: load one first") from None
        if self._held is not None and self._held[0] == stamp:
            return self._held[1]
        newest = self._held[1].claims.version if self._held else 0
        trust = self._verify(read_message(path), newest)
        self._held = (stamp, trust)
        return trust

    def load(self, data: bytes) -> VerifiedTrustList:
        """Verify the trust list ``data`` and put it in force.

        Raises:
            InputError: steps T1 to T5; what is held stays in force.
            UsageError: what is held no longer verifies, so that which version it had is not known.
            OSError: a file cannot be read or written.
        """
        path = self._directory / _TRUST
        newest = self._newest_version() if path.exists() else 0
        trust = self._verify(data, newest)
        write_atomic(path, data)
        return trust

    def _newest_version(self) -> int:
        """Of the list held. One that is damaged does not tell, and to forget it is for a person to decide."""
        try:
            return self.current().claims.version
        except InputError as error:
            path = self._directory / _TRUST
            raise UsageError(
                f"the trust list held no longer verifies ({error.code}): remove {path} to begin anew"
            ) from None

    def _verify(self, data: bytes, newest_version: int) -> VerifiedTrustList:
        return verify_trust_list(data, read_roots(self._directory / _ROOTS), self._environment, newest_version)


class FileStatus:
    """Status lists in a directory, one file a list.

    Args:
        directory: made here when the first list is loaded.
        trust: under which the lists are verified, each time its list changes.
    """

    def __init__(self, directory: Path, trust: TrustStore) -> None:
        self._directory = directory
        self._trust = trust
        self._held: dict[Path, tuple[_Stamp, VerifiedTrustList, VerifiedStatusList]] = {}

    def find(self, issuer: str, number: int) -> VerifiedStatusList | None:
        """As ``ports.StatusSource``. A file that no longer verifies is as good as none.

        Raises:
            OSError: the file cannot be read.
        """
        trust = self._trust.current()
        if trust.issuer(issuer) is None:  # no list of it could verify; and its id need not be fit for a file name
            return None
        path = self._path(issuer, number)
        try:
            stamp = _Stamp.of(path)
        except FileNotFoundError:
            return None
        held = self._held.get(path)
        if held is not None and held[0] == stamp and held[1] is trust:
            return held[2]
        try:
            found = verify_status_list(read_message(path), trust)
        except InputError:  # damaged, or its key is no longer trusted: as good as none (V13)
            return None
        if (found.issuer, found.number) != (issuer, number):
            return None
        self._held[path] = (stamp, trust, found)
        return found

    def load(self, data: bytes) -> VerifiedStatusList:
        """Verify the status list ``data`` and keep it.

        Raises:
            InputError: steps S1 to S4; what is held stays.
            UsageError: the list that is held is newer.
            OSError: a file cannot be read or written.
        """
        new = verify_status_list(data, self._trust.current())
        held = self.find(new.issuer, new.number)
        if held is not None and new.iat < held.iat:
            raise UsageError("the status list is older than the one held, which stays")
        self._directory.mkdir(mode=0o700, exist_ok=True)
        write_atomic(self._path(new.issuer, new.number), data)
        return new

    def _path(self, issuer: str, number: int) -> Path:
        return self._directory / f"{issuer}-{number}.cbor"


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What changes when a file is replaced or written to."""

    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> _Stamp:
        stat = path.stat()
        return cls(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def read_roots(path: Path) -> RootSet:
    """The root set in the file ``path``.

    Raises:
        UsageError: it is not a root set, or a key of it proves nothing (KEY-2). To pin it is the operator's own act.
        OSError: the file cannot be read.
    """
    try:
        roots = root_set_of(cbor.decode(read_message(path), _MAX_ROOTS))
    except NotInForm:
        raise UsageError(f"{path} is not a root set") from None
    require_usable(roots)
    return roots


def write_roots(path: Path, roots: RootSet) -> None:
    """Write the root set to the file ``path``. Raises ``UsageError`` for a root set not in form, ``OSError``."""
    data = cbor.encode(root_set_item(roots))
    try:
        root_set_of(cbor.decode(data, _MAX_ROOTS))
    except NotInForm as error:
        raise UsageError(f"the root set is not in form: {error}") from None
    require_usable(roots)
    write_atomic(path, data)


def read_message(path: Path) -> bytes:
    """The file's content; of a file longer than any message only as much as shows that it is too long."""
    with path.open("rb") as file:
        return file.read(MAX_MESSAGE + 1)


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file ``path``, or make it: as a whole, and durable before this returns. Raises ``OSError``."""
    # Beside the file, since a rename across file systems is none; with a name of its own for each writer.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """The rename itself is durable only when the directory is; not every system can open one."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
