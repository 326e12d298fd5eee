"""Enrolment messages: steps O1 to O4, R1 to R5 and A1 (spec section 12.1)."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from vitaletoken.crypto import sealing, signing
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.credential import VerifiedCredential, enrolment_binding, verify_credential
from vitaletoken.rules.number import Unseal, commitment, open_sealed_number
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, valid_at, verifying_key
from vitaletoken.wire.cose import CoseKey, ed25519_key
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import Number, OfferClaims, parse_offer, parse_request
from vitaletoken.wire.registry import KeyUse, View


class _VerifiedOffer(NamedTuple):
    claims: OfferClaims
    digest: bytes
    sealing_key: bytes


class VerifiedOffer(Proof, _VerifiedOffer):
    """An enrolment offer that a trusted issuer signed. Made by ``verify_offer`` alone.

    Attributes:
        digest: SHA-256 of the exact offer.
        sealing_key: the issuer's HPKE key, from the trust list.
    """

    __slots__ = ()


class _VerifiedRequest(NamedTuple):
    digest: bytes
    offer_digest: bytes
    device_key: CoseKey
    code_key: bytes
    commitment: bytes
    sealed_number: bytes


class VerifiedRequest(Proof, _VerifiedRequest):
    """An enrolment request that both of its keys signed. Made by ``verify_request`` alone.

    For whom it is has not been looked at yet: that takes the issuer's HPKE key.

    Attributes:
        digest, offer_digest: SHA-256 of the exact request, and of the offer that it answers.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedRequest(digest={self.digest.hex()}, device_key={self.device_key!r})"


class _OpenedRequest(NamedTuple):
    request: VerifiedRequest
    number: Number


class OpenedRequest(Proof, _OpenedRequest):
    """A verified request, with the number that its sender says is theirs. Made by ``open_request`` alone.

    Whose number it is, the sender has not proved: the issuer's record and the proofing of the identity do.
    """

    __slots__ = ()


def verify_offer(data: bytes, trust: VerifiedTrustList, now: int) -> VerifiedOffer:
    """Steps O1 to O4, on the phone.

    Raises:
        Malformed: ``offer-structure``.
        Untrusted: ``offer-issuer``, ``offer-signature``.
        Rejected: ``offer-expired``.
    """
    parsed = parse_offer(data)
    claims = parsed.unverified_claims
    keys = valid_at(trust.keys(claims.iss, parsed.kid, KeyUse.ENROLMENT_OFFER), claims.iat)
    issuer = trust.issuer(claims.iss)
    sealing_key = issuer.sealing_key if issuer else None
    if trust.has_expired(now) or not keys or sealing_key is None or not sealing.is_valid_session_key(sealing_key):
        raise refusal(Code.OFFER_ISSUER)
    if verifying_key(keys, parsed.sign1, context.OFFER_AAD) is None:
        raise refusal(Code.OFFER_SIGNATURE)
    require_open(claims, now)
    return prove(VerifiedOffer, claims, hashlib.sha256(data).digest(), sealing_key)


def require_open(offer: OfferClaims, now: int) -> None:
    """O4. Raises ``Rejected``: ``offer-expired``."""
    if now >= offer.exp:
        raise refusal(Code.OFFER_EXPIRED)


