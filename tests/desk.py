"""An enrolment desk of a small world: the insurer's records of some families, what was mailed, phones that apply.

Everybody is invented. Paul Martin is the father of Paul Martin, born on 29 February 2012, and of the twins Anne and Zoé.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date

from tests.world import CODE, DAY, NOW, StandingClock, World
from vitaletoken import EnrolmentMethod, Holder, Person, Quality, Scheme, Sex
from vitaletoken.adapters.applications import MemoryApplications
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.enrolment_desk import DeskKeys, EnrolmentDesk
from vitaletoken.ports import ApplicationStore, Entropy
from vitaletoken.rules.application import Application
from vitaletoken.rules.eligibility import Eligibility
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.records import Policyholder, Record, of_number
from vitaletoken.wire.nir import BeneficiaryNir, Nir, PolicyholderNir
from vitaletoken.wire.registry import Algorithm

KEYS = DeskKeys(mail=b"m" * 32, number=b"n" * 32)
WRONG_CODE = "000000"


def record(nir: str, family_name: str, given_name: str, born: date, **changes: object) -> Record:
    fields: dict[str, object] = {
        "reference": f"person {given_name} {born}",
        "nir": BeneficiaryNir(nir),
        "person": Person(family_name, (given_name,), Sex.MALE if nir[0] == "1" else Sex.FEMALE),
        "birth_date": born,
        "quality": Quality.POLICYHOLDER,
        "scheme": Scheme(1, 751, 42),
        "rights_as_of": NOW // DAY,
        "mail": f"{given_name.lower()}.{born.year}@example.org",
        "territory": "75",
    }
    return Record(**{**fields, **changes})  # type: ignore[arg-type]  # fields by name, of several types


FATHER = record("1850675056012", "Martin", "Paul", date(1985, 6, 2))


def child_of(parent: Record, nir: str, family_name: str, given_name: str, born: date, **changes: object) -> Record:
    holder = Policyholder(PolicyholderNir(parent.nir.digits()), parent.reference)
    fields = {"quality": Quality.CHILD, "policyholder": holder, "mail": None, "account": False}
    return record(nir, family_name, given_name, born, **{**fields, **changes})


SON = child_of(FATHER, "1120275056045", "Martin", "Paul", date(2012, 2, 29))
ANNE = child_of(FATHER, "2190375056071", "Martin", "Anne", date(2019, 3, 5))
ZOE = child_of(FATHER, "2190375056072", "Martin", "Zoé", date(2019, 3, 5))
#: Of the same names and day as the father, and no relation.
NAMESAKE = record(
    "1850669381033", "Martin", "Paul", date(1985, 6, 2), reference="another Paul", mail="paul@example.net"
)
FAMILY = (FATHER, SON, ANNE, ZOE, NAMESAKE)


class Records:
    """The insurer's records, as a list that a test can change."""

    def __init__(self, records: Iterable[Record] = FAMILY) -> None:
        self.records = list(records)

    def find(self, number: Nir) -> Record | None:
        return of_number(self.records, number)

    def named(self, reference: str) -> list[Record]:
        return [found for found in self.records if found.reference == reference]

    def change(self, nir: BeneficiaryNir, **changes: object) -> None:
        self.records = [dataclasses.replace(r, **changes) if r.nir == nir else r for r in self.records]  # type: ignore[arg-type]


class Letters:
    """What was mailed: address, code, until when."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, int]] = []

    def send(self, address: str, code: str, expires: int) -> None:
        self.sent.append((address, code, expires))


class Phone:
    """A phone that applies for one card."""

    def __init__(self, office: Office, record: Record) -> None:
        world = office.world
        key, _ = generate_device_key(Algorithm.ED25519, world.entropy)
        self.store = MemoryHolderStore()
        self.holder = Holder(key, store=self.store, clock=world.clock, entropy=world.entropy)
        self.offer = world.issuer.offer()
        self.request = self.holder.enrol(self.offer, world.trust, CODE, record.nir, profile=world.profile)


class Office:
    """A desk, and short ways through it."""

    def __init__(
        self,
        world: World | None = None,
        *,
        people: Records | None = None,
        store: ApplicationStore | None = None,
        policy: Eligibility | None = None,
        entropy: Entropy | None = None,
    ) -> None:
        self.world = world or World()
        self.people = people or Records()
        self.mail = Letters()
        self.store = store or MemoryApplications()
        self.desk = EnrolmentDesk(
            self.world.issuer,
            people=self.people,
            mailer=self.mail,
            store=self.store,
            clock=self.world.clock,
            entropy=entropy or self.world.entropy,
            keys=KEYS,
            policy=policy,
        )

    @property
    def clock(self) -> StandingClock:
        return self.world.clock

    @property
    def code(self) -> str:
        """The one mailed last."""
        return self.mail.sent[-1][1]

    def phone(self, record: Record) -> Phone:
        return Phone(self, record)

    def requested(self, record: Record) -> Application:
        phone = self.phone(record)
        return self.desk.submit(phone.request, phone.offer)

    def confirmed(self, record: Record) -> Application:
        return self.desk.confirm(self.requested(record).id, self.code)

    def proofed(self, record: Record, keeper: Record | None = None) -> Application:
        return self.desk.identify(self.confirmed(record).id, of(keeper or record))

    def approved(self, record: Record, keeper: Record | None = None) -> Application:
        return self.desk.decide(self.proofed(record, keeper).id)

    def answer(self, phone: Phone, keeper: Record) -> bytes:
        """The card for ``phone``, its whole way through the desk; not yet on the phone."""
        application = self.desk.submit(phone.request, phone.offer)
        self.desk.confirm(application.id, self.code)
        self.desk.identify(application.id, of(keeper))
        self.desk.decide(application.id)
        return self.desk.issue(application.id)


def of(record: Record, method: EnrolmentMethod = EnrolmentMethod.CNIE_NFC) -> Identity:
    """That person stood before the proofing."""
    return Identity(method, record.nir)


NOBODY = Identity(EnrolmentMethod.DOCUMENT_AND_FACE, None)
