"""Hostile stickers and challenges to a phone, hostile answers to a terminal that has asked, hostile care sheets.

As in ``test_hostile``: the same ones in each run, only ``InputError`` comes out, and nothing is accepted but what was signed.
The terminal forgets who has answered, so that this cannot hide an acceptance.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from functools import cache

import pytest

from tests import forge
from tests.crypto import reference_hpke
from tests.forge import CHALLENGE, PRESENTATION, SESSION_SECRET, TERMINAL, both, drop, put
from tests.fuzz import mutations
from tests.fuzz.mutations import Random
from tests.fuzz.test_hostile import Forgetful, anything, attack, becomes, encodable, spoiled
from tests.world import NOW, enrolled
from vitaletoken import Code, Policy, Purpose, UserVerification, verify_care_sheet
from vitaletoken.adapters.memory import MemoryChallengeStore
from vitaletoken.crypto.sealing import session_public_key
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.presentation import AnswerOutcome
from vitaletoken.rules.terminal import review
from vitaletoken.wire.text import CERTIFICATE_PREFIX, CHALLENGE_PREFIX, SEALED_PREFIX, serialize_text

SHEET = b"care sheet"
BOTH = (CERTIFICATE_PREFIX, CHALLENGE_PREFIX)
SESSION_KEY = session_public_key(SESSION_SECRET)


class Forgiving(MemoryChallengeStore):
    """A challenge store to which every answer is the first."""

    def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
        return AnswerOutcome.FIRST


class Visit:
    """A terminal that has asked, a phone that has both views of its card, and what each genuinely shows."""

    def __init__(self) -> None:
        w = self.world = enrolled(seed="visit")
        self.certificates = [w.certificate().raw, forge.certificate(w, put((TERMINAL, 3), [1, 2]))]
        plain = both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1))
        self.challenges = [
            forge.challenge(w),
            forge.challenge(w, put((CHALLENGE, 3), 1), certificate=self.certificates[1]),
            forge.challenge(w, plain),
            forge.challenge(w, both(plain, drop((CHALLENGE, 6)))),
        ]
        self.asked = self.challenges[0]
        digest = hashlib.sha256(self.asked).digest()
        store = Forgiving()
        store.open(OpenChallenge("visit 1", digest, self.asked, SESSION_SECRET, Instant(b"boot 1", 5000), 120))
        policy = Policy(environment=w.environment, least_user_verification=UserVerification.NONE, skew_limit=300)
        self.terminal = w.asking(terminal=w.desk(challenges=store), replay=Forgetful(), policy=policy)
        cards = (forge.credential_of(w), w.views().billing)
        self.answers = [
            self.answer(self.asked, code=code, credential=credential) for code in (True, False) for credential in cards
        ]
        self.others = [
            self.answer(self.challenges[1]),
            forge.presentation(w),
            forge.presentation(w, put((PRESENTATION, 2), 1), context=w.certificate().digest),
        ]

    def answer(self, challenge: bytes, *, code: bool = True, credential: bytes | None = None) -> bytes:
        digest = hashlib.sha256(challenge).digest()
        return forge.presentation(
            self.world, put((PRESENTATION, 2), 2), code=code, credential=credential, context=digest
        )

    def sealed(self, rng: Random, message: bytes) -> bytes:
        info = forge.aad("sealed-answer", hashlib.sha256(self.asked).digest())
        return reference_hpke.seal(message, SESSION_KEY, info, rng.randbytes(32))

    def verify(self, text: bytes | str) -> object:
        return self.terminal.verify(str(text), "visit 1", Purpose.BILLING)

    def review(self, text: bytes | str) -> object:
        return review(str(text), self.world.trust, NOW)


@cache
def visit() -> Visit:
    return Visit()


def test_the_genuine_messages_are_accepted() -> None:
    """Else nothing below would mean anything."""
    here, rng = visit(), random.Random("genuine")
    for message in here.answers:
        assert here.verify(serialize_text(here.sealed(rng, message), SEALED_PREFIX))
    for certificate in here.certificates:
        assert here.review(serialize_text(certificate, CERTIFICATE_PREFIX))
    for challenge in here.challenges:
        assert here.review(serialize_text(challenge, CHALLENGE_PREFIX))


# --- to the phone


def test_a_phone_believes_no_sticker_and_no_challenge_but_what_was_signed() -> None:
    here, rng = visit(), random.Random("review")
    corpus = [*here.certificates, *here.challenges]
    genuine = {serialize_text(data, CERTIFICATE_PREFIX) for data in here.certificates}
    genuine |= {serialize_text(data, CHALLENGE_PREFIX) for data in here.challenges}
    texts = sorted(genuine)

    def make(data: bytes) -> str:
        if rng.random() < 0.3:
            return mutations.spoil_text(rng, texts)
        return serialize_text(data, rng.choice(BOTH))

    inputs = (make(data) for data in spoiled(random.Random("review messages"), corpus, 10_000))
    outcomes = attack(inputs, here.review, genuine.__contains__)
    assert outcomes.total() == 10_000
    assert {
        Code.TERMINAL_TEXT,
        Code.CHALLENGE_STRUCTURE,
        Code.CERTIFICATE_STRUCTURE,
        Code.CERTIFICATE_AUTHORITY,
        Code.CERTIFICATE_SIGNATURE,
        Code.CHALLENGE_SIGNATURE,
        None,
    } <= set(outcomes)


def test_an_authority_that_signs_anything_causes_no_foreign_exception() -> None:
    here, rng = visit(), random.Random("authority")
    claims = forge.dec(forge.dec(here.certificates[0])[2])

    def make() -> str:
        return serialize_text(forge.certificate(here.world, becomes(encodable(rng, claims))), CERTIFICATE_PREFIX)

    outcomes = attack((make() for _ in range(1000)), here.review, anything)
    assert outcomes.total() == 1000
    assert {Code.CERTIFICATE_STRUCTURE, Code.CERTIFICATE_AUTHORITY, None} <= set(outcomes)


def test_a_terminal_that_signs_anything_causes_no_foreign_exception() -> None:
    here, rng = visit(), random.Random("terminal")
    claims = forge.dec(forge.dec(here.asked)[2])
    desk = forge.certificate(here.world, put((TERMINAL, 3), [7]))
    bases = [
        claims,
        *(forge.edited(claims, put((CHALLENGE, *path), value)) for path, value in (((1,), desk), ((5,), bytes(32)))),
    ]

    def make() -> str:
        hostile = becomes(encodable(rng, rng.choice(bases)))
        return serialize_text(forge.challenge(here.world, hostile), CHALLENGE_PREFIX)

    outcomes = attack((make() for _ in range(1500)), here.review, anything)
    assert outcomes.total() == 1500
    assert {
        Code.CHALLENGE_STRUCTURE,
        Code.CERTIFICATE_STRUCTURE,
        Code.SESSION_KEY,
        Code.BILLING_REFUSED,
        None,
    } <= set(outcomes)


# --- to the terminal that has asked


def test_a_seal_is_whole_or_broken() -> None:
    """Nobody gets past it without the session key; what is in it is not even looked at."""
    here, rng = visit(), random.Random("ciphertext")
    corpus = [here.sealed(rng, message) for message in here.answers]
    kinds = (mutations.flip_bits, mutations.edit_bytes, mutations.splice, mutations.noise)
    genuine = {serialize_text(data, SEALED_PREFIX) for data in corpus}
    texts = sorted(genuine)

    def make() -> str:
        if rng.random() < 0.2:
            return mutations.spoil_text(rng, texts)
        return serialize_text(rng.choice(kinds)(rng, corpus), SEALED_PREFIX)

    outcomes = attack((make() for _ in range(4000)), here.verify, genuine.__contains__)
    assert outcomes.total() == 4000
    assert outcomes[Code.SEAL_BROKEN] > 2000
    unopened = {Code.TEXT_TOO_LONG, Code.TEXT_PREFIX, Code.TEXT_ENCODING, Code.SEAL_BROKEN}
    assert set(outcomes) - {Code.CBOR_PROFILE} == {*unopened, None}, "CBOR: VTS1 that was made VT1 is a presentation"


def test_whoever_can_seal_cannot_answer() -> None:
    """The session key is in the QR that hangs in the open: anybody can seal anything to it."""
    here, rng = visit(), random.Random("inner")
    opened: dict[str, bytes] = {}

    def make(data: bytes) -> str:
        text = serialize_text(here.sealed(rng, data[:1064]), SEALED_PREFIX)
        opened[text] = data
        return text

    inputs = (make(data) for data in spoiled(random.Random("inner messages"), [*here.answers, *here.others], 2500))
    outcomes = attack(inputs, here.verify, lambda text: opened[str(text)] in here.answers)
    assert outcomes.total() == 2500
    assert {
        Code.CBOR_PROFILE,
        Code.COSE_STRUCTURE,
        Code.CLAIMS_STRUCTURE,
        Code.CREDENTIAL_STRUCTURE,
        Code.ISSUER_SIGNATURE,
        Code.CONTEXT_MISMATCH,
        Code.BINDING_TOO_WEAK,
        None,
    } <= set(outcomes)


# --- to whoever checks a care sheet later

Pair = tuple[bytes, bytes]


@pytest.mark.parametrize("part", ["presentation", "challenge", "both"])
def test_a_care_sheet_is_signed_by_an_answer_to_its_challenge(part: str) -> None:
    here, rng = visit(), random.Random(f"care sheet {part}")
    asked = here.challenges[:3]
    genuine = [(message, here.asked) for message in here.answers]
    genuine += [(here.others[0], asked[1]), (here.answer(asked[2]), asked[2])]
    presentations = [*(message for message, _ in genuine), *here.others[1:]]
    shown = spoiled(random.Random(f"{part} 1"), presentations, 1500)
    said = spoiled(random.Random(f"{part} 2"), here.challenges, 1500)

    def make() -> Pair:
        message, challenge = rng.choice(genuine)
        return (
            message if part == "challenge" else next(shown),
            challenge if part == "presentation" else next(said),
        )

    accept: Callable[[Pair], object] = lambda pair: verify_care_sheet(*pair, SHEET, here.world.trust)  # noqa: E731
    outcomes = attack((make() for _ in range(1500)), accept, genuine.__contains__)  # type: ignore[arg-type]
    assert outcomes.total() == 1500
    reached = {
        "presentation": {Code.CLAIMS_STRUCTURE, Code.CREDENTIAL_STRUCTURE, Code.CONTEXT_MISMATCH, None},
        "challenge": {Code.CHALLENGE_STRUCTURE, Code.CERTIFICATE_SIGNATURE, Code.CHALLENGE_SIGNATURE, None},
        "both": {Code.CBOR_PROFILE, Code.CHALLENGE_STRUCTURE},
    }
    assert reached[part] <= set(outcomes)
