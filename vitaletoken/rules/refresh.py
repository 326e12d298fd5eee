"""When a phone asks its issuer for a card anew, so that no terminal ever meets an expired one."""

from __future__ import annotations

from dataclasses import dataclass

from vitaletoken.errors import UsageError
from vitaletoken.rules.cards import CardKind, WalletCard
from vitaletoken.rules.wallet import Wallet

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """When it is time.

    Attributes:
        days: before the end of what the phone has of a card, its whole stock; but never before half of that has passed, which
            is what counts for cards that are good for a few days only.

    Raises:
        UsageError: less than one day.
    """

    days: int = 5

    def __post_init__(self) -> None:
        if self.days < 1:
            raise UsageError("a card is refreshed at least one day before it ends")


def refresh_from(card: WalletCard, policy: RefreshPolicy) -> int | None:
    """NumericDate from which ``card`` should be refreshed; None for a lent one, which its grantor alone can have made anew."""
    if card.kind is CardKind.LENT:
        return None
    begin = card.stock[0].claims.iat
    end = card.stock[-1].claims.exp
    return max(end - policy.days * _DAY, begin + (end - begin) // 2)


def due(wallet: Wallet, now: int, policy: RefreshPolicy) -> tuple[str, ...]:
    """Handles of the cards for which it is time, the one that ends first first."""
    ends = [
        (card.stock[-1].claims.exp, card.handle)
        for card in wallet.cards
        if (begin := refresh_from(card, policy)) is not None and begin <= now
    ]
    return tuple(handle for _, handle in sorted(ends))
