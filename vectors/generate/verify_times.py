"""Layer `verify`, steps V11 and V12."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    DAY,
    EXP,
    HOUR,
    IAT,
    NOW,
    TODAY,
)
from vectors.generate.verify_plain import CARD, DEVICE_ONLY
from vectors.generate.verify_status import listed
from vectors.generate.visit import NO_CODE, SUITE_1, accepted, refused


def binding_cases() -> Iterator[Case]:
    for least in ("audience", "challenge"):
        yield refused(
            f"binding-too-weak/open-below-{least}",
            ("V11",),
            f"level open where the policy wants {least}",
            replace(SUITE_1, least_binding=least),
        )


def window_cases() -> Iterator[Case]:
    """The window of the presentation, with each permitted clock difference."""
    for limit in (0, 60, 300):
        visit = replace(SUITE_1, skew_limit=limit)
        rules = ("V12", "TIME-1", "TIME-2")
        for side, now, skew in (("early", IAT - limit, limit), ("late", EXP + limit - 1, -limit)):
            differs: dict[str, Json] = {"skew": skew}
            if limit > 60:
                differs |= {"grade": "degraded", "reasons": ["clock-skew"]}
            comment = "now is the first second accepted" if side == "early" else "now is the last second accepted"
            yield accepted(
                f"skew-limit-{limit}/{side}",
                rules,
                f"skew limit {limit}: {comment}",
                replace(visit, now=now),
                result(**differs),
                "boundary",
                "clock",
            )
            code, beyond = (
                ("presentation-not-yet-valid", now - 1) if side == "early" else ("presentation-expired", now + 1)
            )
            yield refused(
                f"{code}/skew-limit-{limit}",
                rules,
                f"skew limit {limit}: one second beyond",
                replace(visit, now=beyond),
                "boundary",
                "clock",
                base=f"verify/accepted/skew-limit-{limit}/{side}",
            )
    wide = replace(SUITE_1, skew_limit=300)
    for slug, now, skew, old in (
        ("at-iat", IAT, 0, False),
        ("before-iat", IAT - 1, 1, False),
        ("last-second", EXP - 1, 0, False),
        ("at-exp", EXP, -1, False),
        ("60-before", IAT - 60, 60, False),
        ("61-before", IAT - 61, 61, True),
        ("60-after", EXP + 59, -60, False),
        ("61-after", EXP + 60, -61, True),
    ):
        grade: dict[str, Json] = {"grade": "degraded", "reasons": ["clock-skew"]} if old else {}
        yield accepted(
            f"skew/{slug}",
            ("V12", "TIME-2"),
            f"skew limit 300: skew is {skew}",
            replace(wide, now=now),
            result(skew=skew, **grade),
            "boundary",
            "clock",
        )
    both = replace(NO_CODE, skew_limit=300, now=IAT - 61)
    yield accepted(
        "skew/and-no-code",
        ("TIME-2",),
        "two reasons, in the order of the table",
        both,
        result(**{**DEVICE_ONLY, "skew": 61, "reasons": ["clock-skew", "no-code"]}),
        "clock",
    )
    yield refused(
        "presentation-expired/next-day",
        ("V12",),
        "a picture of yesterday's QR",
        SUITE_1.at_times(IAT - DAY, EXP - DAY),
        "clock",
    )
    yield refused(
        "presentation-not-yet-valid/next-day",
        ("V12",),
        "a QR for tomorrow",
        SUITE_1.at_times(IAT + DAY, EXP + DAY),
        "clock",
    )


def card_time_cases() -> Iterator[Case]:
    for limit in (0, 60, 300):
        visit = replace(SUITE_1, skew_limit=limit)
        first = f"card-iat/skew-limit-{limit}"
        yield accepted(
            first,
            ("V12", "TIME-1"),
            f"the credential is made {limit} seconds after now, which is the most",
            visit.with_card((6,), NOW + limit),
            result(),
            "boundary",
            "clock",
        )
        yield refused(
            f"credential-not-yet-valid/skew-limit-{limit}",
            ("V12",),
            f"skew limit {limit}: one second more",
            visit.with_card((6,), NOW + limit + 1),
            "boundary",
            "clock",
            base=f"verify/accepted/{first}",
        )
    last = SUITE_1.with_card((4,), NOW + 1)
    yield accepted("card-last-second", ("V12", "TIME-1"), "the credential's last second", last, result(), "boundary")
    yield refused(
        "credential-expired/one-second-late",
        ("V12", "TIME-1"),
        "now is exp of the credential: no skew is granted",
        last.with_card((4,), NOW),
        "boundary",
        base="verify/accepted/card-last-second",
    )
    yield refused("credential-expired/a-day-late", ("V12",), "expired yesterday", SUITE_1.with_card((4,), NOW - DAY))
    tomorrow = SUITE_1.with_card((CARD, 8), TODAY + 1)
    yield accepted("rights-last-day", ("V12", "TIME-1"), "rights_until is tomorrow", tomorrow, result(), "boundary")
    yield refused(
        "rights-ended/first-day",
        ("V12", "TIME-1"),
        "rights_until is today",
        SUITE_1.with_card((CARD, 8), TODAY),
        "boundary",
        base="verify/accepted/rights-last-day",
    )
    yield refused(
        "rights-ended/long-ago",
        ("V12",),
        "rights_until is day 0",
        SUITE_1.with_card((CARD, 8), 0),
        base="verify/accepted/rights-last-day",
    )
    midnight = (TODAY + 1) * DAY
    before = replace(
        tomorrow.at_times(midnight - 20, midnight + 20), now=midnight - 1, status=(listed(iat=midnight - HOUR),)
    )
    yield accepted(
        "rights-last-second",
        ("V12", "TIME-1"),
        "the last second of the last day, UTC",
        before,
        result(status_as_of=midnight - HOUR),
        "boundary",
        "clock",
    )
    yield refused(
        "rights-ended/midnight",
        ("V12", "TIME-1"),
        "midnight UTC of the first day not covered; no skew is granted",
        replace(before, now=midnight),
        "boundary",
        "clock",
        base="verify/accepted/rights-last-second",
    )
