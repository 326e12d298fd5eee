"""The rows of what the adapters keep in plain files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.faults.rows import Column, Row, Step
from tests.nation import Insurer
from tests.world import DAY, ISSUER_ID, NOW, SeededEntropy, StandingClock, World, enrolled, signed_by
from vitaletoken import Argon2Profile, Environment, RootSet, UsageError
from vitaletoken.adapters import files, keystore
from vitaletoken.adapters.files import FileTrust, read_roots, write_atomic
from vitaletoken.adapters.keystore import generate_device_key, generate_signer, save_key, write_new
from vitaletoken.adapters.memory import FixedTrust
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.adapters.status_files import FileStatus
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.publisher import Publication
from vitaletoken.rules.status import inflate
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.snapshot import MAX_SIZE, parse_snapshot
from vitaletoken.wire.status_list import parse_status_list
from vitaletoken.wire.trust_list import parse_trust_list

WAITS = "no database: who writes waits for the lock of the file, and for no time that could run out"
NO_CLOCK = "neither reads a clock nor compares a time with one"


def there(found: Callable[[Path], AbstractContextManager[Any]]) -> Any:
    return found


# --- the trust anchor, the archive and the floor that go with it


@cache
def trust_lists() -> tuple[World, dict[int, bytes]]:
    """A world, and versions 1 to 4 of its trust list; the third exchanges the roots."""
    world = World(seed="faults")
    old, new = world.root_signers, [world._signer() for _ in range(3)]
    made = {}
    for version in range(1, 5):
        roots = RootSet(2, tuple(signer.public_key for signer in (old if version < 3 else new)))
        claims = world.trust_claims(version=version, roots=roots, iat=NOW + version * DAY, exp=NOW + 90 * DAY)
        signers = old[:2] if version < 3 else [*old[:2], *new[:2]] if version == 3 else new[:2]
        made[version] = signed_by(claims, signers)
    return world, made


class _Terminal:
    """A terminal's directory: what it trusts, and its floor."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.floor = FileTimeFloor(directory / "floor.cbor")
        self.trust = FileTrust(directory, Environment.TEST, floor=self.floor)

    def load(self, version: int) -> int:
        return self.trust.load(trust_lists()[1][version]).claims.version

    def in_force(self) -> int:
        if not (self.directory / "anchor.cbor").exists():
            with pytest.raises(UsageError, match="load one first"):
                self.trust.current()
            return 0
        return self.trust.current().claims.version


def _load(version: int) -> Step:
    return lambda terminal: terminal.load(version)


def _archived(terminal: _Terminal, done: int) -> None:
    versions = [1, 2, 3, 3, 4][:done]
    for version in versions:
        assert (terminal.directory / "archive" / f"{version}.cbor").read_bytes() == trust_lists()[1][version]
    assert terminal.floor.read() >= (NOW + max(versions) * DAY if versions else 0)


TRUST = Row(
    "trust anchor and archive",
    (FileTrust, FileTimeFloor, write_atomic, files.sync_directory, files.locked),
    [_load(1), _load(2), _load(3), _load(3), _load(4)],
    lambda directory: nullcontext(_Terminal(directory)),
    lambda terminal: terminal.in_force(),
    _archived,
    lambda directory: FileTrust.pin(directory, trust_lists()[0].roots),
    exempt={Column.LOCKED: WAITS},
)


def _pin(directory: Path) -> object:
    try:
        FileTrust.pin(directory, trust_lists()[0].roots)
    except FileExistsError:  # done before: pinned once, for good
        return "exists"
    return "pinned"


def _pinned(directory: Path) -> object:
    return (directory / "roots.cbor").exists() and read_roots(directory / "roots.cbor") == trust_lists()[0].roots


ROOTS = Row(
    "pinned roots",
    (FileTrust, files.write_roots),
    [_pin],
    view=_pinned,
    exempt={Column.LOCKED: "no database, and no lock", Column.CLOCK: NO_CLOCK},
)


# --- the time floor

FLOORS = (NOW, NOW + 5, NOW + 3, NOW + 10**8)


def _raise(to: int) -> Step:
    return lambda floor: floor.raise_to(to)


def _not_lower(floor: FileTimeFloor, done: int) -> None:
    assert floor.read() >= max(FLOORS[:done], default=0)


FLOOR = Row(
    "time floor",
    (FileTimeFloor,),
    [_raise(to) for to in FLOORS],
    lambda directory: nullcontext(FileTimeFloor(directory / "floor.cbor")),
    lambda floor: floor.read(),
    _not_lower,
    exempt={Column.LOCKED: WAITS},
)


# --- single status lists


@cache
def status_lists() -> tuple[World, list[bytes]]:
    """A world, and three of its lists: the second and the third are newer by a day each, with a card revoked on the way."""
    world = enrolled(seed="lists")
    made = [world.issuer.publish_status_list(0, capacity=64)]
    world.clock.time += DAY
    world.issuer.suspend(world.card_id())
    made.append(world.issuer.publish_status_list(0))
    world.clock.time += DAY
    world.issuer.revoke(world.card_id())
    made.append(world.issuer.publish_status_list(0))
    return world, made


def _keep(which: int) -> Step:
    return lambda status: status.load(status_lists()[1][which], NOW + 2 * DAY).iat


def _dated(status: FileStatus) -> int:
    found = status.find(ISSUER_ID, 0)
    return 0 if found is None else found.iat


STATUS_FILES = Row(
    "status lists in files",
    (FileStatus,),
    [_keep(0), _keep(1), _keep(2)],
    lambda directory: nullcontext(FileStatus(directory / "status", FixedTrust(status_lists()[0].trust))),
    _dated,
    exempt={Column.LOCKED: WAITS},
)


