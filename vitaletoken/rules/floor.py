"""The time floor: no time earlier than the newest that was seen signed (TIME-3, TIME-4; spec section 8)."""

from __future__ import annotations

from typing import Final

from vitaletoken.errors import Code, refusal

#: Seconds by which two honest clocks may differ: between a signed time and this machine's own.
TOLERANCE: Final = 300


def effective_now(now: int, floor: int) -> int:
    """TIME-4: the time that a verification works with: the later of the clock's and the floor's.

    Args:
        now: NumericDate, as the clock has it. floor: 0 for none.

    Raises:
        Rejected: ``clock-behind``: the clock is more than 300 seconds below the floor.
    """
    if now < floor - TOLERANCE:
        raise refusal(Code.CLOCK_BEHIND)
    return max(now, floor)


def raised_floor(floor: int, iat: int, now: int | None) -> int:
    """TIME-3: the floor after a list dated ``iat`` was accepted.

    Args:
        now: NumericDate at which a status list or a snapshot was accepted, as the clock has it: no issuer's date takes the floor
            beyond it. None for a trust list, which counts whatever its date.
    """
    return max(floor, iat if now is None else min(iat, now))
