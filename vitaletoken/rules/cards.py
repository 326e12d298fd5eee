"""What a phone keeps, as values: its personal code, its cards, what it waits for, what it has lent.

All of them together are a ``wallet.Wallet``.

Nothing here is a proof: what is put in has been verified by the caller, and the store gives back what was put in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final, NamedTuple

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.delegation import Way
from vitaletoken.wire.credential import CredentialClaims, parse_credential
from vitaletoken.wire.enrolment import Number
from vitaletoken.wire.grant import parse_grant
from vitaletoken.wire.registry import Category, Purpose
from vitaletoken.wire.scope import Scope

HANDLE_SIZE: Final = 8
#: Cards in answer to one renewal; and the one of before, until the first of them begins.
MAX_STOCK: Final = 4
MAX_EDITIONS: Final = MAX_STOCK + 1
#: Renewals of one card in one change of the code that are kept for their answers.
MAX_RENEWALS: Final = 8


def handle_of(message: bytes) -> str:
    """16 hex digits that name what has to do with ``message``, on this phone alone."""
    return hashlib.sha256(message).digest()[:HANDLE_SIZE].hex()


class CardKind(IntEnum):
    """Whose card it is to the phone's owner, who says so when they enrol: a child's own phone has it as its own."""

    OWN = 1
    CHILD = 2
    LENT = 3


@dataclass(frozen=True, slots=True)
class PersonalCode:
    """The personal code of the phone, for all its cards; not the code itself.

    Attributes:
        salt, profile: of the derivation. key: the code key's public half, 32 bytes.
        tries: failed since the last success.
    """

    salt: bytes = field(repr=False)
    profile: Argon2Profile
    key: bytes
    tries: CodeCounter = CodeCounter()

    def is_that_of(self, other: PersonalCode) -> bool:
        """Whether it is one and the same code, however many tries have failed."""
        return replace(self, tries=other.tries) == other


@dataclass(frozen=True, slots=True)
class PendingEnrolment:
    """An enrolment that waits for its card.

    Attributes:
        request: the exact request; the card must answer it. sent: NumericDate.
        number: what the phone's owner typed, with the salt drawn for the request; the card must be that person's.
    """

    kind: CardKind
    request: bytes = field(repr=False)
    sent: int
    number: Number

    @property
    def handle(self) -> str:
        """The card's, if it is of somebody of whom the phone has no card yet."""
        return handle_of(self.request)


@dataclass(frozen=True, slots=True)
class Introduced:
    """An introduction that this phone has shown: a card that is lent to it through an issuer is made for it.

    Attributes:
        message: the exact introduction. made: NumericDate.
    """

    message: bytes = field(repr=False)
    made: int

    @property
    def handle(self) -> str:
        """By which it can be deleted. The card has another."""
        return handle_of(self.message)


@dataclass(frozen=True, slots=True)
class Edition:
    """A card as the issuer made it once: its minimal view, and its billing view, empty where the issuer gave none."""

    minimal: bytes = field(repr=False)
    billing: bytes = field(default=b"", repr=False)

    @property
    def claims(self) -> CredentialClaims:
        """What the minimal view says: verified when it was accepted, and not again."""
        return parse_credential(self.minimal).unverified_claims

    @property
    def digest(self) -> bytes:
        """SHA-256 of the minimal view: by it, what a phone signs about the card names it."""
        return hashlib.sha256(self.minimal).digest()


class Terms(NamedTuple):
    """On what terms a card was lent to the phone's owner.

    Attributes:
        name: by which terminals are told who acts: what the owner called themselves when they were introduced.
        until: NumericDate, the first second at which the card is refused.
        scope: purposes, and categories of establishments or None for any.
    """

    way: Way
    name: str
    until: int
    scope: Scope

    def __repr__(self) -> str:
        return f"Terms(way={self.way!r}, until={self.until})"


