"""The design's words on cards accepted, refreshed and lost, and on dependants, as ``test_section_nine`` has the ones before."""

from __future__ import annotations

import pytest

from tests import forge, lending
from tests.desk import ANNE, FAMILY, FATHER, SON, ZOE, Office
from tests.forge import credential_claims, put
from tests.lending import attempt, sha
from tests.neighbours import new_phone
from tests.roles.test_section_nine import carded, clauses, requested, told
from tests.world import CODE, DAY, ISSUER_ID, NOW, STATUS_URI
from vitaletoken import (
    AcceptedCard,
    BeneficiaryNir,
    CardKind,
    Code,
    EnrolmentMethod,
    Holder,
    Issuer,
    PolicyholderNir,
    Quality,
    Record,
    Rights,
    UsageError,
    VerifiedPresentation,
)
from vitaletoken.wire.registry import PolicyholderAlias

DESIGN = """
NIR: 13 digits and key checked (2A/2B too). The phone accepts a credential only if cnf and code key are its own, the request
digest is the one it sent, and the commitment opens to the NIR typed in: a card issued for someone else's data never installs.
Refresh: same keys, new rights date, no new identity proof. Loss or theft: the issuer revokes; a new phone enrols anew.

Dependants: the issuer issues one credential a child onto the parent's device keys; quality and policyholder alias say so; the
terminal is always told who is the beneficiary and who is the policyholder.
"""


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize("digits", ["2840975110123", "284092A110123", "284092B110123"])
def test_a_number_has_13_digits_and_its_key_is_checked(digits: str) -> None:
    """NIR: 13 digits and key checked (2A/2B too)."""
    for kind in (BeneficiaryNir, PolicyholderNir):
        key = int(97 - int(digits.replace("2A", "19").replace("2B", "18")) % 97)
        assert kind.parse(f"{digits} {key:02}") == kind.parse(digits.lower()) == kind(digits)
        for wrong in (digits[:-1], digits + "1", f"{digits}{(key + 1) % 98:02}", digits.replace("2", "X", 1)):
            with pytest.raises(UsageError):
                kind.parse(wrong)


def test_a_phone_accepts_only_what_is_for_its_keys_its_request_and_the_number_typed(office: Office) -> None:
    """The phone accepts a credential only if cnf and code key are its own, the request digest is the one it sent, and the
    commitment opens to the NIR typed in:

    Request and number in one binding of 16 bytes, which the issuer makes of its own record: docs/adr/0008.
    """
    w, phone = office.world, new_phone(office.world)
    request, offer = requested(office, phone, FATHER)
    good = w.issuer.issue(request, offer, FATHER.beneficiary(EnrolmentMethod.COUNTER))
    thief, salt = lending.phone("thief"), phone.wallet().pending[0].number.salt

    def binding(of_request: bytes, person: Record) -> bytes:
        return sha(forge.aad("enrolment", sha(of_request), forge.commitment(person.nir.digits(), salt)))[:16]

    def issued(edit: forge.Edit | None) -> bytes:
        """By an issuer that signs whatever it is given."""
        claims = forge.edited(credential_claims(good), edit)
        header = forge.header_kid(w.issuer_signer.public_key.public)
        return forge.enc(forge.sign1(w.issuer_signer.sign, header, forge.aad("credential"), forge.enc(claims)))

    other, _ = requested(office, phone, SON)
    for edit in (
        put((8, 1), forge.cose_key(-19, thief.device.public)),
        put((forge.CARD, 1), thief.code.public),
        put((forge.CARD, 9, 1), binding(other, FATHER)),
        put((forge.CARD, 9, 1), binding(request, SON)),
    ):
        assert attempt(phone.accept, issued(edit), w.trust) is Code.CREDENTIAL_NOT_MINE
    assert issued(put((forge.CARD, 9, 1), binding(request, FATHER))) == issued(None) == good
    assert phone.accept(good, w.trust).claims.card.person == FATHER.person


@pytest.mark.parametrize("used", FAMILY, ids=lambda person: person.reference)
def test_a_card_for_someone_elses_data_never_installs(used: Record, office: Office) -> None:
    """a card issued for someone else's data never installs."""
    w, phone = office.world, new_phone(office.world)
    carded(office, phone, FATHER)
    message, before = requested(office, phone, SON, kind=CardKind.CHILD), phone.wallet()
    found = attempt(phone.accept, w.issuer.issue(*message, used.beneficiary(EnrolmentMethod.COUNTER)), w.trust)
    if used is SON:
        assert isinstance(found, AcceptedCard)
        assert found.claims.card.person == SON.person
    else:
        assert found is Code.CREDENTIAL_NOT_MINE
        assert phone.wallet() == before


