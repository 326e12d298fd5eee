"""What a terminal demands, and how good what it got is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vitaletoken.errors import UsageError
from vitaletoken.wire.registry import Binding, Environment, UserVerification

#: Seconds of clock difference that are nobody's fault; above it a result is degraded.
NORMAL_SKEW: Final = 60
MAX_SKEW: Final = 300


@dataclass(frozen=True, slots=True)
class Policy:
    """The least that a verifier accepts (spec section 8).

    Attributes:
        skew_limit: seconds, 0 to 300, by which the phone's clock and this one may differ.
    """

    environment: Environment = Environment.PRODUCTION
    least_binding: Binding = Binding.OPEN
    least_user_verification: UserVerification = UserVerification.CODE
    skew_limit: int = NORMAL_SKEW

    def __post_init__(self) -> None:
        if not 0 <= self.skew_limit <= MAX_SKEW:
            raise UsageError(f"skew_limit is 0 to {MAX_SKEW} seconds")


class Grade(StrEnum):
    """One word for the desk: as it should be, or accepted with a caution."""

    FULL = "full"
    DEGRADED = "degraded"


class Reason(StrEnum):
    """Why a grade is ``degraded``, in the order of the specification."""

    CLOCK_SKEW = "clock-skew"
    STATUS_LIST_OLD = "status-list-old"
    NO_CODE = "no-code"
