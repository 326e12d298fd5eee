"""Layer `verify`, V11: ASK-1. A terminal that has asked takes an answer and nothing less, while it can be given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.expectations import result
from vectors.generate.fixtures import DAY, ZOE
from vectors.generate.terminal_visit import (
    AT_COUNTER,
    AT_COUNTER_2,
    AUDIENCE_2_ID,
    asked_with,
    at_counter,
    to_audience,
)
from vectors.generate.terminals import BILLING, CAMILLE_BILLING, CO_SIGN, IDENTIFY, IN_THE_OPEN
from vectors.generate.verify_plain import DEVICE_ONLY
from vectors.generate.visit import NO_CODE, SUITE_1, SUITE_2, Visit, accepted, refused

RULES = ("V11", "ASK-1")
PURPOSES = ("identification", "billing", "dispensing", "admission", "records")
OPEN = replace(SUITE_1, asked=IDENTIFY)
"""A presentation at level open while the challenge is open, in time, and names the purpose."""
AUDIENCE = replace(AT_COUNTER, asked=IDENTIFY)
OPEN_OVER, AUDIENCE_OVER = "verify/accepted/ask/open-challenge-over", "verify/accepted/ask/audience-challenge-over"
OTHER_PURPOSE = "verify/accepted/ask/open-not-the-purpose"
CODE = "binding-too-weak"


def ask_cases() -> Iterator[Case]:
    """What is taken all the same, then what is not; for a sealed one there is no exception."""
    yield from _over()
    yield from _not_the_purpose()
    yield from _unanswered()
    yield from _sealed()
    yield from _policy()
    yield from _billing()


def sealed(visit: Visit) -> Visit:
    """The same, sealed to the session key of the challenge by whoever filmed it."""
    assert visit.asked is not None
    return replace(visit, seal=visit.asked.sealing("sealed-copy").seal)


def _over() -> Iterator[Case]:
    rules = (*RULES, "CHAL-3")
    for slug, visit, ok in (
        ("open", OPEN, result()),
        ("audience", AUDIENCE, to_audience()),
        ("open-suite-2", replace(SUITE_2, asked=IDENTIFY), result(ZOE)),
        ("open-no-code", replace(NO_CODE, asked=IDENTIFY), result(**DEVICE_ONLY)),
        ("open-no-session-key", replace(SUITE_1, asked=IN_THE_OPEN), result()),
    ):
        yield accepted(
            f"ask/{slug}-challenge-over", rules, "asked, and the challenge's 60 seconds are over",
            replace(visit, elapsed=60), ok, "clock", "boundary",
        )  # fmt: skip
    for slug, comment, elapsed in (
        ("clock-anew", "the terminal's steady clock has started anew since it asked: the challenge is over", None),
        ("a-day-ago", "asked a day ago", DAY),
    ):
        yield accepted(f"ask/open-{slug}", rules, comment, replace(OPEN, elapsed=elapsed), result(), "clock")
    yield accepted(
        "ask/audience-clock-anew",
        rules,
        "level audience: the terminal's steady clock has started anew since it asked",
        replace(AUDIENCE, elapsed=None),
        to_audience(),
        "clock",
    )
    for lifetime in (1, 120):
        asked = replace(OPEN, asked=asked_with(IDENTIFY, {4: lifetime}))
        over = f"ask/open-{lifetime}-of-{lifetime}"
        yield accepted(
            over, rules, f"{lifetime} of {lifetime} seconds have passed", replace(asked, elapsed=lifetime), result(),
            "clock", "boundary",
        )  # fmt: skip
        yield refused(
            f"{CODE}/asked/open-{lifetime - 1}-of-{lifetime}", rules, f"{lifetime - 1} of {lifetime} seconds have passed",
            replace(asked, elapsed=lifetime - 1), "clock", "boundary", base=f"verify/accepted/{over}",
        )  # fmt: skip


def _not_the_purpose() -> Iterator[Case]:
    for slug, visit, ok, comment in (
        ("open", replace(OPEN, purpose="records"), result(purpose="records"),
         "the challenge asks for identification; the card is wanted for records, for which nothing was asked"),
        ("audience", replace(AUDIENCE, purpose="records"), to_audience(purpose="records"), "the same at level audience"),
        ("open-of-two", replace(OPEN, asked=BILLING, purpose="dispensing"), result(purpose="dispensing"),
         "the challenge asks for identification and billing; the card is wanted for dispensing"),
    ):  # fmt: skip
        yield accepted(f"ask/{slug}-not-the-purpose", RULES, comment, visit, ok)


def _unanswered() -> Iterator[Case]:
    rows: tuple[tuple[str, str, Visit, str], ...] = (
        ("open", "a copy of an ordinary QR, where an answer is asked for", OPEN, OPEN_OVER),
        ("open-first-second", "the same in the second in which it is asked", replace(OPEN, elapsed=0), OPEN_OVER),
        ("open-last-second", "59 of 60 seconds have passed", replace(OPEN, elapsed=59), OPEN_OVER),
        ("open-suite-2", "the same, suite 2", replace(SUITE_2, asked=IDENTIFY),
         "verify/accepted/ask/open-suite-2-challenge-over"),
        ("open-no-code", "the same without code", replace(NO_CODE, asked=IDENTIFY),
         "verify/accepted/ask/open-no-code-challenge-over"),
        ("open-no-session-key", "the challenge has no session key", replace(SUITE_1, asked=IN_THE_OPEN),
         "verify/accepted/ask/open-no-session-key-challenge-over"),
        ("open-care-sheet", "a care sheet is to be co-signed: a copy of an ordinary QR signs nothing",
         replace(OPEN, asked=CO_SIGN, purpose="dispensing"), "verify/accepted/ask/open-of-two-not-the-purpose"),
        ("open-second-purpose", "the purpose is the second of two that the challenge names",
         replace(OPEN, asked=BILLING, purpose="billing"), "verify/accepted/ask/open-of-two-not-the-purpose"),
        ("audience", "made for this terminal's sticker, where an answer is asked for", AUDIENCE, AUDIENCE_OVER),
        ("audience-last-second", "the same, 59 of 60 seconds later", replace(AUDIENCE, elapsed=59), AUDIENCE_OVER),
        ("audience-suite-2", "level audience, suite 2", replace(AT_COUNTER_2, asked=IDENTIFY), AUDIENCE_2_ID),
    )  # fmt: skip
    for slug, comment, visit, base in rows:
        flags = ["boundary", "clock"] if "second" in slug and "purpose" not in slug else []
        yield refused(f"{CODE}/asked/{slug}", RULES, comment, visit, *flags, base=base)
    for number, purpose in enumerate(PURPOSES[1:], 2):
        visit = replace(OPEN, asked=asked_with(IDENTIFY, {2: [number]}), purpose=purpose)
        comment = f"the challenge asks for {purpose} alone, and for that the card is wanted"
        yield refused(f"{CODE}/asked/open-for-{purpose}", RULES, comment, visit, base=OTHER_PURPOSE)


def _sealed() -> Iterator[Case]:
    """What is sealed claims to be an answer, whatever is open."""
    rows: tuple[tuple[str, str, Visit, str], ...] = (
        ("open", "level open: sealed by whoever filmed it", OPEN, OPEN_OVER),
        ("audience", "level audience: sealed by whoever filmed it", AUDIENCE, AUDIENCE_OVER),
        ("open-suite-2", "level open, suite 2", replace(SUITE_2, asked=IDENTIFY),
         "verify/accepted/ask/open-suite-2-challenge-over"),
        ("open-challenge-over", "level open: the challenge is over", replace(OPEN, elapsed=60), OPEN_OVER),
        ("audience-challenge-over", "level audience: the challenge is over", replace(AUDIENCE, elapsed=60), AUDIENCE_OVER),
        ("open-clock-anew", "level open: the terminal's steady clock has started anew", replace(OPEN, elapsed=None),
         "verify/accepted/ask/open-clock-anew"),
        ("open-not-the-purpose", "level open: the challenge does not name the purpose", replace(OPEN, purpose="records"),
         OTHER_PURPOSE),
        ("audience-not-the-purpose", "level audience: the challenge does not name the purpose",
         replace(AUDIENCE, purpose="records"), "verify/accepted/ask/audience-not-the-purpose"),
    )  # fmt: skip
    for slug, comment, visit, base in rows:
        rules = (*RULES, "SEAL-1")
        yield refused(
            f"{CODE}/asked/sealed-{slug}", rules, f"sealed, and no answer; {comment}", sealed(visit), base=base
        )


def _policy() -> Iterator[Case]:
    """No policy asks for less, and the policy's own level stands besides."""
    lax = {"identification": ("open", "none")}
    yield refused(
        f"{CODE}/asked/purpose-content-with-open", RULES, "this purpose is content with level open: it has been asked for more",
        replace(OPEN, by_purpose=lax), base=OPEN_OVER,
    )  # fmt: skip
    yield refused(
        f"{CODE}/asked/audience-met", RULES, "the policy wants level audience, which it is; it has been asked for more",
        replace(AUDIENCE, least_binding="audience"), base=AUDIENCE_OVER,
    )  # fmt: skip
    for slug, visit, base in (
        ("challenge-over", replace(OPEN, elapsed=60, least_binding="challenge"), OPEN_OVER),
        ("not-the-purpose", replace(OPEN, purpose="records", least_binding="challenge"), OTHER_PURPOSE),
    ):
        comment = f"level open where the policy wants challenge; of the one that is open: {slug.replace('-', ' ')}"
        yield refused(f"{CODE}/policy-{slug}", ("V11",), comment, visit, base=base)


def _billing() -> Iterator[Case]:
    """Where ASK-1 has no objection, BILL-1 has."""
    shown = replace(OPEN, card=CAMILLE_BILLING, asked=BILLING)
    at_desk = replace(at_counter("counter", visit=replace(SUITE_1, card=CAMILLE_BILLING)), asked=BILLING)
    for slug, comment, visit, base in (
        ("open-challenge-over", "the billing view at level open; the challenge that asks for it is over",
         replace(shown, elapsed=60), OPEN_OVER),
        ("audience-challenge-over", "the same at level audience", replace(at_desk, elapsed=60), AUDIENCE_OVER),
        ("open-not-the-purpose", "the billing view at level open; the challenge does not name the purpose",
         replace(shown, purpose="dispensing"), "verify/accepted/ask/open-of-two-not-the-purpose"),
    ):  # fmt: skip
        yield refused(f"billing-not-permitted/{slug}", ("V11", "BILL-1"), comment, visit, base=base)
