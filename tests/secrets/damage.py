"""Files in which a text is none any more, or a value one that nobody wrote, when they are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.secrets.recorder import FAMILY, REFERENCE, Story
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.rules.card_record import IssuedCard, IssuedCredential
from vitaletoken.wire.credential import StatusRef

#: What stands in a column then: the first is no UTF-8, the second a value of no kind that is kept.
DAMAGE = (REFERENCE.encode() + b"\xff", FAMILY.encode())


def applications(story: Story, path: Path, id_: bytes) -> None:
    """In each column that is a text."""
    for column in ("state", "mailed", "tried", "reasons", "revocation"):
        for content in DAMAGE:
            _change(path, f"UPDATE applications SET {column} = CAST(? AS TEXT) WHERE id = ?", content, id_)
            with SqliteApplications(path) as store:
                story.fails(store.find, id_)
            before = {"state": "issued", "revocation": "none"}.get(column, "")
            _change(path, f"UPDATE applications SET {column} = ? WHERE id = ?", before, id_)


def register(story: Story, path: Path) -> None:
    """The insurer's own name for a person."""
    digest = bytes(32)
    card = IssuedCard(
        digest, digest, StatusRef(0, 1), REFERENCE, 0, (IssuedCredential(bytes(8), bytes(8)),), digest, None, None
    )
    with SqliteRegister(path) as store:
        store.record(card)
        _change(path, "UPDATE cards SET reference = CAST(? AS TEXT)", DAMAGE[0])
        asks: tuple[Callable[[], object], ...] = (
            lambda: store.answer_to(card.origin),
            lambda: store.find(card.credentials[0].digest),
            lambda: store.find_cti(card.cti),
        )
        for ask in asks:
            story.fails(ask)
    _change(path, "UPDATE kind SET name = CAST(? AS TEXT)", DAMAGE[0])
    story.fails(SqliteRegister, path)


def wallet(story: Story, store: SqliteWallet, path: Path) -> None:
    """A byte of a row; and after the wallet was erased."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT kind, id, sealed FROM entries").fetchall()
    kind, id_, sealed = max(rows, key=lambda row: len(row[2]))
    _change(
        path,
        "UPDATE entries SET sealed = ? WHERE kind = ? AND id = ?",
        sealed[:-1] + bytes([sealed[-1] ^ 1]),
        kind,
        id_,
    )
    story.fails(store.load)
    story.fails(store.update, lambda wallet: wallet)
    store.close()
    story.fails(store.load)


def _change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)
