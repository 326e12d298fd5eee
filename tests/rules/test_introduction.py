"""Introductions: I1 to I5, each limit to the second (spec section 14.1)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests import lending
from tests.forge import SMALL_ORDER, base45, cose_key, drop, enc, put
from tests.lending import INTRODUCTION, Phone, attempt, phone, sha
from tests.world import NOW
from vitaletoken import Code, UsageError
from vitaletoken.rules.introduction import (
    VerifiedIntroduction,
    lending_binding,
    review_introduction,
    verify_introduction,
)

DOMINIQUE, SASHA, THIEF = phone("Dominique"), phone("Sasha", -9), phone("Thief")


def outcome(data: bytes, now: int = NOW) -> VerifiedIntroduction | Code:
    return attempt(review_introduction, "VTI1:" + base45(data), now)


def code_of(found: VerifiedIntroduction | Code) -> Code | None:
    return found if isinstance(found, Code) else None


@pytest.mark.parametrize("by", [DOMINIQUE, SASHA], ids=["suite-1", "suite-2"])
def test_an_introduction_shows_keys_and_name(by: Phone) -> None:
    data = lending.introduction(by)
    found = outcome(data)
    assert isinstance(found, VerifiedIntroduction)
    assert (found.keys, found.claims.name) == (by.keys, by.name)
    assert (found.raw, found.digest) == (data, sha(data))
    assert by.name not in repr(found)


def test_a_verified_introduction_is_made_by_the_function_that_verifies() -> None:
    found = verify_introduction(lending.introduction(DOMINIQUE))
    with pytest.raises(UsageError):
        VerifiedIntroduction(*found)


def test_i1_a_text_of_another_kind() -> None:
    data = lending.introduction(DOMINIQUE)
    for text in ("VTD1:" + base45(data), "VT1:" + base45(data), "VTI1:" + base45(data) + "\n"):
        assert attempt(review_introduction, text, NOW) is Code.INTRODUCTION_TEXT


@pytest.mark.parametrize("edit", [drop((6,)), put((INTRODUCTION, 2), "x" * 65), put((9,), 1)])
def test_i2_what_is_not_in_form(edit: Any) -> None:
    assert outcome(lending.introduction(DOMINIQUE, edit)) is Code.INTRODUCTION_STRUCTURE


def test_i2_a_header_that_is_not_that_of_its_key() -> None:
    for by, other in ((DOMINIQUE, SASHA), (SASHA, DOMINIQUE)):
        assert outcome(lending.introduction(by, signed_by=other)) is Code.INTRODUCTION_STRUCTURE


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_i3_keys_that_prove_nothing(point: bytes) -> None:
    for edit in (put((INTRODUCTION, 1), point), put((8, 1, -2), point)):
        assert outcome(lending.introduction(DOMINIQUE, edit)) is Code.INTRODUCTION_KEY


def test_i3_a_p256_key_that_is_no_point() -> None:
    off_curve = cose_key(-9, b"\x02" + bytes(31) + b"\x01")
    assert outcome(lending.introduction(SASHA, put((8, 1), off_curve))) is Code.INTRODUCTION_KEY


def test_i3_one_key_in_both_roles() -> None:
    both_roles = Phone("one", DOMINIQUE.device, DOMINIQUE.device)
    assert outcome(lending.introduction(both_roles)) is Code.INTRODUCTION_KEY


def test_i4_each_layer_is_signed_by_its_key() -> None:
    for device, code in ((THIEF, THIEF), (THIEF, DOMINIQUE), (DOMINIQUE, THIEF)):
        signed_by = Phone("mixed", device.device, code.code)
        assert outcome(lending.introduction(DOMINIQUE, signed_by=signed_by)) is Code.INTRODUCTION_SIGNATURE


def test_i4_an_enrolment_request_s_signatures_are_no_introduction() -> None:
    claims = {6: NOW, 8: lending.key_item(DOMINIQUE), INTRODUCTION: {1: DOMINIQUE.code.public, 2: "Dominique"}}
    data = lending.layers(DOMINIQUE, lending.aads("enrolment-request"), enc(claims))
    assert outcome(data) is Code.INTRODUCTION_SIGNATURE


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 301, Code.INTRODUCTION_TIME),
        (NOW - 300, None),
        (NOW + 599, None),
        (NOW + 600, Code.INTRODUCTION_TIME),
    ],
)
def test_i5_300_seconds_ahead_and_600_after(now: int, expected: Code | None) -> None:
    assert code_of(outcome(lending.introduction(DOMINIQUE), now)) is expected


def test_the_first_step_that_fails_decides() -> None:
    late = NOW + 600
    unsigned: dict[str, Any] = {"signed_by": THIEF}
    weak = put((INTRODUCTION, 1), SMALL_ORDER[0])
    assert outcome(lending.introduction(DOMINIQUE), late) is Code.INTRODUCTION_TIME
    assert outcome(lending.introduction(DOMINIQUE, **unsigned), late) is Code.INTRODUCTION_SIGNATURE
    assert outcome(lending.introduction(DOMINIQUE, weak, **unsigned), late) is Code.INTRODUCTION_KEY
    assert outcome(lending.introduction(DOMINIQUE, drop((6,)), **unsigned), late) is Code.INTRODUCTION_STRUCTURE


def test_the_binding_of_a_lent_card_is_as_the_specification_computes_it() -> None:
    data = lending.introduction(DOMINIQUE)
    expected = hashlib.sha256(enc(["vitaletoken/1", "lending", sha(data)])).digest()[:16]
    assert lending_binding(data) == expected
    assert lending_binding(lending.introduction(DOMINIQUE, iat=NOW + 1)) != expected
