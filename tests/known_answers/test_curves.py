"""What RFC 8032, RFC 7748, RFC 9180 and RFC 9052 print of signatures, key agreement and sealing."""

from __future__ import annotations

import nacl.bindings
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tests.crypto import reference_ed25519 as reference
from vectors.generate import signature_rfc as rfc8032
from vitaletoken.crypto import sealing, signing
from vitaletoken.crypto.signing import ED25519, ESP256, SigningKey
from vitaletoken.errors import BadSignature
from vitaletoken.wire import cose

# --- RFC 8032 section 7.1, TEST 1024; the other four: tests/crypto/test_signing.py


def test_a_long_message_by_four_implementations() -> None:
    """The library's two, OpenSSL's, and plain numbers."""
    seed, public, message, signature = map(
        bytes.fromhex, (rfc8032.SEED, rfc8032.PUBLIC, rfc8032.MESSAGE, rfc8032.SIGNATURE)
    )
    key = SigningKey(ED25519, seed)
    assert (key.public, key.sign(message)) == (public, signature)
    assert Ed25519PrivateKey.from_private_bytes(seed).sign(message) == signature
    signing.verify(ED25519, public, message, signature)
    assert reference.verifies(public, message, signature)
    with pytest.raises(BadSignature):
        signing.verify(ED25519, public, message[:-1], signature)


# --- RFC 7748 sections 5.2 and 6.1

#: Scalar, u, and the product.
SECTION_5_2 = [
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (  # the highest bit of u is set, and does not count
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
]
#: Of the iterated test: after one round, after a thousand.
ROUNDS = {
    1: "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
    1000: "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
}
ALICE = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
)
BOB = (
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
)
SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


def x25519(scalar: bytes, u: bytes) -> bytes:
    """By OpenSSL, of which the session keys are; libsodium says the same."""
    product = X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(u))
    assert product == nacl.bindings.crypto_scalarmult(scalar, u)
    return product


@pytest.mark.parametrize(("scalar", "u", "product"), SECTION_5_2)
def test_x25519(scalar: str, u: str, product: str) -> None:
    assert x25519(bytes.fromhex(scalar), bytes.fromhex(u)).hex() == product


def test_x25519_again_and_again() -> None:
    scalar = u = (9).to_bytes(32, "little")
    for count in range(1, 1001):
        scalar, u = x25519(scalar, u), scalar
        assert ROUNDS.get(count) in (None, scalar.hex())


def test_session_keys_are_x25519s() -> None:
    for secret, public in (ALICE, BOB):
        assert sealing.session_public_key(bytes.fromhex(secret)).hex() == public
        assert sealing.is_valid_session_key(bytes.fromhex(public))
    assert x25519(bytes.fromhex(ALICE[0]), bytes.fromhex(BOB[1])).hex() == SHARED


# --- RFC 9180 appendix A.2.1: the suite of SEAL-1, in base mode

INFO = "4f6465206f6e2061204772656369616e2055726e"
RECIPIENT = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"
ENC = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
KEY = "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91"
BASE_NONCE = "5c4d98150661b848853b547f"
PLAINTEXT = b"Beauty is truth, truth beauty"
CT = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"


def test_the_suite_of_sealed_answers() -> None:
    """A sealed answer has no aad and the RFC's first message has one: so what opens is sealed with the key that the RFC prints.

    All values between, and the sender's side: tests/vectors_lint/test_hpke.py and the second implementation's own tests.
    """
    enc, recipient, info = map(bytes.fromhex, (ENC, RECIPIENT, INFO))
    aead, nonce = ChaCha20Poly1305(bytes.fromhex(KEY)), bytes.fromhex(BASE_NONCE)
    assert aead.encrypt(nonce, PLAINTEXT, b"Count-0").hex() == CT
    assert sealing.unseal(enc + aead.encrypt(nonce, PLAINTEXT, b""), recipient, info) == PLAINTEXT
    with pytest.raises(sealing.BrokenSeal):
        sealing.unseal(enc + bytes.fromhex(CT), recipient, info)


# --- RFC 9052 appendix C.2.1: Single ECDSA Signature; the key "11" of appendix C.7.1

SIGN1_X = "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"
SIGN1_Y = "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"
SIGN1_SIGNATURE = (
    "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e"
    "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
)


def test_the_signed_bytes_of_a_cose_sign1() -> None:
    """Its header is none of ours; what is signed is made as here all the same, and ESP256 is its ES256 on P-256."""
    public = bytes([2 + (int(SIGN1_Y, 16) & 1)]) + bytes.fromhex(SIGN1_X)
    tbs = cose.sig_structure(bytes.fromhex("a10126"), b"", b"This is the content.")
    assert tbs.hex() == "846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e"
    signing.verify(ESP256, public, tbs, bytes.fromhex(SIGN1_SIGNATURE))
