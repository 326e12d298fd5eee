"""Renewals and loans by an issuer that is killed at every write, and by two processes at the same moment."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import forge
from tests.adapters import desk_processes
from tests.adapters.processes import in_processes
from tests.adapters.write_points import copies, sqlite
from tests.forge import put
from tests.lending import Phone, attempt, introduction, order, phone, renewal, sha
from tests.lending_codes import owner_of
from tests.world import NOW, World
from vitaletoken import Code, InputError
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Status

reachable = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")

DOMINIQUE = phone("Dominique")
INTRODUCED = introduction(DOMINIQUE)
NEW_CODE = SigningKey(-19, sha(b"a new code"))


def opened(path: Path, world: World, *, fast: bool = False) -> SqliteRegister:
    """``fast``: without waiting for the disk, for what is not killed."""
    register = SqliteRegister(path)
    if fast:
        register._database._connection.execute("PRAGMA synchronous=OFF")
    world.register = world.issuer._press.register = register
    return register


@pytest.fixture
def office(tmp_path: Path) -> tuple[World, Path]:
    """A world with a card, and the directory of its register."""
    world, directory = World(), tmp_path / "office"
    directory.mkdir()
    with opened(directory / "register.db", world):
        world.enrol()
    return world, directory


def numbered(world: World, number: int, **options: SigningKey) -> bytes:
    edit = put((7,), number.to_bytes(16, "big"))
    return renewal(forge.credential_of(world), owner_of(world), edit, **options)  # type: ignore[arg-type]  # a key by name


def survivors(
    office: tuple[World, Path], into: Path, work: Callable[[World, list[object]], None]
) -> Iterator[tuple[SqliteRegister, list[object]]]:
    """The next process after each kill of ``work``, with the answers that had been given by then."""
    world, directory = office
    answers: list[object] = []
    with copies(directory, into, lambda: list(answers)) as points, opened(directory / "register.db", world):
        work(world, answers)
    for _, place, given in points:
        with opened(place / "register.db", world, fast=True) as register:
            yield register, given
        with closing(sqlite3.connect(place / "register.db")) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        shutil.rmtree(place)


@reachable
def test_killed_between_renewals(office: tuple[World, Path], tmp_path: Path) -> None:
    """What was answered is answered so again; no renewal is half recorded; none is given back to the eight a day."""
    world = office[0]
    messages = [numbered(world, number) for number in range(8)]
    messages.append(numbered(world, 8, new_code=NEW_CODE))

    def work(world: World, answers: list[object]) -> None:
        answers.extend(world.issuer.renew(message, stock=2) for message in messages)

    owner, states = Phone("", owner_of(world).device, NEW_CODE), set()
    for register, given in survivors(office, tmp_path / "copies", work):
        held = register.find(sha(forge.credential_of(world)))
        assert held is not None
        assert len(given) <= len(held.renewals) <= len(given) + 1
        assert [len(each.credentials) for each in held.renewals] == [4] * len(held.renewals)
        states.add((len(given), len(held.renewals)))
        again = [world.issuer.renew(message, stock=2) for message in messages]
        assert again[: len(given)] == given
        last = renewal(again[-1][0], owner)
        assert attempt(world.issuer.renew, last) is Code.RENEWAL_THROTTLED
    assert {(n, n) for n in range(10)} <= states, "there was a write in each of them"


@reachable
def test_killed_while_a_card_is_lent_and_the_grantors_revoked(office: tuple[World, Path], tmp_path: Path) -> None:
    world = office[0]
    message = order(forge.credential_of(world), owner_of(world), INTRODUCED)

    def work(world: World, answers: list[object]) -> None:
        answers.append(world.issuer.lend(message, INTRODUCED))
        world.issuer.revoke(world.card_id())
        answers.append(None)

    seen = set()
    for register, given in survivors(office, tmp_path / "copies", work):
        made, statuses = register.answer_to(sha(message)), register.statuses(0)
        seen.add((made is not None, bool(statuses), len(given)))
        assert made is not None or not given
        if len(given) == 2:
            assert list(statuses.values()) == [Status.REVOKED] * 2, "LEND-1: the lent card with it"
        if statuses:
            assert attempt(world.issuer.lend, message, INTRODUCED) is Code.ORDER_CARD
            continue
        card = world.issuer.lend(message, INTRODUCED)
        assert card == (made.credentials[0].data if made else card)
        assert given[:1] in ([], [card])
    assert {(False, False, 0), (True, False, 1), (True, True, 2)} <= seen


def test_two_processes_give_one_answer(office: tuple[World, Path]) -> None:
    """The same renewal and the same order at the same moment, though both draw the same random bytes for all."""
    world, directory = office
    card, owner = forge.credential_of(world), owner_of(world)
    rounds = [[(numbered(world, number), b"")] * 2 for number in range(8)]
    for number in range(8):
        message = order(card, owner, INTRODUCED, put((7,), number.to_bytes(16, "big")))
        rounds.append([(message, INTRODUCED)] * 2)
    first, second = in_processes(2, desk_processes.answering, lambda desk: (directory / "register.db", rounds, desk))
    assert first == second
    assert all(isinstance(answer, tuple) for answer in first[:8])
    lent = [parse_credential(answer).unverified_claims for answer in first[8:]]
    assert len({claims.cti for claims in lent}) == len({claims.card.status for claims in lent}) == 8


def test_two_processes_renew_no_more_than_eight_times(office: tuple[World, Path]) -> None:
    """Different renewals at the same moment: together as many as one process alone gives."""
    world, directory = office
    rounds = [[(numbered(world, 2 * number + desk), b"") for desk in range(2)] for number in range(8)]
    answers = in_processes(2, desk_processes.answering, lambda desk: (directory / "register.db", rounds, desk))
    flat = [answer for desk in answers for answer in desk]
    given = [answer for answer in flat if isinstance(answer, tuple)]
    assert len(given) == 8
    assert [answer for answer in flat if not isinstance(answer, tuple)] == ["renewal-throttled"] * 8
    assert len({parse_credential(credential).unverified_claims.cti for answer in given for credential in answer}) == 8
    with opened(directory / "register.db", world) as register:
        held = register.find(sha(forge.credential_of(world)))
        assert held is not None
        assert len(held.renewals) == 8
        assert {each.at for each in held.renewals} == {NOW}
        with pytest.raises(InputError):
            world.issuer.renew(numbered(world, 99))


def test_two_processes_lend_no_more_than_eight_times(office: tuple[World, Path]) -> None:
    """Different orders at the same moment, likewise."""
    world, directory = office
    card, owner = forge.credential_of(world), owner_of(world)
    messages = [order(card, owner, INTRODUCED, put((7,), number.to_bytes(16, "big"))) for number in range(16)]
    rounds = [[(message, INTRODUCED) for message in messages[2 * n : 2 * n + 2]] for n in range(8)]
    answers = in_processes(2, desk_processes.answering, lambda desk: (directory / "register.db", rounds, desk))
    flat = [answer for desk in answers for answer in desk]
    given = [answer for answer in flat if isinstance(answer, bytes)]
    assert len(set(given)) == len(given) == 8
    assert [answer for answer in flat if not isinstance(answer, bytes)] == ["order-throttled"] * 8
    with opened(directory / "register.db", world) as register:
        assert len(register.lent_from(world.card_id())) == 8
