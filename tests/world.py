"""A whole small world in memory: roots, an issuer, a terminal authority, a phone, a terminal, one clock, seeded randomness.

Values as a person would have them, invented. Every part can be replaced, and the clock stands until it is moved.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vitaletoken import (
    Argon2Profile,
    AuthorityEntry,
    Beneficiary,
    BeneficiaryNir,
    Category,
    EnrolmentMethod,
    Environment,
    Holder,
    Issuer,
    IssuerEntry,
    IssuerKey,
    Person,
    Policy,
    PolicyholderNir,
    Presentation,
    Quality,
    RootSet,
    Scheme,
    Sex,
    Terminal,
    TerminalAuthority,
    TrustAnchor,
    TrustListClaims,
    VerifiedCertificate,
    VerifiedPresentation,
    VerifiedTrustList,
    Verifier,
    Withdrawal,
    verify_certificate,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.keystore import SoftwareDeviceKey, SoftwareSigner, generate_device_key, generate_signer
from vitaletoken.adapters.memory import (
    FixedTrust,
    MemoryChallengeStore,
    MemoryHolderStore,
    MemoryReplayStore,
    MemoryStatus,
)
from vitaletoken.adapters.number_key import generate_number_key
from vitaletoken.adapters.register import MemoryRegister
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.ports import IssuerRegister
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.cards import Edition, WalletCard
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.trust import combine_trust_list, trust_list_tbs
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.registry import Algorithm, KeyUse

#: 2026-11-22T09:00:00Z
NOW = 1_795_338_000
DAY = 86_400
CODE = "270519"
ISSUER_ID = "fr-cnam"
STATUS_URI = "https://status.example/fr-cnam"
AUTHORITY_ID = "fr-ordres"
TERMINAL_ID = b"terminal"
PHARMACY = "Pharmacie de la Gare, Lyon"
ESTABLISHMENT = "690012345"
#: Camille's and her father's, invented: of a woman of September 1984 and a man of January 1955.
NIR_DIGITS, FATHERS_DIGITS = "2840975110123", "1550169123456"
NIR, FATHERS_NIR = BeneficiaryNir(NIR_DIGITS), PolicyholderNir(FATHERS_DIGITS)
#: Of an issuer's Ed25519 key.
EVERY_USE = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)
DEVICE_ALGORITHMS = (Algorithm.ED25519, Algorithm.ESP256)


class StandingClock:
    """Stands still until it is told."""

    def __init__(self, now: int = NOW) -> None:
        self.time = now

    def now(self) -> int:
        return self.time


class StandingStopwatch:
    """A clock that nobody can set but a test."""

    def __init__(self) -> None:
        self.era = b"boot 1"
        self.seconds = 5000

    def read(self) -> Instant:
        return Instant(self.era, self.seconds)


class SeededEntropy:
    """The same bytes in each run: SHA-256 of a seed and a counter."""

    def __init__(self, seed: str = "world") -> None:
        self._seed = seed
        self._count = itertools.count(1)  # next() of it is one step for all threads

    def random(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            out += hashlib.sha256(f"{self._seed} {next(self._count)}".encode()).digest()
        return out[:size]


def ml_dsa_signer(name: str) -> SoftwareSigner:
    """An ML-DSA-65 key; the same for each name."""
    return SoftwareSigner(SigningKey(Algorithm.ML_DSA_65, hashlib.sha256(name.encode()).digest()))


def camille(**changes: object) -> Beneficiary:
    """The realistic card of the size figures: a double-barrelled name, two given names, all required claims."""
    fields: dict[str, object] = {
        "reference": "person-1",
        "nir": NIR,
        "person": Person("Lefebvre-Moreau", ("Camille", "Élise"), Sex.FEMALE),
        "quality": Quality.POLICYHOLDER,
        "scheme": Scheme(1, 751, 42),
        "enrolment": EnrolmentMethod.CNIE_NFC,
        "rights_as_of": NOW // DAY,
        **changes,
    }
    return Beneficiary(**fields)  # type: ignore[arg-type]


def child(**changes: object) -> Beneficiary:
    """A child, whose care is billed under the father's number."""
    fields: dict[str, object] = {
        "quality": Quality.CHILD,
        "policyholder": "person-0",
        "policyholder_nir": FATHERS_NIR,
    }
    return camille(**{**fields, **changes})


