"""What verification costs beside its bare signature checks, in one run: ``make bench``.

Timings drift with the machine; ratios of minima measured in turns hold. The figures to reach: at most 1.25 x three bare checks
with nothing cached, at most 1.15 x two for a credential seen before. The same scan is verified again and again in one
session, which the replay store answers with a look-up; what it is with a QR never seen before is a row of its own, without a
bound.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import nacl.bindings
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.world import World, enrolled
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.ports import ReplayStore
from vitaletoken.rules import context
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.verifier import Verifier, _SeenCredentials
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Algorithm, Binding, Environment
from vitaletoken.wire.text import parse_text

ROUNDS = 60
CALLS = 50


@dataclass
class Scan:
    """A presentation of the realistic card, and the three signature checks in it, bare."""

    world: World
    text: str
    message: bytes
    checks: list[tuple[bytes, bytes]]  # signature || signed bytes, public key: issuer, device, code

    def terminal(self, replay: ReplayStore | None = None) -> Verifier:
        return self.world.terminal(replay=MemoryReplayStore(None) if replay is None else replay)

    def bare(self, count: int) -> None:
        for signed, public in self.checks[-count:]:
            nacl.bindings.crypto_sign_open(signed, public)


def scan_of() -> Scan:
    world = enrolled(environment=Environment.TEST)
    text = world.present().text
    message = parse_text(text)
    parsed = parse_presentation(message)
    credential = parse_credential(parsed.credential)
    claims = credential.unverified_claims
    digest = hashlib.sha256(parsed.credential).digest()
    device_aad, code_aad = context.presentation_aads(Algorithm.ED25519, Binding.OPEN, digest, None)
    assert parsed.code_layer
    layers = [
        (credential.sign1, context.CREDENTIAL_AAD, world.issuer_signer.public_key.public),
        (parsed.device_layer, device_aad, claims.device_key.public),
        (parsed.code_layer, code_aad, claims.card.code_key),
    ]
    checks = [(sign1.signature + context.tbs(sign1, external_aad), public) for sign1, external_aad, public in layers]
    return Scan(world, text, message, checks)


@pytest.fixture(scope="module")
def scan() -> Scan:
    return scan_of()


def in_turns(*calls: Callable[[], object]) -> list[float]:
    """Seconds a call of each, the least over ``ROUNDS`` rounds in which they take turns."""
    least = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for index, call in enumerate(calls):
            start = perf_counter()
            for _ in range(CALLS):
                call()
            least[index] = min(least[index], (perf_counter() - start) / CALLS)
    return least


class NothingSeen(_SeenCredentials):
    """The memory of a terminal that has never seen the credential."""

    def find(self, credential: bytes, trust: VerifiedTrustList) -> None:
        return None


def forgetful(scan: Scan, replay: ReplayStore | None = None) -> Verifier:
    terminal = scan.terminal(replay)
    terminal._seen = NothingSeen()
    return terminal


class EachNew:
    """A call verifies a presentation that the terminal has never seen, of a card that it has never seen.

    The presentations are made beforehand. When all of ``count`` have been shown they begin anew, before an empty store.
    """

    def __init__(self, scan: Scan, count: int = 1000) -> None:
        self._scan = scan
        self._messages = [scan.world.present().message for _ in range(count)]
        self._left: Iterator[bytes] = iter(())
        self._terminal = forgetful(scan)

    def __call__(self) -> VerifiedPresentation:
        message = next(self._left, None)
        if message is None:
            self._terminal, self._left = forgetful(self._scan), iter(self._messages)
            message = next(self._left)
        return self._terminal.verify_message(message, "visit")


def test_ratios(scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures of the seventh issue, as a table."""
    seen, forgets = scan.terminal(), forgetful(scan)
    three, two, *timed = in_turns(
        lambda: scan.bare(3),
        lambda: scan.bare(2),
        lambda: forgets.verify_message(scan.message, "visit"),
        lambda: seen.verify_message(scan.message, "visit"),
        lambda: forgets.verify(scan.text, "visit"),
        lambda: seen.verify(scan.text, "visit"),
        EachNew(scan),
    )
    rows = [
        ("presentation, nothing cached (at most 1.25)", timed[0], three),
        ("presentation, credential seen before (at most 1.15)", timed[1], two),
        ("its text, nothing cached (no bound)", timed[2], three),
        ("its text, credential seen before (no bound)", timed[3], two),
        ("presentation, nothing cached, each QR new (no bound)", timed[4], three),
    ]
    with capsys.disabled():
        print(f"\nthree bare checks {three * 1e6:.1f} us, two {two * 1e6:.1f} us")
        for name, seconds, bare in rows:
            print(f"{name:52s} {seconds * 1e6:7.1f} us  x {seconds / bare:.3f}")


def test_credential_seen(benchmark: BenchmarkFixture, scan: Scan) -> None:
    terminal = scan.terminal()
    benchmark(lambda: terminal.verify(scan.text, "visit"))


def test_nothing_cached(benchmark: BenchmarkFixture, scan: Scan) -> None:
    terminal = forgetful(scan)
    benchmark(lambda: terminal.verify(scan.text, "visit"))


def test_three_bare_signature_checks(benchmark: BenchmarkFixture, scan: Scan) -> None:
    benchmark(scan.bare, 3)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_first_insert_into_a_replay_store(benchmark: BenchmarkFixture, tmp_path: Path, kind: str) -> None:
    """V15 of a QR not seen before. SQLite syncs the disk; that outweighs all the rest of a verification."""
    store = MemoryReplayStore(None) if kind == "memory" else SqliteReplayStore(tmp_path / "replay.sqlite")
    numbers = itertools.count()
    benchmark(lambda: store.insert(next(numbers).to_bytes(24, "big"), "visit", 2_000_000_000, 1_000_000_000))
