"""The anchor of a terminal's directory: what is verified against it, what damage does, and a policy that becomes stricter."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path

import pytest

from tests.adapters.trust_lists import Lists, archived, opened, version_of
from tests.concurrency import at_once
from tests.world import DAY, NOW, World, ml_dsa_signer, signed_by
from vitaletoken import InputError, RootSet, UsageError
from vitaletoken.adapters.files import FileTrust, read_roots, write_atomic, write_roots
from vitaletoken.adapters.status_files import FileStatus


def test_only_the_list_in_force_is_read(directory: Path, lists: Lists) -> None:
    """Those before are for audit: the anchor says what the next one is held against."""
    for version in (1, 2, 3, 4):
        opened(directory).load(lists[version])
    (directory / "archive" / "2.cbor").write_bytes(b"damaged")
    (directory / "archive" / "3.cbor").unlink()
    (directory / "roots.cbor").unlink()
    assert version_of(directory) == 4
    assert opened(directory).load(lists[5]).claims.version == 5


def test_the_list_in_force_again_changes_nothing(directory: Path, lists: Lists, world: World) -> None:
    """TRUST-7: not its file either, where the copy has fewer signatures, by which the chain could not be followed."""
    new = [world._signer() for _ in range(3)]
    claims = world.trust_claims(version=2, roots=RootSet(2, tuple(signer.public_key for signer in new)))
    full = signed_by(claims, [*world.root_signers[:2], *new[:2]])
    opened(directory).load(lists[1])
    trust = opened(directory)
    held = trust.load(full)
    for stripped in (signed_by(claims, new[:2]), signed_by(claims, new[1:]), full):
        assert trust.load(stripped) is held
        assert opened(directory).load(stripped).claims == claims
        assert archived(directory) == {1: lists[1], 2: full}
    third = signed_by(world.trust_claims(version=3, roots=claims.roots), new[:2])
    assert opened(directory).load(third).claims.version == 3


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
def test_the_list_in_force_damaged(damage: bytes | None, directory: Path, lists: Lists) -> None:
    """It fails closed. The same list mends it, and a later one takes its place: the anchor says what was accepted."""
    opened(directory).load(lists[1])
    for version, data in ((2, lists[2]), (2, lists[2]), (3, lists[3])):
        trust = opened(directory)
        path = directory / "archive" / f"{trust.current().claims.version}.cbor"
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        with pytest.raises(UsageError if damage is None else InputError):
            opened(directory).current()
        with pytest.raises(UsageError if damage is None else InputError):
            trust.current()
        with pytest.raises(InputError):
            trust.load(lists[7])
        assert trust.load(data).claims.version == version_of(directory) == version
        assert archived(directory)[version] == data


def test_another_list_in_its_place(directory: Path, lists: Lists, world: World) -> None:
    """One before it, another of its version, a later one: genuine all of them, and none is the one that was accepted."""
    other = world.signed_trust_list(world.trust_claims(version=2, exp=NOW + 91 * DAY))
    for version in (1, 2):
        opened(directory).load(lists[version])
    for data in (lists[1], other, world.signed_trust_list(world.trust_claims(version=3))):
        (directory / "archive" / "2.cbor").write_bytes(data)
        with pytest.raises(InputError, match="trust-list-rollback"):
            opened(directory).current()
    assert opened(directory).load(lists[2]).claims.version == version_of(directory) == 2


def test_an_anchor_put_back_under_a_running_terminal(directory: Path, lists: Lists, world: World) -> None:
    """After a restart nobody can tell; until then the process can."""
    trust = opened(directory)
    other = world.signed_trust_list(world.trust_claims(version=2, exp=NOW + 91 * DAY))
    opened(directory).load(lists[1])
    before = (directory / "anchor.cbor").read_bytes()
    for data in (lists[2], other):
        write_atomic(directory / "anchor.cbor", before)
        opened(directory).load(data)
        if data is lists[2]:
            assert trust.current().claims.version == 2
            write_atomic(directory / "anchor.cbor", before)
        with pytest.raises(InputError, match="trust-list-rollback"):
            trust.current()
    assert trust.load(lists[3]).claims.version == 3, "a later one is as good as ever"


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_damaged_anchor_is_for_a_person_to_look_at(cut: int, directory: Path, lists: Lists) -> None:
    trust = opened(directory)
    trust.load(lists[1])
    path = directory / "anchor.cbor"
    path.write_bytes(path.read_bytes()[:cut])
    for use in (trust.current, opened(directory).current, lambda: trust.load(lists[2])):
        with pytest.raises(UsageError, match="begin anew"):
            use()
    assert archived(directory) == {1: lists[1]}
    path.unlink()
    with pytest.raises(UsageError, match="load one"):
        trust.current()
    assert trust.load(lists[2]).claims.version == 2


# --- several at once


def test_while_one_loads_no_other_decides(directory: Path, lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the one that read the anchor first could write it last."""
    lock = directory / ".anchor.cbor.lock"
    replace, replaced = Path.replace, []

    def guarded(path: Path, target: Path) -> Path:
        with lock.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        replaced.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", guarded)
    opened(directory).load(lists[1])
    assert replaced == ["1.cbor", "anchor.cbor"]
    with pytest.raises(InputError):
        opened(directory).load(lists[7])
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_several_that_load_at_once_end_with_the_newest(directory: Path, lists: Lists) -> None:
    opened(directory).load(lists[1])

    def load(number: int) -> None:
        trust = opened(directory)
        for version in (2, 3, 4) if number % 2 else (2, 3, 4, 5, 6, 7):
            with suppress(InputError):
                trust.load(lists[version])

    assert at_once(4, load) == [None] * 4
    assert version_of(directory) == 7
    assert archived(directory) == lists


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


