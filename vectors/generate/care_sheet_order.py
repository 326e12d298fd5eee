"""Layer `care-sheet`, VERIFY-1: the order of section 13.4, which is another than at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate.care_sheet_case import Sheet, refused
from vectors.generate.cases import Case
from vectors.generate.fixtures import signed_trust, trust_claims
from vectors.generate.terminals import CHALLENGE, MADE_AT

Change = Callable[[Sheet], Sheet]


def _visit(**changed: object) -> Change:
    return lambda sheet: sheet.with_visit(**changed)


def _bad_claims(sheet: Sheet) -> Sheet:
    return replace(sheet, visit=sheet.visit.with_claims((99,), 0))


def _no_transaction(sheet: Sheet) -> Sheet:
    asked = sheet.asked
    assert isinstance(asked, dict)
    inner = asked[CHALLENGE]
    assert isinstance(inner, dict)
    return sheet.with_asked((CHALLENGE,), {key: value for key, value in inner.items() if key != 6})


# step, code, the fault; each can stand together with the next
FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("V2", "cbor-profile", _visit(bytes_change=lambda data: data + b"\0")),
    ("V4", "claims-structure", _bad_claims),
    ("V6", "trust-list-expired", lambda sheet: replace(sheet, trust=signed_trust({**trust_claims(), 3: MADE_AT}))),
    ("V7", "issuer-signature", _visit(at_credential={"signature": bytes(64)})),
    ("H2", "challenge-structure", lambda sheet: sheet.with_asked((99,), 0)),
    ("H4", "certificate-signature", lambda sheet: replace(sheet, at_certificate={"signature": bytes(64)})),
    ("H5", "certificate-not-valid", lambda sheet: sheet.with_certified((4,), MADE_AT)),
    ("H6", "challenge-signature", lambda sheet: replace(sheet, at_challenge={"signature": bytes(64)})),
    ("H6", "session-key", lambda sheet: sheet.with_asked((CHALLENGE, 5), bytes(32))),
    ("K1", "sheet-not-signed", _no_transaction),
    ("V9", "context-mismatch", _visit(at_device={"signature": bytes(64)})),
    ("V10", "code-signature", _visit(at_code={"signature": bytes(64)})),
    ("K2", "sheet-mismatch", lambda sheet: replace(sheet, sheet=b"another sheet")),
)
NOT_TOGETHER = {("issuer-signature", "challenge-structure")}
"""V6 asks for the iat of a challenge that is not in form: which comes first is not told apart here."""


def order_cases(good: Sheet) -> Iterator[Case]:
    """Neighbours, and each with the last."""
    good = replace(good, answered=True)
    for number, (step, code, change) in enumerate(FAULTS[:-1]):
        for _, then, also in dict.fromkeys((FAULTS[number + 1], FAULTS[-1])):
            if (code, then) in NOT_TOGETHER:
                continue
            yield refused(f"{code}/before-{then}", (step, "VERIFY-1"), f"also {then}", change(also(good)), "order")
    later = FAULTS[5]
    step, code, change = FAULTS[3]
    yield refused(f"{code}/before-{later[1]}", (step, "VERIFY-1"), f"also {later[1]}", change(later[2](good)), "order")
