"""The renewal (spec section 12.4): a phone asks for its card anew, or for one under a new personal code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.layers import Layers, parse_layers
from vitaletoken.wire.registry import RENEWAL_CLAIM

MAX_SIZE: Final = 1024
NONCE_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class RenewalClaims:
    """renewal-claims: {6: iat, 7: nonce, -65544: {1: SHA-256 of the exact card, ? 2: the new code key}}.

    Attributes:
        nonce: 16 bytes.
        new_code_key: an Ed25519 public key where the personal code changes, else None.
    """

    iat: int
    nonce: bytes
    card_digest: bytes
    new_code_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class ParsedRenewal:
    """A renewal in form. Nothing in it may be believed.

    ``new_code_layer`` is there exactly when the claims name a new code key.
    """

    raw: bytes = field(repr=False)
    layers: Layers
    new_code_layer: CoseSign1 | None = field(repr=False)
    unverified_claims: RenewalClaims


def parse_renewal(data: bytes) -> ParsedRenewal:
    """The renewal in ``data``, step F1; whether the device layer's header is that of the card's key is seen with the card.

    Raises:
        Malformed: ``renewal-structure``.
    """
    try:
        layers = parse_layers(data, MAX_SIZE)
        new_code_layer = _new_code_layer_in(layers.code_layer.payload)
        claims = _claims_of((new_code_layer or layers.code_layer).payload)
        if (new_code_layer is None) is not (claims.new_code_key is None):
            raise NotInForm("a new code key is named exactly when it signs")
    except NotInForm:
        raise refusal(Code.RENEWAL_STRUCTURE) from None
    return ParsedRenewal(data, layers, new_code_layer, claims)


def _new_code_layer_in(payload: bytes) -> CoseSign1 | None:
    """The layer of the new code key, or None where ``payload`` is the claims themselves."""
    item = cbor.decode(payload, MAX_SIZE)
    if type(item) is dict:
        return None
    layer = cose.sign1_of(item)
    if layer.protected != cose.HEADER_ED25519:
        raise NotInForm("header is not {alg: Ed25519}")
    return layer


_own: Final[f.Reader[tuple[Any, ...]]] = f.closed(lambda *own: own, {1: f.binary(32)}, {2: f.binary(32)})
_renewal_claims: Final = f.closed(
    lambda iat, nonce, own: RenewalClaims(iat, nonce, *own),
    {6: f.time, 7: f.binary(NONCE_SIZE), RENEWAL_CLAIM: _own},
)


def _claims_of(payload: bytes) -> RenewalClaims:
    return _renewal_claims(cbor.decode(payload, MAX_SIZE))


def serialize_renewal_claims(claims: RenewalClaims) -> bytes:
    """The innermost payload of a renewal. Raises ``UsageError`` for claims not in form."""
    own: dict[int, Item] = {1: claims.card_digest}
    if claims.new_code_key is not None:
        own[2] = claims.new_code_key
    return f.write(claims, {6: claims.iat, 7: claims.nonce, RENEWAL_CLAIM: own}, _claims_of)
