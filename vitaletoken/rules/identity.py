"""Identity evidence: its kinds, what each assures, how long it takes, and what a proofing found (spec section 12.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from vitaletoken.rules.number import is_same
from vitaletoken.wire.nir import BeneficiaryNir, Nir
from vitaletoken.wire.registry import EnrolmentMethod


class Assurance(IntEnum):
    """Assurance levels of electronic identification (Regulation (EU) 910/2014, article 8), weakest first."""

    SUBSTANTIAL = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of identity evidence.

    Attributes:
        within: seconds in which its result is there; 0 where it is there at once.
    """

    assurance: Assurance
    within: int


KINDS: Final[Mapping[EnrolmentMethod, Kind]] = MappingProxyType(
    {
        EnrolmentMethod.CNIE_NFC: Kind(Assurance.HIGH, 0),
        EnrolmentMethod.DOCUMENT_AND_FACE: Kind(Assurance.SUBSTANTIAL, 48 * 3_600),
        EnrolmentMethod.COUNTER: Kind(Assurance.HIGH, 0),
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a proofing service found: who stood before it, as a number of the insurer's own records, and by what evidence.

    Attributes:
        person: None where nobody of the records could be made out, or the document or the face was not good.
    """

    method: EnrolmentMethod
    person: BeneficiaryNir | None

    def proves(self, person: Nir, least: Assurance) -> bool:
        """Whether it is ``person``, with no less assurance than ``least``."""
        return self.person is not None and is_same(self.person, person) and KINDS[self.method].assurance >= least
