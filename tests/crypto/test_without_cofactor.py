"""SIG-1 is libsodium's own rule, so a libsodium with another rule must not be taken: it is asked when the module is imported."""

from __future__ import annotations

import importlib.util

import nacl.bindings
import pytest
from nacl.exceptions import BadSignatureError

from tests.crypto import reference_ed25519 as reference
from vitaletoken.crypto.signing import ED25519, SigningKey


def open_with_cofactor(signed: bytes, public: bytes) -> bytes:
    """crypto_sign_open by the other equation of RFC 8032 section 5.1.7: 8 S B = 8 R + 8 k A."""
    r, s, message = signed[:32], int.from_bytes(signed[32:64], "little"), signed[64:]
    key, commitment = reference.decode(public), reference.decode(r)
    if key is None or commitment is None or s >= reference.L:
        raise BadSignatureError
    right = reference.add(commitment[0], reference.times(reference.challenge(r, public, message), key[0]))
    if reference.times(8, reference.times(s, reference.BASE)) != reference.times(8, right):
        raise BadSignatureError
    return message


def import_again() -> None:
    """The module as it is made at its first import, beside the one that all others have."""
    spec = importlib.util.find_spec("vitaletoken.crypto.signing")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_the_stand_in_verifies() -> None:
    key = SigningKey(ED25519, bytes(range(32)))
    signature = key.sign(b"message")
    assert open_with_cofactor(signature + b"message", key.public) == b"message"
    with pytest.raises(BadSignatureError):
        open_with_cofactor(signature + b"another", key.public)


def test_a_library_with_the_cofactor_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    import_again()
    monkeypatch.setattr(nacl.bindings, "crypto_sign_open", open_with_cofactor)
    with pytest.raises(ImportError, match="SIG-1"):
        import_again()
