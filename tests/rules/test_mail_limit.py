"""MAIL-2 to the second: 5 e-mail codes sent and 25 tried in any 86,400 seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.world import NOW
from vitaletoken import Code, InputError
from vitaletoken.rules.mail_limit import newest, require_mail, require_try

Limit = Callable[[Iterable[int], int], None]


def code_of(limit: Limit, times: Iterable[int], now: int) -> Code | None:
    try:
        limit(times, now)
    except InputError as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("limit", "most"), [(require_mail, 5), (require_try, 25)])
def test_what_was_a_day_ago_is_not_counted(limit: Limit, most: int) -> None:
    assert code_of(limit, [NOW] * (most - 1), NOW) is None
    assert code_of(limit, [NOW] * most, NOW) is Code.MAIL_CODE_THROTTLED
    assert code_of(limit, [NOW] * most, NOW + 86_399) is Code.MAIL_CODE_THROTTLED
    assert code_of(limit, [NOW] * most, NOW + 86_400) is None


@pytest.mark.parametrize(("limit", "most"), [(require_mail, 5), (require_try, 25)])
def test_what_is_in_the_future_is_counted(limit: Limit, most: int) -> None:
    assert code_of(limit, [NOW + 999_999] * most, NOW) is Code.MAIL_CODE_THROTTLED


def test_what_is_kept_of_the_times_is_what_can_be_counted() -> None:
    """Of any more, the earliest change nothing."""
    times = tuple(range(NOW, NOW + 9))
    assert newest(times) == times[-5:]
    assert newest(times[:3]) == times[:3]
