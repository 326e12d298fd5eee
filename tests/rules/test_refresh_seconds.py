"""Half of a card's time is a whole number of seconds, the one before where it falls between two."""

from __future__ import annotations

import dataclasses

from tests import forge
from tests.rules.test_refresh import card
from tests.world import DAY, NOW, enrolled
from vitaletoken.rules.cards import Edition
from vitaletoken.rules.refresh import RefreshPolicy, due, refresh_from
from vitaletoken.rules.wallet import Wallet


def test_half_way_between_two_seconds_is_the_one_before() -> None:
    w = enrolled()
    held = card(w, (0, 4))
    edit = forge.both(forge.put((6,), NOW), forge.put((4,), NOW + 4 * DAY + 1))
    odd = dataclasses.replace(held, stock=(Edition(forge.credential(w, edit)),))
    policy = RefreshPolicy(5)
    assert refresh_from(odd, policy) == NOW + 2 * DAY
    assert due(Wallet(cards=(odd,)), NOW + 2 * DAY - 1, policy) == ()
    assert due(Wallet(cards=(odd,)), NOW + 2 * DAY, policy) == (odd.handle,)
