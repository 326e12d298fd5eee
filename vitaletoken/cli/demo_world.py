"""What the demo happens in: roots, an insurer, a phone and a terminal, with keys made now and files in one directory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import FileStatus, FileTrust
from vitaletoken.adapters.keystore import SoftwareSigner, generate_device_key, generate_signer
from vitaletoken.adapters.sqlite import SqliteHolderStore, SqliteRegister, SqliteReplayStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.holder import Holder
from vitaletoken.issuer import Beneficiary, Issuer
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.trust import VerifiedTrustList, combine_trust_list, trust_list_tbs
from vitaletoken.verifier import Verifier
from vitaletoken.wire.credential import Person, Scheme
from vitaletoken.wire.registry import Algorithm, EnrolmentMethod, Environment, KeyUse, Quality, Sex
from vitaletoken.wire.trust_list import IssuerEntry, IssuerKey, RootSet, TrustListClaims

_DAY: Final = 86_400
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


class DemoWorld:
    """Everything wired together, as four parties would each do it for themselves.

    Args:
        directory: for the databases and the terminal's files. Keys are in memory only.
        open_files: closes the databases.

    Attributes:
        files: every message made so far, by the name of its file.
    """

    def __init__(self, algorithm: Algorithm, directory: Path, open_files: ExitStack, watch: Stopwatch) -> None:
        self.clock, self._watch = DemoClock(), watch
        self.files: dict[str, bytes] = {}
        entropy = SystemEntropy()

        with watch.time("keys"):
            roots = [generate_signer(entropy)[0] for _ in range(3)]
            signer, _ = generate_signer(entropy)
            self.device_key, _ = generate_device_key(algorithm, entropy)
        with watch.time("trust_list"):
            pinned = RootSet(2, tuple(root.public_key for root in roots))
            trust_list = self._trust_list(roots[:2], pinned, signer)

        terminal = directory / "terminal"
        terminal.mkdir()
        FileTrust.pin(terminal, pinned)
        trust_files = FileTrust(terminal, Environment.TEST)
        self._trust: VerifiedTrustList = trust_files.load(trust_list)
        self._status = FileStatus(terminal / "status", trust_files)
        self.verifier = Verifier(
            trust=trust_files,
            status=self._status,
            replay=open_files.enter_context(SqliteReplayStore(terminal / "replay.sqlite")),
            clock=self.clock,
            policy=Policy(environment=Environment.TEST),
        )
        self.issuer = Issuer(
            _ISSUER,
            signer,
            register=open_files.enter_context(SqliteRegister(directory / "register.sqlite")),
            clock=self.clock,
            entropy=entropy,
            status_uri=_STATUS_URI,
            environment=Environment.TEST,
        )
        self.store = open_files.enter_context(SqliteHolderStore(directory / "phone.sqlite"))
        self.holder = Holder(self.device_key, store=self.store, clock=self.clock, entropy=entropy)
        self.files["roots.cbor"] = (terminal / "roots.cbor").read_bytes()
        self.files["trust.cbor"] = trust_list

    def _trust_list(self, signing: list[SoftwareSigner], pinned: RootSet, issuer: SoftwareSigner) -> bytes:
        now = self.clock.now()
        key = IssuerKey(issuer.public_key, _EVERY_USE, now, now + 365 * _DAY)
        entry = IssuerEntry(_ISSUER, "Assurance maladie", (key,), _STATUS_URI)
        claims = TrustListClaims(1, now, now + 30 * _DAY, Environment.TEST, pinned, (entry,))
        signatures = {root.public_key: root.sign(trust_list_tbs(claims, root.public_key)) for root in signing}
        return combine_trust_list(claims, signatures)

    def enrol(self, code: str) -> bytes:
        """Offer, request, card, acceptance; gives the card's id."""
        offer = self.issuer.offer()
        with self._watch.time("enrol"):
            request = self.holder.enrol(offer, self._trust, code)
        with self._watch.time("issue"):
            credential = self.issuer.issue(request, offer, _camille(self.clock.now() // _DAY))
        with self._watch.time("accept"):
            card = self.holder.accept(credential, self._trust)
        self.files |= {"offer.cbor": offer, "request.cbor": request, "credential.cbor": credential}
        return card.claims.cti

    def publish(self, name: str) -> None:
        """The issuer publishes its status list and the terminal gets it."""
        status_list = self.issuer.publish_status_list()
        self._status.load(status_list)
        self.files[name] = status_list


def _camille(today: int) -> Beneficiary:
    return Beneficiary(
        reference="person-1",
        person=Person("Lefebvre-Moreau", ("Camille", "Élise"), Sex.FEMALE),
        quality=Quality.POLICYHOLDER,
        scheme=Scheme(1, 751, 42),
        enrolment=EnrolmentMethod.CNIE_NFC,
        rights_as_of=today,
    )
