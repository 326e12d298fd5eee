"""``people.json``: an insurer's own records of some people, for tests; an enrolment desk believes them.

[{"reference": "person-1", ...       each with all that ``person_file`` has, but for "enrolment", and:
  "nir": "2850399000001",            the person's own number; 13 characters, or 15 with the key
  "birth_date": "1985-03-05",
  "mail": null,                      the e-mail address of their account
  "account": true, "guardianship": false, "territory": "",
  "former": []},                     numbers that the person had before, of which a card is replaced: 13 characters, or 15
 ...]

"policyholder" is the reference of another record of the file: each number stands there once, in its owner's record, and no record
can have somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from vitaletoken.cli.json_fields import Fields, date_field, read_json, text_field, true_or_false
from vitaletoken.cli.person_file import PersonFields, person_fields
from vitaletoken.errors import UsageError
from vitaletoken.rules.records import Policyholder, Record, of_number
from vitaletoken.wire.nir import BeneficiaryNir, Nir, PolicyholderNir

_MAX_SIZE: Final = 16 * 1024 * 1024
#: As a name of a file can be too: see ``outbox``.
_MAIL: Final = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9.-]{1,100}")


class FilePeople:
    """The records in the file ``path``, as they are now.

    Args:
        today: day number, UTC; ``rights_as_of`` where the file does not say.

    Raises:
        UsageError: the file is not JSON of that form, or two records are of one person. No complaint repeats a number.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, today: int) -> None:
        items = read_json(path, _MAX_SIZE)
        if not isinstance(items, list):
            raise UsageError(f"{path} is not a JSON list")
        rows = [
            _row(item, f"{path}, person {number}", path.parent, today) for number, item in enumerate(items, start=1)
        ]
        by_reference = {row.own.reference: row for row in rows}
        if len(by_reference) < len(rows) or len({row.nir for row in rows}) < len(rows):
            raise UsageError(f"{path}: two records have the same reference, or the same number")
        self._records = [_record(row, by_reference) for row in rows]

    def find(self, number: Nir) -> Record | None:
        """As ``ports.People``."""
        return of_number(self._records, number)

    def named(self, reference: str) -> Sequence[Record]:
        """As ``ports.People``."""
        return [record for record in self._records if record.reference == reference]


class _Row(NamedTuple):
    where: str
    own: PersonFields
    nir: BeneficiaryNir
    birth_date: date
    mail: str | None
    account: bool
    guardianship: bool
    territory: str
    former: tuple[BeneficiaryNir, ...]


def _row(item: Any, where: str, directory: Path, today: int) -> _Row:
    fields = Fields(where, item)
    row = _Row(
        where,
        person_fields(fields, where, directory, today),
        fields.take("nir", _number),
        fields.take("birth_date", date_field),
        fields.maybe("mail", _mail),
        fields.maybe("account", true_or_false, default=True),
        fields.maybe("guardianship", true_or_false, default=False),
        fields.maybe("territory", text_field, default=""),
        fields.maybe("former", _numbers, default=()),
    )
    fields.end()
    return row


def _record(row: _Row, by_reference: Mapping[str, _Row]) -> Record:
    own, policyholder = row.own, None
    if own.policyholder is not None:
        holder = by_reference.get(own.policyholder)
        if holder is None:
            raise UsageError(f'{row.where}: "policyholder": is not in the file')
        policyholder = Policyholder(PolicyholderNir(holder.nir.digits()), own.policyholder)
    return Record(
        reference=own.reference,
        nir=row.nir,
        person=own.person,
        birth_date=row.birth_date,
        quality=own.quality,
        scheme=own.scheme,
        rights_as_of=own.rights_as_of,
        rights_until=own.rights_until,
        policyholder=policyholder,
        portrait=own.portrait,
        mail=row.mail,
        account=row.account,
        guardianship=row.guardianship,
        territory=row.territory,
        former=row.former,
    )


def _number(value: object) -> BeneficiaryNir:
    if not isinstance(value, str):
        raise UsageError("is not a text")
    return BeneficiaryNir.parse(value)


def _numbers(value: object) -> tuple[BeneficiaryNir, ...]:
    if not isinstance(value, list):
        raise UsageError("is not a list")
    return tuple(map(_number, value))


def _mail(value: object) -> str:
    if not isinstance(value, str) or not _MAIL.fullmatch(value):
        raise UsageError("is not an e-mail address")
    return value
