"""What a terminal demands, and how good what it got is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vitaletoken.errors import UsageError
from vitaletoken.wire.registry import Binding, Environment, Purpose, UserVerification

#: Seconds of clock difference that are nobody's fault; above it a result is degraded.
NORMAL_SKEW: Final = 60
MAX_SKEW: Final = 300


@dataclass(frozen=True, slots=True)
class Demand:
    """The least that is accepted for one purpose."""

    least_binding: Binding
    least_user_verification: UserVerification


@dataclass(frozen=True, slots=True)
class Policy:
    """The least that a verifier accepts (spec section 8).

    Attributes:
        purposes: demands that take the place of ``least_binding`` and ``least_user_verification`` for a purpose.
        skew_limit: seconds, 0 to 300, by which the phone's clock and this one may differ.
    """

    environment: Environment = Environment.PRODUCTION
    least_binding: Binding = Binding.OPEN
    least_user_verification: UserVerification = UserVerification.CODE
    skew_limit: int = NORMAL_SKEW
    purposes: Mapping[Purpose, Demand] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "purposes", MappingProxyType(dict(self.purposes)))
        if not 0 <= self.skew_limit <= MAX_SKEW:
            raise UsageError(f"skew_limit is 0 to {MAX_SKEW} seconds")

    def least(self, purpose: Purpose) -> Demand | Policy:
        """What holds for ``purpose``: its own demand, or else this policy's, which is one too."""
        return self.purposes.get(purpose, self)


class Grade(StrEnum):
    """One word for the desk: as it should be, or accepted with a caution."""

    FULL = "full"
    DEGRADED = "degraded"


class Reason(StrEnum):
    """Why a grade is ``degraded``, in the order of the specification."""

    CLOCK_SKEW = "clock-skew"
    STATUS_LIST_OLD = "status-list-old"
    NO_CODE = "no-code"
