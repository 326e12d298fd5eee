"""What a presentation was asked for with, and step V11 (spec sections 8 and 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vitaletoken.errors import Code, refusal
from vitaletoken.wire.challenge import ChallengeClaims, Transaction
from vitaletoken.wire.credential import Card
from vitaletoken.wire.registry import CATEGORIES_WITH_BILLING, Binding, Category, Purpose, View

if TYPE_CHECKING:  # a phone has no policy for terminals
    from vitaletoken.rules.policy import Policy


class Instant(NamedTuple):
    """A reading of a clock that nobody can set.

    Attributes:
        era: changes whenever the clock starts anew; readings of different eras can't be compared.
        seconds: whole seconds in this era.
    """

    era: bytes
    seconds: int

    def is_within(self, lifetime: int, start: Instant) -> bool:
        """Fewer than ``lifetime`` seconds after ``start``, as far as this clock can tell (CHAL-3)."""
        return self.era == start.era and 0 <= self.seconds - start.seconds < lifetime


class Evidence(NamedTuple):
    """What shows later, together with the care sheet, that the patient signed it: ``verify_care_sheet`` takes these.

    Attributes:
        presentation: its bytes, opened if it was sealed. They hold names and maybe numbers: to be kept as the sheet is.
        challenge: the exact challenge's bytes.
    """

    presentation: bytes
    challenge: bytes

    def __repr__(self) -> str:
        return "Evidence(...)"


class AskedChallenge(NamedTuple):
    """The challenge that is open for a session, from the terminal's own memory.

    Attributes:
        digest: SHA-256 of the exact challenge.
        evidence: the exact challenge, and the presentation that answers it.
        categories: of its certificate.
        is_in_time: the answer came within the challenge's lifetime (CHAL-3).
    """

    digest: bytes
    evidence: Evidence
    claims: ChallengeClaims
    categories: tuple[Category, ...]
    is_in_time: bool


class Occasion(NamedTuple):
    """For what a card was asked, and how the answer came.

    Attributes:
        sealed: it arrived in a sealed answer.
        asked: the challenge open for the session, where the presentation is of level challenge.
        awaits_answer: a challenge that is open for the session names the purpose and is in time: only an answer will do (ASK-1).
    """

    purpose: Purpose
    sealed: bool = False
    asked: AskedChallenge | None = None
    awaits_answer: bool = False

    @property
    def transaction(self) -> Transaction | None:
        """What the presentation co-signs."""
        return None if self.asked is None else self.asked.claims.transaction

    @property
    def acted_for(self) -> tuple[Purpose, ...]:
        """What a delegate must be allowed (GRANT-3): where something is co-signed, all that the challenge names."""
        if self.asked is None or self.asked.claims.transaction is None:
            return (self.purpose,)
        return self.asked.claims.purposes

    @property
    def evidence(self) -> Evidence | None:
        """What is to be kept where something was co-signed."""
        return None if self.asked is None or self.asked.claims.transaction is None else self.asked.evidence


def may_bill(categories: tuple[Category, ...]) -> bool:
    """Whether an establishment of these categories has the right to the billing view (section 18)."""
    return not CATEGORIES_WITH_BILLING.isdisjoint(categories)


def require_bound(binding: Binding, card: Card, occasion: Occasion, policy: Policy) -> None:
    """Step V11. For a level other than challenge, ``occasion.asked`` is None.

    Raises:
        Rejected: ``binding-too-weak``, ``challenge-expired``, ``purpose-mismatch``, ``billing-not-permitted``.
    """
    if binding < policy.least(occasion.purpose).least_binding:
        raise refusal(Code.BINDING_TOO_WEAK)
    if binding is not Binding.CHALLENGE and (occasion.sealed or occasion.awaits_answer):  # ASK-1
        raise refusal(Code.BINDING_TOO_WEAK)
    asked = occasion.asked
    if asked is not None:
        if not asked.is_in_time:
            raise refusal(Code.CHALLENGE_EXPIRED)
        if occasion.purpose not in asked.claims.purposes:
            raise refusal(Code.PURPOSE_MISMATCH)
    if card.nir is not None and not (  # BILL-1
        asked is not None and asked.claims.view is View.BILLING and may_bill(asked.categories) and occasion.sealed
    ):
        raise refusal(Code.BILLING_NOT_PERMITTED)
