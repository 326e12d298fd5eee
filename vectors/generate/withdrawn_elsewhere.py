"""Withdrawn keys (TRUST-6) in the layers other than `verify`: wherever a key is asked to be valid at an iat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import accept_case, care_sheet_case, review_case, status_case
from vectors.generate.accept_billing import signed
from vectors.generate.cases import Case
from vectors.generate.fixtures import (
    CAMILLE,
    CARD_IAT,
    ENTRIES,
    NOW,
    OFFER,
    Claims,
    authority,
    offer_claims,
    signed_trust,
    trust_claims,
    withdrawn,
)
from vectors.generate.keys import CNAM_OFFERS, CNAM_STATUS
from vectors.generate.layer_offer import offer_given, offer_refused
from vectors.generate.terminals import CAMILLE_BILLING, PHARMACY
from vectors.generate.verify_withdrawn import ENTRY, trust_with
from vectors.generate.withdrawals import withdrawals

OFFERS: Claims = trust_claims()[6][0][3][3]
LISTS: Claims = trust_claims()[6][0][3][2]


def authority_with(entries: list[Claims]) -> bytes:
    """The trust list with these keys of the terminal authority."""
    return signed_trust({**trust_claims(), 7: [{**authority(), 3: entries}]})


def withdrawn_offer_cases() -> Iterator[Case]:
    """O2."""
    assert OFFERS[1] == CNAM_OFFERS.cose
    rules = ("O2", "TRUST-6")
    for way in withdrawals(OFFERS, offer_claims()[6]):
        trust, comment = trust_with(list(way.entries), 3), f"of the offer: {way.comment}"
        if way.counts:
            given = offer_given(OFFER, NOW, trust)
            yield Case(
                f"offer/accepted/withdrawn-{way.slug}", rules, comment, given, {"issuer": "fr-cnam"}, flags=way.flags
            )
        else:
            slug = f"offer-issuer/withdrawn-{way.slug}"
            yield offer_refused(slug, rules, comment, OFFER, *way.flags, base="withdrawn-kept", trust=trust)


def withdrawn_status_cases() -> Iterator[Case]:
    """S2."""
    assert LISTS[1] == CNAM_STATUS.cose
    rules = ("S2", "TRUST-6")
    claims = status_case.CLAIMS
    for way in withdrawals(LISTS, claims[6]):
        trust, comment = trust_with(list(way.entries), 2), f"of the list: {way.comment}"
        slug = f"withdrawn-{way.slug}"
        if way.counts:
            size = 4 * len(ENTRIES)
            yield status_case.accepted(slug, rules, comment, claims, 0, size, *way.flags, trust=trust)
        else:
            data = status_case.sealed(claims)
            yield status_case.refused(
                slug, "issuer", rules, comment, data, *way.flags, base="withdrawn-kept", trust=trust
            )


def withdrawn_accept_cases() -> Iterator[Case]:
    """V6, for the phone: a card, and a billing view."""
    rules = ("V6", "TRUST-6", "ENROL-2")
    code = "issuer-key-withdrawn"
    for way in withdrawals(ENTRY, CARD_IAT):
        delivery = replace(accept_case.GOOD, trust=trust_with(way.entries))
        comment = f"of the credential: {way.comment}"
        if way.counts:
            yield accept_case.accepted(f"withdrawn-{way.slug}", rules, comment, delivery, *way.flags)
        else:
            yield accept_case.refused(f"{code}/{way.slug}", rules, comment, delivery, *way.flags, base="withdrawn-kept")
    at_iat = trust_with([withdrawn(ENTRY, CARD_IAT, True)])
    before = replace(accept_case.GOOD.with_card((6,), CARD_IAT - 1), billing=signed(CAMILLE_BILLING), trust=at_iat)
    yield accept_case.refused(
        f"{code}/billing", rules, "the key was withdrawn between the card's iat and the billing view's", before,
        "rotation", base="billing",
    )  # fmt: skip
    broken = replace(accept_case.GOOD, trust=at_iat, changes={"signature": bytes(64)})
    yield accept_case.refused(
        f"{code}/before-issuer-signature", (*rules, "VERIFY-1"), "also issuer-signature", broken, "order"
    )


def billing_as_card_cases() -> Iterator[Case]:
    """VIEW-2: the card that a phone keeps is the minimal view."""
    rules = ("A1", "VIEW-2")
    alone = replace(accept_case.GOOD, card=CAMILLE_BILLING)
    view, minimal = signed(CAMILLE_BILLING), signed(CAMILLE)
    slug = "credential-not-mine/card-is-billing-view"
    yield accept_case.refused(slug, rules, "the card itself is a billing view", alone)
    for name, comment, billing in (
        ("and-billing-view", "the card itself is a billing view, and the same stands beside it", view),
        ("and-minimal-view", "the two views in each other's place", minimal),
    ):
        yield accept_case.refused(f"{slug}-{name}", rules, comment, replace(alone, billing=billing), base="billing")


def withdrawn_care_sheet_cases() -> Iterator[Case]:
    """V6 and H3, years later: what the trust list of that day says of the keys."""
    sheet = care_sheet_case.Sheet()
    for way in withdrawals(ENTRY, CARD_IAT):
        changed = replace(sheet, trust=trust_with(way.entries))
        comment = f"of the credential: {way.comment}"
        rules = ("V6", "TRUST-6")
        if way.counts:
            yield care_sheet_case.accepted(f"withdrawn-{way.slug}", rules, comment, changed, *way.flags)
        else:
            slug, base = f"issuer-key-withdrawn/{way.slug}", "care-sheet/accepted/withdrawn-kept"
            yield care_sheet_case.refused(slug, rules, comment, changed, *way.flags, base=base)
    gone = replace(sheet, trust=authority_with([withdrawn(authority()[3][0], PHARMACY[6], True)]))
    yield care_sheet_case.refused(
        "certificate-authority/withdrawn", ("H3", "TRUST-6"), "the authority's key was withdrawn at the certificate's iat",
        gone, "rotation",
    )  # fmt: skip
    broken = replace(sheet, trust=trust_with([withdrawn(ENTRY, CARD_IAT, True)]))
    yield care_sheet_case.refused(
        "issuer-key-withdrawn/before-issuer-signature",
        ("V6", "TRUST-6", "VERIFY-1"),
        "also issuer-signature",
        broken.with_visit(at_credential={"signature": bytes(64)}),
        "order",
    )


def withdrawn_review_cases() -> Iterator[Case]:
    """H3."""
    entry = authority()[3][0]
    rules = ("H3", "TRUST-6")
    for way in withdrawals(entry, PHARMACY[6]):
        review = replace(review_case.STICKER, trust=authority_with(list(way.entries)))
        comment = f"of the certificate: {way.comment}"
        if way.counts:
            yield review_case.accepted(f"withdrawn-{way.slug}", rules, comment, review, *way.flags)
        else:
            slug, base = f"certificate-authority/withdrawn-{way.slug}", "review/accepted/withdrawn-kept"
            yield review_case.refused(slug, rules, comment, review, *way.flags, base=base)
    gone = authority_with([withdrawn(entry, PHARMACY[6], False)])
    yield review_case.refused(
        "certificate-authority/withdrawn-in-challenge", rules, "in a challenge: the authority's key is withdrawn",
        replace(review_case.ASKED, trust=gone), "rotation", base=review_case.ASKED_ID,
    )  # fmt: skip
    yield review_case.refused(
        "certificate-authority/withdrawn-before-signature",
        (*rules, "VERIFY-1"),
        "also a signature of zeros",
        replace(review_case.STICKER, trust=gone, at_certificate={"signature": bytes(64)}),
        "order",
    )
