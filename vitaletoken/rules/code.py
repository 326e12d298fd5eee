"""The personal code: form, choice and counter; steps C1 to C3 (spec section 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from vitaletoken.errors import Code, refusal

MAX_FAILED: Final = 10
#: Seconds to wait since the last try, by the number of failed tries (CODE-3).
WAITS: Final = (0, 0, 0, 60, 300, 900, 3_600, 14_400, 43_200, 86_400)

_RUN: Final = "0123456789" * 2


def require_form(code: str) -> None:
    """C1. Raises ``Malformed``: ``code-form``."""
    if not (len(code) == 6 and code.isascii() and code.isdecimal()):
        raise refusal(Code.CODE_FORM)


def require_strong(code: str, birth_date: date | None) -> None:
    """C1 and C2: a code that someone chooses.

    Raises:
        Malformed: ``code-form``.
        Rejected: ``code-weak`` (CODE-4).
    """
    require_form(code)
    dates = {birth_date.strftime(order) for order in ("%d%m%y", "%m%d%y", "%y%m%d")} if birth_date else set()
    if code == code[0] * 6 or code in _RUN or code[::-1] in _RUN or code in dates:
        raise refusal(Code.CODE_WEAK)


@dataclass(frozen=True, slots=True)
class CodeCounter:
    """Failed tries of the code since the last success.

    Attributes:
        failed: 0 to 10; a try counts as failed from before it is made until it has succeeded.
        last_try: NumericDate, the latest time at which a try was counted. It never goes back, so that setting the clock back
            doesn't shorten a wait.
    """

    failed: int = 0
    last_try: int = 0

    def count_try(self, now: int) -> CodeCounter:
        """The counter to record durably *before* a try at ``now`` is made (CODE-2).

        Raises:
            Rejected: ``code-locked``, ``code-delayed``.
        """
        if self.failed >= MAX_FAILED:
            raise refusal(Code.CODE_LOCKED)
        wait = WAITS[self.failed]
        if wait and now < self.last_try + wait:
            raise refusal(Code.CODE_DELAYED)
        return CodeCounter(self.failed + 1, max(self.last_try, now))

    def succeeded(self) -> CodeCounter:
        """The counter after a try that was right."""
        return replace(self, failed=0)
