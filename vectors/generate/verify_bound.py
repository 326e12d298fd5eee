"""Layer `verify`: what is accepted at levels audience and challenge. The negative cases are changes of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import ELISE, ZOE
from vectors.generate.keys import PHONE_2, OtherNonce, derive
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    ANSWER_NO_CODE,
    AT_COUNTER,
    AT_COUNTER_2,
    BILLED,
    BILLING_ANSWER,
    CO_SIGNED,
    OPEN_ANSWER,
    SHEET_DIGEST,
    answering,
    at_counter,
    challenge_stages,
    to_audience,
    to_challenge,
    unsealed,
)
from vectors.generate.terminals import (
    BILLING,
    CAMILLE_BILLING,
    CERT_DESK,
    CERT_HOSPITAL,
    CERT_PHARMACY,
    CERT_RENEWED,
    ELISE_BILLING,
    IDENTIFY,
    IN_THE_OPEN,
    ZOE_BILLING,
)
from vectors.generate.verify_bound_times import clock_cases, purpose_cases
from vectors.generate.verify_plain import DEVICE_ONLY
from vectors.generate.visit import CHILD, SUITE_1, SUITE_2, accepted


def bound_cases() -> Iterator[Case]:
    """In the order of the levels."""
    yield from _audience()
    yield from _challenge()
    yield from _billing()
    yield from clock_cases()
    yield from purpose_cases()


def _audience() -> Iterator[Case]:
    rules = ("V9", "PRES-4", "COSE-5")
    yield accepted(
        "audience/suite-1",
        rules,
        "made for the pharmacy, whose sticker was scanned",
        AT_COUNTER,
        to_audience(),
        stages=AT_COUNTER.stages(),
    )
    yield accepted("audience/suite-2", rules, "the same in suite 2", AT_COUNTER_2, to_audience(ZOE))
    no_code = at_counter("counter-no-code", verification=2)
    yield accepted("audience/no-code", rules, "no code asked", no_code, to_audience(**DEVICE_ONLY))
    two = (CERT_RENEWED, CERT_PHARMACY)
    for slug, held, comment in (
        ("second-of-two", two, "the terminal holds two certificates; it is made for the second"),
        ("first-of-two", two[::-1], "the terminal holds two certificates; it is made for the first"),
        ("same-twice", (CERT_PHARMACY, CERT_PHARMACY), "the terminal holds one certificate twice"),
    ):
        yield accepted(f"audience/{slug}", rules, comment, replace(AT_COUNTER, certificates=held), to_audience())
    without = replace(at_counter("counter-2-no-code", CERT_RENEWED, SUITE_2, 2), certificates=two[::-1])
    yield accepted(
        "audience/suite-2-no-code",
        rules,
        "suite 2 without code, for the second of two certificates",
        without,
        to_audience(ZOE, **DEVICE_ONLY),
    )
    for slug, certificate in (("hospital", CERT_HOSPITAL), ("desk", CERT_DESK)):
        visit = at_counter(f"counter-{slug}", certificate)
        yield accepted(f"audience/{slug}", rules, f"at the {slug}", visit, to_audience())
    yield accepted(
        "audience/least-binding",
        ("V11",),
        "the policy wants level audience",
        replace(AT_COUNTER, least_binding="audience"),
        to_audience(),
        "boundary",
    )
    yield accepted(
        "audience/challenge-open",
        rules,
        "a challenge is there too, and of no matter here (ASK-1): its time is over and it asks for another purpose",
        replace(AT_COUNTER, asked=IDENTIFY, elapsed=None, purpose="records"),
        to_audience(purpose="records"),
    )


def _challenge() -> Iterator[Case]:
    rules = ("V1", "V9", "V11", "SEAL-1", "COSE-5")
    for slug, visit, ok, comment, name in (
        ("suite-1", ANSWER, to_challenge(), "a sealed answer", "answer"),
        ("suite-2", ANSWER_2, to_challenge(ZOE), "a sealed answer, suite 2", "answer-2"),
        ("no-code", ANSWER_NO_CODE, to_challenge(**DEVICE_ONLY), "a sealed answer without code", "answer-no-code"),
        ("not-sealed", OPEN_ANSWER, to_challenge(sealed=False), "the challenge has no session key", "open-answer"),
    ):
        yield accepted(f"challenge/{slug}", rules, comment, visit, ok, stages=challenge_stages(visit, name))
    no_code = answering(IDENTIFY, "answer-2-no-code", SUITE_2, 2)
    yield accepted(
        "challenge/suite-2-no-code", rules, "suite 2 without code", no_code, to_challenge(ZOE, **DEVICE_ONLY)
    )
    shown = answering(IN_THE_OPEN, "open-answer-2", SUITE_2)
    yield accepted("challenge/not-sealed-suite-2", rules, "not sealed, suite 2", shown, to_challenge(ZOE, sealed=False))
    yield accepted(
        "challenge/child",
        rules,
        "a child's card",
        answering(IDENTIFY, "answer-child", CHILD),
        to_challenge(ELISE),
    )
    yield accepted(
        "challenge/session-key-not-used",
        ("V9", "PRES-5"),
        "in the open, though the challenge has a session key: a phone must not, a terminal need not refuse",
        unsealed(ANSWER),
        to_challenge(sealed=False),
    )
    yield accepted(
        "challenge/least-binding",
        ("V11",),
        "the policy wants level challenge",
        replace(ANSWER, least_binding="challenge"),
        to_challenge(),
        "boundary",
    )
    yield accepted(
        "challenge/certificates-held",
        ("V9",),
        "the terminal holds certificates too: they are no context at this level",
        replace(ANSWER, certificates=(CERT_HOSPITAL, CERT_PHARMACY)),
        to_challenge(),
    )
    nonce = int.from_bytes(derive("verify/accepted/challenge/other-nonce", "nonce"), "big")
    yield accepted(
        "challenge/other-nonce",
        ("V9", "SIG-2"),
        "another valid P-256 signature over the same answer",
        replace(ANSWER_2, at_device={"signer": OtherNonce(PHONE_2, nonce)}),
        to_challenge(ZOE),
    )


def _billing() -> Iterator[Case]:
    rules = ("V11", "BILL-1", "VIEW-1")
    yield accepted(
        "challenge/billing",
        rules,
        "the billing view, asked for by a pharmacy and sealed",
        BILLING_ANSWER,
        to_challenge(CAMILLE_BILLING, **BILLED),
        stages=challenge_stages(BILLING_ANSWER, "billing-answer"),
    )
    yield accepted(
        "challenge/co-signed",
        ("V11", "BILL-1"),
        "an answer that co-signs a care sheet",
        CO_SIGNED,
        to_challenge(CAMILLE_BILLING, purpose="dispensing", transaction=SHEET_DIGEST),
    )
    for slug, card, visit in (("billing-child", ELISE_BILLING, CHILD), ("billing-suite-2", ZOE_BILLING, SUITE_2)):
        shown = replace(answering(BILLING, slug, replace(visit, card=card)), purpose="billing")
        comment = "a child's card: its own number and the policyholder's" if visit is CHILD else "suite 2"
        yield accepted(f"challenge/{slug}", rules, comment, shown, to_challenge(card, **BILLED))
    no_code = replace(
        answering(BILLING, "billing-no-code", replace(SUITE_1, card=CAMILLE_BILLING), 2), purpose="billing"
    )
    yield accepted(
        "challenge/billing-no-code",
        rules,
        "without code, which is the policy's affair",
        no_code,
        to_challenge(CAMILLE_BILLING, **{**DEVICE_ONLY, **BILLED}),
    )
    unverified = answering(BILLING, "billing-not-verified", replace(SUITE_1, card=CAMILLE_BILLING), 0)
    yield accepted(
        "challenge/billing-not-verified",
        ("BILL-1", "PRES-5"),
        "without any user verification: a phone must not, for a terminal it is the policy's affair",
        replace(unverified, purpose="billing"),
        to_challenge(CAMILLE_BILLING, **{**DEVICE_ONLY, **BILLED, "user_verification": "none"}),
    )
    declined = answering(BILLING, "declined")
    yield accepted(
        "challenge/minimal-where-billing-is-asked",
        ("BILL-1",),
        "the billing view is asked for and the minimal one given: a person may decline",
        replace(declined, purpose="billing"),
        to_challenge(**BILLED),
    )
    yield accepted(
        "challenge/minimal-and-open-where-billing-is-asked",
        ("BILL-1", "PRES-5"),
        "the same, not sealed",
        unsealed(replace(declined, purpose="billing")),
        to_challenge(sealed=False, **BILLED),
    )
