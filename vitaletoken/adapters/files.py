"""A terminal's directory: the pinned root set, the trust anchor, the trust lists accepted. And how any file is written here.

    roots.cbor            root-set of the CDDL; pinned once, by hand; what the first list is held against, and no other
    archive/VERSION.cbor  each trust list accepted, for audit; the one that the anchor names is in force
    anchor.cbor           [version, SHA-256 of the payload, root set] of the newest list accepted (TRUST-7)

A list that comes from outside is verified against the anchor before it counts, and again whenever it is read, so that a change
on the disk is noticed: it raises the typed error, and verification fails closed. A file is replaced as a whole, durably. The
anchor comes last, and puts its list in force: a process killed at any moment leaves the old list in force or the new one. Any
number of processes may read and load at once.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitaletoken.errors import Code, InputError, NotInForm, UsageError, refusal
from vitaletoken.ports import TimeFloor
from vitaletoken.rules.floor import raised_floor
from vitaletoken.rules.trust import TrustAnchor, VerifiedTrustList, require_usable, verify_trust_list
from vitaletoken.wire import cbor, fields, status_list
from vitaletoken.wire.registry import Environment
from vitaletoken.wire.trust_list import RootSet, parse_trust_list, root_set_item, root_set_of, version_of

if sys.platform != "win32":
    import fcntl

#: No message of the specification is longer (bytes).
MAX_MESSAGE: Final = status_list.MAX_SIZE

_ROOTS: Final = "roots.cbor"
_ANCHOR: Final = "anchor.cbor"
_ARCHIVE: Final = "archive"
_MAX_ROOTS: Final = 65_536  # 16 keys of each kind have some 33,000 bytes; the rest of an anchor, 41
_anchor_of: Final = fields.fixed(
    lambda version, digest, roots: TrustAnchor(roots, version, digest), version_of, fields.binary(32, 32), root_set_of
)


class FileTrust:
    """The trust list in force, in a directory that has the anchor it is verified against and all lists accepted before.

    Whoever can change the directory can undo what was accepted.

    Args:
        directory: made by ``pin``.
        environment: of this terminal or phone.
        floor: raised by each list accepted, and by the one held when it is first read (TIME-3).
        post_quantum: whether ML-DSA-65 signatures are required of trust lists, and so of the snapshots verified under them.
            It may be switched on at any time after a list with such root keys was accepted.
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
        self._held: tuple[Stamp, Stamp, VerifiedTrustList] | None = None

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
        """The trust list in force; the same object for as long as its file and the anchor are unchanged.

        Raises:
            UsageError: none has been loaded, its file is missing, or the anchor is damaged.
            InputError: the file no longer verifies, is not the one that the anchor names, or is older than one seen before.
            OSError: a file cannot be read, or the time floor not be raised.
        """
        try:
            stamp = Stamp.of(self._directory / _ANCHOR)
        except FileNotFoundError:
            raise UsageError(f"there is no trust list in {self._directory}: load one first") from None
        held = self._held
        try:
            if held and held[0] == stamp and held[1] == Stamp.of(self._archived(held[2].claims.version)):
                return held[2]
            anchor = self._anchor()
            path = self._archived(anchor.version)
            of_list, data = Stamp.of(path), read_message(path)
        except FileNotFoundError as error:
            raise UsageError(f"{error.filename} is missing: load that trust list once more, or a later one") from None
        trust = self._verify(data, anchor)
        if trust.anchor != anchor:  # a later list that its roots signed, and that nobody has accepted here
            raise refusal(Code.TRUST_LIST_ROLLBACK)
        if held and _is_before(anchor, held[2].anchor):
            raise refusal(Code.TRUST_LIST_ROLLBACK)
        self._raise_floor(trust)
        self._held = (stamp, of_list, trust)
        return trust

    def load(self, data: bytes) -> VerifiedTrustList:
        """Verify the trust list ``data`` and put it in force.

        It raises the time floor and goes into the archive, then the anchor takes it up, each durably before the next: a process
        killed between them leaves the list before in force. The list in force, once more and whatever its signatures, changes
        nothing; but it takes the place of its own file where that is damaged.

        Raises:
            InputError: steps T1 to T7; what is held stays in force. Or as ``current``.
            UsageError: the anchor is damaged, so that it is not known what was accepted.
            OSError: a file cannot be read or written.
        """
        with locked(self._directory / _ANCHOR):
            anchor = self._anchor()
            trust = self._verify(data, anchor)
            new = trust.anchor
            if new == anchor and self._is_whole(anchor):
                sync_directory(self._directory)  # who put it there may have been killed before it did
                return self.current()
            self._raise_floor(trust)
            make_directory(self._directory / _ARCHIVE)
            write_atomic(self._archived(new.version), data)
            record = cbor.encode([new.version, new.digest, root_set_item(new.roots)])
            write_atomic(self._directory / _ANCHOR, record)
            return self.current()

    def catch_up(self, fetch: Callable[[int], bytes | None], newest: bytes) -> VerifiedTrustList:
        """Put the trust list ``newest`` in force; where its signers are not known yet, by way of those between (TRUST-5).

        Those between are put in force one after the other, up to the first that is missing or refused, so that the next call
        goes on where this one has stopped.

        Args:
            fetch: the trust list of that version, None where there is none.

        Raises:
            InputError: ``newest`` is refused, or the one between that it stopped at.
            UsageError, OSError: as ``load``; and what ``fetch`` raises.
        """
        try:
            return self.load(newest)
        except InputError as refused:
            if refused.code is not Code.TRUST_LIST_SIGNATURE:
                raise
        for between in range(self._anchor().version + 1, parse_trust_list(newest).unverified_claims.version):
            data = fetch(between)
            # Another version in its place leads nowhere: each turn of this loop needs a list that the roots signed.
            if data is None or parse_trust_list(data).unverified_claims.version != between:
                break
            self.load(data)
        return self.load(newest)

    def _anchor(self) -> TrustAnchor:
        """What the next list is held against; the pinned root set until there is one. Damaged, it is for a person to look at."""
        path = self._directory / _ANCHOR
        try:
            data = read_message(path)
        except FileNotFoundError:
            return TrustAnchor(read_roots(self._directory / _ROOTS))
        try:
            return _anchor_of(cbor.decode(data, _MAX_ROOTS))
        except NotInForm:
            raise UsageError(f"{path} is not a trust anchor: remove it to begin anew from the pinned roots") from None

    def _archived(self, version: int) -> Path:
        return self._directory / _ARCHIVE / f"{version}.cbor"

    def _is_whole(self, anchor: TrustAnchor) -> bool:
        """The file of the list in force is as it was accepted."""
        try:
            return self._verify(read_message(self._archived(anchor.version)), anchor).anchor == anchor
        except (InputError, FileNotFoundError):
            return False

    def _raise_floor(self, trust: VerifiedTrustList) -> None:
        if self._floor is not None:
            self._floor.raise_to(raised_floor(0, trust.claims.iat, None))

    def _verify(self, data: bytes, anchor: TrustAnchor) -> VerifiedTrustList:
        return verify_trust_list(data, anchor, self._environment, post_quantum=self._post_quantum)


def _is_before(anchor: TrustAnchor, seen: TrustAnchor) -> bool:
    """``anchor`` is of a list before that of ``seen``, or of another one of its version."""
    return anchor.version < seen.version or (anchor.version == seen.version and anchor.digest != seen.digest)


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


def make_directory(directory: Path, mode: int = 0o700) -> None:
    """Make the directory where it is not there; durable before this returns. Raises ``OSError``: its parent is not there."""
    directory.mkdir(mode=mode, exist_ok=True)
    sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """The rename itself is durable only when the directory is; not every system can open one."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone, of all threads and processes that ask for the same: to read the file ``path``, decide and replace it.

    The lock is that of a file beside it, since ``path`` itself is replaced; it ends with the process. Windows has none of the
    kind: there, one process at a time may write. Raises ``OSError``.
    """
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
