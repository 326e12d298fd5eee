"""A mirror that lies: snapshots, deltas and status lists of one issuer, right and wrong in every way.

Everything is signed by hand, as spec/vitaletoken.md section 11 says: nothing of the library writes here. All randomness
is the caller's, so that each run is the same.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.test_hostile import becomes, encodable
from tests.interop.roots import Input, Maker, Roots, spoilt
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, World
from vitaletoken.adapters.keystore import SoftwareSigner

#: Of the genuine snapshots.
SEQUENCES = range(1, 8)
#: Streams of the greatest size, of a byte more, and of very many.
LONG = tuple(zlib.compress(bytes(size)) for size in (262_144, 262_145, 10_000_000))

Lists = dict[int, bytes]


class Mirror:
    """What can be had from it of the world's issuer, by the first trust list of ``roots``."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        self.roots = Roots(world, rng)
        self.states = dict(zip(SEQUENCES, self._states(), strict=True))
        self.snapshots = {sequence: self.snapshot(sequence) for sequence in SEQUENCES}

    # --- what an issuer publishes

    def _states(self) -> Iterable[Lists]:
        """Its lists at each moment: one comes, one grows, one goes."""
        lists = {0: bytes(3), 5: bytes(40), 700: bytes(300)}
        for sequence in SEQUENCES:
            if sequence == 3:
                lists = lists | {4000: bytes(20)}
            if sequence == 5:
                lists = lists | {5: lists[5] + bytes(25)}
            if sequence == 7:
                lists = {number: entries for number, entries in lists.items() if number != 4000}
            yield lists
            lists = {number: self.churn(entries) for number, entries in lists.items()}

    def churn(self, entries: bytes) -> bytes:
        changed = bytearray(entries)
        for _ in range(self.rng.randrange(1 + len(entries) // 8)):
            changed[self.rng.randrange(len(changed))] ^= 1 << self.rng.randrange(8)
        return bytes(changed)

    @staticmethod
    def made_at(sequence: int) -> int:
        """One a day, the last one today."""
        return NOW - (SEQUENCES[-1] - sequence) * DAY

    def snapshot_claims(self, sequence: int) -> Any:
        return forge.snapshot_claims(self.states[sequence], sequence=sequence, iat=self.made_at(sequence))

    def snapshot(
        self, sequence: int, edit: forge.Edit | None = None, signers: list[SoftwareSigner] | None = None
    ) -> bytes:
        signers = [self.roots.issuer, self.roots.second] if signers is None else signers
        return forge.snapshot(self.world, self.snapshot_claims(sequence), edit, signers=signers)

    def wrong_snapshot(self, sequence: int) -> bytes:
        rng = self.rng
        claims = self.snapshot_claims(sequence)
        roots = self.roots
        keys = [*roots.without_right, roots.issuer, roots.second, roots.second_withdrawn]
        named = claims[forge.SNAPSHOT][2]
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                becomes(encodable(rng, claims)),
                forge.put((1,), rng.choice(("fr-other", "fr-nobody"))),
                forge.put((6,), NOW + rng.choice((300, 301))),
                forge.put((4,), claims[6] + rng.choice((0, 1, 31 * DAY, 31 * DAY + 1))),
                forge.both(forge.put((6,), NOW - 400 * DAY), forge.put((4,), NOW - 390 * DAY)),
                forge.put((forge.SNAPSHOT, 2), rng.choice((named[::-1], named * 2, named[:-1]))),
                forge.put((forge.SNAPSHOT, 2, rng.randrange(len(named)), 1), rng.choice((0, 1, 262_144, 262_145))),
                forge.put((forge.SNAPSHOT, 2, rng.randrange(len(named)), 2), rng.randbytes(32)),
            )
        )
        makers: tuple[Maker, ...] = (
            lambda: self.snapshot(sequence, edit),
            lambda: self.snapshot(sequence, signers=rng.sample(keys, rng.randrange(1, 5))),
            lambda: forge.snapshot(self.world, claims, signers=[roots.issuer, roots.second], label="trust-list"),
            lambda: self._wrong_signature(sequence, rng.randrange(2)),
            lambda: spoilt(rng, self.snapshots[sequence]),
        )
        return rng.choice(makers)()

    def _wrong_signature(self, sequence: int, which: int) -> bytes:
        item = forge.dec(self.snapshots[sequence])
        item[1][which][3] = self.rng.randbytes(len(item[1][which][3]))
        return forge.enc(item)

    # --- deltas

    def changes(self, start: int, to: int) -> list[Any]:
        """What makes the lists of ``to`` of those of ``start``."""
        found = []
        for number, entries in self.states[to].items():
            old, new = [
                self._values(state.get(number, b"").ljust(len(entries), b"\0")) for state in self._both(start, to)
            ]
            ofs = []
            for value in range(4):
                places = [at for at, (was, now) in enumerate(zip(old, new, strict=True)) if was != now == value]
                if places:
                    gaps = [places[0], *(b - a for a, b in pairwise(places))]
                    ofs.append([value, forge.leb128(*gaps)])
            if ofs:
                found.append([number, ofs])
        return found

    def _both(self, start: int, to: int) -> tuple[Lists, Lists]:
        return self.states[start], self.states[to]

    @staticmethod
    def _values(entries: bytes) -> list[int]:
        return [byte >> shift & 3 for byte in entries for shift in (0, 2, 4, 6)]

    def delta(self, start: int, to: int, edit: forge.Edit | None = None, **by: Any) -> bytes:
        return forge.delta(self.world, self.snapshots[start], self.snapshots[to], self.changes(start, to), edit, **by)

    def wrong_delta(self, start: int, to: int) -> bytes:
        rng = self.rng
        changes = self.changes(start, to) or [[0, [[1, b"\0"]]]]
        number, values = changes[at := rng.randrange(len(changes))]
        value, gaps = values[which := rng.randrange(len(values))]
        place: tuple[Any, ...] = (forge.DELTA, 3)
        whole = {1: ISSUER_ID, forge.DELTA: {1: rng.randbytes(32), 2: rng.randbytes(32), 3: changes}}
        huge = b"\x80" * rng.randrange(1, 40) + b"\x01"
        odd = rng.choice(
            (b"", gaps + b"\0", gaps + b"\x80", gaps[:-1] + bytes([gaps[-1] | 0x80]) + b"\0", gaps + huge, huge)
        )
        changed = [*changes[:at], [number, [*values[:which], [value, odd], *values[which + 1 :]]], *changes[at + 1 :]]
        edit = rng.choice(
            (
                becomes(encodable(rng, whole)),
                becomes(encodable(rng, whole)),
                forge.put(place, changed),
                forge.put(place, changed),
                forge.put(place, [*changes[:at], [number, [[value, rng.randbytes(3)]]], *changes[at + 1 :]]),
                forge.put(place, changes[::-1]),
                forge.put(place, changes * 2),
                forge.put(place, changes[1:]),
                forge.put(place, [*changes, [65_535, [[1, b"\0"]]]]),
                forge.put(place, [*changes[:at], [number, values[::-1]], *changes[at + 1 :]]),
                forge.put(place, [*changes[:at], [number, []], *changes[at + 1 :]]),
                forge.put((forge.DELTA, rng.choice((1, 2))), rng.randbytes(32)),
                forge.put((1,), rng.choice(("fr-other", "fr-nobody"))),
            )
        )
        makers: tuple[Maker, ...] = (
            lambda: self.delta(start, to, edit),
            lambda: self.delta(start, to, edit),
            lambda: self.delta(start, to, edit),
            lambda: self.delta(start, to, signer=rng.choice(self.roots.without_right)),
            lambda: self.delta(start, to, label="status-list"),
            lambda: spoilt(rng, self.delta(start, to)),
        )
        return rng.choice(makers)()

    # --- status lists

    def status_list(
        self, entries: bytes, number: int, edit: forge.Edit | None = None, signer: SoftwareSigner | None = None
    ) -> bytes:
        claims = {
            2: f"{STATUS_URI}/{number}",
            4: NOW + 7 * DAY,
            6: NOW - DAY,
            65533: {"lst": zlib.compress(entries), "bits": 2},
            65534: DAY,
        }
        payload = forge.enc(forge.edited(claims, edit))
        return forge.status_list(self.world, payload=payload, signer=signer)

    def wrong_status_list(self, entries: bytes, number: int) -> bytes:
        rng = self.rng
        stream = zlib.compress(entries)
        claims = {2: STATUS_URI, 4: NOW + DAY, 6: NOW - DAY, 65533: {"lst": stream, "bits": 2}, 65534: DAY}
        bad = rng.choice(
            (
                stream[:-1],
                stream + b"\0",
                b"",
                zlib.compress(b""),
                rng.choice(LONG),
                mutations.edit_bytes(rng, [stream]),
                stream[2:-4],
            )
        )
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                forge.put((2,), rng.choice((STATUS_URI, f"{STATUS_URI}/0{number}", f"{STATUS_URI}/65536", "/5", "5"))),
                forge.put((65533, "lst"), bad),
                forge.put((65533, "lst"), bad),
                forge.put((4,), NOW - DAY + rng.choice((0, 1))),
                forge.put((6,), NOW - 400 * DAY),
                forge.put((65534,), rng.choice((0, 1, 31_622_400, 31_622_401))),
            )
        )
        signer = rng.choice(self.roots.without_right)
        makers: tuple[Maker, ...] = (
            lambda: self.status_list(entries, number, edit),
            lambda: self.status_list(entries, number, edit),
            lambda: self.status_list(entries, number, signer=signer),
            lambda: self._list_of_nobody(entries, number),
            lambda: spoilt(rng, self.status_list(entries, number)),
        )
        return rng.choice(makers)()

    def _list_of_nobody(self, entries: bytes, number: int) -> bytes:
        """It names the issuer's key, and is not signed by it."""
        kid = forge.kid(self.roots.issuer.public_key.public)
        return forge.status_list(
            self.world,
            payload=forge.dec(self.status_list(entries, number))[2],
            signer=self.roots.stranger,
            protected=forge.enc({1: -19, 4: kid, 16: "application/statuslist+cwt"}),
        )

    def one_list(self) -> Input:
        """For the layer status-list."""
        state = self.states[self.rng.choice(SEQUENCES)]
        number = self.rng.choice(sorted(state))
        make = self.status_list if self.rng.random() < 0.2 else self.wrong_status_list
        return {**self.roots.trust, "bytes": make(state[number], number).hex(), "idx": self.rng.randrange(200)}
