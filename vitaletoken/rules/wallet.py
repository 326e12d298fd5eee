"""A phone's wallet: one personal code, its cards, enrolments under way. Values, and functions from one wallet to the next.

Nothing here is a proof: what is put in has been verified by the caller, and the store gives back what was put in.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.code import MAX_FAILED, CodeCounter
from vitaletoken.rules.credential import enrolment_binding
from vitaletoken.rules.number import commitment
from vitaletoken.wire.credential import CredentialClaims, parse_credential
from vitaletoken.wire.enrolment import Number

HANDLE_SIZE: Final = 8
MAX_STOCK: Final = 4
#: Seconds for which a request can be answered: as long as an issuer keeps an application open.
REQUEST_LIFETIME: Final = 30 * 86_400


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
        return hashlib.sha256(self.request).digest()[:HANDLE_SIZE].hex()


@dataclass(frozen=True, slots=True)
class Edition:
    """A card as the issuer made it once: its minimal view, and its billing view, empty where the issuer gave none."""

    minimal: bytes = field(repr=False)
    billing: bytes = field(default=b"", repr=False)

    @property
    def claims(self) -> CredentialClaims:
        """What the minimal view says: verified when it was accepted, and not again."""
        return parse_credential(self.minimal).unverified_claims


@dataclass(frozen=True, slots=True)
class WalletCard:
    """One person's card.

    Attributes:
        handle: 16 hex digits, of the first request. Whatever is renewed or enrolled again, it names this person's card, and
            after the card was deleted, none.
        request: the message that the enrolment binding is over (CRED-3).
        stock: 1 to 4 editions whose windows follow each other.
        presentations: how many were made under this handle; the last one's counter (PRES-3).
        portrait: the picture whose digest is in the card; empty where the phone has not got it.
        number: of the person, with the salt drawn for the first request: the binding is over it too. None for a card that is lent.
    """

    handle: str
    kind: CardKind
    request: bytes = field(repr=False)
    stock: tuple[Edition, ...] = field(repr=False)
    presentations: int = 0
    portrait: bytes = field(default=b"", repr=False)
    number: Number | None = None

    def edition(self, now: int) -> Edition:
        """The one of now: the last whose window has begun. The first before that, for clocks differ."""
        later = (edition for edition in reversed(self.stock[1:]) if edition.claims.iat <= now)
        return next(later, self.stock[0])

    def is_of_the_person_of(self, claims: CredentialClaims) -> bool:
        """Whether it is the card of that beneficiary with that issuer. A lent card stands beside the person's own."""
        mine = self.stock[-1].claims
        same = (mine.iss, mine.card.beneficiary) == (claims.iss, claims.card.beneficiary)
        return same and self.kind is not CardKind.LENT


@dataclass(frozen=True, slots=True)
class Wallet:
    """All that a phone keeps besides its device key.

    Attributes:
        code: None until the first enrolment, and again when nothing is left that it would be for.
        cards: in the order in which they came. pending: the same.
    """

    code: PersonalCode | None = None
    cards: tuple[WalletCard, ...] = ()
    pending: tuple[PendingEnrolment, ...] = ()

    def __repr__(self) -> str:
        tries = None if self.code is None else self.code.tries.failed
        return f"Wallet(cards={len(self.cards)}, pending={len(self.pending)}, tries={tries})"

    def card(self, handle: str | None) -> WalletCard:
        """The card with that handle; None for the only one there is.

        Raises:
            UsageError: there is no such card, or no card, or there are several.
        """
        if handle is not None:
            found = next((card for card in self.cards if card.handle == handle), None)
            if found is None:
                raise UsageError("there is no card with that handle on this phone")
            return found
        if not self.cards:
            raise UsageError("there is no card on this phone")
        if len(self.cards) > 1:
            raise UsageError(f"there are several cards: say which ({', '.join(card.handle for card in self.cards)})")
        return self.cards[0]

    def with_card(self, card: WalletCard) -> Wallet:
        """With ``card`` in the place of that of its handle, or after the others."""
        if all(other.handle != card.handle for other in self.cards):
            return replace(self, cards=(*self.cards, card))
        return replace(self, cards=tuple(card if other.handle == card.handle else other for other in self.cards))


# --- the personal code


def code_of(wallet: Wallet) -> PersonalCode:
    """The code. Raises ``UsageError`` where none has been chosen."""
    if wallet.code is None:
        raise UsageError("no personal code has been chosen on this phone")
    return wallet.code


def choose(wallet: Wallet, code: PersonalCode) -> Wallet:
    """With ``code``, the first one. Raises ``UsageError`` where there is one already."""
    if wallet.code is not None:
        raise UsageError("a personal code was chosen on this phone meanwhile")
    return replace(wallet, code=code)


def count_try(wallet: Wallet, now: int) -> Wallet:
    """With one more try counted, to be recorded durably before it is made (CODE-2).

    Raises:
        Rejected: ``code-locked``, ``code-delayed``.
        UsageError: no code has been chosen.
    """
    code = code_of(wallet)
    return replace(wallet, code=replace(code, tries=code.tries.count_try(now)))


