"""The design's words on enrolment, clause by clause, and what the roles do of each.

Each test is named after a clause; the first paragraph of its docstring is the clause itself, in the design's order, and the last
test puts them together again. Where this project decided otherwise, the docstring goes on and says what is done instead.
What follows there is in ``test_section_nine_cards`` and ``test_section_nine_delegation``; the specification's own words on
lending in ``tests/rules/test_lending_sentences``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests import forge, lending
from tests.desk import FATHER, NAMESAKE, NOBODY, SON, WRONG_CODE, Office, of
from tests.forge import ENROLMENT, dec, put
from tests.lending import attempt, sha
from tests.neighbours import new_phone
from tests.world import CODE, NOW
from vitaletoken import (
    Code,
    Eligibility,
    EnrolmentMethod,
    Holder,
    Ineligibility,
    Record,
    UsageError,
    VerifiedPresentation,
)
from vitaletoken.rules.application import State
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.enrolment import Evidence

DESIGN = """
Enrolment: issuer's offer (nonce, expiry) -> phone makes device key, code key -> request signed by both: offer digest, keys,
salted commitment to the NIR, NIR sealed to the issuer, identity evidence (method: CNIe by NFC through France Identite, ID
document + live face video, counter; and its digest), device attestation if any. Issuer's state machine: requested -> e-mail
code confirmed (6 digits, 10 minutes, 5 tries) -> identity proofed (at once by CNIe; up to 48 h otherwise) -> approved or
refused with a reason -> issued. Eligibility is a policy object (16 or older, not under guardianship, scheme open to the app,
account exists).
"""

Outcome = VerifiedPresentation | Code


@pytest.fixture
def office() -> Office:
    return Office()


def requested(office: Office, phone: Holder, person: Record, **options: Any) -> tuple[bytes, bytes]:
    """An offer, and the phone's answer for that person: (request, offer)."""
    w, offer = office.world, office.world.issuer.offer()
    return phone.enrol(offer, w.trust, CODE, person.nir, profile=w.profile, **options), offer


def answer(office: Office, message: tuple[bytes, bytes], keeper: Record) -> bytes:
    """The card for a request, through the desk."""
    application = office.desk.submit(*message)
    office.desk.confirm(application.id, office.code)
    office.desk.identify(application.id, of(keeper))
    office.desk.decide(application.id)
    return office.desk.issue(application.id)


def carded(office: Office, phone: Holder, person: Record, **options: Any) -> str:
    """A phone of the father's with that person's card; the handle."""
    message = requested(office, phone, person, **options)
    return phone.accept(answer(office, message, FATHER), office.world.trust).handle


def told(office: Office, phone: Holder, visit: str, handle: str | None = None) -> Outcome:
    """What a terminal says that has the newest list."""
    office.world.publish()
    found: Outcome = attempt(office.world.verifier.verify, phone.present(CODE, card=handle).text, visit)
    return found


def claims_of(request: bytes) -> Any:
    """The innermost claims of a message in two layers, read by hand."""
    return dec(dec(dec(request)[2])[2])


# --- enrolment


def test_an_offer_has_a_nonce_and_an_expiry(office: Office) -> None:
    """Enrolment: issuer's offer (nonce, expiry)"""
    w = office.world
    offers = [dec(dec(w.issuer.offer())[2]) for _ in range(2)]
    assert {len(offer[7]) for offer in offers} == {16}
    assert offers[0][7] != offers[1][7]
    late, in_time = w.issuer.offer(60), w.issuer.offer(61)
    w.clock.time += 60
    assert attempt(new_phone(w).enrol, late, w.trust, CODE, FATHER.nir, profile=w.profile) is Code.OFFER_EXPIRED
    assert new_phone(w).enrol(in_time, w.trust, CODE, FATHER.nir, profile=w.profile)


