"""MAIL-1: the e-mail code."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

import cbor2
import pytest

from tests.test_tables import said
from tests.world import NOW, SeededEntropy
from vitaletoken import Code, InputError
from vitaletoken.rules.mail_code import LIFETIME, MAX_TRIES, MailCode, draw

ID, KEY, CODE = b"i" * 32, b"k" * 32, "271828"


def record(tries: int = 0) -> MailCode:
    return MailCode(MailCode.of(CODE, ID, KEY, NOW).mac, NOW, tries)


def test_the_numbers_are_the_specifications() -> None:
    seconds, tries = said(r"good for (\d+) seconds and (\w+) tries")
    assert (int(seconds), {"five": 5}[tries]) == (LIFETIME, MAX_TRIES)


# --- drawn


def test_six_digits_drawn_uniformly() -> None:
    """Each digit in each place as often as any other: within five standard deviations, of a seeded source."""
    entropy = SeededEntropy("mail codes")
    codes = [draw(entropy.random) for _ in range(20_000)]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        assert len(counts) == 10
        assert all(abs(count - 2000) < 5 * 43 for count in counts.values())


def test_what_would_make_low_codes_likelier_is_drawn_again() -> None:
    """2**32 is not a multiple of 1,000,000: the 967,296 numbers above the last multiple are left out."""
    draws = iter([2**32 - 1, 4_294_000_000, 4_293_999_999])
    assert draw(lambda size: next(draws).to_bytes(size, "big")) == "999999"
    assert list(draws) == []
    assert draw(bytes) == "000000"


# --- kept


def test_it_is_kept_as_an_hmac_over_application_and_code() -> None:
    expected = hmac.new(KEY, cbor2.dumps([ID, CODE]), hashlib.sha256).digest()
    assert MailCode.of(CODE, ID, KEY, NOW) == MailCode(expected, NOW, 0)
    for other in (MailCode.of(CODE, b"j" * 32, KEY, NOW), MailCode.of(CODE, ID, b"l" * 32, NOW)):
        assert other.mac != expected
    assert expected.hex() not in repr(record())
    assert repr(expected) not in repr(record())


def test_it_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    genuine = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return genuine(one, other)

    monkeypatch.setattr("hmac.compare_digest", watched)
    assert record().is_right(CODE, ID, KEY)
    assert not record().is_right("271829", ID, KEY)
    assert not record().is_right("2718", ID, KEY)
    assert compared == [(32, 32)] * 3


@pytest.mark.parametrize(
    "typed",
    ["", "271829", "27182", "2718281", " 271828", "٢٧١٨٢٨", "\uff12\uff17\uff11\uff18\uff12\uff18", "\ud800", "x" * 99],
)
def test_anything_else_is_wrong(typed: str) -> None:
    assert not record().is_right(typed, ID, KEY)


def test_a_code_is_one_applications() -> None:
    assert record().is_right(CODE, ID, KEY)
    assert not record().is_right(CODE, b"j" * 32, KEY)


# --- tried


def test_five_tries() -> None:
    code = record()
    for tries in range(1, MAX_TRIES + 1):
        code = code.count_try(NOW)
        assert code.tries == tries
    with pytest.raises(InputError) as caught:
        code.count_try(NOW)
    assert caught.value.code is Code.MAIL_CODE_USED_UP


def test_six_hundred_seconds() -> None:
    assert record().count_try(NOW + LIFETIME - 1).tries == 1
    assert record().count_try(NOW - 1).tries == 1
    with pytest.raises(InputError) as caught:
        record().count_try(NOW + LIFETIME)
    assert caught.value.code is Code.MAIL_CODE_EXPIRED


def test_tries_that_are_used_up_come_before_the_time() -> None:
    with pytest.raises(InputError) as caught:
        record(5).count_try(NOW + LIFETIME)
    assert caught.value.code is Code.MAIL_CODE_USED_UP


def test_a_new_code_gives_no_try_back() -> None:
    new = record(4).renewed("314159", ID, KEY, NOW + 600)
    assert (new.sent, new.tries) == (NOW + 600, 4)
    assert new.is_right("314159", ID, KEY)
    assert not new.is_right(CODE, ID, KEY)
