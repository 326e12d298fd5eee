"""A review is of now: what the phone asks again when it signs (ASK-2)."""

from __future__ import annotations

import dataclasses

import pytest

from tests import forge
from tests.forge import CARD, CHALLENGE, drop, put
from tests.roles.test_holder_asked import VISIT, challenge, refusal_of
from tests.world import CODE, DAY, NOW, World, enrolled
from vitaletoken import (
    Code,
    Environment,
    Purpose,
    Rejected,
    UsageError,
    UserVerification,
    verify_challenge,
    verify_trust_list,
)


def test_an_answer_comes_within_the_challenges_lifetime_of_its_review() -> None:
    """By the phone's clock, both ways: a clock set back says nothing of how long ago it was."""
    w = enrolled()
    asker = challenge(w, put((CHALLENGE, 4), 30))
    before = w.holder_store.load()
    for elapsed in (31, -1, DAY, -300):
        w.clock.time = NOW + elapsed
        for code in (CODE, None):
            with pytest.raises(UsageError, match="review it again"):
                w.holder.present(code, to=asker, user_verification=UserVerification.NONE)
    assert w.holder_store.load() == before
    for elapsed in (0, 30):
        w.clock.time = NOW + elapsed
        assert w.holder.present(CODE, to=asker)


def test_a_challenge_reviewed_again_is_answered() -> None:
    """How old it is by the terminal's clock is for the terminal; the phone counts from its own review."""
    w = enrolled()
    text = forge.text(forge.challenge(w), "VTC1:")
    w.clock.time += 3600
    review = w.holder.review(text, w.trust)
    assert review.challenge is not None
    assert review.challenge.verified_at == NOW + 3600
    assert w.holder.present(CODE, to=review.asker)


@pytest.mark.parametrize("asks", [True, False], ids=["challenge", "sticker"])
def test_the_certificate_is_in_time_when_it_is_signed_for(asks: bool) -> None:
    w = enrolled()
    certificate = w.certificate(lifetime=60)
    asker = verify_challenge(forge.challenge(w, certificate=certificate.raw), w.trust, NOW) if asks else certificate
    before = w.holder_store.load()
    for elapsed in (60, -301):
        w.clock.time = NOW + elapsed
        assert refusal_of(w.holder.present, CODE, to=asker) is Code.CERTIFICATE_NOT_VALID
    assert w.holder_store.load() == before
    w.clock.time = NOW + 59
    assert w.holder.present(CODE, to=asker)


@pytest.mark.parametrize("asks", [True, False], ids=["challenge", "sticker"])
def test_the_trust_list_of_the_review_is_in_force_when_it_is_signed_for(asks: bool) -> None:
    w = enrolled()
    trust = verify_trust_list(w.signed_trust_list(w.trust_claims(exp=NOW + 60)), w.anchor, w.environment)
    text = forge.text(forge.challenge(w), "VTC1:") if asks else w.certificate().text
    asker = w.holder.review(text, trust).asker
    before = w.holder_store.load()
    w.clock.time = NOW + 60
    assert refusal_of(w.holder.present, CODE, to=asker) is Code.CERTIFICATE_AUTHORITY
    assert w.holder_store.load() == before
    w.clock.time = NOW + 59
    assert w.holder.present(CODE, to=asker)


@pytest.mark.parametrize("asks", [True, False], ids=["challenge", "sticker"])
def test_a_card_is_shown_to_terminals_of_its_environment(asks: bool) -> None:
    """A test trust list makes no terminal that a production card is shown to, nor the other way round; no try is spent."""
    w = enrolled()
    text = forge.text(forge.challenge(w), "VTC1:") if asks else w.certificate().text
    asker = w.holder.review(text, w.trust).asker
    production = verify_trust_list(
        w.signed_trust_list(w.trust_claims(environment=Environment.PRODUCTION)), w.anchor, Environment.PRODUCTION
    )
    elsewhere = w.holder.review(text, production).asker
    before = w.holder_store.load()
    for code in (CODE, "270518", None):
        level = UserVerification.NONE if code else UserVerification.BIOMETRIC
        assert refusal_of(w.holder.present, code, to=elsewhere, user_verification=level) is Code.WRONG_ENVIRONMENT
    assert w.holder_store.load() == before
    assert w.holder.present(CODE, to=asker)
    edition = dataclasses.replace(
        w.views(),
        minimal=forge.credential(w, drop((CARD, 10))),
        billing=forge.credential(w, drop((CARD, 10)), genuine=w.views().billing),
    )
    w.alter_card(stock=(edition,))
    assert refusal_of(w.holder.present, CODE, to=asker) is Code.WRONG_ENVIRONMENT
    assert w.holder.present(CODE, to=elsewhere)
    assert w.holder.present(CODE), "at level open nobody is asked who they are"


def test_a_review_reads_the_clock() -> None:
    w = enrolled()
    text = w.certificate(lifetime=DAY).text
    assert w.holder.review(text, w.trust)
    w.clock.time += DAY
    with pytest.raises(Rejected, match="certificate-not-valid"):
        w.holder.review(text, w.trust)


def test_a_phone_that_is_shown_its_own_qr_says_so() -> None:
    w = enrolled()
    for text in (w.present().text, w.holder.present(CODE, to=challenge(w)).text):
        assert refusal_of(w.holder.review, text, w.trust) is Code.TERMINAL_TEXT


def test_a_phone_without_a_card_reviews_and_presents_nothing() -> None:
    w = World(environment=Environment.TEST)
    asked = w.asking().challenge(VISIT, [Purpose.BILLING])
    asker = w.holder.review(asked.text, w.trust).asker
    with pytest.raises(UsageError, match="no card"):
        w.holder.present(to=asker)


# --- and again for each new QR of a screen that rotates


@pytest.mark.parametrize("ends", ["certificate", "trust list"])
def test_a_screen_for_a_terminal_ends_with_what_vouches_for_it(ends: str) -> None:
    w = enrolled()
    lists = {} if ends == "certificate" else {"exp": NOW + 60}
    trust = verify_trust_list(w.signed_trust_list(w.trust_claims(**lists)), w.anchor, w.environment)
    certificate = w.certificate(lifetime=60) if ends == "certificate" else w.certificate()
    code = Code.CERTIFICATE_NOT_VALID if ends == "certificate" else Code.CERTIFICATE_AUTHORITY
    screen = w.holder.rotate(CODE, to=w.holder.review(certificate.text, trust).asker)
    for elapsed in (0, 20, 59):
        w.clock.time = NOW + elapsed
        next(screen)
    w.clock.time = NOW + 79
    assert refusal_of(next, screen) is code
    assert [*screen] == []
    assert w.card().presentations == 3


def test_an_answer_is_on_the_screen_within_the_challenges_lifetime_of_its_review() -> None:
    w = enrolled()
    asker = challenge(w, put((CHALLENGE, 4), 30))
    w.clock.time = NOW + 10
    screen = w.holder.rotate(CODE, to=asker)
    assert next(screen).seconds == 20
    w.clock.time = NOW + 30
    assert [*screen] == []
    w.clock.time = NOW
    late = w.holder.rotate(CODE, to=asker)
    w.clock.time = NOW + 31
    assert [*late] == []
    assert w.card().presentations == 1
    with pytest.raises(UsageError, match="review it again"):
        w.holder.rotate(CODE, to=asker)
