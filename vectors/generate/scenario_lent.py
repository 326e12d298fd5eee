"""Layer `scenario`: cards that are lent, withdrawn, and lent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.expectations import result
from vectors.generate.fixtures import HOUR, NOW, VALID, entries, status_claims
from vectors.generate.keys import CNAM_STATUS, derive
from vectors.generate.lending import LENT_1, LENT_INDEX
from vectors.generate.loan import BY_ISSUER, LOAN, Loan, lent_result
from vectors.generate.messages import status_list
from vectors.generate.scenario_case import REPEATED, scenario, visit_number
from vectors.generate.visit import SUITE_1, Visit


def _listed(values: dict[int, int], hours: int) -> tuple[bytes, ...]:
    claims = {**status_claims(lst=deflate.stored(entries(75, values))), 6: NOW - hours * HOUR}
    return (status_list(claims, CNAM_STATUS).encode(),)


def _again(lent: Loan, number: int) -> Loan:
    """Another visit by the delegate."""
    cti = derive(f"scenario/lent/{number}", "cti", 8)
    return lent.at(lambda visit: replace(visit.with_claims((7,), cti), session=f"lent-{number}"))


def _under(lists: tuple[bytes, ...], visit: Visit) -> Visit:
    return replace(visit, status=lists)


def lent_scenarios() -> Iterator[Case]:
    """Withdrawal in both ways, and replay."""
    first, withdrawn, after = _listed({}, 9), _listed({VALID: 3}, 6), _listed({}, 3)
    early = LOAN.granting((6,), NOW - 10 * HOUR)
    late = LOAN.granting((6,), NOW - 5 * HOUR)
    yield scenario(
        "lent-and-withdrawn",
        ("V13", "STATUS-1"),
        "lent, withdrawn, lent again by a new grant; the owner's own phone goes on; the entry set back gives the first "
        "grant back, since it is not over",
        [
            (_under(first, _again(early, 1).visit), lent_result(early, status_as_of=NOW - 9 * HOUR)),
            (_under(withdrawn, _again(early, 2).visit), "delegations-withdrawn"),
            (_under(withdrawn, visit_number(1)), result(counter=43, status_as_of=NOW - 6 * HOUR)),
            (_under(withdrawn, _again(late, 3).visit), lent_result(late, status_as_of=NOW - 6 * HOUR)),
            (_under(after, _again(early, 4).visit), lent_result(early, status_as_of=NOW - 3 * HOUR)),
        ],
        "revocation",
    )
    one = {LENT_INDEX: 1}
    again = replace(BY_ISSUER.with_claims((7,), derive("scenario/lent/issuer", "cti", 8)), session="lent-5")
    yield scenario(
        "lent-card-revoked",
        ("V13",),
        "a card lent through the issuer is revoked, the card that it was lent from is not",
        [
            (_under(first, BY_ISSUER), result(LENT_1, status_as_of=NOW - 9 * HOUR)),
            (_under(_listed(one, 3), again), "card-revoked"),
            (_under(_listed(one, 3), visit_number(2)), result(counter=44, status_as_of=NOW - 3 * HOUR)),
        ],
        "revocation",
    )
    granted = _again(LOAN, 6)
    copied = replace(granted.visit, session="s-2")
    yield scenario(
        "lent-replayed",
        ("V14", "V15", "REPLAY-1", "REPLAY-3", "VERIFY-1"),
        "a delegate's presentation in another session, there with a policy without delegates, and again in its own",
        [
            (granted.visit, lent_result(granted)),
            (copied, "replayed"),
            (replace(copied, delegates=False), "delegation-not-allowed"),
            (granted.visit, lent_result(granted, repeated=True)),
        ],
        "replay",
    )
    same = LOAN.at(lambda visit: replace(visit, claims=SUITE_1.claims, session="s-2"))
    yield scenario(
        "lent-same-cti",
        ("V15", "REPLAY-1"),
        "the delegate's phone uses the cti of the owner's presentation: the key is of the card and the cti alone",
        [(SUITE_1, result()), (same.visit, "replayed"), (SUITE_1, REPEATED)],
        "replay",
    )
    yield scenario(
        "owner-and-delegate",
        ("V15",),
        "the owner and the delegate, each with a counter of their own",
        [
            (visit_number(7), result(counter=49)),
            (_again(LOAN, 7).visit, lent_result(LOAN)),
            (visit_number(8), result(counter=50)),
        ],
        "replay",
    )
