"""Layer `verify`: how old the terminal's knowledge is: status_grace, trust_notice, rights_age, and all reasons of a grade."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vectors.generate import deflate
from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CTI_1,
    DAY,
    EXP,
    HOUR,
    NOW,
    STATUS_MSA,
    TODAY,
    VALID,
    entries,
    shown_claims,
    trust_claims,
)
from vectors.generate.verify_plain import CARD, DEVICE_ONLY
from vectors.generate.verify_status import listed
from vectors.generate.visit import NO_CODE, SUITE_1, Visit, accepted, refused

TRUST_EXP: int = trust_claims()[3]
TO_EXP = TRUST_EXP - NOW
"""Seconds until the fixture's trust list expires."""
OLD: dict[str, Json] = {"grade": "degraded", "reasons": ["status-list-old"]}


def grade_cases() -> Iterator[Case]:
    yield from _grace()
    yield from _notice()
    yield from _rights()
    yield from _together()


def _grace() -> Iterator[Case]:
    """V13. The fixture's list is six hours old."""
    code = "status-too-old"
    rules = ("V13", "TIME-1")
    for grace in (0, 1, HOUR, 7 * DAY):
        last = 6 * HOUR - grace + 1 if grace < 6 * HOUR else 1
        iat = NOW - 6 * HOUR if grace < 6 * HOUR else NOW - grace
        differs: dict[str, Json] = {**(OLD if grace else {}), "status_as_of": iat}
        visit = replace(SUITE_1, status_grace=grace)
        slug = f"status-grace-{grace}"
        yield accepted(
            slug,
            rules,
            f"a grace of {grace} seconds: the last second of it",
            replace(visit, status=(listed(ttl=last, iat=iat),)),
            result(**differs),
            "boundary",
            "clock",
        )
        yield refused(
            f"{code}/grace-{grace}",
            rules,
            f"a grace of {grace} seconds: now is iat + ttl + grace",
            replace(visit, status=(listed(ttl=last, iat=iat - 1),)),
            "boundary",
            "clock",
            base=f"verify/accepted/{slug}",
        )
    long_past = listed(ttl=1, iat=NOW - 20 * DAY)
    yield accepted(
        "status-grace-none",
        ("V13",),
        "no grace in the policy: a list twenty days past its ttl of a second is believed until its exp",
        replace(SUITE_1, status=(long_past,)),
        result(**OLD, status_as_of=NOW - 20 * DAY),
        "clock",
    )
    yield refused(
        f"{code}/twenty-days",
        ("V13",),
        "the same with a grace of a week",
        replace(SUITE_1, status=(long_past,), status_grace=7 * DAY),
        "clock",
        base="verify/accepted/status-grace-none",
    )
    within = replace(SUITE_1, status=(listed(exp=NOW + 1),), status_grace=DAY)
    yield accepted(
        "status-grace-exp", rules, "grace goes on beyond exp: the last second of exp", within, result(), "boundary"
    )
    yield refused(
        "status-expired/within-grace",
        ("V13", "STATUS-4", *rules[1:]),
        "now is exp of the list, and grace goes on",
        replace(within, status=(listed(exp=NOW),)),
        "boundary",
        base="verify/accepted/status-grace-exp",
    )
    revoking = deflate.stored(entries(75, {VALID: 1}))
    suspending = deflate.stored(entries(75, {VALID: 2}))
    strict = replace(SUITE_1, status_grace=0)
    rows: tuple[tuple[str, str, Visit], ...] = (
        ("status-expired/before-status-too-old", "past exp and past grace", replace(strict, status=(listed(ttl=1, exp=NOW),))),
        (f"{code}/before-card-revoked", "past grace, and the card is revoked in it",
         replace(strict, status=(listed(revoking, ttl=1),))),
        (f"{code}/before-card-suspended", "past grace, and the card is suspended in it",
         replace(strict, status=(listed(suspending, ttl=1),))),
        ("status-unavailable/before-status-too-old", "no entry at idx, and past grace",
         replace(strict, status=(listed(deflate.stored(b"\0"), ttl=1), STATUS_MSA))),
    )  # fmt: skip
    for slug, comment, visit in rows:
        yield refused(slug, ("V13", "VERIFY-1"), f"two faults: {comment}", visit, "order")


