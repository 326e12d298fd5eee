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
#: Seconds: three days before its end, a terminal that has not seen a newer trust list has been offline too long.
TRUST_NOTICE: Final = 3 * 86_400


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
        delegates: whether a person may act for another (spec section 14).
        skew_limit: seconds, 0 to 300, by which the phone's clock and this one may differ.
        status_grace: seconds after its ttl in which a status list is still believed; None: until its exp.
        trust_notice: seconds before its exp in which a trust list is reported as ending.
        rights_age: days after which rights_as_of is reported as old; None: never.
    """

    environment: Environment = Environment.PRODUCTION
    least_binding: Binding = Binding.OPEN
    least_user_verification: UserVerification = UserVerification.CODE
    skew_limit: int = NORMAL_SKEW
    purposes: Mapping[Purpose, Demand] = field(default_factory=dict, hash=False)
    status_grace: int | None = None
    trust_notice: int = TRUST_NOTICE
    rights_age: int | None = None
    delegates: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "purposes", MappingProxyType(dict(self.purposes)))
        if not 0 <= self.skew_limit <= MAX_SKEW:
            raise UsageError(f"skew_limit is 0 to {MAX_SKEW} seconds")
        if self.trust_notice < 0 or any(span is not None and span < 0 for span in (self.status_grace, self.rights_age)):
            raise UsageError("status_grace, trust_notice and rights_age are not below 0")

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
    TRUST_LIST_ENDING = "trust-list-ending"
    RIGHTS_OLD = "rights-old"
    NO_CODE = "no-code"
