"""Trust lists of three generations of root keys, in the order of their versions; cases of `trust-chain` take some of them."""

from __future__ import annotations

from vectors.generate.chain_case import Link
from vectors.generate.roots import FIRST, SECOND, THIRD

SIGNATURE, NEW_ROOTS, ROLLBACK = "trust-list-signature", "trust-list-new-roots", "trust-list-rollback"

OLD, NEW, NEWEST = FIRST.keys[:2], SECOND.keys[:2], THIRD.keys[1:]
V1, V2 = Link(1, OLD), Link(2, OLD)
TO_SECOND = Link(3, [*OLD, *NEW], SECOND)
V4, V5 = Link(4, NEW, SECOND), Link(5, NEW, SECOND)
TO_THIRD = Link(6, [*NEW, *NEWEST], THIRD)
V7, V8 = Link(7, NEWEST, THIRD), Link(8, NEWEST, THIRD)
RULES = ("T2", "T6", "TRUST-5")
