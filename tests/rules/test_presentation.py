"""Verification, steps V1 to V15: each limit to the second, and that the first step that fails decides (spec section 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forge, lending
from tests.examples import examples
from tests.forge import CARD, PRESENTATION, both, drop, put
from tests.lending import Phone
from tests.lending_codes import DOMINIQUE, THIEF, owner_of
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, enrolled, withdrawing
from vitaletoken import (
    Argon2Profile,
    Binding,
    Code,
    Environment,
    Grade,
    InputError,
    Policy,
    Reason,
    UserVerification,
    VerifiedPresentation,
    Verifier,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus, MemoryTimeFloor
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.rules.steps import STEPS
from vitaletoken.wire.registry import Algorithm, Status

HOUR = 3600


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


def terminal(world: World, **policy: Any) -> Verifier:
    """Fresh stores, so that no test's replay is another's."""
    options = {"environment": world.environment, "least_user_verification": UserVerification.NONE, **policy}
    return world.terminal(policy=Policy(**options), replay=MemoryReplayStore())


def outcome(world: World, message: bytes, now: int, **policy: Any) -> VerifiedPresentation | Code:
    before, world.clock.time = world.clock.time, now
    try:
        return terminal(world, **policy).verify_message(message, "visit 1")
    except InputError as refused:
        return refused.code
    finally:
        world.clock.time = before


def code_of(result: VerifiedPresentation | Code) -> Code | None:
    return result if isinstance(result, Code) else None


# --- V12: the presentation's window, the credential's, the rights


@pytest.mark.parametrize("skew", [0, 1, 60, 299, 300])
@pytest.mark.parametrize("lifetime", [1, 30, 60])
def test_the_window_of_a_presentation(skew: int, lifetime: int, world: World) -> None:
    """TIME-1: iat - skew is the first second accepted, exp + skew the first refused."""
    message = forge.presentation(world, put((4,), NOW + lifetime))
    last = NOW + lifetime + skew - 1
    for now, expected in (
        (NOW - skew - 1, Code.PRESENTATION_NOT_YET_VALID),
        (NOW - skew, None),
        (NOW, None),
        (NOW + lifetime - 1, None),
        (last, None),
        (last + 1, Code.PRESENTATION_EXPIRED),
    ):
        assert code_of(outcome(world, message, now, skew_limit=skew)) is expected


@pytest.mark.parametrize(
    ("claim", "value", "code"),
    [
        (6, NOW + 60, None),
        (6, NOW + 61, Code.CREDENTIAL_NOT_YET_VALID),
        (4, NOW + 1, None),
        (4, NOW, Code.CREDENTIAL_EXPIRED),
    ],
)
def test_the_window_of_a_credential(claim: int, value: int, code: Code | None, world: World) -> None:
    """Only its iat is at the mercy of two clocks: an expired card is not accepted within the skew."""
    edit = both(put((6,), NOW - DAY), put((claim,), value))
    message = forge.presentation(world, credential=forge.credential(world, edit))
    assert code_of(outcome(world, message, NOW)) is code


@pytest.mark.parametrize(
    ("day", "second", "code"),
    [
        (NOW // DAY + 1, NOW // DAY * DAY + DAY - 1, None),
        (NOW // DAY + 1, NOW // DAY * DAY + DAY, Code.RIGHTS_ENDED),
        (NOW // DAY, NOW // DAY * DAY, Code.RIGHTS_ENDED),
        (NOW // DAY, NOW // DAY * DAY - 1, None),
        (0, NOW, Code.RIGHTS_ENDED),
    ],
)
def test_rights_end_at_midnight_utc(day: int, second: int, code: Code | None, world: World) -> None:
    """rights_until is the first day not covered."""
    world = enrolled()
    world.clock.time = NOW - 2 * DAY
    world.status = MemoryStatus()
    world.publish()
    world.clock.time = NOW
    credential = forge.credential(world, both(put((CARD, 8), day), put((6,), NOW - 2 * DAY)))
    message = forge.presentation(world, both(put((6,), second), put((4,), second + 60)), credential=credential)
    assert code_of(outcome(world, message, second)) is code


# --- V13: status


def with_status(world: World, **options: Any) -> MemoryStatus:
    return MemoryStatus([verify_status_list(world.issuer.publish_status_list(**options), world.trust)])


def status_code(world: World, status: MemoryStatus) -> Code | None:
    try:
        world.terminal(status=status, replay=MemoryReplayStore()).verify_message(forge.presentation(world), "visit 1")
    except InputError as refused:
        return refused.code
    return None


def test_a_status_list_expires_at_its_second() -> None:
    world = enrolled()
    status = with_status(world, lifetime=1000)
    world.clock.time = NOW + 999
    assert status_code(world, status) is None
    world.clock.time = NOW + 1000
    assert status_code(world, status) is Code.STATUS_EXPIRED


def test_a_list_that_does_not_reach_the_card_says_nothing() -> None:
    world = enrolled()
    idx = forge.credential_claims(forge.credential_of(world))[CARD][6][1]
    covers, too_short = idx // 4 * 4 + 4, idx // 4 * 4
    assert status_code(world, with_status(world, capacity=covers)) is None
    assert status_code(world, with_status(world, capacity=too_short)) is Code.STATUS_UNAVAILABLE


def test_another_number_is_another_list() -> None:
    world = enrolled()
    assert status_code(world, with_status(world, number=1)) is Code.STATUS_UNAVAILABLE


def test_an_entry_of_three_is_valid() -> None:
    """STATUS-1: delegations are withdrawn, the card is not."""
    world = enrolled()
    world.register.set_statuses({world.card_id(): Status.DELEGATIONS_WITHDRAWN})
    assert status_code(world, with_status(world)) is None


# --- V14 and grades


@pytest.mark.parametrize("given_", UserVerification)
@pytest.mark.parametrize("least", UserVerification)
def test_user_verification_has_an_order(given_: UserVerification, least: UserVerification, world: World) -> None:
    if given_ is UserVerification.CODE:
        message = world.holder.present(CODE).message
    else:
        message = world.holder.present(user_verification=given_).message
    expected = None if given_ >= least else Code.USER_VERIFICATION_TOO_WEAK
    assert code_of(outcome(world, message, NOW, least_user_verification=least)) is expected


@pytest.mark.parametrize("environment", Environment)
def test_a_card_counts_in_its_environment_only(environment: Environment) -> None:
    world = enrolled(environment=environment, profile=_profile(environment))
    message = forge.presentation(world)
    for asked in Environment:
        expected = None if asked is environment else Code.WRONG_ENVIRONMENT
        assert code_of(outcome(world, message, NOW, environment=asked)) is expected


def _profile(environment: Environment) -> Argon2Profile:
    return Argon2Profile.CHEAPEST if environment is Environment.TEST else Argon2Profile.SMALL_PHONE


def accepted(world: World, message: bytes, now: int, **policy: Any) -> VerifiedPresentation:
    result = outcome(world, message, now, **policy)
    assert isinstance(result, VerifiedPresentation), result
    return result


def test_the_grade_and_its_reasons(world: World) -> None:
    """All eight combinations of the three reasons, always in the order of the specification."""
    lists = {
        False: with_status(world, ttl=DAY),
        True: with_status(world, ttl=1),
    }
    for old, status in lists.items():
        for skewed in (False, True):
            for coded in (False, True):
                message = forge.presentation(world, code=coded)
                world.status, before = status, world.status
                result = accepted(world, message, NOW + 60 + 60 if skewed else NOW + 59, skew_limit=300)
                world.status = before
                reasons = [Reason.CLOCK_SKEW] * skewed + [Reason.STATUS_LIST_OLD] * old + [Reason.NO_CODE] * (not coded)
                assert list(result.reasons) == reasons
                assert result.grade is (Grade.DEGRADED if reasons else Grade.FULL)
                assert result.proofs == (("issuer", "device", "code") if coded else ("issuer", "device"))


@pytest.mark.parametrize(
    ("now", "skew"),
    [(NOW - 300, 300), (NOW - 61, 61), (NOW - 60, 60), (NOW - 1, 1), (NOW, 0), (NOW + 59, 0), (NOW + 60, -1), (NOW + 119, -60),
     (NOW + 120, -61), (NOW + 359, -300)],
)  # fmt: skip
def test_the_skew_that_is_reported(now: int, skew: int, world: World) -> None:
    """TIME-2: the least difference of clocks that explains it; above a minute either way it is said."""
    result = accepted(world, forge.presentation(world), now, skew_limit=300)
    assert result.skew == skew
    assert (Reason.CLOCK_SKEW in result.reasons) == (abs(skew) > 60)


def test_a_status_list_is_old_at_its_second() -> None:
    world = enrolled()
    world.status = with_status(world, ttl=100)
    for now, old in ((NOW + 99, False), (NOW + 100, True)):
        world.clock.time = now
        result = accepted(world, forge.presentation(world), now)
        assert (Reason.STATUS_LIST_OLD in result.reasons) == old
        assert result.status_as_of == NOW


@examples(150)
@given(
    uv=st.sampled_from(list(UserVerification)),
    counter=st.sampled_from([1, 2, 23, 24, 2**32 - 1]),
    tries=st.integers(0, 255),
    lifetime=st.integers(1, 60),
    rights=st.none() | st.integers(NOW // DAY + 1, NOW // DAY + 9),
)
def test_what_is_verified_is_what_was_signed(
    uv: UserVerification, counter: int, tries: int, lifetime: int, rights: int | None
) -> None:
    world = shared()
    edit = both(put((4,), NOW + lifetime), put((PRESENTATION,), {1: int(uv), 2: 0, 3: counter, 4: tries}))
    credential = forge.credential(world, None if rights is None else put((CARD, 8), rights))
    coded = uv is UserVerification.CODE
    result = accepted(world, forge.presentation(world, edit, credential=credential, code=coded), NOW)
    assert (result.claims.counter, result.claims.failed_tries) == (counter, tries)
    assert (result.claims.iat, result.claims.exp) == (NOW, NOW + lifetime)
    assert result.claims.user_verification is uv
    assert result.claims.binding is Binding.OPEN
    card = forge.credential_claims(credential)[CARD]
    assert result.card.person == world.beneficiary.person
    assert (result.card.beneficiary, result.card.code_key) == (card[2], card[1])
    assert result.card.rights_until == rights
    assert result.card.rights_as_of == NOW // DAY
    assert (result.issuer, result.issuer_name) == ("fr-cnam", "Assurance maladie")
    assert str(result.card.scheme) == "01 751 0042"
    assert result.repeated is False


# --- V9, V10: what the signatures cover


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_every_part_of_the_context_is_signed(algorithm: Algorithm) -> None:
    """COSE-5: a signature for one layer, suite, binding, credential or terminal is none for another."""
    world = enrolled(algorithm=algorithm)
    claims = forge.claims(world)
    card = forge.credential_of(world)
    suite, digest = 1 if algorithm is Algorithm.ED25519 else 2, hashlib.sha256(card).digest()
    genuine = [suite, 0, digest, None]
    wrong = [
        [3 - suite, 0, digest, None],
        [suite, 1, digest, None],
        [suite, 0, bytes(32), None],
        [suite, 0, digest, bytes(32)],
        [suite, 0, digest],
    ]
    labels = ("presentation-device", "presentation-code")

    def made(device: bytes, code: bytes) -> bytes:
        inner = forge.enc(forge.sign1(forge.code_key(world).sign, b"\xa1\x01\x32", code, forge.enc(claims)))
        protected = b"\xa2\x01" + forge.ALG[int(algorithm)] + b"\x0d" + card
        return forge.enc(forge.sign1(world.device_key.sign, protected, device, inner))

    device, code = (forge.aad(label, *genuine) for label in labels)
    assert code_of(outcome(world, made(device, code), NOW)) is None
    for more in wrong:
        assert outcome(world, made(forge.aad(labels[0], *more), code), NOW) is Code.DEVICE_SIGNATURE
        assert outcome(world, made(device, forge.aad(labels[1], *more)), NOW) is Code.CODE_SIGNATURE
    assert outcome(world, made(code, code), NOW) is Code.DEVICE_SIGNATURE
    assert outcome(world, made(device, device), NOW) is Code.CODE_SIGNATURE
    assert outcome(world, made(b"", code), NOW) is Code.DEVICE_SIGNATURE
    assert outcome(world, made(device, b""), NOW) is Code.CODE_SIGNATURE


def test_a_credential_cannot_be_exchanged(world: World) -> None:
    """Another genuine card for the same device key: the device layer covers the digest of the first."""
    other = forge.credential(world, put((7,), b"12345678"))
    genuine = forge.presentation(world)
    exchanged = forge.edited(forge.dec(genuine), lambda item: item.__setitem__(0, b"\xa2\x01\x32\x0d" + other))
    assert outcome(world, forge.enc(exchanged), NOW) is Code.DEVICE_SIGNATURE
    assert code_of(outcome(world, forge.presentation(world, credential=other), NOW)) is None


def test_a_code_layer_cannot_be_taken_off(world: World) -> None:
    """PRES-2: the claims say that the code was proved, so that alone they are not in form."""
    genuine = forge.dec(forge.presentation(world))
    inner = forge.dec(genuine[2])
    stripped = forge.presentation(world, payload=inner[2])
    assert outcome(world, stripped, NOW) is Code.CLAIMS_STRUCTURE


def test_a_code_layer_of_another_presentation_does_not_fit(world: World) -> None:
    """Its claims are its own: then the whole presentation says what it says, and is that presentation's replay."""
    first = forge.dec(forge.presentation(world))
    moved = forge.presentation(world, payload=first[2])
    result = accepted(world, moved, NOW)
    assert result.claims.cti == forge.dec(forge.dec(first[2])[2])[7]


