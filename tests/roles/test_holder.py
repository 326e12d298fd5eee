"""The phone: it counts before it tries, waits, locks, keeps only its own card, and never shows one counter twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests import forge
from tests.concurrency import at_once
from tests.forge import CARD, put
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NIR, NOW, World, camille, enrolled
from vitaletoken import (
    Argon2Profile,
    Binding,
    Code,
    Environment,
    Holder,
    InputError,
    Presentation,
    UsageError,
    UserVerification,
    verify_trust_list,
)
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.wallet import Wallet, code_of
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import parse_text

WRONG = "270518"
WAITS = (0, 0, 0, 60, 300, 900, 3_600, 14_400, 43_200, 86_400)


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


def tries(w: World) -> int:
    return w.tries().failed


# --- counting


class Crash(Exception):
    """The power is cut here."""


class CrashingKey:
    """A device key whose hardware gives no answer."""

    def __init__(self, key: Any) -> None:
        self.public_key = key.public_key
        self.sign = key.sign

    def prf(self, message: bytes) -> bytes:
        raise Crash


class CrashingStore(MemoryHolderStore):
    """Fails at the update of that number, counted from one."""

    def __init__(self, state: Wallet, fails_at: int) -> None:
        super().__init__()
        super().update(lambda _: state)
        self._left = fails_at

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        self._left -= 1
        if self._left == 0:
            raise Crash
        return super().update(change)


def phone(w: World, **parts: Any) -> Holder:
    options = {"store": w.holder_store, "clock": w.clock, "entropy": w.entropy, **parts}
    return Holder(options.pop("device_key", w.device_key), **options)


@pytest.mark.parametrize("code", [CODE, WRONG])
def test_a_try_is_counted_before_it_is_made(code: str) -> None:
    """CODE-2: the power cut while the hardware works wins nothing back, whether the code was right or not."""
    w = enrolled()
    holder = phone(w, device_key=CrashingKey(w.device_key))
    for failed in (1, 2, 3):
        with pytest.raises(Crash):
            holder.present(code)
        assert tries(w) == failed
    assert refusal_of(holder.present, code) is Code.CODE_DELAYED


def test_a_try_that_cannot_be_counted_is_not_made() -> None:
    w = enrolled()
    asked: list[bytes] = []

    class Watched(CrashingKey):
        def prf(self, message: bytes) -> bytes:
            asked.append(message)
            return w.device_key.prf(message)

    store = CrashingStore(w.holder_store.load(), fails_at=1)
    with pytest.raises(Crash):
        phone(w, device_key=Watched(w.device_key), store=store).present(CODE)
    assert asked == []
    assert store.load() == w.holder_store.load()


def test_a_success_that_cannot_be_recorded_shows_nothing() -> None:
    """The try stays counted, and no presentation exists whose counter is not kept."""
    w = enrolled()
    store = CrashingStore(w.holder_store.load(), fails_at=2)
    with pytest.raises(Crash):
        phone(w, store=store).present(CODE)
    assert (code_of(store.load()).tries.failed, store.load().card(None).presentations) == (1, 0)
    shown = phone(w, store=store).present(CODE)
    assert (shown.claims.counter, shown.claims.failed_tries) == (1, 1)


def test_a_code_out_of_form_is_no_try() -> None:
    w = enrolled()
    for code in ("", "12345", "1234567", "27051x", "\uff12" * 6):
        assert refusal_of(w.holder.present, code) is Code.CODE_FORM
    assert tries(w) == 0


# --- waiting


def test_the_delays_grow_and_the_lock_is_for_good() -> None:
    """To the second: one second early is refused and changes nothing; ten wrong codes lock, whatever comes after."""
    w = enrolled()
    for failed, wait in enumerate(WAITS):
        if wait:
            w.clock.time += wait - 1
            before = w.holder_store.load()
            assert refusal_of(w.holder.present, CODE) is Code.CODE_DELAYED
            assert w.holder_store.load() == before
            w.clock.time += 1
        assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG
        assert tries(w) == failed + 1
    for seconds in (0, DAY, 365 * DAY):
        w.clock.time += seconds
        assert refusal_of(w.holder.present, CODE) is Code.CODE_LOCKED
        assert refusal_of(w.holder.present, WRONG) is Code.CODE_LOCKED


@pytest.mark.parametrize("failed", range(10))
def test_the_right_code_after_the_wait_resets_the_count(failed: int) -> None:
    w = enrolled()
    for _ in range(failed):
        w.clock.time += DAY
        assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG
    w.clock.time += DAY
    assert w.holder.present(CODE).claims.failed_tries == failed
    assert tries(w) == 0
    assert w.holder.present(CODE).claims.failed_tries == 0
    assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG


def test_a_clock_set_back_does_not_shorten_a_wait() -> None:
    w = enrolled()
    for _ in range(3):
        assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG
    for now in (0, NOW - DAY, NOW - 1, NOW, NOW + 59):
        w.clock.time = now
        assert refusal_of(w.holder.present, CODE) is Code.CODE_DELAYED
    w.clock.time = NOW + 60
    w.holder.present(CODE)


def test_a_presentation_without_the_code_says_how_many_tries_failed() -> None:
    w = enrolled()
    for failed in (1, 2, 3):
        refusal_of(w.holder.present, WRONG)
        assert w.holder.present().claims.failed_tries == failed
    assert tries(w) == 3


def test_a_locked_phone_stays_locked_whatever_it_is_sent() -> None:
    """Neither a card nor a new enrolment gives tries back; with its last card gone, there is no code left to guess."""
    w = enrolled()
    for _ in range(10):
        w.clock.time += DAY
        refusal_of(w.holder.present, WRONG)
    assert refusal_of(w.holder.present, CODE) is Code.CODE_LOCKED
    w.trust = verify_trust_list(w.signed_trust_list(w.trust_claims(exp=w.clock.time + DAY)), w.anchor, w.environment)
    assert refusal_of(w.holder.accept, forge.credential_of(w), w.trust) is None
    assert refusal_of(w.holder.present, CODE) is Code.CODE_LOCKED
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, CODE, NIR) is Code.CODE_LOCKED
    w.holder.delete(w.card().handle)
    w.enrol()
    w.holder.present(CODE)


# --- counters and contents


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_a_presentation_is_what_it_says(algorithm: Algorithm) -> None:
    w = enrolled(algorithm=algorithm)
    w.clock.time += 5
    shown = w.holder.present(CODE)
    parsed = parse_presentation(shown.message)
    assert parse_text(shown.text) == shown.message
    assert parsed.unverified_claims == shown.claims
    assert parsed.credential == forge.credential_of(w)
    assert parsed.algorithm is algorithm
    assert (shown.claims.iat, shown.claims.exp) == (NOW + 5, NOW + 65)
    assert (shown.claims.user_verification, shown.claims.binding) == (UserVerification.CODE, Binding.OPEN)
    assert parsed.code_layer is not None
    assert parse_presentation(w.holder.present().message).code_layer is None


def test_counters_rise_and_identifiers_differ() -> None:
    w = enrolled()
    shown = [w.holder.present(code) for code in (CODE, None, CODE, None, None, CODE)]
    assert [each.claims.counter for each in shown] == [1, 2, 3, 4, 5, 6]
    assert len({each.claims.cti for each in shown}) == 6
    assert refusal_of(w.holder.present, WRONG) is Code.CODE_WRONG
    assert w.holder.present(CODE).claims.counter == 7


def test_threads_get_different_counters() -> None:
    """Three with the code, since tries under way count as failed ones; five without."""
    w = enrolled()
    results = at_once(8, lambda number: [w.holder.present(CODE if number < 3 else None) for _ in range(10)])
    shown = [each for result in results for each in result]  # type: ignore[attr-defined]
    assert all(isinstance(each, Presentation) for each in shown)
    assert sorted(each.claims.counter for each in shown) == list(range(1, 81))
    assert len({each.claims.cti for each in shown}) == 80
    assert tries(w) == 0


def test_a_presentation_does_not_show_itself_in_logs() -> None:
    w = enrolled()
    shown = w.holder.present(CODE)
    for hidden in (shown.text, shown.message.hex(), repr(shown.message), CODE):
        assert hidden not in repr(shown)


@pytest.mark.parametrize("verification", list(UserVerification)[:3])
def test_what_the_phone_knows_is_stated(verification: UserVerification) -> None:
    w = enrolled()
    assert w.holder.present(user_verification=verification).claims.user_verification is verification


# --- usage


def test_a_phone_without_a_card_presents_nothing() -> None:
    w = World()
    for code in (CODE, None):
        with pytest.raises(UsageError):
            w.holder.present(code)
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=w.profile)
    for code in (CODE, None):
        with pytest.raises(UsageError):
            w.holder.present(code)
    assert tries(w) == 0
    with pytest.raises(UsageError):
        World().holder.accept(forge.credential_of(enrolled()), w.trust)


@pytest.mark.parametrize(
    ("code", "verification"),
    [(None, UserVerification.CODE), (CODE, UserVerification.BIOMETRIC), (CODE, UserVerification.CODE)],
)
def test_a_user_verification_that_does_not_fit_is_a_usage_error(
    code: str | None, verification: UserVerification
) -> None:
    w = enrolled()
    with pytest.raises(UsageError):
        w.holder.present(code, user_verification=verification)
    assert (tries(w), w.card().presentations) == (0, 0)


# --- enrolling


def test_the_cheapest_profile_is_refused_in_production() -> None:
    w = World(environment=Environment.PRODUCTION)
    with pytest.raises(UsageError):
        w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=Argon2Profile.CHEAPEST)
    assert w.holder_store.load() == Wallet()
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=Argon2Profile.SMALL_PHONE)


def test_a_card_for_production_is_not_kept_under_the_cheapest_profile() -> None:
    """An issuer with one key in both environments; the phone enrolled under the test list and accepts under the other."""
    w = World(environment=Environment.PRODUCTION)
    test = verify_trust_list(
        w.signed_trust_list(w.trust_claims(environment=Environment.TEST)), w.anchor, Environment.TEST
    )
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, test, CODE, NIR, profile=Argon2Profile.CHEAPEST)
    credential = w.issuer.issue(request, offer, camille())
    with pytest.raises(UsageError):
        w.holder.accept(credential, w.trust)


def test_a_weak_code_is_refused_before_anything_is_kept() -> None:
    w = World()
    before = w.holder_store.load()
    for code, born in (("111111", None), ("987654", None), ("140789", date(1989, 7, 14))):
        assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, code, NIR, birth_date=born) is Code.CODE_WEAK
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, "12345", NIR) is Code.CODE_FORM
    assert w.holder_store.load() == before


def test_an_offer_is_verified_before_the_code_is_used() -> None:
    w = enrolled()
    forged = forge.offer(w, signer=w._signer())
    assert refusal_of(w.holder.enrol, forged, w.trust, "111111", NIR) is Code.OFFER_ISSUER
    w.clock.time = w.trust.claims.exp
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, CODE, NIR) is Code.OFFER_ISSUER


@pytest.mark.parametrize(("seconds", "code"), [(3599, None), (3600, Code.OFFER_EXPIRED)])
def test_an_offer_expires_at_its_second(seconds: int, code: Code | None) -> None:
    w = World()
    offer = w.issuer.offer()
    w.clock.time += seconds
    assert refusal_of(w.holder.enrol, offer, w.trust, CODE, NIR, profile=w.profile) is code


def test_each_code_that_is_chosen_has_a_salt_of_its_own() -> None:
    w = World()
    codes = []
    for _ in range(3):
        w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=w.profile)
        codes.append(code_of(w.holder_store.load()))
        w.holder.delete(w.holder_store.load().pending[0].handle)
        assert w.holder_store.load() == Wallet()
    assert len({code.salt for code in codes}) == len({code.key for code in codes}) == 3


# --- accepting


def enrolling() -> tuple[World, bytes]:
    """A world whose phone waits for its card, and that card."""
    w = World()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    return w, w.issuer.issue(request, offer, camille())


def accept_refuses(w: World, credential: bytes, code: Code, trust: Any = None) -> None:
    before = w.holder_store.load()
    assert refusal_of(w.holder.accept, credential, trust or w.trust) is code
    assert w.holder_store.load() == before


def test_a_phone_accepts_its_own_card() -> None:
    w, card = enrolling()
    assert w.holder.accept(card, w.trust).claims.card.person == camille().person
    assert w.views().minimal == card
    w.holder.accept(card, w.trust)


def test_another_phones_card_is_refused() -> None:
    w, _ = enrolling()
    other = World(seed="other phone")
    offer = w.issuer.offer()
    request = other.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    accept_refuses(w, w.issuer.issue(request, offer, camille()), Code.CREDENTIAL_NOT_MINE)


def test_a_card_for_a_request_that_was_given_up_is_refused() -> None:
    """Same device key, same code."""
    w, earlier = enrolling()
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=w.profile)
    w.holder.delete(w.holder_store.load().pending[0].handle)
    accept_refuses(w, earlier, Code.CREDENTIAL_NOT_MINE)


@pytest.mark.parametrize(
    "change",
    [
        put((CARD, 1), bytes(32)),
        put((CARD, 9, 1), bytes(16)),
        put((8, 1, -2), bytes(range(32))),
        put((8, 1), {1: 2, 3: -9, -1: 1, -2: bytes(range(32)), -3: True}),
    ],
    ids=["code key", "binding", "device key", "other suite"],
)
def test_each_of_the_three_ties_is_looked_at(change: forge.Edit) -> None:
    """A genuine issuer's signature does not make a card mine."""
    w, card = enrolling()
    accept_refuses(w, forge.credential(w, change, genuine=card), Code.CREDENTIAL_NOT_MINE)
    w.holder.accept(forge.credential(w, genuine=card), w.trust)


