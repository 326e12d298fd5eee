"""Two implementations, one verdict and one reason: 20,000 spoiled presentations and 2,000 spoiled challenges, the same each time.

Of the presentations a part is spoiled blindly or item by item and fails at a signature or before; the others are signed by
whoever holds the key (a phone, an issuer that says anything), or are genuine at another time, at another counter, for another
purpose, under another policy, beside another status list, above another time floor and after the issuer's key was withdrawn, so
that the later steps are compared too.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.test_hostile import Scene, becomes, encodable
from tests.interop.counter import (
    ASKED,
    AUDIENCE,
    CHALLENGE,
    OPEN,
    PURPOSES,
    SMALL_ORDER,
    TERMINAL,
    Answer,
    Asked,
    Counter,
    Terminal,
)
from tests.interop.second import Result, agreed, codes, needs_node, steps
from tests.world import DAY, NOW

pytestmark = needs_node

PRESENTATIONS = 20_000
REVIEWS = 2_000

#: Seconds after NOW: on and beside each boundary of the presentation made at NOW, and days on which other things end.
MOMENTS = (0, 0, 0, 30, 59, 60, 61, 119, 120, 121, 359, 360, -1, -60, -61, -300, -301)
LATER = (0, 0, 0, 0, -DAY, -2 * DAY, 6 * DAY, 8 * DAY, 14 * DAY, 15 * DAY, 40 * DAY)
#: For a certificate that is made for NOW - 30 days to NOW + 200 days, under a trust list that ends after 30 days.
REVIEWED = (0, 0, 0, 0, 300, 301, -300, -301, 30 * DAY - 1, 30 * DAY, -30 * DAY - 300, -30 * DAY - 301)
BINDINGS = ("open",) * 7 + ("audience", "challenge")
USER_VERIFICATIONS = ("none", "none", "device-unlock", "code")
#: Seconds after now; None for a terminal that has none.
FLOORS = (None, None, None, None, -DAY, -1, 0, 60, 61, 300, 300, 301)
GRACES = (None, None, 0, DAY, 6 * DAY)
NOTICES = (0, 0, 15 * DAY, 30 * DAY - 1, 30 * DAY)
AGES = (None, 0, 7, 8)
#: Of the key that signed the cards at NOW.
WITHDRAWN = (None,) * 15 + ((NOW, True), (NOW + 1, True), (NOW + 1, False))

STICKER, QUESTION = "VTT1:", "VTC1:"

Input = dict[str, Any]
Scan = tuple[str, Terminal]


class Stage:
    """The hostile tests' scene with a counter in it, and what a verifier of another language has to be given of it."""

    def __init__(self) -> None:
        self.scene = Scene()
        world = self.scene.world
        self.rng = random.Random("differential")
        self.counter = Counter(world, self.rng)
        self.trusted = {each: self.counter.trusted(each) for each in WITHDRAWN}
        self.claims = forge.credential_claims(forge.credential_of(world))
        self.code_keys = [forge.code_key(each) for each in self.scene.worlds]
        self.answers = [self._answer(number) for number in range(240)]
        self.messages = self.scene.messages + [each.message for each in self.answers[:9]]
        self.trees = mutations.Trees(self.messages)
        self.status_lists = [[world.issuer.publish_status_list(lifetime=90 * DAY).hex()]] * 5
        self.status_lists += [[], [world.issuer.publish_status_list().hex()]]
        for change in (world.issuer.suspend, world.issuer.revoke):
            change(world.card_id())
            self.status_lists.append([world.issuer.publish_status_list(lifetime=90 * DAY).hex()])
        shown = {STICKER: self.counter.certificates, QUESTION: [each.message for each in self.counter.challenges]}
        self.shown = {prefix: (messages, mutations.Trees(messages)) for prefix, messages in shown.items()}
        self.shown_texts = [prefix + forge.base45(message) for prefix in shown for message in shown[prefix]]

    def _answer(self, number: int) -> Answer:
        card = number % 3
        return self.counter.answer(
            self.scene.worlds[card],
            self.code_keys[card if self.rng.random() < 0.9 else 0].sign,
            (ASKED, AUDIENCE, ASKED, OPEN)[number % 4],
            billing=self.rng.random() < 0.4,
            code=self.rng.random() < 0.7,
        )

    # --- scans of presentations

    def anywhere(self) -> Terminal:
        """What some terminal has."""
        asked = self.rng.choice(self.counter.challenges) if self.rng.random() < 0.7 else None
        return self.counter.has(asked)

    def spoiled(self) -> Scan:
        return forge.text(self._spoilt(self.messages, self.trees)), self.anywhere()

    def _spoilt(self, messages: list[bytes], trees: mutations.Trees) -> bytes:
        kinds = (
            mutations.flip_bits,
            mutations.edit_bytes,
            mutations.splice,
            mutations.noise,
            mutations.heads,
            trees.edit,
            trees.exchange,
        )
        return self.rng.choice(kinds)(self.rng, messages)

    def spoiled_text(self) -> Scan:
        return self._spoilt_text(self.scene.texts), self.anywhere()

    def _spoilt_text(self, genuine: list[str]) -> str:
        text = mutations.spoil_text(self.rng, genuine)
        return text.encode("utf-8", "replace").decode()  # JSON has no lone surrogates

    def genuine(self) -> Scan:
        return self.rng.choice(self.scene.texts), self.anywhere()

    def fresh(self) -> Scan:
        """By a phone that tells the truth, now; with a wrong code at times."""
        number = self.rng.randrange(3)
        code, key = self.rng.random() < 0.7, self.rng.choice((number, number, number, 0))
        made = forge.presentation(self.scene.worlds[number], code=code, code_sign=self.code_keys[key].sign)
        return forge.text(made), self.anywhere()

    def signed_by_phone(self) -> Scan:
        number = self.rng.randrange(3)
        world, code = self.scene.worlds[number], self.rng.random() < 0.5
        edit = becomes(encodable(self.rng, forge.claims(world, code=code)))
        made = forge.presentation(world, edit, code=code, code_sign=self.code_keys[number].sign)
        return forge.text(made), self.anywhere()

    def signed_by_issuer(self) -> Scan:
        world = self.scene.world
        edit = self.rng.choice(
            (
                *(becomes(encodable(self.rng, self.claims)) for _ in range(8)),
                forge.drop((forge.CARD, 10)),
                forge.put((forge.CARD, 8), NOW // DAY + self.rng.randrange(3)),
            )
        )
        made = forge.presentation(world, credential=forge.credential(world, edit), code_sign=self.code_keys[0].sign)
        return forge.text(made), self.anywhere()

    def visit(self) -> Scan:
        """An answer, most often where it was asked for; sealed where it can be."""
        rng, answer = self.rng, self.rng.choice(self.answers)
        right = [each for each in self.counter.challenges if each.message == answer.context]
        asked = rng.choice(right or self.counter.challenges) if rng.random() < 0.9 else None
        if asked and rng.random() < 0.05:
            asked = rng.choice(self.counter.challenges)
        return self._sent(answer.message, asked), self.counter.has(asked)

    def _sent(self, message: bytes, asked: Asked | None) -> str:
        rng = self.rng
        to = asked if rng.random() < 0.9 else rng.choice(self.counter.challenges)
        if to is None or to.secret is None or rng.random() < 0.2:
            return forge.text(message)
        text = self.counter.seal(message if rng.random() < 0.95 else mutations.edit_bytes(rng, [message]), to)
        return text if rng.random() < 0.9 else self._spoilt_text([text])

    def presentations(self) -> Iterator[Input]:
        makers = (
            self.spoiled,
            self.spoiled_text,
            self.genuine,
            self.fresh,
            self.signed_by_phone,
            self.signed_by_issuer,
            self.visit,
            self.visit,
        )
        for number in range(PRESENTATIONS):
            make = makers[number % len(makers)]
            late = self.rng.choice(LATER) if make in (self.fresh, self.signed_by_issuer) else 0
            for world in self.scene.worlds:
                world.clock.time = NOW + late
            text, terminal = make()
            yield self.presentation(text, terminal, late)

    def presentation(self, text: str, terminal: Terminal, late: int) -> Input:
        rng = self.rng
        least = {"least_binding": rng.choice(BINDINGS), "least_user_verification": rng.choice(USER_VERIFICATIONS)}
        own = {"least_binding": rng.choice(BINDINGS), "least_user_verification": rng.choice(USER_VERIFICATIONS)}
        now = NOW + late + rng.choice(MOMENTS)
        floor = rng.choice(FLOORS)
        time_floor = 0 if floor is None else now + floor
        return {
            "text": text,
            "session": "visit",
            "purpose": rng.choice(PURPOSES[:3]),
            "terminal": terminal,
            "now": now,
            "time_floor": time_floor,
            **self.trusted[rng.choice(WITHDRAWN)],
            "status_lists": rng.choice(self.status_lists),
            "policy": {
                "environment": "test",  # that of the trust list; another would not be loaded
                **least,
                "skew_limit": rng.choice((0, 60, 300)),
                "status_grace": rng.choice(GRACES),
                "trust_notice": rng.choice(NOTICES),
                "rights_age": rng.choice(AGES),
                "purposes": rng.choice(({}, {}, {"billing": own}, {"billing": own, "records": least})),
                "delegates": True,
            },
        }

    def less_than_an_answer(self, case: Input, result: Result) -> tuple[bool, bool, bool, str | None] | None:
        """What came of something else where an answer was asked for: whether it was sealed, whether its purpose was asked
        for, whether in time, and the verdict. None for what is no such case, or failed for another reason.
        """
        policy, opened = case["policy"], case["terminal"]["challenge"]
        error, least = result.get("error"), policy["purposes"].get(case["purpose"], policy)["least_binding"]
        if opened is None or least != "open" or error not in (None, "binding-too-weak"):
            return None
        if error is None and result["ok"]["binding"] == "challenge":
            return None
        asked = next(each for each in self.counter.challenges if each.message.hex() == opened["bytes"])
        in_time = opened["elapsed"] is not None and opened["elapsed"] < asked.lifetime
        return case["text"].startswith("VTS1:"), case["purpose"] in asked.purposes, in_time, error

    # --- what a phone is shown

    def shown_spoiled(self) -> str:
        prefix = self.rng.choice((STICKER, QUESTION))
        return prefix + forge.base45(self._spoilt(*self.shown[prefix]))

    def shown_spoiled_text(self) -> str:
        return self._spoilt_text(self.shown_texts)

    def shown_genuine(self) -> str:
        return self.rng.choice(self.shown_texts)

    def shown_by_authority(self) -> str:
        """Certified by an authority that says anything, or by somebody else."""
        rng, counter = self.rng, self.counter
        number = rng.randrange(2)
        claims = counter.certificate_claims(number)
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                forge.put((TERMINAL, 1), rng.choice(forge.SMALL_ORDER)),
                forge.put((TERMINAL, 3), sorted(rng.sample(range(1, 9), rng.randrange(1, 5)))),
                forge.put((4,), NOW + rng.choice((0, 1, -1, 300))),
            )
        )
        made = counter.certificate(edit, number=number)
        if rng.random() < 0.1:
            made = counter.certificate(edit, number=number, layer=forge.put((3,), rng.randbytes(64)))
        if rng.random() < 0.3:
            return QUESTION + forge.base45(counter.challenge(forge.put((CHALLENGE, 1), made), number=number))
        return STICKER + forge.base45(made)

    def shown_by_terminal(self) -> str:
        """Asked by a terminal that says anything, or with the certificate of another."""
        rng, counter = self.rng, self.counter
        number = rng.randrange(2)
        claims = counter.challenge_claims(number)
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                forge.put((CHALLENGE, 5), rng.choice((*SMALL_ORDER, rng.randbytes(32)))),
                forge.put((CHALLENGE, 3), 2),
                forge.put((CHALLENGE, 6), {1: rng.randbytes(32), 2: "Café", 3: rng.choice((-1, 0, 99_999_999, 10**8))}),
            )
        )
        signer = counter.terminals[number if rng.random() < 0.9 else 1 - number]
        return QUESTION + forge.base45(counter.challenge(edit, number=number, signer=signer))

    def reviews(self) -> Iterator[Input]:
        makers = (
            self.shown_spoiled,
            self.shown_spoiled_text,
            self.shown_genuine,
            self.shown_by_authority,
            self.shown_by_terminal,
        )
        for number in range(REVIEWS):
            yield {
                "text": makers[number % len(makers)](),
                **self.trusted[None],
                "environment": "test",
                "now": NOW + self.rng.choice(REVIEWED),
            }


