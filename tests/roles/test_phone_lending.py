"""Two phones, and a terminal: a card is lent through the issuer and from phone to phone, used, listed, and over (section 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import forge, lending
from tests.forge import CARD, both, put
from tests.lending import attempt, sha
from tests.phones import (
    DELEGATES_CODE,
    FOR_VISITS,
    HOUR,
    NEW,
    WRONG,
    Handset,
    add_child,
    cards_of,
    change,
    desk,
    refusal_of,
    renew,
    trust_of_now,
)
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, FATHERS_NIR, NIR, NOW, World, camille, child, enrolled
from vitaletoken import (
    Argon2Profile,
    Category,
    Code,
    Environment,
    Holder,
    Loan,
    Person,
    Purpose,
    Sex,
    Terms,
    UsageError,
    UserVerification,
    VerifiedPresentation,
    View,
    Wallet,
    Way,
    verify_trust_list,
)
from vitaletoken.crypto import signing
from vitaletoken.rules.loans import introduction_for
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.grant import MAX_LIFETIME, parse_grant, parse_lent_card
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.scope import Scope
from vitaletoken.wire.text import parse_introduction_text, parse_lent_card_text, serialize_text

AT_PHARMACIES = [Category.PHARMACY]


@pytest.fixture(params=DEVICE_ALGORITHMS)
def w(request: pytest.FixtureRequest) -> World:
    return enrolled(algorithm=request.param)


@pytest.fixture
def dominique(w: World) -> Handset:
    """The delegate's phone is of the other suite."""
    other = Algorithm.ESP256 if w.algorithm is Algorithm.ED25519 else Algorithm.ED25519
    return Handset(w, algorithm=other)


def seen(phone: Handset, card: str, code: str | None = DELEGATES_CODE, **options: Any) -> VerifiedPresentation | Code:
    """What a terminal says to ``phone`` with that card."""
    w, purpose = phone.world, options.pop("purpose", Purpose.IDENTIFICATION)
    w.publish()
    text = phone.holder.present(code, card=card).text
    return attempt(desk(w, **options).verify, text, "visit 1", purpose)


def thumbprint(phone: Handset) -> bytes:
    key = phone.device_key.public_key
    return signing.thumbprint(key.algorithm, key.public)


WAYS: dict[Way, Callable[..., str]] = {Way.GRANT: Handset.granted, Way.ISSUER: Handset.lent}
both_ways = pytest.mark.parametrize("way", WAYS)


# --- introductions


def test_an_introduction_shows_the_keys_and_the_name(w: World, dominique: Handset) -> None:
    text = dominique.introduce()
    found = w.holder.review_introduction(text)
    code = code_of(dominique.holder.wallet())
    assert found.keys == (dominique.device_key.public_key, code.key)
    assert (found.claims.name, found.claims.iat) == ("Dominique", NOW)
    assert found.raw == parse_introduction_text(text)
    assert dominique.holder.wallet().introductions[-1].message == found.raw


def test_who_introduces_themselves_first_chooses_the_code_then(w: World) -> None:
    phone = Handset(w)
    assert refusal_of(phone.holder.introduce, "Dominique", "111111") is Code.CODE_WEAK
    assert refusal_of(phone.holder.introduce, "Dominique", "6041") is Code.CODE_FORM
    assert phone.holder.wallet() == Wallet()
    phone.holder.introduce("Dominique", DELEGATES_CODE, profile=Argon2Profile.SMALL_PHONE)
    assert code_of(phone.holder.wallet()).profile is Argon2Profile.SMALL_PHONE
    assert refusal_of(phone.holder.introduce, "Dominique", WRONG) is Code.CODE_WRONG
    with pytest.raises(UsageError, match="profile"):
        phone.holder.introduce("Dominique", DELEGATES_CODE, profile=Argon2Profile.DEFAULT)
    assert code_of(phone.holder.wallet()).tries.failed == 1
    again = phone.holder.introduce("Dominique", DELEGATES_CODE, profile=Argon2Profile.SMALL_PHONE)
    assert code_of(phone.holder.wallet()).tries.failed == 0
    assert len(phone.holder.wallet().introductions) == 1, "in the same second it is the very same"
    w.clock.time += 1
    assert phone.holder.introduce("Dominique", DELEGATES_CODE) != again
    assert len(phone.holder.wallet().introductions) == 2


