"""Lending through the issuer: L1 to L6, and the lent card on the delegate's phone (spec section 14.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import lending
from tests.forge import SMALL_ORDER, drop, put
from tests.lending import CARD, INTRODUCTION, ORDER, UNTIL, Phone, Town, attempt, phone, sha
from tests.world import DAY, NOW
from vitaletoken import Code, Environment, UsageError
from vitaletoken.rules.card_record import CardRecord
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.introduction import lending_binding
from vitaletoken.rules.lending import VerifiedOrder, verify_order, verify_own_lent_card
from vitaletoken.wire.credential import Acting
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.registry import Purpose, Status
from vitaletoken.wire.scope import Scope

TOWN = Town()
CAMILLE, SASHA, DOMINIQUE, THIEF = phone("Camille"), phone("Sasha", -9), phone("Dominique"), phone("Thief")
INTRODUCED = lending.introduction(DOMINIQUE)
MONTH = 30 * DAY


def outcome(
    data: bytes,
    card: CardRecord | None = None,
    *,
    introduction: bytes = INTRODUCED,
    lent: tuple[int, ...] = (),
    now: int = NOW,
) -> VerifiedOrder | Code:
    """With no card given, Camille's."""
    held = TOWN.record(TOWN.card(CAMILLE)) if card is None else card
    return attempt(lambda: verify_order(parse_order(data), held, introduction, lent, now))


def code_of(found: Any) -> Code | None:
    return found if isinstance(found, Code) else None


def order(edit: Any = None, *, introduced: bytes = INTRODUCED, **options: Any) -> bytes:
    return lending.order(TOWN.card(CAMILLE), CAMILLE, introduced, edit, **options)


@pytest.mark.parametrize(("owner", "to"), [(CAMILLE, DOMINIQUE), (CAMILLE, SASHA), (SASHA, DOMINIQUE)])
def test_an_order_by_the_card_s_own_keys_is_verified(owner: Phone, to: Phone) -> None:
    card, introduced = TOWN.card(owner), lending.introduction(to)
    found = outcome(lending.order(card, owner, introduced), TOWN.record(card), introduction=introduced)
    assert isinstance(found, VerifiedOrder)
    assert found.introduction.keys == to.keys
    assert found.acting == Acting(to.name, Scope((Purpose.IDENTIFICATION, Purpose.DISPENSING)))
    assert found.binding == lending_binding(introduced)
    assert found.exp(NOW) == UNTIL


def test_a_verified_order_is_made_by_the_function_that_verifies() -> None:
    found = outcome(order())
    assert isinstance(found, VerifiedOrder)
    with pytest.raises(UsageError):
        VerifiedOrder(*found)


@pytest.mark.parametrize("edit", [drop((7,)), put((ORDER, 4), []), put((ORDER, 4), [3, 1]), put((ORDER, 6), 1)])
def test_l1_what_is_not_in_form(edit: Any) -> None:
    assert outcome(order(edit)) is Code.ORDER_STRUCTURE


def test_l1_a_header_that_is_not_that_of_the_card_s_key() -> None:
    mixed = Phone("mixed", SASHA.device, CAMILLE.code)
    data = lending.order(TOWN.card(CAMILLE), mixed, INTRODUCED)
    for status in Status:
        assert outcome(data, TOWN.record(TOWN.card(CAMILLE), status)) is Code.ORDER_STRUCTURE


def test_l2_a_card_that_the_issuer_does_not_have() -> None:
    assert attempt(verify_order, parse_order(order()), None, INTRODUCED, (), NOW) is Code.ORDER_CARD
    assert outcome(order(), TOWN.record(TOWN.card(CAMILLE, idx=8))) is Code.ORDER_CARD


@pytest.mark.parametrize("status", Status)
def test_l2_a_card_that_is_revoked_or_suspended(status: Status) -> None:
    found = outcome(order(), TOWN.record(TOWN.card(CAMILLE), status))
    expected = Code.ORDER_CARD if status in (Status.REVOKED, Status.SUSPENDED) else None
    assert code_of(found) is expected


def test_l2_a_lent_card_is_not_lent_on() -> None:
    lent, third = TOWN.lent_card(CAMILLE, DOMINIQUE), lending.introduction(SASHA)
    data = lending.order(lent, DOMINIQUE, third)
    assert outcome(data, TOWN.record(lent), introduction=third) is Code.ORDER_CARD


