"""SQLite stores where they can fail: several processes, a process killed, a disk that is full, a file that is another's."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import processes
from tests.adapters.processes import Scene, in_processes, key_of, wallet_file
from tests.world import CODE, NIR, World, enrolled
from vitaletoken import Rejected, UsageError
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.rules.presentation import ReplayOutcome

FIRST, SAME, OTHER, FULL = ReplayOutcome
VISIT = "visit 1"
STORES: Any = (SqliteReplayStore, SqliteChallengeStore, wallet_file, SqliteRegister, SqliteApplications)
ROOT = Path(__file__).resolve().parent.parent.parent


# --- several processes

ROUNDS = 1000


def test_two_terminals_never_accept_the_same_qr(tmp_path: Path) -> None:
    """Two processes, one file, each QR shown to both at the same moment: one accepts it, the other says ``replayed``."""
    world = enrolled()
    texts = [world.present().text for _ in range(ROUNDS)]
    path = tmp_path / "practice.db"
    SqliteReplayStore(path).close()
    scene = Scene(path, world.trust_list, world.issuer.publish_status_list(), world.roots, texts)
    words = in_processes(2, processes.terminal, lambda number: (scene, f"desk {number}"))
    outcomes = list(zip(*words, strict=True))
    assert len(outcomes) == ROUNDS
    assert Counter(map(frozenset, outcomes)) == {frozenset({"accepted", "replayed"}): ROUNDS}


FILES = 60


def test_processes_may_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(FILES)]
    words = in_processes(8, processes.first_opening, lambda _: (paths,))
    assert [Counter(each) for each in zip(*words, strict=True)] == [{"first": 1, "same-session": 7}] * FILES


# --- a process killed, a power cut


def test_what_was_reported_survives_kill_9(tmp_path: Path) -> None:
    """A writer prints each key after its insertion succeeded; it is killed after a seeded number of lines."""
    path = tmp_path / "replay.db"
    moments = random.Random(9)
    number = 0
    for _ in range(20):
        command = [sys.executable, "-m", "tests.adapters.processes", "insert", str(path), str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(moments.randrange(1, 60)):
                assert writer.stdout.readline().split() == [str(number), "first"]
                number += 1
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout.read().splitlines():  # printed before the signal arrived; the last may be cut
                if line.split()[1:] == ["first"]:
                    assert int(line.split()[0]) == number
                    number += 1
        assert writer.returncode == -signal.SIGKILL
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            stored = reader.execute("SELECT count(*) FROM seen").fetchone()
            assert reader.execute("SELECT keys FROM held").fetchone() == stored
        with SqliteReplayStore(path) as store:
            for earlier in range(max(0, number - 200), number):
                assert store.insert(key_of(earlier), "visit 2", 2_000_000_000, 0) is OTHER
        number = stored[0]  # one more than was reported may be there
    with SqliteReplayStore(path) as store:
        assert {store.insert(key_of(earlier), VISIT, 2_000_000_000, 0) for earlier in range(number)} == {SAME}


@pytest.mark.parametrize("kind", STORES)
def test_each_commit_is_synchronised(kind: type[Any], tmp_path: Path) -> None:
    """EXTRA (3): with the rollback journal, FULL may lose the last commit with the directory entry of the journal."""
    with kind(tmp_path / "store.db") as store:
        connection = store._database._connection
        assert connection.execute("PRAGMA synchronous").fetchone() == (3,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_keys_are_known_to_the_next_process(tmp_path: Path) -> None:
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        store.insert(key_of(1), VISIT, 100, 0)
        with SqliteReplayStore(tmp_path / "replay.db") as second:
            assert second.insert(key_of(1), "visit 2", 100, 0) is OTHER
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        assert store.insert(key_of(1), VISIT, 100, 0) is SAME
        assert store.insert(key_of(1), "visit 2", 100, 0) is OTHER


# --- failing disks


@contextmanager
def no_file_grows() -> Iterator[None]:
    """As a disk without room: writes beyond what files have now fail. Python ignores the signal that comes with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_more_pages(store: Any) -> Iterator[None]:
    """SQLite's own limit, set to what the file has now."""
    connection = store._database._connection
    connection.execute("PRAGMA max_page_count=1")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count=1000000")


@contextmanager
def read_only(store: Any) -> Iterator[None]:
    connection = store._database._connection
    connection.execute("PRAGMA query_only=ON")
    try:
        yield
    finally:
        connection.execute("PRAGMA query_only=OFF")


def practice(world: World, path: Path) -> SqliteReplayStore:
    store = SqliteReplayStore(path)
    world.verifier = world.terminal(replay=store)
    return store


def test_a_full_disk_accepts_nothing_and_forgets_nothing(tmp_path: Path) -> None:
    world = enrolled()
    with practice(world, tmp_path / "replay.db"):
        before, during = world.present(), world.present()
        world.verify(before)
        with no_file_grows():
            for _ in range(2):
                with pytest.raises(sqlite3.OperationalError):
                    world.verify(during)
        with pytest.raises(Rejected):
            world.verify(before, "visit 2")
        assert not world.verify(during, "visit 2").repeated


def fill(store: SqliteReplayStore) -> int:
    """Insert keys until the database says no; how many went in."""
    with no_more_pages(store):
        for number in range(100_000):
            try:
                store.insert(key_of(number), VISIT, 100, 0)
            except sqlite3.OperationalError:
                return number
    raise AssertionError("the database was never full")


def test_a_full_database_inserts_all_or_nothing(tmp_path: Path) -> None:
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        number = fill(store)
        assert number > 0
        connection = store._database._connection
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (number,)
        assert connection.execute("SELECT keys FROM held").fetchone() == (number,)
        assert store.insert(key_of(number), VISIT, 100, 0) is FIRST
        assert store.insert(key_of(0), VISIT, 100, 0) is SAME