def test_the_phone_makes_device_key_and_code_key(office: Office) -> None:
    """-> phone makes device key, code key

    The code key out of the code and the device: the same code on another phone is another key.
    """
    w = office.world
    requests = [claims_of(requested(office, new_phone(w), FATHER)[0]) for _ in range(2)]
    devices = {request[8][1][-2] for request in requests}
    codes = {request[ENROLMENT][1] for request in requests}
    assert (len(devices), len(codes), len(devices | codes)) == (2, 2, 4)


def test_the_request_is_signed_by_both_over_offer_keys_commitment_and_sealed_number(office: Office) -> None:
    """-> request signed by both: offer digest, keys, salted commitment to the NIR, NIR sealed to the issuer,"""
    w = office.world
    request, offer = requested(office, w.holder, FATHER)
    claims, (pending,) = claims_of(request), w.holder.wallet().pending
    nir, salt = FATHER.nir.digits(), pending.number.salt
    assert claims[8][1] == forge.cose_key(-19, w.device_key.public_key.public)
    own = claims[ENROLMENT]
    assert own[1] == code_of(w.holder.wallet()).key
    assert own[2] == sha(offer)
    assert own[3] == forge.commitment(nir, salt)
    info = forge.aad("enrolment-number", sha(offer))
    assert dec(w.number_key.unseal(own[4], info)) == [nir, salt]
    assert nir.encode() not in request
    thief = lending.phone("thief")
    for signers in ({"device_sign": thief.device.sign}, {"code_sign": thief.code.sign}):
        forged = forge.request(w, offer, number=(nir, salt), **signers)  # type: ignore[arg-type]  # one by its name
        assert attempt(office.desk.submit, forged, offer) is Code.REQUEST_SIGNATURE
    assert office.desk.submit(request, offer).state is State.REQUESTED


@pytest.mark.parametrize("method", EnrolmentMethod, ids=lambda method: method.name)
def test_identity_evidence_has_its_method_and_its_digest(method: EnrolmentMethod, office: Office) -> None:
    """identity evidence (method: CNIe by NFC through France Identite, ID document + live face video, counter; and its digest),"""
    evidence = Evidence(method, sha(b"what was read or filmed"))
    phone = new_phone(office.world)
    application = office.desk.submit(*requested(office, phone, FATHER, evidence=evidence))
    assert application.evidence == evidence
    office.desk.confirm(application.id, office.code)
    office.desk.identify(application.id, of(FATHER, method))
    office.desk.decide(application.id)
    card = phone.accept(office.desk.issue(application.id), office.world.trust).claims.card
    assert card.enrolment.method is method


def test_there_is_no_device_attestation(office: Office) -> None:
    """device attestation if any.

    There is none in version 1, which is closed: a request with a further field is refused. Who certifies devices would say so
    in a version of its own.
    """
    w = office.world
    request, offer = requested(office, w.holder, FATHER)
    assert set(claims_of(request)[ENROLMENT]) == {1, 2, 3, 4}
    attested = forge.request(w, offer, put((ENROLMENT, 6), b"a chain of certificates"))
    assert attempt(office.desk.submit, attested, offer) is Code.REQUEST_STRUCTURE


def test_the_e_mail_code_has_6_digits_10_minutes_and_5_tries(office: Office) -> None:
    """Issuer's state machine: requested -> e-mail code confirmed (6 digits, 10 minutes, 5 tries)"""
    desk = office.desk
    late, guessed, right = (office.requested(FATHER) for _ in range(3))
    (address, code, expires) = office.mail.sent[2]
    assert {application.state for application in (late, guessed, right)} == {State.REQUESTED}
    assert (address, expires) == (FATHER.mail, NOW + 600)
    assert code.isdecimal()
    assert len(code) == 6
    for _ in range(5):
        assert attempt(desk.confirm, guessed.id, WRONG_CODE) is Code.MAIL_CODE_WRONG
    assert attempt(desk.confirm, guessed.id, office.mail.sent[1][1]) is Code.MAIL_CODE_USED_UP
    assert desk.find(guessed.id).state is State.MAIL_CODE_REFUSED
    office.clock.time += 599
    assert desk.confirm(right.id, code).state is State.CONFIRMED
    another = office.requested(NAMESAKE)
    office.clock.time += 600
    assert attempt(desk.confirm, another.id, office.code) is Code.MAIL_CODE_EXPIRED


