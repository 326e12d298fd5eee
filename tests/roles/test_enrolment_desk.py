"""The enrolment desk: section 12.2 of the specification, sentence by sentence, through the public methods."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests import forge
from tests.concurrency import at_once
from tests.desk import ANNE, FAMILY, FATHER, KEYS, NAMESAKE, NOBODY, SON, WRONG_CODE, Office, Records, of, record
from tests.world import DAY, NOW
from vitaletoken import Code, EnrolmentMethod, InputError, UsageError
from vitaletoken.adapters.applications import MemoryApplications
from vitaletoken.enrolment_desk import CARD_LIFETIME, DeskKeys, EnrolmentDesk
from vitaletoken.rules.application import LIFETIME, Application, State
from vitaletoken.rules.eligibility import Eligibility, Ineligibility
from vitaletoken.rules.identity import Assurance, Identity
from vitaletoken.rules.mail_limit import MAX_MAILS
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import Evidence
from vitaletoken.wire.registry import Status


def refusal_of(function: Callable[..., object], *arguments: Any) -> Code | None:
    try:
        function(*arguments)
    except InputError as refused:
        return refused.code
    return None


def status_of(office: Office, credential: bytes) -> Status:
    place = parse_credential(credential).unverified_claims.card.status
    return office.world.register.statuses(place.list).get(place.idx, Status.VALID)


@pytest.fixture
def office() -> Office:
    return Office()


# --- the way of one application


def test_from_the_request_to_the_card(office: Office) -> None:
    phone = office.phone(FATHER)
    application = office.desk.submit(phone.request, phone.offer)
    states = [application.state]
    states.append(office.desk.confirm(application.id, office.code).state)
    states.append(office.desk.identify(application.id, of(FATHER, EnrolmentMethod.COUNTER)).state)
    states.append(office.desk.decide(application.id).state)
    credential = office.desk.issue(application.id)
    states.append(office.desk.find(application.id).state)
    assert states == [State.REQUESTED, State.CONFIRMED, State.PROOFED, State.APPROVED, State.ISSUED]
    card = phone.holder.accept(credential, office.world.trust).claims.card
    assert (card.person, card.scheme, card.quality) == (FATHER.person, FATHER.scheme, FATHER.quality)
    assert card.enrolment.method is EnrolmentMethod.COUNTER


def test_the_same_message_again_changes_nothing_and_is_answered_as_before(office: Office) -> None:
    """Each message twice, at its time and again at the end, when the offer has long expired."""
    phone = office.phone(FATHER)
    desk = office.desk
    first = desk.submit(phone.request, phone.offer)
    assert desk.submit(phone.request, phone.offer) == first
    code = office.code
    confirmed = desk.confirm(first.id, code)
    assert desk.confirm(first.id, code) == confirmed
    proofed = desk.identify(first.id, of(FATHER))
    assert desk.identify(first.id, of(FATHER)) == proofed
    approved = desk.decide(first.id)
    assert desk.decide(first.id) == approved
    credential = desk.issue(first.id)
    office.clock.time += 5 * DAY
    office.people.change(FATHER.nir, person=NAMESAKE.person._replace(family_name="Durand"))
    assert desk.issue(first.id) == credential
    issued = desk.find(first.id)
    assert [
        desk.submit(phone.request, phone.offer),
        desk.confirm(first.id, code),
        desk.identify(first.id, of(FATHER)),
        desk.decide(first.id),
    ] == [issued] * 4
    assert len(office.mail.sent) == 1


@pytest.mark.parametrize("at", range(5))
def test_a_step_that_is_not_the_next_is_refused(at: int) -> None:
    """P1: in each state, each message that has no place there."""
    office = Office()
    application = [office.requested, office.confirmed, office.proofed, office.approved, office.approved][at](FATHER)
    if at == 4:
        office.desk.issue(application.id)
    code = office.code
    messages: list[Callable[[], object]] = [
        lambda: office.desk.confirm(application.id, code),
        lambda: office.desk.identify(application.id, of(FATHER)),
        lambda: office.desk.decide(application.id),
        lambda: office.desk.issue(application.id),
    ]
    for number in range(at + 1, 4):
        assert refusal_of(messages[number]) is Code.APPLICATION_STATE
    if at:
        assert refusal_of(office.desk.send_code, application.id) is Code.APPLICATION_STATE
        assert refusal_of(office.desk.confirm, application.id, WRONG_CODE) is Code.APPLICATION_STATE
    if at > 1:
        assert refusal_of(office.desk.identify, application.id, of(SON)) is Code.APPLICATION_STATE
        assert refusal_of(office.desk.identify, application.id, NOBODY) is Code.APPLICATION_STATE
    assert office.desk.find(application.id).state is [*State][at]


def test_an_application_that_is_not_there(office: Office) -> None:
    for call in (office.desk.find, office.desk.send_code, office.desk.decide, office.desk.issue):
        assert refusal_of(call, bytes(32)) is Code.APPLICATION_STATE
    assert refusal_of(office.desk.confirm, bytes(32), "000000") is Code.APPLICATION_STATE
    assert refusal_of(office.desk.identify, bytes(32), of(FATHER)) is Code.APPLICATION_STATE


# --- the request


def test_each_offer_is_answered_by_one_request_at_most(office: Office) -> None:
    """ENROL-1, R4: also where the first answer was never confirmed."""
    w = office.world
    w.enrol()
    offer = w.issuer.offer()
    office.desk.submit(forge.request(w, offer), offer)
    assert refusal_of(office.desk.submit, forge.request(w, offer), offer) is Code.REQUEST_OFFER
    assert len(office.mail.sent) == 0, "nobody here has the number of the world's own phone"


def test_one_offer_and_two_requests_at_the_same_moment(office: Office) -> None:
    w = office.world
    w.enrol()
    for _ in range(MAX_MAILS):
        offer = w.issuer.offer()
        requests = [forge.request(w, offer) for _ in range(4)]
        results = at_once(4, lambda number, requests=requests, offer=offer: office.desk.submit(requests[number], offer))
        assert sorted(type(result).__name__ for result in results) == ["Application", *["Rejected"] * 3]


def test_one_request_twice_at_the_same_moment(office: Office) -> None:
    for _ in range(MAX_MAILS):
        phone = office.phone(FATHER)
        results = at_once(4, lambda _, phone=phone: office.desk.submit(phone.request, phone.offer))
        assert len({result.id for result in results if isinstance(result, Application)}) == 1
    assert len(office.mail.sent) == MAX_MAILS


def test_an_offer_that_has_expired_is_refused_when_the_request_arrives(office: Office) -> None:
    phone = office.phone(FATHER)
    office.clock.time += 3600
    assert refusal_of(office.desk.submit, phone.request, phone.offer) is Code.OFFER_EXPIRED


def test_a_request_that_is_held_against_another_offer_is_refused(office: Office) -> None:
    phone, other = office.phone(FATHER), office.world.issuer.offer()
    assert refusal_of(office.desk.submit, phone.request, other) is Code.REQUEST_OFFER
    office.desk.submit(phone.request, phone.offer)
    assert refusal_of(office.desk.submit, phone.request, other) is Code.REQUEST_OFFER


def test_a_request_that_fails_leaves_its_offer_open(office: Office) -> None:
    w = office.world
    w.enrol()
    offer = w.issuer.offer()
    for sealed, code in ((bytes(80), Code.REQUEST_NUMBER), (bytes(4), Code.REQUEST_STRUCTURE)):
        assert refusal_of(office.desk.submit, forge.request(w, offer, sealed=sealed), offer) is code
    stranger = forge.request(w, offer, code_sign=w.issuer_signer.sign)
    assert refusal_of(office.desk.submit, stranger, offer) is Code.REQUEST_SIGNATURE
    office.desk.submit(forge.request(w, offer), offer)


def test_a_number_that_nobody_has_is_answered_like_any_other(office: Office) -> None:
    """Else anybody could ask who is insured here. It comes to nothing."""
    nobody = record("1990101001001", "Nobody", "Nemo", date(1999, 1, 1))
    known, unknown = office.requested(FATHER), office.requested(nobody)
    assert (unknown.state, unknown.requested, unknown.code.tries) == (known.state, known.requested, 0)
    assert [address for address, _, _ in office.mail.sent] == [FATHER.mail]
    assert refusal_of(office.desk.confirm, unknown.id, WRONG_CODE) is Code.MAIL_CODE_WRONG


# --- the e-mail code


def test_the_code_goes_to_the_address_in_the_record_and_for_600_seconds(office: Office) -> None:
    office.requested(FATHER)
    (address, code, expires) = office.mail.sent[0]
    assert (address, len(code), expires) == (FATHER.mail, 6, NOW + 600)


def test_the_code_is_nowhere_in_what_is_kept(office: Office) -> None:
    application = office.requested(FATHER)
    assert office.code not in repr(dataclasses.asdict(application))
    assert application.code.mac == forge_mac(application.id, office.code)


def forge_mac(application: bytes, code: str) -> bytes:
    return hmac.new(KEYS.mail, forge.enc([application, code]), hashlib.sha256).digest()


def test_five_tries_and_no_more(office: Office) -> None:
    """The fifth wrong one refuses the application; the right one comes too late then."""
    application = office.requested(FATHER)
    codes = [refusal_of(office.desk.confirm, application.id, WRONG_CODE) for _ in range(5)]
    assert codes == [Code.MAIL_CODE_WRONG] * 5
    assert office.desk.find(application.id).state is State.MAIL_CODE_REFUSED
    for code in (office.code, WRONG_CODE):
        assert refusal_of(office.desk.confirm, application.id, code) is Code.MAIL_CODE_USED_UP
    assert refusal_of(office.desk.send_code, application.id) is Code.APPLICATION_STATE


def test_the_fifth_try_may_be_right(office: Office) -> None:
    application = office.requested(FATHER)
    for _ in range(4):
        refusal_of(office.desk.confirm, application.id, WRONG_CODE)
    assert office.desk.confirm(application.id, office.code).state is State.CONFIRMED


def test_tries_at_the_same_moment_are_all_counted(office: Office) -> None:
    application = office.requested(FATHER)
    results = at_once(8, lambda _: office.desk.confirm(application.id, WRONG_CODE))
    codes = [result.code for result in results if isinstance(result, InputError)]
    assert codes.count(Code.MAIL_CODE_WRONG) <= 5
    assert len(codes) == 8
    assert office.desk.find(application.id).state is State.MAIL_CODE_REFUSED
    assert office.desk.find(application.id).code.tries == 5


def test_a_code_expires_at_its_second_and_a_new_one_can_be_had(office: Office) -> None:
    application = office.requested(FATHER)
    old = office.code
    office.clock.time += 599
    assert office.desk.send_code(application.id) == application, "the one sent before is still good"
    office.clock.time += 1
    assert refusal_of(office.desk.confirm, application.id, old) is Code.MAIL_CODE_EXPIRED
    assert office.desk.send_code(application.id).code.sent == NOW + 600
    assert office.mail.sent[-1][::2] == (FATHER.mail, NOW + 1200)
    assert len(office.mail.sent) == 2
    assert office.desk.confirm(application.id, office.code).state is State.CONFIRMED


def test_the_code_sent_before_is_worth_nothing(office: Office) -> None:
    application = office.requested(FATHER)
    old = office.code
    office.clock.time += 600
    office.desk.send_code(application.id)
    assert refusal_of(office.desk.confirm, application.id, old) is Code.MAIL_CODE_WRONG


def test_a_new_code_gives_no_try_back(office: Office) -> None:
    application = office.requested(FATHER)
    for _ in range(4):
        refusal_of(office.desk.confirm, application.id, WRONG_CODE)
    office.clock.time += 600
    assert office.desk.send_code(application.id).code.tries == 4
    assert refusal_of(office.desk.confirm, application.id, WRONG_CODE) is Code.MAIL_CODE_WRONG
    assert refusal_of(office.desk.confirm, application.id, office.code) is Code.MAIL_CODE_USED_UP


def test_a_code_of_one_application_does_not_confirm_another(office: Office) -> None:
    first, second = office.requested(FATHER), office.requested(FATHER)
    codes = [code for _, code, _ in office.mail.sent]
    assert refusal_of(office.desk.confirm, first.id, codes[1]) is Code.MAIL_CODE_WRONG
    assert office.desk.confirm(second.id, codes[1]).state is State.CONFIRMED


def test_the_right_code_twice_at_the_same_moment(office: Office) -> None:
    """Both are counted before either is made; both are told that the application is confirmed."""
    application, code = office.requested(FATHER), office.code
    other = office.requested(FATHER)
    change, told = office.store.change, []

    def slow(*arguments: Any) -> None:
        change(*arguments)
        if not told:
            told.append(None)
            told.append(office.desk.confirm(application.id, code).state)

    office.store.change = slow  # type: ignore[method-assign]  # another desk is faster
    assert office.desk.confirm(application.id, code).state is State.CONFIRMED
    assert told == [None, State.CONFIRMED]
    assert office.desk.find(application.id).code.tries == 2
    assert office.desk.find(other.id).state is State.SUPERSEDED


class Full:
    """A store whose disk is full after some changes."""

    def __init__(self, store: MemoryApplications, changes: int) -> None:
        self.add, self.find, self.due = store.add, store.find, store.due
        self._store, self._left = store, changes

    def change(self, *arguments: Any) -> None:
        if not self._left:
            raise OSError("no space left on device")
        self._left -= 1
        self._store.change(*arguments)


def test_a_try_is_counted_before_it_is_made() -> None:
    """Cut off before it is counted, nothing was tried; cut off after, it is used up, the right code like any other."""
    store = MemoryApplications()
    office = Office(store=store)
    application, desk = office.requested(FATHER), office.desk
    for tries in range(1, 6):
        for changes, expected in ((0, tries - 1), (1, tries)):
            desk._store = Full(store, changes)
            with pytest.raises(OSError, match="no space"):
                desk.confirm(application.id, office.code)
            assert desk.find(application.id).code.tries == expected
    desk._store = store
    assert refusal_of(desk.confirm, application.id, office.code) is Code.MAIL_CODE_USED_UP
    assert desk.find(application.id).state is State.MAIL_CODE_REFUSED


# --- identity


@pytest.mark.parametrize("identity", [NOBODY, of(NAMESAKE), of(SON)], ids=["nobody", "namesake", "son"])
def test_an_identity_that_is_not_proofed_refuses_the_application(identity: Identity, office: Office) -> None:
    application = office.confirmed(FATHER)
    assert office.desk.identify(application.id, identity).state is State.IDENTITY_REFUSED
    assert office.desk.identify(application.id, identity).state is State.IDENTITY_REFUSED
    assert refusal_of(office.desk.identify, application.id, of(FATHER)) is Code.APPLICATION_STATE
    assert refusal_of(office.desk.decide, application.id) is Code.APPLICATION_STATE


@pytest.mark.parametrize("method", EnrolmentMethod)
@pytest.mark.parametrize("least", Assurance)
def test_a_policy_can_ask_for_more_assurance(method: EnrolmentMethod, least: Assurance) -> None:
    office = Office(policy=Eligibility(least_assurance=least))
    state = office.desk.identify(office.confirmed(FATHER).id, of(FATHER, method)).state
    too_weak = (method, least) == (EnrolmentMethod.DOCUMENT_AND_FACE, Assurance.HIGH)
    assert state is (State.IDENTITY_REFUSED if too_weak else State.PROOFED)


@pytest.mark.parametrize(
    ("method", "seconds"),
    [(EnrolmentMethod.CNIE_NFC, 0), (EnrolmentMethod.COUNTER, 0), (EnrolmentMethod.DOCUMENT_AND_FACE, 48 * 3600)],
)
def test_a_person_is_told_how_long_it_takes(method: EnrolmentMethod, seconds: int, office: Office) -> None:
    w = office.world
    offer = w.issuer.offer()
    evidence = Evidence(method, hashlib.sha256(b"video").digest())
    request = w.holder.enrol(offer, w.trust, "270519", FATHER.nir, profile=w.profile, evidence=evidence)
    application = office.desk.submit(request, offer)
    assert application.evidence == evidence
    assert application.identity_due is None
    office.clock.time += 60
    assert office.desk.confirm(application.id, office.code).identity_due == NOW + 60 + seconds
    assert office.desk.identify(application.id, of(FATHER, method)).identity_due is None
    assert office.confirmed(NAMESAKE).identity_due is None


def test_a_person_who_left_the_insurer_is_not_proofed(office: Office) -> None:
    application = office.confirmed(FATHER)
    office.people.records.remove(FATHER)
    assert office.desk.identify(application.id, of(FATHER)).state is State.IDENTITY_REFUSED


# --- eligibility


@pytest.mark.parametrize(
    ("policy", "changes", "reason"),
    [
        (Eligibility(least_age=42), {}, Ineligibility.TOO_YOUNG),
        (Eligibility(), {"guardianship": True}, Ineligibility.GUARDIANSHIP),
        (Eligibility(regimes=frozenset({2})), {}, Ineligibility.SCHEME_CLOSED),
        (Eligibility(), {"account": False}, Ineligibility.NO_ACCOUNT),
        (Eligibility(territories=frozenset({"2B"})), {}, Ineligibility.TERRITORY),
    ],
    ids=lambda value: value.value if isinstance(value, Ineligibility) else "",
)
def test_who_is_not_eligible_is_told_why(policy: Eligibility, changes: dict[str, Any], reason: Ineligibility) -> None:
    office = Office(policy=policy)
    office.people.change(FATHER.nir, **changes)
    application = office.proofed(FATHER)
    for _ in range(2):
        assert refusal_of(office.desk.decide, application.id) is Code.NOT_ELIGIBLE
    found = office.desk.find(application.id)
    assert (found.state, found.reasons) == (State.ELIGIBILITY_REFUSED, (reason,))
    assert refusal_of(office.desk.issue, application.id) is Code.APPLICATION_STATE


def test_sixteen_on_that_day() -> None:
    """A policyholder of that age: the day before the birthday, and the birthday."""
    for born, code in ((date(2010, 11, 23), Code.NOT_ELIGIBLE), (date(2010, 11, 22), None)):
        young = record("2101175056033", "Petit", "Lou", born)
        office = Office(people=Records([young]))
        application = office.proofed(young)
        assert refusal_of(office.desk.decide, application.id) is code


def test_a_record_that_is_gone_is_no_account(office: Office) -> None:
    application = office.proofed(FATHER)
    office.people.records.remove(FATHER)
    assert refusal_of(office.desk.decide, application.id) is Code.NOT_ELIGIBLE
    assert office.desk.find(application.id).reasons == (Ineligibility.NO_ACCOUNT,)


def test_a_record_that_is_gone_after_the_decision_makes_no_card(office: Office) -> None:
    application = office.approved(FATHER)
    office.people.records.remove(FATHER)
    assert refusal_of(office.desk.issue, application.id) is Code.NOT_ELIGIBLE
    office.people.records.append(FATHER)
    office.desk.issue(application.id)


def test_who_is_no_longer_eligible_gets_no_card(office: Office) -> None:
    """The policy is asked again when the card is made."""
    application = office.approved(FATHER)
    office.people.change(FATHER.nir, guardianship=True)
    assert refusal_of(office.desk.issue, application.id) is Code.NOT_ELIGIBLE
    assert office.desk.find(application.id).state is State.APPROVED
    office.people.change(FATHER.nir, guardianship=False)
    office.desk.issue(application.id)


def test_a_card_that_was_issued_is_answered_as_before_whatever_became_of_the_record(office: Office) -> None:
    application = office.approved(FATHER)
    credential = office.desk.issue(application.id)
    office.people.records.remove(FATHER)
    assert office.desk.issue(application.id) == credential


# --- several applications for one number (APPLY-2)


def test_the_one_confirmed_last_goes_on(office: Office) -> None:
    first, second, third = office.confirmed(FATHER), office.requested(FATHER), office.confirmed(FATHER)
    states = [office.desk.find(each.id).state for each in (first, second, third)]
    assert states == [State.SUPERSEDED, State.SUPERSEDED, State.CONFIRMED]


@pytest.mark.parametrize("reached", ["confirmed", "proofed", "approved"])
def test_a_request_alone_supersedes_nothing(reached: str, office: Office) -> None:
    """A stranger who knows the number cannot stop its owner's application: the code goes to the owner."""
    application = getattr(office, reached)(FATHER)
    stranger = office.requested(FATHER)
    for _ in range(5):
        refusal_of(office.desk.confirm, stranger.id, WRONG_CODE)
    assert office.desk.find(application.id).state is application.state


