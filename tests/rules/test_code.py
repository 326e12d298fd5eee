"""The personal code: its form, which are refused as first guesses, and the counter of tries to the second (CODE-2 to CODE-4)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from vitaletoken import Code, InputError
from vitaletoken.rules import code as rules
from vitaletoken.rules.code import MAX_FAILED, CodeCounter

WAITS = (0, 0, 0, 60, 300, 900, 3_600, 14_400, 43_200, 86_400)


def refusal_of(function: object, *arguments: object) -> Code | None:
    try:
        function(*arguments)  # type: ignore[operator]
    except InputError as refused:
        return refused.code
    return None


# --- form


@pytest.mark.parametrize("code", ["000000", "123456", "999999", "042137"])
def test_six_digits_are_a_code(code: str) -> None:
    rules.require_form(code)


@pytest.mark.parametrize(
    "code",
    ["", "1", "12345", "1234567", "12345a", " 12345", "12345 ", "12345\n", "+12345", "-12345", "1.2345", "0x1234", "1_2345",
     "12345\u00b2", "12345\u0660", "\ud80012345", "12345\0",
     *("".join(chr(zero + n) for n in range(1, 7)) for zero in (0x0660, 0x0966, 0xFF10, 0x1D7CE))],
    ids=ascii,
)  # fmt: skip
def test_nothing_else_is_a_code(code: str) -> None:
    """Digits of other scripts are digits to Python, and another password to Argon2id."""
    assert refusal_of(rules.require_form, code) is Code.CODE_FORM
    assert refusal_of(rules.require_strong, code, None) is Code.CODE_FORM


# --- choice


def first_guesses() -> set[str]:
    digits = "0123456789"
    repeated = {digit * 6 for digit in digits}
    up = {"".join(digits[(start + n) % 10] for n in range(6)) for start in range(10)}
    return repeated | up | {code[::-1] for code in up}


def test_exactly_the_first_guesses_are_refused() -> None:
    """All of the million codes: ten repeated ones, ten runs up and ten down, through 9 to 0 too, and no other."""
    weak = {f"{n:06}" for n in range(1_000_000) if refusal_of(rules.require_strong, f"{n:06}", None) is not None}
    assert weak == first_guesses()
    assert len(weak) == 30


@examples(200)
@given(st.dates())
def test_a_birth_date_is_refused_in_three_orders(born: date) -> None:
    d, m, y = f"{born.day:02}", f"{born.month:02}", f"{born.year % 100:02}"
    for code in (d + m + y, m + d + y, y + m + d):
        assert refusal_of(rules.require_strong, code, born) is Code.CODE_WEAK
    for code in (y + d + m, d + y + m, m + y + d):
        if code not in {d + m + y, m + d + y, y + m + d} | first_guesses():
            assert refusal_of(rules.require_strong, code, born) is None


def test_a_birth_date_is_refused_only_where_it_is_known() -> None:
    assert refusal_of(rules.require_strong, "140789", None) is None
    assert refusal_of(rules.require_strong, "140789", date(1988, 7, 14)) is None


def test_a_year_before_1000_is_a_date_too() -> None:
    """strftime leaves zeros away in some years on some systems."""
    assert refusal_of(rules.require_strong, "010207", date(7, 2, 1)) is Code.CODE_WEAK


# --- counter


@pytest.mark.parametrize("failed", range(MAX_FAILED))
def test_the_wait_ends_at_its_second(failed: int) -> None:
    last, wait = 1_000_000, WAITS[failed]
    counter = CodeCounter(failed, last)
    if wait:
        assert refusal_of(counter.count_try, last + wait - 1) is Code.CODE_DELAYED
    assert counter.count_try(last + wait) == CodeCounter(failed + 1, last + wait)


def test_ten_failed_tries_lock_for_good() -> None:
    counter = CodeCounter(MAX_FAILED, 0)
    for now in (0, 1, 86_400, 10**9, 253402300799):
        assert refusal_of(counter.count_try, now) is Code.CODE_LOCKED


def test_a_success_resets_the_count_and_nothing_else() -> None:
    counter = CodeCounter(9, 1000).succeeded()
    assert counter == CodeCounter(0, 1000)
    for now in (0, 1000, 3000):
        counter.count_try(now)


@pytest.mark.parametrize("failed", range(3, MAX_FAILED))
def test_a_clock_set_back_does_not_shorten_a_wait(failed: int) -> None:
    """The wait runs from the latest time at which a try was counted, whatever the phone shows now."""
    last, wait = 1_000_000, WAITS[failed]
    counter = CodeCounter(failed, last)
    for now in (0, 1, wait, last - 1, last, last + wait - 1):
        assert refusal_of(counter.count_try, now) is Code.CODE_DELAYED


def test_a_clock_set_back_keeps_the_latest_time() -> None:
    """The first tries wait for nothing, also with a clock set back; but they do not forget what it showed."""
    counter = CodeCounter().count_try(1000).count_try(10)
    assert counter == CodeCounter(2, 1000)
    counter = counter.count_try(20)
    assert counter == CodeCounter(3, 1000)
    assert refusal_of(counter.count_try, 1059) is Code.CODE_DELAYED
    assert counter.count_try(1060) == CodeCounter(4, 1060)


def test_a_refused_try_changes_nothing() -> None:
    counter = CodeCounter(5, 1000)
    assert refusal_of(counter.count_try, 1500) is Code.CODE_DELAYED
    assert counter == CodeCounter(5, 1000)


@examples(300)
@given(st.lists(st.tuples(st.integers(-100_000, 100_000), st.booleans()), max_size=60))
def test_whatever_the_clock_does_the_table_is_followed(steps: list[tuple[int, bool]]) -> None:
    """The specification's state table in section 9, played beside the counter."""
    now, counter = 1_000_000, CodeCounter()
    failed = latest = 0
    for move, right in steps:
        now = max(0, now + move)
        if failed == 10:
            expected = Code.CODE_LOCKED
        elif WAITS[failed] == 0 or now >= latest + WAITS[failed]:
            expected = None
        else:
            expected = Code.CODE_DELAYED
        assert refusal_of(counter.count_try, now) is expected
        if expected is None:
            counter = counter.count_try(now)
            failed, latest = failed + 1, max(latest, now)
            if right:
                counter, failed = counter.succeeded(), 0
        assert (counter.failed, counter.last_try) == (failed, latest)
