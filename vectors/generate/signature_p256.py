"""Layer `signature`, P-256: SIG-2."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import p256
from vectors.generate.cases import Case
from vectors.generate.keys import (
    P256Key,
    derive,
    p256_cose,
)
from vectors.generate.signature_case import MESSAGE, RFC6979_SCALAR, case


def p256_cases() -> Iterator[Case]:
    """SIG-2."""
    rfc = P256Key(RFC6979_SCALAR)
    sample, test = rfc.sign(b"sample"), rfc.sign(b"test")
    base = "p256/rfc6979-test"
    yield case(base, "RFC 6979 section A.2.5, message test, as printed", rfc.cose, b"test", test, None, "rfc")
    yield case(
        "p256/rfc6979-sample-low",
        "the same, message sample, with n - s in place of the printed s",
        rfc.cose,
        b"sample",
        sample,
        None,
        "rfc",
        "malleability",
    )
    yield case(
        "p256/rfc6979-sample-printed",
        "as printed: s is above n/2",
        rfc.cose,
        b"sample",
        p256.high(sample),
        "p256/rfc6979-sample-low",
        "rfc",
        "malleability",
    )
    again = p256.sign_with_nonce(
        RFC6979_SCALAR, int.from_bytes(derive("signature/p256/other-nonce", "nonce"), "big"), b"test"
    )
    yield case("p256/other-nonce", "another valid signature of the message test", rfc.cose, b"test", again, None)
    nonce = int.from_bytes(derive("fixture/signature/p256", "nonce"), "big")
    for slug, s, comment, follows in (
        ("s-half", p256.N // 2, "s = (n - 1)/2, the greatest that is low", None),
        ("s-half-and-one", p256.N // 2 + 1, "s = (n + 1)/2, the least that is high", "p256/s-half"),
        ("s-one", 1, "s = 1", None),
        ("s-greatest", p256.N - 1, "s = n - 1", "p256/s-one"),
    ):
        scalar, sig = p256.key_for(nonce, s, MESSAGE)
        yield case(f"p256/{slug}", comment, P256Key(scalar).cose, MESSAGE, sig, follows, "boundary", "malleability")
    r_number, s_number = int.from_bytes(test[:32], "big"), int.from_bytes(test[32:], "big")
    x, y = rfc.point
    for slug, comment, sig in (
        ("high-s", "the twin of the base, n - s", p256.high(test)),
        ("r-zero", "r = 0", p256.raw(0, s_number)),
        ("s-zero", "s = 0", p256.raw(r_number, 0)),
        ("both-zero", "r = s = 0, which satisfies the equation if nothing is checked", bytes(64)),
        ("r-is-n", "r = n", p256.raw(p256.N, s_number)),
        ("s-is-n", "s = n", p256.raw(r_number, p256.N)),
        ("r-greatest", "r = 2^256 - 1", p256.raw(2**256 - 1, s_number)),
        ("halves-exchanged", "s || r", test[32:] + test[:32]),
        ("little-endian", "both numbers little-endian", test[31::-1] + test[:31:-1]),
        ("s-bit", "the lowest bit of s turned", test[:63] + bytes([test[63] ^ 1])),
    ):
        yield case(
            f"p256/wrong/{slug}", comment, rfc.cose, b"test", sig, base, *(["malleability"] if slug == "high-s" else [])
        )
    yield case("p256/wrong/message", "a signature of another message", rfc.cose, b"test", sample, base)
    yield case(
        "p256/wrong/key-sign",
        "the other point with this x",
        p256_cose(x.to_bytes(32, "big"), not y & 1),
        b"test",
        test,
        base,
        "edge-key",
    )
    # Keys recovered from a chosen R, Q = (s R - z B) / r: for R with x = n + 3, so that r = 3; and Q = -z B, r = s = 1, for which
    # z B + Q is the point at infinity.
    yield case(
        "p256/x-above-n",
        "x of R is n + 3: r is compared modulo n",
        p256_cose(bytes.fromhex("2f23a3edd84cfc99a2b6f38f9d589ac1203c5db204eedc203b0f5af1736c0468"), True),
        MESSAGE,
        p256.raw(3, 2),
        None,
        "boundary",
    )
    yield case(
        "p256/infinity",
        "u1 B + u2 Q is the point at infinity, which has no x",
        p256_cose(bytes.fromhex("0670447c393a74ff50e74aa3b5510c5419c6c412990432002b5ec59ed7c9b738"), False),
        MESSAGE,
        p256.raw(1, 1),
        "p256/x-above-n",
        "edge-key",
    )
    no_x = next(x for x in range(1, 100) if not p256.is_x_of_a_point(x))
    for slug, number, comment in (
        ("off-curve", no_x, "x of no point"),
        ("x-is-p", p256.P, "x = p"),
        ("x-greatest", 2**256 - 1, "x = 2^256 - 1"),
    ):
        yield case(
            f"p256/key/{slug}",
            f"{comment}: the key is no point",
            p256_cose(number.to_bytes(32, "big"), False),
            b"test",
            test,
            base,
            "edge-key",
        )