def test_l3_each_layer_is_signed_by_its_key() -> None:
    card = TOWN.card(CAMILLE)
    for device, code in ((THIEF, THIEF), (THIEF, CAMILLE), (CAMILLE, THIEF)):
        by = Phone("mixed", device.device, code.code)
        assert outcome(lending.order(card, by, INTRODUCED)) is Code.ORDER_SIGNATURE


def test_l3_a_grant_s_signatures_are_no_order() -> None:
    assert outcome(order(kind="grant")) is Code.ORDER_SIGNATURE


def test_l3_an_order_for_the_child_s_card_is_none_for_the_parent_s() -> None:
    own, child = TOWN.card(CAMILLE), TOWN.child(CAMILLE)
    swapped = lending.order(own, CAMILLE, INTRODUCED, put((ORDER, 1), sha(child)))
    assert outcome(swapped, TOWN.record(child)) is Code.ORDER_SIGNATURE
    assert outcome(lending.order(child, CAMILLE, INTRODUCED), TOWN.record(own)) is Code.ORDER_CARD
    assert isinstance(outcome(lending.order(child, CAMILLE, INTRODUCED), TOWN.record(child)), VerifiedOrder)


def test_l4_another_introduction_than_the_one_named() -> None:
    assert outcome(order(), introduction=lending.introduction(SASHA)) is Code.ORDER_INTRODUCTION
    later = lending.introduction(DOMINIQUE, iat=NOW + 1)
    assert outcome(order(), introduction=later) is Code.ORDER_INTRODUCTION


@pytest.mark.parametrize(
    "introduced",
    [
        b"",
        lending.introduction(DOMINIQUE, drop((6,))),
        lending.introduction(DOMINIQUE, put((INTRODUCTION, 1), SMALL_ORDER[0])),
        lending.introduction(DOMINIQUE, signed_by=THIEF),
    ],
    ids=["empty", "I2", "I3", "I4"],
)
def test_l4_an_introduction_that_fails(introduced: bytes) -> None:
    assert outcome(order(introduced=introduced), introduction=introduced) is Code.ORDER_INTRODUCTION


def test_l4_the_age_of_the_introduction_is_for_the_grantor_s_phone_alone() -> None:
    """I2 to I4 and not I5: the order may reach the issuer when the introduction is over."""
    old = lending.introduction(DOMINIQUE, iat=NOW - 3600)
    assert isinstance(outcome(order(introduced=old), introduction=old), VerifiedOrder)


@pytest.mark.parametrize(
    "to",
    [
        CAMILLE,
        Phone("device", CAMILLE.device, DOMINIQUE.code),
        Phone("code", DOMINIQUE.device, CAMILLE.code),
        Phone("crossed", CAMILLE.code, DOMINIQUE.code),
        Phone("crossed back", DOMINIQUE.device, CAMILLE.device),
    ],
    ids=lambda to: to.name,
)
def test_l4_a_key_of_the_introduction_that_is_the_card_s(to: Phone) -> None:
    introduced = lending.introduction(to)
    assert outcome(order(introduced=introduced), introduction=introduced) is Code.ORDER_INTRODUCTION


@pytest.mark.parametrize(
    ("difference", "expected"),
    [(-301, Code.ORDER_TIME), (-300, None), (300, None), (301, Code.ORDER_TIME)],
)
def test_l5_300_seconds_either_way(difference: int, expected: Code | None) -> None:
    assert code_of(outcome(order(iat=NOW + difference))) is expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (NOW - 1, Code.ORDER_TIME),
        (NOW, Code.ORDER_TIME),
        (NOW + 1, None),
        (NOW + MONTH, None),
        (NOW + MONTH + 1, Code.ORDER_TIME),
    ],
)
def test_l5_until_is_within_30_days_after_iat(until: int, expected: Code | None) -> None:
    assert code_of(outcome(order(until=until))) is expected


def test_l5_until_is_not_over_already() -> None:
    """Else the issuer would have to make a card that ends before it begins."""
    assert outcome(order(iat=NOW - 300, until=NOW)) is Code.ORDER_TIME
    assert code_of(outcome(order(iat=NOW - 300, until=NOW + 1))) is None


def test_a_card_made_now_ends_within_30_days_of_now_whatever_the_phone_s_clock_says() -> None:
    found = outcome(order(iat=NOW + 300, until=NOW + 300 + MONTH))
    assert isinstance(found, VerifiedOrder)
    assert found.exp(NOW) == NOW + MONTH
    TOWN.verified(TOWN.lent_card(CAMILLE, DOMINIQUE, put((6,), NOW), exp=found.exp(NOW)))