def test_a_refresh_has_the_same_keys_new_rights_and_no_identity_proof(office: Office) -> None:
    """Refresh: same keys, new rights date, no new identity proof."""
    w, phone = office.world, new_phone(office.world)
    handle = carded(office, phone, FATHER)
    before = credential_claims(phone.wallet().card(handle).stock[0].minimal)

    class Today:
        def find(self, reference: str) -> Rights:
            return Rights(FATHER.scheme, w.clock.time // DAY)

    issuer = Issuer(
        ISSUER_ID,
        w.issuer_signer,
        number_key=w.number_key,
        register=w.register,
        clock=w.clock,
        entropy=w.entropy,
        status_uri=STATUS_URI,
        environment=w.environment,
        rights=Today(),
    )
    w.clock.time += 10 * DAY
    (minimal,) = issuer.renew(phone.renewal(CODE))  # the desk, where identities are proofed, hears nothing of it
    phone.accept_renewal(handle, (minimal,), w.trust)
    after = credential_claims(phone.wallet().card(handle).edition(w.clock.time).minimal)
    own, new = before[forge.CARD], after[forge.CARD]
    assert (after[8], new[1], new[9]) == (before[8], own[1], own[9])
    assert (own[7], new[7]) == (NOW // DAY, NOW // DAY + 10)
    assert isinstance(told(office, phone, "after the first fortnight"), VerifiedPresentation)


def test_a_lost_phone_s_card_is_revoked_and_a_new_phone_enrols_anew(office: Office) -> None:
    """Loss or theft: the issuer revokes; a new phone enrols anew."""
    lost, new = new_phone(office.world), new_phone(office.world)
    handle = carded(office, lost, FATHER)
    assert isinstance(told(office, lost, "before"), VerifiedPresentation)
    office.world.issuer.revoke(lost.wallet().card(handle).stock[0].claims.cti)
    assert told(office, lost, "stolen") is Code.CARD_REVOKED
    carded(office, new, FATHER)
    assert isinstance(told(office, new, "anew"), VerifiedPresentation)
    assert told(office, lost, "found again") is Code.CARD_REVOKED


# --- dependants


@pytest.fixture
def parent(office: Office) -> Holder:
    """A father's phone with his card and those of his children, in the order of their birth."""
    phone = new_phone(office.world)
    for person in (FATHER, SON, ANNE, ZOE):
        carded(office, phone, person, kind=CardKind.OWN if person is FATHER else CardKind.CHILD)
    return phone


def test_each_child_has_a_card_on_the_parent_s_keys(parent: Holder) -> None:
    """Dependants: the issuer issues one credential a child onto the parent's device keys;"""
    cards = [card.stock[0].claims for card in parent.wallet().cards]
    assert len({(card.device_key, card.card.code_key) for card in cards}) == 1
    assert len({card.cti for card in cards}) == len({card.card.status for card in cards}) == 4
    assert [card.card.person for card in cards] == [person.person for person in (FATHER, SON, ANNE, ZOE)]


def test_quality_and_policyholder_say_so(parent: Holder) -> None:
    """quality and policyholder alias say so;"""
    father, *children = [card.stock[0].claims.card for card in parent.wallet().cards]
    assert (father.quality, father.policyholder) == (Quality.POLICYHOLDER, None)
    assert {(child.quality, child.policyholder) for child in children} == {
        (Quality.CHILD, PolicyholderAlias(father.beneficiary))
    }


def test_the_terminal_is_told_beneficiary_and_policyholder(office: Office, parent: Holder) -> None:
    """the terminal is always told who is the beneficiary and who is the policyholder."""
    seen = []
    for number, card in enumerate(parent.wallet().cards):
        found = told(office, parent, f"visit {number}", card.handle)
        assert isinstance(found, VerifiedPresentation)
        seen.append(found.card)
    assert [card.person for card in seen] == [person.person for person in (FATHER, SON, ANNE, ZOE)]
    assert len({card.beneficiary for card in seen}) == 4
    assert [card.policyholder for card in seen] == [None, *[PolicyholderAlias(seen[0].beneficiary)] * 3]


def test_each_sentence_has_a_test() -> None:
    assert clauses(__name__) == " ".join(DESIGN.split())
