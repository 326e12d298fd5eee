"""Layer `review`, the end of H4, and H5: the terminal's key, the certificate's times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.edwards import TORSION, B
from vectors.generate.fixtures import DAY, signed_trust, trust_claims
from vectors.generate.keys import derive
from vectors.generate.review_case import ASKED, ASKED_ID, STICKER, STICKER_ID, accepted, refused
from vectors.generate.terminals import PHARMACY, TERMINAL


def terminal_key_cases() -> Iterator[Case]:
    """KEY-2."""
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None)
    mixed = (int.from_bytes(derive("review/mixed-key", "scalar"), "little") % edwards.L) * B
    above = next(y for y in range(3, 19) if edwards.recover(y, 0) is not None)
    for slug, x, comment in (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-2", TORSION[3].encode(), "the point of order 2"),
        ("order-4", TORSION[1].encode(), "a point of order 4"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed-order-2", (mixed + TORSION[3]).encode(), "a point of order 2 L"),
        ("mixed-order-8", (mixed + TORSION[0]).encode(), "a point of order 8 L"),
        ("off-curve", off_curve.to_bytes(32, "little"), "no point"),
        ("identity-y-plus-p", (edwards.P + 1).to_bytes(32, "little"), "the identity, its y as p + 1"),
        ("y-plus-p", (edwards.P + above).to_bytes(32, "little"), f"a point of large order, its y = {above} as p + {above}"),
        ("all-ones", b"\xff" * 32, "32 bytes ff"),
    ):  # fmt: skip
        for where, review, base in (("", STICKER, STICKER_ID), ("in-challenge-", ASKED, ASKED_ID)):
            if where and slug not in {"identity", "mixed-order-8"}:
                continue
            yield refused(
                f"certificate-key/{where}{slug}",
                ("H4", "KEY-2"),
                f"the terminal key is {comment}",
                review.with_certified((TERMINAL, 1), x),
                "edge-key",
                base=base,
            )


def time_cases() -> Iterator[Case]:
    """H5."""
    iat: int = PHARMACY[6]
    exp: int = PHARMACY[4]
    long_trust = signed_trust({**trust_claims(), 3: exp + DAY})
    for name, review, base in (("", STICKER, "sticker"), ("challenge-", ASKED, "challenge")):
        held = replace(review, trust=long_trust)
        far = ("clock-differs",) if review is ASKED else ()
        for slug, now, comment in (
            ("first-second", iat - 300, "now is iat - 300"),
            ("last-second", exp - 1, "the certificate's last second"),
        ):
            at = replace(held, now=now)
            yield accepted(f"{base}-{slug}", ("H5", "TIME-1"), comment, at, "boundary", "clock", warnings=far)
        for slug, now, comment, of in (
            ("too-early", iat - 301, "now is iat - 301", "first-second"),
            ("at-exp", exp, "now is exp", "last-second"),
            ("a-day-late", exp + DAY - 1, "now is a day after exp", "last-second"),
        ):
            yield refused(
                f"certificate-not-valid/{name}{slug}",
                ("H5", "TIME-1"),
                comment,
                replace(held, now=now),
                "clock",
                *(["boundary"] if "day" not in slug else []),
                base=f"review/accepted/{base}-{of}",
            )
