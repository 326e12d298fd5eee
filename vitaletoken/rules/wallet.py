"""A phone's wallet: all that it keeps, and functions from one wallet to the next that have to do with its personal code.

``acceptance``, ``code_change``, ``loans`` and ``deletion`` have the others; ``cards`` the values that are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.cards import (
    AskedUnlock,
    CardKind,
    CodeChange,
    Edition,
    Introduced,
    Loan,
    PendingEnrolment,
    PersonalCode,
    WalletCard,
)
from vitaletoken.rules.code import MAX_FAILED


@dataclass(frozen=True, slots=True)
class Wallet:
    """All that a phone keeps besides its device key.

    Attributes:
        code: None until the first enrolment or introduction, and again when nothing is left that it would be for.
        cards: in the order in which they came. pending, introductions, loans: the same.
        change: of the code, where one waits for its answers.
        unlock: what an issuer was asked for last; None where it has answered.
        lent_presentations: how many were made of cards that are lent: the counter that they all share, so that it rises for
            each of them whatever was deleted, or lent anew, in between (PRES-3).
    """

    code: PersonalCode | None = None
    cards: tuple[WalletCard, ...] = ()
    pending: tuple[PendingEnrolment, ...] = ()
    introductions: tuple[Introduced, ...] = ()
    loans: tuple[Loan, ...] = ()
    change: CodeChange | None = None
    unlock: AskedUnlock | None = None
    lent_presentations: int = 0

    def __repr__(self) -> str:
        tries = None if self.code is None else self.code.tries.failed
        return f"Wallet(cards={len(self.cards)}, pending={len(self.pending)}, tries={tries})"

    @property
    def own_cards(self) -> tuple[WalletCard, ...]:
        """Those that are not lent: the owner's own, and their children's."""
        return tuple(card for card in self.cards if card.kind is not CardKind.LENT)

    def card(self, handle: str | None) -> WalletCard:
        """The card with that handle; None for the only one there is.

        Raises:
            UsageError: there is no such card, or no card, or there are several.
        """
        return _find(self.cards, handle)

    def own_card(self, handle: str | None) -> WalletCard:
        """The card with that handle; None for the only one that is not lent.

        Raises:
            UsageError: there is no such card, or none, or there are several; or it is lent.
        """
        if handle is None:
            return _find(self.own_cards, None)
        found = self.card(handle)
        if found.kind is CardKind.LENT:
            raise UsageError("the card is lent: what is done about it, its owner's own phone does")
        return found

    def with_card(self, card: WalletCard) -> Wallet:
        """With ``card`` in the place of that of its handle, or after the others."""
        if all(other.handle != card.handle for other in self.cards):
            return replace(self, cards=(*self.cards, card))
        return replace(self, cards=tuple(card if other.handle == card.handle else other for other in self.cards))


def _find(cards: tuple[WalletCard, ...], handle: str | None) -> WalletCard:
    if handle is not None:
        found = next((card for card in cards if card.handle == handle), None)
        if found is None:
            raise UsageError("there is no card with that handle on this phone")
        return found
    if not cards:
        raise UsageError("there is no card on this phone")
    if len(cards) > 1:
        raise UsageError(f"there are several cards: say which ({', '.join(card.handle for card in cards)})")
    return cards[0]


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


def unlock_for(wallet: Wallet, digest: bytes) -> tuple[WalletCard, Edition]:
    """The card, and its edition with that SHA-256, which an unlock says it is for; where there is none, one to refuse it for.

    Raises:
        UsageError: there is no card.
    """
    editions = [(card, edition) for card in wallet.cards for edition in card.stock]
    if not editions:
        raise UsageError("there is no card on this phone")
    return next((each for each in editions if each[1].digest == digest), editions[0])


def unlocked(wallet: Wallet) -> Wallet:
    """After an unlock has passed: no failed tries, and what was asked for is forgotten, so that it passes once (CODE-6).

    Raises:
        UsageError: no code has been chosen.
    """
    code = code_of(wallet)
    return replace(wallet, code=replace(code, tries=code.tries.succeeded()), unlock=None)


def require_in_force(wallet: Wallet, proved: PersonalCode) -> int:
    """Failed tries since ``proved`` was proved, by whoever has the phone now.

    Raises:
        Rejected: ``code-locked``.
        UsageError: the wallet has another code by now.
    """
    _require_still(wallet, proved)
    return require_not_locked(wallet)


def require_not_locked(wallet: Wallet) -> int:
    """Failed tries, of a phone that may sign (CODE-7).

    Raises:
        Rejected: ``code-locked``.
        UsageError: no code has been chosen.
    """
    failed = code_of(wallet).tries.failed
    if failed >= MAX_FAILED:
        raise refusal(Code.CODE_LOCKED)
    return failed


def _require_still(wallet: Wallet, tried: PersonalCode) -> PersonalCode:
    if wallet.code is None or not wallet.code.is_that_of(tried):
        raise UsageError("the personal code was exchanged while it was tried")
    return wallet.code


# --- presenting


def count_presentation(wallet: Wallet, card: WalletCard) -> Wallet:
    """With one more presentation of ``card`` counted, to be recorded durably before it is shown (PRES-3)."""
    if card.kind is not CardKind.LENT:
        return wallet.with_card(replace(card, presentations=card.presentations + 1))
    count = wallet.lent_presentations + 1
    return replace(wallet, lent_presentations=count).with_card(replace(card, presentations=count))
