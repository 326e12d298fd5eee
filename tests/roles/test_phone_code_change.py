"""The personal code is changed: asked of every issuer under both codes, and in force for all cards at once (CODE-5, RENEW-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from tests import forge
from tests.forge import CARD, put
from tests.lending import sha
from tests.phones import (
    DELEGATES_CODE,
    FOR_VISITS,
    NEW,
    WRONG,
    Handset,
    add_child,
    cards_of,
    change,
    desk,
    lock,
    refusal_of,
    renew,
)
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NIR, NOW, World, camille, enrolled
from vitaletoken import Argon2Profile, Code, Environment, Holder, UsageError, VerifiedPresentation, Wallet
from vitaletoken.rules.cards import MAX_RENEWALS
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.renewal import parse_renewal

OTHER = "604913"


@pytest.fixture(params=DEVICE_ALGORITHMS)
def w(request: pytest.FixtureRequest) -> World:
    """A phone with the owner's card and a child's."""
    world = enrolled(algorithm=request.param)
    add_child(world)
    return world


def in_force(w: World, code: str, *others: str) -> None:
    """``code`` is the one for each card on the phone, at a terminal too; and ``others`` are not."""
    w.publish()
    first, *_ = cards_of(w.holder)
    for other in others:
        assert refusal_of(w.holder.present, other, card=first) is Code.CODE_WRONG
    for handle in cards_of(w.holder):
        shown = w.holder.present(code, card=handle)
        assert isinstance(desk(w).verify(shown.text, "visit 1"), VerifiedPresentation)


def answer(w: World, handle: str, renewal: bytes, **options: int) -> bool:
    """Whether the code has changed with the issuer's answer."""
    return w.holder.accept_renewal(handle, w.issuer.renew(renewal, **options), w.trust).code_changed


# --- all the way


def test_the_new_code_is_in_force_when_the_last_card_is_answered(w: World) -> None:
    before = w.holder.wallet()
    own, childs = w.holder.change_code(CODE, NEW).items()
    held = w.holder.wallet()
    assert (held.cards, code_of(held)) == (before.cards, code_of(before))
    in_force(w, CODE, NEW)
    assert not answer(w, *own, stock=2)
    between = w.holder.wallet()
    assert [card.stock for card in between.cards] == [card.stock for card in before.cards]
    assert between.change is not None
    assert list(between.change.waiting) == [childs[0]]
    in_force(w, CODE, NEW)
    assert answer(w, *childs)
    after = w.holder.wallet()
    assert after.change is None
    assert [len(card.stock) for card in after.cards] == [2, 1]
    assert [card.request for card in after.cards] == [own[1], childs[1]]
    assert [(card.handle, card.number, card.kind) for card in after.cards] == [
        (card.handle, card.number, card.kind) for card in before.cards
    ]
    assert {edition.claims.card.code_key for card in after.cards for edition in card.stock} == {code_of(after).key}
    assert code_of(after).salt != code_of(before).salt
    in_force(w, NEW, CODE)


def test_what_is_sent_is_signed_by_the_new_code_key_too(w: World) -> None:
    messages = w.holder.change_code(CODE, NEW)
    change = w.holder.wallet().change
    assert change is not None
    assert {handle: sent[-1] for handle, sent in change.waiting.items()} == messages
    for handle, message in messages.items():
        claims = parse_renewal(message).unverified_claims
        assert claims.new_code_key == change.code.key
        assert claims.card_digest == cards_of(w.holder)[handle].stock[0].digest


def test_a_code_is_changed_again_and_again(w: World) -> None:
    codes = [CODE, NEW, OTHER, CODE]
    for old, new in pairwise(codes):
        assert [each.code_changed for each in change(w, new, old)] == [False, True]
        in_force(w, new, old)
        w.clock.time += DAY
        for handle in cards_of(w.holder):
            renew(w, new, handle)
        in_force(w, new)


def test_counters_and_portraits_go_on() -> None:
    picture = b"a picture of Camille"
    w = enrolled(beneficiary=camille(portrait=sha(picture)))
    w.holder.keep_portrait(picture)
    shown = [w.holder.present(CODE).claims.counter for _ in range(3)]
    change(w)
    assert w.holder.portrait() == picture
    assert [*shown, w.holder.present(NEW).claims.counter] == [1, 2, 3, 4]