@pytest.mark.parametrize("name", ["", "é" * 33, "a\nb", "e\u0301"], ids=ascii)
def test_a_name_out_of_form_is_a_usage_error_and_costs_no_try(name: str, w: World) -> None:
    before = w.holder.wallet()
    for _ in range(2):
        with pytest.raises(UsageError):
            w.holder.introduce(name, WRONG)
        with pytest.raises(UsageError):
            Handset(w).holder.introduce(name, DELEGATES_CODE)
    assert w.holder.wallet() == before


def test_the_newest_four_introductions_are_kept_and_none_for_long(w: World, dominique: Handset) -> None:
    made = []
    for _ in range(6):
        made.append(parse_introduction_text(dominique.introduce()))
        w.clock.time += 1
    kept = dominique.holder.wallet().introductions
    assert [each.message for each in kept] == made[2:]
    w.clock.time = kept[1].made + 30 * DAY
    dominique.introduce()
    assert [each.message for each in dominique.holder.wallet().introductions][:-1] == made[4:]


def test_an_introduction_can_be_deleted_and_the_code_with_the_last(w: World, dominique: Handset) -> None:
    for _ in range(2):
        dominique.introduce()
        w.clock.time += 1
    first, second = dominique.holder.wallet().introductions
    dominique.holder.delete(first.handle)
    assert dominique.holder.wallet().introductions == (second,)
    dominique.holder.delete(second.handle)
    assert dominique.holder.wallet() == Wallet()
    with pytest.raises(UsageError, match="no introduction"):
        dominique.holder.delete(second.handle)


@pytest.mark.parametrize(
    ("seconds", "code"), [(-301, Code.INTRODUCTION_TIME), (-300, None), (599, None), (600, Code.INTRODUCTION_TIME)]
)
def test_an_introduction_is_good_for_ten_minutes_also_once_it_was_reviewed(
    seconds: int, code: Code | None, w: World, dominique: Handset
) -> None:
    """I5, when it is reviewed, and when the card is lent."""
    text = dominique.introduce()
    introduction = w.holder.review_introduction(text)
    w.clock.time = NOW + seconds
    assert refusal_of(w.holder.review_introduction, text) is code
    before = w.holder.wallet()
    until = w.clock.time + DAY
    for lend in (
        lambda: w.holder.order(introduction, CODE, until=until, purposes=FOR_VISITS),
        lambda: w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS),
    ):
        assert refusal_of(lend) is code
    if code is not None:
        assert w.holder.wallet() == before


def test_what_is_no_introduction_is_refused(w: World, dominique: Handset) -> None:
    text = dominique.introduce()
    message = parse_introduction_text(text)
    for wrong, code in (
        ("VT1:" + text[5:], Code.INTRODUCTION_TEXT),
        (serialize_text(message + b"\0", "VTI1:"), Code.INTRODUCTION_STRUCTURE),
        (serialize_text(message[:-1] + bytes([message[-1] ^ 1]), "VTI1:"), Code.INTRODUCTION_SIGNATURE),
    ):
        assert refusal_of(w.holder.review_introduction, wrong) is code


# --- both ways, from the one phone to the terminal


@both_ways
def test_a_card_is_lent_used_and_over(way: Way, w: World, dominique: Handset) -> None:
    until = NOW + 20 * DAY if way is Way.ISSUER else NOW + HOUR
    handle = WAYS[way](dominique)
    found = seen(dominique, handle)
    assert isinstance(found, VerifiedPresentation)
    assert found.delegate == ("Dominique", way, until)
    assert found.card.person == w.beneficiary.person
    assert found.proofs == ("issuer", "device", "code")
    assert seen(dominique, handle, delegates=False) is Code.DELEGATION_NOT_ALLOWED
    assert seen(dominique, handle, purpose=Purpose.BILLING) is Code.DELEGATION_SCOPE
    lent = dominique.holder.wallet().card(handle)
    assert lent.lent == Terms(way, "Dominique", until, Scope(FOR_VISITS))
    assert "Dominique" not in repr((lent, lent.lent, w.holder.lent()))
    assert (lent.number, len(lent.stock), lent.stock[0].billing) == (None, 1, b"")
    w.clock.time = until - 1
    w.publish()
    dominique.holder.present(DELEGATES_CODE, card=handle)
    w.clock.time = until
    before = dominique.holder.wallet()
    over = Code.CREDENTIAL_EXPIRED if way is Way.ISSUER else Code.GRANT_OVER
    for code in (WRONG, DELEGATES_CODE):
        assert refusal_of(dominique.holder.present, code, card=handle) is over
        assert refusal_of(dominique.holder.rotate, code, card=handle) is over
    assert dominique.holder.wallet() == before, "no try was spent"
    dominique.holder.delete(handle)


