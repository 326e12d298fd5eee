"""The status list message (spec section 11): the CWT form of Token Status List (draft-ietf-oauth-status-list)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseSign1

MAX_SIZE: Final = 266_240
MAX_INFLATED: Final = 262_144
BITS: Final = 2

_TYP: Final = b"\x10\x78\x1aapplication/statuslist+cwt"  # 16: typ (RFC 9596)
_HEADER_START: Final = b"\xa3\x01\x32\x04\x48"


@dataclass(frozen=True, slots=True)
class StatusListClaims:
    """{2: sub, 4: exp, 6: iat, 65533: {"lst": zlib stream, "bits": 2}, 65534: ttl}; seconds."""

    sub: str
    iat: int
    exp: int
    ttl: int
    lst: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedStatusList:
    """A status list in form, not inflated. Nothing in it may be believed."""

    kid: bytes
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: StatusListClaims


def parse_status_list(data: bytes) -> ParsedStatusList:
    """The status list in ``data``, step S1.

    Raises:
        Malformed: ``status-list-structure``.
    """
    try:
        sign1 = cose.parse_sign1(data, MAX_SIZE)
        kid = _kid_in(sign1.protected)
        claims = _claims_of(cbor.decode(sign1.payload, MAX_SIZE))
    except NotInForm:
        raise refusal(Code.STATUS_LIST_STRUCTURE) from None
    return ParsedStatusList(kid, sign1, claims)


def header(kid: bytes) -> bytes:
    """{1: -19, 4: kid, 16: "application/statuslist+cwt"}"""
    return _HEADER_START + kid + _TYP


def _kid_in(protected: bytes) -> bytes:
    kid = protected[len(_HEADER_START) : len(_HEADER_START) + cose.KID_SIZE]
    if protected != header(kid) or len(kid) != cose.KID_SIZE:
        raise NotInForm("header of a status list")
    return kid


_ttl: Final = f.integer(1, 31_622_400)
_lst: Final = f.binary(0, MAX_SIZE)
_bits: Final = f.constant(BITS)


def _claims_of(item: Item) -> StatusListClaims:
    fields = f.Fields(item)
    content = fields.take(65533, f.Fields)
    claims = StatusListClaims(
        sub=fields.take(2, f.uri),
        iat=fields.take(6, f.time),
        exp=fields.take(4, f.time),
        ttl=fields.take(65534, _ttl),
        lst=content.take("lst", _lst),
    )
    content.take("bits", _bits)
    content.end()
    fields.end()
    if claims.exp <= claims.iat:
        raise NotInForm("exp is not after iat")
    return claims


def serialize_claims(claims: StatusListClaims) -> bytes:
    """The payload of a status list with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    item = {
        2: claims.sub,
        4: claims.exp,
        6: claims.iat,
        65533: {"bits": BITS, "lst": claims.lst},
        65534: claims.ttl,
    }  # fmt: skip
    return f.write(claims, item, _claims_of, MAX_SIZE)
