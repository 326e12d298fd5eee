"""Everything that a phone does after its first card, killed at every write, and failing once at every write.

Renewals, the change of the code and the moment at which it comes into force, the unlock, introductions, cards lent and being lent
to, deletion. Each copy that ``kill -9`` would have left holds the wallet as it was before a step or after it, never one between;
no try of the code comes back; and from each of them the phone goes on, a change of the code to its end.
"""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.adapters.write_points import WritePoints, copies, sqlite
from tests.phones import DELEGATES_CODE, FOR_VISITS, HOUR, NEW, WRONG, Handset, refusal_of
from tests.world import CODE, DAY, NIR, World, camille, child
from vitaletoken import CardKind, Code, Holder, Wallet
from vitaletoken.adapters.register import MemoryRegister
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto import labels
from vitaletoken.rules.code import MAX_FAILED, CodeCounter
from vitaletoken.rules.wallet import code_of

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")

THIRD = "604913"
ERRORS = {"write": 13, "half a write": 13, "create": 14}


class Logged:
    """A wallet's store that remembers every wallet it was asked to keep."""

    def __init__(self, store: SqliteWallet) -> None:
        self.store = store
        self.states = [store.load()]

    def load(self) -> Wallet:
        return self.store.load()

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        def watched(wallet: Wallet) -> Wallet:
            after = change(wallet)
            self.states.append(after)
            return after

        return self.store.update(watched)


class Step(NamedTuple):
    """What the phone's owner does.

    Attributes:
        act: with the phone. after: with the world, once it is done; gets what ``act`` returned.
        proves: the personal code is used.
        is_done: for a step that can't be done again once it has been recorded.
    """

    name: str
    act: Callable[[Holder], Any]
    after: Callable[[Any], object] = lambda _: None
    proves: bool = True
    is_done: Callable[[Wallet], bool] = lambda _: False


