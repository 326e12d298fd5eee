"""The wallet in a file: what is in it for whom, what is noticed, two processes at once, a process killed, a disk that fails."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import processes
from tests.adapters.processes import device_key, wallet_file
from tests.adapters.test_sqlite import ROOT, in_processes, no_file_grows, read_only
from tests.world import CODE, DAY, NIR, World, camille, child, enrolled
from vitaletoken import Code, Holder, InputError, UsageError
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.adapters.wallet_rows import ENROLMENT, rows_of
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.wallet import Wallet, code_of

PORTRAIT = b"not quite a picture " * 50


def family() -> World:
    """A phone with the owner's card, a child's, and an enrolment under way."""
    w = enrolled(beneficiary=camille(portrait=hashlib.sha256(PORTRAIT).digest()))
    w.holder.keep_portrait(PORTRAIT)
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, kind=CardKind.CHILD)
    views = w.issuer.issue_views(request, offer, child(reference="child"))
    w.holder.accept(views.minimal, w.trust, views.billing)
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, kind=CardKind.CHILD)
    return w


def phone(w: World, store: Any) -> Holder:
    return Holder(w.device_key, store=store, clock=w.clock, entropy=w.entropy)


@contextmanager
def kept(w: World, path: Path) -> Iterator[SqliteWallet]:
    """The world's wallet in a file."""
    with SqliteWallet(path, w.device_key, SystemEntropy()) as store:
        store.update(lambda _: w.holder_store.load())
        yield store


@pytest.fixture
def world() -> World:
    return family()


@pytest.fixture
def path(world: World, tmp_path: Path) -> Path:
    with kept(world, tmp_path / "wallet"):
        return tmp_path / "wallet"


def opened(w: World, path: Path) -> Wallet:
    with SqliteWallet(path, w.device_key, SystemEntropy()) as store:
        return store.load()


# --- who can read it


def pieces(value: Any) -> Iterator[bytes]:
    """Every text and byte string in a value of dataclasses."""
    if isinstance(value, bytes | str):
        yield value if isinstance(value, bytes) else value.encode()
    elif isinstance(value, tuple):
        for each in value:
            yield from pieces(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from pieces(getattr(value, field.name))


def test_nothing_of_it_is_in_clear(world: World, path: Path) -> None:
    content = path.read_bytes()
    handles = {card.handle for card in world.holder_store.load().cards}
    secret = [
        piece
        for piece in pieces(world.holder_store.load())
        if len(piece) > 4 and piece.decode("latin-1") not in handles
    ]
    assert len(secret) == 16
    for piece in (*secret, b"Lefebvre", b"Camille", CODE.encode(), b"2840975110123"):
        assert piece not in content
        for start in range(0, len(piece) - 16, 16):
            assert piece[start : start + 16] not in content


def test_it_opens_without_the_code_and_with_the_device_alone(world: World, path: Path) -> None:
    """The device's PRF is asked once, with a label of its own, however many rows there are."""
    asked: list[bytes] = []
    prf = world.device_key.prf

    def watched(message: bytes) -> bytes:
        asked.append(message)
        return prf(message)

    world.device_key.prf = watched  # type: ignore[method-assign]  # a device that is watched
    assert opened(world, path) == world.holder_store.load()
    assert [message[:24] for message in asked] == [b"vitaletoken/1 wallet-prf"]


def test_another_device_is_told_so_and_changes_nothing(path: Path) -> None:
    content = path.read_bytes()
    with pytest.raises(UsageError, match="another device key"):
        SqliteWallet(path, device_key("thief"), SystemEntropy())
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_same_wallet_is_never_the_same_file(world: World, path: Path, tmp_path: Path) -> None:
    with kept(world, tmp_path / "other"):
        pass
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(tmp_path / "other")) as two:
        rows = [{bytes(row[0]) for row in each.execute("SELECT sealed FROM entries")} for each in (one, two)]
    assert len(rows[0]) == len(rows[1]) == 6
    assert not rows[0] & rows[1]


# --- what is noticed


