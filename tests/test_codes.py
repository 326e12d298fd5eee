"""Every error code, provoked through the public names, once; what it carries, and that none is left out.

A code that nothing can provoke is dead, and one that only a private function raises has been tested by nobody.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest

from tests import forge, lending_codes
from tests.desk import FATHER, WRONG_CODE, Office
from tests.forge import CARD, CHALLENGE, DELTA, ENROLMENT, PRESENTATION, TERMINAL, Edit, both, drop, put
from tests.world import CODE, DAY, NIR, NOW, World, camille, enrolled, withdrawing
from vitaletoken import (
    Binding,
    Category,
    Challenge,
    Code,
    CosignedSheet,
    Environment,
    InputError,
    Malformed,
    Policy,
    Purpose,
    Rejected,
    SnapshotMark,
    Transaction,
    TrustAnchor,
    Untrusted,
    UsageError,
    VerifiedPresentation,
    Verifier,
    VitaletokenError,
    apply_deltas,
    status_list_of,
    verify_care_sheet,
    verify_challenge,
    verify_snapshot,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus, MemoryTimeFloor
from vitaletoken.errors import CATALOGUE, raise_alone
from vitaletoken.rules.eligibility import Eligibility
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.enrolment import parse_offer, parse_request
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.status_list import parse_status_list
from vitaletoken.wire.trust_list import parse_trust_list

Provocation = Callable[[World], object]

PROVOCATIONS: dict[Code, Provocation] = {}


def provokes(code: Code) -> Callable[[Provocation], Provocation]:
    def register(function: Provocation) -> Provocation:
        assert code not in PROVOCATIONS
        PROVOCATIONS[code] = function
        return function

    return register


def show(w: World, message: bytes) -> object:
    """To the world's terminal, as a QR."""
    return w.verifier.verify(forge.text(message), "visit 1")


def after(w: World, seconds: int) -> object:
    """A genuine presentation, shown that many seconds later."""
    message = w.present().message
    w.clock.time += seconds
    return show(w, message)


# --- the presentation


@provokes(Code.TEXT_TOO_LONG)
def _(w: World) -> object:
    return w.verifier.verify("VT1:" + "0" * 1597, "visit 1")


@provokes(Code.TEXT_PREFIX)
def _(w: World) -> object:
    return w.verifier.verify(w.present().text.replace("VT1:", "VT2:"), "visit 1")


@provokes(Code.TEXT_ENCODING)
def _(w: World) -> object:
    return w.verifier.verify(w.present().text + "\n", "visit 1")


def asked(w: World, purpose: Purpose = Purpose.BILLING) -> tuple[Verifier, str]:
    """The world's terminal asks; the phone's answer to it."""
    verifier = w.asking()
    return verifier, answer(w, verifier.challenge("visit 1", [purpose]))


def answer(w: World, challenge: Challenge) -> str:
    return w.holder.present(CODE, to=w.holder.review(challenge.text, w.trust).asker).text


@provokes(Code.SEAL_UNKNOWN)
def _(w: World) -> object:
    verifier, text = asked(w)
    return verifier.verify(text, "visit 2", Purpose.BILLING)


@provokes(Code.SEAL_BROKEN)
def _(w: World) -> object:
    verifier, text = asked(w)
    verifier.challenge("visit 1", [Purpose.BILLING])
    return verifier.verify(text, "visit 1", Purpose.BILLING)


@provokes(Code.CBOR_PROFILE)
def _(w: World) -> object:
    return show(w, w.present().message + b"\0")


@provokes(Code.COSE_STRUCTURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, device_layer=put((1,), {1: -19})))


@provokes(Code.CLAIMS_STRUCTURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, put((4,), NOW + 61)))


@provokes(Code.CREDENTIAL_STRUCTURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=forge.credential(w, put((CARD, 15), 0))))


@provokes(Code.ALGORITHM_MISMATCH)
def _(w: World) -> object:
    return show(w, forge.presentation(w, algorithm=-9))


