"""Children's cards on a parent's phone, and what becomes of them at 16 (section 12.3): who is who at the terminal, always."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from tests.desk import ANNE, FATHER, SON, ZOE, Office, Phone, Records, child_of, of
from tests.phones import NEW, cards_of, desk, refusal_of, trust_of_now
from tests.world import CODE, DAY, World
from vitaletoken import CardKind, Code, Holder, Quality, UsageError, VerifiedPresentation
from vitaletoken.rules.records import Record, start_of
from vitaletoken.wire.registry import Status

TWINS = [
    dataclasses.replace(twin, person=ANNE.person._replace(birth_rank=rank)) for rank, twin in enumerate((ANNE, ZOE), 1)
]
#: 16 on 1 December 2026, nine days after now.
LEA = child_of(FATHER, "2101275056023", "Martin", "Léa", date(2010, 12, 1), reference="Léa")
END = start_of(date(2026, 12, 1))


@pytest.fixture
def office() -> Office:
    return Office(people=Records([FATHER, SON, LEA, *TWINS]))


def add(office: Office, holder: Holder, record: Record, kind: CardKind = CardKind.CHILD) -> str:
    """The card of that person on a phone of the father's, all the way; its handle."""
    w = office.world
    offer = w.issuer.offer()
    profile = w.profile if holder.wallet().code is None else None
    request = holder.enrol(offer, w.trust, CODE, record.nir, kind=kind, profile=profile)
    application = office.desk.submit(request, offer)
    office.desk.confirm(application.id, office.code)
    office.desk.identify(application.id, of(FATHER))
    office.desk.decide(application.id)
    return holder.accept(office.desk.issue(application.id), w.trust).handle


def family_phone(office: Office) -> tuple[Holder, dict[str, str]]:
    """The father's phone, with his own card and each child's."""
    w = office.world
    handles = {"father": add(office, w.holder, FATHER, CardKind.OWN)}
    for name, record in {"first": TWINS[0], "second": TWINS[1], "son": SON, "Léa": LEA}.items():
        handles[name] = add(office, w.holder, record)
    return w.holder, handles


def seen(w: World, holder: Holder, handle: str, code: str = CODE) -> VerifiedPresentation:
    w.publish()
    return desk(w).verify(holder.present(code, card=handle).text, "visit 1")


def test_the_terminal_names_beneficiary_and_policyholder_separately(office: Office) -> None:
    holder, handles = family_phone(office)
    people = {"father": FATHER, "first": TWINS[0], "second": TWINS[1], "son": SON, "Léa": LEA}
    found = {name: seen(office.world, holder, handle).card for name, handle in handles.items()}
    assert {name: card.person for name, card in found.items()} == {name: each.person for name, each in people.items()}
    father = found.pop("father")
    assert (father.quality, father.policyholder) == (Quality.POLICYHOLDER, None)
    for card in found.values():
        assert (card.quality, card.policyholder) == (Quality.CHILD, father.beneficiary)
        assert card.beneficiary != father.beneficiary
    assert len({card.beneficiary for card in found.values()}) == 4


def test_twins_of_one_name_are_told_apart_on_one_phone(office: Office) -> None:
    """By handle and number on the phone, by birth rank and alias at the desk."""
    holder, handles = family_phone(office)
    held = cards_of(holder)
    for name, twin in zip(("first", "second"), TWINS, strict=True):
        card, number = seen(office.world, holder, handles[name]).card, held[handles[name]].number
        assert (card.person.given_names, card.person.birth_rank) == (("Anne",), twin.person.birth_rank)
        assert number is not None
        assert number.nir == twin.nir
    kinds = {name: held[handle].kind for name, handle in handles.items()}
    assert kinds == {**dict.fromkeys(handles, CardKind.CHILD), "father": CardKind.OWN}


def test_a_renewal_of_one_twin_is_not_the_others(office: Office) -> None:
    holder, handles = family_phone(office)
    w, before = office.world, holder.wallet()
    for one, other in (("first", "second"), ("second", "first"), ("father", "son"), ("son", "father")):
        answers = w.issuer.renew(holder.renewal(CODE, card=handles[one]))
        refused = refusal_of(holder.accept_renewal, handles[other], answers, w.trust)
        assert refused is Code.CREDENTIAL_NOT_MINE
    assert holder.wallet() == before


def test_a_change_of_the_code_keeps_everybody_who_they_are(office: Office) -> None:
    holder, handles = family_phone(office)
    w = office.world
    sent = holder.change_code(CODE, NEW)
    answers = {handle: w.issuer.renew(message) for handle, message in sent.items()}
    mixed = dict(zip(answers, [*list(answers.values())[1:], next(iter(answers.values()))], strict=True))
    for handle, each in mixed.items():
        assert refusal_of(holder.accept_renewal, handle, each, w.trust) is Code.CREDENTIAL_NOT_MINE
    for handle, each in answers.items():
        holder.accept_renewal(handle, each, w.trust)
    people = {"father": FATHER, "first": TWINS[0], "second": TWINS[1], "son": SON, "Léa": LEA}
    for name, record in people.items():
        assert seen(w, holder, handles[name], NEW).card.person == record.person


# --- 16


def test_a_childs_card_on_a_parents_phone_ends_at_16_to_the_second(office: Office) -> None:
    holder, handles = family_phone(office)
    w = office.world
    w.clock.time += 5 * DAY
    answers = w.issuer.renew(holder.renewal(CODE, card=handles["Léa"]), stock=4)
    assert holder.accept_renewal(handles["Léa"], answers, w.trust).claims.exp == END
    w.clock.time = END - 1
    assert seen(w, holder, handles["Léa"]).card.person == LEA.person
    w.clock.time = END
    assert refusal_of(seen, w, holder, handles["Léa"]) is Code.CREDENTIAL_EXPIRED
    assert refusal_of(w.issuer.renew, holder.renewal(CODE, card=handles["Léa"])) is Code.RENEWAL_CARD
    assert seen(w, holder, handles["son"]).card.person == SON.person


def test_at_16_the_child_has_a_card_of_their_own_and_the_parents_is_over(office: Office) -> None:
    """On the child's own phone, under the child's own code; the parent's phone keeps everybody else's."""
    holder, handles = family_phone(office)
    w = office.world
    w.clock.time = END
    office.people.change(LEA.nir, mail="lea@example.org", account=True)
    phone: Phone = office.phone(LEA)
    assert phone.store.load().pending[0].kind is CardKind.OWN
    handle = phone.holder.accept(office.answer(phone, LEA), w.trust).handle
    card = seen(w, phone.holder, handle).card
    assert (card.person, card.quality) == (LEA.person, Quality.CHILD)
    assert refusal_of(seen, w, holder, handles["Léa"]) is Code.CREDENTIAL_EXPIRED
    place = cards_of(holder)[handles["Léa"]].stock[0].claims.card.status
    assert w.register.statuses(place.list)[place.idx] is Status.REVOKED, "for terminals whose clocks are behind"
    holder.delete(handles["Léa"])
    assert [*cards_of(holder)] == [handle for name, handle in handles.items() if name != "Léa"]
    w.clock.time += 30 * DAY
    trust_of_now(w)
    renewed = phone.holder.accept_renewal(handle, w.issuer.renew(phone.holder.renewal(CODE)), w.trust)
    assert renewed.claims.exp > w.clock.time + DAY, "the child's own has no such end"


def test_a_lent_card_is_not_enrolled_for(office: Office) -> None:
    w = office.world
    with pytest.raises(UsageError, match="lent"):
        w.holder.enrol(w.issuer.offer(), w.trust, CODE, SON.nir, kind=CardKind.LENT)
