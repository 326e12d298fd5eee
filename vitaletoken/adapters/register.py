"""An issuer's register in an SQLite file that several processes may open at once (see ``database``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from vitaletoken.adapters.columns import blob, damaged, integer, member, optional, text, there
from vitaletoken.adapters.database import Closing, Database
from vitaletoken.adapters.memory_register import MemoryRegister
from vitaletoken.errors import UsageError
from vitaletoken.ports import RecordOutcome
from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedCredential, IssuedRenewal, is_in_force
from vitaletoken.rules.changes import published, require_allowed
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.registry import Status

__all__ = ["MemoryRegister", "SqliteRegister"]


class SqliteRegister(Closing):
    """An issuer's register in a file.

    The file holds the cards as they were handed out: names, and the numbers (NIR) of those that have a billing view. It is as
    confidential as the insurer's own records.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(
            path,
            "issuer register",
            """
            CREATE TABLE aliases (reference TEXT PRIMARY KEY, alias BLOB NOT NULL UNIQUE) STRICT;
            CREATE TABLE cards (
                cti BLOB PRIMARY KEY, origin BLOB NOT NULL UNIQUE, request_digest BLOB NOT NULL,
                list INTEGER NOT NULL, idx INTEGER NOT NULL, reference TEXT NOT NULL, commitment BLOB NOT NULL,
                made INTEGER NOT NULL, latest INTEGER, lender BLOB REFERENCES cards (cti), status INTEGER NOT NULL DEFAULT 0,
                UNIQUE (list, idx)
            ) STRICT;
            CREATE INDEX cards_lender ON cards (lender) WHERE lender IS NOT NULL;
            CREATE TABLE renewals (
                number INTEGER PRIMARY KEY, card BLOB NOT NULL REFERENCES cards (cti), digest BLOB NOT NULL,
                at INTEGER NOT NULL, changes_code INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX renewals_card ON renewals (card);
            CREATE TABLE credentials (
                number INTEGER PRIMARY KEY, card BLOB NOT NULL REFERENCES cards (cti),
                renewal INTEGER REFERENCES renewals (number), cti BLOB NOT NULL, digest BLOB NOT NULL UNIQUE,
                data BLOB NOT NULL
            ) STRICT;
            CREATE INDEX credentials_card ON credentials (card, renewal);
            CREATE INDEX credentials_cti ON credentials (cti)
            """,
        )

    def alias(self, reference: str, fresh: bytes) -> bytes | None:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            connection.execute("INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING", (reference, fresh))
            row = connection.execute("SELECT alias FROM aliases WHERE reference = ?", (reference,)).fetchone()
            return None if row is None else blob(row[0], len(fresh))

    def record(self, card: IssuedCard, lent_before: int = 0) -> RecordOutcome:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:  # holds the write lock, so that looking and recording are one step
            if connection.execute("SELECT 1 FROM cards WHERE origin = ?", (card.origin,)).fetchone():
                return RecordOutcome.ANSWERED
            if card.lender is not None and (
                not _is_in_force(connection, card.lender) or len(_lent(connection, card.lender)) != lent_before
            ):
                return RecordOutcome.LENDER_CHANGED
            if _is_taken(connection, card.credentials):
                return RecordOutcome.INDEX_TAKEN
            inserted = connection.execute(
                "INSERT INTO cards (cti, origin, request_digest, list, idx, reference, commitment, made, latest, lender) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    card.cti,
                    card.origin,
                    card.request_digest,
                    *card.status,
                    card.reference,
                    card.commitment,
                    card.made,
                    card.end,
                    card.lender,
                ),
            ).rowcount
            if not inserted:
                return RecordOutcome.INDEX_TAKEN
            _keep(connection, card.cti, None, card.credentials)
        return RecordOutcome.RECORDED

    def answer_to(self, origin: bytes) -> IssuedCard | None:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            row = connection.execute("SELECT cti FROM cards WHERE origin = ?", (origin,)).fetchone()
            return None if row is None else _held(connection, blob(row[0])).card

    def find(self, digest: bytes) -> HeldCard | None:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            row = connection.execute("SELECT card FROM credentials WHERE digest = ?", (digest,)).fetchone()
            return None if row is None else _held(connection, blob(row[0]))

    def find_cti(self, cti: bytes) -> HeldCard | None:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            card = _card(connection, cti)
            return None if card is None else _held(connection, card)

    def lent_from(self, cti: bytes) -> tuple[bytes, ...]:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT cti FROM cards WHERE lender = (SELECT card FROM credentials WHERE cti = ? LIMIT 1) ORDER BY rowid",
                (cti,),
            ).fetchall()
            return tuple(blob(lent) for (lent,) in rows)

    def renew(self, cti: bytes, renewal: IssuedRenewal, earlier: int) -> bool:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            card = _card(connection, cti)
            if card is None or not _is_in_force(connection, card):
                return False
            (had,) = connection.execute("SELECT count(*) FROM renewals WHERE card = ?", (card,)).fetchone()
            if had != earlier or _is_taken(connection, renewal.credentials):
                return False
            number = connection.execute(
                "INSERT INTO renewals (card, digest, at, changes_code) VALUES (?, ?, ?, ?)",
                (card, renewal.digest, renewal.at, renewal.changes_code),
            ).lastrowid
            _keep(connection, card, number, renewal.credentials)
        return True

    def set_statuses(self, statuses: Mapping[bytes, Status], *, lend_anew: bool = False) -> None:
        """As ``ports.IssuerRegister``."""
        with self._database.write() as connection:
            for cti, status in statuses.items():
                card = _card(connection, cti)
                if card is None:
                    raise UsageError("no card of that id was issued here")
                require_allowed(_statuses(connection, card)[0], status, lend_anew=lend_anew)
                connection.execute("UPDATE cards SET status = ? WHERE cti = ?", (status.value, card))

    def statuses(self, number: int) -> Mapping[int, Status]:
        """As ``ports.IssuerRegister``."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT cards.idx, cards.status, lenders.status FROM cards LEFT JOIN cards AS lenders "
                "ON lenders.cti = cards.lender WHERE cards.list = ? AND (cards.status <> 0 OR lenders.status <> 0)",
                (number,),
            ).fetchall()
            return {integer(idx): published(*_both(own, lender)) for idx, own, lender in rows}


def _card(connection: sqlite3.Connection, cti: bytes) -> bytes | None:
    """The card's own cti."""
    row = connection.execute("SELECT card FROM credentials WHERE cti = ?", (cti,)).fetchone()
    return None if row is None else blob(row[0])


