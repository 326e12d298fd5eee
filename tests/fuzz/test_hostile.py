"""Two hundred thousand hostile inputs, the same ones in each run, through the whole terminal; and fewer through the rest.

Whatever arrives, only ``InputError`` comes out, and nothing is accepted but what was signed, byte for byte: an accepted
input is one of the genuine messages, unchanged. The replay store forgets everything, so that it cannot hide an acceptance.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import pytest

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.mutations import INTERESTING, Mutation, Random, Trees, random_item
from tests.world import CODE, DAY, NIR, NOW, World, camille, enrolled
from vitaletoken import (
    Code,
    Holder,
    InputError,
    Person,
    Policy,
    Quality,
    Sex,
    UserVerification,
    Verifier,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.adapters.register import MemoryRegister
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.trust_list import parse_trust_list

#: How many of each kind; together 200,000.
COUNTS = {
    "bits": 40_000,
    "bytes": 25_000,
    "splice": 15_000,
    "noise": 20_000,
    "items": 40_000,
    "exchange": 20_000,
    "heads": 10_000,
    "text": 30_000,
}


class Forgetful:
    """A replay store that has never seen anything."""

    def insert(self, key: bytes, session: object, keep_until: int, now: int) -> ReplayOutcome:
        return ReplayOutcome.FIRST


class Scene:
    """One terminal, two phones of different suites and one more card, and what they genuinely show."""

    def __init__(self) -> None:
        child = camille(
            reference="person-2",
            person=Person("Moreau", ("Noé",), Sex.MALE, birth_rank=2),
            quality=Quality.CHILD,
            policyholder="person-1",
            rights_until=NOW // DAY + 90,
        )
        self.world = enrolled()
        self.worlds = [
            self.world,
            self._another("other suite", Algorithm.ESP256),
            self._another("child", Algorithm.ED25519, child),
        ]
        world = self.world
        world.publish()
        policy = Policy(environment=world.environment, least_user_verification=UserVerification.NONE, skew_limit=300)
        self.terminal: Verifier = world.terminal(replay=Forgetful(), policy=policy)
        shown = [w.holder.present(code) for w in self.worlds for code in (CODE, CODE, None)]
        self.messages = [presentation.message for presentation in shown]
        self.texts = [presentation.text for presentation in shown]
        self.trees = Trees(self.messages)

    def _another(self, seed: str, algorithm: Algorithm, beneficiary: object = None) -> World:
        """Another phone, with a card of the same issuer."""
        other = World(algorithm=algorithm, seed=seed)
        offer = self.world.issuer.offer()
        request = other.holder.enrol(offer, self.world.trust, CODE, NIR, profile=other.profile)
        other.holder.accept(self.world.issuer.issue(request, offer, beneficiary or camille()), self.world.trust)
        other.issuer_signer, other.number_key = self.world.issuer_signer, self.world.number_key
        return other


@cache
def scene() -> Scene:
    return Scene()


def mutation(kind: str) -> Mutation:
    return {
        "bits": mutations.flip_bits,
        "bytes": mutations.edit_bytes,
        "splice": mutations.splice,
        "noise": mutations.noise,
        "items": scene().trees.edit,
        "exchange": scene().trees.exchange,
        "heads": mutations.heads,
    }[kind]


def attack(
    inputs: Iterable[bytes | str], accept: Callable[[bytes | str], object], genuine: Callable[[bytes | str], bool]
) -> Counter[Code | None]:
    """Each input to ``accept``; how often each code came out, None for an acceptance."""
    outcomes: Counter[Code | None] = Counter()
    for number, data in enumerate(inputs):
        try:
            accept(data)
        except InputError as refused:
            outcomes[refused.code] += 1
        except Exception as error:
            shown = data.hex() if isinstance(data, bytes) else ascii(data)
            raise AssertionError(f"input {number} raised {error!r}: {shown}") from error
        else:
            assert genuine(data), f"input {number} was accepted: {data!r}"
            outcomes[None] += 1
    return outcomes


#: What a kind must reach, so that it is known not to fail at the first step always.
DEEP = {Code.CBOR_PROFILE, Code.COSE_STRUCTURE, Code.CLAIMS_STRUCTURE, Code.CREDENTIAL_STRUCTURE, Code.DEVICE_SIGNATURE}
ISSUER = {Code.ISSUER_UNKNOWN, Code.ISSUER_KEY_NOT_VALID, Code.ISSUER_SIGNATURE}
REACHED = {
    "bits": DEEP | ISSUER,
    "bytes": DEEP | ISSUER - {Code.ISSUER_KEY_NOT_VALID},
    "splice": {Code.CBOR_PROFILE, Code.COSE_STRUCTURE, Code.DEVICE_SIGNATURE, None},
    "noise": {Code.CBOR_PROFILE, Code.COSE_STRUCTURE},
    "items": DEEP | ISSUER | {Code.CONTEXT_UNKNOWN},
    "exchange": {Code.CREDENTIAL_STRUCTURE, Code.ALGORITHM_MISMATCH, Code.ISSUER_SIGNATURE, Code.DEVICE_SIGNATURE},
    "heads": {Code.CBOR_PROFILE, None},
    "text": {Code.TEXT_TOO_LONG, Code.TEXT_PREFIX, Code.TEXT_ENCODING, Code.CBOR_PROFILE, Code.DEVICE_SIGNATURE, None},
}


def test_the_count() -> None:
    assert sum(COUNTS.values()) == 200_000
    assert set(REACHED) == set(COUNTS)


def test_the_genuine_messages_are_accepted() -> None:
    """Else nothing below would mean anything."""
    here = scene()
    assert len(set(here.messages)) == 9
    for message, text in zip(here.messages, here.texts, strict=True):
        here.terminal.verify_message(message, "visit 1")
        here.terminal.verify(text, "visit 1")


@pytest.mark.parametrize("kind", COUNTS)
def test_nothing_is_accepted_but_what_was_signed(kind: str) -> None:
    here = scene()
    rng = random.Random(f"hostile {kind}")
    if kind == "text":
        texts = (mutations.spoil_text(rng, here.texts) for _ in range(COUNTS[kind]))
        outcomes = attack(texts, lambda text: here.terminal.verify(text, "visit 1"), set(here.texts).__contains__)
    else:
        mutate = mutation(kind)
        messages = (mutate(rng, here.messages) for _ in range(COUNTS[kind]))
        outcomes = attack(
            messages, lambda data: here.terminal.verify_message(data, "visit 1"), set(here.messages).__contains__
        )
    assert outcomes.total() == COUNTS[kind]
    assert REACHED[kind] <= set(outcomes)


# --- whoever holds a key can sign anything


def hostile_claims(rng: Random, claims: Any) -> Any:
    """Claims changed in one place or two, still a map that can be signed."""
    item = claims
    for _ in range(rng.choice((1, 1, 2))):
        path = rng.choice(mutations.paths(item)[1:])
        if rng.random() < 0.3:
            item = mutations.changed(item, path[:-1], lambda parent: _longer(rng, parent))
        else:
            item = mutations.changed(item, path, lambda _: rng.choice((random_item(rng), rng.choice(INTERESTING))))
    return mutations.fold(item)


def _longer(rng: Random, parent: Any) -> Any:
    if isinstance(parent, dict):
        return {**parent, rng.choice((0, 3, 8, 9, 13, "x")): random_item(rng, 1)}
    return [*parent, random_item(rng, 1)] if isinstance(parent, list) else parent


def encodable(rng: Random, claims: Any) -> Any:
    """As ``hostile_claims``, until cbor2 can encode it."""
    while True:
        item = hostile_claims(rng, claims)
        try:
            forge.enc(item)
        except (ValueError, TypeError):  # a key that cannot be one
            continue
        return item


def becomes(new: Any) -> forge.Edit:
    """An edit that replaces a whole map."""

    def edit(item: Any) -> None:
        item.clear()
        item.update(new)

    return edit


def anything(_: object) -> bool:
    return True


@pytest.mark.parametrize("number", range(3))
def test_a_phone_that_signs_anything_causes_no_foreign_exception(number: int) -> None:
    here = scene()
    world, rng = here.worlds[number], random.Random(f"phone {number}")
    code_key = forge.code_key(world)

    def make() -> bytes:
        code = rng.random() < 0.5
        edit = becomes(encodable(rng, forge.claims(world, code=code)))
        sign = world.device_key.sign if rng.random() < 0.1 else code_key.sign
        return forge.presentation(world, edit, code=code, code_sign=sign)

    outcomes = attack(
        (make() for _ in range(4000)), lambda data: here.terminal.verify_message(data, "visit 1"), anything
    )
    assert outcomes.total() == 4000
    assert {Code.CLAIMS_STRUCTURE, Code.CONTEXT_UNKNOWN, Code.CODE_SIGNATURE, None} <= set(outcomes)


def test_an_issuer_that_signs_anything_causes_no_foreign_exception() -> None:
    here = scene()
    world, rng = here.world, random.Random("issuer")
    claims, code_key = forge.credential_claims(forge.credential_of(world)), forge.code_key(world)

    def make() -> bytes:
        credential = forge.credential(world, becomes(encodable(rng, claims)))
        return forge.presentation(world, credential=credential, code_sign=code_key.sign)

    outcomes = attack(
        (make() for _ in range(8000)), lambda data: here.terminal.verify_message(data, "visit 1"), anything
    )
    assert outcomes.total() == 8000
    assert outcomes[Code.CREDENTIAL_STRUCTURE] > 1000
    assert {Code.ISSUER_KEY_NOT_VALID, Code.DEVICE_SIGNATURE, Code.STATUS_UNAVAILABLE, None} <= set(outcomes)


# --- the other messages


def spoiled(rng: Random, corpus: list[bytes], count: int) -> Iterator[bytes]:
    trees = Trees(corpus)
    kinds = (
        mutations.flip_bits,
        mutations.edit_bytes,
        mutations.splice,
        mutations.noise,
        mutations.heads,
        trees.edit,
        trees.edit,
        trees.exchange,
    )
    for _ in range(count):
        yield rng.choice(kinds)(rng, corpus)


def test_hostile_trust_lists() -> None:
    """Signatures may come and go, in any order; what counts is over the same bytes, by two of the pinned keys."""
    world = scene().world
    every = world.root_signers
    corpus = [
        world.trust_list,
        forge.trust_list(world, forge.put((1,), 2), signers=every),
        forge.trust_list(world, forge.put((1,), 3), signers=every[1:]),
        forge.trust_list(world, forge.put((1,), 4), signers=every[:1]),
        forge.trust_list(world, forge.put((1,), 5), signers=[world.issuer_signer]),
    ]
    payloads = {forge.dec(data)[0] for data in corpus[:3]}
    outcomes = attack(
        spoiled(random.Random("trust"), corpus, 7000),
        lambda data: verify_trust_list(data, world.anchor, world.environment),
        lambda data: parse_trust_list(data).payload in payloads,
    )
    assert outcomes.total() == 7000
    assert {Code.TRUST_LIST_STRUCTURE, Code.TRUST_LIST_SIGNATURE, None} <= set(outcomes)


def test_hostile_status_lists() -> None:
    world = scene().world
    corpus = [
        world.issuer.publish_status_list(capacity=4096),
        world.issuer.publish_status_list(3, capacity=64),
        world.issuer.publish_status_list(),
    ]
    outcomes = attack(
        spoiled(random.Random("status"), corpus, 10_000),
        lambda data: verify_status_list(data, world.trust),
        corpus.__contains__,
    )
    assert outcomes.total() == 10_000
    assert {Code.STATUS_LIST_STRUCTURE, Code.STATUS_LIST_ISSUER, Code.STATUS_LIST_SIGNATURE, None} <= set(outcomes)


def test_an_issuer_that_signs_any_list_causes_no_foreign_exception() -> None:
    world, rng = scene().world, random.Random("list")
    lst = zlib.compress(bytes(1024), 9)

    def make() -> bytes:
        stream = rng.choice((mutations.flip_bits, mutations.edit_bytes, mutations.noise))(rng, [lst])
        name = "".join(rng.choices("0123456789/ -+٣", k=rng.randrange(7)))
        sub = rng.choice(("https://status.example/fr-cnam/0", f"https://status.example/fr-cnam/{name}", name + "x"))
        return forge.status_list(world, forge.both(forge.put((65533, "lst"), stream), forge.put((2,), sub)))

    outcomes = attack((make() for _ in range(1500)), lambda data: verify_status_list(data, world.trust), anything)
    assert outcomes.total() == 1500
    assert {Code.STATUS_LIST_CONTENT, Code.STATUS_LIST_ISSUER, None} <= set(outcomes)


def test_hostile_offers() -> None:
    world = scene().world
    corpus = [world.issuer.offer() for _ in range(3)]
    phone = Holder(world.device_key, store=MemoryHolderStore(), clock=world.clock, entropy=world.entropy)
    outcomes = attack(
        spoiled(random.Random("offer"), corpus, 8000),
        lambda data: phone.enrol(data, world.trust, CODE, NIR, profile=world.profile),
        corpus.__contains__,
    )
    assert outcomes.total() == 8000
    assert {Code.OFFER_STRUCTURE, Code.OFFER_ISSUER, Code.OFFER_SIGNATURE, None} <= set(outcomes)


@pytest.mark.parametrize("number", [0, 1], ids=["suite 1", "suite 2"])
def test_hostile_requests(number: int) -> None:
    """The issuer forgets each card at once, so that an answered offer hides nothing."""
    here = scene()
    world, phone = here.world, here.worlds[number]
    offer = world.issuer.offer()
    corpus = [
        forge.request(phone, offer),
        forge.request(phone, world.issuer.offer()),
        forge.request(here.worlds[2], offer),
    ]
    answers = [corpus[0], corpus[2]]

    def issue(data: bytes | str) -> object:
        world.issuer._press.register = MemoryRegister()
        return world.issuer.issue(data, offer, camille())  # type: ignore[arg-type]

    register = world.issuer._press.register
    try:
        messages = (*answers, *spoiled(random.Random(f"request {number}"), corpus, 6000))
        outcomes = attack(messages, issue, answers.__contains__)
    finally:
        world.issuer._press.register = register
    assert outcomes.total() == 6002
    assert {Code.REQUEST_STRUCTURE, Code.REQUEST_SIGNATURE, Code.REQUEST_OFFER, None} <= set(outcomes)


@pytest.mark.parametrize("number", [0, 1], ids=["suite 1", "suite 2"])
def test_hostile_credentials(number: int) -> None:
    """The phone keeps its own card and no other."""
    here = scene()
    phone = here.worlds[number]
    corpus = [forge.credential_of(phone), *(forge.credential_of(other) for other in here.worlds if other is not phone)]
    trust = here.world.trust
    outcomes = attack(
        spoiled(random.Random(f"credential {number}"), corpus, 8000),
        lambda data: phone.holder.accept(data, trust),  # type: ignore[arg-type]
        lambda data: data == corpus[0],
    )
    assert outcomes.total() == 8000
    assert {Code.CREDENTIAL_STRUCTURE, Code.ISSUER_SIGNATURE, Code.CREDENTIAL_NOT_MINE, None} <= set(outcomes)
    assert forge.credential_of(phone) == corpus[0]
