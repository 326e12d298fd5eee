"""What a phone is shown and sent: a terminal's sticker or challenge, an offer; through the doors that an app uses.

What goes into its wallet is in ``wallet``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import Target
from vitaletoken.conformance import lists
from vitaletoken.rules.enrolment import verify_offer
from vitaletoken.rules.terminal import review
from vitaletoken.rules.trust import VerifiedTrustList


class Phone:
    """A trust list and a clock: those under which most of the layer's cases are accepted."""

    def __init__(self, layer: str) -> None:
        scenes: Counter[tuple[str, str, int]] = Counter()
        known = {}
        for case in filter(vectors.is_accepted, vectors.cases(layer)):
            given = case["input"]
            name = (given["trust_list"], given["environment"], given["now"])
            scenes[name] += 1
            known[name] = given
        given = known[scenes.most_common(1)[0][0]]
        self.trust: VerifiedTrustList = lists.trust(given, given["environment"])
        self.now: int = given["now"]


@cache
def _phone(layer: str) -> Phone:
    return Phone(layer)


def _review(data: bytes) -> object:
    phone = _phone("review")
    return review(data.decode("utf-8", "surrogateescape"), phone.trust, phone.now)


def _offer(data: bytes) -> object:
    phone = _phone("offer")
    return verify_offer(data, phone.trust, phone.now)


def _shown() -> Iterable[bytes]:
    return vectors.inputs("review", vectors.TEXT)


TARGETS: Final = (
    Target("phone-review", _review, _shown, 2048, covers=(review,), weight=3.0),
    Target("phone-offer", _offer, lambda: vectors.inputs("offer", "bytes"), 1024, covers=(verify_offer,)),
)
