"""Layer `verify`: how far a delegate may go, V11 to V14, in both ways of lending; and the order of V8's and later codes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.expectations import CATEGORIES, PURPOSES, result
from vectors.generate.fixtures import (
    DAY,
    DELEGATIONS_WITHDRAWN,
    HOUR,
    LIST_NUMBER,
    NOW,
    REVOKED,
    TODAY,
    Claims,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import PHONE_1
from vectors.generate.lending import GRANT, INTRODUCTION_1, LENT_1, lent_card
from vectors.generate.loan import BY_ISSUER, ID, ISSUER_ID, LOAN, MINE, Loan, by_issuer, lent_id, lent_result, loan
from vectors.generate.terminals import CERT_PHARMACY
from vectors.generate.verify_co_signed import co_signed_cases
from vectors.generate.verify_status import listed
from vectors.generate.visit import SUITE_1, Visit, accepted, refused

CARD = -65537


def scope_cases() -> Iterator[Case]:
    """V11, V12, V13, V14, then VERIFY-1."""
    yield from _purposes()
    yield from _categories()
    yield from _times()
    yield from _withdrawn()
    yield from _policy()
    yield from _order()


def _pair(
    purposes: tuple[int, ...], categories: tuple[int, ...] | None
) -> Iterator[tuple[str, Visit, Callable[..., dict[str, object]], str]]:
    """The same terms in both ways: name, visit, what makes its RESULT, base."""
    lent = LOAN.granting((GRANT, 3), list(purposes))
    card = lent_card(INTRODUCTION_1, purposes, categories)
    if categories is not None:
        lent = lent.granting((GRANT, 4), list(categories))
    yield "lent", lent.visit, lambda **differs: dict(lent_result(lent, **differs)), ID
    yield "lent-by-issuer", by_issuer(claims=card), lambda **differs: dict(result(card, **differs)), ISSUER_ID


def _purposes() -> Iterator[Case]:
    rules = ("V11", "GRANT-3")
    for number, purpose in enumerate(PURPOSES, 1):
        others = tuple(other for other in range(1, 6) if other != number)
        for name, visit, ok, _ in _pair((number,), None):
            shown = replace(visit, purpose=purpose)
            made = ok(purpose=purpose)
            yield accepted(f"{name}/for-{purpose}", rules, f"for {purpose} alone, and for that", shown, made)  # type: ignore[arg-type]
        for name, visit, _, base in _pair(others, None):
            shown = replace(visit, purpose=purpose)
            slug = f"delegation-scope/{name}-not-{purpose}"
            yield refused(slug, rules, f"for all but {purpose}, and for that", shown, base=base)
    asked = loan(level="challenge").at(lambda visit: replace(visit, purpose="identification"))
    narrow = asked.granting((GRANT, 3), [3])
    yield refused(
        "delegation-scope/challenge", rules, "the challenge names the purpose, the grant does not", narrow.visit,
        base=lent_id(level="challenge"),
    )  # fmt: skip
    yield from co_signed_cases()


def _categories() -> Iterator[Case]:
    rules = ("V11", "GRANT-3")
    for number, category in enumerate(CATEGORIES, 1):
        for name, visit, ok, _ in _pair((1,), (number,)):
            shown = replace(visit, categories=(category,))
            yield accepted(f"{name}/at-{category}", rules, f"at a {category} alone, and there", shown, ok())  # type: ignore[arg-type]
    rows: tuple[tuple[str, str, tuple[int, ...], tuple[str, ...]], ...] = (
        ("other", "for pharmacies, at a hospital", (2,), ("hospital",)),
        ("other-two", "for pharmacies, at a hospital with doctors", (2,), ("doctor", "hospital")),
        ("all-others", "for all but pharmacies, at a pharmacy", (1, 3, 4, 5, 6, 7, 8), ("pharmacy",)),
        ("no-category", "for pharmacies, at a terminal that says nothing of itself", (2,), ()),
        ("every-no-category", "for every category, at a terminal of none", (1, 2, 3, 4, 5, 6, 7, 8), ()),
    )
    for slug, comment, categories, places in rows:
        for name, visit, _, base in _pair((1,), categories):
            shown = replace(visit, categories=places)
            yield refused(f"delegation-scope/{name}-{slug}", rules, comment, shown, base=base)
    for slug, comment, several, places in (
        ("one-of-two", "for pharmacies and hospitals, at a hospital with doctors", (2, 3), ("doctor", "hospital")),
        ("two-of-two", "for doctors and hospitals, at a hospital with doctors", (1, 3), ("doctor", "hospital")),
    ):
        for name, visit, ok, _ in _pair((1,), several):
            shown = replace(visit, categories=places)
            yield accepted(f"{name}/{slug}", rules, comment, shown, ok())  # type: ignore[arg-type]
    certified = loan(level="audience").granting((GRANT, 4), [2])
    yield refused(
        "delegation-scope/certificate-alone",
        rules,
        "a pharmacy's certificate, and no category of the terminal's: what it is, it is told by who sets it up",
        certified.visit,
        base=lent_id(level="audience"),
    )
    assert CERT_PHARMACY in certified.base.certificates


def _times() -> Iterator[Case]:
    rules = ("V12", "TIME-1")
    last = LOAN.granting((6,), NOW - 48 * HOUR + 1).granting((4,), NOW + 1)
    yield accepted("lent/last-second", rules, "the grant's last second", last.visit, lent_result(last), "boundary")
    over = LOAN.granting((6,), NOW - 48 * HOUR).granting((4,), NOW)
    base = "verify/accepted/lent/last-second"
    yield refused("grant-expired/first-second", rules, "now is exp of the grant", over.visit, "boundary", base=base)
    wide = over.at(lambda visit: replace(visit, skew_limit=300)).visit
    yield refused("grant-expired/skew-300", rules, "the skew limit moves it by nothing", wide, "clock", base=base)
    old = LOAN.granting((6,), NOW - 7 * DAY).granting((4,), NOW - 5 * DAY)
    yield refused("grant-expired/days", rules, "five days past its end", old.visit, "clock", base=base)
    for limit in (0, 60, 300):
        early = LOAN.granting((6,), NOW + limit).at(lambda visit, n=limit: replace(visit, skew_limit=n))  # type: ignore[misc]
        slug = f"iat-{limit}-ahead"
        comment = f"the grant begins in {limit} seconds, the skew limit"
        yield accepted(f"lent/{slug}", rules, comment, early.visit, lent_result(early), "boundary", "clock")
        yield refused(
            f"grant-not-yet-valid/skew-{limit}", rules, f"it begins in {limit + 1} seconds",
            early.granting((6,), NOW + limit + 1).visit, "boundary", "clock", base=f"verify/accepted/lent/{slug}",
        )  # fmt: skip
    tomorrow = LOAN.granting((6,), NOW + DAY).granting((4,), NOW + 2 * DAY)
    yield refused("grant-not-yet-valid/tomorrow", rules, "it begins tomorrow", tomorrow.visit, "clock", base=ID)
    asked = loan(level="challenge").granting((6,), NOW - 2 * DAY).granting((4,), NOW)
    yield refused(
        "grant-expired/challenge", rules, "level challenge: the grant's own times count all the same", asked.visit,
        "clock", base=lent_id(level="challenge"),
    )  # fmt: skip
    ahead = loan(level="challenge").granting((6,), NOW + 61)
    yield refused(
        "grant-not-yet-valid/challenge", rules, "level challenge: it begins in 61 seconds", ahead.visit, "clock",
        base=lent_id(level="challenge"),
    )  # fmt: skip
    moved = LOAN.at(lambda visit: visit.with_card((6,), NOW - HOUR))
    comment = "a grant with an iat before the card's: that is not asked"
    yield accepted("lent/before-card", ("V12",), comment, moved.visit, lent_result(moved), "clock")
    floor = LOAN.granting((4,), NOW + 100).at(
        lambda visit: replace(visit, floor=NOW + 100).at_times(NOW + 90, NOW + 120)
    )
    yield refused(
        "grant-expired/floor", (*rules, "TIME-4"), "the time floor is exp of the grant, the clock before it",
        floor.visit, "clock", base=ID,
    )  # fmt: skip
    ended: Claims = {**LENT_1, 4: NOW}
    yield refused(
        "credential-expired/lent-by-issuer", rules, "now is exp of a card lent through the issuer",
        by_issuer(claims=ended), "boundary", base=ISSUER_ID,
    )  # fmt: skip


def _withdrawn() -> Iterator[Case]:
    rules = ("V13", "STATUS-1")
    index = (CARD, 6)
    entry = [LIST_NUMBER, DELEGATIONS_WITHDRAWN]
    at_three = LOAN.at(lambda visit: visit.with_card(index, entry))
    list_iat = NOW - 6 * HOUR
    for slug, iat, comment in (
        ("granted-after", list_iat + 1, "the entry is 3, the grant is a second later than the list"),
        ("granted-at", list_iat, "the entry is 3, the grant is of the list's second"),
    ):
        lent = at_three.granting((6,), iat)
        yield accepted(f"lent/{slug}", rules, comment, lent.visit, lent_result(lent), "boundary", "revocation")
    for slug, iat in (("second-before", list_iat - 1), ("half-day-before", list_iat - 12 * HOUR)):
        lent = at_three.granting((6,), iat)
        comment = (
            f"the entry is 3, the grant is {'a second' if 'second' in slug else 'half a day'} earlier than the list"
        )
        base = "verify/accepted/lent/granted-at"
        yield refused(f"delegations-withdrawn/{slug}", rules, comment, lent.visit, "boundary", "revocation", base=base)
    later = at_three.at(lambda visit: replace(visit, status=(listed(), listed(iat=NOW - HOUR))))
    yield refused(
        "delegations-withdrawn/later-list", rules, "of two lists the later decides, which is later than the grant",
        later.visit, "revocation", base="verify/accepted/lent/granted-at",
    )  # fmt: skip
    owner = SUITE_1.with_card(index, entry)
    yield accepted(
        "status-3-owner", rules, "the entry is 3, the owner's own phone", replace(owner, delegates=True), result()
    )
    lent_out = by_issuer(claims={**LENT_1, CARD: {**LENT_1[CARD], 6: entry}})
    card: Claims = {**LENT_1, CARD: {**LENT_1[CARD], 6: entry}}
    comment = "the entry is 3 of a card lent through the issuer: there is no grant"
    yield accepted("lent-by-issuer/status-3", rules, comment, lent_out, result(card), "revocation")
    revoked = {**LENT_1, CARD: {**LENT_1[CARD], 6: [LIST_NUMBER, REVOKED]}}
    yield refused(
        "card-revoked/lent-by-issuer", ("V13",), "a card lent through the issuer is revoked", by_issuer(claims=revoked),
        "revocation", base=ISSUER_ID,
    )  # fmt: skip
    gone = LOAN.at(lambda visit: visit.with_card(index, [LIST_NUMBER, REVOKED]))
    yield refused("card-revoked/lent", ("V13",), "the card that was lent is revoked", gone.visit, "revocation", base=ID)


def _policy() -> Iterator[Case]:
    comment = "the policy has no place for that"
    for name, visit, base in (
        ("lent", LOAN.visit, ID),
        ("lent-2", loan(2, 2).visit, lent_id(2, 2)),
        ("lent-challenge", loan(level="challenge").visit, lent_id(level="challenge")),
        ("lent-by-issuer", BY_ISSUER, ISSUER_ID),
    ):
        slug = f"delegation-not-allowed/{name}"
        yield refused(slug, ("V14",), comment, replace(visit, delegates=False), base=base)
    weak = replace(BY_ISSUER.with_claims((MINE, 1), 2), code=None, least_verification="code", delegates=False)
    yield refused(
        "user-verification-too-weak/before-delegation-not-allowed",
        ("V14", "VERIFY-1"),
        "no code where one is asked, and no place for a delegate",
        weak,
        "order",
        base=ISSUER_ID,
    )


Change = Callable[[Loan], Loan]


def _on(change: Callable[[Visit], Visit]) -> Change:
    return lambda lent: lent.at(change)


FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("V4", "claims-structure", _on(lambda v: v.with_claims((99,), 0))),
    ("V5", "credential-structure", _on(lambda v: v.with_card((99,), 0))),
    ("V6", "trust-list-expired", _on(lambda v: replace(v, trust=signed_trust({**trust_claims(), 3: NOW})))),
    ("V7", "issuer-signature", _on(lambda v: replace(v, at_credential={"signature": bytes(64)}))),
    ("V8", "grant-structure", lambda lent: lent.granting((99,), 0)),
    ("V8", "grant-signature", lambda lent: lent.having(at_code={"signature": bytes(64)})),
    ("V8", "grant-hop", lambda lent: lent.granting((8, 1), PHONE_1.cose)),
    ("V8", "grant-code", _on(lambda v: replace(v.with_claims((MINE, 1), 2), code=None))),
    ("V9", "context-unknown", _on(lambda v: v.with_claims((MINE, 2), 1))),
    ("V9", "device-signature", _on(lambda v: replace(v, at_device={"signature": bytes(64)}))),
    ("V10", "code-signature", _on(lambda v: replace(v, at_code={"signature": bytes(64)}))),
    ("V11", "binding-too-weak", _on(lambda v: replace(v, least_binding="audience"))),
    ("V11", "delegation-scope", _on(lambda v: replace(v, purpose="records"))),
    ("V12", "presentation-expired", _on(lambda v: v.at_times(NOW - DAY, NOW - DAY + 30))),
    ("V12", "credential-expired", _on(lambda v: v.with_card((4,), NOW))),
    ("V12", "grant-not-yet-valid", lambda lent: lent.granting((6,), NOW + DAY).granting((4,), NOW + 2 * DAY)),
    ("V12", "grant-expired", lambda lent: lent.granting((6,), NOW - 2 * DAY).granting((4,), NOW - DAY)),
    ("V12", "rights-ended", _on(lambda v: v.with_card((CARD, 8), TODAY))),
    ("V13", "status-unavailable", _on(lambda v: replace(v, status=()))),
    ("V13", "status-expired", _on(lambda v: replace(v, status=(listed(exp=NOW),)))),
    ("V13", "delegations-withdrawn",
     lambda lent: lent.granting((6,), NOW - 7 * HOUR).at(lambda v: v.with_card((CARD, 6), [LIST_NUMBER, DELEGATIONS_WITHDRAWN]))),
    ("V14", "wrong-environment", _on(lambda v: v.with_card((CARD, 10), 1))),
    ("V14", "delegation-not-allowed", _on(lambda v: replace(v, delegates=False))),
)  # fmt: skip
EXCLUDE = {("grant-not-yet-valid", "grant-expired"), ("status-unavailable", "status-expired")}
TO_THE_LAST = ("grant-structure", "grant-signature", "grant-hop", "delegation-scope", "grant-expired")


def _order() -> Iterator[Case]:
    """Neighbours, and each of the grant's own codes together with the last."""
    for number, (step, code, change) in enumerate(FAULTS[:-1]):
        following = number + 1
        if (code, FAULTS[following][1]) in EXCLUDE:
            following += 1
        yield _both(step, code, change, FAULTS[following])
    for step, code, change in FAULTS:
        if code in TO_THE_LAST:
            yield _both(step, code, change, FAULTS[-1])
    named = {code: (step, code, change) for step, code, change in FAULTS}
    for first, then in itertools.permutations(("grant-hop", "grant-structure", "grant-signature", "grant-code"), 2):
        order = [code for _, code, _ in FAULTS]
        if order.index(first) + 1 < order.index(then):
            yield _both(*named[first], named[then])


def _both(step: str, code: str, change: Change, then: tuple[str, str, Change]) -> Case:
    lent = change(then[2](LOAN))
    slug = f"{code}/lent-before-{then[1]}"
    return refused(slug, (step, "VERIFY-1"), f"also {then[1]}, of step {then[0]}", lent.visit, "order", base=ID)
