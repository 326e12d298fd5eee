"""Renewals: F1 to F6, each limit to the second, and that the first step that fails decides (spec section 12.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import forge, lending
from tests.forge import SMALL_ORDER, both, drop, put
from tests.lending import CARD, HEADER_CODE, RENEWAL, Phone, Town, attempt, phone, sha
from tests.world import DAY, NOW
from vitaletoken import Code, UsageError
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.card_record import CardRecord
from vitaletoken.rules.renewal import VerifiedRenewal, require_same_person, verify_renewal
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Status
from vitaletoken.wire.renewal import parse_renewal

TOWN = Town()
CAMILLE, SASHA, THIEF = phone("Camille"), phone("Sasha", -9), phone("Thief")
NEW_CODE = phone("another code").code
OWNERS = pytest.mark.parametrize("owner", [CAMILLE, SASHA], ids=["suite-1", "suite-2"])


def outcome(
    data: bytes,
    card: CardRecord | None,
    *,
    renewed: tuple[int, ...] = (),
    now: int = NOW,
) -> VerifiedRenewal | Code:
    def renew() -> VerifiedRenewal:
        return verify_renewal(parse_renewal(data), card, renewed, now)

    return attempt(renew)


def of_camille(data: bytes, **options: Any) -> VerifiedRenewal | Code:
    return outcome(data, TOWN.record(TOWN.card(CAMILLE)), **options)


def renewal(edit: Any = None, **options: Any) -> bytes:
    return lending.renewal(TOWN.card(CAMILLE), CAMILLE, edit, **options)


@OWNERS
@pytest.mark.parametrize("new_code", [None, NEW_CODE], ids=["same-code", "new-code"])
def test_a_renewal_by_the_card_s_own_keys_is_verified(owner: Phone, new_code: SigningKey | None) -> None:
    card = TOWN.card(owner)
    data = lending.renewal(card, owner, new_code=new_code)
    verified = outcome(data, TOWN.record(card))
    assert isinstance(verified, VerifiedRenewal)
    assert verified.digest == sha(data)
    assert verified.claims.card_digest == sha(card)
    assert verified.claims.new_code_key == (new_code and new_code.public)


def test_a_verified_renewal_is_made_by_the_function_that_verifies() -> None:
    with pytest.raises(UsageError):
        VerifiedRenewal(parse_renewal(renewal()).unverified_claims, bytes(32))


def test_f1_what_is_not_in_form() -> None:
    assert of_camille(b"") is Code.RENEWAL_STRUCTURE
    assert of_camille(renewal(drop((7,)))) is Code.RENEWAL_STRUCTURE


@OWNERS
def test_f1_a_header_that_is_not_that_of_the_card_s_key(owner: Phone) -> None:
    """COSE-3: known when the card is found, and still before anything is said of the card's status."""
    card, other = TOWN.card(owner), SASHA if owner is CAMILLE else CAMILLE
    mixed = Phone("mixed", other.device, owner.code)
    for status in Status:
        assert outcome(lending.renewal(card, mixed), TOWN.record(card, status)) is Code.RENEWAL_STRUCTURE


def test_f1_a_new_code_layer_is_there_exactly_when_a_new_key_is_named() -> None:
    assert of_camille(renewal(put((RENEWAL, 2), NEW_CODE.public))) is Code.RENEWAL_STRUCTURE
    assert of_camille(renewal(drop((RENEWAL, 2)), new_code=NEW_CODE)) is Code.RENEWAL_STRUCTURE


def test_f1_the_new_code_layer_s_header_is_that_of_its_key() -> None:
    from tests.forge import aad, dec, enc, sign1

    card = TOWN.card(CAMILLE)
    outer = dec(lending.renewal(card, CAMILLE, new_code=NEW_CODE))
    claims = dec(dec(dec(outer[2])[2])[2])
    for header in (HEADER_CODE, b"\xa1\x01\x28", b"\xa0"):
        new_layer = sign1(NEW_CODE.sign, header, aad("renewal-new-code", sha(card)), enc(claims))
        data = lending.layers(CAMILLE, lending.aads("renewal", sha(card)), enc(new_layer))
        expected = None if header == HEADER_CODE else Code.RENEWAL_STRUCTURE
        found = of_camille(data)
        assert (found if isinstance(found, Code) else None) is expected


def test_f2_a_card_that_the_issuer_does_not_have() -> None:
    assert outcome(renewal(), None) is Code.RENEWAL_CARD
    assert outcome(renewal(), TOWN.record(TOWN.card(CAMILLE, idx=8))) is Code.RENEWAL_CARD


@pytest.mark.parametrize("status", Status)
def test_f2_a_card_that_is_revoked_or_suspended(status: Status) -> None:
    found = outcome(renewal(), TOWN.record(TOWN.card(CAMILLE), status))
    if status in (Status.REVOKED, Status.SUSPENDED):
        assert found is Code.RENEWAL_CARD
    else:
        assert isinstance(found, VerifiedRenewal)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_f3_a_new_key_that_proves_nothing(point: bytes) -> None:
    assert of_camille(renewal(put((RENEWAL, 2), point), new_code=NEW_CODE)) is Code.RENEWAL_KEY


@pytest.mark.parametrize("key", [CAMILLE.code, CAMILLE.device], ids=["code", "device"])
def test_f3_a_new_key_that_is_one_of_the_card_s(key: SigningKey) -> None:
    assert of_camille(renewal(new_code=key)) is Code.RENEWAL_KEY


