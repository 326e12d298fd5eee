"""Days begin at midnight UTC; the defaults of a policy and the limit of a portrait are the documented ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from vitaletoken.rules.policy import Policy
from vitaletoken.rules.portraits import MAX_PORTRAIT
from vitaletoken.rules.records import day_of, start_of


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2024, 2, 29), date(2026, 11, 22), date(2100, 3, 1)])
def test_a_day_is_from_midnight_to_midnight(day: date) -> None:
    begin = start_of(day)
    assert begin == datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    assert day_of(begin) == day_of(begin + 86_399) == day
    assert day_of(begin + 86_400) > day


def test_a_trust_list_is_noticed_three_days_before_it_ends() -> None:
    assert Policy().trust_notice == 3 * 24 * 60 * 60


def test_a_portrait_has_a_quarter_of_a_megabyte() -> None:
    assert MAX_PORTRAIT == 256 * 1024
