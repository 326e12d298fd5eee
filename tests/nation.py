"""Issuers that publish, a mirror, and a terminal that keeps up with it: small lists, everything seeded."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path

from tests.world import DAY, NOW, SeededEntropy, StandingClock, ml_dsa_signer, signed_by
from vitaletoken import Environment, IssuerEntry, IssuerKey, RootSet, TrustListClaims
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer
from vitaletoken.adapters.memory import MemoryTimeFloor
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.ports import Mirror
from vitaletoken.publisher import Publication, Publisher
from vitaletoken.rules.updates import Update, UpdateReport
from vitaletoken.updater import Updater
from vitaletoken.wire.registry import KeyUse, Status
from vitaletoken.wire.snapshot import parse_snapshot

LISTS = 3
CAPACITY = 64


class Statuses:
    """What a publisher asks of a register."""

    def __init__(self) -> None:
        self.held: dict[int, dict[int, Status]] = {}

    def statuses(self, number: int) -> Mapping[int, Status]:
        return {idx: status for idx, status in self.held.get(number, {}).items() if status is not Status.VALID}

    def set(self, number: int, idx: int, status: Status) -> None:
        self.held.setdefault(number, {})[idx] = status


def digest_of(snapshot: bytes) -> bytes:
    """SHA-256 of its payload."""
    return hashlib.sha256(parse_snapshot(snapshot).payload).digest()


class Insurer:
    """One issuer: keys, statuses, publisher, and what it has published."""

    def __init__(self, name: str, clock: StandingClock, *, lists: int = LISTS, capacity: int = CAPACITY) -> None:
        self.id = name
        self.uri = f"https://status.example/{name}"
        self.clock = clock
        self.lists, self.capacity = lists, capacity
        self.signer = generate_signer(SeededEntropy(name))[0]
        self.second: SoftwareSigner | None = None
        self.register = Statuses()
        self.published: list[Publication] = []
        self.random = random.Random(name)

    def publisher(self) -> Publisher:
        return Publisher(
            self.id,
            self.signer,
            register=self.register,  # type: ignore[arg-type]  # the one method that it asks
            clock=self.clock,
            status_uri=self.uri,
            second=self.second,
            status_lists=self.lists,
            capacity=self.capacity,
        )

    def publish(self, changes: int = 3, **options: int) -> Publication:
        """Some changes, and the publication after them."""
        for _ in range(changes):
            number, idx = self.random.randrange(self.lists), self.random.randrange(self.capacity)
            self.register.set(number, idx, self.random.choice(tuple(Status)))
        last = self.published[-1] if self.published else None
        self.published.append(self.publisher().publish(last, **options))
        return self.published[-1]

    def statuses(self) -> dict[int, list[Status]]:
        held = {number: self.register.statuses(number) for number in range(self.lists)}
        return {number: [held[number].get(idx, Status.VALID) for idx in range(self.capacity)] for number in held}

    def entry(self) -> IssuerEntry:
        keys = [IssuerKey(self.signer.public_key, (KeyUse.STATUS_LIST,), NOW - 365 * DAY, NOW + 365 * DAY)]
        if self.second is not None:
            keys.append(IssuerKey(self.second.public_key, (KeyUse.SNAPSHOT_SECOND,), NOW - 365 * DAY, NOW + 365 * DAY))
        return IssuerEntry(self.id, self.id, tuple(keys), self.uri)


class DictMirror:
    """A mirror in memory. ``fetched`` is what was asked for and there."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def fetch(self, path: str, limit: int) -> bytes | None:
        data = self.files.get(path)
        if data is None:
            return None
        self.fetched.append(path)
        return data[: limit + 1]

    def put(self, publication: Publication) -> None:
        self.files.update(files_of(publication))


def files_of(publication: Publication) -> dict[str, bytes]:
    """By their paths in the mirror."""
    at = f"status/{publication.issuer}"
    files = {f"{at}/list/{number}.cbor": data for number, data in publication.lists.items()}
    if publication.delta is not None and publication.delta_from is not None:
        files[f"{at}/delta/{publication.delta_from.hex()}.cbor"] = publication.delta
    files[f"{at}/snapshot.cbor"] = publication.snapshot
    return files


