"""The status delta message (spec section 11.3): what changed from one snapshot to the next, in some two bytes a change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import lt
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import DELTA_CLAIM

MAX_SIZE: Final = 262_144
#: As many as a snapshot names.
MAX_LISTS: Final = 4096
#: Containers and strings of the claims: the frame's, and of each list two and of each of its four values two.
MAX_ITEMS: Final = 6 + MAX_LISTS * (2 + 4 * 2)

#: ((list number, ((new value, gaps), ...)), ...)
Changes = tuple[tuple[int, tuple[tuple[int, bytes], ...]], ...]

# Unsigned LEB128, each in its shortest form: its last byte, the one below 0x80, is not 0. Zero itself can only be the first
# index, since the others are differences of rising indices. Possessive, so that there is nothing to go back to.
_GAPS: Final = re.compile(rb"(?:\x00|[\x80-\xff]*+[\x01-\x7f])(?:[\x80-\xff]*+[\x01-\x7f])*+")
# 3 bytes of 7 bits each are more than the 20 of any index.
_MOST_SHIFT: Final = 14


@dataclass(frozen=True, slots=True)
class DeltaClaims:
    """{1: iss, -65543: {1: from, 2: to, 3: [0*4096 [list, [1*4 [value, gaps]]]]}}

    Attributes:
        start, to: SHA-256 of the payloads of the snapshots from and to which it leads.
        changes: ((list number, ((new value, gaps), ...)), ...), list numbers rising, and the values of each.
    """

    iss: str
    start: bytes
    to: bytes
    changes: Changes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedDelta:
    """A delta in form. Nothing in it may be believed."""

    kid: bytes
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: DeltaClaims


def parse_delta(data: bytes) -> ParsedDelta:
    """The delta in ``data``, step D1.

    Raises:
        Malformed: ``delta-structure``.
    """
    try:
        sign1 = cose.sign1_of(cbor.decode(data, MAX_SIZE, cose.SIGN1_ITEMS))
        kid = cose.kid_in(sign1.protected)
        claims = _claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.DELTA_STRUCTURE) from None
    return ParsedDelta(kid, sign1, claims)


def encode_gaps(indices: Iterable[int]) -> bytes:
    """Rising indices, as the first and then each one's difference to the one before, in LEB128."""
    out = bytearray()
    before = 0
    for index in indices:
        gap, before = index - before, index
        while gap >= 0x80:
            out.append(gap & 0x7F | 0x80)
            gap >>= 7
        out.append(gap)
    return bytes(out)


def decode_gaps(gaps: bytes, limit: int) -> list[int] | None:
    """The rising indices that ``gaps``, in form, stands for; None where one is not below ``limit``, at most 2**20."""
    indices = []
    index = gap = shift = 0
    for byte in gaps:
        if shift > _MOST_SHIFT:
            return None
        gap |= (byte & 0x7F) << shift
        if byte >= 0x80:
            shift += 7
            continue
        index += gap
        if index >= limit:
            return None
        indices.append(index)
        gap = shift = 0
    return indices


def _gaps(value: Item) -> bytes:
    gaps = _gaps_bytes(value)
    if not _GAPS.fullmatch(gaps):
        raise NotInForm("gaps are not LEB128 in its shortest form, or an index does not rise")
    return gaps


def _rising(entries: tuple[tuple[int, object], ...]) -> None:
    """The entries' first elements rise."""
    numbers = [entry[0] for entry in entries]
    if not all(map(lt, numbers, numbers[1:])):
        raise NotInForm("not rising")


def _list_changes(number: int, values: tuple[tuple[int, bytes], ...]) -> tuple[int, tuple[tuple[int, bytes], ...]]:
    _rising(values)
    return number, values


def _checked_content(start: bytes, to: bytes, changes: Changes) -> tuple[bytes, bytes, Changes]:
    _rising(changes)
    return start, to, changes


_gaps_bytes: Final = f.binary(1, MAX_SIZE)
_value_changes: Final = f.fixed(lambda value, gaps: (value, gaps), f.integer(0, 3), _gaps)
_changes: Final = f.fixed(_list_changes, f.integer(0, 65535), f.array_of(1, 4, _value_changes))
_delta_claims: Final = f.closed(
    lambda iss, content: DeltaClaims(iss, *content),
    {
        1: f.issuer_id,
        DELTA_CLAIM: f.closed(
            _checked_content, {1: f.binary(32), 2: f.binary(32), 3: f.array_of(0, MAX_LISTS, _changes)}
        ),
    },
)


def _claims_of(payload: bytes) -> DeltaClaims:
    return _delta_claims(cbor.decode(payload, MAX_SIZE, MAX_ITEMS))


def serialize_claims(claims: DeltaClaims) -> bytes:
    """The payload of a delta with these claims.

    Raises:
        UsageError: the claims are not in form, or longer than a delta may be.
    """
    changes = [[number, [list(change) for change in values]] for number, values in claims.changes]
    item = {1: claims.iss, DELTA_CLAIM: {1: claims.start, 2: claims.to, 3: changes}}
    return f.write(claims, item, _claims_of)
