"""The demo's third part: a mother and her twins at the insurer's desk, whose number is whose, and the life of a personal code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from vitaletoken.cli.demo_visit import refused
from vitaletoken.cli.demo_world import DemoWorld, Phone, Stopwatch
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import Code, InputError
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.code import MAX_FAILED
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.records import Policyholder, Record, of_number
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.credential import Person, Scheme, parse_credential
from vitaletoken.wire.nir import BeneficiaryNir, Nir, PolicyholderNir
from vitaletoken.wire.registry import EnrolmentMethod, Quality, Sex

_CODE: Final = "604927"
#: The one that is chosen in its place, and in force at the end.
NEW_CODE: Final = "482915"
_WRONG_CODE: Final = "180736"
_DAY: Final = 86_400


@dataclass(frozen=True)
class Life:
    """What happened.

    Attributes:
        phone: the mother's, with her card and those of the twins.
        handle: of her own card.
        letters: how many e-mail codes the desk has sent.
        twins: the answers to a QR of each.
        renewed: how many cards the change of the code had to wait for.
    """

    phone: Phone = field(repr=False)
    handle: str
    letters: int
    twins: tuple[VerifiedPresentation, ...]
    renewed: int
    refusals: list[dict[str, str]]


class _Records:
    """The insurer's own: a grandfather, his daughter, and her twins. Invented, of a department that there is not."""

    def __init__(self, today: int) -> None:
        self.father = _record("1580299000004", "Henri", Sex.MALE, date(1958, 2, 3), today, mail="henri@example.org")
        self.mother = _record("2880799000003", "Nadia", Sex.FEMALE, date(1988, 7, 1), today, mail="nadia@example.org")
        self.twins = tuple(
            _record(number, name, sex, date(2019, 4, 30), today, rank=rank, parent=self.mother)
            for rank, (number, name, sex) in enumerate(
                (("2190499000005", "Alix", Sex.FEMALE), ("1190499000006", "Noé", Sex.MALE)), start=1
            )
        )

    def find(self, number: Nir) -> Record | None:
        """As ``ports.People``."""
        return of_number(self._people, number)

    def named(self, reference: str) -> Sequence[Record]:
        """As ``ports.People``."""
        return [record for record in self._people if record.reference == reference]

    @property
    def _people(self) -> tuple[Record, ...]:
        return (self.father, self.mother, *self.twins)


def _record(
    number: str,
    name: str,
    sex: Sex,
    born: date,
    today: int,
    *,
    rank: int | None = None,
    mail: str | None = None,
    parent: Record | None = None,
) -> Record:
    holder = None if parent is None else Policyholder(PolicyholderNir(parent.nir.digits()), parent.reference)
    return Record(
        reference=name,
        nir=BeneficiaryNir(number),
        person=Person("Garnier", (name,), sex, birth_rank=rank),
        birth_date=born,
        quality=Quality.POLICYHOLDER if holder is None else Quality.CHILD,
        scheme=Scheme(1, 751, 42),
        rights_as_of=today,
        policyholder=holder,
        mail=mail,
        account=mail is not None,
    )


