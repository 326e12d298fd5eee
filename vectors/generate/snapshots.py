"""Four days of an issuer's status lists: what they hold, the snapshots of them, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vectors.generate import deflate
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import (
    CNAM_BASE,
    DAY,
    ENTRIES,
    HOUR,
    NOW,
    Claims,
    entries,
    issuer_key,
    signed_trust,
    status_claims,
    trust_claims,
)
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import SigningKey, delta, sha256, snapshot, status_list
from vectors.generate.mldsa import CNAM_SECOND

SNAPSHOT, DELTA = -65542, -65543
Lists = Mapping[int, bytes]

TODAYS = 44
"""The sequence number of today's snapshot."""


def made_at(sequence: int) -> int:
    """When the snapshot of that number is made: today's six hours ago, one a day."""
    return NOW - 6 * HOUR - (TODAYS - sequence) * DAY


def _day(third: Mapping[int, int], seventh: Mapping[int, int]) -> Lists:
    return {3: entries(75, dict(third)), 7: entries(20, dict(seventh))}


DAYS: Mapping[int, Lists] = {
    41: _day({17: 1, 299: 1}, {}),
    42: _day({17: 1, 18: 1, 299: 2}, {79: 1}),
    43: _day({17: 2, 18: 1, 200: 1, 299: 2}, {79: 1}),
    44: {3: ENTRIES, 7: entries(20, {0: 1, 64: 3, 79: 1})},
}
"""Each day's inflated lists. Lists 3 and 7 are all that there is; list 3 is the fixture's in the end."""


def digests(lists: Lists) -> list[Value]:
    """What a snapshot says of them."""
    return [[number, len(lists[number]), sha256(lists[number])] for number in sorted(lists)]


def snapshot_claims(sequence: int = TODAYS, lists: Lists | None = None, issuer: str = "fr-cnam") -> Claims:
    """The content of a snapshot, good for three days."""
    made = made_at(sequence)
    held = DAYS[sequence] if lists is None else lists
    return {1: issuer, 4: made + 3 * DAY, 6: made, 65534: 30 * HOUR, SNAPSHOT: {1: sequence, 2: digests(held)}}


def signed(claims: Value, *keys: SigningKey) -> bytes:
    """The snapshot, by the issuer's status key unless others are named."""
    return snapshot(claims, keys or (CNAM_STATUS,))


def digest_of(claims: Value) -> bytes:
    """What deltas call a snapshot by."""
    return sha256(encode(claims))


def listed(number: int, content: bytes, sequence: int = TODAYS, base: str = CNAM_BASE) -> bytes:
    """The status list as it is published with the snapshot of that number."""
    claims = {
        **status_claims(base, number, deflate.stored(content)),
        6: made_at(sequence),
        4: made_at(sequence) + 3 * DAY,
    }
    return status_list(claims, CNAM_STATUS).encode()


def published(lists: Lists, sequence: int = TODAYS) -> tuple[bytes, ...]:
    """All of them."""
    return tuple(listed(number, lists[number], sequence) for number in sorted(lists))


def leb128(number: int) -> bytes:
    """Unsigned LEB128, shortest form."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def gaps(indices: Iterable[int]) -> bytes:
    """The first index, then each one's difference to the one before."""
    out, before = b"", 0
    for index in indices:
        out += leb128(index - before)
        before = index
    return out


def entry_indices(content: bytes) -> list[int]:
    """The indices that such gaps stand for; they are good ones."""
    indices, index, gap, shift = [], 0, 0, 0
    for byte in content:
        gap |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            index += gap
            indices.append(index)
            gap = shift = 0
    assert gaps(indices) == content
    return indices


def entry(content: bytes, index: int) -> int:
    """The value of an entry."""
    return content[index // 4] >> 2 * (index % 4) & 3


def changes(old: Lists, new: Lists) -> list[Value]:
    """What changed, list by list, value by value."""
    out: list[Value] = []
    for number in sorted(new):
        after = new[number]
        before = old.get(number, b"").ljust(len(after), b"\0")
        moved = [index for index in range(4 * len(after)) if entry(before, index) != entry(after, index)]
        by_value = [(value, [index for index in moved if entry(after, index) == value]) for value in range(4)]
        values: list[Value] = [[value, gaps(indices)] for value, indices in by_value if indices]
        if values:
            out.append([number, values])
    return out


def delta_claims(start: Value, to: Value, changed: Sequence[Value], issuer: str = "fr-cnam") -> Claims:
    """The content of a delta between the snapshots of these claims."""
    return {1: issuer, DELTA: {1: digest_of(start), 2: digest_of(to), 3: list(changed)}}


def day_to_day(sequence: int) -> Claims:
    """The content of the delta that leads to the snapshot of that number."""
    start, to = snapshot_claims(sequence - 1), snapshot_claims(sequence)
    return delta_claims(start, to, changes(DAYS[sequence - 1], DAYS[sequence]))


def day_delta(sequence: int) -> bytes:
    """That delta."""
    return delta(day_to_day(sequence), CNAM_STATUS).encode()


SECOND_ENTRY = issuer_key(CNAM_SECOND.cose, [5])
TRUST_SECOND = signed_trust(
    {**trust_claims(), 6: [{**trust_claims()[6][0], 3: [*trust_claims()[6][0][3], SECOND_ENTRY]}, trust_claims()[6][1]]}
)
"""The trust list, in which the issuer has a key for second signatures."""
