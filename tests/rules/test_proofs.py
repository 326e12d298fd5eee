"""``Verified...`` types are proofs: nothing but the function that did the checking makes one, and nothing changes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import forge
from tests.world import CODE, NIR_DIGITS, World, enrolled
from vitaletoken import (
    CosignedSheet,
    UsageError,
    VerifiedCertificate,
    VerifiedChallenge,
    VerifiedCredential,
    VerifiedPresentation,
    VerifiedSnapshot,
    VerifiedStatusList,
    VerifiedTrustList,
    verify_care_sheet,
    verify_challenge,
    verify_snapshot,
    verify_status_list,
)
from vitaletoken.rules.authentic import AuthenticPresentation, authenticate
from vitaletoken.rules.credential import verify_credential
from vitaletoken.rules.enrolment import (
    OpenedRequest,
    VerifiedOffer,
    VerifiedRequest,
    open_request,
    verify_offer,
    verify_request,
)
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.presentation import parse_presentation


def trust_list(w: World) -> Any:
    return w.trust


def status_list(w: World) -> Any:
    return verify_status_list(w.issuer.publish_status_list(), w.trust)


def snapshot(w: World) -> Any:
    return verify_snapshot(forge.snapshot(w, forge.snapshot_claims({0: b"entries"})), w.trust, w.clock.now(), None)


def credential(w: World) -> Any:
    return verify_credential(parse_credential(w.views().minimal), w.trust, w.clock.now())


def authentic(w: World) -> Any:
    return authenticate(parse_presentation(w.present().message), credential(w), {})


def presentation(w: World) -> Any:
    return w.verify(w.present())


def offer(w: World) -> Any:
    return verify_offer(w.issuer.offer(), w.trust, w.clock.now())


def request(w: World) -> Any:
    sent = w.issuer.offer()
    return verify_request(forge.request(w, sent), sent)  # enrolling would take the card away


def certificate(w: World) -> Any:
    return w.certificate()


def challenge(w: World) -> Any:
    return verify_challenge(forge.challenge(w), w.trust, w.clock.now())


def cosigned(w: World) -> Any:
    unsealed = forge.challenge(w, forge.both(forge.drop((forge.CHALLENGE, 5)), forge.put((forge.CHALLENGE, 3), 1)))
    answer = w.holder.present(CODE, to=verify_challenge(unsealed, w.trust, w.clock.now())).message
    return verify_care_sheet(answer, unsealed, b"care sheet", w.trust)


def opened_request(w: World) -> Any:
    return open_request(request(w), w.number_key.unseal)


PROOFS: dict[type[Any], Callable[[World], Any]] = {
    VerifiedTrustList: trust_list,
    VerifiedStatusList: status_list,
    VerifiedSnapshot: snapshot,
    VerifiedCredential: credential,
    AuthenticPresentation: authentic,
    VerifiedPresentation: presentation,
    VerifiedOffer: offer,
    VerifiedRequest: request,
    VerifiedCertificate: certificate,
    VerifiedChallenge: challenge,
    CosignedSheet: cosigned,
    OpenedRequest: opened_request,
}
KINDS = [pytest.param(kind, id=kind.__name__) for kind in PROOFS]


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_is_made_by_its_function(kind: type[Any], world: World) -> None:
    assert type(PROOFS[kind](world)) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_cannot_be_made_by_hand(kind: type[Any], world: World) -> None:
    """Also not with everything that a real one has, by place or by name."""
    proof = PROOFS[kind](world)
    fields = {name: getattr(proof, name) for name in proof._fields}
    for call in (
        lambda: kind(*fields.values()),
        lambda: kind(**fields),
        lambda: kind(*fields.values(), proof=object()),
    ):
        with pytest.raises((UsageError, TypeError)):
            call()
    with pytest.raises(UsageError, match=f"a {kind.__name__} is made by"):
        kind(*fields.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_cannot_be_changed(kind: type[Any], world: World) -> None:
    proof = PROOFS[kind](world)
    for name in proof._fields:
        with pytest.raises(AttributeError):
            setattr(proof, name, getattr(proof, name))
    with pytest.raises(AttributeError):
        proof.something_new = 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_cannot_be_made_of_another_one(kind: type[Any], world: World) -> None:
    """``_replace`` is a public method of named tuples; with it a revoked card's names would become anybody's."""
    proof = PROOFS[kind](world)
    first = proof._fields[0]
    with pytest.raises((UsageError, AttributeError)):
        proof._replace(**{first: getattr(proof, first)})
    with pytest.raises((UsageError, AttributeError)):
        kind._make([getattr(proof, name) for name in proof._fields])


def test_the_keys_of_a_trust_list_cannot_be_added_to(world: World) -> None:
    for name in world.trust._fields:
        assert not isinstance(getattr(world.trust, name), dict)


@pytest.mark.parametrize("kind", KINDS)
def test_a_proof_is_true(kind: type[Any], world: World) -> None:
    """``if seen:`` must not depend on a field."""
    assert PROOFS[kind](world)


@pytest.mark.parametrize("kind", [VerifiedCredential, VerifiedPresentation, AuthenticPresentation, CosignedSheet])
def test_a_proof_does_not_show_names(kind: type[Any], world: World) -> None:
    """Values end up in logs and tracebacks."""
    shown = repr(PROOFS[kind](world))
    for name in ("Lefebvre", "Moreau", "Camille", "lise", NIR_DIGITS):
        assert name not in shown


@pytest.mark.parametrize("kind", [VerifiedStatusList, VerifiedTrustList])
def test_a_proof_that_is_large_does_not_show_itself_whole(kind: type[Any], world: World) -> None:
    assert len(repr(PROOFS[kind](world))) < 2000
