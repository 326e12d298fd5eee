"""What goes on a card is all that the record says, each thing in its place."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from tests.desk import FATHER, child_of
from tests.world import DAY, NOW
from vitaletoken import UsageError
from vitaletoken.rules.records import OF_AGE, birthday
from vitaletoken.wire.registry import EnrolmentMethod


def test_a_dependants_record() -> None:
    until = NOW // DAY + 300
    child = child_of(FATHER, "2150675056023", "Martin", "Zoé", date(2015, 6, 3), rights_until=until, portrait=b"p" * 32)
    beneficiary = child.beneficiary(EnrolmentMethod.CNIE_NFC)
    for name in ("reference", "nir", "person", "quality", "scheme", "rights_as_of", "rights_until", "portrait"):
        assert getattr(beneficiary, name) == getattr(child, name) is not None, name
    assert beneficiary.enrolment is EnrolmentMethod.CNIE_NFC
    assert beneficiary.policyholder == FATHER.reference
    assert beneficiary.policyholder_nir is not None
    assert beneficiary.policyholder_nir.digits() == FATHER.nir.digits()


def test_a_policyholders_record() -> None:
    beneficiary = FATHER.beneficiary(EnrolmentMethod.CNIE_NFC)
    assert (beneficiary.policyholder, beneficiary.policyholder_nir) == (None, None)
    assert (beneficiary.rights_until, beneficiary.portrait) == (None, None)


def test_there_is_a_date_for_each_birthday() -> None:
    last = dataclasses.replace(FATHER, birth_date=date(9000, 12, 31))
    assert birthday(last.birth_date, OF_AGE) == date(9016, 12, 31)
    with pytest.raises(UsageError, match="9000"):
        dataclasses.replace(FATHER, birth_date=date(9001, 1, 1))


@pytest.mark.parametrize("name", ["reference", "policyholder"])
def test_a_name_of_the_insurers_own_is_unicode_text(name: str) -> None:
    beneficiary = child_of(FATHER, "2150675056023", "Martin", "Zoé", date(2015, 6, 3)).beneficiary(
        EnrolmentMethod.COUNTER
    )
    with pytest.raises(UsageError, match="not Unicode text"):
        dataclasses.replace(beneficiary, **{name: "person \udc80"})  # type: ignore[arg-type]  # a field by name