def test_a_full_database_says_that_it_is_full(tmp_path: Path) -> None:
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        number = fill(store)
        with no_more_pages(store), pytest.raises(sqlite3.OperationalError, match="full"):
            store.insert(key_of(number), VISIT, 100, 0)


def test_a_database_that_cannot_be_written_accepts_nothing(tmp_path: Path) -> None:
    world = enrolled()
    with practice(world, tmp_path / "replay.db") as store:
        presentation = world.present()
        with read_only(store), pytest.raises(sqlite3.OperationalError, match="readonly"):
            world.verify(presentation)
        assert not world.verify(presentation).repeated


def test_a_lock_held_too_long_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    world = enrolled()
    path = tmp_path / "replay.db"
    with practice(world, path) as store:
        store._database._connection.execute("PRAGMA busy_timeout=1")
        presentation = world.present()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                world.verify(presentation)
            other.execute("ROLLBACK")
        assert not world.verify(presentation).repeated


def test_an_issuer_that_cannot_write_issues_nothing(tmp_path: Path) -> None:
    world = enrolled()
    offer = world.issuer.offer()
    request = world.holder.enrol(offer, world.trust, CODE, NIR, profile=world.profile)
    with SqliteRegister(tmp_path / "register.db") as register:
        world.issuer._press.register = register
        with read_only(register), pytest.raises(sqlite3.OperationalError):
            world.issuer.issue(request, offer, world.beneficiary)
        world.issuer.issue(request, offer, world.beneficiary)


def test_a_damaged_database_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "replay.db"
    with SqliteReplayStore(path) as store:
        for number in range(120):
            store.insert(key_of(number), VISIT, 100, 0)
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    for page in range(2, len(content) // size):
        content[page * size : page * size + 64] = b"\xa5" * 64
    path.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError), SqliteReplayStore(path) as store:
        store.insert(key_of(1), VISIT, 100, 0)


@pytest.mark.parametrize("name", [b"caf\xe9", b"caf\xc3"])
def test_what_sqlite_quotes_of_a_damaged_file_is_not_kept(name: bytes, tmp_path: Path) -> None:
    """Where it is no text, Python cannot make an error of it, and raises one that has the bytes in it."""
    path = tmp_path / "replay.db"
    with SqliteReplayStore(path) as store, closing(sqlite3.connect(path)) as other:
        store.insert(key_of(1), VISIT, 100, 0)
        other.execute("PRAGMA writable_schema=ON")
        with other:
            other.execute(
                "UPDATE sqlite_master SET name = CAST(? AS TEXT), sql = 'CREATE' WHERE name = 'held'", (name,)
            )
        other.execute("PRAGMA schema_version=99")
        for use in (lambda: store.insert(key_of(2), VISIT, 100, 0), lambda: SqliteReplayStore(path)):
            with pytest.raises(sqlite3.DatabaseError, match="the database is damaged") as caught:
                use()
            assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_closed_store_fails(tmp_path: Path) -> None:
    store = SqliteReplayStore(tmp_path / "replay.db")
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.insert(key_of(1), VISIT, 100, 0)


# --- files of others


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize(
    "content",
    [b"no database", bytes(range(256)) * 40, bytes(8192), b"SQLite format 3\0" + bytes(4080)],
    ids=["short", "long", "zeros", "head only"],
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(
    kind: type[Any], content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a database"):
        kind(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("made_by", STORES)
@pytest.mark.parametrize("opened_by", STORES)
def test_a_store_opens_files_of_its_own_kind_only(made_by: type[Any], opened_by: type[Any], tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    made_by(path).close()
    if made_by is opened_by:
        opened_by(path).close()
        return
    content = path.read_bytes()
    with pytest.raises(UsageError, match="not a vitaletoken"):
        opened_by(path)
    assert path.read_bytes() == content
    made_by(path).close()


def foreign(path: Path, *statements: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize(
    "table",
    ["patients (name)", "kind (other)", "seen (key)"],
    ids=["tables", "a table of that name", "another of ours"],
)
def test_another_programs_database_is_refused(kind: type[Any], table: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    foreign(path, f"CREATE TABLE {table}")
    with pytest.raises(UsageError, match="not a vitaletoken"):
        kind(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == [(f"CREATE TABLE {table}",)]


def test_another_programs_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    content = foreign(path, "CREATE TABLE patients (name)")
    with pytest.raises(UsageError):
        SqliteReplayStore(path)
    assert path.read_bytes() == content


def test_an_empty_table_of_kinds_is_another_programs(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    foreign(path, "CREATE TABLE kind (name)")
    with pytest.raises(UsageError):
        SqliteReplayStore(path)


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A directory of one file's owner who is not root: to root, nothing is read-only."""
    before = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if before == 0:
            os.chown(directory, 65534, 65534)
            os.seteuid(65534)
        try:
            yield directory
        finally:
            for path in (directory, *directory.iterdir()):
                path.chmod(0o700)
            os.seteuid(before)


@pytest.mark.parametrize("kind", STORES)
def test_a_file_that_may_not_be_written_is_not_opened(kind: type[Any]) -> None:
    with unprivileged() as directory:
        path = directory / "store.db"
        kind(path).close()
        path.chmod(0o400)
        directory.chmod(0o500)
        with pytest.raises(sqlite3.OperationalError, match=r"readonly|unable to open"):
            kind(path)


def test_a_path_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "store.db"):
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            SqliteReplayStore(path)
