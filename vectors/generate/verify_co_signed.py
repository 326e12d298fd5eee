"""Layer `verify`: for what a delegate may act where the challenge has a transaction, GRANT-3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.expectations import PURPOSES, result
from vectors.generate.lending import GRANT, INTRODUCTION_1, lent_card
from vectors.generate.loan import LOAN, by_issuer, lent_result, loan
from vectors.generate.terminal_visit import SHEET_DIGEST, answering
from vectors.generate.terminals import BILLING, CHALLENGE, CO_SIGN
from vectors.generate.visit import Visit, accepted, refused


def co_signed_cases() -> Iterator[Case]:
    """With a transaction, every purpose that the challenge names: the terminal verifies for one of them, and keeps all."""
    rules = ("V11", "GRANT-3")
    asked: Any = CO_SIGN.claims
    both = asked[CHALLENGE][2]
    outcome: dict[str, Json] = {
        "binding": "challenge", "sealed": True, "transaction": SHEET_DIGEST, "purpose": PURPOSES[both[0] - 1],
    }  # fmt: skip

    def co_signing(visit: Visit, name: str) -> Visit:
        return replace(answering(CO_SIGN, name, visit), purpose=PURPOSES[both[0] - 1])

    lent = LOAN.at(lambda visit: co_signing(visit, "co-signed-lent"))
    all_of_them = lent.granting((GRANT, 3), both)
    comment = "the grant names every purpose of a challenge with a transaction"
    yield accepted("lent/co-sign", rules, comment, all_of_them.visit, lent_result(all_of_them, **outcome))
    card = lent_card(INTRODUCTION_1, both)
    shown = co_signing(by_issuer(claims=card), "co-signed-lent-by-issuer")
    comment = "key 15 names every purpose of a challenge with a transaction"
    yield accepted("lent-by-issuer/co-sign", rules, comment, shown, result(card, **outcome))

    for slug, granted, comment in (
        (
            "co-sign-one-of-two",
            both[:1],
            "a transaction; the purpose verified for is granted, the challenge's other is not",
        ),
        (
            "co-sign-the-other",
            both[1:],
            "a transaction; of the challenge's purposes, the one not verified for is granted",
        ),
    ):
        narrow = lent.granting((GRANT, 3), granted)
        yield refused(f"delegation-scope/{slug}", rules, comment, narrow.visit, base="verify/accepted/lent/co-sign")
    shown = co_signing(by_issuer(claims=lent_card(INTRODUCTION_1, both[:1])), "co-signed-lent-by-issuer-narrow")
    comment = "a transaction; key 15 names one of the challenge's purposes"
    yield refused(
        "delegation-scope/lent-by-issuer-co-sign-one-of-two", rules, comment, shown,
        base="verify/accepted/lent-by-issuer/co-sign",
    )  # fmt: skip
    several = loan(level="challenge").at(lambda visit: answering(BILLING, "asked-for-two-lent", visit))
    one = several.granting((GRANT, 3), [1])
    comment = "no transaction: of the challenge's two purposes the one verified for is enough"
    yield accepted("lent/asked-for-two", rules, comment, one.visit, lent_result(one))
