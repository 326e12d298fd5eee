"""The co-signed care sheet, checked later with no secret: section 13.4 in its order, and what it does not need."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import pytest

from tests import forge
from tests.forge import CARD, CHALLENGE, PRESENTATION, TERMINAL, both, drop, put
from tests.phones import DELEGATES_CODE, Handset, refusal_of
from tests.world import CODE, DAY, NOW, TERMINAL_ID, World, enrolled
from vitaletoken import (
    Category,
    Code,
    CosignedSheet,
    Environment,
    InputError,
    Policy,
    Purpose,
    Transaction,
    TrustAnchor,
    UserVerification,
    View,
    verify_care_sheet,
    verify_challenge,
    verify_trust_list,
)
from vitaletoken.rules.delegation import Way

SHEET = b"care sheet"
OPEN = both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1))


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def answer(w: World, challenge: bytes, edit: forge.Edit | None = None, **options: Any) -> bytes:
    options = {"context": sha(challenge), **options}
    return forge.presentation(w, both(put((PRESENTATION, 2), 2), edit), **options)


def code_of(w: World, presentation: bytes, challenge: bytes, sheet: bytes = SHEET, trust: Any = None) -> Code | None:
    try:
        verify_care_sheet(presentation, challenge, sheet, trust or w.trust)
    except InputError as refused:
        return refused.code
    return None


def test_what_it_proves(world: World) -> None:
    challenge = forge.challenge(world, OPEN)
    seen = verify_care_sheet(answer(world, challenge), challenge, SHEET, world.trust)
    assert seen.credential.claims.card.person == world.beneficiary.person
    assert seen.claims.user_verification is UserVerification.CODE
    assert seen.challenge.certificate.claims.terminal == TERMINAL_ID
    assert (seen.challenge.claims.iat, seen.transaction.line, seen.transaction.amount) == (
        NOW,
        "Ordonnance, 3 articles",
        2345,
    )


def test_from_the_counter_to_the_auditor() -> None:
    """As it goes in life: asked, answered and sealed, opened by the terminal, kept, and checked long after."""
    w = enrolled()
    verifier = w.asking()
    sheet = "Feuille de soins n° 4711: 23,45 €".encode()
    transaction = Transaction(sha(sheet), "Ordonnance, 3 articles", 2345)
    asked = verifier.challenge("visit 1", [Purpose.BILLING], view=View.BILLING, transaction=transaction)
    shown = w.holder.present(CODE, to=w.holder.review(asked.text, w.trust).asker)
    seen = verifier.verify(shown.text, "visit 1", Purpose.BILLING)
    assert seen.transaction == transaction
    assert seen.evidence is not None
    assert seen.evidence.challenge == asked.message

    w.clock.time += 9 * 365 * DAY
    checked = verify_care_sheet(*seen.evidence, sheet, w.trust)
    assert isinstance(checked, CosignedSheet)
    assert checked.transaction == transaction
    assert code_of(w, *seen.evidence, sheet + b"0") is Code.SHEET_MISMATCH
    assert code_of(w, shown.message, asked.message, sheet) is Code.CBOR_PROFILE, "what the QR carried is sealed"


@pytest.mark.parametrize("sealed", [True, False])
def test_there_is_evidence_of_what_was_co_signed_alone(sealed: bool) -> None:
    w = enrolled()
    verifier = w.asking()
    for transaction in (Transaction(sha(SHEET), "Ordonnance", 1), None):
        asked = verifier.challenge("visit 1", [Purpose.BILLING], transaction=transaction, sealed=sealed)
        shown = w.holder.present(CODE, to=w.holder.review(asked.text, w.trust).asker)
        seen = verifier.verify(shown.text, "visit 1", Purpose.BILLING)
        assert (seen.evidence is None) is (transaction is None)
        assert "Lefebvre" not in repr(seen)
    assert verifier.verify(w.present().text, "visit 2").evidence is None


#: What is asked of the card after V10: each with its fault, the last first.
CARD_FAULTS: list[tuple[Code, forge.Edit | None]] = [
    (Code.WRONG_ENVIRONMENT, drop((CARD, 10))),
    (Code.RIGHTS_ENDED, put((CARD, 8), NOW // DAY)),
    (Code.CREDENTIAL_EXPIRED, both(put((4,), NOW), put((6,), NOW - 1))),
    # takes the place of the one before: what is yet to begin has not ended (CRED-1)
    (Code.CREDENTIAL_NOT_YET_VALID, both(put((6,), NOW + 301), put((4,), NOW + 302))),
    (Code.BILLING_NOT_PERMITTED, None),
]


def test_each_step_and_their_order(world: World) -> None:
    """Each line has one fault more, of an earlier step than those before it."""
    good = forge.challenge(world, OPEN)
    without = forge.challenge(world, both(OPEN, drop((CHALLENGE, 6))))
    assert code_of(world, answer(world, good), good) is None
    assert code_of(world, answer(world, good), good, b"") is Code.SHEET_MISMATCH
    card: forge.Edit | None = None
    bad_card: dict[str, Any] = {}
    for code, fault in CARD_FAULTS:
        card = both(card, fault)
        genuine = world.views().billing if code is Code.BILLING_NOT_PERMITTED else None
        bad_card = {"credential": forge.credential(world, card, genuine=genuine)}
        assert code_of(world, answer(world, good, **bad_card), good, b"") is code
    stranger = world.issuer_signer.sign
    bad_code: dict[str, Any] = {**bad_card, "code_sign": stranger}
    assert code_of(world, answer(world, good, **bad_code), good, b"") is Code.CODE_SIGNATURE
    bad_both: dict[str, Any] = {**bad_code, "device_sign": stranger}
    assert code_of(world, answer(world, good, **bad_both), good, b"") is Code.CONTEXT_MISMATCH
    assert code_of(world, answer(world, without, **bad_both), without, b"") is Code.SHEET_NOT_SIGNED
    for signed, code in (
        (forge.challenge(world, both(drop((CHALLENGE, 6)), put((CHALLENGE, 5), bytes(32)))), Code.SESSION_KEY),
        (forge.challenge(world, drop((CHALLENGE, 6)), sign=stranger), Code.CHALLENGE_SIGNATURE),
        (_certified(world, put((4,), NOW)), Code.CERTIFICATE_STRUCTURE),
        (_certified(world, both(put((6,), NOW - 2), put((4,), NOW))), Code.CERTIFICATE_NOT_VALID),
        (_certified(world, put((TERMINAL, 1), bytes(32))), Code.CERTIFICATE_KEY),
        (_certified(world, put((TERMINAL, 3), [3])), Code.CERTIFICATE_AUTHORITY),
    ):
        assert code_of(world, answer(world, signed, **bad_both), signed, b"") is code
        not_the_issuers = {**bad_both, "credential": forge.credential(world, label="challenge")}
        assert code_of(world, answer(world, signed, **not_the_issuers), signed, b"") is Code.ISSUER_SIGNATURE
        no_card = {**bad_both, "credential": forge.credential(world, put((CARD, 15), 1))}
        assert code_of(world, answer(world, signed, **no_card), signed, b"") is Code.CREDENTIAL_STRUCTURE
        assert code_of(world, answer(world, signed, put((4,), NOW + 61), **no_card), signed) is Code.CLAIMS_STRUCTURE
        assert code_of(world, b"", signed) is Code.CBOR_PROFILE


def _certified(w: World, edit: forge.Edit) -> bytes:
    return forge.challenge(w, both(OPEN, drop((CHALLENGE, 6))), certificate=forge.certificate(w, edit))


def test_a_challenge_without_form_gives_no_time(world: World) -> None:
    """V2 to V5 need none; V6 does."""
    good = forge.challenge(world, OPEN)
    assert code_of(world, answer(world, good), b"") is Code.CHALLENGE_STRUCTURE
    unknown = forge.credential(world, put((1,), "somebody"))
    assert code_of(world, answer(world, good, credential=unknown), b"") is Code.CHALLENGE_STRUCTURE
    assert code_of(world, answer(world, good, put((4,), NOW + 61)), b"") is Code.CLAIMS_STRUCTURE


@pytest.mark.parametrize("level", [0, 1])
def test_a_presentation_of_another_level_signs_nothing(level: int, world: World) -> None:
    good = forge.challenge(world, OPEN)
    context = world.certificate().digest if level else None
    shown = forge.presentation(world, put((PRESENTATION, 2), level), context=context)
    assert code_of(world, shown, good) is Code.SHEET_NOT_SIGNED


def test_the_answer_to_another_challenge_signs_nothing(world: World) -> None:
    """Also to one that asks for the same sheet."""
    one, two = forge.challenge(world, OPEN), forge.challenge(world, OPEN)
    assert code_of(world, answer(world, one), two) is Code.CONTEXT_MISMATCH


def test_all_times_are_the_challenges(world: World) -> None:
    """The trust list had to be in force then; the presentation's own window, by the phone's clock, counts for nothing."""
    good = forge.challenge(world, OPEN)
    late = answer(world, good, both(put((6,), NOW + 9 * DAY), put((4,), NOW + 9 * DAY + 60)))
    assert code_of(world, late, good) is None
    for exp, code in ((NOW, Code.TRUST_LIST_EXPIRED), (NOW + 1, None)):
        claims = world.trust_claims(exp=exp)
        trust = verify_trust_list(world.signed_trust_list(claims), TrustAnchor(world.roots), world.environment)
        assert code_of(world, answer(world, good), good, trust=trust) is code


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put((6,), NOW + 300), None),
        (put((6,), NOW + 301), Code.CREDENTIAL_NOT_YET_VALID),
        (put((4,), NOW + 1), None),
        (put((4,), NOW), Code.CREDENTIAL_EXPIRED),
        (put((CARD, 8), NOW // DAY + 1), None),
        (put((CARD, 8), NOW // DAY), Code.RIGHTS_ENDED),
        (drop((CARD, 10)), Code.WRONG_ENVIRONMENT),
    ],
)
def test_the_card_holds_when_it_was_asked_for(edit: forge.Edit, code: Code | None, world: World) -> None:
    """Each limit to the second, by the challenge's iat."""
    good = forge.challenge(world, OPEN)
    card = forge.credential(world, both(put((6,), NOW - 1), edit))
    assert code_of(world, answer(world, good, credential=card), good) is code