def entries(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM entries ORDER BY kind, id").fetchall()


def put(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM entries")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)


def is_damaged(w: World, path: Path) -> bool:
    """Noticed when it is opened, and by a process that has it open; nothing is written."""
    content = path.read_bytes()
    with pytest.raises(UsageError, match="damaged"):
        opened(w, path)
    return path.read_bytes() == content


def test_no_row_can_be_put_back_alone(world: World, path: Path) -> None:
    """A thief who kept the row with fewer failed tries, or a lower counter."""
    before = entries(path)
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        with pytest.raises(InputError):
            phone(world, store).present("270518", card=store.load().cards[0].handle)
        phone(world, store).present(None, card=store.load().cards[1].handle)
    after = entries(path)
    changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert len(changed) == 3, "the head, the code, one card"
    for places in ([changed[0]], [changed[1]], [changed[2]], changed[:2], changed[1:], changed[::2]):
        put(path, [before[place] if place in places else row for place, row in enumerate(after)])
        assert is_damaged(world, path)
    put(path, after)
    assert code_of(opened(world, path)).tries.failed == 1


def test_no_row_can_be_exchanged_taken_away_or_added(world: World, path: Path) -> None:
    rows = entries(path)
    for one in range(len(rows)):
        put(path, rows[:one] + rows[one + 1 :])
        assert is_damaged(world, path)
        for other in range(len(rows)):
            if one != other:
                exchanged = rows.copy()
                exchanged[one] = (*rows[one][:2], *rows[other][2:])
                put(path, exchanged)
                assert is_damaged(world, path)
        put(path, [*rows, (rows[one][0], b"12345678", *rows[one][2:])])
        assert is_damaged(world, path)
    put(path, rows)
    assert opened(world, path) == world.holder_store.load()


def test_rows_of_another_wallet_of_this_device_are_not_its_own(world: World, path: Path, tmp_path: Path) -> None:
    with kept(world, tmp_path / "other"):
        pass
    put(path, entries(tmp_path / "other"))
    assert is_damaged(world, path)


def test_a_damaged_byte_changes_nothing_unnoticed(world: World, path: Path) -> None:
    """Each byte in turn: the wallet is as it was, for the byte was one of nothing, or it is refused and left as it is."""
    content, expected = path.read_bytes(), world.holder_store.load()
    seen = set()
    for at in range(0, len(content), 1 if len(content) < 8192 else 5):
        changed = bytearray(content)
        changed[at] ^= 0xFF if at % 2 else 0x01
        path.write_bytes(changed)
        try:
            assert opened(world, path) == expected
            seen.add("unused")
        except UsageError:
            assert path.read_bytes() == bytes(changed)
            seen.add("refused")
        except sqlite3.OperationalError as error:
            assert error.sqlite_errorcode == sqlite3.SQLITE_READONLY  # noqa: PT017 - one byte of the head says so
            assert path.read_bytes() == bytes(changed)
    assert seen == {"unused", "refused"}


def test_a_row_that_sqlite_finds_too_big_is_damage(world: World, path: Path) -> None:
    """A changed length can say more than the gigabyte that SQLite allows; here a row of this wallet is more than it allows."""
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        store._database._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 50)
        with pytest.raises(UsageError, match="damaged"):
            store.load()


@pytest.mark.parametrize("size", [20, 100, 4096, 5000, 8192, -4096])
def test_a_file_cut_off_is_refused(world: World, path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UsageError, match=r"damaged|not a database"):
        opened(world, path)


def test_damage_under_an_open_wallet_is_noticed_too(world: World, path: Path) -> None:
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        rows = entries(path)
        put(path, rows[1:])
        for use in (store.load, lambda: store.update(lambda wallet: wallet)):
            with pytest.raises(UsageError, match="damaged"):
                use()
        put(path, rows)
        assert store.load() == world.holder_store.load()


def test_a_row_of_a_form_that_is_not_known_is_damage(world: World, path: Path) -> None:
    """Written by this device all the same, as by another version of the library."""
    for rows in (
        {(10, b""): b""},
        {(1, b"1"): b""},
        {(1, b""): b"\xa0"},
        {(3, bytes(8)): b"portrait of no card"},
        {(4, bytes(8)): enrolment_row(world)},
    ):
        shutil.copy(path, path.with_suffix(".copy"))
        with SqliteWallet(path.with_suffix(".copy"), world.device_key, SystemEntropy()) as store:
            with store._database.write() as connection:
                store._write(connection, store._read(connection), rows)  # type: ignore[arg-type]  # wrong rows are the test
            with pytest.raises(UsageError, match="damaged"):
                store.load()


def enrolment_row(w: World) -> bytes:
    """It belongs to another place."""
    return next(row for place, row in rows_of(w.holder_store.load()).items() if place.kind == ENROLMENT)


# --- deleting


def test_a_deleted_card_is_gone_from_the_file(world: World, path: Path) -> None:
    """Overwritten, not just left out; and no other row has changed."""
    rows = entries(path)
    handle = world.holder_store.load().cards[0].handle
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        phone(world, store).delete(handle)
        assert [card.handle for card in store.load().cards] == [world.holder_store.load().cards[1].handle]
    gone = [row for row in rows if row[1] == bytes.fromhex(handle)]
    assert len(gone) == 2, "the card and its portrait"
    content = path.read_bytes()
    for *_, nonce, sealed in gone:
        for start in range(0, len(sealed) - 16, 8):
            assert sealed[start : start + 16] not in content
        assert nonce not in content
    assert [row for row in entries(path) if row[0] != 0] == [row for row in rows[1:] if row not in gone]


def test_erasing_leaves_no_file_and_a_new_one_is_empty(world: World, path: Path) -> None:
    copy = path.with_suffix(".link")
    store = SqliteWallet(path, world.device_key, SystemEntropy())
    rows = entries(path)
    copy.hardlink_to(path)  # what is left of the file itself
    store.erase()
    assert not path.exists()
    content = copy.read_bytes()
    for *_, sealed in rows:
        assert sealed[:16] not in content
    copy.unlink()
    assert [*path.parent.iterdir()] == []
    with pytest.raises(sqlite3.ProgrammingError):
        store.load()
    assert opened(world, path) == Wallet()


def test_an_erased_wallet_is_not_written_by_who_has_it_open(world: World, path: Path) -> None:
    with SqliteWallet(path, world.device_key, SystemEntropy()) as other:
        SqliteWallet(path, world.device_key, SystemEntropy()).erase()
        with pytest.raises(UsageError, match="erased"):
            other.update(lambda _: world.holder_store.load())


# --- several processes


def test_processes_share_one_wallet(tmp_path: Path) -> None:
    """Three with the code, since tries under way count as failed ones; each presentation has a counter of its own."""
    w = enrolled()
    with kept(w, tmp_path / "wallet"):
        pass
    counters = in_processes(4, processes.present_at_once, lambda number: (tmp_path / "wallet", number))
    assert sorted(counter for each in counters for counter in each) == [*range(1, 41)]
    after = opened(w, tmp_path / "wallet")
    assert (after.cards[0].presentations, code_of(after).tries.failed) == (40, 0)


def test_processes_may_make_one_wallet_at_once(tmp_path: Path) -> None:
    """One of them makes the file and its salt, and the others use it."""
    for number in range(6):
        path = tmp_path / str(number)
        assert sorted(in_processes(3, processes.open_at_once, lambda _, path=path: (path,))) == [1, 2, 3]
        with wallet_file(path) as store:
            assert len(store.load().pending) == 3


def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    """A phone mistypes twice, presents, and says what it was answered; it is killed after a seeded number of answers."""
    w = enrolled()
    path = tmp_path / "wallet"
    with kept(w, path):
        pass
    moments = random.Random(6)
    shown = 0
    for number in range(12):
        command = [sys.executable, "-m", "tests.adapters.processes", "show", str(path), str(180_736 + number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(moments.randrange(1, 25))]
            writer.send_signal(signal.SIGKILL)
            lines += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        assert writer.returncode == -signal.SIGKILL
        words = [line.split() for line in lines]
        shown = max([shown, *(int(counter) for word, counter in words if word == "shown")])
        wrong = [word for word, _ in words]
        tried = len(wrong) - 1 - max([-1, *(place for place, word in enumerate(wrong) if word == "shown")])
        wallet = opened(w, path)
        assert wallet.cards[0].presentations >= shown
        # The one that was right may be recorded without having been reported: then its counter is too.
        assert code_of(wallet).tries.failed >= tried or wallet.cards[0].presentations > shown
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# --- a phone over restarts, and on a failing disk


def test_a_phone_that_cannot_write_presents_nothing(tmp_path: Path) -> None:
    """No counter, no try and no presentation without a durable write."""
    w = enrolled()
    with kept(w, tmp_path / "wallet") as store:
        holder, before = phone(w, store), store.load()
        for failing in (read_only(store), no_file_grows()):
            with failing:
                for code in (CODE, None):
                    with pytest.raises(sqlite3.OperationalError):
                        holder.present(code)
        assert store.load() == before
        holder.present(CODE)


def test_the_counter_rises_over_restarts(tmp_path: Path) -> None:
    w = enrolled()
    with kept(w, tmp_path / "wallet"):
        pass
    counters = []
    for _ in range(4):
        with SqliteWallet(tmp_path / "wallet", w.device_key, SystemEntropy()) as store:
            holder = phone(w, store)
            counters += [holder.present(CODE).claims.counter, holder.present().claims.counter]
    assert counters == [*range(1, 9)]


def test_tries_are_counted_over_restarts(tmp_path: Path) -> None:
    """Cutting the power wins no try back: ten wrong ones in ten processes' lives, and then the lock."""
    w = enrolled()
    with kept(w, tmp_path / "wallet"):
        pass

    def answer(code: str) -> Code:
        with SqliteWallet(tmp_path / "wallet", w.device_key, SystemEntropy()) as store:
            with pytest.raises(InputError) as refused:
                phone(w, store).present(code)
            return refused.value.code

    for failed in range(1, 11):
        w.clock.time += DAY
        assert answer("270518") is Code.CODE_WRONG
        assert code_of(opened(w, tmp_path / "wallet")).tries.failed == failed
    assert answer(CODE) is Code.CODE_LOCKED