@both_ways
def test_a_scope_is_what_the_owner_said_in_whichever_order(way: Way, w: World, dominique: Handset) -> None:
    handle = WAYS[way](
        dominique,
        purposes=[Purpose.DISPENSING, Purpose.IDENTIFICATION, Purpose.DISPENSING],
        categories=[Category.PHARMACY, Category.DOCTOR],
    )
    terms = dominique.holder.wallet().card(handle).lent
    assert terms is not None
    assert terms.scope == Scope((Purpose.IDENTIFICATION, Purpose.DISPENSING), (Category.DOCTOR, Category.PHARMACY))
    assert isinstance(seen(dominique, handle, categories=AT_PHARMACIES), VerifiedPresentation)
    assert seen(dominique, handle, categories=[Category.PUBLIC_DESK]) is Code.DELEGATION_SCOPE
    assert seen(dominique, handle) is Code.DELEGATION_SCOPE


@both_ways
def test_a_lent_card_stands_beside_the_delegates_own(way: Way, w: World) -> None:
    """The same person's even: the other parent's of their child. Each has its counter and its end."""
    other = Handset(w, "Parent")
    offer, lent_child = w.issuer.offer(), add_child(w)
    request = other.holder.enrol(offer, w.trust, DELEGATES_CODE, NIR, profile=w.profile)
    views = w.issuer.issue_views(request, offer, child(reference="child"))
    own = other.holder.accept(views.minimal, w.trust, views.billing).handle
    lent = WAYS[way](other, card=lent_child)
    assert list(cards_of(other.holder)) == [own, lent]
    for card, is_delegate in ((own, False), (lent, True)):
        found = seen(other, card)
        assert isinstance(found, VerifiedPresentation)
        assert (found.delegate is not None) is is_delegate
    assert other.holder.renewal(DELEGATES_CODE) != other.holder.renewal(DELEGATES_CODE), (
        "of the own one: it is the only one"
    )
    other.holder.delete(lent)
    assert list(cards_of(other.holder)) == [own]


@both_ways
def test_the_same_lending_again_changes_nothing_and_another_stands_beside(
    way: Way, w: World, dominique: Handset
) -> None:
    introduction = w.holder.review_introduction(dominique.introduce())

    def lend() -> Callable[[], str]:
        if way is Way.GRANT:
            text = w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS)
            return lambda: dominique.holder.receive(text, w.trust).handle
        order = w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS)
        card = w.issuer.lend(order, introduction.raw)
        return lambda: dominique.holder.accept(card, w.trust).handle

    keep_one, keep_other = lend(), lend()
    one = keep_one()
    dominique.holder.present(DELEGATES_CODE, card=one)
    before = dominique.holder.wallet()
    assert keep_one() == one
    assert dominique.holder.wallet() == before
    other = keep_other()
    assert list(cards_of(dominique.holder)) == [one, other]
    dominique.holder.delete(one)
    assert list(cards_of(dominique.holder)) == [other]


@both_ways
def test_no_counter_is_shown_twice_for_a_lent_card(way: Way, w: World, dominique: Handset) -> None:
    """PRES-3: not of one card under two grants, nor after it was deleted and came again."""
    introduction = w.holder.review_introduction(dominique.introduce())
    if way is Way.GRANT:
        texts = [w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS) for _ in range(2)]
        keep = [lambda text=text: dominique.holder.receive(text, w.trust).handle for text in texts]
    else:
        order = w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS)
        card = w.issuer.lend(order, introduction.raw)
        keep = [lambda: dominique.holder.accept(card, w.trust).handle] * 2
    shown = []
    for again in range(3):
        kept = [each() for each in keep]
        shown += [dominique.holder.present(DELEGATES_CODE, card=handle).claims.counter for handle in kept]
        for handle in cards_of(dominique.holder):
            dominique.holder.delete(handle)
        if way is Way.GRANT:
            assert dominique.holder.wallet().introductions, f"the code stays, round {again}"
    assert shown == [*range(1, 7)]


def test_the_counter_of_lent_cards_stays_when_nothing_else_is_left(w: World, dominique: Handset) -> None:
    """PRES-3: the code goes, the introduction may be answered with the same card once more under another one's code."""
    introduction = w.holder.review_introduction(dominique.introduce())
    text = w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS)
    handle = dominique.holder.receive(text, w.trust).handle
    dominique.holder.present(DELEGATES_CODE, card=handle)
    for each in (handle, *(kept.handle for kept in dominique.holder.wallet().introductions)):
        dominique.holder.delete(each)
    assert dominique.store.load() == Wallet(lent_presentations=1)
    handle = dominique.granted()
    assert dominique.holder.present(DELEGATES_CODE, card=handle).claims.counter == 2


