"""Presentations: steps V11 to V15 (spec section 8).

V1 to V5 are parsing, V6 and V7 the credential's, V8 to V10 those of ``authentic``; ``steps.STEPS`` is the whole table. From
there each function takes what the one before it made: no step can be left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, NamedTuple

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.authentic import AuthenticPresentation
from vitaletoken.rules.binding import Evidence, Occasion, require_bound
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.delegation import (
    Delegate,
    delegate_of,
    require_granted_now,
    require_not_withdrawn,
    require_scope,
)
from vitaletoken.rules.grant import VerifiedGrant
from vitaletoken.rules.policy import MAX_SKEW, NORMAL_SKEW, Grade, Policy, Reason
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.status import VerifiedStatusList, require_not_revoked
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.validity import DAY, require_card_in_time, require_in_window, require_rights, skew_of
from vitaletoken.wire.challenge import Transaction
from vitaletoken.wire.credential import Card
from vitaletoken.wire.presentation import PresentationClaims
from vitaletoken.wire.registry import Binding, Category, Purpose, UserVerification, View


class ReplayOutcome(Enum):
    """What a replay store says of a key that is to be inserted."""

    FIRST = "first"
    SAME_SESSION = "same-session"
    OTHER_SESSION = "other-session"
    FULL = "full"


class AnswerOutcome(Enum):
    """What a challenge store says of the presentation that is to be recorded as a challenge's answer (CHAL-2)."""

    FIRST = "first"
    SAME = "same"
    REFUSED = "refused"  # another presentation has answered it, or it is open no longer


# Each member is named once: up to Python 3.11 to name one takes 65 ns, and a scan does so twenty times.
_CHALLENGE: Final = Binding.CHALLENGE
_CODE: Final = UserVerification.CODE
_SAME_SESSION, _OTHER_SESSION, _FULL = ReplayOutcome.SAME_SESSION, ReplayOutcome.OTHER_SESSION, ReplayOutcome.FULL
_SAME, _REFUSED = AnswerOutcome.SAME, AnswerOutcome.REFUSED


class _TimelyPresentation(NamedTuple):
    claims: PresentationClaims
    credential: VerifiedCredential
    grant: VerifiedGrant | None
    occasion: Occasion


class TimelyPresentation(Proof, _TimelyPresentation):
    """An authentic presentation that is bound enough and in time. Made by ``require_here_and_now`` alone."""

    __slots__ = ()


