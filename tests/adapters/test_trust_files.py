"""The trust list in force on disk: the chain from the pinned roots, catching up, and what a kill at any moment leaves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from tests.world import DAY, NOW, World, enrolled, ml_dsa_signer, signed_by
from vitaletoken import Code, Environment, InputError, RootSet, UsageError
from vitaletoken.adapters import files
from vitaletoken.adapters.files import FileStatus, FileTrust, read_roots, write_roots
from vitaletoken.adapters.memory import MemoryTimeFloor
from vitaletoken.adapters.time_floor import FileTimeFloor

Lists = dict[int, bytes]


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


@pytest.fixture(scope="module")
def lists(world: World) -> Lists:
    """Versions 1 to 7. 3 and 5 exchange all the roots; each is dated a day after the one before."""
    generations = [world.root_signers, *([world._signer() for _ in range(3)] for _ in range(2))]
    made = {}
    current = generations[0]
    for version in range(1, 8):
        before, current = current, generations[(version >= 3) + (version >= 5)]
        roots = RootSet(2, tuple(signer.public_key for signer in current))
        claims = world.trust_claims(version=version, roots=roots, iat=NOW + version * DAY, exp=NOW + 90 * DAY)
        made[version] = signed_by(claims, dict.fromkeys([*before[:2], *current[:2]]))
    return made


@pytest.fixture
def directory(world: World, tmp_path: Path) -> Path:
    FileTrust.pin(tmp_path, world.roots)
    return tmp_path


def opened(directory: Path, **options: object) -> FileTrust:
    """As after a restart."""
    return FileTrust(directory, Environment.TEST, **options)  # type: ignore[arg-type]


def version_of(directory: Path) -> int:
    return opened(directory).current().claims.version


def archived(directory: Path) -> Lists:
    return {int(path.stem): path.read_bytes() for path in (directory / "archive").glob("*.cbor")}


# --- the chain


def test_each_list_accepted_is_kept_and_leads_to_the_next(directory: Path, lists: Lists) -> None:
    trust = opened(directory)
    for version, data in lists.items():
        assert trust.load(data).claims.version == version
        assert trust.current().claims.version == version_of(directory) == version
    assert archived(directory) == lists


def test_a_list_is_refused_as_after_a_restart_as_before(directory: Path, lists: Lists, world: World) -> None:
    """The anchor is durable: the version, the payload, and whose signatures count."""
    other = world.signed_trust_list(world.trust_claims(version=2, exp=NOW + 91 * DAY))
    newer_of_old_roots = world.signed_trust_list(world.trust_claims(version=9))
    opened(directory).load(lists[1])
    for version, data, code in (
        (2, lists[1], Code.TRUST_LIST_ROLLBACK),
        (2, other, Code.TRUST_LIST_ROLLBACK),
        (2, lists[5], Code.TRUST_LIST_SIGNATURE),
        (3, newer_of_old_roots, Code.TRUST_LIST_SIGNATURE),
        (3, lists[2], Code.TRUST_LIST_SIGNATURE),
    ):
        opened(directory).load(lists[version])
        with pytest.raises(InputError) as caught:
            opened(directory).load(data)
        assert caught.value.code is code
        assert version_of(directory) == version


def test_without_its_archive_the_chain_is_broken(directory: Path, lists: Lists) -> None:
    for version in (1, 2, 3):
        opened(directory).load(lists[version])
    (directory / "archive" / "3.cbor").rename(directory / "archive" / "3.bak")
    assert version_of(directory) == 3, "its own roots are in force by what it says itself; version 2's signed it"
    opened(directory).load(lists[4])
    with pytest.raises(InputError) as caught:
        opened(directory).current()
    assert caught.value.code is Code.TRUST_LIST_SIGNATURE


def test_a_damaged_list_of_the_archive_that_did_not_matter(directory: Path, lists: Lists) -> None:
    for version in (1, 2, 3, 4):
        opened(directory).load(lists[version])
    (directory / "archive" / "2.cbor").write_bytes(b"damaged")
    (directory / "archive" / "1.5.cbor").write_bytes(b"no version")
    assert version_of(directory) == 4


# --- catching up


def catch_up(directory: Path, lists: Lists, newest: bytes, **options: object) -> tuple[int | Code, list[int]]:
    asked = []

    def fetch(version: int) -> bytes | None:
        asked.append(version)
        return lists.get(version)

    try:
        return opened(directory, **options).catch_up(fetch, newest).claims.version, asked
    except InputError as refused:
        return refused.code, asked


def test_the_newest_is_taken_at_once_where_its_signers_are_known(directory: Path, lists: Lists) -> None:
    opened(directory).load(lists[1])
    assert catch_up(directory, lists, lists[2]) == (2, [])
    assert catch_up(directory, lists, lists[3]) == (3, [])
    assert archived(directory).keys() == {1, 2, 3}


def test_a_terminal_that_slept_for_two_generations(directory: Path, lists: Lists) -> None:
    """TRUST-5."""
    opened(directory).load(lists[1])
    assert catch_up(directory, lists, lists[7]) == (7, [2, 3, 4, 5, 6])
    assert archived(directory) == lists
    assert version_of(directory) == 7


def test_a_new_terminal_catches_up_from_the_pinned_roots(directory: Path, lists: Lists) -> None:
    assert catch_up(directory, lists, lists[7]) == (7, [1, 2, 3, 4, 5, 6])


def test_lists_that_are_not_there_or_damaged_are_passed_over(directory: Path, lists: Lists) -> None:
    opened(directory).load(lists[1])
    mirror = {3: lists[3], 4: b"damaged", 5: lists[5], 6: lists[2]}
    assert catch_up(directory, mirror, lists[7]) == (7, [2, 3, 4, 5, 6])
    assert archived(directory).keys() == {1, 3, 5, 7}


def test_where_a_generation_is_missing_it_stays_where_it_got(directory: Path, lists: Lists) -> None:
    opened(directory).load(lists[1])
    mirror = {3: lists[3], 4: lists[4]}
    assert catch_up(directory, mirror, lists[7]) == (Code.TRUST_LIST_SIGNATURE, [2, 3, 4, 5, 6])
    assert version_of(directory) == 4
    assert catch_up(directory, lists, lists[7]) == (7, [5, 6])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"environment": Environment.PRODUCTION}, Code.TRUST_LIST_ENVIRONMENT),
        ({"version": 1}, Code.TRUST_LIST_ROLLBACK),
    ],
)
def test_another_refusal_is_not_caught_up_with(
    change: dict[str, object], code: Code, directory: Path, lists: Lists, world: World
) -> None:
    opened(directory).load(lists[1])
    newest = world.signed_trust_list(world.trust_claims(**{"version": 9, **change}))
    assert catch_up(directory, lists, newest) == (code, [])


def test_a_version_that_nobody_signed_costs_a_bounded_number_of_fetches(
    directory: Path, lists: Lists, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BETWEEN", 20)
    opened(directory).load(lists[1])
    forged = signed_by(world.trust_claims(version=2**32 - 1), [world._signer()])
    assert catch_up(directory, {}, forged) == (Code.TRUST_LIST_SIGNATURE, list(range(2, 22)))


# --- killed at any moment


class Killed(BaseException):
    pass


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From the nth step that touches the disk on, none is taken any more: as after a kill, temporary files stay."""
    steps: list[Callable[[], None]] = []

    def arm(number: int) -> None:
        left = number

        def step() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        steps[:] = [step]

    fsync, replace, mkdir, unlink = os.fsync, Path.replace, Path.mkdir, Path.unlink

    def guarded(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            for step in steps:
                step()
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(os, "fsync", guarded(fsync))
    for name, function in (("replace", replace), ("mkdir", mkdir), ("unlink", unlink)):
        monkeypatch.setattr(Path, name, guarded(function))
    return arm


def test_a_kill_at_any_step_leaves_the_old_list_or_the_new_one(
    directory: Path, lists: Lists, after: Callable[[int], None]
) -> None:
    """And with either of them, the floor, the archive and the next update are as they should be."""
    never = 10**9
    after(never)
    held = directory / "held"
    held.mkdir()
    FileTrust.pin(held, read_roots(directory / "roots.cbor"))
    opened(held, floor=FileTimeFloor(held / "floor.cbor")).load(lists[1])
    seen = set()
    done = False
    while not done:
        killed = directory / f"killed after {len(seen)}"
        shutil.copytree(held, killed)
        after(len(seen))
        with suppress(Killed):
            opened(killed, floor=FileTimeFloor(killed / "floor.cbor")).load(lists[3])
            done = True
        after(never)
        version = version_of(killed)
        seen.add((len(seen), version))
        assert version == 3 if done else version in (1, 3)
        assert archived(killed)[1] == lists[1]
        if version == 3:
            assert archived(killed)[3] == lists[3]
            assert FileTimeFloor(killed / "floor.cbor").read() == NOW + 3 * DAY
        for data, code in ((lists[7], Code.TRUST_LIST_SIGNATURE), (lists[3], None), (lists[4], None)):
            with pytest.raises(InputError, match=code.value) if code else nullcontext():
                opened(killed).load(data)
        assert version_of(killed) == 4
    versions = [version for _, version in sorted(seen)]
    assert versions == sorted(versions)
    assert versions.count(1) > 6
    assert versions.count(3) > 1, "killed after the new list was there"


def test_the_very_first_list_killed_between_archive_and_force(directory: Path, lists: Lists) -> None:
    opened(directory).load(lists[1])
    (directory / "trust.cbor").unlink()
    with pytest.raises(UsageError, match="load one"):
        opened(directory).current()
    assert opened(directory).load(lists[1]).claims.version == 1
    assert version_of(directory) == 1


# --- second signatures, roots of both kinds


def test_a_terminal_that_requires_second_signatures(world: World, tmp_path: Path) -> None:
    second = [ml_dsa_signer(f"file root {number}") for number in range(16)]
    roots = RootSet(2, world.roots.keys, tuple(signer.public_key for signer in second))
    write_roots(tmp_path / "set.cbor", roots)
    assert read_roots(tmp_path / "set.cbor") == roots
    FileTrust.pin(tmp_path, roots)
    claims = world.trust_claims(roots=roots)
    strict = opened(tmp_path, post_quantum=True)
    with pytest.raises(InputError, match="trust-list-post-quantum"):
        strict.load(signed_by(claims, world.root_signers))
    strict.load(signed_by(claims, [*world.root_signers, *second[:2]]))
    assert strict.current().claims == opened(tmp_path, post_quantum=True).current().claims == claims


# --- the time floor


def test_each_list_raises_the_floor(directory: Path, lists: Lists, world: World) -> None:
    floor = MemoryTimeFloor()
    trust = opened(directory, floor=floor)
    trust.load(lists[2])
    assert floor.read() == NOW + 2 * DAY
    with pytest.raises(InputError):
        trust.load(lists[1])
    status = FileStatus(directory / "status", trust, floor=floor)
    for iat, now, read in (
        (NOW, NOW, 2),
        (NOW + 3 * DAY, NOW + 3 * DAY - 300, 3),
        (NOW + 4 * DAY, NOW + 4 * DAY - 301, 3),
    ):
        world.clock.time = iat
        status.load(world.issuer.publish_status_list(), now)
        assert floor.read() == NOW + read * DAY
    with pytest.raises(UsageError):
        status.load(world.issuer.publish_status_list())
    world.clock.time = NOW


def test_the_floor_in_a_file_never_goes_down(tmp_path: Path) -> None:
    path = tmp_path / "floor.cbor"
    floor = FileTimeFloor(path)
    assert floor.read() == 0
    floor.raise_to(0)
    assert not path.exists()
    for to, read in ((NOW, NOW), (NOW - 1, NOW), (0, NOW), (NOW + 1, NOW + 1)):
        floor.raise_to(to)
        assert floor.read() == FileTimeFloor(path).read() == read
    other = FileTimeFloor(path)
    other.raise_to(NOW + 9)
    assert floor.read() == NOW + 9, "raised by another process"


@pytest.mark.parametrize("data", [b"", b"\xf6", b"\x20", b"\x18\x05", b"\x00\x00", b"\x1b" + b"\xff" * 8, bytes(99)])
def test_a_damaged_floor_fails_closed(data: bytes, tmp_path: Path, world: World) -> None:
    path = tmp_path / "floor.cbor"
    path.write_bytes(data)
    floor = FileTimeFloor(path)
    with pytest.raises(UsageError):
        floor.read()
    with pytest.raises(UsageError):
        floor.raise_to(NOW)
    assert path.read_bytes() == data
    with pytest.raises(UsageError):
        world.terminal(floor=floor).verify(world.present().text, "visit 1")