def test_f4_each_layer_is_signed_by_its_key() -> None:
    card = TOWN.card(CAMILLE)
    stolen = Phone("stolen", CAMILLE.device, THIEF.code)
    copied = Phone("copied", THIEF.device, CAMILLE.code)
    for by in (THIEF, stolen, copied):
        assert of_camille(lending.renewal(card, by)) is Code.RENEWAL_SIGNATURE
        assert of_camille(lending.renewal(card, by, new_code=NEW_CODE)) is Code.RENEWAL_SIGNATURE


def test_f4_a_thief_of_an_unlocked_phone_sets_no_code_of_their_own() -> None:
    """CODE-5: not with the device key alone, nor with a new key that is not theirs."""
    assert of_camille(renewal(new_code=THIEF.code, code_by=THIEF.code)) is Code.RENEWAL_SIGNATURE
    assert of_camille(renewal(new_code=NEW_CODE, signed_by=THIEF.code)) is Code.RENEWAL_SIGNATURE


def test_f4_a_message_about_another_card_of_the_same_keys() -> None:
    """A parent's phone has one pair of keys for all its cards: the exact card is what keeps them apart."""
    own, child = TOWN.card(CAMILLE), TOWN.child(CAMILLE)
    swapped = lending.renewal(own, CAMILLE, put((RENEWAL, 1), sha(child)))
    assert outcome(swapped, TOWN.record(child)) is Code.RENEWAL_SIGNATURE
    assert outcome(swapped, TOWN.record(own)) is Code.RENEWAL_CARD


def test_f4_other_messages_of_the_same_keys_are_no_renewal() -> None:
    card = TOWN.card(CAMILLE)
    for kind in ("grant", "order", "introduction", "enrolment-request"):
        claims = {6: NOW, 7: bytes(16), RENEWAL: {1: sha(card)}}
        more = () if kind in ("introduction", "enrolment-request") else (sha(card),)
        data = lending.layers(CAMILLE, lending.aads(kind, *more), forge.enc(claims))
        assert of_camille(data) is Code.RENEWAL_SIGNATURE


@pytest.mark.parametrize(
    ("difference", "expected"),
    [(-301, Code.RENEWAL_TIME), (-300, None), (0, None), (300, None), (301, Code.RENEWAL_TIME)],
)
def test_f5_300_seconds_either_way(difference: int, expected: Code | None) -> None:
    found = of_camille(renewal(iat=NOW + difference))
    assert (found if isinstance(found, Code) else None) is expected


def test_f6_eight_in_a_day_and_no_more() -> None:
    assert isinstance(of_camille(renewal(), renewed=(NOW,) * 7), VerifiedRenewal)
    assert of_camille(renewal(), renewed=(NOW,) * 8) is Code.RENEWAL_THROTTLED


def test_f6_86400_seconds_later_a_renewal_counts_no_longer() -> None:
    seven = (NOW - DAY + 1,) * 7
    assert of_camille(renewal(), renewed=(*seven, NOW - DAY + 1)) is Code.RENEWAL_THROTTLED
    assert isinstance(of_camille(renewal(), renewed=(*seven, NOW - DAY, NOW - 9 * DAY)), VerifiedRenewal)


def test_the_first_step_that_fails_decides() -> None:
    """Faults of every step from the last to the first, each added to those after it."""
    card = TOWN.card(CAMILLE)
    record = TOWN.record(card)
    full = (NOW,) * 8
    late = {"iat": NOW - 301}
    assert outcome(renewal(), record, renewed=full) is Code.RENEWAL_THROTTLED
    assert outcome(renewal(**late), record, renewed=full) is Code.RENEWAL_TIME
    unsigned = {**late, "code_by": THIEF.code}
    assert outcome(renewal(**unsigned), record, renewed=full) is Code.RENEWAL_SIGNATURE
    weak = {**unsigned, "new_code": CAMILLE.code}
    assert outcome(renewal(**weak), record, renewed=full) is Code.RENEWAL_KEY
    revoked = TOWN.record(card, Status.REVOKED)
    assert outcome(renewal(**weak), revoked, renewed=full) is Code.RENEWAL_CARD
    assert outcome(renewal(drop((6,)), **weak), revoked, renewed=full) is Code.RENEWAL_STRUCTURE


# --- RENEW-1


def test_a_renewed_card_is_of_the_same_person() -> None:
    before = parse_credential(TOWN.card(CAMILLE)).unverified_claims.card
    new_times = both(put((4,), NOW + 30 * DAY), put((6,), NOW), put((7,), b"new cti "), put((CARD, 7), NOW // DAY + 1))
    require_same_person(before, parse_credential(TOWN.card(CAMILLE, new_times)).unverified_claims.card)


@pytest.mark.parametrize(
    "edit",
    [
        put((CARD, 2), b"another "),
        put((CARD, 3, 1), "Moreau"),
        put((CARD, 3, 5), 2),
        put((CARD, 6), [0, 8]),
        put((CARD, 9), [1, b"\1" * 16]),
        put((CARD, 9), [2, bytes(16)]),
    ],
    ids=["alias", "name", "twin", "status", "binding", "method"],
)
def test_a_renewed_card_of_another_is_not_accepted(edit: Any) -> None:
    before = parse_credential(TOWN.card(CAMILLE)).unverified_claims.card
    after = parse_credential(TOWN.card(CAMILLE, edit)).unverified_claims.card
    assert attempt(require_same_person, before, after) is Code.CREDENTIAL_NOT_MINE


def test_a_parent_s_renewed_card_does_not_become_the_child_s() -> None:
    own, child = (parse_credential(card).unverified_claims.card for card in (TOWN.card(CAMILLE), TOWN.child(CAMILLE)))
    assert attempt(require_same_person, own, child) is Code.CREDENTIAL_NOT_MINE
    assert attempt(require_same_person, child, own) is Code.CREDENTIAL_NOT_MINE
