"""The publisher: an issuer's status lists as of now, the snapshot that names them, and the delta from the publication before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import InputError, UsageError
from vitaletoken.ports import Clock, IssuerRegister, Signer
from vitaletoken.rules.delta import difference, sign_delta
from vitaletoken.rules.publication import pack, sign_status_list
from vitaletoken.rules.snapshot import combine_snapshot, snapshot_payload, snapshot_tbs
from vitaletoken.rules.status import CAPACITY, inflate
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire.delta import DeltaClaims
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.snapshot import MAX_LISTS, ListDigest, ParsedSnapshot, SnapshotClaims, parse_snapshot
from vitaletoken.wire.status_list import parse_status_list

#: Seconds after which a terminal should have fetched a newer publication.
TTL: Final = 86_400
#: Seconds after which no terminal accepts it.
LIFETIME: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Publication:
    """What an issuer publishes at one moment, as files.

    Attributes:
        issuer, sequence: whose, and the how manieth: from 1 on.
        snapshot: names all the lists.
        lists: the status lists, by number.
        delta: from the publication before; None for the first one, and where so much changed that the lists are the shorter way.
        delta_from: SHA-256 of the payload of the snapshot that the delta starts from, 32 bytes.
    """

    issuer: str
    sequence: int
    snapshot: bytes = field(repr=False)
    lists: Mapping[int, bytes] = field(repr=False)
    delta: bytes | None = field(repr=False, default=None)
    delta_from: bytes | None = None

    @classmethod
    def of(cls, snapshot: bytes, lists: Mapping[int, bytes]) -> Publication:
        """The publication that these files are. Nothing is verified. Raises ``UsageError``: the snapshot is not in form."""
        try:
            claims = parse_snapshot(snapshot).unverified_claims
        except InputError as error:
            raise UsageError(f"the publication cannot be read ({error.code})") from None
        return cls(claims.iss, claims.sequence, snapshot, lists)


class Publisher:
    """What makes one issuer's publications, from the register that its ``Issuer`` writes.

    Args:
        issuer_id, status_uri: as in the trust list.
        signer: an Ed25519 key that the trust list gives the use status list.
        second: an ML-DSA-65 key with the use of a snapshot's second signature, where the trust list has one.
        status_lists: how many lists there are, 1 to 4,096; never less than the issuer was given, and never less than before.
        capacity: entries of each list, a multiple of four.

    Raises:
        UsageError: a key of another algorithm, or a number of lists out of range.
    """

    def __init__(
        self,
        issuer_id: str,
        signer: Signer,
        *,
        register: IssuerRegister,
        clock: Clock,
        status_uri: str,
        second: Signer | None = None,
        status_lists: int = 1,
        capacity: int = CAPACITY,
    ) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("an issuer signs its status lists with Ed25519")
        if second is not None and second.public_key.algorithm is not Algorithm.ML_DSA_65:
            raise UsageError("the second signature of a snapshot is ML-DSA-65")
        if not 1 <= status_lists <= MAX_LISTS:
            raise UsageError(f"an issuer has 1 to {MAX_LISTS} status lists")
        self._id = issuer_id
        self._signer = signer
        self._kid = kid_of(signer.public_key)
        self._second = second
        self._register = register
        self._clock = clock
        self._status_uri = status_uri
        self._status_lists = status_lists
        self._capacity = capacity

    def publish(
        self, last: Publication | None, *, ttl: int = TTL, lifetime: int = LIFETIME, at_least: int = 1
    ) -> Publication:
        """The statuses as of now.

        The same register, time and ``last`` give the same bytes, except for the ML-DSA-65 signature: that is hedged.

        Args:
            last: the publication that stands, from which the delta starts; None only for the very first. One of which lists are
                damaged gives no delta.
            ttl, lifetime: seconds; lifetime at most 31 days.
            at_least: the sequence number is not below this. Minutes since 1970 let an issuer go on that has lost its last
                publication, or put an old one back: terminals take no number below the one they hold.

        Raises:
            UsageError: ``last`` is another issuer's, damaged, of a time that is still to come, or has lists that would be
                missing or shorter; a number, a size or a time out of range.
        """
        now = self._clock.now()
        before = None if last is None else self._parsed(last, now)
        entries = {n: pack(self._register.statuses(n), self._capacity) for n in range(self._status_lists)}
        claims = SnapshotClaims(
            iss=self._id,
            exp=now + lifetime,
            iat=now,
            ttl=ttl,
            sequence=max(at_least, 1 if before is None else before.unverified_claims.sequence + 1),
            lists=tuple(ListDigest(n, len(each), hashlib.sha256(each).digest()) for n, each in entries.items()),
        )
        if before is not None:
            _require_grown(before.unverified_claims, claims)
        signers = [self._signer] if self._second is None else [self._signer, self._second]
        snapshot = combine_snapshot(
            claims, {each.public_key: each.sign(snapshot_tbs(claims, each.public_key)) for each in signers}
        )
        lists = {
            number: sign_status_list(
                self._signer.sign,
                self._kid,
                base_uri=self._status_uri,
                number=number,
                iat=now,
                exp=claims.exp,
                ttl=ttl,
                entries=each,
            )
            for number, each in entries.items()
        }
        if last is None or before is None:
            return Publication(self._id, claims.sequence, snapshot, lists)
        start = hashlib.sha256(before.payload).digest()
        to = hashlib.sha256(snapshot_payload(claims)).digest()
        made = self._delta(_entries_of(last, before.unverified_claims), entries, start, to)
        return Publication(self._id, claims.sequence, snapshot, lists, made, made and start)

    def _parsed(self, last: Publication, now: int) -> ParsedSnapshot:
        """The snapshot of the last publication. It is the issuer's own: what is asked here is whether it is the right one."""
        try:
            before = parse_snapshot(last.snapshot)
        except InputError as error:
            raise UsageError(f"the last publication cannot be read ({error.code})") from None
        if before.unverified_claims.iss != self._id:
            raise UsageError("the last publication is another issuer's")
        if before.unverified_claims.iat > now:
            raise UsageError("the last publication is of a time that is still to come: is the clock right?")
        return before

    def _delta(
        self, old: Mapping[int, bytes] | None, new: Mapping[int, bytes], start: bytes, to: bytes
    ) -> bytes | None:
        """The signed delta; None where the lists before are not known, or where it would be longer than a delta may be."""
        if old is None:
            return None
        try:
            claims = DeltaClaims(self._id, start, to, difference(old, new))
            return sign_delta(claims, self._signer.public_key, self._signer.sign)
        except UsageError:  # too long; in form it is, whatever changed
            return None


def _require_grown(before: SnapshotClaims, after: SnapshotClaims) -> None:
    """No list is gone or shorter: cards have their entries there."""
    sizes = {entry.number: entry.size for entry in after.lists}
    if any(sizes.get(entry.number, 0) < entry.size for entry in before.lists):
        raise UsageError("a list of the last publication would be missing, or shorter")


def _entries_of(last: Publication, claims: SnapshotClaims) -> dict[int, bytes] | None:
    """The inflated lists of ``last``, exactly as its snapshot names them; None where they are not that."""
    entries = {}
    for named in claims.lists:
        try:
            each = inflate(parse_status_list(last.lists[named.number]).unverified_claims.lst)
        except (InputError, KeyError):
            return None
        if hashlib.sha256(each).digest() != named.digest:
            return None
        entries[named.number] = each
    return entries
