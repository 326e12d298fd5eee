"""Step V4 of a presentation with a grant: one pattern over all its bytes, exact to each head and length (spec section 7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import lending
from tests.forge import both, dec, drop, enc, put
from tests.lending import PRESENTATION, Town, phone
from tests.wire import reference_cbor
from tests.world import NOW
from vitaletoken import Malformed
from vitaletoken.wire.credential_glance import parse_credential_in
from vitaletoken.wire.presentation import parse_presentation

CAMILLE, DOMINIQUE, SASHA = phone("Camille"), phone("Dominique"), phone("Sasha", -9)
TOWN = Town()


def fault(data: bytes) -> str | None:
    try:
        parse_credential_in(parse_presentation(data))
    except Malformed as refused:
        return refused.code.value
    return None


@pytest.mark.parametrize("code", [True, False])
@pytest.mark.parametrize("size", [0, 1, 23, 24, 100, 180, 220, 230, 255, 256, 300, 512])
def test_a_grant_of_any_length_is_read_and_not_looked_into(size: int, code: bool) -> None:
    """V4 takes any byte string; whether it is a grant is for V8, when the card is known to be genuine."""
    given = bytes(range(256)) * 2
    data = lending.presentation(TOWN.card(CAMILLE), DOMINIQUE, given[:size], code=code)
    parsed = parse_presentation(data)
    assert parsed.unverified_claims.grant == given[:size]
    assert (parsed.code_layer is not None) is code
    assert fault(data) is None


def test_the_code_layer_s_length_is_exact_whichever_head_it_takes() -> None:
    """Its content crosses 255 bytes somewhere in this range; so does the grant."""
    card = TOWN.card(CAMILLE)
    for size in range(190, 270):
        given = b"\x58\x40" * (size // 2)  # as if each place were the head of the signature
        assert parse_presentation(lending.presentation(card, DOMINIQUE, given)).unverified_claims.grant == given


GRANTS: dict[str, Any] = {
    "text": "x", "null": None, "integer": 1, "array": [], "bytes-in-array": [b"x"], "map": {1: 2}, "true": True,
}  # fmt: skip


@pytest.mark.parametrize("code", [True, False])
@pytest.mark.parametrize("name", GRANTS)
def test_key_5_that_is_no_byte_string_is_refused(name: str, code: bool) -> None:
    edit = put((PRESENTATION, 5), GRANTS[name])
    data = lending.presentation(TOWN.card(CAMILLE), DOMINIQUE, None, edit, code=code)
    assert fault(data) == "claims-structure"


@pytest.mark.parametrize("code", [True, False])
def test_the_other_claims_are_as_strict_with_a_grant(code: bool) -> None:
    card = TOWN.card(CAMILLE)
    edits = (
        put((4,), NOW),
        put((4,), NOW + 61),
        put((7,), bytes(7)),
        put((PRESENTATION, 1), 0 if code else 3),
        put((PRESENTATION, 1), 4),
        put((PRESENTATION, 2), 3),
        put((PRESENTATION, 3), 0),
        put((PRESENTATION, 3), 2**32),
        put((PRESENTATION, 4), 256),
        put((PRESENTATION, 6), b"x"),
        put((PRESENTATION, 0), b"x"),
        drop((PRESENTATION, 4)),
        put((8,), 1),
        both(drop((PRESENTATION, 5)), put((PRESENTATION, 6), b"x")),
    )
    for edit in edits:
        assert fault(lending.presentation(card, DOMINIQUE, b"grant", edit, code=code)) == "claims-structure"


def test_other_encodings_of_the_grant_s_length_are_refused() -> None:
    """Longer heads than needed, wrong lengths, and more or less of the content."""
    card = TOWN.card(CAMILLE)
    for size in (5, 30, 300):
        given = bytes(size)
        claims = dec(dec(lending.presentation(card, DOMINIQUE, given, code=False))[2])
        payload = enc(claims)
        head, start = reference_cbor.head(2, size), payload[: -size - len(reference_cbor.head(2, size))]
        assert start + head + given == payload
        heads = [reference_cbor.head(2, size, width) for width in (1, 2, 4, 8) if size < 256**width]
        heads += [reference_cbor.head(2, size + step) for step in (-1, 1)] + [b"\x5f", reference_cbor.head(3, size)]
        for other in heads:
            message = enc([b"\xa2\x01\x32\x0d" + card, {}, start + other + given, bytes(64)])
            assert fault(message) == (None if other == head else "claims-structure"), other.hex()
        for content in (given[:-1], given + b"x"):
            message = enc([b"\xa2\x01\x32\x0d" + card, {}, start + head + content, bytes(64)])
            assert fault(message) == "claims-structure"


def test_other_encodings_of_the_code_layer_s_length_are_refused() -> None:
    card = TOWN.card(CAMILLE)
    for size in (40, 300):
        layer = dec(lending.presentation(card, DOMINIQUE, bytes(size)))[2]
        protected, _, claims, signature = dec(layer)
        assert protected == lending.HEADER_CODE
        start, end = b"\x84\x43" + protected + b"\xa0", b"\x58\x40" + signature
        head = reference_cbor.head(2, len(claims))
        assert start + head + claims + end == layer
        others = [reference_cbor.head(2, len(claims), width) for width in (1, 2, 4) if len(claims) < 256**width]
        others += [reference_cbor.head(2, len(claims) + step) for step in (-1, 1)]
        for other in others:
            message = enc([b"\xa2\x01\x32\x0d" + card, {}, start + other + claims + end, bytes(64)])
            assert fault(message) == (None if other == head else "claims-structure"), other.hex()


def test_the_card_s_algorithm_is_not_asked_of_a_delegate() -> None:
    """CRED-4 is V8's where there is a grant, and V5's where there is none."""
    card = TOWN.card(CAMILLE)
    assert fault(lending.presentation(card, SASHA)) == "algorithm-mismatch"
    assert fault(lending.presentation(card, SASHA, b"anything")) is None


def test_what_is_logged_of_claims_holds_no_grant() -> None:
    card = TOWN.card(CAMILLE)
    parsed = parse_presentation(lending.presentation(card, DOMINIQUE, lending.grant(card, CAMILLE, DOMINIQUE)))
    for shown in (repr(parsed), repr(parsed.unverified_claims)):
        assert "grant=..." in shown
        assert "Dominique" not in shown
