"""A terminal's status lists in SQLite: of each issuer one snapshot, and the lists that it names.

An update replaces what is held of an issuer in one transaction (SNAP-2). The lists lie deflated on the disk, some 1 MB for a
nation, and are opened when they are first asked for: the snapshot's signatures are verified under the trust list in force, and
the list is held against the snapshot. Then it is kept in memory, where a look-up takes a microsecond.

A list that is damaged on the disk is as good as none, as in ``adapters.files``; the next update fetches it again. A file that
is no longer a database raises: remove it, and the next update fetches everything.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

from vitaletoken.adapters.database import Closing, Database
from vitaletoken.errors import InputError
from vitaletoken.ports import TrustStore
from vitaletoken.rules.snapshot import VerifiedSnapshot, status_list_of, verify_snapshot
from vitaletoken.rules.status import VerifiedStatusList, inflate
from vitaletoken.rules.trust import VerifiedTrustList

#: Lists kept open, at most 256 KiB each: all of a nation of 70 million, and as many of others.
OPEN_LISTS: Final = 128
#: Seconds after which another process's update, or a new trust list, is noticed.
RECHECK: Final = 1.0

# Whether a list is dated ahead is asked at each use (STATUS-5), and was asked when it was accepted.
_ANY_TIME: Final = 2**62


class SqliteStatusStore(Closing):
    """As ``ports.StatusSource`` and ``ports.StatusStore``. Threads and processes may share it.

    Args:
        trust: under which the snapshots are verified, again whenever the list in force is another.
        post_quantum: whether a snapshot must have its second signature even where ``trust`` does not require any.
        recheck: seconds; see ``RECHECK``.

    Raises:
        UsageError: the file is not a status store.
        sqlite3.Error: it is damaged, or cannot be opened.
    """

    def __init__(self, path: Path, trust: TrustStore, *, post_quantum: bool = False, recheck: float = RECHECK) -> None:
        self._trust = trust
        self._post_quantum = post_quantum
        self._recheck = recheck
        self._check_at = monotonic()
        self._seen: tuple[int, VerifiedTrustList] | None = None  # what the two below were read from and verified under
        self._snapshots: dict[str, VerifiedSnapshot | None] = {}
        self._lists: dict[tuple[str, int], VerifiedStatusList] = {}
        self._database = Database(
            path,
            "status store",
            """
            CREATE TABLE snapshots (issuer TEXT PRIMARY KEY, message BLOB NOT NULL) STRICT;
            CREATE TABLE lists (
                issuer TEXT NOT NULL, number INTEGER NOT NULL, entries BLOB NOT NULL, PRIMARY KEY (issuer, number)
            ) STRICT
            """,
        )

    def find(self, issuer: str, number: int) -> VerifiedStatusList | None:
        """As ``ports.StatusSource``: None too where what is held is damaged, or no longer signed by a key that is trusted.

        Raises:
            sqlite3.Error: the database failed.
        """
        if monotonic() < self._check_at:
            held = self._lists.get((issuer, number))
            if held is not None:
                return held
        trust = self._trust.current()
        with self._database.read() as connection:
            self._forget_what_is_past(connection, trust)
            if issuer not in self._snapshots:
                self._snapshots[issuer] = self._verified(issuer, _message(connection, issuer), trust)
            snapshot = self._snapshots[issuer]
            if snapshot is None:
                return None
            held = self._lists.get((issuer, number))
            if held is None:
                held = _opened(snapshot, number, _entries(connection, issuer, number))
                if held is not None:
                    self._keep(held)
            return held

    def _forget_what_is_past(self, connection: sqlite3.Connection, trust: VerifiedTrustList) -> None:
        (version,) = connection.execute("PRAGMA data_version").fetchone()  # another one after another's commit
        if self._seen is None or self._seen[0] != version or self._seen[1] is not trust:
            self._snapshots, self._lists = {}, {}
            self._seen = (version, trust)
        self._check_at = monotonic() + self._recheck

    def _verified(self, issuer: str, message: bytes | None, trust: VerifiedTrustList) -> VerifiedSnapshot | None:
        if message is None:
            return None
        try:
            found = verify_snapshot(message, trust, _ANY_TIME, None, post_quantum=self._post_quantum)
        except InputError:
            return None
        return found if found.claims.iss == issuer else None

    def _keep(self, opened: VerifiedStatusList) -> None:
        while len(self._lists) >= OPEN_LISTS:
            del self._lists[next(iter(self._lists))]
        self._lists[opened.issuer, opened.number] = opened

    def snapshot(self, issuer: str) -> bytes | None:
        """As ``ports.StatusStore``."""
        with self._database.read() as connection:
            return _message(connection, issuer)

    def entries(self, issuer: str, number: int) -> bytes | None:
        """As ``ports.StatusStore``."""
        with self._database.read() as connection:
            return _entries(connection, issuer, number)

    def replace(
        self,
        issuer: str,
        held: bytes | None,
        snapshot: bytes,
        changed: Mapping[int, bytes],
        numbers: Collection[int],
    ) -> bool:
        """As ``ports.StatusStore``.

        Raises:
            sqlite3.Error: the database failed; nothing has changed.
        """
        rows = [(issuer, number, _deflated(entries)) for number, entries in changed.items()]
        with self._database.write() as connection:
            if _message(connection, issuer) != held:
                return False
            connection.execute("REPLACE INTO snapshots VALUES (?, ?)", (issuer, snapshot))
            of_before = connection.execute("SELECT number FROM lists WHERE issuer = ?", (issuer,)).fetchall()
            gone = [(issuer, number) for (number,) in of_before if number not in numbers]
            connection.executemany("DELETE FROM lists WHERE issuer = ? AND number = ?", gone)
            connection.executemany("REPLACE INTO lists VALUES (?, ?, ?)", rows)
            self._seen = None
            self._check_at = monotonic()
        return True


def _message(connection: sqlite3.Connection, issuer: str) -> bytes | None:
    return _blob(connection.execute("SELECT message FROM snapshots WHERE issuer = ?", (issuer,)).fetchone())


def _entries(connection: sqlite3.Connection, issuer: str, number: int) -> bytes | None:
    """The inflated list; None where there is none, or one that is damaged."""
    lists = connection.execute("SELECT entries FROM lists WHERE issuer = ? AND number = ?", (issuer, number))
    deflated = _blob(lists.fetchone())
    try:
        return None if deflated is None else inflate(deflated)
    except InputError:
        return None


def _blob(row: tuple[object] | None) -> bytes | None:
    """The one value of a row, which in a damaged file can be of any type."""
    return row[0] if row is not None and isinstance(row[0], bytes) else None


def _opened(snapshot: VerifiedSnapshot, number: int, entries: bytes | None) -> VerifiedStatusList | None:
    try:
        return None if entries is None else status_list_of(snapshot, number, entries)
    except InputError:
        return None


def _deflated(entries: bytes) -> bytes:
    """For the disk. Where nearly all is zero, run lengths alone give within a tenth of the best, in a hundredth of its time."""
    deflater = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return deflater.compress(entries) + deflater.flush()
