"""The real phones, terminals and lists of the story, and what the model keeps beside each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tests.stateful.cast import DELEGATE
from tests.stateful.model import DEMANDS, Card, Desk, Terms
from tests.world import DAY, NOW, StandingClock, World
from vitaletoken import (
    Category,
    Code,
    Demand,
    Holder,
    Policy,
    Record,
    Terminal,
    TrustListClaims,
    UserVerification,
    Verifier,
    verify_certificate,
)
from vitaletoken.adapters.keystore import generate_device_key, generate_signer
from vitaletoken.adapters.memory import (
    FixedTrust,
    MemoryChallengeStore,
    MemoryHolderStore,
    MemoryReplayStore,
    MemoryStatus,
    MemoryTimeFloor,
)
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import CERTIFICATE_PREFIX, serialize_text

T = TypeVar("T")
#: What anybody in the story has as a code, or tries.
CODES = ("270519", "417263", "835261", "640218")


def chosen(among: Sequence[T], pick: int) -> T:
    """0 is the newest."""
    return among[-1 - pick % len(among)]


class Refused(NamedTuple):
    """``code`` is None for a ``UsageError``."""

    code: Code | None


class OwnClock:
    """Of one phone or terminal: anybody who has it can set it."""

    def __init__(self, true: StandingClock) -> None:
        self.true, self.ahead = true, 0

    def now(self) -> int:
        return self.true.now() + self.ahead


class Country(World):
    """With a trust list that holds for as long as any story."""

    def trust_claims(self, **changes: object) -> TrustListClaims:
        return super().trust_claims(**{"exp": NOW + 360 * DAY, **changes})


class Handset:
    """A phone, and what the model knows of it: its code, the tries, whose card a handle names, on what terms it was lent."""

    def __init__(self, name: str, country: World) -> None:
        self.name = name
        self.clock = OwnClock(country.clock)
        self._entropy = country.entropy
        self.key = generate_device_key(Algorithm.ESP256 if name == DELEGATE else Algorithm.ED25519, country.entropy)[0]
        self.reopen(MemoryHolderStore())
        self.code: str | None = None
        self.new_code: str | None = None
        self.failed = self.last_try = 0
        self.persons: dict[str, Record] = {}
        self.loans: dict[str, Terms] = {}

    def reopen(self, store: MemoryHolderStore) -> None:
        self.store = store
        self.holder = Holder(self.key, store=store, clock=self.clock, entropy=self._entropy)

    @property
    def handles(self) -> tuple[str, ...]:
        return tuple(card.handle for card in self.store.load().cards)

    @property
    def own(self) -> tuple[str, ...]:
        return tuple(card.handle for card in self.store.load().own_cards)

    def typed(self, pick: int | None) -> str:
        """The code, or, where something is picked, another: also one that it had before, or that it is to have."""
        if pick is None:
            return self.code or CODES[0]
        return chosen([code for code in CODES if code != self.code], pick)


class Till:
    """A terminal: its verifier, what that holds, and what the model knows of it."""

    def __init__(self, name: str, category: Category, skew: int, country: World) -> None:
        self.model = Desk(name, (category,), skew)
        self._country = country
        self.clock = OwnClock(country.clock)
        self._signer = generate_signer(country.entropy)[0]
        self._replay, self._challenges = MemoryReplayStore(), MemoryChallengeStore()
        self.status, self.floor = MemoryStatus(), MemoryTimeFloor()
        id_ = name.encode()[:8].ljust(8)
        data = country.authority.certify(self._signer.public_key, id_, [category], establishment="690012345", name=name)
        self._certificate = verify_certificate(data, country.trust, NOW)
        self.sticker = serialize_text(data, CERTIFICATE_PREFIX)
        self.reopen()

    def reopen(self) -> None:
        """The program starts anew, over the same stores."""
        country = self._country
        demands = {
            p: Demand(b, UserVerification.CODE if code else UserVerification.NONE) for p, (b, code) in DEMANDS.items()
        }
        self.verifier = Verifier(
            trust=FixedTrust(country.trust),
            status=self.status,
            replay=self._replay,
            clock=self.clock,
            policy=Policy(country.environment, purposes=demands, delegates=True, skew_limit=self.model.skew),
            terminal=Terminal(
                [self._certificate],
                self._signer,
                challenges=self._challenges,
                stopwatch=country.stopwatch,
                entropy=country.entropy,
            ),
            floor=self.floor,
            categories=self.model.categories,
        )


@dataclass(eq=False)
class Applied:
    """An application.

    Attributes:
        person: whose number was typed. state: as the model has it.
        mailed: address and code. proofed: who stood before the proofing, where that was found to be in order.
        answer: the card.
    """

    phone: Handset
    person: Record
    request: bytes
    offer: bytes
    state: str = "sent"
    id: bytes = b""
    mailed: tuple[str, str] | None = None
    proofed: Record | None = None
    answer: bytes = b""


class Message(NamedTuple):
    """A renewal or an order that a phone signed about a card of its own."""

    phone: Handset
    handle: str
    data: bytes
    card: Card
    introduction: bytes = b""
    terms: Terms | None = None


class Introduced(NamedTuple):
    """What a phone showed to be lent to."""

    phone: Handset
    text: str
    name: str


class Granted(NamedTuple):
    """What a phone showed to lend."""

    text: str
    terms: Terms
