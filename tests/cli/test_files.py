"""The terminal's directory: what is read is verified, what is written is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.world import World, enrolled
from vitaletoken import Code, Environment, InputError, RootSet, UsageError
from vitaletoken.adapters.files import FileTrust, read_roots, write_atomic, write_roots
from vitaletoken.adapters.status_files import FileStatus


@pytest.fixture
def world() -> World:
    return enrolled()


@pytest.fixture
def trust(world: World, tmp_path: Path) -> FileTrust:
    FileTrust.pin(tmp_path, world.roots)
    trust = FileTrust(tmp_path, Environment.TEST)
    trust.load(world.trust_list)
    return trust


def test_one_object_for_as_long_as_the_file_is_the_same(world: World, trust: FileTrust, tmp_path: Path) -> None:
    first = trust.current()
    assert trust.current() is first
    assert trust.load(world.trust_list) is first
    newer = trust.load(world.signed_trust_list(world.trust_claims(version=2)))
    assert trust.current() is newer is not first
    assert FileTrust(tmp_path, Environment.TEST).current().claims == newer.claims


def test_what_is_refused_changes_nothing(world: World, trust: FileTrust, tmp_path: Path) -> None:
    trust.load(world.signed_trust_list(world.trust_claims(version=2)))
    before = sorted((path.name, path.read_bytes()) for path in tmp_path.rglob("*.*"))
    for data in (world.trust_list, b"", world.signed_trust_list(world.trust_claims(version=9), signers=1)):
        with pytest.raises(InputError):
            trust.load(data)
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.rglob("*.*")) == before


def test_roots_are_pinned_once(world: World, trust: FileTrust, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        FileTrust.pin(tmp_path, world.roots)
    with pytest.raises(UsageError):
        write_roots(tmp_path / "other.cbor", RootSet(9, world.roots.keys))
    assert read_roots(tmp_path / "roots.cbor") == world.roots


def test_no_trust_list_yet(world: World, tmp_path: Path) -> None:
    FileTrust.pin(tmp_path, world.roots)
    with pytest.raises(UsageError, match="load one"):
        FileTrust(tmp_path, Environment.TEST).current()


def test_status_lists(world: World, trust: FileTrust, tmp_path: Path) -> None:
    status = FileStatus(tmp_path / "status", trust)
    assert status.find("fr-cnam", 0) is None
    status.load(world.issuer.publish_status_list(), world.clock.now())
    found = status.find("fr-cnam", 0)
    assert found is not None
    assert status.find("fr-cnam", 0) is found
    assert status.find("fr-cnam", 1) is None
    assert status.find("../../etc/passwd", 0) is None
    trust.load(world.signed_trust_list(world.trust_claims(version=2)))
    assert status.find("fr-cnam", 0) is not found, "verified again under the trust list that is new"


def test_an_older_status_list_is_not_kept(world: World, trust: FileTrust, tmp_path: Path) -> None:
    status = FileStatus(tmp_path / "status", trust)
    old = world.issuer.publish_status_list()
    world.issuer.revoke(world.card_id())
    revoking = world.issuer.publish_status_list()
    status.load(old, world.clock.now())
    assert status.load(revoking, world.clock.now()).iat == world.clock.now(), "of the same second: replaced"
    world.clock.time += 1
    new = status.load(world.issuer.publish_status_list(), world.clock.now())
    with pytest.raises(UsageError, match="older"):
        status.load(old, world.clock.now())
    found = status.find("fr-cnam", 0)
    assert found is not None
    assert found.iat == new.iat


def test_a_list_under_anothers_name_or_damaged(world: World, trust: FileTrust, tmp_path: Path) -> None:
    status = FileStatus(tmp_path / "status", trust)
    status.load(world.issuer.publish_status_list(1), world.clock.now())
    (tmp_path / "status" / "fr-cnam-1.cbor").rename(tmp_path / "status" / "fr-cnam-0.cbor")
    assert status.find("fr-cnam", 0) is None
    status.load(world.issuer.publish_status_list(), world.clock.now())
    assert status.find("fr-cnam", 0) is not None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_file_is_not_read_whole(world: World, trust: FileTrust, tmp_path: Path) -> None:
    with (tmp_path / "archive" / "1.cbor").open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(InputError) as refused:
        trust.current()
    assert refused.value.code is Code.TRUST_LIST_STRUCTURE