def _notice() -> Iterator[Case]:
    ending: dict[str, Json] = {"grade": "degraded", "reasons": ["trust-list-ending"]}
    for notice, differs, comment in (
        (TO_EXP - 1, {}, "a second before the notice begins"),
        (TO_EXP, ending, "the first second of the notice"),
        (TO_EXP + 1, ending, "the second second of the notice"),
        (400 * DAY, ending, "a notice longer than the list's whole time"),
    ):
        yield accepted(
            f"trust-notice/{notice}",
            ("V14", "TIME-1"),
            f"trust_notice is {notice}: {comment}",
            replace(SUITE_1, trust_notice=notice),
            result(**differs),
            "clock",
            *(["boundary"] if notice in {TO_EXP - 1, TO_EXP} else []),
        )
    at_end = replace(
        SUITE_1.at_times(TRUST_EXP - 11, TRUST_EXP + 19),
        now=TRUST_EXP - 1,
        status=(listed(iat=NOW, exp=TRUST_EXP + DAY),),
    )
    for notice, reasons in ((0, ["status-list-old"]), (1, ["status-list-old", "trust-list-ending"])):
        yield accepted(
            f"trust-notice-last-second/{notice}",
            ("V14", "TIME-1"),
            f"the trust list's last second, trust_notice is {notice}",
            replace(at_end, trust_notice=notice),
            result(grade="degraded", reasons=reasons, status_as_of=NOW),
            "boundary",
            "clock",
        )


def _rights() -> Iterator[Case]:
    """The fixture's card says rights as of yesterday."""
    old: dict[str, Json] = {"grade": "degraded", "reasons": ["rights-old"]}
    for as_of, age, is_old, comment in (
        (TODAY - 1, 1, False, "as of yesterday, a day is allowed"),
        (TODAY - 1, 0, True, "as of yesterday, none is allowed"),
        (TODAY, 0, False, "as of today, none is allowed"),
        (TODAY + 1, 0, False, "as of tomorrow"),
        (TODAY - 90, 90, False, "as of 90 days ago, 90 are allowed"),
        (TODAY - 91, 90, True, "as of 91 days ago, 90 are allowed"),
        (0, 30, True, "as of day 0"),
    ):
        visit = replace(SUITE_1.with_card((CARD, 7), as_of), rights_age=age)
        yield accepted(
            f"rights-age/{age}-days-{'of' if as_of <= TODAY else 'before'}-{abs(TODAY - as_of)}",
            ("V14",),
            f"rights {comment}",
            visit,
            result(**(old if is_old else {}), rights_as_of=as_of),
            "clock",
            *(["boundary"] if as_of else []),
        )
    yield accepted(
        "rights-age/none",
        ("V14",),
        "rights as of day 0, and the policy has no rights_age",
        SUITE_1.with_card((CARD, 7), 0),
        result(rights_as_of=0),
    )
    midnight = (TODAY + 1) * DAY
    before = replace(
        SUITE_1.at_times(midnight - 20, midnight + 20),
        now=midnight - 1,
        status=(listed(iat=midnight - HOUR),),
        rights_age=1,
    )
    for now, differs, comment in (
        (midnight - 1, {}, "the last second of the day after rights_as_of"),
        (midnight, old, "midnight UTC"),
    ):
        yield accepted(
            f"rights-age/midnight-{now - midnight + 1}",
            ("V14", "TIME-1"),
            f"a day is allowed: {comment}",
            replace(before, now=now),
            result(**differs, status_as_of=midnight - HOUR),
            "clock",
            "boundary",
        )


REASONS: Mapping[str, Mapping[str, Any]] = {
    "clock-skew": {"now": EXP + 60, "skew_limit": 300},
    "status-list-old": {"status": (listed(ttl=1),)},
    "trust-list-ending": {"trust_notice": 30 * DAY},
    "rights-old": {"rights_age": 0},
    "no-code": {"claims": shown_claims(CTI_1, 2), "code": None},
}


def _together() -> Iterator[Case]:
    """All reasons, and each two: always in the order of the table."""
    rules = ("V12", "V13", "V14")
    yield _case("every-reason", rules, "all five reasons, in the order of the table", tuple(REASONS))
    for one, other in itertools.combinations(REASONS, 2):
        yield _case(f"reasons/{one}-{other}", rules, f"{one} and {other}, in the order of the table", (one, other))


def _case(slug: str, rules: tuple[str, ...], comment: str, reasons: tuple[str, ...]) -> Case:
    changes: dict[str, Any] = {}
    for reason in reasons:
        changes |= REASONS[reason]
    differs: dict[str, Json] = {
        **(DEVICE_ONLY if "no-code" in reasons else {}),
        "grade": "degraded",
        "reasons": list(reasons),
    }
    if "clock-skew" in reasons:
        differs["skew"] = -61
    visit = replace(NO_CODE if "no-code" in reasons else SUITE_1, **changes)
    return accepted(slug, rules, comment, visit, result(**differs), "clock")
