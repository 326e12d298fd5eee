"""What the demo happens in: roots, an insurer, a terminal authority, a phone, terminals; keys and files made now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import SoftwareDeviceKey, SoftwareSigner, generate_device_key, generate_signer
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.adapters.number_key import SoftwareNumberKey, generate_number_key
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy, SystemMonotonicClock
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.authority import TerminalAuthority
from vitaletoken.enrolment_desk import DeskKeys, EnrolmentDesk
from vitaletoken.holder import Holder
from vitaletoken.issuer import Issuer
from vitaletoken.ports import Mailer, People
from vitaletoken.publisher import Publication, Publisher
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.profiles import PHARMACY_COUNTER
from vitaletoken.rules.records import Beneficiary
from vitaletoken.rules.terminal import VerifiedCertificate, verify_certificate
from vitaletoken.rules.trust import VerifiedTrustList, combine_trust_list, trust_list_tbs
from vitaletoken.rules.updates import UpdateReport
from vitaletoken.terminal import Terminal
from vitaletoken.updater import Updater
from vitaletoken.verifier import Verifier
from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.nir import BeneficiaryNir
from vitaletoken.wire.registry import Algorithm, Category, EnrolmentMethod, Environment, KeyUse, Quality, Sex
from vitaletoken.wire.trust_list import AuthorityEntry, IssuerEntry, IssuerKey, RootSet, TrustListClaims

_DAY: Final = 86_400
#: Invented, of a department that there is not.
NIR: Final = "2850399000001"
AUTHORITY: Final = "fr-cnop"
_ISSUER: Final = "fr-cnam"
_STATUS_URI: Final = "https://status.example/fr-cnam"
_EVERY_USE: Final = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)


class DemoClock:
    """The system's clock, which can be moved."""

    def __init__(self) -> None:
        self._ahead = 0

    def now(self) -> int:
        """NumericDate, whole seconds."""
        return SystemClock().now() + self._ahead

    @contextmanager
    def ahead(self, seconds: int) -> Iterator[None]:
        """For as long as this lasts, it is ``seconds`` later."""
        self._ahead = seconds
        try:
            yield
        finally:
            self._ahead = 0


class Stopwatch:
    """Milliseconds, by what was done."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    @contextmanager
    def time(self, what: str) -> Iterator[None]:
        """Take the time of what is done within."""
        start = time.perf_counter()
        yield
        self.times[what] = 1000 * (time.perf_counter() - start)


@dataclass(frozen=True)
class Phone:
    """A person's phone, and its key."""

    key: SoftwareDeviceKey
    holder: Holder


@dataclass(frozen=True)
class Pharmacy:
    """A terminal's key, and a certificate for it that somebody signed."""

    signer: SoftwareSigner
    certificate: bytes


@dataclass(frozen=True)
class Counter:
    """A pharmacy's terminal, ready to ask."""

    verifier: Verifier
    certificate: VerifiedCertificate


