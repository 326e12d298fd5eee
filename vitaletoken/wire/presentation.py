"""The presentation message (spec section 7): the code layer inside the device layer, the credential in the header."""

from __future__ import annotations

import re
from struct import Struct
from typing import Final, NamedTuple

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.patterns import TIME, UINT, uint
from vitaletoken.wire.registry import PRESENTATION_CLAIM, Algorithm, Binding, UserVerification

MAX_SIZE: Final = 1064
MAX_LIFETIME: Final = 60
MAX_COUNTER: Final = 2**32 - 1
MAX_TRIES: Final = 255

_USER_VERIFICATIONS: Final = tuple(UserVerification)
_BINDINGS: Final = tuple(Binding)
_CODE: Final = UserVerification.CODE
_from_bytes: Final = int.from_bytes
_heads: Final = Struct(">2sH4s").unpack_from
_new: Final = tuple.__new__  # of a NamedTuple: half the time of calling it


class PresentationClaims(NamedTuple):
    """presentation-claims: {4: exp, 6: iat, 7: cti, -65538: {1: uv, 2: binding, 3: counter, 4: failed tries, ? 5: grant}}.

    Attributes:
        grant: the bytes of the grant under which a delegate acts, not looked into.
    """

    iat: int
    exp: int
    cti: bytes
    user_verification: UserVerification
    binding: Binding
    counter: int
    failed_tries: int
    grant: bytes | None = None

    def __repr__(self) -> str:
        return (
            f"PresentationClaims(iat={self.iat}, exp={self.exp}, cti={self.cti!r}, "
            f"user_verification={self.user_verification!r}, binding={self.binding!r}, counter={self.counter}, "
            f"failed_tries={self.failed_tries}, grant={'None' if self.grant is None else '...'})"
        )


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
    return _at_a_glance(data) or _step_by_step(data)


def _step_by_step(data: bytes) -> ParsedPresentation:
    """Any presentation, and the one way in which one is refused."""
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


def require_algorithm(presentation: ParsedPresentation, device_key: CoseKey) -> None:
    """CRED-4 for the card's own device key; where there is a grant, that is for V8 to see, with the delegate's.

    Raises:
        Malformed: ``algorithm-mismatch``.
    """
    if presentation.algorithm is not device_key.algorithm and presentation.unverified_claims.grant is None:
        raise refusal(Code.ALGORITHM_MISMATCH)


# Step V4's language is regular but for a few lengths: the keys are fixed, and only four integers and the grant vary in length.
# So it is recognised as a whole, head by head, by one pattern that has the deterministic encoding built in, instead of being
# decoded, walked and checked. A test holds the pattern against the CBOR profile and the CDDL. Claims with a grant have a
# pattern of their own, tried last, so that all others pay nothing for it.
_START: Final = (
    rb"\xa4\x04" + UINT + rb"\x06" + UINT + rb"\x07\x48(.{8})"  # exp, iat, cti
    rb"\x3a\x00\x01\x00\x01"  # -65538
)  # fmt: skip
_OWN: Final = (
    rb"\x01([\x00-\x03])\x02([\x00-\x02])"  # user verification, binding
    rb"\x03" + UINT + rb"\x04" + UINT  # counter, failed tries
)  # fmt: skip
_CLAIMS: Final = _START + rb"\xa4" + _OWN
_CLAIMS_WITH_GRANT: Final = _START + rb"\xa5" + _OWN + rb"\x05([\x40-\x57]|\x58[\x18-\xff]|\x59(?!\x00)..)(.*)"
_LAYER_START: Final = rb"\x84\x43\xa1\x01\x32\xa0"
_LAYER_END: Final = rb"\x58\x40(.{64})"

_bare_claims: Final = re.compile(_CLAIMS, re.DOTALL)
_bare_claims_with_grant: Final = re.compile(_CLAIMS_WITH_GRANT, re.DOTALL)
#: [{alg: Ed25519}, {}, claims, signature]
_CODE_LAYER: Final = _LAYER_START + rb"\x58(.)(" + _CLAIMS + rb")" + _LAYER_END
_code_layer: Final = re.compile(_CODE_LAYER, re.DOTALL)
_code_layer_with_grant: Final = re.compile(
    _LAYER_START + rb"(?:\x58(.)|\x59((?!\x00)..))(" + _CLAIMS_WITH_GRANT + rb")" + _LAYER_END, re.DOTALL
)
# What follows the protected header of a usual presentation: {}, the code layer, the device's signature. Its times have the heads
# of 1970 to 2106, its code is proved; the last byte of the failed tries, up to MAX_TRIES, is their number.
_usual: Final = re.compile(
    rb"\xa0\x58(.)(" + _LAYER_START + rb"\x58(.)(\xa4\x04" + TIME + rb"\x06" + TIME + rb"\x07\x48(.{8})"
    rb"\x3a\x00\x01\x00\x01\xa4\x01\x03\x02([\x00-\x02])"
    rb"\x03([\x01-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....)\x04([\x00-\x17]|\x18[\x18-\xff]))"
    + _LAYER_END + rb")" + _LAYER_END,
    re.DOTALL,
)  # fmt: skip


