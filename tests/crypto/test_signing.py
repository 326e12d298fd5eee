"""Signatures and keys: published vectors, and crafted ones against a second implementation of the rule (SIG-1, SIG-2, KEY-2)."""

from __future__ import annotations

import copy
import hashlib
import pickle
import random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests import forge
from tests.crypto import reference_ed25519 as reference
from tests.crypto.reference_ed25519 import BASE, IDENTITY, L, P, add, challenge, encode, times, torsion
from vitaletoken import UsageError
from vitaletoken.crypto import labels, signing
from vitaletoken.crypto.signing import ED25519, ESP256, SigningKey
from vitaletoken.errors import BadSignature

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1


def verifies(algorithm: int, public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        signing.verify(algorithm, public, message, signature)
    except BadSignature:
        return False
    return True


# --- Ed25519: RFC 8032 section 7.1

RFC_8032 = {
    "1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "SHA(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}


@pytest.mark.parametrize("name", RFC_8032)
def test_the_vectors_of_rfc_8032(name: str) -> None:
    secret, public, message, signature = map(bytes.fromhex, RFC_8032[name])
    key = SigningKey(ED25519, secret)
    assert (key.public, key.sign(message)) == (public, signature)
    assert verifies(ED25519, public, message, signature)
    assert reference.verifies(public, message, signature)
    assert not verifies(ED25519, public, message + b"\0", signature)


# --- Ed25519: crafted signatures

TORSION = torsion()
ORDERS = (1, 8, 4, 8, 2, 8, 4, 8)
SECRET = 0x1234567890ABCDEF1234567890ABCDEF1234567890ABCDEF1234567890ABCDE % L
PUBLIC = times(SECRET, BASE)
NONCE = 0xFEDCBA0987654321FEDCBA0987654321FEDCBA0987654321FEDCBA09876543 % L
COMMITMENT = times(NONCE, BASE)


def signed(a: bytes, r: bytes, message: bytes, secret: int = SECRET, nonce: int = NONCE) -> bytes:
    """R || S with S = nonce + k secret, whatever the encodings of A and R are."""
    return r + ((nonce + challenge(r, a, message) * secret) % L).to_bytes(32, "little")


def message_for(a: bytes, r: bytes, order: int, remainder: int) -> bytes:
    """A message for which k is ``remainder`` modulo ``order``."""
    return next(
        message
        for message in (n.to_bytes(2, "big") for n in range(65_536))
        if challenge(r, a, message) % order == remainder
    )


def agree(public: bytes, message: bytes, signature: bytes) -> bool:
    """What both implementations of the rule say."""
    said = verifies(ED25519, public, message, signature)
    assert said == reference.verifies(public, message, signature), (public.hex(), message.hex(), signature.hex())
    return said


def test_the_points_of_small_order_are_known() -> None:
    assert {encode(point) for point in TORSION} == set(forge.SMALL_ORDER)
    assert encode(IDENTITY) == forge.SMALL_ORDER[0]


def test_a_signature_made_by_hand_is_accepted() -> None:
    a, r = encode(PUBLIC), encode(COMMITMENT)
    assert agree(a, b"message", signed(a, r, b"message"))


@pytest.mark.parametrize("number", range(8))
def test_a_key_of_small_order_signs_nothing(number: int) -> None:
    """Under the identity, R = S B verifies for each message in a verifier that does not look; so too where k T is zero."""
    a, r = encode(TORSION[number]), encode(COMMITMENT)
    message = message_for(a, r, ORDERS[number], 0)
    forged = r + NONCE.to_bytes(32, "little")
    assert not agree(a, message, forged)
    assert not signing.is_valid_key(ED25519, a)


NOT_CANONICAL = [
    (y | sign << 255).to_bytes(32, "little")
    for sign in (0, 1)
    for y in [*range(P, 2**255), *range(2**255 - 1, P - 1, -1)][:19]
]


@pytest.mark.parametrize(
    "a",
    [*dict.fromkeys(NOT_CANONICAL), (1 | 1 << 255).to_bytes(32, "little"), (P - 1 | 1 << 255).to_bytes(32, "little")],
)
def test_a_key_that_is_not_canonical_is_refused(a: bytes) -> None:
    """y of p or more, and x = 0 with the sign bit: 1 and -1 are of small order besides."""
    r = encode(COMMITMENT)
    assert not signing.is_valid_key(ED25519, a)
    assert not reference.is_valid_key(a)
    for message in (b"", b"message"):
        for signature in (signed(a, r, message), r + NONCE.to_bytes(32, "little")):
            assert not agree(a, message, signature)


@pytest.mark.parametrize("number", range(8))
def test_a_commitment_of_small_order_is_refused(number: int) -> None:
    """R = identity and S = k a satisfies the equation; with R of small order it does in a verifier with the cofactor."""
    a, r = encode(PUBLIC), encode(TORSION[number])
    for message in (b"", b"message"):
        assert not agree(a, message, signed(a, r, message, nonce=0))


@pytest.mark.parametrize(
    "r", [(1 | 1 << 255).to_bytes(32, "little"), (P + 1).to_bytes(32, "little"), P.to_bytes(32, "little")]
)
def test_a_commitment_of_small_order_in_another_encoding_is_refused(r: bytes) -> None:
    a = encode(PUBLIC)
    for message in (b"", b"message"):
        assert not agree(a, message, signed(a, r, message, nonce=0))


@pytest.mark.parametrize("number", range(1, 8))
def test_there_is_no_cofactor(number: int) -> None:
    """A = aB + T: with the cofactor each such signature is good; without it, those for which k T is zero."""
    a, r = encode(add(PUBLIC, TORSION[number])), encode(COMMITMENT)
    good = message_for(a, r, ORDERS[number], 0)
    assert agree(a, good, signed(a, r, good))
    bad = message_for(a, r, ORDERS[number], 1)
    assert not agree(a, bad, signed(a, r, bad))
    assert not signing.is_valid_key(ED25519, a)
    moved = encode(add(COMMITMENT, TORSION[number]))
    assert not agree(encode(PUBLIC), b"message", signed(encode(PUBLIC), moved, b"message"))


@pytest.mark.parametrize("number", range(1, 8))
def test_a_commitment_of_mixed_order_that_fits_is_accepted(number: int) -> None:
    """The rule compares bytes; R = rB - k T with A = aB + T satisfies it."""
    a = encode(add(PUBLIC, TORSION[number]))
    for remainder in range(ORDERS[number]):
        r = encode(add(COMMITMENT, times(8 - remainder, TORSION[number])))
        message = message_for(a, r, 8, remainder)
        assert agree(a, message, signed(a, r, message))


def test_s_is_below_the_order() -> None:
    """S + L satisfies the equation too: it would be a second signature of the same statement."""
    a, r = encode(PUBLIC), encode(COMMITMENT)
    good = signed(a, r, b"message")
    s = int.from_bytes(good[32:], "little")
    for multiple in range(1, 16):
        if s + multiple * L < 2**256:
            assert not agree(a, b"message", r + (s + multiple * L).to_bytes(32, "little"))
    for other in (0, L, L + 1, L - 1, 2**253, 2**255, 2**256 - 1, (L - s) % L):
        assert not agree(a, b"message", r + other.to_bytes(32, "little"))


def test_each_bit_counts() -> None:
    key = SigningKey(ED25519, bytes(range(32)))
    signature = key.sign(b"message")
    assert verifies(ED25519, key.public, b"message", signature)
    for at in range(512):
        changed = bytearray(signature)
        changed[at // 8] ^= 1 << at % 8
        assert not verifies(ED25519, key.public, b"message", bytes(changed))
    for at in range(256):
        public = bytearray(key.public)
        public[at // 8] ^= 1 << at % 8
        assert not verifies(ED25519, bytes(public), b"message", signature)


def test_valid_keys_are_those_of_prime_order() -> None:
    """KEY-2 against the reference: multiples of the base with and without torsion, and what is no point at all."""
    rng = random.Random(25519)
    for _ in range(8):
        point = times(rng.randrange(1, L), BASE)
        for number, small in enumerate(TORSION):
            public = encode(add(point, small))
            assert signing.is_valid_key(ED25519, public) == reference.is_valid_key(public) == (number == 0)
    for _ in range(150):
        public = rng.randbytes(32)
        assert signing.is_valid_key(ED25519, public) == reference.is_valid_key(public)


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_a_key_of_another_size_is_not_valid(size: int) -> None:
    assert not signing.is_valid_key(ED25519, b"\x58" + bytes(size)[1:] if size else b"")
    assert not signing.is_valid_key(ESP256, bytes(size))


# --- P-256

RFC_6979 = {
    b"sample": (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    b"test": (
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
}
SCALAR = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")


@pytest.mark.parametrize("message", RFC_6979)
def test_the_vectors_of_rfc_6979(message: bytes) -> None:
    """Appendix A.2.5, SHA-256; the first has a high s, whose lower twin is what is emitted."""
    r, s = (int(number, 16) for number in RFC_6979[message])
    key = SigningKey(ESP256, SCALAR)
    assert key.public.hex() == "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    expected = r.to_bytes(32, "big") + min(s, N - s).to_bytes(32, "big")
    assert key.sign(message) == expected
    assert verifies(ESP256, key.public, message, expected)
    high = r.to_bytes(32, "big") + max(s, N - s).to_bytes(32, "big")
    assert not verifies(ESP256, key.public, message, high)


def test_signatures_are_low_s_and_the_high_twin_is_refused() -> None:
    for number in range(1, 60):
        key = SigningKey(ESP256, number.to_bytes(32, "big"))
        signature = key.sign(b"message")
        r, s = signature[:32], int.from_bytes(signature[32:], "big")
        assert 1 <= s <= N // 2
        assert verifies(ESP256, key.public, b"message", signature)
        assert not verifies(ESP256, key.public, b"message", r + (N - s).to_bytes(32, "big"))


def test_both_signs_of_y() -> None:
    heads = set()
    for number in range(1, 12):
        key = SigningKey(ESP256, number.to_bytes(32, "big"))
        numbers = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
        assert key.public == bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32, "big")
        heads.add(key.public[0])
        other = bytes([5 - key.public[0]]) + key.public[1:]
        assert signing.is_valid_key(ESP256, other)
        assert not verifies(ESP256, other, b"message", key.sign(b"message"))
        assert signing.thumbprint(ESP256, other) != signing.thumbprint(ESP256, key.public)
    assert heads == {2, 3}


def test_signatures_of_another_library_are_accepted_if_low() -> None:
    private = ec.derive_private_key(int.from_bytes(SCALAR, "big"), ec.SECP256R1())
    public = SigningKey(ESP256, SCALAR).public
    for _ in range(20):
        r, s = decode_dss_signature(private.sign(b"message", ec.ECDSA(hashes.SHA256())))
        for form in (s, N - s):
            signature = r.to_bytes(32, "big") + form.to_bytes(32, "big")
            assert verifies(ESP256, public, b"message", signature) == (form <= N // 2)


@pytest.mark.parametrize("number", [0, N, N + 1, 2**256 - 1])
def test_r_and_s_are_in_range(number: int) -> None:
    key = SigningKey(ESP256, SCALAR)
    signature = key.sign(b"message")
    bad = number.to_bytes(32, "big")
    assert not verifies(ESP256, key.public, b"message", bad + signature[32:])
    assert not verifies(ESP256, key.public, b"message", signature[:32] + bad)
    assert not verifies(ESP256, key.public, b"message", bad + bad)


@pytest.mark.parametrize(
    "public",
    [
        b"", bytes(33), b"\x02" + bytes(32), b"\x03" + bytes([0] * 31 + [2]), b"\x02" + b"\xff" * 32,
        b"\x02" + FIELD.to_bytes(32, "big"), b"\x02" + (FIELD + 5).to_bytes(32, "big"), b"\x00", b"\x02" + bytes(31),
        b"\x04" + bytes(64), b"\x05" + bytes(32), b"\x06" + bytes(64),
    ],
)  # fmt: skip
def test_what_is_no_point_of_the_curve_is_no_key(public: bytes) -> None:
    if public == b"\x02" + bytes(32):  # x = 0 is on the curve
        assert signing.is_valid_key(ESP256, public)
        return
    assert not signing.is_valid_key(ESP256, public)
    assert not verifies(ESP256, public, b"message", SigningKey(ESP256, SCALAR).sign(b"message"))
    with pytest.raises(UsageError):
        signing.thumbprint(ESP256, public)


def test_one_algorithms_signature_is_not_anothers() -> None:
    ed, es = SigningKey(ED25519, SCALAR), SigningKey(ESP256, SCALAR)
    assert not verifies(ED25519, ed.public, b"message", es.sign(b"message"))
    assert not verifies(ESP256, es.public, b"message", ed.sign(b"message"))
    assert not verifies(ED25519, es.public[1:], b"message", es.sign(b"message"))


# --- thumbprints


def test_the_thumbprint_of_rfc_9679() -> None:
    """Section 6: kid and y are on the wire there, the thumbprint is over kty, crv, x and y."""
    x = bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")
    y = bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
    expected = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    public = bytes([2 + y[-1] % 2]) + x
    assert signing.thumbprint(ESP256, public).hex() == expected
    assert signing.kid(ESP256, public).hex() == expected[:16]
    assert forge.thumbprint({1: 2, -1: 1, -2: x, -3: y}).hex() == expected


def test_the_thumbprint_of_an_ed25519_key() -> None:
    public = bytes(range(32))
    expected = hashlib.sha256(bytes.fromhex("a301012006215820") + public).digest()
    assert signing.thumbprint(ED25519, public) == expected == forge.thumbprint({1: 1, -1: 6, -2: public})
    assert signing.kid(ED25519, public) == expected[:8]


def test_thumbprints_by_an_encoder_of_ones_own() -> None:
    for number in range(1, 30):
        secret = number.to_bytes(32, "big")
        numbers = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        assert signing.thumbprint(ESP256, SigningKey(ESP256, secret).public) == forge.thumbprint(
            {1: 2, -1: 1, -2: x, -3: y}
        )
        public = SigningKey(ED25519, secret).public
        assert signing.thumbprint(ED25519, public) == forge.thumbprint({1: 1, -1: 6, -2: public})


# --- private keys


@pytest.mark.parametrize(
    ("algorithm", "secret"),
    [
        (ED25519, b""), (ED25519, bytes(31)), (ED25519, bytes(33)), (ED25519, bytes(64)), (ESP256, bytes(31)),
        (ESP256, bytes(33)), (ESP256, bytes(32)), (ESP256, N.to_bytes(32, "big")),
        (ESP256, (N + 1).to_bytes(32, "big")), (ESP256, b"\xff" * 32),
        (-8, SCALAR), (-7, SCALAR), (0, SCALAR),
    ],
)  # fmt: skip
def test_what_is_no_private_key_is_a_usage_error(algorithm: int, secret: bytes) -> None:
    with pytest.raises(UsageError):
        SigningKey(algorithm, secret)


def test_the_edges_of_the_scalars_are_keys() -> None:
    for scalar in (1, N - 1):
        key = SigningKey(ESP256, scalar.to_bytes(32, "big"))
        assert verifies(ESP256, key.public, b"message", key.sign(b"message"))


@pytest.mark.parametrize("algorithm", [ED25519, ESP256])
def test_a_private_key_does_not_show_itself(algorithm: int) -> None:
    key = SigningKey(algorithm, SCALAR)
    for shown in (repr(key), str(key), f"{key}"):
        assert SCALAR.hex() not in shown.lower()
        assert str(int.from_bytes(SCALAR, "big")) not in shown
        assert repr(SCALAR) not in shown
    assert signing.kid(algorithm, key.public).hex() in repr(key)
    with pytest.raises(UsageError):
        pickle.dumps(key)
    with pytest.raises(UsageError):
        copy.deepcopy(key)
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("algorithm", [ED25519, ESP256])
def test_signatures_are_deterministic(algorithm: int) -> None:
    one, other = SigningKey(algorithm, SCALAR), SigningKey(algorithm, SCALAR)
    assert one.sign(b"message") == other.sign(b"message") != one.sign(b"massage")


# --- labels


def test_no_label_is_used_twice() -> None:
    values = [value for name, value in vars(labels).items() if name.isupper()]
    assert len(values) == len(set(values)) == 34
    texts = {value.decode() if isinstance(value, bytes) else value for value in values}
    assert len(texts) == len(values)
