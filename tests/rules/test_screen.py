"""The QR of now: as long as it is good, then a new one, for a bounded time, however the clock is set."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable

import pytest

from vitaletoken.rules.screen import INTERVAL, LIMIT, rotation

BEGUN = 1_000_000


class Screen:
    """A clock, and a maker of numbers that says when it was asked."""

    def __init__(self) -> None:
        self.now = BEGUN
        self.made: list[int] = []

    def read(self) -> int:
        return self.now

    def make(self, at: int) -> int:
        self.made.append(at)
        return len(self.made)

    def turns(self, answer_until: Callable[[int], int] | None = None) -> Callable[[int], tuple[int, int] | None]:
        """What is on the screen at a time; None when it has ended."""
        going = rotation(self.read, self.make, BEGUN, answer_until)

        def at(seconds: int) -> tuple[int, int] | None:
            self.now = BEGUN + seconds
            return next(going, None)

        return at


def test_one_every_twenty_seconds() -> None:
    at = Screen().turns()
    assert [at(seconds) for seconds in (0, 1, 19, 20, 20, 39, 40, 61, 80, 81)] == [
        (1, 20), (1, 19), (1, 1), (2, 20), (2, 20), (2, 1), (3, 20), (4, 20), (4, 1), (5, 20),
    ]  # fmt: skip


def test_it_ends_after_its_time() -> None:
    screen = Screen()
    at = screen.turns()
    shown = {seconds: at(seconds) for seconds in range(400)}
    assert [seconds for seconds, turn in shown.items() if turn is None] == [*range(LIMIT, 400)]
    assert screen.made == [BEGUN + seconds for seconds in range(0, LIMIT, INTERVAL)]


def test_an_app_that_asks_late_gets_what_is_left() -> None:
    screen = Screen()
    at = screen.turns()
    assert [at(seconds) for seconds in (250, 299, 318, 319)] == [(1, 20), (2, 20), (2, 1), None]
    late = Screen()
    assert late.turns()(LIMIT) is None
    assert late.made == []


@pytest.mark.parametrize("back", [1, 30, 10_000])
def test_a_clock_set_back_wins_nothing(back: int) -> None:
    """Before the beginning it ends; after it there is a new one, for what was made before is from the future."""
    screen = Screen()
    at = screen.turns()
    assert at(0) == (1, 20)
    assert at(-back) is None
    screen = Screen()
    at = screen.turns()
    assert at(100) == (1, 20)
    assert at(99) == (2, 20)
    for step in range(98, 0, -1):
        at(step)
    assert len(screen.made) == LIMIT // INTERVAL, "never more than this"
    assert at(1) is None


def test_an_answer_is_one() -> None:
    screen = Screen()
    at = screen.turns(lambda made: made + 60)
    assert [at(seconds) for seconds in (0, 20, 59, 60, 61)] == [(1, 60), (1, 40), (1, 1), None, None]
    assert screen.made == [BEGUN]


def test_an_answer_is_not_made_when_its_time_has_passed() -> None:
    screen = Screen()
    at = screen.turns(lambda _: BEGUN + 30)
    assert [at(seconds) for seconds in (10, 29, 30)] == [(1, 20), (1, 1), None]
    for late in (30, 31):
        screen = Screen()
        assert screen.turns(lambda _: BEGUN + 30)(late) is None
        assert screen.made == []


class Maker:
    def __call__(self, at: int) -> int:
        return at


@pytest.mark.parametrize("how", ["end", "close", "error"])
def test_what_makes_it_is_dropped(how: str) -> None:
    """And with it the key that it holds."""

    class Failing(Maker):
        def __call__(self, at: int) -> int:
            raise ValueError

    screen = Screen()
    maker = Failing() if how == "error" else Maker()
    held = weakref.ref(maker)
    going = rotation(screen.read, maker, BEGUN)
    del maker
    if how == "error":
        with pytest.raises(ValueError):  # noqa: PT011
            next(going)
    else:
        next(going)
        assert held() is not None
    if how == "close":
        going.close()
    screen.now = BEGUN + LIMIT
    if how == "end":
        assert next(going, None) is None
    assert held() is None
    assert [*itertools.islice(going, 3)] == []
