"""A thief with a copy of the wallet and without the device gets nowhere: all 1,000,000 codes, under the cheapest profile."""

from __future__ import annotations

import dataclasses
import hashlib
import multiprocessing
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters import thief
from tests.adapters.processes import device_key
from tests.adapters.test_wallet import pieces
from tests.adapters.thief import Found, Loot
from tests.world import CODE, World, camille, enrolled
from vitaletoken import Argon2Profile, Holder, InputError, UsageError
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto import signing
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire import cbor

CODES = 1_000_000
CHUNK = 12_500
PORTRAIT = random.Random(1).randbytes(2000)


@pytest.fixture(scope="module")
def world() -> World:
    w = enrolled(beneficiary=camille(portrait=hashlib.sha256(PORTRAIT).digest()))
    w.holder.keep_portrait(PORTRAIT)
    w.holder.present(CODE)
    assert code_of(w.holder_store.load()).profile is Argon2Profile.CHEAPEST
    return w


@pytest.fixture(scope="module")
def copy(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stolen") / "wallet"
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        store.update(lambda _: world.holder_store.load())
    return path


def strings_of(*contents: bytes) -> frozenset[bytes]:
    return frozenset(content[at : at + 32] for content in contents for at in range(len(content) - 31))


@pytest.fixture(scope="module")
def loot(world: World, copy: Path) -> Loot:
    """More than the thief has: all that the wallet says, which without the device can't be read."""
    wallet = world.holder_store.load()
    code, device = code_of(wallet), world.device_key.public_key
    with closing(sqlite3.connect(copy)) as reader:
        kind, id_, generation, nonce, sealed = reader.execute("SELECT * FROM entries WHERE kind = 1").fetchone()
    # The certified code key itself stands in card and request; what a code gives is compared with it apart.
    strings = strings_of(copy.read_bytes(), *pieces(wallet)) - {code.key}
    thumbprint = signing.thumbprint(device.algorithm, device.public)
    place = cbor.encode([kind, id_, generation])
    return Loot(code.salt, code.profile, code.key, thumbprint, strings, (nonce, sealed), place)


def joined(parts: Iterable[Found]) -> Found:
    fitting: list[str] = []
    near = (Counter[int](), Counter[int]())
    for part in parts:
        fitting += part.fitting
        for total, counter in zip(near, part.near, strict=True):
            total.update(counter)
    return Found(tuple(fitting), near)


def test_no_code_fits_and_the_right_one_is_like_the_others(loot: Loot) -> None:
    """Each of a million: what follows from it is nowhere in the file, opens no row, and gives another code key than the card's.

    Nor is the right one nearer or farther than others: by its distance to the code key it is in the midst of them.
    """
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        chunks = [range(start, start + CHUNK) for start in range(0, CODES, CHUNK)]
        found = joined(pool.map(thief.search, [loot] * len(chunks), chunks))
    assert found.fitting == ()
    fits, bits = thief.distances(loot, CODE)
    assert not fits
    for counter, distance in zip(found.near, bits, strict=True):
        assert counter.total() == CODES
        nearer = sum(number for other, number in counter.items() if other < distance)
        farther = sum(number for other, number in counter.items() if other > distance)
        assert min(nearer, farther) > CODES // 100
        assert counter[distance] > 1000, "many others are just as far"
        mean = sum(other * number for other, number in counter.items()) / CODES
        assert abs(mean - 128) < 0.1, "as of 256 random bits"


SAMPLE = sorted({int(CODE), *random.Random(2).sample(range(CODES), 1500)})


def test_with_the_device_exactly_one_code_fits(world: World, loot: Loot) -> None:
    """The other half: it is the device's secret that is missing, and nothing else."""
    found = thief.search(loot, SAMPLE, world.device_key.prf)
    assert found.fitting == (CODE,)


def test_with_another_device_none_does(loot: Loot) -> None:
    for seed in range(3):
        assert thief.search(loot, SAMPLE, device_key(f"thief {seed}").prf).fitting == ()


@pytest.mark.parametrize(
    "guess",
    [
        lambda _loot, _message: bytes(32),
        lambda _loot, message: message[-32:],
        lambda loot, _message: loot.salt + loot.salt,
        lambda loot, message: hashlib.sha256(loot.thumbprint + message).digest(),
        lambda loot, message: hashlib.sha256(loot.code_key + message).digest(),
    ],
    ids=["zeros", "s", "salt", "thumbprint", "code key"],
)
def test_nothing_in_the_file_stands_in_for_the_device(guess: object, loot: Loot) -> None:
    assert callable(guess)
    assert thief.search(loot, SAMPLE, lambda message: guess(loot, message)).fitting == ()


@pytest.mark.parametrize("kept", ["s", "seed of a key without the device", "row under s"])
def test_the_search_finds_what_a_careless_wallet_would_keep(kept: str, loot: Loot) -> None:
    """It is not blind: had the file anything that follows from the code alone, the code would be found."""
    s = thief.pin.stretch(CODE.encode(), loot.salt, loot.profile)
    if kept == "s":
        loot = loot._replace(strings=loot.strings | strings_of(b"..." + s + b"..."))
    elif kept == "row under s":
        nonce = bytes(12)
        loot = loot._replace(sealed=(nonce, thief.ChaCha20Poly1305(s).encrypt(nonce, b"row", loot.place)))
    else:
        key = thief.pin.derive(CODE, loot.salt, loot.profile, loot.thumbprint, thief.without_device)
        loot = loot._replace(code_key=thief.pin.code_signing_key(key).public)
    assert thief.search(loot, SAMPLE).fitting == (CODE,)


def test_the_copy_does_not_open_and_does_not_present(world: World, copy: Path) -> None:
    """Neither as a file, nor with what is in it given away: the right code is as wrong as any."""
    other = device_key("thief")
    with pytest.raises(UsageError, match="another device key"):
        SqliteWallet(copy, other, SystemEntropy())
    stolen = dataclasses.replace(world.holder_store.load())
    for code in (CODE, "270518", "180736"):
        world.holder_store.update(lambda _: stolen)
        holder = Holder(other, store=world.holder_store, clock=world.clock, entropy=world.entropy)
        with pytest.raises(InputError, match="code-wrong"):
            holder.present(code)
    world.holder_store.update(lambda _: stolen)
