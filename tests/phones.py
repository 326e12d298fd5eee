"""Phones of one world that deal with its issuer and with each other, through the public names alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from tests.world import CODE, DAY, SeededEntropy, World, child
from vitaletoken import (
    Argon2Profile,
    CardKind,
    Code,
    Holder,
    InputError,
    Policy,
    Purpose,
    RenewedCard,
    Verifier,
    verify_trust_list,
)
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.adapters.memory import FixedTrust, MemoryHolderStore, MemoryReplayStore
from vitaletoken.rules.cards import WalletCard
from vitaletoken.wire.registry import Algorithm

T = TypeVar("T")

NEW, WRONG = "918273", "270518"
DELEGATES_CODE = "604118"
HOUR = 3600
FOR_VISITS = (Purpose.IDENTIFICATION, Purpose.DISPENSING)


class Handset:
    """Another phone in the same world: the delegate's, or a child's own."""

    def __init__(self, world: World, name: str = "Dominique", algorithm: Algorithm = Algorithm.ED25519) -> None:
        self.world, self.name = world, name
        self.entropy = SeededEntropy(f"phone of {name}")
        self.device_key, _ = generate_device_key(algorithm, self.entropy)
        self.store = MemoryHolderStore()
        self.holder = Holder(self.device_key, store=self.store, clock=world.clock, entropy=self.entropy)

    def introduce(self, code: str = DELEGATES_CODE) -> str:
        """What it shows to be lent a card; the first time, it chooses the code."""
        profile = Argon2Profile.CHEAPEST if self.store.load().code is None else None
        return self.holder.introduce(self.name, code, profile=profile)

    def granted(self, lender: Holder | None = None, code: str = CODE, **options: Any) -> str:
        """The handle of the card that the world's phone lends it by a grant."""
        lender = lender or self.world.holder
        seen = lender.review_introduction(self.introduce())
        text = lender.grant(seen, code, **{"lifetime": HOUR, "purposes": FOR_VISITS, **options})
        return self.holder.receive(text, self.world.trust).handle

    def lent(self, lender: Holder | None = None, code: str = CODE, **options: Any) -> str:
        """The handle of the card that the world's phone lends it through the issuer."""
        lender, now = lender or self.world.holder, self.world.clock.time
        seen = lender.review_introduction(self.introduce())
        order = lender.order(seen, code, **{"until": now + 20 * DAY, "purposes": FOR_VISITS, **options})
        return self.holder.accept(self.world.issuer.lend(order, seen.raw), self.world.trust).handle


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    """The code with which it refuses, if it does."""
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


def add_child(w: World, reference: str = "child", code: str = CODE) -> str:
    """A child's card, with both views, on the world's phone; its handle."""
    offer, person = w.issuer.offer(), child(reference=reference)
    request = w.holder.enrol(offer, w.trust, code, person.nir, kind=CardKind.CHILD)
    views = w.issuer.issue_views(request, offer, person)
    handle = w.holder.accept(views.minimal, w.trust, views.billing).handle
    w.publish()
    return handle


def renew(w: World, code: str = CODE, card: str | None = None, **options: int) -> RenewedCard:
    """The card on the world's phone renewed, all the way."""
    handle = w.holder.wallet().own_card(card).handle
    return w.holder.accept_renewal(handle, w.issuer.renew(w.holder.renewal(code, card=card), **options), w.trust)


def change(w: World, new: str = NEW, old: str = CODE) -> list[RenewedCard]:
    """The personal code changed on the world's phone, all the way; what each answer came to."""
    messages = w.holder.change_code(old, new)
    return [w.holder.accept_renewal(handle, w.issuer.renew(sent), w.trust) for handle, sent in messages.items()]


def lock(w: World, holder: Holder | None = None) -> None:
    """Ten wrong codes; days pass. The trust list is renewed meanwhile."""
    holder = holder or w.holder
    for _ in range(10):
        w.clock.time += DAY
        assert refusal_of(holder.renewal, WRONG, card=holder.wallet().own_cards[0].handle) is Code.CODE_WRONG
    trust_of_now(w)


def trust_of_now(w: World) -> None:
    """A trust list that is good for 30 days from now."""
    claims = w.trust_claims(iat=w.clock.time - 1, exp=w.clock.time + 30 * DAY, version=2)
    w.trust = verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)


def cards_of(holder: Holder) -> dict[str, WalletCard]:
    """By their handles."""
    return {card.handle: card for card in holder.wallet().cards}


def desk(w: World, *, delegates: bool = True, categories: Iterable[Any] = ()) -> Verifier:
    """A terminal that has seen nothing before, and lets people act for others."""
    policy = Policy(environment=w.environment, delegates=delegates)
    return w.terminal(
        policy=policy, replay=MemoryReplayStore(), trust=FixedTrust(w.trust), categories=tuple(categories)
    )