@pytest.mark.parametrize("binding", [Binding.AUDIENCE, Binding.CHALLENGE])
@pytest.mark.parametrize("context", [None, bytes(32)])
def test_a_binding_that_this_terminal_does_not_know_is_refused(
    binding: Binding, context: bytes | None, world: World
) -> None:
    """PRES-4; also where it would be more than what is asked."""
    message = forge.presentation(world, put((PRESENTATION, 2), int(binding)), context=context)
    assert outcome(world, message, NOW) is Code.CONTEXT_UNKNOWN
    assert outcome(world, message, NOW, least_binding=binding) is Code.CONTEXT_UNKNOWN


def test_a_binding_cannot_be_relabelled(world: World) -> None:
    """A presentation for another terminal, its level changed to open afterwards."""
    bound = forge.dec(forge.presentation(world, put((PRESENTATION, 2), 1), context=bytes(32), code=False))
    claims = forge.dec(bound[2])
    claims[PRESENTATION][2] = 0
    bound[2] = forge.enc(claims)
    assert outcome(world, forge.enc(bound), NOW) is Code.DEVICE_SIGNATURE


# --- the first step that fails decides


@dataclass
class Wrong:
    """Everything that can be wrong with one scan; each code's fault can be taken away alone."""

    world: World
    faults: set[Code] = field(default_factory=set)

    def scan(self) -> Code | None:
        w, bad = self.world, self.faults.__contains__
        now = w.clock.time
        card = both(
            put((CARD, 10), 1) if not bad(Code.WRONG_ENVIRONMENT) else drop((CARD, 10)),
            put((CARD, 8), NOW // DAY) if bad(Code.RIGHTS_ENDED) else None,
            put((6,), NOW + 2 * HOUR) if bad(Code.CREDENTIAL_NOT_YET_VALID) else None,
            put((4,), NOW + 2 * HOUR + 1) if bad(Code.CREDENTIAL_NOT_YET_VALID) else None,
            put((6,), NOW - 400 * DAY) if bad(Code.ISSUER_KEY_NOT_VALID) else None,
            put((1,), "somebody") if bad(Code.ISSUER_UNKNOWN) else None,
            put((4,), NOW - 399 * DAY) if bad(Code.ISSUER_KEY_NOT_VALID) else None,
            put((CARD, 13), 1) if bad(Code.CREDENTIAL_STRUCTURE) else None,
            put((CARD, 15), {1: "Dominique", 2: [1]})
            if bad(Code.DELEGATION_NOT_ALLOWED) and not self._granted
            else None,
        )
        spoilt = "enrolment-offer" if bad(Code.ISSUER_SIGNATURE) else "credential"
        credential = forge.credential(w, card, label=spoilt)
        early = bad(Code.PRESENTATION_NOT_YET_VALID)
        made = now + HOUR if early else now - HOUR if bad(Code.PRESENTATION_EXPIRED) else now
        coded = not bad(Code.USER_VERIFICATION_TOO_WEAK) and not bad(Code.GRANT_CODE)
        edit = both(
            put((6,), made),
            put((4,), made + (61 if bad(Code.CLAIMS_STRUCTURE) else 60)),
            put((7,), b"constant"),
            put((PRESENTATION, 2), 1) if bad(Code.CONTEXT_UNKNOWN) else None,
            put((PRESENTATION, 5), self._grant(credential)) if self._granted else None,
        )
        stranger = w.issuer_signer.sign
        device_sign, code_sign = (DOMINIQUE.device.sign, DOMINIQUE.code.sign) if self._granted else (None, None)
        message = forge.presentation(
            w,
            edit,
            credential=credential,
            code=coded or bad(Code.CODE_SIGNATURE),
            algorithm=-9 if bad(Code.ALGORITHM_MISMATCH) else -19,
            device_sign=stranger if bad(Code.DEVICE_SIGNATURE) else device_sign,
            code_sign=stranger if bad(Code.CODE_SIGNATURE) else code_sign,
            device_layer=put((1,), {1: -19}) if bad(Code.COSE_STRUCTURE) else None,
        )
        text = forge.text(message + b"\0" if bad(Code.CBOR_PROFILE) else message)
        text += "\n" if bad(Code.TEXT_ENCODING) else ""
        text = text.replace("VT1:", "VT2:") if bad(Code.TEXT_PREFIX) else text
        text += "0" * 1600 if bad(Code.TEXT_TOO_LONG) else ""
        try:
            self._terminal().verify(text, "visit 1")
        except InputError as refused:
            return refused.code
        return None

    @property
    def _granted(self) -> bool:
        """Whether a delegate acts under a grant. Where one acts otherwise, the card was lent through the issuer."""
        if not self.faults.isdisjoint(GRANTED):
            return True
        alone = {Code.ALGORITHM_MISMATCH, Code.USER_VERIFICATION_TOO_WEAK}
        return Code.DELEGATION_NOT_ALLOWED in self.faults and self.faults.isdisjoint(alone)

    def _grant(self, credential: bytes) -> bytes:
        bad = self.faults.__contains__
        if bad(Code.GRANT_STRUCTURE):
            return b"no grant"
        to, made = DOMINIQUE, NOW - 60
        if bad(Code.GRANT_HOP):
            to = Phone(to.name, to.device, forge.code_key(self.world))
        if bad(Code.GRANT_NOT_YET_VALID):
            made = NOW + HOUR
        if bad(Code.GRANT_EXPIRED):
            made = NOW - HOUR
        return lending.grant(
            credential,
            owner_of(self.world),
            to,
            iat=made,
            lifetime=HOUR,
            purposes=(3,) if bad(Code.DELEGATION_SCOPE) else (1,),
            code_by=THIEF.code if bad(Code.GRANT_SIGNATURE) else None,
        )

    def _terminal(self) -> Verifier:
        w, bad = self.world, self.faults.__contains__
        claims = w.trust_claims(exp=NOW) if bad(Code.TRUST_LIST_EXPIRED) else w.trust_claims()
        if bad(Code.ISSUER_KEY_WITHDRAWN):
            claims = replace(claims, issuers=(withdrawing(claims.issuers[0], NOW, keep=False),))
        trust = verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)
        status = MemoryStatus()
        if not bad(Code.STATUS_UNAVAILABLE):
            lifetime = 1 if bad(Code.STATUS_EXPIRED) else DAY
            ttl = 1 if bad(Code.STATUS_TOO_OLD) else DAY
            w.clock.time -= 1
            if bad(Code.DELEGATIONS_WITHDRAWN):
                w.issuer.withdraw_delegations(w.card_id())
            status.keep(verify_status_list(w.issuer.publish_status_list(ttl=ttl, lifetime=lifetime), w.trust))
            w.issuer.lend_anew(w.card_id())
            w.clock.time += 1
        replay = MemoryReplayStore(0 if bad(Code.REPLAY_STORE_FULL) else 9)
        policy = Policy(
            environment=w.environment,
            least_binding=Binding.CHALLENGE if bad(Code.BINDING_TOO_WEAK) else Binding.OPEN,
            skew_limit=0,
            status_grace=0,
            delegates=not bad(Code.DELEGATION_NOT_ALLOWED),
        )
        floor = MemoryTimeFloor(NOW + 301 if bad(Code.CLOCK_BEHIND) else NOW)
        return Verifier(
            trust=FixedTrust(trust), status=status, replay=replay, clock=w.clock, policy=policy, floor=floor
        )


