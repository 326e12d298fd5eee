"""A terminal's updater before a hostile mirror: the trust list, then of each issuer a snapshot, deltas and lists.

An input is the scene's number and [newest trust list, snapshot, [delta, ...], [status list, ...]]; an empty one is not there. A
mirror hands out deltas and lists in the order in which it is asked for them. What is accepted is forgotten, so that each input
meets the same terminal. ``Updater.update`` raises nothing at all for what a mirror does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Final

from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.layers import layer
from tests.fuzz.targets.vectors import Json
from vitaletoken.adapters.memory import MemoryTimeFloor
from vitaletoken.conformance import forms, lists
from vitaletoken.rules.trust import VerifiedTrustList, verify_trust_list
from vitaletoken.rules.updates import UpdateReport
from vitaletoken.updater import Updater
from vitaletoken.wire.snapshot import parse_snapshot


class _Trust:
    """One trust list in force; a newer one is verified, and not kept."""

    def __init__(self, trust: VerifiedTrustList, environment: str) -> None:
        self._trust = trust
        self._environment = forms.environment(environment)

    def current(self) -> VerifiedTrustList:
        return self._trust

    def catch_up(self, fetch: Callable[[int], bytes | None], newest: bytes) -> VerifiedTrustList:
        return verify_trust_list(newest, self._trust.anchor, self._environment)


class _Status:
    """What is held of one issuer; nothing replaces it."""

    def __init__(self, held: Json | None) -> None:
        self._issuer, self._snapshot, self._lists = "", b"", dict[int, bytes]()
        if held is not None:
            self._snapshot = bytes.fromhex(held["snapshot"])
            self._issuer = parse_snapshot(self._snapshot).unverified_claims.iss
            self._lists = {int(number): bytes.fromhex(entries) for number, entries in held["lists"].items()}

    def snapshot(self, issuer: str) -> bytes | None:
        return self._snapshot if issuer == self._issuer else None

    def entries(self, issuer: str, number: int) -> bytes | None:
        return self._lists.get(number) if issuer == self._issuer else None

    def replace(
        self,
        issuer: str,
        held: bytes | None,
        snapshot: bytes,
        changed: Mapping[int, bytes],
        numbers: Collection[int],
    ) -> bool:
        return True


class _At:
    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


class _Mirror:
    """Hands out the parts of one input."""

    def __init__(self, newest: bytes, snapshot: bytes, deltas: list[bytes], status_lists: list[bytes]) -> None:
        self._files = {"trust/newest.cbor": newest}
        self._snapshot = snapshot
        self._deltas: Iterator[bytes] = iter(deltas)
        self._lists: Iterator[bytes] = iter(status_lists)

    def fetch(self, path: str, limit: int) -> bytes | None:
        if path.endswith("/snapshot.cbor"):
            data = self._snapshot
        elif "/delta/" in path:
            data = next(self._deltas, b"")
        elif "/list/" in path:
            data = next(self._lists, b"")
        else:
            data = self._files.get(path, b"")
        return data[: limit + 1] or None


@cache
def _terminal(number: int) -> tuple[_Trust, _Status, Json]:
    case = layer("status-sync").scenes[number]
    return _Trust(lists.trust(case, case["environment"]), case["environment"]), _Status(case["held"]), case


def _update(data: bytes) -> UpdateReport:
    number, parts = envelope.unpack(data, len(layer("status-sync").scenes))
    match parts:
        case [bytes(newest), bytes(snapshot), list(deltas), list(status_lists)]:
            mirror = _Mirror(newest, snapshot, deltas, status_lists)
        case _:
            raise NotAnInput
    trust, status, case = _terminal(number)
    return Updater(
        mirror=mirror,
        trust=trust,
        status=status,
        clock=_At(case["now"]),
        floor=MemoryTimeFloor(),
        post_quantum=case["post_quantum"],
    ).update()


def _seeds() -> Iterator[bytes]:
    here = layer("status-sync")
    trust_lists = layer("trust-list").seeds
    for turn, seed in enumerate(here.seeds):
        number, parts = envelope.unpack(seed, len(here.scenes))
        newest = envelope.unpack(trust_lists[turn % len(trust_lists)], 1)[1][0] if turn % 4 == 0 else b""
        yield envelope.pack(number, [newest, *parts])


TARGETS: Final = (
    Target(
        "mirror",
        _update,
        _seeds,
        32_768,
        covers=(Updater.update,),
        shape=Shape.PARTS,
        allowed=(),
        seconds=0.05,
        weight=2.0,
    ),
)
