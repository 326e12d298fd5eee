"""A sealed answer with everything wrong: the first step that fails decides."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests import forge
from tests.forge import CARD, CHALLENGE, PRESENTATION, both, drop, put
from tests.rules.asked import VISIT, billing_of, code_of, opened, sealed_text, sha
from tests.world import DAY, NOW, World, enrolled
from vitaletoken import (
    Code,
    TrustAnchor,
    Verifier,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryStatus
from vitaletoken.rules.presentation import AnswerOutcome
from vitaletoken.rules.steps import STEPS

HOUR = 3600


@dataclass
class Wrong:
    """Everything that can be wrong with a sealed answer; each code's fault can be taken away alone."""

    world: World
    faults: set[Code] = field(default_factory=set)

    def scan(self) -> Code | None:
        w, bad = self.world, self.faults.__contains__
        category = 7 if bad(Code.BILLING_NOT_PERMITTED) else 2
        certificate = forge.certificate(w, put((forge.TERMINAL, 3), [category]))
        purposes = [1] if bad(Code.PURPOSE_MISMATCH) else [1, 2]
        challenge = forge.challenge(w, put((CHALLENGE, 2), purposes), certificate=certificate)
        other = forge.challenge(w)
        card = both(
            drop((CARD, 10)) if bad(Code.WRONG_ENVIRONMENT) else None,
            put((CARD, 8), NOW // DAY) if bad(Code.RIGHTS_ENDED) else None,
            both(put((6,), NOW + HOUR), put((4,), NOW + HOUR + 1)) if bad(Code.CREDENTIAL_NOT_YET_VALID) else None,
            put((1,), "somebody") if bad(Code.ISSUER_UNKNOWN) else None,
            put((CARD, 15), 1) if bad(Code.CREDENTIAL_STRUCTURE) else None,
        )
        label = "enrolment-offer" if bad(Code.ISSUER_SIGNATURE) else "credential"
        stranger = w.issuer_signer.sign
        coded = not bad(Code.USER_VERIFICATION_TOO_WEAK) or bad(Code.CODE_SIGNATURE)
        message = forge.presentation(
            w,
            both(put((PRESENTATION, 2), 2), put((4,), NOW + 61) if bad(Code.CLAIMS_STRUCTURE) else None),
            credential=forge.credential(w, card, label=label, genuine=billing_of(w)),
            code=coded,
            context=sha(other if bad(Code.CONTEXT_MISMATCH) else challenge),
            code_sign=stranger if bad(Code.CODE_SIGNATURE) else None,
            device_layer=put((1,), {1: -19}) if bad(Code.COSE_STRUCTURE) else None,
        )
        message += b"\0" if bad(Code.CBOR_PROFILE) else b""
        text = sealed_text(message, challenge)
        if bad(Code.SEAL_BROKEN):
            text = sealed_text(message, other)
        text += "\n" if bad(Code.TEXT_ENCODING) else ""
        return code_of(self._verifier(challenge), text)

    def _verifier(self, challenge: bytes) -> Verifier:
        w, bad = self.world, self.faults.__contains__
        session = "another visit" if bad(Code.SEAL_UNKNOWN) else VISIT
        challenges = opened(w, challenge, session=session)
        if bad(Code.CHALLENGE_ANSWERED):
            assert challenges.answer(VISIT, sha(challenge), bytes(24)) is AnswerOutcome.FIRST
        desk = w.desk(challenges=challenges)
        w.stopwatch.seconds = 5120 if bad(Code.CHALLENGE_EXPIRED) else 5000
        claims = w.trust_claims(exp=NOW) if bad(Code.TRUST_LIST_EXPIRED) else w.trust_claims()
        status = MemoryStatus()
        if not bad(Code.STATUS_UNAVAILABLE):
            status.keep(verify_status_list(w.issuer.publish_status_list(), w.trust))
        return w.asking(
            terminal=desk,
            trust=FixedTrust(verify_trust_list(w.signed_trust_list(claims), TrustAnchor(w.roots), w.environment)),
            status=status,
        )


ORDER = [
    code
    for _, codes in STEPS
    for code in codes
    if code
    in {
        Code.TEXT_ENCODING, Code.SEAL_UNKNOWN, Code.SEAL_BROKEN, Code.CBOR_PROFILE, Code.COSE_STRUCTURE,
        Code.CLAIMS_STRUCTURE, Code.CREDENTIAL_STRUCTURE, Code.TRUST_LIST_EXPIRED, Code.ISSUER_UNKNOWN,
        Code.ISSUER_SIGNATURE, Code.CONTEXT_MISMATCH, Code.CODE_SIGNATURE, Code.CHALLENGE_EXPIRED, Code.PURPOSE_MISMATCH,
        Code.BILLING_NOT_PERMITTED, Code.CREDENTIAL_NOT_YET_VALID, Code.RIGHTS_ENDED, Code.STATUS_UNAVAILABLE,
        Code.WRONG_ENVIRONMENT, Code.USER_VERIFICATION_TOO_WEAK, Code.CHALLENGE_ANSWERED,
    }
]  # fmt: skip


@pytest.mark.parametrize("first", ORDER, ids=[code.value for code in ORDER])
def test_the_first_step_that_fails_decides(first: Code) -> None:
    """VERIFY-1: with this fault and all that come after it, this is the code; within a step the first row."""
    faults = set(ORDER[ORDER.index(first) :])
    if Code.SEAL_UNKNOWN in faults:
        faults -= {Code.CHALLENGE_ANSWERED}  # what is not open has no answer
    assert Wrong(enrolled(), faults).scan() is first


@pytest.mark.parametrize("fault", ORDER, ids=[code.value for code in ORDER])
def test_each_fault_alone_has_its_code(fault: Code) -> None:
    assert Wrong(enrolled(), {fault}).scan() is fault


def test_without_a_fault_it_is_accepted() -> None:
    assert Wrong(enrolled()).scan() is None
