"""Co-signed care sheets, right and wrong in every way.

Most wrong ones are validly signed, in one respect wrong or in two, so that the order of the steps is compared too. All randomness
is the caller's.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests import forge
from tests.fuzz.test_hostile import Scene, becomes, encodable
from tests.interop.counter import ASKED, AUDIENCE, CHALLENGE, OPEN, SMALL_ORDER, TERMINAL, Counter, add_numbers
from tests.interop.roots import Input, spoilt
from tests.world import DAY, NOW
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer
from vitaletoken.wire.registry import Algorithm

#: What a challenge of NOW may be dated instead: about the ends of the certificate's time, the trust list's and the cards'.
DATES = (-30 * DAY - 301, -30 * DAY - 300, -301, -300, 1, 30 * DAY - 1, 30 * DAY, 400 * DAY)
#: Of the key that signed the cards at NOW.
WITHDRAWN = ((NOW, True), (NOW + 1, True), (NOW + 1, False))

Fault = Callable[["Signing"], None]


@dataclass
class Signing:
    """A care sheet as it is going to be signed. Each fault changes one thing in it."""

    phone: int
    terminal: int
    at: int
    authority: SoftwareSigner
    issuer: SoftwareSigner
    asked_by: SoftwareSigner
    code_key: int
    sheet: bytes
    signed_sheet: bytes
    billing: bool
    view: int
    level: int = ASKED
    code: bool = True
    card: list[forge.Edit] = field(default_factory=list)
    certificate: list[forge.Edit] = field(default_factory=list)
    signed_certificate: forge.Edit | None = None
    challenge: list[forge.Edit] = field(default_factory=list)
    claims: list[forge.Edit] = field(default_factory=list)
    algorithm: int | None = None
    context: bytes | None = None
    spoil: str | None = None
    withdrawn: tuple[int, bool] | None = None


class Sheets:
    """Makes them, at the counter, with the phones of the scene."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self.scene, self.rng = scene, rng
        self.counter = Counter(scene.world, rng)
        self.code_keys = [forge.code_key(world) for world in scene.worlds]
        self.stranger = generate_signer(scene.world.entropy)[0]
        self.trusted = {each: self.counter.trusted(each) for each in (None, *WITHDRAWN)}
        self.faults: tuple[Fault, ...] = (
            *(self._other_claims,) * 2,
            self._other_level,
            self._other_context,
            self._other_code_key,
            self._other_algorithm,
            self._spoilt,
            *(self._other_card,) * 4,
            *(self._other_issuer,) * 3,
            *(self._other_date,) * 2,
            *(self._other_certificate,) * 4,
            *(self._other_challenge,) * 4,
            self._other_sheet,
            self._numbers_not_asked_for,
        )

    def care_sheet(self) -> Input:
        """For the layer care-sheet."""
        rng, counter, world = self.rng, self.counter, self.scene.world
        phone, terminal, sheet = rng.randrange(3), rng.randrange(2), rng.randbytes(rng.randrange(40))
        view = rng.choice((1, 2))
        signing = Signing(
            phone=phone,
            terminal=terminal,
            at=NOW,
            authority=counter.authority,
            issuer=world.issuer_signer,
            asked_by=counter.terminals[terminal],
            code_key=phone,
            sheet=sheet,
            signed_sheet=sheet,
            billing=view == 2 and rng.random() < 0.7,
            view=view,
            code=rng.random() < 0.7,
        )
        # Each at most once, however often it stands among them.
        for fault in dict.fromkeys(rng.sample(self.faults, rng.choice((0, 1, 1, 1, 1, 2, 2, 3)))):
            fault(signing)
        challenge = self._challenge(signing)
        presentation = self._presentation(signing, challenge)
        if signing.spoil == "challenge":
            challenge = spoilt(rng, challenge)
        return {
            "presentation": presentation.hex(),
            "challenge": challenge.hex(),
            "sheet": signing.sheet.hex(),
            **self.trusted[signing.withdrawn],
            "environment": "test",
        }

    def _challenge(self, signing: Signing) -> bytes:
        rng, counter = self.rng, self.counter
        edit = forge.both(*signing.certificate)
        made = counter.certificate(
            edit, number=signing.terminal, signer=signing.authority, layer=signing.signed_certificate
        )
        content = counter.challenge_claims(signing.terminal)[CHALLENGE] | {
            1: spoilt(rng, made) if signing.spoil == "certificate" else made,
            3: signing.view,
            6: {1: hashlib.sha256(signing.signed_sheet).digest(), 2: "Pharmacie, 2 boîtes", 3: rng.randrange(10**8)},
        }
        if rng.random() < 0.5:
            content[5] = X25519PrivateKey.from_private_bytes(rng.randbytes(32)).public_key().public_bytes_raw()
        edits = (forge.put((CHALLENGE,), content), forge.put((6,), signing.at), *signing.challenge)
        return counter.challenge(forge.both(*edits), number=signing.terminal, signer=signing.asked_by)

    def _presentation(self, signing: Signing, challenge: bytes) -> bytes:
        rng, world = self.rng, self.scene.worlds[signing.phone]
        card = forge.credential(
            world, forge.both(add_numbers if signing.billing else None, *signing.card), signer=signing.issuer
        )
        if signing.spoil == "card":
            card = spoilt(rng, card)
        # The phone's clock counts for nothing.
        iat = rng.choice((NOW, NOW, rng.randrange(2**32)))
        contexts = {OPEN: None, AUDIENCE: rng.randbytes(32), ASKED: hashlib.sha256(challenge).digest()}
        message = forge.presentation(
            world,
            forge.both(
                forge.put((6,), iat),
                forge.put((4,), iat + rng.choice((1, 60))),
                forge.put((forge.PRESENTATION, 2), signing.level),
                *signing.claims,
            ),
            credential=card,
            code=signing.code,
            code_sign=self.code_keys[signing.code_key].sign,
            algorithm=signing.algorithm,
            context=signing.context or contexts[signing.level],
        )
        return spoilt(rng, message) if signing.spoil == "presentation" else message

    # --- what can be wrong

    def _other_claims(self, signing: Signing) -> None:
        claims = forge.claims(self.scene.worlds[signing.phone], code=signing.code)
        claims[forge.PRESENTATION][2] = ASKED
        signing.claims.append(becomes(encodable(self.rng, claims)))

    def _other_level(self, signing: Signing) -> None:
        signing.level = self.rng.choice((OPEN, AUDIENCE))

    def _other_context(self, signing: Signing) -> None:
        signing.context = self.rng.randbytes(32)

    def _other_code_key(self, signing: Signing) -> None:
        signing.code, signing.code_key = True, (signing.phone + 1) % 3

    def _other_algorithm(self, signing: Signing) -> None:
        own = self.scene.worlds[signing.phone].device_key.public_key.algorithm
        signing.algorithm = int(Algorithm.ED25519 if own is Algorithm.ESP256 else Algorithm.ESP256)

    def _spoilt(self, signing: Signing) -> None:
        signing.spoil = self.rng.choice(("presentation", "presentation", "card", "certificate", "challenge"))

    def _other_card(self, signing: Signing) -> None:
        rng, today = self.rng, signing.at // DAY
        claims = forge.credential_claims(forge.credential_of(self.scene.worlds[signing.phone]))
        signing.card.append(
            rng.choice(
                (
                    becomes(encodable(rng, claims)),
                    forge.drop((forge.CARD, 10)),
                    forge.put((6,), signing.at + rng.choice((300, 301))),
                    forge.both(forge.put((6,), NOW - DAY), forge.put((4,), signing.at + rng.choice((0, 1)))),
                    forge.put((forge.CARD, 8), today + rng.choice((0, 1))),
                    forge.put((forge.CARD, 8), today + rng.choice((0, 1))),
                )
            )
        )

    def _other_issuer(self, signing: Signing) -> None:
        match self.rng.randrange(5):
            case 0:
                signing.issuer = self.stranger
            case 1:
                signing.card.append(forge.put((1,), "fr-nobody"))
            case 2:
                signing.card.append(forge.put((6,), NOW - 400 * DAY))
            case 3:
                signing.withdrawn = self.rng.choice(WITHDRAWN)
            case _:
                signing.spoil = "card"

    def _other_date(self, signing: Signing) -> None:
        signing.at = NOW + self.rng.choice(DATES)

    def _other_certificate(self, signing: Signing) -> None:
        rng, counter = self.rng, self.counter
        match rng.randrange(6):
            case 0:
                signing.certificate.append(becomes(encodable(rng, counter.certificate_claims(signing.terminal))))
            case 1:
                signing.certificate.append(
                    forge.put((TERMINAL, 3), sorted(rng.sample(range(1, 9), rng.randrange(1, 5))))
                )
            case 2:
                signing.certificate.append(forge.put((TERMINAL, 1), rng.choice(forge.SMALL_ORDER)))
            case 3:
                signing.certificate.append(forge.put((4,), signing.at + rng.choice((0, 1))))
            case 4:
                signing.authority = self.stranger
            case _:
                signing.signed_certificate = forge.put((3,), rng.randbytes(64))

    def _other_challenge(self, signing: Signing) -> None:
        rng, counter = self.rng, self.counter
        match rng.randrange(4):
            case 0:
                signing.challenge.append(becomes(encodable(rng, counter.challenge_claims(signing.terminal))))
            case 1:
                signing.challenge.append(forge.put((CHALLENGE, 5), rng.choice(SMALL_ORDER)))
            case 2:
                signing.challenge.append(forge.drop((CHALLENGE, 6)))
            case _:
                signing.asked_by = counter.terminals[1 - signing.terminal]

    def _other_sheet(self, signing: Signing) -> None:
        signing.sheet = signing.sheet + b"\0" if self.rng.random() < 0.5 else self.rng.randbytes(20)

    def _numbers_not_asked_for(self, signing: Signing) -> None:
        signing.billing, signing.view = True, 1
