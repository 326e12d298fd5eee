"""Layer `scenario`: several verifications that share one replay store; here new lists, and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CAMILLE,
    DAY,
    EXP,
    IAT,
    LIST_NUMBER,
    NOW,
    VALID,
    Claims,
    entries,
    issuer_key,
    signed_trust,
    status_claims,
    trust_claims,
)
from vectors.generate.keys import CNAM_STATUS, ed25519
from vectors.generate.messages import status_list
from vectors.generate.scenario_age import age_scenarios
from vectors.generate.scenario_asked import asked_cases
from vectors.generate.scenario_case import OTHER, scenario, visit_number
from vectors.generate.scenario_challenge import challenge_cases
from vectors.generate.scenario_keys import key_cases
from vectors.generate.scenario_lent import lent_scenarios
from vectors.generate.scenario_replay import capacity_cases, other_bytes_cases, refusal_cases, replay_cases
from vectors.generate.scenario_trust import trust_scenarios
from vectors.generate.visit import SUITE_1


def scenario_cases() -> Iterator[Case]:
    """Replay, capacity, rotation, revocation, clocks, challenges."""
    yield from replay_cases()
    yield from key_cases()
    yield from other_bytes_cases()
    yield from refusal_cases()
    yield from capacity_cases()
    yield from list_cases()
    yield from clock_cases()
    yield from challenge_cases()
    yield from asked_cases()
    yield from trust_scenarios()
    yield from age_scenarios()
    yield from lent_scenarios()


def list_cases() -> Iterator[Case]:
    later = ed25519("fixture/issuer/fr-cnam/cards-later")
    keys = trust_claims()[6][0][3]
    both = signed_trust({**_with_keys([*keys, issuer_key(later.cose, [1])]), 1: 8})
    without = signed_trust({**_with_keys([*keys[1:], issuer_key(later.cose, [1])]), 1: 9})
    renewed = replace(visit_number(2), issuer=later)
    yield scenario(
        "key-rotation",
        ("V6", "T5"),
        "a key is added, then the old one is withdrawn: old cards end, new ones go on",
        [
            (SUITE_1, result()),
            (renewed, "issuer-unknown"),
            (replace(visit_number(1), trust=both), result(counter=43)),
            (replace(renewed, trust=both), result(counter=44)),
            (replace(visit_number(3), trust=without), "issuer-unknown"),
            (replace(visit_number(4, replace(SUITE_1, issuer=later)), trust=without), result(counter=46)),
        ],
        "rotation",
    )
    issued_before = NOW - 30 * DAY
    assert CAMILLE[6] == issued_before
    closed = signed_trust({**_with_keys([{**keys[0], 4: issued_before}, *keys[1:]]), 1: 8})
    yield scenario(
        "key-closed",
        ("V6", "T5"),
        "a new trust list ends a key's window at the very second at which the card was made",
        [(SUITE_1, result()), (replace(visit_number(1), trust=closed), "issuer-key-not-valid")],
        "rotation",
        "boundary",
    )

    def listed(value: int, hours: int) -> tuple[bytes, ...]:
        claims = {**status_claims(lst=deflate.stored(entries(75, {VALID: value}))), 6: NOW - hours * 3600}
        return (status_list(claims, CNAM_STATUS).encode(),)

    yield scenario(
        "revocation",
        ("V13",),
        "good, suspended, good again, revoked: each new status list decides",
        [
            (replace(SUITE_1, status=listed(0, 9)), result(status_as_of=NOW - 9 * 3600)),
            (replace(visit_number(1), status=listed(2, 8)), "card-suspended"),
            (replace(visit_number(2), status=listed(3, 7)), result(counter=44, status_as_of=NOW - 7 * 3600)),
            (replace(visit_number(3), status=listed(1, 6)), "card-revoked"),
        ],
        "revocation",
    )
    yield scenario(
        "revocation-of-repeated",
        ("V13", "VERIFY-1"),
        "revoked between two scans at one desk: the second is refused",
        [(SUITE_1, result()), (replace(SUITE_1, status=listed(1, 1)), "card-revoked")],
        "revocation",
        "order",
    )
    moved = status_list(status_claims(number=LIST_NUMBER + 1), CNAM_STATUS).encode()
    yield scenario(
        "list-lost",
        ("V13",),
        "the terminal holds another list in place of the card's",
        [(SUITE_1, result()), (replace(visit_number(1), status=(moved,)), "status-unavailable")],
        "revocation",
    )


def _with_keys(keys: Sequence[Any]) -> Claims:
    claims: Any = edit(trust_claims(), (6, 0, 3), list(keys))
    return dict(claims)


def clock_cases() -> Iterator[Case]:
    slow = replace(SUITE_1, now=IAT - 45)
    fast = replace(visit_number(1), now=EXP + 45)
    yield scenario(
        "skew",
        ("V12", "TIME-2"),
        "a terminal that is slow, one that is fast, one that is right",
        [(slow, result(skew=45)), (fast, result(counter=43, skew=-46)), (visit_number(2), result(counter=44))],
        "clock",
    )
    back = replace(OTHER, now=IAT - 30)
    yield scenario(
        "clock-set-back",
        ("V15", "REPLAY-2"),
        "accepted, then the terminal's clock goes back: the key is kept all the same",
        [(SUITE_1, result()), (back, "replayed"), (replace(SUITE_1, now=IAT - 30), result(skew=30, repeated=True))],
        "clock",
        "replay",
    )
    late = replace(SUITE_1, now=EXP + 59)
    yield scenario(
        "last-second-replay",
        ("V15", "REPLAY-2", "TIME-1"),
        "replayed in the last second in which it could be",
        [(SUITE_1, result()), (replace(late, session="s-2"), "replayed"), (late, result(skew=-60, repeated=True))],
        "clock",
        "replay",
        "boundary",
    )
    wide = replace(SUITE_1, skew_limit=300)
    yield scenario(
        "last-second-replay-300",
        ("V15", "REPLAY-2", "TIME-1"),
        "the same with a skew limit of 300 seconds",
        [
            (wide, result()),
            (replace(wide, now=EXP + 299, session="s-2"), "replayed"),
            (replace(wide, now=EXP + 300, session="s-2"), "presentation-expired"),
        ],
        "clock",
        "replay",
        "boundary",
    )
