"""Two neighbours with a phone each, of whom one lends the other her card; everything by the public names."""

from __future__ import annotations

from typing import Any

from tests.lending import HOUR, attempt
from tests.world import CODE, DAY, NOW, World, enrolled
from vitaletoken import (
    AcceptedCard,
    Category,
    Code,
    Holder,
    Policy,
    Presentation,
    Purpose,
    VerifiedPresentation,
    Way,
)
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.wire.registry import Algorithm

NAME, OTHER_CODE = "Dominique Lefebvre", "417263"
FOR = (Purpose.IDENTIFICATION, Purpose.DISPENSING)


def new_phone(w: World) -> Holder:
    key, _ = generate_device_key(Algorithm.ED25519, w.entropy)
    return Holder(key, store=MemoryHolderStore(), clock=w.clock, entropy=w.entropy)


class Neighbours:
    """Camille's phone and card, Dominique's phone, and a pharmacy that lets people act for others."""

    def __init__(self) -> None:
        self.w = enrolled()
        self.camille, self.dominique = self.w.holder, new_phone(self.w)
        self.visits = 0

    def introduced(self, phone: Holder | None = None, name: str = NAME, code: str = OTHER_CODE) -> Any:
        """As Camille's phone sees it."""
        text = (phone or self.dominique).introduce(name, code, profile=self.w.profile)
        return self.camille.review_introduction(text)

    def granted(self, lifetime: int = 72 * HOUR, **options: Any) -> str:
        options = {"purposes": FOR, "categories": (Category.PHARMACY,), **options}
        return self.camille.grant(self.introduced(), CODE, lifetime=lifetime, **options)

    def lent(self, way: Way, until: int = NOW + 3 * DAY, **options: Any) -> AcceptedCard:
        """What Dominique's phone has then."""
        w, options = self.w, {"purposes": FOR, "categories": (Category.PHARMACY,), **options}
        if way is Way.GRANT:
            return self.dominique.receive(self.granted(until - w.clock.time, **options), w.trust)
        introduction = self.introduced()
        order = self.camille.order(introduction, CODE, until=until, **options)
        return self.dominique.accept(w.issuer.lend(order, introduction.raw), w.trust)

    def shown(self, lent: AcceptedCard) -> Presentation:
        return self.dominique.present(OTHER_CODE, card=lent.handle)

    def at(
        self, text: str, purpose: Purpose = Purpose.IDENTIFICATION, category: Category = Category.PHARMACY
    ) -> VerifiedPresentation | Code:
        self.visits += 1
        policy = Policy(self.w.environment, delegates=True)
        verifier = self.w.terminal(policy=policy, categories=(category,))
        found: VerifiedPresentation | Code = attempt(verifier.verify, text, f"visit {self.visits}", purpose)
        return found
