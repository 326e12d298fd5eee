"""Layer `verify`, V11: BILL-1, each condition by itself, and the categories that have the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.credential_case import names_for
from vectors.generate.editing import edit
from vectors.generate.fixtures import Claims
from vectors.generate.keys import ANS, CNAM_CARDS, DESK_KEY, HOSPITAL_KEY, Ed25519Key, ed25519
from vectors.generate.messages import certificate, credential
from vectors.generate.terminal_visit import (
    AUDIENCE_ID,
    BILLED,
    BILLING_ANSWER,
    BILLING_ID,
    answering,
    asked_with,
    at_counter,
    to_challenge,
    unsealed,
)
from vectors.generate.terminals import (
    BILLING,
    CAMILLE_BILLING,
    CERT_DESK,
    CERT_HOSPITAL,
    ELISE_BILLING,
    PHARMACY,
    TERMINAL,
    Asked,
    challenge_claims,
    session_key,
)
from vectors.generate.verify_plain import CARD
from vectors.generate.visit import CHILD, ID_1, SUITE_1, Visit, accepted, refused

SHOWN_BILLING = replace(SUITE_1, card=CAMILLE_BILLING)


OF_CATEGORIES = ed25519("fixture/terminal/any-category")


def _billed(visit: Visit) -> Visit:
    return replace(visit, purpose="billing")


def billing_cases() -> Iterator[Case]:
    """BILL-1, each condition by itself."""
    rules = ("V11", "BILL-1")
    minimal_asked = asked_with(BILLING, {3: 1})
    no_seal = Asked(challenge_claims("billing", (1, 2), 2, sealed=False))
    child = replace(CHILD, card=ELISE_BILLING)
    rows: tuple[tuple[str, str, Visit, str], ...] = (
        ("open-level", "the billing view at level open", SHOWN_BILLING, ID_1),
        ("open-level-child", "a child's billing view at level open", child, "verify/accepted/child"),
        ("audience", "the billing view at level audience", at_counter("counter", visit=SHOWN_BILLING), AUDIENCE_ID),
        ("not-sealed", "the billing view in the open, in answer to a challenge with a session key",
         unsealed(BILLING_ANSWER), BILLING_ID),
        ("no-session-key", "the challenge asks for the billing view and has no session key",
         _billed(answering(no_seal, "billing-answer", SHOWN_BILLING)), BILLING_ID),
        ("minimal-asked", "the challenge asks for the minimal view",
         _billed(answering(minimal_asked, "billing-answer", SHOWN_BILLING)), BILLING_ID),
        ("minimal-asked-child", "the same with a child's card",
         _billed(answering(minimal_asked, "billing-child", child)), "verify/accepted/challenge/billing-child"),
    )  # fmt: skip
    for slug, comment, visit, base in rows:
        shown_openly = ("PRES-5",) if visit.seal is None else ()
        yield refused(f"billing-not-permitted/{slug}", (*rules, *shown_openly), comment, visit, base=base)


def _asked_at(slug: str, certified: bytes, key: Ed25519Key) -> Visit:
    claims = challenge_claims(slug, (1, 2), 2, certified=certified)
    asked = Asked(claims, key, session_key(slug))
    return _billed(answering(asked, slug, SHOWN_BILLING))


def category_cases() -> Iterator[Case]:
    """Categories 1 to 6 have the right; one of them is enough."""
    rules = ("V11", "BILL-1")

    def certified(categories: list[int]) -> bytes:
        what = {**PHARMACY[TERMINAL], 1: OF_CATEGORIES.public, 3: categories}
        return certificate({**PHARMACY, TERMINAL: what}, ANS).encode()

    for categories in ([1], [3], [4], [5], [6], [6, 7], [1, 2, 3, 7]):
        slug = "category-" + "-".join(map(str, categories))
        visit = _asked_at(slug, certified(categories), OF_CATEGORIES)
        boundary = ("boundary",) if categories in ([1], [6]) else ()
        yield accepted(
            f"challenge/billing-{slug}",
            rules,
            f"the billing view, for a terminal of categories {categories}",
            visit,
            to_challenge(CAMILLE_BILLING, **BILLED),
            *boundary,
        )
    yield accepted(
        "challenge/billing-hospital",
        rules,
        "the billing view, for the hospital",
        _asked_at("billing-hospital", CERT_HOSPITAL, HOSPITAL_KEY),
        to_challenge(CAMILLE_BILLING, **BILLED),
    )
    yield refused(
        "billing-not-permitted/category-7",
        rules,
        "the billing view, for a public desk",
        _asked_at("billing-desk", CERT_DESK, DESK_KEY),
        "boundary",
        base="verify/accepted/challenge/billing-category-6-7",
    )
    minimal = Asked(
        challenge_claims("billing-desk", (1, 2), 2, certified=CERT_DESK), DESK_KEY, session_key("billing-desk")
    )
    yield accepted(
        "challenge/minimal-at-desk",
        rules,
        "a public desk asks for the billing view and is given the minimal one",
        _billed(answering(minimal, "minimal-at-desk")),
        to_challenge(**BILLED),
    )


def long_card(size: int) -> Claims:
    card: Claims = dict(edit(CAMILLE_BILLING, (CARD, 3, 2), names_for(CAMILLE_BILLING, size)))  # type: ignore[arg-type]
    assert len(credential(card, CNAM_CARDS).encode()) == size
    return card


def long_cases() -> Iterator[Case]:
    """The text of the longest card."""
    yield accepted(
        "billing-768-byte-card",
        ("V5", "BILL-1", "CBOR-5"),
        "a billing view of 768 bytes, sealed: the longest text that a card can need",
        _billed(answering(BILLING, "billing-long", replace(SUITE_1, card=long_card(768)))),
        to_challenge(long_card(768), **BILLED),
        "limit",
    )
