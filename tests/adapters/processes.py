"""What the tests of stores and mirrors run in other processes. Each function is a process's whole work."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

from tests.world import CODE, DAY, NIR, SeededEntropy, StandingClock, StandingStopwatch, enrolled
from vitaletoken import (
    Argon2Profile,
    Environment,
    Holder,
    InputError,
    Policy,
    Purpose,
    RootSet,
    Terminal,
    TrustAnchor,
    Verifier,
    verify_certificate,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.keystore import SoftwareDeviceKey, generate_device_key
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.ports import OpenChallenge
from vitaletoken.publisher import Publication
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.cards import CardKind, PendingEnrolment, PersonalCode
from vitaletoken.rules.wallet import Wallet, code_of
from vitaletoken.updater import Updater
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.enrolment import Number
from vitaletoken.wire.registry import Algorithm

#: Seconds after which a process that waits for the others gives up; only a fault makes it wait so long.
PATIENCE = 60.0


def in_processes(count: int, work: Callable[..., None], arguments: Callable[[int], tuple[Any, ...]]) -> list[Any]:
    """What each of ``count`` new processes sent; they wait for each other at one barrier."""
    context = multiprocessing.get_context("spawn")  # fork would copy this process's connections, which SQLite forbids
    start = context.Barrier(count)
    started: list[tuple[Any, Connection]] = []
    try:
        for number in range(count):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(*arguments(number), start, sender))
            process.start()
            sender.close()
            started.append((process, receiver))
        return [receiver.recv() for _, receiver in started]
    finally:
        for process, receiver in started:
            process.join(PATIENCE)
            assert process.exitcode == 0
            process.close()
            receiver.close()


def key_of(number: int) -> bytes:
    return hashlib.sha256(f"key {number}".encode()).digest()[:24]


class Scene(NamedTuple):
    """What all desks of a practice share."""

    path: Path
    trust_list: bytes
    status_list: bytes
    roots: RootSet
    texts: list[str]


def device_key(seed: str = "phone") -> SoftwareDeviceKey:
    return generate_device_key(Algorithm.ED25519, SeededEntropy(seed))[0]


def wallet_file(path: Path) -> SqliteWallet:
    """A wallet of the same device each time, as the other stores are made: by their path."""
    return SqliteWallet(path, device_key(), SystemEntropy())


def terminal(scene: Scene, desk: str, start: Barrier, out: Connection) -> None:
    """Verifies each text at the same moment as the other desks. Sends one word a text: ``accepted``, or the code."""
    trust = verify_trust_list(scene.trust_list, TrustAnchor(scene.roots), Environment.TEST)
    with SqliteReplayStore(scene.path) as replay:
        verifier = Verifier(
            trust=FixedTrust(trust),
            status=MemoryStatus([verify_status_list(scene.status_list, trust)]),
            replay=replay,
            clock=StandingClock(),
            policy=Policy(environment=Environment.TEST),
        )
        words = []
        for text in scene.texts:
            start.wait(PATIENCE)
            try:
                seen = verifier.verify(text, desk)
            except InputError as refused:
                words.append(refused.code.value)
            else:
                words.append("repeated" if seen.repeated else "accepted")
    out.send(words)


class Asked(NamedTuple):
    """What the processes of one terminal share: its open challenges, and two answers to each."""

    path: Path
    trust_list: bytes
    status_list: bytes
    roots: RootSet
    pairs: list[list[str]]
    certificate: bytes


class PublicHalf:
    """The terminal's key in a process that verifies and asks nothing: private keys do not travel between processes."""

    def __init__(self, public: bytes) -> None:
        self.public_key = ed25519_key(public)

    def sign(self, tbs: bytes) -> bytes:
        raise AssertionError("verifying signs nothing")


def answered(scene: Asked, number: int, start: Barrier, out: Connection) -> None:
    """Verifies the answer of its number to each challenge at the same moment as the other process. One word each."""
    clock, entropy = StandingClock(), SeededEntropy(str(number))
    trust = verify_trust_list(scene.trust_list, TrustAnchor(scene.roots), Environment.TEST)
    certificate = verify_certificate(scene.certificate, trust, clock.now())
    with SqliteChallengeStore(scene.path) as challenges:
        verifier = Verifier(
            trust=FixedTrust(trust),
            status=MemoryStatus([verify_status_list(scene.status_list, trust)]),
            replay=MemoryReplayStore(),
            clock=clock,
            policy=Policy(environment=Environment.TEST),
            terminal=Terminal(
                [certificate],
                PublicHalf(certificate.claims.key),
                challenges=challenges,
                stopwatch=StandingStopwatch(),
                entropy=entropy,
            ),
        )
        words = []
        for visit, pair in enumerate(scene.pairs):
            start.wait(PATIENCE)
            try:
                seen = verifier.verify(pair[number], f"visit {visit}", Purpose.BILLING)
            except InputError as refused:
                words.append(refused.code.value)
            else:
                words.append("repeated" if seen.repeated else "accepted")
    out.send(words)


