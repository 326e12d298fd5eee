"""Sealed answers: HPKE as RFC 9180 has it, one recipient, one challenge, and keys that hide nothing (SEAL-1, SEAL-3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto import reference_hpke
from tests.examples import examples
from vitaletoken import Code, Untrusted, UsageError
from vitaletoken.crypto import sealing
from vitaletoken.rules.sealing import MAX_SIZE, open_answer, seal_answer

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC = sealing.session_public_key(SECRET)
P = 2**255 - 19
#: u-coordinates of order 1, 2, 4 and 8 on the curve and its twist (RFC 7748), canonical, not canonical, with the top bit.
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL_ORDER = [
    (u + extra).to_bytes(32, "little")
    for u in (0, 1, P - 1, P, P + 1, *ORDER_8)
    for extra in (0, 2**255)
]  # fmt: skip


@examples(50)
@given(message=st.binary(max_size=1064), info=st.binary(max_size=80), ephemeral=st.binary(min_size=32, max_size=32))
def test_it_is_hpke(message: bytes, info: bytes, ephemeral: bytes) -> None:
    """Both ways against an implementation made from the RFC."""
    assert sealing.unseal(reference_hpke.seal(message, PUBLIC, info, ephemeral), SECRET, info) == message
    sealed = sealing.seal(message, PUBLIC, info)
    assert reference_hpke.unseal(sealed, SECRET, info) == message
    assert len(sealed) == len(message) + sealing.OVERHEAD


def test_each_answer_is_sealed_anew() -> None:
    one, two = (sealing.seal(b"message", PUBLIC, b"") for _ in range(2))
    assert one[:32] != two[:32]
    assert one[32:] != two[32:]


def test_it_opens_for_its_key_and_its_challenge_alone() -> None:
    sealed = seal_answer(b"message", PUBLIC, b"c" * 32)
    assert open_answer(sealed, SECRET, b"c" * 32) == b"message"
    for data, secret, digest in (
        (sealed, OTHER, b"c" * 32),
        (sealed, SECRET, b"d" * 32),
        *((sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], SECRET, b"c" * 32) for at in range(len(sealed))),
        *((sealed[:length], SECRET, b"c" * 32) for length in range(len(sealed))),
        (sealed + b"\0", SECRET, b"c" * 32),
        (seal_answer(bytes(MAX_SIZE - 47), PUBLIC, b"c" * 32), SECRET, b"c" * 32),
        *((u + sealed[32:], SECRET, b"c" * 32) for u in SMALL_ORDER),
    ):
        with pytest.raises(Untrusted) as caught:
            open_answer(data, secret, digest)
        assert caught.value.code is Code.SEAL_BROKEN
    assert len(open_answer(seal_answer(bytes(MAX_SIZE - 48), PUBLIC, b"c" * 32), SECRET, b"c" * 32)) == 1064


@pytest.mark.parametrize("public", SMALL_ORDER, ids=bytes.hex)
def test_a_key_of_small_order_is_found_out(public: bytes) -> None:
    assert not sealing.is_valid_session_key(public)
    with pytest.raises(UsageError):
        sealing.seal(b"message", public, b"")


@pytest.mark.parametrize("u", [9, 2, 3, P - 2, 2**200])
def test_other_keys_are_good(u: int) -> None:
    """Also those that are no public key of anybody: what is asked is that the secret depends on the phone's key."""
    assert sealing.is_valid_session_key(u.to_bytes(32, "little"))
    assert sealing.is_valid_session_key(PUBLIC)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_have_a_size(size: int) -> None:
    assert not sealing.is_valid_session_key(bytes([9] * size))
    with pytest.raises(UsageError):
        sealing.session_public_key(bytes(size))
