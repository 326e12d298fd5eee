"""What each signature covers besides its payload: the external_aad of spec section 5."""

from __future__ import annotations

from typing import Final

from vitaletoken.crypto import labels, signing
from vitaletoken.errors import BadSignature, Code, refusal
from vitaletoken.wire.cbor import encode_ordered
from vitaletoken.wire.cose import CoseKey, CoseSign1, sig_structure
from vitaletoken.wire.registry import Algorithm, Binding

CREDENTIAL_AAD: Final = encode_ordered([labels.PROTOCOL, labels.CREDENTIAL])
TRUST_LIST_AAD: Final = encode_ordered([labels.PROTOCOL, labels.TRUST_LIST])
SNAPSHOT_AAD: Final = encode_ordered([labels.PROTOCOL, labels.STATUS_SNAPSHOT])
DELTA_AAD: Final = encode_ordered([labels.PROTOCOL, labels.STATUS_DELTA])
OFFER_AAD: Final = encode_ordered([labels.PROTOCOL, labels.ENROLMENT_OFFER])
CERTIFICATE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.TERMINAL_CERTIFICATE])
CHALLENGE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.CHALLENGE])
REQUEST_DEVICE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.ENROLMENT_REQUEST_DEVICE])
REQUEST_CODE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.ENROLMENT_REQUEST_CODE])
INTRODUCTION_DEVICE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.INTRODUCTION_DEVICE])
INTRODUCTION_CODE_AAD: Final = encode_ordered([labels.PROTOCOL, labels.INTRODUCTION_CODE])
#: Empty, so that any Token Status List implementation reads it; its typ header sets it apart.
STATUS_LIST_AAD: Final = b""


_DIGEST_HEAD: Final = b"\x58\x20"
_NULL: Final = b"\xf6"


def _starts(
    algorithm: Algorithm, suite: int, binding: Binding
) -> tuple[tuple[Algorithm, Binding], tuple[bytes, bytes]]:
    device, code = (
        b"\x86" + encode_ordered([labels.PROTOCOL, layer, suite, binding.value])[1:] + _DIGEST_HEAD
        for layer in (labels.PRESENTATION_DEVICE, labels.PRESENTATION_CODE)
    )
    return (algorithm, binding), (device, code)


#: Of a presentation's device layer and code layer: the head of the array of six, its first four elements, the head of the fifth.
_PRESENTATION_STARTS: Final = dict(
    _starts(algorithm, suite, binding)
    for algorithm, suite in ((Algorithm.ED25519, 1), (Algorithm.ESP256, 2))
    for binding in Binding
)


def presentation_aads(
    algorithm: Algorithm, binding: Binding, credential_digest: bytes, context: bytes | None
) -> tuple[bytes, bytes]:
    """external_aad of a presentation's device layer, and of its code layer.

    Args:
        algorithm: of the certified device key; it gives the suite.
        credential_digest: SHA-256 of the credential's exact bytes.
        context: SHA-256 of the exact terminal certificate or challenge; None at level open.
    """
    device, code = _PRESENTATION_STARTS[algorithm, binding]
    rest = credential_digest + (_NULL if context is None else _DIGEST_HEAD + context)
    return device + rest, code + rest


def sealed_answer_info(challenge_digest: bytes) -> bytes:
    """HPKE's ``info`` for an answer to the challenge with that SHA-256 (SEAL-1)."""
    return encode_ordered([labels.PROTOCOL, labels.SEALED_ANSWER, challenge_digest])


def card_aad(label: str, credential_digest: bytes) -> bytes:
    """external_aad of a layer of a message about one exact card: of renewals, unlocks, grants and lending orders.

    Args:
        label: of the message and layer, from ``labels``.
        credential_digest: SHA-256 of the credential's exact bytes.
    """
    return encode_ordered([labels.PROTOCOL, label, credential_digest])


def sealed_number_info(offer_digest: bytes) -> bytes:
    """HPKE's ``info`` for the number in an answer to the offer with that SHA-256 (ENROL-3)."""
    return encode_ordered([labels.PROTOCOL, labels.ENROLMENT_NUMBER, offer_digest])


def tbs(sign1: CoseSign1, external_aad: bytes) -> bytes:
    """The bytes that ``sign1``'s signature is over, from what arrived (COSE-4)."""
    return sig_structure(sign1.protected, external_aad, sign1.payload)


def is_signed(key: CoseKey, sign1: CoseSign1, external_aad: bytes) -> bool:
    """Whether ``key`` made the signature of ``sign1``; for where several contexts or keys are tried."""
    try:
        signing.verify(key.algorithm, key.public, tbs(sign1, external_aad), sign1.signature)
    except BadSignature:
        return False
    return True


def require_signature(key: CoseKey, sign1: CoseSign1, external_aad: bytes, code: Code) -> None:
    """Return if ``key`` made the signature of ``sign1``; else raise the exception of ``code``."""
    try:
        tbs = sig_structure(sign1.protected, external_aad, sign1.payload)
        signing.verify(key.algorithm, key.public, tbs, sign1.signature)
    except BadSignature:
        raise refusal(code) from None
