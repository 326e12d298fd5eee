"""From the personal code to the code key (spec section 9), against other implementations of each step."""

from __future__ import annotations

import hashlib
import hmac
from types import SimpleNamespace
from typing import Any

import nacl.pwhash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from vitaletoken.crypto import pin
from vitaletoken.crypto.pin import Argon2Parameters, Argon2Profile
from vitaletoken.crypto.signing import ED25519, SigningKey

SALT = bytes(range(16))
CODE = "270519"
THUMBPRINT = hashlib.sha256(b"device").digest()
SECRET = hashlib.sha256(b"prf").digest()


def software(message: bytes) -> bytes:
    return pin.software_prf(SECRET, message)


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256, for 32 bytes: one extraction, one block of expansion."""
    key = hmac.digest(salt, ikm, "sha256")
    return hmac.digest(key, info + b"\x01", "sha256")


# --- Argon2id


@pytest.mark.parametrize("profile", [Argon2Profile.DEFAULT, Argon2Profile.SMALL_PHONE, Argon2Profile.CHEAPEST])
def test_argon2id_is_libsodiums(profile: Argon2Profile) -> None:
    """libsodium is what phones have; it computes one lane only."""
    parameters = profile.value
    assert parameters.lanes == 1
    expected = nacl.pwhash.argon2id.kdf(
        32, CODE.encode(), SALT, opslimit=parameters.passes, memlimit=parameters.memory_kib * 1024
    )
    assert pin.stretch(CODE.encode(), SALT, profile) == expected


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes", "expected"),
    [
        (256, 2, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (256, 2, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    ],
)
def test_argon2id_is_the_reference_implementations(memory_kib: int, passes: int, lanes: int, expected: str) -> None:
    """From the test program of the reference implementation (phc-winner-argon2, version 0x13); more lanes than one too."""
    profile: Any = SimpleNamespace(value=Argon2Parameters(memory_kib, passes, lanes))
    assert pin.stretch(b"password", b"somesalt", profile).hex() == expected


def test_the_profiles_are_different() -> None:
    results = {pin.stretch(b"x", SALT, profile) for profile in Argon2Profile}
    assert len(results) == len(Argon2Profile) == 4


def test_the_labels_of_the_profiles() -> None:
    assert [profile.label for profile in Argon2Profile] == ["default", "rfc9106-low-memory", "small-phone", "cheapest"]


# --- the whole way


@examples(60)
@given(
    st.from_regex("[0-9]{6}", fullmatch=True), st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
)
def test_each_step_by_hand(code: str, salt: bytes, thumbprint: bytes) -> None:
    s = nacl.pwhash.argon2id.kdf(32, code.encode(), salt, opslimit=1, memlimit=8192)
    h = hmac.digest(SECRET, b"vitaletoken/1 code-prf" + s, "sha256")
    seed = hkdf(s + h, salt, b"vitaletoken/1 code-key" + thumbprint)
    derivation = pin.derive(code, salt, Argon2Profile.CHEAPEST, thumbprint, software)
    assert (derivation.s, derivation.h, derivation.seed) == (s, h, seed)
    assert pin.code_signing_key(derivation).public == SigningKey(ED25519, seed).public


def test_the_prf_is_hmac() -> None:
    for message in (b"", b"message", bytes(1000)):
        assert pin.software_prf(SECRET, message) == hmac.digest(SECRET, message, "sha256")


def test_the_prf_takes_the_stretched_code() -> None:
    """CODE-1: what the hardware is asked differs with each code, so that each guess costs a call."""
    asked: list[bytes] = []

    def prf(message: bytes) -> bytes:
        asked.append(message)
        return software(message)

    stretched = set()
    for code in ("270519", "270518", "000000"):
        stretched.add(pin.derive(code, SALT, Argon2Profile.CHEAPEST, THUMBPRINT, prf).s)
    assert len(asked) == 3
    assert set(asked) == {b"vitaletoken/1 code-prf" + s for s in stretched}
    assert len(stretched) == 3


BASE: dict[str, Any] = {
    "code": CODE,
    "salt": SALT,
    "profile": Argon2Profile.CHEAPEST,
    "device_thumbprint": THUMBPRINT,
    "prf": software,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "270518"},
        {"code": "270591"},
        {"salt": SALT[:-1] + b"\0"},
        {"profile": Argon2Profile.SMALL_PHONE},
        {"device_thumbprint": hashlib.sha256(b"another").digest()},
        {"prf": lambda message: pin.software_prf(bytes(32), message)},
        {"prf": lambda message: bytes(32)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_input_changes_the_key(changes: dict[str, Any]) -> None:
    key = pin.derive(**BASE).seed
    assert pin.derive(**BASE).seed == key
    assert pin.derive(**{**BASE, **changes}).seed != key


def test_a_derivation_does_not_show_itself() -> None:
    derivation = pin.derive(**BASE)
    assert repr(derivation) == "CodeDerivation(...)"
    assert derivation.seed.hex() not in f"{derivation}"


# --- the profile by measured time

SECONDS = {
    Argon2Profile.DEFAULT: 0.9,
    Argon2Profile.RFC_9106_LOW_MEMORY: 0.4,
    Argon2Profile.SMALL_PHONE: 0.2,
    Argon2Profile.CHEAPEST: 0.0,
}


@pytest.mark.parametrize(
    ("budget", "chosen"),
    [
        (2.0, Argon2Profile.DEFAULT),
        (0.9, Argon2Profile.DEFAULT),
        (0.89, Argon2Profile.RFC_9106_LOW_MEMORY),
        (0.4, Argon2Profile.RFC_9106_LOW_MEMORY),
        (0.39, Argon2Profile.SMALL_PHONE),
        (0.2, Argon2Profile.SMALL_PHONE),
        (0.0, Argon2Profile.SMALL_PHONE),
        (-1.0, Argon2Profile.SMALL_PHONE),
    ],
)
def test_the_profile_is_the_strongest_in_time_and_never_below_the_floor(budget: float, chosen: Argon2Profile) -> None:
    measured: list[Argon2Profile] = []

    def measure(profile: Argon2Profile) -> float:
        measured.append(profile)
        return SECONDS[profile]

    assert pin.choose_profile(measure, budget) is chosen
    assert Argon2Profile.CHEAPEST not in measured
    assert len(measured) == len(set(measured)), "each is measured once, and none that is not needed"
    assert measured == [Argon2Profile.DEFAULT, Argon2Profile.RFC_9106_LOW_MEMORY][: len(measured)]


def test_a_phone_without_the_memory_gets_the_floor() -> None:
    assert pin.choose_profile(lambda _: float("inf"), 1e9) is Argon2Profile.SMALL_PHONE
