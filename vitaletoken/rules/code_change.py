"""A change of the personal code (CODE-5): prepared, answered card by card, and then in force for all of them in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import UsageError
from vitaletoken.rules.acceptance import open_enrolments, restocked
from vitaletoken.rules.cards import MAX_RENEWALS, CardChange, CardKind, CodeChange, Edition, PersonalCode, WalletCard
from vitaletoken.rules.wallet import Wallet, code_of
from vitaletoken.wire.registry import Environment


def require_can_change(wallet: Wallet, profile: Argon2Profile | None, now: int) -> None:
    """Raise what can be said before the old code is tried.

    Args:
        profile: the one that is asked for; None to keep that of the old code.

    Raises:
        UsageError: no code has been chosen; an enrolment waits for its card, which would come for the old code; the profile is
            not one for a card in production; or of a card in a change that waits, as many renewals are kept as there may be.
    """
    chosen = profile or code_of(wallet).profile
    if open_enrolments(wallet, now):
        raise UsageError(
            "an enrolment waits for its card, which will be for the code of now: accept or delete it first"
        )
    production = (card.stock[-1].claims.card.environment is not Environment.TEST for card in wallet.own_cards)
    if chosen is Argon2Profile.CHEAPEST and any(production):
        raise UsageError("the cheapest Argon2id profile is for tests")
    # None of them is dropped for a newer one: the issuer may have answered it, and then answers no other.
    if wallet.change and any(len(sent) >= MAX_RENEWALS for sent in wallet.change.waiting.values()):
        raise UsageError("the renewals of this change are as many as are kept: send those, or give up the change")


def to_renew(wallet: Wallet, code: PersonalCode) -> tuple[WalletCard, ...]:
    """The cards for which a renewal is to be signed, for a change to ``code``: all that are not lent, nor answered in it."""
    change = wallet.change
    answered = {each.handle for each in change.cards if each.stock} if change and change.code == code else set()
    return tuple(card for card in wallet.own_cards if card.handle not in answered)


def begin(wallet: Wallet, code: PersonalCode, renewals: Mapping[str, bytes]) -> Wallet:
    """With a change to ``code``, or the one that there is, with more renewals. It is in force at once where no card waits.

    Args:
        renewals: by handle, of the cards of ``to_renew``.

    Raises:
        UsageError: a change to another code waits for its answers.
    """
    change = wallet.change
    if change is not None and change.code != code:
        raise UsageError("a change to another personal code is under way: its answers have to come first")
    if change is None:
        change = CodeChange(code, tuple(CardChange(handle, ()) for handle in renewals))
    cards = tuple(
        each if each.stock else replace(each, renewals=(*each.renewals, renewals[each.handle])) for each in change.cards
    )
    return completed(replace(wallet, pending=(), change=replace(change, cards=cards)))


def require_can_give_up(wallet: Wallet) -> None:
    """Raises ``UsageError`` where no change of the code waits, or one of its cards has been accepted for the new code."""
    if wallet.change is None:
        raise UsageError("no change of the personal code is under way")
    if wallet.change.is_begun:
        raise UsageError(
            "the change of the personal code has been answered for one card: the other answers have to come"
        )


def given_up(wallet: Wallet) -> Wallet:
    """Without the change that waits, and all that was to be sent for it. Raises as ``require_can_give_up``."""
    require_can_give_up(wallet)
    return replace(wallet, change=None)


def answer(wallet: Wallet, handle: str, renewal: bytes, stock: tuple[Edition, ...]) -> Wallet:
    """With ``stock``, the verified answer to ``renewal`` of the card with that handle; its change waits no more for it.

    It is kept aside until the last one has come: then all of them and the new code are in force, in this one step. An answer
    that came before changes nothing.
    """
    change = wallet.change
    if change is None or renewal not in change.waiting.get(handle, ()):
        return wallet
    answered = CardChange(handle, (renewal,), stock)
    cards = tuple(answered if each.handle == handle else each for each in change.cards)
    return completed(replace(wallet, change=replace(change, cards=cards)))


def completed(wallet: Wallet) -> Wallet:
    """With the new code in force where its change waits for nothing any more.

    Cards that were lent to the phone, and introductions, are for the old code key, and go. The failed tries stay: a change
    is no way to have them back (CODE-6).
    """
    change = wallet.change
    if change is None or change.waiting:
        return wallet
    answers = {each.handle: each for each in change.cards}
    return replace(
        wallet,
        code=replace(change.code, tries=code_of(wallet).tries),
        cards=tuple(
            replace(restocked(card, answers[card.handle].stock), request=answers[card.handle].renewals[0])
            for card in wallet.cards
            if card.kind is not CardKind.LENT
        ),
        introductions=(),
        change=None,
    )
