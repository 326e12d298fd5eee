"""The numbers of the specification's registries (spec sections 6, 7, 10, 11, 13 and 17)."""

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
    """Fully specified COSE algorithms (RFC 9864; draft-ietf-cose-dilithium). A device key has one of the first two."""

    ED25519 = -19
    ESP256 = -9
    ML_DSA_65 = -49


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
    """What a key of the trust list may sign: 1, 2, 3 and 5 are of an issuer, 4 is of a terminal authority."""

    CREDENTIAL = 1
    STATUS_LIST = 2
    ENROLMENT_OFFER = 3
    TERMINAL_CERTIFICATE = 4
    SNAPSHOT_SECOND = 5


class Category(_Number):
    """What an establishment is, as a terminal authority certifies it."""

    DOCTOR = 1
    PHARMACY = 2
    HOSPITAL = 3
    PARAMEDICAL = 4
    LABORATORY = 5
    TRANSPORT = 6
    PUBLIC_DESK = 7
    OTHER = 8


class Purpose(_Number):
    """What a card is asked for."""

    IDENTIFICATION = 1
    BILLING = 2
    DISPENSING = 3
    ADMISSION = 4
    RECORDS = 5


class View(_Number):
    """What a card shows: without the numbers (NIR), or with them."""

    MINIMAL = 1
    BILLING = 2


class Status(_Number):
    """Entry of a status list (Token Status List; 3 is application-specific)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    DELEGATIONS_WITHDRAWN = 3


#: Those who bill, and so have the right to the billing view.
CATEGORIES_WITH_BILLING: Final = frozenset(Category) - {Category.PUBLIC_DESK, Category.OTHER}

#: Two aliases that are never interchangeable, so that one person's can't stand where the other's belongs.
BeneficiaryAlias = NewType("BeneficiaryAlias", bytes)
PolicyholderAlias = NewType("PolicyholderAlias", bytes)

CARD_CLAIM: Final = -65537
PRESENTATION_CLAIM: Final = -65538
ENROLMENT_CLAIM: Final = -65539
TERMINAL_CLAIM: Final = -65540
CHALLENGE_CLAIM: Final = -65541
SNAPSHOT_CLAIM: Final = -65542
DELTA_CLAIM: Final = -65543
RENEWAL_CLAIM: Final = -65544
UNLOCK_CLAIM: Final = -65545
INTRODUCTION_CLAIM: Final = -65546
GRANT_CLAIM: Final = -65547
ORDER_CLAIM: Final = -65548


def label(member: IntEnum) -> str:
    """The member's name as vectors and command lines write it: ``device-unlock``."""
    return member.name.lower().replace("_", "-")
