"""Who gets a card, on whose phone, and by what evidence; each at its boundary."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest

from tests.desk import ANNE, FATHER, NAMESAKE, SON, record
from tests.test_tables import SPEC, said
from vitaletoken import EnrolmentMethod, Quality, Scheme, UsageError
from vitaletoken.rules.eligibility import Eligibility, Ineligibility
from vitaletoken.rules.identity import KINDS, Assurance, Identity
from vitaletoken.rules.records import OF_AGE, Policyholder, birthday, day_of, start_of
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir

TODAY = date(2026, 11, 22)
ALL = Eligibility()


def reasons(policy: Eligibility = ALL, today: date = TODAY, **changes: Any) -> tuple[Ineligibility, ...]:
    person = dataclasses.replace(FATHER, **changes)
    return policy.reasons(person, person, today)


def test_the_reasons_are_the_specifications() -> None:
    (listed,) = said(r"the issuer's policy says so; reasons: ([^|]*) \|")
    names = [part.strip().split("`")[1] for part in listed.split(", ")]
    assert names == [reason.value for reason in Ineligibility]


def test_a_person_like_any_other_is_eligible() -> None:
    assert reasons() == ()


# --- age


@pytest.mark.parametrize(
    ("born", "age", "on"),
    [
        (date(2010, 11, 22), 16, date(2026, 11, 22)),
        (date(2010, 1, 1), 16, date(2026, 1, 1)),
        (date(2010, 12, 31), 16, date(2026, 12, 31)),
        (date(2012, 2, 29), 16, date(2028, 2, 29)),
        (date(2012, 2, 29), 18, date(2030, 3, 1)),
        (date(2084, 2, 29), 16, date(2100, 3, 1)),
        (date(2010, 2, 28), 18, date(2028, 2, 28)),
        (date(2010, 3, 1), 18, date(2028, 3, 1)),
    ],
)
def test_birthdays(born: date, age: int, on: date) -> None:
    assert birthday(born, age) == on


@pytest.mark.parametrize("born", [date(2010, 11, 22), date(2008, 2, 29), date(2009, 12, 31)])
@pytest.mark.parametrize("least", [16, 18, 21])
def test_too_young_until_the_day_before_the_birthday(born: date, least: int) -> None:
    policy, day = Eligibility(least_age=least), birthday(born, least)
    assert reasons(policy, day - timedelta(days=1), birth_date=born) == (Ineligibility.TOO_YOUNG,)
    assert reasons(policy, day, birth_date=born) == ()


def test_sixteen_is_the_specifications() -> None:
    assert int(said(r"`too-young` \(under (\d+) on that day\)")[0]) == OF_AGE == Eligibility().least_age
    assert f"no later than the beginning (UTC) of the day on which the child is {OF_AGE};" in SPEC
    with pytest.raises(UsageError):
        Eligibility(least_age=15)


def test_days_are_utc() -> None:
    assert day_of(start_of(TODAY)) == day_of(start_of(TODAY) + 86_399) == TODAY
    assert day_of(start_of(TODAY) - 1) == TODAY - timedelta(days=1)
    assert day_of(0) == date(1970, 1, 1)


# --- the other reasons


def test_guardianship_and_account() -> None:
    assert reasons(guardianship=True) == (Ineligibility.GUARDIANSHIP,)
    assert reasons(account=False) == (Ineligibility.NO_ACCOUNT,)
    assert ALL.reasons(FATHER, None, TODAY) == (Ineligibility.NO_ACCOUNT,)


def test_a_scheme_is_open_by_its_regime() -> None:
    policy = Eligibility(regimes=frozenset({1, 2}))
    assert reasons(policy) == reasons(policy, scheme=Scheme(2, 0, 0)) == ()
    assert reasons(policy, scheme=Scheme(3, 751, 42)) == (Ineligibility.SCHEME_CLOSED,)
    assert reasons(Eligibility(regimes=frozenset())) == (Ineligibility.SCHEME_CLOSED,)
    assert reasons(scheme=Scheme(99, 0, 0)) == ()


def test_a_roll_out_reaches_its_territories() -> None:
    policy = Eligibility(territories=frozenset({"72", "75"}))
    assert reasons(policy) == ()
    assert reasons(policy, territory="2A") == reasons(policy, territory="") == (Ineligibility.TERRITORY,)
    assert reasons(territory="2A") == ()


def test_all_reasons_are_given_in_order() -> None:
    policy = Eligibility(least_age=50, regimes=frozenset(), territories=frozenset())
    found = reasons(policy, guardianship=True, account=False)
    assert found == tuple(Ineligibility)[:5]


def test_for_a_dependant_the_policyholder_counts_and_the_childs_scheme() -> None:
    """A child has no account and no age for one."""
    assert ALL.reasons(ANNE, FATHER, TODAY) == ()
    ward = dataclasses.replace(FATHER, guardianship=True)
    assert ALL.reasons(ANNE, ward, TODAY) == (Ineligibility.GUARDIANSHIP,)
    closed = Eligibility(regimes=frozenset({2}))
    assert closed.reasons(dataclasses.replace(ANNE, scheme=Scheme(2, 0, 0)), FATHER, TODAY) == ()


# --- on whose phone


def test_a_card_is_kept_by_its_person_but_for_children() -> None:
    day = birthday(SON.birth_date, 16)
    assert FATHER.keeper(TODAY) == FATHER.nir
    assert SON.keeper(day - timedelta(days=1)) == PolicyholderNir(FATHER.nir.digits())
    assert SON.keeper(day) == SON.nir
    spouse = dataclasses.replace(NAMESAKE, quality=Quality.SPOUSE, policyholder=ANNE.policyholder)
    assert spouse.keeper(TODAY) == spouse.nir


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": Quality.CHILD},
        {"policyholder": Policyholder(PolicyholderNir(FATHER.nir.digits()), "somebody")},
        {"quality": Quality.CHILD, "policyholder": Policyholder(PolicyholderNir(NAMESAKE.nir.digits()), FATHER.reference)},
        {"quality": Quality.SPOUSE, "policyholder": Policyholder(PolicyholderNir(FATHER.nir.digits()), "somebody")},
    ],
    ids=["no policyholder", "a policyholder's own", "own reference", "own number"],
)  # fmt: skip
def test_a_record_whose_policyholder_does_not_fit_is_a_usage_error(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(FATHER, **changes)


def test_what_goes_on_a_card_is_one_records() -> None:
    """No argument of it is a name or a number: there is no call that could mix two persons."""
    card = SON.beneficiary(EnrolmentMethod.COUNTER)
    assert (card.nir, card.person, card.reference) == (SON.nir, SON.person, SON.reference)
    assert (card.quality, card.policyholder) == (Quality.CHILD, FATHER.reference)
    assert (card.scheme, card.rights_as_of, card.enrolment) == (SON.scheme, SON.rights_as_of, EnrolmentMethod.COUNTER)
    assert FATHER.beneficiary(EnrolmentMethod.COUNTER).policyholder is None


def test_a_record_does_not_show_itself_in_logs() -> None:
    for shown in (
        repr(SON),
        repr(SON.beneficiary(EnrolmentMethod.COUNTER)),
        repr(Identity(EnrolmentMethod.COUNTER, SON.nir)),
    ):
        for hidden in (SON.nir.digits(), FATHER.nir.digits(), "Martin", "Paul", "2012"):
            assert hidden not in shown


# --- evidence


def test_the_kinds_of_evidence_are_the_specifications() -> None:
    text = said(r"Identity is proofed with an assurance level: (.*?)\. A policy")[0]
    assert text == (
        "CNIe read by NFC (high, at once), at a counter (high), identity document and live face (substantial, up to 48 hours)"
    )
    assert {method: (kind.assurance, kind.within) for method, kind in KINDS.items()} == {
        EnrolmentMethod.CNIE_NFC: (Assurance.HIGH, 0),
        EnrolmentMethod.COUNTER: (Assurance.HIGH, 0),
        EnrolmentMethod.DOCUMENT_AND_FACE: (Assurance.SUBSTANTIAL, 172_800),
    }
    assert set(KINDS) == set(EnrolmentMethod)


@pytest.mark.parametrize("method", EnrolmentMethod)
@pytest.mark.parametrize("least", Assurance)
def test_less_assurance_than_asked_for_proves_nothing(method: EnrolmentMethod, least: Assurance) -> None:
    assert Identity(method, FATHER.nir).proves(FATHER.nir, least) is (KINDS[method].assurance >= least)


def test_an_identity_is_one_persons() -> None:
    """By the number of the records; equal names and birth dates are nobody's proof. As whose number it counts does not matter."""
    found = Identity(EnrolmentMethod.CNIE_NFC, FATHER.nir)
    assert found.proves(FATHER.nir, Assurance.HIGH)
    assert found.proves(PolicyholderNir(FATHER.nir.digits()), Assurance.HIGH)
    assert (NAMESAKE.person, NAMESAKE.birth_date) == (FATHER.person, FATHER.birth_date)
    for other in (SON, NAMESAKE, record("1850675056013", "Martin", "Paul", FATHER.birth_date)):
        assert not found.proves(other.nir, Assurance.SUBSTANTIAL)
    assert not Identity(EnrolmentMethod.CNIE_NFC, None).proves(BeneficiaryNir(FATHER.nir.digits()), Assurance.HIGH)