@pytest.mark.parametrize("reached", ["requested", "confirmed", "proofed", "approved"])
def test_what_is_superseded_goes_no_further(reached: str, office: Office) -> None:
    application = getattr(office, reached)(FATHER)
    code = office.code
    office.confirmed(FATHER)
    assert office.desk.find(application.id).state is State.SUPERSEDED
    for call in (
        lambda: office.desk.confirm(application.id, code),
        lambda: office.desk.identify(application.id, of(FATHER)),
        lambda: office.desk.decide(application.id),
        lambda: office.desk.issue(application.id),
    ):
        assert refusal_of(call) is Code.APPLICATION_STATE


def test_other_peoples_applications_are_let_be(office: Office) -> None:
    application = office.confirmed(NAMESAKE)
    office.confirmed(FATHER)
    assert office.desk.find(application.id).state is State.CONFIRMED


def test_a_card_is_revoked_when_the_new_one_is_issued_and_not_before(office: Office) -> None:
    first = office.phone(FATHER)
    card = office.answer(first, FATHER)
    second = office.approved(FATHER)
    assert status_of(office, card) is Status.VALID
    new = office.desk.issue(second.id)
    assert [status_of(office, each) for each in (card, new)] == [Status.REVOKED, Status.VALID]
    assert office.desk.issue(office.desk.submit(first.request, first.offer).id) == card, "answered as before"
    assert status_of(office, new) is Status.VALID
    newest = office.answer(office.phone(FATHER), FATHER)
    assert [status_of(office, each) for each in (new, newest)] == [Status.REVOKED, Status.VALID]


