"""Ed25519 keys, nonces and signatures that no honest party makes, over any message: the parts of the edge sets.

Each point of the curve is s·B + i·T, T a point of order 8. A = a·B + i·T and R = r·B + j·T are made here from numbers that are
known, so that S = r + k·a satisfies the cofactored equation 8·S·B = 8·R + 8·k·A always, and S·B = R + k·A exactly when 8 divides
j + k·i: its *residue*. That is how Chalkias, Garillot and Nikolaenko ("Taming the many EdDSAs", 2020) build their cases; only
the construction is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from vectors.generate.edwards import IDENTITY, TORSION, B, L, P, Point, challenge, signature
from vectors.generate.keys import derive
from vectors.generate.signature_ed25519 import SMALL, written

START = int.from_bytes(derive("fixture/signature/edges", "nonce"), "little") % L
"""The first nonce that is tried."""
SCALAR = int.from_bytes(derive("fixture/signature/edges", "scalar"), "little") % L
"""Of the keys that have a part of small order besides."""


@dataclass(frozen=True)
class Known:
    """scalar·B + index·T, written canonically or as `encoding` says."""

    scalar: int
    index: int = 0
    other: bytes | None = None

    @cached_property
    def point(self) -> Point:
        """The point itself."""
        return self.scalar * B + TORSION[(self.index - 1) % 8]

    @cached_property
    def encoding(self) -> bytes:
        """32 bytes."""
        return self.point.encode() if self.other is None else self.other


def small_order() -> Iterator[tuple[str, Known]]:
    """The eight points of small order in their fourteen encodings, by name."""
    for slug, encoding, point, _ in SMALL:
        assert point is not None
        known = Known(0, (TORSION.index(point) + 1) % 8, encoding)
        assert known.point == point
        yield slug, known


def residue(a: Known, r: Known, k: int) -> int:
    """What is left of R + k·A - S·B, as a multiple of T, where S = r + k·a. The cofactorless equation holds if it is 0."""
    return (r.index + k * a.index) % 8


def answer(a: Known, r: Known, k: int) -> int:
    """The S that satisfies the cofactored equation."""
    return (r.scalar + k * a.scalar) % L


def sign_with(a: Known, message: bytes, indices: tuple[int, ...], *, holds: bool) -> bytes:
    """R || S by the key `a`, R with one of these parts of small order; holds: whether the cofactorless equation does."""
    for nonce in range(START, START + 100):
        base = nonce * B
        for index in indices:
            r = Known(nonce, index, (base + TORSION[(index - 1) % 8]).encode())
            k = challenge(r.encoding, a.encoding, message)
            if (residue(a, r, k) == 0) is holds:
                return signature(r.encoding, answer(a, r, k))
    raise AssertionError


@dataclass(frozen=True)
class Edge:
    """A public key, and what somebody who made it so signs with it."""

    slug: str
    public: bytes
    sign: Callable[[bytes], bytes]


def edge_keys() -> Iterator[Edge]:
    """Keys that KEY-2 refuses. What they sign satisfies one of the equations at least, wherever there is one to satisfy."""
    for slug, key in small_order():
        yield Edge(f"small-key/{slug}", key.encoding, partial(sign_with, key, indices=tuple(range(8)), holds=True))
    for index, order in ((1, 8), (2, 4), (4, 2)):
        key = Known(SCALAR, index)
        yield Edge(f"mixed-key/order-{order}-vanishes", key.encoding, partial(sign_with, key, indices=(0,), holds=True))
        yield Edge(f"mixed-key/order-{order}-stays", key.encoding, partial(sign_with, key, indices=(0,), holds=False))
    mixed = Known(SCALAR, 1)
    yield Edge("mixed-key/cancels", mixed.encoding, partial(sign_with, mixed, indices=tuple(range(1, 8)), holds=True))
    yield Edge("mixed-key/small-nonce", mixed.encoding, partial(_with_nonce, mixed, Known(0, 7)))
    for slug, public in (("off-curve", written(2)), ("all-ones", b"\xff" * 32), ("y-as-p-plus-3", written(P + 3))):
        yield Edge(f"no-key/{slug}", public, partial(_as_if, public))


def _with_nonce(a: Known, r: Known, message: bytes) -> bytes:
    return signature(r.encoding, answer(a, r, challenge(r.encoding, a.encoding, message)))


def _as_if(public: bytes, message: bytes) -> bytes:
    """S = r + k·SCALAR, as if the key were SCALAR·B."""
    r = (START * B).encode()
    return signature(r, (START + challenge(r, public, message) * SCALAR) % L)


def edge_signatures(scalar: int) -> Iterator[Edge]:
    """What the holder of an honest key scalar·B can sign besides what they should, after one that is good."""
    key = Known(scalar)
    honest = partial(sign_with, key, indices=(0,), holds=True)
    yield Edge("honest", key.encoding, honest)
    for slug, change in (
        ("s-plus-l", lambda s: s + L),
        ("s-plus-15l", lambda s: s + 15 * L),
        ("s-zero", lambda _: 0),
        ("s-is-l", lambda _: L),
        ("s-greatest", lambda _: 2**256 - 1),
    ):
        yield Edge(slug, key.encoding, partial(_with_other_s, honest, change))
    yield Edge("zeros", key.encoding, lambda _: bytes(64))
    for index, order in ((1, 8), (2, 4), (4, 2)):
        yield Edge(f"mixed-nonce/order-{order}", key.encoding, partial(sign_with, key, indices=(index,), holds=False))
    for slug, nonce in small_order():
        yield Edge(f"small-nonce/{slug}", key.encoding, partial(_with_nonce, key, nonce))


def _with_other_s(honest: Callable[[bytes], bytes], change: Callable[[int], int], message: bytes) -> bytes:
    good = honest(message)
    return signature(good[:32], change(int.from_bytes(good[32:], "little")))


assert Known(0).point == IDENTITY