@both_ways
def test_what_a_lent_card_is_not_for(way: Way, w: World, dominique: Handset) -> None:
    """Not renewed, not unlocked, not lent on (GRANT-2): a word to the caller, and no try spent."""
    handle = WAYS[way](dominique)
    third = dominique.holder.review_introduction(Handset(w, "Third").introduce())
    holder, code = dominique.holder, DELEGATES_CODE
    for act in (
        lambda: holder.renewal(code, card=handle),
        lambda: holder.ask_unlock(card=handle),
        lambda: holder.order(third, code, until=NOW + DAY, purposes=FOR_VISITS, card=handle),
        lambda: holder.grant(third, code, lifetime=HOUR, purposes=FOR_VISITS, card=handle),
    ):
        before = holder.wallet()
        with pytest.raises(UsageError, match="lent"):
            act()
        assert holder.wallet() == before
    assert holder.due() == ()


@both_ways
def test_a_lent_card_is_shown_in_the_minimal_view(way: Way, w: World, dominique: Handset) -> None:
    """To a terminal that asks for numbers too; and none at all where the terminal insists on being asked for them."""
    handle = WAYS[way](dominique, purposes=[Purpose.BILLING])
    w.publish()
    policy = desk(w)
    verifier = w.asking(policy=policy._policy, replay=policy._replay)
    challenge = verifier.challenge("visit", [Purpose.BILLING], view=View.BILLING)
    asker = dominique.holder.review(challenge.text, w.trust).asker
    with pytest.raises(UsageError, match="billing view"):
        dominique.holder.present(DELEGATES_CODE, card=handle, to=asker, view=View.BILLING)
    shown = dominique.holder.present(DELEGATES_CODE, card=handle, to=asker)
    found = verifier.verify(shown.text, "visit", Purpose.BILLING)
    assert (shown.view, shown.sealed, found.card.nir) == (View.MINIMAL, True, None)
    assert found.delegate is not None


@both_ways
def test_a_screen_shows_a_lent_card_until_it_is_over(way: Way, w: World, dominique: Handset) -> None:
    options = {"lifetime": 50} if way is Way.GRANT else {"until": NOW + 50}
    screen = dominique.holder.rotate(DELEGATES_CODE, card=WAYS[way](dominique, **options))
    w.publish()
    for _ in range(3):
        text = next(screen).presentation.text
        assert isinstance(desk(w).verify(text, "visit"), VerifiedPresentation)
        w.clock.time += 20
    assert refusal_of(next, screen) is (Code.GRANT_OVER if way is Way.GRANT else Code.CREDENTIAL_EXPIRED)


def test_a_grant_is_used_with_the_code_alone(w: World, dominique: Handset) -> None:
    """GRANT-4; a card that was lent through the issuer proves the phone without it, as any card does."""
    granted, lent = dominique.granted(), dominique.lent()
    before = dominique.holder.wallet()
    for verification in (UserVerification.NONE, UserVerification.BIOMETRIC):
        with pytest.raises(UsageError, match="with the personal code"):
            dominique.holder.present(card=granted, user_verification=verification)
        with pytest.raises(UsageError, match="with the personal code"):
            dominique.holder.rotate(card=granted, user_verification=verification)
    assert dominique.holder.wallet() == before
    assert dominique.holder.present(card=lent).claims.user_verification is UserVerification.NONE


# --- what the owner keeps of it


def test_the_grantors_wallet_lists_what_is_lent(w: World, dominique: Handset) -> None:
    own = w.card().handle
    other = add_child(w)
    dominique.granted(card=own)
    dominique.lent(card=other, categories=AT_PHARMACIES)
    first, second = w.holder.lent()
    grant = parse_grant(dominique.holder.wallet().cards[0].grant).unverified_claims
    assert first == Loan(own, Way.GRANT, "Dominique", NOW + HOUR, FOR_VISITS, None, grant.id, thumbprint(dominique))
    assert (second.card, second.way, second.until, second.categories) == (
        other,
        Way.ISSUER,
        NOW + 20 * DAY,
        (Category.PHARMACY,),
    )
    assert len(second.id) == 32
    w.clock.time += HOUR - 1
    assert w.holder.lent() == (first, second)
    w.clock.time += 1
    assert w.holder.lent() == (second,)
    assert len(w.holder.wallet().loans) == 2
    dominique.granted(card=own)
    assert len(w.holder.wallet().loans) == 2, "what is over went with the next"
    assert dominique.holder.lent() == ()


