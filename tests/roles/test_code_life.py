"""A locked phone does nothing (CODE-7), and its issuer alone unlocks it, once for each nonce (CODE-6, section 12.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.concurrency import at_once
from tests.phones import NEW, WRONG, Handset, add_child, lock, refusal_of, renew
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NIR, World, enrolled
from vitaletoken import Code, Purpose, UsageError, UserVerification
from vitaletoken.rules.code import MAX_FAILED, CodeCounter
from vitaletoken.rules.wallet import code_of


@pytest.fixture(params=DEVICE_ALGORITHMS)
def w(request: pytest.FixtureRequest) -> World:
    return enrolled(algorithm=request.param)


@pytest.fixture
def locked(w: World) -> World:
    lock(w)
    return w


# --- a locked phone

WITHOUT_THE_CODE = (UserVerification.NONE, UserVerification.DEVICE_UNLOCK, UserVerification.BIOMETRIC)


@pytest.mark.parametrize("verification", WITHOUT_THE_CODE)
def test_a_locked_phone_presents_nothing(verification: UserVerification, locked: World) -> None:
    before = locked.holder.wallet()
    assert refusal_of(locked.holder.present, user_verification=verification) is Code.CODE_LOCKED
    assert refusal_of(locked.holder.rotate, user_verification=verification) is Code.CODE_LOCKED
    for use in (locked.holder.present, locked.holder.rotate):
        assert refusal_of(use, CODE) is Code.CODE_LOCKED
    assert locked.holder.wallet() == before


def test_nine_wrong_codes_do_not_lock_it(w: World) -> None:
    for _ in range(9):
        w.clock.time += DAY
        assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG
        assert w.holder.present(user_verification=UserVerification.BIOMETRIC).claims.failed_tries == w.tries().failed


def test_a_locked_phone_signs_nothing_else(locked: World) -> None:
    """Its device key is not asked, whatever the phone is asked for; nor is the code tried."""
    w, dominique = locked, Handset(locked)
    introduction = w.holder.review_introduction(dominique.introduce())
    asked: list[bytes] = []

    def refuse(message: bytes) -> bytes:
        asked.append(message)
        return bytes(64)

    w.device_key.sign = w.device_key.prf = refuse  # type: ignore[method-assign]  # a device that is watched
    until, visits = w.clock.time + DAY, [Purpose.IDENTIFICATION]
    for act in (
        w.holder.present,
        lambda: w.holder.present(CODE),
        lambda: w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR),
        lambda: w.holder.renewal(CODE),
        lambda: w.holder.refresh(CODE, None, w.trust),  # type: ignore[arg-type]  # no network is reached
        lambda: w.holder.change_code(CODE, NEW),
        lambda: w.holder.introduce("Camille", CODE),
        lambda: w.holder.order(introduction, CODE, until=until, purposes=visits),
        lambda: w.holder.grant(introduction, CODE, lifetime=60, purposes=visits),
    ):
        before = w.holder.wallet()
        assert refusal_of(act) is Code.CODE_LOCKED
        assert w.holder.wallet() == before
    assert asked == []


def test_a_lent_card_is_not_shown_by_a_locked_phone_either(w: World) -> None:
    dominique = Handset(w)
    own = dominique.lent(), dominique.granted(lifetime=3 * DAY)
    tries = CodeCounter(MAX_FAILED, w.clock.time)
    dominique.store.update(lambda state: replace(state, code=replace(code_of(state), tries=tries)))
    for card in own:
        assert refusal_of(dominique.holder.present, "604118", card=card) is Code.CODE_LOCKED
    assert refusal_of(dominique.holder.present, card=own[0]) is Code.CODE_LOCKED


def test_a_screen_ends_when_the_phone_is_locked_meanwhile(w: World) -> None:
    screen = w.holder.rotate(user_verification=UserVerification.BIOMETRIC)
    next(screen)
    now = w.clock.time
    lock(w)
    w.clock.time = now + 20
    assert refusal_of(next, screen) is Code.CODE_LOCKED


# --- the unlock


def unlocked(w: World, nonce: bytes) -> bytes:
    return w.issuer.unlock(w.card_id(), nonce)


def test_the_issuer_gives_the_tries_back(locked: World) -> None:
    w, last_try = locked, locked.tries().last_try
    nonce = w.holder.ask_unlock()
    assert refusal_of(w.holder.present, CODE) is Code.CODE_LOCKED
    w.holder.unlock(unlocked(w, nonce), w.trust)
    assert w.tries() == CodeCounter(0, last_try)
    assert w.holder.wallet().unlock is None
    assert w.holder.present(CODE).claims.failed_tries == 0


def test_an_unlock_is_good_once(locked: World) -> None:
    message = unlocked(locked, locked.holder.ask_unlock())
    locked.holder.unlock(message, locked.trust)
    lock(locked)
    for _ in range(2):
        assert refusal_of(locked.holder.unlock, message, locked.trust) is Code.UNLOCK_NONCE
    assert refusal_of(locked.holder.present, CODE) is Code.CODE_LOCKED


def test_of_two_at_once_one_passes(locked: World) -> None:
    message = unlocked(locked, locked.holder.ask_unlock())
    results = at_once(4, lambda _: refusal_of(locked.holder.unlock, message, locked.trust))
    assert Counter(results) == {None: 1, Code.UNLOCK_NONCE: 3}


def test_asking_again_makes_the_earlier_nonce_worthless(locked: World) -> None:
    first, second = locked.holder.ask_unlock(), locked.holder.ask_unlock()
    assert first != second
    assert refusal_of(locked.holder.unlock, unlocked(locked, first), locked.trust) is Code.UNLOCK_NONCE
    locked.holder.unlock(unlocked(locked, second), locked.trust)


def test_the_nonce_is_kept_until_it_has_passed(locked: World) -> None:
    """Whatever else fails: U1 to U4, and the wallet is as it was."""
    w = locked
    nonce = w.holder.ask_unlock()
    good, before = unlocked(w, nonce), w.holder.wallet()
    for message, code in (
        (b"", Code.UNLOCK_STRUCTURE),
        (good[:-1] + bytes([good[-1] ^ 1]), Code.UNLOCK_SIGNATURE),
        (unlocked(w, bytes(16)), Code.UNLOCK_NONCE),
    ):
        assert refusal_of(w.holder.unlock, message, w.trust) is code
        assert w.holder.wallet() == before
    w.clock.time += 600
    assert refusal_of(w.holder.unlock, good, w.trust) is Code.UNLOCK_NONCE
    w.clock.time -= 1
    w.holder.unlock(good, w.trust)


def test_every_byte_of_an_unlock_counts(locked: World) -> None:
    w = locked
    good = unlocked(w, w.holder.ask_unlock())
    before = w.holder.wallet()
    for at in range(len(good)):
        spoiled = good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :]
        assert refusal_of(w.holder.unlock, spoiled, w.trust) is not None
        assert refusal_of(w.holder.unlock, good[:at], w.trust) is not None
    assert w.holder.wallet() == before
    w.holder.unlock(good, w.trust)


def test_an_unlock_is_for_the_card_that_it_was_asked_for(w: World) -> None:
    """By any edition that the phone has of it."""
    own, other = w.card().handle, add_child(w)
    renew(w, card=own, stock=2)
    lock(w)
    nonce = w.holder.ask_unlock(card=own)
    held = w.holder.wallet()
    childs = w.issuer.unlock(held.card(other).stock[0].claims.cti, nonce)
    assert refusal_of(w.holder.unlock, childs, w.trust) is Code.UNLOCK_NONCE
    w.holder.unlock(w.issuer.unlock(held.card(own).stock[1].claims.cti, nonce), w.trust)
    assert w.tries().failed == 0


def test_an_unlock_for_another_phone_is_none(locked: World) -> None:
    w = locked
    other = World(seed="other")
    offer = w.issuer.offer()
    request = other.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    views = w.issuer.issue_views(request, offer, w.beneficiary)
    message = w.issuer.unlock(other.holder.accept(views.minimal, w.trust).claims.cti, w.holder.ask_unlock())
    assert refusal_of(w.holder.unlock, message, w.trust) is Code.UNLOCK_SIGNATURE


def test_the_nonce_goes_with_its_card(w: World) -> None:
    own, other = w.card().handle, add_child(w)
    message = w.issuer.unlock(w.holder.wallet().card(own).stock[0].claims.cti, w.holder.ask_unlock(card=own))
    w.holder.delete(other)
    assert w.holder.wallet().unlock is not None
    again = add_child(w, "again")
    w.holder.delete(own)
    assert w.holder.wallet().unlock is None
    assert refusal_of(w.holder.unlock, message, w.trust) is Code.UNLOCK_SIGNATURE
    assert again in {card.handle for card in w.holder.wallet().cards}


def test_what_cannot_be_unlocked(w: World) -> None:
    dominique = Handset(w)
    lent = dominique.lent()
    for ask, says in (
        (lambda: dominique.holder.ask_unlock(card=lent), "lent"),
        (dominique.holder.ask_unlock, "no card"),
        (lambda: w.holder.ask_unlock(card="00" * 8), "no card"),
        (World().holder.ask_unlock, "no card"),
    ):
        with pytest.raises(UsageError, match=says):
            ask()
    message = unlocked(w, w.holder.ask_unlock())
    assert refusal_of(dominique.holder.unlock, message, w.trust) is Code.UNLOCK_ISSUER
    with pytest.raises(UsageError, match="no card"):
        World().holder.unlock(message, w.trust)


@pytest.mark.parametrize("failed", [1, 5, 9])
def test_a_phone_that_only_waits_can_be_unlocked_too(failed: int, w: World) -> None:
    for _ in range(failed):
        w.clock.time += DAY
        refusal_of(w.holder.present, WRONG)
    w.holder.unlock(unlocked(w, w.holder.ask_unlock()), w.trust)
    assert w.tries().failed == 0


# --- what is no code

NOT_A_CODE: list[Callable[[World], object]] = [
    lambda w: w.holder.present(user_verification=UserVerification.BIOMETRIC),
    lambda w: next(w.holder.rotate(user_verification=UserVerification.BIOMETRIC)),
    lambda w: w.holder.accept(w.views().minimal, w.trust, w.views().billing),
    lambda w: w.holder.ask_unlock(),
]


@pytest.mark.parametrize("act", NOT_A_CODE)
def test_nothing_but_a_success_or_an_unlock_resets_the_count(act: Callable[[World], object], w: World) -> None:
    """CODE-6: a biometric check makes no code key, and is stated as what it is."""
    for failed in (1, 2):
        refusal_of(w.holder.present, WRONG)
        act(w)
        assert w.tries().failed == failed
    claims = w.holder.present(user_verification=UserVerification.BIOMETRIC).claims
    assert (claims.user_verification, claims.failed_tries) == (UserVerification.BIOMETRIC, 2)
