"""Which bytes are a message, said once more: the CDDL, read from its file, and what its comments and the rules add.

Reference for the readers of ``vitaletoken.wire``. Nothing is imported from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.wire import reference_cbor
from tests.wire.cddl import TEXT, Cddl

CDDL = Cddl(TEXT)
CARD, ENROLMENT, TERMINAL, CHALLENGE, SNAPSHOT, DELTA = -65537, -65539, -65540, -65541, -65542, -65543
SIZES = {
    "credential": 768,
    "presentation": 1064,
    "trust-list": 262_144,
    "status-list": 266_240,
    "status-snapshot": 262_144,
    "status-delta": 262_144,
    "enrolment-offer": 1024,
    "enrolment-request": 1536,
    "terminal-certificate": 384,
    "challenge": 768,
}


def decoded(data: bytes) -> Any:
    return reference_cbor.decode(data)


def _later(claims: dict[int, Any], start: int, end: int) -> bool:
    return bool(claims[start] < claims[end])


def _credential(item: Any) -> bool:
    claims = decoded(item[2])
    card = claims[CARD]
    fits = 11 not in card if card[4] == 1 else 11 in card and card[11] != card[2]  # CRED-2
    numbers = (13 in card) == (14 in card) if card[4] != 1 else 14 not in card  # VIEW-1
    return _later(claims, 6, 4) and fits and numbers and (14 not in card or card[13] != card[14])  # CRED-1


def _trust_list(item: Any) -> bool:
    claims = decoded(item[0])
    issuers, roots = claims[6], claims[5]
    keys = [key[-2] for key in roots[2]]
    authorities = claims.get(7, [])
    second = [key[-1] for key in roots.get(3, [])]
    return (
        _later(claims, 2, 3)
        and len({issuer[1] for issuer in issuers}) == len(issuers)
        and len({issuer[4] for issuer in issuers}) == len(issuers)
        and roots[1] <= len(keys) == len(set(keys))
        and (not second or roots[1] <= len(second) == len(set(second)))
        and len({authority[1] for authority in authorities}) == len(authorities)
        and all(_rising(authority[4]) for authority in authorities)
        and all(key[3] < key[4] and _rising(key[2]) for owner in [*issuers, *authorities] for key in owner[3])
    )


def _rising(numbers: list[int]) -> bool:
    return numbers == sorted(set(numbers))


def _certificate(item: Any) -> bool:
    claims = decoded(item[2])
    return _later(claims, 6, 4) and _rising(claims[TERMINAL][3])  # CERT-1


def _challenge(item: Any) -> bool:
    asked = decoded(item[2])[CHALLENGE]
    return _rising(asked[2]) and is_message("terminal-certificate", asked[1])


def _status_list(item: Any) -> bool:
    return _later(decoded(item[2]), 6, 4)


def _rising(numbers: list[int]) -> bool:
    return numbers == sorted(set(numbers))


def _snapshot(item: Any) -> bool:
    claims = decoded(item[0])
    lifetime = claims[4] - claims[6]
    return 1 <= lifetime <= 31 * 86_400 and _rising([entry[0] for entry in claims[SNAPSHOT][2]])  # SNAP-1


def _delta(item: Any) -> bool:
    changes = decoded(item[2])[DELTA][3]
    return _rising([number for number, _ in changes]) and all(
        _rising([value for value, _ in values]) and all(_is_gaps(gaps) for _, gaps in values) for _, values in changes
    )


def _is_gaps(data: bytes) -> bool:
    """Unsigned LEB128 in its shortest form, one after the other; of the numbers only the first may be 0."""
    start = 0
    while start < len(data):
        end = start
        while end < len(data) and data[end] & 0x80:
            end += 1
        if end == len(data) or (data[end] == 0 and (end > start or start > 0)):
            return False
        start = end + 1
    return True


def _request(item: Any) -> bool:
    claims = decoded(decoded(item[2])[2])
    return bool(decoded(item[0])[1] == claims[8][1][3])  # the header is that of the key


EXTRAS: dict[str, Callable[[Any], bool]] = {
    "credential": _credential,
    "trust-list": _trust_list,
    "status-list": _status_list,
    "status-snapshot": _snapshot,
    "status-delta": _delta,
    "enrolment-offer": _status_list,
    "enrolment-request": _request,
    "terminal-certificate": _certificate,
    "challenge": _challenge,
}


def is_message(kind: str, data: bytes) -> bool:
    """Whether ``data`` is a message of that kind; for all but presentations, whose faults are told apart."""
    if len(data) > SIZES[kind]:
        return False
    try:
        item = decoded(data)
    except reference_cbor.NotInProfile:
        return False
    return CDDL.accepts(kind, item) and EXTRAS[kind](item)


def fault_of_presentation(data: bytes) -> str | None:
    """The code of the first of V2 to V5 that fails (but for ``algorithm-mismatch``, which is told by keys); None: none."""
    try:
        if len(data) > SIZES["presentation"]:
            return "cbor-profile"
        item = decoded(data)
    except reference_cbor.NotInProfile:
        return "cbor-profile"
    if not (
        type(item) is list
        and list(map(type, item)) == [bytes, dict, bytes, bytes]
        and item[1] == {}
        and len(item[3]) == 64
        and item[0][:4] in (b"\xa2\x01\x32\x0d", b"\xa2\x01\x28\x0d")
        and len(item[0]) > 4
    ):
        return "cose-structure"
    if not _claims_in_form(item[2]):
        return "claims-structure"
    credential = item[0][4:]
    if not is_message("credential", credential):
        return "credential-structure"
    algorithm = decoded(decoded(credential)[2])[8][1][3]
    return None if item[0][2] == {-19: 0x32, -9: 0x28}[algorithm] else "algorithm-mismatch"


def _claims_in_form(payload: bytes) -> bool:
    try:
        item = decoded(payload)
        coded = CDDL.accepts("code-layer", item)
        claims = decoded(item[2]) if coded else item
    except reference_cbor.NotInProfile:
        return False
    if not CDDL.accepts("presentation-claims", claims):
        return False
    return 1 <= claims[4] - claims[6] <= 60 and (claims[-65538][1] == 3) == coded  # PRES-1, PRES-2
