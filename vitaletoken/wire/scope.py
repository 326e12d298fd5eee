"""For what, and where, a delegate may act: what a lent card, a grant and a lending order have in common (spec section 14)."""

from __future__ import annotations

from typing import Final, NamedTuple

from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.registry import Category, Purpose


class Scope(NamedTuple):
    """What was lent. It has no field that adds anything to the card: each can only narrow (GRANT-3).

    Attributes:
        purposes: 1 to 5, rising.
        categories: of establishments, 1 to 8, rising; None for any.
    """

    purposes: tuple[Purpose, ...]
    categories: tuple[Category, ...] | None = None


purposes_of: Final = f.rising(1, len(Purpose), Purpose)
categories_of: Final = f.rising(1, len(Category), Category)


def scope_items(scope: Scope, first_key: int) -> dict[int, Item]:
    """The entries of a map: the purposes under ``first_key`` and the categories, if there are any, under the next."""
    item: dict[int, Item] = {first_key: [int(purpose) for purpose in scope.purposes]}
    if scope.categories is not None:
        item[first_key + 1] = [int(category) for category in scope.categories]
    return item
