"""ECDSA on P-256 with a chosen nonce or a chosen s: signatures that a library does not let one ask for."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COEFFICIENT_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def point(scalar: int) -> tuple[int, int]:
    """scalar · G, as x and y."""
    numbers = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_numbers()
    return numbers.x, numbers.y


def is_x_of_a_point(x: int) -> bool:
    """Whether some point of the curve has this x."""
    square = (x**3 - 3 * x + COEFFICIENT_B) % P
    return pow(square, (P - 1) // 2, P) in (0, 1)


def digest(message: bytes) -> int:
    """The number that ECDSA signs."""
    return int.from_bytes(hashlib.sha256(message).digest(), "big")


def raw(r: int, s: int) -> bytes:
    """r || s, as on the wire."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def low(r: int, s: int) -> bytes:
    """r || s with the smaller of the two s that verify (SIG-2)."""
    return raw(r, min(s, N - s))


def sign(scalar: int, message: bytes) -> bytes:
    """A signature with the nonce of RFC 6979 and low s."""
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    return low(*decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))))


def sign_with_nonce(scalar: int, nonce: int, message: bytes) -> bytes:
    """A valid signature with another nonce, low s."""
    r = point(nonce)[0] % N
    return low(r, pow(nonce, -1, N) * (digest(message) + r * scalar) % N)


def high(signature: bytes) -> bytes:
    """The twin with n - s in place of s: the same equation, and refused."""
    return raw(int.from_bytes(signature[:32], "big"), N - int.from_bytes(signature[32:], "big"))


def key_for(nonce: int, s: int, message: bytes) -> tuple[int, bytes]:
    """A private scalar under which this nonce and this s are a valid signature of the message, and that signature."""
    r = point(nonce)[0] % N
    scalar = (s * nonce - digest(message)) * pow(r, -1, N) % N
    return scalar, raw(r, s)