class DemoWorld:
    """Everything wired together, as four parties would each do it for themselves.

    Args:
        directory: for the databases and the terminal's files. Keys are in memory only.
        open_files: closes the databases.

    Attributes:
        files: every message made so far, by the name of its file.
        trust: the list in force, for all of them.
        verifier: a terminal that only reads.
    """

    def __init__(self, algorithm: Algorithm, directory: Path, open_files: ExitStack, watch: Stopwatch) -> None:
        self.clock, self._watch = DemoClock(), watch
        self.files: dict[str, bytes] = {}
        entropy = SystemEntropy()

        with watch.time("keys"):
            roots = [generate_signer(entropy)[0] for _ in range(3)]
            signer, _ = generate_signer(entropy)
            number_key, _ = generate_number_key(entropy)
            authority, _ = generate_signer(entropy)
            self.device_key, _ = generate_device_key(algorithm, entropy)
        with watch.time("trust_list"):
            pinned = RootSet(2, tuple(root.public_key for root in roots))
            trust_list = self._trust_list(roots[:2], pinned, (signer, number_key), authority)

        terminal = directory / "terminal"
        terminal.mkdir()
        FileTrust.pin(terminal, pinned)
        self._floor = FileTimeFloor(terminal / "floor.cbor")
        self._trust_files = FileTrust(terminal, Environment.TEST, floor=self._floor)
        self.trust: VerifiedTrustList = self._trust_files.load(trust_list)
        self._status = open_files.enter_context(SqliteStatusStore(terminal / "status.sqlite", self._trust_files))
        self._replay = open_files.enter_context(SqliteReplayStore(terminal / "replay.sqlite"))
        self.verifier = self._verifier(Policy(environment=Environment.TEST))
        self._authority = TerminalAuthority(AUTHORITY, authority, clock=self.clock)
        self._challenges = directory / "challenges"
        self._challenges.mkdir()
        self._open_files = open_files
        register = open_files.enter_context(SqliteRegister(directory / "register.sqlite"))
        self._publisher = Publisher(_ISSUER, signer, register=register, clock=self.clock, status_uri=_STATUS_URI)
        self._mirror = MirrorWriter(directory / "mirror")
        self._mirror.publish_trust_list(trust_list)
        self._updater = Updater(
            mirror=DirectoryMirror(directory / "mirror"),
            trust=self._trust_files,
            status=self._status,
            clock=self.clock,
            floor=self._floor,
        )
        self.issuer = Issuer(
            _ISSUER,
            signer,
            number_key=number_key,
            register=register,
            clock=self.clock,
            entropy=entropy,
            status_uri=_STATUS_URI,
            environment=Environment.TEST,
        )
        self.store = open_files.enter_context(SqliteWallet(directory / "phone.sqlite", self.device_key, entropy))
        self.holder = Holder(self.device_key, store=self.store, clock=self.clock, entropy=entropy)
        self._directory, self._algorithm = directory, algorithm
        self.files["roots.cbor"] = (terminal / "roots.cbor").read_bytes()
        self.files["trust.cbor"] = trust_list

    def phone(self, name: str) -> Phone:
        """Another person's phone, with a key of its own and an empty wallet."""
        entropy = SystemEntropy()
        key, _ = generate_device_key(self._algorithm, entropy)
        store = self._open_files.enter_context(SqliteWallet(self._directory / f"{name}.sqlite", key, entropy))
        return Phone(key, Holder(key, store=store, clock=self.clock, entropy=entropy))

    def desk(self, people: People, mailer: Mailer) -> EnrolmentDesk:
        """The insurer's enrolment desk, with those records."""
        entropy = SystemEntropy()
        return EnrolmentDesk(
            self.issuer,
            people=people,
            mailer=mailer,
            store=self._open_files.enter_context(SqliteApplications(self._directory / "applications.sqlite")),
            clock=self.clock,
            entropy=entropy,
            keys=DeskKeys(entropy.random(32), entropy.random(32)),
        )

    def reader(self, *, delegates: bool) -> Verifier:
        """A pharmacy's terminal that only reads; and whether it lets people act for others."""
        policy = Policy(environment=Environment.TEST, delegates=delegates)
        return self._verifier(policy, categories=(Category.PHARMACY,))

    def _verifier(
        self, policy: Policy, terminal: Terminal | None = None, categories: Iterable[Category] = ()
    ) -> Verifier:
        return Verifier(
            trust=self._trust_files,
            status=self._status,
            replay=self._replay,
            clock=self.clock,
            policy=policy,
            terminal=terminal,
            floor=self._floor,
            categories=categories,
        )

    def pharmacy(self, name: str, authority: TerminalAuthority | None = None) -> Pharmacy:
        """A pharmacy with a key of its own, certified by the authority of the trust list, or by another one."""
        entropy = SystemEntropy()
        signer, _ = generate_signer(entropy)
        certificate = (authority or self._authority).certify(
            signer.public_key, entropy.random(8), [Category.PHARMACY], establishment="690012345", name=name
        )
        return Pharmacy(signer, certificate)

    def counter(self, pharmacy: Pharmacy) -> Counter:
        """That pharmacy's counter, with what the library's profile for it demands. Its certificate has to hold."""
        certificate = verify_certificate(pharmacy.certificate, self.trust, self.clock.now())
        path = self._challenges / f"{certificate.claims.terminal.hex()}.sqlite"
        challenges = self._open_files.enter_context(SqliteChallengeStore(path))
        terminal = Terminal(
            [certificate],
            pharmacy.signer,
            challenges=challenges,
            stopwatch=SystemMonotonicClock(),
            entropy=SystemEntropy(),
        )
        verifier = self._verifier(PHARMACY_COUNTER.policy(Environment.TEST), terminal)
        return Counter(verifier, certificate)

    def _trust_list(
        self,
        signing: list[SoftwareSigner],
        pinned: RootSet,
        issuer: tuple[SoftwareSigner, SoftwareNumberKey],
        authority: SoftwareSigner,
    ) -> bytes:
        now = self.clock.now()
        signer, number_key = issuer
        key = IssuerKey(signer.public_key, _EVERY_USE, now, now + 365 * _DAY)
        entry = IssuerEntry(_ISSUER, "Assurance maladie", (key,), _STATUS_URI, number_key.public_key)
        certifying = IssuerKey(authority.public_key, (KeyUse.TERMINAL_CERTIFICATE,), now, now + 365 * _DAY)
        terminals = AuthorityEntry(AUTHORITY, "Ordre national des pharmaciens", (certifying,), (Category.PHARMACY,))
        claims = TrustListClaims(1, now, now + 30 * _DAY, Environment.TEST, pinned, (entry,), (terminals,))
        signatures = {root.public_key: root.sign(trust_list_tbs(claims, root.public_key)) for root in signing}
        return combine_trust_list(claims, signatures)

    def enrol(self, code: str) -> bytes:
        """Offer, request, card, acceptance; gives the card's id."""
        offer = self.issuer.offer()
        with self._watch.time("enrol"):
            request = self.holder.enrol(offer, self.trust, code, BeneficiaryNir(NIR))
        with self._watch.time("issue"):
            views = self.issuer.issue_views(request, offer, _camille(self.clock.now() // _DAY))
        with self._watch.time("accept"):
            card = self.holder.accept(views.minimal, self.trust, views.billing)
        self.files |= {
            "offer.cbor": offer,
            "request.cbor": request,
            "credential.cbor": views.minimal,
            "credential-billing.cbor": views.billing,
        }
        return card.claims.cti

    def publish(self) -> Publication:
        """The issuer publishes the status of its cards to the mirror."""
        publication = self._publisher.publish(self._mirror.last(_ISSUER))
        self._mirror.publish(publication)
        return publication

    def sync(self) -> UpdateReport:
        """The terminal fetches what is new there."""
        return self._updater.update()


def _camille(today: int) -> Beneficiary:
    return Beneficiary(
        reference="person-1",
        person=Person("Lefebvre-Moreau", ("Camille", "Élise"), Sex.FEMALE),
        quality=Quality.POLICYHOLDER,
        scheme=Scheme(1, 751, 42),
        enrolment=EnrolmentMethod.CNIE_NFC,
        rights_as_of=today,
        nir=BeneficiaryNir(NIR),
    )
