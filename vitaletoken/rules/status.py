"""Status lists: steps S1 to S4, and looking a card up (spec section 11)."""

from __future__ import annotations

import zlib
from typing import Final, NamedTuple

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.policy import MAX_SKEW
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList, kid_of, valid_at, verifying_key
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.registry import KeyUse, Status
from vitaletoken.wire.status_list import MAX_INFLATED, parse_status_list

_STATUSES: Final = tuple(Status)  # 0 to 3, in order
_REVOKED, _SUSPENDED = Status.REVOKED, Status.SUSPENDED  # named once, as in ``presentation``

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
    """A status list that its issuer signed, inflated. Made by ``verify_status_list`` and ``snapshot.status_list_of`` alone.

    Attributes:
        number: of the list, at this issuer.
        iat, exp, ttl: seconds, its own or the snapshot's. Whether it is expired or old depends on the time of use.
        entries: the inflated list, four entries a byte.
        signer, verified_under: the key that signed it or the snapshot, and the trust list that said so.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedStatusList(issuer={self.issuer!r}, number={self.number}, iat={self.iat})"

    def find(self, idx: int) -> Status | None:
        """The entry at ``idx``; None where the list is too short."""
        byte = idx >> 2
        if not 0 <= byte < len(self.entries):
            return None
        return _STATUSES[self.entries[byte] >> 2 * (idx & 3) & 3]

    def has_expired(self, now: int) -> bool:
        """``exp`` is the first second refused (TIME-1)."""
        return now >= self.exp

    def is_trusted(self, trust: VerifiedTrustList) -> bool:
        """Whether its key is still trusted: a list counts no longer once the trust list withdraws its key (STATUS-5)."""
        if trust is self.verified_under:
            return True
        keys = trust.keys(self.issuer, kid_of(self.signer), KeyUse.STATUS_LIST)
        return any(entry.key == self.signer for entry in valid_at(keys, self.iat))

    def is_old(self, now: int, grace: int = 0) -> bool:
        """A newer list should have been fetched ``grace`` seconds ago."""
        return now >= self.iat + self.ttl + grace


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
    keys = valid_at(trust.keys(issuer, parsed.kid, KeyUse.STATUS_LIST), claims.iat)
    if not keys:
        raise refusal(Code.STATUS_LIST_ISSUER)
    entry = verifying_key(keys, parsed.sign1, context.STATUS_LIST_AAD)
    if entry is None:
        raise refusal(Code.STATUS_LIST_SIGNATURE)
    entries = inflate(claims.lst)
    return prove(
        VerifiedStatusList, (issuer, int(number), claims.iat, claims.exp, claims.ttl, entries, entry.key, trust)
    )


def require_not_revoked(
    status_list: VerifiedStatusList | None,
    issuer: str,
    reference: StatusRef,
    now: int,
    trust: VerifiedTrustList,
    grace: int | None,
) -> VerifiedStatusList:
    """Step V13, for a card of ``issuer`` with that ``reference``; gives back the list that answered.

    Args:
        status_list: the list that the card refers to, if this terminal holds it.
        trust: the trust list in force.
        grace: seconds after its ttl in which a list is still believed; None: until its exp.

    Raises:
        Rejected: ``status-unavailable``, ``status-expired``, ``status-too-old``, ``card-revoked``, ``card-suspended``.
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
    if grace is not None and status_list.is_old(now, grace):
        raise refusal(Code.STATUS_TOO_OLD)
    if status is _REVOKED:
        raise refusal(Code.CARD_REVOKED)
    if status is _SUSPENDED:
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


def inflate(lst: bytes) -> bytes:
    """The entries in ``lst``, step S4. Never more than 262,144 bytes are made of it (STATUS-2).

    Raises:
        Malformed: ``status-list-content``.
    """
    inflater = zlib.decompressobj()
    try:
        entries = inflater.decompress(lst, MAX_INFLATED + 1)
    except zlib.error:
        raise refusal(Code.STATUS_LIST_CONTENT) from None
    if not inflater.eof or inflater.unused_data or not 1 <= len(entries) <= MAX_INFLATED:
        raise refusal(Code.STATUS_LIST_CONTENT)
    return entries