def test_a_revocation_that_fails_holds_up_nothing(office: Office) -> None:
    """The new card is handed out; the others that are due are settled; each revocation stays due until it is done."""
    people = (FATHER, NAMESAKE)
    old = [office.answer(office.phone(person), person) for person in people]
    issuer = office.desk._issuer

    class Failing:
        """A register that was put back to before one of the cards."""

        gone: tuple[bytes, ...] = tuple(parse_credential(card).unverified_claims.cti for card in old)

        def __getattr__(self, name: str) -> Any:
            return getattr(issuer, name)

        def revoke(self, cti: bytes) -> None:
            if cti in self.gone:
                raise UsageError("no card of that id was issued here")
            issuer.revoke(cti)

    failing = office.desk._issuer = Failing()  # type: ignore[assignment]  # the rest is the issuer's
    new = [office.answer(office.phone(person), person) for person in people]
    assert [status_of(office, each) for each in (*old, *new)] == [Status.VALID] * 4
    with pytest.raises(UsageError) as failure:
        office.desk.settle()
    assert failure.value.__notes__ == ["2 cards that were replaced could not be revoked: they stay due"]
    unsettled = office.desk.try_to_settle()
    assert {each.application.card for each in unsettled} == set(failing.gone)
    assert {str(each.failure) for each in unsettled} == {"no card of that id was issued here"}
    waiting, failing.gone = office.requested(ANNE), failing.gone[:1]
    office.clock.time += LIFETIME
    with pytest.raises(UsageError, match="no card of that id"):
        office.desk.settle()
    assert [status_of(office, each) for each in old] == [Status.VALID, Status.REVOKED]
    held = office.store.find(waiting.id)
    assert held is not None
    assert held.state is State.EXPIRED
    failing.gone = ()
    office.desk.settle()
    assert office.desk.try_to_settle() == ()
    assert [status_of(office, each) for each in (*old, *new)] == [Status.REVOKED] * 2 + [Status.VALID] * 2
    assert office.store.due(office.clock.time) == ()


