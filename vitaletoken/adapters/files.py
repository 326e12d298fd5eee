"""A terminal's lists in a directory: the pinned root set, the trust list in force, the status lists.

    roots.cbor                  root-set of the CDDL; pinned once, by hand
    archive/VERSION.cbor        each trust list accepted: they lead from the pinned root set to the one in force
    trust.cbor                  the trust list in force
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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitaletoken.errors import Code, InputError, NotInForm, UsageError, refusal
from vitaletoken.ports import TimeFloor, TrustStore
from vitaletoken.rules.floor import raised_floor
from vitaletoken.rules.status import VerifiedStatusList, verify_status_list
from vitaletoken.rules.trust import TrustAnchor, VerifiedTrustList, require_usable, verify_trust_list
from vitaletoken.wire import cbor, status_list
from vitaletoken.wire.registry import Environment
from vitaletoken.wire.trust_list import RootSet, parse_trust_list, root_set_item, root_set_of

#: No message of the specification is longer (bytes).
MAX_MESSAGE: Final = status_list.MAX_SIZE

#: Trust lists that one ``FileTrust.catch_up`` asks for, at most: years of them, one a day.
MAX_BETWEEN: Final = 1024

_ROOTS: Final = "roots.cbor"
_TRUST: Final = "trust.cbor"
_ARCHIVE: Final = "archive"
_MAX_ROOTS: Final = 65_536  # 16 keys of each kind have some 33,000 bytes


class FileTrust:
    """The trust list in force, in a directory that has the root set it is verified against and all lists accepted before.

    Whoever can change the directory can undo what was accepted.

    Args:
        directory: made by ``pin``.
        environment: of this terminal or phone.
        floor: raised by each list accepted (TIME-3).
        post_quantum: whether ML-DSA-65 signatures are required of trust lists.
    """

    def __init__(
        self,
        directory: Path,
        environment: Environment,
        *,
        floor: TimeFloor | None = None,
        post_quantum: bool = False,
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._floor = floor
        self._post_quantum = post_quantum
        self._held: tuple[Stamp, VerifiedTrustList] | None = None

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
        """The trust list in force; the same object for as long as its file is unchanged.

        Raises:
            UsageError: none has been loaded.
            InputError: the file no longer verifies.
            OSError: a file cannot be read.
        """
        path = self._directory / _TRUST
        try:
            stamp = Stamp.of(path)
        except FileNotFoundError:
            raise UsageError(f"there is no trust list in {self._directory}: load one first") from None
        if self._held is not None and self._held[0] == stamp:
            return self._held[1]
        data = read_message(path)
        pinned = TrustAnchor(read_roots(self._directory / _ROOTS))
        before = self._archived(pinned, below=parse_trust_list(data).unverified_claims.version)
        trust = self._verify(data, before)
        if self._held is not None and trust.claims.version < self._held[1].claims.version:
            raise refusal(Code.TRUST_LIST_ROLLBACK)
        self._held = (stamp, trust)
        return trust

    def load(self, data: bytes) -> VerifiedTrustList:
        """Verify the trust list ``data`` and put it in force.

        It raises the time floor, goes into the archive and then into force, each durably before the next: a process killed
        between them leaves the list before in force, and what it takes to load this one again.

        Raises:
            InputError: steps T1 to T7; what is held stays in force.
            UsageError: what is held no longer verifies, so that what it said is not known.
            OSError: a file cannot be read or written.
        """
        anchor = self._anchor()
        trust = self._verify(data, anchor)
        version = trust.claims.version
        if self._floor is not None:
            self._floor.raise_to(raised_floor(0, trust.claims.iat, None))
        if version > anchor.version:
            archive = self._directory / _ARCHIVE
            archive.mkdir(mode=0o700, exist_ok=True)
            sync_directory(self._directory)
            write_atomic(archive / f"{version}.cbor", data)
        write_atomic(self._directory / _TRUST, data)
        return trust

    def catch_up(self, fetch: Callable[[int], bytes | None], newest: bytes) -> VerifiedTrustList:
        """Put the trust list ``newest`` in force; where its signers are not known yet, by way of those between (TRUST-5).

        Those between are put in force one after the other, so that the next call goes on where this one has stopped.

        Args:
            fetch: the trust list of that version, None where there is none; asked for at most 1,024.

        Raises:
            InputError, UsageError, OSError: as ``load``; and what ``fetch`` raises.
        """
        try:
            return self.load(newest)
        except InputError as refused:
            if refused.code is not Code.TRUST_LIST_SIGNATURE:
                raise
        version = parse_trust_list(newest).unverified_claims.version
        start = self._anchor().version + 1
        for between in range(start, min(version, start + MAX_BETWEEN)):
            data = fetch(between)
            if data is None:
                continue
            # One that is damaged, or that somebody else signed, is as good as none: the newest one decides.
            with suppress(InputError):
                self.load(data)
        return self.load(newest)

    def _anchor(self) -> TrustAnchor:
        """What the next list is held against: the newest accepted. One that is damaged is for a person to look at."""
        path = self._directory / _TRUST
        try:
            held = self.current().anchor if path.exists() else TrustAnchor(read_roots(self._directory / _ROOTS))
        except InputError as error:
            raise UsageError(
                f"the trust list held no longer verifies ({error.code}): remove {path} to begin anew"
            ) from None
        return self._archived(held)

    def _archived(self, anchor: TrustAnchor, below: int | None = None) -> TrustAnchor:
        """The anchor that the archived lists after ``anchor`` leave, in the order of their versions.

        One that no longer verifies is passed over: if it mattered, those after it don't verify either.
        """
        archived = [path for path in (self._directory / _ARCHIVE).glob("[1-9]*.cbor") if path.stem.isdecimal()]
        for version, path in sorted((int(path.stem), path) for path in archived):
            if anchor.version < version and (below is None or version < below):
                with suppress(InputError):
                    anchor = self._verify(read_message(path), anchor).anchor
        return anchor

    def _verify(self, data: bytes, anchor: TrustAnchor) -> VerifiedTrustList:
        return verify_trust_list(data, anchor, self._environment, post_quantum=self._post_quantum)


class FileStatus:
    """Status lists in a directory, one file a list.

    Args:
        directory: made here when the first list is loaded.
        trust: under which the lists are verified, each time its list changes.
        floor: raised by each list loaded (TIME-3).
    """

    def __init__(self, directory: Path, trust: TrustStore, *, floor: TimeFloor | None = None) -> None:
        self._directory = directory
        self._trust = trust
        self._floor = floor
        self._held: dict[Path, tuple[Stamp, VerifiedTrustList, VerifiedStatusList]] = {}

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
            stamp = Stamp.of(path)
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

    def load(self, data: bytes, now: int | None = None) -> VerifiedStatusList:
        """Verify the status list ``data`` and keep it.

        Args:
            now: NumericDate; needed where there is a time floor, which a list dated ahead of it must not raise.

        Raises:
            InputError: steps S1 to S4; what is held stays.
            UsageError: the list that is held is newer; or a time floor without ``now``.
            OSError: a file cannot be read or written.
        """
        if self._floor is not None and now is None:
            raise UsageError("to raise the time floor takes the time")
        new = verify_status_list(data, self._trust.current())
        held = self.find(new.issuer, new.number)
        if held is not None and new.iat < held.iat:
            raise UsageError("the status list is older than the one held, which stays")
        if self._floor is not None:
            self._floor.raise_to(raised_floor(0, new.iat, now))
        self._directory.mkdir(mode=0o700, exist_ok=True)
        write_atomic(self._path(new.issuer, new.number), data)
        return new

    def _path(self, issuer: str, number: int) -> Path:
        return self._directory / f"{issuer}-{number}.cbor"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is replaced or written to."""

    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Of the file as it is now. Raises ``OSError``."""
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
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """The rename itself is durable only when the directory is; not every system can open one."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