def verify_request(data: bytes, offer: bytes) -> VerifiedRequest:
    """Steps R1 to R4, at the issuer: possession of both keys, in answer to ``offer``.

    That the offer is the issuer's own, open, and has had no other request is for the issuer to look at (R4, ENROL-1).

    Raises:
        Malformed: ``request-structure``.
        Untrusted: ``request-key``, ``request-signature``.
        Rejected: ``request-offer``.
    """
    parsed = parse_request(data)
    claims = parsed.unverified_claims
    device = claims.device_key
    if (
        not signing.is_valid_key(device.algorithm, device.public)
        or not signing.is_valid_key(signing.ED25519, claims.code_key)
        or device.public == claims.code_key
    ):
        raise refusal(Code.REQUEST_KEY)
    code_key = ed25519_key(claims.code_key)
    context.require_signature(device, parsed.device_layer, context.REQUEST_DEVICE_AAD, Code.REQUEST_SIGNATURE)
    context.require_signature(code_key, parsed.code_layer, context.REQUEST_CODE_AAD, Code.REQUEST_SIGNATURE)
    if not hmac.compare_digest(claims.offer_digest, hashlib.sha256(offer).digest()):
        raise refusal(Code.REQUEST_OFFER)
    return prove(
        VerifiedRequest,
        hashlib.sha256(data).digest(),
        claims.offer_digest,
        device,
        claims.code_key,
        claims.commitment,
        claims.sealed_number,
    )


def open_request(request: VerifiedRequest, unseal: Unseal) -> OpenedRequest:
    """Step R5, at the issuer.

    Raises:
        Untrusted: ``request-number``.
    """
    number = open_sealed_number(request.sealed_number, request.offer_digest, unseal)
    if not hmac.compare_digest(commitment(number), request.commitment):
        raise refusal(Code.REQUEST_NUMBER)
    return prove(OpenedRequest, request, number)


def verify_own_credential(
    data: bytes,
    trust: VerifiedTrustList,
    now: int,
    *,
    request: bytes,
    number: Number,
    device_key: CoseKey,
    code_key: bytes,
) -> VerifiedCredential:
    """What the phone does before it keeps a credential (ENROL-2): of the minimal view, which it will show to everybody.

    Args:
        request: the enrolment request that this phone sent.
        number: what its owner typed, and the salt that the phone drew for that request. A card made from another person's
            record does not fit it.
        device_key, code_key: this phone's own public keys.

    Raises:
        Malformed: ``credential-structure``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``.
        Rejected: ``trust-list-expired``, ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
    """
    credential = verify_credential(parse_credential(data), trust, now)
    binding = enrolment_binding(hashlib.sha256(request).digest(), commitment(number))
    _require_own(credential, View.MINIMAL, binding, device_key, code_key)
    _require_of_now(credential, trust, now)
    return credential


def verify_own_billing_view(
    data: bytes, card: VerifiedCredential, trust: VerifiedTrustList, now: int
) -> VerifiedCredential:
    """What the phone does before it keeps the billing view of ``card``, which it has just verified (ENROL-2, VIEW-2).

    Raises:
        Malformed: ``credential-structure``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-signature``.
        Rejected: ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
    """
    view = verify_credential(parse_credential(data), trust, now)
    mine = card.claims
    _require_own(view, View.BILLING, mine.card.enrolment.binding, mine.device_key, mine.card.code_key)
    _require_of_now(view, trust, now)
    if view.claims._replace(card=view.claims.card._replace(nir=None, policyholder_nir=None)) != mine:
        raise refusal(Code.CREDENTIAL_NOT_MINE)
    return view


def _require_own(
    credential: VerifiedCredential, view: View, binding: bytes, device_key: CoseKey, code_key: bytes
) -> None:
    """A1; and that the view is the one it is taken for, since a phone shows the minimal one in the open (PRES-5)."""
    claims = credential.claims
    if not (
        claims.device_key == device_key
        and hmac.compare_digest(claims.card.code_key, code_key)
        and hmac.compare_digest(claims.card.enrolment.binding, binding)
        and claims.card.view is view
        and claims.card.acting is None
    ):
        raise refusal(Code.CREDENTIAL_NOT_MINE)


def _require_of_now(credential: VerifiedCredential, trust: VerifiedTrustList, now: int) -> None:
    if now >= credential.claims.exp:
        raise refusal(Code.CREDENTIAL_EXPIRED)
    if credential.claims.card.environment is not trust.claims.environment:
        raise refusal(Code.WRONG_ENVIRONMENT)
