"""A long message is counted before it is decoded: what has more containers and strings than any of its kind is refused unread.

Decoding a quarter of a megabyte of empty arrays costs more than all else that is done with a message (docs/adr/0004). How many
the largest has is counted here from vitaletoken.cddl.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from vitaletoken import Malformed
from vitaletoken.errors import NotInForm
from vitaletoken.wire import delta, snapshot, status_list, trust_list

Read = Callable[[bytes], object]

# sign1: the array, three byte strings, the empty map
SIGN1 = 5
# the outer array, the content, the array of signatures; of each signature the array, two byte strings and the empty map
TRUST_LIST, SNAPSHOT = 3 + 64 * 4, 3 + 4 * 4
# two maps, sub, "lst", "bits", the list
STATUS_LIST_CLAIMS = 6
# two maps, iss, the array of lists; of each of 4,096 lists the array and the digest
SNAPSHOT_CLAIMS = 4 + 4096 * 2
# two maps, iss, from, to, the array of lists; of each the array and that of its values; of each of 4 values the array, the gaps
DELTA_CLAIMS = 6 + 4096 * (2 + 4 * 2)
# around all the map and two arrays; the root set's map and two arrays; 32 keys, a map and a string each; of 256 issuers the map,
# id, name, array of keys, base and HPKE key; of 256 authorities the map, id, name and two arrays; then as many keys as fit:
# 55 bytes at least for two maps, the string, the uses and the withdrawal
TRUST_LIST_CLAIMS = (1 + 2) + (1 + 2) + 32 * 2 + 256 * 6 + 256 * 5 + 262_144 // 55 * 5

MOST: dict[str, tuple[Read, int]] = {
    "status list": (status_list.parse_status_list, SIGN1),
    "status list, claims": (status_list._claims_of, STATUS_LIST_CLAIMS),
    "delta": (delta.parse_delta, SIGN1),
    "delta, claims": (delta._claims_of, DELTA_CLAIMS),
    "snapshot": (snapshot.parse_snapshot, SNAPSHOT),
    "snapshot, claims": (snapshot._claims_of, SNAPSHOT_CLAIMS),
    "trust list": (trust_list.parse_trust_list, TRUST_LIST),
    "trust list, claims": (trust_list._claims_of, TRUST_LIST_CLAIMS),
}


def decoded(read: Read, items: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether so many items, one array of empty arrays, come as far as the decoder. They are refused in any case."""
    data = cbor2.dumps([[]] * (items - 1))
    seen: list[bytes] = []
    loads = cbor2.loads

    def watched(given: bytes, **options: Any) -> Any:
        seen.append(given)
        return loads(given, **options)

    monkeypatch.setattr(cbor2, "loads", watched)
    with pytest.raises((Malformed, NotInForm)):
        read(data)
    return seen == [data]


@pytest.mark.parametrize("kind", MOST)
def test_as_many_as_the_largest_has_are_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, most = MOST[kind]
    assert decoded(read, most, monkeypatch)


@pytest.mark.parametrize("kind", MOST)
def test_one_more_is_refused_undecoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, most = MOST[kind]
    assert not decoded(read, most + 1, monkeypatch)
