"""Layer `verify`: clocks, lifetimes and purposes at levels audience and challenge, where it is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import DAY, EXP, IAT, NOW
from vectors.generate.terminal_visit import (
    ANSWER,
    BILLED,
    BILLING_ANSWER,
    answering,
    asked_with,
    at_counter,
    to_audience,
    to_challenge,
)
from vectors.generate.terminals import (
    CAMILLE_BILLING,
    IDENTIFY,
)
from vectors.generate.verify_plain import DEVICE_ONLY
from vectors.generate.visit import SUITE_1, accepted


def clock_cases() -> Iterator[Case]:
    rules = ("V12", "TIME-2", "CHAL-3")
    for slug, shift, skew in (
        ("a-day-slow", -DAY, -(DAY - 20) - 1),
        ("a-day-fast", DAY, DAY - 10),
        ("61-fast", 71, 61),
        ("301-slow", -321, -302),
    ):
        iat, exp = IAT + shift, EXP + shift
        assert skew == (iat - NOW if iat > NOW else exp - 1 - NOW)
        yield accepted(
            f"challenge/clock/{slug}",
            rules,
            "the phone's clock is wrong: the skew is reported, and is no reason for a lesser grade",
            ANSWER.at_times(iat, exp),
            to_challenge(skew=skew),
            "clock",
        )
    yield accepted(
        "challenge/clock/skew-limit-0",
        rules,
        "the same with a skew limit of 0",
        replace(ANSWER.at_times(IAT - DAY, EXP - DAY), skew_limit=0),
        to_challenge(skew=EXP - DAY - 1 - NOW),
        "clock",
    )
    for lifetime, elapsed in ((60, 0), (60, 59), (1, 0), (120, 119)):
        asked = asked_with(IDENTIFY, {4: lifetime})
        yield accepted(
            f"challenge/elapsed/{elapsed}-of-{lifetime}",
            ("V11", "CHAL-3"),
            f"{elapsed} of {lifetime} seconds have passed",
            replace(answering(asked, "answer"), elapsed=elapsed),
            to_challenge(),
            "clock",
            *(["boundary"] if elapsed + 1 == lifetime else []),
        )


def purpose_cases() -> Iterator[Case]:
    every = asked_with(IDENTIFY, {2: [1, 2, 3, 4, 5]})
    for purpose in ("identification", "billing", "dispensing", "admission", "records"):
        differs: dict[str, Json] = {"purpose": purpose}
        yield accepted(
            f"purpose/{purpose}",
            ("V11",),
            "one of the five purposes of the challenge",
            replace(answering(every, "answer"), purpose=purpose),
            to_challenge(**differs),
        )
    strict = replace(SUITE_1, by_purpose={"billing": ("challenge", "code")})
    yield accepted(
        "purpose/of-another",
        ("V11", "V14"),
        "another purpose asks for more than this one",
        strict,
        result(),
    )
    lax = replace(SUITE_1, least_binding="challenge", least_verification="code")
    device_only = replace(at_counter("counter-no-code", verification=2), least_binding="challenge", purpose="records")
    yield accepted(
        "purpose/lower-binding",
        ("V11",),
        "this purpose asks for less than the policy does: its own value takes the other's place",
        replace(lax, by_purpose={"identification": ("open", "code")}),
        result(),
    )
    yield accepted(
        "purpose/lower-verification",
        ("V14",),
        "the same for the user verification, at its least",
        replace(device_only, least_verification="code", by_purpose={"records": ("audience", "biometric")}),
        to_audience(**{**DEVICE_ONLY, "purpose": "records"}),
        "boundary",
    )
    yield accepted(
        "purpose/met",
        ("V11", "V14"),
        "billing asks for level challenge and the code, and gets them",
        replace(BILLING_ANSWER, by_purpose={"billing": ("challenge", "code")}),
        to_challenge(CAMILLE_BILLING, **BILLED),
        "boundary",
    )