class _CurrentPresentation(NamedTuple):
    claims: PresentationClaims
    credential: VerifiedCredential
    grant: VerifiedGrant | None
    occasion: Occasion
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
    purpose: Purpose
    sealed: bool
    transaction: Transaction | None
    evidence: Evidence | None
    delegate: Delegate | None


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
        purpose: for which the card was asked.
        sealed: it arrived in a sealed answer.
        transaction: the care sheet that the patient co-signed with it, if the challenge had one.
        evidence: of that, to be kept with the sheet.
        delegate: who acts for the beneficiary, in which way and until when; None where nobody does. To be shown at the desk.
    """

    __slots__ = ()

    @property
    def view(self) -> View:
        """What the card showed: ``card.nir`` and ``card.policyholder_nir`` are there in the billing view only."""
        return self.card.view

    @property
    def grade(self) -> Grade:
        """``full``, or ``degraded`` for the ``reasons``."""
        return Grade.DEGRADED if self.reasons else Grade.FULL

    @property
    def proofs(self) -> tuple[str, ...]:
        """What was proved: ``issuer``, ``device`` and, where the personal code was, ``code``."""
        proved_code = self.claims.user_verification is UserVerification.CODE
        return ("issuer", "device", "code") if proved_code else ("issuer", "device")


def require_here_and_now(
    presentation: AuthenticPresentation,
    now: int,
    occasion: Occasion,
    policy: Policy,
    categories: Iterable[Category] = (),
) -> TimelyPresentation:
    """Steps V11 and V12: bound enough, and in time.

    Args:
        now: NumericDate, seconds.
        occasion: with the challenge asked exactly when the level is challenge, and then the one that the presentation was
            found to answer.
        categories: of this terminal's establishment, where it has them.

    Raises:
        Rejected: the codes of these steps.
        UsageError: another occasion.
    """
    claims, credential = presentation.claims, presentation.credential.claims
    answers = presentation.context if claims.binding is _CHALLENGE else None
    if answers != (None if occasion.asked is None else occasion.asked.digest):
        raise UsageError("the challenge given is not what the presentation answers")
    require_bound(claims.binding, credential.card, occasion, policy)
    if presentation.grant is not None or credential.card.acting is not None:
        require_scope(presentation.credential, presentation.grant, occasion.acted_for, categories)

    # Only the presentation's own window and the credential's iat are at the mercy of two clocks that differ; and the window
    # counts for nothing where the terminal's own time since it asked has been looked at.
    if claims.binding is not _CHALLENGE:
        require_in_window(claims, now, policy.skew_limit)
    require_card_in_time(credential, now, policy.skew_limit)
    if presentation.grant is not None:
        require_granted_now(presentation.grant, now, policy.skew_limit)
    require_rights(credential, now)
    return prove(TimelyPresentation, (claims, presentation.credential, presentation.grant, occasion))


def judge(
    presentation: TimelyPresentation,
    now: int,
    status_list: VerifiedStatusList | None,
    trust: VerifiedTrustList,
    policy: Policy,
) -> CurrentPresentation:
    """Steps V13 and V14: not revoked, allowed by policy.

    Args:
        now: NumericDate, seconds; not below the time floor (``floor.effective_now``).
        status_list: the list that the card refers to, if this terminal holds it.
        trust: the trust list in force.

    Raises:
        Rejected: the codes of these steps.
    """
    credential = presentation.credential.claims
    status_list = require_not_revoked(
        status_list, credential.iss, credential.card.status, now, trust, policy.status_grace
    )
    if presentation.grant is not None:
        require_not_withdrawn(presentation.credential, presentation.grant, status_list)
    claims, card = presentation.claims, credential.card
    if card.environment is not policy.environment or trust.claims.environment is not policy.environment:
        raise refusal(Code.WRONG_ENVIRONMENT)
    if claims.user_verification < policy.least(presentation.occasion.purpose).least_user_verification:
        raise refusal(Code.USER_VERIFICATION_TOO_WEAK)
    if not policy.delegates and (presentation.grant is not None or card.acting is not None):
        raise refusal(Code.DELEGATION_NOT_ALLOWED)

    skew = skew_of(claims, now)
    reasons: tuple[Reason, ...] = ()
    if skew and abs(skew) > NORMAL_SKEW and claims.binding is not _CHALLENGE:
        reasons += (Reason.CLOCK_SKEW,)
    if status_list.is_old(now):
        reasons += (Reason.STATUS_LIST_OLD,)
    if now >= trust.claims.exp - policy.trust_notice:
        reasons += (Reason.TRUST_LIST_ENDING,)
    if policy.rights_age is not None and now // DAY - card.rights_as_of > policy.rights_age:
        reasons += (Reason.RIGHTS_OLD,)
    if claims.user_verification is not _CODE:
        reasons += (Reason.NO_CODE,)
    return prove(
        CurrentPresentation,
        (claims, presentation.credential, presentation.grant, presentation.occasion, reasons, skew, status_list.iat),
    )


def admit(presentation: CurrentPresentation, outcome: ReplayOutcome | AnswerOutcome) -> VerifiedPresentation:
    """Step V15.

    Args:
        outcome: at level challenge, what the challenge store answered to the recording of the answer; at the others, what the
            replay store answered to the insertion of the replay key.

    Raises:
        Rejected: ``replayed``, ``replay-store-full``, ``challenge-answered``.
    """
    if isinstance(outcome, AnswerOutcome) is not (presentation.claims.binding is _CHALLENGE):
        raise UsageError("answers to challenges are recorded with the challenge, all others in the replay store")
    if outcome is _OTHER_SESSION:
        raise refusal(Code.REPLAYED)
    if outcome is _FULL:
        raise refusal(Code.REPLAY_STORE_FULL)
    if outcome is _REFUSED:
        raise refusal(Code.CHALLENGE_ANSWERED)
    credential, occasion = presentation.credential, presentation.occasion
    return prove(
        VerifiedPresentation,
        (
            credential.claims.iss,
            credential.issuer_name,
            credential.claims.card,
            presentation.claims,
            presentation.reasons,
            presentation.skew,
            presentation.status_as_of,
            outcome is _SAME_SESSION or outcome is _SAME,
            occasion.purpose,
            occasion.sealed,
            occasion.transaction,
            occasion.evidence,
            delegate_of(credential, presentation.grant),
        ),
    )