def test_an_expired_card_is_refused_at_its_second() -> None:
    w, card = enrolling()
    w.clock.time = NOW + 14 * DAY
    accept_refuses(w, card, Code.CREDENTIAL_EXPIRED)
    w.clock.time -= 1
    w.holder.accept(card, w.trust)


def test_a_card_of_the_other_environment_is_refused() -> None:
    w, card = enrolling()
    unmarked = forge.credential(w, forge.drop((CARD, 10)), genuine=card)
    accept_refuses(w, unmarked, Code.WRONG_ENVIRONMENT)


def test_a_tampered_card_is_refused() -> None:
    w, card = enrolling()
    for at in range(0, len(card), 3):
        spoilt = bytearray(card)
        spoilt[at] ^= 1
        assert refusal_of(w.holder.accept, bytes(spoilt), w.trust) is not None
    accept_refuses(w, card[:-1] + bytes([card[-1] ^ 1]), Code.ISSUER_SIGNATURE)
    accept_refuses(w, card + b"\0", Code.CREDENTIAL_STRUCTURE)


def test_a_card_of_nobody_known_is_refused() -> None:
    w, card = enrolling()
    accept_refuses(w, forge.credential(w, genuine=card, signer=w._signer()), Code.ISSUER_UNKNOWN)
    w.clock.time = w.trust.claims.exp
    accept_refuses(w, card, Code.TRUST_LIST_EXPIRED)