# --- time


def test_an_application_ends_after_30_days(office: Office) -> None:
    applications = [getattr(office, reached)(person) for reached, person in (
        ("requested", FATHER), ("confirmed", NAMESAKE), ("proofed", record_of("Eve")), ("approved", record_of("Lou")),
    )]  # fmt: skip
    office.clock.time = NOW + LIFETIME - 1
    assert State.EXPIRED not in [office.desk.find(each.id).state for each in applications]
    office.clock.time += 1
    assert {office.desk.find(each.id).state for each in applications} == {State.EXPIRED}
    assert refusal_of(office.desk.issue, applications[3].id) is Code.APPLICATION_STATE
    assert refusal_of(office.desk.send_code, applications[0].id) is Code.APPLICATION_STATE


def record_of(name: str) -> Any:
    return next(each for each in FAMILY_AND_MORE if each.person.given_names == (name,))


FAMILY_AND_MORE = (
    *FAMILY,
    record("2880475056101", "Roux", "Eve", date(1988, 4, 1)),
    record("2880475056102", "Roux", "Lou", date(1988, 4, 1)),
)


@pytest.fixture(autouse=True)
def _more_people(office: Office) -> None:
    office.people.records = list(FAMILY_AND_MORE)


def test_the_desk_ends_what_is_over_by_itself(office: Office) -> None:
    """Kept so, and not only said: the store finds nothing due afterwards."""
    open_one, answered = office.requested(FATHER), office.approved(NAMESAKE)
    office.desk.issue(answered.id)
    office.clock.time += LIFETIME
    assert [each.id for each in office.store.due(office.clock.time)] == [open_one.id]
    office.desk.settle()
    assert office.store.due(office.clock.time) == ()
    held = [office.store.find(each.id) for each in (open_one, answered)]
    assert [each.state for each in held if each] == [State.EXPIRED, State.ISSUED]