def test_a_pending_enrolment_has_to_be_answered_or_given_up_first(w: World) -> None:
    """Its card comes for the code key in its request: after a change nobody could use it, and it would replace one that works."""
    offer = w.issuer.offer()
    w.holder.enrol(offer, w.trust, CODE, NIR)
    with pytest.raises(UsageError, match="waits for its card"):
        w.holder.change_code(CODE, NEW)
    assert w.tries().failed == 0
    w.holder.delete(w.holder.wallet().pending[0].handle)
    w.holder.change_code(CODE, NEW)
    with pytest.raises(UsageError, match="is being changed"):
        w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR)
    assert w.tries().failed == 0


def test_a_request_that_nobody_answers_any_more_does_not_stop_a_change(w: World) -> None:
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR)
    w.clock.time += 30 * DAY
    w.holder.change_code(CODE, NEW)
    assert w.holder.wallet().pending == ()


# --- the codes


def test_the_old_code_is_proved_and_its_tries_count(w: World) -> None:
    before = w.holder.wallet()
    for failed in (1, 2, 3):
        assert refusal_of(w.holder.change_code, WRONG, NEW) is Code.CODE_WRONG
        assert w.tries().failed == failed
    assert refusal_of(w.holder.change_code, CODE, NEW) is Code.CODE_DELAYED
    assert w.holder.wallet().change is before.change is None
    w.clock.time += 60
    w.holder.change_code(CODE, NEW)
    assert w.tries() == CodeCounter(0, w.clock.time)


@pytest.mark.parametrize(
    ("old", "new", "born", "code"),
    [
        (CODE, "111111", None, Code.CODE_WEAK),
        (CODE, "987654", None, Code.CODE_WEAK),
        (CODE, "140789", date(1989, 7, 14), Code.CODE_WEAK),
        (CODE, "27051", None, Code.CODE_FORM),
        ("2705", NEW, None, Code.CODE_FORM),
        (CODE, CODE, None, None),
    ],
)
def test_a_weak_code_is_refused_before_the_old_one_is_tried(
    old: str, new: str, born: date | None, code: Code | None, w: World
) -> None:
    before = w.holder.wallet()
    if code is None:
        with pytest.raises(UsageError, match="the old one"):
            w.holder.change_code(old, new)
    else:
        assert refusal_of(w.holder.change_code, old, new, birth_date=born) is code
    assert w.holder.wallet() == before


def test_the_tries_of_before_stay(w: World) -> None:
    """CODE-6: whoever has the phone while the answer is on its way wins none back by it, nor out of the lock."""
    ((own, first), (childs, second)) = w.holder.change_code(CODE, NEW).items()
    answers = {own: w.issuer.renew(first), childs: w.issuer.renew(second)}
    lock(w)
    for handle, each in answers.items():
        w.holder.accept_renewal(handle, each, w.trust)
    assert w.holder.wallet().change is None
    for code in (CODE, NEW):
        assert refusal_of(w.holder.present, code, card=own) is Code.CODE_LOCKED
    nonce = w.holder.ask_unlock(card=own)
    w.holder.unlock(w.issuer.unlock(w.holder.wallet().card(own).stock[0].claims.cti, nonce), w.trust)
    in_force(w, NEW, CODE)


def test_a_profile_comes_with_the_new_code(w: World) -> None:
    for handle, sent in w.holder.change_code(CODE, NEW, profile=Argon2Profile.SMALL_PHONE).items():
        answer(w, handle, sent)
    assert code_of(w.holder.wallet()).profile is Argon2Profile.SMALL_PHONE
    in_force(w, NEW)
    for handle, sent in w.holder.change_code(NEW, CODE).items():
        answer(w, handle, sent)
    assert code_of(w.holder.wallet()).profile is Argon2Profile.SMALL_PHONE


def test_the_cheapest_profile_is_for_test_cards() -> None:
    w = World(environment=Environment.PRODUCTION, profile=Argon2Profile.SMALL_PHONE)
    w.enrol()
    with pytest.raises(UsageError, match="for tests"):
        w.holder.change_code(CODE, NEW, profile=Argon2Profile.CHEAPEST)
    assert w.tries().failed == 0
    change(w)


def test_there_has_to_be_a_code() -> None:
    with pytest.raises(UsageError, match="no personal code"):
        World().holder.change_code(CODE, NEW)


# --- on the way


