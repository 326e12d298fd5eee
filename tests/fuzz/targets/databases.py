"""Databases that are opened again, and somebody may have changed them: as files of any bytes, and as tables of any rows.

For rows, a store is opened on a file whose tables have the right names and columns, and neither types nor constraints, for in a
damaged file those hold nothing. An input is CBOR [scene, row, ...], each row a bstr with CBOR [number of the table, value, ...].

Everything a store can be asked is asked of each input. Damage is what SQLite raises, or ``UsageError``; and an operation that
raises has changed nothing.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import cbor2

from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Run, Shape, Target
from tests.fuzz.targets.scratch import here
from vitaletoken.adapters.database import Closing
from vitaletoken.errors import UsageError

Key = bytes | str
Ask = Callable[[], object]


@dataclass(frozen=True)
class Kind:
    """One store.

    Attributes:
        open: a file that may be there.
        fill: what it holds in the seeds.
        asks: all that can be asked of it about these keys; texts and short byte strings that stand in its rows.
        methods: that read what is stored.
    """

    name: str
    open: Callable[[Path], Any]
    fill: Callable[[Any], None]
    asks: Callable[[Any, list[Key]], Iterable[Ask]]
    methods: tuple[Callable[..., object], ...]


#: Of the keys in the rows, so many are asked for at most, from all tables; and they are no longer than this.
_KEYS: Final = 8
_LONGEST: Final = 64
_DAMAGED: Final = (UsageError, sqlite3.Error)


# --- files of any bytes


@cache
def _genuine(kind: Kind, process: int) -> bytes:
    """The file, in small pages, so that most of its bytes say something."""
    path = here() / f"genuine {kind.name}.db"
    with kind.open(path) as store:
        kind.fill(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.execute("VACUUM")
    return path.read_bytes()


@cache
def _genuine_rows(kind: Kind, process: int) -> tuple[tuple[int, ...], ...]:
    """Number of the table and values of each."""
    path = here() / f"genuine {kind.name}.db"
    _genuine(kind, process)
    with closing(sqlite3.connect(path)) as connection:
        return tuple(
            (number, *row)
            for number, (table, _) in enumerate(_tables(connection))
            for row in connection.execute(f"SELECT * FROM {table}")
        )


def _file(kind: Kind, data: bytes) -> None:
    path = here() / f"{kind.name}.db"
    for left in here().glob(f"{path.name}*"):
        left.unlink()
    path.write_bytes(data)
    with kind.open(path) as store:
        _ask(kind.asks(store, _keys_in(_genuine_rows(kind, os.getpid()))))


def _ask(asks: Iterable[Ask], watch: sqlite3.Connection | None = None) -> None:
    """All of them, also after one has failed; then the failure."""
    failed: Exception | None = None
    for ask in asks:
        before = watch and _version(watch)
        try:
            ask()
        except _DAMAGED as error:
            failed = error
            assert before == (watch and _version(watch)), "it failed, and has changed something"
    if failed is not None:
        raise failed


def _version(watch: sqlite3.Connection) -> object:
    """Another one after each commit of somebody else."""
    return watch.execute("PRAGMA data_version").fetchone()


def _keys_in(rows: Iterable[Iterable[object]]) -> list[Key]:
    values = [value for row in rows for value in row if isinstance(value, (bytes, str)) and len(value) <= _LONGEST]
    distinct = list(dict.fromkeys(values))
    return distinct[:: 1 + len(distinct) // _KEYS]


# --- tables of any rows


class _Bench:
    """A store whose tables take anything."""

    def __init__(self, kind: Kind) -> None:
        path = here() / f"rows of {kind.name}.db"
        with kind.open(path):  # closed again: SQLite is to read the tables anew
            pass
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        self.tables = _tables(self._connection)
        for table, columns in self.tables:
            self._connection.execute(f"DROP TABLE {table}")
            self._connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        self._store: Closing = kind.open(path)
        self._kind = kind

    def meet(self, rows: list[list[Any]]) -> None:
        """Ask everything of the store while it holds these rows and no others."""
        try:
            self._connection.execute("BEGIN")
            for table, _ in self.tables:
                self._connection.execute(f"DELETE FROM {table}")
            for row in rows:
                table, columns = self.tables[row[0] % len(self.tables)]
                values = (*row[1:], *itertools.repeat(None, len(columns)))[: len(columns)]
                holes = ", ".join("?" * len(columns))
                self._connection.execute(f"INSERT INTO {table} VALUES ({holes})", values)
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError, UnicodeEncodeError):  # no values of a database
            self._connection.execute("ROLLBACK")
            raise NotAnInput from None
        _ask(self._kind.asks(self._store, _keys_in(rows)), self._connection)


@cache
def _bench(kind: Kind, process: int) -> _Bench:
    return _Bench(kind)


def _tables(connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """Their names, and the columns as they have to stand: a number that SQLite gives by itself is nothing else."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'kind' ORDER BY rowid")
    return [
        (
            name,
            [
                f"{column} INTEGER PRIMARY KEY" if is_key and kind == "INTEGER" else column
                for _, column, kind, _, _, is_key in connection.execute(f"PRAGMA table_info({name})").fetchall()
            ],
        )
        for (name,) in names.fetchall()
    ]


def _rows(kind: Kind, data: bytes) -> None:
    _, parts = envelope.unpack(data, 1)
    _bench(kind, os.getpid()).meet([_row(part) for part in parts])


def _row(part: envelope.Part) -> list[Any]:
    try:
        row = envelope.strictly(part) if isinstance(part, bytes) else None
    except Exception:  # noqa: BLE001  # whatever the decoder says of bytes that are no row
        raise NotAnInput from None
    if not isinstance(row, list) or not row or type(row[0]) is not int:
        raise NotAnInput
    return row


def _row_seeds(kind: Kind) -> list[bytes]:
    """All the rows, and those of single tables left out."""
    rows = _genuine_rows(kind, os.getpid())
    numbers = {row[0] for row in rows}
    chosen = [rows, *([row for row in rows if row[0] != left] for left in numbers if len(numbers) > 1)]
    return [envelope.pack(0, [cbor2.dumps(list(row)) for row in each]) for each in chosen]


def targets_of(kind: Kind) -> Iterator[Target]:
    """Two: its file, and its rows."""

    def target(name: str, run: Run, seeds: Callable[[], list[bytes]], size: int, shape: Shape) -> Target:
        return Target(name, run, seeds, size, covers=kind.methods, shape=shape, allowed=_DAMAGED, weight=0.5)

    yield target(f"file-{kind.name}", partial(_file, kind), lambda: [_genuine(kind, os.getpid())], 65_536, Shape.RAW)
    yield target(f"rows-{kind.name}", partial(_rows, kind), lambda: _row_seeds(kind), 16_384, Shape.PARTS)
