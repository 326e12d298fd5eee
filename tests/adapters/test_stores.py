"""What ports.py promises, asked of each implementation that ships: in memory and in SQLite."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.adapters.processes import wallet_file
from tests.concurrency import at_once
from tests.world import NIR
from vitaletoken import Argon2Profile, BeneficiaryNir, Category, Purpose
from vitaletoken.adapters.memory import MemoryHolderStore, MemoryReplayStore
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.ports import (
    HolderStore,
    ReplayStore,
)
from vitaletoken.rules.cards import (
    AskedUnlock,
    CardChange,
    CardKind,
    CodeChange,
    Edition,
    Introduced,
    Loan,
    PendingEnrolment,
    PersonalCode,
    WalletCard,
)
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.rules.wallet import Wallet, code_of
from vitaletoken.wire.enrolment import Number

FIRST, SAME, OTHER, FULL = ReplayOutcome

DESK, DESK_2 = "visit 1", "visit 2"
KINDS = ("memory", "sqlite")


def key(number: int) -> bytes:
    return hashlib.sha256(f"key {number}".encode()).digest()[:24]


@pytest.fixture(params=KINDS)
def replay_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[int], ReplayStore]]:
    """Makes stores of the capacity asked for."""
    with ExitStack() as stack:

        def make(capacity: int) -> ReplayStore:
            if request.param == "memory":
                return MemoryReplayStore(capacity)
            return stack.enter_context(SqliteReplayStore(tmp_path / "replay.db", capacity=capacity))

        yield make


@pytest.fixture(params=KINDS)
def holder_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HolderStore]:
    if request.param == "memory":
        yield MemoryHolderStore()
    else:
        with wallet_file(tmp_path / "phone.db") as store:
            yield store


# --- replay keys

Replay = Callable[[int], ReplayStore]


def test_a_key_is_first_once_then_known_by_its_session(replay_store: Replay) -> None:
    store = replay_store(10)
    assert store.insert(key(1), DESK, 100, 0) is FIRST
    assert store.insert(key(1), DESK, 100, 0) is SAME
    assert store.insert(key(1), DESK_2, 100, 0) is OTHER
    assert store.insert(key(1), DESK, 100, 99) is SAME
    assert store.insert(key(2), DESK_2, 100, 99) is FIRST


def test_an_answer_changes_nothing(replay_store: Replay) -> None:
    """The session that was first stays the one that counts, and a key is kept as long as was said first."""
    store = replay_store(1)
    store.insert(key(1), DESK, 100, 0)
    store.insert(key(1), DESK_2, 50, 0)
    assert store.insert(key(1), DESK, 100, 0) is SAME
    assert store.insert(key(2), DESK, 200, 99) is FULL
    assert store.insert(key(1), DESK_2, 100, 99) is OTHER


def test_a_key_is_kept_for_the_latest_end_it_was_accepted_with(replay_store: Replay) -> None:
    """A phone that signs one cti with several ends: the same visit goes on, and no other begins before the last of them."""
    store = replay_store(1)
    store.insert(key(1), DESK, 100, 0)
    assert store.insert(key(1), DESK, 200, 50) is SAME
    assert store.insert(key(1), DESK, 150, 60) is SAME
    assert store.insert(key(1), DESK_2, 300, 70) is OTHER
    assert store.insert(key(2), DESK, 999, 199) is FULL
    assert store.insert(key(1), DESK_2, 300, 199) is OTHER
    assert store.insert(key(2), DESK, 999, 200) is FIRST


def test_a_key_of_the_past_counts_for_nothing(replay_store: Replay) -> None:
    """Whether it has been dropped yet must not matter: else two stores would answer differently."""
    for room in (1, 5):
        store = replay_store(room)
        number, at = 10 * room, 10_000 * room  # SQLite's store goes on where the last one was
        store.insert(key(number), DESK, at + 100, at + 0)
        assert store.insert(key(number), DESK_2, at + 100, at + 99) is OTHER
        assert store.insert(key(number), DESK_2, at + 200, at + 100) is FIRST
        assert store.insert(key(number), DESK, at + 200, at + 199) is OTHER
        assert store.insert(key(number), DESK_2, at + 200, at + 199) is SAME
        assert store.insert(key(number), DESK_2, at + 500, at + 200) is FIRST
        assert store.insert(key(number), DESK_2, at + 999, at + 499) is SAME
        assert store.insert(key(number), DESK, at + 999, at + 998) is OTHER
        assert store.insert(key(number), DESK, at + 1000, at + 999) is FIRST


@pytest.mark.parametrize("capacity", [0, 1, 5])
def test_a_full_store_says_so_and_gives_up_nothing(capacity: int, replay_store: Replay) -> None:
    store = replay_store(capacity)
    for number in range(capacity):
        assert store.insert(key(number), DESK, 100, 0) is FIRST
    assert store.insert(key(capacity), DESK, 100, 99) is FULL
    assert store.insert(key(capacity), DESK, 100, 99) is FULL
    for number in range(capacity):
        assert store.insert(key(number), DESK_2, 100, 99) is OTHER


def test_what_is_of_the_past_makes_room_and_nothing_else_does(replay_store: Replay) -> None:
    """``keep_until`` is the first second at which a key may go."""
    store = replay_store(3)
    for number, keep_until in enumerate((100, 101, 102)):
        store.insert(key(number), DESK, keep_until, 0)
    assert store.insert(key(10), DESK, 200, 99) is FULL
    assert store.insert(key(10), DESK, 200, 100) is FIRST
    assert store.insert(key(1), DESK_2, 101, 100) is OTHER
    assert store.insert(key(2), DESK_2, 102, 100) is OTHER
    assert store.insert(key(11), DESK, 200, 100) is FULL
    assert store.insert(key(11), DESK, 200, 101) is FIRST
    assert store.insert(key(10), DESK_2, 200, 101) is OTHER


def test_a_store_that_many_keys_have_passed_through_still_holds_its_capacity(replay_store: Replay) -> None:
    """Counting and dropping agree: neither fewer nor more keys fit afterwards."""
    store = replay_store(30)
    for number in range(100):
        assert store.insert(key(number), DESK, number + 30, number) is FIRST
    for number in range(100, 130):
        assert store.insert(key(number), DESK, 9999, 5000) is FIRST
    assert store.insert(key(130), DESK, 9999, 5000) is FULL


def test_each_key_is_first_in_one_thread_only(replay_store: Replay) -> None:
    store = replay_store(1000)
    for number in range(40):
        results = at_once(4, lambda desk, number=number: store.insert(key(number), f"visit {desk}", 100, 0))
        assert Counter(results) == {FIRST: 1, OTHER: 3}


# --- a phone's wallet

NUMBER = Number(NIR, b"1" * 16)
CHILDS = Number(BeneficiaryNir("2190375056071"), b"2" * 16)
STATE = Wallet(
    PersonalCode(b"s" * 16, Argon2Profile.SMALL_PHONE, b"k" * 32, CodeCounter(failed=2, last_try=3)),
    cards=(
        WalletCard(
            "ff" * 8,
            CardKind.OWN,
            b"request",
            (Edition(b"credential", b"billing view"), Edition(b"next")),
            7,
            number=NUMBER,
        ),
        WalletCard("00" * 8, CardKind.CHILD, b"another", (Edition(b"child's"),), portrait=b"picture", number=CHILDS),
        WalletCard("0f" * 8, CardKind.LENT, b"introduction", (Edition(b"lent"),), 3),
        WalletCard("1f" * 8, CardKind.LENT, b"", (Edition(b"lent by a grant"),), 4, grant=b"grant"),
    ),
    pending=(
        PendingEnrolment(CardKind.CHILD, b"waiting", 5, CHILDS),
        PendingEnrolment(CardKind.OWN, b"waiting too", 6, NUMBER),
    ),
    introductions=(Introduced(b"introduction", 7), Introduced(b"another", 8)),
    loans=(
        Loan("ff" * 8, Way.GRANT, "Dominique", 9, (Purpose.DISPENSING,), (Category.PHARMACY,), b"8 random", b"d" * 32),
        Loan("00" * 8, Way.ISSUER, "Sascha", 10, (Purpose.IDENTIFICATION, Purpose.BILLING), None, b"o" * 32, b"e" * 32),
    ),
    change=CodeChange(
        PersonalCode(b"t" * 16, Argon2Profile.DEFAULT, b"l" * 32),
        (
            CardChange("00" * 8, (b"renewal", b"and another")),
            CardChange("ff" * 8, (b"answered",), (Edition(b"new", b"new billing view"), Edition(b"newer"))),
        ),
    ),
    unlock=AskedUnlock("ff" * 8, b"n" * 16),
    lent_presentations=4,
)


def with_presentations(wallet: Wallet, number: int) -> Wallet:
    return wallet.with_card(dataclasses.replace(wallet.card("ff" * 8), presentations=number))


def test_a_new_phone_is_empty(holder_store: HolderStore) -> None:
    assert holder_store.load() == Wallet()


def test_the_wallet_is_replaced_as_a_whole(holder_store: HolderStore) -> None:
    """In its order too, whichever handles there are."""
    assert holder_store.update(lambda _: STATE) == STATE
    assert holder_store.load() == STATE
    for changed in (
        with_presentations(STATE, 8),
        dataclasses.replace(STATE, cards=STATE.cards[::-1]),
        dataclasses.replace(STATE, cards=STATE.cards[:3], pending=STATE.pending[:1], loans=STATE.loans[1:]),
        dataclasses.replace(STATE, introductions=STATE.introductions[1:], unlock=None, lent_presentations=0),
        dataclasses.replace(STATE, cards=(), change=None, unlock=None),
        Wallet(loans=STATE.loans, lent_presentations=5),
        Wallet(lent_presentations=6),
        Wallet(),
        STATE,
    ):
        assert holder_store.update(lambda _, changed=changed: changed) == changed
        assert holder_store.load() == changed


def test_a_change_sees_the_wallet_before_it(holder_store: HolderStore) -> None:
    holder_store.update(lambda _: STATE)
    seen = []
    holder_store.update(lambda state: seen.append(state) or state)
    assert seen == [STATE]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_change_that_raises_changes_nothing(error: type[BaseException], holder_store: HolderStore) -> None:
    holder_store.update(lambda _: STATE)

    def fail(_: Wallet) -> Wallet:
        raise error

    with pytest.raises(error):
        holder_store.update(fail)
    assert holder_store.load() == STATE
    assert holder_store.update(lambda state: state) == STATE


def test_no_change_is_lost_between_threads(holder_store: HolderStore) -> None:
    holder_store.update(lambda _: with_presentations(STATE, 0))

    def one_more(wallet: Wallet) -> Wallet:
        return with_presentations(wallet, wallet.card("ff" * 8).presentations + 1)

    def count(_: int) -> None:
        for _ in range(25):
            holder_store.update(one_more)

    assert at_once(4, count) == [None] * 4
    assert holder_store.load().card("ff" * 8).presentations == 100


def test_every_profile_can_be_kept(holder_store: HolderStore) -> None:
    for profile in Argon2Profile:
        code = PersonalCode(b"s" * 16, profile, b"k" * 32)
        holder_store.update(lambda wallet, code=code: dataclasses.replace(wallet, code=code))
        assert code_of(holder_store.load()).profile is profile


def test_a_wallet_does_not_show_itself() -> None:
    """Wallets end up in tracebacks: neither a card nor the salt may."""
    assert repr(STATE) == "Wallet(cards=4, pending=2, tries=2)"
    assert repr(Wallet()) == "Wallet(cards=0, pending=0, tries=None)"
    parts = (
        STATE.code,
        STATE.cards,
        STATE.pending,
        STATE.introductions,
        STATE.loans,
        STATE.change,
        STATE.cards[0].stock,
    )
    shown = repr(parts)
    for hidden in (
        *("ssss", "credential", "billing view", "request", "picture", "waiting", "introduction", "b'grant'"),
        *("Dominique", "tttt", "renewal", "answered", "new", NIR.digits(), "1111", "2222"),
    ):
        assert hidden not in shown


def test_a_key_given_up_is_not_forgotten(replay_store: Replay) -> None:
    """REPLAY-4: a terminal whose clock was read before the key was given up, or was set back since, is told the truth."""
    store = replay_store(1)
    assert store.insert(key(901), DESK, 1_000_600, 1_000_000) is FIRST
    assert store.insert(key(902), DESK, 1_001_200, 1_000_600) is FIRST
    assert store.insert(key(901), DESK_2, 1_000_600, 1_000_599) is OTHER
    assert store.insert(key(903), DESK_2, 1_001_201, 1_001_200) is FIRST
