"""Two implementations, one verdict and one reason: 20,000 spoiled presentations, the same ones in each run.

A third of them are spoiled blindly or item by item and fail at a signature or before; the others are signed by whoever holds
the key (a phone, an issuer that says anything), or are genuine at another time, under another policy and beside another
status list, so that the later steps are compared too.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.test_hostile import Scene, becomes, encodable
from tests.interop.second import answers, needs_node
from tests.world import DAY, NOW
from vitaletoken import conformance
from vitaletoken.errors import Code
from vitaletoken.rules.steps import STEPS
from vitaletoken.wire.text import serialize_text

COUNT = 20_000

#: What the 20,000 must reach: every code of V1 to V14.
REACHED = {code for _, codes in STEPS[:14] for code in codes}

#: Seconds after NOW: on and beside each boundary of the presentation made at NOW, and days on which other things end.
MOMENTS = (0, 0, 0, 30, 59, 60, 61, 119, 120, 121, 359, 360, -1, -60, -61, -300, -301)
LATER = (0, 0, 0, 0, -DAY, -2 * DAY, 6 * DAY, 8 * DAY, 14 * DAY, 15 * DAY, 40 * DAY)


class Stage:
    """The hostile tests' scene, and what a verifier of another language has to be given of it."""

    def __init__(self) -> None:
        self.scene = Scene()
        world = self.scene.world
        self.trust_list = world.trust_list.hex()
        roots = [forge.enc(forge.cose_key(-19, key.public)).hex() for key in world.roots.keys]
        self.roots = {"threshold": world.roots.threshold, "keys": roots}
        self.rng = random.Random("differential")
        self.claims = forge.credential_claims(forge.credential_of(world))
        self.code_keys = [forge.code_key(each) for each in self.scene.worlds]
        self.status_lists = [[world.issuer.publish_status_list(lifetime=90 * DAY).hex()]] * 5
        self.status_lists += [[], [world.issuer.publish_status_list().hex()]]
        for change in (world.issuer.suspend, world.issuer.revoke):
            change(world.card_id())
            self.status_lists.append([world.issuer.publish_status_list(lifetime=90 * DAY).hex()])

    def case(self, number: int, make: Callable[[], str], late: int) -> dict[str, Any]:
        rng = self.rng
        for world in self.scene.worlds:
            world.clock.time = NOW + late
        verify = {
            "text": make(),
            "session": "visit",
            "now": NOW + late + rng.choice(MOMENTS),
            "trust_list": self.trust_list,
            "roots": self.roots,
            "status_lists": rng.choice(self.status_lists),
            "policy": {
                "environment": "test",  # that of the trust list; another would not be loaded
                "least_binding": rng.choice(("open",) * 9 + ("audience",)),
                "least_user_verification": rng.choice(("none", "none", "device-unlock", "code")),
                "skew_limit": rng.choice((0, 60, 300)),
            },
        }
        return {"id": f"differential/{number}", "layer": "verify", "input": verify}

    def spoiled(self) -> str:
        rng, scene = self.rng, self.scene
        kinds = (
            mutations.flip_bits,
            mutations.edit_bytes,
            mutations.splice,
            mutations.noise,
            mutations.heads,
            scene.trees.edit,
            scene.trees.exchange,
        )
        return serialize_text(rng.choice(kinds)(rng, scene.messages))

    def spoiled_text(self) -> str:
        text = mutations.spoil_text(self.rng, self.scene.texts)
        return text.encode("utf-8", "replace").decode()  # JSON has no lone surrogates

    def genuine(self) -> str:
        return self.rng.choice(self.scene.texts)

    def fresh(self) -> str:
        """By a phone that tells the truth, now; with a wrong code at times."""
        number = self.rng.randrange(3)
        code, key = self.rng.random() < 0.7, self.rng.choice((number, number, number, 0))
        return serialize_text(
            forge.presentation(self.scene.worlds[number], code=code, code_sign=self.code_keys[key].sign)
        )

    def signed_by_phone(self) -> str:
        number = self.rng.randrange(3)
        world, code = self.scene.worlds[number], self.rng.random() < 0.5
        edit = becomes(encodable(self.rng, forge.claims(world, code=code)))
        return serialize_text(forge.presentation(world, edit, code=code, code_sign=self.code_keys[number].sign))

    def signed_by_issuer(self) -> str:
        world = self.scene.world
        edit = forge.drop((forge.CARD, 10)) if self.rng.random() < 0.1 else becomes(encodable(self.rng, self.claims))
        credential = forge.credential(world, edit)
        return serialize_text(forge.presentation(world, credential=credential, code_sign=self.code_keys[0].sign))

    def cases(self) -> Iterator[dict[str, Any]]:
        makers = (
            self.spoiled,
            self.spoiled_text,
            self.genuine,
            self.fresh,
            self.signed_by_phone,
            self.signed_by_issuer,
        )
        for number in range(COUNT):
            make = makers[number % len(makers)]
            late = self.rng.choice(LATER) if make in (self.fresh, self.signed_by_issuer) else 0
            yield self.case(number, make, late)


@needs_node
def test_both_say_the_same() -> None:
    cases = list(Stage().cases())
    ours = {case["id"]: json.loads(json.dumps(conformance.run(case))) for case in cases}
    theirs = answers(cases)
    differing = [
        (case["id"], ours[case["id"]], theirs.get(case["id"]), case["input"]["text"])
        for case in cases
        if ours[case["id"]] != theirs.get(case["id"])
    ]
    assert not differing, f"{len(differing)} of {COUNT}; the first: {differing[:2]}"
    reached = Counter(result.get("error") for result in ours.values())
    assert reached[None] > COUNT / 100
    assert len(reached) > 15, reached
    never = set(Code) - {Code(code) for code in reached if code}
    assert not never & {
        Code.CLAIMS_STRUCTURE,
        Code.CREDENTIAL_STRUCTURE,
        Code.PRESENTATION_EXPIRED,
        Code.STATUS_UNAVAILABLE,
    }
