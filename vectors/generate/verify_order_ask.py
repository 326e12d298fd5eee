"""Layer `verify`, VERIFY-1: ASK-1 and another fault. Its place is the first row of V11."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.fixtures import LIST_NUMBER, NOW, REVOKED, TODAY, signed_trust, trust_claims
from vectors.generate.terminal_visit import at_counter
from vectors.generate.terminals import BILLING, CAMILLE_BILLING, CERT_HOSPITAL
from vectors.generate.verify_ask import AUDIENCE, AUDIENCE_OVER, OPEN, OPEN_OVER, sealed
from vectors.generate.verify_status import listed
from vectors.generate.visit import NO_CODE, SUITE_1, Visit, refused

CARD = -65537
BILLED = replace(SUITE_1, card=CAMILLE_BILLING, asked=BILLING)
BILLED_AT_COUNTER = replace(at_counter("counter", visit=replace(SUITE_1, card=CAMILLE_BILLING)), asked=BILLING)
ZEROS = {"signature": bytes(64)}


def ask_order_cases() -> Iterator[Case]:
    """What comes before it, then what comes after."""
    yield from _before()
    yield from _after()


def _before() -> Iterator[Case]:
    expired = signed_trust({**trust_claims(), 3: NOW})
    rows: tuple[tuple[str, str, str, Visit, str], ...] = (
        ("trust-list-expired", "V6", "the trust list has expired", replace(OPEN, trust=expired), OPEN_OVER),
        ("issuer-signature", "V7", "64 zero bytes", replace(OPEN, at_credential=ZEROS), OPEN_OVER),
        ("context-mismatch", "V9", "level audience: made for another terminal",
         replace(AUDIENCE, certificates=(CERT_HOSPITAL,)), AUDIENCE_OVER),
        ("device-signature", "V9", "64 zero bytes", replace(OPEN, at_device=ZEROS), OPEN_OVER),
        ("code-signature", "V10", "64 zero bytes", replace(OPEN, at_code=ZEROS), OPEN_OVER),
    )  # fmt: skip
    for code, step, comment, visit, base in rows:
        yield refused(
            f"{code}/before-asked", (step, "VERIFY-1"), f"{comment}; and an answer was asked for", visit, "order",
            base=base,
        )  # fmt: skip
    rows_sealed: tuple[tuple[str, str, str, Visit, str], ...] = (
        ("context-unknown", "V9", "level audience: this terminal has no certificate",
         replace(AUDIENCE, certificates=()), AUDIENCE_OVER),
        ("context-mismatch", "V9", "level audience: 64 zero bytes", replace(AUDIENCE, at_device=ZEROS), AUDIENCE_OVER),
        ("code-signature", "V10", "64 zero bytes", replace(OPEN, at_code=ZEROS), OPEN_OVER),
    )  # fmt: skip
    for code, step, comment, visit, base in rows_sealed:
        yield refused(
            f"{code}/before-asked-sealed", (step, "VERIFY-1"), f"sealed, and no answer; {comment}", sealed(visit), "order",
            base=base,
        )  # fmt: skip


def _after() -> Iterator[Case]:
    revoked = OPEN.with_card((CARD, 6), [LIST_NUMBER, REVOKED])
    weak = replace(NO_CODE, asked=OPEN.asked, least_verification="code")
    rows: tuple[tuple[str, str, Visit, str], ...] = (
        ("billing", "a billing view at level open", BILLED, OPEN_OVER),
        ("billing-audience", "a billing view at level audience", BILLED_AT_COUNTER, AUDIENCE_OVER),
        ("billing-sealed", "a billing view at level open, sealed", sealed(BILLED), OPEN_OVER),
        ("billing-audience-sealed", "a billing view at level audience, sealed", sealed(BILLED_AT_COUNTER), AUDIENCE_OVER),
        ("billing-not-the-purpose", "a billing view at level open, sealed; the challenge does not name the purpose",
         sealed(replace(BILLED, purpose="records")), OPEN_OVER),
        ("presentation-not-yet-valid", "made in a quarter of an hour", OPEN.at_times(NOW + 900, NOW + 930), OPEN_OVER),
        ("presentation-expired", "made a quarter of an hour ago", OPEN.at_times(NOW - 900, NOW - 870), OPEN_OVER),
        ("presentation-expired-audience", "level audience: made a quarter of an hour ago",
         AUDIENCE.at_times(NOW - 900, NOW - 870), AUDIENCE_OVER),
        ("credential-expired", "the card has expired", OPEN.with_card((4,), NOW), OPEN_OVER),
        ("rights-ended", "the rights have ended", OPEN.with_card((CARD, 8), TODAY), OPEN_OVER),
        ("status-unavailable", "no status list is held", replace(OPEN, status=()), OPEN_OVER),
        ("status-expired", "the status list has expired", replace(OPEN, status=(listed(exp=NOW),)), OPEN_OVER),
        ("card-revoked", "the card is revoked", revoked, OPEN_OVER),
        ("wrong-environment", "a test card", OPEN.with_card((CARD, 10), 1), OPEN_OVER),
        ("verification", "less than the policy's user verification", weak,
         "verify/accepted/ask/open-no-code-challenge-over"),
        ("expired-sealed", "sealed, and made a quarter of an hour ago",
         sealed(OPEN.at_times(NOW - 900, NOW - 870)), OPEN_OVER),
    )  # fmt: skip
    for slug, comment, visit, base in rows:
        yield refused(
            f"binding-too-weak/asked-before-{slug}", ("V11", "ASK-1", "VERIFY-1"),
            f"where an answer is asked for: also {comment}", visit, "order", base=base,
        )  # fmt: skip
