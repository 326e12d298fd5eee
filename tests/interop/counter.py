"""A counter where the card is asked for: an authority, its terminals, their challenges, and what phones answer.

Everything is signed by hand, as spec/vitaletoken.md section 13 says, and sealed by the HPKE of the package cryptography: nothing
of the library writes here. All randomness is the caller's, but for the ephemeral keys of sealed answers, on which no verdict
depends.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from itertools import product
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tests import forge
from tests.world import DAY, NOW, World
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer

TERMINAL, CHALLENGE = -65540, -65541
AUTHORITY_ID = "fr-authority"
PURPOSES = ("identification", "billing", "dispensing", "admission", "records")
OPEN, AUDIENCE, ASKED = range(3)
HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)

#: X25519 public keys with which every shared secret is zero: 0, 1, p - 1, and the same not canonically.
SMALL_ORDER = tuple(number.to_bytes(32, "little") for number in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255))

Terminal = dict[str, Any]  # the input of the verify layer


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge, and what its terminal keeps of it."""

    message: bytes
    secret: bytes | None
    lifetime: int
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A presentation, and the message that it answers."""

    message: bytes
    context: bytes | None


class Counter:
    """Two terminals of one authority: a pharmacy, which may see numbers, and a public desk, which may not."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.rng = rng
        self.world = world
        self.authority, *self.terminals = [generate_signer(world.entropy)[0] for _ in range(3)]
        key = {1: forge.cose_key(-19, self.authority.public_key.public), 2: [4], 3: NOW - 365 * DAY, 4: NOW + 365 * DAY}
        entry = {1: AUTHORITY_ID, 2: "Autorité de certification", 3: [key], 4: [2, 3, 5, 7]}
        self.authorities = [entry]
        self.certificates = [self.certificate(), self.certificate(forge.put((TERMINAL, 3), [7]), number=1)]
        self.challenges = [
            self.asked(number, view, sealed, paid)
            for number, view, sealed, paid in product((0, 1), (1, 2), (True, False), (True, False))
        ]

    # --- what everybody has

    def trusted(self, withdrawn: tuple[int, bool] | None = None) -> dict[str, Any]:
        """A trust list, in which the issuer's key is withdrawn for cards, and the roots by which to believe it."""

        def withdraw(claims: Any) -> None:
            keys = claims[6][0][3]
            entry = keys.pop()
            # What it signed as status lists counts all the same.
            keys += [entry | {2: [1, 3], 5: list(withdrawn or ())}, entry | {2: [2]}]

        world = self.world
        edit = forge.both(forge.put((7,), self.authorities), withdraw if withdrawn else None)
        keys = [forge.enc(forge.cose_key(-19, key.public)).hex() for key in world.roots.keys]
        return {
            "trust_list": forge.trust_list(world, edit).hex(),
            "roots": {"threshold": world.roots.threshold, "keys": keys},
        }

    # --- what the terminals have

    def certificate(
        self,
        edit: forge.Edit | None = None,
        *,
        number: int = 0,
        signer: SoftwareSigner | None = None,
        layer: forge.Edit | None = None,
    ) -> bytes:
        signer = signer or self.authority
        header = forge.header_kid(signer.public_key.public)
        payload = forge.enc(forge.edited(self.certificate_claims(number), edit))
        signed = forge.sign1(signer.sign, header, forge.aad("terminal-certificate"), payload)
        return forge.enc(forge.edited(signed, layer))

    def certificate_claims(self, number: int = 0) -> dict[int, Any]:
        terminal = {
            1: self.terminals[number].public_key.public,
            2: bytes([number] * 8),
            3: [2, 3],
            4: "750012345",
            5: "Pharmacie de la Gare",
        }
        return {1: AUTHORITY_ID, 4: NOW + 200 * DAY, 6: NOW - 30 * DAY, TERMINAL: terminal}

    def challenge(
        self, edit: forge.Edit | None = None, *, number: int = 0, signer: SoftwareSigner | None = None
    ) -> bytes:
        signer = signer or self.terminals[number]
        payload = forge.enc(forge.edited(self.challenge_claims(number), edit))
        return forge.enc(forge.sign1(signer.sign, b"\xa1\x01\x32", forge.aad("challenge"), payload))

    def challenge_claims(self, number: int = 0) -> dict[int, Any]:
        content = {1: self.certificates[number], 2: [1, 2], 3: 1, 4: 60}
        return {6: NOW, 7: self.rng.randbytes(16), CHALLENGE: content}

    def asked(self, number: int, view: int, sealed: bool, paid: bool) -> Asked:
        rng = self.rng
        secret = rng.randbytes(32) if sealed else None
        content = self.challenge_claims(number)[CHALLENGE] | {
            2: sorted(rng.sample(range(1, 6), rng.randrange(1, 5))),
            3: view,
            4: rng.choice((1, 60, 120)),
        }
        if secret:
            content[5] = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        if paid:
            content[6] = {1: rng.randbytes(32), 2: "Pharmacie, 2 boîtes", 3: rng.randrange(10_000)}
        purposes = tuple(PURPOSES[each - 1] for each in content[2])
        return Asked(self.challenge(forge.put((CHALLENGE,), content), number=number), secret, content[4], purposes)

    def has(self, asked: Asked | None) -> Terminal:
        """What a terminal has while ``asked`` is open."""
        rng = self.rng
        held = rng.choice(([], self.certificates[:1], self.certificates[1:], self.certificates))
        opened = None
        if asked is not None:
            elapsed = rng.choice((0, 0, 0, asked.lifetime - 1, asked.lifetime, None))
            opened = {"bytes": asked.message.hex(), "secret": asked.secret and asked.secret.hex(), "elapsed": elapsed}
        return {"categories": [], "certificates": [each.hex() for each in held], "challenge": opened}

    # --- what phones answer

    def answer(self, world: World, code_sign: forge.Sign, level: int, *, billing: bool, code: bool) -> Answer:
        """By a phone that shows whichever view of its card to whoever asks."""
        contexts: dict[int, list[bytes]] = {
            OPEN: [],
            AUDIENCE: self.certificates,
            ASKED: [each.message for each in self.challenges],
        }
        chosen = self.rng.choice(contexts[level]) if contexts[level] else None
        message = forge.presentation(
            world,
            forge.put((forge.PRESENTATION, 2), level),
            credential=forge.credential(world, add_numbers) if billing else None,
            code=code,
            code_sign=code_sign,
            context=chosen and hashlib.sha256(chosen).digest(),
        )
        return Answer(message, chosen)

    def seal(self, message: bytes, asked: Asked) -> str:
        """The text of a sealed answer."""
        assert asked.secret
        key = X25519PrivateKey.from_private_bytes(asked.secret).public_key()
        info = forge.aad("sealed-answer", hashlib.sha256(asked.message).digest())
        return "VTS1:" + forge.base45(HPKE.encrypt(message, key, info=info))


def add_numbers(claims: Any) -> None:
    """Makes the billing view of a card."""
    card = claims[forge.CARD]
    card[13] = "2850375123456"
    if card[4] != 1:
        card[14] = "170012A123456"
