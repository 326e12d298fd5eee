"""Who is in the story, what the insurer's records say of them, and how old they are: by the calendar, not by the library."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from tests.desk import ANNE, FATHER, NAMESAKE, SON, ZOE, child_of, record
from vitaletoken import Record

#: Who is lent to; and a daughter who is 16 nine days after the story begins, and has an account then.
INES: Final = record("2860475056090", "Moreau", "Inès", date(1986, 4, 1))
LEA: Final = child_of(
    FATHER,
    "2101275056023",
    "Martin",
    "Léa",
    date(2010, 12, 1),
    reference="Léa",
    mail="lea@example.org",
    account=True,
)
FAMILY: Final = (FATHER, SON, ANNE, ZOE, LEA)
PEOPLE: Final = (*FAMILY, INES, NAMESAKE)

OWNER, DELEGATE, CHILD, THIEF = "owner", "delegate", "child", "thief"
#: By phone, whose number may be typed on it. The thief is insured too, has the father's name and birthday, and his number.
TYPED: Final[dict[str, tuple[Record, ...]]] = {
    OWNER: FAMILY,
    DELEGATE: (INES,),
    CHILD: (LEA,),
    THIEF: (NAMESAKE, FATHER),
}
#: By phone, whose it is.
WHOSE: Final = {OWNER: FATHER, DELEGATE: INES, CHILD: LEA, THIEF: NAMESAKE}


def sixteenth(person: Record) -> date:
    born = person.birth_date
    if (born.month, born.day) == (2, 29) and (born.year + 16) % 4:
        return date(born.year + 16, 3, 1)
    return date(born.year + 16, born.month, born.day)


def day(now: int) -> date:
    return date(1970, 1, 1) + timedelta(days=now // 86_400)


def seconds(first: date) -> int:
    return (first - date(1970, 1, 1)).days * 86_400


def keeper(person: Record, now: int) -> Record:
    """Whose identity has to be proofed for that person's card: APPLY-1, said in another way."""
    return FATHER if person in FAMILY[1:] and day(now) < sixteenth(person) else person