def test_an_order_is_listed_by_its_digest(w: World, dominique: Handset) -> None:
    introduction = w.holder.review_introduction(dominique.introduce())
    order = w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS)
    assert [loan.id for loan in w.holder.lent()] == [sha(order)]


def test_a_loan_is_listed_though_its_card_is_deleted_or_its_code_changed(w: World, dominique: Handset) -> None:
    """It holds until its end."""
    handle = dominique.granted()
    listed = w.holder.lent()
    renew(w)
    change(w)
    assert w.holder.lent() == listed
    w.holder.delete(w.card().handle)
    assert (w.holder.lent(), w.holder.wallet().code) == (listed, None)
    assert isinstance(seen(dominique, handle), VerifiedPresentation)
    w.enrol()
    w.clock.time += HOUR
    w.holder.present(CODE)
    assert w.holder.lent() == ()


def test_a_loan_ends_with_the_card_that_was_lent(w: World, dominique: Handset) -> None:
    """The grant is of the card of now, which has an hour left."""
    w.clock.time += 14 * DAY - HOUR
    dominique.granted(lifetime=3 * DAY)
    (loan,) = w.holder.lent()
    assert loan.until == NOW + 14 * DAY
    (held,) = dominique.holder.wallet().cards
    assert held.lent is not None
    assert held.lent.until == loan.until


def test_a_card_that_is_over_is_renewed_before_it_is_lent(w: World, dominique: Handset) -> None:
    """By a grant; the issuer makes a card of today."""
    w.clock.time += 14 * DAY
    introduction = w.holder.review_introduction(dominique.introduce())
    before = w.holder.wallet()
    assert refusal_of(w.holder.grant, introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS) is Code.CREDENTIAL_EXPIRED
    assert w.holder.wallet() == before
    dominique.lent()


def test_of_a_stock_the_card_of_now_is_lent(w: World, dominique: Handset) -> None:
    """By a grant, which ends with that card."""
    renew(w, stock=3)
    w.clock.time += 20 * DAY
    trust_of_now(w)
    dominique.granted(lifetime=3 * DAY)
    (held,) = dominique.holder.wallet().cards
    assert [edition.minimal for edition in held.stock] == [w.card().stock[1].minimal]
    assert w.holder.lent()[0].until == w.clock.time + 3 * DAY
    w.clock.time = NOW + 28 * DAY - HOUR
    dominique.granted(lifetime=3 * DAY)
    assert w.holder.lent()[-1].until == NOW + 28 * DAY


def test_what_is_lent_is_recorded_before_it_is_handed_out(w: World, dominique: Handset) -> None:
    """A disk that fails then: no order and no grant, and the code's try stays counted."""
    introduction, until = w.holder.review_introduction(dominique.introduce()), NOW + DAY

    class Failing:
        left = 1

        def load(self) -> Wallet:
            return w.holder_store.load()

        def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
            if self.left == 0:
                raise OSError
            self.left -= 1
            return w.holder_store.update(change)

    for number, lend in enumerate(
        (
            lambda holder: holder.order(introduction, CODE, until=until, purposes=FOR_VISITS),
            lambda holder: holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS),
        ),
        1,
    ):
        holder = Holder(w.device_key, store=Failing(), clock=w.clock, entropy=w.entropy)
        with pytest.raises(OSError):  # noqa: PT011 - a disk's
            lend(holder)
        assert (w.holder.lent(), w.tries().failed) == ((), number)


# --- lending: what is refused before the code is tried

OUT_OF_RANGE: list[dict[str, Any]] = [
    {"purposes": []},
    {"purposes": [9]},
    {"categories": []},
    {"categories": [99]},
]


@pytest.mark.parametrize("options", [*OUT_OF_RANGE, {"until": NOW}, {"until": NOW + 30 * DAY + 1}], ids=str)
def test_an_order_out_of_range_is_a_usage_error(options: dict[str, Any], w: World, dominique: Handset) -> None:
    introduction = w.holder.review_introduction(dominique.introduce())
    before = w.holder.wallet()
    with pytest.raises(UsageError):
        w.holder.order(introduction, CODE, **{"until": NOW + 30 * DAY, "purposes": FOR_VISITS, **options})
    assert w.holder.wallet() == before
    w.holder.order(introduction, CODE, until=NOW + 30 * DAY, purposes=FOR_VISITS)