def test_a_card_of_production_signs_no_sheet_of_a_test() -> None:
    """Nor the other way round, whatever list it is checked with."""
    w = enrolled()
    good = forge.challenge(w, OPEN)
    own = answer(w, good)
    unmarked = answer(w, good, credential=forge.credential(w, drop((CARD, 10))))
    claims = w.trust_claims(environment=Environment.PRODUCTION)
    production = verify_trust_list(w.signed_trust_list(claims), TrustAnchor(w.roots), Environment.PRODUCTION)
    for trust, shown, code in (
        (w.trust, own, None),
        (w.trust, unmarked, Code.WRONG_ENVIRONMENT),
        (production, own, Code.WRONG_ENVIRONMENT),
        (production, unmarked, None),
    ):
        assert code_of(w, shown, good, trust=trust) is code


@pytest.mark.parametrize("category", [2, 7])
@pytest.mark.parametrize("view", [1, 2])
def test_the_billing_view_was_asked_for(view: int, category: int, world: World) -> None:
    """Of BILL-1 that alone can be told later: the phone saw to the category (H7) and the terminal to the seal."""
    certificate = forge.certificate(world, put((TERMINAL, 3), [category]))
    asked = forge.challenge(world, put((CHALLENGE, 3), view), certificate=certificate)
    billing = answer(world, asked, credential=world.views().billing)
    assert code_of(world, billing, asked) is (None if view == 2 else Code.BILLING_NOT_PERMITTED)
    assert code_of(world, answer(world, asked), asked) is None


