"""The father's number. Real users were shown it as their own: here is each way in which that could come about, and what stops it.

A request with the child's number answered from the father's record, and the reverse; twins; equal names; a source of records, a
proofing and an insurer's clerk that take one person for another.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.desk import ANNE, FAMILY, FATHER, NAMESAKE, SON, ZOE, Office, Phone, Records, child_of, of, record
from tests.world import CODE, DAY, NOW
from vitaletoken import CardKind, Code, EnrolmentMethod, InputError, Quality, UsageError
from vitaletoken.rules.application import State
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.records import Policyholder, Record, start_of
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.nir import BeneficiaryNir, Nir, PolicyholderNir
from vitaletoken.wire.registry import Status

#: 16 on 1 December 2026, nine days after now.
LEA = child_of(FATHER, "2101275056023", "Martin", "Léa", date(2010, 12, 1), reference="Léa")
COUNTER = EnrolmentMethod.COUNTER


def refusal_of(function: Callable[..., object], *arguments: Any) -> Code | None:
    try:
        function(*arguments)
    except InputError as refused:
        return refused.code
    return None


@pytest.fixture
def office() -> Office:
    return Office(people=Records([*FAMILY, LEA]))


def accept(office: Office, phone: Phone, credential: bytes) -> Any:
    return phone.holder.accept(credential, office.world.trust).claims.card


def status_of(office: Office, credential: bytes) -> Status:
    place = parse_credential(credential).unverified_claims.card.status
    return office.world.register.statuses(place.list).get(place.idx, Status.VALID)


# --- a card made from another person's record

PAIRS = [
    pytest.param(asked, used, id=f"{asked.reference} from {used.reference}")
    for asked in (FATHER, SON, ANNE, ZOE, NAMESAKE)
    for used in (FATHER, SON, ANNE, ZOE, NAMESAKE)
    if asked is not used
]


@pytest.mark.parametrize(("asked", "used"), PAIRS)
def test_a_card_from_another_record_never_installs(asked: Record, used: Record, office: Office) -> None:
    """ENROL-4, A1: an issuer that skips every check of its own and answers one person's request from another's record."""
    phone = office.phone(asked)
    card = office.world.issuer.issue(phone.request, phone.offer, used.beneficiary(COUNTER))
    before = phone.store.load()
    assert refusal_of(accept, office, phone, card) is Code.CREDENTIAL_NOT_MINE
    assert phone.store.load() == before


@pytest.mark.parametrize("person", FAMILY, ids=lambda person: person.reference)
def test_a_card_from_the_own_record_installs(person: Record, office: Office) -> None:
    phone = office.phone(person)
    card = accept(office, phone, office.world.issuer.issue(phone.request, phone.offer, person.beneficiary(COUNTER)))
    assert (card.person, card.quality) == (person.person, person.quality)


@pytest.mark.parametrize(("asked", "used"), PAIRS)
def test_a_source_that_answers_with_another_record_is_not_believed(asked: Record, used: Record, office: Office) -> None:
    """A join gone wrong in the insurer's own systems, at each step of the way: no card, and no mail to the wrong person."""

    class Confused(Records):
        def find(self, number: Nir) -> Record | None:
            found = super().find(number)
            return used if found is not None and found.nir == asked.nir else found

    phone = office.phone(asked)
    keeper = FATHER if asked.policyholder else asked
    confused = Confused([*FAMILY, LEA])
    steps: list[Callable[[bytes], object]] = [
        lambda _: office.desk.submit(phone.request, phone.offer),
        lambda id_: office.desk.identify(id_, of(keeper)),
        office.desk.decide,
        office.desk.issue,
    ]
    for step, good in enumerate(steps):
        id_ = office.desk.submit(phone.request, phone.offer).id if step else b""
        if step == 1:
            office.desk.confirm(id_, office.code)
        office.desk._records._people = confused
        mails = len(office.mail.sent)
        with pytest.raises(UsageError, match="another person's record"):
            good(id_)
        assert len(office.mail.sent) == mails
        office.desk._records._people = office.people
        if step:
            good(id_)
        else:
            phone = office.phone(asked)
    accept(office, phone, office.desk.issue(office.desk.submit(phone.request, phone.offer).id))


# --- who asks, and whose identity is proofed (APPLY-1)


