"""Delegates at the terminal: V8 to V14, in both ways of lending, each limit to the second (spec sections 8 and 14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import forge, lending
from tests.forge import drop, put
from tests.lending import CARD as CARD_CLAIM
from tests.lending import HOUR, Phone, Town, phone, presentation, sha
from tests.world import DAY, NOW
from vitaletoken import Binding, Code, Policy, UserVerification, VerifiedPresentation
from vitaletoken.rules.authentic import authenticate
from vitaletoken.rules.delegation import Delegate, Way
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Category, Purpose, Status

TOWN = Town()
CAMILLE, SASHA, DOMINIQUE, THIEF = phone("Camille"), phone("Sasha", -9), phone("Dominique"), phone("Thief")
CARD = TOWN.card(CAMILLE)
LENT = TOWN.lent_card(CAMILLE, DOMINIQUE)
PHARMACY: dict[str, Any] = {"categories": (Category.PHARMACY,)}


def code_of(found: VerifiedPresentation | Code) -> Code | None:
    return found if isinstance(found, Code) else None


def shown(given: bytes | None = None, *, by: Phone = DOMINIQUE, card: bytes = CARD, **options: Any) -> bytes:
    return presentation(card, by, lending.grant(card, CAMILLE, by) if given is None else given, **options)


def outcome(message: bytes, **options: Any) -> VerifiedPresentation | Code:
    return TOWN.outcome(message, **options)


SUITES = pytest.mark.parametrize(
    ("owner", "to"),
    [(CAMILLE, DOMINIQUE), (CAMILLE, SASHA), (SASHA, DOMINIQUE), (SASHA, phone("Alix", -9))],
    ids=["1-to-1", "1-to-2", "2-to-1", "2-to-2"],
)


@SUITES
def test_a_delegate_is_accepted_and_named(owner: Phone, to: Phone) -> None:
    card = TOWN.card(owner)
    seen = TOWN.verify(presentation(card, to, lending.grant(card, owner, to)))
    assert seen.delegate == Delegate(to.name, Way.GRANT, NOW - 60 + 72 * HOUR)
    assert seen.card.person.given_names == ("Camille", "Élise")
    assert to.name not in repr(seen)


@pytest.mark.parametrize("to", [DOMINIQUE, SASHA], ids=["suite-1", "suite-2"])
def test_a_delegate_with_a_lent_card_is_accepted_and_named(to: Phone) -> None:
    card = TOWN.lent_card(CAMILLE, to)
    seen = TOWN.verify(presentation(card, to), **PHARMACY)
    assert seen.delegate == Delegate(to.name, Way.ISSUER, lending.UNTIL)
    assert seen.card.beneficiary == b"camille "


def test_where_nobody_acts_for_another_there_is_no_delegate() -> None:
    assert TOWN.verify(presentation(CARD, CAMILLE)).delegate is None
    assert TOWN.verify(presentation(CARD, CAMILLE), delegates=False).delegate is None


# --- V8


@pytest.mark.parametrize("given", [b"", b"\x00", b"grant", bytes(513)])
def test_v8_a_grant_that_is_none(given: bytes) -> None:
    assert outcome(shown(given)) is Code.GRANT_STRUCTURE


@SUITES
def test_v8_cred_4_for_the_delegate_s_device_key(owner: Phone, to: Phone) -> None:
    """The header of the presentation is that of the acting key; whether it is that of the card's is no matter."""
    card, given = TOWN.card(owner), lending.grant(TOWN.card(owner), owner, to)
    other = phone("other", -9 if to.device.algorithm == -19 else -19)
    assert outcome(presentation(card, other, given)) is Code.GRANT_STRUCTURE


def test_v8_a_grant_not_signed_by_the_card_s_keys() -> None:
    for by in (THIEF, Phone("", THIEF.device, CAMILLE.code), Phone("", CAMILLE.device, THIEF.code)):
        assert outcome(shown(lending.grant(CARD, by, DOMINIQUE))) is Code.GRANT_SIGNATURE


def test_v8_a_card_that_was_lent_is_not_lent_on() -> None:
    assert outcome(presentation(LENT, SASHA, lending.grant(LENT, DOMINIQUE, SASHA))) is Code.GRANT_HOP


def test_v8_a_stripped_code_layer() -> None:
    """Whoever finds the delegate's unlocked phone gets nowhere, also at a terminal that asks for no code."""
    message = shown(code=False)
    assert outcome(message, least_user_verification=UserVerification.NONE) is Code.GRANT_CODE
    own = presentation(CARD, CAMILLE, code=False)
    assert code_of(outcome(own, least_user_verification=UserVerification.NONE)) is None


