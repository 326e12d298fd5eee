"""A terminal under the eyes of a phone: steps H1 to H7, each limit to the second, and what a person is told."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests import forge
from tests.forge import CHALLENGE, TERMINAL, both, drop, put
from tests.world import AUTHORITY_ID, CODE, DAY, ESTABLISHMENT, NOW, PHARMACY, TERMINAL_ID, World, enrolled
from vitaletoken import (
    Category,
    Code,
    InputError,
    Purpose,
    Review,
    TerminalWarning,
    TrustAnchor,
    VerifiedTrustList,
    View,
    verify_certificate,
    verify_challenge,
    verify_trust_list,
)
from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.rules.terminal import review
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.text import parse_terminal_text
from vitaletoken.wire.trust_list import IssuerKey

CLOCK_DIFFERS, NOT_SEALED, BILLING_VIEW = TerminalWarning


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


def trusting(w: World, **changes: Any) -> VerifiedTrustList:
    """The world's trust list with another entry for its authority."""
    claims = w.trust_claims(authorities=(w.authority_entry(**changes),))
    return verify_trust_list(w.signed_trust_list(claims), TrustAnchor(w.roots), w.environment)


def code_of(w: World, text: str, now: int = NOW, trust: VerifiedTrustList | None = None) -> Code | None:
    try:
        review(text, trust or w.trust, now)
    except InputError as refused:
        return refused.code
    return None


def sticker(w: World, edit: forge.Edit | None = None, **options: Any) -> str:
    return forge.text(forge.certificate(w, edit, **options), "VTT1:")


def screen(w: World, edit: forge.Edit | None = None, **options: Any) -> str:
    return forge.text(forge.challenge(w, edit, **options), "VTC1:")


# --- what a person is shown


def test_a_sticker_says_who_it_is(world: World) -> None:
    seen = review(world.certificate(Category.DOCTOR, Category.PHARMACY).text, world.trust, NOW)
    claims = seen.certificate.claims
    assert (claims.iss, seen.certificate.authority_name) == (AUTHORITY_ID, "Ordre des pharmaciens")
    assert (claims.terminal, claims.establishment, claims.name) == (TERMINAL_ID, ESTABLISHMENT, PHARMACY)
    assert claims.categories == (Category.DOCTOR, Category.PHARMACY)
    assert (seen.challenge, seen.warnings, seen.asker) == (None, (), seen.certificate)


def test_a_challenge_says_what_it_asks_for(world: World) -> None:
    seen = review(screen(world), world.trust, NOW)
    assert seen.challenge is not None
    claims = seen.challenge.claims
    assert claims.purposes == (Purpose.IDENTIFICATION, Purpose.BILLING)
    assert (claims.view, claims.lifetime) == (View.BILLING, 120)
    assert claims.transaction is not None
    assert (claims.transaction.line, claims.transaction.amount) == ("Ordonnance, 3 articles", 2345)
    assert seen.asker is seen.challenge
    assert seen.challenge.certificate == seen.certificate
    assert seen.warnings == (BILLING_VIEW,)


@pytest.mark.parametrize("difference", [-301, -300, 0, 300, 301])
@pytest.mark.parametrize("sealed", [True, False])
def test_the_warnings_and_their_order(difference: int, sealed: bool, world: World) -> None:
    edit = None if sealed else both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1))
    found = review(screen(world, both(edit, put((6,), NOW + difference))), world.trust, NOW)
    assert list(found.warnings) == [CLOCK_DIFFERS] * (abs(difference) > 300) + [BILLING_VIEW if sealed else NOT_SEALED]


# --- each step


@pytest.mark.parametrize("prefix", ["VT1:", "VTS1:", "VTT2:", "vtt1:", "VTT1", "", "V"])
def test_a_phone_reads_its_own_two_messages(prefix: str, world: World) -> None:
    assert code_of(world, forge.text(world.certificate().raw, prefix)) is Code.TERMINAL_TEXT


@pytest.mark.parametrize(
    "spoil", [lambda t: t + "\n", lambda t: t[:-1] + "a", lambda t: t + "0" * 1600, lambda t: t[:6]]
)
def test_a_text_that_was_damaged_is_refused_with_one_code(spoil: Any, world: World) -> None:
    for text in (sticker(world), screen(world)):
        assert code_of(world, spoil(text)) is Code.TERMINAL_TEXT


