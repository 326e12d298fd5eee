"""The verifier: a terminal that decides on a QR with no network, and that can say who it is and ask for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, ReplayStore, StatusSource, TimeFloor, TrustStore
from vitaletoken.rules.authentic import authenticate
from vitaletoken.rules.binding import Occasion
from vitaletoken.rules.credential import VerifiedCredential, require_current, verify_credential
from vitaletoken.rules.floor import effective_now
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.presentation import (
    AnswerOutcome,
    ReplayOutcome,
    VerifiedPresentation,
    admit,
    judge,
    require_here_and_now,
)
from vitaletoken.rules.sealing import open_answer
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.terminal import Challenge, PendingChallenge, Terminal
from vitaletoken.wire.challenge import MAX_LIFETIME, Transaction
from vitaletoken.wire.credential_glance import parse_credential_in
from vitaletoken.wire.presentation import ParsedPresentation, parse_presentation, require_algorithm
from vitaletoken.wire.registry import Binding, Category, Purpose, View
from vitaletoken.wire.text import SEALED_PREFIX, parse_text

#: Credentials remembered as authentic; some 2 kB each.
SEEN_CAPACITY: Final = 1024

_PLAIN: Final = {purpose: Occasion(purpose) for purpose in Purpose}
_NOT_BOUND: Final[Mapping[Binding, tuple[bytes, ...]]] = {}


class Verifier:
    """A terminal.

    ``verify`` goes through steps V1 to V15 and returns the proof or raises; there is no third way. It may be called
    from several threads.

    Args:
        policy: the least that this terminal accepts.
        terminal: who it is and what it has asked; None for a terminal that only reads. Without it, presentations bound to a
            terminal or a challenge, and sealed answers, are refused.
        floor: the newest time that this terminal has seen signed, raised by what loads its lists; None for none, and then a
            clock set back is not noticed.
        categories: what its establishment is. Cards that were lent for some categories alone are refused elsewhere.
    """

    def __init__(
        self,
        *,
        trust: TrustStore,
        status: StatusSource,
        replay: ReplayStore,
        clock: Clock,
        policy: Policy,
        terminal: Terminal | None = None,
        floor: TimeFloor | None = None,
        categories: Iterable[Category] = (),
    ) -> None:
        self._trust = trust
        self._status = status
        self._replay = replay
        self._clock = clock
        self._policy = policy
        self._terminal = terminal
        self._floor = floor
        self._categories = frozenset(categories)
        self._seen = _SeenCredentials()

    def challenge(
        self,
        session: str,
        purposes: Iterable[Purpose],
        *,
        view: View = View.MINIMAL,
        lifetime: int = MAX_LIFETIME,
        transaction: Transaction | None = None,
        sealed: bool = True,
    ) -> Challenge:
        """Ask for a card. Takes the place of the session's earlier challenge.

        Args:
            session: as for ``verify``, which is then given the answer.
            purposes: what the card is asked for; ``verify`` is given one of them.
            view: ``BILLING`` where the number (NIR) is needed, and this establishment has the right to it.
            lifetime: seconds, 1 to 120, in which it can be answered.
            transaction: the care sheet to be co-signed. Its line stands in a QR in the open: no patient in it (CHAL-5).
            sealed: only this terminal can read the answer.

        Raises:
            UsageError: no terminal was given, or none of its certificates holds now under the trust list in force (CERT-3), or
                what is asked for is not in form or not permitted.
        """
        asked = tuple(purposes)
        for purpose in asked:
            _require_asked(session, purpose)
        _require_kinds(view, transaction)
        if self._terminal is None:
            raise UsageError("a verifier that asks is given a terminal")
        now, trust = self._clock.now(), self._trust.current()
        return self._terminal.challenge(
            session, asked, now, trust, view=view, lifetime=lifetime, transaction=transaction, sealed=sealed
        )

    def verify(self, text: str, session: str, purpose: Purpose = Purpose.IDENTIFICATION) -> VerifiedPresentation:
        """Decide on the text of a QR code.

        Args:
            text: as scanned, ``VT1:...`` or ``VTS1:...``; see ``vitaletoken.wire.text.repair_keyboard`` for keyboard wedges.
            session: this terminal's own name for the care session, such as a visit number. The same QR again in the
                same session is accepted again, and marked so; in another session it is refused.
            purpose: for which the card is asked; the policy can demand more for one than for another, and a card can be lent for
                some purposes alone.

        Raises:
            Malformed, Untrusted, Rejected: with the code of the first step that failed.
            UsageError: a session without a printable name, or what is no purpose.
        """
        _require_asked(session, purpose)
        if text.startswith(SEALED_PREFIX):
            return self._verify_sealed(parse_text(text, SEALED_PREFIX), session, purpose)
        return self._decide(parse_text(text), session, purpose, None)

    def verify_message(
        self, message: bytes, session: str, purpose: Purpose = Purpose.IDENTIFICATION
    ) -> VerifiedPresentation:
        """As ``verify``, for the bytes that an unsealed text carries; from step V2."""
        _require_asked(session, purpose)
        return self._decide(message, session, purpose, None)

    def _verify_sealed(self, sealed: bytes, session: str, purpose: Purpose) -> VerifiedPresentation:
        """The rest of step V1 for a sealed answer, and all that follows."""
        pending = None if self._terminal is None else self._terminal.find(session)
        if pending is None or pending.challenge.secret is None:
            raise refusal(Code.SEAL_UNKNOWN)
        message = open_answer(sealed, pending.challenge.secret, pending.challenge.digest)
        return self._decide(message, session, purpose, pending)

    def _decide(
        self, message: bytes, session: str, purpose: Purpose, opened_with: PendingChallenge | None
    ) -> VerifiedPresentation:
        """Steps V2 to V15. ``opened_with`` is the challenge whose sealed answer the message was in."""
        clock = self._clock.now()
        floor = 0 if self._floor is None else self._floor.read()
        trust = self._trust.current()
        parsed = parse_presentation(message)
        credential, now = self._credential_of(parsed, trust, clock, floor)
        bound_to, occasion = _NOT_BOUND, _PLAIN[purpose]
        if self._terminal is not None:
            pending = opened_with or self._terminal.find(session)
            level, sealed = parsed.unverified_claims.binding, opened_with is not None
            if level is Binding.AUDIENCE:
                bound_to = {level: self._terminal.audiences(trust, now)}
            if level is Binding.CHALLENGE and pending is not None:
                bound_to = {level: (pending.challenge.digest,)}
                occasion = Occasion(purpose, sealed, pending.answered_by(message))
            elif pending is not None:
                occasion = Occasion(purpose, sealed, awaits_answer=pending.awaits_answer(purpose))
        timely = require_here_and_now(
            authenticate(parsed, credential, bound_to), now, occasion, self._policy, self._categories
        )
        claims = credential.claims
        status_list = self._status.find(claims.iss, claims.card.status.list)
        current = judge(timely, now, status_list, trust, self._policy)
        # The only write of a verification: with the challenge, or else in the replay store.
        outcome: ReplayOutcome | AnswerOutcome
        if self._terminal is not None and occasion.asked is not None:
            outcome = self._terminal.record_answer(session, occasion.asked, current.replay_key)
        else:
            outcome = self._replay.insert(current.replay_key, session, current.keep_until, now)
        return admit(current, outcome)

    def _credential_of(
        self, parsed: ParsedPresentation, trust: VerifiedTrustList, clock: int, floor: int
    ) -> tuple[VerifiedCredential, int]:
        """Steps V5 to V7; V5 and V7 only for a credential not seen before under this trust list. And ``now`` (TIME-4)."""
        known = self._seen.find(parsed.credential, trust)
        if known is None:
            parsed_credential = parse_credential_in(parsed)
            now = effective_now(clock, floor) if floor else clock
            credential = verify_credential(parsed_credential, trust, now)
            self._seen.keep(parsed.credential, credential, trust)
            return credential, now
        require_algorithm(parsed, known.claims.device_key)
        now = effective_now(clock, floor) if floor else clock
        require_current(trust, now)
        return known, now


def _require_asked(session: object, purpose: object) -> None:
    if not isinstance(session, str) or not session or not session.isprintable():
        raise UsageError("a session has a name, of printable characters")
    if not isinstance(purpose, Purpose):
        raise UsageError("a purpose is one of Purpose")


def _require_kinds(view: object, transaction: object) -> None:
    if not isinstance(view, View):
        raise UsageError("a view is one of View")
    if not (transaction is None or isinstance(transaction, Transaction)):
        raise UsageError("a transaction is a Transaction, or None")


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
