"""A message that was parsed keeps the bytes it was read from: what is hashed, signed over or stored later is those."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import parse_offer, parse_request
from vitaletoken.wire.grant import parse_grant, parse_lent_card
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.renewal import parse_renewal
from vitaletoken.wire.text import parse_introduction_text, parse_lent_card_text
from vitaletoken.wire.trust_list import parse_claims, parse_trust_list

VECTORS = Path(__file__).parent.parent.parent / "vectors"


def accepted(layer: str) -> dict[str, Any]:
    cases = json.loads((VECTORS / f"{layer}.json").read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if "ok" in case["expect"])


def given(layer: str) -> bytes:
    return bytes.fromhex(accepted(layer)["input"]["bytes"])


def made(layer: str) -> bytes:
    return bytes.fromhex(accepted(layer)["expect"]["ok"]["bytes"])


def introduction() -> bytes:
    return parse_introduction_text(accepted("introduction")["input"]["text"])


def grant() -> bytes:
    return parse_lent_card(parse_lent_card_text(accepted("grant")["input"]["text"]))[1]


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (parse_certificate, lambda: made("certify")),
        (parse_challenge, lambda: made("challenge")),
        (parse_credential, lambda: given("credential")),
        (parse_grant, grant),
        (parse_introduction, introduction),
        (parse_offer, lambda: given("offer")),
        (parse_order, lambda: given("order")),
        (parse_renewal, lambda: given("renewal")),
        (parse_request, lambda: given("request")),
    ],
)
def test_the_bytes_are_kept(parse: Callable[[bytes], Any], message: Callable[[], bytes]) -> None:
    data = message()
    parsed = parse(data)
    assert parsed.raw == data


def test_what_root_holders_sign_is_read_as_in_the_trust_list() -> None:
    parsed = parse_trust_list(given("trust-list"))
    assert parse_claims(parsed.payload) == parsed.unverified_claims
