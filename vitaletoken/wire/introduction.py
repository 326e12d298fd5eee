"""The introduction (spec section 14.1): the phone of who is lent to shows its keys and its owner's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import cnf_of, delegate_name
from vitaletoken.wire.layers import Layers, parse_layers
from vitaletoken.wire.registry import INTRODUCTION_CLAIM

MAX_SIZE: Final = 512


@dataclass(frozen=True, slots=True)
class IntroductionClaims:
    """introduction-claims: {6: iat, 8: {1: device key}, -65546: {1: code key, 2: name}}.

    Attributes:
        device_key, code_key: the delegate's.
        name: the delegate's, as they give it; it proves nothing.
    """

    iat: int
    device_key: CoseKey
    code_key: bytes
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedIntroduction:
    """An introduction in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    layers: Layers
    unverified_claims: IntroductionClaims


def parse_introduction(data: bytes) -> ParsedIntroduction:
    """The introduction in ``data``, step I2.

    Raises:
        Malformed: ``introduction-structure``.
    """
    try:
        layers = parse_layers(data, MAX_SIZE)
        claims = _claims_of(layers.code_layer.payload)
        if layers.algorithm is not claims.device_key.algorithm:
            raise NotInForm("header is not that of its key")
    except NotInForm:
        raise refusal(Code.INTRODUCTION_STRUCTURE) from None
    return ParsedIntroduction(data, layers, claims)


_own: Final[f.Reader[tuple[Any, ...]]] = f.closed(lambda *own: own, {1: f.binary(32), 2: delegate_name})
_introduction_claims: Final = f.closed(
    lambda iat, device_key, own: IntroductionClaims(iat, device_key, *own),
    {6: f.time, 8: cnf_of, INTRODUCTION_CLAIM: _own},
)


def _claims_of(payload: bytes) -> IntroductionClaims:
    return _introduction_claims(cbor.decode(payload, MAX_SIZE))


def serialize_introduction_claims(claims: IntroductionClaims) -> bytes:
    """The innermost payload of an introduction. Raises ``UsageError`` for claims not in form."""
    item = {
        6: claims.iat,
        8: {1: claims.device_key.to_item()},
        INTRODUCTION_CLAIM: {1: claims.code_key, 2: claims.name},
    }  # fmt: skip
    return f.write(claims, item, _claims_of)
