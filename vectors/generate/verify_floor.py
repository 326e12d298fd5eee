"""Layer `verify`: the time floor, TIME-4. What raises it (TIME-3) is a matter of the terminal; here it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import DAY, HOUR, NOW, TODAY, signed_trust, trust_claims
from vectors.generate.terminal_visit import ANSWER, to_challenge
from vectors.generate.verify_plain import CARD
from vectors.generate.verify_status import listed
from vectors.generate.visit import SUITE_1, Visit, accepted, refused

RULES = ("V6", "TIME-4")
YEAR = 365 * DAY


def _at(visit: Visit, time: int) -> Visit:
    """The presentation as a phone makes it at this time."""
    return visit.at_times(time - 10, time + 20)


def floor_cases() -> Iterator[Case]:
    yield from _accepted()
    yield from _behind()
    yield from _takes_its_place()


def _accepted() -> Iterator[Case]:
    for slug, comment, floor in (
        ("floor-1", "a floor of second 1", 1),
        ("floor-before", "the floor is a second before now", NOW - 1),
        ("floor-now", "the floor is now", NOW),
    ):
        visit = replace(SUITE_1, floor=floor)
        yield accepted(slug, RULES, comment, visit, result(), *(["boundary"] if floor >= NOW - 1 else []), "clock")
    yield accepted(
        "floor-at-exp",
        RULES,
        "the floor is exp of the presentation, and takes the place of now: so the skew is -1",
        replace(SUITE_1, floor=NOW + 20),
        result(skew=-1),
        "boundary",
        "clock",
    )
    yield accepted(
        "floor-300-after",
        RULES,
        "now is 300 seconds below the floor, which takes its place; the phone's clock is right",
        _at(replace(SUITE_1, floor=NOW + 300), NOW + 300),
        result(),
        "boundary",
        "clock",
    )
    slow = replace(_at(SUITE_1, NOW + 300), now=NOW, skew_limit=300)
    yield accepted(
        "floor-none",
        RULES,
        "the same terminal without a floor: its clock seems to be right, and the phone's 290 seconds fast",
        slow,
        result(skew=290, grade="degraded", reasons=["clock-skew"]),
        "clock",
    )


def _behind() -> Iterator[Case]:
    base = "verify/accepted/floor-300-after"
    behind = "clock-behind"
    for slug, comment, floor, time in (
        ("301", "now is 301 seconds below the floor; the phone's clock is right", NOW + 301, NOW + 301),
        ("301-phone-too", "now is 301 seconds below the floor, and the phone's clock is as slow", NOW + 301, NOW),
        ("a-day", "the clock is a day below the floor", NOW + DAY, NOW + DAY),
        ("a-year", "the clock was set back by a year", NOW + YEAR, NOW + YEAR),
        ("greatest", "the floor is the greatest time there is", 253402300799, NOW),
    ):
        flags = ["clock", *(["boundary"] if slug.startswith("301") else [])]
        visit = _at(replace(SUITE_1, floor=floor), time)
        yield refused(f"{behind}/{slug}", RULES, comment, visit, *flags, base=base)
    old = replace(_at(SUITE_1, NOW - YEAR), now=NOW - YEAR, floor=NOW - 6 * HOUR)
    yield refused(
        f"{behind}/picture-of-last-year",
        RULES,
        "the clock set back by a year, to when this QR was shown",
        replace(old, trust=signed_trust({**trust_claims(), 2: NOW - YEAR - DAY, 3: NOW - YEAR + DAY})),
        "clock",
        base=base,
    )
    answer = replace(ANSWER, floor=NOW + 301)
    yield accepted(
        "floor-challenge",
        ("V6", "V11", "TIME-4"),
        "level challenge, now 300 seconds below the floor: the presentation's window is not asked; skew is reported",
        replace(ANSWER, floor=NOW + 300),
        to_challenge(skew=-281),
        "boundary",
        "clock",
    )
    yield refused(
        f"{behind}/challenge",
        ("V6", "TIME-4"),
        "level challenge, now 301 seconds below the floor",
        answer,
        "boundary",
        "clock",
        base="verify/accepted/floor-challenge",
    )


def _takes_its_place() -> Iterator[Case]:
    """Each time that is held against now, with the floor between: now alone would accept."""
    shown = _at(SUITE_1, NOW + 100)
    floor = NOW + 100
    midnight = (TODAY + 1) * DAY
    late = replace(
        _at(SUITE_1, midnight).with_card((CARD, 8), TODAY + 1),
        now=midnight - 100,
        status=(listed(iat=midnight - HOUR),),
    )
    rules = ("TIME-4",)
    trust = replace(shown, trust=signed_trust({**trust_claims(), 3: NOW + 100}))
    rows: tuple[tuple[str, str, Visit, str, dict[str, Json]], ...] = (
        ("trust-list-expired", "V6", trust, "the trust list's exp", {"skew": 90}),
        ("credential-expired", "V12", shown.with_card((4,), NOW + 100), "the credential's exp", {"skew": 90}),
        ("status-expired", "V13", replace(shown, status=(listed(exp=NOW + 100),)), "the status list's exp", {"skew": 90}),
        ("status-too-old", "V13", replace(shown, status=(listed(ttl=6 * HOUR + 100),), status_grace=0),
         "the end of ttl and grace", {"skew": 90}),
    )  # fmt: skip
    for code, step, visit, what, differs in rows:
        wide = replace(visit, skew_limit=300)
        grade: dict[str, Json] = {"grade": "degraded", "reasons": ["clock-skew"]}
        yield accepted(
            f"floor-none-{code}",
            (step, *rules),
            f"a hundred seconds before {what}, and no floor",
            wide,
            result(**differs, **grade),
            "clock",
        )
        yield refused(
            f"{code}/floor",
            (step, *rules),
            f"a hundred seconds before {what}, which is the floor",
            replace(wide, floor=floor),
            "clock",
            "boundary",
            base=f"verify/accepted/floor-none-{code}",
        )
    yield accepted(
        "floor-last-day",
        ("V12", *rules),
        "the last second of the last day, which is the floor",
        replace(late, floor=midnight - 1),
        result(status_as_of=midnight - HOUR),
        "clock",
        "boundary",
    )
    yield refused(
        "rights-ended/floor",
        ("V12", *rules),
        "the floor is midnight of the first day not covered",
        replace(late, floor=midnight),
        "clock",
        "boundary",
        base="verify/accepted/floor-last-day",
    )
    yield refused(
        "presentation-expired/floor",
        ("V12", *rules),
        "now is in the window, the floor is past its end and the limit",
        replace(SUITE_1, floor=NOW + 80),
        "clock",
        "boundary",
        base="verify/accepted/floor-now",
    )
    ahead = listed(iat=NOW + 400)
    yield accepted(
        "floor-status-list",
        ("V13", "STATUS-5", *rules),
        "a status list made 300 seconds after the floor, 400 after now",
        replace(shown, floor=floor, status=(ahead,)),
        result(status_as_of=NOW + 400),
        "clock",
        "boundary",
    )
    yield refused(
        "status-unavailable/floor",
        ("V13", "STATUS-5", *rules),
        "a status list made 301 seconds after the floor",
        replace(shown, floor=floor - 1, status=(ahead,)),
        "clock",
        "boundary",
        base="verify/accepted/floor-status-list",
    )
    made = _at(SUITE_1.with_card((6,), NOW + 160), NOW + 100)
    yield accepted(
        "floor-card-iat",
        ("V12", *rules),
        "a card made 60 seconds after the floor, 160 after now",
        replace(made, floor=floor),
        result(),
        "clock",
        "boundary",
    )
    yield refused(
        "credential-not-yet-valid/floor",
        ("V12", *rules),
        "a card made 61 seconds after the floor",
        replace(made, floor=floor - 1),
        "clock",
        "boundary",
        base="verify/accepted/floor-card-iat",
    )
