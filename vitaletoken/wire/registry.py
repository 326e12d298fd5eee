"""The numbers of the specification's registries (spec sections 6, 7, 10, 11 and 15)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NewType


class _Number(IntEnum):
    """Hashed as the integer that it is: Enum's own hash is a Python function, and these are looked up at each scan."""

    __hash__ = int.__hash__


class Environment(_Number):
    """Where keys and cards count. A test card is refused in production and the other way round."""

    PRODUCTION = 0
    TEST = 1


class Algorithm(_Number):
    """Fully specified COSE algorithms (RFC 9864)."""

    ED25519 = -19
    ESP256 = -9


class Sex(_Number):
    """ISO/IEC 5218."""

    NOT_KNOWN = 0
    MALE = 1
    FEMALE = 2
    NOT_APPLICABLE = 9


class Quality(_Number):
    """The beneficiary's relation to the policyholder (qualité)."""

    POLICYHOLDER = 1
    SPOUSE = 2
    CHILD = 3
    OTHER_DEPENDANT = 4


class EnrolmentMethod(_Number):
    """How the issuer proofed the person's identity."""

    CNIE_NFC = 1
    DOCUMENT_AND_FACE = 2
    COUNTER = 3


class UserVerification(_Number):
    """How the phone knew its owner, weakest first."""

    NONE = 0
    DEVICE_UNLOCK = 1
    BIOMETRIC = 2
    CODE = 3


class Binding(_Number):
    """What a presentation is bound to, weakest first."""

    OPEN = 0
    AUDIENCE = 1
    CHALLENGE = 2


class KeyUse(_Number):
    """What an issuer's key may sign."""

    CREDENTIAL = 1
    STATUS_LIST = 2
    ENROLMENT_OFFER = 3


class Status(_Number):
    """Entry of a status list (Token Status List; 3 is application-specific)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    DELEGATIONS_WITHDRAWN = 3


#: Two aliases that are never interchangeable, so that one person's can't stand where the other's belongs.
BeneficiaryAlias = NewType("BeneficiaryAlias", bytes)
PolicyholderAlias = NewType("PolicyholderAlias", bytes)

CARD_CLAIM: Final = -65537
PRESENTATION_CLAIM: Final = -65538
ENROLMENT_CLAIM: Final = -65539


def label(member: IntEnum) -> str:
    """The member's name as vectors and command lines write it: ``device-unlock``."""
    return member.name.lower().replace("_", "-")