def test_l6_eight_in_a_day_and_no_more() -> None:
    assert isinstance(outcome(order(), lent=(NOW,) * 7), VerifiedOrder)
    assert outcome(order(), lent=(NOW,) * 8) is Code.ORDER_THROTTLED
    assert outcome(order(), lent=(NOW + 1000 * DAY,) * 8) is Code.ORDER_THROTTLED, "the clock was set back"


def test_l6_86400_seconds_later_a_loan_counts_no_longer() -> None:
    seven = (NOW - DAY + 1,) * 7
    assert outcome(order(), lent=(*seven, NOW - DAY + 1)) is Code.ORDER_THROTTLED
    assert isinstance(outcome(order(), lent=(*seven, NOW - DAY, NOW - 9 * DAY)), VerifiedOrder)


def test_the_first_step_that_fails_decides() -> None:
    lent = TOWN.record(TOWN.card(CAMILLE))._replace(is_lent=True)
    late: dict[str, Any] = {"iat": NOW - 301}
    other = lending.introduction(SASHA)
    full = (NOW,) * 8
    assert outcome(order(), lent=full) is Code.ORDER_THROTTLED
    assert outcome(order(**late), lent=full) is Code.ORDER_TIME
    assert outcome(order(**late), introduction=other) is Code.ORDER_INTRODUCTION
    unsigned = order(**late, code_by=THIEF.code)
    assert outcome(unsigned, introduction=other) is Code.ORDER_SIGNATURE
    assert outcome(unsigned, lent, introduction=other) is Code.ORDER_CARD
    assert outcome(order(drop((6,))), lent, introduction=other) is Code.ORDER_STRUCTURE


# --- key 15 and the delegate's phone


@pytest.mark.parametrize(
    ("exp", "expected"), [(NOW - 3600 + MONTH, None), (NOW - 3600 + MONTH + 1, Code.CREDENTIAL_STRUCTURE)]
)
def test_cred_5_a_lent_card_ends_within_30_days(exp: int, expected: Code | None) -> None:
    found = attempt(TOWN.verified, TOWN.lent_card(CAMILLE, DOMINIQUE, exp=exp))
    assert code_of(found) is expected
    assert isinstance(TOWN.verified(TOWN.card(CAMILLE, exp=exp)), VerifiedCredential)


def test_cred_5_a_lent_card_shows_no_number() -> None:
    number = put((CARD, 13), "2850275123456")
    assert isinstance(TOWN.verified(TOWN.card(CAMILLE, number)), VerifiedCredential)
    assert attempt(TOWN.verified, TOWN.lent_card(CAMILLE, DOMINIQUE, number)) is Code.CREDENTIAL_STRUCTURE


BINDING = lending_binding(INTRODUCED)


def accepted(card: bytes, *, own: Phone = DOMINIQUE, introduced: bytes = INTRODUCED, now: int = NOW) -> Any:
    return attempt(verify_own_lent_card, card, introduced, own.keys, TOWN.trust, now)


def test_the_delegate_s_phone_accepts_the_answer_to_its_own_introduction() -> None:
    card = TOWN.lent_card(CAMILLE, DOMINIQUE, binding=BINDING)
    found = accepted(card)
    assert isinstance(found, VerifiedCredential)
    assert found.claims.card.acting is not None
    assert code_of(accepted(card, now=UNTIL - 1)) is None
    assert accepted(card, now=UNTIL) is Code.CREDENTIAL_EXPIRED


def test_the_delegate_s_phone_accepts_nothing_else() -> None:
    card = TOWN.lent_card(CAMILLE, DOMINIQUE, binding=BINDING)
    crossed = Phone("crossed", DOMINIQUE.device, SASHA.code)
    for own in (CAMILLE, SASHA, crossed):
        assert accepted(card, own=own) is Code.CREDENTIAL_NOT_MINE
    assert accepted(card, introduced=lending.introduction(DOMINIQUE, iat=NOW + 1)) is Code.CREDENTIAL_NOT_MINE
    assert accepted(TOWN.lent_card(CAMILLE, DOMINIQUE)) is Code.CREDENTIAL_NOT_MINE
    assert accepted(b"") is Code.CREDENTIAL_STRUCTURE
    assert accepted(card[:-64] + bytes(64)) is Code.ISSUER_SIGNATURE
    assert accepted(card, now=NOW + 60 * DAY) is Code.TRUST_LIST_EXPIRED
    production = TOWN.lent_card(CAMILLE, DOMINIQUE, drop((CARD, 10)), binding=BINDING)
    assert accepted(production) is Code.WRONG_ENVIRONMENT
    assert TOWN.environment is Environment.TEST