class Life:
    """A phone in a file, its issuer, and a friend with a phone and a card of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.world = w = World(seed="killed")
        self.friend = Handset(w, "Friend")
        self.given: dict[str, Any] = {}
        self.derived = 0
        prf = w.device_key.prf

        def counting(message: bytes) -> bytes:
            if message.startswith(labels.CODE_PRF):
                self.derived += 1
                if self.log is not None:
                    before, now = self.log.states[0], self.log.states[-1]
                    assert code_of(now).tries.failed > code_of(before).tries.failed, "counted before it is tried"
            return prf(message)

        self.log: Logged | None = None
        w.device_key.prf = counting  # type: ignore[method-assign]  # a device that is watched
        with self.open(directory / "wallet", fast=True) as store:
            holder = self.holder(store)
            offer = w.issuer.offer()
            request = holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
            views = w.issuer.issue_views(request, offer, camille())
            self.own = holder.accept(views.minimal, w.trust, views.billing).handle
            offer = w.issuer.offer()
            request = holder.enrol(offer, w.trust, CODE, NIR, kind=CardKind.CHILD)
            views = w.issuer.issue_views(request, offer, child(reference="child"))
            self.child = holder.accept(views.minimal, w.trust, views.billing).handle
        offer = w.issuer.offer()
        request = self.friend.holder.enrol(offer, w.trust, DELEGATES_CODE, NIR, profile=w.profile)
        self.friend.holder.accept(w.issuer.issue(request, offer, camille(reference="friend")), w.trust)

    def open(self, path: Path, *, fast: bool = False) -> SqliteWallet:
        """``fast``: without waiting for the disk, for what is not killed."""
        store = SqliteWallet(path, self.world.device_key, SystemEntropy())
        store._database._connection.execute(f"PRAGMA synchronous={'OFF' if fast else 'NORMAL'}")
        return store

    def holder(self, store: Any) -> Holder:
        return Holder(self.world.device_key, store=store, clock=self.world.clock, entropy=self.world.entropy)

    # --- the issuer's memory, to be put back after a phone has gone on from where another one was killed

    def remember(self) -> dict[str, Any]:
        assert isinstance(self.world.register, MemoryRegister)
        return {name: copy.copy(value) for name, value in vars(self.world.register).items() if name != "_lock"}

    def put_back(self, remembered: dict[str, Any]) -> None:
        vars(self.world.register).update({name: copy.copy(value) for name, value in remembered.items()})

    # --- what happens

    def keep(self, name: str) -> Callable[[Any], object]:
        return lambda result: self.given.update({name: result})

    def meets_friend(self, text: str) -> None:
        """The friend lends a card, both ways."""
        w, friend = self.world, self.friend.holder
        seen = friend.review_introduction(text)
        self.given["grant"] = friend.grant(seen, DELEGATES_CODE, lifetime=HOUR, purposes=FOR_VISITS)
        order = friend.order(seen, DELEGATES_CODE, until=w.clock.time + 20 * DAY, purposes=FOR_VISITS)
        self.given["lent"] = w.issuer.lend(order, seen.raw)
        self.given["friend"] = self.friend.introduce()

    def answers(self, messages: dict[str, bytes]) -> None:
        for handle, sent in messages.items():
            self.given[handle] = self.world.issuer.renew(sent, stock=2)

    def steps(self) -> list[Step]:
        w, given = self.world, self.given

        def friend(holder: Holder) -> Any:
            return holder.review_introduction(given["friend"])

        def accept(handle: str) -> Callable[[Holder], object]:
            return lambda holder: holder.accept_renewal(handle, given[handle], w.trust)

        until = w.clock.time + DAY
        return [
            Step("renewal", lambda p: {self.own: p.renewal(CODE, card=self.own)}, self.answers),
            Step("renewed", accept(self.own), proves=False),
            Step("introduced", lambda p: p.introduce("Camille", CODE), self.meets_friend),
            Step(
                "granted to",
                lambda p: p.receive(given["grant"], w.trust).handle,
                self.keep("a lent card"),
                proves=False,
            ),
            Step("lent to", lambda p: p.accept(given["lent"], w.trust), proves=False),
            Step("shown", lambda p: p.present(CODE, card=given["a lent card"])),
            Step("ordered", lambda p: p.order(friend(p), CODE, until=until, purposes=FOR_VISITS, card=self.own)),
            Step("granted", lambda p: p.grant(friend(p), CODE, lifetime=HOUR, purposes=FOR_VISITS, card=self.child)),
            Step(
                "deleted", lambda p: p.delete(given["a lent card"]), proves=False, is_done=self._has_no("a lent card")
            ),
            Step("asked to unlock", lambda p: p.ask_unlock(card=self.own), self._unlock, proves=False),
            Step(
                "unlocked",
                lambda p: p.unlock(given["unlock"], w.trust),
                proves=False,
                is_done=lambda wallet: wallet.unlock is None,
            ),
            Step("change asked", lambda p: p.change_code(CODE, NEW), self.answers),
            Step("change half answered", accept(self.own), proves=False),
            Step("change answered", accept(self.child), proves=False),
            Step("change asked again", lambda p: p.change_code(NEW, THIRD), self.answers),
            Step("half answered again", accept(self.own), proves=False),
            Step("deleted on the way", lambda p: p.delete(self.child), proves=False, is_done=self._has_no_child),
        ]

    def _has_no(self, name: str) -> Callable[[Wallet], bool]:
        return lambda wallet: all(card.handle != self.given[name] for card in wallet.cards)

    def _has_no_child(self, wallet: Wallet) -> bool:
        return all(card.handle != self.child for card in wallet.cards)

    def _unlock(self, nonce: bytes) -> None:
        self.given["unlock"] = self.world.issuer.unlock(self.cti, nonce)

    @property
    def cti(self) -> bytes:
        with self.open(self.directory / "wallet", fast=True) as store:
            return store.load().card(self.own).edition(self.world.clock.time).claims.cti

    def fail_once(self, step: Step) -> None:
        """One try has failed before each step, so that one given back would be seen; before an unlock, all of them."""
        failed = MAX_FAILED if step.name in ("asked to unlock", "unlocked") else 1
        with self.open(self.directory / "wallet", fast=True) as store:
            tries = CodeCounter(failed, self.world.clock.time)
            store.update(lambda wallet: replace(wallet, code=replace(code_of(wallet), tries=tries)))


def require_tries(step: Step, states: list[Wallet]) -> None:
    """From one wallet to the next, tries go up, or away with a success or an unlock that is then forgotten."""
    begun = code_of(states[0]).tries.failed
    for before, after in pairwise(states):
        one, two = code_of(before).tries.failed, code_of(after).tries.failed
        if two < one:
            assert two == 0
            was_proved = step.proves and one > begun
            assert was_proved or (before.unlock is not None and after.unlock is None)
        assert two == one or step.proves or step.name == "unlocked"


def goes_on(life: Life, store: SqliteWallet) -> None:
    """Whatever it was killed in, the phone can be used, and what waits be brought to its end. The issuer's memory is put back."""
    w, holder, register = life.world, life.holder(store), life.remember()
    wallet = store.load()
    if code_of(wallet).tries.failed == MAX_FAILED:
        assert refusal_of(holder.present, CODE, card=life.own) is Code.CODE_LOCKED
        nonce = holder.ask_unlock(card=life.own)
        holder.unlock(w.issuer.unlock(wallet.card(life.own).edition(w.clock.time).claims.cti, nonce), w.trust)
    code = in_force(holder)
    use(holder, code)
    assert refusal_of(holder.present, WRONG, card=life.own) is Code.CODE_WRONG
    change = store.load().change
    if change is not None:
        for handle, sent in change.waiting.items():
            holder.accept_renewal(handle, w.issuer.renew(sent[-1]), w.trust)
        assert store.load().change is None
        assert in_force(holder) != code
        use(holder, in_force(holder))
    life.put_back(register)


