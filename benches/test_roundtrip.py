"""What each step of a bound visit costs beside its bare cryptography, in one run: ``make bench``.

Challenge, review, presentation, decision, with software keys and stores in memory. *Bare* is what the step must compute: the
same primitives of the same libraries on the same bytes, with nothing parsed, checked or kept. The figure to reach: no step
over three times that. Minima measured in turns, as in ``test_verify``.

Argon2id is there to be slow, and would hide all the rest: the code is proved under the cheapest profile, on both sides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

import nacl.bindings
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pytest_benchmark.fixture import BenchmarkFixture

from benches.test_verify import NothingSeen, in_turns
from tests.world import CODE, World, enrolled
from vitaletoken import (
    PHARMACY_COUNTER,
    Challenge,
    Environment,
    Presentation,
    Purpose,
    Review,
    Transaction,
    Verifier,
    View,
)
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.crypto import pin
from vitaletoken.rules import context
from vitaletoken.rules.sealing import open_answer
from vitaletoken.rules.terminal import VerifiedChallenge
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Algorithm, Binding, UserVerification

SESSION = "visit"
TRANSACTION = Transaction(hashlib.sha256(b"care sheet").digest(), "Ordonnance, 3 articles", 2650)
HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
#: Any key signs as fast, and any agrees as fast.
SIGNING_KEY = nacl.bindings.crypto_sign_seed_keypair(bytes(32))[1]
PROBE = X25519PrivateKey.from_private_bytes(bytes(32))


@dataclass(frozen=True)
class Signature:
    """One signature of the visit: made and verified, bare."""

    signature: bytes
    tbs: bytes
    public: bytes

    @classmethod
    def of(cls, sign1: CoseSign1, external_aad: bytes, public: bytes) -> Signature:
        return cls(sign1.signature, context.tbs(sign1, external_aad), public)

    def sign(self) -> None:
        nacl.bindings.crypto_sign(self.tbs, SIGNING_KEY)

    def verify(self) -> None:
        nacl.bindings.crypto_sign_open(self.signature + self.tbs, self.public)


@dataclass(frozen=True)
class Bare:
    """The cryptography of each step."""

    world: World
    authority: Signature
    terminal: Signature
    issuer: Signature
    device: Signature
    code: Signature
    secret: bytes
    session_key: bytes
    info: bytes
    presentation: bytes
    sealed: bytes

    def ask(self) -> None:
        SystemEntropy().random(16)  # the nonce
        X25519PrivateKey.from_private_bytes(SystemEntropy().random(32)).public_key().public_bytes_raw()
        self.terminal.sign()

    def review(self) -> None:
        self.authority.verify()
        nacl.bindings.crypto_core_ed25519_is_valid_point(self.terminal.public)  # KEY-2
        self.terminal.verify()
        PROBE.exchange(X25519PublicKey.from_public_bytes(self.session_key))  # SEAL-3

    def answer(self) -> None:
        self.device.sign()
        HPKE.encrypt(self.presentation, X25519PublicKey.from_public_bytes(self.session_key), info=self.info)

    def answer_with_code(self) -> None:
        state = code_of(self.world.holder_store.load())
        derivation = pin.derive(CODE, state.salt, state.profile, bytes(32), self.world.device_key.prf)
        nacl.bindings.crypto_sign_seed_keypair(derivation.seed)
        self.code.sign()
        self.answer()

    def decide(self, *signatures: Signature) -> None:
        HPKE.decrypt(self.sealed, X25519PrivateKey.from_private_bytes(self.secret), info=self.info)
        for signature in signatures:
            signature.verify()


@dataclass(frozen=True)
class Visit:
    """One bill: the care sheet to be co-signed, the billing view, and a terminal that remembers what it asked."""

    world: World
    desk: Verifier
    challenge: Challenge
    review: Review
    answer: Presentation
    bare: Bare

    def ask(self) -> Challenge:
        return ask(self.desk, "another visit")

    def decide(self, desk: Verifier) -> None:
        desk.verify(self.answer.text, SESSION, Purpose.BILLING)


def ask(desk: Verifier, session: str) -> Challenge:
    return desk.challenge(session, [Purpose.BILLING], view=View.BILLING, transaction=TRANSACTION)


def new_desk(world: World) -> Verifier:
    terminal = world.desk(entropy=SystemEntropy())
    return world.asking(policy=PHARMACY_COUNTER.policy(Environment.TEST), terminal=terminal)


@pytest.fixture(scope="module")
def visit() -> Visit:
    world = enrolled(environment=Environment.TEST)
    desk = new_desk(world)
    challenge = ask(desk, SESSION)
    review = world.holder.review(challenge.text, world.trust)
    assert review.challenge is not None
    answer = world.holder.present(CODE, to=review.asker)
    return Visit(world, desk, challenge, review, answer, bare_of(world, review.challenge, answer.message))


def bare_of(world: World, challenge: VerifiedChallenge, sealed: bytes) -> Bare:
    opened = world.challenges.find(SESSION)
    assert opened is not None
    assert opened.secret is not None
    assert challenge.claims.session_key is not None
    message = open_answer(sealed, opened.secret, opened.digest)
    presentation = parse_presentation(message)
    credential = parse_credential(presentation.credential)
    card = credential.unverified_claims
    digest = hashlib.sha256(presentation.credential).digest()
    device_aad, code_aad = context.presentation_aads(Algorithm.ED25519, Binding.CHALLENGE, digest, challenge.digest)
    assert presentation.code_layer is not None
    asked, certificate = parse_challenge(challenge.raw), parse_certificate(challenge.certificate.raw)
    return Bare(
        world,
        Signature.of(certificate.sign1, context.CERTIFICATE_AAD, world.authority_signer.public_key.public),
        Signature.of(asked.sign1, context.CHALLENGE_AAD, world.terminal_signer.public_key.public),
        Signature.of(credential.sign1, context.CREDENTIAL_AAD, world.issuer_signer.public_key.public),
        Signature.of(presentation.device_layer, device_aad, card.device_key.public),
        Signature.of(presentation.code_layer, code_aad, card.card.code_key),
        opened.secret,
        challenge.claims.session_key,
        context.sealed_answer_info(opened.digest),
        message,
        sealed,
    )


def forgetful(visit: Visit) -> Verifier:
    """The same terminal, which has never seen the credential."""
    desk = new_desk(visit.world)
    desk._seen = NothingSeen()
    return desk


def test_ratios(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures of the fourth issue, as a table."""
    bare, holder, asker = visit.bare, visit.world.holder, visit.review.asker
    steps = [
        ("challenge", visit.ask, bare.ask),
        ("review", partial(holder.review, visit.challenge.text, visit.world.trust), bare.review),
        (
            "answer without the code, sealed",
            partial(holder.present, to=asker, user_verification=UserVerification.DEVICE_UNLOCK),
            bare.answer,
        ),
        ("answer with the code, sealed", partial(holder.present, CODE, to=asker), bare.answer_with_code),
        (
            "decision, nothing cached",
            partial(visit.decide, forgetful(visit)),
            partial(bare.decide, bare.issuer, bare.device, bare.code),
        ),
        (
            "decision, credential seen before",
            partial(visit.decide, visit.desk),
            partial(bare.decide, bare.device, bare.code),
        ),
    ]
    timed = in_turns(*(call for _, step, least in steps for call in (step, least)))
    with capsys.disabled():
        print(f"\n{'step, from text to text':34s} {'step':>10s} {'bare':>10s}   (at most x 3)")
        for (name, _, _), step, least in zip(steps, timed[::2], timed[1::2], strict=True):
            print(f"{name:34s} {step * 1e6:7.1f} us {least * 1e6:7.1f} us   x {step / least:.2f}")


def test_challenge(benchmark: BenchmarkFixture, visit: Visit) -> None:
    benchmark(visit.ask)


def test_review(benchmark: BenchmarkFixture, visit: Visit) -> None:
    benchmark(visit.world.holder.review, visit.challenge.text, visit.world.trust)


def test_answer_without_the_code(benchmark: BenchmarkFixture, visit: Visit) -> None:
    benchmark(visit.world.holder.present, to=visit.review.asker, user_verification=UserVerification.DEVICE_UNLOCK)


def test_decision(benchmark: BenchmarkFixture, visit: Visit) -> None:
    benchmark(visit.decide, visit.desk)
