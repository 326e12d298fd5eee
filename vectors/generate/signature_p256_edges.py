"""Layer `signature`, P-256: numbers at which the arithmetic of a verifier takes another way."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import p256
from vectors.generate.cases import Case
from vectors.generate.keys import P256Key, derive, p256_cose
from vectors.generate.signature_case import MESSAGE, case

NONCE = int.from_bytes(derive("fixture/signature/p256-edges", "nonce"), "big")
SCALAR = int.from_bytes(derive("fixture/signature/p256-edges", "scalar"), "big")
# Found by counting: the first number after "vitaletoken " with these digests.
DIGESTS = (
    ("head-zero", 5977706, slice(0, 3), b"\0\0\0", "the digest begins with 24 zero bits"),
    ("head-ones", 374674, slice(0, 3), b"\xff\xff\xff", "the digest begins with 24 one bits"),
    ("middle-zero", 9031110, slice(14, 17), b"\0\0\0", "the digest has 24 zero bits in the middle"),
    ("tail-zero", 24937353, slice(29, 32), b"\0\0\0", "the digest ends with 24 zero bits"),
)


def low_nonce(wanted: int) -> int:
    """The first nonce from `wanted` on whose r is at most n/2."""
    while p256.point(wanted)[0] > p256.N // 2:
        wanted += 1
    return wanted


def p256_edge_cases() -> Iterator[Case]:
    """SIG-2."""
    key = P256Key(SCALAR)
    for slug, number, place, wanted, comment in DIGESTS:
        message = b"vitaletoken %d" % number
        assert p256.digest(message).to_bytes(32, "big")[place] == wanted
        good = key.sign(message)
        yield case(f"p256/digest/{slug}", comment, key.cose, message, good, None, "boundary")
    for slug, scalar, comment in (
        ("base-point", 1, "the key is the base point"),
        ("base-point-doubled", 2, "the key is twice the base point"),
        ("base-point-negated", p256.N - 1, "the key is the base point's negative"),
    ):
        own = P256Key(scalar)
        yield case(f"p256/key/{slug}", comment, own.cose, MESSAGE, own.sign(MESSAGE), None, "boundary")
    yield from multiplier_cases()
    yield from twin_cases()


def multiplier_cases() -> Iterator[Case]:
    """u1 = z/s and u2 = r/s, of which u1·B + u2·Q is made."""
    z = p256.digest(MESSAGE) % p256.N
    nonce = low_nonce(NONCE)
    r = p256.point(nonce)[0] % p256.N
    for slug, s, comment in (
        ("u1-one", z if z <= p256.N // 2 else p256.N - z, "u1 is 1 or -1"),
        ("u2-one", r, "s = r: u2 is 1"),
    ):
        scalar, sig = p256.key_for(nonce, s, MESSAGE)
        yield case(f"p256/multiplier/{slug}", comment, P256Key(scalar).cose, MESSAGE, sig, None, "boundary")
    # R = 2·u1·B, and Q such that u2·Q = u1·B too: the sum is a doubling.
    u1 = NONCE
    s = z * pow(u1, -1, p256.N) % p256.N
    if s > p256.N // 2:
        u1, s = p256.N - u1, p256.N - s
    r = p256.point(2 * u1 % p256.N)[0] % p256.N
    scalar = z * pow(r, -1, p256.N) % p256.N
    assert r * pow(s, -1, p256.N) * scalar % p256.N == u1
    yield case(
        "p256/multiplier/doubling",
        "u1·B and u2·Q are one point: their sum is a doubling",
        P256Key(scalar).cose,
        MESSAGE,
        p256.raw(r, s),
        None,
        "boundary",
    )


def twin_cases() -> Iterator[Case]:
    """Other forms of a good signature's two numbers."""
    # The signature of p256/x-above-n: x of its R is n + 3.
    key = p256_cose(bytes.fromhex("2f23a3edd84cfc99a2b6f38f9d589ac1203c5db204eedc203b0f5af1736c0468"), True)
    yield case(
        "p256/wrong/r-plus-n",
        "r + n, which is the x of R and is below 2^256",
        key,
        MESSAGE,
        p256.raw(p256.N + 3, 2),
        "p256/x-above-n",
        "malleability",
    )
    own = P256Key(SCALAR)
    good = own.sign(MESSAGE)
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    yield case("p256/edges-honest", "what the next ones are made from", own.cose, MESSAGE, good, None)
    for slug, sig, comment in (
        ("r-negated", p256.raw(p256.N - r, s), "n - r"),
        ("r-as-p-minus-r", p256.raw(p256.P - r, s), "p - r"),
        ("r-one", p256.raw(1, s), "r = 1, the x of no R of this key"),
        ("s-inverted", p256.low(r, pow(s, -1, p256.N)), "1/s"),
        ("s-one-more", p256.raw(r, s + 1), "s + 1"),
        ("s-half-plus-s", p256.raw(r, (s + p256.N) // 2), "(s + n)/2, cut down"),
        ("r-is-s", p256.raw(s, s), "s twice"),
        ("r-and-s-n-minus-one", p256.raw(p256.N - 1, p256.N - 1), "r = s = n - 1"),
    ):
        yield case(f"p256/wrong/{slug}", comment, own.cose, MESSAGE, sig, "p256/edges-honest")
