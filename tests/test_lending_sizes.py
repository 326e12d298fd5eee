"""What is lent fits: in bytes, and in a QR code that a phone's or a terminal's camera reads from a screen."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests import lending
from tests.forge import base45, put, text
from tests.lending import Phone, Town, phone
from vitaletoken import Environment
from vitaletoken.wire.grant import MAX_SIZE as MAX_GRANT
from vitaletoken.wire.introduction import MAX_SIZE as MAX_INTRODUCTION
from vitaletoken.wire.lending_order import MAX_SIZE as MAX_ORDER

THROUGH_THE_ISSUER, ITS_VERSION = 520, 16
ALL_NAMED = 521
OFFLINE, ITS_OWN_VERSION = 800, 20

ALGORITHMS = (-19, -9)
SUITES = pytest.mark.parametrize(("owner", "to"), [(a, b) for a in ALGORITHMS for b in ALGORITHMS])


@cache
def people(owner: int, to: int) -> tuple[Town, Phone, Phone]:
    """In production; names as long as the realistic card's."""
    return Town(Environment.PRODUCTION), phone("Camille", owner), phone("Dominique Lefebvre", to)


def version(shown: str) -> int:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    code = write_qr(shown, medium=Medium.SCREEN)
    assert code.error == "L"
    return int(code.version)


@SUITES
def test_a_presentation_of_a_card_lent_through_the_issuer(owner: int, to: int) -> None:
    town, camille, dominique = people(owner, to)
    message = lending.presentation(town.lent_card(camille, dominique), dominique)
    assert len(message) <= THROUGH_THE_ISSUER
    assert version(text(message)) <= ITS_VERSION


@SUITES
@pytest.mark.parametrize(("categories", "most"), [(None, THROUGH_THE_ISSUER), (tuple(range(1, 9)), ALL_NAMED)])
def test_a_card_lent_for_everything(categories: tuple[int, ...] | None, most: int, owner: int, to: int) -> None:
    """Every purpose. Anywhere is said by no categories, and fits; all eight by name mean another thing.

    They are for certified terminals alone (GRANT-3): one byte more than is promised of the others, in the same code.
    """
    town, camille, dominique = people(owner, to)
    acting = {1: dominique.name, 2: [1, 2, 3, 4, 5], **({} if categories is None else {3: list(categories)})}
    card = town.lent_card(camille, dominique, put((lending.CARD, 15), acting))
    message = lending.presentation(card, dominique)
    assert len(message) <= most
    assert version(text(message)) <= ITS_VERSION


@SUITES
def test_a_presentation_under_a_grant(owner: int, to: int) -> None:
    town, camille, dominique = people(owner, to)
    card = town.card(camille)
    given = lending.grant(card, camille, dominique, categories=(2, 3))
    message = lending.presentation(card, dominique, given)
    assert len(message) <= OFFLINE
    assert version(text(message)) <= ITS_OWN_VERSION


@SUITES
def test_a_grant_for_every_purpose_and_category_in_the_longest_name(owner: int, to: int) -> None:
    """No grant, introduction or order that the form permits is over its limit."""
    town, camille, dominique = people(owner, to)
    longest = Phone("x" * 64, dominique.device, dominique.code)
    card, introduced = town.card(camille), lending.introduction(longest)
    everything: dict[str, Any] = {"purposes": (1, 2, 3, 4, 5), "categories": tuple(range(1, 9))}
    given = lending.grant(card, camille, longest, **everything)
    assert len(given) <= MAX_GRANT
    assert len(introduced) <= MAX_INTRODUCTION
    assert len(lending.order(card, camille, introduced)) + 14 <= MAX_ORDER


@SUITES
def test_the_codes_from_phone_to_phone(owner: int, to: int) -> None:
    town, camille, dominique = people(owner, to)
    assert version("VTI1:" + base45(lending.introduction(dominique))) <= 11
    card = town.card(camille)
    assert version(lending.lent_card_text(card, lending.grant(card, camille, dominique))) <= 17
