"""Files that a terminal or a phone reads again, and what is handed to ``inspect``: somebody may have changed them.

A damaged file is ``UsageError``, or for a database what SQLite raises. The files lie in a directory of this process.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.fuzz.targets import envelope, vectors
from tests.fuzz.targets.contract import BYTES, FILE_SECONDS, NotAnInput, Shape, Target
from tests.fuzz.targets.scratch import here
from tests.phones import NEW, Handset, add_child
from tests.world import CODE, ISSUER_ID, SeededEntropy, World, child, enrolled
from vitaletoken import Argon2Profile, CardKind, Environment
from vitaletoken.adapters.files import FileTrust, read_roots
from vitaletoken.adapters.keystore import (
    generate_device_key,
    generate_signer,
    load_device_key,
    load_number_key,
    load_signer,
    load_symmetric_keys,
    save_key,
)
from vitaletoken.adapters.memory import FixedTrust
from vitaletoken.adapters.number_key import generate_number_key
from vitaletoken.adapters.status_files import FileStatus
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.adapters.wallet_rows import Place, rows_of, wallet_of
from vitaletoken.cli import inspection
from vitaletoken.errors import InputError, NotInForm, UsageError
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import cbor
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.trust_list import root_set_item

_PASSPHRASE: Final = "correct horse"
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")


@cache
def _world() -> World:
    """A phone with a card, and a terminal's lists."""
    return enrolled(seed="files")


# --- the terminal's directory


@cache
def _accepted(process: int) -> tuple[Path, bytes, bytes]:
    """A directory that holds a trust list, its anchor, and the archived list."""
    world, directory = _world(), here() / "trust"
    directory.mkdir()
    FileTrust.pin(directory, world.roots)
    FileTrust(directory, Environment.TEST).load(world.trust_list)
    return directory, (directory / "anchor.cbor").read_bytes(), world.trust_list


def _roots(data: bytes) -> object:
    path = here() / "roots.cbor"
    path.write_bytes(data)
    return read_roots(path)


def _anchor(data: bytes) -> object:
    directory, _, archived = _accepted(os.getpid())
    (directory / "archive" / "1.cbor").write_bytes(archived)
    (directory / "anchor.cbor").write_bytes(data)
    return FileTrust(directory, Environment.TEST).current()


def _archive(data: bytes) -> object:
    directory, anchor, _ = _accepted(os.getpid())
    (directory / "archive" / "1.cbor").write_bytes(data)
    (directory / "anchor.cbor").write_bytes(anchor)
    return FileTrust(directory, Environment.TEST).current()


def _floor(data: bytes) -> object:
    path = here() / "floor.cbor"
    path.write_bytes(data)
    return FileTimeFloor(path).read()


def _status(data: bytes) -> object:
    directory = here() / "status"
    directory.mkdir(exist_ok=True)
    (directory / f"{ISSUER_ID}-0.cbor").write_bytes(data)
    return FileStatus(directory, FixedTrust(_world().trust)).find(ISSUER_ID, 0)


# --- the phone's wallet


@cache
def _wallet_file() -> bytes:
    path = here() / "genuine.db"
    world = _world()
    with SqliteWallet(path, world.device_key, SeededEntropy("wallet")) as store:
        store.update(lambda _: world.holder_store.load())
    return path.read_bytes()


def _wallet(data: bytes) -> object:
    path = here() / "wallet.db"
    for left in here().glob("wallet.db*"):
        left.unlink()
    path.write_bytes(data)
    with SqliteWallet(path, _world().device_key, SeededEntropy("wallet")) as store:
        return store.load()


def _rows(data: bytes) -> object:
    """The rows of a wallet once they are opened: of each its kind, its handle and its content, one after the other."""
    _, parts = envelope.unpack(data, 1)
    rows = {}
    for kind, handle, content in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        if not isinstance(kind, bytes) or not isinstance(handle, bytes) or not isinstance(content, bytes):
            raise NotAnInput
        rows[Place(int.from_bytes(kind[:1], "big"), handle)] = content
    return wallet_of(rows)


def _row_seeds() -> Iterable[bytes]:
    for wallet in _wallets():
        rows = rows_of(wallet)
        yield envelope.pack(
            0, [part for place, content in rows.items() for part in (bytes([place.kind]), place.id, content)]
        )