def test_the_clock_is_read_once(office: Office) -> None:
    reads = []

    class Counted:
        def now(self) -> int:
            reads.append(1)
            return NOW

    phone = office.phone(FATHER)
    desk = office.desk
    desk._clock = Counted()
    application = desk.submit(phone.request, phone.offer)
    calls: list[Callable[[], object]] = [
        lambda: desk.send_code(application.id),
        lambda: desk.confirm(application.id, office.code),
        lambda: desk.identify(application.id, of(FATHER)),
        lambda: desk.decide(application.id),
        lambda: desk.issue(application.id),
        lambda: desk.find(application.id),
        desk.settle,
    ]
    for call in calls:
        reads.clear()
        call()
        assert len(reads) == 1


# --- usage


@pytest.mark.parametrize("keys", [(b"m" * 31, b"n" * 32), (b"m" * 32, b"n" * 33), (b"m" * 32, b"m" * 32)])
def test_keys_are_two_of_32_bytes(keys: tuple[bytes, bytes]) -> None:
    with pytest.raises(UsageError):
        DeskKeys(*keys)


def test_keys_are_not_shown() -> None:
    assert "mmm" not in repr(KEYS)
    assert "nnn" not in repr(KEYS)


def test_a_cards_lifetime_is_a_fortnight(office: Office) -> None:
    claims = parse_credential(office.desk.issue(office.approved(FATHER).id)).unverified_claims
    assert claims.exp - claims.iat == CARD_LIFETIME == 14 * DAY
    assert EnrolmentDesk.issue.__doc__ is not None


def test_a_mailer_that_fails_leaves_an_application_that_goes_on(office: Office) -> None:
    class Down:
        def send(self, *_: object) -> None:
            raise OSError("no route to host")

    phone = office.phone(ANNE)
    office.desk._mailer = Down()
    with pytest.raises(OSError, match="no route"):
        office.desk.submit(phone.request, phone.offer)
    office.desk._mailer = office.mail
    application = office.desk.submit(phone.request, phone.offer)
    office.clock.time += 600
    office.desk.send_code(application.id)
    assert office.desk.confirm(application.id, office.code).state is State.CONFIRMED
