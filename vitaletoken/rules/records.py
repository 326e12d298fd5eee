"""What an insurer's own records say of a person: what is written on a card comes from one value as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
from vitaletoken.wire.registry import EnrolmentMethod, Quality


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """The person to be covered, as the issuer's own records say.

    Attributes:
        reference: the issuer's own name for this person; stays with the issuer.
        policyholder: the issuer's own name for the policyholder, exactly when ``quality`` says it is someone else.
        rights_as_of, rights_until: day numbers, UTC; as in the card.
        portrait: SHA-256 of the portrait the app shows.
        nir, policyholder_nir: for ``issue_views``: the beneficiary's own number, and the one under which the care is billed
            exactly when ``quality`` says that the policyholder is someone else.
    """

    reference: str = field(repr=False)
    person: Person
    quality: Quality
    scheme: Scheme
    enrolment: EnrolmentMethod
    rights_as_of: int
    rights_until: int | None = None
    policyholder: str | None = field(default=None, repr=False)
    portrait: bytes | None = field(default=None, repr=False)
    nir: BeneficiaryNir | None = None
    policyholder_nir: PolicyholderNir | None = None