@provokes(Code.CLOCK_BEHIND)
def _(w: World) -> object:
    w.verifier = w.terminal(floor=MemoryTimeFloor(NOW))
    return after(w, -301)


@provokes(Code.TRUST_LIST_EXPIRED)
def _(w: World) -> object:
    w.clock.time = w.trust.claims.exp
    return show(w, w.present().message)


@provokes(Code.ISSUER_UNKNOWN)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=forge.credential(w, put((1,), "somebody"))))


@provokes(Code.ISSUER_KEY_NOT_VALID)
def _(w: World) -> object:
    early = put((6,), NOW - 365 * DAY - 1)
    return show(w, forge.presentation(w, credential=forge.credential(w, early)))


@provokes(Code.ISSUER_KEY_WITHDRAWN)
def _(w: World) -> object:
    issuers = (withdrawing(w.trust.claims.issuers[0], NOW, keep=True),)
    w.trust = verify_trust_list(w.signed_trust_list(w.trust_claims(issuers=issuers)), w.anchor, w.environment)
    return w.terminal().verify(w.present().text, "visit 1")


@provokes(Code.ISSUER_SIGNATURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=forge.credential(w, label="enrolment-offer")))


@provokes(Code.CONTEXT_UNKNOWN)
def _(w: World) -> object:
    return show(w, forge.presentation(w, put((PRESENTATION, 2), 1), context=bytes(32)))


@provokes(Code.CONTEXT_MISMATCH)
def _(w: World) -> object:
    elsewhere = w.certificate(name="Pharmacie du Marché")
    return w.asking().verify(w.holder.present(CODE, to=elsewhere).text, "visit 1")


@provokes(Code.DEVICE_SIGNATURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, device_sign=w.issuer_signer.sign))


@provokes(Code.CODE_SIGNATURE)
def _(w: World) -> object:
    return show(w, forge.presentation(w, code_sign=forge.code_key(w, "270518").sign))


@provokes(Code.BINDING_TOO_WEAK)
def _(w: World) -> object:
    policy = Policy(environment=w.environment, least_binding=Binding.AUDIENCE)
    return w.terminal(policy=policy).verify(w.present().text, "visit 1")


@provokes(Code.CHALLENGE_EXPIRED)
def _(w: World) -> object:
    verifier, text = asked(w)
    w.stopwatch.seconds += 120
    return verifier.verify(text, "visit 1", Purpose.BILLING)


@provokes(Code.PURPOSE_MISMATCH)
def _(w: World) -> object:
    verifier, text = asked(w, Purpose.IDENTIFICATION)
    return verifier.verify(text, "visit 1", Purpose.BILLING)


@provokes(Code.BILLING_NOT_PERMITTED)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=w.views().billing))


@provokes(Code.PRESENTATION_NOT_YET_VALID)
def _(w: World) -> object:
    return after(w, -61)


@provokes(Code.PRESENTATION_EXPIRED)
def _(w: World) -> object:
    return after(w, 120)


@provokes(Code.CREDENTIAL_NOT_YET_VALID)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=forge.credential(w, put((6,), NOW + 61))))


@provokes(Code.CREDENTIAL_EXPIRED)
def _(w: World) -> object:
    w.clock.time += 14 * DAY
    return show(w, w.present().message)


