"""Presentations that were asked for, and the terminal that asked: what the tests of step V11 share."""

from __future__ import annotations

import hashlib
from typing import Any

from tests import forge
from tests.forge import PRESENTATION, SESSION_SECRET, both, put
from tests.world import World
from vitaletoken import Code, InputError, Policy, Purpose, UserVerification, Verifier
from vitaletoken.adapters.memory import MemoryChallengeStore, MemoryReplayStore
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.wire.challenge import parse_challenge

VISIT = "visit 1"


def lenient(world: World, **changes: Any) -> Policy:
    return Policy(**{"environment": world.environment, "least_user_verification": UserVerification.NONE, **changes})


def opened(world: World, message: bytes, *, session: str = VISIT, secret: bytes | None = SESSION_SECRET) -> Any:
    """A challenge store in which ``message`` is open since now."""
    store = MemoryChallengeStore()
    claims = parse_challenge(message).unverified_claims
    store.open(OpenChallenge(session, sha(message), message, secret, Instant(b"boot 1", 5000), claims.lifetime))
    return store


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def answered(world: World, challenge: bytes, **options: Any) -> bytes:
    """A genuine answer to ``challenge``, not sealed."""
    edit = both(put((PRESENTATION, 2), 2), options.pop("edit", None))
    return forge.presentation(world, edit, context=sha(challenge), **options)


def sealed_text(message: bytes, challenge: bytes) -> str:
    asked = parse_challenge(challenge).unverified_claims
    assert asked.session_key is not None
    return forge.text(forge.sealed(message, asked.session_key, challenge), "VTS1:")


def billing_of(world: World) -> bytes:
    return world.views().billing


def code_of(verifier: Verifier, text: str, purpose: Purpose = Purpose.BILLING) -> Code | None:
    try:
        verifier.verify(text, VISIT, purpose)
    except InputError as refused:
        return refused.code
    return None


def fresh(world: World) -> Verifier:
    """A verifier with a certificate, that has asked and seen nothing."""
    return world.asking(terminal=world.desk(challenges=MemoryChallengeStore()), replay=MemoryReplayStore())