@pytest.mark.parametrize("options", [*OUT_OF_RANGE, {"lifetime": 0}, {"lifetime": MAX_LIFETIME + 1}], ids=str)
def test_a_grant_out_of_range_is_a_usage_error(options: dict[str, Any], w: World, dominique: Handset) -> None:
    """GRANT-1."""
    introduction = w.holder.review_introduction(dominique.introduce())
    before = w.holder.wallet()
    with pytest.raises(UsageError):
        w.holder.grant(introduction, CODE, **{"lifetime": MAX_LIFETIME, "purposes": FOR_VISITS, **options})
    assert w.holder.wallet() == before
    w.holder.grant(introduction, CODE, lifetime=MAX_LIFETIME, purposes=FOR_VISITS)


def test_a_card_is_not_lent_to_its_own_phone(w: World) -> None:
    introduction = w.holder.review_introduction(w.holder.introduce("Camille", CODE))
    before = w.holder.wallet()
    for lend in (
        lambda: w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS),
        lambda: w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS),
    ):
        with pytest.raises(UsageError, match="the phone that it is on"):
            lend()
    assert w.holder.wallet() == before


def test_lending_takes_the_code_and_counts_its_tries(w: World, dominique: Handset) -> None:
    introduction = w.holder.review_introduction(dominique.introduce())
    assert refusal_of(w.holder.order, introduction, WRONG, until=NOW + DAY, purposes=FOR_VISITS) is Code.CODE_WRONG
    assert refusal_of(w.holder.grant, introduction, WRONG, lifetime=HOUR, purposes=FOR_VISITS) is Code.CODE_WRONG
    assert (w.tries().failed, w.holder.lent()) == (2, ())
    w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS)
    assert w.tries().failed == 0


def test_a_card_has_to_be_named_where_there_are_several(w: World, dominique: Handset) -> None:
    add_child(w)
    introduction = w.holder.review_introduction(dominique.introduce())
    with pytest.raises(UsageError, match="several"):
        w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS)
    with pytest.raises(UsageError, match="several"):
        w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS)


@pytest.mark.parametrize("length", range(1, 101, 9))
def test_a_grant_that_fits_is_one_that_can_be_presented(length: int) -> None:
    """Long names: it is lent and then shown, or refused before a try is spent."""
    long = Person("M" * 100, ("J" * length,), Sex.FEMALE)
    w = enrolled(beneficiary=camille(person=long))
    sascha = Handset(w, "S" * 64)
    introduction = w.holder.review_introduction(sascha.introduce())
    before = w.holder.wallet()
    try:
        text = w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=[*Purpose], categories=[*Category])
    except UsageError:
        assert length > 50
        assert w.holder.wallet() == before
        return
    assert length < 90
    handle = sascha.holder.receive(text, w.trust).handle
    w.publish()
    shown = sascha.holder.present(DELEGATES_CODE, card=handle)
    assert desk(w, categories=AT_PHARMACIES).verify(shown.text, "visit").card.person == long


# --- being lent to: what is refused


def handed_over(w: World, to: Handset, **options: Any) -> tuple[bytes, bytes]:
    """The card and the grant, out of the text that ``to`` would read."""
    introduction = w.holder.review_introduction(to.introduce())
    text = w.holder.grant(introduction, CODE, **{"lifetime": HOUR, "purposes": FOR_VISITS, **options})
    return parse_lent_card(parse_lent_card_text(text))


def test_another_phones_grant_is_refused(w: World, dominique: Handset) -> None:
    card, grant = handed_over(w, Handset(w, "Third"))
    dominique.introduce()
    before = dominique.holder.wallet()
    assert refusal_of(dominique.holder.receive, lending.lent_card_text(card, grant), w.trust) is Code.GRANT_NOT_MINE
    assert dominique.holder.wallet() == before


def test_each_byte_of_a_lent_card_counts(w: World, dominique: Handset) -> None:
    card, grant = handed_over(w, dominique)
    before = dominique.holder.wallet()
    for at in range(0, len(card), 3):
        spoiled = card[:at] + bytes([card[at] ^ 1 << at % 8]) + card[at + 1 :]
        assert refusal_of(dominique.holder.receive, lending.lent_card_text(spoiled, grant), w.trust) is not None
    for at in range(0, len(grant), 3):
        spoiled = grant[:at] + bytes([grant[at] ^ 1 << at % 8]) + grant[at + 1 :]
        assert refusal_of(dominique.holder.receive, lending.lent_card_text(card, spoiled), w.trust) is not None
    assert dominique.holder.wallet() == before
    dominique.holder.receive(lending.lent_card_text(card, grant), w.trust)


