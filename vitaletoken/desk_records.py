"""What an enrolment desk asks of the insurer's own records: whose number it is, who keeps the card, and whether there is one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import UsageError
from vitaletoken.ports import People
from vitaletoken.rules.eligibility import Eligibility, Ineligibility
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.number import is_same, pseudonym
from vitaletoken.rules.records import OF_AGE, Record, birthday, day_of, require_sole, start_of
from vitaletoken.wire.nir import Nir

_KEY_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """Secrets of the issuer's, 32 random bytes each, kept apart from the store of applications.

    Attributes:
        mail: for the HMAC of e-mail codes (MAIL-1). number: for the pseudonyms of numbers.

    Raises:
        UsageError: a key of another size, or one key for both.
    """

    mail: bytes = field(repr=False)
    number: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.mail) != _KEY_SIZE or len(self.number) != _KEY_SIZE or hmac.compare_digest(self.mail, self.number):
            raise UsageError(f"an enrolment desk has two different keys of {_KEY_SIZE} bytes")

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("keys are not pickled")


class DeskRecords:
    """The insurer's own records, as they are when a method is called.

    Each method raises ``UsageError`` where a number's record is another person's, or there are several of one number.

    Args:
        keys: of which the one for numbers is used here.
        policy: who may have a card.
    """

    def __init__(self, people: People, keys: DeskKeys, policy: Eligibility) -> None:
        self._people = people
        self._keys = keys
        self._policy = policy

    def pseudonym(self, number: Nir) -> bytes:
        """By which what there is of a number is found without the number."""
        return pseudonym(number, self._keys.number)

    def find(self, number: Nir) -> Record | None:
        """The record of that number. A source that answers with another person's is not one to go on with."""
        record = self._people.find(number)
        if record is not None and not is_same(record.nir, number):
            raise UsageError("the insurer's records answered with another person's record")
        return record

    def address(self, number: Nir, now: int) -> str | None:
        """Where the e-mail code goes: a stranger who knows the number does not choose it. None where there is nowhere."""
        record = self.find(number)
        keeper = None if record is None else self.find(record.keeper(day_of(now)))
        return None if keeper is None else keeper.mail

    def proofed(self, number: Nir, identity: Identity, now: int) -> bytes:
        """The pseudonym of the person who may keep the card for that number, if it is they who were proofed; else empty.

        With the least assurance that the policy asks for (APPLY-1).
        """
        record = self.find(number)
        keeper = None if record is None else record.keeper(day_of(now))
        if keeper is None or not identity.proves(keeper, self._policy.least_assurance):
            return b""
        return self.pseudonym(keeper)

    def reasons(self, record: Record | None, proofed: bytes, now: int) -> tuple[Ineligibility, ...]:
        """Why no card is made from ``record`` today; none where one is.

        Args:
            record: the one that the card would be made from; None where the number has none.
            proofed: as ``proofed`` gave it. It has to be that of the person who may keep the card today.

        Raises:
            UsageError: also where the records contradict themselves.
        """
        if record is None:
            return (Ineligibility.NO_ACCOUNT,)
        self._require_consistent(record)
        today = day_of(now)
        keeper = record.keeper(today)
        if not hmac.compare_digest(proofed, self.pseudonym(keeper)):
            return (Ineligibility.KEEPER_CHANGED,)
        return self._policy.reasons(record, self.find(keeper), today)

    def former(self, number: Nir) -> tuple[bytes, ...]:
        """Pseudonyms of the numbers that the person with that one had before. Raises as ``reasons``."""
        record = self.find(number)
        if record is None:
            return ()
        self._require_consistent(record)
        return tuple(map(self.pseudonym, record.former))

    def _require_consistent(self, record: Record) -> None:
        """No card is made where a reference that goes on it, as an alias, is that of two people; nor where one that it would
        replace may be another person's.
        """
        require_sole(self._people.named(record.reference), record.nir)
        if record.policyholder is not None:
            require_sole(self._people.named(record.policyholder.reference), record.policyholder.nir)
        if any(self._people.find(former) is not None for former in record.former):
            raise UsageError("the insurer's records have a person's former number for a number of today")


def end_of(record: Record, now: int) -> int | None:
    """NumericDate at which a card for that person, made at ``now``, ends for good (section 12.3); None where there is none.

    For a dependant's card on the policyholder's phone, the beginning of the day on which the dependant is ``OF_AGE``.
    """
    if is_same(record.keeper(day_of(now)), record.nir):
        return None
    return start_of(birthday(record.birth_date, OF_AGE))