def test_a_card_is_mine_before_it_is_expired() -> None:
    """ENROL-2: A1, then the time, then the environment."""
    w, card = enrolling()
    w.clock.time = NOW + 14 * DAY
    other = forge.both(put((CARD, 1), bytes(32)), forge.drop((CARD, 10)))
    accept_refuses(w, forge.credential(w, other, genuine=card), Code.CREDENTIAL_NOT_MINE)
    accept_refuses(w, forge.credential(w, forge.drop((CARD, 10)), genuine=card), Code.CREDENTIAL_EXPIRED)


def test_the_wrong_code_after_accepting_is_wrong() -> None:
    """The code key that was certified is the one of the code that was chosen."""
    w, card = enrolling()
    w.holder.accept(card, w.trust)
    assert refusal_of(w.holder.present, "000001") is Code.CODE_WRONG
    w.publish()
    w.verify(w.present())


def test_a_copied_state_without_the_device_does_not_know_the_code() -> None:
    """The code key takes both: another device's secret and the right code give another key."""
    w = enrolled()
    thief = World(seed="thief")
    store = MemoryHolderStore()
    store.update(lambda _: dataclasses.replace(w.holder_store.load()))
    assert refusal_of(phone(w, device_key=thief.device_key, store=store).present, CODE) is Code.CODE_WRONG


def test_a_code_exchanged_while_it_is_tried_is_not_proved() -> None:
    """The right old code must not reset the tries of the new one."""
    w = enrolled()
    store = w.holder_store
    prf = w.device_key.prf

    def exchange(message: bytes) -> bytes:
        other = dataclasses.replace(code_of(store.load()), salt=b"another", tries=CodeCounter(2, NOW))
        store.update(lambda state: dataclasses.replace(state, code=other))
        return prf(message)

    w.device_key.prf = exchange  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="exchanged"):
        w.present()
    assert code_of(store.load()).tries == CodeCounter(2, NOW)
    assert store.load().card(None).presentations == 0
