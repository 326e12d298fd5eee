"""The verifier: a terminal that decides on a QR with no network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, ReplayStore, StatusSource, TrustStore
from vitaletoken.rules.credential import VerifiedCredential, require_current, verify_credential
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.presentation import (
    VerifiedPresentation,
    admit,
    authenticate,
    judge,
    require_here_and_now,
)
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire.presentation import ParsedPresentation, parse_credential_in, parse_presentation
from vitaletoken.wire.registry import Binding
from vitaletoken.wire.text import parse_text

#: Credentials remembered as authentic; some 2 kB each.
SEEN_CAPACITY: Final = 1024

_UNBOUND: Final[Mapping[Binding, bytes]] = MappingProxyType({})


class Verifier:
    """A terminal.

    ``verify`` goes through steps V1 to V15 and returns the proof or raises; there is no third way. It may be called
    from several threads.

    Args:
        policy: the least that this terminal accepts.
    """

    def __init__(
        self,
        *,
        trust: TrustStore,
        status: StatusSource,
        replay: ReplayStore,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._trust = trust
        self._status = status
        self._replay = replay
        self._clock = clock
        self._policy = policy
        self._seen = _SeenCredentials()

    def verify(self, text: str, session: str) -> VerifiedPresentation:
        """Decide on the text of a QR code.

        Args:
            text: as scanned, such as ``VT1:...``; see ``vitaletoken.wire.text.repair_keyboard`` for keyboard wedges.
            session: this terminal's own name for the care session, such as a visit number. The same QR again in the
                same session is accepted again, and marked so; in another session it is refused.

        Raises:
            Malformed, Untrusted, Rejected: with the code of the first step that failed.
            UsageError: a session without a printable name.
        """
        return self.verify_message(parse_text(text), session)

    def verify_message(self, message: bytes, session: str) -> VerifiedPresentation:
        """As ``verify``, for the bytes that the text carries; from step V2."""
        if not session or not session.isprintable():
            raise UsageError("a session has a name, of printable characters")
        now = self._clock.now()
        trust = self._trust.current()
        parsed = parse_presentation(message)
        credential = self._credential_of(parsed, trust, now)
        timely = require_here_and_now(authenticate(parsed, credential, _UNBOUND), now, self._policy)
        claims = credential.claims
        status_list = self._status.find(claims.iss, claims.card.status.list)
        current = judge(timely, now, status_list, trust, self._policy)
        return admit(current, self._replay.insert(current.replay_key, session, current.keep_until, now))

    def _credential_of(self, parsed: ParsedPresentation, trust: VerifiedTrustList, now: int) -> VerifiedCredential:
        """Steps V5 to V7; V5 and V7 only for a credential not seen before under this trust list."""
        known = self._seen.find(parsed.credential, trust)
        if known is None:
            credential = verify_credential(parse_credential_in(parsed), trust, now)
            self._seen.keep(parsed.credential, credential, trust)
            return credential
        if parsed.algorithm is not known.claims.device_key.algorithm:
            raise refusal(Code.ALGORITHM_MISMATCH)
        require_current(trust, now)
        return known


class _SeenCredentials:
    """Credentials found authentic under one trust list, by their exact bytes.

    Safe for threads without a lock: the trust list and the credentials under it are exchanged together, as one pair, and what
    is kept goes into the dict that belongs to the trust list it was verified under. When the dict is full it starts anew.
    """

    def __init__(self) -> None:
        self._held: tuple[VerifiedTrustList | None, dict[bytes, VerifiedCredential]] = (None, {})

    def find(self, credential: bytes, trust: VerifiedTrustList) -> VerifiedCredential | None:
        held_under, known = self._held
        if held_under is trust:
            return known.get(credential)
        self._held = (trust, {})
        return None

    def keep(self, credential: bytes, verified: VerifiedCredential, trust: VerifiedTrustList) -> None:
        held_under, known = self._held
        if held_under is not trust:  # another thread has seen a newer trust list meanwhile
            return
        if len(known) >= SEEN_CAPACITY:
            known = {}
            self._held = (trust, known)
        known[credential] = verified
