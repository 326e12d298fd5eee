"""CERT-3: a terminal uses the certificates that hold, and answers for the challenges under its own key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import forge
from tests.roles.test_asking import BILLING, VISIT, answer, refusal_of
from tests.rules.asked import lenient
from tests.world import CODE, DAY, NOW, SeededEntropy, World, enrolled
from vitaletoken import (
    Category,
    Code,
    UsageError,
    VerifiedCertificate,
    VerifiedTrustList,
    Withdrawal,
    verify_certificate,
    verify_trust_list,
)
from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.trust_list import IssuerKey


def trusting(w: World, version: int, **changes: Any) -> VerifiedTrustList:
    """Another trust list of the world's roots, with its authority as given."""
    claims = w.trust_claims(version=version, authorities=(w.authority_entry(**changes),))
    return verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)


def test_a_certificate_is_used_while_it_holds_under_the_trust_list_in_force() -> None:
    """Withdrawing an authority, its key or its right to a category takes effect at once; and so does giving it back."""
    w = enrolled()
    store = FixedTrust(w.trust)
    verifier = w.asking(trust=store, replay=MemoryReplayStore())
    stranger = IssuerKey(w.issuer_signer.public_key, (KeyUse.TERMINAL_CERTIFICATE,), NOW - DAY, NOW + DAY)
    own = IssuerKey(w.authority_signer.public_key, (KeyUse.TERMINAL_CERTIFICATE,), NOW - DAY, NOW + DAY)
    shown = w.holder.present(CODE, to=w.certificate())
    for version, changes in enumerate(
        (
            {"id": "fr-others"},
            {"keys": (stranger,)},
            {"keys": (replace(own, exp=NOW),)},
            {"keys": (replace(own, withdrawn=Withdrawal(NOW, keep=False)),)},
            {"categories": (Category.DOCTOR,)},
        ),
        start=2,
    ):
        for trust, code in ((trusting(w, version, **changes), Code.CONTEXT_UNKNOWN), (w.trust, None)):
            store.trust = trust
            assert refusal_of(verifier.verify, shown.text, VISIT) is code
            if code is None:
                assert verifier.challenge("visit 2", [BILLING])
            else:
                with pytest.raises(UsageError, match="valid now"):
                    verifier.challenge("visit 2", [BILLING])


def test_a_certificate_is_used_while_it_is_in_time() -> None:
    """To the second, both ends; one that was not yet valid when it was first looked at comes in."""
    w = enrolled()
    short = w.certificate(lifetime=30)
    w.clock.time += 400
    later = w.certificate(lifetime=DAY)
    w.clock.time = NOW
    one, two = (
        forge.text(forge.presentation(w, forge.put((forge.PRESENTATION, 2), 1), context=certificate.digest))
        for certificate in (short, later)
    )
    verifier = w.asking(terminal=w.desk(certificates=[short, later]), policy=lenient(w), replay=MemoryReplayStore())
    for elapsed, first, second in (
        (0, None, Code.CONTEXT_MISMATCH),
        (29, None, Code.CONTEXT_MISMATCH),
        (30, Code.CONTEXT_UNKNOWN, Code.CONTEXT_UNKNOWN),
        (99, Code.CONTEXT_UNKNOWN, Code.CONTEXT_UNKNOWN),
        (100, Code.CONTEXT_MISMATCH, None),
    ):
        w.clock.time = NOW + elapsed
        assert refusal_of(verifier.verify, one, VISIT) is first
        assert refusal_of(verifier.verify, two, VISIT) is second


def test_nobody_asks_under_a_trust_list_that_has_expired() -> None:
    """No phone would answer."""
    w = enrolled()
    trust = verify_trust_list(w.signed_trust_list(w.trust_claims(exp=NOW + 60)), w.anchor, w.environment)
    verifier = w.asking(trust=FixedTrust(trust))
    w.clock.time = NOW + 59
    assert verifier.challenge(VISIT, [BILLING])
    w.clock.time = NOW + 60
    with pytest.raises(UsageError, match="valid now"):
        verifier.challenge(VISIT, [BILLING])


def test_a_certificate_is_not_verified_again_for_each_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would cost each patient a signature check."""
    w = enrolled()
    verifier = w.asking(replay=MemoryReplayStore())
    text = w.holder.present(CODE, to=w.certificate()).text
    verifier.verify(text, VISIT)
    monkeypatch.setattr(VerifiedCertificate, "under", None)
    assert verifier.verify(text, VISIT).repeated


def test_terminals_that_share_a_store_answer_for_themselves() -> None:
    """An answer to one of them is none to the other, whose certificates and key are its own."""
    w = enrolled()
    signer = generate_signer(SeededEntropy("other terminal"))[0]
    data = w.authority.certify(
        signer.public_key, b"terminl2", [Category.PHARMACY], establishment="690099999", name="Pharmacie du Marché"
    )
    certificate = verify_certificate(data, w.trust, NOW)
    one, two = w.asking(), w.asking(terminal=w.desk(certificates=[certificate], signer=signer))
    sealed = answer(w, one.challenge(VISIT, [BILLING]))
    assert refusal_of(two.verify, sealed.text, VISIT, BILLING) is Code.SEAL_UNKNOWN
    assert two.verify(w.present().text, VISIT, BILLING), "it has asked nobody"
    assert not one.verify(sealed.text, VISIT, BILLING).repeated
    plain = answer(w, one.challenge(VISIT, [BILLING], sealed=False))
    assert refusal_of(two.verify, plain.text, VISIT, BILLING) is Code.CONTEXT_UNKNOWN
    assert not one.verify(plain.text, VISIT, BILLING).repeated


def test_a_terminal_with_a_new_key_does_not_go_on_with_the_old_ones_challenges() -> None:
    w = enrolled()
    shown = answer(w, w.asking().challenge(VISIT, [BILLING]))
    renewed = w.asking(terminal=w.desk(signer=generate_signer(SeededEntropy("new key"))[0]))
    assert refusal_of(renewed.verify, shown.text, VISIT, BILLING) is Code.SEAL_UNKNOWN