def test_the_prefixes_are_not_each_others(world: World) -> None:
    certificate, challenge = world.certificate().raw, forge.challenge(world)
    assert code_of(world, forge.text(certificate, "VTC1:")) is Code.CHALLENGE_STRUCTURE
    assert code_of(world, forge.text(challenge, "VTT1:")) is Code.CERTIFICATE_STRUCTURE
    assert parse_terminal_text(forge.text(certificate, "VTT1:")) == ("VTT1:", certificate)
    assert parse_terminal_text(forge.text(challenge, "VTC1:")) == ("VTC1:", challenge)


def test_the_form_of_a_challenge_comes_before_that_of_its_certificate(world: World) -> None:
    """H2: in the first row its certificate is a byte string, whatever is in it."""
    for certificate in (b"", b"\xff", bytes(400), forge.certificate(world, put((4,), 0))):
        assert code_of(world, screen(world, certificate=certificate)) is Code.CERTIFICATE_STRUCTURE
        spoilt = screen(world, put((CHALLENGE, 4), 0), certificate=certificate)
        assert code_of(world, spoilt) is Code.CHALLENGE_STRUCTURE


def window(w: World, nbf: int, exp: int) -> VerifiedTrustList:
    key = IssuerKey(w.authority_signer.public_key, (KeyUse.TERMINAL_CERTIFICATE,), nbf, exp)
    return trusting(w, keys=(key,))


def test_an_authority_is_one_of_the_trust_list(world: World) -> None:
    text = sticker(world)
    for trust, code in (
        (world.trust, None),
        (trusting(world, id="fr-others"), Code.CERTIFICATE_AUTHORITY),
        (trusting(world, categories=(Category.DOCTOR, Category.HOSPITAL)), Code.CERTIFICATE_AUTHORITY),
        (trusting(world, categories=(Category.PHARMACY,)), None),
        (window(world, NOW, NOW + 1), None),
        (window(world, NOW + 1, NOW + 2), Code.CERTIFICATE_AUTHORITY),
        (window(world, NOW - 1, NOW), Code.CERTIFICATE_AUTHORITY),
    ):
        assert code_of(world, text, trust=trust) is code
    none = verify_trust_list(
        world.signed_trust_list(world.trust_claims(authorities=())), TrustAnchor(world.roots), world.environment
    )
    assert code_of(world, text, trust=none) is Code.CERTIFICATE_AUTHORITY


def test_an_issuer_is_no_authority_even_with_its_name_and_key(world: World) -> None:
    """The uses keep them apart: the key of an issuer certifies no terminal, whatever it is called."""
    text = sticker(world, put((1,), "fr-cnam"), signer=world.issuer_signer)
    assert code_of(world, text) is Code.CERTIFICATE_AUTHORITY
    named = trusting(world, id="fr-cnam")
    assert code_of(world, text, trust=named) is Code.CERTIFICATE_AUTHORITY
    assert code_of(world, sticker(world, put((1,), "fr-cnam")), trust=named) is None


def test_the_trust_list_expires_at_its_second(world: World) -> None:
    claims = world.trust_claims(exp=NOW + 10)
    trust = verify_trust_list(world.signed_trust_list(claims), TrustAnchor(world.roots), world.environment)
    assert code_of(world, sticker(world), NOW + 9, trust) is None
    assert code_of(world, sticker(world), NOW + 10, trust) is Code.CERTIFICATE_AUTHORITY
    forged = sticker(world, label="credential")
    assert code_of(world, forged, NOW + 9, trust) is Code.CERTIFICATE_SIGNATURE
    assert code_of(world, forged, NOW + 10, trust) is Code.CERTIFICATE_AUTHORITY, "H3 comes before H4"


def test_each_category_is_asked_for(world: World) -> None:
    """CERT-2: one that the authority may not certify spoils all."""
    for categories, code in (
        ([1, 2], None),
        ([2], None),
        ([2, 3], Code.CERTIFICATE_AUTHORITY),
        ([3], Code.CERTIFICATE_AUTHORITY),
    ):
        assert code_of(world, sticker(world, put((TERMINAL, 3), categories))) is code


@pytest.mark.parametrize("label", ["credential", "challenge", "enrolment-offer", "trust-list"])
def test_a_signature_for_another_message_certifies_nothing(label: str, world: World) -> None:
    assert code_of(world, sticker(world, label=label)) is Code.CERTIFICATE_SIGNATURE