#: Faults of a grant, or of acting under one.
GRANTED = {
    Code.GRANT_STRUCTURE, Code.GRANT_SIGNATURE, Code.GRANT_HOP, Code.GRANT_CODE, Code.DELEGATION_SCOPE,
    Code.GRANT_NOT_YET_VALID, Code.GRANT_EXPIRED, Code.DELEGATIONS_WITHDRAWN,
}  # fmt: skip
#: Pairs of faults that cannot be had together.
APART = {
    frozenset(pair)
    for pair in (
        (Code.PRESENTATION_NOT_YET_VALID, Code.PRESENTATION_EXPIRED),
        (Code.ISSUER_KEY_NOT_VALID, Code.CREDENTIAL_NOT_YET_VALID),
        (Code.CODE_SIGNATURE, Code.USER_VERIFICATION_TOO_WEAK),
        (Code.GRANT_CODE, Code.CODE_SIGNATURE),
        (Code.GRANT_NOT_YET_VALID, Code.GRANT_EXPIRED),
        (Code.GRANT_NOT_YET_VALID, Code.DELEGATIONS_WITHDRAWN),
        *((Code.ALGORITHM_MISMATCH, fault) for fault in GRANTED),  # CRED-4 is asked of the delegate's key then, in V8
        *((fault, Code.USER_VERIFICATION_TOO_WEAK) for fault in GRANTED),  # GRANT-4
    )
}
#: Not faults of one scan alone, or of one that was asked for (test_asked.py); each has a test of its own.
ELSEWHERE = {
    Code.CREDENTIAL_EXPIRED, Code.CARD_REVOKED, Code.CARD_SUSPENDED, Code.REPLAYED,
    Code.SEAL_UNKNOWN, Code.SEAL_BROKEN, Code.CONTEXT_MISMATCH, Code.CHALLENGE_EXPIRED, Code.PURPOSE_MISMATCH,
    Code.BILLING_NOT_PERMITTED, Code.CHALLENGE_ANSWERED,
}  # fmt: skip
ORDER = [code for _, codes in STEPS for code in codes if code not in ELSEWHERE]


