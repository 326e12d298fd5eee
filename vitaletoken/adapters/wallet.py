"""A phone's wallet in one file: SQLite, each row encrypted under a key that only this device can make.

The key is made by the device key's PRF over the file's salt, not from the personal code: the wallet opens without it. Each row
is authenticated with its place (kind, id) and the generation in which it was written; a head row says of which generation each
of the others is. A row that was exchanged, put back to an earlier state, taken away or added is found out as soon as the
wallet is read. The file as a whole, put back to an earlier state, is not: that takes a counter in hardware.

What is not encrypted: that it is a wallet, how many rows it has of which kind, their lengths, how often it was changed, and
their ids, which are digests or drawn at random and say something only to who knows what they are of.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from vitaletoken.adapters.database import Closing, Database
from vitaletoken.adapters.wallet_rows import Place, rows_of, wallet_of
from vitaletoken.crypto.rows import NONCE_SIZE, SALT_SIZE, BrokenRow, RowCipher
from vitaletoken.errors import NotInForm, UsageError, raise_alone
from vitaletoken.ports import DeviceKey, Entropy
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f

_HEAD: Final = Place(0, b"")
_MAX_HEAD: Final = 65_536
_MAX_ROWS: Final = 1000
#: What SQLite says of a file in which something is not as it wrote it: the statements here are fixed, so that an error in one
#: of them is the schema's.
_DAMAGED: Final = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_TOOBIG,
)

# {1: [[kind, id, generation], ...]}, of all rows but this one, in their order
_head_of: Final = f.closed(
    lambda rows: {Place(kind, id_): generation for kind, id_, generation in rows},
    {
        1: f.array_of(
            0,
            _MAX_ROWS,
            f.fixed(lambda *row: row, f.integer(1, 255), f.binary(0, 64), f.integer(1, 2**63 - 1)),
        )
    },
)


class _Content(NamedTuple):
    """What the file holds: the generation of the last change, that of each row, the rows, and the wallet that they are."""

    generation: int
    generations: dict[Place, int]
    rows: dict[Place, bytes]
    wallet: Wallet

    def __repr__(self) -> str:
        return f"_Content(generation={self.generation})"  # the rows are the cards, opened


class SqliteWallet(Closing):
    """A ``HolderStore`` in the file ``path``, which several processes may have open at once.

    Opening reads all of it. The device's PRF is asked once.

    Args:
        path: a new file is made where there is none.
        device_key: the one that the file was made with.

    Raises:
        UsageError: the file is not a wallet, or another device's, or damaged. It is as it was before.
        sqlite3.Error: it cannot be opened or written.
    """

    def __init__(self, path: Path, device_key: DeviceKey, entropy: Entropy) -> None:
        self._path: Final = path
        self._entropy: Final = entropy

        def begin(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT salt, device FROM file").fetchone()
            self._salt = entropy.random(SALT_SIZE) if row is None else _as_bytes(row[0])
            self._cipher = RowCipher(device_key.prf, self._salt)
            if row is None:
                connection.execute("INSERT INTO file VALUES (?, ?)", (self._salt, self._cipher.check))
            elif not hmac.compare_digest(_as_bytes(row[1]), self._cipher.check):
                raise UsageError("the wallet was made with another device key, or is damaged")
            self._read(connection)

        with _typed():
            self._database = Database(
                path,
                "wallet",
                """
                CREATE TABLE file (salt BLOB NOT NULL, device BLOB NOT NULL) STRICT;
                CREATE TABLE entries (
                    kind INTEGER NOT NULL, id BLOB NOT NULL, generation INTEGER NOT NULL, nonce BLOB NOT NULL,
                    sealed BLOB NOT NULL, PRIMARY KEY (kind, id)
                ) STRICT, WITHOUT ROWID
                """,
                secure_delete=True,
                begin=begin,
            )

    def load(self) -> Wallet:
        """The wallet last written.

        Raises:
            UsageError: the file is damaged.
        """
        with self._database.read() as connection:
            return self._read(connection).wallet

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        """As ``ports.HolderStore``.

        Raises:
            UsageError: the file is damaged, or full; nothing was written.
            sqlite3.Error: the database failed; the wallet is as it was.
        """
        with self._database.write() as connection:
            before = self._read(connection)
            wallet = change(before.wallet)
            self._write(connection, before, rows_of(wallet))
        return wallet

    def erase(self) -> None:
        """Delete all there is, overwrite it in the file, and delete the file. The store is closed then.

        What a flash disk keeps of it in worn cells is encrypted, and its key cannot be made any more without the salt; the device
        key should be deleted too where nothing else needs it. Other processes that have the file open lose the wallet.

        Raises:
            sqlite3.Error: the database failed; the wallet is as it was.
        """
        with self._database.write() as connection:
            connection.execute("DELETE FROM entries")
            connection.execute("DELETE FROM file")
        self.close()
        self._path.unlink()
        directory = os.open(self._path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _read(self, connection: sqlite3.Connection) -> _Content:
        """All there is. Raises ``UsageError`` for what is damaged."""
        with _typed():
            return self._content(connection)

    def _content(self, connection: sqlite3.Connection) -> _Content:
        if connection.execute("SELECT salt FROM file").fetchall() != [(self._salt,)]:
            raise UsageError("the wallet was erased while it was open")
        found: dict[Place, tuple[int, bytes, bytes]] = {}
        for kind, id_, generation, nonce, sealed in connection.execute("SELECT * FROM entries").fetchall():
            if type(kind) is not int or type(generation) is not int:
                raise NotInForm("not an integer")
            found[Place(kind, _as_bytes(id_))] = (generation, _as_bytes(nonce), _as_bytes(sealed))
        if not found:
            return _Content(0, {}, {}, Wallet())
        if _HEAD not in found:
            raise NotInForm("no head")
        generation = found[_HEAD][0]
        generations = _head_of(cbor.decode(self._open(_HEAD, *found.pop(_HEAD)), _MAX_HEAD))
        if {place: row[0] for place, row in found.items()} != generations:
            raise NotInForm("a row is not of the generation that the head says")
        rows = {place: self._open(place, *found[place]) for place in generations}
        return _Content(generation, generations, rows, wallet_of(rows))

    def _write(self, connection: sqlite3.Connection, before: _Content, rows: dict[Place, bytes]) -> None:
        """The rows that are others than before, under the next generation, and the head."""
        if list(rows.items()) == list(before.rows.items()):
            return
        if len(rows) > _MAX_ROWS:
            raise UsageError("the wallet is full: delete what is not needed any more")
        generation = before.generation + 1
        changed = {place: content for place, content in rows.items() if before.rows.get(place) != content}
        generations = {place: generation if place in changed else before.generations[place] for place in rows}
        head = cbor.encode({1: [[*place, of] for place, of in generations.items()]})
        connection.executemany("DELETE FROM entries WHERE kind = ? AND id = ?", before.rows.keys() - rows.keys())
        for place, content in {_HEAD: head, **changed}.items():
            nonce = self._entropy.random(NONCE_SIZE)
            sealed = self._cipher.seal(content, nonce, _bound_to(place, generation))
            connection.execute("REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", (*place, generation, nonce, sealed))

    def _open(self, place: Place, generation: int, nonce: bytes, sealed: bytes) -> bytes:
        return self._cipher.open(sealed, nonce, _bound_to(place, generation))


def _bound_to(place: Place, generation: int) -> bytes:
    """What a row is authenticated with."""
    return cbor.encode([*place, generation])


def _as_bytes(value: object) -> bytes:
    """SQLite gives back whatever type a damaged row says."""
    if type(value) is not bytes:
        raise NotInForm("not a BLOB")
    return value


@contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except (BrokenRow, NotInForm, UnicodeDecodeError):
        raise_alone(UsageError("the wallet is damaged"))
    except sqlite3.ProgrammingError:  # used after it was closed
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)  # none where it is ``damaged`` that says it
        if code is None or code & 0xFF in _DAMAGED:
            raise UsageError("the wallet is damaged") from error
        raise