class _Letters:
    """What was mailed."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def send(self, address: str, code: str, expires: int) -> None:
        """As ``ports.Mailer``."""
        self.codes.append(code)


class _Family:
    """The mother's phone, and the desk at which she applies."""

    def __init__(self, world: DemoWorld) -> None:
        self.world = world
        self.records = _Records(world.clock.now() // _DAY)
        self.letters = _Letters()
        self.desk = world.desk(self.records, self.letters)
        self.phone = world.phone("mother")

    def request(self, record: Record, kind: CardKind = CardKind.OWN) -> tuple[bytes, bytes]:
        """An offer, and the answer to it for the person of that record."""
        offer = self.world.issuer.offer()
        code, cheapest = _CODE, Argon2Profile.CHEAPEST
        return self.phone.holder.enrol(offer, self.world.trust, code, record.nir, kind=kind, profile=cheapest), offer

    def confirmed(self, record: Record, kind: CardKind = CardKind.OWN) -> bytes:
        """An application whose e-mail code was typed; its id."""
        application = self.desk.submit(*self.request(record, kind)).id
        self.desk.confirm(application, self.letters.codes[-1])
        return application

    def card(self, record: Record, kind: CardKind = CardKind.OWN) -> str:
        """The whole way: the mother's identity is proofed, for her children's cards too. Gives the card's handle."""
        application = self.confirmed(record, kind)
        self.desk.identify(application, Identity(EnrolmentMethod.CNIE_NFC, self.records.mother.nir))
        self.desk.decide(application)
        return self.phone.holder.accept(self.desk.issue(application), self.world.trust).handle


def tell(world: DemoWorld, watch: Stopwatch) -> Life:
    """The family's story."""
    family = _Family(world)
    holder, records = family.phone.holder, family.records
    refusals = [refused("fathers-record", "phone", lambda: _from_the_fathers_record(family))]
    refusals.append(refused("fathers-identity", "desk", lambda: _with_the_fathers_identity(family)))
    for waiting in holder.wallet().pending:  # what was refused; the code was for nothing else, and goes with it
        holder.delete(waiting.handle)
    with watch.time("desk"):
        own = family.card(records.mother)
    with watch.time("twins"):
        twins = [family.card(twin, CardKind.CHILD) for twin in records.twins]
    seen = [world.verifier.verify(holder.present(_CODE, card=card).text, f"visit of {card}") for card in twins]
    with watch.time("change_code"):
        renewals = holder.change_code(_CODE, NEW_CODE)
        for handle, renewal in renewals.items():
            holder.accept_renewal(handle, world.issuer.renew(renewal), world.trust)
    refusals.append(refused("old-code", "phone", lambda: holder.present(_CODE, card=own)))
    _lock(world, family.phone, own)
    refusals.append(refused("locked", "phone", lambda: holder.present(NEW_CODE, card=own)))
    with watch.time("unlock"):
        _unlock(world, family.phone, own)
    holder.present(NEW_CODE, card=own)
    return Life(family.phone, own, len(family.letters.codes), tuple(seen), len(renewals), refusals)


def _from_the_fathers_record(family: _Family) -> object:
    """Whoever makes cards takes the wrong record, and passes by the desk: names and number are another person's."""
    request, offer = family.request(family.records.mother)
    other = family.records.father.beneficiary(EnrolmentMethod.COUNTER)
    card = family.world.issuer.issue(request, offer, other)
    return family.phone.holder.accept(card, family.world.trust)


def _with_the_fathers_identity(family: _Family) -> object:
    """It is the father who stands before the proofing, for the daughter's application."""
    application = family.confirmed(family.records.mother)
    family.desk.identify(application, Identity(EnrolmentMethod.CNIE_NFC, family.records.father.nir))
    return family.desk.decide(application)


def _lock(world: DemoWorld, phone: Phone, card: str) -> None:
    """Wrong codes until there are no tries left: one a day, since the waits grow."""
    for day in range(code_of(phone.holder.wallet()).tries.failed, MAX_FAILED):
        with world.clock.ahead(day * _DAY):
            try:
                phone.holder.present(_WRONG_CODE, card=card)
            except InputError as wrong:
                if wrong.code is not Code.CODE_WRONG:
                    raise


def _unlock(world: DemoWorld, phone: Phone, card: str) -> None:
    """The issuer signs the phone's nonce, when it knows again who asks."""
    nonce = phone.holder.ask_unlock(card=card)
    now = world.clock.now()
    current = phone.holder.wallet().card(card).edition(now).minimal
    message = world.issuer.unlock(parse_credential(current).unverified_claims.cti, nonce)
    phone.holder.unlock(message, world.trust)
