"""Layer `trust-chain`: ML-DSA-65 root keys come, are required, and are exchanged (T7)."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.chain_case import Link, chain
from vectors.generate.keys import ROOTS
from vectors.generate.mldsa import PQ_ROOTS
from vectors.generate.roots import RootSet

CODE = "trust-list-post-quantum"
ED = ROOTS[:1]
BEFORE = RootSet(1, ED)
WITH, NEXT = RootSet(1, ED, PQ_ROOTS[:1]), RootSet(1, ED, PQ_ROOTS[1:2])
"""One of one of each kind, since each key and signature has thousands of bytes."""
PLAIN = Link(1, ED, BEFORE)
BROUGHT_IN = Link(2, [*ED, PQ_ROOTS[0]], WITH)
LATER = Link(3, [*ED, PQ_ROOTS[0]], WITH)
RULES = ("T7", "TRUST-5", "SIG-3")


def post_quantum_cases() -> Iterator[Case]:
    yield chain(
        "post-quantum/introduced",
        RULES,
        "ML-DSA-65 root keys are brought in by a list that they sign too; where they are not required, nobody asks",
        [(PLAIN, None), (BROUGHT_IN, None), (LATER, None), (Link(4, ED, WITH), None)],
        "post-quantum",
        pinned=BEFORE,
    )
    yield chain(
        "post-quantum/required-from-the-first",
        RULES,
        "required, and the pinned root set has none: no list can bring them in, they have to be pinned",
        [(PLAIN, CODE), (BROUGHT_IN, CODE)],
        "post-quantum",
        pinned=BEFORE,
        post_quantum=True,
    )
    yield chain(
        "post-quantum/rotation",
        RULES,
        "required: the ML-DSA-65 root key is exchanged by a list that the old one and the new one signed",
        [(BROUGHT_IN, None), (Link(3, [*ED, *PQ_ROOTS[:2]], NEXT), None), (Link(4, [*ED, PQ_ROOTS[1]], NEXT), None)],
        "post-quantum",
        pinned=WITH,
        post_quantum=True,
    )
    yield chain(
        "post-quantum/half-signed",
        RULES,
        "required: signed by the old one only, the new one only, and neither; the anchor stays",
        [
            (Link(3, [*ED, PQ_ROOTS[0]], NEXT), CODE),
            (Link(3, [*ED, PQ_ROOTS[1]], NEXT), CODE),
            (Link(3, ED, NEXT), CODE),
            (LATER, None),
        ],
        "post-quantum",
        pinned=WITH,
        post_quantum=True,
    )
    yield chain(
        "post-quantum/slept",
        RULES,
        "required: a terminal that missed the exchange of the ML-DSA-65 root key, the Ed25519 one being the same",
        [
            (Link(4, [*ED, PQ_ROOTS[1]], NEXT), CODE),
            (Link(3, [*ED, *PQ_ROOTS[:2]], NEXT), None),
            (Link(4, [*ED, PQ_ROOTS[1]], NEXT), None),
        ],
        "post-quantum",
        pinned=WITH,
        post_quantum=True,
    )
    yield chain(
        "post-quantum/dropped",
        RULES,
        "required: a list whose own root set has no ML-DSA-65 keys any more",
        [(BROUGHT_IN, None), (Link(3, [*ED, PQ_ROOTS[0]], BEFORE), CODE), (LATER, None)],
        "post-quantum",
        pinned=WITH,
        post_quantum=True,
    )
