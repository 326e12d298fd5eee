"""The updater: a terminal's trust list and status lists, from a mirror that nobody has to trust (spec sections 11.2 to 11.4)."""

from __future__ import annotations

import hashlib
from typing import Final

from vitaletoken.errors import Code, InputError, UsageError, refusal
from vitaletoken.ports import Clock, Mirror, StatusStore, TimeFloor, TrustUpdates
from vitaletoken.rules.delta import MAX_DELTAS, apply_read, read_delta
from vitaletoken.rules.floor import TOLERANCE, raised_floor
from vitaletoken.rules.snapshot import SnapshotMark, VerifiedSnapshot, status_list_from, status_list_of, verify_snapshot
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.updates import Concern, Outcome, Update, UpdateReport
from vitaletoken.wire import delta, snapshot, status_list, trust_list
from vitaletoken.wire.delta import ParsedDelta
from vitaletoken.wire.snapshot import parse_snapshot

#: Status lists of one issuer that an update takes: those of a nation of 250 million.
MOST_LISTS: Final = 256

# What was accepted once is not held against the clock again: STATUS-5 does that at each use.
_ANY_TIME: Final = 2**62


#: The file, and what it was found to be.
_Snapshot = tuple[bytes, VerifiedSnapshot]


class Updater:
    """A terminal's way to new lists. ``update`` may be called at any time and as often as one likes.

    Args:
        trust: takes the trust list; it raises the time floor itself.
        status: the store that the verifier looks cards up in.
        floor: raised by each snapshot held or taken (TIME-3).
        post_quantum: whether a snapshot must have its second signature even where ``trust`` does not require any.
        most_lists: that an issuer may have; the memory of an update is as many times 256 KiB.
    """

    def __init__(
        self,
        *,
        mirror: Mirror,
        trust: TrustUpdates,
        status: StatusStore,
        clock: Clock,
        floor: TimeFloor,
        post_quantum: bool = False,
        most_lists: int = MOST_LISTS,
    ) -> None:
        self._most_lists = most_lists
        self._mirror = mirror
        self._trust = trust
        self._status = status
        self._clock = clock
        self._floor = floor
        self._post_quantum = post_quantum

    def update(self) -> UpdateReport:
        """Take what is new: the trust list first, then of each issuer in it the snapshot and what it names (SYNC-1).

        Whatever a mirror hands out, this returns: what is not as it should be is in the report, and what was held stays.

        Raises:
            UsageError: no trust list is held, and none could be taken; or the one held is damaged.
            OSError, sqlite3.Error: a store failed; each issuer is as it was, or as it should be.
        """
        now = self._clock.now()
        report, trust = self._update_trust(now)
        held = [self._update_issuer(issuer.id, trust, now) for issuer in trust.claims.issuers]
        concerns = []
        if now < self._floor.read() - TOLERANCE:
            concerns.append(Concern.CLOCK_BEHIND)
        if held and all(each is None or now >= each.claims.iat + each.claims.ttl for _, each in held):
            concerns.append(Concern.ALL_OLD)
        if trust.has_expired(now):
            concerns.append(Concern.TRUST_LIST_EXPIRED)
        return UpdateReport(report, tuple(update for update, _ in held), tuple(concerns))

    def _update_trust(self, now: int) -> tuple[Update, VerifiedTrustList]:
        fetches = _Fetches(self._mirror)
        newest = fetches.fetch("trust/newest.cbor", trust_list.MAX_SIZE)
        outcome = Outcome.FAILED
        if newest is not None:
            try:
                outcome = self._take_trust_list(newest, fetches)
            except InputError as refused:
                fetches.refusals.append(refused.code)
        trust = self._trust.current()
        claims = trust.claims
        return fetches.told(None, outcome, claims.version, now - claims.iat), trust

    def _take_trust_list(self, newest: bytes, fetches: _Fetches) -> Outcome:
        payload = trust_list.parse_trust_list(newest).payload
        try:
            if hashlib.sha256(payload).digest() == self._trust.current().digest:
                return Outcome.HELD
        except (UsageError, InputError):  # none yet; or damaged, which the store itself tells
            pass
        self._trust.catch_up(
            lambda version: fetches.fetch(f"trust/{version}.cbor", trust_list.MAX_SIZE, wanted=False), newest
        )
        return Outcome.NEW

    def _update_issuer(self, issuer: str, trust: VerifiedTrustList, now: int) -> tuple[Update, VerifiedSnapshot | None]:
        fetches = _Fetches(self._mirror)
        message = self._status.snapshot(issuer)
        held = self._verified(issuer, message, trust)
        if held is not None:  # for a terminal that has lost its floor
            self._floor.raise_to(raised_floor(0, held.claims.iat, now))
        outcome = Outcome.FAILED
        try:
            newest = self._newest(issuer, trust, held, now, fetches)
            if newest is not None:
                outcome, held = self._sync(newest, (message, held), trust, now, fetches)
        except InputError as refused:
            fetches.refusals.append(refused.code)
        if held is None:
            return fetches.told(issuer, outcome, None, None), None
        return fetches.told(issuer, outcome, held.claims.sequence, now - held.claims.iat), held

    def _verified(self, issuer: str, message: bytes | None, trust: VerifiedTrustList) -> VerifiedSnapshot | None:
        """The snapshot held, as far as it counts under the trust list in force.

        One whose key was withdrawn counts no longer, also not for what is newest: a thief's sequence number ends nothing.
        """
        if message is None:
            return None
        try:
            found = verify_snapshot(message, trust, _ANY_TIME, None, post_quantum=self._post_quantum)
        except InputError:
            return None
        return found if found.claims.iss == issuer else None

    def _sync(
        self,
        newest: _Snapshot,
        standing: tuple[bytes | None, VerifiedSnapshot | None],
        trust: VerifiedTrustList,
        now: int,
        fetches: _Fetches,
    ) -> tuple[Outcome, VerifiedSnapshot | None]:
        """What was done, and what is held now. Raises ``InputError`` where the mirror's newest is refused."""
        message, held = standing
        try:
            outcome, changed = self._lists_of(newest[1], held, trust, fetches)
        except InputError as refused:
            fetches.refusals.append(refused.code)
            again = self._newest(newest[1].claims.iss, trust, held, now, fetches)
            if again is None or again[1].digest == newest[1].digest:
                return Outcome.FAILED, held
            newest = again  # another publication has taken its place meanwhile
            outcome, changed = self._lists_of(newest[1], held, trust, fetches)
        data, new = newest
        if outcome is Outcome.HELD:
            return outcome, held
        self._floor.raise_to(raised_floor(0, new.claims.iat, now))
        if self._status.replace(new.claims.iss, message, data, changed, new.lists.keys()):
            return outcome, new
        return Outcome.FAILED, held  # another process was faster

    def _newest(
        self, issuer: str, trust: VerifiedTrustList, held: VerifiedSnapshot | None, now: int, fetches: _Fetches
    ) -> _Snapshot | None:
        """The mirror's snapshot; N1 to N6, by the later of the clock and the floor, as in TIME-4."""
        data = fetches.fetch(f"status/{issuer}/snapshot.cbor", snapshot.MAX_SIZE)
        if data is None:
            return None
        latest = max(now, self._floor.read())
        mark = self._time_mark(issuer) if held is None else held.mark
        new = verify_snapshot(data, trust, latest, mark, post_quantum=self._post_quantum)
        if new.claims.iss != issuer:  # another's, put in its place
            raise refusal(Code.SNAPSHOT_ISSUER)
        if len(new.lists) > self._most_lists:
            raise refusal(Code.SNAPSHOT_LIST)
        return data, new

    def _time_mark(self, issuer: str) -> SnapshotMark | None:
        """Of a snapshot that was accepted once and whose key has gone: its time counts still (SNAP-3)."""
        message = self._status.snapshot(issuer)
        try:
            claims = None if message is None else parse_snapshot(message).unverified_claims
        except InputError:  # damaged
            return None
        return None if claims is None or claims.iss != issuer else SnapshotMark(0, b"", claims.iat)

    def _lists_of(
        self, new: VerifiedSnapshot, held: VerifiedSnapshot | None, trust: VerifiedTrustList, fetches: _Fetches
    ) -> tuple[Outcome, dict[int, bytes]]:
        """N7: by deltas, else by lists; a list that is held and is as the new snapshot says is not fetched."""
        issuer = new.claims.iss
        outcome, changed = Outcome.LISTS, dict[int, bytes]()
        if held is not None and held.digest == new.digest:
            outcome = Outcome.HELD
        elif held is not None:
            by_deltas = self._by_deltas(held, new, trust, fetches)
            if by_deltas is not None:
                outcome, changed = Outcome.DELTAS, by_deltas
        for number in new.lists:
            if number not in changed and not _is_as_said(new, number, self._status.entries(issuer, number)):
                changed[number] = _fetched_list(new, number, trust, fetches)
                outcome = Outcome.LISTS
        return outcome, changed

    def _by_deltas(
        self, held: VerifiedSnapshot, new: VerifiedSnapshot, trust: VerifiedTrustList, fetches: _Fetches
    ) -> dict[int, bytes] | None:
        """The lists that change, by the deltas from ``held``; None where one is missing or refused (DELTA-2)."""
        issuer, at = new.claims.iss, held.digest
        deltas: dict[bytes, ParsedDelta] = {}  # by where they start: none is fetched twice
        try:
            while at != new.digest and at not in deltas and len(deltas) < MAX_DELTAS:
                data = fetches.fetch(f"status/{issuer}/delta/{at.hex()}.cbor", delta.MAX_SIZE)
                if data is None:
                    return None
                deltas[at] = read_delta(data, new, trust)  # where it leads is believed only then
                at = deltas[at].unverified_claims.to

            def entries(number: int) -> bytes:  # one that is damaged does not become what the snapshot says
                return self._status.entries(issuer, number) or b""

            return apply_read(held, entries, list(deltas.values()), new)
        except InputError as refused:
            fetches.refusals.append(refused.code)
            return None