def test_a_grant_of_the_billing_view_is_refused(w: World, dominique: Handset) -> None:
    """GRANT-2; and this library's phone hands over the minimal view, whatever it has."""
    card, _ = handed_over(w, dominique)
    assert card == w.views().minimal
    introduction = w.holder.review_introduction(dominique.introduce())
    w.alter_card(stock=(type(w.views())(w.views().billing),))
    text = w.holder.grant(introduction, CODE, lifetime=HOUR, purposes=FOR_VISITS)
    assert refusal_of(dominique.holder.receive, text, w.trust) is Code.GRANT_HOP


def test_a_grant_of_another_environment_or_that_is_over_is_refused(w: World, dominique: Handset) -> None:
    card, grant = handed_over(w, dominique)
    text = lending.lent_card_text(card, grant)
    claims = w.trust_claims(environment=Environment.PRODUCTION)
    production = verify_trust_list(w.signed_trust_list(claims), w.anchor, claims.environment)
    with pytest.raises(UsageError, match="for tests"):
        dominique.holder.receive(text, production)
    w.clock.time += HOUR
    assert refusal_of(dominique.holder.receive, text, w.trust) is Code.GRANT_OVER
    w.clock.time -= 1
    dominique.holder.receive(text, w.trust)


def test_a_phone_that_introduced_itself_to_nobody_is_lent_nothing(w: World, dominique: Handset) -> None:
    card, grant = handed_over(w, dominique)
    with pytest.raises(UsageError, match="no personal code"):
        Handset(w, "Third").holder.receive(lending.lent_card_text(card, grant), w.trust)


def order_for(w: World, to: Handset) -> tuple[bytes, bytes]:
    """The card that the issuer makes for the phone ``to``, and the introduction that it is made for."""
    introduction = w.holder.review_introduction(to.introduce())
    order = w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS)
    return w.issuer.lend(order, introduction.raw), introduction.raw


def test_a_card_for_another_phone_or_introduction_is_refused(w: World, dominique: Handset) -> None:
    """ENROL-2 with the binding of the introduction (CRED-3)."""
    card, _ = order_for(w, dominique)
    third = Handset(w, "Third")
    third.introduce()
    assert refusal_of(third.holder.accept, card, w.trust) is Code.CREDENTIAL_NOT_MINE
    dominique.holder.delete(dominique.holder.wallet().introductions[0].handle)
    dominique.introduce()
    w.clock.time += 1
    dominique.introduce()
    assert refusal_of(
        dominique.holder.accept, forge.credential(w, put((CARD, 9, 1), bytes(16)), genuine=card), w.trust
    ) is (Code.CREDENTIAL_NOT_MINE)


def test_a_lent_card_is_no_answer_to_an_enrolment_nor_an_own_card_to_an_introduction(
    w: World, dominique: Handset
) -> None:
    """A1: key 15 is there exactly where the card answers an introduction, whatever the binding says."""
    card, introduction = order_for(w, dominique)
    offer = w.issuer.offer()
    request = dominique.holder.enrol(offer, w.trust, DELEGATES_CODE, NIR)
    own = w.issuer.issue(request, offer, camille(reference="Dominique"))
    binding = forge.credential_claims(own)[CARD][9][1]
    lent = forge.credential_claims(card)
    disguised = forge.credential(w, put((CARD, 9, 1), binding), genuine=card)
    assert refusal_of(dominique.holder.accept, disguised, w.trust) is Code.CREDENTIAL_NOT_MINE
    undisguised = forge.credential(w, put((CARD, 9, 1), lent[CARD][9][1]), genuine=own)
    assert refusal_of(dominique.holder.accept, undisguised, w.trust) is Code.CREDENTIAL_NOT_MINE
    acting = forge.credential(w, both(put((CARD, 15), lent[CARD][15]), put((4,), NOW + DAY)), genuine=own)
    assert refusal_of(dominique.holder.accept, acting, w.trust) is Code.CREDENTIAL_NOT_MINE
    assert parse_introduction(introduction).unverified_claims.name == "Dominique"
    dominique.holder.accept(own, w.trust)
    dominique.holder.accept(card, w.trust)


def test_a_card_for_no_introduction_of_this_phone_answers_none(w: World, dominique: Handset) -> None:
    card, introduction = order_for(w, dominique)
    assert introduction_for(dominique.holder.wallet(), card) == introduction
    assert introduction_for(dominique.holder.wallet(), w.views().minimal) == b""
    assert introduction_for(w.holder.wallet(), card) == b""


