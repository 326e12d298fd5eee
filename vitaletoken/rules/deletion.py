"""What is deleted from a phone's wallet, and what goes with it."""

from __future__ import annotations

from dataclasses import replace

from vitaletoken.errors import UsageError
from vitaletoken.rules import code_change
from vitaletoken.rules.wallet import Wallet


def without(wallet: Wallet, handle: str) -> Wallet:
    """Without the card, the enrolment under way, or the introduction of that handle.

    A change of the code does not wait for the card any more. With nothing left that the code is for, it goes too, and a new one
    can be chosen: what was made under the old one is on no phone any more. Only what the owner has lent stays listed until it
    is over, since deleting the card does not end it; and the counter of what was shown of lent cards never begins anew: one of
    them may be lent to this phone again (PRES-3).

    Raises:
        UsageError: there is nothing of that handle.
    """
    change = wallet.change
    if change is not None:
        change = replace(change, cards=tuple(each for each in change.cards if each.handle != handle))
    left = replace(
        wallet,
        cards=tuple(card for card in wallet.cards if card.handle != handle),
        pending=tuple(each for each in wallet.pending if each.handle != handle),
        introductions=tuple(each for each in wallet.introductions if each.handle != handle),
        change=change,
        unlock=None if wallet.unlock is None or wallet.unlock.handle == handle else wallet.unlock,
    )
    if left == wallet:
        raise UsageError("there is no card, no enrolment and no introduction with that handle on this phone")
    left = code_change.completed(left)
    nothing_left = Wallet(loans=left.loans, lent_presentations=left.lent_presentations)
    return left if left.cards or left.pending or left.introductions else nothing_left
