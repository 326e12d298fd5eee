"""Presentations that were asked for: contexts, sealed answers, step V11, and that the first step that fails decides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from tests import forge
from tests.forge import CARD, CHALLENGE, PRESENTATION, SESSION_SECRET, both, drop, put
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, child, enrolled
from vitaletoken import (
    Binding,
    Code,
    Demand,
    InputError,
    Policy,
    Purpose,
    Reason,
    TrustAnchor,
    UsageError,
    UserVerification,
    VerifiedPresentation,
    Verifier,
    View,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryChallengeStore, MemoryReplayStore, MemoryStatus
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant, Occasion
from vitaletoken.rules.credential import verify_credential
from vitaletoken.rules.presentation import (
    AnswerOutcome,
    ReplayOutcome,
    admit,
    authenticate,
    judge,
    require_here_and_now,
)
from vitaletoken.rules.steps import STEPS
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Algorithm

HOUR = 3600
VISIT = "visit 1"


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


def lenient(world: World, **changes: Any) -> Policy:
    return Policy(**{"environment": world.environment, "least_user_verification": UserVerification.NONE, **changes})


def opened(world: World, message: bytes, *, session: str = VISIT, secret: bytes | None = SESSION_SECRET) -> Any:
    """A challenge store in which ``message`` is open since now."""
    store = MemoryChallengeStore()
    claims = parse_challenge(message).unverified_claims
    store.open(OpenChallenge(session, sha(message), message, secret, Instant(b"boot 1", 5000), claims.lifetime))
    return store


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def answered(world: World, challenge: bytes, **options: Any) -> bytes:
    """A genuine answer to ``challenge``, not sealed."""
    edit = both(put((PRESENTATION, 2), 2), options.pop("edit", None))
    return forge.presentation(world, edit, context=sha(challenge), **options)


def sealed_text(message: bytes, challenge: bytes) -> str:
    asked = parse_challenge(challenge).unverified_claims
    assert asked.session_key is not None
    return forge.text(forge.sealed(message, asked.session_key, challenge), "VTS1:")


def billing_of(world: World) -> bytes:
    return world.holder_store.load().billing


def code_of(verifier: Verifier, text: str, purpose: Purpose = Purpose.BILLING) -> Code | None:
    try:
        verifier.verify(text, VISIT, purpose)
    except InputError as refused:
        return refused.code
    return None


# --- level audience


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_a_presentation_for_this_terminal_is_accepted_and_for_another_is_not(algorithm: Algorithm) -> None:
    world = enrolled(algorithm=algorithm)
    mine = world.certificate()
    other = world.certificate(name="Pharmacie du Marché")
    text = world.holder.present(CODE, to=mine).text
    assert world.asking().verify(text, VISIT).claims.binding is Binding.AUDIENCE
    assert code_of(world.asking(terminal=world.desk(certificates=[other])), text) is Code.CONTEXT_MISMATCH
    assert code_of(world.asking(terminal=world.desk(certificates=[])), text) is Code.CONTEXT_UNKNOWN
    assert code_of(world.terminal(), text) is Code.CONTEXT_UNKNOWN


def test_while_one_certificate_takes_anothers_place_both_count(world: World) -> None:
    old, new = world.certificate(), world.certificate(lifetime=99 * DAY)
    desk = world.desk(certificates=[old, new])
    for certificate in (old, new):
        assert world.asking(terminal=desk).verify(world.holder.present(CODE, to=certificate).text, VISIT)


def test_the_code_layer_has_the_context_that_the_device_layer_has(world: World) -> None:
    """Two certificates held: the device layer is for the one and the code layer for the other."""
    one, two = world.certificate(), world.certificate(lifetime=99 * DAY)
    desk = world.desk(certificates=[one, two])
    claims = forge.claims(world)
    claims[PRESENTATION][2] = 1
    card = forge.credential_of(world)
    more = [1, 1, sha(card)]

    def made(device: bytes, code: bytes) -> str:
        aad = forge.aad("presentation-code", *more, code)
        inner = forge.enc(forge.sign1(forge.code_key(world).sign, b"\xa1\x01\x32", aad, forge.enc(claims)))
        aad = forge.aad("presentation-device", *more, device)
        layer = forge.sign1(world.device_key.sign, b"\xa2\x01\x32\x0d" + card, aad, inner)
        return forge.text(forge.enc(layer))

    verifier = world.asking(terminal=desk, replay=MemoryReplayStore())
    assert code_of(verifier, made(one.digest, two.digest)) is Code.CODE_SIGNATURE
    assert code_of(verifier, made(two.digest, one.digest)) is Code.CODE_SIGNATURE
    assert code_of(verifier, made(two.digest, two.digest)) is None


def test_a_level_cannot_be_relabelled(world: World) -> None:
    """The level is in what is signed: an answer to a challenge is none at the counter, even with one digest for both."""
    certificate = world.certificate()
    for signed, said in ((1, 2), (2, 1), (0, 1), (0, 2)):
        claims = forge.claims(world, code=False)
        claims[PRESENTATION][2] = said
        card = forge.credential_of(world)
        aad = forge.aad("presentation-device", 1, signed, sha(card), certificate.digest if signed else None)
        layer = forge.sign1(world.device_key.sign, b"\xa2\x01\x32\x0d" + card, aad, forge.enc(claims))
        verifier = world.asking(policy=lenient(world))
        verifier.challenge(VISIT, [Purpose.BILLING])
        assert code_of(verifier, forge.text(forge.enc(layer))) is Code.CONTEXT_MISMATCH


# --- BILL-1


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("view", [1, 2])
@pytest.mark.parametrize("category", [2, 7])
def test_the_billing_view_takes_all_four(view: int, category: int, sealed: bool, world: World) -> None:
    """Level challenge, asked for, by an establishment with the right to it, sealed; the minimal view takes none of them."""
    certificate = forge.certificate(world, put((forge.TERMINAL, 3), [category]))
    challenge = forge.challenge(world, put((CHALLENGE, 3), view), certificate=certificate)
    verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
    for credential, expected in (
        (billing_of(world), None if (view, category, sealed) == (2, 2, True) else Code.BILLING_NOT_PERMITTED),
        (forge.credential_of(world), None),
    ):
        message = answered(world, challenge, credential=credential)
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
        text = sealed_text(message, challenge) if sealed else forge.text(message)
        assert code_of(verifier, text) is expected


@pytest.mark.parametrize("level", [0, 1])
def test_the_billing_view_is_refused_below_level_challenge(level: int, world: World) -> None:
    """Also in a sealed answer: what it answers is said in the signature, not by the envelope."""
    challenge = forge.challenge(world)
    context = world.certificate().digest if level else None
    message = forge.presentation(world, put((PRESENTATION, 2), level), credential=billing_of(world), context=context)
    for text in (forge.text(message), sealed_text(message, challenge)):
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)), replay=MemoryReplayStore())
        assert code_of(verifier, text) is Code.BILLING_NOT_PERMITTED


@pytest.mark.parametrize("beneficiary", [None, child()])
def test_the_numbers_are_each_where_it_belongs(beneficiary: Any) -> None:
    world = enrolled(**({"beneficiary": beneficiary} if beneficiary else {}))
    verifier = world.asking()
    challenge = verifier.challenge(VISIT, [Purpose.BILLING], view=View.BILLING)
    review = world.holder.review(challenge.text, world.trust)
    seen = verifier.verify(world.holder.present(CODE, to=review.asker).text, VISIT, Purpose.BILLING)
    assert seen.view is View.BILLING
    assert (seen.card.nir, seen.card.policyholder_nir) == (world.beneficiary.nir, world.beneficiary.policyholder_nir)
    assert (seen.sealed, seen.purpose, seen.grade.value) == (True, Purpose.BILLING, "full")


# --- what a level other than challenge does not get


def test_a_sealed_presentation_of_another_level_co_signs_nothing(world: World) -> None:
    """And it is remembered in the replay store, as others of its level; the challenge stays open."""
    challenge = forge.challenge(world)
    for level in (0, 1):
        context = world.certificate().digest if level else None
        message = forge.presentation(world, put((PRESENTATION, 2), level), context=context)
        challenges, replay = opened(world, challenge), MemoryReplayStore()
        verifier = world.asking(terminal=world.desk(challenges=challenges), replay=replay)
        seen = verifier.verify(sealed_text(message, challenge), VISIT)
        assert (seen.sealed, seen.transaction, seen.claims.binding) == (True, None, level)
        assert verifier.verify(forge.text(message), VISIT).repeated
        assert challenges.answer(VISIT, sha(challenge), bytes(24)) is AnswerOutcome.FIRST


# --- CHAL-3 and V12


@pytest.mark.parametrize("lifetime", [1, 60, 120])
def test_an_answer_is_in_time_until_the_lifetime_is_over(lifetime: int) -> None:
    world = enrolled()
    challenge = forge.challenge(world, put((CHALLENGE, 4), lifetime))
    text = sealed_text(answered(world, challenge), challenge)
    for elapsed, code in (
        (0, None),
        (lifetime - 1, None),
        (lifetime, Code.CHALLENGE_EXPIRED),
        (-1, Code.CHALLENGE_EXPIRED),
    ):
        world.stopwatch.seconds = 5000 + elapsed
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
        assert code_of(verifier, text) is code
    world.stopwatch.seconds, world.stopwatch.era = 5000, b"boot 2"
    assert (
        code_of(world.asking(terminal=world.desk(challenges=opened(world, challenge))), text) is Code.CHALLENGE_EXPIRED
    )


@pytest.mark.parametrize("difference", [-10 * DAY, -361, 0, 361])
def test_at_level_challenge_the_phones_clock_decides_nothing(difference: int, world: World) -> None:
    """The presentation's window is not asked, and a skew is reported and held against nobody."""
    challenge = forge.challenge(world)
    edit = both(put((6,), NOW + difference), put((4,), NOW + difference + 60))
    verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
    seen = verifier.verify(sealed_text(answered(world, challenge, edit=edit), challenge), VISIT, Purpose.BILLING)
    assert seen.skew == (difference if difference > 0 else min(0, difference + 59))
    assert Reason.CLOCK_SKEW not in seen.reasons


