"""Layers `issue` and `present`: cards lent through the issuer, and presentations with a grant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.expectations import card_json
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.layer_produce import issue_case, present_case
from vectors.generate.lending import INTRODUCTION_1, LENT_1, LENT_2, lent_card
from vectors.generate.loan import LEVELS, SUITES, Loan, loan
from vectors.generate.terminals import CERT_PHARMACY, IDENTIFY

CARD = -65537
CONTEXTS = {"open": None, "audience": CERT_PHARMACY, "challenge": IDENTIFY.message}


def lent_issue_cases() -> Iterator[Case]:
    """Cards in which somebody acts."""
    every = lent_card(INTRODUCTION_1, (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 7, 8))
    for slug, comment, claims in (
        ("lent", "a card lent through the issuer", LENT_1),
        ("lent-suite-2", "the same onto a P-256 key", LENT_2),
        ("lent-categories", "every purpose, every category", every),
    ):
        yield issue_case(slug, ("CRED-5", "CBOR-1"), comment, claims, CNAM_CARDS, card_json(claims[CARD]))
    given: dict[str, Any] = card_json(LENT_1[CARD])
    name = unicodedata.normalize("NFD", given["acting"]["name"])
    assert name != given["acting"]["name"]
    given["acting"] = {**given["acting"], "name": name}
    comment = "the name of who acts, given decomposed, is written in Normalization Form C"
    yield issue_case("lent-normalised", ("CBOR-7",), comment, LENT_1, CNAM_CARDS, given)


def lent_present_cases() -> Iterator[Case]:
    """What a delegate's phone makes: both suites of card and phone, each level."""
    for grantor in SUITES:
        for delegate in SUITES:
            for level in LEVELS:
                comment = f"a card of suite {grantor}, by grant on a phone of suite {delegate}; level {level}"
                yield _case(
                    f"present/lent/suite-{grantor}-to-{delegate}/{level}", comment, loan(grantor, delegate, level)
                )
    scoped = loan().granting((-65547, 4), [2, 3])
    yield _case("present/lent/categories", "a grant for pharmacies and hospitals", scoped)


def _case(case_id: str, comment: str, lent: Loan) -> Case:
    context = CONTEXTS[LEVELS[lent.base.binding]]
    return present_case(case_id, ("COSE-5", "GRANT-4", "PRES-2"), comment, lent.visit.presentation, context)
