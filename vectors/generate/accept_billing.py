"""Layer `accept`: a billing view comes with the card. It goes through the same steps after the card, then VIEW-2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.accept_case import CARD, CHILD, GOOD, SUITE_2, Delivery, accepted, refused
from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.encoder import Value
from vectors.generate.enrolled import NIR_ELISE
from vectors.generate.fixtures import (
    BINDING_2,
    CAMILLE,
    CARDS_NBF,
    NOW,
    TRUST_TEST,
    Claims,
    alias,
)
from vectors.generate.keys import CNAM_CARDS, CNAM_OFFERS, CODE_2, MSA, OTHER_PHONE_1, STRANGER, Ed25519Key, derive
from vectors.generate.messages import aad, credential
from vectors.generate.terminals import (
    CAMILLE_BILLING,
    ELISE_BILLING,
    ZOE_BILLING,
    with_numbers,
)


def signed(claims: Value, issuer: Ed25519Key = CNAM_CARDS, **parts: Any) -> bytes:
    """A billing view."""
    return replace(credential(claims, issuer), **parts).encode()


def with_view(claims: Value, delivery: Delivery = GOOD, issuer: Ed25519Key = CNAM_CARDS, **parts: Any) -> Delivery:
    """The delivery, with a billing view of these claims."""
    return replace(delivery, billing=signed(claims, issuer, **parts))


def changed(path: tuple[Any, ...], value: Any, claims: Claims = CAMILLE_BILLING) -> Value:
    """The billing view's claims with one value changed."""
    return edit(claims, path, value)


BASE = "billing"


def billing_cases() -> Iterator[Case]:
    """Accepted, then V5 to `wrong-environment`, then VIEW-2, then the order of the two cards."""
    rules = ("VIEW-2", "ENROL-2")
    yield accepted(BASE, rules, "a card and its billing view", with_view(CAMILLE_BILLING))
    yield accepted("billing-suite-2", rules, "the same in suite 2", with_view(ZOE_BILLING, SUITE_2))
    yield accepted("billing-child", rules, "a child's card and its billing view", with_view(ELISE_BILLING, CHILD))
    test = replace(with_view(changed((CARD, 10), 1)).with_card((CARD, 10), 1), environment="test", trust=TRUST_TEST)
    yield accepted("billing-test", rules, "both views of a test card", test, "environment")
    last = with_view(changed((4,), NOW + 1)).with_card((4,), NOW + 1)
    yield accepted("billing-last-second", rules, "the last second of both views", last, "boundary")
    yield from _steps()
    yield from _other_view()
    yield from _order()


def _steps() -> Iterator[Case]:
    rows: tuple[tuple[str, str, str, Delivery], ...] = (
        ("credential-structure/billing-unknown-key", "V5", "a claim that is not listed", with_view(changed((99,), 0))),
        ("credential-structure/billing-view-1", "V5", "both numbers on a policyholder's card",
         with_view(changed((CARD, 14), NIR_ELISE))),
        ("credential-structure/billing-nothing", "V5", "no bytes", replace(GOOD, billing=b"")),
        ("issuer-unknown/billing-iss", "V6", "an issuer that is not in the trust list", with_view(changed((1,), "fr-autre"))),
        ("issuer-unknown/billing-use-3", "V6", "signed by the key that made the offer",
         with_view(CAMILLE_BILLING, issuer=CNAM_OFFERS)),
        ("issuer-key-not-valid/billing", "V6", "iat is a second before the key's nbf", with_view(changed((6,), CARDS_NBF - 1))),
        ("issuer-signature/billing-zeros", "V7", "64 zero bytes", with_view(CAMILLE_BILLING, signature=bytes(64))),
        ("issuer-signature/billing-other-key", "V7", "signed by another key under this kid",
         with_view(CAMILLE_BILLING, signer=STRANGER)),
        ("issuer-signature/billing-offer-aad", "V7", "signed as an offer",
         with_view(CAMILLE_BILLING, aad=aad("enrolment-offer"))),
        ("issuer-signature/billing-of-minimal", "V7", "the minimal view's signature",
         with_view(CAMILLE_BILLING, signature=credential(CAMILLE, CNAM_CARDS).parts[3])),
        ("credential-not-mine/billing-other-device", "A1", "cnf is another phone's key",
         with_view(changed((8, 1), OTHER_PHONE_1.cose))),
        ("credential-not-mine/billing-other-code-key", "A1", "another code key", with_view(changed((CARD, 1), CODE_2.public))),
        ("credential-not-mine/billing-other-binding", "A1", "the binding of another request",
         with_view(changed((CARD, 9, 1), BINDING_2))),
        ("credential-expired/billing", "ENROL-2", "now is exp of the billing view alone", with_view(changed((4,), NOW))),
        ("wrong-environment/billing", "ENROL-2", "the billing view alone is a test card", with_view(changed((CARD, 10), 1))),
    )  # fmt: skip
    for slug, rule, comment, delivery in rows:
        yield refused(slug, (rule, "ENROL-2"), f"billing view: {comment}", delivery, base=BASE)


