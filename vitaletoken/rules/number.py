"""The number (NIR) on its way to the issuer: committed to, and sealed (ENROL-3, CRED-3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from vitaletoken.crypto import labels, sealing
from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.rules.context import sealed_number_info
from vitaletoken.wire.cbor import encode_ordered
from vitaletoken.wire.enrolment import Number, number_of, serialize_number
from vitaletoken.wire.nir import Nir

#: Opens what was sealed to an issuer's HPKE key: the sealed bytes and ``info``, to what was in them.
Unseal = Callable[[bytes, bytes], bytes]


def is_same(one: Nir, other: Nir) -> bool:
    """Whether two numbers are the same characters, in constant time; a beneficiary's and a policyholder's can be compared."""
    return hmac.compare_digest(one.digits().encode(), other.digits().encode())


def commitment(number: Number) -> bytes:
    """SHA-256(enc(["vitaletoken/1", "number", salt, nir])): 32 bytes from which nothing is guessed without the salt."""
    item = [labels.PROTOCOL, labels.NUMBER, number.salt, number.nir.digits()]
    return hashlib.sha256(encode_ordered(item)).digest()


def pseudonym(number: Nir, key: bytes) -> bytes:
    """32 bytes by which an issuer finds what it has of a number, without keeping the number: HMAC-SHA-256 under its own key."""
    return hmac.digest(key, encode_ordered([labels.PROTOCOL, labels.NUMBER_PSEUDONYM, number.digits()]), "sha256")


def seal_number(number: Number, sealing_key: bytes, offer_digest: bytes) -> bytes:
    """``number`` for the issuer alone, in answer to the offer with that SHA-256.

    Raises:
        UsageError: SEAL-3; ``verify_offer`` has looked.
    """
    return sealing.seal(serialize_number(number), sealing_key, sealed_number_info(offer_digest))


def open_sealed_number(sealed: bytes, offer_digest: bytes, unseal: Unseal) -> Number:
    """What ``seal_number`` was given.

    Raises:
        Untrusted: ``request-number`` (R5): it does not open, or is not in form.
    """
    try:
        return number_of(unseal(sealed, sealed_number_info(offer_digest)))
    except (sealing.BrokenSeal, NotInForm):
        raise refusal(Code.REQUEST_NUMBER) from None
