"""What the roles need from the world, as Protocols: time, randomness, keys in hardware, lists, stores.

A port's failure (disk full, database locked, no hardware) is raised as it is and never turned into a verdict: nothing
is returned, so the role fails closed. Implementations that ship with the library are in ``vitaletoken.adapters``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from vitaletoken.errors import UsageError

if TYPE_CHECKING:  # a terminal reads the time without paying for an enrolment desk
    from vitaletoken.rules.application import Application
    from vitaletoken.rules.binding import Instant
    from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedRenewal
    from vitaletoken.rules.enrolment import OpenedRequest, VerifiedRequest
    from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome
    from vitaletoken.rules.records import Beneficiary, Record, Rights
    from vitaletoken.rules.status import VerifiedStatusList
    from vitaletoken.rules.trust import VerifiedTrustList
    from vitaletoken.rules.wallet import Wallet
    from vitaletoken.wire.cose import CoseKey
    from vitaletoken.wire.nir import Nir
    from vitaletoken.wire.registry import Status


class Clock(Protocol):
    """Wall-clock time."""

    def now(self) -> int:
        """NumericDate: whole seconds since 1970-01-01T00:00:00Z."""


class MonotonicClock(Protocol):
    """A clock that nobody can set: it goes on through changes of the wall clock, and through sleep where it can."""

    def read(self) -> Instant:
        """Now. Its era changes whenever the clock starts anew; all that share a ``ChallengeStore`` read the same eras."""


class Entropy(Protocol):
    """Randomness fit for keys."""

    def random(self, size: int) -> bytes:
        """``size`` fresh random bytes."""


class Signer(Protocol):
    """A private key that signs and is never asked for its bytes: software, HSM, TPM."""

    @property
    def public_key(self) -> CoseKey:
        """The public half."""

    def sign(self, tbs: bytes) -> bytes:
        """64 bytes over ``tbs``: Ed25519 R || S, or ECDSA r || s with low s (SIG-2)."""


class DeviceKey(Signer, Protocol):
    """The phone's key: it signs, and holds a second secret for the personal code."""

    def prf(self, message: bytes) -> bytes:
        """32 bytes, a pseudo-random function of ``message`` under a secret that never leaves the device (CODE-1)."""


class NumberKey(Protocol):
    """An issuer's HPKE key, to which phones seal numbers (ENROL-3)."""

    @property
    def public_key(self) -> bytes:
        """The X25519 public key, 32 bytes, for the trust list."""

    def unseal(self, sealed: bytes, info: bytes) -> bytes:
        """What was sealed. Raises ``crypto.sealing.BrokenSeal``."""


class TrustStore(Protocol):
    """The trust list in force."""

    def current(self) -> VerifiedTrustList:
        """The newest trust list that was verified."""


class StatusSource(Protocol):
    """The status lists that this terminal holds."""

    def find(self, issuer: str, number: int) -> VerifiedStatusList | None:
        """The newest list of that issuer and number; None if there is none."""


class TimeFloor(Protocol):
    """The newest time that was seen signed (TIME-3). It never goes down."""

    def read(self) -> int:
        """NumericDate; 0 before any was seen. Asked once for each verification."""

    def raise_to(self, floor: int) -> None:
        """Make the floor at least ``floor``, durably before this returns."""


class ReplayStore(Protocol):
    """Memory of presentations accepted (REPLAY-1 to REPLAY-3)."""

    def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
        """Insert ``key`` if it is absent, in one atomic step that is durable before it returns.

        A key that is there in the same session is kept until the later of both ends.

        Args:
            key: 24 bytes.
            session: the care session, a printable text.
            keep_until: NumericDate until which the key must be kept; keys of the past may go.
        """


@dataclass(frozen=True, slots=True)
class OpenChallenge:
    """A challenge that a terminal made and can still be answered.

    Attributes:
        digest: SHA-256 of ``message``, the exact challenge.
        secret: private half of its session key, 32 bytes; None where the answer is not sealed.
        opened: when it was made.
        lifetime: seconds after that in which it can be answered.
    """

    session: str
    digest: bytes
    message: bytes = field(repr=False)
    secret: bytes | None = field(repr=False)
    opened: Instant
    lifetime: int

    def is_over(self, now: Instant) -> bool:
        """Nothing can answer it any more (CHAL-3).

        One that was made after ``now`` is not over: the process that made it may have read the clock later, and been faster.
        """
        return now.era != self.opened.era or now.seconds - self.opened.seconds >= self.lifetime

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("an open challenge has a private key and is not pickled: a store keeps its fields")


