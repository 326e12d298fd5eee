"""The whole story: an insurer, four phones, two terminals and a thief, in whatever order."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.desk import ANNE
from tests.stateful.cast import DELEGATE, OWNER, THIEF, WHOSE
from tests.stateful.estate import Story
from tests.stateful.recovering import Recovering

#: Steps of one run: long enough for a card to be enrolled, lent, locked, revoked and looked for again.
RUN = 50

OPTIONS = settings(
    max_examples=20,
    stateful_step_count=RUN,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class Machine(Recovering):
    """All steps."""

    @initialize()
    def some_have_cards_already(self) -> None:
        for name in (OWNER, DELEGATE, THIEF):
            self.enrolled(self.phones[name], WHOSE[name])
        self.enrolled(self.phones[OWNER], ANNE)
        self.tells_all()


def steps() -> set[str]:
    """The names of all of them."""
    return {each.function.__name__ for each in Machine.setup_state().rules}


def play(count: int, number: int = 600, *, until: Callable[[Story], bool] = bool, shrink: bool = True) -> Story:
    """A story of ``count`` steps, and then of up to ten times as many, ``until`` all that it is to tell has happened.

    The same for each ``number``. It is told in batches: in each of its runs hypothesis leaves out some kinds of steps, and in
    another batch others.

    Raises:
        AssertionError: an invariant is broken; after ``shrink``, by as few steps as can be found.
    """
    story = Story()
    options = settings(OPTIONS, phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,))

    def machine() -> Machine:
        return Machine(story)

    while story.steps < count or (not until(story) and story.steps < 10 * count):
        run_state_machine_as_test(seed(number)(machine), settings=options)  # type: ignore[arg-type]  # what makes one will do
        number += 1
    return story
