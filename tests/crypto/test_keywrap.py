"""Secrets at rest: what is wrapped comes back under the same passphrase and context, and under nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nacl.bindings
import nacl.pwhash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from vitaletoken.crypto import keywrap
from vitaletoken.crypto.keywrap import WrongPassphrase
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import UsageError

BASE: dict[str, Any] = {
    "passphrase": "correct horse",
    "salt": bytes(16),
    "nonce": bytes(12),
    "profile": Argon2Profile.CHEAPEST,
    "context": b"context",
}
SECRET = bytes(range(64))


def opens(wrapped: bytes, **changes: Any) -> bool:
    try:
        return keywrap.unwrap(wrapped, **{**BASE, **changes}) == SECRET
    except WrongPassphrase:
        return False


@examples(40)
@given(
    st.binary(max_size=100),
    st.text(max_size=20).filter(str.isprintable),
    st.binary(min_size=16, max_size=16),
    st.binary(max_size=50),
)
def test_what_is_wrapped_comes_back(secret: bytes, passphrase: str, salt: bytes, context: bytes) -> None:
    arguments = (passphrase, salt, bytes(12), Argon2Profile.CHEAPEST, context)
    wrapped = keywrap.wrap(secret, *arguments)
    assert len(wrapped) == len(secret) + 16
    assert keywrap.unwrap(wrapped, *arguments) == secret


@pytest.mark.parametrize("passphrase", ["correct\ud800", "\udcff", "a\udfffb"], ids=ascii)
@pytest.mark.parametrize("use", [keywrap.wrap, keywrap.unwrap])
def test_a_passphrase_that_is_no_text_is_not_kept(use: Callable[..., bytes], passphrase: str) -> None:
    """As the exception of Python's encoder would, which is a ``ValueError`` with the whole of it."""
    with pytest.raises(UsageError, match="the passphrase is not Unicode text") as caught:
        use(SECRET, **{**BASE, "passphrase": passphrase})
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_it_is_chacha20_poly1305_under_argon2id() -> None:
    """RFC 8439 by libsodium, the label and the context authenticated."""
    key = nacl.pwhash.argon2id.kdf(32, b"correct horse", bytes(16), opslimit=1, memlimit=8192)
    expected = nacl.bindings.crypto_aead_chacha20poly1305_ietf_encrypt(
        SECRET, b"vitaletoken/1 key-wrap" + b"context", bytes(12), key
    )
    assert keywrap.wrap(SECRET, **BASE) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"passphrase": "correct horsf"},
        {"passphrase": ""},
        {"salt": b"\1" + bytes(15)},
        {"nonce": b"\1" + bytes(11)},
        {"profile": Argon2Profile.SMALL_PHONE},
        {"context": b"Context"},
        {"context": b""},
    ],
    ids=str,
)
def test_anything_else_does_not_open_it(changes: dict[str, Any]) -> None:
    wrapped = keywrap.wrap(SECRET, **BASE)
    assert opens(wrapped)
    assert not opens(wrapped, **changes)


def test_each_bit_counts() -> None:
    wrapped = keywrap.wrap(SECRET, **BASE)
    for at in range(8 * len(wrapped)):
        changed = bytearray(wrapped)
        changed[at // 8] ^= 1 << at % 8
        assert not opens(bytes(changed))
    for size in range(len(wrapped)):
        assert not opens(wrapped[:size])
    assert not opens(wrapped + b"\0")


def test_the_secret_is_not_in_it() -> None:
    wrapped = keywrap.wrap(SECRET, **BASE)
    assert SECRET[:8] not in wrapped
    assert b"correct" not in wrapped
