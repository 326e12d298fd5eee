"""What an issuer makes of its cards' statuses: the entries of a list, and the signed list."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from vitaletoken.errors import UsageError
from vitaletoken.rules import context
from vitaletoken.rules.status import CAPACITY, MAX_LIST_NUMBER
from vitaletoken.wire import cose, status_list
from vitaletoken.wire.registry import Status


def pack(statuses: Mapping[int, Status], capacity: int = CAPACITY) -> bytes:
    """The entries of a list of ``capacity`` cards that are all valid but for ``statuses``, by index: four a byte.

    Raises:
        UsageError: an index outside the list, or a capacity that is not a multiple of four up to 2**20.
    """
    if capacity % 4 or not 4 <= capacity <= CAPACITY:
        raise UsageError("capacity is a multiple of 4 up to 1,048,576")
    entries = bytearray(capacity // 4)
    for idx, status in statuses.items():
        if not 0 <= idx < capacity:
            raise UsageError("index outside the list")
        entries[idx >> 2] |= status.value << 2 * (idx & 3)
    return bytes(entries)


def sign_status_list(
    sign: Callable[[bytes], bytes],
    kid: bytes,
    *,
    base_uri: str,
    number: int,
    iat: int,
    exp: int,
    ttl: int,
    entries: bytes,
) -> bytes:
    """The status list of that number, with these packed entries.

    Args:
        sign: bytes to be signed in, the Ed25519 signature out.
        kid: of the key that signs.
        base_uri: of the issuer's status lists, as in the trust list.

    Raises:
        UsageError: a number or a time out of range.
    """
    if not 0 <= number <= MAX_LIST_NUMBER:
        raise UsageError(f"status lists have the numbers 0 to {MAX_LIST_NUMBER}")
    lst = zlib.compress(entries, 9)  # slow and small: made once, fetched by every terminal
    payload = status_list.serialize_claims(status_list.StatusListClaims(f"{base_uri}/{number}", iat, exp, ttl, lst))
    return cose.sign(sign, status_list.header(kid), context.STATUS_LIST_AAD, payload)