class ChallengeStore(Protocol):
    """A terminal's memory of the challenges it made: at most one that is open for each session (CHAL-2)."""

    def open(self, challenge: OpenChallenge) -> None:
        """Keep ``challenge`` in the place of its session's earlier one. Durable before it returns.

        The earlier one is deleted, and those of other sessions that were over when this one was made; their secrets too
        (SEAL-2).
        """

    def drop_over(self, now: Instant) -> None:
        """Delete the challenges that are over at ``now``, and their secrets. Durable before it returns."""

    def find(self, session: str) -> OpenChallenge | None:
        """The challenge open for ``session``; None if there is none."""

    def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
        """Record that the presentation with that replay key answers the challenge with that digest.

        One atomic step, durable before it returns. ``SAME`` for the presentation that has answered it before; ``REFUSED`` for
        another one, and where that challenge is no longer the session's.

        Args:
            replay_key: 24 bytes.
        """


class HolderStore(Protocol):
    """Where a phone keeps its wallet."""

    def load(self) -> Wallet:
        """The wallet last written; an empty one before that."""

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        """Replace the wallet by ``change`` of it and return the new one.

        Reading and writing are one exclusive step, durable before it returns. What ``change`` raises leaves the wallet as it
        was.
        """


class IssuerLink(Protocol):
    """The app's network to the issuers of its cards. What goes over it is signed: it need not be trusted, nor be secret."""

    def renew(self, issuer: str, renewal: bytes) -> Sequence[bytes]:
        """Send ``renewal`` to the issuer with that id; returns the cards in its answer, as ``Issuer.renew`` gives them.

        How they are framed on the way is the network's own. Raises ``InputError`` where the issuer refuses, and whatever it
        raises where there is no network: nothing has changed then, and the app tries again later.
        """


class RecordOutcome(Enum):
    """What an issuer's register says of a card that is to be recorded."""

    RECORDED = "recorded"
    INDEX_TAKEN = "index-taken"
    ANSWERED = "answered"
    LENDER_CHANGED = "lender-changed"


class IssuerRegister(Protocol):
    """What an issuer remembers: aliases, cards issued, what became of them, their status.

    Each card goes by any cti that it has had.
    """

    def alias(self, reference: str, fresh: bytes) -> bytes | None:
        """The alias of the person; ``fresh`` becomes it if there is none yet. Atomic and durable.

        None if there is none yet and ``fresh`` is another person's: of 70 million aliases of 8 random bytes, two are the same
        in one nation of 7,500.
        """

    def record(self, card: IssuedCard, lent_before: int = 0) -> RecordOutcome:
        """Record ``card`` and its credentials, in one atomic and durable step.

        Not if its origin has been answered, if its cti or its status index is taken, or if it is lent from a card that is not in
        force, or from which more cards have been lent, or fewer, than ``lent_before``.
        """

    def answer_to(self, origin: bytes) -> IssuedCard | None:
        """The card recorded for that offer or order, as it was recorded; None if there is none."""

    def find(self, digest: bytes) -> HeldCard | None:
        """The card of which a credential has that SHA-256; None if there is none."""

    def find_cti(self, cti: bytes) -> HeldCard | None:
        """The card of which a credential has that cti; None if there is none."""

    def lent_from(self, cti: bytes) -> tuple[bytes, ...]:
        """The ctis of the cards that were lent from the card with that cti; none where there is no such card."""

    def renew(self, cti: bytes, renewal: IssuedRenewal, earlier: int) -> bool:
        """Record ``renewal`` of the card with that cti, with its credentials, in one atomic and durable step.

        A renewal that is there is recorded once more where it was answered anew.

        Args:
            earlier: how many renewals of the card the answer was made after.

        Returns:
            False where there is no such card in force, it has had more renewals or fewer, or a cti is taken: nothing has
            changed.
        """

    def set_statuses(self, statuses: Mapping[bytes, Status], *, lend_anew: bool = False) -> None:
        """Set the status of cards issued, by cti: all in one atomic and durable step, or none.

        Args:
            lend_anew: as for ``rules.changes.require_allowed``.

        Raises:
            UsageError: no such card, or a change that ``rules.changes`` refuses.
        """

    def statuses(self, number: int) -> Mapping[int, Status]:
        """The entries of one status list that are not ``VALID``; those of lent cards by ``rules.changes.published``."""


