"""What a terminal's update came to, for whoever watches over it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vitaletoken.errors import Code


class Outcome(Enum):
    """What was done for one issuer, or for the trust list."""

    HELD = "held"  #: the mirror's newest is what is held
    NEW = "new"  #: of the trust list: a new one is in force
    DELTAS = "deltas"  #: new status lists, by deltas
    LISTS = "lists"  #: new status lists, fetched whole
    FAILED = "failed"  #: nothing could be taken; what was held stays


class Concern(Enum):
    """What a person should look at."""

    CLOCK_BEHIND = "clock-behind"  #: the clock is more than 300 seconds below the time floor: verification refuses
    ALL_OLD = "all-old"  #: nothing held is within its ttl: the mirror stands still, or the clock is ahead
    TRUST_LIST_EXPIRED = "trust-list-expired"  #: verification refuses


@dataclass(frozen=True, slots=True)
class Update:
    """What one issuer's update came to, or the trust list's.

    Attributes:
        issuer: None for the trust list.
        number: sequence number of the snapshot that is held now, version of the trust list; None where nothing is held.
        age: seconds from the iat of that to now; negative where it is dated ahead.
        fetched: bytes.
        refusals: of what was fetched and not taken, in order.
        missing: the files that were wanted and not to be had.
    """

    issuer: str | None
    outcome: Outcome
    number: int | None
    age: int | None
    fetched: int
    refusals: tuple[Code, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did: nothing of it needs to be acted on by the verifier, whose grades say how old its knowledge is."""

    trust: Update
    issuers: tuple[Update, ...]
    concerns: tuple[Concern, ...]