def _wallets() -> Iterable[Wallet]:
    """With one card; with loans, and a change of the code that waits; of a phone that was lent to both ways; while enrolling."""
    yield _world().holder_store.load()
    world = enrolled(seed="wallets")
    delegate = Handset(world)
    delegate.granted()
    delegate.lent()
    yield delegate.store.load()
    world.holder.enrol(world.issuer.offer(), world.trust, CODE, child().nir, kind=CardKind.CHILD)
    yield world.holder_store.load()
    other = enrolled(seed="other wallets")
    handle = add_child(other)
    Handset(other).granted(card=handle)
    other.holder.change_code(CODE, NEW)
    other.holder.ask_unlock(card=handle)
    yield other.holder_store.load()


# --- keys


def _key(data: bytes) -> object:
    """Asked for as each kind; all but one end before Argon2id is computed."""
    path = here() / "key"
    path.write_bytes(data)
    for load in (load_signer, load_device_key, load_number_key):
        with suppress(UsageError):
            return load(path, _PASSPHRASE)
    return load_symmetric_keys(path, _PASSPHRASE, 64)


def _keys() -> Iterable[bytes]:
    entropy, profile = SeededEntropy("key files"), Argon2Profile.CHEAPEST
    made: list[tuple[Any, bytes]] = [
        generate_signer(entropy, algorithm) for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_65)
    ]
    made += [generate_device_key(algorithm, entropy) for algorithm in (Algorithm.ED25519, Algorithm.ESP256)]
    for number, (key, secrets) in enumerate([*made, generate_number_key(entropy), (None, bytes(64))]):
        path = here() / f"key {number}"
        path.unlink(missing_ok=True)
        save_key(path, key, secrets, _PASSPHRASE, entropy, profile)
        yield path.read_bytes()


# --- whatever somebody hands to a person


def _inspect(data: bytes) -> object:
    if data.startswith(_PICTURES):  # the decoders of pictures are not ours, and are not fuzzed here
        raise NotAnInput
    path = here() / "message"
    path.write_bytes(data)
    return inspection._inspect(argparse.Namespace(what=str(path), show_nir=False, full=False))


def _messages() -> Iterable[bytes]:
    for layer, field in (
        *(("verify", "text"), ("review", "text"), ("introduction", "text"), ("grant", "text")),
        *(("credential", "bytes"), ("offer", "bytes"), ("renewal", "bytes"), ("unlock", "bytes"), ("order", "bytes")),
    ):
        yield from list(vectors.inputs(layer, field))[::8]
    for layer, field in (
        ("request", "bytes"),
        ("snapshot", "bytes"),
        ("trust-list", "bytes"),
        ("status-list", "bytes"),
    ):
        yield from list(vectors.inputs(layer, field))[::16]


TARGETS: Final = (
    Target(
        "file-anchor",
        _anchor,
        lambda: [_accepted(os.getpid())[1]],
        1024,
        covers=(FileTrust.current,),
        allowed=(UsageError, InputError),
        weight=0.5,
    ),
    Target(
        "file-archive",
        _archive,
        lambda: [_world().trust_list],
        8192,
        covers=(FileTrust.current,),
        allowed=(UsageError, InputError),
        weight=0.5,
    ),
    Target(
        "file-roots",
        _roots,
        lambda: [cbor.encode(root_set_item(_world().roots))],
        4096,
        covers=(read_roots,),
        allowed=(UsageError,),
        weight=0.5,
    ),
    Target(
        "file-floor",
        _floor,
        lambda: [cbor.encode(1_795_338_000)],
        32,
        covers=(FileTimeFloor.read,),
        allowed=(UsageError,),
        weight=0.3,
    ),
    Target(
        "file-status",
        _status,
        lambda: [_world().issuer.publish_status_list()],
        8192,
        covers=(FileStatus.find,),
        allowed=(),
        weight=0.5,
    ),
    Target(
        "file-wallet",
        _wallet,
        lambda: [_wallet_file()],
        65_536,
        covers=(SqliteWallet.load,),
        shape=Shape.RAW,
        allowed=(UsageError, sqlite3.Error),
        weight=0.5,
    ),
    Target(
        "wallet-rows",
        _rows,
        _row_seeds,
        16_384,
        covers=(wallet_of,),
        shape=Shape.PARTS,
        allowed=(NotInForm, UsageError),
        weight=0.5,
    ),
    Target(
        "file-key",
        _key,
        _keys,
        4096,
        covers=(load_signer, load_device_key, load_number_key, load_symmetric_keys),
        allowed=(UsageError,),
        seconds=1.0,  # Argon2id with 64 MiB, where the file says so: its cost is its purpose
        memory=2 * BYTES,
        weight=0.5,
    ),
    Target(
        "inspect",
        _inspect,
        _messages,
        4096,
        covers=(inspection._inspect,),
        allowed=(InputError, UsageError),
        seconds=FILE_SECONDS,
        weight=0.5,
    ),
)
