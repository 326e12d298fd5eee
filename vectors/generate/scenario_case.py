"""What the cases of `scenario` share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.editing import edit
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    shown_claims,
)
from vectors.generate.keys import derive
from vectors.generate.terminal_visit import answering, to_challenge
from vectors.generate.terminals import IDENTIFY
from vectors.generate.visit import SUITE_1, Visit

Outcome = dict[str, Json] | str
OTHER = replace(SUITE_1, session="s-2")
REPEATED = result(repeated=True)
DEVICE_ONLY = result(proofs=["issuer", "device"], user_verification="biometric", grade="degraded", reasons=["no-code"])
ANSWERED = ("V15", "CHAL-2")
AGAIN = to_challenge(repeated=True)
SECOND = replace(answering(IDENTIFY, "answer-again").with_claims((-65538, 3), 43))
"""Another answer than ANSWER, of the same card to the same challenge."""


def scenario(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    steps: Sequence[tuple[Visit, Outcome]],
    *flags: str,
    capacity: int | None = None,
) -> Case:
    """One sequence; a string is the code of a refusal."""
    given: dict[str, Json] = {"replay_capacity": capacity, "steps": [{"verify": visit.to_json()} for visit, _ in steps]}
    results: list[Json] = [{"error": outcome} if isinstance(outcome, str) else {"ok": outcome} for _, outcome in steps]
    return Case(f"scenario/{slug}", rules, comment, given, {"results": results}, flags=flags)


def visit_number(number: int, visit: Visit = SUITE_1) -> Visit:
    """Another visit with the same card."""
    claims = edit(shown_claims(derive(f"scenario/visit/{number}", "cti", 8)), (-65538, 3), 42 + number)
    return replace(visit, claims=claims, session=f"visit-{number}")


def made_at(visit: Visit, now: int) -> Visit:
    """The visit, made at this time."""
    return replace(visit.at_times(now, now + 30), now=now)
