"""Stores in SQLite: replay keys, open challenges. A phone's wallet is in ``wallet``, an issuer's register in ``register``.

Each is one file that several processes may open at once; ``database`` says what can be relied on.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from vitaletoken.adapters.columns import blob, integer, optional, text, there
from vitaletoken.adapters.database import Closing, Database
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome

REPLAY_CAPACITY: Final = 1_000_000
# Keys of the past are dropped a few at a time, so that no insert pays for thousands.
_DROP_AT_ONCE: Final = 64


class SqliteReplayStore(Closing):
    """Replay keys in a file that the processes of one practice share.

    Args:
        capacity: keys held at once; when it is reached and none is of the past, ``insert`` says so.
    """

    def __init__(self, path: Path, *, capacity: int = REPLAY_CAPACITY) -> None:
        self._capacity = capacity
        self._database = Database(
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
            if held is not None and now < (until := integer(held[1])):
                if text(held[0]) != session:
                    return ReplayOutcome.OTHER_SESSION
                if until < keep_until:
                    connection.execute("UPDATE seen SET keep_until = ? WHERE key = ?", (keep_until, key))
                return ReplayOutcome.SAME_SESSION
            if keep_until <= integer(*there(connection.execute("SELECT given_up FROM held").fetchone())):  # REPLAY-4
                return ReplayOutcome.OTHER_SESSION
            ends = connection.execute(
                "DELETE FROM seen WHERE key = ? OR key IN (SELECT key FROM seen WHERE keep_until <= ? LIMIT ?) "
                "RETURNING keep_until",
                (key, now, _DROP_AT_ONCE),
            ).fetchall()
            (keys,) = connection.execute(
                "UPDATE held SET keys = keys - ?, given_up = max(given_up, ?) RETURNING keys",
                (len(ends), max((integer(end) for (end,) in ends), default=0)),
            ).fetchone()
            if integer(keys) >= self._capacity:
                return ReplayOutcome.FULL
            connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (key, session, keep_until))
            connection.execute("UPDATE held SET keys = keys + 1")
        return ReplayOutcome.FIRST


class SqliteChallengeStore(Closing):
    """A terminal's open challenges in a file that its processes share.

    The private half of a session key is in the file while its challenge is open; when it is deleted, SQLite overwrites it
    there (``secure_delete``). What the file system keeps of it, in journals of the past or on a worn flash cell, is beyond
    this store's reach: put the file where nothing outlives a restart if there is such a place, for no challenge does.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(
            path,
            "challenge store",
            """
            CREATE TABLE challenges (
                session TEXT PRIMARY KEY, digest BLOB NOT NULL, message BLOB NOT NULL, secret BLOB,
                era BLOB NOT NULL, seconds INTEGER NOT NULL, lifetime INTEGER NOT NULL, answer BLOB
            ) STRICT
            """,
            secure_delete=True,
        )

    def open(self, challenge: OpenChallenge) -> None:
        """As ``ports.ChallengeStore``.

        Raises:
            sqlite3.Error: the database failed; what was open is as it was.
        """
        era, seconds = challenge.opened
        with self._database.write() as connection:
            connection.execute("DELETE FROM challenges WHERE session = ?", (challenge.session,))
            self._drop_over(connection, challenge.opened)
            connection.execute(
                "INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    challenge.session,
                    challenge.digest,
                    challenge.message,
                    challenge.secret,
                    era,
                    seconds,
                    challenge.lifetime,
                ),
            )

    def drop_over(self, now: Instant) -> None:
        """As ``ports.ChallengeStore``.

        Raises:
            sqlite3.Error: the database failed; nothing was deleted.
        """
        with self._database.write() as connection:
            self._drop_over(connection, now)

    @staticmethod
    def _drop_over(connection: sqlite3.Connection, now: Instant) -> None:
        connection.execute("DELETE FROM challenges WHERE era <> ? OR ? - seconds >= lifetime", now)

    def find(self, session: str) -> OpenChallenge | None:
        """As ``ports.ChallengeStore``."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT digest, message, secret, era, seconds, lifetime FROM challenges WHERE session = ?", (session,)
            ).fetchone()
        if row is None:
            return None
        digest, message, secret, era, seconds, lifetime = row
        return OpenChallenge(
            session,
            blob(digest),
            blob(message),
            optional(blob, secret),
            Instant(blob(era), integer(seconds)),
            integer(lifetime),
        )

    def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
        """As ``ports.ChallengeStore``.

        Raises:
            sqlite3.Error: the database failed; nothing was recorded.
        """
        with self._database.write() as connection:  # holds the write lock, so that looking and recording are one step
            row = connection.execute(
                "SELECT answer FROM challenges WHERE session = ? AND digest = ?", (session, digest)
            ).fetchone()
            if row is None:
                return AnswerOutcome.REFUSED
            if row[0] is not None:
                return AnswerOutcome.SAME if row[0] == replay_key else AnswerOutcome.REFUSED
            connection.execute("UPDATE challenges SET answer = ? WHERE session = ?", (replay_key, session))
        return AnswerOutcome.FIRST
