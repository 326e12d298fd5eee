"""The search: every order of every move within the bounds, breadth first, each state once."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from tests.model.terms import Term


class Step(NamedTuple):
    """One move: what was done, by or to whom, with what."""

    kind: str
    who: str
    what: Term = None
    more: Term = None


class Move(NamedTuple):
    """A step, the state that it leads to, and the properties that it violates."""

    step: Step
    state: Hashable
    violated: tuple[str, ...] = ()


class Scenario(Protocol):
    """What can be explored."""

    def start(self) -> Hashable: ...

    def moves(self, state: Any) -> Iterator[Move]: ...


@dataclass
class Explored:
    """What a search found: the number of states, and for each property violated the shortest trace."""

    states: int = 0
    attacks: dict[str, tuple[Step, ...]] = field(default_factory=dict)


def explore(scenario: Scenario, *, until: str | None = None) -> Explored:
    """All states that can be reached; with ``until``, up to the first attack on that property."""
    found = Explored()
    start = scenario.start()
    came: dict[Hashable, tuple[Hashable, Step] | None] = {start: None}
    todo = deque([start])
    while todo:
        state = todo.popleft()
        found.states += 1
        for move in scenario.moves(state):
            for name in move.violated:
                if name not in found.attacks:
                    found.attacks[name] = (*_trace(came, state), move.step)
            if until in found.attacks:
                return found
            if move.state not in came:
                came[move.state] = (state, move.step)
                todo.append(move.state)
    return found


def _trace(came: dict[Hashable, tuple[Hashable, Step] | None], state: Hashable) -> tuple[Step, ...]:
    steps: list[Step] = []
    while (before := came[state]) is not None:
        state, step = before
        steps.append(step)
    return tuple(reversed(steps))
