"""The presentation message (spec section 7): the code layer inside the device layer, the credential in the header."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.credential import ParsedCredential, parse_credential
from vitaletoken.wire.registry import PRESENTATION_CLAIM, Algorithm, Binding, UserVerification

MAX_SIZE: Final = 1064
MAX_LIFETIME: Final = 60
MAX_COUNTER: Final = 2**32 - 1
MAX_TRIES: Final = 255

_USER_VERIFICATIONS: Final = tuple(UserVerification)
_BINDINGS: Final = tuple(Binding)


class PresentationClaims(NamedTuple):
    """presentation-claims: {4: exp, 6: iat, 7: cti, -65538: {1: uv, 2: binding, 3: counter, 4: failed tries}}."""

    iat: int
    exp: int
    cti: bytes
    user_verification: UserVerification
    binding: Binding
    counter: int
    failed_tries: int


class ParsedPresentation(NamedTuple):
    """A presentation in form, its credential not yet looked into. Nothing in it may be believed.

    ``code_layer`` is None where the personal code was not asked for.
    """

    algorithm: Algorithm
    credential: bytes
    device_layer: CoseSign1
    code_layer: CoseSign1 | None
    unverified_claims: PresentationClaims

    def __repr__(self) -> str:
        return f"ParsedPresentation(unverified_claims={self.unverified_claims!r})"


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
        code_layer, claims = _payload_of(device_layer.payload)
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


# Step V4's language is regular: the keys are fixed, and only four integers vary in length. So it is recognised as a whole,
# head by head, by one pattern that has the deterministic encoding built in, instead of being decoded, walked and
# checked. A test holds the pattern against the CBOR profile and the CDDL.
_UINT: Final = rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....|\x1b(?!\x00\x00\x00\x00)........)"
_CLAIMS: Final = (
    rb"\xa4\x04" + _UINT + rb"\x06" + _UINT + rb"\x07\x48(.{8})"  # exp, iat, cti
    rb"\x3a\x00\x01\x00\x01\xa4\x01([\x00-\x03])\x02([\x00-\x02])"  # -65538: user verification, binding
    rb"\x03" + _UINT + rb"\x04" + _UINT  # counter, failed tries
)  # fmt: skip
_bare_claims: Final = re.compile(_CLAIMS, re.DOTALL)
#: [{alg: Ed25519}, {}, claims, signature]
_code_layer: Final = re.compile(
    rb"\x84\x43\xa1\x01\x32\xa0\x58(.)(" + _CLAIMS + rb")\x58\x40(.{64})", re.DOTALL
)  # fmt: skip


def _payload_of(payload: bytes) -> tuple[CoseSign1 | None, PresentationClaims]:
    match = _code_layer.fullmatch(payload)
    if match is None:
        claims = _claims_of(payload)
        if claims.user_verification is UserVerification.CODE:  # PRES-2
            raise NotInForm("the code is claimed and not proved")
        return None, claims
    length, content, *claimed, signature = match.groups()
    if length[0] != len(content):
        raise NotInForm("length of the code layer's payload")
    claims = _checked_claims(*claimed)
    if claims.user_verification is not UserVerification.CODE:  # PRES-2
        raise NotInForm("the code is proved and not claimed")
    return CoseSign1(cose.HEADER_ED25519, content, signature), claims


def _claims_of(payload: bytes) -> PresentationClaims:
    match = _bare_claims.fullmatch(payload)
    if match is None:
        raise NotInForm("not presentation claims")
    return _checked_claims(*match.groups())


def _checked_claims(*groups: bytes) -> PresentationClaims:
    exp, iat, cti, user_verification, binding, counter, failed_tries = groups
    claims = PresentationClaims(
        _uint(iat),
        _uint(exp),
        cti,
        _USER_VERIFICATIONS[user_verification[0]],
        _BINDINGS[binding[0]],
        _uint(counter),
        _uint(failed_tries),
    )
    if not (
        1 <= claims.exp - claims.iat <= MAX_LIFETIME  # PRES-1
        and claims.exp <= f.MAX_TIME
        and 1 <= claims.counter <= MAX_COUNTER
        and claims.failed_tries <= MAX_TRIES
    ):
        raise NotInForm("presentation claims out of range")
    return claims


def _uint(head: bytes) -> int:
    """The value of an unsigned integer's encoding."""
    return int.from_bytes(head[1:], "big") if len(head) > 1 else head[0]


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
    return f.write(claims, item, _claims_of)
