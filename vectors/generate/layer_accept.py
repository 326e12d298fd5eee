"""Layer `accept`: the phone is given a credential (ENROL-2): V5, V6, V7, A1, then the card's expiry and environment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate import p256
from vectors.generate.accept_billing import billing_cases
from vectors.generate.accept_case import CARD, CHILD, GOOD, SUITE_2, Delivery, accepted, refused
from vectors.generate.accept_lent import lent_cases
from vectors.generate.accept_people import people_cases, renewed_cases
from vectors.generate.cases import Case
from vectors.generate.enrolled import NUMBER_CAMILLE, NUMBER_ZOE, enrolment_binding
from vectors.generate.fixtures import (
    BINDING_2,
    CARDS_NBF,
    DAY,
    NOW,
    OFFER,
    REQUEST_1,
    TRUST_TEST,
    offer_claims,
    request_claims,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import (
    CNAM_CARDS,
    CNAM_CARDS_BEFORE,
    CNAM_OFFERS,
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    OTHER_PHONE_2,
    PHONE_1,
    PHONE_2,
    STRANGER,
    P256Key,
    derive,
)
from vectors.generate.messages import Request, aad, offer, sha256


def accept_cases() -> Iterator[Case]:
    """All steps."""
    yield accepted("suite-1", ("A1", "CRED-3", "ENROL-2"), "the answer to the phone's own request", GOOD)
    yield accepted("suite-2", ("A1", "CRED-3", "ENROL-2"), "the same on a phone with a P-256 key", SUITE_2)
    yield accepted("child", ("A1",), "a child's card", CHILD)
    yield refused(
        "credential-structure/unknown-key",
        ("V5", "CBOR-6"),
        "a claim that is not listed",
        GOOD.with_card((99,), 0),
        "unknown-key",
    )
    yield refused(
        "credential-structure/alg-eddsa",
        ("V5", "COSE-2"),
        "alg -8",
        replace(GOOD, changes={"protected": b"\xa2\x01\x27\x04\x48" + CNAM_CARDS.kid}),
        "alg-confusion",
    )
    yield from _issuer()
    yield from _mine()
    yield from _time_and_environment()
    yield from _order()
    yield from billing_cases()
    yield from people_cases()
    yield from renewed_cases()
    yield from lent_cases()


def _issuer() -> Iterator[Case]:
    until = replace(GOOD, trust=signed_trust({**trust_claims(), 3: NOW + 1}))
    yield accepted("trust-list-last-second", ("V6", "TRUST-3"), "the last second of the trust list", until, "boundary")
    yield refused(
        "trust-list-expired/first-second",
        ("V6", "TRUST-3", "TIME-1"),
        "now is exp of the trust list",
        replace(GOOD, trust=signed_trust({**trust_claims(), 3: NOW})),
        "boundary",
        base="trust-list-last-second",
    )
    for slug, comment, delivery in (
        ("iss", "an issuer that is not in the trust list", GOOD.with_card((1,), "fr-autre")),
        ("use-3", "signed by the key that made the offer", replace(GOOD, issuer=CNAM_OFFERS)),
        ("stranger", "signed by a key that is in no trust list", replace(GOOD, issuer=STRANGER)),
    ):
        yield refused(f"issuer-unknown/{slug}", ("V6",), comment, delivery)
    yield refused(
        "issuer-key-not-valid/old-key",
        ("V6",),
        "signed by the key before",
        replace(GOOD, issuer=CNAM_CARDS_BEFORE),
        "rotation",
    )
    yield accepted("key-nbf", ("V6", "TIME-1"), "iat is the key's nbf", GOOD.with_card((6,), CARDS_NBF), "boundary")
    yield refused(
        "issuer-key-not-valid/before-nbf",
        ("V6", "TIME-1"),
        "iat is a second before the key's nbf",
        GOOD.with_card((6,), CARDS_NBF - 1),
        "boundary",
        base="key-nbf",
    )
    for slug, comment, changes in (
        ("zeros", "64 zero bytes", {"signature": bytes(64)}),
        ("other-key", "signed by another key under this kid", {"signer": STRANGER}),
        ("offer-aad", "signed as an offer", {"aad": aad("enrolment-offer")}),
    ):
        yield refused(f"issuer-signature/{slug}", ("V7",), comment, replace(GOOD, changes=changes))


def _mine() -> Iterator[Case]:
    second = offer(offer_claims(case_id="fixture/offer/second"), CNAM_OFFERS).encode()
    other_answer = Request(request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE, second), PHONE_1, CODE_1).encode()
    committed = NUMBER_CAMILLE.commitment()
    request = REQUEST_1.encode()
    x, sign = PHONE_2.cose[-2], PHONE_2.cose[-3]
    assert sign is not None
    assert x
    rows: list[tuple[str, str, Delivery, str]] = [
        ("other-device", "cnf is another phone's key", GOOD.with_card((8, 1), OTHER_PHONE_1.cose), "suite-1"),
        ("other-suite", "cnf is a P-256 key, the phone's is Ed25519", GOOD.with_card((8, 1), PHONE_2.cose), "suite-1"),
        ("other-code-key", "another code key", GOOD.with_card((CARD, 1), OTHER_CODE.public), "suite-1"),
        ("device-as-code-key", "the device key as code key", GOOD.with_card((CARD, 1), PHONE_1.public), "suite-1"),
        ("other-binding", "the binding of another request", GOOD.with_card((CARD, 9, 1), BINDING_2), "suite-1"),
        ("zero-binding", "a binding of zeros", GOOD.with_card((CARD, 9, 1), bytes(16)), "suite-1"),
        (
            "earlier-request",
            "the answer to an earlier request of this phone, with the same keys",
            GOOD.with_card((CARD, 9, 1), enrolment_binding(other_answer, NUMBER_CAMILLE)),
            "suite-1",
        ),
        (
            "binding-of-offer",
            "the binding is over the offer",
            GOOD.with_card((CARD, 9, 1), enrolment_binding(OFFER, NUMBER_CAMILLE)),
            "suite-1",
        ),
        (
            "binding-is-digest",
            "the binding is the plain digest of the request",
            GOOD.with_card((CARD, 9, 1), sha256(request)[:16]),
            "suite-1",
        ),
        (
            "binding-end",
            "the last 16 bytes of the digest in place of the first",
            GOOD.with_card((CARD, 9, 1), sha256(aad("enrolment", sha256(request), committed))[16:]),
            "suite-1",
        ),
        (
            "binding-without-number",
            "the binding without the commitment to the number",
            GOOD.with_card((CARD, 9, 1), sha256(aad("enrolment", sha256(request)))[:16]),
            "suite-1",
        ),
        (
            "binding-null",
            "null in place of the commitment",
            GOOD.with_card((CARD, 9, 1), sha256(aad("enrolment", sha256(request), None))[:16]),
            "suite-1",
        ),
        (
            "binding-number-itself",
            "the number in place of the commitment to it",
            GOOD.with_card((CARD, 9, 1), sha256(aad("enrolment", sha256(request), NUMBER_CAMILLE.nir))[:16]),
            "suite-1",
        ),
        (
            "binding-other-salt",
            "the binding of this number with another salt",
            GOOD.with_card((CARD, 9, 1), enrolment_binding(request, NUMBER_ZOE, NUMBER_CAMILLE.nir)),
            "suite-1",
        ),
        (
            "binding-of-payload",
            "the binding is over the payload of the request",
            GOOD.with_card((CARD, 9, 1), enrolment_binding(REQUEST_1.device_layer.payload, NUMBER_CAMILLE)),
            "suite-1",
        ),
        (
            "p256-other-device",
            "cnf is another phone's P-256 key",
            SUITE_2.with_card((8, 1), OTHER_PHONE_2.cose),
            "suite-2",
        ),
        (
            "p256-other-y",
            "cnf is the other point with this x",
            SUITE_2.with_card((8, 1), P256Key(p256.N - PHONE_2.scalar).cose),
            "suite-2",
        ),
    ]
    for slug, comment, delivery, base in rows:
        rules = ("A1", "CRED-3") if "binding" in slug or slug == "earlier-request" else ("A1",)
        yield refused(f"credential-not-mine/{slug}", rules, comment, delivery, base=base)


def _time_and_environment() -> Iterator[Case]:
    last = GOOD.with_card((4,), NOW + 1)
    yield accepted("last-second", ("ENROL-2", "TIME-1"), "the credential's last second", last, "boundary")
    yield refused(
        "credential-expired/first-second",
        ("ENROL-2", "TIME-1"),
        "now is exp of the credential",
        last.with_card((4,), NOW),
        "boundary",
        base="last-second",
    )
    yield accepted(
        "not-yet-valid",
        ("ENROL-2",),
        "iat is an hour ahead: the phone does not ask that",
        GOOD.with_card((6,), NOW + 3600),
        "clock",
    )
    yield accepted(
        "rights-ended",
        ("ENROL-2",),
        "rights_until is past: the phone does not ask that",
        GOOD.with_card((CARD, 8), 20000),
    )
    test = replace(GOOD.with_card((CARD, 10), 1), environment="test", trust=TRUST_TEST)
    yield accepted("test-card", ("ENROL-2",), "a test card under a test list", test, "environment")
    yield refused(
        "wrong-environment/test-card",
        ("ENROL-2",),
        "a test card under a production list",
        GOOD.with_card((CARD, 10), 1),
        "environment",
    )
    yield refused(
        "wrong-environment/production-card",
        ("ENROL-2",),
        "a production card under a test list",
        replace(GOOD, environment="test", trust=TRUST_TEST),
        "environment",
        base="test-card",
    )


Change = Callable[[Delivery], Delivery]
FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("V5", "credential-structure", lambda d: d.with_card((99,), 0)),
    ("V6", "trust-list-expired", lambda d: replace(d, trust=signed_trust({**trust_claims(), 3: NOW}))),
    ("V6", "issuer-unknown", lambda d: d.with_card((1,), "fr-autre")),
    ("V6", "issuer-key-not-valid", lambda d: d.with_card((6,), CARDS_NBF - 1)),
    ("V7", "issuer-signature", lambda d: replace(d, changes={"signature": derive("accept/order", "signature") * 2})),
    ("A1", "credential-not-mine", lambda d: d.with_card((8, 1), OTHER_PHONE_1.cose)),
    ("ENROL-2", "credential-expired", lambda d: d.with_card((4,), NOW - DAY)),
    ("ENROL-2", "wrong-environment", lambda d: d.with_card((CARD, 10), 1)),
)


def _order() -> Iterator[Case]:
    for (step, code, change), (_, then, also) in itertools.pairwise(FAULTS):
        yield refused(f"{code}/before-{then}", (step, "VERIFY-1"), f"also {then}", change(also(GOOD)), "order")
