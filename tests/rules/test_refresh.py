"""When a card is refreshed: days before the end of all that the phone has of it."""

from __future__ import annotations

import dataclasses

import pytest

from tests import forge
from tests.world import DAY, NOW, World, child, enrolled
from vitaletoken import UsageError
from vitaletoken.rules.cards import CardKind, Edition, WalletCard
from vitaletoken.rules.refresh import RefreshPolicy, due, refresh_from
from vitaletoken.rules.wallet import Wallet


def card(w: World, *windows: tuple[int, int], kind: CardKind = CardKind.OWN, handle: str = "ab" * 8) -> WalletCard:
    """With an edition for each window, in days from now."""
    editions = []
    for begin, end in windows:
        edit = forge.both(forge.put((6,), NOW + begin * DAY), forge.put((4,), NOW + end * DAY))
        editions.append(Edition(forge.credential(w, edit)))
    return WalletCard(handle, kind, b"request", tuple(editions))


@pytest.mark.parametrize(
    ("windows", "days", "begin"),
    [
        ([(0, 14)], 5, 9),
        ([(0, 14)], 1, 13),
        ([(0, 14)], 13, 7),
        ([(0, 4)], 5, 2),
        ([(0, 7), (7, 14), (14, 21)], 5, 16),
        ([(-3, 4), (4, 11)], 7, 4),
    ],
    ids=["fortnight", "late", "not before half", "short", "stock", "stock begun"],
)
def test_it_is_time_before_the_end(windows: list[tuple[int, int]], days: int, begin: int) -> None:
    w = enrolled()
    held = card(w, *windows)
    policy = RefreshPolicy(days)
    assert refresh_from(held, policy) == NOW + begin * DAY
    for seconds, expected in ((-1, ()), (0, (held.handle,)), (100 * DAY, (held.handle,))):
        assert due(Wallet(cards=(held,)), NOW + begin * DAY + seconds, policy) == expected


def test_a_lent_card_is_not_the_phones_to_refresh() -> None:
    w = enrolled()
    lent = card(w, (0, 14), kind=CardKind.LENT)
    assert refresh_from(lent, RefreshPolicy()) is None
    assert due(Wallet(cards=(lent,)), NOW + 100 * DAY, RefreshPolicy()) == ()


def test_what_ends_first_comes_first() -> None:
    w = enrolled()
    cards = [card(w, (0, end), handle=f"{end:016}") for end in (14, 10, 40, 12)]
    handles = due(Wallet(cards=tuple(cards)), NOW + 10 * DAY, RefreshPolicy())
    assert handles == (f"{10:016}", f"{12:016}", f"{14:016}")


def test_a_phone_asks_its_clock() -> None:
    w = enrolled(beneficiary=child())
    assert w.holder.due() == ()
    w.clock.time += 9 * DAY - 1
    assert w.holder.due() == (), "five days are left, and a second"
    w.clock.time += 1
    assert w.holder.due() == (w.card().handle,)
    assert w.holder.due(RefreshPolicy(days=4)) == ()
    w.alter_card(kind=CardKind.LENT)
    assert w.holder.due() == ()


@pytest.mark.parametrize("days", [0, -1])
def test_never_on_the_last_day(days: int) -> None:
    with pytest.raises(UsageError):
        RefreshPolicy(days)
    assert dataclasses.replace(RefreshPolicy(), days=1).days == 1
