"""Status lists: steps S1 to S4, and looking a card up (spec section 11)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.policy import MAX_SKEW
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, in_window, kid_of, verifying_key
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.registry import KeyUse, Status
from vitaletoken.wire.status_list import MAX_INFLATED, parse_status_list

_STATUSES: Final = tuple(Status)  # 0 to 3, in order

MAX_LIST_NUMBER: Final = 65535
#: Entries of a full list.
CAPACITY: Final = 1 << 20


class _VerifiedStatusList(NamedTuple):
    issuer: str
    number: int
    iat: int
    exp: int
    ttl: int
    entries: bytes
    signer: CoseKey
    verified_under: VerifiedTrustList


class VerifiedStatusList(Proof, _VerifiedStatusList):
    """A status list that its issuer signed, inflated. Made by ``verify_status_list`` alone.

    Attributes:
        number: of the list, at this issuer.
        iat, exp, ttl: seconds. Whether it is expired or old depends on the time of use.
        entries: the inflated list, four entries a byte.
        signer, verified_under: the key that signed it, and the trust list that said so.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedStatusList(issuer={self.issuer!r}, number={self.number}, iat={self.iat})"

    def find(self, idx: int) -> Status | None:
        """The entry at ``idx``; None where the list is too short."""
        if not 0 <= idx < 4 * len(self.entries):
            return None
        return _STATUSES[self.entries[idx >> 2] >> 2 * (idx & 3) & 3]

    def has_expired(self, now: int) -> bool:
        """``exp`` is the first second refused (TIME-1)."""
        return now >= self.exp

    def is_trusted(self, trust: VerifiedTrustList) -> bool:
        """Whether its key is still trusted: a list counts no longer once the trust list withdraws its key (STATUS-5)."""
        if trust is self.verified_under:
            return True
        keys = trust.keys(self.issuer, kid_of(self.signer), KeyUse.STATUS_LIST)
        return any(entry.key == self.signer for entry in in_window(keys, self.iat))

    def is_old(self, now: int) -> bool:
        """A newer list should have been fetched."""
        return now >= self.iat + self.ttl


def verify_status_list(data: bytes, trust: VerifiedTrustList) -> VerifiedStatusList:
    """Steps S1 to S4.

    Args:
        data: the status list's file, at most 266,240 bytes.

    Raises:
        Malformed: ``status-list-structure``, ``status-list-content``.
        Untrusted: ``status-list-issuer``, ``status-list-signature``.
    """
    parsed = parse_status_list(data)
    claims = parsed.unverified_claims
    base, _, number = claims.sub.rpartition("/")
    issuer = next((issuer.id for issuer in trust.claims.issuers if issuer.status_uri == base), None)
    if issuer is None or not _is_list_number(number):
        raise refusal(Code.STATUS_LIST_ISSUER)
    keys = in_window(trust.keys(issuer, parsed.kid, KeyUse.STATUS_LIST), claims.iat)
    if not keys:
        raise refusal(Code.STATUS_LIST_ISSUER)
    entry = verifying_key(keys, parsed.sign1, context.STATUS_LIST_AAD)
    if entry is None:
        raise refusal(Code.STATUS_LIST_SIGNATURE)
    entries = _inflate(claims.lst)
    return prove(VerifiedStatusList, issuer, int(number), claims.iat, claims.exp, claims.ttl, entries, entry.key, trust)


def require_not_revoked(
    status_list: VerifiedStatusList | None, issuer: str, reference: StatusRef, now: int, trust: VerifiedTrustList
) -> VerifiedStatusList:
    """Step V13, for a card of ``issuer`` with that ``reference``; gives back the list that answered.

    Args:
        status_list: the list that the card refers to, if this terminal holds it.
        trust: the trust list in force.

    Raises:
        Rejected: ``status-unavailable``, ``status-expired``, ``card-revoked``, ``card-suspended``.
        UsageError: it is another list.
    """
    if status_list is None:
        raise refusal(Code.STATUS_UNAVAILABLE)
    if status_list.number != reference.list or status_list.issuer != issuer:
        raise UsageError("the status source gave another list than the one asked for")
    status = status_list.find(reference.idx)
    if status is None or status_list.iat > now + MAX_SKEW or not status_list.is_trusted(trust):  # STATUS-5
        raise refusal(Code.STATUS_UNAVAILABLE)
    if status_list.has_expired(now):
        raise refusal(Code.STATUS_EXPIRED)
    if status is Status.REVOKED:
        raise refusal(Code.CARD_REVOKED)
    if status is Status.SUSPENDED:
        raise refusal(Code.CARD_SUSPENDED)
    return status_list


def _is_list_number(text: str) -> bool:
    """Decimal, 0 to 65535, no leading zero; ``int`` alone would take signs, spaces and other scripts' digits."""
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) <= 5
        and str(int(text)) == text
        and int(text) <= MAX_LIST_NUMBER
    )


def _inflate(lst: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        entries = inflater.decompress(lst, MAX_INFLATED + 1)
    except zlib.error:
        raise refusal(Code.STATUS_LIST_CONTENT) from None
    if not inflater.eof or inflater.unused_data or not 1 <= len(entries) <= MAX_INFLATED:
        raise refusal(Code.STATUS_LIST_CONTENT)
    return entries


def deflate(statuses: Mapping[int, Status], capacity: int = CAPACITY) -> bytes:
    """``lst`` of a list of ``capacity`` entries that are all valid but for ``statuses``.

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
    return zlib.compress(bytes(entries), 9)