def _statuses(connection: sqlite3.Connection, card: bytes) -> tuple[Status, Status | None]:
    """The card's own, and that of the card that it was lent from."""
    row = connection.execute(
        "SELECT cards.status, lenders.status FROM cards LEFT JOIN cards AS lenders ON lenders.cti = cards.lender "
        "WHERE cards.cti = ?",
        (card,),
    ).fetchone()
    return _both(*there(row))


def _both(own: object, lender: object) -> tuple[Status, Status | None]:
    return member(Status, own), None if lender is None else member(Status, lender)


def _is_in_force(connection: sqlite3.Connection, cti: bytes) -> bool:
    card = _card(connection, cti)
    return card is not None and is_in_force(published(*_statuses(connection, card)))


def _is_taken(connection: sqlite3.Connection, credentials: Iterable[IssuedCredential]) -> bool:
    return any(_card(connection, credential.cti) is not None for credential in credentials)


def _keep(
    connection: sqlite3.Connection, card: bytes, renewal: int | None, credentials: Iterable[IssuedCredential]
) -> None:
    connection.executemany(
        "INSERT INTO credentials (card, renewal, cti, digest, data) VALUES (?, ?, ?, ?, ?)",
        [(card, renewal, each.cti, each.digest, each.data) for each in credentials],
    )


def _lent(connection: sqlite3.Connection, card: bytes) -> tuple[int, ...]:
    """When each card was made that was lent from that one."""
    rows = connection.execute("SELECT made FROM cards WHERE lender = ? ORDER BY rowid", (card,)).fetchall()
    return tuple(integer(made) for (made,) in rows)


def _held(connection: sqlite3.Connection, card: bytes) -> HeldCard:
    row = connection.execute(
        "SELECT origin, request_digest, list, idx, reference, commitment, made, latest, lender FROM cards WHERE cti = ?",
        (card,),
    ).fetchone()
    origin, request_digest, number, idx, reference, commitment, made, end, lender = there(row)
    credentials: dict[object, list[IssuedCredential]] = {}
    for renewal, cti, digest, data in connection.execute(
        "SELECT renewal, cti, digest, data FROM credentials WHERE card = ? ORDER BY number", (card,)
    ).fetchall():
        found = IssuedCredential(blob(cti), blob(data))
        if found.digest != digest:  # else a phone's message would be refused for what happened to this file
            raise damaged()
        credentials.setdefault(renewal, []).append(found)
    renewals = connection.execute(
        "SELECT number, digest, at, changes_code FROM renewals WHERE card = ? ORDER BY number", (card,)
    ).fetchall()
    if credentials.keys() != {None, *(each[0] for each in renewals)}:
        raise damaged()
    return HeldCard(
        card=IssuedCard(
            origin=blob(origin),
            request_digest=blob(request_digest),
            status=StatusRef(integer(number), integer(idx)),
            reference=text(reference),
            made=integer(made),
            credentials=tuple(credentials[None]),
            commitment=blob(commitment),
            end=optional(integer, end),
            lender=optional(blob, lender),
        ),
        status=published(*_statuses(connection, card)),
        renewals=tuple(
            IssuedRenewal(blob(digest), integer(at), tuple(credentials[n]), integer(changes) == 1)
            for n, digest, at, changes in renewals
        ),
        lent=_lent(connection, card),
    )
