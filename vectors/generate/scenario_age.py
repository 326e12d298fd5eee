"""Layer `scenario`: lists that grow old, clocks that are wrong, and each grade and advice that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CARD_IAT,
    CTI_1,
    DAY,
    HOUR,
    LIST_NUMBER,
    NOW,
    REVOKED,
    SUSPENDED,
    shown_claims,
    trust_claims,
    withdrawn,
)
from vectors.generate.keys import STRANGER
from vectors.generate.scenario_case import DEVICE_ONLY, Outcome, made_at, scenario, visit_number
from vectors.generate.scenario_trust import OLD_ENTRY, trust_of
from vectors.generate.verify_grades import OLD, REASONS
from vectors.generate.verify_plain import CARD
from vectors.generate.verify_status import listed
from vectors.generate.visit import SUITE_1, Visit

YEAR = 365 * DAY


def age_scenarios() -> Iterator[Case]:
    yield _freeze()
    yield from _stale()
    yield from _clocks()
    yield _grades()
    yield _advice()


def _freeze() -> Case:
    """The mirror hands out the same lists for ever: they are genuine, and grow old."""
    policy: dict[str, Any] = {"status_grace": DAY, "trust_notice": 7 * DAY}
    status = (listed(exp=NOW + 20 * DAY),)  # made six hours ago, with a ttl of twelve
    exp: int = trust_claims()[3]
    ending: dict[str, Json] = {"grade": "degraded", "reasons": ["trust-list-ending"]}
    fresh = listed(iat=exp - 2 * DAY, exp=exp + 20 * DAY, ttl=30 * DAY)

    def at(number: int, now: int, lists: tuple[bytes, ...] = status) -> Visit:
        return replace(made_at(visit_number(number), now), status=lists, **policy)

    return scenario(
        "freeze-attack",
        ("V6", "V13", "STATUS-4", "TRUST-3"),
        "status lists that stand still: full, degraded, refused; then a trust list that stands still: degraded, refused",
        [
            (at(0, NOW), result()),
            (at(1, NOW + 6 * HOUR - 1), result(counter=43)),
            (at(2, NOW + 6 * HOUR), result(counter=44, **OLD)),
            (at(3, NOW + 30 * HOUR - 1), result(counter=45, **OLD)),
            (at(4, NOW + 30 * HOUR), "status-too-old"),
            (at(5, exp - 7 * DAY), "status-too-old"),
            (at(6, exp - DAY, (fresh,)), result(counter=48, status_as_of=exp - 2 * DAY, **ending)),
            (at(7, exp - 31, (fresh,)), result(counter=49, status_as_of=exp - 2 * DAY, **ending)),
            (at(8, exp, (fresh,)), "trust-list-expired"),
            (at(9, exp + YEAR, (fresh,)), "trust-list-expired"),
        ],
        "clock",
        "boundary",
    )


def _stale() -> Iterator[Case]:
    """Past ttl, past grace, past exp: each on both sides of its second."""
    status = listed(exp=NOW + 3 * DAY)
    ttl_over, exp = NOW + 6 * HOUR, NOW + 3 * DAY

    def steps(grace: int | None, *rows: tuple[int, Outcome]) -> list[tuple[Visit, Outcome]]:
        shown = (
            replace(made_at(visit_number(n), now), status=(status,), status_grace=grace)
            for n, (now, _) in enumerate(rows)
        )
        return [(visit, outcome) for visit, (_, outcome) in zip(shown, rows, strict=True)]

    def nth(number: int, **differs: Json) -> dict[str, Json]:
        return result(counter=42 + number, **differs)

    yield scenario(
        "list-past-ttl",
        ("V13", "TIME-1"),
        "the last second of the list's ttl, and the first after it",
        steps(DAY, (ttl_over - 1, nth(0)), (ttl_over, nth(1, **OLD))),
        "clock",
        "boundary",
    )
    yield scenario(
        "list-past-grace",
        ("V13", "TIME-1"),
        "the last second of a day's grace, and the first after it",
        steps(DAY, (ttl_over + DAY - 1, nth(0, **OLD)), (ttl_over + DAY, "status-too-old"), (exp, "status-expired")),
        "clock",
        "boundary",
    )
    yield scenario(
        "list-past-exp",
        ("V13", "STATUS-4", "TIME-1"),
        "no grace in the policy: the last second before exp, and exp",
        steps(
            None,
            (ttl_over + DAY, nth(0, **OLD)),
            (exp - 1, nth(1, **OLD)),
            (exp, "status-expired"),
            (exp + YEAR, "trust-list-expired"),
        ),
        "clock",
        "boundary",
    )


def _clocks() -> Iterator[Case]:
    floor = NOW - 6 * HOUR
    """The status list's iat; the trust list is older."""
    old_trust = trust_of(1, [OLD_ENTRY], iat=NOW - YEAR - DAY, exp=NOW - YEAR + DAY)
    past = replace(made_at(visit_number(1).with_card((6,), NOW - YEAR - DAY), NOW - YEAR), floor=floor)
    yield scenario(
        "clock-set-back-a-year",
        ("V6", "TIME-4"),
        "the clock is set back by a year, to when a QR and a trust list of then were good; then to the floor; then put right",
        [
            (replace(SUITE_1, floor=floor), result()),
            (replace(past, trust=old_trust), "clock-behind"),
            (replace(made_at(visit_number(2), floor), now=floor - 301, floor=floor), "clock-behind"),
            (replace(made_at(visit_number(3), floor), now=floor - 300, floor=floor), result(counter=45)),
            (replace(visit_number(4), floor=floor), result(counter=46)),
        ],
        "clock",
        "boundary",
    )
    ahead = NOW + YEAR
    yield scenario(
        "clock-a-year-ahead",
        ("V6", "TRUST-3", "TIME-4"),
        "the clock runs a year ahead, which ends the lists; put right, all is as before: the clock itself raises no floor",
        [
            (replace(SUITE_1, floor=floor), result()),
            (replace(visit_number(1), now=ahead, floor=floor), "trust-list-expired"),
            (replace(visit_number(2), floor=floor), result(counter=44)),
        ],
        "clock",
    )
    yield scenario(
        "floor-rises",
        ("V6", "TIME-4"),
        "the clock stands still; a trust list of two hours later comes, and raises the floor above it",
        [
            (replace(SUITE_1, floor=floor), result()),
            (replace(visit_number(1), floor=NOW + 300), "presentation-expired"),
            (replace(visit_number(2), floor=NOW + 2 * HOUR), "clock-behind"),
            (replace(made_at(visit_number(3), NOW + 2 * HOUR), floor=NOW + 2 * HOUR), result(counter=45)),
        ],
        "clock",
    )