def _is_as_said(new: VerifiedSnapshot, number: int, entries: bytes | None) -> bool:
    try:
        return entries is not None and bool(status_list_of(new, number, entries))
    except InputError:
        return False


def _fetched_list(new: VerifiedSnapshot, number: int, trust: VerifiedTrustList, fetches: _Fetches) -> bytes:
    data = fetches.fetch(f"status/{new.claims.iss}/list/{number}.cbor", status_list.MAX_SIZE)
    if data is None:
        raise refusal(Code.SNAPSHOT_LIST)
    found = status_list_from(new, data, trust)
    if found.number != number:  # another one of the lists, put in its place
        raise refusal(Code.SNAPSHOT_LIST)
    return found.entries


class _Fetches:
    """What one issuer's update fetches, and what becomes of it."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._bytes = 0
        self._missing: list[str] = []
        self.refusals: list[Code] = []

    def fetch(self, path: str, limit: int, *, wanted: bool = True) -> bytes | None:
        data = self._mirror.fetch(path, limit)
        self._bytes += len(data or b"")
        if data is None and wanted:
            self._missing.append(path)
        return data

    def told(self, issuer: str | None, outcome: Outcome, number: int | None, age: int | None) -> Update:
        return Update(issuer, outcome, number, age, self._bytes, tuple(self.refusals), tuple(self._missing))
