"""Who gets a card: the issuer's policy, and the reasons for which it says no (step P3, spec section 12.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vitaletoken.errors import UsageError
from vitaletoken.rules.identity import Assurance
from vitaletoken.rules.records import OF_AGE, Record, birthday


class Ineligibility(StrEnum):
    """Why a person gets no card."""

    TOO_YOUNG = "too-young"
    GUARDIANSHIP = "guardianship"
    SCHEME_CLOSED = "scheme-closed"
    NO_ACCOUNT = "no-account"
    TERRITORY = "territory"
    #: The person whose identity was proofed is no longer the one who may keep the card: the child came of age meanwhile, or
    #: is now another policyholder's dependant.
    KEEPER_CHANGED = "keeper-changed"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """An issuer's policy. Its defaults are those of the specification, with every scheme and territory open.

    Attributes:
        least_age: years, for the person on whose phone the card is kept.
        regimes: those open to the app (first number of the scheme); None for all.
        territories: those reached by a staged roll-out, as records name them; None for all.
        least_assurance: of the proofing of the identity.

    Raises:
        UsageError: an age below the one on which a dependant's card ends, so that one person could keep two cards of their own.
    """

    least_age: int = OF_AGE
    regimes: frozenset[int] | None = None
    territories: frozenset[str] | None = None
    least_assurance: Assurance = Assurance.SUBSTANTIAL

    def __post_init__(self) -> None:
        if self.least_age < OF_AGE:
            raise UsageError(f"nobody below {OF_AGE} keeps a card of their own")

    def reasons(self, record: Record, keeper: Record | None, today: date) -> tuple[Ineligibility, ...]:
        """Why ``record``'s card may not be made today; empty where it may. In the order of the specification.

        Args:
            record: of the person whom the card is for. Its scheme counts.
            keeper: of the person on whose phone it is kept: ``record`` itself, or the policyholder's. Age, guardianship,
                account and territory are theirs. None where the insurer has no such record: then there is no account.
        """
        if keeper is None:
            return (Ineligibility.NO_ACCOUNT,)
        found = {
            Ineligibility.TOO_YOUNG: today < birthday(keeper.birth_date, self.least_age),
            Ineligibility.GUARDIANSHIP: keeper.guardianship,
            Ineligibility.SCHEME_CLOSED: self.regimes is not None and record.scheme.regime not in self.regimes,
            Ineligibility.NO_ACCOUNT: not keeper.account,
            Ineligibility.TERRITORY: self.territories is not None and keeper.territory not in self.territories,
        }
        return tuple(reason for reason, applies in found.items() if applies)
