"""One SQLite file as the stores use it: durable, exclusive, and of one kind.

Each change is one exclusive transaction with SQLite's rollback journal and ``synchronous=EXTRA``: when it returns, the file,
the journal and their directory have been synced, so that a success that was returned survives the loss of power, and a
process killed at any moment leaves the last commit. A database that is locked, read-only or full raises ``sqlite3.Error``,
untouched, and a disk that fails can raise ``OSError`` too: the role fails closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, Self

from vitaletoken.adapters.columns import damaged, decoded
from vitaletoken.adapters.files import sync_directory
from vitaletoken.errors import UsageError, raise_alone

#: Seconds to wait for another process's write before giving up.
LOCK_TIMEOUT: Final = 10.0


class Database:
    """One connection, used by one thread at a time; each change is one exclusive transaction.

    Args:
        kind: what the file is for; a file made for another purpose is refused.
        schema: SQL statements that make the tables of a new file.
        secure_delete: what is deleted is overwritten in the file.
        begin: looks at the file, or fills a new one, in the transaction that opens it; what it raises leaves the file as it was.

    Raises:
        UsageError: the file is no database, or one of another kind.
        sqlite3.Error, OSError: it cannot be opened or written.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        schema: str,
        *,
        secure_delete: bool = False,
        begin: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        self._lock = Lock()
        self._directory = path.absolute().parent
        self._is_settled = False
        if path.parent.is_dir() and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite itself would make it readable by all
        self._connection = sqlite3.connect(
            path.absolute(), timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        self._connection.text_factory = decoded
        try:
            self._connection.execute("PRAGMA synchronous=EXTRA")
            if secure_delete:
                self._connection.execute("PRAGMA secure_delete=ON")
            with self.write() as connection:
                self._require_kind(connection, kind, schema)
                if begin is not None:
                    begin(connection)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise UsageError("the file is not a database") from error
            raise
        except (UnicodeDecodeError, MemoryError):
            self._connection.close()
            raise_alone(damaged())
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
            found = connection.execute("SELECT name = ? FROM kind", (kind,)).fetchone()  # another's may be no text
        except sqlite3.OperationalError:
            found = None
        if found != (1,):
            raise UsageError(f"the file is a database, but not a vitaletoken {kind}")
        connection.execute("UPDATE kind SET name = name")  # a file that cannot be written is found out now, not later

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection inside one exclusive transaction: committed at the end, rolled back by what is raised."""
        return self._transaction("BEGIN IMMEDIATE")

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection, for statements that all see one state."""
        return self._transaction("BEGIN")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._settle()
            self._connection.execute(begin)
            try:
                yield self._connection
                self._is_settled = False
                self._connection.execute("COMMIT")
                self._is_settled = True
            except BaseException as error:
                if self._connection.in_transaction:  # a full disk makes SQLite roll back by itself
                    self._connection.execute("ROLLBACK")
                # SQLite says what is damaged, and quotes from it what is no text; or takes for a length what is none.
                if isinstance(error, (UnicodeDecodeError, MemoryError)):
                    raise_alone(damaged())
                raise

    def _settle(self) -> None:
        """Make durable what may have been committed and not synchronised: by who was killed, or in a commit that failed here.

        Else one that finds all done would write nothing, and say so before a power cut that undoes it.
        """
        if not self._is_settled:
            sync_directory(self._directory)  # the journal that was removed does not come back
            self._is_settled = True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Closing:
    """What all the stores share: they are closed, also as context managers."""

    _database: Database

    def close(self) -> None:
        """Close the database. Nothing is pending: each change was committed when it was made."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