# --- purposes and policies


def test_a_purpose_can_have_its_own_demands(world: World) -> None:
    """And they take the place of the policy's, upwards and downwards."""
    policy = Policy(
        environment=world.environment,
        least_binding=Binding.AUDIENCE,
        purposes={
            Purpose.IDENTIFICATION: Demand(Binding.OPEN, UserVerification.NONE),
            Purpose.BILLING: Demand(Binding.CHALLENGE, UserVerification.CODE),
        },
    )
    holder, certificate = world.holder, world.certificate()
    for text, codes in (
        (holder.present().text, (None, Code.BINDING_TOO_WEAK, Code.BINDING_TOO_WEAK)),
        (holder.present(to=certificate).text, (None, Code.BINDING_TOO_WEAK, Code.USER_VERIFICATION_TOO_WEAK)),
        (holder.present(CODE, to=certificate).text, (None, Code.BINDING_TOO_WEAK, None)),
    ):
        for purpose, code in zip((Purpose.IDENTIFICATION, Purpose.BILLING, Purpose.RECORDS), codes, strict=True):
            assert code_of(world.asking(policy=policy, replay=MemoryReplayStore()), text, purpose) is code


def test_a_policys_purposes_are_its_own() -> None:
    demands = {Purpose.BILLING: Demand(Binding.CHALLENGE, UserVerification.CODE)}
    policy = Policy(purposes=demands)
    demands.clear()
    assert policy.least(Purpose.BILLING).least_binding is Binding.CHALLENGE
    assert policy.least(Purpose.RECORDS) is policy
    with pytest.raises(TypeError):
        policy.purposes[Purpose.RECORDS] = demands  # type: ignore[index]
    assert hash(policy) == hash(Policy())