def _other_view() -> Iterator[Case]:
    """VIEW-2: genuine, this phone's, and not of this card."""
    child: Any = ELISE_BILLING
    rows: list[tuple[str, str, Delivery, str]] = [
        (slug, comment, with_view(changed(path, value)), BASE)
        for slug, comment, path, value in (
            ("cti", "another cti", (7,), derive("accept/billing", "cti", 8)),
            ("exp", "exp is a second later", (4,), CAMILLE[4] + 1),
            ("iat", "iat is a second earlier", (6,), CAMILLE[6] - 1),
            ("alias", "another alias", (CARD, 2), alias("other")),
            ("family-name", "another family name", (CARD, 3, 1), "Martin"),
            ("given-names", "a given name more", (CARD, 3, 2), ["Camille", "Anne"]),
            ("sex", "another sex", (CARD, 3, 3), 1),
            ("birth-rank", "a birth rank, which the card has not", (CARD, 3, 5), 1),
            ("scheme", "another centre", (CARD, 5), [1, 751, 35]),
            ("status-idx", "another entry of the status list", (CARD, 6), [3, 18]),
            ("status-list", "another status list", (CARD, 6), [4, 17]),
            ("rights-as-of", "rights as of another day", (CARD, 7), CAMILLE[CARD][7] + 1),
            ("rights-until", "an end of the rights, which the card has not", (CARD, 8), CAMILLE[CARD][7] + 100),
            ("method", "another way of enrolment", (CARD, 9, 0), 2),
            ("portrait", "a portrait, which the card has not", (CARD, 12), derive("accept/billing", "portrait")),
        )
    ]
    rows += [
        ("other-issuer", "the same person's card of another issuer", with_view(changed((1,), "fr-msa"), issuer=MSA), BASE),
        ("quality", "a child's card, its billing view of a spouse", with_view(edit(child, (CARD, 4), 2), CHILD), "billing-child"),
        ("policyholder", "a child's card, its billing view of another policyholder",
         with_view(edit(child, (CARD, 11), alias("zoë")), CHILD), "billing-child"),
        ("childs", "the policyholder's card, a child's billing view", with_view(ELISE_BILLING), BASE),
        ("parents", "a child's card, its parent's billing view", with_view(CAMILLE_BILLING, CHILD), "billing-child"),
    ]  # fmt: skip
    for slug, comment, delivery, base in rows:
        yield refused(f"credential-not-mine/view-{slug}", ("A1", "VIEW-2"), comment, delivery, base=base)
    yield refused(
        "credential-not-mine/view-minimal",
        ("A1", "VIEW-2"),
        "the minimal view a second time: no billing view",
        with_view(CAMILLE),
        base=BASE,
    )
    yield refused(
        "credential-not-mine/billing-other-number",
        ("A1", "VIEW-2"),
        "the number of somebody else in key 13",
        with_view(with_numbers(CAMILLE, NIR_ELISE)),
        base=BASE,
    )


def _order() -> Iterator[Case]:
    """All of the card's steps come before the billing view's first."""
    malformed = replace(GOOD, billing=b"\x00")
    for slug, rule, delivery in (
        ("issuer-signature/before-billing", "V7", replace(malformed, changes={"signature": bytes(64)})),
        ("credential-not-mine/before-billing", "A1", malformed.with_card((8, 1), OTHER_PHONE_1.cose)),
        ("credential-expired/before-billing", "ENROL-2", malformed.with_card((4,), NOW)),
        ("wrong-environment/before-billing", "ENROL-2", malformed.with_card((CARD, 10), 1)),
    ):
        yield refused(
            slug, (rule, "ENROL-2", "VERIFY-1"), "also a malformed billing view", delivery, "order", base=BASE
        )
    both = edit(changed((CARD, 10), 1), (7,), derive("accept/billing", "cti", 8))
    yield refused(
        "wrong-environment/billing-before-view",
        ("ENROL-2", "VERIFY-1"),
        "billing view: a test card, and with another cti",
        with_view(both),
        "order",
        base=BASE,
    )