def test_a_lent_card_comes_with_no_billing_view(w: World, dominique: Handset) -> None:
    card, _ = order_for(w, dominique)
    before = dominique.holder.wallet()
    for billing in (w.views().billing, card):
        assert refusal_of(dominique.holder.accept, card, w.trust, billing) is Code.CREDENTIAL_NOT_MINE
    assert dominique.holder.wallet() == before


def test_a_lent_card_that_comes_late_finds_its_introduction(w: World, dominique: Handset) -> None:
    """Three others were shown since; a fourth takes its place."""
    card, _ = order_for(w, dominique)
    for _ in range(3):
        w.clock.time += 60
        dominique.introduce()
    handle = dominique.holder.accept(card, w.trust).handle
    w.clock.time += 60
    dominique.introduce()
    assert dominique.holder.accept(card, w.trust).handle == handle, "the card stands for its own"
    dominique.holder.delete(handle)
    assert refusal_of(dominique.holder.accept, card, w.trust) is Code.CREDENTIAL_NOT_MINE


def test_a_portrait_is_kept_beside_a_lent_card(dominique: Handset, w: World) -> None:
    picture = b"a picture of Camille"
    w.holder.delete(w.card().handle)
    w.beneficiary = camille(portrait=sha(picture))
    w.enrol()
    for lend in WAYS.values():
        handle = lend(dominique)
        with pytest.raises(UsageError, match="digest"):
            dominique.holder.keep_portrait(b"another", card=handle)
        dominique.holder.keep_portrait(picture, card=handle)
        assert dominique.holder.portrait(card=handle) == picture


# --- withdrawn


@pytest.fixture
def four(w: World, dominique: Handset) -> dict[str, str]:
    """Handles on the delegate's phone: two by grant, two through the issuer."""
    return {
        "grant": dominique.granted(),
        "other grant": dominique.granted(),
        "lent": dominique.lent(),
        "other lent": dominique.lent(),
    }


def outcomes(phone: Handset, handles: dict[str, str]) -> dict[str, Code | None]:
    found = {name: seen(phone, handle) for name, handle in handles.items()}
    return {name: each if isinstance(each, Code) else None for name, each in found.items()}


def test_withdrawn_by_status_value_three_or_singly(w: World, dominique: Handset, four: dict[str, str]) -> None:
    """All together by the card's status, each lent card by its own too; the grantor's own card goes on."""
    w.clock.time += 60
    w.issuer.withdraw_delegations(w.card_id())
    withdrawn = {"grant": Code.DELEGATIONS_WITHDRAWN, "other grant": Code.DELEGATIONS_WITHDRAWN}
    suspended = {"lent": Code.CARD_SUSPENDED, "other lent": Code.CARD_SUSPENDED}
    assert outcomes(dominique, four) == {**withdrawn, **suspended}
    w.issuer.revoke(dominique.holder.wallet().card(four["lent"]).stock[0].claims.cti)
    assert outcomes(dominique, four) == {**withdrawn, **suspended, "lent": Code.CARD_REVOKED}
    assert isinstance(w.verify(w.present()), VerifiedPresentation)


def test_withdrawn_by_revoking_the_card(w: World, dominique: Handset, four: dict[str, str]) -> None:
    w.issuer.revoke(w.card_id())
    """And with it all that was lent from it (LEND-1)."""
    assert outcomes(dominique, four) == dict.fromkeys(four, Code.CARD_REVOKED)


def test_what_was_lent_names_the_policyholder_as_the_card_does(w: World, dominique: Handset) -> None:
    """A child's card lent to a grandparent: three people, and the terminal is told which is which."""
    handle = dominique.granted(card=add_child(w))
    found = seen(dominique, handle)
    assert isinstance(found, VerifiedPresentation)
    assert found.delegate is not None
    assert (found.card.person, found.delegate.name) == (child().person, "Dominique")
    assert found.card.policyholder not in (None, found.card.beneficiary)
    assert FATHERS_NIR.digits() not in repr(found)


def test_orders_and_introductions_are_fresh(w: World, dominique: Handset) -> None:
    introduction = w.holder.review_introduction(dominique.introduce())
    orders = [w.holder.order(introduction, CODE, until=NOW + DAY, purposes=FOR_VISITS) for _ in range(2)]
    assert len({parse_order(order).unverified_claims.nonce for order in orders}) == 2
    grants = [handed_over(w, dominique)[1] for _ in range(2)]
    assert len({parse_grant(grant).unverified_claims.id for grant in grants}) == 2
    assert change(w, NEW)[-1].code_changed
