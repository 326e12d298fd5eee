"""``person.json``: a person as the issuer's records have them, but for the numbers (NIR), which come in another way.

{"reference": "person-1",            the issuer's own name for the person; stays with the issuer
 "family_name": "Lefebvre-Moreau", "given_names": ["Camille", "Élise"],
 "sex": "female",                    not-known, male, female, not-applicable
 "quality": "policyholder",          policyholder, spouse, child, other-dependant
 "policyholder": null,               the reference of the policyholder, when that is someone else
 "scheme": "01 751 0042",            regime, fund, centre
 "enrolment": "cnie-nfc",            cnie-nfc, document-and-face, counter
 "rights_as_of": "2026-11-22",       optional: today (UTC)
 "rights_until": null, "name_in_use": null, "birth_rank": null,
 "portrait": null}                   a picture's file, beside this one
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitaletoken.cli.json_fields import Fields, day_number, one_of, read_json, scheme, text_field
from vitaletoken.errors import UsageError
from vitaletoken.rules.records import Beneficiary
from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
from vitaletoken.wire.registry import EnrolmentMethod, Quality, Sex

_MAX_SIZE: Final = 65_536


@dataclass(frozen=True)
class PersonFields:
    """What a card says of a person, as a file has it. Days are day numbers, UTC.

    Attributes:
        reference, policyholder: the issuer's own names for the person, and for the policyholder where that is someone else.
        portrait: SHA-256 of the picture.
    """

    reference: str
    person: Person
    quality: Quality
    scheme: Scheme
    rights_as_of: int
    rights_until: int | None
    policyholder: str | None
    portrait: bytes | None


@dataclass(frozen=True)
class PersonFile:
    """A ``person.json`` that was read."""

    fields: PersonFields
    enrolment: EnrolmentMethod

    def beneficiary(self, nir: BeneficiaryNir, policyholder_nir: PolicyholderNir | None) -> Beneficiary:
        """The person with their number, and with the policyholder's where that is someone else and somebody bills."""
        of = self.fields
        return Beneficiary(
            reference=of.reference,
            nir=nir,
            person=of.person,
            quality=of.quality,
            scheme=of.scheme,
            enrolment=self.enrolment,
            rights_as_of=of.rights_as_of,
            rights_until=of.rights_until,
            policyholder=of.policyholder,
            portrait=of.portrait,
            policyholder_nir=policyholder_nir,
        )


def read_person(path: Path, today: int) -> PersonFile:
    """The person in the file ``path``.

    Args:
        today: day number, UTC; ``rights_as_of`` where the file does not say.

    Raises:
        UsageError: the file is not JSON of that form; the field at fault is named.
        OSError: the file, or the portrait, cannot be read.
    """
    fields = Fields(str(path), read_json(path, _MAX_SIZE))
    found = PersonFile(
        person_fields(fields, str(path), path.parent, today), fields.take("enrolment", one_of(EnrolmentMethod))
    )
    fields.end()
    return found


def person_fields(fields: Fields, where: str, directory: Path, today: int) -> PersonFields:
    """Takes from ``fields`` what a card says of a person. Arguments and what is raised: as ``read_person``.

    Args:
        where: they stand. directory: that portraits are in.
    """
    found = PersonFields(
        reference=fields.take("reference", text_field),
        person=Person(
            family_name=fields.take("family_name", text_field),
            given_names=fields.take("given_names", _given_names),
            sex=fields.take("sex", one_of(Sex)),
            name_in_use=fields.maybe("name_in_use", text_field),
            birth_rank=fields.maybe("birth_rank", _birth_rank),
        ),
        quality=fields.take("quality", one_of(Quality)),
        scheme=fields.take("scheme", scheme),
        rights_as_of=fields.maybe("rights_as_of", day_number, default=today),
        rights_until=fields.maybe("rights_until", day_number),
        policyholder=fields.maybe("policyholder", text_field),
        portrait=fields.maybe("portrait", lambda name: _portrait(directory, name)),
    )
    if (found.policyholder is None) != (found.quality is Quality.POLICYHOLDER):
        raise UsageError(f'{where}: "policyholder": given exactly when the quality is not policyholder')
    if found.policyholder == found.reference:
        raise UsageError(f'{where}: "policyholder": is the beneficiary')
    return found


def _given_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        raise UsageError("is not a list of 1 to 8 names")
    return tuple(text_field(name) for name in value)


def _birth_rank(value: object) -> int:
    if type(value) is not int or not 1 <= value <= 9:
        raise UsageError("is not a number from 1 to 9")
    return value


def _portrait(directory: Path, name: object) -> bytes:
    if not isinstance(name, str) or not name.isprintable():
        raise UsageError("is not a file's name")
    with (directory / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