def signed_by(claims: TrustListClaims, signers: Iterable[SoftwareSigner]) -> bytes:
    """The trust list with these claims, signed by each of ``signers``."""
    return combine_trust_list(claims, {s.public_key: s.sign(trust_list_tbs(claims, s.public_key)) for s in signers})


def withdrawing(entry: IssuerEntry, start: int, *, keep: bool) -> IssuerEntry:
    """The issuer with all its keys withdrawn from ``start`` on."""
    return replace(entry, keys=tuple(replace(key, withdrawn=Withdrawal(start, keep)) for key in entry.keys))


@dataclass
class World:
    """Everything wired together; ``enrolled`` makes one with a card on the phone."""

    algorithm: Algorithm = Algorithm.ED25519
    environment: Environment = Environment.TEST
    policy: Policy | None = None
    beneficiary: Beneficiary = field(default_factory=camille)
    seed: str = "world"
    profile: Argon2Profile = Argon2Profile.CHEAPEST

    def __post_init__(self) -> None:
        self.clock = StandingClock()
        self.entropy = SeededEntropy(self.seed)
        self.root_signers = [self._signer() for _ in range(3)]
        self.roots = RootSet(2, tuple(signer.public_key for signer in self.root_signers))
        self.issuer_signer = self._signer()
        own = SeededEntropy(f"{self.seed} terminals")
        self.authority_signer, self.terminal_signer = (generate_signer(own)[0] for _ in range(2))
        self.authority = TerminalAuthority(AUTHORITY_ID, self.authority_signer, clock=self.clock)
        self.stopwatch = StandingStopwatch()
        self.challenges = MemoryChallengeStore()
        self.number_key = generate_number_key(self.entropy)[0]
        self.trust_list = self.signed_trust_list(self.trust_claims())
        self.trust: VerifiedTrustList = verify_trust_list(self.trust_list, self.anchor, self.environment)
        self.register: IssuerRegister = MemoryRegister()
        self.issuer = Issuer(
            ISSUER_ID,
            self.issuer_signer,
            number_key=self.number_key,
            register=self.register,
            clock=self.clock,
            entropy=self.entropy,
            status_uri=STATUS_URI,
            environment=self.environment,
        )
        self.device_key: SoftwareDeviceKey = generate_device_key(self.algorithm, self.entropy)[0]
        self.holder_store = MemoryHolderStore()
        self.holder = Holder(self.device_key, store=self.holder_store, clock=self.clock, entropy=self.entropy)
        self.status = MemoryStatus()
        self.replay = MemoryReplayStore()
        self.verifier = self.terminal()

    @property
    def anchor(self) -> TrustAnchor:
        """Of whom nothing was accepted yet: the pinned root set."""
        return TrustAnchor(self.roots)

    def _signer(self) -> SoftwareSigner:
        return generate_signer(self.entropy)[0]

    def trust_claims(self, **changes: object) -> TrustListClaims:
        key = IssuerKey(self.issuer_signer.public_key, EVERY_USE, NOW - 365 * DAY, NOW + 365 * DAY)
        fields: dict[str, object] = {
            "version": 1,
            "iat": NOW - DAY,
            "exp": NOW + 30 * DAY,
            "environment": self.environment,
            "roots": self.roots,
            "issuers": (IssuerEntry(ISSUER_ID, "Assurance maladie", (key,), STATUS_URI, self.number_key.public_key),),
            "authorities": (self.authority_entry(),),
        }
        return TrustListClaims(**{**fields, **changes})  # type: ignore[arg-type]

    def authority_entry(self, **changes: object) -> AuthorityEntry:
        key = IssuerKey(
            self.authority_signer.public_key, (KeyUse.TERMINAL_CERTIFICATE,), NOW - 365 * DAY, NOW + 365 * DAY
        )
        fields: dict[str, object] = {
            "id": AUTHORITY_ID,
            "name": "Ordre des pharmaciens",
            "keys": (key,),
            "categories": (Category.DOCTOR, Category.PHARMACY, Category.PUBLIC_DESK),
        }
        return AuthorityEntry(**{**fields, **changes})  # type: ignore[arg-type]

    def signed_trust_list(self, claims: TrustListClaims, signers: int = 2) -> bytes:
        return signed_by(claims, self.root_signers[:signers])

    def terminal(self, **changes: object) -> Verifier:
        """A verifier of this world, with parts of its own where given."""
        parts: dict[str, object] = {
            "trust": FixedTrust(self.trust),
            "status": self.status,
            "replay": self.replay,
            "clock": self.clock,
            "policy": self.policy or Policy(environment=self.environment),
        }
        return Verifier(**{**parts, **changes})  # type: ignore[arg-type]

    def certificate(self, *categories: Category, **changes: object) -> VerifiedCertificate:
        """A certificate of now for this world's terminal."""
        fields: dict[str, object] = {"establishment": ESTABLISHMENT, "name": PHARMACY}
        data = self.authority.certify(
            self.terminal_signer.public_key,
            TERMINAL_ID,
            categories or (Category.PHARMACY,),
            **{**fields, **changes},  # type: ignore[arg-type]
        )
        return verify_certificate(data, self.trust, self.clock.now())

    def desk(self, **changes: object) -> Terminal:
        """What this world's verifier asks with, with parts of its own where given."""
        parts: dict[str, object] = {
            "certificates": [self.certificate()],
            "signer": self.terminal_signer,
            "challenges": self.challenges,
            "stopwatch": self.stopwatch,
            "entropy": self.entropy,
        }
        return Terminal(**{**parts, **changes})  # type: ignore[arg-type]

    def asking(self, **changes: object) -> Verifier:
        """A verifier of this world that says who it is, and asks."""
        return self.terminal(**{"terminal": self.desk(), **changes})

    def publish(self, **options: int) -> None:
        """The issuer publishes its status list and the terminal gets it."""
        self.status.keep(verify_status_list(self.issuer.publish_status_list(**options), self.trust))

    def enrol(self) -> bytes:
        """Offer, request, card, acceptance; gives the credential. The phone has both views where the person has a number."""
        offer = self.issuer.offer()
        request = self.holder.enrol(offer, self.trust, CODE, self.beneficiary.nir, profile=self.profile)
        views = self.issuer.issue_views(request, offer, self.beneficiary)
        self.holder.accept(views.minimal, self.trust, views.billing)
        self.publish()
        return views.minimal

    def present(self) -> Presentation:
        return self.holder.present(CODE)

    def verify(self, presentation: Presentation, session: str = "visit 1") -> VerifiedPresentation:
        return self.verifier.verify(presentation.text, session)

    def card_id(self) -> bytes:
        return self.views().claims.cti

    def card(self) -> WalletCard:
        """The one card on the phone."""
        return self.holder_store.load().card(None)

    def views(self) -> Edition:
        """Its two views, as of now."""
        return self.card().edition(self.clock.now())

    def alter_card(self, **changes: object) -> None:
        """The same card on the phone, with other values in the wallet."""
        card = dataclasses.replace(self.card(), **changes)  # type: ignore[arg-type]  # fields by name
        self.holder_store.update(lambda wallet: wallet.with_card(card))

    def tries(self) -> CodeCounter:
        """Of the personal code."""
        return code_of(self.holder_store.load()).tries


def enrolled(**options: object) -> World:
    """A world whose phone has a card and whose terminal has the lists."""
    world = World(**options)  # type: ignore[arg-type]
    world.enrol()
    return world
