"""What an issuer's own register says of a card, for the messages that a phone sends about it (spec sections 12.4 and 14.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.wire.credential import ParsedCredential, StatusRef, parse_credential
from vitaletoken.wire.registry import Status


class CardRecord(NamedTuple):
    """A card that this issuer made.

    Attributes:
        digest: SHA-256 of the exact credential that the phone's message is about, one of this card's.
        status: as of now, in the issuer's own register.
        is_lent: it has key 15.
    """

    digest: bytes
    keys: PhoneKeys
    status: Status
    is_lent: bool

    @property
    def is_in_force(self) -> bool:
        """Neither revoked nor suspended."""
        return is_in_force(self.status)


def is_in_force(status: Status) -> bool:
    """Neither revoked nor suspended."""
    return status not in (Status.REVOKED, Status.SUSPENDED)


def card_record(credential: ParsedCredential, status: Status) -> CardRecord:
    """The record of a credential from the issuer's own store, which is why it is believed."""
    claims = credential.unverified_claims
    keys = PhoneKeys(claims.device_key, claims.card.code_key)
    return CardRecord(hashlib.sha256(credential.raw).digest(), keys, status, claims.card.acting is not None)


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """One view of a card, exactly as it was handed out, under the cti in it."""

    cti: bytes
    data: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256, by which a phone's message names it."""
        return hashlib.sha256(self.data).digest()


@dataclass(frozen=True, slots=True)
class IssuedRenewal:
    """A renewal, and what it was answered with.

    Attributes:
        digest: SHA-256 of the exact renewal.
        at: NumericDate, when it was answered.
        changes_code: it made the card for a new personal code; such renewals are counted by themselves (F6).
        credentials: the stock in the order of its windows; each card's minimal view, and after it its billing view where the
            card has one.
    """

    digest: bytes
    at: int
    credentials: tuple[IssuedCredential, ...]
    changes_code: bool = False


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What an issuer records of a card before it hands it out.

    Attributes:
        origin: SHA-256 of what no other card may answer: of an enrolment offer, or of a lending order.
        request_digest: SHA-256 of the exact request, or again of the order, that it answers.
        reference: the issuer's own name for the beneficiary.
        made: NumericDate, when it was recorded; for a card that is lent, when it was lent (L6).
        credentials: the first ones: the minimal view, and the billing view where the card has one.
        commitment: to the number in the issuer's record (ENROL-4), of which the binding is made anew where the code changes;
            empty for a card that is lent. Without the salt, which is not kept, the number can't be found from it.
        end: NumericDate beyond which nothing goes that is made for this card; None where only each credential's own end counts.
        lender: cti of the card that it was lent from; None for one that was enrolled.
    """

    origin: bytes
    request_digest: bytes
    status: StatusRef
    reference: str = field(repr=False)
    made: int
    credentials: tuple[IssuedCredential, ...]
    commitment: bytes = field(default=b"", repr=False)
    end: int | None = None
    lender: bytes | None = None

    @property
    def cti(self) -> bytes:
        """Of its first credential; in the register, the card's own name."""
        return self.credentials[0].cti


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card with all that became of it since.

    Attributes:
        status: as it is published; that of a lent card follows the card that it was lent from (LEND-1).
        renewals: the oldest first. One that was answered anew, once its answer had expired, is there again.
        lent: NumericDates, when each card that was lent from it was made; the oldest record first.
    """

    card: IssuedCard
    status: Status
    renewals: tuple[IssuedRenewal, ...] = ()
    lent: tuple[int, ...] = ()

    @property
    def newest(self) -> ParsedCredential:
        """The minimal view that was made last, of a stock the first: it has the card's keys, as of now."""
        return parse_credential(self._newest[0].data)

    @property
    def newest_billing(self) -> ParsedCredential | None:
        """The billing view beside it, where the card has one."""
        first, *others = self._newest[:2]
        return next((parse_credential(other.data) for other in others if other.cti == first.cti), None)

    @property
    def _newest(self) -> tuple[IssuedCredential, ...]:
        return self.renewals[-1].credentials if self.renewals else self.card.credentials

    @property
    def is_in_force(self) -> bool:
        """Neither revoked nor suspended."""
        return is_in_force(self.status)

    def about(self, digest: bytes) -> CardRecord:
        """The record for a message about this card's credential with that SHA-256, which may be an older one.

        The keys are those of now: after a change of the code, the code of before renews and lends nothing.
        """
        return card_record(self.newest, self.status)._replace(digest=digest)

    def renewed(self, *, changes_code: bool) -> tuple[int, ...]:
        """NumericDates of its renewals that changed the code, or of those that did not (F6)."""
        return tuple(each.at for each in self.renewals if each.changes_code is changes_code)

    def answer_to(self, renewal_digest: bytes) -> IssuedRenewal | None:
        """What that very renewal was answered with, the last time that an answer was made for it."""
        return next((each for each in reversed(self.renewals) if each.digest == renewal_digest), None)

    def credential(self, cti: bytes) -> IssuedCredential:
        """The minimal view under that cti, which has to be one of this card's."""
        made = (self.card.credentials, *(renewal.credentials for renewal in self.renewals))
        return next(each for credentials in made for each in credentials if each.cti == cti)