@provokes(Code.RIGHTS_ENDED)
def _(w: World) -> object:
    return show(w, forge.presentation(w, credential=forge.credential(w, put((CARD, 8), NOW // DAY))))


@provokes(Code.STATUS_UNAVAILABLE)
def _(w: World) -> object:
    return w.terminal(status=MemoryStatus()).verify(w.present().text, "visit 1")


@provokes(Code.STATUS_EXPIRED)
def _(w: World) -> object:
    w.clock.time += 7 * DAY
    return show(w, w.present().message)


@provokes(Code.STATUS_TOO_OLD)
def _(w: World) -> object:
    w.clock.time += 2 * DAY
    policy = Policy(environment=w.environment, status_grace=DAY)
    return w.terminal(policy=policy).verify(w.present().text, "visit 1")


@provokes(Code.CARD_REVOKED)
def _(w: World) -> object:
    w.issuer.revoke(w.card_id())
    w.publish()
    return show(w, w.present().message)


@provokes(Code.CARD_SUSPENDED)
def _(w: World) -> object:
    w.issuer.suspend(w.card_id())
    w.publish()
    return show(w, w.present().message)


@provokes(Code.WRONG_ENVIRONMENT)
def _(w: World) -> object:
    return w.terminal(policy=Policy(environment=Environment.PRODUCTION)).verify(w.present().text, "visit 1")


@provokes(Code.USER_VERIFICATION_TOO_WEAK)
def _(w: World) -> object:
    return show(w, w.holder.present().message)


@provokes(Code.REPLAYED)
def _(w: World) -> object:
    text = w.present().text
    w.verifier.verify(text, "visit 1")
    return w.verifier.verify(text, "visit 2")


@provokes(Code.REPLAY_STORE_FULL)
def _(w: World) -> object:
    return w.terminal(replay=MemoryReplayStore(capacity=0)).verify(w.present().text, "visit 1")


@provokes(Code.CHALLENGE_ANSWERED)
def _(w: World) -> object:
    verifier = w.asking()
    challenge = verifier.challenge("visit 1", [Purpose.BILLING])
    verifier.verify(answer(w, challenge), "visit 1", Purpose.BILLING)
    return verifier.verify(answer(w, challenge), "visit 1", Purpose.BILLING)


# --- the personal code


@provokes(Code.CODE_FORM)
def _(w: World) -> object:
    return w.holder.present("27051")


@provokes(Code.CODE_WEAK)
def _(w: World) -> object:
    new = World()
    return new.holder.enrol(new.issuer.offer(), new.trust, "123456", NIR, profile=w.profile)


def try_wrong(w: World, times: int) -> None:
    for _ in range(times):
        w.clock.time += DAY
        with pytest.raises(Rejected):
            w.holder.present("270518")


@provokes(Code.CODE_LOCKED)
def _(w: World) -> object:
    try_wrong(w, 10)
    w.clock.time += 1000 * DAY
    return w.holder.present(CODE)


@provokes(Code.CODE_DELAYED)
def _(w: World) -> object:
    try_wrong(w, 3)
    return w.holder.present(CODE)


@provokes(Code.CODE_WRONG)
def _(w: World) -> object:
    return w.holder.present("270518")


# --- the lists


def read_trust_list(
    w: World, data: bytes, *, environment: Environment | None = None, anchor: TrustAnchor | None = None, **options: bool
) -> object:
    return verify_trust_list(data, anchor or w.anchor, w.environment if environment is None else environment, **options)


@provokes(Code.TRUST_LIST_STRUCTURE)
def _(w: World) -> object:
    return read_trust_list(w, forge.trust_list(w, put((3,), NOW - DAY)))


@provokes(Code.TRUST_LIST_SIGNATURE)
def _(w: World) -> object:
    return read_trust_list(w, forge.trust_list(w, signers=[w.root_signers[0], w.root_signers[0]]))


@provokes(Code.TRUST_LIST_KEY)
def _(w: World) -> object:
    return read_trust_list(w, forge.trust_list(w, put((6, 0, 3, 0, 1, -2), forge.SMALL_ORDER[0])))


@provokes(Code.TRUST_LIST_ENVIRONMENT)
def _(w: World) -> object:
    return read_trust_list(w, w.trust_list, environment=Environment.PRODUCTION)


@provokes(Code.TRUST_LIST_ROLLBACK)
def _(w: World) -> object:
    return read_trust_list(w, w.trust_list, anchor=TrustAnchor(w.roots, 2, bytes(32)))


@provokes(Code.TRUST_LIST_NEW_ROOTS)
def _(w: World) -> object:
    fresh = forge.cose_key(-19, w._signer().public_key.public)
    return read_trust_list(w, forge.trust_list(w, put((5, 2, 0), fresh)))


@provokes(Code.TRUST_LIST_POST_QUANTUM)
def _(w: World) -> object:
    return read_trust_list(w, w.trust_list, post_quantum=True)


@provokes(Code.STATUS_LIST_STRUCTURE)
def _(w: World) -> object:
    return verify_status_list(forge.status_list(w, put((65533, "bits"), 1)), w.trust)


@provokes(Code.STATUS_LIST_ISSUER)
def _(w: World) -> object:
    return verify_status_list(forge.status_list(w, put((2,), "https://status.example/fr-cnam/00")), w.trust)


@provokes(Code.STATUS_LIST_SIGNATURE)
def _(w: World) -> object:
    return verify_status_list(forge.status_list(w, external_aad=forge.aad("credential")), w.trust)


@provokes(Code.STATUS_LIST_CONTENT)
def _(w: World) -> object:
    bomb = zlib.compress(bytes(262_145), 9)
    return verify_status_list(forge.status_list(w, put((65533, "lst"), bomb)), w.trust)


LISTS = {0: bytes(16)}


def read_snapshot(w: World, edit: Edit | None = None, newest: SnapshotMark | None = None, **options: Any) -> object:
    required = options.pop("post_quantum", False)
    data = forge.snapshot(w, forge.snapshot_claims(LISTS), edit, **options)
    return verify_snapshot(data, w.trust, NOW, newest, post_quantum=required)


@provokes(Code.SNAPSHOT_STRUCTURE)
def _(w: World) -> object:
    return read_snapshot(w, put((4,), NOW))


@provokes(Code.SNAPSHOT_ISSUER)
def _(w: World) -> object:
    return read_snapshot(w, put((1,), "somebody"))


@provokes(Code.SNAPSHOT_SIGNATURE)
def _(w: World) -> object:
    return read_snapshot(w, label="trust-list")


@provokes(Code.SNAPSHOT_POST_QUANTUM)
def _(w: World) -> object:
    return read_snapshot(w, post_quantum=True)


@provokes(Code.SNAPSHOT_ROLLBACK)
def _(w: World) -> object:
    return read_snapshot(w, newest=SnapshotMark(2, bytes(32), NOW))


@provokes(Code.SNAPSHOT_NOT_YET_VALID)
def _(w: World) -> object:
    return read_snapshot(w, put((6,), NOW + 301))


@provokes(Code.SNAPSHOT_LIST)
def _(w: World) -> object:
    snapshot = verify_snapshot(forge.snapshot(w, forge.snapshot_claims(LISTS)), w.trust, NOW, None)
    return status_list_of(snapshot, 0, bytes(15))


def apply_delta(w: World, gaps: bytes, edit: Edit | None = None, label: str = "status-delta") -> object:
    """The delta of a day on which the first card was revoked."""
    old = forge.snapshot(w, forge.snapshot_claims(LISTS))
    new = forge.snapshot(w, forge.snapshot_claims({0: b"\x01" + bytes(15)}, sequence=2))
    delta = forge.delta(w, old, new, [[0, [[1, gaps]]]], edit, label=label)
    held, target = (verify_snapshot(data, w.trust, NOW, None) for data in (old, new))
    return apply_deltas(held, LISTS.__getitem__, [delta], target, w.trust)


@provokes(Code.DELTA_STRUCTURE)
def _(w: World) -> object:
    return apply_delta(w, b"\x80\x00")


@provokes(Code.DELTA_SIGNATURE)
def _(w: World) -> object:
    return apply_delta(w, b"\x00", label="status-snapshot")


@provokes(Code.DELTA_CHAIN)
def _(w: World) -> object:
    return apply_delta(w, b"\x00", put((DELTA, 1), bytes(32)))


@provokes(Code.DELTA_CONTENT)
def _(w: World) -> object:
    return apply_delta(w, b"\x40")


# --- enrolment


@provokes(Code.OFFER_STRUCTURE)
def _(w: World) -> object:
    return w.holder.enrol(forge.offer(w, drop((7,))), w.trust, CODE, NIR, profile=w.profile)


@provokes(Code.OFFER_ISSUER)
def _(w: World) -> object:
    return w.holder.enrol(forge.offer(w, put((1,), "somebody")), w.trust, CODE, NIR, profile=w.profile)


@provokes(Code.OFFER_SIGNATURE)
def _(w: World) -> object:
    return w.holder.enrol(forge.offer(w, label="credential"), w.trust, CODE, NIR, profile=w.profile)


@provokes(Code.OFFER_EXPIRED)
def _(w: World) -> object:
    offer = w.issuer.offer(lifetime=1)
    w.clock.time += 1
    return w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)


@provokes(Code.REQUEST_STRUCTURE)
def _(w: World) -> object:
    offer = w.issuer.offer()
    return w.issuer.issue(forge.request(w, offer, code_header=b"\xa1\x01\x28"), offer, camille())


@provokes(Code.REQUEST_KEY)
def _(w: World) -> object:
    offer = w.issuer.offer()
    identity = put((ENROLMENT, 1), forge.SMALL_ORDER[0])
    return w.issuer.issue(forge.request(w, offer, identity), offer, camille())


@provokes(Code.REQUEST_SIGNATURE)
def _(w: World) -> object:
    offer = w.issuer.offer()
    return w.issuer.issue(forge.request(w, offer, device_sign=w.issuer_signer.sign), offer, camille())


@provokes(Code.REQUEST_OFFER)
def _(w: World) -> object:
    return w.issuer.issue(forge.request(w, w.issuer.offer()), w.issuer.offer(), camille())


@provokes(Code.REQUEST_NUMBER)
def _(w: World) -> object:
    offer = w.issuer.offer()
    other = forge.sealed_number(w, offer, FATHER.nir.digits(), bytes(16))
    return w.issuer.issue(forge.request(w, offer, sealed=other), offer, camille())


@provokes(Code.CREDENTIAL_NOT_MINE)
def _(w: World) -> object:
    other = enrolled(seed="other phone")
    return w.holder.accept(forge.credential(w, genuine=forge.credential_of(other)), w.trust)


# --- the terminal, to the phone


def sticker(w: World, data: bytes) -> object:
    return w.holder.review(forge.text(data, "VTT1:"), w.trust)


def screen(w: World, data: bytes) -> object:
    return w.holder.review(forge.text(data, "VTC1:"), w.trust)


@provokes(Code.TERMINAL_TEXT)
def _(w: World) -> object:
    return w.holder.review(w.present().text, w.trust)


@provokes(Code.CHALLENGE_STRUCTURE)
def _(w: World) -> object:
    return screen(w, forge.challenge(w, put((CHALLENGE, 4), 121)))


@provokes(Code.CERTIFICATE_STRUCTURE)
def _(w: World) -> object:
    return sticker(w, forge.certificate(w, put((4,), NOW)))


@provokes(Code.CERTIFICATE_AUTHORITY)
def _(w: World) -> object:
    return sticker(w, forge.certificate(w, put((TERMINAL, 3), [int(Category.HOSPITAL)])))


@provokes(Code.CERTIFICATE_SIGNATURE)
def _(w: World) -> object:
    return sticker(w, forge.certificate(w, label="credential"))


@provokes(Code.CERTIFICATE_KEY)
def _(w: World) -> object:
    return sticker(w, forge.certificate(w, put((TERMINAL, 1), forge.SMALL_ORDER[0])))


@provokes(Code.CERTIFICATE_NOT_VALID)
def _(w: World) -> object:
    text = w.certificate(lifetime=DAY).text
    w.clock.time += DAY
    return w.holder.review(text, w.trust)


@provokes(Code.CHALLENGE_SIGNATURE)
def _(w: World) -> object:
    return screen(w, forge.challenge(w, sign=w.authority_signer.sign))


@provokes(Code.SESSION_KEY)
def _(w: World) -> object:
    return screen(w, forge.challenge(w, put((CHALLENGE, 5), bytes(32))))


@provokes(Code.BILLING_REFUSED)
def _(w: World) -> object:
    return screen(w, forge.challenge(w, drop((CHALLENGE, 5))))


# --- the care sheet

SHEET = b"care sheet"


def cosigned(w: World, sheet: bytes, *, transaction: bool = True) -> CosignedSheet:
    """The patient answers in the open, so that the answer is the presentation itself."""
    edit = both(drop((CHALLENGE, 5)), put((CHALLENGE, 3), 1), None if transaction else drop((CHALLENGE, 6)))
    challenge = forge.challenge(w, edit)
    shown = w.holder.present(CODE, to=verify_challenge(challenge, w.trust, w.clock.now()))
    return verify_care_sheet(shown.message, challenge, sheet, w.trust)


@provokes(Code.SHEET_NOT_SIGNED)
def _(w: World) -> object:
    return cosigned(w, SHEET, transaction=False)


@provokes(Code.SHEET_MISMATCH)
def _(w: World) -> object:
    return cosigned(w, SHEET + b" and more")


PROVOCATIONS.update(lending_codes.PROVOCATIONS)


# --- an application


@provokes(Code.APPLICATION_STATE)
def _(w: World) -> object:
    office = Office(w)
    return office.desk.decide(office.confirmed(FATHER).id)


def wrong_mail_codes(w: World, times: int) -> object:
    office = Office(w)
    application = office.requested(FATHER)
    for _ in range(times - 1):
        with pytest.raises(Rejected):
            office.desk.confirm(application.id, WRONG_CODE)
    return office.desk.confirm(application.id, WRONG_CODE)


@provokes(Code.MAIL_CODE_USED_UP)
def _(w: World) -> object:
    return wrong_mail_codes(w, 6)


@provokes(Code.MAIL_CODE_EXPIRED)
def _(w: World) -> object:
    office = Office(w)
    application = office.requested(FATHER)
    w.clock.time += 600
    return office.desk.confirm(application.id, office.code)


@provokes(Code.MAIL_CODE_WRONG)
def _(w: World) -> object:
    return wrong_mail_codes(w, 5)


@provokes(Code.MAIL_CODE_THROTTLED)
def _(w: World) -> object:
    office = Office(w)
    for _ in range(5):
        office.requested(FATHER)
    return office.requested(FATHER)


@provokes(Code.NOT_ELIGIBLE)
def _(w: World) -> object:
    office = Office(w, policy=Eligibility(least_age=99))
    return office.desk.decide(office.proofed(FATHER).id)


# --- what is asked of each of them


def codes(values: Iterable[Code]) -> list[object]:
    return [pytest.param(code, id=code.value) for code in values]


@pytest.mark.parametrize("code", codes(PROVOCATIONS))
def test_each_code_can_be_provoked(code: Code) -> None:
    with pytest.raises(InputError) as caught:
        PROVOCATIONS[code](enrolled())
    error, entry = caught.value, CATALOGUE[code]
    assert error.code is code
    assert type(error) is entry.kind
    assert (error.step, error.advice, error.reason) == (entry.step, entry.advice, entry.reason)


def test_no_code_is_left_out() -> None:
    assert set(PROVOCATIONS) == set(Code) == set(CATALOGUE)


def test_the_world_is_good_without_a_provocation() -> None:
    """Else each provocation could fail for a reason of the world's own."""
    w = enrolled()
    show(w, w.present().message)
    show(w, forge.presentation(w))
    show(w, forge.presentation(w, credential=forge.credential(w)))
    offer = forge.offer(w)
    w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    w.holder.accept(w.issuer.issue(w.holder_store.load().pending[-1].request, offer, camille()), w.trust)
    w.verify(w.present())
    read_trust_list(w, forge.trust_list(w), anchor=w.trust.anchor)
    read_snapshot(w)
    apply_delta(w, b"\x00")
    verify_status_list(forge.status_list(w), w.trust)
    offer = forge.offer(w)
    w.issuer.issue(forge.request(w, offer), offer, camille())
    sticker(w, forge.certificate(w))
    screen(w, forge.challenge(w))
    assert cosigned(w, SHEET).transaction == Transaction(sha256(SHEET).digest(), "Ordonnance, 3 articles", 2345)
    verifier, text = asked(w)
    assert isinstance(verifier.verify(text, "visit 1", Purpose.BILLING), VerifiedPresentation)
    office = Office(w)
    office.desk.issue(office.approved(FATHER).id)


@pytest.mark.parametrize(
    ("parse", "code"),
    [
        (parse_presentation, Code.CBOR_PROFILE),
        (parse_credential, Code.CREDENTIAL_STRUCTURE),
        (parse_trust_list, Code.TRUST_LIST_STRUCTURE),
        (parse_status_list, Code.STATUS_LIST_STRUCTURE),
        (parse_snapshot, Code.SNAPSHOT_STRUCTURE),
        (parse_delta, Code.DELTA_STRUCTURE),
        (parse_offer, Code.OFFER_STRUCTURE),
        (parse_request, Code.REQUEST_STRUCTURE),
        (parse_certificate, Code.CERTIFICATE_STRUCTURE),
        (parse_challenge, Code.CHALLENGE_STRUCTURE),
    ],
)
@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xf6", b"\x84", bytes(300_000)], ids=["none", "ff", "null", "cut", "zeros"]
)
def test_each_reader_has_one_code_for_what_is_no_message(
    parse: Callable[[bytes], object], code: Code, data: bytes
) -> None:
    with pytest.raises(Malformed) as caught:
        parse(data)
    expected = Code.COSE_STRUCTURE if (code, data) == (Code.CBOR_PROFILE, b"\xf6") else code
    assert caught.value.code is expected


@pytest.mark.parametrize("code", codes(Code))
def test_an_error_says_what_a_person_and_a_log_need(code: Code) -> None:
    error = CATALOGUE[code].kind(code)
    assert isinstance(error, (Malformed, Untrusted, Rejected))
    assert isinstance(error, VitaletokenError)
    assert str(error) == f"{error.reason} [{error.step} {code.value}]"
    assert error.reason[0].isupper()
    assert error.reason.endswith(".")


def test_an_error_survives_the_way_between_processes() -> None:
    """Worker pools send exceptions pickled; one that cannot be unpickled breaks the pool."""
    for code in Code:
        sent = CATALOGUE[code].kind(code)
        error = pickle.loads(pickle.dumps(sent))
        assert type(error) is type(sent)
        assert str(error) == str(sent)
        assert (error.code, error.step, error.advice, error.reason) == (code, sent.step, sent.advice, sent.reason)


@pytest.mark.parametrize("code", codes(PROVOCATIONS))
def test_an_error_repeats_nothing_that_came_from_outside(code: Code) -> None:
    """Logs hold errors: names, codes and tokens have no place there. A chained exception would be printed with it."""
    with pytest.raises(InputError) as caught:
        PROVOCATIONS[code](enrolled())
    error = caught.value
    assert str(error) == str(CATALOGUE[code].kind(code))
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise_alone(UsageError("no text"))


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise_alone(UsageError("no text"))


def test_an_exception_that_is_raised_alone_has_nothing_behind_it() -> None:
    """Nor does it, where the handler is a context manager's: there, leaving the handler is not enough."""
    with pytest.raises(UsageError) as caught:
        _decoded(b"a name \xff")
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    with pytest.raises(UsageError) as caught, _typed():
        b"a name \xff".decode()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_fixed_trust_is_read_at_each_call() -> None:
    """``trust-list-expired`` is not the only way out: a new list helps at once."""
    w = enrolled()
    store = FixedTrust(w.trust)
    terminal = w.terminal(trust=store)
    text = w.present().text
    expired = w.signed_trust_list(w.trust_claims(exp=NOW))
    store.trust = verify_trust_list(expired, w.anchor, w.environment)
    with pytest.raises(Rejected):
        terminal.verify(text, "visit 1")
    store.trust = w.trust
    terminal.verify(text, "visit 1")