@cache
def shared() -> Stage:
    return Stage()


def stage(test: str) -> Stage:
    """Which draws the same, whatever tests came before."""
    shared().rng.seed(f"differential {test}")
    return shared()


#: Nobody lends a card here: that is compared by ``tests/fuzz``, which signs grants anew, and by the vectors.
OF_LENDING = codes("verify", ["V8"]) | {
    "delegation-scope",
    "grant-not-yet-valid",
    "grant-expired",
    "delegations-withdrawn",
    "delegation-not-allowed",
}


def test_presentations() -> None:
    here = stage("presentations")
    inputs = list(here.presentations())
    results = agreed("verify", inputs)
    tally = Tally(result.get("error") for result in results)
    assert tally.total() == PRESENTATIONS
    assert tally[None] > PRESENTATIONS / 100
    assert tally.keys() >= codes("verify", steps("V", 14)) - OF_LENDING
    # ASK-1, which alone is left to refuse for the binding where the policy asks for none.
    wrong = "binding-too-weak"
    fared = Tally(here.less_than_an_answer(case, result) for case, result in zip(inputs, results, strict=True))
    assert fared.keys() - {None} == {
        (sealed, named, in_time, wrong if sealed or (named and in_time) else None)
        for sealed, named, in_time in product((False, True), repeat=3)
    }


def test_reviews() -> None:
    tally = Tally(result.get("error") for result in agreed("review", list(stage("reviews").reviews())))
    assert tally.total() == REVIEWS
    assert tally[None] > REVIEWS / 100
    assert tally.keys() >= codes("terminal", steps("H", 7))
