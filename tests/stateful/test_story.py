"""Random sequences of everything that people, phones, an insurer, terminals and a thief can do.

The test command plays a story of 500 steps and more, until every kind of step was taken and every kind of answer given; always
the same one. ``STATEFUL_STEPS`` says of how many steps it is to be: ``make stateful`` plays 10,000.
"""

from __future__ import annotations

import os

import pytest

from tests.stateful.defects import DEFECTS
from tests.stateful.estate import Story
from tests.stateful.machine import play, steps
from vitaletoken import Code

STEPS = int(os.environ.get("STATEFUL_STEPS", "500"))

#: What has to have happened, so that it means something that nothing went wrong.
ACCEPTED = {
    "open",
    "audience",
    "challenge",
    "with the code",
    "without the code",
    "for nobody else",
    "lent by issuer",
    "lent by grant",
    "a policyholder's",
    "a dependant's",
    "repeated",
}
REFUSED = {
    Code.REPLAYED,
    Code.CHALLENGE_ANSWERED,
    Code.CARD_REVOKED,
    Code.CARD_SUSPENDED,
    Code.DELEGATIONS_WITHDRAWN,
    Code.DELEGATION_SCOPE,
    Code.GRANT_EXPIRED,
    Code.PRESENTATION_EXPIRED,
    Code.BINDING_TOO_WEAK,
    Code.USER_VERIFICATION_TOO_WEAK,
    "forged: device-signature",
    "forged: code-signature",
    "forged: grant-signature",
    "forged: binding-too-weak",
}


def missing(story: Story) -> set[str]:
    return (steps() - set(story.fired)) | (ACCEPTED - set(story.accepted)) | (REFUSED - set(story.answers))


def test_whatever_happens_terminals_are_right() -> None:
    """And every kind of step was taken, every kind of acceptance and refusal was there."""
    story = play(STEPS, until=lambda story: not missing(story))
    print(f"\n{story}")
    assert story.steps >= STEPS
    assert missing(story) == set()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    defect = DEFECTS[name]
    defect.seed(monkeypatch)
    with pytest.raises(AssertionError, match=defect.found):
        play(5_000, defect.story, shrink=False)
