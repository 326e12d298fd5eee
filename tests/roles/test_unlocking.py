"""Unlocks by the issuer, and steps U1 to U4 for what it signs (spec section 12.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests import forge
from tests.lending import attempt, renewal, sha
from tests.lending_codes import owner_of
from tests.world import ISSUER_ID, NOW, World, enrolled
from vitaletoken import Code, UsageError, verify_trust_list
from vitaletoken.rules.unlock import VerifiedUnlock, verify_unlock
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.unlock import parse_unlock

NONCE = bytes(range(16))


@pytest.fixture
def w() -> World:
    return enrolled()


def seen(w: World, data: bytes, *, card: bytes | None = None, nonce: bytes | None = NONCE) -> VerifiedUnlock | Code:
    """What the world's phone says to it."""
    digest = sha(forge.credential_of(w) if card is None else card)
    found: VerifiedUnlock | Code = attempt(verify_unlock, data, ISSUER_ID, digest, nonce, w.trust, w.clock.time)
    return found


def test_the_phone_that_asked_is_unlocked(w: World) -> None:
    data = w.issuer.unlock(w.card_id(), NONCE)
    assert isinstance(seen(w, data), VerifiedUnlock)
    claims = parse_unlock(data).unverified_claims
    assert (claims.iss, claims.iat, claims.exp) == (ISSUER_ID, NOW, NOW + 600)
    assert w.issuer.unlock(w.card_id(), NONCE) == data
    w.clock.time = NOW + 599
    assert isinstance(seen(w, data), VerifiedUnlock)


def test_it_is_of_the_credential_that_the_phone_uses(w: World) -> None:
    """The minimal view under the cti that is named, also of a renewed card."""
    made = w.issuer.renew(renewal(forge.credential_of(w), owner_of(w)), stock=3)
    for minimal in made[::2]:
        data = w.issuer.unlock(parse_credential(minimal).unverified_claims.cti, NONCE)
        assert isinstance(seen(w, data, card=minimal), VerifiedUnlock)
        assert seen(w, data) is Code.UNLOCK_SIGNATURE
    assert isinstance(seen(w, w.issuer.unlock(w.card_id(), NONCE)), VerifiedUnlock)


def _without_the_key_s_use(w: World) -> VerifiedUnlock | Code:
    data, entry = w.issuer.unlock(w.card_id(), NONCE), w.trust.claims.issuers[0]
    entry = replace(entry, keys=(replace(entry.keys[0], uses=(KeyUse.CREDENTIAL, KeyUse.STATUS_LIST)),))
    w.trust = verify_trust_list(w.signed_trust_list(w.trust_claims(issuers=(entry,))), w.anchor, w.environment)
    return seen(w, data)


def _late(w: World) -> VerifiedUnlock | Code:
    data = w.issuer.unlock(w.card_id(), NONCE)
    w.clock.time += 600
    return seen(w, data)


PROVOKED: dict[Code, tuple[Callable[[World], VerifiedUnlock | Code], ...]] = {
    Code.UNLOCK_STRUCTURE: (lambda w: seen(w, w.issuer.unlock(w.card_id(), NONCE)[:-1]), lambda w: seen(w, b"")),
    Code.UNLOCK_ISSUER: (_without_the_key_s_use,),
    Code.UNLOCK_SIGNATURE: (lambda w: seen(w, w.issuer.unlock(w.card_id(), NONCE), card=b"another card"),),
    Code.UNLOCK_NONCE: (
        lambda w: seen(w, w.issuer.unlock(w.card_id(), bytes(16))),
        lambda w: seen(w, w.issuer.unlock(w.card_id(), NONCE), nonce=None),
        _late,
    ),
}


@pytest.mark.parametrize(
    "code", [code for code in Code if code.value.startswith("unlock-")], ids=lambda code: code.value
)
def test_each_code_is_provoked(code: Code, w: World) -> None:
    for provoke in PROVOKED[code]:
        assert provoke(w) is code


def test_what_cannot_be_unlocked_is_a_usage_error(w: World) -> None:
    for nonce in (b"", bytes(15), bytes(17)):
        with pytest.raises(UsageError):
            w.issuer.unlock(w.card_id(), nonce)
    with pytest.raises(UsageError):
        w.issuer.unlock(w.card_id(), NONCE, lifetime=0)
    with pytest.raises(UsageError, match="no card"):
        w.issuer.unlock(bytes(8), NONCE)
    w.issuer.suspend(w.card_id())
    with pytest.raises(UsageError, match="suspended"):
        w.issuer.unlock(w.card_id(), NONCE)
    w.issuer.revoke(w.card_id())
    with pytest.raises(UsageError, match="revoked"):
        w.issuer.unlock(w.card_id(), NONCE)
