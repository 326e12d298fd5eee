"""edwards25519 in plain integers, for signatures that no library will make.

The edge cases are rebuilt from the constructions in Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020): keys and
nonces with a part in the subgroup of order 8, and encodings that are not the canonical one. Slow and not constant time, which
does not matter for public test keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)


@dataclass(frozen=True)
class Point:
    """An affine point; the addition law is complete, so no case is special."""

    x: int
    y: int

    def __add__(self, other: Point) -> Point:
        product = D * self.x * other.x * self.y * other.y % P
        x = (self.x * other.y + self.y * other.x) * pow(1 + product, -1, P) % P
        y = (self.y * other.y + self.x * other.x) * pow(1 - product, -1, P) % P
        return Point(x, y)

    def __neg__(self) -> Point:
        return Point(-self.x % P, self.y)

    def __rmul__(self, scalar: int) -> Point:
        total, step = IDENTITY, self
        while scalar:
            if scalar & 1:
                total = total + step
            step = step + step
            scalar >>= 1
        return total

    def encode(self) -> bytes:
        """The canonical encoding of RFC 8032 section 5.1.2."""
        return (self.y | (self.x & 1) << 255).to_bytes(32, "little")


IDENTITY = Point(0, 1)


def recover(y: int, sign: int) -> Point | None:
    """The point with this y and sign of x, or None: RFC 8032 section 5.1.3, without its check that y is below p."""
    y %= P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_ONE % P
    if x * x % P != square:
        return None
    if x & 1 != sign:
        x = -x % P
    return Point(x, y)


def _base() -> Point:
    point = recover(4 * pow(5, -1, P), 0)
    assert point is not None
    return point


B = _base()


def _torsion() -> tuple[Point, ...]:
    """T, 2T, ... 8T for one point T of order 8, found by multiplying small points by L."""
    for y in range(2, 100):
        point = recover(y, 0)
        if point is None:
            continue
        candidate = L * point
        if 4 * candidate != IDENTITY:
            return tuple(multiple * candidate for multiple in range(1, 9))
    raise AssertionError("no point of order 8")


TORSION = _torsion()
"""TORSION[i] is (i + 1) T; so TORSION[7] is the identity, TORSION[3] has order 2, TORSION[1] order 4."""


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    """k of RFC 8032 section 5.1.6."""
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def secret_scalar(seed: bytes) -> int:
    """The clamped scalar of a seed, RFC 8032 section 5.1.5, reduced."""
    raw = bytearray(hashlib.sha512(seed).digest()[:32])
    raw[0] &= 248
    raw[31] &= 63
    raw[31] |= 64
    return int.from_bytes(raw, "little") % L


def signature(r: bytes, s: int) -> bytes:
    """R || S; s may be anything that fits 32 bytes."""
    return r + s.to_bytes(32, "little")


def sign_with_nonce(scalar: int, nonce: int, message: bytes) -> bytes:
    """A valid signature with a chosen nonce: another one than RFC 8032 makes, and just as good."""
    r = (nonce * B).encode()
    a = (scalar * B).encode()
    return signature(r, (nonce + challenge(r, a, message) * scalar) % L)


def accepts(a: bytes, message: bytes, sig: bytes, *, cofactored: bool = False) -> bool:
    """SIG-1 as written; cofactored: what a verifier by the cofactored equation of RFC 8032 would say instead.

    The generator asserts its own expectations with it.
    """
    r, s = sig[:32], int.from_bytes(sig[32:], "little")
    y = int.from_bytes(a, "little") & (1 << 255) - 1
    point = recover(y, a[31] >> 7)
    if s >= L or y >= P or point is None:
        return False
    ry = int.from_bytes(r, "little") & (1 << 255) - 1
    r_point = recover(ry, r[31] >> 7)
    difference = s * B + (challenge(r, a, message) * -point)
    if cofactored:
        return r_point is not None and 8 * (difference + -r_point) == IDENTITY
    if 8 * point == IDENTITY or (r_point is not None and 8 * r_point == IDENTITY):
        return False
    return difference.encode() == r