def test_a_father_who_types_the_childs_number_gets_no_card_of_his_own(office: Office) -> None:
    """The card is the child's, by the record of the number; and says so."""
    phone = office.phone(SON)
    card = accept(office, phone, office.answer(phone, FATHER))
    assert (card.person, card.quality) == (SON.person, Quality.CHILD)
    assert card.policyholder is not None


def test_a_child_who_types_the_fathers_number_gets_no_card(office: Office) -> None:
    application = office.confirmed(FATHER)
    assert office.desk.identify(application.id, of(SON)).state is State.IDENTITY_REFUSED


def test_a_child_of_that_age_gets_no_card_of_their_own(office: Office) -> None:
    """Below 16 it is the policyholder's identity that is proofed."""
    application = office.confirmed(SON)
    assert office.desk.identify(application.id, of(SON)).state is State.IDENTITY_REFUSED


@pytest.mark.parametrize("stranger", [NAMESAKE, ZOE], ids=["namesake", "sister"])
def test_nobody_but_the_policyholder_gets_a_childs_card(stranger: Record, office: Office) -> None:
    """The record says whose dependant the number is; the same name and birth date are nothing."""
    application = office.confirmed(ANNE)
    assert office.desk.identify(application.id, of(stranger)).state is State.IDENTITY_REFUSED


def test_the_code_for_a_childs_card_goes_to_the_policyholder(office: Office) -> None:
    office.requested(ANNE)
    assert [address for address, _, _ in office.mail.sent] == [FATHER.mail]


def test_a_child_of_somebody_unknown_gets_no_card(office: Office) -> None:
    office.people.records.remove(FATHER)
    application = office.requested(ANNE)
    assert office.mail.sent == []
    assert refusal_of(office.desk.confirm, application.id, "271828") is Code.MAIL_CODE_WRONG


def test_a_policyholder_who_left_after_the_proofing_gets_no_card(office: Office) -> None:
    application = office.proofed(ANNE, keeper=FATHER)
    office.people.records.remove(FATHER)
    assert refusal_of(office.desk.decide, application.id) is Code.NOT_ELIGIBLE
    assert office.desk.find(application.id).reasons == (Ineligibility.NO_ACCOUNT,)


@pytest.mark.parametrize("decided", [False, True], ids=["before the decision", "after it"])
def test_a_child_who_is_now_another_policyholders(decided: bool, office: Office) -> None:
    """Proofed was the one; the card would be the other's to keep."""
    application = (office.approved if decided else office.proofed)(ANNE, keeper=FATHER)
    other = Policyholder(PolicyholderNir(NAMESAKE.nir.digits()), NAMESAKE.reference)
    office.people.change(ANNE.nir, policyholder=other)
    refused = refusal_of(office.desk.issue if decided else office.desk.decide, application.id)
    assert refused is Code.NOT_ELIGIBLE
    if not decided:
        assert office.desk.find(application.id).reasons == (Ineligibility.KEEPER_CHANGED,)


# --- twins, and equal names


def test_twins_are_told_apart(office: Office) -> None:
    """One day, one family name, one phone after the other; each card installs for its own number only."""
    anne, zoe = office.phone(ANNE), office.phone(ZOE)
    cards = {ANNE.reference: office.answer(anne, FATHER), ZOE.reference: office.answer(zoe, FATHER)}
    assert refusal_of(accept, office, anne, cards[ZOE.reference]) is Code.CREDENTIAL_NOT_MINE
    assert refusal_of(accept, office, zoe, cards[ANNE.reference]) is Code.CREDENTIAL_NOT_MINE
    accepted = [accept(office, anne, cards[ANNE.reference]), accept(office, zoe, cards[ZOE.reference])]
    assert [card.person.given_names for card in accepted] == [("Anne",), ("Zoé",)]
    assert accepted[0].beneficiary != accepted[1].beneficiary
    assert accepted[0].policyholder == accepted[1].policyholder
    assert {status_of(office, card) for card in cards.values()} == {Status.VALID}


def test_twins_of_one_given_name_have_a_birth_rank() -> None:
    """Even where a registrar wrote one name twice: the rank is what a person at the desk can see."""
    twins = [
        dataclasses.replace(twin, person=ANNE.person._replace(birth_rank=rank))
        for rank, twin in enumerate((ANNE, ZOE), 1)
    ]
    office = Office(people=Records([FATHER, *twins]))
    phones = [office.phone(twin) for twin in twins]
    cards = [accept(office, phone, office.answer(phone, FATHER)) for phone in phones]
    assert [card.person.birth_rank for card in cards] == [1, 2]


