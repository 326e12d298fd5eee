"""What was read and is written again is the same bytes, with all that is optional: readers and writers know the same form.

Writers read back what they wrote (``fields.write``), so that a part which one of them forgets is an error when it is signed;
here each part is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from tests.wire import test_lending_messages, test_messages
from vitaletoken.wire import credential, delta, presentation, snapshot, status_list, trust_list
from vitaletoken.wire.certificate import parse_certificate, serialize_certificate_claims
from vitaletoken.wire.challenge import parse_challenge, serialize_challenge_claims
from vitaletoken.wire.enrolment import parse_offer, parse_request, serialize_offer_claims, serialize_request_claims
from vitaletoken.wire.grant import parse_grant, serialize_grant_claims
from vitaletoken.wire.introduction import parse_introduction, serialize_introduction_claims
from vitaletoken.wire.lending_order import parse_order, serialize_order_claims
from vitaletoken.wire.renewal import parse_renewal, serialize_renewal_claims
from vitaletoken.wire.unlock import parse_unlock, serialize_unlock_claims

FORMS: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]] = {
    "credential": (credential.parse_credential, credential.serialize_claims),
    "presentation": (presentation.parse_presentation, presentation.serialize_claims),
    "enrolment-offer": (parse_offer, serialize_offer_claims),
    "enrolment-request": (parse_request, serialize_request_claims),
    "status-list": (status_list.parse_status_list, status_list.serialize_claims),
    "status-snapshot": (snapshot.parse_snapshot, snapshot.serialize_claims),
    "status-delta": (delta.parse_delta, delta.serialize_claims),
    "trust-list": (trust_list.parse_trust_list, trust_list.serialize_claims),
    "terminal-certificate": (parse_certificate, serialize_certificate_claims),
    "challenge": (parse_challenge, serialize_challenge_claims),
    "renewal": (parse_renewal, serialize_renewal_claims),
    "unlock": (parse_unlock, serialize_unlock_claims),
    "introduction": (parse_introduction, serialize_introduction_claims),
    "grant": (parse_grant, serialize_grant_claims),
    "lending-order": (parse_order, serialize_order_claims),
}
LENDING = set(test_lending_messages.READERS)


def genuine(kind: str) -> list[bytes]:
    found = list(test_messages.genuine().get(kind, ()))
    return found + test_lending_messages.genuine(kind) if kind in LENDING else found


def claims_in(data: bytes) -> bytes:
    """The innermost payload: of one layer or two, or what the detached signatures are over."""
    item = cbor2.loads(data)
    if len(item) == 2:
        content: bytes = item[0]
        return content
    payload: bytes = item[2]
    return claims_in(payload) if payload[0] == 0x84 else payload


def test_each_kind_has_messages() -> None:
    assert {*test_messages.genuine(), *LENDING} == set(FORMS)
    assert all(genuine(kind) for kind in FORMS)


@pytest.mark.parametrize("kind", FORMS)
def test_what_was_read_is_written_as_it_was(kind: str) -> None:
    parse, serialize = FORMS[kind]
    for data in genuine(kind):
        assert serialize(parse(data).unverified_claims) == claims_in(data)