# --- the mirror


@cache
def publications() -> tuple[Publication, ...]:
    """Three, a day apart."""
    clock = StandingClock()
    insurer = Insurer("insurer-0", clock)
    made = []
    for _ in range(3):
        made.append(insurer.publish())
        clock.time += DAY
    return tuple(made)


def _publish(which: int) -> Step:
    return lambda writer: writer.publish(publications()[which])


class _Mirror(MirrorWriter):
    """A publisher's mirror, and how it is read."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.reader = DirectoryMirror(directory)

    def served(self) -> int:
        """The sequence number, 0 for none. All that is served with it is there and fits: what a terminal would look at."""
        issuer = "insurer-0"
        data = self.reader.fetch(f"status/{issuer}/snapshot.cbor", MAX_SIZE)
        last = self.last(issuer)
        if data is None:
            assert last is None
            return 0
        snapshot = parse_snapshot(data)
        claims = snapshot.unverified_claims
        assert last is not None
        assert last.sequence == claims.sequence
        for named in claims.lists:
            found = self.reader.fetch(f"status/{issuer}/list/{named.number}.cbor", 10**6)
            entries = inflate(parse_status_list(found or b"").unverified_claims.lst)
            assert hashlib.sha256(entries).digest() == named.digest
        for earlier in publications()[: claims.sequence - 1]:
            start = hashlib.sha256(parse_snapshot(earlier.snapshot).payload).digest()
            delta = self.reader.fetch(f"status/{issuer}/delta/{start.hex()}.cbor", 10**6)
            assert parse_delta(delta or b"").unverified_claims.start == start
        return claims.sequence

    def newest(self) -> int:
        """The version of the trust list that is served."""
        data = self.reader.fetch("trust/newest.cbor", 10**6)
        return 0 if data is None else parse_trust_list(data).unverified_claims.version


MIRROR = Row(
    "mirror: publications",
    (MirrorWriter, DirectoryMirror),
    [_publish(0), _publish(1), _publish(1), _publish(2)],
    lambda directory: nullcontext(_Mirror(directory / "mirror")),
    lambda mirror: mirror.served(),
    exempt={
        Column.LOCKED: WAITS,
        Column.CLOCK: "goes by sequence numbers; of the publisher's own clock, see tests/roles/test_publisher.py",
    },
)


def _serve(version: int) -> Step:
    return lambda mirror: mirror.publish_trust_list(trust_lists()[1][version])


def _numbered(mirror: _Mirror, done: int) -> None:
    for version in [1, 2, 3, 2][:done]:
        assert mirror.reader.fetch(f"trust/{version}.cbor", 10**6) == trust_lists()[1][version]


TRUST_MIRROR = Row(
    "mirror: trust lists",
    (MirrorWriter,),
    [_serve(1), _serve(2), _serve(3), _serve(2)],
    lambda directory: nullcontext(_Mirror(directory / "mirror")),
    lambda mirror: mirror.newest(),
    _numbered,
    exempt={Column.LOCKED: "no database, and no lock", Column.CLOCK: NO_CLOCK},
)


# --- keys, and files of other kinds

PASSPHRASE = "correct horse"


@cache
def _keys() -> tuple[Any, Any]:
    entropy = SeededEntropy("keys")
    return generate_signer(entropy), generate_device_key(Algorithm.ED25519, entropy)


def _save(which: int) -> Step:
    def step(directory: Path) -> object:
        path = directory / f"{which}.key"
        key, secrets = _keys()[which]
        try:
            save_key(path, key, secrets, PASSPHRASE, SeededEntropy("salt"), Argon2Profile.CHEAPEST)
        except FileExistsError:
            return "exists"
        return "saved"

    return step


def _key_in(directory: Path, which: int) -> object:
    load = (keystore.load_signer, keystore.load_device_key)[which]
    try:
        found = load(directory / f"{which}.key", PASSPHRASE)
    except FileNotFoundError:
        return "none"
    except UsageError as error:
        return "damaged" if "not a key file" in str(error) else str(error)
    assert found.public_key == _keys()[which][0].public_key
    return "there"


def _cleared(directory: Path, _: int) -> None:
    """What a person does who is told that a file is no key file: nothing was reported, so nothing depends on it."""
    for which in (0, 1):
        if _key_in(directory, which) == "damaged":
            (directory / f"{which}.key").unlink()


KEYS = Row(
    "key files",
    (save_key, write_new),
    [_save(0), _save(1)],
    view=lambda directory: (_key_in(directory, 0), _key_in(directory, 1)),
    require=_cleared,
    between=lambda view: view in (("damaged", "none"), ("there", "damaged")),
    exempt={Column.LOCKED: "no database, and no lock", Column.CLOCK: NO_CLOCK},
)

_CONTENTS = (b"", b"a certificate" * 99, b"the next one", bytes(70_000))


def _write(content: bytes) -> Step:
    return lambda directory: write_atomic(directory / "certificate.cbor", content)


def _content(directory: Path) -> object:
    path = directory / "certificate.cbor"
    return path.read_bytes() if path.exists() else None


MESSAGES = Row(
    "certificates, cards and other messages",
    (write_atomic,),
    [_write(content) for content in _CONTENTS],
    view=_content,
    exempt={Column.LOCKED: "no database, and no lock", Column.CLOCK: NO_CLOCK},
)

FILES = (TRUST, ROOTS, FLOOR, STATUS_FILES, MIRROR, TRUST_MIRROR, KEYS, MESSAGES)
