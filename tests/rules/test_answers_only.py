"""A terminal that has asked takes an answer (ASK-1), and the occasion is the one that was signed for."""

from __future__ import annotations

from functools import cache

import pytest

from tests import forge
from tests.forge import CHALLENGE, PRESENTATION, SESSION_SECRET, both, drop, put
from tests.rules.asked import VISIT, answered, code_of, lenient, opened, sealed_text, sha
from tests.world import NOW, World, enrolled
from vitaletoken import (
    Binding,
    Code,
    Purpose,
    UsageError,
    VerifiedPresentation,
)
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.rules.authentic import authenticate
from vitaletoken.rules.binding import AskedChallenge, Occasion
from vitaletoken.rules.credential import verify_credential
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome, admit, judge, require_here_and_now
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.presentation import parse_presentation


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


# --- ASK-1: who has asked takes an answer, and nothing less


def unasked(world: World, level: int) -> bytes:
    """A genuine presentation that answers nothing."""
    context = world.certificate().digest if level else None
    return forge.presentation(world, put((PRESENTATION, 2), level), context=context)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("sealable", [True, False])
@pytest.mark.parametrize(
    ("purpose", "elapsed", "era", "code"),
    [
        (Purpose.BILLING, 0, b"boot 1", Code.BINDING_TOO_WEAK),
        (Purpose.BILLING, 119, b"boot 1", Code.BINDING_TOO_WEAK),
        (Purpose.BILLING, 120, b"boot 1", None),
        (Purpose.BILLING, 0, b"boot 2", None),
        (Purpose.IDENTIFICATION, 0, b"boot 1", Code.BINDING_TOO_WEAK),
        (Purpose.RECORDS, 0, b"boot 1", None),
    ],
)
def test_a_terminal_that_has_asked_takes_an_answer(
    purpose: Purpose, elapsed: int, era: bytes, code: Code | None, sealable: bool, level: int
) -> None:
    """In the challenge's session alone, for its purposes, for as long as it can be answered, sealed or not."""
    w = enrolled()
    edit = None if sealable else both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1))
    secret = SESSION_SECRET if sealable else None
    desk = w.desk(challenges=opened(w, forge.challenge(w, edit), secret=secret))
    w.stopwatch.seconds, w.stopwatch.era = 5000 + elapsed, era
    text = forge.text(unasked(w, level))
    assert code_of(w.asking(terminal=desk), text, purpose) is code
    assert w.asking(terminal=desk, replay=MemoryReplayStore()).verify(text, "another visit", purpose)


def test_also_after_the_answer_came(world: World) -> None:
    """It could still be scanned again."""
    challenge = forge.challenge(world)
    verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)))
    assert code_of(verifier, sealed_text(answered(world, challenge), challenge)) is None
    assert code_of(verifier, forge.text(unasked(world, 0))) is Code.BINDING_TOO_WEAK


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("purpose", Purpose)
def test_a_sealed_presentation_that_answers_nothing_is_refused(purpose: Purpose, level: int, world: World) -> None:
    """Whoever films a QR can seal it. It burns nothing: the challenge stays open, and no replay key is kept."""
    challenge = forge.challenge(world)
    message = unasked(world, level)
    challenges, replay = opened(world, challenge), MemoryReplayStore()
    verifier = world.asking(terminal=world.desk(challenges=challenges), replay=replay)
    assert code_of(verifier, sealed_text(message, challenge), purpose) is Code.BINDING_TOO_WEAK
    assert not verifier.verify(forge.text(message), "another visit").repeated
    assert challenges.answer(VISIT, sha(challenge), bytes(24)) is AnswerOutcome.FIRST


def test_a_sealed_presentation_that_answers_nothing_is_refused_when_the_time_is_over() -> None:
    w = enrolled()
    challenge = forge.challenge(w)
    verifier = w.asking(terminal=w.desk(challenges=opened(w, challenge)))
    w.stopwatch.seconds += 120
    assert code_of(verifier, sealed_text(unasked(w, 0), challenge)) is Code.BINDING_TOO_WEAK


def test_a_policy_that_takes_anything_still_takes_an_answer_once_it_has_asked(world: World) -> None:
    """And the other way round: that a policy asks for more comes first, and is the same code."""
    challenge = forge.challenge(world)
    for least in Binding:
        policy = lenient(world, least_binding=least)
        verifier = world.asking(terminal=world.desk(challenges=opened(world, challenge)), policy=policy)
        assert code_of(verifier, forge.text(unasked(world, 1))) is Code.BINDING_TOO_WEAK
        assert code_of(verifier, sealed_text(answered(world, challenge), challenge)) is None


# --- the functions refuse what their caller mixed up


def test_the_challenge_goes_with_the_level(world: World) -> None:
    credential = verify_credential(parse_credential(forge.credential_of(world)), world.trust, NOW)
    parsed = parse_presentation(world.present().message)
    authentic = authenticate(parsed, credential, {})
    asked = asked_with(world, forge.challenge(world))
    with pytest.raises(UsageError):
        require_here_and_now(authentic, NOW, Occasion(Purpose.BILLING, True, asked), lenient(world))
    timely = require_here_and_now(authentic, NOW, Occasion(Purpose.BILLING), lenient(world))
    current = judge(timely, NOW, world.status.find("fr-cnam", 0), world.trust, lenient(world))
    with pytest.raises(UsageError):
        admit(current, AnswerOutcome.FIRST)
    assert isinstance(admit(current, ReplayOutcome.FIRST), VerifiedPresentation)


def asked_with(world: World, challenge: bytes) -> AskedChallenge:
    pending = world.desk(challenges=opened(world, challenge)).find(VISIT)
    assert pending is not None
    return pending.answered_by(b"")


def test_the_challenge_is_the_one_that_it_answers(world: World) -> None:
    """Of two that the same terminal made: V9 was passed with the one, and the time and the purposes are not the other's."""
    one, two = forge.challenge(world), forge.challenge(world)
    credential = verify_credential(parse_credential(forge.credential_of(world)), world.trust, NOW)
    held = {Binding.CHALLENGE: (sha(two), sha(one))}
    authentic = authenticate(parse_presentation(answered(world, one)), credential, held)
    assert authentic.context == sha(one)
    for asked in (asked_with(world, two), None):
        with pytest.raises(UsageError):
            require_here_and_now(authentic, NOW, Occasion(Purpose.BILLING, True, asked), lenient(world))
    occasion = Occasion(Purpose.BILLING, True, asked_with(world, one))
    assert require_here_and_now(authentic, NOW, occasion, lenient(world)).occasion is occasion


def test_the_context_is_the_one_that_it_verified_with(world: World) -> None:
    credential = verify_credential(parse_credential(forge.credential_of(world)), world.trust, NOW)
    digest = world.certificate().digest
    held = {Binding.AUDIENCE: (bytes(32), digest)}
    assert authenticate(parse_presentation(unasked(world, 1)), credential, held).context == digest
    assert authenticate(parse_presentation(unasked(world, 0)), credential, held).context is None