# --- the functions refuse what their caller mixed up


def test_the_challenge_goes_with_the_level(world: World) -> None:
    credential = verify_credential(parse_credential(forge.credential_of(world)), world.trust, NOW)
    parsed = parse_presentation(world.present().message)
    authentic = authenticate(parsed, credential, {})
    asked = world.desk().asked(opened(world, forge.challenge(world)).find(VISIT), b"")
    with pytest.raises(UsageError):
        require_here_and_now(authentic, NOW, Occasion(Purpose.BILLING, True, asked), lenient(world))
    timely = require_here_and_now(authentic, NOW, Occasion(Purpose.BILLING), lenient(world))
    current = judge(timely, NOW, world.status.find("fr-cnam", 0), world.trust, lenient(world))
    with pytest.raises(UsageError):
        admit(current, AnswerOutcome.FIRST)
    assert isinstance(admit(current, ReplayOutcome.FIRST), VerifiedPresentation)


# --- the first step that fails decides


@dataclass
class Wrong:
    """Everything that can be wrong with a sealed answer; each code's fault can be taken away alone."""

    world: World
    faults: set[Code] = field(default_factory=set)

    def scan(self) -> Code | None:
        w, bad = self.world, self.faults.__contains__
        category = 7 if bad(Code.BILLING_NOT_PERMITTED) else 2
        certificate = forge.certificate(w, put((forge.TERMINAL, 3), [category]))
        purposes = [1] if bad(Code.PURPOSE_MISMATCH) else [1, 2]
        challenge = forge.challenge(w, put((CHALLENGE, 2), purposes), certificate=certificate)
        other = forge.challenge(w)
        card = both(
            drop((CARD, 10)) if bad(Code.WRONG_ENVIRONMENT) else None,
            put((CARD, 8), NOW // DAY) if bad(Code.RIGHTS_ENDED) else None,
            both(put((6,), NOW + HOUR), put((4,), NOW + HOUR + 1)) if bad(Code.CREDENTIAL_NOT_YET_VALID) else None,
            put((1,), "somebody") if bad(Code.ISSUER_UNKNOWN) else None,
            put((CARD, 15), 1) if bad(Code.CREDENTIAL_STRUCTURE) else None,
        )
        label = "enrolment-offer" if bad(Code.ISSUER_SIGNATURE) else "credential"
        stranger = w.issuer_signer.sign
        coded = not bad(Code.USER_VERIFICATION_TOO_WEAK) or bad(Code.CODE_SIGNATURE)
        message = forge.presentation(
            w,
            both(put((PRESENTATION, 2), 2), put((4,), NOW + 61) if bad(Code.CLAIMS_STRUCTURE) else None),
            credential=forge.credential(w, card, label=label, genuine=billing_of(w)),
            code=coded,
            context=sha(other if bad(Code.CONTEXT_MISMATCH) else challenge),
            code_sign=stranger if bad(Code.CODE_SIGNATURE) else None,
            device_layer=put((1,), {1: -19}) if bad(Code.COSE_STRUCTURE) else None,
        )
        message += b"\0" if bad(Code.CBOR_PROFILE) else b""
        text = sealed_text(message, challenge)
        if bad(Code.SEAL_BROKEN):
            text = sealed_text(message, other)
        text += "\n" if bad(Code.TEXT_ENCODING) else ""
        return code_of(self._verifier(challenge), text)

    def _verifier(self, challenge: bytes) -> Verifier:
        w, bad = self.world, self.faults.__contains__
        session = "another visit" if bad(Code.SEAL_UNKNOWN) else VISIT
        challenges = opened(w, challenge, session=session)
        if bad(Code.CHALLENGE_ANSWERED):
            assert challenges.answer(VISIT, sha(challenge), bytes(24)) is AnswerOutcome.FIRST
        w.stopwatch.seconds = 5120 if bad(Code.CHALLENGE_EXPIRED) else 5000
        claims = w.trust_claims(exp=NOW) if bad(Code.TRUST_LIST_EXPIRED) else w.trust_claims()
        status = MemoryStatus()
        if not bad(Code.STATUS_UNAVAILABLE):
            status.keep(verify_status_list(w.issuer.publish_status_list(), w.trust))
        return w.asking(
            terminal=w.desk(challenges=challenges),
            trust=FixedTrust(verify_trust_list(w.signed_trust_list(claims), TrustAnchor(w.roots), w.environment)),
            status=status,
        )


ORDER = [
    code
    for _, codes in STEPS
    for code in codes
    if code
    in {
        Code.TEXT_ENCODING, Code.SEAL_UNKNOWN, Code.SEAL_BROKEN, Code.CBOR_PROFILE, Code.COSE_STRUCTURE,
        Code.CLAIMS_STRUCTURE, Code.CREDENTIAL_STRUCTURE, Code.TRUST_LIST_EXPIRED, Code.ISSUER_UNKNOWN,
        Code.ISSUER_SIGNATURE, Code.CONTEXT_MISMATCH, Code.CODE_SIGNATURE, Code.CHALLENGE_EXPIRED, Code.PURPOSE_MISMATCH,
        Code.BILLING_NOT_PERMITTED, Code.CREDENTIAL_NOT_YET_VALID, Code.RIGHTS_ENDED, Code.STATUS_UNAVAILABLE,
        Code.WRONG_ENVIRONMENT, Code.USER_VERIFICATION_TOO_WEAK, Code.CHALLENGE_ANSWERED,
    }
]  # fmt: skip


@pytest.mark.parametrize("first", ORDER, ids=[code.value for code in ORDER])
def test_the_first_step_that_fails_decides(first: Code) -> None:
    """VERIFY-1: with this fault and all that come after it, this is the code; within a step the first row."""
    faults = set(ORDER[ORDER.index(first) :])
    if Code.SEAL_UNKNOWN in faults:
        faults -= {Code.CHALLENGE_ANSWERED}  # what is not open has no answer
    assert Wrong(enrolled(), faults).scan() is first


@pytest.mark.parametrize("fault", ORDER, ids=[code.value for code in ORDER])
def test_each_fault_alone_has_its_code(fault: Code) -> None:
    assert Wrong(enrolled(), {fault}).scan() is fault


def test_without_a_fault_it_is_accepted() -> None:
    assert Wrong(enrolled()).scan() is None


def test_a_challenge_without_a_session_key_opens_nothing(world: World) -> None:
    plain = forge.challenge(world, both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1)))
    text = sealed_text(answered(world, plain), forge.challenge(world))
    verifier = world.asking(terminal=world.desk(challenges=opened(world, plain, secret=None)))
    assert code_of(verifier, text) is Code.SEAL_UNKNOWN
    assert code_of(verifier, forge.text(answered(world, plain))) is None


@pytest.mark.parametrize("length", [0, 1, 31, 32, 47, 48])
def test_a_sealed_answer_that_is_too_short_is_broken(length: int, world: World) -> None:
    verifier = world.asking(terminal=world.desk(challenges=opened(world, forge.challenge(world))))
    assert code_of(verifier, forge.text(bytes(length), "VTS1:")) is Code.SEAL_BROKEN


def test_the_prefix_of_a_sealed_answer_is_not_that_of_a_presentation(world: World) -> None:
    challenge = forge.challenge(world)
    verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
    message = answered(world, challenge)
    assert code_of(verifier, forge.text(message, "VTS1:")) is Code.SEAL_BROKEN
    assert code_of(verifier, sealed_text(message, challenge).replace("VTS1:", "VT1:")) is Code.CBOR_PROFILE
    for prefix in ("VTS1", "VTS2:", "vts1:", "VTT1:", "VTC1:"):
        assert code_of(verifier, forge.text(message, prefix)) is Code.TEXT_PREFIX
