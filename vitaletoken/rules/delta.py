"""Status deltas: steps D1 to D4, and making them (spec section 11.3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules import context, detached
from vitaletoken.rules.snapshot import VerifiedSnapshot
from vitaletoken.rules.trust import VerifiedTrustList, valid_at, verifying_key
from vitaletoken.wire import cose
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.delta import (
    MAX_SIZE,
    Changes,
    DeltaClaims,
    ParsedDelta,
    decode_gaps,
    encode_gaps,
    parse_delta,
    serialize_claims,
)
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.snapshot import ListDigest

#: Deltas that lead from one snapshot to another (SYNC-1). A terminal that needs more takes the lists.
MAX_DELTAS: Final = 64

_CHANGED: Final = re.compile(rb"[^\x00]")
# What a byte of four entries becomes with another value in one of them: what stays of it, and what is added.
_KEEP: Final = tuple(0xFF & ~(3 << 2 * place) for place in range(4))


def apply_deltas(
    held: VerifiedSnapshot,
    entries: Callable[[int], bytes],
    deltas: Sequence[bytes],
    target: VerifiedSnapshot,
    trust: VerifiedTrustList,
) -> dict[int, bytes]:
    """Steps D1 to D4: what the lists of ``held`` become under the deltas that lead to ``target``.

    Each step is taken for all deltas before the next one.

    Args:
        held: the snapshot held, of the same issuer as ``target``.
        entries: the inflated list of that number under ``held``; asked only for lists that change.
        deltas: the files, in order, each at most 262,144 bytes.

    Returns:
        The inflated lists of ``target`` that ``held`` has not or has otherwise; all others are as they were.

    Raises:
        Malformed: ``delta-structure``, ``delta-content``.
        Untrusted: ``delta-signature``.
        Rejected: ``delta-chain``, also for more than 64 deltas.
        UsageError: the snapshots are of two issuers.
    """
    if held.claims.iss != target.claims.iss:
        raise UsageError("deltas lead from one snapshot of an issuer to another of the same")
    if len(deltas) > MAX_DELTAS:
        raise refusal(Code.DELTA_CHAIN)
    parsed = [parse_delta(data) for data in deltas]
    for delta in parsed:
        _require_signature(delta, target, trust)
    return apply_read(held, entries, parsed, target)


def read_delta(data: bytes, target: VerifiedSnapshot, trust: VerifiedTrustList) -> ParsedDelta:
    """Steps D1 and D2 for one delta on the way to ``target``: what is not the issuer's own is not followed (SYNC-1).

    Raises:
        Malformed: ``delta-structure``.
        Untrusted: ``delta-signature``.
    """
    parsed = parse_delta(data)
    _require_signature(parsed, target, trust)
    return parsed


def apply_read(
    held: VerifiedSnapshot, entries: Callable[[int], bytes], parsed: Sequence[ParsedDelta], target: VerifiedSnapshot
) -> dict[int, bytes]:
    """Steps D3 and D4, as ``apply_deltas``, for deltas that ``read_delta`` gave.

    Raises:
        Malformed: ``delta-content``.
        Rejected: ``delta-chain``.
    """
    reached = held.digest
    for delta in parsed:
        if delta.unverified_claims.start != reached:
            raise refusal(Code.DELTA_CHAIN)
        reached = delta.unverified_claims.to
    if reached != target.digest:
        raise refusal(Code.DELTA_CHAIN)
    return _applied(held, entries, _by_list(parsed), target)


def _require_signature(delta: ParsedDelta, target: VerifiedSnapshot, trust: VerifiedTrustList) -> None:
    """D2."""
    iss = target.claims.iss
    keys = valid_at(trust.keys(iss, delta.kid, KeyUse.STATUS_LIST), target.claims.iat)
    if delta.unverified_claims.iss != iss or verifying_key(keys, delta.sign1, context.DELTA_AAD) is None:
        raise refusal(Code.DELTA_SIGNATURE)


def _by_list(deltas: Sequence[ParsedDelta]) -> dict[int, list[tuple[int, bytes]]]:
    """The changes of all deltas, in order, by the list that they change."""
    changes: dict[int, list[tuple[int, bytes]]] = {}
    for delta in deltas:
        for number, values in delta.unverified_claims.changes:
            changes.setdefault(number, []).extend(values)
    return changes


def _applied(
    held: VerifiedSnapshot,
    entries: Callable[[int], bytes],
    changes: Mapping[int, list[tuple[int, bytes]]],
    target: VerifiedSnapshot,
) -> dict[int, bytes]:
    """D4."""
    if not changes.keys() <= target.lists.keys():
        raise refusal(Code.DELTA_CONTENT)
    result = {}
    for number, after in target.lists.items():
        before = held.lists.get(number)
        if before == after and number not in changes:
            continue
        if before is not None and before.size > after.size:
            raise refusal(Code.DELTA_CONTENT)
        new = bytearray(entries(number) if before else b"")
        new.extend(bytes(after.size - len(new)))
        for value, gaps in changes.get(number, ()):
            _set(new, value, gaps)
        result[number] = _checked(new, after)
    return {number: new for number, new in result.items() if held.lists.get(number) != target.lists[number]}


def _set(entries: bytearray, value: int, gaps: bytes) -> None:
    indices = decode_gaps(gaps, 4 * len(entries))
    if indices is None:
        raise refusal(Code.DELTA_CONTENT)
    for idx in indices:
        place = idx & 3
        entries[idx >> 2] = entries[idx >> 2] & _KEEP[place] | value << 2 * place


def _checked(entries: bytearray, said: ListDigest) -> bytes:
    if len(entries) != said.size or hashlib.sha256(entries).digest() != said.digest:
        raise refusal(Code.DELTA_CONTENT)
    return bytes(entries)


def difference(old: Mapping[int, bytes], new: Mapping[int, bytes]) -> Changes:
    """What changed from the inflated lists ``old`` to ``new``, both by number; for ``DeltaClaims.changes``.

    A list that ``old`` lacks, or has shorter, counts as filled up with zero bytes. A list that ``new`` lacks is not told of:
    the snapshot says that it is gone.

    Raises:
        UsageError: a list has become shorter.
    """
    changes = []
    for number in sorted(new):
        before, after = old.get(number, b""), new[number]
        if len(before) > len(after):
            raise UsageError("a status list does not become shorter")
        values = _changed(before, after)
        if values:
            changes.append((number, values))
    return tuple(changes)


def _changed(before: bytes, after: bytes) -> tuple[tuple[int, bytes], ...]:
    size = len(after)
    # One long number each: a quarter of a megabyte is compared in microseconds.
    xor = int.from_bytes(before.ljust(size, b"\0"), "big") ^ int.from_bytes(after, "big")
    indices: dict[int, list[int]] = {}
    for match in _CHANGED.finditer(xor.to_bytes(size, "big")):
        at = match.start()
        for place in range(4):
            if match[0][0] >> 2 * place & 3:
                indices.setdefault(after[at] >> 2 * place & 3, []).append(4 * at + place)
    return tuple((value, encode_gaps(indices[value])) for value in sorted(indices))


def sign_delta(claims: DeltaClaims, key: CoseKey, sign: Callable[[bytes], bytes]) -> bytes:
    """The delta's file, signed by the Ed25519 ``key``.

    Args:
        sign: bytes to be signed in, 64 bytes out.

    Raises:
        UsageError: the claims are not in form, or the delta is longer than 262,144 bytes: terminals take the lists then.
    """
    data = cose.sign(sign, detached.header_of(key), context.DELTA_AAD, serialize_claims(claims))
    if len(data) > MAX_SIZE:
        raise UsageError(f"the delta is longer than {MAX_SIZE} bytes: too much has changed")
    return data
