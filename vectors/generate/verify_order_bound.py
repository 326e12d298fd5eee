"""Layer `verify`, VERIFY-1 at levels audience and challenge: two faults at once, of which the first in the table decides."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import NOW, signed_trust, trust_claims
from vectors.generate.keys import derive
from vectors.generate.terminal_visit import (
    ANSWER_NO_CODE,
    AT_COUNTER,
    AUDIENCE_ID,
    BILLING_ANSWER,
    BILLING_ID,
    NO_CODE_ID,
    asked_with,
    at_counter,
    unsealed,
)
from vectors.generate.terminals import BILLING, CAMILLE_BILLING, CERT_HOSPITAL, IN_THE_OPEN, Asked, challenge_claims
from vectors.generate.verify_status import listed
from vectors.generate.visit import ID_1, SUITE_1, Visit, refused

Change = Callable[[Visit], Visit]


def _broken_seal(visit: Visit) -> Visit:
    return replace(visit, text_change=lambda text: text[:-3] + ("000" if text[-3:] != "000" else "100"))


def _bad_cbor(visit: Visit) -> Visit:
    return replace(visit, bytes_change=lambda data: data + b"\0")


def _other_challenge(visit: Visit) -> Visit:
    """The phone signed for a challenge of another nonce; it is sealed to this one."""
    elsewhere = asked_with(BILLING, {}, derive("verify/order-bound", "nonce", 16))
    return replace(visit, context=elsewhere.digest)


def _expired_lists(visit: Visit) -> Visit:
    return replace(visit, trust=signed_trust({**trust_claims(), 3: NOW}))


# step, code, the fault; each can stand together with the next
SEALED: tuple[tuple[str, str, Change], ...] = (
    ("V1", "text-prefix", lambda visit: replace(visit, text_change=lambda text: "VTS2:" + text[5:])),
    ("V1", "seal-unknown", lambda visit: replace(visit, asked=None)),
    ("V1", "seal-broken", _broken_seal),
    ("V2", "cbor-profile", _bad_cbor),
    ("V4", "claims-structure", lambda visit: visit.with_claims((99,), 0)),
    ("V6", "trust-list-expired", _expired_lists),
    ("V7", "issuer-signature", lambda visit: replace(visit, at_credential={"signature": bytes(64)})),
    ("V9", "context-mismatch", _other_challenge),
    ("V10", "code-signature", lambda visit: replace(visit, at_code={"signature": bytes(64)})),
    ("V11", "challenge-expired", lambda visit: replace(visit, elapsed=60)),
    ("V11", "purpose-mismatch", lambda visit: replace(visit, purpose="records")),
    ("V11", "billing-not-permitted", unsealed),
    ("V12", "credential-expired", lambda visit: visit.with_card((4,), NOW)),
    ("V13", "status-expired", lambda visit: replace(visit, status=(listed(exp=NOW),))),
)
TO_THE_LAST = ("context-mismatch", "challenge-expired", "purpose-mismatch")


def bound_order_cases() -> Iterator[Case]:
    """Neighbours, and each of V9 and V11 together with the last."""
    for first, then in itertools.pairwise(SEALED):
        yield _sealed(first, then)
    for first in SEALED:
        if first[1] in TO_THE_LAST:
            yield _sealed(first, SEALED[-1])
    codes = [code for _, code, _ in SEALED]
    expired, billing = (SEALED[codes.index(code)] for code in ("challenge-expired", "billing-not-permitted"))
    yield _sealed(expired, billing)
    yield from _encoding()
    yield from _others()


def _sealed(first: tuple[str, str, Change], then: tuple[str, str, Change]) -> Case:
    step, code, change = first
    return refused(
        f"{code}/sealed-before-{then[1]}",
        (step, "VERIFY-1"),
        f"also {then[1]}, of step {then[0]}",
        change(then[2](BILLING_ANSWER)),
        "order",
        base=BILLING_ID,
    )


def _encoding() -> Iterator[Case]:
    yield refused(
        "text-encoding/sealed-before-seal-unknown",
        ("V1", "VERIFY-1"),
        "no challenge is open, and the Base45 is wrong",
        replace(BILLING_ANSWER, asked=None, text_change=lambda text: text + "a"),
        "order",
        base=BILLING_ID,
    )


def _others() -> Iterator[Case]:
    weak = replace(at_counter("counter", visit=replace(SUITE_1, card=CAMILLE_BILLING)), least_binding="challenge")
    bare = Asked(challenge_claims("order", (1,), 2, sealed=False))
    rows: tuple[tuple[str, str, str, Visit, str], ...] = (
        ("context-unknown/before-mismatch", "V9", "also a signature of zeros",
         replace(AT_COUNTER, certificates=(), at_device={"signature": bytes(64)}), AUDIENCE_ID),
        ("context-unknown/before-binding", "V9", "also below the policy's level",
         replace(AT_COUNTER, certificates=(), least_binding="challenge"), AUDIENCE_ID),
        ("context-mismatch/before-code-signature", "V9", "level audience: also a code layer for nothing",
         replace(AT_COUNTER, certificates=(CERT_HOSPITAL,), at_code={"signature": bytes(64)}), AUDIENCE_ID),
        ("context-mismatch/before-binding", "V9", "also below the policy's level",
         replace(AT_COUNTER, certificates=(CERT_HOSPITAL,), least_binding="challenge"), AUDIENCE_ID),
        ("code-signature/audience-before-binding", "V10", "level audience: also below the policy's level",
         replace(AT_COUNTER, at_code={"signature": bytes(64)}, least_binding="challenge"), AUDIENCE_ID),
        ("binding-too-weak/before-billing", "V11", "also a billing view at level audience", weak, AUDIENCE_ID),
        ("binding-too-weak/open-before-billing", "V11", "also a billing view at level open",
         replace(SUITE_1, card=CAMILLE_BILLING, least_binding="challenge"), ID_1),
        ("binding-too-weak/audience-before-time", "V11", "level audience: also long past",
         replace(AT_COUNTER.at_times(NOW - 900, NOW - 870), least_binding="challenge"), AUDIENCE_ID),
        ("billing-not-permitted/before-time", "V11", "a billing view at level open: also long past",
         replace(SUITE_1, card=CAMILLE_BILLING).at_times(NOW - 900, NOW - 870), ID_1),
        ("seal-unknown/before-broken", "V1", "the challenge has no session key, and what came is too short",
         replace(BILLING_ANSWER, asked=IN_THE_OPEN, text_change=lambda _: "VTS1:00"), BILLING_ID),
        ("seal-unknown/before-expired", "V1", "the challenge has no session key, and its time is over",
         replace(BILLING_ANSWER, asked=bare, elapsed=None), BILLING_ID),
        ("challenge-expired/before-verification", "V11", "also less than the policy's user verification",
         replace(ANSWER_NO_CODE, elapsed=60, least_verification="code"), NO_CODE_ID),
        ("purpose-mismatch/before-verification", "V11", "also less than this purpose's user verification",
         replace(ANSWER_NO_CODE, purpose="records", by_purpose={"records": ("open", "code")}), NO_CODE_ID),
    )  # fmt: skip
    for slug, step, comment, visit, base in rows:
        yield refused(slug, (step, "VERIFY-1"), f"two faults: {comment}", visit, "order", base=base)
