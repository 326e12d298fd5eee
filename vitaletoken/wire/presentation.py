"""The presentation message (spec section 7): the code layer inside the device layer, the credential in the header."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.credential import ParsedCredential, parse_credential
from vitaletoken.wire.registry import PRESENTATION_CLAIM, Algorithm, Binding, UserVerification

MAX_SIZE: Final = 1064
MAX_LIFETIME: Final = 60


@dataclass(frozen=True, slots=True)
class PresentationClaims:
    """presentation-claims: {4: exp, 6: iat, 7: cti, -65538: {1: uv, 2: binding, 3: counter, 4: failed tries}}."""

    iat: int
    exp: int
    cti: bytes
    user_verification: UserVerification
    binding: Binding
    counter: int
    failed_tries: int


@dataclass(frozen=True, slots=True)
class ParsedPresentation:
    """A presentation in form, its credential not yet looked into. Nothing in it may be believed.

    ``code_layer`` is None where the personal code was not asked for.
    """

    algorithm: Algorithm
    credential: bytes = field(repr=False)
    device_layer: CoseSign1 = field(repr=False)
    code_layer: CoseSign1 | None = field(repr=False)
    unverified_claims: PresentationClaims


def parse_presentation(data: bytes) -> ParsedPresentation:
    """The presentation in ``data``, steps V2 to V4.

    Raises:
        Malformed: ``cbor-profile``, ``cose-structure``, ``claims-structure``.
    """
    try:
        item = cbor.decode(data, MAX_SIZE)
    except NotInForm:
        raise refusal(Code.CBOR_PROFILE) from None
    try:
        device_layer = cose.sign1_of(item)
        algorithm, credential = cose.credential_in(device_layer.protected)
    except NotInForm:
        raise refusal(Code.COSE_STRUCTURE) from None
    try:
        code_layer, claims = _payload_of(cbor.decode(device_layer.payload, MAX_SIZE))
    except NotInForm:
        raise refusal(Code.CLAIMS_STRUCTURE) from None
    return ParsedPresentation(algorithm, credential, device_layer, code_layer, claims)


def parse_credential_in(presentation: ParsedPresentation) -> ParsedCredential:
    """The credential that ``presentation`` carries, step V5.

    Raises:
        Malformed: ``credential-structure``, ``algorithm-mismatch``.
    """
    credential = parse_credential(presentation.credential)
    if presentation.algorithm is not credential.unverified_claims.device_key.algorithm:
        raise refusal(Code.ALGORITHM_MISMATCH)
    return credential


_cti: Final = f.binary(8)
_user_verification: Final = f.member(UserVerification)
_binding: Final = f.member(Binding)
_counter: Final = f.integer(1, 2**32 - 1)
_tries: Final = f.integer(0, 255)


def _payload_of(item: Item) -> tuple[CoseSign1 | None, PresentationClaims]:
    code_layer = None
    if type(item) is list:
        code_layer = cose.sign1_of(item)
        if code_layer.protected != cose.HEADER_ED25519:
            raise NotInForm("header of the code layer")
        item = cbor.decode(code_layer.payload, MAX_SIZE)
    claims = _claims_of(item)
    if (code_layer is not None) != (claims.user_verification is UserVerification.CODE):  # PRES-2
        raise NotInForm("user verification does not fit the layers")
    return code_layer, claims


def _claims_of(item: Item) -> PresentationClaims:
    fields = f.Fields(item)
    own = fields.take(PRESENTATION_CLAIM, f.Fields)
    claims = PresentationClaims(
        iat=fields.take(6, f.time),
        exp=fields.take(4, f.time),
        cti=fields.take(7, _cti),
        user_verification=own.take(1, _user_verification),
        binding=own.take(2, _binding),
        counter=own.take(3, _counter),
        failed_tries=own.take(4, _tries),
    )
    fields.end()
    own.end()
    if not 1 <= claims.exp - claims.iat <= MAX_LIFETIME:  # PRES-1
        raise NotInForm("lifetime")
    return claims


def serialize_claims(claims: PresentationClaims) -> bytes:
    """The innermost payload of a presentation with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    item = {
        4: claims.exp,
        6: claims.iat,
        7: claims.cti,
        PRESENTATION_CLAIM: {
            1: claims.user_verification.value,
            2: claims.binding.value,
            3: claims.counter,
            4: claims.failed_tries,
        },
    }  # fmt: skip
    return f.write(claims, item, _claims_of, MAX_SIZE)
