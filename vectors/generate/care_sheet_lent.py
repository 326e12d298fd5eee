"""Layer `care-sheet`: signed by who acts for the patient; V8, and of V11 and V12 what section 13.4 asks for of a delegate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.care_sheet_case import Sheet, accepted, refused
from vectors.generate.cases import Case
from vectors.generate.expectations import PURPOSES
from vectors.generate.fixtures import DAY, NOW
from vectors.generate.lending import GRANT, GRANT_IAT, INTRODUCTION_1, LENT_FOR, NAME, lent_card
from vectors.generate.loan import LOAN, MINE, Loan, by_issuer, loan
from vectors.generate.terminal_visit import answering
from vectors.generate.terminals import CHALLENGE, CO_SIGN, MADE_AT, TERMINAL
from vectors.generate.visit import Visit

CLOCK = ("boundary", "clock")
GRANT_ID, ISSUER_ID = "care-sheet/accepted/lent", "care-sheet/accepted/lent-by-issuer"
PHARMACY, HOSPITAL = 2, 3
_CLAIMS: Any = CO_SIGN.claims
ASKED: list[int] = _CLAIMS[CHALLENGE][2]
"""The challenge's purposes: a delegate may act for each of them."""


def lent_cases() -> Iterator[Case]:
    """In the order of the steps."""
    yield from _accepted()
    yield from _grants()
    yield from _scope()
    yield from _times()


def _signing(visit: Visit, name: str) -> Visit:
    return answering(CO_SIGN, f"sheet-{name}", visit)


def _granted(lent: Loan, name: str) -> Sheet:
    """The answer of the delegate's phone, with the grant as it stands."""
    claims: Any = lent.base.claims
    signed = _signing(lent.base, name)
    shown: Any = signed.claims
    return Sheet(lent.at(lambda _: replace(signed, claims={**claims, **shown})).visit)


def _for_sheets(lent: Loan) -> Loan:
    return lent.granting((GRANT, 3), ASKED)


GRANTED = _for_sheets(LOAN)
LENT = _granted(GRANTED, "lent")
LENT_BY_ISSUER = Sheet(_signing(by_issuer(claims=lent_card(INTRODUCTION_1, ASKED)), "lent-by-issuer"))


def _delegate(way: str, until: int) -> dict[str, Any]:
    return {"name": NAME, "way": way, "until": until}


BY_GRANT = _delegate("grant", GRANT_IAT + LENT_FOR)


def _by_issuer(sheet: Sheet) -> dict[str, Any]:
    card: Any = sheet.visit.card
    return _delegate("issuer", card[4])


def _accepted() -> Iterator[Case]:
    rules = ("V8", "V9", "V10", "K1", "K2")
    yield accepted("lent", rules, "a delegate signs, under a grant", LENT, delegate=BY_GRANT)
    other = _granted(_for_sheets(loan(1, 2)), "lent-suite-2")
    yield accepted("lent-suite-2", rules, "the delegate's phone has a P-256 key", other, delegate=BY_GRANT)
    yield accepted(
        "lent-by-issuer",
        rules,
        "with a card lent through the issuer",
        LENT_BY_ISSUER,
        delegate=_by_issuer(LENT_BY_ISSUER),
    )


def _grants() -> Iterator[Case]:
    """V8 to V10."""
    rows: tuple[tuple[str, str, str, Sheet], ...] = (
        ("grant-structure/empty", "V8", "a grant of no bytes", Sheet(LENT.visit.with_claims((MINE, 5), b"\0"))),
        ("grant-signature/zeros", "V8", "the grantor's device did not sign the grant",
         _granted(GRANTED.having(device=GRANTED.base.device), "lent-self-signed")),
        ("grant-code/none", "V8", "the delegate's code was not entered",
         Sheet(replace(LENT.visit.with_claims((MINE, 1), 2), code=None))),
    )  # fmt: skip
    for slug, step, comment, sheet in rows:
        yield refused(f"{slug.replace('/', '/lent-')}", (step,), comment, sheet, base=GRANT_ID)