def test_what_was_sent_can_be_sent_again(w: World) -> None:
    """The answer was lost: the issuer knows the new code alone by now, and gives the same answer to the same message."""
    messages = w.holder.change_code(CODE, NEW)
    for sent in messages.values():
        w.issuer.renew(sent)
    w.clock.time += 3 * DAY
    own = next(iter(messages))
    assert refusal_of(w.issuer.renew, w.holder.renewal(CODE, card=own)) is Code.RENEWAL_SIGNATURE
    waiting = w.holder.wallet().change
    assert waiting is not None
    for handle, (sent,) in waiting.waiting.items():
        answer(w, handle, sent)
    in_force(w, NEW, CODE)


def test_what_was_not_answered_in_time_is_made_anew_and_the_rest_stays(w: World) -> None:
    """The second message did not go out for an hour: the issuer takes none so old, and has answered the first."""
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    assert not answer(w, *own)
    w.clock.time += 3600
    assert refusal_of(w.issuer.renew, childs[1]) is Code.RENEWAL_TIME
    again = w.holder.change_code(CODE, NEW)
    assert list(again) == [childs[0]]
    waiting = w.holder.wallet().change
    assert waiting is not None
    assert waiting.waiting == {childs[0]: (childs[1], again[childs[0]])}
    assert answer(w, childs[0], again[childs[0]])
    in_force(w, NEW, CODE)


def test_an_answer_to_any_of_the_messages_is_one(w: World) -> None:
    """The first was answered, its answer lost; asked for again, the issuer refuses the second, and answers the first again."""
    first = w.holder.change_code(CODE, NEW)
    lost = {handle: w.issuer.renew(sent) for handle, sent in first.items()}
    second = w.holder.change_code(CODE, NEW)
    for handle, sent in second.items():
        assert refusal_of(w.issuer.renew, sent) is Code.RENEWAL_KEY
        assert w.issuer.renew(first[handle]) == lost[handle]
        answer(w, handle, first[handle])
    in_force(w, NEW, CODE)
    assert {card.request for card in w.holder.wallet().cards} == set(first.values())


def test_no_message_that_is_kept_is_dropped_for_a_ninth(w: World) -> None:
    """The issuer may have answered the oldest, and answers no other then. It is said before a try is spent."""
    sent = [w.holder.change_code(CODE, NEW) for _ in range(MAX_RENEWALS)]
    before = w.holder.wallet()
    assert before.change is not None
    assert before.change.waiting == {handle: tuple(each[handle] for each in sent) for handle in cards_of(w.holder)}
    for old, new in ((CODE, NEW), (WRONG, NEW), (CODE, OTHER)):
        with pytest.raises(UsageError, match="as many as are kept"):
            w.holder.change_code(old, new)
    assert w.holder.wallet() == before
    for handle, oldest in sent[0].items():
        answer(w, handle, oldest)
    in_force(w, NEW, CODE)


def test_another_new_code_takes_the_place_of_none(w: World) -> None:
    """The issuer of the first has answered, unheard: with its renewal the card would be lost."""
    first = w.holder.change_code(CODE, OTHER)
    for sent in first.values():
        w.issuer.renew(sent)
    waiting = w.holder.wallet().change
    with pytest.raises(UsageError, match="under way"):
        w.holder.change_code(CODE, NEW)
    assert w.holder.wallet().change == waiting
    for handle, sent in first.items():
        answer(w, handle, sent)
    in_force(w, OTHER, CODE)


# --- given up


def test_a_change_that_was_never_sent_is_given_up(w: World) -> None:
    w.holder.change_code(CODE, OTHER)
    refusal_of(w.holder.present, WRONG, card=next(iter(cards_of(w.holder))))
    w.holder.give_up_code_change(CODE)
    assert w.holder.wallet().change is None
    assert w.tries().failed == 0
    in_force(w, CODE)
    change(w, NEW)
    in_force(w, NEW, CODE)


def test_who_gives_up_proves_the_old_code(w: World) -> None:
    w.holder.change_code(CODE, NEW)
    for code in (WRONG, NEW):
        waiting = w.holder.wallet().change
        assert refusal_of(w.holder.give_up_code_change, code) is Code.CODE_WRONG
        assert w.holder.wallet().change == waiting


def test_what_was_answered_unheard_before_it_was_given_up_is_enrolled_anew(w: World) -> None:
    """The docstring warns of it: the issuer makes the card for the code that was given up, and for no other."""
    own, *_ = messages = w.holder.change_code(CODE, OTHER)
    answers = w.issuer.renew(messages[own])
    w.holder.give_up_code_change(CODE)
    assert refusal_of(w.holder.accept_renewal, own, answers, w.trust) is Code.CREDENTIAL_NOT_MINE
    w.clock.time += DAY
    assert refusal_of(w.issuer.renew, w.holder.renewal(CODE, card=own)) is Code.RENEWAL_SIGNATURE
    w.holder.present(CODE, card=own)


