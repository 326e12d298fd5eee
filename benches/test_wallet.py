"""What a wallet of eight cards costs to open, and what a check of the personal code costs beside its Argon2id: ``make bench``.

The figures to reach: open in under 50 ms without the code; a code check at most 1.05 x its profile. Opening includes one
durable write, by which a file that cannot be written is found out; a code check the durable count of the try, a few
milliseconds of waiting for the disk whatever the profile. A machine that stretches under ``small-phone`` in 20 ms is not one
that ``choose_profile`` gives it to: the figure is that of ``default``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.world import CODE, World, enrolled
from vitaletoken import Argon2Profile, Holder
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto import pin
from vitaletoken.ports import HolderStore
from vitaletoken.rules.wallet import Wallet, code_of

CARDS = 8
PORTRAIT = 30_000
ROUNDS = 25


def full(world: World) -> Wallet:
    """Eight cards, each with both views, a stock of four, and a portrait."""
    card = dataclasses.replace(world.card(), stock=(world.views(),) * 4, portrait=bytes(PORTRAIT))
    cards = tuple(dataclasses.replace(card, handle=f"{number:016x}") for number in range(CARDS))
    return dataclasses.replace(world.holder_store.load(), cards=cards)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    world = enrolled()
    with SqliteWallet(tmp_path / "wallet", world.device_key, SystemEntropy()) as store:
        store.update(lambda _: full(world))
    return tmp_path / "wallet"


def test_open(benchmark: BenchmarkFixture, path: Path) -> None:
    device_key = enrolled().device_key

    def opened() -> int:
        with SqliteWallet(path, device_key, SystemEntropy()) as store:
            return len(store.load().cards)

    assert benchmark(opened) == CARDS


def test_present_from_the_file(benchmark: BenchmarkFixture, path: Path) -> None:
    """Two durable writes and two signatures, under the cheapest profile: what is not Argon2id."""
    world = enrolled()
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        holder = Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy)
        benchmark(lambda: holder.present(CODE, card=f"{3:016x}"))


def seconds(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def in_turns(*timed: Callable[[], float]) -> list[float]:
    """The least that each says, over ``ROUNDS`` rounds in which they take turns."""
    return [min(each) for each in zip(*([call() for call in timed] for _ in range(ROUNDS)), strict=True)]


@pytest.mark.parametrize("profile", [Argon2Profile.DEFAULT, Argon2Profile.SMALL_PHONE])
def test_ratio_of_a_code_check(profile: Argon2Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figure of the sixth issue, as a table."""
    world = World(profile=profile)
    world.enrol()
    chosen = code_of(world.holder_store.load())

    def checking(store: HolderStore) -> Callable[[], float]:
        store.update(lambda _: full(world))
        holder = Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy)

        def check() -> float:
            store.update(lambda state: dataclasses.replace(state, code=chosen))  # as if no try had failed
            return seconds(lambda: holder.prove(CODE, world.clock.now()))

        return check

    with SqliteWallet(tmp_path / "wallet", world.device_key, SystemEntropy()) as store:
        bare, memory, file = in_turns(
            lambda: seconds(lambda: pin.stretch(CODE.encode(), chosen.salt, profile)),
            checking(MemoryHolderStore()),
            checking(store),
        )
    with capsys.disabled():
        print(f"\nArgon2id {profile.label}: {bare * 1e3:.1f} ms bare")
        print(f"code check, wallet in memory             {memory * 1e3:8.1f} ms  x {memory / bare:.3f}")
        print(f"code check, eight cards in a file        {file * 1e3:8.1f} ms  x {file / bare:.3f}  (at most 1.050)")
