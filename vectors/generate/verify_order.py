"""Layer `verify`, VERIFY-1: two faults at once, of which the first in the table decides.

Each fault is a change of a good visit. Where two neighbours of the table exclude each other (a presentation is not both too
early and too late), the next one takes the place of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.fixtures import (
    CARDS_NBF,
    CTI_1,
    DAY,
    LIST_NUMBER,
    NOW,
    REVOKED,
    SUSPENDED,
    TODAY,
    shown_claims,
    signed_trust,
    trust_claims,
)
from vectors.generate.verify_status import listed
from vectors.generate.visit import ID_1, ID_NO_CODE, NO_CODE, SUITE_1, Visit, refused

Change = Callable[[Visit], Visit]
CARD = -65537


def _text(change: Callable[[str], str]) -> Change:
    return lambda visit: replace(visit, text_change=lambda text, earlier=visit.text_change: change(earlier(text)))  # type: ignore[misc]


def _card(path: tuple[Any, ...], value: Any) -> Change:
    return lambda visit: visit.with_card((CARD, *path), value)


def _with(**fields: Any) -> Change:
    return lambda visit: replace(visit, **fields)


def _algorithm(visit: Visit) -> Visit:
    return replace(visit, at_device={**visit.at_device, "protected": b"\xa2\x01\x28\x0d" + visit.credential})


def _window(shift: int) -> Change:
    return lambda visit: visit.at_times(NOW + shift, NOW + shift + 30)


# step, code, the fault
FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("V1", "text-too-long", _text(lambda text: text + "0" * 1601)),
    ("V1", "text-prefix", _text(lambda text: "VT2:" + text[4:])),
    ("V1", "text-encoding", _text(lambda text: text + "a")),
    ("V2", "cbor-profile", _with(bytes_change=lambda data: data + b"\0")),
    ("V3", "cose-structure", lambda visit: replace(visit, at_device={**visit.at_device, "unprotected": {4: b""}})),
    ("V4", "claims-structure", lambda visit: visit.with_claims((99,), 0)),
    ("V5", "credential-structure", _card((99,), 0)),
    ("V5", "algorithm-mismatch", _algorithm),
    ("V6", "clock-behind", _with(floor=NOW + 301)),
    ("V6", "trust-list-expired", _with(trust=signed_trust({**trust_claims(), 3: NOW}))),
    ("V6", "issuer-unknown", lambda visit: visit.with_card((1,), "fr-autre")),
    ("V6", "issuer-key-not-valid", lambda visit: visit.with_card((6,), CARDS_NBF - 1)),
    ("V7", "issuer-signature", _with(at_credential={"signature": bytes(64)})),
    ("V9", "context-unknown", lambda visit: visit.with_claims((-65538, 2), 1)),
    ("V9", "device-signature", lambda visit: replace(visit, at_device={**visit.at_device, "signature": bytes(64)})),
    ("V10", "code-signature", _with(at_code={"signature": bytes(64)})),
    ("V11", "binding-too-weak", _with(least_binding="audience")),
    ("V12", "presentation-not-yet-valid", _window(DAY)),
    ("V12", "presentation-expired", _window(-DAY)),
    ("V12", "credential-not-yet-valid", lambda visit: visit.with_card((6,), NOW + DAY)),
    ("V12", "credential-expired", lambda visit: visit.with_card((4,), NOW)),
    ("V12", "rights-ended", _card((8,), TODAY)),
    ("V13", "status-unavailable", _with(status=())),
    ("V13", "status-expired", _with(status=(listed(exp=NOW),))),
    ("V13", "card-revoked", _card((6,), [LIST_NUMBER, REVOKED])),
    ("V13", "card-suspended", _card((6,), [LIST_NUMBER, SUSPENDED])),
    ("V14", "wrong-environment", _card((10,), 1)),
    ("V14", "user-verification-too-weak", _with(claims=shown_claims(CTI_1, 2), code=None, least_verification="code")),
)

EXCLUDE = {
    ("presentation-not-yet-valid", "presentation-expired"),
    ("credential-not-yet-valid", "credential-expired"),
    ("status-unavailable", "status-expired"),
    ("card-revoked", "card-suspended"),
}
LAST_OF_CLASS = (
    "text-too-long",
    "claims-structure",
    "credential-structure",
    "issuer-signature",
    "device-signature",
    "binding-too-weak",
)


def order_cases() -> Iterator[Case]:
    """Neighbours, and a fault of each kind together with the last step's."""
    for number, (step, code, change) in enumerate(FAULTS[:-1]):
        following = number + 1
        if (code, FAULTS[following][1]) in EXCLUDE:
            following += 1
        yield _case(step, code, change, FAULTS[following])
    for step, code, change in FAULTS:
        if code in LAST_OF_CLASS:
            yield _case(step, code, change, FAULTS[-1])


def _case(step: str, code: str, change: Change, then: tuple[str, str, Change]) -> Case:
    base = SUITE_1 if then[1] != FAULTS[-1][1] else NO_CODE
    # The weaker visit has other claims, so it comes first; changes to one and the same map add up.
    visit = change(then[2](base))
    if "algorithm-mismatch" in {code, then[1]}:
        visit = _algorithm(visit)
    return refused(
        f"{code}/before-{then[1]}",
        (step, "VERIFY-1"),
        f"also {then[1]}, of step {then[0]}",
        visit,
        "order",
        base=ID_1 if base is SUITE_1 else ID_NO_CODE,
    )
