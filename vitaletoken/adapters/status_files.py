"""A terminal's status lists in a directory, one file a list: ``ISSUER-NUMBER.cbor``, the newest accepted.

For a terminal that is handed single lists. One that fetches from a mirror has ``adapters.status_store``.

A list is verified before it replaces the one held, and again whenever it is read. A file is replaced as a whole, durably. Any
number of processes may read and load at once.
"""

from __future__ import annotations

from pathlib import Path

from vitaletoken.adapters.files import Stamp, locked, make_directory, read_message, write_atomic
from vitaletoken.errors import InputError, UsageError
from vitaletoken.ports import TimeFloor, TrustStore
from vitaletoken.rules.floor import TOLERANCE, raised_floor
from vitaletoken.rules.status import VerifiedStatusList, verify_status_list
from vitaletoken.rules.trust import VerifiedTrustList


class FileStatus:
    """Status lists in a directory, one file a list.

    A status list has no second signature: where ``trust`` requires post-quantum signatures, nothing is loaded or found here.

    Args:
        directory: made here when the first list is loaded.
        trust: under which the lists are verified, each time its list changes.
        floor: raised by each list loaded (TIME-3).
    """

    def __init__(self, directory: Path, trust: TrustStore, *, floor: TimeFloor | None = None) -> None:
        self._directory = directory
        self._trust = trust
        self._floor = floor
        self._held: dict[Path, tuple[Stamp, VerifiedTrustList, VerifiedStatusList]] = {}

    def find(self, issuer: str, number: int) -> VerifiedStatusList | None:
        """As ``ports.StatusSource``. A file that no longer verifies is as good as none.

        Raises:
            UsageError: post-quantum signatures are required.
            OSError: the file cannot be read.
        """
        trust = self._trusted()
        if trust.issuer(issuer) is None:  # no list of it could verify; and its id need not be fit for a file name
            return None
        path = self._path(issuer, number)
        try:
            stamp = Stamp.of(path)
        except FileNotFoundError:
            return None
        held = self._held.get(path)
        if held is not None and held[0] == stamp and held[1] is trust:
            return held[2]
        try:
            found = verify_status_list(read_message(path), trust)
        except InputError:  # damaged, or its key is no longer trusted: as good as none (V13)
            return None
        if (found.issuer, found.number) != (issuer, number):
            return None
        self._held[path] = (stamp, trust, found)
        return found

    def load(self, data: bytes, now: int) -> VerifiedStatusList:
        """Verify the status list ``data`` and keep it.

        Args:
            now: NumericDate, as this terminal's clock has it.

        Raises:
            InputError: steps S1 to S4; what is held stays.
            UsageError: it is dated more than 300 seconds ahead of ``now`` (kept, it would keep those after it away, and count for
                nothing itself, STATUS-5); or the list that is held is newer; or post-quantum signatures are required.
            OSError: a file cannot be read or written.
        """
        new = verify_status_list(data, self._trusted())
        if new.iat > now + TOLERANCE:
            raise UsageError("the status list is dated ahead of this clock; the one held stays")
        make_directory(self._directory)
        with locked(self._path(new.issuer, new.number)):
            held = self.find(new.issuer, new.number)
            if held is not None and new.iat < held.iat:
                raise UsageError("the status list is older than the one held, which stays")
            if self._floor is not None:
                self._floor.raise_to(raised_floor(0, new.iat, now))
            write_atomic(self._path(new.issuer, new.number), data)
        return new

    def _trusted(self) -> VerifiedTrustList:
        trust = self._trust.current()
        if trust.post_quantum:
            raise UsageError("post-quantum signatures are required, and a status list alone has none: take snapshots")
        return trust

    def _path(self, issuer: str, number: int) -> Path:
        return self._directory / f"{issuer}-{number}.cbor"
