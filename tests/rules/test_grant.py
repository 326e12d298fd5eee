"""Grants against their card, and on the delegate's phone: V8 and G1 to G4 (spec section 14.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import forge, lending
from tests.forge import aad, base45, dec, drop, enc, put
from tests.lending import GRANT, HOUR, Phone, Town, attempt, lent_card_text, phone, sha
from tests.world import DAY, NOW
from vitaletoken import Code, UsageError
from vitaletoken.rules.grant import LentCard, VerifiedGrant, verify_grant, verify_lent_card
from vitaletoken.wire.registry import Category, Purpose
from vitaletoken.wire.scope import Scope

TOWN = Town()
CAMILLE, SASHA, DOMINIQUE, THIEF = phone("Camille"), phone("Sasha", -9), phone("Dominique"), phone("Thief")
CARD = TOWN.card(CAMILLE)


def outcome(data: bytes, card: bytes = CARD) -> VerifiedGrant | Code:
    return attempt(verify_grant, data, TOWN.verified(card))


def code_of(found: Any) -> Code | None:
    return found if isinstance(found, Code) else None


def grant(edit: Any = None, **options: Any) -> bytes:
    return lending.grant(CARD, CAMILLE, DOMINIQUE, edit, **options)


# --- V8


@pytest.mark.parametrize(
    ("owner", "to"),
    [(CAMILLE, DOMINIQUE), (CAMILLE, SASHA), (SASHA, DOMINIQUE), (SASHA, phone("Alix", -9))],
    ids=["1-to-1", "1-to-2", "2-to-1", "2-to-2"],
)
def test_a_grant_by_the_card_s_own_keys_is_verified(owner: Phone, to: Phone) -> None:
    card = TOWN.card(owner)
    found = outcome(lending.grant(card, owner, to, categories=(2, 5)), card)
    assert isinstance(found, VerifiedGrant)
    assert found.acting_keys == to.keys
    assert found.card_digest == sha(card)
    scope = Scope((Purpose.IDENTIFICATION, Purpose.DISPENSING), (Category.PHARMACY, Category.LABORATORY))
    assert found.claims.scope == scope


def test_a_verified_grant_is_made_by_the_function_that_verifies() -> None:
    found = outcome(grant())
    assert isinstance(found, VerifiedGrant)
    with pytest.raises(UsageError):
        VerifiedGrant(*found)


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (0, Code.GRANT_STRUCTURE),
        (1, None),
        (72 * HOUR, None),
        (72 * HOUR + 1, Code.GRANT_STRUCTURE),
        (-1, Code.GRANT_STRUCTURE),
    ],
)
def test_grant_1_72_hours_at_most(lifetime: int, expected: Code | None) -> None:
    assert code_of(outcome(grant(lifetime=lifetime))) is expected


@pytest.mark.parametrize("edit", [drop((7,)), put((GRANT, 3), []), put((GRANT, 4), [2, 2]), put((GRANT, 5), 3)])
def test_v8_what_is_not_in_form(edit: Any) -> None:
    assert outcome(grant(edit)) is Code.GRANT_STRUCTURE


def test_v8_a_grant_without_its_code_layer() -> None:
    """An unlocked phone lends nothing: the code is part of the form."""
    claims = dec(dec(grant())[2])[2]
    bare = enc(forge.sign1(CAMILLE.device.sign, CAMILLE.header, aad("grant-device", sha(CARD)), claims))
    assert outcome(bare) is Code.GRANT_STRUCTURE


def test_v8_a_header_that_is_not_that_of_the_card_s_key() -> None:
    assert outcome(lending.grant(CARD, Phone("mixed", SASHA.device, CAMILLE.code), DOMINIQUE)) is Code.GRANT_STRUCTURE


def test_v8_each_layer_is_signed_by_its_key() -> None:
    for device, code in ((THIEF, THIEF), (THIEF, CAMILLE), (CAMILLE, THIEF)):
        by = Phone("mixed", device.device, code.code)
        assert outcome(lending.grant(CARD, by, DOMINIQUE)) is Code.GRANT_SIGNATURE


@pytest.mark.parametrize(
    ("path", "wider"),
    [
        ((4,), NOW + 72 * HOUR - 60),
        ((6,), NOW - 30),
        ((8, 1), lending.key_item(THIEF)[1]),
        ((GRANT, 1), THIEF.code.public),
        ((GRANT, 2), "Somebody else"),
        ((GRANT, 3), [1, 2, 3, 4, 5]),
        ((GRANT, 4), [1, 2, 3]),
        ((7,), b"other id"),
    ],
    ids=["exp", "iat", "device-key", "code-key", "name", "purposes", "categories", "id"],
)
def test_widening_any_field_of_a_grant_breaks_it(path: tuple[Any, ...], wider: Any) -> None:
    """By whoever holds it: with the grantor's signatures on it, and with the delegate's own in their place."""
    narrow: dict[str, Any] = {"lifetime": HOUR, "purposes": (1,), "categories": (2,)}
    assert isinstance(outcome(grant(**narrow)), VerifiedGrant)
    signed_by_delegate = lending.grant(CARD, DOMINIQUE, DOMINIQUE, put(path, wider), **narrow)
    assert outcome(signed_by_delegate) is Code.GRANT_SIGNATURE
    signatures = dec(grant(**narrow))
    inner = dec(signatures[2])
    outer = dec(signed_by_delegate)
    kept = dec(outer[2])
    kept[3] = inner[3]
    assert outcome(enc([*outer[:2], enc(kept), signatures[3]])) is Code.GRANT_SIGNATURE


def test_widening_by_leaving_the_categories_out_breaks_it() -> None:
    narrow, wide = grant(categories=(2,)), lending.grant(CARD, DOMINIQUE, DOMINIQUE)
    assert outcome(enc([*dec(wide)[:3], dec(narrow)[3]])) is Code.GRANT_SIGNATURE


def test_a_grant_of_another_card() -> None:
    """The child's card and the parent's are under the same keys: the exact card is what keeps them apart."""
    child, sibling = TOWN.child(CAMILLE), TOWN.card(CAMILLE, idx=11)
    for lent, shown in ((child, CARD), (CARD, child), (sibling, CARD)):
        given = lending.grant(lent, CAMILLE, DOMINIQUE)
        assert outcome(given, shown) is Code.GRANT_SIGNATURE
        assert isinstance(outcome(given, lent), VerifiedGrant)


def test_a_grant_under_a_renewed_card_s_digest() -> None:
    """Same person, same keys, new times: another exact card. The delegate shows the one that was lent."""
    renewed = TOWN.card(CAMILLE, exp=NOW + 20 * DAY)
    assert outcome(grant(), renewed) is Code.GRANT_SIGNATURE


def test_other_messages_of_the_card_s_keys_are_no_grant() -> None:
    for kind in ("order", "renewal"):
        assert outcome(grant(kind=kind)) is Code.GRANT_SIGNATURE
    claims = dec(dec(dec(grant())[2])[2])
    assert outcome(lending.layers(CAMILLE, lending.aads("introduction"), enc(claims))) is Code.GRANT_SIGNATURE
    swapped = (aad("grant-code", sha(CARD)), aad("grant-device", sha(CARD)))
    assert outcome(lending.layers(CAMILLE, swapped, enc(claims))) is Code.GRANT_SIGNATURE


def test_grant_2_a_lent_card_is_not_lent_on() -> None:
    lent = TOWN.lent_card(CAMILLE, DOMINIQUE)
    assert outcome(lending.grant(lent, DOMINIQUE, SASHA), lent) is Code.GRANT_HOP


def test_grant_2_a_delegate_cannot_grant() -> None:
    assert outcome(lending.grant(CARD, DOMINIQUE, SASHA)) is Code.GRANT_SIGNATURE


@pytest.mark.parametrize(
    "to",
    [
        CAMILLE,
        Phone("device", CAMILLE.device, DOMINIQUE.code),
        Phone("code", DOMINIQUE.device, CAMILLE.code),
        Phone("crossed", CAMILLE.code, DOMINIQUE.code),
        Phone("crossed back", DOMINIQUE.device, CAMILLE.device),
    ],
    ids=lambda to: to.name,
)
def test_grant_2_a_grant_to_a_key_of_the_card_itself_is_none(to: Phone) -> None:
    assert outcome(lending.grant(CARD, CAMILLE, to)) is Code.GRANT_HOP


def test_within_v8_the_first_row_decides() -> None:
    lent = TOWN.lent_card(CAMILLE, DOMINIQUE)
    assert outcome(lending.grant(lent, DOMINIQUE, DOMINIQUE), lent) is Code.GRANT_HOP
    assert outcome(lending.grant(lent, THIEF, DOMINIQUE), lent) is Code.GRANT_SIGNATURE
    assert outcome(lending.grant(lent, THIEF, DOMINIQUE, lifetime=0), lent) is Code.GRANT_STRUCTURE


# --- G1 to G4


def received(
    given: bytes, card: bytes = CARD, *, own: Phone = DOMINIQUE, now: int = NOW, trust: Any = None
) -> LentCard | Code:
    return attempt(verify_lent_card, lent_card_text(card, given), own.keys, trust or TOWN.trust, now)


@pytest.mark.parametrize("to", [DOMINIQUE, SASHA], ids=["suite-1", "suite-2"])
def test_the_delegate_s_phone_gets_what_it_can_act_under(to: Phone) -> None:
    given = lending.grant(CARD, CAMILLE, to)
    found = received(given, own=to)
    assert isinstance(found, LentCard)
    assert (found.raw_credential, found.raw_grant) == (CARD, given)
    assert found.credential.digest == found.grant.card_digest == sha(CARD)
    with pytest.raises(UsageError):
        LentCard(*found)
    assert "Camille" not in repr(found)
    assert to.name not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "VT1:" + base45(enc([CARD, grant()])),
        "VTI1:" + base45(enc([CARD, grant()])),
        "VTD1:" + base45(enc([CARD, grant()])) + " ",
        "VTD1:" + base45(enc([CARD])),
        "VTD1:" + base45(enc([CARD, grant()]) + b"\0"),
        "VTD1:" + base45(CARD),
    ],
)
def test_g1_a_text_of_another_kind(text: str) -> None:
    assert attempt(verify_lent_card, text, DOMINIQUE.keys, TOWN.trust, NOW) is Code.GRANT_TEXT


def test_g2_the_card_is_genuine() -> None:
    assert received(grant(), b"") is Code.CREDENTIAL_STRUCTURE
    assert received(grant(), CARD[:-64] + bytes(64)) is Code.ISSUER_SIGNATURE
    assert received(grant(), TOWN.card(CAMILLE, put((1,), "fr-msa"))) is Code.ISSUER_UNKNOWN
    assert received(grant(), TOWN.card(CAMILLE, put((6,), NOW - 400 * DAY))) is Code.ISSUER_KEY_NOT_VALID
    assert received(grant(), trust=TOWN.trust_list(exp=NOW)) is Code.TRUST_LIST_EXPIRED


def test_g2_the_grant_is_of_that_card() -> None:
    assert received(b"") is Code.GRANT_STRUCTURE
    assert received(grant(), TOWN.child(CAMILLE)) is Code.GRANT_SIGNATURE
    lent = TOWN.lent_card(CAMILLE, DOMINIQUE)
    assert received(lending.grant(lent, DOMINIQUE, SASHA), lent, own=SASHA) is Code.GRANT_HOP


def test_g3_a_grant_to_another_phone() -> None:
    for own in (SASHA, CAMILLE, Phone("", DOMINIQUE.device, SASHA.code), Phone("", SASHA.device, DOMINIQUE.code)):
        assert received(grant(), own=own) is Code.GRANT_NOT_MINE


@pytest.mark.parametrize(("now", "expected"), [(NOW + HOUR - 61, None), (NOW + HOUR - 60, Code.GRANT_OVER)])
def test_g4_the_grant_s_end(now: int, expected: Code | None) -> None:
    assert code_of(received(grant(lifetime=HOUR), now=now)) is expected


@pytest.mark.parametrize(("now", "expected"), [(NOW + 99, None), (NOW + 100, Code.GRANT_OVER)])
def test_g4_the_card_s_end(now: int, expected: Code | None) -> None:
    card = TOWN.card(CAMILLE, exp=NOW + 100)
    assert code_of(received(lending.grant(card, CAMILLE, DOMINIQUE), card, now=now)) is expected


def test_the_first_step_that_fails_decides() -> None:
    late = NOW + 20 * DAY
    assert received(grant(), now=late) is Code.GRANT_OVER
    assert received(grant(), own=SASHA, now=late) is Code.GRANT_NOT_MINE
    assert received(grant(kind="order"), own=SASHA, now=late) is Code.GRANT_SIGNATURE
    assert received(grant(kind="order"), CARD[:-64] + bytes(64), own=SASHA, now=late) is Code.ISSUER_SIGNATURE
