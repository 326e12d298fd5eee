"""What RFC 9106, RFC 5869, RFC 4231 and RFC 8439 print of what keys and seeds are made with."""

from __future__ import annotations

import hmac

import nacl.bindings
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vitaletoken.crypto import pin

# --- RFC 9106 section 5.3


def test_argon2id() -> None:
    """By the library that ``pin.stretch`` calls: the RFC's has a secret and associated data, which a code never has.

    That ``stretch`` gives the same as two other implementations: tests/crypto/test_pin.py.
    """
    derived = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\4" * 12, secret=b"\3" * 8
    ).derive(b"\1" * 32)
    assert derived.hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


# --- RFC 5869 appendix A.1 to A.3: SHA-256

HKDF_VECTORS = {
    "A.1": (
        b"\x0b" * 22,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "A.2": (
        bytes(range(80)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    "A.3": (
        b"\x0b" * 22,
        b"",
        b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
}


@pytest.mark.parametrize("name", HKDF_VECTORS)
def test_hkdf(name: str) -> None:
    """By the library that the code key and the wallet's key are expanded with."""
    secret, salt, info, expected = HKDF_VECTORS[name]
    length = len(expected) // 2
    assert HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret).hex() == expected


# --- RFC 4231 sections 4.2 to 4.5, 4.7 and 4.8; 4.6 is of a cut output

HMAC_VECTORS = {
    "4.2": (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "4.3": (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "4.4": (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    "4.5": (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    "4.7": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "4.8": (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


@pytest.mark.parametrize("name", HMAC_VECTORS)
def test_the_prf_of_a_software_device(name: str) -> None:
    key, message, expected = HMAC_VECTORS[name]
    assert pin.software_prf(key, message).hex() == expected == hmac.digest(key, message, "sha256").hex()


# --- RFC 8439 section 2.8.2

PLAINTEXT = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
CIPHERTEXT = (
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
    "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
    "3ff4def08e4b7a9de576d26586cec64b6116"
)
TAG = "1ae10b594f09e26a7e902ecbd0600691"


def test_chacha20_poly1305() -> None:
    """By the library that wraps keys and the wallet's rows, and by libsodium."""
    key, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    aad = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    sealed = bytes.fromhex(CIPHERTEXT + TAG)
    assert ChaCha20Poly1305(key).encrypt(nonce, PLAINTEXT, aad) == sealed
    assert nacl.bindings.crypto_aead_chacha20poly1305_ietf_encrypt(PLAINTEXT, aad, nonce, key) == sealed
    assert ChaCha20Poly1305(key).decrypt(nonce, sealed, aad) == PLAINTEXT
