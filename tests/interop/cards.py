"""Cards that a phone is given, as one view or as two: its own and others', right and wrong in every way.

Everything is signed by hand, most wrong ones validly, and wrong in one respect or in two. All randomness is the caller's.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests import forge
from tests.fuzz.test_hostile import Scene, becomes, encodable
from tests.interop.counter import Counter, add_numbers
from tests.interop.roots import Input, spoilt
from tests.world import DAY, NOW
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer

#: Of the key that signs the cards at NOW.
WITHDRAWN = (None,) * 12 + ((NOW, True), (NOW + 1, True), (NOW + 1, False))
#: After NOW: about the end of the trust list, which the cards outlive.
MOMENTS = (0,) * 12 + (-DAY, 30 * DAY - 1, 30 * DAY)


@dataclass
class View:
    """A view of a card as it is going to be signed. Each fault changes one thing in it."""

    phone: int
    now: int
    signer: SoftwareSigner
    edits: list[forge.Edit] = field(default_factory=list)
    scramble: bool = False
    spoil: bool = False


#: That of the billing views made here.
NIR = "2850375123456"


class Cards:
    """What an issuer hands out in answer to the requests of the scene's phones."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self.scene, self.rng = scene, rng
        counter = Counter(scene.world, rng)
        self.stranger = generate_signer(scene.world.entropy)[0]
        self.requests = [forge.request(world, scene.world.issuer.offer()) for world in scene.worlds]
        self.trusted = {each: counter.trusted(each) for each in WITHDRAWN}
        self.faults: tuple[Callable[[list[View]], None], ...] = (
            *(self._scrambled,) * 2,
            *(self._of_another,) * 3,
            *(self._other_content,) * 3,
            *(self._other_time,) * 2,
            self._by_another,
            self._spoilt,
        )

    def accept(self) -> Input:
        """For the layer accept."""
        rng = self.rng
        phone, now = rng.randrange(3), NOW + rng.choice(MOMENTS)
        card, billing = [View(phone, now, self.scene.world.issuer_signer) for _ in range(2)]
        billing.edits.append(add_numbers)
        for fault in rng.sample(self.faults, rng.choice((0, 0, 1, 1, 1, 2))):
            fault(rng.choice(([card], [billing], [billing], [card, billing])))
        first, second = self._signed(card), self._signed(billing) if rng.random() < 0.85 else None
        if second is not None and rng.random() < 0.06:
            first, second = rng.choice(((second, first), (first, first), (second, second)))
        return {
            "credential": first.hex(),
            "billing": second and second.hex(),
            "request": self.requests[phone if rng.random() < 0.95 else (phone + 1) % 3].hex(),
            "nir": NIR if rng.random() < 0.95 else forge.NUMBER[0],
            "salt": forge.NUMBER[1].hex(),
            "renewal": None,
            "introduction": None,
            **self.trusted[rng.choice(WITHDRAWN)],
            "environment": "test",
            "now": now,
        }

    def _signed(self, view: View) -> bytes:
        request = hashlib.sha256(self.requests[view.phone]).digest()
        commitment = hashlib.sha256(forge.aad("number", forge.NUMBER[1], NIR)).digest()
        binding = hashlib.sha256(forge.aad("enrolment", request, commitment)).digest()[:16]
        edit = forge.both(forge.put((forge.CARD, 9), [1, binding]), *view.edits)
        if view.scramble:
            edit = forge.both(edit, self._scramble)
        made = forge.credential(self.scene.worlds[view.phone], edit, signer=view.signer)
        return spoilt(self.rng, made) if view.spoil else made

    def _scramble(self, claims: Any) -> None:
        becomes(encodable(self.rng, claims))(claims)

    # --- what can be wrong, in the views given

    def _scrambled(self, views: list[View]) -> None:
        for view in views:
            view.scramble = True

    def _of_another(self, views: list[View]) -> None:
        """Of another phone, in one respect."""
        other = self.scene.worlds[(views[0].phone + 1) % 3]
        claims = forge.credential_claims(forge.credential_of(other))
        edit = self.rng.choice(
            (
                forge.put((8,), claims[8]),
                forge.put((forge.CARD, 1), claims[forge.CARD][1]),
                forge.put((forge.CARD, 9), claims[forge.CARD][9]),
            )
        )
        self._both(views, edit)

    def _other_content(self, views: list[View]) -> None:
        """Allowed if it stands in both views, and of the numbers also in one."""
        rng = self.rng
        edit = rng.choice(
            (
                forge.put((7,), rng.randbytes(8)),
                forge.put((forge.CARD, 3, 1), "Durand"),
                forge.put((forge.CARD, 6, 1), rng.randrange(1000)),
                forge.put((forge.CARD, 8), NOW // DAY + 9),
                forge.put((forge.CARD, 12), rng.randbytes(32)),
                forge.put(
                    (forge.CARD, 13), rng.choice(("170012A123456", "285032B123456", "2850375123457", "28503751234567"))
                ),
                forge.drop((forge.CARD, 10)),
                forge.drop((forge.CARD, 10)),
            )
        )
        self._both(views, edit)

    def _other_time(self, views: list[View]) -> None:
        rng, now = self.rng, views[0].now
        ended = forge.both(forge.put((6,), NOW - 2 * DAY), forge.put((4,), now + rng.choice((0, 1))))
        self._both(views, rng.choice((ended, ended, forge.put((6,), NOW - 400 * DAY), forge.put((6,), NOW + DAY))))

    def _by_another(self, views: list[View]) -> None:
        if self.rng.random() < 0.5:
            self._both(views, forge.put((1,), "fr-nobody"))
        for view in views:
            view.signer = self.stranger

    def _spoilt(self, views: list[View]) -> None:
        for view in views:
            view.spoil = True

    @staticmethod
    def _both(views: list[View], edit: forge.Edit) -> None:
        for view in views:
            view.edits.append(edit)
