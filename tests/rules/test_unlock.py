"""Unlocks: U1 to U4, each limit to the second (spec section 12.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forge import drop, put
from tests.lending import UNLOCK, Town, attempt, phone, sha
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI
from vitaletoken import Code, IssuerEntry, IssuerKey, UsageError, VerifiedTrustList
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.unlock import VerifiedUnlock, verify_unlock
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.unlock import parse_unlock

TOWN = Town()
CAMILLE = phone("Camille")
CARD = TOWN.card(CAMILLE)
NONCE = bytes(range(16))


def outcome(
    data: bytes,
    *,
    card: bytes = CARD,
    nonce: bytes | None = NONCE,
    trust: VerifiedTrustList = TOWN.trust,
    now: int = NOW,
    issuer: str = ISSUER_ID,
) -> VerifiedUnlock | Code:
    return attempt(verify_unlock, data, issuer, sha(card), nonce, trust, now)


def code_of(found: VerifiedUnlock | Code) -> Code | None:
    return found if isinstance(found, Code) else None


def test_an_unlock_in_answer_to_the_phone_s_nonce_is_verified() -> None:
    found = outcome(TOWN.unlock(CARD, NONCE))
    assert isinstance(found, VerifiedUnlock)
    assert found.claims.nonce == NONCE


def test_a_verified_unlock_is_made_by_the_function_that_verifies() -> None:
    with pytest.raises(UsageError):
        VerifiedUnlock(parse_unlock(TOWN.unlock(CARD, NONCE)).unverified_claims)


@pytest.mark.parametrize("edit", [drop((7,)), put((7,), bytes(15)), put((4,), NOW), put((9,), 1)])
def test_u1_what_is_not_in_form(edit: Any) -> None:
    assert outcome(TOWN.unlock(CARD, NONCE, edit)) is Code.UNLOCK_STRUCTURE


def keys(**changes: Any) -> VerifiedTrustList:
    """A trust list in which the issuer's key is another, has other uses or another window."""
    fields = {
        "key": ed25519_key(TOWN.issuer.public), "uses": (KeyUse.ENROLMENT_OFFER,), "nbf": NOW - DAY, "exp": NOW + DAY,
    }  # fmt: skip
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (IssuerKey(**{**fields, **changes}),), STATUS_URI)
    return TOWN.trust_list(issuers=(entry,))


def test_u2_another_issuer_than_the_card_s() -> None:
    assert outcome(TOWN.unlock(CARD, NONCE), issuer="fr-msa") is Code.UNLOCK_ISSUER
    assert outcome(TOWN.unlock(CARD, NONCE, put((1,), "fr-msa"))) is Code.UNLOCK_ISSUER


def test_u2_the_trust_list_has_expired() -> None:
    data = TOWN.unlock(CARD, NONCE)
    assert code_of(outcome(data, trust=TOWN.trust_list(exp=NOW + 1))) is None
    assert outcome(data, trust=TOWN.trust_list(exp=NOW)) is Code.UNLOCK_ISSUER


@pytest.mark.parametrize("use", [KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER])
def test_u2_the_key_has_the_use_of_offers(use: KeyUse) -> None:
    expected = None if use is KeyUse.ENROLMENT_OFFER else Code.UNLOCK_ISSUER
    assert code_of(outcome(TOWN.unlock(CARD, NONCE), trust=keys(uses=(use,)))) is expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"nbf": NOW}, None),
        ({"nbf": NOW + 1}, Code.UNLOCK_ISSUER),
        ({"exp": NOW + 1}, None),
        ({"exp": NOW}, Code.UNLOCK_ISSUER),
        ({"key": ed25519_key(SigningKey(-19, bytes(32)).public)}, Code.UNLOCK_ISSUER),
    ],
)
def test_u2_the_key_is_valid_at_the_unlock_s_iat(window: dict[str, Any], expected: Code | None) -> None:
    assert code_of(outcome(TOWN.unlock(CARD, NONCE), trust=keys(**window))) is expected


def test_u3_changed_claims() -> None:
    forged = TOWN.unlock(CARD, NONCE)[:-64] + TOWN.unlock(CARD, bytes(16))[-64:]
    assert outcome(forged) is Code.UNLOCK_SIGNATURE


def test_u3_an_unlock_of_another_card() -> None:
    """The digest is in the claims and in the external_aad; each alone, or both, being another's is no unlock of this card."""
    other = TOWN.child(CAMILLE)
    claims = {1: ISSUER_ID, 4: NOW + 600, 6: NOW, 7: NONCE}
    for named, covered in ((CARD, other), (other, CARD), (other, other)):
        data = TOWN.signed("unlock", {**claims, UNLOCK: sha(named)}, sha(covered))
        assert outcome(data) is Code.UNLOCK_SIGNATURE
    assert code_of(outcome(TOWN.signed("unlock", {**claims, UNLOCK: sha(CARD)}, sha(CARD)))) is None


def test_u3_another_message_of_the_issuer_is_no_unlock() -> None:
    claims = {1: ISSUER_ID, 4: NOW + 600, 6: NOW, 7: NONCE, UNLOCK: sha(CARD)}
    for label in ("enrolment-offer", "credential"):
        assert outcome(TOWN.signed(label, claims)) is Code.UNLOCK_SIGNATURE


def test_u4_another_nonce() -> None:
    data = TOWN.unlock(CARD, NONCE)
    assert outcome(data, nonce=bytes(16)) is Code.UNLOCK_NONCE


def test_u4_one_that_passed_is_forgotten_and_passes_no_more() -> None:
    assert outcome(TOWN.unlock(CARD, NONCE), nonce=None) is Code.UNLOCK_NONCE


@pytest.mark.parametrize(("now", "expected"), [(NOW + 599, None), (NOW + 600, Code.UNLOCK_NONCE)])
def test_u4_exp_is_the_first_second_refused(now: int, expected: Code | None) -> None:
    assert code_of(outcome(TOWN.unlock(CARD, NONCE), now=now)) is expected


def test_the_first_step_that_fails_decides() -> None:
    late: dict[str, Any] = {"nonce": None, "now": NOW + 600}
    other = TOWN.child(CAMILLE)
    assert outcome(TOWN.unlock(CARD, NONCE), **late) is Code.UNLOCK_NONCE
    assert outcome(TOWN.unlock(other, NONCE), **late) is Code.UNLOCK_SIGNATURE
    assert outcome(TOWN.unlock(other, NONCE), **late, issuer="fr-msa") is Code.UNLOCK_ISSUER
    assert outcome(TOWN.unlock(other, NONCE, drop((6,))), **late, issuer="fr-msa") is Code.UNLOCK_STRUCTURE