def test_second_signatures_are_switched_on_later(world: World, directory: Path, lists: Lists) -> None:
    """From the list on that brings the keys, which nobody could ask second signatures of."""
    second = [ml_dsa_signer(f"file root {number}") for number in range(3)]
    roots = RootSet(2, world.roots.keys, tuple(signer.public_key for signer in second))
    brought = signed_by(world.trust_claims(version=2, roots=roots), [*world.root_signers[:2], *second[:2]])
    only_ed25519 = signed_by(world.trust_claims(version=3, roots=roots), world.root_signers[:2])
    third = signed_by(world.trust_claims(version=3, roots=roots), [*world.root_signers[:2], *second[:2]])
    opened(directory).load(lists[1])
    with pytest.raises(InputError, match="trust-list-post-quantum"):
        opened(directory, post_quantum=True).current()
    with pytest.raises(InputError, match="trust-list-post-quantum"):
        opened(directory, post_quantum=True).load(brought)
    assert not opened(directory).load(brought).post_quantum
    strict = opened(directory, post_quantum=True)
    assert strict.current().claims.version == 2
    with pytest.raises(InputError, match="trust-list-post-quantum"):
        strict.load(only_ed25519)
    assert strict.load(third).post_quantum
    assert opened(directory, post_quantum=True).current().claims.version == 3


def test_status_lists_alone_have_no_second_signature(world: World, tmp_path: Path) -> None:
    second = [ml_dsa_signer(f"file root {number}") for number in range(2)]
    roots = RootSet(2, world.roots.keys, tuple(signer.public_key for signer in second))
    FileTrust.pin(tmp_path, roots)
    opened(tmp_path).load(signed_by(world.trust_claims(roots=roots), [*world.root_signers[:2], *second]))
    status_list = world.issuer.publish_status_list()
    FileStatus(tmp_path / "status", opened(tmp_path)).load(status_list, NOW)
    strict = FileStatus(tmp_path / "status", opened(tmp_path, post_quantum=True))
    with pytest.raises(UsageError, match="post-quantum"):
        strict.load(status_list, NOW)
    with pytest.raises(UsageError, match="post-quantum"):
        strict.find("fr-cnam", 0)
