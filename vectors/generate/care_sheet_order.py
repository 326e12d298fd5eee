"""Layer `care-sheet`, VERIFY-1: the order of section 13.4, which is another than at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.care_sheet_case import Sheet, refused
from vectors.generate.cases import Case
from vectors.generate.fixtures import DAY, TODAY, signed_trust, trust_claims
from vectors.generate.terminals import CHALLENGE, MADE_AT

Change = Callable[[Sheet], Sheet]
CARD = -65537


def _visit(**changed: object) -> Change:
    return lambda sheet: sheet.with_visit(**changed)


def _card(path: tuple[Any, ...], value: Any) -> Change:
    return lambda sheet: replace(sheet, visit=sheet.visit.with_card(path, value))


def _bad_claims(sheet: Sheet) -> Sheet:
    return replace(sheet, visit=sheet.visit.with_claims((99,), 0))


def _no_transaction(sheet: Sheet) -> Sheet:
    asked = sheet.asked
    assert isinstance(asked, dict)
    inner = asked[CHALLENGE]
    assert isinstance(inner, dict)
    return sheet.with_asked((CHALLENGE,), {key: value for key, value in inner.items() if key != 6})


# step, code, the fault; each can stand together with the next, but for EXCLUDE
FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("V2", "cbor-profile", _visit(bytes_change=lambda data: data + b"\0")),
    ("V4", "claims-structure", _bad_claims),
    ("H2", "challenge-structure", lambda sheet: sheet.with_asked((99,), 0)),
    ("V6", "trust-list-expired", lambda sheet: replace(sheet, trust=signed_trust({**trust_claims(), 3: MADE_AT}))),
    ("V7", "issuer-signature", _visit(at_credential={"signature": bytes(64)})),
    ("H2", "certificate-structure", lambda sheet: sheet.with_certified((99,), 0)),
    ("H4", "certificate-signature", lambda sheet: replace(sheet, at_certificate={"signature": bytes(64)})),
    ("H5", "certificate-not-valid", lambda sheet: sheet.with_certified((4,), MADE_AT)),
    ("H6", "challenge-signature", lambda sheet: replace(sheet, at_challenge={"signature": bytes(64)})),
    ("H6", "session-key", lambda sheet: sheet.with_asked((CHALLENGE, 5), bytes(32))),
    ("K1", "sheet-not-signed", _no_transaction),
    ("V9", "context-mismatch", _visit(at_device={"signature": bytes(64)})),
    ("V10", "code-signature", _visit(at_code={"signature": bytes(64)})),
    ("V11", "billing-not-permitted", lambda sheet: sheet.with_asked((CHALLENGE, 3), 1)),
    ("V12", "credential-not-yet-valid", _card((6,), MADE_AT + DAY)),
    ("V12", "credential-expired", _card((4,), MADE_AT)),
    ("V12", "rights-ended", _card((CARD, 8), TODAY)),
    ("V14", "wrong-environment", _card((CARD, 10), 1)),
    ("K2", "sheet-mismatch", lambda sheet: replace(sheet, sheet=b"another sheet")),
)
EXCLUDE = {("credential-not-yet-valid", "credential-expired")}
"""A card whose exp is not after its iat is not in form."""

FURTHER = (
    ("claims-structure", "trust-list-expired"),
    ("challenge-structure", "certificate-signature"),
    ("issuer-signature", "certificate-signature"),
    ("issuer-signature", "credential-expired"),
    ("certificate-signature", "rights-ended"),
    ("challenge-signature", "wrong-environment"),
    ("sheet-not-signed", "billing-not-permitted"),
    ("sheet-not-signed", "credential-expired"),
    ("context-mismatch", "wrong-environment"),
)
"""A verifier that asks for the card's times and environment when it looks at the card would find these the other way round."""


def order_cases(good: Sheet) -> Iterator[Case]:
    """Neighbours, each with the last, and some further apart."""
    good = replace(good, answered=True)
    by_code = {fault[1]: fault for fault in FAULTS}
    for number, first in enumerate(FAULTS[:-1]):
        following = number + 1
        if (first[1], FAULTS[following][1]) in EXCLUDE:
            following += 1
        for then in dict.fromkeys((FAULTS[following], FAULTS[-1])):
            yield _two(first, then, good)
    for code, later in FURTHER:
        yield _two(by_code[code], by_code[later], good)


def _two(first: tuple[str, str, Change], then: tuple[str, str, Change], good: Sheet) -> Case:
    step, code, change = first
    sheet = change(then[2](good))
    return refused(f"{code}/before-{then[1]}", (step, "VERIFY-1"), f"also {then[1]}, of step {then[0]}", sheet, "order")
