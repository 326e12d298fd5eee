"""The status snapshot message (spec section 11.2): what all status lists of one issuer are at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, detached
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import SNAPSHOT_CLAIM
from vitaletoken.wire.status_list import MAX_INFLATED

MAX_SIZE: Final = 262_144
MAX_SIGNATURES: Final = 4
MAX_LISTS: Final = 4096
#: Containers and strings of the claims: the frame's, and two of each list.
MAX_ITEMS: Final = 4 + MAX_LISTS * 2
#: Seconds from iat to exp, 31 days (SNAP-1).
MAX_LIFETIME: Final = 2_678_400


class ListDigest(NamedTuple):
    """[list number, bytes of the inflated list, their SHA-256]"""

    number: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class SnapshotClaims:
    """{1: iss, 4: exp, 6: iat, 65534: ttl, -65542: {1: sequence number, 2: [1*4096 list digest]}}; seconds.

    ``lists`` stand in the order of their numbers.
    """

    iss: str
    exp: int
    iat: int
    ttl: int
    sequence: int
    lists: tuple[ListDigest, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedSnapshot:
    """A snapshot in form. Nothing in it may be believed."""

    payload: bytes = field(repr=False)
    signatures: tuple[CoseSign1, ...] = field(repr=False)
    unverified_claims: SnapshotClaims


def parse_snapshot(data: bytes) -> ParsedSnapshot:
    """The snapshot in ``data``, step N1.

    Raises:
        Malformed: ``snapshot-structure``.
    """
    try:
        return _snapshot(data)
    except NotInForm:
        raise refusal(Code.SNAPSHOT_STRUCTURE) from None


def _checked_claims(
    iss: str, exp: int, iat: int, ttl: int, content: tuple[int, tuple[ListDigest, ...]]
) -> SnapshotClaims:
    if not 1 <= exp - iat <= MAX_LIFETIME:  # SNAP-1
        raise NotInForm("exp is not after iat")
    return SnapshotClaims(iss, exp, iat, ttl, *content)


def _checked_content(sequence: int, lists: tuple[ListDigest, ...]) -> tuple[int, tuple[ListDigest, ...]]:
    numbers = [entry.number for entry in lists]
    if any(after <= before for before, after in pairwise(numbers)):  # SNAP-1
        raise NotInForm("list numbers are not rising")
    return sequence, lists


_list_digest: Final = f.fixed(ListDigest, f.integer(0, 65535), f.integer(1, MAX_INFLATED), f.binary(32))
_snapshot_claims: Final = f.closed(
    _checked_claims,
    {
        1: f.issuer_id,
        4: f.time,
        6: f.time,
        65534: f.integer(1, 31_622_400),
        SNAPSHOT_CLAIM: f.closed(
            _checked_content, {1: f.integer(1, 2**32 - 1), 2: f.array_of(1, MAX_LISTS, _list_digest)}
        ),
    },
)


def _claims_of(payload: bytes) -> SnapshotClaims:
    return _snapshot_claims(cbor.decode(payload, MAX_SIZE, MAX_ITEMS))


def _parsed(payload: bytes, signatures: tuple[CoseSign1, ...]) -> ParsedSnapshot:
    return ParsedSnapshot(payload, signatures, _claims_of(payload))


_snapshot: Final = detached.reader(_parsed, MAX_SIZE, MAX_SIGNATURES)


def serialize_claims(claims: SnapshotClaims) -> bytes:
    """The payload that the issuer's keys sign.

    Raises:
        UsageError: the claims are not in form.
    """
    item = {
        1: claims.iss,
        4: claims.exp,
        6: claims.iat,
        65534: claims.ttl,
        SNAPSHOT_CLAIM: {1: claims.sequence, 2: [list(entry) for entry in claims.lists]},
    }
    return f.write(claims, item, _claims_of)
