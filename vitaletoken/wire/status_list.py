"""The status list message (spec section 11): the CWT form of Token Status List (draft-ietf-oauth-status-list)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1

MAX_SIZE: Final = 266_240
MAX_INFLATED: Final = 262_144
BITS: Final = 2
#: Containers and strings of the claims: two maps, sub, the keys "lst" and "bits", and the list.
MAX_ITEMS: Final = 6

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
        sign1 = cose.sign1_of(cbor.decode(data, MAX_SIZE, cose.SIGN1_ITEMS))
        kid = _kid_in(sign1.protected)
        claims = _claims_of(sign1.payload)
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


def _checked_claims(sub: str, exp: int, iat: int, lst: bytes, ttl: int) -> StatusListClaims:
    if exp <= iat:
        raise NotInForm("exp is not after iat")
    return StatusListClaims(sub, iat, exp, ttl, lst)


_content: Final[f.Reader[bytes]] = f.closed(
    lambda lst, _bits: lst, {"lst": f.binary(0, MAX_SIZE), "bits": f.constant(BITS)}
)
_status_list_claims: Final = f.closed(
    _checked_claims, {2: f.uri, 4: f.time, 6: f.time, 65533: _content, 65534: f.integer(1, 31_622_400)}
)


def _claims_of(payload: bytes) -> StatusListClaims:
    return _status_list_claims(cbor.decode(payload, MAX_SIZE, MAX_ITEMS))


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
    return f.write(claims, item, _claims_of)