def _grades() -> Case:
    """Full, then each reason alone, then all of them."""
    steps: list[tuple[Visit, Outcome]] = [(visit_number(0), result())]
    for number, (reason, changes) in enumerate(REASONS.items(), 1):
        shown = dict(changes)
        differs: dict[str, Json] = {"grade": "degraded", "reasons": [reason], "counter": 42 + number}
        visit = visit_number(number)
        if "claims" in shown:
            visit = visit.with_claims((-65538, 1), 2)
            del shown["claims"]
            differs = {**DEVICE_ONLY, **differs}
        if reason == "clock-skew":
            differs["skew"] = -61
        steps.append((replace(visit, **shown), result(**differs)))
    every: dict[str, Any] = {}
    for changes in REASONS.values():
        every |= changes
    last = replace(SUITE_1, session="visit-6", **{**every, "claims": {**shown_claims(CTI_1, 2)}})
    answer = {**DEVICE_ONLY, "grade": "degraded", "reasons": list(REASONS), "skew": -61}
    return scenario(
        "every-grade",
        ("V12", "V13", "V14"),
        "full; degraded for each reason alone; degraded for all five",
        [*steps, (last, answer)],
    )


def _advice() -> Case:
    """A refusal with each advice: it follows from the code."""
    refusals: tuple[tuple[Visit, str], ...] = (
        (replace(made_at(visit_number(1), NOW - DAY), now=NOW), "presentation-expired"),
        (replace(visit_number(2), status=(listed(ttl=1),), status_grace=0), "status-too-old"),
        (replace(visit_number(3), floor=NOW + DAY), "clock-behind"),
        (replace(visit_number(4), trust=trust_of(8, [withdrawn(OLD_ENTRY, CARD_IAT, True)])), "issuer-key-withdrawn"),
        (visit_number(5).with_card((CARD, 6), [LIST_NUMBER, REVOKED]), "card-revoked"),
        (visit_number(6).with_card((CARD, 6), [LIST_NUMBER, SUSPENDED]), "card-suspended"),
        (replace(visit_number(7), at_credential={"signer": STRANGER}), "issuer-signature"),
    )
    return scenario(
        "every-advice",
        ("V6", "V7", "V12", "V13"),
        "accepted; show-new-qr; use-card three times; contact-insurer twice; refuse",
        [(SUITE_1, result()), *refusals],
    )
