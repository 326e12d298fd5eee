"""Layer `grant`, VERIFY-1: two faults at once, of which the first in the table decides."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.encoder import encode, text_of
from vectors.generate.fixtures import CAMILLE, CARDS_NBF, NOW, Claims, signed_trust, trust_claims, trusted
from vectors.generate.grant_case import LAYER, base_id, given
from vectors.generate.keys import CNAM_CARDS, OTHER_CODE, PHONE_1
from vectors.generate.lending import GRANT_IAT, grant, lent
from vectors.generate.messages import credential


@dataclass(frozen=True)
class Shown:
    """A card and a grant, as faults change them."""

    message: Double
    card: Claims = field(default_factory=lambda: CAMILLE)
    card_signature: bytes | None = None
    prefix: str = "VTD1:"
    inputs: dict[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The input."""
        card = replace(credential(self.card, CNAM_CARDS), signature=self.card_signature).encode()
        message = replace(self.message, about=card)
        text = text_of(lent(card, message.encode()), self.prefix)
        return {**given(message.encode(), card), "text": text, **self.inputs}

    def put(self, **inputs: Json) -> Shown:
        """Other inputs."""
        return replace(self, inputs={**self.inputs, **inputs})


Change = Callable[[Shown], Shown]
ZEROS = {"signature": bytes(64)}
OLD = trusted(signed_trust({**trust_claims(), 3: NOW}))
FAULTS: tuple[tuple[str, Change], ...] = (
    ("grant-text", lambda s: replace(s, prefix="VTD2:")),
    ("credential-structure", lambda s: replace(s, card={**s.card, 99: 0})),
    ("trust-list-expired", lambda s: s.put(**OLD)),
    ("issuer-unknown", lambda s: replace(s, card={**s.card, 1: "fr-autre"})),
    ("issuer-key-not-valid", lambda s: replace(s, card={**s.card, 6: CARDS_NBF - 1})),
    ("issuer-signature", lambda s: replace(s, card_signature=bytes(64))),
    ("grant-structure", lambda s: replace(s, message=s.message.having((99,), 0))),
    ("grant-signature", lambda s: replace(s, message=replace(s.message, at_code=ZEROS))),
    ("grant-hop", lambda s: replace(s, message=s.message.having((8, 1), PHONE_1.cose))),
    ("grant-not-mine", lambda s: s.put(code_key=OTHER_CODE.public.hex())),
    ("grant-over", lambda s: replace(s, message=s.message.having((4,), GRANT_IAT + 1))),
)


def order_cases(good: Double) -> Iterator[Case]:
    """Neighbours, and the first of each step together with the last."""
    start = Shown(good)
    pairs = [*itertools.pairwise(FAULTS), *((first, FAULTS[-1]) for first in FAULTS[:-2])]
    for (code, change), (then, also) in pairs:
        yield Case(
            f"grant/{code}/before-{then}",
            (LAYER.steps[code], "VERIFY-1"),
            f"also {then}",
            change(also(start)).to_json(),
            code,
            f"grant/accepted/{base_id(1, 1)}",
            ("order",),
        )
    assert encode(grant(good.claims).claims)