def first_opening(paths: list[Path], start: Barrier, out: Connection) -> None:
    """Opens each new file at the same moment as the others and inserts one key. Sends one word a file."""
    words = []
    for path in paths:
        start.wait(PATIENCE)
        try:
            with SqliteReplayStore(path) as store:
                words.append(store.insert(key_of(0), "visit 1", 1, 0).value)
        except Exception as error:  # noqa: BLE001 - the parent says what may happen
            words.append(f"{type(error).__name__}: {error}")
    out.send(words)


def take_update(terminal: Path, mirror: Path, now: int, out: Connection) -> None:
    """A terminal's update from a mirror. Says when it begins and when it is done, if it comes to that."""
    floor = FileTimeFloor(terminal / "floor.cbor")
    trust = FileTrust(terminal, Environment.TEST, floor=floor)
    with SqliteStatusStore(terminal / "status.db", trust) as store:
        updater = Updater(
            mirror=DirectoryMirror(mirror), trust=trust, status=store, clock=StandingClock(now), floor=floor
        )
        out.send("begun")
        updater.update()
    out.send("done")


def write_publication(mirror: Path, publication: Publication, out: Connection) -> None:
    """A publisher's writing into its mirror. Says when it begins and when it is done, if it comes to that."""
    writer = MirrorWriter(mirror)
    out.send("begun")
    writer.publish(publication)
    out.send("done")


def write_until_killed(path: str, first: str) -> None:
    """Inserts keys from number ``first`` on, and prints each number after its insertion was reported a success."""
    number = int(first)
    with SqliteReplayStore(Path(path)) as store:
        while True:
            outcome = store.insert(key_of(number), "visit 1", 2_000_000_000, 0)
            print(number, outcome.value, flush=True)
            number += 1


def challenge_of(number: int) -> OpenChallenge:
    message = f"challenge {number}".encode()
    digest = hashlib.sha256(message).digest()
    return OpenChallenge(f"visit {number}", digest, message, key_of(number) + bytes(8), Instant(b"boot 1", 0), 120)


def answer_until_killed(path: str, first: str) -> None:
    """Opens and answers challenges from number ``first`` on, and prints each number after its answer was reported a success."""
    number = int(first)
    with SqliteChallengeStore(Path(path)) as store:
        while True:
            store.open(challenge_of(number))
            outcome = store.answer(f"visit {number}", challenge_of(number).digest, key_of(number))
            print(number, outcome.value, flush=True)
            number += 1


def show_until_killed(path: str, first: str) -> None:
    """A phone that mistypes its code twice, then shows a QR, and so on; prints what was answered. ``first``: wrong code first."""
    world = enrolled()
    wrong = f"{int(first):06}"
    with SqliteWallet(Path(path), world.device_key, SystemEntropy()) as store:
        holder = Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy)
        while True:
            for code in (wrong, wrong, CODE):
                world.clock.time = code_of(store.load()).tries.last_try + DAY
                try:
                    print("shown", holder.present(code).claims.counter, flush=True)
                except InputError as refused:
                    print(refused.code.value, 0, flush=True)


def present_at_once(path: Path, number: int, start: Barrier, out: Connection) -> None:
    """Ten presentations of one wallet at the same time as the other processes, with the code or without. Sends the counters."""
    world = enrolled()
    with SqliteWallet(path, world.device_key, SystemEntropy()) as store:
        holder = Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy)
        start.wait(PATIENCE)
        out.send([holder.present(CODE if number < 3 else None).claims.counter for _ in range(10)])


def open_at_once(path: Path, start: Barrier, out: Connection) -> None:
    """Opens a new wallet at the same time as the others, and puts something in. Sends how much there was then."""
    start.wait(PATIENCE)
    with wallet_file(path) as store:
        code = PersonalCode(bytes(16), Argon2Profile.CHEAPEST, bytes(32))

        def change(wallet: Wallet) -> Wallet:
            number = Number(NIR, bytes(16))
            enrolment = PendingEnrolment(CardKind.OWN, f"request {len(wallet.pending)}".encode(), 0, number)
            return Wallet(code, (), (*wallet.pending, enrolment))

        out.send(len(store.update(change).pending))


WORKS = {"insert": write_until_killed, "answer": answer_until_killed, "show": show_until_killed}

if __name__ == "__main__":
    WORKS[sys.argv[1]](*sys.argv[2:])
