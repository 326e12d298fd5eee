"""Terminals that say who they are: steps H1 to H7 (spec sections 13.1 and 13.2), on the phone before it signs."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final, NamedTuple

from vitaletoken.crypto import sealing, signing
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.binding import may_bill
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, valid_at, verifying_key
from vitaletoken.wire.certificate import CertificateClaims, parse_certificate
from vitaletoken.wire.challenge import ChallengeClaims, ParsedChallenge, parse_challenge
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.registry import KeyUse, View
from vitaletoken.wire.text import CERTIFICATE_PREFIX, CHALLENGE_PREFIX, parse_terminal_text, serialize_text

#: Seconds by which a terminal certificate may be from the future, and two clocks differ without a word to the person.
CLOCK_DIFFERENCE: Final = 300


class _VerifiedCertificate(NamedTuple):
    claims: CertificateClaims
    raw: bytes
    digest: bytes
    authority_name: str


class VerifiedCertificate(Proof, _VerifiedCertificate):
    """A terminal certificate that a trusted authority signed, valid when it was looked at. Made by ``verify_certificate`` alone.

    Attributes:
        claims: who the terminal is: its name, establishment and categories.
        raw, digest: the exact bytes, and their SHA-256, which presentations at level audience are bound to.
        authority_name: for display, from the trust list.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """For the QR code of the counter sticker: ``VTT1:...``"""
        return serialize_text(self.raw, CERTIFICATE_PREFIX)

    def is_in_time(self, now: int) -> bool:
        """Step H5: ``exp`` is the first second refused (TIME-1)."""
        return _is_in_time(self.claims, now)

    def __repr__(self) -> str:
        return f"VerifiedCertificate(terminal={self.claims.terminal.hex()}, name={self.claims.name!r})"


class _VerifiedChallenge(NamedTuple):
    claims: ChallengeClaims
    raw: bytes
    digest: bytes
    certificate: VerifiedCertificate


class VerifiedChallenge(Proof, _VerifiedChallenge):
    """A challenge that the terminal named in its certificate made. Made by ``verify_challenge`` alone.

    Attributes:
        claims: what is asked for: purposes, view, transaction.
        raw, digest: the exact bytes, and their SHA-256, which the answer is bound to.
        certificate: who asks.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedChallenge(terminal={self.certificate.claims.terminal.hex()}, iat={self.claims.iat})"


class TerminalWarning(StrEnum):
    """What a person should be told before they answer, in the order of the specification. No refusals."""

    CLOCK_DIFFERS = "clock-differs"
    NOT_SEALED = "not-sealed"
    BILLING_VIEW = "billing-view"


class Review(NamedTuple):
    """What a phone found out about a terminal's QR, to be shown to its owner before it signs (CHAL-4).

    Attributes:
        certificate: who it is: name, establishment, categories.
        challenge: what it asks for, also its transaction's line and amount; None for a counter sticker.
        warnings: in the order of the specification.
    """

    certificate: VerifiedCertificate
    challenge: VerifiedChallenge | None
    warnings: tuple[TerminalWarning, ...]

    @property
    def asker(self) -> VerifiedCertificate | VerifiedChallenge:
        """What a presentation for this terminal is bound to: the challenge, or else the certificate."""
        return self.certificate if self.challenge is None else self.challenge


def verify_certificate(data: bytes, trust: VerifiedTrustList, now: int) -> VerifiedCertificate:
    """Steps H2 (its second row) to H5.

    Raises:
        Malformed: ``certificate-structure``.
        Untrusted: ``certificate-authority``, ``certificate-signature``, ``certificate-key``.
        Rejected: ``certificate-not-valid``.
    """
    parsed = parse_certificate(data)
    claims = parsed.unverified_claims
    authority = trust.authority(claims.iss)
    keys = valid_at(trust.keys(claims.iss, parsed.kid, KeyUse.TERMINAL_CERTIFICATE), claims.iat)
    if (
        trust.has_expired(now)
        or authority is None
        or not keys
        or not set(claims.categories) <= set(authority.categories)
    ):
        raise refusal(Code.CERTIFICATE_AUTHORITY)
    if verifying_key(keys, parsed.sign1, context.CERTIFICATE_AAD) is None:
        raise refusal(Code.CERTIFICATE_SIGNATURE)
    if not signing.is_valid_key(signing.ED25519, claims.key):
        raise refusal(Code.CERTIFICATE_KEY)
    if not _is_in_time(claims, now):
        raise refusal(Code.CERTIFICATE_NOT_VALID)
    return prove(VerifiedCertificate, claims, data, hashlib.sha256(data).digest(), authority.name)


def _is_in_time(claims: CertificateClaims, now: int) -> bool:
    return claims.iat - CLOCK_DIFFERENCE <= now < claims.exp


def verify_challenge(data: bytes, trust: VerifiedTrustList, now: int) -> VerifiedChallenge:
    """Steps H2 to H6: who asks, and that it is they who ask. Whether they may is H7, which ``review`` adds.

    Raises:
        Malformed: ``challenge-structure``, ``certificate-structure``.
        Untrusted: ``certificate-authority``, ``certificate-signature``, ``certificate-key``, ``challenge-signature``,
            ``session-key``.
        Rejected: ``certificate-not-valid``.
    """
    return verify_parsed_challenge(parse_challenge(data), trust, now)


def verify_parsed_challenge(parsed: ParsedChallenge, trust: VerifiedTrustList, now: int) -> VerifiedChallenge:
    """As ``verify_challenge``, after the first row of H2."""
    claims = parsed.unverified_claims
    certificate = verify_certificate(claims.certificate, trust, now)
    key = ed25519_key(certificate.claims.key)
    context.require_signature(key, parsed.sign1, context.CHALLENGE_AAD, Code.CHALLENGE_SIGNATURE)
    if claims.session_key is not None and not sealing.is_valid_session_key(claims.session_key):
        raise refusal(Code.SESSION_KEY)
    return prove(VerifiedChallenge, claims, parsed.raw, hashlib.sha256(parsed.raw).digest(), certificate)


def require_may_ask(challenge: VerifiedChallenge) -> None:
    """Step H7. Raises ``Rejected``: ``billing-refused``."""
    claims = challenge.claims
    if claims.view is View.BILLING and (
        claims.session_key is None or not may_bill(challenge.certificate.claims.categories)
    ):
        raise refusal(Code.BILLING_REFUSED)


def review(text: str, trust: VerifiedTrustList, now: int) -> Review:
    """Steps H1 to H7, for the text of a sticker (``VTT1:...``) or of a challenge (``VTC1:...``).

    Raises:
        Malformed: ``terminal-text``, ``challenge-structure``, ``certificate-structure``.
        Untrusted: ``certificate-authority``, ``certificate-signature``, ``certificate-key``, ``challenge-signature``,
            ``session-key``.
        Rejected: ``certificate-not-valid``, ``billing-refused``.
    """
    prefix, data = parse_terminal_text(text)
    if prefix != CHALLENGE_PREFIX:
        return Review(verify_certificate(data, trust, now), None, ())
    challenge = verify_challenge(data, trust, now)
    require_may_ask(challenge)
    claims = challenge.claims
    warnings: tuple[TerminalWarning, ...] = ()
    if abs(claims.iat - now) > CLOCK_DIFFERENCE:
        warnings += (TerminalWarning.CLOCK_DIFFERS,)
    if claims.session_key is None:
        warnings += (TerminalWarning.NOT_SEALED,)
    if claims.view is View.BILLING:
        warnings += (TerminalWarning.BILLING_VIEW,)
    return Review(challenge.certificate, challenge, warnings)
