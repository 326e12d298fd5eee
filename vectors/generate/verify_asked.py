"""Layer `verify`, steps V11 to V14 where a purpose, a challenge or the billing view is at stake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import DAY, EXP, IAT, NOW
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    ANSWER_2_ID,
    ANSWER_ID,
    ANSWER_NO_CODE,
    AT_COUNTER,
    AUDIENCE_ID,
    BILLING_ANSWER,
    BILLING_ID,
    NO_CODE_ID,
    OPEN_ANSWER,
    OPEN_ID,
    answering,
    asked_with,
    to_audience,
)
from vectors.generate.terminals import (
    IDENTIFY,
)
from vectors.generate.verify_billing import billing_cases, category_cases, long_cases
from vectors.generate.visit import ID_1, SUITE_1, accepted, refused


def asked_cases() -> Iterator[Case]:
    """Binding, time, purpose, billing, then what comes after."""
    yield from _binding()
    yield from _expired()
    yield from _purpose()
    yield from billing_cases()
    yield from category_cases()
    yield from _later()
    yield from long_cases()


def _binding() -> Iterator[Case]:
    rules = ("V11",)
    for slug, comment, visit, base in (
        ("audience-below-challenge", "level audience where the policy wants challenge",
         replace(AT_COUNTER, least_binding="challenge"), AUDIENCE_ID),
        ("purpose", "level open where billing wants challenge",
         replace(SUITE_1, purpose="billing", by_purpose={"billing": ("challenge", "none")}), ID_1),
        ("purpose-audience", "level audience where billing wants challenge",
         replace(AT_COUNTER, purpose="billing", by_purpose={"billing": ("challenge", "none")}), AUDIENCE_ID),
        ("purpose-open-below-audience", "level open where this purpose wants audience, and the policy nothing",
         replace(SUITE_1, by_purpose={"identification": ("audience", "none")}), ID_1),
        ("not-the-purpose", "the policy wants challenge; another purpose would be content with open",
         replace(SUITE_1, least_binding="challenge", by_purpose={"records": ("open", "none")}), ID_1),
        ("open-while-asked", "level open where the policy wants challenge, and one is open: for either reason",
         replace(SUITE_1, asked=IDENTIFY, least_binding="challenge"), "verify/accepted/ask/open-challenge-over"),
        ("sealed-open", "the same, sealed: sealing is not binding",
         replace(SUITE_1, asked=IDENTIFY, seal=IDENTIFY.sealing("sealed-open").seal, least_binding="challenge"),
         "verify/accepted/ask/open-challenge-over"),
    ):  # fmt: skip
        yield refused(
            f"binding-too-weak/{slug}", rules, comment, visit, *(["boundary"] if "below" in slug else []), base=base
        )


def _expired() -> Iterator[Case]:
    rules = ("V11", "CHAL-3")
    for lifetime, elapsed, base in (
        (60, 60, "59-of-60"),
        (60, 61, "59-of-60"),
        (1, 1, "0-of-1"),
        (120, 120, "119-of-120"),
    ):
        visit = answering(asked_with(IDENTIFY, {4: lifetime}), "answer")
        yield refused(
            f"challenge-expired/{elapsed}-of-{lifetime}",
            rules,
            f"{elapsed} of {lifetime} seconds have passed",
            replace(visit, elapsed=elapsed),
            "clock",
            *(["boundary"] if elapsed == lifetime else []),
            base=f"verify/accepted/challenge/elapsed/{base}",
        )
    for slug, comment, visit, base in (
        ("clock-anew", "the terminal's steady clock has started anew", ANSWER, ANSWER_ID),
        ("clock-anew-open", "the same, not sealed", OPEN_ANSWER, OPEN_ID),
        ("clock-anew-suite-2", "the same, suite 2", ANSWER_2, ANSWER_2_ID),
    ):
        yield refused(f"challenge-expired/{slug}", rules, comment, replace(visit, elapsed=None), "clock", base=base)
    yield refused(
        "challenge-expired/a-day",
        rules,
        "a day has passed, though both clocks say that it was made now",
        replace(ANSWER, elapsed=DAY),
        "clock",
        base=ANSWER_ID,
    )
    yield refused(
        "challenge-expired/presentation-in-time",
        rules,
        "61 seconds have passed; the presentation, made late, is in its own window",
        replace(ANSWER.at_times(NOW - 1, NOW + 50), elapsed=61),
        "clock",
        base=ANSWER_ID,
    )


def _purpose() -> Iterator[Case]:
    rules = ("V11",)
    for purpose in ("billing", "dispensing", "admission", "records"):
        yield refused(
            f"purpose-mismatch/{purpose}",
            rules,
            f"the challenge asks for identification, the card is wanted for {purpose}",
            replace(ANSWER, purpose=purpose),
            base=ANSWER_ID,
        )
    yield refused(
        "purpose-mismatch/none-of-two",
        rules,
        "the challenge asks for identification and billing, the card is wanted for records",
        replace(BILLING_ANSWER, purpose="records"),
        base=BILLING_ID,
    )
    yield refused(
        "purpose-mismatch/not-sealed",
        rules,
        "the same with a challenge that is not to be answered sealed",
        replace(OPEN_ANSWER, purpose="admission"),
        base=OPEN_ID,
    )


def _later() -> Iterator[Case]:
    """V12 to V14 at these levels: what is as at level open, and what is not."""
    late = replace(AT_COUNTER, now=EXP + 59)
    yield accepted(
        "audience/last-second",
        ("V12",),
        "the last second of the skew limit",
        late,
        to_audience(skew=-60),
        "clock",
        "boundary",
    )
    early = replace(AT_COUNTER, now=IAT - 60)
    yield accepted(
        "audience/first-second",
        ("V12",),
        "the first second of the skew limit",
        early,
        to_audience(skew=60),
        "clock",
        "boundary",
    )
    yield refused(
        "presentation-expired/audience",
        ("V12",),
        "level audience: one second beyond the skew limit",
        replace(AT_COUNTER, now=EXP + 60),
        "clock",
        "boundary",
        base="verify/accepted/audience/last-second",
    )
    yield refused(
        "presentation-not-yet-valid/audience",
        ("V12",),
        "level audience: one second before the skew limit",
        replace(AT_COUNTER, now=IAT - 61),
        "clock",
        "boundary",
        base="verify/accepted/audience/first-second",
    )
    skewed = replace(AT_COUNTER, now=EXP + 60, skew_limit=300)
    yield accepted(
        "audience/clock-skew",
        ("V12", "TIME-2"),
        "level audience: a skew of 61 seconds is a reason",
        skewed,
        to_audience(skew=-61, grade="degraded", reasons=["clock-skew"]),
        "clock",
    )
    for slug, visit in (
        ("credential-not-yet-valid", ANSWER.with_card((6,), NOW + 61)),
        ("credential-expired", ANSWER.with_card((4,), NOW)),
    ):
        yield refused(
            f"{slug}/challenge",
            ("V12",),
            "level challenge: the card's own times are asked all the same",
            visit,
            "clock",
            base=ANSWER_ID,
        )
    for slug, comment, visit, base in (
        ("challenge", "level challenge: the policy wants the code",
         replace(ANSWER_NO_CODE, least_verification="code"), NO_CODE_ID),
        ("purpose", "this purpose wants the code, the policy nothing",
         replace(ANSWER_NO_CODE, by_purpose={"identification": ("open", "code")}), NO_CODE_ID),
        ("purpose-biometric", "this purpose wants the code, the policy biometric",
         replace(ANSWER_NO_CODE, least_verification="biometric", by_purpose={"identification": ("open", "code")}), NO_CODE_ID),
        ("not-the-purpose", "the policy wants the code; another purpose would be content with none",
         replace(ANSWER_NO_CODE, least_verification="code", by_purpose={"records": ("open", "none")}), NO_CODE_ID),
    ):  # fmt: skip
        yield refused(f"user-verification-too-weak/{slug}", ("V14",), comment, visit, base=base)
