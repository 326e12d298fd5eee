"""ML-DSA-65: the parameters of the specification's section 5.3, and nothing that stands for another key's signature."""

from __future__ import annotations

import copy
import hashlib
import pickle
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from tests import forge
from vitaletoken import UsageError
from vitaletoken.crypto import mldsa, signing
from vitaletoken.crypto.signing import ED25519, ML_DSA_65, SigningKey
from vitaletoken.errors import BadSignature
from vitaletoken.wire import cose

SEED = bytes(range(32))
KEY = SigningKey(ML_DSA_65, SEED)
SIGNATURE = KEY.sign(b"message")


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        signing.verify(ML_DSA_65, public, message, signature)
    except BadSignature:
        return False
    return True


def test_the_sizes() -> None:
    assert len(KEY.public) == mldsa.PUBLIC_SIZE == cose.ML_DSA_PUBLIC_SIZE
    assert len(SIGNATURE) == mldsa.SIGNATURE_SIZE == cose.ML_DSA_SIGNATURE_SIZE


def test_it_is_the_key_of_the_seed_and_the_pure_scheme_with_no_context() -> None:
    theirs = MLDSA65PrivateKey.from_seed_bytes(SEED)
    assert theirs.public_key().public_bytes_raw() == KEY.public
    MLDSA65PublicKey.from_public_bytes(KEY.public).verify(SIGNATURE, b"message")
    assert verifies(KEY.public, b"message", theirs.sign(b"message"))
    assert not verifies(KEY.public, b"message", theirs.sign(b"message", b"context"))


def test_signing_is_hedged() -> None:
    assert KEY.sign(b"message") != SIGNATURE
    assert verifies(KEY.public, b"message", KEY.sign(b"message"))


def test_each_bit_counts() -> None:
    assert verifies(KEY.public, b"message", SIGNATURE)
    rng = random.Random(65)
    for bit in rng.sample(range(8 * mldsa.SIGNATURE_SIZE), 60):
        spoilt = bytearray(SIGNATURE)
        spoilt[bit // 8] ^= 1 << bit % 8
        assert not verifies(KEY.public, b"message", bytes(spoilt))
    assert not verifies(KEY.public, b"massage", SIGNATURE)
    assert not verifies(SigningKey(ML_DSA_65, bytes(32)).public, b"message", SIGNATURE)


@pytest.mark.parametrize("size", [0, 64, 3308, 3310])
def test_a_signature_of_another_size_does_not_verify(size: int) -> None:
    assert not verifies(KEY.public, b"message", SIGNATURE.ljust(size, b"\0")[:size])


@pytest.mark.parametrize("size", [0, 32, 1951, 1953])
def test_a_key_of_another_size_is_none(size: int) -> None:
    public = KEY.public.ljust(size, b"\0")[:size]
    assert not signing.is_valid_key(ML_DSA_65, public)
    assert not verifies(public, b"message", SIGNATURE)


def test_each_string_of_the_right_size_is_a_key() -> None:
    for public in (KEY.public, bytes(1952), b"\xff" * 1952):
        assert signing.is_valid_key(ML_DSA_65, public)
    assert not verifies(b"\xff" * 1952, b"message", SIGNATURE)


def test_one_algorithms_signature_is_not_anothers() -> None:
    ed25519 = SigningKey(ED25519, SEED)
    assert ed25519.public != KEY.public[:32]
    assert not verifies(KEY.public, b"message", ed25519.sign(b"message"))


def test_the_thumbprint() -> None:
    digest = hashlib.sha256(forge.enc({1: 7, 3: -49, -1: KEY.public})).digest()
    assert signing.thumbprint(ML_DSA_65, KEY.public) == digest
    assert signing.kid(ML_DSA_65, KEY.public) == digest[:8]


def test_a_private_key_does_not_show_itself() -> None:
    assert SEED.hex() not in repr(KEY)
    assert signing.kid(ML_DSA_65, KEY.public).hex() in repr(KEY)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(UsageError):
            leave(KEY)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_size_is_a_usage_error(size: int) -> None:
    with pytest.raises(UsageError):
        SigningKey(ML_DSA_65, bytes(size))
