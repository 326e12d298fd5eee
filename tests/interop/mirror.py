"""A mirror that lies: trust lists of three generations of roots, and what one issuer publishes, right and wrong in every way.

Everything is signed by hand, as spec/vitaletoken.md sections 10 and 11 say: nothing of the library writes here. All randomness
is the caller's, so that each run is the same.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.test_hostile import becomes, encodable
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, World, ml_dsa_signer
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer

#: Of the genuine trust lists, by version, and of the genuine snapshots, by sequence number.
VERSIONS = range(1, 7)
SEQUENCES = range(1, 8)
#: Streams of the greatest size, of a byte more, and of very many.
LONG = tuple(zlib.compress(bytes(size)) for size in (262_144, 262_145, 10_000_000))

Input = dict[str, Any]
Lists = dict[int, bytes]
Maker = Callable[[], bytes]


def spoilt(rng: random.Random, message: bytes) -> bytes:
    """One message in which bytes were changed."""
    kinds = (mutations.flip_bits, mutations.edit_bytes, mutations.heads)
    return rng.choice(kinds)(rng, [message])


@dataclass(frozen=True)
class Generation:
    """The root key holders of one time; ``second`` are their ML-DSA-65 keys."""

    threshold: int
    first: Sequence[SoftwareSigner]
    second: Sequence[SoftwareSigner]

    @property
    def enough(self) -> list[SoftwareSigner]:
        return [*self.first[: self.threshold], *self.second[: self.threshold]]

    def root_set(self) -> Any:
        keys = {1: self.threshold, 2: [_key(each) for each in self.first]}
        return keys | ({3: [_key(each) for each in self.second]} if self.second else {})

    def pinned(self) -> Input:
        keys = [forge.enc(_key(each)).hex() for each in self.first]
        second = [forge.enc(_key(each)).hex() for each in self.second]
        return {"threshold": self.threshold, "keys": keys} | ({"post_quantum_keys": second} if second else {})


def _key(signer: SoftwareSigner) -> Any:
    key = signer.public_key
    return forge.cose_key(int(key.algorithm), key.public)


def _listed(signer: SoftwareSigner, uses: list[int], *more: Any, exp: int = NOW + 365 * DAY) -> Any:
    return {1: _key(signer), 2: uses, 3: NOW - 365 * DAY, 4: exp} | ({5: list(more)} if more else {})


class Mirror:
    """What can be had from it; ``trust`` is what a terminal trusts that syncs."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        first = [generate_signer(world.entropy)[0] for _ in range(11)]
        second = [ml_dsa_signer(f"root {number}") for number in range(5)]
        self.generations = (
            Generation(2, first[:3], second[:3]),
            Generation(1, first[3:5], second[3:]),
            Generation(2, first[5:7], ()),
        )
        self.stranger, self.ended, self.withdrawn, self.other_use = first[7:]
        self.issuer = world.issuer_signer
        self.second, self.second_withdrawn = ml_dsa_signer("issuer"), ml_dsa_signer("issuer, withdrawn")
        self.trust_lists = {version: self.trust_list(version) for version in VERSIONS}
        self.wrong_trust_lists = {version: [self._wrong_trust_list(version) for _ in range(25)] for version in VERSIONS}
        self.trust = {
            "trust_list": self.trust_list(1).hex(),
            "roots": self.generations[0].pinned(),
            "environment": "test",
        }
        self.states = dict(zip(SEQUENCES, self._states(), strict=True))
        self.snapshots = {sequence: self.snapshot(sequence) for sequence in SEQUENCES}

    # --- trust lists

    def _generations(self, version: int) -> tuple[Generation, Generation]:
        """Of the list before and of this one: exchanged with versions 3 and 5."""
        old, new = [min((number - 1) // 2, 2) for number in (version - 1, version)]
        return self.generations[max(old, 0)], self.generations[new]

    def trust_claims(self, version: int) -> Any:
        keys = [
            _listed(self.issuer, [1, 2, 3]),
            _listed(self.ended, [2], exp=NOW - 3 * DAY),
            _listed(self.withdrawn, [2], NOW - 3 * DAY, True),
            _listed(self.other_use, [1, 3]),
            _listed(self.second, [5]),
            _listed(self.second_withdrawn, [5], NOW + DAY, False),
        ]
        issuer = {1: ISSUER_ID, 2: "Assurance maladie", 3: keys, 4: STATUS_URI}
        other = {1: "fr-other", 2: "Autre caisse", 3: [_listed(self.stranger, [2])], 4: "https://status.example/other"}
        roots = self._generations(version)[1].root_set()
        return {1: version, 2: NOW - DAY, 3: NOW + 30 * DAY, 4: 1, 5: roots, 6: [issuer, other]}

    def trust_list(
        self, version: int, edit: forge.Edit | None = None, signers: Iterable[SoftwareSigner] | None = None
    ) -> bytes:
        if signers is None:
            old, new = self._generations(version)
            signers = [*old.enough, *(new.enough if new is not old else [])]
        payload = forge.enc(forge.edited(self.trust_claims(version), edit))
        return forge.enc([payload, forge.detached(signers, forge.aad("trust-list"), payload)])

    def _wrong_trust_list(self, version: int) -> bytes:
        """Of that version, and wrong, or only different."""
        rng = self.rng
        old, new = self._generations(version)
        everybody = [each for generation in self.generations for each in (*generation.first, *generation.second)]
        few: list[SoftwareSigner] = rng.choice(
            (
                [*old.first[:1], *old.second],  # fewer than the threshold, at times
                [*old.first[:1] * 2, *new.first],
                [*old.first, *new.first],
                [*old.enough, *new.first, *new.second[:1]],
                list(old.enough),
                list(new.enough),
                rng.sample(everybody, rng.randrange(1, len(everybody))),
                [self.stranger, *old.enough, *new.enough],
            )
        )
        claims = self.trust_claims(version)
        unsound = rng.choice(forge.SMALL_ORDER)
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                becomes(encodable(rng, claims)),
                forge.put((4,), 0),
                forge.put((5, 1), rng.randrange(4)),
                forge.put((5, 2, 0), forge.cose_key(-19, unsound)),
                forge.put((6, 0, 3, 0, 1), forge.cose_key(-19, unsound)),
                forge.put((6, 0, 3, rng.randrange(6), 5), [rng.choice((0, -1, NOW)), rng.choice((True, False, None))]),
                forge.put((6, 0, 3, 4, 2), rng.choice(([5], [2], [5, 5], [2, 5]))),
                forge.put((6, 0, 2), "Another name"),
                forge.put((3,), NOW - rng.choice((DAY, DAY - 1))),
            )
        )
        makers: tuple[Maker, ...] = (
            lambda: self.trust_list(version, signers=few),
            lambda: self.trust_list(version, edit),
            lambda: spoilt(rng, self.trust_lists[version]),
        )
        return rng.choice(makers)()

    def chain(self) -> Input:
        """Lists in the order in which a terminal gets them, that may have slept or be lied to."""
        rng, version, lists = self.rng, 0, []
        for _ in range(rng.randrange(1, 6)):
            step = rng.choice((1, 1, 1, 1, 2, 2, 0, -1))
            of = min(max(version + step, 1), VERSIONS[-1])
            if rng.random() < 0.6:
                lists.append(self.trust_lists[of])
                version = max(version, of)
            else:
                lists.append(rng.choice(self.wrong_trust_lists[of]))
        return {
            "roots": self.generations[0 if rng.random() < 0.9 else 1].pinned(),
            "environment": "test" if rng.random() < 0.97 else "production",
            "post_quantum": rng.random() < 0.3,
            "lists": [each.hex() for each in lists],
        }

    # --- what an issuer publishes

    def _states(self) -> Iterable[Lists]:
        """Its lists at each moment; one is added, one grows."""
        lists = {0: bytes(3), 5: bytes(40), 700: bytes(300)}
        for sequence in SEQUENCES:
            if sequence == 3:
                lists = lists | {4000: bytes(20)}
            if sequence == 5:
                lists = lists | {5: lists[5] + bytes(25)}
            yield lists
            lists = {number: self._churn(entries) for number, entries in lists.items()}

    def _churn(self, entries: bytes) -> bytes:
        changed = bytearray(entries)
        for _ in range(self.rng.randrange(1 + len(entries) // 8)):
            changed[self.rng.randrange(len(changed))] ^= 1 << self.rng.randrange(8)
        return bytes(changed)

    @staticmethod
    def _made_at(sequence: int) -> int:
        """One a day, the last one today."""
        return NOW - (SEQUENCES[-1] - sequence) * DAY

    def snapshot_claims(self, sequence: int) -> Any:
        return forge.snapshot_claims(self.states[sequence], sequence=sequence, iat=self._made_at(sequence))

    def snapshot(
        self, sequence: int, edit: forge.Edit | None = None, signers: list[SoftwareSigner] | None = None
    ) -> bytes:
        signers = [self.issuer, self.second] if signers is None else signers
        return forge.snapshot(self.world, self.snapshot_claims(sequence), edit, signers=signers)

    def wrong_snapshot(self, sequence: int) -> bytes:
        rng = self.rng
        claims = self.snapshot_claims(sequence)
        keys = [
            self.issuer,
            self.ended,
            self.withdrawn,
            self.other_use,
            self.stranger,
            self.second,
            self.second_withdrawn,
        ]
        named = claims[forge.SNAPSHOT][2]
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                becomes(encodable(rng, claims)),
                forge.put((1,), rng.choice(("fr-other", "fr-nobody"))),
                forge.put((6,), NOW + rng.choice((300, 301))),
                forge.put((4,), claims[6] + rng.choice((0, 1))),
                forge.put((6,), NOW - 400 * DAY),
                forge.put((forge.SNAPSHOT, 2), rng.choice((named[::-1], named * 2, named[:-1]))),
                forge.put((forge.SNAPSHOT, 2, rng.randrange(len(named)), 1), rng.choice((0, 1, 262_144, 262_145))),
                forge.put((forge.SNAPSHOT, 2, rng.randrange(len(named)), 2), rng.randbytes(32)),
            )
        )
        makers: tuple[Maker, ...] = (
            lambda: self.snapshot(sequence, edit),
            lambda: self.snapshot(sequence, signers=rng.sample(keys, rng.randrange(1, 5))),
            lambda: forge.snapshot(self.world, claims, signers=[self.issuer, self.second], label="trust-list"),
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
        digests = [self.snapshots[each] for each in (start, to)]
        return forge.delta(self.world, *digests, self.changes(start, to), edit, **by)

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
            lambda: self.delta(
                start, to, signer=rng.choice((self.stranger, self.ended, self.withdrawn, self.other_use))
            ),
            lambda: self.delta(start, to, label="status-list"),
            lambda: spoilt(rng, self.delta(start, to)),
        )
        return rng.choice(makers)()

    def _deltas(self, start: int, to: int) -> list[bytes]:
        """A way from one to the other, at times one that does not lead there."""
        rng, found = self.rng, []
        while start < to:
            step = min(start + rng.choice((1, 1, 2)), to)
            make = self.delta if rng.random() < 0.85 else self.wrong_delta
            found.append(make(start, step))
            start = step
        if found and rng.random() < 0.1:
            rng.choice((found.reverse, found.pop, lambda: found.insert(0, found[-1])))()
        return found

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
        signer = rng.choice((self.stranger, self.ended, self.withdrawn, self.other_use))
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
        kid = forge.kid(self.issuer.public_key.public)
        return forge.status_list(
            self.world,
            payload=forge.dec(self.status_list(entries, number))[2],
            signer=self.stranger,
            protected=forge.enc({1: -19, 4: kid, 16: "application/statuslist+cwt"}),
        )

    def one_list(self) -> Input:
        """For the layer status-list."""
        state = self.states[self.rng.choice(SEQUENCES)]
        number = self.rng.choice(sorted(state))
        make = self.status_list if self.rng.random() < 0.2 else self.wrong_status_list
        return {**self.trust, "bytes": make(state[number], number).hex(), "idx": self.rng.randrange(200)}

    def _files(self, state: Lists) -> list[bytes]:
        """The lists, at times one wrong, missing, of another day, or too many."""
        rng = self.rng
        files = {number: self.status_list(entries, number) for number, entries in state.items()}
        if rng.random() < 0.3:
            number = rng.choice(sorted(files))
            entries = rng.choice((state[number], self._churn(state[number]), state[number] + b"\0"))
            make = rng.choice((self.status_list, self.wrong_status_list))
            files[number] = make(entries, number)
        found = list(files.values())
        if rng.random() < 0.1:
            rng.choice((found.pop, found.clear, lambda: found.append(rng.randbytes(9)), found.reverse))()
        return found

    # --- a whole sync

    def sync(self) -> Input:
        """For the layer status-sync."""
        rng = self.rng
        to = rng.choice(SEQUENCES)
        held = None if rng.random() < 0.2 else min(max(1, to - rng.choice((0, 1, 1, 2, 3, -1))), SEQUENCES[-1])
        # What is held was accepted, so it is not ahead of the clock.
        now = max(
            NOW if rng.random() < 0.6 else self._made_at(to) - rng.choice((300, 301)), self._made_at(held or 1) - 300
        )
        found = self.snapshots[to] if rng.random() < 0.75 else self.wrong_snapshot(to)
        look_up = [[number, rng.choice((0, rng.randrange(100), 1_048_575))] for number in (0, 5, 6, 700, 4000)]
        return {
            **self.trust,
            "held": held and self._held(held),
            "snapshot": found.hex(),
            "deltas": [each.hex() for each in (self._deltas(held or 1, to) if rng.random() < 0.9 else [])],
            "lists": [each.hex() for each in self._files(self.states[to])],
            "look_up": look_up,
            "post_quantum": rng.random() < 0.5,
            "now": now,
        }

    def _held(self, sequence: int) -> Input:
        lists = {str(number): entries.hex() for number, entries in self.states[sequence].items()}
        return {"snapshot": self.snapshots[sequence].hex(), "lists": lists}
