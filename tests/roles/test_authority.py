"""The terminal authority: what it certifies is what phones read, and what it refuses to sign."""

from __future__ import annotations

from typing import Any

import pytest

from tests import forge
from tests.world import AUTHORITY_ID, DAY, ESTABLISHMENT, NOW, PHARMACY, TERMINAL_ID, World
from vitaletoken import Category, CoseKey, TerminalAuthority, UsageError, verify_certificate
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.authority import CERTIFICATE_LIFETIME
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.registry import Algorithm


def certify(w: World, **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "terminal_key": w.terminal_signer.public_key,
        "terminal_id": TERMINAL_ID,
        "categories": [Category.PHARMACY],
        "establishment": ESTABLISHMENT,
        "name": PHARMACY,
        **changes,
    }
    return w.authority.certify(**given)


def test_what_is_certified_is_what_is_read() -> None:
    w = World()
    data = certify(w, categories=[Category.PUBLIC_DESK, Category.DOCTOR, Category.DOCTOR], lifetime=5 * DAY)
    claims = verify_certificate(data, w.trust, NOW).claims
    assert (claims.iss, claims.iat, claims.exp) == (AUTHORITY_ID, NOW, NOW + 5 * DAY)
    assert (claims.key, claims.terminal) == (w.terminal_signer.public_key.public, TERMINAL_ID)
    assert claims.categories == (Category.DOCTOR, Category.PUBLIC_DESK)
    assert (claims.establishment, claims.name) == (ESTABLISHMENT, PHARMACY)
    assert forge.dec(data)[0] == forge.header_kid(w.authority_signer.public_key.public)


def test_a_sticker_lasts_a_year() -> None:
    claims = parse_certificate(certify(World())).unverified_claims
    assert claims.exp - claims.iat == CERTIFICATE_LIFETIME == 365 * DAY


def test_texts_are_brought_into_their_one_form() -> None:
    """CBOR-7."""
    claims = parse_certificate(
        certify(World(), name="Pharmacie du Marche\u0301", establishment="e\u0301")
    ).unverified_claims
    assert (claims.name, claims.establishment) == ("Pharmacie du March\u00e9", "\u00e9")


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal_id": bytes(7)},
        {"terminal_id": bytes(9)},
        {"categories": []},
        {"categories": list(Category)[:5]},
        {"establishment": ""},
        {"establishment": "6" * 21},
        {"name": ""},
        {"name": "é" * 33},
        {"name": "Pharmacie\nde la Gare"},
        {"name": "Pharmacie \u202e"},
        {"lifetime": 0},
        {"lifetime": -1},
        {"terminal_key": CoseKey(Algorithm.ED25519, forge.SMALL_ORDER[0])},
        {"terminal_key": CoseKey(Algorithm.ED25519, bytes(31))},
    ],
    ids=repr,
)
def test_what_is_not_in_form_is_not_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        certify(World(), **changes)


def test_all_keys_are_ed25519() -> None:
    w = World()
    p256 = generate_device_key(Algorithm.ESP256, w.entropy)[0]
    with pytest.raises(UsageError):
        certify(w, terminal_key=p256.public_key)
    with pytest.raises(UsageError):
        TerminalAuthority(AUTHORITY_ID, p256, clock=w.clock)


def test_the_largest_certificate_is_within_its_limit() -> None:
    """The limit of the CDDL is no limit of what can be said."""
    w = World()
    w.authority = TerminalAuthority("a" * 32, w.authority_signer, clock=w.clock)
    w.clock.time = 253402300798
    four = list(Category)[:4]
    data = certify(w, name="é" * 32, establishment="é" * 10, categories=four, lifetime=1)
    assert parse_certificate(data).unverified_claims.name == "é" * 32
