"""Presentations that were asked for: contexts, sealed answers, step V11."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests import forge
from tests.forge import CHALLENGE, PRESENTATION, both, drop, put
from tests.rules.asked import VISIT, answered, billing_of, code_of, fresh, lenient, opened, sealed_text, sha
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, child, enrolled
from vitaletoken import (
    Binding,
    Code,
    Demand,
    Policy,
    Purpose,
    Reason,
    UserVerification,
    View,
)
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.wire.registry import Algorithm


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


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
    """In a sealed answer it is no answer at all: what it answers is said in the signature, not by the envelope."""
    challenge = forge.challenge(world)
    context = world.certificate().digest if level else None
    message = forge.presentation(world, put((PRESENTATION, 2), level), credential=billing_of(world), context=context)
    assert code_of(fresh(world), forge.text(message)) is Code.BILLING_NOT_PERMITTED
    for text in (forge.text(message), sealed_text(message, challenge)):
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)), replay=MemoryReplayStore())
        assert code_of(verifier, text) is Code.BINDING_TOO_WEAK


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
        world.stopwatch.seconds = 5000
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
        world.stopwatch.seconds += elapsed
        assert code_of(verifier, text) is code
    world.stopwatch.seconds = 5000
    verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
    world.stopwatch.era = b"boot 2"
    assert code_of(verifier, text) is Code.CHALLENGE_EXPIRED


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


# --- sealed answers


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