@dataclass(frozen=True, slots=True)
class WalletCard:
    """One person's card.

    Attributes:
        handle: 16 hex digits. Whatever is renewed or enrolled again, it names this person's card, and after the card was
            deleted, none; each card that is lent has its own.
        request: the message that the enrolment binding is over (CRED-3): the request, the renewal that last changed the code, or
            the introduction; empty for a card under a grant.
        stock: 1 to 5 editions whose windows follow each other.
        presentations: counter of the last one (PRES-3).
        portrait: the picture whose digest is in the card; empty where the phone has not got it.
        number: of the person, with the salt drawn for the request: the binding is over it too. None for a card that is lent.
        grant: the exact grant under which the phone's owner acts; empty where there is none.
    """

    handle: str
    kind: CardKind
    request: bytes = field(repr=False)
    stock: tuple[Edition, ...] = field(repr=False)
    presentations: int = 0
    portrait: bytes = field(default=b"", repr=False)
    number: Number | None = None
    grant: bytes = field(default=b"", repr=False)

    def edition(self, now: int) -> Edition:
        """The one of now: the last whose window has begun. The first before that, for clocks differ."""
        later = (edition for edition in reversed(self.stock[1:]) if edition.claims.iat <= now)
        return next(later, self.stock[0])

    def is_of_the_person_of(self, claims: CredentialClaims) -> bool:
        """Whether it is the card of that beneficiary with that issuer. A lent card stands beside the person's own."""
        mine = self.stock[-1].claims
        same = (mine.iss, mine.card.beneficiary) == (claims.iss, claims.card.beneficiary)
        return same and self.kind is not CardKind.LENT

    @property
    def lent(self) -> Terms | None:
        """On what terms it was lent to the phone's owner; None where it was not."""
        if self.kind is not CardKind.LENT:
            return None
        claims = self.stock[-1].claims
        if self.grant:
            grant = parse_grant(self.grant).unverified_claims
            return Terms(Way.GRANT, grant.name, min(grant.exp, claims.exp), grant.scope)
        acting = claims.card.acting
        return acting and Terms(Way.ISSUER, acting.name, claims.exp, acting.scope)


@dataclass(frozen=True, slots=True)
class CardChange:
    """One card in a change of the personal code.

    Attributes:
        renewals: 1 to 8 that the issuer may answer, the newest last; once one of them was answered, that one alone.
        stock: the answer; empty before it.
    """

    handle: str
    renewals: tuple[bytes, ...] = field(repr=False)
    stock: tuple[Edition, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A change of the personal code that waits for its answers (CODE-5): until the last of them, the old code is in force.

    Attributes:
        code: the new one. cards: all that are not lent.
    """

    code: PersonalCode
    cards: tuple[CardChange, ...]

    @property
    def waiting(self) -> dict[str, tuple[bytes, ...]]:
        """By handle, what is to be sent to the card's issuer until it is answered: the newest last."""
        return {each.handle: each.renewals for each in self.cards if not each.stock}

    def renewals_of(self, handle: str) -> tuple[bytes, ...]:
        """Those of that card that its issuer may answer, or the one that it has answered."""
        return next((each.renewals for each in self.cards if each.handle == handle), ())

    @property
    def is_begun(self) -> bool:
        """An answer was accepted: that card has no way back to the old code."""
        return len(self.waiting) < len(self.cards)


@dataclass(frozen=True, slots=True)
class AskedUnlock:
    """What the phone has asked the issuer of a card to sign: the nonce, 16 bytes, good once."""

    handle: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Loan:
    """A card of this phone that its owner has lent.

    Attributes:
        card: its handle. way: through the issuer, or by a grant.
        name: the delegate's, from their introduction: it proves nothing.
        until: NumericDate, the first second at which it is over.
        purposes, categories: for what, and where; None for any place.
        id: the grant's id, 8 bytes; SHA-256 of the order where it is lent through the issuer, who may not have been asked yet.
        delegate: thumbprint of the delegate's device key, 32 bytes.
    """

    card: str
    way: Way
    name: str = field(repr=False)
    until: int
    purposes: tuple[Purpose, ...]
    categories: tuple[Category, ...] | None
    id: bytes
    delegate: bytes = field(repr=False)