def test_v8_within_it_the_first_row_decides() -> None:
    lent_on = lending.grant(LENT, DOMINIQUE, SASHA)
    assert outcome(presentation(LENT, SASHA, lent_on, code=False)) is Code.GRANT_HOP
    forged = lending.grant(LENT, THIEF, SASHA)
    assert outcome(presentation(LENT, SASHA, forged, code=False)) is Code.GRANT_SIGNATURE


def test_v8_comes_after_v7_and_before_v9() -> None:
    unsigned = CARD[:-64] + bytes(64)
    assert outcome(shown(b"", card=unsigned)) is Code.ISSUER_SIGNATURE
    assert outcome(presentation(CARD, THIEF, b"")) is Code.GRANT_STRUCTURE


def test_no_way_to_authenticate_leaves_v8_out() -> None:
    """V8 is in the one function that makes an ``AuthenticPresentation``, whoever calls it."""
    parsed = parse_presentation(shown(lending.grant(CARD, THIEF, DOMINIQUE)))
    assert lending.attempt(authenticate, parsed, TOWN.verified(CARD), {}) is Code.GRANT_SIGNATURE


# --- V9 and V10: the acting keys


def test_v9_the_delegate_s_device_signs() -> None:
    given = lending.grant(CARD, CAMILLE, DOMINIQUE)
    for device in (THIEF, CAMILLE):
        assert outcome(presentation(CARD, Phone("", device.device, DOMINIQUE.code), given)) is Code.DEVICE_SIGNATURE


def test_v10_the_delegate_s_code_signs() -> None:
    given = lending.grant(CARD, CAMILLE, DOMINIQUE)
    for code in (THIEF, CAMILLE):
        assert outcome(presentation(CARD, Phone("", DOMINIQUE.device, code.code), given)) is Code.CODE_SIGNATURE


def test_a_delegate_without_the_grant_is_nobody() -> None:
    assert outcome(presentation(CARD, DOMINIQUE)) is Code.DEVICE_SIGNATURE


def test_a_grant_taken_out_or_exchanged_breaks_the_presentation() -> None:
    """It is among the claims that both layers sign."""
    first, second = (lending.grant(CARD, CAMILLE, DOMINIQUE, lifetime=hours * HOUR) for hours in (1, 2))
    made, other = (forge.dec(presentation(CARD, DOMINIQUE, given)) for given in (first, second))
    crossed = forge.enc([*made[:2], other[2], made[3]])
    assert outcome(crossed) is Code.DEVICE_SIGNATURE


@pytest.mark.parametrize("to", [DOMINIQUE, SASHA], ids=["suite-1", "suite-2"])
def test_the_suite_is_that_of_the_acting_device_key(to: Phone) -> None:
    given = lending.grant(CARD, CAMILLE, to)
    right = 1 if to is DOMINIQUE else 2
    assert code_of(outcome(presentation(CARD, to, given, suite=right))) is None
    assert outcome(presentation(CARD, to, given, suite=3 - right)) is Code.DEVICE_SIGNATURE


def test_the_grantor_goes_on_using_the_card() -> None:
    assert code_of(outcome(presentation(CARD, CAMILLE))) is None


def test_a_grant_in_the_owner_s_own_presentation_does_not_let_the_owner_act() -> None:
    assert outcome(presentation(CARD, CAMILLE, lending.grant(CARD, CAMILLE, DOMINIQUE))) is Code.DEVICE_SIGNATURE


def test_a_delegated_presentation_is_bound_as_any_other() -> None:
    given, bound_to = lending.grant(CARD, CAMILLE, DOMINIQUE), sha(b"a certificate")
    message = presentation(CARD, DOMINIQUE, given, binding=1, bound_to=bound_to)
    assert outcome(message) is Code.CONTEXT_UNKNOWN


# --- father and child


def test_a_grant_of_the_child_s_card_shows_the_child_and_never_the_parent() -> None:
    """One phone, one pair of keys, two people: a grant and a card that do not go together are refused."""
    child = TOWN.child(CAMILLE)
    seen = TOWN.verify(presentation(child, DOMINIQUE, lending.grant(child, CAMILLE, DOMINIQUE)))
    assert (seen.card.beneficiary, seen.card.policyholder) == (b"zoe     ", b"camille ")
    assert seen.card.person.given_names == ("Zoé",)
    for lent, other in ((child, CARD), (CARD, child)):
        message = presentation(other, DOMINIQUE, lending.grant(lent, CAMILLE, DOMINIQUE))
        assert outcome(message) is Code.GRANT_SIGNATURE


