"""The ready-made policies: each demand has its reason, and each place gets what it is for."""

from __future__ import annotations

import pytest

from tests.world import CODE, World, enrolled
from vitaletoken import (
    DOCTORS_OFFICE,
    HOME_VISIT_OFFLINE,
    HOSPITAL_ADMISSION,
    PHARMACY_COUNTER,
    Binding,
    Code,
    Environment,
    InputError,
    Profile,
    Purpose,
    UserVerification,
)
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.rules.policy import MAX_SKEW, Demand, Policy
from vitaletoken.rules.profiles import PROFILES

EVERY = [pytest.param(profile, id=profile.name) for profile in PROFILES]


@pytest.mark.parametrize("profile", EVERY)
def test_each_demand_has_a_reason_in_a_sentence(profile: Profile) -> None:
    reasons = [profile.otherwise.reason, profile.skew_reason, *(own.reason for own in profile.purposes.values())]
    assert len(set(reasons)) == len(reasons)
    for reason in reasons:
        assert reason[0].isupper()
        assert reason.endswith(".")
        assert len(reason.split()) > 8
    assert profile.place


@pytest.mark.parametrize("profile", EVERY)
def test_a_profile_becomes_its_policy(profile: Profile) -> None:
    policy = profile.policy(Environment.TEST)
    assert (policy.environment, policy.skew_limit) == (Environment.TEST, profile.skew_limit)
    for purpose in Purpose:
        least = policy.least(purpose)
        assert Demand(least.least_binding, least.least_user_verification) == (
            profile.purposes.get(purpose, profile.otherwise).demand
        )
    assert profile.policy().environment is Policy().environment is Environment.PRODUCTION


@pytest.mark.parametrize("profile", EVERY)
def test_money_takes_a_challenge_and_the_code_everywhere(profile: Profile) -> None:
    least = profile.policy().least(Purpose.BILLING)
    assert (least.least_binding, least.least_user_verification) == (Binding.CHALLENGE, UserVerification.CODE)


@pytest.mark.parametrize("profile", EVERY)
def test_what_is_not_foreseen_is_not_weaker_than_what_is(profile: Profile) -> None:
    for own in profile.purposes.values():
        assert own.demand.least_binding <= profile.otherwise.demand.least_binding
        assert own.demand.least_user_verification <= profile.otherwise.demand.least_user_verification


def test_their_names_are_those_that_a_configuration_file_has() -> None:
    assert {profile.name: profile for profile in PROFILES} == {
        "pharmacy-counter": PHARMACY_COUNTER,
        "doctors-office": DOCTORS_OFFICE,
        "home-visit-offline": HOME_VISIT_OFFLINE,
        "hospital-admission": HOSPITAL_ADMISSION,
    }


def outcome(w: World, profile: Profile, purpose: Purpose, how: str) -> Code | None:
    """A visit at a terminal of that profile: with a QR for anybody, for this terminal, or in answer to it."""
    verifier = w.asking(policy=profile.policy(w.environment), replay=MemoryReplayStore())
    level, _, code = how.partition(" ")
    asker = None
    if level == "sticker":
        asker = w.holder.review(w.certificate().text, w.trust).asker
    elif level == "challenge":
        asker = w.holder.review(verifier.challenge("visit 1", [purpose]).text, w.trust).asker
    unlocked = UserVerification.DEVICE_UNLOCK if code == "unlocked" else UserVerification.NONE
    shown = (
        w.holder.present(CODE, to=asker) if code == "code" else w.holder.present(to=asker, user_verification=unlocked)
    )
    try:
        verifier.verify(shown.text, "visit 1", purpose)
    except InputError as refused:
        return refused.code
    return None


WEAK, NO_CODE = Code.BINDING_TOO_WEAK, Code.USER_VERIFICATION_TOO_WEAK


@pytest.mark.parametrize(
    ("profile", "purpose", "how", "code"),
    [
        (PHARMACY_COUNTER, Purpose.IDENTIFICATION, "open code", WEAK),
        (PHARMACY_COUNTER, Purpose.IDENTIFICATION, "sticker locked", NO_CODE),
        (PHARMACY_COUNTER, Purpose.IDENTIFICATION, "sticker unlocked", None),
        (PHARMACY_COUNTER, Purpose.DISPENSING, "sticker code", WEAK),
        (PHARMACY_COUNTER, Purpose.DISPENSING, "challenge code", None),
        (PHARMACY_COUNTER, Purpose.BILLING, "challenge unlocked", NO_CODE),
        (PHARMACY_COUNTER, Purpose.BILLING, "challenge code", None),
        (DOCTORS_OFFICE, Purpose.IDENTIFICATION, "open unlocked", None),
        (DOCTORS_OFFICE, Purpose.RECORDS, "sticker code", WEAK),
        (DOCTORS_OFFICE, Purpose.RECORDS, "challenge code", None),
        (HOME_VISIT_OFFLINE, Purpose.IDENTIFICATION, "open locked", None),
        (HOME_VISIT_OFFLINE, Purpose.BILLING, "open code", WEAK),
        (HOME_VISIT_OFFLINE, Purpose.BILLING, "challenge code", None),
        (HOSPITAL_ADMISSION, Purpose.ADMISSION, "open locked", None),
        (HOSPITAL_ADMISSION, Purpose.IDENTIFICATION, "open locked", NO_CODE),
        (HOSPITAL_ADMISSION, Purpose.BILLING, "sticker code", WEAK),
        (HOSPITAL_ADMISSION, Purpose.RECORDS, "challenge code", None),
    ],
)
def test_what_each_place_accepts(profile: Profile, purpose: Purpose, how: str, code: Code | None) -> None:
    assert outcome(enrolled(), profile, purpose, how) is code


def test_clocks_far_apart_are_for_the_home_visit_alone() -> None:
    assert {profile.name for profile in PROFILES if profile.skew_limit == MAX_SKEW} == {HOME_VISIT_OFFLINE.name}
