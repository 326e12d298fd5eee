"""The grant (spec section 14.3): a card lent from phone to phone; and the card and its grant as they are handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from vitaletoken.errors import Code, NotInForm, UsageError, refusal
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import cnf_of, delegate_name
from vitaletoken.wire.layers import Layers, parse_layers
from vitaletoken.wire.registry import GRANT_CLAIM
from vitaletoken.wire.scope import Scope, categories_of, purposes_of, scope_items
from vitaletoken.wire.text import LENT_CARD_PREFIX, serialize_text

MAX_SIZE: Final = 512
MAX_LENT_CARD_SIZE: Final = 800
#: Seconds for which a grant is good at most (GRANT-1): 72 hours.
MAX_LIFETIME: Final = 259_200
ID_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class GrantClaims:
    """grant-claims: {4: exp, 6: iat, 7: id, 8: {1: device key}, -65547: {1: code key, 2: name, 3: purposes, ? 4: categories}}.

    Attributes:
        iat, exp: NumericDate, 1 to 259,200 seconds apart.
        id: 8 bytes.
        device_key, code_key, name: the delegate's, from their introduction.
    """

    iat: int
    exp: int
    id: bytes
    device_key: CoseKey
    code_key: bytes
    name: str = field(repr=False)
    scope: Scope


@dataclass(frozen=True, slots=True)
class ParsedGrant:
    """A grant in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    layers: Layers
    unverified_claims: GrantClaims


def parse_grant(data: bytes) -> ParsedGrant:
    """The grant in ``data``, the first row of step V8; whether its header is that of the card's key is seen with the card.

    Raises:
        Malformed: ``grant-structure``.
    """
    try:
        layers = parse_layers(data, MAX_SIZE)
        claims = _claims_of(layers.code_layer.payload)
    except NotInForm:
        raise refusal(Code.GRANT_STRUCTURE) from None
    return ParsedGrant(data, layers, claims)


def _checked_claims(exp: int, iat: int, grant_id: bytes, device_key: CoseKey, own: tuple[Any, ...]) -> GrantClaims:
    if not 1 <= exp - iat <= MAX_LIFETIME:  # GRANT-1
        raise NotInForm("granted for too long, or for no time")
    code_key, name, purposes, categories = own
    return GrantClaims(iat, exp, grant_id, device_key, code_key, name, Scope(purposes, categories))


_own: Final[f.Reader[tuple[Any, ...]]] = f.closed(
    lambda *own: own, {1: f.binary(32), 2: delegate_name, 3: purposes_of}, {4: categories_of}
)
_grant_claims: Final = f.closed(
    _checked_claims, {4: f.time, 6: f.time, 7: f.binary(ID_SIZE), 8: cnf_of, GRANT_CLAIM: _own}
)


def _claims_of(payload: bytes) -> GrantClaims:
    return _grant_claims(cbor.decode(payload, MAX_SIZE))


def serialize_grant_claims(claims: GrantClaims) -> bytes:
    """The innermost payload of a grant. Raises ``UsageError`` for claims not in form."""
    own: dict[int, Item] = {1: claims.code_key, 2: claims.name, **scope_items(claims.scope, 3)}
    item = {
        4: claims.exp,
        6: claims.iat,
        7: claims.id,
        8: {1: claims.device_key.to_item()},
        GRANT_CLAIM: own,
    }  # fmt: skip
    return f.write(claims, item, _claims_of)


def lent_card_text(credential: bytes, grant: bytes) -> str:
    """``VTD1:...`` for the QR code in which the phone of who lends shows the card and the grant.

    Raises:
        UsageError: they are too long: no presentation with both would fit a text.
    """
    message = cbor.encode_ordered([credential, grant])
    if len(message) > MAX_LENT_CARD_SIZE:
        raise UsageError("the card and the grant are too long for one QR code: lend it through the issuer")
    return serialize_text(message, LENT_CARD_PREFIX)


def parse_lent_card(data: bytes) -> tuple[bytes, bytes]:
    """The card and the grant in ``data``, not looked into; the rest of step G1.

    Raises:
        Malformed: ``grant-text``.
    """
    try:
        return _lent_card(cbor.decode(data, MAX_LENT_CARD_SIZE))
    except NotInForm:
        raise refusal(Code.GRANT_TEXT) from None


_part: Final = f.binary(0, MAX_LENT_CARD_SIZE)
_lent_card: Final[f.Reader[tuple[bytes, bytes]]] = f.fixed(lambda *parts: parts, _part, _part)
