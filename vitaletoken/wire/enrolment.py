"""The enrolment messages (spec section 12): the issuer's offer and the phone's request, signed by both its keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.credential import cnf_of
from vitaletoken.wire.nir import BeneficiaryNir, nir_of
from vitaletoken.wire.registry import ENROLMENT_CLAIM, EnrolmentMethod

MAX_OFFER_SIZE: Final = 1024
MAX_REQUEST_SIZE: Final = 1536
#: The least and the most bytes of a sealed number; HPKE takes 48 of them.
SEALED_NUMBER_SIZE: Final = (49, 128)
#: The most bytes of what is sealed.
MAX_NUMBER_SIZE: Final = 80
NUMBER_SALT_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class OfferClaims:
    """offer-claims: {1: iss, 4: exp, 6: iat, 7: nonce of 16 bytes}; seconds."""

    iss: str
    iat: int
    exp: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class ParsedOffer:
    """An enrolment offer in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    kid: bytes
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: OfferClaims


@dataclass(frozen=True, slots=True)
class Evidence:
    """[method, digest]: the identity evidence that goes with a request, by its SHA-256."""

    method: EnrolmentMethod
    digest: bytes


@dataclass(frozen=True, slots=True)
class RequestClaims:
    """request-claims: {6: iat, 8: {1: device key}, -65539: {1: code key, 2: SHA-256 of the offer, 3, 4, ? 5: evidence}}.

    Attributes:
        commitment: 3, to the number of the person for whom the card is. sealed_number: 4, for the issuer alone.
    """

    iat: int
    device_key: CoseKey
    code_key: bytes
    offer_digest: bytes
    commitment: bytes = field(repr=False)
    sealed_number: bytes = field(repr=False)
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """An enrolment request in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    device_layer: CoseSign1 = field(repr=False)
    code_layer: CoseSign1 = field(repr=False)
    unverified_claims: RequestClaims


def parse_offer(data: bytes) -> ParsedOffer:
    """The enrolment offer in ``data``, step O1.

    Raises:
        Malformed: ``offer-structure``.
    """
    try:
        kid, sign1 = cose.parse_sign1_with_kid(data, MAX_OFFER_SIZE)
        claims = _offer_claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.OFFER_STRUCTURE) from None
    return ParsedOffer(data, kid, sign1, claims)


def _checked_offer(iss: str, exp: int, iat: int, nonce: bytes) -> OfferClaims:
    if exp <= iat:
        raise NotInForm("exp is not after iat")
    return OfferClaims(iss, iat, exp, nonce)


_offer_claims: Final = f.closed(_checked_offer, {1: f.issuer_id, 4: f.time, 6: f.time, 7: f.binary(16)})


def _offer_claims_of(payload: bytes) -> OfferClaims:
    return _offer_claims(cbor.decode(payload, MAX_OFFER_SIZE))


def serialize_offer_claims(claims: OfferClaims) -> bytes:
    """The payload of an offer. Raises ``UsageError`` for claims not in form."""
    item = {1: claims.iss, 4: claims.exp, 6: claims.iat, 7: claims.nonce}
    return f.write(claims, item, _offer_claims_of)


def parse_request(data: bytes) -> ParsedRequest:
    """The enrolment request in ``data``, step R1.

    Raises:
        Malformed: ``request-structure``.
    """
    try:
        device_layer = cose.parse_sign1(data, MAX_REQUEST_SIZE)
        code_layer = cose.parse_sign1(device_layer.payload, MAX_REQUEST_SIZE)
        claims = _request_claims_of(code_layer.payload)
        if (
            device_layer.protected != cose.header_of_device(claims.device_key.algorithm)
            or code_layer.protected != cose.HEADER_ED25519
        ):
            raise NotInForm("header is not that of its key")
    except NotInForm:
        raise refusal(Code.REQUEST_STRUCTURE) from None
    return ParsedRequest(data, device_layer, code_layer, claims)


_request_claims: Final = f.closed(
    lambda iat, device_key, own: RequestClaims(iat, device_key, *own),
    {
        6: f.time,
        8: cnf_of,
        ENROLMENT_CLAIM: f.closed(
            lambda *own: own,
            {1: f.binary(32), 2: f.binary(32), 3: f.binary(32), 4: f.binary(*SEALED_NUMBER_SIZE)},
            {5: f.fixed(Evidence, f.member(EnrolmentMethod), f.binary(32))},
        ),
    },
)


def _request_claims_of(payload: bytes) -> RequestClaims:
    return _request_claims(cbor.decode(payload, MAX_REQUEST_SIZE))


def serialize_request_claims(claims: RequestClaims) -> bytes:
    """The innermost payload of a request. Raises ``UsageError`` for claims not in form."""
    own: dict[int, cbor.Item] = {
        1: claims.code_key,
        2: claims.offer_digest,
        3: claims.commitment,
        4: claims.sealed_number,
    }
    if claims.evidence is not None:
        own[5] = [claims.evidence.method.value, claims.evidence.digest]
    item: dict[int, cbor.Item] = {6: claims.iat, 8: {1: claims.device_key.to_item()}, ENROLMENT_CLAIM: own}
    return f.write(claims, item, _request_claims_of)


@dataclass(frozen=True, slots=True)
class Number:
    """sealed-number: [nir, salt of 16 bytes]: the number of the person for whom the card is, and what hides it in a hash."""

    nir: BeneficiaryNir
    salt: bytes = field(repr=False)


_number: Final = f.fixed(Number, nir_of(BeneficiaryNir), f.binary(NUMBER_SALT_SIZE))


def number_of(data: bytes) -> Number:
    """What was sealed. Raises ``NotInForm``."""
    return _number(cbor.decode(data, MAX_NUMBER_SIZE))


def serialize_number(number: Number) -> bytes:
    """What is to be sealed. Raises ``UsageError`` for a salt of another size."""
    return f.write(number, [number.nir.digits(), number.salt], number_of)
