"""An issuer's applications: in memory, and in a file that several processes may open at once.

What the file holds of a number (NIR) is a pseudonym under the issuer's key, and the request, in which the number is sealed to
the issuer's HPKE key. The e-mail code is there as an HMAC. A copy of the file says neither.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any, Final

from vitaletoken.adapters.columns import blob, damaged, integer, integers, member, optional, text
from vitaletoken.adapters.database import Closing, Database
from vitaletoken.rules.application import LIFETIME, OPEN, Application, Revocation, State
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.mail_code import MailCode
from vitaletoken.wire.registry import EnrolmentMethod

Change = Callable[[tuple[Application, ...]], Iterable[Application]]
Require = Callable[[tuple[Application, ...]], None]

_OPEN: Final = ", ".join(f"'{state}'" for state in OPEN)
# What stays as it was when the application arrived, and what changes.
_FIXED: Final = ("id", "number", "request", "offer", "offer_digest", "requested")
_CHANGING: Final = (
    *("code", "code_sent", "code_tries", "mailed", "tried"),
    *("state", "confirmed", "method", "proofed", "reasons", "card", "revocation"),
)
_INSERT: Final = (
    f"INSERT INTO applications ({', '.join(_FIXED + _CHANGING)}) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' * len(_FIXED + _CHANGING))}) ON CONFLICT DO NOTHING"
)
_UPDATE: Final = f"UPDATE applications SET {', '.join(f'{name} = ?' for name in _CHANGING)} WHERE id = ?"  # noqa: S608


class MemoryApplications:
    """Applications in a dict: threads of one process, and what it knows ends with the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[bytes, Application] = {}

    def add(self, application: Application, require: Require | None = None) -> bool:
        """As ``ports.ApplicationStore``."""
        with self._lock:
            if any(held.offer_digest == application.offer_digest for held in self._held.values()):
                return False
            if require is not None:
                require(self._for(application.number))
            self._held[application.id] = application
            return True

    def find(self, application_id: bytes) -> Application | None:
        """As ``ports.ApplicationStore``."""
        with self._lock:
            return self._held.get(application_id)

    def change(self, number: bytes, change: Change) -> None:
        """As ``ports.ApplicationStore``."""
        with self._lock:
            changed = tuple(change(self._for(number)))
            self._held.update({application.id: application for application in changed})

    def due(self, now: int) -> tuple[Application, ...]:
        """As ``ports.ApplicationStore``."""
        with self._lock:
            return tuple(
                held
                for held in self._held.values()
                if held.revocation is Revocation.DUE or (held.state in OPEN and held.requested <= now - LIFETIME)
            )

    def _for(self, number: bytes) -> tuple[Application, ...]:
        return tuple(held for held in self._held.values() if held.number == number)


class SqliteApplications(Closing):
    """Applications in a file. Each change is one exclusive transaction: see ``adapters.sqlite``."""

    def __init__(self, path: Path) -> None:
        self._database = Database(
            path,
            "store of applications",
            """
            CREATE TABLE applications (
                id BLOB PRIMARY KEY, number BLOB NOT NULL, request BLOB NOT NULL, offer BLOB NOT NULL,
                requested INTEGER NOT NULL, code BLOB NOT NULL, code_sent INTEGER NOT NULL, code_tries INTEGER NOT NULL,
                mailed TEXT NOT NULL, tried TEXT NOT NULL,
                state TEXT NOT NULL, confirmed INTEGER, method INTEGER, proofed BLOB NOT NULL, reasons TEXT NOT NULL,
                card BLOB NOT NULL, revocation TEXT NOT NULL, offer_digest BLOB NOT NULL UNIQUE
            ) STRICT;
            CREATE INDEX applications_number ON applications (number);
            CREATE INDEX applications_state ON applications (state, requested);
            CREATE INDEX applications_revocation ON applications (revocation)
            """,
        )

    def add(self, application: Application, require: Require | None = None) -> bool:
        """As ``ports.ApplicationStore``.

        Raises:
            sqlite3.Error: the database failed; nothing was kept. So do the other methods.
        """
        with self._database.write() as connection:
            if _select(connection, "offer_digest = ?", application.offer_digest):
                return False
            if require is not None:
                require(_select(connection, "number = ?", application.number))
            return connection.execute(_INSERT, (*_fixed(application), *_changing(application))).rowcount == 1

    def find(self, application_id: bytes) -> Application | None:
        """As ``ports.ApplicationStore``."""
        with self._database.read() as connection:
            found = _select(connection, "id = ?", application_id)
        return found[0] if found else None

    def change(self, number: bytes, change: Change) -> None:
        """As ``ports.ApplicationStore``."""
        with self._database.write() as connection:
            for application in change(_select(connection, "number = ?", number)):
                connection.execute(_UPDATE, (*_changing(application), application.id))

    def due(self, now: int) -> tuple[Application, ...]:
        """As ``ports.ApplicationStore``."""
        with self._database.read() as connection:
            return (
                *_select(connection, "revocation = ?", Revocation.DUE.value),
                *_select(connection, f"state IN ({_OPEN}) AND requested <= ?", now - LIFETIME),
            )


def _select(connection: sqlite3.Connection, condition: str, value: bytes | int | str) -> tuple[Application, ...]:
    rows = connection.execute(
        f"SELECT {', '.join(_FIXED + _CHANGING)} FROM applications WHERE {condition} ORDER BY requested, id",  # noqa: S608
        (value,),
    )
    return tuple(_application(*row) for row in rows.fetchall())


def _fixed(application: Application) -> tuple[object, ...]:
    return (
        application.id,
        application.number,
        application.request,
        application.offer,
        application.offer_digest,
        application.requested,
    )


def _changing(application: Application) -> tuple[object, ...]:
    return (
        application.code.mac,
        application.code.sent,
        application.code.tries,
        " ".join(map(str, application.mailed)),
        " ".join(map(str, application.tried)),
        application.state.value,
        application.confirmed,
        application.method,
        application.proofed,
        " ".join(application.reasons),
        application.card,
        application.revocation.value,
    )


def _application(*row: Any) -> Application:
    """One row; ``sqlite3.DatabaseError`` where its messages are not those that were kept, or another column says nothing."""
    id_, number, request, offer, offer_digest, requested, *changing = row
    mac, sent, tries, mailed, tried, state, confirmed, method, proofed, reasons, card, revocation = changing
    found = Application(
        id=blob(id_),
        number=blob(number),
        request=blob(request),
        offer=blob(offer),
        requested=integer(requested),
        code=MailCode(blob(mac), integer(sent), integer(tries)),
        mailed=integers(mailed),
        tried=integers(tried),
        state=member(State, state),
        confirmed=optional(integer, confirmed),
        method=None if method is None else member(EnrolmentMethod, method),
        proofed=blob(proofed),
        reasons=tuple(member(Ineligibility, reason) for reason in text(reasons).split()),
        card=blob(card),
        revocation=member(Revocation, revocation),
    )
    if (hashlib.sha256(found.request).digest(), found.offer_digest) != (id_, offer_digest):
        raise damaged()
    return found
