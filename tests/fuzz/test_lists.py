"""A hundred thousand hostile files, the same ones in each run, from a mirror through a terminal's updater into its stores.

Corrupted, cut, rolled back, put in each other's places, made to burst what reads them, and signed as they should be by an
issuer that says what is not so. None is accepted, nothing but the report comes out, and what was held is held still.
"""

from __future__ import annotations

import dataclasses
import random
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.mutations import Mutation, Random, Trees
from tests.nation import Insurer, Nation, files_of, found_in
from tests.world import DAY, NOW, SeededEntropy, ml_dsa_signer, signed_by
from vitaletoken import Code, Environment, InputError, RootSet
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer
from vitaletoken.crypto import labels
from vitaletoken.publisher import Publication
from vitaletoken.rules.delta import sign_delta
from vitaletoken.rules.snapshot import combine_snapshot, snapshot_tbs
from vitaletoken.rules.updates import Concern, Outcome, UpdateReport
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.delta import Changes, DeltaClaims, decode_gaps, encode_gaps, parse_delta
from vitaletoken.wire.registry import Status
from vitaletoken.wire.snapshot import ListDigest, SnapshotClaims, parse_snapshot
from vitaletoken.wire.trust_list import parse_trust_list

FILES = 100_000
INSURERS = 8
#: Of a hundred files so many are large ones; they cost a hundred times what the others do.
LARGE = 1

#: 200 MB.
BOMB = zlib.compress(bytes(200_000_000), 9)

Make = Callable[[Random], bytes]
#: By path, and by how often it was asked for before.
Hostile = dict[tuple[str, int], bytes]


class Spoiling:
    """Blind changes, and changes that know what they change, of some messages of one kind."""

    def __init__(self, corpus: list[bytes], spared: Callable[[bytes], bool] | None = None) -> None:
        self._corpus = corpus
        self._spared = spared or (lambda data: False)
        trees = Trees(corpus)
        self._mutations: tuple[Mutation, ...] = (
            mutations.flip_bits, mutations.edit_bytes, mutations.splice, mutations.noise, trees.edit, trees.exchange,
        )  # fmt: skip

    def __call__(self, rng: Random) -> bytes:
        while True:
            data = rng.choice(self._mutations)(rng, self._corpus)
            if data not in self._corpus and not self._spared(data):
                return data


# --- snapshots


def signed_snapshot(claims: SnapshotClaims, *signers: SoftwareSigner) -> bytes:
    return combine_snapshot(claims, {s.public_key: s.sign(snapshot_tbs(claims, s.public_key)) for s in signers})


def wrong_snapshots(insurer: Insurer, other: Insurer) -> list[bytes]:
    """Each in form, and nearly all signed by the insurer itself; not one that may be taken after its second one."""
    newest = insurer.published[-1].snapshot
    claims = parse_snapshot(newest).unverified_claims
    digest = claims.lists[0].digest

    def with_list(number: int, **changes: object) -> SnapshotClaims:
        lists = [entry._replace(**changes) if at == number else entry for at, entry in enumerate(claims.lists)]
        return dataclasses.replace(claims, lists=tuple(lists))

    wrong = [
        dataclasses.replace(claims, sequence=2),
        dataclasses.replace(claims, sequence=1),
        dataclasses.replace(claims, iat=insurer.clock.time + 301),
        dataclasses.replace(claims, iat=NOW - 366 * DAY, exp=NOW - 336 * DAY),  # before the key's window
        dataclasses.replace(claims, iat=claims.iat - DAY - 1, sequence=9),  # a second earlier than what is held
        dataclasses.replace(claims, iss=other.id),
        dataclasses.replace(claims, iss="nobody"),
        dataclasses.replace(claims, lists=(*claims.lists, ListDigest(9, 16, digest))),
        dataclasses.replace(claims, lists=(ListDigest(9, 16, digest),)),
        *(with_list(number, digest=bytes(32)) for number in range(3)),
        *(with_list(number, size=size) for number in range(3) for size in (1, 15, 17, 262_144)),
        with_list(0, digest=claims.lists[1].digest),
    ]
    label = forge.aad(labels.STATUS_DELTA)
    payload = forge.dec(newest)[0]
    key = insurer.signer.public_key.public
    mislabelled = forge.sign1(insurer.signer.sign, forge.header_kid(key), label, payload)
    second = ml_dsa_signer(insurer.id)
    layer = forge.dec(signed_snapshot(claims, insurer.signer, second))[1][1]
    return [
        *(signed_snapshot(each, insurer.signer) for each in wrong),
        insurer.published[0].snapshot,
        other.published[-1].snapshot,
        signed_snapshot(claims, other.signer),
        forge.enc([payload, [[mislabelled[0], {}, None, mislabelled[3]]]]),
        forge.enc([payload, [layer]]),
        newest + b"\0",
        newest + bytes(262_144),
    ]