class Nation:
    """Roots, insurers, a mirror, and one terminal with its stores in a directory."""

    def __init__(self, directory: Path, insurers: int = 1, *, second: bool = False, lists: int = LISTS) -> None:
        self.directory = directory
        self.clock = StandingClock()
        entropy = SeededEntropy("roots")
        self.root_signers = [generate_signer(entropy)[0] for _ in range(3)]
        self.roots = RootSet(2, tuple(signer.public_key for signer in self.root_signers))
        self.insurers = [Insurer(f"insurer-{number}", self.clock, lists=lists) for number in range(insurers)]
        for insurer in self.insurers:
            insurer.second = ml_dsa_signer(insurer.id) if second else None
        self.mirror = DictMirror()
        self.version = 0
        self.put_trust_list()
        self.floor = MemoryTimeFloor()
        FileTrust.pin(directory, self.roots)
        self.trust = FileTrust(directory, Environment.TEST, floor=self.floor)

    def trust_list(self, version: int, signers: list[SoftwareSigner] | None = None, **changes: object) -> bytes:
        fields: dict[str, object] = {
            "version": version,
            "iat": NOW - DAY,
            "exp": NOW + 300 * DAY,
            "environment": Environment.TEST,
            "roots": self.roots,
            "issuers": tuple(insurer.entry() for insurer in self.insurers),
        }
        claims = TrustListClaims(**{**fields, **changes})  # type: ignore[arg-type]
        return signed_by(claims, signers or self.root_signers[:2])

    def put_trust_list(self, signers: list[SoftwareSigner] | None = None, **changes: object) -> bytes:
        self.version += 1
        data = self.trust_list(self.version, signers, **changes)
        self.mirror.files["trust/newest.cbor"] = self.mirror.files[f"trust/{self.version}.cbor"] = data
        return data

    def publish(self, changes: int = 3, **options: int) -> None:
        """Each insurer, to the mirror."""
        for insurer in self.insurers:
            self.mirror.put(insurer.publish(changes, **options))

    def store(self, **options: object) -> SqliteStatusStore:
        return SqliteStatusStore(self.directory / "status.db", self.trust, recheck=0, **options)  # type: ignore[arg-type]

    def updater(self, store: SqliteStatusStore, mirror: Mirror | None = None, *, post_quantum: bool = False) -> Updater:
        return Updater(
            mirror=mirror or self.mirror,
            trust=self.trust,
            status=store,
            clock=self.clock,
            floor=self.floor,
            post_quantum=post_quantum,
        )


def found_in(store: SqliteStatusStore, insurer: Insurer) -> dict[int, list[Status | None]]:
    """What the store answers for each entry of each list."""
    answers: dict[int, list[Status | None]] = {}
    for number in range(insurer.lists):
        found = store.find(insurer.id, number)
        answers[number] = [None if found is None else found.find(idx) for idx in range(insurer.capacity)]
    return answers


def only(report: UpdateReport) -> Update:
    (update,) = report.issuers
    return update


def day(nation: Nation, days: int = 1, changes: int = 3) -> None:
    """``days`` go by, with a publication each."""
    for _ in range(days):
        nation.clock.time += DAY
        nation.publish(changes)


def delta_path(nation: Nation, number: int = -1) -> str:
    """Of the delta that leads to that publication."""
    publication = nation.insurers[0].published[number]
    assert publication.delta_from is not None
    return f"status/insurer-0/delta/{publication.delta_from.hex()}.cbor"


def holds(store: SqliteStatusStore, insurer: Insurer) -> bool:
    return found_in(store, insurer) == insurer.statuses()


def forged(data: bytes) -> bytes:
    """With another last byte, which is the signature's."""
    return data[:-1] + bytes([data[-1] ^ 1])