def test_there_is_nothing_to_give_up_once_a_card_was_answered(w: World) -> None:
    """That one has no way back. No try is spent."""
    with pytest.raises(UsageError, match="no change"):
        w.holder.give_up_code_change(WRONG)
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    answer(w, *own)
    with pytest.raises(UsageError, match="answered for one card"):
        w.holder.give_up_code_change(WRONG)
    assert w.tries().failed == 0
    answer(w, *childs)
    in_force(w, NEW, CODE)


def test_another_new_code_has_to_wait_for_one_that_was_answered(w: World) -> None:
    """The old code is proved then all the same: the try was right."""
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    answer(w, *own)
    refusal_of(w.holder.present, WRONG, card=own[0])
    with pytest.raises(UsageError, match="under way"):
        w.holder.change_code(CODE, OTHER)
    assert w.tries().failed == 0
    assert refusal_of(w.holder.change_code, WRONG, NEW) is Code.CODE_WRONG
    answer(w, *childs)
    in_force(w, NEW, CODE)


def test_who_does_not_know_the_old_code_learns_nothing_of_the_new_one(w: World) -> None:
    """What a change does with the new code depends on what waits: only for who has proved the old one."""
    w.holder.change_code(CODE, NEW)
    asked: list[bytes] = []
    prf = w.device_key.prf

    def watched(message: bytes) -> bytes:
        asked.append(message)
        return prf(message)

    w.device_key.prf = watched  # type: ignore[method-assign]  # a device that is watched
    for new in (NEW, OTHER):
        assert refusal_of(w.holder.change_code, WRONG, new) is Code.CODE_WRONG
    assert len(asked) == 2, "the old code was tried, and nothing else"
    assert len(set(asked)) == 1


def test_the_same_answer_again_changes_nothing(w: World) -> None:
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    first, second = w.issuer.renew(own[1], stock=3), w.issuer.renew(childs[1])
    w.holder.accept_renewal(own[0], first, w.trust)
    between = w.holder.wallet()
    otherwise = forge.credential(
        w, put((7,), b"another1"), genuine=first[0]
    )  # an issuer that answers twice in two ways
    for again in (first, [otherwise]):
        assert not w.holder.accept_renewal(own[0], again, w.trust).code_changed
        assert w.holder.wallet() == between
    assert w.holder.accept_renewal(childs[0], second, w.trust).code_changed
    after = w.holder.wallet()
    for handle, answers in ((own[0], first), (childs[0], second)):
        assert not w.holder.accept_renewal(handle, answers, w.trust).code_changed
        assert w.holder.wallet() == after


def test_a_plain_renewal_goes_on_under_the_old_code_meanwhile(w: World) -> None:
    """Of a card whose issuer has not been asked yet."""
    messages = w.holder.change_code(CODE, NEW)
    w.clock.time += 60
    for handle in messages:
        assert not renew(w, CODE, handle).code_changed
    in_force(w, CODE)
    for handle, sent in messages.items():
        answer(w, handle, sent)
    in_force(w, NEW, CODE)


def test_cards_of_the_old_code_are_refused_after_the_change(w: World) -> None:
    old = w.holder.wallet().cards[0]
    change(w)
    before = w.holder.wallet()
    edition = old.stock[0]
    assert refusal_of(w.holder.accept, edition.minimal, w.trust, edition.billing) is Code.CREDENTIAL_NOT_MINE
    assert refusal_of(w.holder.accept_renewal, old.handle, [edition.minimal], w.trust) is Code.CREDENTIAL_NOT_MINE
    assert w.holder.wallet() == before


@pytest.mark.parametrize(
    "edit",
    [
        put((CARD, 1), bytes(32)),
        put((CARD, 2), b"anothers"),
        put((CARD, 9, 1), bytes(16)),
        put((CARD, 13), "1550169123456"),
    ],
    ids=["code key", "alias", "binding", "number"],
)
def test_an_answer_is_looked_at_like_any_card(edit: forge.Edit, w: World) -> None:
    (own, _) = w.holder.change_code(CODE, NEW).items()
    minimal, billing = w.issuer.renew(own[1])
    before = w.holder.wallet()
    spoiled = [forge.credential(w, edit, genuine=each) for each in (minimal, billing)]
    assert refusal_of(w.holder.accept_renewal, own[0], spoiled, w.trust) is Code.CREDENTIAL_NOT_MINE
    assert w.holder.wallet() == before
    w.holder.accept_renewal(own[0], (minimal, billing), w.trust)