def _scope() -> Iterator[Case]:
    """GRANT-3, for the challenge's purposes and the categories of its certificate."""
    rules = ("V11", "GRANT-3")
    others = [purpose for purpose in range(1, 6) if purpose not in ASKED]
    every = _granted(GRANTED.granting((GRANT, 3), [1, 2, 3, 4, 5]), "lent-every-purpose")
    comment = "the grant names each purpose that there is"
    yield accepted("lent-every-purpose", rules, comment, every, delegate=BY_GRANT)
    here = _granted(GRANTED.granting((GRANT, 4), [PHARMACY]), "lent-category")
    yield accepted(
        "lent-category", rules, "at a terminal of the category that the grant names", here, delegate=BY_GRANT
    )
    code = "delegation-scope"
    none = _granted(GRANTED.granting((GRANT, 3), others), "lent-no-purpose")
    yield refused(f"{code}/purposes", rules, "the grant names none of the challenge's purposes", none, base=GRANT_ID)
    for purpose in ASKED:
        one = _granted(GRANTED.granting((GRANT, 3), [purpose]), f"lent-one-purpose-{purpose}")
        comment = f"of the challenge's purposes the grant names {PURPOSES[purpose - 1]} alone"
        yield refused(
            f"{code}/one-of-two-{PURPOSES[purpose - 1]}", rules, comment, one,
            base=GRANT_ID,
        )  # fmt: skip
    there = _granted(GRANTED.granting((GRANT, 4), [HOSPITAL]), "lent-other-category")
    yield refused(
        f"{code}/category", rules, "the certificate has no category that the grant names", there, base=GRANT_ID
    )
    two = replace(there.with_certified((TERMINAL, 3), [PHARMACY, HOSPITAL]), answered=True)
    yield accepted(
        "lent-two-categories", rules, "the certificate has two categories, one of them named", two, delegate=BY_GRANT
    )
    card = by_issuer(claims=lent_card(INTRODUCTION_1, others))
    yield refused(
        f"{code}/lent-by-issuer-purposes",
        rules,
        "key 15 names none of the challenge's purposes",
        Sheet(_signing(card, "lent-by-issuer-no-purpose")),
        base=ISSUER_ID,
    )
    yield refused(
        f"{code}/lent-by-issuer-one-of-two",
        rules,
        "key 15 names one of the challenge's purposes",
        Sheet(_signing(by_issuer(claims=lent_card(INTRODUCTION_1, ASKED[:1])), "lent-by-issuer-one-purpose")),
        base=ISSUER_ID,
    )
    card = by_issuer(claims=lent_card(INTRODUCTION_1, ASKED, (HOSPITAL,)))
    yield refused(
        f"{code}/lent-by-issuer-category",
        rules,
        "the certificate has no category that key 15 names",
        Sheet(_signing(card, "lent-by-issuer-category")),
        base=ISSUER_ID,
    )


def _times() -> Iterator[Case]:
    """V12 for the grant: `now` is the challenge's iat, and 300 stands in place of skew_limit."""
    rules = ("V12", "TIME-1")

    def good_from(iat: int, exp: int, name: str) -> tuple[Sheet, dict[str, Any]]:
        return _granted(GRANTED.granting((6,), iat).granting((4,), exp), f"lent-{name}"), _delegate("grant", exp)

    last, delegate = good_from(MADE_AT - DAY, MADE_AT + 1, "last-second")
    yield accepted("lent-last-second", rules, "signed in the grant's last second", last, *CLOCK, delegate=delegate)
    over, _ = good_from(MADE_AT - DAY, MADE_AT, "over")
    yield refused(
        "grant-expired/lent-at-exp", rules, "signed at exp of the grant", over, *CLOCK,
        base="care-sheet/accepted/lent-last-second",
    )  # fmt: skip
    ahead, delegate = good_from(MADE_AT + 300, MADE_AT + DAY, "300-ahead")
    yield accepted("lent-300-ahead", rules, "the grant's iat is 300 seconds ahead", ahead, *CLOCK, delegate=delegate)
    early, _ = good_from(MADE_AT + 301, MADE_AT + DAY, "301-ahead")
    yield refused(
        "grant-not-yet-valid/lent-301-ahead", rules, "the grant's iat is 301 seconds ahead", early, *CLOCK,
        base="care-sheet/accepted/lent-300-ahead",
    )  # fmt: skip
    slow, delegate = good_from(NOW - 5 * DAY, NOW - 5 * DAY + 259_200, "days-ago")
    yield refused("grant-expired/lent-days-ago", rules, "under a grant of five days ago", slow, "clock", base=GRANT_ID)
