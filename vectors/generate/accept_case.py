"""What the cases of `accept` share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.editing import edit
from vectors.generate.encoder import Value
from vectors.generate.enrolled import NUMBER_CAMILLE, NUMBER_ELISE, NUMBER_ZOE, Number
from vectors.generate.expectations import credential_json
from vectors.generate.fixtures import CAMILLE, ELISE, NOW, REQUEST_1, REQUEST_2, REQUEST_ELISE, TRUST, ZOE, trusted
from vectors.generate.keys import CNAM_CARDS, Ed25519Key
from vectors.generate.messages import credential

CARD = -65537


@dataclass(frozen=True)
class Delivery:
    """A credential and what the phone holds it against."""

    card: Value = field(default_factory=lambda: CAMILLE)
    issuer: Ed25519Key = CNAM_CARDS
    changes: dict[str, Any] = field(default_factory=dict)
    billing: bytes | None = None
    """The billing view, if one comes with it."""
    request: bytes = field(default_factory=REQUEST_1.encode)
    number: Number = NUMBER_CAMILLE
    """What the owner typed, and the phone drew."""
    renewal: bytes | None = None
    introduction: bytes | None = None
    trust: bytes = TRUST
    environment: str = "production"
    now: int = NOW

    def to_json(self) -> dict[str, Json]:
        """The input."""
        data = replace(credential(self.card, self.issuer), **self.changes).encode()
        return {
            "credential": data.hex(),
            "billing": None if self.billing is None else self.billing.hex(),
            "request": self.request.hex(),
            "nir": self.number.nir,
            "salt": self.number.salt.hex(),
            "renewal": None if self.renewal is None else self.renewal.hex(),
            "introduction": None if self.introduction is None else self.introduction.hex(),
            **trusted(self.trust, self.environment),
            "now": self.now,
        }

    def with_card(self, path: tuple[Any, ...], value: Any) -> Delivery:
        """One place of the claims changed."""
        return replace(self, card=edit(self.card, path, value))


GOOD = Delivery()
SUITE_2 = Delivery(card=ZOE, request=REQUEST_2.encode(), number=NUMBER_ZOE)
CHILD = Delivery(card=ELISE, request=REQUEST_ELISE.encode(), number=NUMBER_ELISE)


def accepted(slug: str, rules: tuple[str, ...], comment: str, delivery: Delivery, *flags: str) -> Case:
    """A credential that the phone keeps."""
    return Case(
        f"accept/accepted/{slug}",
        rules,
        comment,
        delivery.to_json(),
        {"claims": credential_json(delivery.card)},
        flags=flags,
    )


def refused(
    slug: str, rules: tuple[str, ...], comment: str, delivery: Delivery, *flags: str, base: str = "suite-1"
) -> Case:
    """A credential that it does not; the code is the first part of `slug`."""
    return Case(
        f"accept/{slug}", rules, comment, delivery.to_json(), slug.partition("/")[0], f"accept/accepted/{base}", flags
    )
