"""Stores and lists in this process's memory: for tests, and for terminals whose memory of replays may end with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome
from vitaletoken.rules.status import VerifiedStatusList
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet

#: Keys held at once, some 250 bytes each. A terminal that sees one patient a second needs 660 at the longest window.
REPLAY_CAPACITY: Final = 100_000
# Each member is named once: up to Python 3.11 to name one takes 65 ns, and a terminal does so at each scan.
_FIRST, _SAME_SESSION, _OTHER_SESSION = ReplayOutcome.FIRST, ReplayOutcome.SAME_SESSION, ReplayOutcome.OTHER_SESSION


class FixedTrust:
    """One trust list, until another is set."""

    def __init__(self, trust: VerifiedTrustList) -> None:
        self.trust = trust

    def current(self) -> VerifiedTrustList:
        """The trust list in force."""
        return self.trust


class MemoryStatus:
    """Status lists by issuer and number; the newest of each."""

    def __init__(self, lists: Iterable[VerifiedStatusList] = ()) -> None:
        self._lists: dict[tuple[str, int], VerifiedStatusList] = {}
        for status_list in lists:
            self.keep(status_list)

    def keep(self, status_list: VerifiedStatusList) -> None:
        """Keep ``status_list`` unless a newer one is held."""
        held = self.find(status_list.issuer, status_list.number)
        if held is None or held.iat <= status_list.iat:
            self._lists[status_list.issuer, status_list.number] = status_list

    def find(self, issuer: str, number: int) -> VerifiedStatusList | None:
        """The list of that issuer and number, if it is held."""
        return self._lists.get((issuer, number))


class MemoryTimeFloor:
    """A time floor that ends with the process."""

    def __init__(self, floor: int = 0) -> None:
        self._lock = Lock()
        self._floor = floor

    def read(self) -> int:
        """As ``ports.TimeFloor``."""
        return self._floor

    def raise_to(self, floor: int) -> None:
        """As ``ports.TimeFloor``."""
        with self._lock:
            self._floor = max(self._floor, floor)


class MemoryReplayStore:
    """Replay keys in a dict. Threads of one process only, and what it knows ends with the process."""

    def __init__(self, capacity: int | None = REPLAY_CAPACITY) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._sessions: dict[bytes, tuple[str, int]] = {}
        self._given_up = 0  # the latest end of a key given up (REPLAY-4)

    def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
        """As ``ports.ReplayStore``."""
        with self._lock:
            held = self._sessions.get(key)
            if held is not None and now < held[1]:
                if held[0] != session:
                    return _OTHER_SESSION
                if keep_until > held[1]:
                    self._sessions[key] = (session, keep_until)
                return _SAME_SESSION
            if keep_until <= self._given_up:  # REPLAY-4
                return _OTHER_SESSION
            full = self._capacity is not None and held is None and len(self._sessions) >= self._capacity
            if full and not self._make_room(now):
                return ReplayOutcome.FULL
            self._sessions[key] = (session, keep_until)
            return _FIRST

    def _make_room(self, now: int) -> bool:
        """Drop the keys that no presentation in its window can have any more; never one that may be needed."""
        gone = {key: entry[1] for key, entry in self._sessions.items() if entry[1] <= now}
        for key in gone:
            del self._sessions[key]
        self._given_up = max(self._given_up, *gone.values(), 0)
        return bool(gone)


class MemoryChallengeStore:
    """A terminal's open challenges in a dict. Threads of one process only."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._challenges: dict[str, OpenChallenge] = {}
        self._answers: dict[str, bytes] = {}  # replay key by session, of the challenges above

    def open(self, challenge: OpenChallenge) -> None:
        """As ``ports.ChallengeStore``."""
        with self._lock:
            self._drop({challenge.session} | self._over(challenge.opened))
            self._challenges[challenge.session] = challenge

    def drop_over(self, now: Instant) -> None:
        """As ``ports.ChallengeStore``."""
        with self._lock:
            self._drop(self._over(now))

    def _over(self, now: Instant) -> set[str]:
        return {session for session, held in self._challenges.items() if held.is_over(now)}

    def _drop(self, sessions: set[str]) -> None:
        for session in sessions:
            self._challenges.pop(session, None)
            self._answers.pop(session, None)

    def find(self, session: str) -> OpenChallenge | None:
        """As ``ports.ChallengeStore``."""
        return self._challenges.get(session)

    def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
        """As ``ports.ChallengeStore``."""
        with self._lock:
            held = self._challenges.get(session)
            if held is None or held.digest != digest:
                return AnswerOutcome.REFUSED
            if session not in self._answers:
                self._answers[session] = replay_key
                return AnswerOutcome.FIRST
            return AnswerOutcome.SAME if self._answers[session] == replay_key else AnswerOutcome.REFUSED


class MemoryHolderStore:
    """A phone's wallet in memory, for tests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wallet = Wallet()

    def load(self) -> Wallet:
        """The wallet last written."""
        return self._wallet

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        """As ``ports.HolderStore``."""
        with self._lock:
            self._wallet = change(self._wallet)
            return self._wallet
