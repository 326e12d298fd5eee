"""Status snapshots: steps N1 to N7 (spec section 11.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from vitaletoken.errors import Code, InputError, UsageError, refusal
from vitaletoken.rules import context, detached
from vitaletoken.rules.floor import TOLERANCE
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.status import VerifiedStatusList, verify_status_list
from vitaletoken.rules.trust import VerifiedTrustList, valid_at
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm, KeyUse
from vitaletoken.wire.snapshot import (
    MAX_SIGNATURES,
    MAX_SIZE,
    ListDigest,
    ParsedSnapshot,
    SnapshotClaims,
    parse_snapshot,
    serialize_claims,
)


class SnapshotMark(NamedTuple):
    """Of the newest snapshot of an issuer that was accepted: sequence number, SHA-256 of the payload, and iat."""

    sequence: int
    digest: bytes
    iat: int


class _VerifiedSnapshot(NamedTuple):
    claims: SnapshotClaims
    digest: bytes
    lists: Mapping[int, ListDigest]
    signer: CoseKey
    verified_under: VerifiedTrustList


class VerifiedSnapshot(Proof, _VerifiedSnapshot):
    """A snapshot that its issuer signed. Made by ``verify_snapshot`` alone. The lists are not in it (N7).

    Attributes:
        digest: SHA-256 of its payload.
        lists: what it says of each list, by its number.
        signer, verified_under: the Ed25519 key that signed it, and the trust list that said so.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedSnapshot(issuer={self.claims.iss!r}, sequence={self.claims.sequence}, iat={self.claims.iat})"

    @property
    def mark(self) -> SnapshotMark:
        """What the snapshot after this one is held against."""
        return SnapshotMark(self.claims.sequence, self.digest, self.claims.iat)


def verify_snapshot(
    data: bytes, trust: VerifiedTrustList, now: int, newest: SnapshotMark | None, *, post_quantum: bool = False
) -> VerifiedSnapshot:
    """Steps N1 to N6.

    Args:
        data: the snapshot's file, at most 262,144 bytes.
        now: NumericDate, seconds.
        newest: of the snapshots of this issuer that were accepted here; None for none. Where the trust list no longer gives its
            key, with 0 and no digest: the sequence begins anew, the time does not (SNAP-3).
        post_quantum: whether an ML-DSA-65 signature is required; it is in any case where ``trust`` was verified so.

    Raises:
        Malformed: ``snapshot-structure``.
        Untrusted: ``snapshot-issuer``, ``snapshot-signature``, ``snapshot-post-quantum``.
        Rejected: ``snapshot-rollback``, ``snapshot-not-yet-valid``.
    """
    parsed = parse_snapshot(data)
    claims = parsed.unverified_claims
    keys = _keys(trust, claims, KeyUse.STATUS_LIST)
    if not detached.named(keys, parsed.signatures):
        raise refusal(Code.SNAPSHOT_ISSUER)
    signers = _signers(keys, parsed)
    if not signers:
        raise refusal(Code.SNAPSHOT_SIGNATURE)
    if (post_quantum or trust.post_quantum) and not _signers(_keys(trust, claims, KeyUse.SNAPSHOT_SECOND), parsed):
        raise refusal(Code.SNAPSHOT_POST_QUANTUM)
    digest = hashlib.sha256(parsed.payload).digest()
    if newest is not None and (
        claims.iat < newest.iat
        or claims.sequence < newest.sequence
        or (claims.sequence == newest.sequence and digest != newest.digest)
    ):  # N5
        raise refusal(Code.SNAPSHOT_ROLLBACK)
    if claims.iat > now + TOLERANCE:
        raise refusal(Code.SNAPSHOT_NOT_YET_VALID)
    lists = MappingProxyType({entry.number: entry for entry in claims.lists})
    return prove(VerifiedSnapshot, (claims, digest, lists, signers[0], trust))


def _keys(trust: VerifiedTrustList, claims: SnapshotClaims, use: KeyUse) -> list[CoseKey]:
    """The issuer's keys for that use that are valid at the snapshot's iat."""
    issuer = trust.issuer(claims.iss)
    if issuer is None:
        return []
    return [entry.key for entry in valid_at(issuer.keys, claims.iat) if use in entry.uses]


def _signers(keys: list[CoseKey], parsed: ParsedSnapshot) -> list[CoseKey]:
    """Those of ``keys`` that signed, in their order."""
    made_by = detached.signers(keys, parsed.signatures, context.SNAPSHOT_AAD, parsed.payload)
    return [key for key in keys if key in made_by]


def status_list_of(snapshot: VerifiedSnapshot, number: int, entries: bytes) -> VerifiedStatusList:
    """Step N7, for the list of that number: the times and the key are the snapshot's.

    Args:
        entries: the inflated list; kept as it is.

    Raises:
        Untrusted: ``snapshot-list``: the snapshot names no such list, or with another size or digest.
    """
    said = snapshot.lists.get(number)
    if said is None or len(entries) != said.size or hashlib.sha256(entries).digest() != said.digest:
        raise refusal(Code.SNAPSHOT_LIST)
    claims = snapshot.claims
    return prove(
        VerifiedStatusList,
        (claims.iss, number, claims.iat, claims.exp, claims.ttl, entries, snapshot.signer, snapshot.verified_under),
    )


def status_list_from(snapshot: VerifiedSnapshot, data: bytes, trust: VerifiedTrustList) -> VerifiedStatusList:
    """Step N7 for a status list as it is published: its signature is verified before it is inflated (STATUS-2).

    Args:
        data: the status list's file, at most 266,240 bytes.

    Raises:
        Untrusted: ``snapshot-list``: one of the steps S1 to S4 fails, or it is not the list that the snapshot names.
    """
    try:
        found = verify_status_list(data, trust)
    except InputError:
        raise refusal(Code.SNAPSHOT_LIST) from None
    if found.issuer != snapshot.claims.iss:
        raise refusal(Code.SNAPSHOT_LIST)
    return status_list_of(snapshot, found.number, found.entries)


def snapshot_payload(claims: SnapshotClaims) -> bytes:
    """What is signed, and what ``from`` and ``to`` of deltas are the SHA-256 of.

    Raises:
        UsageError: the claims are not in form.
    """
    return serialize_claims(claims)


def snapshot_tbs(claims: SnapshotClaims, key: CoseKey) -> bytes:
    """The bytes that the holder of ``key`` signs to vouch for ``claims``; Ed25519 or ML-DSA-65.

    Raises:
        UsageError: the claims are not in form.
    """
    return detached.tbs(key, context.SNAPSHOT_AAD, snapshot_payload(claims))


def combine_snapshot(claims: SnapshotClaims, signatures: Mapping[CoseKey, bytes]) -> bytes:
    """The snapshot's file, from the claims and what each key made over ``snapshot_tbs``.

    Raises:
        UsageError: the claims are not in form, there are no signatures or too many, none is of Ed25519, or it is too long.
    """
    if not any(key.algorithm is Algorithm.ED25519 for key in signatures):
        raise UsageError("a snapshot has an Ed25519 signature")
    return detached.combine(snapshot_payload(claims), signatures, MAX_SIGNATURES, MAX_SIZE)
