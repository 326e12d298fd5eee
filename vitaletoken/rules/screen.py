"""The QR of now for an app's screen: a new presentation every 20 seconds, for a bounded time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

#: Seconds for which one presentation is on the screen. It is good for 60: who scans it at its last moment has 40 left.
INTERVAL: Final = 20
#: Seconds after which it ends, and the code is asked for again: the code's signing key lives no longer than this.
LIMIT: Final = 300


class Turn(NamedTuple, Generic[T]):
    """What is on the screen now, and for how many more seconds: then the app asks for the next."""

    presentation: T
    seconds: int


def rotation(
    read: Callable[[], int], make: Callable[[int], T], begun: int, answer_until: Callable[[int], int] | None = None
) -> Generator[Turn[T], None, None]:
    """Turns, driven by who asks for them: within 20 seconds the same presentation again, after that a new one.

    However the clock is set, it makes no more than ``LIMIT // INTERVAL`` presentations, and ends once the clock reads more than
    ``LIMIT`` seconds after ``begun``, or less than it. When it ends or is closed it drops ``make``, and with it whatever key
    that holds.

    Args:
        read: the clock.
        make: a presentation of the time that it is given, NumericDate.
        begun: when the code was proved.
        answer_until: for the answer to a challenge: until when one that is made at that time is shown. It is one presentation,
            for a terminal accepts no second one; and none where that time has passed.
    """
    count = LIMIT // INTERVAL if answer_until is None else 1
    now = read()
    try:
        for _ in range(count):
            if not begun <= now < begun + LIMIT:
                return
            since, until = now, now + INTERVAL if answer_until is None else answer_until(now)
            if until <= since:
                return
            shown = make(since)
            while since <= now < until:
                yield Turn(shown, until - now)
                now = read()
    finally:
        del make
