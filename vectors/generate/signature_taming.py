"""Layer `signature`, Ed25519: the cases of Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), in their order.

Made anew from what the paper says of each: keys, nonces and messages are this generator's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vectors.generate.cases import Case
from vectors.generate.edges import SCALAR, START, Known, answer, residue, small_order
from vectors.generate.edwards import L, challenge, signature
from vectors.generate.keys import ed25519_cose
from vectors.generate.signature_case import MESSAGE, case

SMALL = dict(small_order())
HONEST_A, MIXED_A = Known(SCALAR), Known(SCALAR, 1)
HONEST_R, MIXED_R = Known(START), Known(START, 3)


@dataclass(frozen=True)
class Row:
    """A and R, and what a verifier that refuses nothing makes of S = r + k·a + multiples·L."""

    slug: str
    comment: str
    a: Known
    r: Known
    holds: bool = True
    """Whether S·B = R + k·A; 8·S·B = 8·R + 8·k·A always."""
    multiples: int = 0
    reencoded: bool = False
    """k is that of a verifier that hashes A and R as it would write them itself."""
    early: bool = False
    """8·k modulo L is to give another multiple of A than 8·k."""

    def made(self) -> tuple[bytes, int]:
        """The first message over which it is so, and S."""
        a, r = replace(self.a, other=None), replace(self.r, other=None)
        for number in range(1000):
            message = MESSAGE + b" %d" % number
            k = challenge(self.r.encoding, self.a.encoding, message)
            anew = challenge(r.encoding, a.encoding, message)
            if self.reencoded:
                k, anew = anew, k
            told_apart = k == anew or residue(a, r, anew) != 0
            if (residue(a, r, k) == 0) is self.holds and told_apart and not (self.early and 8 * k // L % 8 == 0):
                return message, answer(a, r, k) + self.multiples * L
        raise AssertionError


# fmt: off
MINUS_ONE, EIGHTH = SMALL["order-2-negative-zero"], SMALL["order-8-third"]
ROWS = (
    Row("0-small-a-and-r", "S = 0, A and R of small order", SMALL["order-8"], EIGHTH),
    Row("1-small-a", "A of small order, R of mixed order", SMALL["order-8"], MIXED_R),
    Row("2-small-r", "A of mixed order, R of small order", MIXED_A, EIGHTH),
    Row("3-mixed", "A and R of mixed order; the one that SIG-1 accepts", MIXED_A, MIXED_R),
    Row("4-mixed-cofactored", "A and R of mixed order", MIXED_A, MIXED_R, holds=False),
    Row("5-reduced-too-early", "A of mixed order; 8·k modulo L makes another point of it", MIXED_A, HONEST_R, holds=False,
        early=True),
    Row("6-s-above-l", "S + L", HONEST_A, HONEST_R, multiples=1),
    Row("7-s-far-above-l", "S + 15 L: the high bits are set", HONEST_A, HONEST_R, multiples=15),
    Row("8-r-reencoded", "R not canonical; if R is written anew to be hashed", MIXED_A, MINUS_ONE, reencoded=True),
    Row("9-r-as-sent", "R not canonical; if R is hashed as sent", MIXED_A, MINUS_ONE),
    Row("10-a-reencoded", "A not canonical; if A is written anew to be hashed", MINUS_ONE, HONEST_R, reencoded=True),
    Row("11-a-as-sent", "A not canonical; if A is hashed as sent", MINUS_ONE, HONEST_R),
)
# fmt: on
ACCEPTED = "3-mixed"


def taming_cases() -> Iterator[Case]:
    """SIG-1."""
    for row in ROWS:
        message, s = row.made()
        assert (s == 0) is (row.slug == "0-small-a-and-r")
        equations = "both equations hold" if row.holds else "the cofactored equation holds, the other does not"
        yield case(
            f"ed25519/taming/{row.slug}",
            f"{row.comment}: {equations}",
            ed25519_cose(row.a.encoding),
            message,
            signature(row.r.encoding, s),
            None if row.slug == ACCEPTED else f"ed25519/taming/{ACCEPTED}",
            *(["malleability"] if row.multiples else ["cofactor", "edge-key"]),
        )