def test_one_phone_that_asks_for_both_twins_keeps_them_apart(office: Office) -> None:
    """Same device key, same code, two requests: each is answered from its own record, or not at all."""
    phone = office.phone(ANNE)
    first, offer = office.answer(phone, FATHER), office.world.issuer.offer()
    request = phone.holder.enrol(offer, office.world.trust, CODE, ZOE.nir, kind=CardKind.CHILD)
    mixed_up = office.world.issuer.issue(request, offer, ANNE.beneficiary(COUNTER))
    assert refusal_of(accept, office, phone, mixed_up) is Code.CREDENTIAL_NOT_MINE
    offer = office.world.issuer.offer()
    request = phone.holder.enrol(offer, office.world.trust, CODE, ZOE.nir, kind=CardKind.CHILD)
    second = office.world.issuer.issue(request, offer, ZOE.beneficiary(COUNTER))
    for card in (second, first):
        accept(office, phone, card)
    held = {card.stock[0].claims.card.person: card.number for card in phone.store.load().cards}
    assert {person: number.nir for person, number in held.items() if number} == {
        ANNE.person: ANNE.nir,
        ZOE.person: ZOE.nir,
    }


def test_people_of_equal_names_do_not_meet(office: Office) -> None:
    """Father, son and a stranger are all Paul Martin; two of them born on one day."""
    phones = {person.reference: office.phone(person) for person in (FATHER, SON, NAMESAKE)}
    cards = {
        person.reference: office.answer(phones[person.reference], FATHER if person is SON else person)
        for person in (FATHER, SON, NAMESAKE)
    }
    for whose, phone in phones.items():
        for other, card in cards.items():
            assert refusal_of(accept, office, phone, card) is (None if whose == other else Code.CREDENTIAL_NOT_MINE)
    aliases = {parse_credential(card).unverified_claims.card.beneficiary for card in cards.values()}
    assert len(aliases) == 3
    assert {status_of(office, card) for card in cards.values()} == {Status.VALID}


# --- a number is the beneficiary's or the policyholder's


def test_a_policyholders_number_has_no_place_in_a_request(office: Office) -> None:
    w = office.world
    number: Any = PolicyholderNir(FATHER.nir.digits())
    with pytest.raises(UsageError):
        w.holder.enrol(w.issuer.offer(), w.trust, "270519", number, profile=w.profile)


def test_a_record_with_a_policyholders_number_as_its_own_makes_no_card(office: Office) -> None:
    """Types are checked where they are read; here somebody wrote past them."""
    wrong: Any = PolicyholderNir(FATHER.nir.digits())
    phone = office.phone(FATHER)
    with pytest.raises(UsageError):
        dataclasses.replace(FATHER, nir=wrong)
    with pytest.raises(UsageError):
        office.world.issuer.issue(
            phone.request, phone.offer, dataclasses.replace(FATHER.beneficiary(COUNTER), nir=wrong)
        )


def test_numbers_of_two_kinds_are_never_equal() -> None:
    digits = FATHER.nir.digits()
    assert BeneficiaryNir(digits) != PolicyholderNir(digits)


# --- dependants' cards (section 12.3)


def test_a_dependants_card_ends_on_the_sixteenth_birthday(office: Office) -> None:
    phone = office.phone(LEA)
    claims = parse_credential(office.answer(phone, FATHER)).unverified_claims
    assert claims.exp == start_of(date(2026, 12, 1)) < NOW + 14 * DAY
    younger = parse_credential(office.answer(office.phone(ANNE), FATHER)).unverified_claims
    assert younger.exp == NOW + 14 * DAY


def test_an_own_card_does_not_end_on_a_birthday(office: Office) -> None:
    office.clock.time = start_of(date(2026, 12, 1))
    claims = parse_credential(office.answer(office.phone(LEA), LEA_OF_AGE)).unverified_claims
    assert claims.exp == office.clock.time + 14 * DAY


#: From that day on with an account and an address of her own.
LEA_OF_AGE = dataclasses.replace(LEA, mail="lea@example.org", account=True)


