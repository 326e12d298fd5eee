"""Presentations: steps V9 to V15 (spec section 8).

V1 to V5 are parsing, V6 and V7 the credential's; ``steps.STEPS`` is the whole table. From there each function takes what the
one before it made: no step can be left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.policy import MAX_SKEW, NORMAL_SKEW, Grade, Policy, Reason
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.status import VerifiedStatusList
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.credential import Card
from vitaletoken.wire.presentation import ParsedPresentation, PresentationClaims
from vitaletoken.wire.registry import Binding, Status, UserVerification

_DAY: Final = 86_400


class ReplayOutcome(Enum):
    """What a replay store says of a key that is to be inserted."""

    FIRST = "first"
    SAME_SESSION = "same-session"
    OTHER_SESSION = "other-session"
    FULL = "full"


class _AuthenticPresentation(NamedTuple):
    claims: PresentationClaims
    credential: VerifiedCredential


class AuthenticPresentation(Proof, _AuthenticPresentation):
    """A presentation that the enrolled phone made, its code proved where it says so. Made by ``authenticate`` alone."""

    __slots__ = ()


class TimelyPresentation(Proof, _AuthenticPresentation):
    """An authentic presentation that is bound enough and in time. Made by ``require_here_and_now`` alone."""

    __slots__ = ()


class _CurrentPresentation(NamedTuple):
    claims: PresentationClaims
    credential: VerifiedCredential
    reasons: tuple[Reason, ...]
    skew: int
    status_as_of: int


class CurrentPresentation(Proof, _CurrentPresentation):
    """A timely presentation of a card that is not revoked and that the policy allows, but may have been seen before.

    Made by ``judge`` alone.
    """

    __slots__ = ()

    @property
    def replay_key(self) -> bytes:
        """REPLAY-1: 24 bytes, SHA-256(credential)[:16] || cti."""
        return self.credential.digest[:16] + self.claims.cti

    @property
    def keep_until(self) -> int:
        """NumericDate until which its replay key must be kept (REPLAY-2).

        As long as a terminal with the greatest skew_limit could accept it: terminals with other limits may share the store.
        """
        return self.claims.exp + MAX_SKEW


class _VerifiedPresentation(NamedTuple):
    issuer: str
    issuer_name: str
    card: Card
    claims: PresentationClaims
    reasons: tuple[Reason, ...]
    skew: int
    status_as_of: int
    repeated: bool


class VerifiedPresentation(Proof, _VerifiedPresentation):
    """The proof itself. Holding one means that every step, V1 to V15, was passed; made by ``admit`` alone.

    Attributes:
        issuer, issuer_name: who vouches for the card: id, and name for display.
        card: what the issuer says: the beneficiary (``card.person``, ``card.beneficiary``), their quality, the policyholder's
            alias when that is someone else, the scheme, the environment, until when the rights are known.
        claims: what the phone says: user verification, binding, counter, failed tries of the code before this success.
        reasons: why the grade is ``degraded``; empty when it is ``full``.
        skew: seconds, the least clock difference that explains it; positive when the phone's clock is ahead.
        status_as_of: NumericDate of the status list that answered.
        repeated: the same QR was accepted before in this session.
    """

    __slots__ = ()

    @property
    def grade(self) -> Grade:
        """``full``, or ``degraded`` for the ``reasons``."""
        return Grade.DEGRADED if self.reasons else Grade.FULL

    @property
    def proofs(self) -> tuple[str, ...]:
        """What was proved: ``issuer``, ``device`` and, where the personal code was, ``code``."""
        proved_code = self.claims.user_verification is UserVerification.CODE
        return ("issuer", "device", "code") if proved_code else ("issuer", "device")


def authenticate(
    parsed: ParsedPresentation, credential: VerifiedCredential, bound_to: Mapping[Binding, bytes]
) -> AuthenticPresentation:
    """Steps V9 and V10.

    Args:
        bound_to: for each level other than open that this terminal can serve now, SHA-256 of its certificate or its
            challenge.

    Raises:
        Untrusted: ``context-unknown``, ``device-signature``, ``code-signature``.
    """
    claims, keys = parsed.unverified_claims, credential.claims
    bound = None
    if claims.binding is not Binding.OPEN:
        bound = bound_to.get(claims.binding)
        if bound is None:  # PRES-4
            raise refusal(Code.CONTEXT_UNKNOWN)

    def aad(layer: str) -> bytes:
        return context.presentation_aad(layer, parsed.algorithm, claims.binding, credential.digest, bound)

    context.require_signature(
        keys.device_key, parsed.device_layer, aad(labels.PRESENTATION_DEVICE), Code.DEVICE_SIGNATURE
    )
    if parsed.code_layer is not None:
        code_key = ed25519_key(keys.card.code_key)
        context.require_signature(code_key, parsed.code_layer, aad(labels.PRESENTATION_CODE), Code.CODE_SIGNATURE)
    return prove(AuthenticPresentation, claims, credential)


def require_here_and_now(presentation: AuthenticPresentation, now: int, policy: Policy) -> TimelyPresentation:
    """Steps V11 and V12: bound enough, and in time.

    Args:
        now: NumericDate, seconds.

    Raises:
        Rejected: the codes of these steps.
    """
    claims, credential = presentation.claims, presentation.credential.claims
    if claims.binding < policy.least_binding:
        raise refusal(Code.BINDING_TOO_WEAK)

    # Only the presentation's own window and the credential's iat are at the mercy of two clocks that differ.
    if now < claims.iat - policy.skew_limit:
        raise refusal(Code.PRESENTATION_NOT_YET_VALID)
    if now >= claims.exp + policy.skew_limit:
        raise refusal(Code.PRESENTATION_EXPIRED)
    if now < credential.iat - policy.skew_limit:
        raise refusal(Code.CREDENTIAL_NOT_YET_VALID)
    if now >= credential.exp:
        raise refusal(Code.CREDENTIAL_EXPIRED)
    rights_until = credential.card.rights_until
    if rights_until is not None and now // _DAY >= rights_until:
        raise refusal(Code.RIGHTS_ENDED)
    return prove(TimelyPresentation, claims, presentation.credential)


def judge(
    presentation: TimelyPresentation,
    now: int,
    status_list: VerifiedStatusList | None,
    trust: VerifiedTrustList,
    policy: Policy,
) -> CurrentPresentation:
    """Steps V13 and V14: not revoked, allowed by policy.

    Args:
        now: NumericDate, seconds.
        status_list: the list that the card refers to, if this terminal holds it.
        trust: the trust list in force.

    Raises:
        Rejected: the codes of these steps.
    """
    status_list = _require_valid_status(presentation, now, status_list, trust)
    _require_allowed(presentation, trust, policy)
    claims = presentation.claims
    skew = _skew(claims, now)
    reasons: tuple[Reason, ...] = ()
    if not -NORMAL_SKEW <= skew <= NORMAL_SKEW:
        reasons += (Reason.CLOCK_SKEW,)
    if status_list.is_old(now):
        reasons += (Reason.STATUS_LIST_OLD,)
    if claims.user_verification is not UserVerification.CODE:
        reasons += (Reason.NO_CODE,)
    return prove(CurrentPresentation, claims, presentation.credential, reasons, skew, status_list.iat)


def _require_valid_status(
    presentation: TimelyPresentation, now: int, status_list: VerifiedStatusList | None, trust: VerifiedTrustList
) -> VerifiedStatusList:
    """V13; gives back the list that answered."""
    credential = presentation.credential.claims
    reference = credential.card.status
    if status_list is None:
        raise refusal(Code.STATUS_UNAVAILABLE)
    if status_list.number != reference.list or status_list.issuer != credential.iss:
        raise UsageError("the status source gave another list than the one asked for")
    status = status_list.find(reference.idx)
    if status is None or status_list.iat > now + MAX_SKEW or not status_list.is_trusted(trust):  # STATUS-5
        raise refusal(Code.STATUS_UNAVAILABLE)
    if status_list.has_expired(now):
        raise refusal(Code.STATUS_EXPIRED)
    if status is Status.REVOKED:
        raise refusal(Code.CARD_REVOKED)
    if status is Status.SUSPENDED:
        raise refusal(Code.CARD_SUSPENDED)
    return status_list


def _require_allowed(presentation: TimelyPresentation, trust: VerifiedTrustList, policy: Policy) -> None:
    """V14."""
    card = presentation.credential.claims.card
    if card.environment is not policy.environment or trust.claims.environment is not policy.environment:
        raise refusal(Code.WRONG_ENVIRONMENT)
    if presentation.claims.user_verification < policy.least_user_verification:
        raise refusal(Code.USER_VERIFICATION_TOO_WEAK)


def _skew(claims: PresentationClaims, now: int) -> int:
    """TIME-2: the least clock difference, in seconds, that explains the presentation."""
    if now < claims.iat:
        return claims.iat - now
    return min(0, claims.exp - 1 - now)


def admit(presentation: CurrentPresentation, outcome: ReplayOutcome) -> VerifiedPresentation:
    """Step V15, given what the replay store answered to the insertion of the replay key.

    Raises:
        Rejected: ``replayed``, ``replay-store-full``.
    """
    if outcome is ReplayOutcome.OTHER_SESSION:
        raise refusal(Code.REPLAYED)
    if outcome is ReplayOutcome.FULL:
        raise refusal(Code.REPLAY_STORE_FULL)
    credential = presentation.credential
    return prove(
        VerifiedPresentation,
        credential.claims.iss,
        credential.issuer_name,
        credential.claims.card,
        presentation.claims,
        presentation.reasons,
        presentation.skew,
        presentation.status_as_of,
        outcome is ReplayOutcome.SAME_SESSION,
    )
