"""The time floor: a clock set back is found out, and nobody who dates ahead can end the cards of all (TIME-3, TIME-4)."""

from __future__ import annotations

import pytest

from tests import forge
from tests.forge import CARD, put
from tests.world import DAY, NOW, World, enrolled
from vitaletoken import Code, InputError, Rejected
from vitaletoken.adapters.memory import MemoryReplayStore, MemoryTimeFloor
from vitaletoken.rules.floor import effective_now, raised_floor


@pytest.mark.parametrize(
    ("now", "floor", "effective"),
    [
        (NOW, 0, NOW),
        (NOW, NOW, NOW),
        (NOW + 1, NOW, NOW + 1),
        (NOW - 1, NOW, NOW),
        (NOW - 300, NOW, NOW),
        (0, 300, 300),
    ],
)
def test_the_later_of_clock_and_floor_is_now(now: int, floor: int, effective: int) -> None:
    assert effective_now(now, floor) == effective


@pytest.mark.parametrize("behind", [301, DAY, 365 * DAY])
def test_a_clock_far_behind_the_floor_is_refused(behind: int) -> None:
    with pytest.raises(Rejected) as caught:
        effective_now(NOW - behind, NOW)
    assert caught.value.code is Code.CLOCK_BEHIND


@pytest.mark.parametrize(
    ("iat", "now", "raised"),
    [
        (NOW, NOW, NOW),
        (NOW - 1, NOW, NOW - 1),
        (NOW + 1, NOW, NOW),
        (NOW + 300, NOW, NOW),
        (NOW, NOW - 365 * DAY, NOW - DAY),
        (NOW - DAY, NOW, NOW - DAY),
        (NOW - 2 * DAY, NOW, NOW - DAY),
        (NOW + 365 * DAY, None, NOW + 365 * DAY),
        (NOW - 2 * DAY, None, NOW - DAY),
    ],
)
def test_the_floor_goes_up_and_a_list_dated_ahead_does_not_take_it_along(
    iat: int, now: int | None, raised: int
) -> None:
    assert raised_floor(NOW - DAY, iat, now) == raised


# --- at the terminal


def code_at(w: World, clock: int, floor: int | None, **edits: object) -> Code | None:
    terminal = w.terminal(floor=None if floor is None else MemoryTimeFloor(floor), replay=MemoryReplayStore())
    message = forge.presentation(w, **edits)  # type: ignore[arg-type]
    before, w.clock.time = w.clock.time, clock
    try:
        terminal.verify_message(message, "visit 1")
    except InputError as refused:
        return refused.code
    finally:
        w.clock.time = before
    return None


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


def test_a_clock_set_back_a_year(world: World) -> None:
    """What counts is what was seen signed, not what the clock says; also for a card seen before."""
    assert code_at(world, NOW - 365 * DAY, NOW) is Code.CLOCK_BEHIND
    terminal = world.terminal(floor=MemoryTimeFloor(NOW), replay=MemoryReplayStore())
    message = forge.presentation(world)
    terminal.verify_message(message, "visit 1")
    world.clock.time = NOW - 365 * DAY
    try:
        with pytest.raises(Rejected, match="clock-behind"):
            terminal.verify_message(message, "visit 1")
    finally:
        world.clock.time = NOW


def test_a_little_behind_the_floor_is_the_floors_time(world: World) -> None:
    """The presentation is of NOW: at the clock's own time, five minutes earlier, it is not valid yet."""
    assert code_at(world, NOW - 300, None) is Code.PRESENTATION_NOT_YET_VALID
    assert code_at(world, NOW - 300, NOW) is None
    assert code_at(world, NOW - 301, NOW) is Code.CLOCK_BEHIND
    assert code_at(world, NOW, NOW + 120) is Code.PRESENTATION_EXPIRED


def test_the_floor_decides_over_what_has_expired(world: World) -> None:
    card = forge.credential(world, put((4,), NOW + 50))
    assert code_at(world, NOW, 0, credential=card) is None
    assert code_at(world, NOW, NOW + 50, credential=card) is Code.CREDENTIAL_EXPIRED
    exp = world.trust.claims.exp
    assert code_at(world, exp - 1, exp) is Code.TRUST_LIST_EXPIRED


def test_it_comes_after_the_form_and_before_the_trust_list(world: World) -> None:
    late = world.trust.claims.exp + 301
    assert code_at(world, late - 301, late) is Code.CLOCK_BEHIND
    malformed = forge.credential(world, put((CARD, 4), 9))
    assert code_at(world, late - 301, late, credential=malformed) is Code.CREDENTIAL_STRUCTURE


def test_the_floor_is_read_once_a_verification(world: World) -> None:
    class Counting(MemoryTimeFloor):
        reads = 0

        def read(self) -> int:
            self.reads += 1
            return super().read()

    floor = Counting()
    terminal = world.terminal(floor=floor, replay=MemoryReplayStore())
    for visit in range(3):
        terminal.verify_message(forge.presentation(world), f"visit {visit}")
    assert floor.reads == 3


def test_a_floor_that_fails_fails_the_verification(world: World) -> None:
    """VERIFY-2."""

    class Broken(MemoryTimeFloor):
        def read(self) -> int:
            raise OSError("no such device")

    with pytest.raises(OSError, match="no such device"):
        world.terminal(floor=Broken()).verify_message(forge.presentation(world), "visit 1")


def test_the_floor_in_memory_never_goes_down() -> None:
    floor = MemoryTimeFloor(5)
    for to, read in ((3, 5), (9, 9), (8, 9)):
        floor.raise_to(to)
        assert floor.read() == read