def test_without_the_code_it_says_so(world: World) -> None:
    good = forge.challenge(world, OPEN)
    shown = world.holder.present(
        to=verify_challenge(good, world.trust, NOW), user_verification=UserVerification.BIOMETRIC
    )
    seen = verify_care_sheet(shown.message, good, SHEET, world.trust)
    assert seen.claims.user_verification is UserVerification.BIOMETRIC


@pytest.mark.parametrize("way", Way)
def test_a_delegate_signs_for_what_the_challenge_names_and_for_no_less(way: Way) -> None:
    """GRANT-3: what they sign does not say for which of the purposes the terminal asked, so they may act for each of them."""
    w = enrolled()
    both_purposes = (Purpose.IDENTIFICATION, Purpose.BILLING)
    cases = (((each,), Code.DELEGATION_SCOPE) for each in both_purposes)
    for purposes, code in (*cases, (both_purposes, None)):
        delegate = Handset(w, f"for {purposes}")
        lend = delegate.granted if way is Way.GRANT else delegate.lent
        card = lend(purposes=purposes)
        for transaction, expected in ((Transaction(sha(SHEET), "a sheet", 1), code), (None, None)):
            w.publish()
            verifier = w.asking(
                policy=Policy(environment=w.environment, delegates=True), categories=[Category.PHARMACY]
            )
            challenge = verifier.challenge("v", both_purposes, transaction=transaction, sealed=False)
            asker = delegate.holder.review(challenge.text, w.trust).asker
            shown = delegate.holder.present(DELEGATES_CODE, card=card, to=asker)
            assert refusal_of(verifier.verify, shown.text, "v", purposes[0]) is expected
            if transaction is not None:
                assert code_of(w, shown.message, challenge.message) is code
