"""An issuer's register in memory: for tests, and the shape of what ``register`` does in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Lock

from vitaletoken.errors import UsageError
from vitaletoken.ports import RecordOutcome
from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedCredential, IssuedRenewal
from vitaletoken.rules.changes import published, require_allowed
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.registry import Status


class MemoryRegister:
    """An issuer's register in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._aliases: dict[str, bytes] = {}
        self._origins: dict[bytes, bytes] = {}  # cti of the card that answers
        #: With its own status, whatever its lender's is. By the card's own cti, as are those below.
        self._held: dict[bytes, HeldCard] = {}
        self._ctis: dict[bytes, bytes] = {}
        self._digests: dict[bytes, bytes] = {}
        self._places: dict[StatusRef, bytes] = {}

    def alias(self, reference: str, fresh: bytes) -> bytes | None:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            if reference not in self._aliases and fresh in self._aliases.values():
                return None
            return self._aliases.setdefault(reference, fresh)

    def record(self, card: IssuedCard, lent_before: int = 0) -> RecordOutcome:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            if card.origin in self._origins:
                return RecordOutcome.ANSWERED
            if card.lender is not None and (
                not self._is_in_force(card.lender) or len(self._lent_from(card.lender)) != lent_before
            ):
                return RecordOutcome.LENDER_CHANGED
            if card.cti in self._ctis or card.status in self._places:
                return RecordOutcome.INDEX_TAKEN
            self._origins[card.origin] = self._places[card.status] = card.cti
            self._held[card.cti] = HeldCard(card, Status.VALID)
            self._keep(card.cti, card.credentials)
            return RecordOutcome.RECORDED

    def answer_to(self, origin: bytes) -> IssuedCard | None:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            cti = self._origins.get(origin)
            return None if cti is None else self._held[cti].card

    def find(self, digest: bytes) -> HeldCard | None:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            cti = self._digests.get(digest)
            return None if cti is None else self._published(self._held[cti])

    def find_cti(self, cti: bytes) -> HeldCard | None:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            return self._published(self._held[self._ctis[cti]]) if cti in self._ctis else None

    def lent_from(self, cti: bytes) -> tuple[bytes, ...]:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            card = self._ctis.get(cti)
            return () if card is None else tuple(each.cti for each in self._lent_from(card))

    def renew(self, cti: bytes, renewal: IssuedRenewal, earlier: int) -> bool:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            if not self._is_in_force(cti) or any(each.cti in self._ctis for each in renewal.credentials):
                return False
            held = self._held[self._ctis[cti]]
            if len(held.renewals) != earlier:
                return False
            self._held[held.card.cti] = HeldCard(held.card, held.status, (*held.renewals, renewal))
            self._keep(held.card.cti, renewal.credentials)
            return True

    def set_statuses(self, statuses: Mapping[bytes, Status], *, lend_anew: bool = False) -> None:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            held = dict(self._held)
            for cti, status in statuses.items():
                if cti not in self._ctis:
                    raise UsageError("no card of that id was issued here")
                before = held[self._ctis[cti]]
                require_allowed(before.status, status, lend_anew=lend_anew)
                held[before.card.cti] = HeldCard(before.card, status, before.renewals)
            self._held = held

    def statuses(self, number: int) -> Mapping[int, Status]:
        """As ``ports.IssuerRegister``."""
        with self._lock:
            return {
                held.card.status.idx: held.status
                for held in map(self._published, self._held.values())
                if held.card.status.list == number and held.status is not Status.VALID
            }

    def _is_in_force(self, cti: bytes) -> bool:
        return cti in self._ctis and self._published(self._held[self._ctis[cti]]).is_in_force

    def _published(self, held: HeldCard) -> HeldCard:
        lender = held.card.lender
        status = held.status if lender is None else published(held.status, self._held[lender].status)
        return replace(held, status=status, lent=tuple(each.made for each in self._lent_from(held.card.cti)))

    def _lent_from(self, card: bytes) -> tuple[IssuedCard, ...]:
        return tuple(held.card for held in self._held.values() if held.card.lender == card)

    def _keep(self, cti: bytes, credentials: Iterable[IssuedCredential]) -> None:
        for credential in credentials:
            self._ctis[credential.cti] = self._digests[credential.digest] = cti