def together(first: Code, others: Iterable[Code]) -> set[Code]:
    """``first``, and of the others each that can be had with those before it."""
    faults = {first}
    for code in others:
        if not any(frozenset((code, held)) in APART for held in faults):
            faults.add(code)
    return faults


@pytest.mark.parametrize("first", ORDER, ids=[code.value for code in ORDER])
def test_the_first_step_that_fails_decides(first: Code, world: World) -> None:
    """VERIFY-1: with this fault and all that come after it, this is the code; within a step the first row."""
    later = ORDER[ORDER.index(first) + 1 :]
    for others in (later, later[::-1]):  # where two can't be had together, once with the one and once with the other
        assert Wrong(world, together(first, others)).scan() is first


def test_without_a_fault_it_is_accepted(world: World) -> None:
    assert Wrong(world).scan() is None


@pytest.mark.parametrize("first", ORDER, ids=[code.value for code in ORDER])
def test_each_fault_alone_has_its_code(first: Code, world: World) -> None:
    assert Wrong(world, {first}).scan() is first


def test_expired_comes_before_the_end_of_rights_and_after_the_presentation(world: World) -> None:
    expired = both(put((4,), NOW), put((6,), NOW - 1), put((CARD, 8), 0))
    credential = forge.credential(world, expired)
    assert outcome(world, forge.presentation(world, credential=credential), NOW) is Code.CREDENTIAL_EXPIRED
    late = forge.presentation(world, both(put((6,), NOW - HOUR), put((4,), NOW - HOUR + 60)), credential=credential)
    assert outcome(world, late, NOW) is Code.PRESENTATION_EXPIRED