def test_an_answer_is_for_its_own_card(w: World) -> None:
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    answers = w.issuer.renew(childs[1])
    assert refusal_of(w.holder.accept_renewal, own[0], answers, w.trust) is Code.CREDENTIAL_NOT_MINE


# --- cards that go meanwhile


def test_a_change_does_not_wait_for_a_card_that_was_deleted(w: World) -> None:
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    answer(w, *own)
    w.holder.delete(childs[0])
    assert w.holder.wallet().change is None
    in_force(w, NEW, CODE)


def test_a_change_waits_for_the_others_where_one_was_deleted(w: World) -> None:
    (own, childs) = w.holder.change_code(CODE, NEW).items()
    w.holder.delete(childs[0])
    in_force(w, CODE, NEW)
    assert answer(w, *own)
    in_force(w, NEW, CODE)


def test_with_the_last_card_the_code_and_its_change_go(w: World) -> None:
    for handle in w.holder.change_code(CODE, NEW):
        w.holder.delete(handle)
    assert w.holder.wallet() == Wallet()


# --- what was lent


def test_what_was_lent_to_the_phone_goes_with_the_old_code(w: World) -> None:
    """It is for the old code key, and so is a card that could come for an introduction. What this phone has lent holds."""
    parent = Handset(w, "Parent")
    friend = Handset(w, "Friend")
    offer = w.issuer.offer()
    request = friend.holder.enrol(offer, w.trust, OTHER, NIR, profile=w.profile)
    friend.holder.accept(w.issuer.issue(request, offer, camille(reference="friend")), w.trust)
    text = w.holder.introduce("Camille", CODE)
    seen = friend.holder.review_introduction(text)
    now = w.clock.time
    lent = w.holder.receive(friend.holder.grant(seen, OTHER, lifetime=3600, purposes=FOR_VISITS), w.trust).handle
    late = w.issuer.lend(friend.holder.order(seen, OTHER, until=now + DAY, purposes=FOR_VISITS), seen.raw)
    parent.granted(card=w.holder.wallet().own_cards[0].handle)
    loans = w.holder.lent()
    first, last = change(w)
    assert (first.gone, last.gone) == ((), (lent,))
    after = w.holder.wallet()
    assert lent not in {card.handle for card in after.cards}
    assert after.introductions == ()
    assert refusal_of(w.holder.accept, late, w.trust) is Code.CREDENTIAL_NOT_MINE
    assert w.holder.lent() == loans
    assert len(loans) == 1


def test_a_phone_with_nothing_but_lent_cards_changes_its_code_at_once(w: World) -> None:
    dominique = Handset(w)
    own = w.holder.wallet().cards[0].handle
    dominique.granted(card=own)
    dominique.lent(card=own)
    assert refusal_of(dominique.holder.change_code, WRONG, NEW) is Code.CODE_WRONG
    assert dominique.holder.change_code(DELEGATES_CODE, NEW) == {}
    held = dominique.holder.wallet()
    assert (held.cards, held.introductions, held.change) == ((), (), None)
    assert refusal_of(dominique.introduce, DELEGATES_CODE) is Code.CODE_WRONG
    dominique.introduce(NEW)


# --- two at once


def test_a_wallet_that_changes_while_the_code_is_tried_is_not_overwritten(w: World) -> None:
    """Another process of the same phone deletes a card, or begins a change of its own, in between."""
    other = Holder(w.device_key, store=w.holder_store, clock=w.clock, entropy=w.entropy)
    prf, meanwhile = w.device_key.prf, list[Callable[[], object]]()

    def slow(message: bytes) -> bytes:
        if meanwhile:
            meanwhile.pop()()
        return prf(message)

    w.device_key.prf = slow  # type: ignore[method-assign]  # a device during whose work something happens
    for act in (
        lambda: w.holder.delete(w.holder.wallet().cards[1].handle),
        lambda: w.holder_store.update(lambda state: dataclasses.replace(state, cards=state.cards[:0])),
        lambda: other.change_code(CODE, OTHER),
    ):
        before = w.holder_store.load()
        # The second derivation, that of the new code, is when the wallet has been looked at.
        meanwhile[:] = [act, lambda: None]
        with pytest.raises(UsageError, match="while the code was tried"):
            w.holder.change_code(CODE, NEW)
        w.holder_store.update(lambda _, before=before: before)
    assert w.clock.time == NOW
