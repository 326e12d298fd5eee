"""Credentials: steps V6 and V7 (spec sections 6 and 8)."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, in_window, valid_at, verifying_key
from vitaletoken.wire.cbor import encode_ordered
from vitaletoken.wire.credential import CredentialClaims, ParsedCredential
from vitaletoken.wire.registry import KeyUse

_CREDENTIAL: Final = KeyUse.CREDENTIAL  # named once, as in ``presentation``


class _VerifiedCredential(NamedTuple):
    claims: CredentialClaims
    digest: bytes
    issuer_name: str


class VerifiedCredential(Proof, _VerifiedCredential):
    """A credential that a trusted issuer signed. Made by ``verify_credential`` alone.

    It says nothing about now: times, status and policy are the business of what uses it. A terminal accepts it only
    inside a presentation.

    Attributes:
        digest: SHA-256 of the credential's exact bytes.
        issuer_name: for display, from the trust list.
    """

    __slots__ = ()


def verify_credential(parsed: ParsedCredential, trust: VerifiedTrustList, now: int) -> VerifiedCredential:
    """Steps V6, but for ``clock-behind`` (``floor.effective_now``), and V7.

    Raises:
        Rejected: ``trust-list-expired``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``.
    """
    require_current(trust, now)
    claims = parsed.unverified_claims
    issuer = trust.issuer(claims.iss)
    known = trust.keys(claims.iss, parsed.kid, _CREDENTIAL)
    if issuer is None or not known:
        raise refusal(Code.ISSUER_UNKNOWN)
    keys = valid_at(known, claims.iat)
    if not keys:
        raise refusal(Code.ISSUER_KEY_WITHDRAWN if in_window(known, claims.iat) else Code.ISSUER_KEY_NOT_VALID)
    if verifying_key(keys, parsed.sign1, context.CREDENTIAL_AAD) is None:
        raise refusal(Code.ISSUER_SIGNATURE)
    return prove(VerifiedCredential, (claims, hashlib.sha256(parsed.raw).digest(), issuer.name))


def require_current(trust: VerifiedTrustList, now: int) -> None:
    """The second row of V6. Raises ``Rejected``: ``trust-list-expired``."""
    if trust.has_expired(now):
        raise refusal(Code.TRUST_LIST_EXPIRED)


def enrolment_binding(request_digest: bytes, commitment: bytes) -> bytes:
    """CRED-3: 16 bytes that tie a card to the request that it answers, and to the number of the person it names.

    Args:
        request_digest: SHA-256 of the exact enrolment request.
        commitment: ``rules.number.commitment``. An issuer makes it from the number in its own record of the person whose names
            it writes; a phone from the number that its owner typed.
    """
    item = [labels.PROTOCOL, labels.ENROLMENT, request_digest, commitment]
    return hashlib.sha256(encode_ordered(item)).digest()[:16]
