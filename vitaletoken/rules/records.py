"""What an insurer's own records say of a person: names and number in one value, so that one person's can't go with another's.

People have been shown their father's number. What is written on a card comes from a ``Record`` as a whole, and the number that
ties the card to a request (ENROL-4) is the same record's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from vitaletoken.errors import UsageError, raise_alone
from vitaletoken.rules.number import is_same
from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.nir import BeneficiaryNir, Nir, PolicyholderNir
from vitaletoken.wire.registry import EnrolmentMethod, Quality

#: The birthday on which a person's own card takes the place of the one on a parent's phone.
OF_AGE: Final = 16
#: Of birth, so that there is a date for each birthday.
_LAST_YEAR: Final = 9_000
_EPOCH: Final = date(1970, 1, 1)
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """The person to be covered, as the issuer's own records say.

    Attributes:
        reference: the issuer's own name for this person; stays with the issuer.
        nir: this person's number, of the same record as the names.
        enrolment: how the identity was proofed.
        policyholder, policyholder_nir: the issuer's own name for the policyholder and their number, exactly when ``quality``
            says it is someone else; the number is needed for the billing view only.
        rights_as_of, rights_until: day numbers, UTC; as in the card.
        portrait: SHA-256 of the portrait the app shows.

    Raises:
        UsageError: the number is a policyholder's; or a reference is not Unicode text.
    """

    reference: str = field(repr=False)
    nir: BeneficiaryNir
    person: Person
    quality: Quality
    scheme: Scheme
    enrolment: EnrolmentMethod
    rights_as_of: int
    rights_until: int | None = None
    policyholder: str | None = field(default=None, repr=False)
    portrait: bytes | None = field(default=None, repr=False)
    policyholder_nir: PolicyholderNir | None = None

    def __post_init__(self) -> None:
        _require_kind(self.nir, BeneficiaryNir)
        if self.policyholder_nir is not None:
            _require_kind(self.policyholder_nir, PolicyholderNir)
        _require_text(self.reference, self.policyholder)


@dataclass(frozen=True, slots=True)
class Policyholder:
    """Whose dependant a person is: that person's number, and the issuer's own name for them.

    Raises:
        UsageError: the number is a beneficiary's; or the reference is not Unicode text.
    """

    nir: PolicyholderNir
    reference: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_kind(self.nir, PolicyholderNir)
        _require_text(self.reference)


@dataclass(frozen=True, slots=True)
class Record:
    """One person, as the insurer has them.

    Attributes:
        policyholder: exactly when ``quality`` says that it is someone else.
        mail: the e-mail address of the person's account; None where there is none. It never comes from a request.
        account: whether the person has an account with the insurer.
        guardianship: whether the person is under guardianship.
        territory: where the insurer administers them, for a staged roll-out.
        former: numbers that the person had before this one, such as a provisional one. A card for one of them is replaced like a
            card for the number of today (APPLY-2).

    Raises:
        UsageError: the number is a policyholder's; or the policyholder does not fit the quality, or is the person; or a former
            number is that of today; or the birth date is after the year 9000; or a reference or the address is no text.
    """

    reference: str = field(repr=False)
    nir: BeneficiaryNir
    person: Person
    birth_date: date = field(repr=False)
    quality: Quality
    scheme: Scheme
    rights_as_of: int
    rights_until: int | None = None
    policyholder: Policyholder | None = None
    portrait: bytes | None = field(default=None, repr=False)
    mail: str | None = field(default=None, repr=False)
    account: bool = True
    guardianship: bool = field(default=False, repr=False)
    territory: str = field(default="", repr=False)
    former: tuple[BeneficiaryNir, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        _require_kind(self.nir, BeneficiaryNir)
        own = self.policyholder
        if (own is None) is not (self.quality is Quality.POLICYHOLDER):
            raise UsageError("a record has a policyholder exactly when the quality says that it is someone else")
        if own is not None and (is_same(own.nir, self.nir) or own.reference == self.reference):
            raise UsageError("a person is not their own policyholder")
        for former in self.former:
            _require_kind(former, BeneficiaryNir)
            if is_same(former, self.nir):
                raise UsageError("a person's number is not one that they had before it")
        if self.birth_date.year > _LAST_YEAR:
            raise UsageError("nobody is born after the year 9000")
        _require_text(self.reference, self.mail)

    def keeper(self, today: date) -> Nir:
        """The number of the person on whose phone this one's card is kept today, and whose identity is proofed (APPLY-1).

        Their own, but for a dependant below ``OF_AGE``: the policyholder's.
        """
        if self.policyholder is None or today >= birthday(self.birth_date, OF_AGE):
            return self.nir
        return self.policyholder.nir

    def beneficiary(self, enrolment: EnrolmentMethod) -> Beneficiary:
        """What goes on a card: all of it of this one record."""
        return Beneficiary(
            reference=self.reference,
            nir=self.nir,
            person=self.person,
            quality=self.quality,
            scheme=self.scheme,
            enrolment=enrolment,
            rights_as_of=self.rights_as_of,
            rights_until=self.rights_until,
            policyholder=None if self.policyholder is None else self.policyholder.reference,
            portrait=self.portrait,
            policyholder_nir=None if self.policyholder is None else self.policyholder.nir,
        )


def of_number(records: Iterable[Record], number: Nir) -> Record | None:
    """The one of ``records`` that is of the person with that number; None if there is none.

    Raises:
        UsageError: several are. Which of them a card would be made from is not for their order to say.
    """
    found = [record for record in records if is_same(record.nir, number)]
    if len(found) > 1:
        raise UsageError("the insurer's records have several of one number")
    return found[0] if found else None


def require_sole(named: Iterable[Record], number: Nir) -> None:
    """Return if all who go by one reference are the one person with that number.

    Args:
        named: the records under that reference.

    Raises:
        UsageError: else: two people would have one alias, and one of them the other's rights when a card is renewed.
    """
    records = list(named)
    if len(records) > 1 or not all(is_same(record.nir, number) for record in records):
        raise UsageError("the insurer's records have one reference for two people")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a renewed card says anew. ``as_of`` and ``until`` are day numbers, UTC; all as in the card.

    Of who is covered no more, the day that it ended: the card then says so itself.
    """

    scheme: Scheme
    as_of: int
    until: int | None = None


def _require_kind(number: Nir, kind: type[Nir]) -> None:
    """For who writes past the types: a number of the one kind is not taken for one of the other."""
    if type(number) is not kind:
        raise UsageError("a beneficiary's number and a policyholder's do not stand for each other")


def _require_text(*texts: str | None) -> None:
    """Refuse half a surrogate pair now: no file keeps one, and the exception of whoever tries would have the text in it."""
    try:
        for text in texts:
            if text is not None:
                text.encode()
    except UnicodeEncodeError:
        raise_alone(UsageError("a reference or an address is not Unicode text"))


def birthday(born: date, age: int) -> date:
    """The day on which a person is ``age``. Who was born on 29 February is older on 1 March where a year has no such day."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def day_of(now: int) -> date:
    """The day (UTC) of a NumericDate."""
    return _EPOCH + timedelta(days=now // _DAY)


def start_of(day: date) -> int:
    """NumericDate of the first second (UTC) of ``day``."""
    return (day - _EPOCH).days * _DAY