# --- V11: scope


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("way", Way)
def test_v11_a_delegate_acts_for_the_purposes_named(way: Way, purpose: Purpose) -> None:
    message = shown() if way is Way.GRANT else presentation(LENT, DOMINIQUE)
    expected = None if purpose in (Purpose.IDENTIFICATION, Purpose.DISPENSING) else Code.DELEGATION_SCOPE
    assert code_of(outcome(message, purpose=purpose, **PHARMACY)) is expected
    assert code_of(outcome(presentation(CARD, CAMILLE), purpose=purpose)) is None


CATEGORIES = [
    ((Category.PHARMACY,), None),
    ((Category.LABORATORY, Category.PHARMACY), None),
    ((Category.HOSPITAL,), Code.DELEGATION_SCOPE),
    ((), Code.DELEGATION_SCOPE),
]


@pytest.mark.parametrize(("categories", "expected"), CATEGORIES)
def test_v11_a_delegate_acts_at_terminals_of_the_categories_named(
    categories: tuple[Category, ...], expected: Code | None
) -> None:
    given = lending.grant(CARD, CAMILLE, DOMINIQUE, categories=(1, 2))
    assert code_of(outcome(shown(given), categories=categories)) is expected
    assert code_of(outcome(presentation(LENT, DOMINIQUE), categories=categories)) is expected


@pytest.mark.parametrize("categories", [categories for categories, _ in CATEGORIES])
def test_v11_where_no_categories_are_named_any_terminal_will_do(categories: tuple[Category, ...]) -> None:
    anywhere = TOWN.lent_card(CAMILLE, DOMINIQUE, drop((CARD_CLAIM, 15, 3)))
    for message in (shown(), presentation(anywhere, DOMINIQUE)):
        assert code_of(outcome(message, categories=categories)) is None


# --- V12: time


@pytest.mark.parametrize("skew_limit", [0, 60, 300])
def test_v12_a_grant_from_the_future(skew_limit: int) -> None:
    for iat, expected in ((NOW + skew_limit, None), (NOW + skew_limit + 1, Code.GRANT_NOT_YET_VALID)):
        given = lending.grant(CARD, CAMILLE, DOMINIQUE, iat=iat)
        assert code_of(outcome(shown(given), skew_limit=skew_limit)) is expected


@pytest.mark.parametrize("skew_limit", [0, 300])
def test_v12_a_grant_s_end_is_moved_by_no_skew(skew_limit: int) -> None:
    given = lending.grant(CARD, CAMILLE, DOMINIQUE, lifetime=HOUR)
    end = NOW - 60 + HOUR
    for now, expected in ((end - 1, None), (end, Code.GRANT_EXPIRED)):
        assert code_of(outcome(shown(given, now=now), now=now, skew_limit=skew_limit)) is expected


def test_v12_72_hours_and_not_a_second_more() -> None:
    end = NOW - 60 + 72 * HOUR
    fresh: dict[str, Any] = {"iat": end - HOUR}
    for now, expected in ((end - 1, None), (end, Code.GRANT_EXPIRED)):
        found = outcome(shown(now=now), now=now, status=TOWN.statuses(**fresh))
        assert code_of(found) is expected


def test_v12_a_grant_ends_with_its_card() -> None:
    card = TOWN.card(CAMILLE, exp=NOW + 100)
    given = lending.grant(card, CAMILLE, DOMINIQUE)
    for now, expected in ((NOW + 99, None), (NOW + 100, Code.CREDENTIAL_EXPIRED)):
        assert code_of(outcome(shown(given, card=card, now=now), now=now)) is expected


def test_v12_a_lent_card_ends_at_until() -> None:
    for now, expected in ((lending.UNTIL - 1, None), (lending.UNTIL, Code.CREDENTIAL_EXPIRED)):
        found = outcome(presentation(LENT, DOMINIQUE, now=now), now=now, status=TOWN.statuses(iat=now), **PHARMACY)
        assert code_of(found) is expected


# --- V13: status


