"""Layer `verify`: the visits that the negative cases are changes of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CTI_1,
    CTI_2,
    ELISE,
    ZOE,
    alias,
    shown_claims,
)
from vectors.generate.visit import CHILD, NO_CODE, SUITE_1, SUITE_2, accepted

CARD = -65537
DEVICE_ONLY: dict[str, Json] = {
    "proofs": ["issuer", "device"],
    "user_verification": "biometric",
    "grade": "degraded",
    "reasons": ["no-code"],
}


def plain_cases() -> Iterator[Case]:
    """The visits that the negative cases are changes of, with their intermediate values, and each quality of person."""
    yield accepted("suite-1", ("V1", "V15"), "a policyholder, with code", SUITE_1, result(), stages=SUITE_1.stages())
    yield accepted(
        "suite-2", ("V1", "V15"), "the same on a phone with a P-256 key", SUITE_2, result(ZOE), stages=SUITE_2.stages()
    )
    yield accepted(
        "no-code", ("PRES-2", "V14"), "no code asked: degraded", NO_CODE, result(**DEVICE_ONLY), stages=NO_CODE.stages()
    )
    yield accepted(
        "child", ("CRED-2",), "a child's card on its parent's phone, every optional key", CHILD, result(ELISE)
    )
    suite_2_no_code = replace(SUITE_2, code=None, claims=shown_claims(CTI_2, 2))
    yield accepted("suite-2-no-code", ("PRES-2",), "suite 2 without code", suite_2_no_code, result(ZOE, **DEVICE_ONLY))
    for number, name in ((0, "none"), (1, "device-unlock")):
        visit = replace(NO_CODE, claims=shown_claims(CTI_1, number))
        yield accepted(
            f"verification-{name}",
            ("V14",),
            f"user verification: {name}",
            visit,
            result(**{**DEVICE_ONLY, "user_verification": name}),
        )
    for quality, name in ((2, "spouse"), (4, "other-dependant")):
        visit = CHILD.with_card((CARD, 4), quality)
        yield accepted(f"quality-{name}", ("CRED-2",), f"quality {quality}", visit, result(ELISE, quality=name))
    one, other = (CHILD.with_card((CARD, 3, 5), rank).with_card((CARD, 2), alias(f"twin-{rank}")) for rank in (1, 2))
    for slug, visit in (("first-twin", one), ("second-twin", other)):
        assert isinstance(visit.card, dict)
        yield accepted(
            slug,
            ("V5",),
            "one of two children of one birth date, told apart by birth rank and alias",
            visit,
            result(visit.card),
        )
    tries = SUITE_1.with_claims((-65538, 4), 2)
    yield accepted("failed-tries", ("V4",), "two failed tries before the right one", tries, result(failed_tries=2))
