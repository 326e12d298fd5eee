"""Stores in SQLite: replay keys, a phone's state, an issuer's register.

Each is one file that several processes may open at once. Each change is one exclusive transaction with SQLite's rollback
journal and ``synchronous=EXTRA``: when it returns, the file, the journal and their directory have been synced, so that a
success that was returned survives the loss of power, and a process killed at any moment leaves the last commit. A database
that is locked, read-only or full raises ``sqlite3.Error``, untouched: the role fails closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, Self

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import UsageError
from vitaletoken.ports import HolderState, IssuedCard, RecordOutcome
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.wire.registry import Status

#: Seconds to wait for another process's write before giving up.
LOCK_TIMEOUT: Final = 10.0
REPLAY_CAPACITY: Final = 1_000_000
# Keys of the past are dropped a few at a time, so that no insert pays for thousands.
_DROP_AT_ONCE: Final = 64


class _Database:
    """One connection, used by one thread at a time; each change is one exclusive transaction."""

    def __init__(self, path: Path, kind: str, schema: str) -> None:
        self._lock = Lock()
        if path.parent.is_dir() and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite itself would make it readable by all
        self._connection = sqlite3.connect(
            path.absolute(), timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA synchronous=EXTRA")
            with self.write() as connection:
                self._require_kind(connection, kind, schema)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
                raise UsageError("the file is not a database") from error
            raise
        except BaseException:
            self._connection.close()
            raise

    @staticmethod
    def _require_kind(connection: sqlite3.Connection, kind: str, schema: str) -> None:
        """A file made for another purpose is not ours to write into."""
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not tables:
            connection.execute("CREATE TABLE kind (name TEXT NOT NULL) STRICT")
            connection.execute("INSERT INTO kind VALUES (?)", (kind,))
            for statement in filter(str.strip, schema.split(";")):
                connection.execute(statement)
            return
        try:
            found = connection.execute("SELECT name FROM kind").fetchone()
        except sqlite3.OperationalError:
            found = None
        if found != (kind,):
            raise UsageError(f"the file is a database, but not a vitaletoken {kind}")
        connection.execute("UPDATE kind SET name = name")  # a file that cannot be written is found out now, not later

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk makes SQLite roll back by itself
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection

    def close(self) -> None:
        self._connection.close()


class _Closing:
    """What all the stores share: they are closed, also as context managers."""

    _database: _Database

    def close(self) -> None:
        """Close the database. Nothing is pending: each change was committed when it was made."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SqliteReplayStore(_Closing):
    """Replay keys in a file that the processes of one practice share.

    Args:
        capacity: keys held at once; when it is reached and none is of the past, ``insert`` says so.
    """

    def __init__(self, path: Path, *, capacity: int = REPLAY_CAPACITY) -> None:
        self._capacity = capacity
        self._database = _Database(
            path,
            "replay store",
            """
            CREATE TABLE seen (key BLOB PRIMARY KEY, session TEXT NOT NULL, keep_until INTEGER NOT NULL)
                STRICT, WITHOUT ROWID;
            CREATE INDEX seen_keep_until ON seen (keep_until);
            CREATE TABLE held (keys INTEGER NOT NULL, given_up INTEGER NOT NULL) STRICT;
            INSERT INTO held VALUES (0, 0)
            """,
        )

    def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
        """As ``ports.ReplayStore``.

        Raises:
            sqlite3.Error: the database failed; nothing was inserted.
        """
        with self._database.write() as connection:  # holds the write lock, so that looking and inserting are one step
            held = connection.execute("SELECT session, keep_until FROM seen WHERE key = ?", (key,)).fetchone()
            if held is not None and now < held[1]:
                if held[0] != session:
                    return ReplayOutcome.OTHER_SESSION
                if held[1] < keep_until:
                    connection.execute("UPDATE seen SET keep_until = ? WHERE key = ?", (keep_until, key))
                return ReplayOutcome.SAME_SESSION
            if keep_until <= connection.execute("SELECT given_up FROM held").fetchone()[0]:  # REPLAY-4
                return ReplayOutcome.OTHER_SESSION
            ends = connection.execute(
                "DELETE FROM seen WHERE key = ? OR key IN (SELECT key FROM seen WHERE keep_until <= ? LIMIT ?) "
                "RETURNING keep_until",
                (key, now, _DROP_AT_ONCE),
            ).fetchall()
            (keys,) = connection.execute(
                "UPDATE held SET keys = keys - ?, given_up = max(given_up, ?) RETURNING keys",
                (len(ends), max((end for (end,) in ends), default=0)),
            ).fetchone()
            if keys >= self._capacity:
                return ReplayOutcome.FULL
            connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (key, session, keep_until))
            connection.execute("UPDATE held SET keys = keys + 1")
        return ReplayOutcome.FIRST