class RightsSource(Protocol):
    """What the insurer's own records say of rights, for cards that are renewed or lent."""

    def find(self, reference: str) -> Rights | None:
        """Today's, of the person whom the issuer names so; None where a card is to keep what it says."""


class Mirror(Protocol):
    """Where a terminal fetches lists: the directory of section 11.4, wherever it is. It is not trusted."""

    def fetch(self, path: str, limit: int) -> bytes | None:
        """The file at ``path``, such as ``trust/newest.cbor``; None where there is none, or it cannot be had now.

        Of a file that is longer than ``limit`` bytes, the first limit + 1 (SYNC-2). It raises nothing: what a mirror does is no
        failure of the terminal's.
        """


class TrustUpdates(TrustStore, Protocol):
    """A trust store that takes new trust lists."""

    def catch_up(self, fetch: Callable[[int], bytes | None], newest: bytes) -> VerifiedTrustList:
        """Verify the trust list ``newest`` and put it in force, where needed by way of those between (TRUST-5).

        Args:
            fetch: the trust list of that version; None where there is none.

        Raises:
            InputError: it is refused; what is held stays in force.
        """


class StatusStore(Protocol):
    """What a terminal holds of each issuer: a snapshot, and the lists that it names. It verifies nothing here."""

    def snapshot(self, issuer: str) -> bytes | None:
        """The snapshot's file; None where none is held."""

    def entries(self, issuer: str, number: int) -> bytes | None:
        """The inflated list of that number; None where there is none, or it is damaged."""

    def replace(
        self,
        issuer: str,
        held: bytes | None,
        snapshot: bytes,
        changed: Mapping[int, bytes],
        numbers: Collection[int],
    ) -> bool:
        """Replace all that is held of ``issuer``, in one atomic and durable step (SNAP-2).

        Args:
            held: the snapshot's file that this starts from.
            snapshot: the new one.
            changed: the inflated lists that are new or otherwise.
            numbers: of all lists of the new snapshot; any other list goes.

        Returns:
            False where the snapshot held is no longer ``held``, since another process was faster: nothing has changed.
        """


class CardMaker(Protocol):
    """What an enrolment desk needs of an issuer: see ``issuer.Issuer``, which has it."""

    def receive(self, request: bytes, offer: bytes, now: int) -> VerifiedRequest:
        """Steps R1 to R4, and O4."""

    def open_number(self, request: VerifiedRequest) -> OpenedRequest:
        """Step R5."""

    def certify(
        self, request: OpenedRequest, beneficiary: Beneficiary, iat: int, exp: int, *, end: int | None = None
    ) -> bytes:
        """A card; the same again for the same request and person. Renewed or lent, it goes no further than ``end``."""

    def card_for(self, request: VerifiedRequest) -> bytes | None:
        """The card that was made for this very request."""

    def revoke(self, credential_id: bytes, /) -> None:
        """Revoke the card with this cti; once more does no harm."""


class People(Protocol):
    """The insurer's own records."""

    def find(self, number: Nir) -> Record | None:
        """The record of the person whose number that is, and of nobody else; None if there is none.

        Raises ``UsageError`` where there are several: none of them is the first.
        """

    def named(self, reference: str) -> Sequence[Record]:
        """All records that go by that reference. A desk makes no card where it is not the reference of one person alone."""


class Mailer(Protocol):
    """Delivers e-mail codes."""

    def send(self, address: str, code: str, expires: int) -> None:
        """Send ``code``, good until ``expires`` (NumericDate), and keep no copy of it."""


class ApplicationStore(Protocol):
    """What an issuer keeps of applications."""

    def add(self, application: Application, require: Callable[[tuple[Application, ...]], None] | None = None) -> bool:
        """Keep a new application, if its offer has not been answered by another one. Atomic and durable.

        False if it has been, also by this very application.

        Args:
            require: is given all that there are for the same number, in the same step; what it raises leaves all as it was.
        """

    def find(self, application_id: bytes) -> Application | None:
        """The application with that id."""

    def change(self, number: bytes, change: Callable[[tuple[Application, ...]], Iterable[Application]]) -> None:
        """Replace those applications that ``change`` gives, of all for the number with that pseudonym, which it is given.

        Reading and writing are one exclusive step, durable before it returns. What ``change`` raises leaves all as it was.
        """

    def due(self, now: int) -> tuple[Application, ...]:
        """Those for which there is something to be done without anybody asking: open for too long at ``now``, or answered
        by a card that is to be revoked.
        """