@pytest.mark.parametrize("after", [-1, 0, 1])
def test_v13_status_3_withdraws_what_was_granted_before_the_list(after: int) -> None:
    listed = NOW - HOUR
    withdrawn = TOWN.statuses({7: Status.DELEGATIONS_WITHDRAWN}, iat=listed)
    given = lending.grant(CARD, CAMILLE, DOMINIQUE, iat=listed + after)
    expected = Code.DELEGATIONS_WITHDRAWN if after < 0 else None
    assert code_of(outcome(shown(given), status=withdrawn)) is expected
    assert code_of(outcome(shown(given))) is None


def test_v13_status_3_is_nothing_to_the_card_s_own_phone() -> None:
    withdrawn = TOWN.statuses({7: Status.DELEGATIONS_WITHDRAWN})
    assert code_of(outcome(presentation(CARD, CAMILLE), status=withdrawn)) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.REVOKED, Code.CARD_REVOKED), (Status.SUSPENDED, Code.CARD_SUSPENDED)],
)
def test_v13_a_delegate_stands_and_falls_with_the_card(status: Status, expected: Code) -> None:
    assert outcome(shown(), status=TOWN.statuses({7: status})) is expected


def test_v13_a_lent_card_is_singly_revocable() -> None:
    lent = presentation(LENT, DOMINIQUE)
    revoked = TOWN.statuses({8: Status.REVOKED})
    assert outcome(lent, status=revoked, **PHARMACY) is Code.CARD_REVOKED
    assert code_of(outcome(presentation(CARD, CAMILLE), status=revoked)) is None
    assert code_of(outcome(lent, status=TOWN.statuses({7: Status.REVOKED}), **PHARMACY)) is None


# --- V14: policy


def test_v14_by_default_nobody_acts_for_another() -> None:
    assert Policy().delegates is False
    assert outcome(shown(), delegates=False) is Code.DELEGATION_NOT_ALLOWED
    assert outcome(presentation(LENT, DOMINIQUE), delegates=False, **PHARMACY) is Code.DELEGATION_NOT_ALLOWED


# --- the order


def test_the_first_step_that_fails_decides() -> None:
    """Faults of each step from the last to the first, each added to those after it."""
    withdrawn = TOWN.statuses({7: Status.DELEGATIONS_WITHDRAWN})
    options: dict[str, Any] = {"delegates": False}
    assert outcome(shown(), **options) is Code.DELEGATION_NOT_ALLOWED
    options["status"] = withdrawn
    before = lending.grant(CARD, CAMILLE, DOMINIQUE, iat=NOW - 2 * HOUR, lifetime=HOUR)
    unexpired = lending.grant(CARD, CAMILLE, DOMINIQUE, iat=NOW - 2 * HOUR)
    assert outcome(shown(unexpired), **options) is Code.DELEGATIONS_WITHDRAWN
    assert outcome(shown(before), **options) is Code.GRANT_EXPIRED
    options["purpose"] = Purpose.BILLING
    assert outcome(shown(before), **options) is Code.DELEGATION_SCOPE
    options["least_binding"] = Binding.AUDIENCE
    assert outcome(shown(before), **options) is Code.BINDING_TOO_WEAK
    stolen = Phone("", DOMINIQUE.device, THIEF.code)
    assert outcome(presentation(CARD, stolen, before), **options) is Code.CODE_SIGNATURE
    assert outcome(presentation(CARD, THIEF, before), **options) is Code.DEVICE_SIGNATURE
    assert outcome(presentation(CARD, THIEF, before, code=False), **options) is Code.GRANT_CODE


def test_within_v12_the_grant_comes_after_the_card_and_before_the_rights() -> None:
    ended = put((CARD_CLAIM, 8), NOW // DAY)
    card = TOWN.card(CAMILLE, ended)
    expired = lending.grant(card, CAMILLE, DOMINIQUE, iat=NOW - 2 * HOUR, lifetime=HOUR)
    assert outcome(shown(expired, card=card)) is Code.GRANT_EXPIRED
    assert outcome(shown(lending.grant(card, CAMILLE, DOMINIQUE), card=card)) is Code.RIGHTS_ENDED
    over = TOWN.card(CAMILLE, ended, exp=NOW)
    assert outcome(shown(lending.grant(over, CAMILLE, DOMINIQUE, lifetime=1), card=over)) is Code.CREDENTIAL_EXPIRED
    future = lending.grant(card, CAMILLE, DOMINIQUE, iat=NOW + 61)
    assert outcome(shown(future, card=card)) is Code.GRANT_NOT_YET_VALID
