"""A wallet killed at every write, and a wallet whose every write fails once: nothing lost, no try of the code given back.

The way: an SQLite file layer (``write_points``) that sees each call that changes a file or a directory. In the middle of each
write too the directory is copied, which is what ``kill -9`` there leaves; or the call fails, and the phone goes on.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.adapters.write_points import WritePoints, copies, sqlite
from tests.world import CODE, DAY, NIR, World, camille, child
from vitaletoken import Code, Holder, InputError
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto import labels
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.registry import View

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")

WRONG = "270518"
PORTRAIT = b"a picture of Camille" * 300


class Outside(NamedTuple):
    """What the world outside of the phone has seen of it.

    Attributes:
        tries: times that the hardware was asked for a wrong code since the last answer that it was right.
        right: it was asked for the right one since; whether that is recorded yet, nobody was told.
        shown: the last counter shown of each card, by its handle.
        done: what was answered: the names of steps.
    """

    tries: int
    right: bool
    shown: dict[str, int]
    done: tuple[str, ...]


class Life:
    """A phone that enrols, presents, mistypes, gets a second card, and deletes it; with a world around it that watches."""

    def __init__(self, path: Path) -> None:
        self.world = World(beneficiary=camille(portrait=hashlib.sha256(PORTRAIT).digest()))
        self.path = path
        self.outside = Outside(0, False, {}, ())
        self._prf = self.world.device_key.prf
        self._right: bytes | None = None
        self.world.device_key.prf = self._counting  # type: ignore[method-assign]

    def _counting(self, message: bytes) -> bytes:
        if message.startswith(labels.CODE_PRF):
            self._right = self._right or message  # the first one is the choice
            if message == self._right:
                self.outside = self.outside._replace(right=True)
            else:
                self.outside = self.outside._replace(tries=self.outside.tries + 1)
        return self._prf(message)

    def _proved(self) -> None:
        self.outside = self.outside._replace(tries=0, right=False)

    def open(self, path: Path | None = None, *, fast: bool = False) -> tuple[SqliteWallet, Holder]:
        """``fast``: without waiting for the disk, for what is not killed."""
        w = self.world
        store = SqliteWallet(path or self.path, w.device_key, SystemEntropy())
        if fast:
            store._database._connection.execute("PRAGMA synchronous=OFF")
        return store, Holder(w.device_key, store=store, clock=w.clock, entropy=w.entropy)

    def _present(self, holder: Holder, handle: str, code: str | None = CODE) -> None:
        shown = holder.present(code, card=handle)
        assert shown.claims.counter > self.outside.shown.get(handle, 0), "a counter is never shown twice"
        self.outside = self.outside._replace(shown={**self.outside.shown, handle: shown.claims.counter})
        if code is not None:
            self._proved()

    def _mistype(self, holder: Holder, handle: str) -> None:
        with pytest.raises(InputError) as refused:
            holder.present(WRONG, card=handle)
        assert refused.value.code is Code.CODE_WRONG
        self.world.clock.time += DAY

    def steps(self) -> Iterator[tuple[str, Callable[[Holder], object]]]:
        """What the phone's owner does. Each step may be done again where it failed: its inputs are made here, once."""
        w = self.world
        cards: dict[str, Any] = {}

        def enrol(name: str, kind: CardKind) -> Callable[[Holder], object]:
            def step(holder: Holder) -> None:
                offer = w.issuer.offer()
                request = holder.enrol(offer, w.trust, CODE, NIR, kind=kind, profile=w.profile)
                self._proved()
                person = w.beneficiary if kind is CardKind.OWN else child(reference="child")
                cards[name] = w.issuer.issue_views(request, offer, person)

            return step

        def accept(name: str) -> Callable[[Holder], object]:
            def step(holder: Holder) -> None:
                views = cards[name]
                cards[f"{name}'s handle"] = holder.accept(views.minimal, w.trust, views.billing).handle

            return step

        def at(name: str, act: Callable[[Holder, str], object]) -> Callable[[Holder], object]:
            return lambda holder: act(holder, cards[f"{name}'s handle"])

        yield "enrolled", enrol("own", CardKind.OWN)
        yield "accepted", accept("own")
        yield "portrait", at("own", lambda holder, handle: holder.keep_portrait(PORTRAIT, card=handle))
        yield "mistyped", at("own", self._mistype)
        yield "presented", at("own", self._present)
        yield "enrolled again", enrol("child", CardKind.CHILD)
        yield "accepted too", accept("child")
        yield "mistyped again", at("child", self._mistype)
        yield "presented without", at("child", lambda holder, handle: self._present(holder, handle, None))
        yield "deleted", at("child", lambda holder, handle: holder.delete(handle))

    def do(self, name: str, step: Callable[[Holder], object], holder: Holder) -> None:
        step(holder)
        self.outside = self.outside._replace(done=(*self.outside.done, name))