@pytest.mark.parametrize(
    ("method", "hours"),
    [(EnrolmentMethod.CNIE_NFC, 0), (EnrolmentMethod.DOCUMENT_AND_FACE, 48), (EnrolmentMethod.COUNTER, 0)],
)
def test_the_identity_is_proofed_at_once_or_within_48_hours(
    method: EnrolmentMethod, hours: int, office: Office
) -> None:
    """-> identity proofed (at once by CNIe; up to 48 h otherwise)

    At a counter at once, too: whoever looks at the document is the one who decides.
    """
    evidence = Evidence(method, bytes(32))
    application = office.desk.submit(*requested(office, new_phone(office.world), FATHER, evidence=evidence))
    assert attempt(office.desk.identify, application.id, of(FATHER, method)) is Code.APPLICATION_STATE
    assert office.desk.confirm(application.id, office.code).identity_due == NOW + hours * 3_600
    office.clock.time += hours * 3_600
    assert office.desk.identify(application.id, of(FATHER, method)).state is State.PROOFED


def test_an_application_is_approved_or_refused_with_a_reason_and_then_issued(office: Office) -> None:
    """-> approved or refused with a reason -> issued."""
    desk = office.desk
    stranger, ward, good = office.confirmed(SON), office.proofed(NAMESAKE), office.proofed(FATHER)
    assert desk.identify(stranger.id, NOBODY).state is State.IDENTITY_REFUSED
    office.people.change(NAMESAKE.nir, guardianship=True)
    assert attempt(desk.decide, ward.id) is Code.NOT_ELIGIBLE
    refused = desk.find(ward.id)
    assert (refused.state, refused.reasons) == (State.ELIGIBILITY_REFUSED, (Ineligibility.GUARDIANSHIP,))
    assert attempt(desk.issue, good.id) is Code.APPLICATION_STATE
    assert desk.decide(good.id).state is State.APPROVED
    assert desk.issue(good.id)
    assert desk.find(good.id).state is State.ISSUED
    for other in (stranger, ward):
        assert attempt(desk.issue, other.id) is Code.APPLICATION_STATE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"birth_date": date(2011, 6, 2)}, Ineligibility.TOO_YOUNG),
        ({"guardianship": True}, Ineligibility.GUARDIANSHIP),
        ({"scheme": FATHER.scheme._replace(regime=9)}, Ineligibility.SCHEME_CLOSED),
        ({"account": False}, Ineligibility.NO_ACCOUNT),
    ],
)
def test_eligibility_is_a_policy(change: dict[str, Any], reason: Ineligibility) -> None:
    """Eligibility is a policy object (16 or older, not under guardianship, scheme open to the app, account exists)."""
    policy = Eligibility(regimes=frozenset({1}))
    office = Office(policy=policy)
    application = office.proofed(FATHER)
    office.people.change(FATHER.nir, **change)
    assert attempt(office.desk.decide, application.id) is Code.NOT_ELIGIBLE
    assert office.desk.find(application.id).reasons == (reason,)
    with pytest.raises(UsageError):
        Eligibility(least_age=15)


# --- nothing was forgotten


def clauses(module: str) -> str:
    """The first paragraphs of the tests' docstrings, one after the other."""
    tests: list[Callable[..., object]] = [
        item for name, item in vars(sys.modules[module]).items() if name.startswith("test_") and item.__doc__
    ]
    return " ".join(" ".join((test.__doc__ or "").split("\n\n")[0].split()) for test in tests)


def test_each_sentence_has_a_test() -> None:
    assert clauses(__name__) == " ".join(DESIGN.split())