@pytest.fixture(autouse=True)
def _account(office: Office) -> None:
    office.people.change(LEA.nir, mail=LEA_OF_AGE.mail, account=True)


def test_the_day_before_and_the_day(office: Office) -> None:
    """On the eve the policyholder applies, and the child cannot; on the day it is the other way round."""
    day = start_of(date(2026, 12, 1))
    for now, who, other in ((day - 1, FATHER, LEA_OF_AGE), (day, LEA_OF_AGE, FATHER)):
        office.clock.time = now
        for identity, state in ((other, State.IDENTITY_REFUSED), (who, State.PROOFED)):
            application = office.confirmed(LEA)
            assert office.mail.sent[-1][0] == who.mail
            assert office.desk.identify(application.id, of(identity)).state is state


def test_a_child_who_came_of_age_between_proofing_and_decision(office: Office) -> None:
    application = office.proofed(LEA, keeper=FATHER)
    office.clock.time = start_of(date(2026, 12, 1))
    assert refusal_of(office.desk.decide, application.id) is Code.NOT_ELIGIBLE
    assert office.desk.find(application.id).reasons == (Ineligibility.KEEPER_CHANGED,)


def test_the_parents_card_is_revoked_when_the_childs_own_is_issued(office: Office) -> None:
    """And not while the child applies."""
    office.clock.time = start_of(date(2026, 12, 1)) - 60
    parents = office.answer(office.phone(LEA), FATHER)
    office.clock.time += 60
    own_phone = office.phone(LEA)
    application = office.desk.submit(own_phone.request, own_phone.offer)
    office.desk.confirm(application.id, office.code)
    office.desk.identify(application.id, of(LEA))
    office.desk.decide(application.id)
    assert status_of(office, parents) is Status.VALID
    own = office.desk.issue(application.id)
    assert [status_of(office, card) for card in (parents, own)] == [Status.REVOKED, Status.VALID]
    assert accept(office, own_phone, own).person == LEA.person


def test_each_child_has_a_card_of_its_own(office: Office) -> None:
    """Each with its own request and number: none takes the place of another, nor of the parent's."""
    people = (FATHER, SON, ANNE, ZOE)
    cards = [office.answer(office.phone(person), FATHER) for person in people]
    assert {status_of(office, card) for card in cards} == {Status.VALID}
    assert [parse_credential(card).unverified_claims.card.person for card in cards] == [p.person for p in people]


def test_a_spouse_asks_for_their_own_card(office: Office) -> None:
    """An adult dependant is nobody's child: their own identity, their own address."""
    spouse = record(
        "2860475056090", "Martin", "Inès", date(1986, 4, 1), quality=Quality.SPOUSE, policyholder=ANNE.policyholder
    )
    office.people.records.append(spouse)
    assert office.desk.identify(office.confirmed(spouse).id, of(FATHER)).state is State.IDENTITY_REFUSED
    phone = office.phone(spouse)
    assert accept(office, phone, office.answer(phone, spouse)).quality is Quality.SPOUSE
    assert {address for address, _, _ in office.mail.sent} == {spouse.mail}


# --- records that contradict themselves


def test_one_reference_for_two_people_makes_no_card(office: Office) -> None:
    """Nor is the first of them taken: they would have one alias, and one the other's rights. At the decision, and after it."""
    decided, waiting = office.approved(FATHER), office.proofed(NAMESAKE)
    office.people.change(NAMESAKE.nir, reference=FATHER.reference)
    for call, id_ in ((office.desk.issue, decided.id), (office.desk.decide, waiting.id)):
        for _ in range(2):
            with pytest.raises(UsageError, match="one reference for two people"):
                call(id_)
            office.people.records.reverse()
    assert [office.desk.find(each.id).state for each in (decided, waiting)] == [State.APPROVED, State.PROOFED]
    assert office.world.register.statuses(0) == {}
    office.people.change(NAMESAKE.nir, reference=NAMESAKE.reference)
    office.desk.decide(waiting.id)
    cards = [office.desk.issue(each.id) for each in (decided, waiting)]
    aliases = {parse_credential(card).unverified_claims.card.beneficiary for card in cards}
    assert len(aliases) == 2