@pytest.mark.parametrize(("change", "code"), [("revoke", Code.CARD_REVOKED), ("suspend", Code.CARD_SUSPENDED)])
def test_status_comes_after_time_and_before_policy(change: str, code: Code) -> None:
    world = enrolled()
    getattr(world.issuer, change)(world.card_id())
    world.publish()
    production: dict[str, Any] = {"environment": Environment.PRODUCTION}
    assert outcome(world, forge.presentation(world), NOW, **production) is code
    ended = forge.presentation(world, credential=forge.credential(world, put((CARD, 8), 0)))
    assert outcome(world, ended, NOW, **production) is Code.RIGHTS_ENDED
    world.clock.time += 7 * DAY
    assert outcome(world, forge.presentation(world), world.clock.time, **production) is Code.STATUS_EXPIRED


def test_the_replay_key_is_of_the_card_and_the_cti(world: World) -> None:
    """REPLAY-1 and REPLAY-2: 24 bytes, kept for as long as the terminal with the greatest skew could accept it."""
    asked: list[tuple[bytes, int]] = []

    class Store(MemoryReplayStore):
        def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
            asked.append((key, keep_until))
            return super().insert(key, session, keep_until, now)

    cti, exp = b"12345678", NOW + 42
    message = forge.presentation(world, both(put((7,), cti), put((4,), exp)))
    world.terminal(replay=Store()).verify_message(message, "visit 1")
    digest = hashlib.sha256(forge.credential_of(world)).digest()
    assert asked == [(digest[:16] + cti, exp + 300)]


def test_a_replay_is_looked_for_last(world: World) -> None:
    store = MemoryReplayStore()
    verifier = world.terminal(replay=store)
    message = forge.presentation(world)
    verifier.verify_message(message, "visit 1")
    weak = world.terminal(replay=store, policy=Policy(environment=Environment.PRODUCTION))
    with pytest.raises(InputError) as caught:
        weak.verify_message(message, "visit 2")
    assert caught.value.code is Code.WRONG_ENVIRONMENT
    with pytest.raises(InputError) as caught:
        verifier.verify_message(message, "visit 2")
    assert caught.value.code is Code.REPLAYED
