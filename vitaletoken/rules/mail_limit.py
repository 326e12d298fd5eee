"""How many e-mail codes are sent, and tried, for one number over all its applications (MAIL-2). Pure: the store keeps the times.

Who knows a number can open as many applications for it as they get offers. Each has five tries of its own and an e-mail to begin
with, so that what holds for one application bounds neither a mailbox nor who guesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vitaletoken.errors import Code, refusal

#: E-mail codes sent for one number within ``WINDOW`` seconds, whether or not the number is on record.
MAX_MAILS: Final = 5
#: Tries of them. All of those that five codes have, so that nobody else's tries take away those of a code that was sent.
MAX_TRIES: Final = 25
WINDOW: Final = 86_400


def require_mail(sent: Iterable[int], now: int) -> None:
    """Return if one more code may be sent.

    Args:
        sent: NumericDates of codes sent for any application for the number. One in the future, as by a clock that has been set
            back, counts as of now.

    Raises:
        Rejected: ``mail-code-throttled``.
    """
    _require(sent, now, MAX_MAILS)


def require_try(tried: Iterable[int], now: int) -> None:
    """Return if one more code may be tried; as ``require_mail``."""
    _require(tried, now, MAX_TRIES)


def newest(sent: tuple[int, ...]) -> tuple[int, ...]:
    """What has to be kept of the times, in the order in which they were counted, however long that goes on."""
    return sent[-MAX_MAILS:]


def _require(times: Iterable[int], now: int, limit: int) -> None:
    if sum(at > now - WINDOW for at in times) >= limit:
        raise refusal(Code.MAIL_CODE_THROTTLED)