class SqliteHolderStore(_Closing):
    """A phone's state in a file: one row, replaced as a whole.

    The file holds the card in clear and nothing from which the personal code could be tried without the device key.
    """

    def __init__(self, path: Path) -> None:
        self._database = _Database(
            path,
            "phone",
            """
            CREATE TABLE state (
                one INTEGER PRIMARY KEY CHECK (one = 1),
                salt BLOB NOT NULL, profile TEXT NOT NULL, code_key BLOB NOT NULL,
                request BLOB NOT NULL, credential BLOB NOT NULL, presentations INTEGER NOT NULL,
                failed INTEGER NOT NULL, last_try INTEGER NOT NULL
            ) STRICT
            """,
        )

    def load(self) -> HolderState:
        """The state last written."""
        with self._database.read() as connection:
            return self._read(connection)

    def update(self, change: Callable[[HolderState], HolderState]) -> HolderState:
        """As ``ports.HolderStore``.

        Raises:
            sqlite3.Error: the database failed; the state is as it was.
        """
        with self._database.write() as connection:
            state = change(self._read(connection))
            tries = state.tries
            connection.execute(
                "REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    state.salt,
                    state.profile.name,
                    state.code_key,
                    state.request,
                    state.credential,
                    state.presentations,
                    tries.failed,
                    tries.last_try,
                ),
            )
        return state

    @staticmethod
    def _read(connection: sqlite3.Connection) -> HolderState:
        row = connection.execute("SELECT * FROM state").fetchone()
        if row is None:
            return HolderState()
        _, salt, profile, code_key, request, credential, presentations, *tries = row
        counter = CodeCounter(*tries)
        return HolderState(salt, Argon2Profile[profile], code_key, request, credential, presentations, counter)


class SqliteRegister(_Closing):
    """An issuer's register in a file."""

    def __init__(self, path: Path) -> None:
        self._database = _Database(
            path,
            "issuer register",
            """
            CREATE TABLE aliases (reference TEXT PRIMARY KEY, alias BLOB NOT NULL UNIQUE) STRICT;
            CREATE TABLE cards (
                cti BLOB PRIMARY KEY, offer_digest BLOB NOT NULL UNIQUE, list INTEGER NOT NULL, idx INTEGER NOT NULL,
                reference TEXT NOT NULL, exp INTEGER NOT NULL, status INTEGER NOT NULL DEFAULT 0,
                UNIQUE (list, idx)
            ) STRICT
            """,
        )

    def alias(self, reference: str, fresh: bytes) -> bytes | None:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            connection.execute("INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING", (reference, fresh))
            row = connection.execute("SELECT alias FROM aliases WHERE reference = ?", (reference,)).fetchone()
        return row and bytes(row[0])

    def record(self, card: IssuedCard) -> RecordOutcome:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            if connection.execute("SELECT 1 FROM cards WHERE offer_digest = ?", (card.offer_digest,)).fetchone():
                return RecordOutcome.OFFER_ANSWERED
            inserted = connection.execute(
                "INSERT INTO cards (cti, offer_digest, list, idx, reference, exp) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (card.cti, card.offer_digest, card.status.list, card.status.idx, card.reference, card.exp),
            ).rowcount
        return RecordOutcome.RECORDED if inserted else RecordOutcome.INDEX_TAKEN

    def set_status(self, cti: bytes, status: Status) -> None:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            row = connection.execute("SELECT status FROM cards WHERE cti = ?", (cti,)).fetchone()
            if row is None:
                raise UsageError("no card of that id was issued here")
            if row[0] == Status.REVOKED and status is not Status.REVOKED:
                raise UsageError("a revoked card stays revoked")
            connection.execute("UPDATE cards SET status = ? WHERE cti = ?", (status.value, cti))

    def statuses(self, number: int) -> Mapping[int, Status]:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT idx, status FROM cards WHERE list = ? AND status <> 0", (number,))
            return {idx: Status(status) for idx, status in rows}
