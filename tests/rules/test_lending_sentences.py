"""Each sentence of spec section 14 has a test named after it; its docstring is the sentence.

A sentence that is added or changed there without a test here fails the last test of this file. Tables of steps have theirs in
``test_introduction``, ``test_lending``, ``test_grant`` and ``test_delegation``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests import lending
from tests.forge import base45, put
from tests.lending import GRANT, HOUR, UNTIL, Phone, Town, attempt, lent_card_text, phone, presentation, sha
from tests.world import DAY, NOW
from vitaletoken import Code, VerifiedPresentation
from vitaletoken.rules.changes import published
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.grant import LentCard, VerifiedGrant, verify_grant, verify_lent_card
from vitaletoken.rules.introduction import VerifiedIntroduction, lending_binding, review_introduction
from vitaletoken.rules.lending import VerifiedOrder, verify_order, verify_own_lent_card
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.lending_order import OrderClaims, parse_order
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Category, Purpose, Status

TOWN = Town()
CAMILLE, DOMINIQUE, THIEF = phone("Camille"), phone("Dominique"), phone("Thief")
CARD = TOWN.card(CAMILLE)
GIVEN = lending.grant(CARD, CAMILLE, DOMINIQUE)
INTRODUCED = lending.introduction(DOMINIQUE)
LENT = TOWN.lent_card(CAMILLE, DOMINIQUE, binding=lending_binding(INTRODUCED))


def in_both_ways(**options: object) -> list[VerifiedPresentation | Code]:
    """What a pharmacy says to Dominique, who acts for Camille under a grant and with a card lent through the issuer."""
    shown = (presentation(CARD, DOMINIQUE, GIVEN), presentation(LENT, DOMINIQUE))
    return [TOWN.outcome(message, categories=(Category.PHARMACY,), **options) for message in shown]


def ordered() -> VerifiedOrder:
    data = parse_order(lending.order(CARD, CAMILLE, INTRODUCED))
    return verify_order(data, TOWN.record(CARD), INTRODUCED, (), NOW)


# --- the introduction of the section


def test_a_person_lets_another_use_their_card_for_some_purposes_and_a_while() -> None:
    """A person (the grantor) lets another (the delegate) use their card, for some purposes and a while."""
    assert all(isinstance(found, VerifiedPresentation) for found in in_both_ways())
    assert in_both_ways(purpose=Purpose.RECORDS) == [Code.DELEGATION_SCOPE] * 2
    later = UNTIL
    over = (presentation(CARD, DOMINIQUE, GIVEN, now=later), presentation(LENT, DOMINIQUE, now=later))
    found = [TOWN.outcome(message, now=later, categories=(Category.PHARMACY,)) for message in over]
    assert found == [Code.CREDENTIAL_EXPIRED] * 2


def test_the_delegate_acts_with_their_own_phone_and_code_and_the_terminal_is_told() -> None:
    """The delegate acts with their own phone and their own code, and the terminal is told that somebody acts for the
    beneficiary, and who.
    """
    for found in in_both_ways():
        assert isinstance(found, VerifiedPresentation)
        assert found.delegate is not None
        assert found.delegate.name == "Dominique"
        assert found.proofs == ("issuer", "device", "code")
    for by in (Phone("", CAMILLE.device, DOMINIQUE.code), Phone("", DOMINIQUE.device, CAMILLE.code)):
        assert isinstance(TOWN.outcome(presentation(CARD, by, GIVEN)), Code)
        assert isinstance(TOWN.outcome(presentation(LENT, by), categories=(Category.PHARMACY,)), Code)


def test_both_ways_begin_with_an_introduction_of_keys_and_name() -> None:
    """There are two ways, and both begin with an introduction: the delegate's phone shows its keys and its owner's name."""
    seen = review_introduction("VTI1:" + base45(INTRODUCED), NOW)
    assert (seen.keys, seen.claims.name) == (DOMINIQUE.keys, "Dominique")
    assert verify_grant(GIVEN, TOWN.verified(CARD)).acting_keys == seen.keys
    assert ordered().introduction.keys == seen.keys


# --- 14.1


def test_an_introduction_is_signed_by_device_and_code_key() -> None:
    """Signed by the delegate's device key, inside by their code key."""
    for by in (Phone("", THIEF.device, DOMINIQUE.code), Phone("", DOMINIQUE.device, THIEF.code)):
        text = "VTI1:" + base45(lending.introduction(DOMINIQUE, signed_by=by))
        assert attempt(review_introduction, text, NOW) is Code.INTRODUCTION_SIGNATURE


