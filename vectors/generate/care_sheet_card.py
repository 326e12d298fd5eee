"""Layer `care-sheet`: the card at the moment of the challenge. V11, V12 and V14, as far as section 13.4 asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.care_sheet_case import BASE, Sheet, accepted, refused
from vectors.generate.cases import Case
from vectors.generate.fixtures import CAMILLE, DAY, NOW, TODAY, TRUST_TEST
from vectors.generate.terminals import CHALLENGE, ELISE_BILLING, MADE_AT, TERMINAL

CARD = -65537
GOOD = Sheet()
CLOCK = ("boundary", "clock")


def card_cases() -> Iterator[Case]:
    """In the order of the steps."""
    yield from _billing()
    yield from _credential_times()
    yield from _rights()
    yield from _environment()


def _card(path: tuple[Any, ...], value: Any, sheet: Sheet = GOOD) -> Sheet:
    return replace(sheet, visit=sheet.visit.with_card(path, value))


def _billing() -> Iterator[Case]:
    rules = ("V11", "BILL-1")
    unasked = replace(GOOD.with_asked((CHALLENGE, 3), 1), answered=True)
    minimal = replace(unasked, visit=replace(unasked.visit, card=CAMILLE))
    yield accepted("minimal-asked", rules, "the minimal view is asked for, and given", minimal)
    desk = replace(GOOD.with_certified((TERMINAL, 3), [7]), answered=True)
    yield accepted(
        "billing-at-desk", rules, "the billing view, asked for by a public desk: the right to it is for the visit", desk
    )
    code = "billing-not-permitted"
    base = "care-sheet/accepted/minimal-asked"
    yield refused(
        f"{code}/minimal-asked", rules, "the billing view, where the minimal one is asked for", unasked, base=base
    )
    child = replace(unasked, visit=replace(unasked.visit, card=ELISE_BILLING))
    yield refused(f"{code}/minimal-asked-child", rules, "the same with a child's card", child, base=base)


def _credential_times() -> Iterator[Case]:
    """`now` is the challenge's iat; 300 stands in place of skew_limit."""
    rules = ("V12", "TIME-1")
    ahead = "card-300-ahead"
    yield accepted(ahead, ("V12",), "the card's iat is 300 seconds ahead", _card((6,), MADE_AT + 300), *CLOCK)
    code, base = "credential-not-yet-valid", f"care-sheet/accepted/{ahead}"
    yield refused(
        f"{code}/301-ahead", ("V12",), "the card's iat is 301 seconds ahead", _card((6,), MADE_AT + 301), *CLOCK, base=base
    )  # fmt: skip
    yield refused(
        f"{code}/a-day-ahead", ("V12",), "the card's iat is a day ahead", _card((6,), MADE_AT + DAY), "clock", base=base
    )
    last = "card-last-second"
    yield accepted(last, rules, "signed in the card's last second", _card((4,), MADE_AT + 1), *CLOCK)
    code, base = "credential-expired", f"care-sheet/accepted/{last}"
    yield refused(f"{code}/at-exp", rules, "signed at exp of the card", _card((4,), MADE_AT), *CLOCK, base=base)
    yield refused(
        f"{code}/a-day", ("V12",), "signed a day after exp of the card", _card((4,), MADE_AT - DAY), "clock", base=base
    )
    slow = replace(GOOD, visit=GOOD.visit.at_times(NOW - 10 - DAY, NOW + 20 - DAY))
    yield refused(
        f"{code}/phone-a-day-slow",
        ("V12",),
        "by the phone's clock, which is a day slow, the card was still valid",
        _card((4,), MADE_AT, slow),
        "clock",
        base="care-sheet/accepted/phone-a-day-slow",
    )


def _rights() -> Iterator[Case]:
    rules = ("V12", "TIME-1")
    code, last_day = "rights-ended", "rights-last-day"
    tomorrow = _card((CARD, 8), TODAY + 1)
    yield accepted(last_day, rules, "rights_until is the next day", tomorrow, "boundary")
    base = f"care-sheet/accepted/{last_day}"
    yield refused(
        f"{code}/first-day", rules, "rights_until is this day", _card((CARD, 8), TODAY), "boundary", base=base
    )
    yield refused(f"{code}/long-ago", ("V12",), "rights_until is day 0", _card((CARD, 8), 0), base=base)
    midnight = (TODAY + 1) * DAY
    made = (
        replace(tomorrow.with_asked((6,), midnight - 1), answered=True),
        replace(tomorrow.with_asked((6,), midnight), answered=True),
    )
    yield accepted("rights-last-second", rules, "asked in the last second of the last day, UTC", made[0], *CLOCK)
    yield refused(
        f"{code}/midnight",
        rules,
        "asked at midnight UTC of the first day not covered; no skew is granted",
        made[1],
        *CLOCK,
        base="care-sheet/accepted/rights-last-second",
    )


def _environment() -> Iterator[Case]:
    """Of the card and of the trust list; there is no policy here."""
    test_card = _card((CARD, 10), 1)
    in_test = replace(GOOD, trust=TRUST_TEST, environment="test")
    yield accepted("test-card", ("V14",), "a test card, under a trust list of test", _card((CARD, 10), 1, in_test))
    code = "wrong-environment"
    yield refused(f"{code}/test-card", ("V14",), "a test card, under a trust list of production", test_card, base=BASE)
    yield refused(
        f"{code}/production-card",
        ("V14",),
        "a card of production, under a trust list of test",
        in_test,
        base="care-sheet/accepted/test-card",
    )