def test_a_policyholders_reference_that_is_another_persons_makes_no_card(office: Office) -> None:
    """The child's card would say that a stranger is the policyholder."""
    application = office.approved(SON, FATHER)
    assert SON.policyholder is not None
    office.people.change(FATHER.nir, reference="moved")
    office.people.change(NAMESAKE.nir, reference=FATHER.reference)
    with pytest.raises(UsageError, match="one reference for two people"):
        office.desk.issue(application.id)


def test_two_records_of_one_number_make_no_card_and_send_no_mail(office: Office) -> None:
    """The same person twice, with other names: neither is the first."""
    application = office.approved(FATHER)
    twice = dataclasses.replace(FATHER, person=NAMESAKE.person._replace(family_name="Durand"), reference="twice")
    office.people.records.append(twice)
    mails = len(office.mail.sent)
    for call in (lambda: office.desk.issue(application.id), lambda: office.requested(FATHER)):
        with pytest.raises(UsageError, match="several of one number"):
            call()
    assert len(office.mail.sent) == mails


# --- a number that changes


def renumbered(office: Office, nir: str = "1850699350017") -> Record:
    """The father, whose provisional number became another; the insurer's records say both."""
    changed = dataclasses.replace(FATHER, nir=BeneficiaryNir(nir), former=(FATHER.nir,))
    office.people.records[office.people.records.index(FATHER)] = changed
    return changed


def test_a_card_for_a_former_number_is_revoked_when_the_new_one_is_issued(office: Office) -> None:
    """APPLY-2: one person, one card, whatever their number was; not before, and nobody else's."""
    old, other = office.answer(office.phone(FATHER), FATHER), office.answer(office.phone(NAMESAKE), NAMESAKE)
    person = renumbered(office)
    application = office.approved(person)
    assert status_of(office, old) is Status.VALID
    new = office.desk.issue(application.id)
    assert [status_of(office, card) for card in (old, new, other)] == [Status.REVOKED, Status.VALID, Status.VALID]
    aliases = [parse_credential(card).unverified_claims.card.beneficiary for card in (old, new)]
    assert aliases[0] == aliases[1], "one reference, one alias"
    assert office.desk.issue(application.id) == new
    newest = office.answer(office.phone(person), person)
    assert [status_of(office, card) for card in (new, newest)] == [Status.REVOKED, Status.VALID]


def test_such_a_revocation_that_fails_stays_due(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    old = office.answer(office.phone(FATHER), FATHER)
    application = office.approved(renumbered(office))
    issuer = office.world.issuer

    def fail(_: bytes) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(issuer, "revoke", fail)
        office.desk.issue(application.id)
        assert [type(each.failure) for each in office.desk.try_to_settle()] == [OSError]
    assert status_of(office, old) is Status.VALID
    office.desk.settle()
    assert status_of(office, old) is Status.REVOKED


def test_cut_off_before_the_new_card_is_handed_out_the_old_one_is_due_all_the_same(office: Office) -> None:
    old = office.answer(office.phone(FATHER), FATHER)
    application = office.approved(renumbered(office))
    change, calls = office.store.change, []

    def cut_off(*arguments: Any) -> None:
        if len(calls) == 2:  # after it was looked at, and the former number's was marked
            raise OSError("the power is gone")
        calls.append(arguments)
        change(*arguments)

    office.store.change = cut_off  # type: ignore[method-assign]
    with pytest.raises(OSError, match="power"):
        office.desk.issue(application.id)
    office.store.change = change  # type: ignore[method-assign]
    new = office.desk.issue(application.id)
    office.desk.settle()
    assert [status_of(office, card) for card in (old, new)] == [Status.REVOKED, Status.VALID]


def test_a_former_number_that_is_another_persons_today_makes_no_card(office: Office) -> None:
    """The card that would be replaced may be theirs."""
    card = office.answer(office.phone(NAMESAKE), NAMESAKE)
    application = office.approved(FATHER)
    office.people.change(FATHER.nir, former=(NAMESAKE.nir,))
    with pytest.raises(UsageError, match="former number"):
        office.desk.issue(application.id)
    assert status_of(office, card) is Status.VALID


def test_former_numbers_are_beneficiaries_and_others_than_that_of_today() -> None:
    for former in ((FATHER.nir,), (PolicyholderNir(NAMESAKE.nir.digits()),)):
        with pytest.raises(UsageError):
            dataclasses.replace(FATHER, former=former)