def test_the_name_is_shown_and_proves_nothing() -> None:
    """The grantor's phone shows the name, and the person says whether they know who that is: the name proves nothing."""
    liar = Phone("Dominique", THIEF.device, THIEF.code)
    seen = attempt(review_introduction, "VTI1:" + base45(lending.introduction(liar)), NOW)
    assert isinstance(seen, VerifiedIntroduction)
    assert seen.claims.name == "Dominique"
    assert seen.keys != DOMINIQUE.keys


# --- 14.2


def test_an_order_is_signed_by_device_and_code_and_goes_with_the_introduction() -> None:
    """The grantor's phone signs an order (device, inside code) and sends it to the issuer with the introduction."""
    assert ordered().claims.introduction_digest == sha(INTRODUCED)
    for by in (Phone("", THIEF.device, CAMILLE.code), Phone("", CAMILLE.device, THIEF.code)):
        data = parse_order(lending.order(CARD, by, INTRODUCED))
        assert attempt(verify_order, data, TOWN.record(CARD), INTRODUCED, (), NOW) is Code.ORDER_SIGNATURE


def test_the_lent_card_is_of_the_same_beneficiary_on_the_delegate_s_keys_and_singly_revocable() -> None:
    """The issuer makes a card of the same beneficiary onto the delegate's keys, with key 15, its own cti and its own status
    index, and so singly revocable.
    """
    own, lent = (parse_credential(card).unverified_claims for card in (CARD, LENT))
    assert lent.card.beneficiary == own.card.beneficiary
    assert lent.card.person == own.card.person
    assert (lent.device_key, lent.card.code_key) == DOMINIQUE.keys
    assert lent.card.acting is not None
    assert (lent.card.acting.name, lent.card.acting.scope.purposes) == (
        ordered().acting.name,
        ordered().claims.scope[0],
    )
    assert lent.cti != own.cti
    assert lent.card.status != own.card.status
    assert in_both_ways(status=TOWN.statuses({8: Status.REVOKED}))[1] is Code.CARD_REVOKED
    revoked = TOWN.statuses({8: Status.REVOKED})
    assert isinstance(TOWN.outcome(presentation(CARD, CAMILLE), status=revoked), VerifiedPresentation)


def test_a_lent_card_ends_at_until_at_most_30_days_later() -> None:
    """It ends at `until`, at most 30 days after its own iat."""
    assert ordered().exp(NOW) == UNTIL
    assert ordered().exp(UNTIL - 30 * DAY - 1) == UNTIL - 1
    data = parse_order(lending.order(CARD, CAMILLE, INTRODUCED, until=NOW + 30 * DAY + 1))
    assert attempt(verify_order, data, TOWN.record(CARD), INTRODUCED, (), NOW) is Code.ORDER_TIME


def test_lend_1_a_lent_card_is_published_by_the_card_it_was_lent_from() -> None:
    """An issuer MUST publish a lent card as revoked where the card it was lent from is revoked, and as suspended while that is
    suspended or its delegations are withdrawn.
    """
    assert [published(own, Status.REVOKED) for own in Status] == [Status.REVOKED] * len(Status)
    for lender in (Status.SUSPENDED, Status.DELEGATIONS_WITHDRAWN):
        assert published(Status.VALID, lender) is Status.SUSPENDED
        assert published(Status.REVOKED, lender) is Status.REVOKED
    assert [published(own, Status.VALID) for own in Status] == list(Status)
    assert [published(own, None) for own in Status] == list(Status)


def test_the_delegate_s_phone_accepts_the_card_with_the_binding_of_its_introduction() -> None:
    """The delegate's phone accepts that card by ENROL-2, with the binding of its introduction (CRED-3)."""
    verify_own_lent_card(LENT, INTRODUCED, DOMINIQUE.keys, TOWN.trust, NOW)
    another = lending.introduction(DOMINIQUE, iat=NOW - 1)
    found = attempt(verify_own_lent_card, LENT, another, DOMINIQUE.keys, TOWN.trust, NOW)
    assert found is Code.CREDENTIAL_NOT_MINE


# --- 14.3


def test_the_grant_is_shown_with_the_card_as_one_qr() -> None:
    """The grantor's phone signs a grant and shows it with the card as one QR."""
    text = lent_card_text(CARD, GIVEN)
    assert len(text) <= 1600
    found = verify_lent_card(text, DOMINIQUE.keys, TOWN.trust, NOW)
    assert (found.raw_credential, found.raw_grant) == (CARD, GIVEN)


def test_the_delegate_s_phone_puts_the_grant_into_its_presentations() -> None:
    """The delegate's phone keeps both, and puts the grant into its presentations of that card."""
    kept = verify_lent_card(lent_card_text(CARD, GIVEN), DOMINIQUE.keys, TOWN.trust, NOW)
    message = presentation(kept.raw_credential, DOMINIQUE, kept.raw_grant)
    assert parse_presentation(message).unverified_claims.grant == GIVEN
    assert isinstance(TOWN.outcome(message), VerifiedPresentation)