def succeed(wallet: Wallet, tried: PersonalCode) -> tuple[Wallet, int]:
    """After ``tried`` was right: with no failed tries, and how many there were without this one, which was counted too.

    Raises:
        UsageError: the wallet has another code by now; its tries are its own.
    """
    code = _require_still(wallet, tried)
    failed = max(0, code.tries.failed - 1)
    return replace(wallet, code=replace(code, tries=code.tries.succeeded())), failed


def require_in_force(wallet: Wallet, proved: PersonalCode) -> int:
    """Failed tries since ``proved`` was proved, by whoever has the phone now.

    Raises:
        Rejected: ``code-locked``.
        UsageError: the wallet has another code by now.
    """
    failed = _require_still(wallet, proved).tries.failed
    if failed >= MAX_FAILED:
        raise refusal(Code.CODE_LOCKED)
    return failed


def _require_still(wallet: Wallet, tried: PersonalCode) -> PersonalCode:
    if wallet.code is None or not wallet.code.is_that_of(tried):
        raise UsageError("the personal code was exchanged while it was tried")
    return wallet.code


# --- enrolling


def begin(wallet: Wallet, enrolment: PendingEnrolment) -> Wallet:
    """With ``enrolment`` beside all the cards that there are. Requests that no issuer answers any more go.

    Raises:
        UsageError: no code has been chosen, or a lent card is to be enrolled for.
    """
    code_of(wallet)
    if enrolment.kind is CardKind.LENT:
        raise UsageError("a lent card comes from who lends it, not by an enrolment")
    waiting = [other for other in wallet.pending if enrolment.sent < other.sent + REQUEST_LIFETIME]
    return replace(wallet, pending=(*waiting, enrolment))


def _binding(each: PendingEnrolment | WalletCard) -> bytes | None:
    """CRED-3, of the card that answers it."""
    if each.number is None:
        return None
    return enrolment_binding(hashlib.sha256(each.request).digest(), commitment(each.number))


def answered_by(wallet: Wallet, credential: bytes) -> PendingEnrolment | WalletCard:
    """What of the phone's own ``credential`` says that it answers; where it is nothing, the latest, for which it is then refused.

    Nothing in it is believed yet. A card stands for the request that it answered itself: an issuer may send it again.

    Raises:
        Malformed: ``credential-structure``.
        UsageError: this phone has sent no request.
    """
    own: list[PendingEnrolment | WalletCard] = [card for card in wallet.cards if card.kind is not CardKind.LENT]
    own += wallet.pending
    if not own:
        raise UsageError("this phone has sent no enrolment request")
    binding = parse_credential(credential).unverified_claims.card.enrolment.binding
    return next((each for each in own if _binding(each) == binding), own[-1])


def accept(
    wallet: Wallet, answered: PendingEnrolment | WalletCard, edition: Edition, claims: CredentialClaims
) -> tuple[Wallet, str]:
    """With ``edition``, the answer to the request of ``answered``, and the handle of its card.

    It takes the place of the card of the same person, if there is one, whose handle and counter it goes on with. A portrait that
    is not the one of the new card goes.

    Raises:
        Rejected: ``credential-not-mine``, where another person's card has answered that request before.
    """
    if isinstance(answered, WalletCard) and not answered.is_of_the_person_of(claims):
        raise refusal(Code.CREDENTIAL_NOT_MINE)
    before = next((card for card in wallet.cards if card.is_of_the_person_of(claims)), None)
    made = WalletCard(answered.handle, answered.kind, answered.request, (edition,), number=answered.number)
    if before is not None:
        portrait = before.portrait if is_portrait(before.portrait, claims) else b""
        made = replace(made, handle=before.handle, presentations=before.presentations, portrait=portrait)
    pending = tuple(other for other in wallet.pending if other.request != answered.request)
    return replace(wallet, pending=pending).with_card(made), made.handle


def without(wallet: Wallet, handle: str) -> Wallet:
    """Without the card, or the enrolment under way, of that handle; without the code too when nothing else is left.

    With nothing left a new code can be chosen: cards made under the old one are on no phone any more.

    Raises:
        UsageError: there is neither.
    """
    left = Wallet(
        wallet.code,
        tuple(card for card in wallet.cards if card.handle != handle),
        tuple(enrolment for enrolment in wallet.pending if enrolment.handle != handle),
    )
    if left == wallet:
        raise UsageError("there is no card and no enrolment with that handle on this phone")
    return left if left.cards or left.pending else Wallet()


# --- presenting


def count_presentation(wallet: Wallet, card: WalletCard) -> Wallet:
    """With one more presentation of ``card`` counted, to be recorded durably before it is shown (PRES-3)."""
    return wallet.with_card(replace(card, presentations=card.presentations + 1))


# --- portraits


def is_portrait(portrait: bytes, claims: CredentialClaims) -> bool:
    """Whether it is the picture whose digest is in the card."""
    digest = claims.card.portrait
    return digest is not None and hmac.compare_digest(hashlib.sha256(portrait).digest(), digest)
