"""The lending order (spec section 14.2): the phone of who lends tells the issuer to make a card for another phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.layers import Layers, parse_layers
from vitaletoken.wire.registry import ORDER_CLAIM
from vitaletoken.wire.scope import Scope, categories_of, purposes_of, scope_items

MAX_SIZE: Final = 768
NONCE_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class OrderClaims:
    """order-claims: {6: iat, 7: nonce, -65548: {1: card, 2: introduction, 3: until, 4: purposes, ? 5: categories}}.

    Attributes:
        card_digest, introduction_digest: SHA-256 of the exact card and of the exact introduction.
        until: NumericDate, the first second at which the lent card is refused.
    """

    iat: int
    nonce: bytes
    card_digest: bytes
    introduction_digest: bytes
    until: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """A lending order in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    layers: Layers
    unverified_claims: OrderClaims


def parse_order(data: bytes) -> ParsedOrder:
    """The order in ``data``, step L1; whether the device layer's header is that of the card's key is seen with the card.

    Raises:
        Malformed: ``order-structure``.
    """
    try:
        layers = parse_layers(data, MAX_SIZE)
        claims = _claims_of(layers.code_layer.payload)
    except NotInForm:
        raise refusal(Code.ORDER_STRUCTURE) from None
    return ParsedOrder(data, layers, claims)


def _order(iat: int, nonce: bytes, own: tuple[Any, ...]) -> OrderClaims:
    card_digest, introduction_digest, until, purposes, categories = own
    return OrderClaims(iat, nonce, card_digest, introduction_digest, until, Scope(purposes, categories))


_own: Final[f.Reader[tuple[Any, ...]]] = f.closed(
    lambda *own: own, {1: f.binary(32), 2: f.binary(32), 3: f.time, 4: purposes_of}, {5: categories_of}
)
_order_claims: Final = f.closed(_order, {6: f.time, 7: f.binary(NONCE_SIZE), ORDER_CLAIM: _own})


def _claims_of(payload: bytes) -> OrderClaims:
    return _order_claims(cbor.decode(payload, MAX_SIZE))


def serialize_order_claims(claims: OrderClaims) -> bytes:
    """The innermost payload of an order. Raises ``UsageError`` for claims not in form."""
    own: dict[int, Item] = {
        1: claims.card_digest,
        2: claims.introduction_digest,
        3: claims.until,
        **scope_items(claims.scope, 4),
    }  # fmt: skip
    return f.write(claims, {6: claims.iat, 7: claims.nonce, ORDER_CLAIM: own}, _claims_of)
