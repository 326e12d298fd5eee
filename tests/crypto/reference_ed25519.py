"""Ed25519 on numbers, slow and plain: the curve of RFC 8032 and the rule SIG-1 of the specification, word for word."""

from __future__ import annotations

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741 - the name that the square root of -1 has in RFC 8032

Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(factor: int, point: Point) -> Point:
    """``factor`` times ``point``; in projective coordinates, since an inversion a step would take seconds."""
    x, y, z, t = 0, 1, 1, 0
    px, py, pz, pt = point[0], point[1], 1, point[0] * point[1] % P
    for bit in f"{factor:b}":
        x, y, z, t = _add((x, y, z, t), (x, y, z, t))
        if bit == "1":
            x, y, z, t = _add((x, y, z, t), (px, py, pz, pt))
    inverse = pow(z, -1, P)
    return x * inverse % P, y * inverse % P


def _add(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def negative(point: Point) -> Point:
    return -point[0] % P, point[1]


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> tuple[Point, bool] | None:
    """The point and whether its encoding is canonical; None where there is no such point."""
    number = int.from_bytes(data, "little")
    sign, raw = number >> 255, number & (1 << 255) - 1
    y = raw % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = -x % P
    # x = 0 with the sign bit has no such point in RFC 8032; here it is the point, encoded as it should not be
    return (x, y), raw < P and (x & 1) == sign


BASE: Point = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))[0]  # type: ignore[index]


def torsion() -> list[Point]:
    """The eight points of small order; the identity first, each the next multiple of one of order eight."""
    y = 2
    while True:
        found = decode(y.to_bytes(32, "little"))
        if found is not None:
            generator = times(L, found[0])
            if times(4, generator) != IDENTITY:
                return [times(n, generator) for n in range(8)]
        y += 1


def has_small_order(point: Point) -> bool:
    return times(8, point) == IDENTITY


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """SIG-1, in its order."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    key = decode(public)
    if key is None or not key[1] or has_small_order(key[0]):
        return False
    commitment = decode(r)
    if commitment is not None and has_small_order(commitment[0]):
        return False
    k = challenge(r, public, message)
    return encode(add(times(s, BASE), negative(times(k, key[0])))) == r


def is_valid_key(public: bytes) -> bool:
    """KEY-2."""
    key = decode(public)
    return key is not None and key[1] and key[0] != IDENTITY and times(L, key[0]) == IDENTITY
