"""Terminals that say who they are: steps H1 to H7 (spec sections 13.1 and 13.2), on the phone before it signs."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final, NamedTuple

from vitaletoken.crypto import sealing, signing
from vitaletoken.errors import Code, InputError, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.binding import may_bill
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, valid_at, verifying_key
from vitaletoken.wire.certificate import CertificateClaims, ParsedCertificate, parse_certificate
from vitaletoken.wire.challenge import ChallengeClaims, ParsedChallenge, parse_challenge
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.registry import Environment, KeyUse, View
from vitaletoken.wire.text import CERTIFICATE_PREFIX, CHALLENGE_PREFIX, parse_terminal_text, serialize_text

#: Seconds by which a terminal certificate may be from the future, and two clocks differ without a word to the person.
CLOCK_DIFFERENCE: Final = 300


class _VerifiedCertificate(NamedTuple):
    claims: CertificateClaims
    raw: bytes
    digest: bytes
    authority_name: str
    environment: Environment
    trusted_until: int


class VerifiedCertificate(Proof, _VerifiedCertificate):
    """A terminal certificate that a trusted authority signed. Made by ``verify_certificate``, and of one of those by ``under``.

    It was valid when ``verify_certificate`` looked at it; whether it is so at another time, ``holds_at`` says.

    Attributes:
        claims: who the terminal is: its name, establishment and categories.
        raw, digest: the exact bytes, and their SHA-256, which presentations at level audience are bound to.
        authority_name: for display, from the trust list.
        environment: of the trust list.
        trusted_until: NumericDate, when the trust list expires, and with it what it says of the authority.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """For the QR code of the counter sticker: ``VTT1:...``"""
        return serialize_text(self.raw, CERTIFICATE_PREFIX)

    def holds_at(self, now: int) -> bool:
        """What time decides of H3 and H5; ``exp``, of the trust list too, is the first second refused (TIME-1)."""
        return now < self.trusted_until and self._is_in_time(now)

    def require_holds(self, now: int) -> None:
        """As ``holds_at``, with the refusal of the step that fails.

        Raises:
            Untrusted: ``certificate-authority``: the trust list has expired.
            Rejected: ``certificate-not-valid``.
        """
        if now >= self.trusted_until:
            raise refusal(Code.CERTIFICATE_AUTHORITY)
        if not self._is_in_time(now):
            raise refusal(Code.CERTIFICATE_NOT_VALID)

    def under(self, trust: VerifiedTrustList) -> VerifiedCertificate | None:
        """The same certificate under another trust list: H3 and H4, without what time decides. None if they fail."""
        try:
            return _authentic(parse_certificate(self.raw), trust)
        except InputError:
            return None

    def _is_in_time(self, now: int) -> bool:
        return self.claims.iat - CLOCK_DIFFERENCE <= now < self.claims.exp

    def __repr__(self) -> str:
        return f"VerifiedCertificate(terminal={self.claims.terminal.hex()}, name={self.claims.name!r})"


class _VerifiedChallenge(NamedTuple):
    claims: ChallengeClaims
    raw: bytes
    digest: bytes
    certificate: VerifiedCertificate
    verified_at: int


class VerifiedChallenge(Proof, _VerifiedChallenge):
    """A challenge that the terminal named in its certificate made. Made by ``verify_challenge`` alone.

    Attributes:
        claims: what is asked for: purposes, view, transaction.
        raw, digest: the exact bytes, and their SHA-256, which the answer is bound to.
        certificate: who asks.
        verified_at: NumericDate, the ``now`` at which it was verified.
    """

    __slots__ = ()

    def require_fresh(self, now: int) -> None:
        """Raise ``UsageError`` if it was verified longer ago than its lifetime, as far as the phone's clock can tell (ASK-2)."""
        if not 0 <= now - self.verified_at <= self.claims.lifetime:
            raise UsageError("the challenge was reviewed too long ago: review it again")

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
    if trust.has_expired(now):
        raise refusal(Code.CERTIFICATE_AUTHORITY)
    certificate = _authentic(parsed, trust)
    certificate.require_holds(now)
    return certificate


def _authentic(parsed: ParsedCertificate, trust: VerifiedTrustList) -> VerifiedCertificate:
    """Steps H3 and H4, without what time decides of H3."""
    claims, raw = parsed.unverified_claims, parsed.raw
    authority = trust.authority(claims.iss)
    keys = valid_at(trust.keys(claims.iss, parsed.kid, KeyUse.TERMINAL_CERTIFICATE), claims.iat)
    if authority is None or not keys or not set(claims.categories) <= set(authority.categories):
        raise refusal(Code.CERTIFICATE_AUTHORITY)
    if verifying_key(keys, parsed.sign1, context.CERTIFICATE_AAD) is None:
        raise refusal(Code.CERTIFICATE_SIGNATURE)
    if not signing.is_valid_key(signing.ED25519, claims.key):
        raise refusal(Code.CERTIFICATE_KEY)
    environment, until = trust.claims.environment, trust.claims.exp
    return prove(VerifiedCertificate, (claims, raw, hashlib.sha256(raw).digest(), authority.name, environment, until))


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
    return prove(VerifiedChallenge, (claims, parsed.raw, hashlib.sha256(parsed.raw).digest(), certificate, now))


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
