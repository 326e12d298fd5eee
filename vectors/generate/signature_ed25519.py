"""Layer `signature`, Ed25519: SIG-1.

The edge cases satisfy one of the two verification equations wherever arithmetic allows it, so that a verifier which leaves out
the one rule named in `comment` accepts what it must refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.edwards import IDENTITY, TORSION, B, L, P, Point, challenge, signature
from vectors.generate.keys import (
    Ed25519Key,
    derive,
    ed25519_cose,
)
from vectors.generate.signature_case import MESSAGE, RFC8032, case

SCALAR = edwards.secret_scalar(derive("fixture/signature/ed25519", "seed"))
HONEST = SCALAR * B
NONCE = int.from_bytes(derive("fixture/signature/ed25519", "nonce"), "little") % L
T8, T4, T2 = TORSION[0], TORSION[1], TORSION[3]


def for_small_order(a: bytes, point: Point) -> bytes:
    """R || S that satisfies S·B = R + k·A for a key A of small order, written as `a`."""
    for s in range(NONCE, NONCE + 100):
        for j in range(8):
            r = (s * B + (j * -point)).encode()
            if challenge(r, a, MESSAGE) % 8 * point == j * point:
                return signature(r, s)
    raise AssertionError


def with_mixed_key(order_8: Point, *, holds: bool) -> bytes:
    """A signature by the key a·B + T: made as usual, so that it satisfies the cofactored equation, and, if `holds`, the other."""
    a = (HONEST + order_8).encode()
    for nonce in range(NONCE, NONCE + 200):
        r = (nonce * B).encode()
        k = challenge(r, a, MESSAGE)
        if (k * order_8 == IDENTITY) is holds:
            return signature(r, (nonce + k * SCALAR) % L)
    raise AssertionError


def with_mixed_key_and_nonce() -> bytes:
    """Parts of order 8 in A and in R that cancel each other."""
    a = (HONEST + T8).encode()
    for nonce in range(NONCE, NONCE + 200):
        for part in TORSION[:7]:
            r = (nonce * B + part).encode()
            k = challenge(r, a, MESSAGE)
            if k * T8 + part == IDENTITY:
                return signature(r, (nonce + k * SCALAR) % L)
    raise AssertionError


def with_small_nonce(part: Point) -> tuple[bytes, bytes]:
    """A message and a signature by a·B + T whose R is `part`, of small order, and which satisfies both equations."""
    a, r = (HONEST + T8).encode(), part.encode()
    for number in range(200):
        message = MESSAGE + str(number).encode()
        k = challenge(r, a, message)
        if k * T8 + part == IDENTITY:
            return message, signature(r, k * SCALAR % L)
    raise AssertionError


def written(y: int, sign: int = 0) -> bytes:
    """32 bytes with this y, not reduced, and this sign."""
    return (y | sign << 255).to_bytes(32, "little")


# fmt: off
SMALL = (
    ("identity", TORSION[7].encode(), TORSION[7], "the identity"),
    ("order-2", TORSION[3].encode(), TORSION[3], "the point of order 2"),
    ("order-4", TORSION[1].encode(), TORSION[1], "a point of order 4"),
    ("order-4-negated", TORSION[5].encode(), TORSION[5], "the other point of order 4"),
    ("order-8", TORSION[0].encode(), TORSION[0], "a point of order 8"),
    ("order-8-third", TORSION[2].encode(), TORSION[2], "another point of order 8"),
    ("order-8-fifth", TORSION[4].encode(), TORSION[4], "another point of order 8"),
    ("order-8-seventh", TORSION[6].encode(), TORSION[6], "another point of order 8"),
    ("identity-y-plus-p", written(P + 1), IDENTITY, "the identity, its y as p + 1"),
    ("identity-negative-zero", written(1, 1), IDENTITY, "the identity, with the sign of x set although x is 0"),
    ("identity-both", written(P + 1, 1), IDENTITY, "the identity, its y as p + 1 and the sign set"),
    ("order-2-negative-zero", written(P - 1, 1), T2, "the point of order 2, with the sign of x set although x is 0"),
    ("order-4-y-as-p", written(P), edwards.recover(0, 0), "a point of order 4, its y as p in place of 0"),
    ("order-4-y-as-p-negated", written(P, 1), edwards.recover(0, 1), "the other point of order 4, its y as p"),
)
# fmt: on


def ed25519_cases() -> Iterator[Case]:
    """SIG-1."""
    base = "ed25519/rfc8032-1"
    for name, seed, message in RFC8032:
        key = Ed25519Key(bytes.fromhex(seed))
        text = bytes.fromhex(message)
        yield case(
            f"ed25519/rfc8032-{name}", f"RFC 8032 section 7.1, test {name}", key.cose, text, key.sign(text), None, "rfc"
        )
    key = Ed25519Key(bytes.fromhex(RFC8032[0][1]))
    good = key.sign(b"")
    s = int.from_bytes(good[32:], "little")
    other = Ed25519Key(bytes.fromhex(RFC8032[1][1]))
    for slug, comment, sig in (
        ("wrong/r-bit", "the lowest bit of R turned", bytes([good[0] ^ 1]) + good[1:]),
        ("wrong/s-bit", "the lowest bit of S turned", good[:32] + bytes([good[32] ^ 1]) + good[33:]),
        ("wrong/halves-exchanged", "S || R", good[32:] + good[:32]),
        ("wrong/zeros", "64 zero bytes", bytes(64)),
    ):
        yield case(f"ed25519/{slug}", comment, key.cose, b"", sig, base)
    yield case(
        "ed25519/wrong/message", "one byte signed, none given", other.cose, b"", other.sign(b"r"), "ed25519/rfc8032-2"
    )
    yield case("ed25519/wrong/key", "the key of test 2", other.cose, b"", good, base)
    yield case(
        "ed25519/s-plus-l", "S + L: not below L", key.cose, b"", signature(good[:32], s + L), base, "malleability"
    )
    yield case(
        "ed25519/s-plus-15l",
        "S + 15 L, the top bits set",
        key.cose,
        b"",
        signature(good[:32], s + 15 * L),
        base,
        "malleability",
    )
    for slug, encoded, point, comment in SMALL:
        assert point is not None
        sig = for_small_order(encoded, point)
        yield case(
            f"ed25519/small-key/{slug}",
            f"A is {comment}; the equation holds",
            ed25519_cose(encoded),
            MESSAGE,
            sig,
            base,
            "edge-key",
        )
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None)
    yield case(
        "ed25519/key-off-curve", "A encodes no point", ed25519_cose(written(off_curve)), b"", good, base, "edge-key"
    )
    yield from ed25519_part_cases()


def ed25519_part_cases() -> Iterator[Case]:
    """Keys and nonces with a part of small order."""
    honest = ed25519_cose(HONEST.encode())
    base = "ed25519/honest"
    usual = edwards.sign_with_nonce(SCALAR, NONCE, MESSAGE)
    yield case(base, "a valid signature whose nonce is not the one of RFC 8032", honest, MESSAGE, usual, None)
    for order, part in ((8, T8), (4, T4), (2, T2)):
        mixed = ed25519_cose((HONEST + part).encode())
        yield case(
            f"ed25519/mixed-key/order-{order}-vanishes",
            f"A = aB + T, T of order {order}, and k·T is the identity: both equations hold",
            mixed,
            MESSAGE,
            with_mixed_key(part, holds=True),
            None,
            "cofactor",
            "edge-key",
        )
        wrong = with_mixed_key(part, holds=False)
        assert edwards.accepts((HONEST + part).encode(), MESSAGE, wrong, cofactored=True)
        yield case(
            f"ed25519/mixed-key/order-{order}-stays",
            f"A = aB + T, T of order {order}, and k·T is not the identity: a cofactored verifier would accept",
            mixed,
            MESSAGE,
            wrong,
            f"ed25519/mixed-key/order-{order}-vanishes",
            "cofactor",
            "edge-key",
        )
        r = (NONCE * B + part).encode()
        sig = signature(r, (NONCE + challenge(r, HONEST.encode(), MESSAGE) * SCALAR) % L)
        assert edwards.accepts(HONEST.encode(), MESSAGE, sig, cofactored=True)
        yield case(
            f"ed25519/mixed-nonce/order-{order}",
            f"R = rB + T, T of order {order}: a cofactored verifier would accept",
            honest,
            MESSAGE,
            sig,
            base,
            "cofactor",
            "edge-key",
        )
    mixed = ed25519_cose((HONEST + T8).encode())
    yield case(
        "ed25519/mixed-key/cancels",
        "parts of order 8 in A and in R that cancel: both equations hold",
        mixed,
        MESSAGE,
        with_mixed_key_and_nonce(),
        None,
        "cofactor",
        "edge-key",
    )
    for slug, part in (("order-2", T2), ("order-4", T4), ("order-8", T8)):
        message, sig = with_small_nonce(part)
        yield case(
            f"ed25519/small-nonce/{slug}",
            f"R has {slug.replace('-', ' ')}, A a part that cancels it; both equations hold",
            mixed,
            message,
            sig,
            "ed25519/mixed-key/cancels",
            "edge-key",
        )
    for slug, encoded, point, comment in SMALL:
        if point == IDENTITY:
            sig = signature(encoded, challenge(encoded, HONEST.encode(), MESSAGE) * SCALAR % L)
            yield case(
                f"ed25519/small-nonce/{slug}",
                f"R is {comment}; as points, the two sides are equal",
                honest,
                MESSAGE,
                sig,
                base,
                "edge-key",
            )
