"""Key files: what is saved comes back, for its passphrase and its kind only; nothing is written over; nothing leaks."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest

from tests.forge import enc
from tests.world import DEVICE_ALGORITHMS, SeededEntropy
from vitaletoken import Argon2Profile, UsageError
from vitaletoken.adapters import keystore
from vitaletoken.adapters.keystore import (
    SoftwareDeviceKey,
    SoftwareSigner,
    generate_device_key,
    generate_signer,
    load_device_key,
    load_number_key,
    load_signer,
    load_symmetric_keys,
    save_key,
)
from vitaletoken.adapters.number_key import SoftwareNumberKey, generate_number_key
from vitaletoken.crypto import sealing
from vitaletoken.wire.registry import Algorithm

PASSPHRASE = "correct horse battery staple"


def saved_signer(path: Path) -> SoftwareSigner:
    entropy = SeededEntropy("signer")
    key, secret = generate_signer(entropy)
    save_key(path, key, secret, PASSPHRASE, entropy, Argon2Profile.CHEAPEST)
    return key


def saved_device(path: Path, algorithm: Algorithm = Algorithm.ED25519) -> tuple[SoftwareDeviceKey, bytes]:
    entropy = SeededEntropy("device")
    key, secrets = generate_device_key(algorithm, entropy)
    save_key(path, key, secrets, PASSPHRASE, entropy, Argon2Profile.CHEAPEST)
    return key, secrets


def test_a_signer_comes_back(tmp_path: Path) -> None:
    key = saved_signer(tmp_path / "key")
    loaded = load_signer(tmp_path / "key", PASSPHRASE)
    assert type(loaded) is SoftwareSigner
    assert loaded.public_key == key.public_key
    assert loaded.sign(b"message") == key.sign(b"message")


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_a_device_key_comes_back_with_both_secrets(algorithm: Algorithm, tmp_path: Path) -> None:
    key, _ = saved_device(tmp_path / "key", algorithm)
    loaded = load_device_key(tmp_path / "key", PASSPHRASE)
    assert type(loaded) is SoftwareDeviceKey
    assert loaded.public_key == key.public_key
    assert loaded.public_key.algorithm is algorithm
    assert loaded.sign(b"message") == key.sign(b"message")
    assert loaded.prf(b"message") == key.prf(b"message")


def saved_number_key(path: Path) -> SoftwareNumberKey:
    entropy = SeededEntropy("number")
    key, secret = generate_number_key(entropy)
    save_key(path, key, secret, PASSPHRASE, entropy, Argon2Profile.CHEAPEST)
    return key


def test_an_hpke_key_comes_back(tmp_path: Path) -> None:
    key = saved_number_key(tmp_path / "key")
    sealed = sealing.seal(b"a number", key.public_key, b"info")
    loaded = load_number_key(tmp_path / "key", PASSPHRASE)
    assert (loaded.public_key, loaded.unseal(sealed, b"info")) == (key.public_key, b"a number")


def saved_symmetric(path: Path) -> bytes:
    secrets = bytes(range(64))
    save_key(path, None, secrets, PASSPHRASE, SeededEntropy("keys"), Argon2Profile.CHEAPEST)
    return secrets


def load_symmetric(path: Path, passphrase: str) -> bytes:
    return load_symmetric_keys(path, passphrase, 64)


def test_symmetric_keys_come_back_in_their_size(tmp_path: Path) -> None:
    secrets = saved_symmetric(tmp_path / "key")
    assert load_symmetric(tmp_path / "key", PASSPHRASE) == secrets
    with pytest.raises(UsageError, match="kind"):
        load_symmetric_keys(tmp_path / "key", PASSPHRASE, 32)


def test_the_default_profile_is_the_one_for_phones(tmp_path: Path) -> None:
    entropy = SeededEntropy()
    key, secret = generate_signer(entropy)
    save_key(tmp_path / "key", key, secret, PASSPHRASE, entropy)
    assert cbor2.loads((tmp_path / "key").read_bytes())[5] == 1
    assert load_signer(tmp_path / "key", PASSPHRASE).public_key == key.public_key


LOADERS: list[Callable[[Path, str], object]] = [load_signer, load_device_key, load_number_key, load_symmetric]
SAVERS: list[Callable[[Path], object]] = [saved_signer, saved_device, saved_number_key, saved_symmetric]
OF_EACH_KIND = list(zip(LOADERS, SAVERS, strict=True))


@pytest.mark.parametrize("passphrase", ["", "Correct horse battery staple", PASSPHRASE + " ", "x" * 1000])
def test_another_passphrase_does_not_open_it(passphrase: str, tmp_path: Path) -> None:
    saved_signer(tmp_path / "key")
    with pytest.raises(UsageError, match="passphrase"):
        load_signer(tmp_path / "key", passphrase)


def test_a_key_is_loaded_as_its_kind_only(tmp_path: Path) -> None:
    for number, (_, save) in enumerate(OF_EACH_KIND):
        save(tmp_path / f"{number}")
        for other, (load, _) in enumerate(OF_EACH_KIND):
            if other != number:
                with pytest.raises(UsageError, match="kind"):
                    load(tmp_path / f"{number}", PASSPHRASE)


@pytest.mark.parametrize(("load", "save"), OF_EACH_KIND)
def test_each_bit_of_the_file_counts(
    load: Callable[[Path, str], object], save: Callable[[Path], object], tmp_path: Path
) -> None:
    """Also the public key, the algorithm and the profile, which are not encrypted: all of it is authenticated."""
    path = tmp_path / "key"
    save(path)
    content = path.read_bytes()
    load(path, PASSPHRASE)
    profile_at = content.index(b"\x05\x02") + 1  # 2, the cheapest; as 1, the default, it would take seconds to fail
    for at in range(len(content)):
        for bit in range(0, 8, 3):
            if at == profile_at:
                continue
            path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            with pytest.raises(UsageError):
                load(path, PASSPHRASE)
    path.write_bytes(content.replace(b"\x05\x02", b"\x05\x01"))
    with pytest.raises(UsageError):
        load(path, PASSPHRASE)


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\xff" * 100,
        b"\xa0",
        b"\xf6",
        b"\x80",
        bytes(100_000),
        b"-----BEGIN PRIVATE KEY-----\n",
        "é".encode() * 9,
    ],
    ids=lambda content: f"{content[:8]!r}-{len(content)}",
)
def test_another_file_is_no_key_file(load: Callable[[Path, str], object], content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UsageError, match="not a key file"):
        load(tmp_path / "key", PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [{1: 2}, {1: 0}, {2: 0}, {2: 3}, {2: 5}, {3: -8}, {3: 0}, {3: 1}, {4: bytes(31)}, {4: bytes(34)}, {5: 0}, {5: 3},
     {6: bytes(15)}, {7: bytes(13)}, {8: b""}, {8: bytes(2000)}, {9: 0}, {"x": 0}, {8: None}],
    ids=repr,
)  # fmt: skip
def test_a_key_file_is_of_one_form(changes: dict[Any, Any], tmp_path: Path) -> None:
    path = tmp_path / "key"
    saved_signer(path)
    path.write_bytes(enc({**cbor2.loads(path.read_bytes()), **changes}))
    with pytest.raises(UsageError):
        load_signer(path, PASSPHRASE)


def test_a_file_that_is_not_there_is_the_file_systems_error(tmp_path: Path) -> None:
    for load in LOADERS:
        with pytest.raises(FileNotFoundError):
            load(tmp_path / "none", PASSPHRASE)


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key"
    saved_signer(path)
    before = path.read_bytes()
    entropy = SeededEntropy("other")
    key, secret = generate_signer(entropy)
    with pytest.raises(FileExistsError):
        save_key(path, key, secret, PASSPHRASE, entropy, Argon2Profile.CHEAPEST)
    assert path.read_bytes() == before


@pytest.mark.parametrize("link", ["to nothing", "to a file"])
def test_a_link_is_not_written_through(link: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if link == "to a file":
        target.write_bytes(b"")
    (tmp_path / "key").symlink_to(target)
    with pytest.raises(FileExistsError):
        saved_signer(tmp_path / "key")
    assert not target.exists() or target.read_bytes() == b""


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        saved_signer(tmp_path / "key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_the_secrets_are_not_in_the_file(tmp_path: Path) -> None:
    _, secrets = saved_device(tmp_path / "key")
    content = (tmp_path / "key").read_bytes()
    for secret in (secrets[:32], secrets[32:], PASSPHRASE.encode()):
        assert secret not in content
        assert secret[:8] not in content


def test_an_empty_passphrase_and_an_unknown_profile_are_usage_errors(tmp_path: Path) -> None:
    entropy = SeededEntropy()
    key, secret = generate_signer(entropy)
    with pytest.raises(UsageError):
        save_key(tmp_path / "key", key, secret, "", entropy)
    for profile in (Argon2Profile.SMALL_PHONE, Argon2Profile.RFC_9106_LOW_MEMORY):
        with pytest.raises(UsageError):
            save_key(tmp_path / "key", key, secret, PASSPHRASE, entropy, profile)
    assert not (tmp_path / "key").exists()


def test_each_file_has_its_own_salt_and_nonce(tmp_path: Path) -> None:
    entropy = SeededEntropy()
    key, secret = generate_signer(entropy)
    files = []
    for number in range(3):
        save_key(tmp_path / f"{number}", key, secret, PASSPHRASE, entropy, Argon2Profile.CHEAPEST)
        files.append(cbor2.loads((tmp_path / f"{number}").read_bytes()))
    for field in (6, 7, 8):
        assert len({file[field] for file in files}) == 3


@pytest.mark.parametrize("make", [generate_signer, lambda e: generate_device_key(Algorithm.ESP256, e)])
def test_a_software_key_does_not_show_its_secrets(make: Callable[[Any], tuple[SoftwareSigner, bytes]]) -> None:
    key, secrets = make(SeededEntropy())
    for shown in (repr(key), str(key)):
        assert secrets[:32].hex() not in shown
        assert repr(secrets[:8])[2:-1] not in shown


def test_a_secret_that_is_no_scalar_is_drawn_again() -> None:
    """One draw in 2**32 is not below the order of P-256."""

    class Unlucky(SeededEntropy):
        first = True

        def random(self, size: int) -> bytes:
            if self.first:
                self.first = False
                return b"\xff" * size
            return super().random(size)

    key, secrets = generate_device_key(Algorithm.ESP256, Unlucky())
    assert secrets[:32] != b"\xff" * 32
    assert key.sign(b"message")


def test_a_write_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is not durable has not been saved."""

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(keystore.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        saved_signer(tmp_path / "key")