def test_every_key_of_a_kid_is_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """KEY-1."""
    monkeypatch.setattr("vitaletoken.crypto.signing.kid", lambda *_: b"same kid")
    monkeypatch.setattr(forge, "kid", lambda _: b"same kid")
    others = [generate_signer(world.entropy)[0].public_key for _ in range(2)]
    keys = tuple(
        IssuerKey(key, (KeyUse.TERMINAL_CERTIFICATE,), NOW - DAY, NOW + DAY)
        for key in (*others, world.authority_signer.public_key)
    )
    trust = trusting(world, keys=keys)
    text = sticker(enrolled())
    assert code_of(world, text, trust=trust) is None
    stranger = sticker(
        world, signer=generate_signer(world.entropy)[0], payload=forge.dec(parse_terminal_text(text)[1])[2]
    )
    assert code_of(world, stranger, trust=trust) is Code.CERTIFICATE_SIGNATURE


@pytest.mark.parametrize("key", forge.SMALL_ORDER, ids=bytes.hex)
def test_a_terminals_key_proves_something(key: bytes, world: World) -> None:
    """KEY-2; and the signature of the certificate comes before it."""
    assert code_of(world, sticker(world, put((TERMINAL, 1), key))) is Code.CERTIFICATE_KEY
    assert code_of(world, sticker(world, put((TERMINAL, 1), key), label="credential")) is Code.CERTIFICATE_SIGNATURE


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOW - 301, Code.CERTIFICATE_NOT_VALID),
        (NOW - 300, None),
        (NOW + DAY - 1, None),
        (NOW + DAY, Code.CERTIFICATE_NOT_VALID),
    ],
)
def test_a_certificate_has_a_time(now: int, code: Code | None, world: World) -> None:
    text = sticker(world, put((4,), NOW + DAY))
    assert code_of(world, text, now) is code


def test_a_challenge_is_the_terminals_own(world: World) -> None:
    for options in ({"sign": world.authority_signer.sign}, {"label": "credential"}, {"sign": lambda _: bytes(64)}):
        assert code_of(world, screen(world, **options)) is Code.CHALLENGE_SIGNATURE
    other = generate_signer(world.entropy)[0]
    certificate = forge.certificate(world, put((TERMINAL, 1), other.public_key.public))
    assert code_of(world, screen(world, certificate=certificate)) is Code.CHALLENGE_SIGNATURE
    assert code_of(world, screen(world, certificate=certificate, sign=other.sign)) is None


def test_a_certificate_out_of_time_spoils_its_challenge(world: World) -> None:
    """In the order of the steps: who it is comes before what it asks."""
    certificate = forge.certificate(world, put((4,), NOW + 1))
    bad = put((CHALLENGE, 5), bytes(32))
    assert code_of(world, screen(world, bad, certificate=certificate), NOW + 1) is Code.CERTIFICATE_NOT_VALID
    assert code_of(world, screen(world, bad, certificate=certificate), NOW) is Code.SESSION_KEY
    assert code_of(world, screen(world, both(bad, put((CHALLENGE, 4), 0)))) is Code.CHALLENGE_STRUCTURE


@pytest.mark.parametrize("categories", [[2], [7], [2, 7], [1]])
@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("view", [1, 2])
def test_who_may_ask_for_the_numbers(view: int, sealed: bool, categories: list[int], world: World) -> None:
    certificate = forge.certificate(world, put((TERMINAL, 3), categories))
    edit = both(put((CHALLENGE, 3), view), None if sealed else drop((CHALLENGE, 5)))
    permitted = view == 1 or (sealed and categories != [7])
    challenge = forge.challenge(world, edit, certificate=certificate)
    assert code_of(world, forge.text(challenge, "VTC1:")) is (None if permitted else Code.BILLING_REFUSED)
    verified = verify_challenge(challenge, world.trust, NOW)  # H2 to H6 alone
    if not permitted:
        with pytest.raises(InputError, match="billing-refused"):
            world.holder.present(CODE, to=verified)


def test_the_two_ways_to_a_certificate_agree(world: World) -> None:
    raw = world.certificate().raw
    assert verify_certificate(raw, world.trust, NOW) == review(forge.text(raw, "VTT1:"), world.trust, NOW).certificate
    assert isinstance(world.holder.review(world.certificate().text, world.trust), Review)


def test_a_certificate_ends_with_its_trust_list_to_the_second(world: World) -> None:
    """TIME-1: the list's end is the first second refused, and for the list's sake, whatever the certificate says of itself."""
    certificate = world.certificate()
    with pytest.raises(InputError, match="certificate-authority"):
        certificate.require_holds(certificate.trusted_until)