# --- deltas


def entries_of(publication: Publication) -> dict[tuple[int, int], int]:
    """The value at each list and index, the slow way."""
    entries = {}
    for number, data in publication.lists.items():
        packed = zlib.decompress(forge.dec(forge.dec(data)[2])[65533]["lst"])
        entries |= {(number, idx): packed[idx // 4] >> 2 * (idx % 4) & 3 for idx in range(4 * len(packed))}
    return entries


def is_right(insurer: Insurer, changes: Changes) -> bool:
    """Whether they lead to the third publication all the same: as one that changes an entry to what it is."""
    entries = entries_of(insurer.published[-2])
    for number, values in changes:
        for value, gaps in values:
            entries |= dict.fromkeys([(number, idx) for idx in decode_gaps(gaps, 1 << 20) or [-1]], value)
    return entries == entries_of(insurer.published[-1])


def wrong_deltas(insurer: Insurer, other: Insurer) -> list[bytes]:
    """Signed by the insurer, in form, and not what leads to its third publication."""
    newest = insurer.published[-1].delta or b""
    claims = parse_delta(newest).unverified_claims

    def signed(**changes: object) -> bytes:
        made: DeltaClaims = dataclasses.replace(claims, **changes)  # type: ignore[arg-type]  # fields of several types
        return sign_delta(made, insurer.signer.public_key, insurer.signer.sign)

    first, *rest = claims.changes
    number, ((value, gaps), *values) = first
    others = [
        (*rest,),
        (first,),
        (first, *rest[:1]),
        ((number, tuple(values)), *rest),
        ((number, ((value, gaps + b"\1"), *values)), *rest),
        ((number, ((value, encode_gaps([63])), *values)), *rest),
        ((number, ((value, encode_gaps([64])), *values)), *rest),
        ((number, ((value, b"\xff\xff\xff\xff\x7f"), *values)), *rest),
        (*claims.changes, (3, ((1, b"\0"),))),
        (*claims.changes, (65_535, ((1, b"\0"),))),
    ]
    return [
        *(signed(changes=each) for each in others if not is_right(insurer, each)),
        signed(start=claims.to),
        signed(to=claims.start),
        signed(to=bytes(32)),
        signed(iss=other.id),
        insurer.published[1].delta or b"",
        other.published[-1].delta or b"",
        sign_delta(claims, other.signer.public_key, other.signer.sign),
        newest + b"\0",
    ]


def large_deltas(insurer: Insurer) -> list[bytes]:
    """As much work as a delta can be."""
    claims = parse_delta(insurer.published[-1].delta or b"").unverified_claims
    contents = [
        ((0, ((1, b"\1" * 250_000),)),),
        ((0, ((1, b"\0" + b"\x80" * 200_000 + b"\1"),)),),
        tuple((number, ((1, b"\0"),)) for number in range(2000)),
    ]
    key = insurer.signer
    return [sign_delta(dataclasses.replace(claims, changes=each), key.public_key, key.sign) for each in contents]


# --- lists


def signed_list(insurer: Insurer, number: int, **changes: object) -> bytes:
    """The third publication's list of that number with other claims, signed by the insurer; -1 for ``lst``."""
    payload = forge.dec(forge.dec(insurer.published[-1].lists[number])[2])
    if "lst" in changes:
        payload[65533]["lst"] = changes.pop("lst")
    payload |= {int(key[1:]): value for key, value in changes.items()}
    return list_of(insurer, forge.enc(payload))


def list_of(insurer: Insurer, payload: bytes) -> bytes:
    header = forge.enc({1: -19, 4: forge.kid(insurer.signer.public_key.public), 16: "application/statuslist+cwt"})
    return forge.enc(forge.sign1(insurer.signer.sign, header, b"", payload))


def wrong_lists(insurer: Insurer, other: Insurer, number: int) -> list[bytes]:
    """Nearly all signed by the insurer; none of them is its third list of that number."""
    newest, another = insurer.published[-1].lists, (number + 1) % 3
    lst = forge.dec(forge.dec(newest[number])[2])[65533]["lst"]
    streams = [
        b"", lst[:-1], lst[:-5], lst[1:], lst + b"\0", lst + lst, lst[:2] + bytes(4), zlib.compress(b""),
        zlib.compress(bytes(16)), zlib.compress(zlib.decompress(lst) + b"\0"), zlib.compress(zlib.decompress(lst)[:-1]),
        lst[:-1] + bytes([lst[-1] ^ 1]),
    ]  # fmt: skip
    return [
        *(signed_list(insurer, number, lst=stream) for stream in streams),
        signed_list(insurer, number, _2=f"{insurer.uri}/{another}"),
        signed_list(insurer, number, _2=f"{other.uri}/{number}"),
        signed_list(insurer, number, _2=insurer.uri),
        signed_list(insurer, number, _6=NOW - 366 * DAY),
        newest[another],
        other.published[-1].lists[number],
        insurer.published[0].lists[number],
        insurer.published[1].lists[number],
        newest[number] + b"\0",
    ]


def large_lists(insurer: Insurer, number: int) -> list[bytes]:
    """Bombs, and the longest that there can be."""
    return [
        signed_list(insurer, number, lst=BOMB),
        signed_list(insurer, number, lst=zlib.compress(bytes(262_145))),
        signed_list(insurer, number, lst=zlib.compress(random.Random(1).randbytes(262_000))),
        bytes(10_000_000),
    ]


# --- trust lists


def wrong_trust_lists(nation: Nation) -> list[bytes]:
    """None of them may follow the second version."""
    entropy = SeededEntropy("thieves")
    thieves = [generate_signer(entropy)[0] for _ in range(3)]
    own = RootSet(2, tuple(thief.public_key for thief in thieves))
    claims = parse_trust_list(nation.trust_list(3)).unverified_claims
    entry = claims.issuers[0]
    weak = dataclasses.replace(entry, keys=(dataclasses.replace(entry.keys[0], key=ed25519_key(forge.SMALL_ORDER[0])),))
    return [
        nation.trust_list(1),
        nation.trust_list(2, exp=NOW + DAY),
        nation.trust_list(3, thieves),
        nation.trust_list(3, nation.root_signers[:1]),
        signed_by(claims, [nation.root_signers[0], *thieves]),
        nation.trust_list(3, roots=own),
        nation.trust_list(3, thieves, roots=own),
        nation.trust_list(3, environment=Environment.PRODUCTION),
        nation.trust_list(3, issuers=(weak,)),
        nation.trust_list(3) + b"\0",
        nation.trust_list(3) + bytes(262_144),
    ]


# --- all of it


class Attack:
    """What a hostile mirror has for one insurer."""

    def __init__(self, insurer: Insurer, other: Insurer) -> None:
        self.at = f"status/{insurer.id}"
        start = insurer.published[-1].delta_from
        assert start is not None
        self.delta_path = f"{self.at}/delta/{start.hex()}.cbor"
        publications = insurer.published
        snapshots, deltas = wrong_snapshots(insurer, other), wrong_deltas(insurer, other)
        own = [each.snapshot for each in publications]
        self._snapshot = (snapshots, Spoiling([*own, *snapshots[:4]], lambda data: is_one_of(data, own)))
        self._delta = (deltas, Spoiling([each.delta for each in publications if each.delta] + deltas[:4]))
        lists = [wrong_lists(insurer, other, number) for number in range(3)]
        self._lists = [(lists[n], Spoiling([each.lists[n] for each in publications])) for n in range(3)]
        self._large = [*large_deltas(insurer)], [large_lists(insurer, number) for number in range(3)]

    def files(self, rng: Random) -> Hostile:
        """Hostile snapshots beside genuine lists; or a hostile delta and a hostile list beside the genuine snapshot.

        In the second case the snapshot is asked for again, and then is hostile too.
        """
        path = f"{self.at}/snapshot.cbor"
        again = {(path, 1): chosen(rng, *self._snapshot)}
        if rng.random() < 0.4:
            return {(path, 0): chosen(rng, *self._snapshot), **again}
        number, large = rng.choice((0, 0, 0, 1, 2)), rng.randrange(100) < LARGE
        path = f"{self.at}/list/{number}.cbor"
        if large:
            return {
                (self.delta_path, 0): rng.choice(self._large[0]),
                (path, 0): rng.choice(self._large[1][number]),
                **again,
            }
        return {(self.delta_path, 0): chosen(rng, *self._delta), (path, 0): chosen(rng, *self._lists[number]), **again}


class HostileMirror:
    """Genuine files, but for those that are hostile the first or the second time that they are asked for."""

    def __init__(self, genuine: dict[str, bytes]) -> None:
        self._genuine = genuine
        self.handed_out = 0

    def begin(self, hostile: Hostile) -> None:
        self._hostile, self._times = hostile, Counter[str]()

    def fetch(self, path: str, limit: int) -> bytes | None:
        data = self._hostile.get((path, self._times[path]))
        self._times[path] += 1
        if data is None:
            return self._genuine.get(path)
        self.handed_out += 1
        return data[: limit + 1]


def chosen(rng: Random, wrong: list[bytes], spoil: Make) -> bytes:
    return rng.choice(wrong) if rng.random() < 0.4 else spoil(rng)


def test_a_hundred_thousand_hostile_files(tmp_path: Path) -> None:
    nation, rng = Nation(tmp_path, INSURERS), random.Random("lists")
    nation.put_trust_list()
    for _ in range(2):
        publish(nation)
    with nation.store() as store:
        nation.updater(store).update()
        held = {insurer.id: insurer.statuses() for insurer in nation.insurers}
        publish(nation)
        genuine = {path: data for insurer in nation.insurers for path, data in files_of(insurer.published[-1]).items()}
        attacks = [
            Attack(insurer, other)
            for insurer, other in zip(nation.insurers, nation.insurers[1:] + nation.insurers[:1], strict=True)
        ]
        trust_lists = wrong_trust_lists(nation)
        known = parse_trust_list(nation.trust_list(2)).payload
        spoil_trust = Spoiling([nation.trust_list(3), *trust_lists[:4]], lambda data: says(data, known))
        mirror, updates, codes = HostileMirror(genuine), 0, Counter[Code]()
        updater = nation.updater(store, mirror)
        while mirror.handed_out < FILES:
            hostile: Hostile = {("trust/newest.cbor", 0): chosen(rng, trust_lists, spoil_trust)}
            for attack in attacks:
                hostile |= attack.files(rng)
            mirror.begin(hostile)
            report = updater.update()
            updates += 1
            require_refused(report, codes)
            if updates % 500 == 1:
                assert {insurer.id: found_in(store, insurer) for insurer in nation.insurers} == held
        assert {insurer.id: found_in(store, insurer) for insurer in nation.insurers} == held
        assert set(codes) >= REFUSALS
        mirror.begin({("trust/newest.cbor", 0): nation.trust_list(3)})
        report = updater.update()
        assert report.trust.outcome is Outcome.NEW
        assert {update.outcome for update in report.issuers} == {Outcome.DELTAS}
        for insurer in nation.insurers:
            assert found_in(store, insurer) == insurer.statuses()


def says(data: bytes, payload: bytes) -> bool:
    """The same as the trust list held, whoever signed it: there is nothing to refuse then."""
    try:
        return parse_trust_list(data).payload == payload
    except InputError:
        return False


def is_one_of(data: bytes, genuine: list[bytes]) -> bool:
    """One of these snapshots with more signatures beside its own: they do no harm, and it is what it is."""
    try:
        parsed = parse_snapshot(data)
    except InputError:
        return False
    return any(
        parsed.payload == own.payload and own.signatures[0] in parsed.signatures for own in map(parse_snapshot, genuine)
    )


#: The files get as far as each of these steps.
REFUSALS = {code for code in Code if code.startswith(("trust-list-", "snapshot-", "delta-"))} - {
    Code.TRUST_LIST_EXPIRED,
    Code.TRUST_LIST_POST_QUANTUM,
    Code.SNAPSHOT_POST_QUANTUM,
}


def publish(nation: Nation) -> None:
    """A day later, with changes in each list."""
    nation.clock.time += DAY
    for insurer in nation.insurers:
        for number in range(insurer.lists):
            for idx in insurer.random.sample(range(insurer.capacity), 6):
                before = insurer.register.statuses(number).get(idx, Status.VALID)
                insurer.register.set(
                    number, idx, insurer.random.choice([each for each in Status if each is not before])
                )
        nation.mirror.put(insurer.publish(0))


def require_refused(report: UpdateReport, codes: Counter[Code]) -> None:
    assert report.trust.outcome is Outcome.FAILED
    assert report.trust.number == 2
    codes.update(report.trust.refusals)
    assert len(report.trust.refusals) == 1
    for update in report.issuers:
        assert (update.outcome, update.number) == (Outcome.FAILED, 2)
        assert update.refusals
        codes.update(update.refusals)
    assert Concern.CLOCK_BEHIND not in report.concerns
