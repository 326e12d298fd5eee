"""Layer `review`, VERIFY-1: two faults at once, of which the first in the table decides."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import NOW, signed_trust, trust_claims
from vectors.generate.keys import STRANGER
from vectors.generate.review_case import BILLED, BILLING_ID, Review, refused
from vectors.generate.terminals import CHALLENGE, PHARMACY, TERMINAL

Change = Callable[[Review], Review]

# step, code, the fault; each can stand together with the next
FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("H1", "terminal-text", lambda review: replace(review, text_change=lambda text: text + "a")),
    ("H2", "challenge-structure", lambda review: review.with_asked((99,), 0)),
    ("H2", "certificate-structure", lambda review: review.with_certified((99,), 0)),
    ("H3", "certificate-authority", lambda review: review.with_certified((1,), "fr-autre")),
    ("H4", "certificate-signature", lambda review: replace(review, at_certificate={"signature": bytes(64)})),
    ("H4", "certificate-key", lambda review: review.with_certified((TERMINAL, 1), b"\x01" + bytes(31))),
    ("H5", "certificate-not-valid", lambda review: replace(review, now=PHARMACY[6] - 301)),
    ("H6", "challenge-signature", lambda review: replace(review, at_challenge={"signature": bytes(64)})),
    ("H6", "session-key", lambda review: review.with_asked((CHALLENGE, 5), bytes(32))),
    ("H7", "billing-refused", lambda review: review.with_certified((TERMINAL, 3), [7])),
)


def order_cases() -> Iterator[Case]:
    """Neighbours, and each with the last."""
    pairs = [*itertools.pairwise(FAULTS), *((fault, FAULTS[-1]) for fault in FAULTS[:-2])]
    for (step, code, change), (_, then, also) in pairs:
        yield _two(step, f"{code}/before-{then}", then, change(also(BILLED)))
    for slug, step, then, review in (
        ("certificate-authority/category-before-signature", "H3", "a signature of zeros",
         replace(BILLED.with_certified((TERMINAL, 3), [8]), at_certificate={"signature": bytes(64)})),
        ("certificate-authority/expired-before-unknown", "H3", "signed by a stranger",
         replace(BILLED, authority=STRANGER, trust=signed_trust({**trust_claims(), 3: NOW}))),
    ):  # fmt: skip
        yield _two(step, slug, then, review)


def _two(step: str, slug: str, then: str, review: Review) -> Case:
    return refused(slug, (step, "VERIFY-1"), f"also {then}", review, "order", base=BILLING_ID)