def in_force(holder: Holder) -> str:
    code = code_of(holder.wallet())
    (found,) = [each for each in (CODE, NEW, THIRD) if holder._code_signing_key(each, code).public == code.key]
    return found


def use(holder: Holder, code: str) -> None:
    for card in holder.wallet().cards:
        assert holder.present(code, card=card.handle).claims.counter > card.presentations


def test_killed_and_failing_at_every_write(tmp_path: Path) -> None:
    (tmp_path / "phone").mkdir()
    life = Life(tmp_path / "phone")
    kills = failures = 0
    for step in life.steps():
        life.fail_once(step)
        before = tmp_path / "before"
        shutil.copytree(life.directory, before)
        register = life.remember()

        # Once as it should be, with a copy at each write point.
        def moment(life: Life = life) -> list[Wallet]:
            return [] if life.log is None else life.log.states[-2:]

        with (
            copies(life.directory, tmp_path / "copies", moment) as points,
            life.open(life.directory / "wallet") as store,
        ):
            life.log = Logged(store)
            result = step.act(life.holder(life.log))
        states, life.log = life.log.states, None
        require_tries(step, states)
        for _, place, around in points:
            with life.open(place / "wallet", fast=True) as store:
                assert store.load() in (around or states[:1])
                goes_on(life, store)
            shutil.rmtree(place)
        kills += len(points)
        shutil.rmtree(tmp_path / "copies")

        # And from the same beginning with an error at each of them; then it is done again.
        for number in range(len(points)):
            place = tmp_path / "failing"
            shutil.copytree(before, place)
            failures += fails_once(life, step, place / "wallet", number)
            life.put_back(register)
            shutil.rmtree(place)
        shutil.rmtree(before)
        step.after(result)
    assert kills > 300
    assert failures > 200


def fails_once(life: Life, step: Step, path: Path, number: int) -> int:
    """Whether the step failed, with an error at its write point of that number."""
    left, failed = number, 0

    def at(what: str) -> int:
        nonlocal left
        left -= 1
        return ERRORS.get(what, 10) if left == -1 else 0

    with WritePoints(at):
        try:
            store = life.open(path)
        except sqlite3.Error:
            store = life.open(path)
        with store:
            life.log = log = Logged(store)
            holder = life.holder(log)
            try:
                step.act(holder)
            except sqlite3.Error:
                failed = 1
                assert store.load() in log.states[-2:]
                if not step.is_done(store.load()):
                    life.log = Logged(store)
                    step.act(life.holder(life.log))
            life.log = None
            require_tries(step, log.states)
            assert step.proves is (code_of(store.load()).tries.failed == 0) or step.name == "unlocked"
    return failed
