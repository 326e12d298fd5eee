"""Layer `signature`, Ed25519: each of the fourteen encodings of a point of small order as A with each as R, and S = 0.

The grid of 196 by which ZIP 215 tells verifiers apart: the cofactored equation holds in all of them, the other in those where
R + k·A is the identity. SIG-1 refuses all.
"""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.edges import residue, small_order
from vectors.generate.edwards import challenge, signature
from vectors.generate.keys import ed25519_cose
from vectors.generate.signature_case import MESSAGE, case


def grid_cases() -> Iterator[Case]:
    """SIG-1."""
    known = list(small_order())
    both = 0
    for a_slug, a in known:
        for r_slug, r in known:
            holds = residue(a, r, challenge(r.encoding, a.encoding, MESSAGE)) == 0
            both += holds
            yield case(
                f"ed25519/grid/{a_slug}/{r_slug}",
                f"A, R and S = 0; {'both equations hold' if holds else 'the cofactored equation holds'}",
                ed25519_cose(a.encoding),
                MESSAGE,
                signature(r.encoding, 0),
                "ed25519/honest",
                "cofactor",
                "edge-key",
            )
    assert 0 < both < len(known) ** 2