@pytest.mark.parametrize("lifetime", [1, 259_200])
def test_grant_1_a_grant_is_good_for_72_hours_at_most(lifetime: int) -> None:
    """A grant is good for at most 259,200 seconds (72 hours): 1 ≤ exp - iat ≤ 259,200 (`grant-structure`)."""
    card = TOWN.verified(CARD)
    assert isinstance(verify_grant(lending.grant(CARD, CAMILLE, DOMINIQUE, lifetime=lifetime), card), VerifiedGrant)
    for wrong in (0, 259_201):
        beyond = lending.grant(CARD, CAMILLE, DOMINIQUE, lifetime=wrong)
        assert attempt(verify_grant, beyond, card) is Code.GRANT_STRUCTURE


def test_grant_2_one_hop() -> None:
    """One hop, minimal view: a card with key 15 is not lent on, and a grant is signed by the card's own keys."""
    third = phone("Third")
    on = lending.grant(LENT, DOMINIQUE, third)
    assert attempt(verify_grant, on, TOWN.verified(LENT)) is Code.GRANT_HOP
    again = lending.grant(CARD, DOMINIQUE, third)
    assert attempt(verify_grant, again, TOWN.verified(CARD)) is Code.GRANT_SIGNATURE
    order = parse_order(lending.order(LENT, DOMINIQUE, lending.introduction(third)))
    found = attempt(verify_order, order, TOWN.record(LENT), lending.introduction(third), (), NOW)
    assert found is Code.ORDER_CARD


def test_grant_2_a_grant_to_a_key_of_the_card_itself_or_of_the_billing_view_is_none() -> None:
    """A grant to a key of the card itself is none, in either place, nor is one to one key as both device key and code key, nor
    one with a card in the billing view (`grant-hop`).
    """
    billing = TOWN.card(CAMILLE, put((lending.CARD, 13), "2840975110123"))
    assert attempt(verify_grant, lending.grant(billing, CAMILLE, DOMINIQUE), TOWN.verified(billing)) is Code.GRANT_HOP
    swapped = Phone("D.", CAMILLE.code, CAMILLE.device)
    one = Phone("D.", THIEF.code, THIEF.code)
    for to in (CAMILLE, Phone("D.", CAMILLE.device, THIEF.code), Phone("D.", THIEF.device, CAMILLE.code), swapped, one):
        assert attempt(verify_grant, lending.grant(CARD, CAMILLE, to), TOWN.verified(CARD)) is Code.GRANT_HOP


def test_grant_3_purposes_and_categories() -> None:
    """A delegate acts for a purpose that the grant, or key 15, names; where a challenge has a transaction, the grant, or key 15,
    names every purpose of that challenge, since what is signed does not say which one it is for; and where it names
    categories, at a terminal that is of one of them (`delegation-scope`).
    """
    assert in_both_ways(purpose=Purpose.BILLING) == [Code.DELEGATION_SCOPE] * 2
    assert all(isinstance(found, VerifiedPresentation) for found in in_both_ways(purpose=Purpose.DISPENSING))
    doctors = lending.grant(CARD, CAMILLE, DOMINIQUE, categories=(1,))
    at_pharmacy = {"categories": (Category.PHARMACY,)}
    assert TOWN.outcome(presentation(CARD, DOMINIQUE, doctors), **at_pharmacy) is Code.DELEGATION_SCOPE
    assert TOWN.outcome(presentation(LENT, DOMINIQUE), categories=(Category.DOCTOR,)) is Code.DELEGATION_SCOPE


def test_grant_4_a_presentation_with_a_grant_has_a_code_layer() -> None:
    """A presentation with a grant has a code layer, by the delegate's code key (`grant-code`)."""
    assert TOWN.outcome(presentation(CARD, DOMINIQUE, GIVEN, code=False)) is Code.GRANT_CODE
    by_another = Phone("", DOMINIQUE.device, THIEF.code)
    assert TOWN.outcome(presentation(CARD, by_another, GIVEN)) is Code.CODE_SIGNATURE


def test_grant_5_the_delegate_s_phone_keeps_nothing_that_would_be_refused() -> None:
    """The delegate's phone MUST go through G1 to G4 before it keeps a grant."""
    text = lent_card_text(CARD, GIVEN)
    assert isinstance(attempt(verify_lent_card, text, DOMINIQUE.keys, TOWN.trust, NOW), LentCard)
    forged = lent_card_text(CARD, lending.grant(CARD, THIEF, DOMINIQUE))
    for given, own, now, code in (
        (text + " ", DOMINIQUE, NOW, Code.GRANT_TEXT),
        (forged, DOMINIQUE, NOW, Code.GRANT_SIGNATURE),
        (text, THIEF, NOW, Code.GRANT_NOT_MINE),
        (text, DOMINIQUE, NOW - 60 + 72 * HOUR, Code.GRANT_OVER),
    ):
        assert attempt(verify_lent_card, given, own.keys, TOWN.trust, now) is code