def _at_a_glance(data: bytes) -> ParsedPresentation | None:
    """What ``_step_by_step`` makes of ``data``, in half the time; None where it is not of the usual form.

    That is: a credential of 252 bytes or more, times up to 2106, the code proved, and no grant.
    """
    if not 8 <= len(data) <= MAX_SIZE:
        return None
    head, size, header = _heads(data)
    algorithm, end = cose.credential_header(header), 4 + size
    match = _usual.fullmatch(data, end)
    if match is None or algorithm is None or head != b"\x84\x59" or size < 256:  # a shorter one has a shorter head
        return None
    (
        payload_size, payload, content_size, content, exp_, iat_, cti, binding, counter_, tries_, code_signature, signature,
    ) = match.groups()  # fmt: skip
    exp, iat = _from_bytes(exp_, "big"), _from_bytes(iat_, "big")
    if (
        payload_size[0] != len(payload) or content_size[0] != len(content) or not 1 <= exp - iat <= MAX_LIFETIME
    ):  # PRES-1
        return None
    claims = _new(PresentationClaims, (iat, exp, cti, _CODE, _BINDINGS[binding[0]], uint(counter_), tries_[-1], None))
    device_layer = _new(CoseSign1, (data[4:end], payload, signature))
    code_layer = _new(CoseSign1, (cose.HEADER_ED25519, content, code_signature))
    return _new(ParsedPresentation, (algorithm, data[8:end], device_layer, code_layer, claims))


def _payload_of(payload: bytes) -> tuple[CoseSign1 | None, PresentationClaims]:
    match = _code_layer.fullmatch(payload)
    if match is None:
        return _rarer_payload_of(payload)
    length, content, *claimed, signature = match.groups()
    if length[0] != len(content):
        raise NotInForm("length of the code layer's payload")
    return _proved(content, signature, _checked_claims(*claimed))


def _rarer_payload_of(payload: bytes) -> tuple[CoseSign1 | None, PresentationClaims]:
    """What is not a code layer without a grant."""
    if not payload.startswith(b"\x84"):
        claims = _claims_of(payload)
        if claims.user_verification is UserVerification.CODE:  # PRES-2
            raise NotInForm("the code is claimed and not proved")
        return None, claims
    match = _code_layer_with_grant.fullmatch(payload)
    if match is None:
        raise NotInForm("not a code layer")
    short, long, content, *claimed, signature = match.groups()
    if int.from_bytes(short or long, "big") != len(content):
        raise NotInForm("length of the code layer's payload")
    return _proved(content, signature, _claims_with_grant(*claimed))


def _proved(content: bytes, signature: bytes, claims: PresentationClaims) -> tuple[CoseSign1, PresentationClaims]:
    if claims.user_verification is not UserVerification.CODE:  # PRES-2
        raise NotInForm("the code is proved and not claimed")
    return CoseSign1(cose.HEADER_ED25519, content, signature), claims


def _claims_of(payload: bytes) -> PresentationClaims:
    match = _bare_claims.fullmatch(payload)
    if match is not None:
        return _checked_claims(*match.groups())
    match = _bare_claims_with_grant.fullmatch(payload)
    if match is None:
        raise NotInForm("not presentation claims")
    return _claims_with_grant(*match.groups())


def _claims_with_grant(*groups: bytes) -> PresentationClaims:
    *claimed, head, grant = groups
    if (head[0] - 0x40 if len(head) == 1 else int.from_bytes(head[1:], "big")) != len(grant):
        raise NotInForm("length of the grant")
    return _checked_claims(*claimed)._replace(grant=grant)


def _checked_claims(*groups: bytes) -> PresentationClaims:
    exp_, iat_, cti, user_verification, binding, counter_, failed_tries_ = groups
    exp, iat, counter, failed_tries = uint(exp_), uint(iat_), uint(counter_), uint(failed_tries_)
    if not (
        1 <= exp - iat <= MAX_LIFETIME  # PRES-1
        and exp <= f.MAX_TIME
        and 1 <= counter <= MAX_COUNTER
        and failed_tries <= MAX_TRIES
    ):
        raise NotInForm("presentation claims out of range")
    verified, bound = _USER_VERIFICATIONS[user_verification[0]], _BINDINGS[binding[0]]
    return _new(PresentationClaims, (iat, exp, cti, verified, bound, counter, failed_tries, None))


def serialize_claims(claims: PresentationClaims) -> bytes:
    """The innermost payload of a presentation with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    own: dict[int, Item] = {
        1: claims.user_verification.value,
        2: claims.binding.value,
        3: claims.counter,
        4: claims.failed_tries,
    }  # fmt: skip
    if claims.grant is not None:
        own[5] = claims.grant
    item = {4: claims.exp, 6: claims.iat, 7: claims.cti, PRESENTATION_CLAIM: own}
    return f.write(claims, item, _claims_of)