def require_kept(wallet: Wallet, outside: Outside) -> None:
    """Whatever was answered is there, and no try and no counter was won back."""
    if wallet.code is not None:
        failed = wallet.code.tries.failed
        assert failed >= outside.tries or (outside.right and failed == 0)
    else:
        assert outside.tries == 0
    counters = {card.handle: card.presentations for card in wallet.cards}
    deleting = len(wallet.cards) == 1
    for handle, counter in outside.shown.items():
        if "deleted" in outside.done or (deleting and handle not in counters):
            continue
        assert counters[handle] >= counter
    done = outside.done
    if "enrolled" in done:
        assert wallet.code is not None
        assert wallet.pending or wallet.cards
    if "accepted" in done:
        assert wallet.cards[0].stock[0].billing
    if "portrait" in done:
        assert wallet.cards[0].portrait == PORTRAIT
    if "enrolled again" in done and "accepted too" not in done:
        assert wallet.pending or len(wallet.cards) == 2
    if "accepted too" in done and "presented without" not in done:
        assert len(wallet.cards) == 2
    if "deleted" in done:
        assert len(wallet.cards) == 1


def test_killed_at_every_write(tmp_path: Path) -> None:
    """From each copy the phone goes on: it opens, has kept what was answered, and presents."""
    directory = tmp_path / "phone"
    directory.mkdir()
    life = Life(directory / "wallet")
    with copies(directory, tmp_path / "copies", lambda: (life.outside, life.world.clock.time)) as points:
        store, holder = life.open()
        for name, step in life.steps():
            life.do(name, step, holder)
        store.close()
    assert len(points) > 300
    for _, place, (outside, time) in points:
        life.world.clock.time = time + 2 * DAY  # longer than any wait
        life.outside = outside
        store, holder = life.open(place / "wallet", fast=True)
        with store:
            wallet = store.load()
            require_kept(wallet, outside)
            for card in wallet.cards:
                life._present(holder, card.handle)
                assert holder.present(None, card=card.handle).view is View.MINIMAL
        with closing(sqlite3.connect(place / "wallet")) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        shutil.rmtree(place)


def test_tries_never_come_back_however_often_it_is_killed(tmp_path: Path) -> None:
    """Killed at each write between two wrong codes, then the next ones: ten derivations in all, and it is locked."""
    directory = tmp_path / "phone"
    directory.mkdir()
    life = Life(directory / "wallet")
    store, holder = life.open(fast=True)
    for name, step in [*life.steps()][:2]:
        life.do(name, step, holder)
    handle = store.load().card(None).handle
    store.close()
    with copies(directory, tmp_path / "copies", lambda: (life.outside, life.world.clock.time)) as points:
        store, holder = life.open()
        for _ in range(3):
            life._mistype(holder, handle)
        store.close()
    for _, place, (outside, time) in points:
        life.world.clock.time, life.outside = time, outside
        store, holder = life.open(place / "wallet", fast=True)
        with store:
            refused = None
            while refused is not Code.CODE_LOCKED:
                life.world.clock.time += DAY
                with pytest.raises(InputError) as caught:
                    holder.present(WRONG)
                refused = caught.value.code
            assert life.outside.tries <= 10
            with pytest.raises(InputError, match="code-locked"):
                holder.present(CODE)
        shutil.rmtree(place)


#: What each call fails with: SQLITE_FULL and SQLITE_CANTOPEN where they are what happens, else SQLITE_IOERR.
ERRORS = {"write": 13, "half a write": 13, "create": 14}


def test_every_write_fails_once(tmp_path: Path) -> None:
    """SQLite says so; the same process then does the step again and goes on, and so does the next process."""
    number = failures = 0
    while True:
        path = tmp_path / str(number) / "wallet"
        path.parent.mkdir()
        left, failed = number, False

        def at(what: str) -> int:
            nonlocal left, failed
            left -= 1
            failed = failed or left < 0
            return ERRORS.get(what, 10) if left == -1 else 0

        life = Life(path)
        with WritePoints(at):
            try:
                store, holder = life.open()
            except sqlite3.Error:
                store, holder = life.open()
            store._database._connection.execute("PRAGMA synchronous=NORMAL")  # EXTRA writes no more than this
            for name, step in life.steps():
                try:
                    life.do(name, step, holder)
                except sqlite3.Error:
                    failures += 1
                    require_kept(store.load(), life.outside)
                    if name != "accepted":
                        life.world.clock.time += DAY
                    if name != "deleted" or len(store.load().cards) == 2:
                        life.do(name, step, holder)
                require_kept(store.load(), life.outside)
            store.close()
        store, holder = life.open(fast=True)
        with store:
            require_kept(store.load(), life.outside)
            life.world.clock.time += 2 * DAY
            holder.present(CODE, card=store.load().cards[0].handle)
        shutil.rmtree(path.parent)
        if not failed:
            break
        number += 1
    assert failures > 50