def test_grants_are_withdrawn_by_status_3_by_revocation_or_by_their_end() -> None:
    """Grants are withdrawn by status value 3 on the card (STATUS-1), which withdraws all that were made before the list, until
    the issuer sets the entry back to 0, as it does when the grantor wants to lend again, by revoking the card, or by their
    end.
    """
    later = lending.grant(CARD, CAMILLE, DOMINIQUE, iat=NOW - 60)
    withdrawing = TOWN.statuses({7: Status.DELEGATIONS_WITHDRAWN})
    assert isinstance(TOWN.outcome(presentation(CARD, DOMINIQUE, later), status=withdrawing), VerifiedPresentation)
    grants = [lending.grant(CARD, CAMILLE, phone(f"{n}"), iat=NOW - HOUR - 1 - n, lifetime=2 * HOUR) for n in range(3)]
    for number, given in enumerate(grants):
        message = presentation(CARD, phone(f"{number}"), given)
        assert isinstance(TOWN.outcome(message), VerifiedPresentation)
        for status, code in (
            (Status.DELEGATIONS_WITHDRAWN, Code.DELEGATIONS_WITHDRAWN),
            (Status.REVOKED, Code.CARD_REVOKED),
        ):
            assert TOWN.outcome(message, status=TOWN.statuses({7: status})) is code
        end = NOW + HOUR - 1 - number
        at_the_end = presentation(CARD, phone(f"{number}"), given, now=end)
        assert TOWN.outcome(at_the_end, now=end) is Code.GRANT_EXPIRED


def test_a_number_of_uses_is_not_offered() -> None:
    """A number of uses cannot be counted offline, and is not offered."""
    for key in range(5, 10):
        given = lending.grant(CARD, CAMILLE, DOMINIQUE, put((GRANT, key), 1))
        assert attempt(verify_grant, given, TOWN.verified(CARD)) is Code.GRANT_STRUCTURE
    assert OrderClaims.__slots__ == ("iat", "nonce", "card_digest", "introduction_digest", "until", "scope")


def test_the_terminal_s_result_names_delegate_way_and_end() -> None:
    """The grantor's phone keeps a list of what it has lent; the terminal's result names the delegate, the way, and until
    when.
    """
    told = [found.delegate for found in in_both_ways() if isinstance(found, VerifiedPresentation)]
    assert told == [("Dominique", Way.GRANT, NOW - 60 + 72 * HOUR), ("Dominique", Way.ISSUER, UNTIL)]


# --- GRANT-3's reason, and that nothing was forgotten


def test_there_is_no_field_that_adds_anything_to_the_card() -> None:
    """Whatever a grant names, the terminal's result is about the card alone: its person, rights, scheme and view."""
    alone = TOWN.verify(presentation(CARD, CAMILLE))
    seen = TOWN.verify(presentation(CARD, DOMINIQUE, GIVEN))
    assert seen.card == alone.card
    expected = {"claims", "delegate"}
    assert {name for name in seen._fields if getattr(seen, name) != getattr(alone, name)} == expected
    lent = TOWN.verify(presentation(LENT, DOMINIQUE), categories=(Category.PHARMACY,)).card
    kept = {name for name in lent._fields if getattr(lent, name) == getattr(alone.card, name)}
    assert set(lent._fields) - kept == {"code_key", "status", "enrolment", "acting"}


def test_each_sentence_of_section_14_has_a_test() -> None:
    spec = (Path(__file__).resolve().parents[2] / "spec" / "vitaletoken.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", spec, flags=re.MULTILINE)[14]
    assert section.startswith("14. Lending a card")
    prose = [line for line in section.splitlines()[1:] if not re.match(r"\||#|<!--", line)]
    text = re.sub(r"\*Stops:.*?\*(?= |$|\n)", "", "\n".join(prose), flags=re.DOTALL)
    text = re.sub(r"- \*\*[A-Z]+-\d+\*\* ", "\n\n", text)
    sentences = {
        " ".join(sentence.split())
        for paragraph in re.split(r"\n\s*\n", text)
        for sentence in re.split(r"(?<=\.)\s+(?=[A-Z])", paragraph.strip())
        if sentence
    }
    tests = vars(sys.modules[__name__]).items()
    named = {" ".join((test.__doc__ or "").split()) for name, test in tests if name.startswith("test_")}
    assert len(sentences) > 15
    assert sentences - named == set()
