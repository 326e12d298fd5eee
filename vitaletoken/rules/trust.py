"""Trust lists: steps T1 to T7 (spec section 10)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from vitaletoken.crypto import signing
from vitaletoken.errors import BadSignature, Code, UsageError, refusal
from vitaletoken.rules import context, detached
from vitaletoken.rules.floor import TOLERANCE
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.registry import Environment, KeyUse
from vitaletoken.wire.trust_list import (
    MAX_SIGNATURES,
    MAX_SIZE,
    AuthorityEntry,
    IssuerEntry,
    IssuerKey,
    ParsedTrustList,
    RootSet,
    TrustListClaims,
    parse_trust_list,
    serialize_claims,
)

#: The key id of a key (KEY-1).
kid_of: Final = detached.kid_of


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """What the next trust list is held against (spec section 10).

    Attributes:
        roots: the pinned root set; later that of the newest list accepted.
        version, digest: of the newest list accepted, and SHA-256 of its payload; 0 and None before there is one.
    """

    roots: RootSet
    version: int = 0
    digest: bytes | None = None


class _VerifiedTrustList(NamedTuple):
    claims: TrustListClaims
    digest: bytes
    issuers_by_id: Mapping[str, IssuerEntry]
    authorities_by_id: Mapping[str, AuthorityEntry]
    keys_by_kid: Mapping[tuple[str, bytes, KeyUse], tuple[IssuerKey, ...]]
    post_quantum: bool


class VerifiedTrustList(Proof, _VerifiedTrustList):
    """A trust list that the root keys signed. Made by ``verify_trust_list`` alone.

    Whether it has expired depends on the time of use, and is asked then (TRUST-3).

    Attributes:
        digest: SHA-256 of its payload.
        post_quantum: whether ML-DSA-65 signatures were required of it: then they are of the snapshots verified under it.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedTrustList(version={self.claims.version}, issuers={list(self.issuers_by_id)})"

    @property
    def anchor(self) -> TrustAnchor:
        """What the list after this one is held against."""
        return TrustAnchor(self.claims.roots, self.claims.version, self.digest)

    def issuer(self, issuer_id: str) -> IssuerEntry | None:
        """The issuer of that id, if it is trusted."""
        return self.issuers_by_id.get(issuer_id)

    def authority(self, authority_id: str) -> AuthorityEntry | None:
        """The terminal authority of that id, if it is trusted. An issuer may have the same id; they are apart."""
        return self.authorities_by_id.get(authority_id)

    def keys(self, owner_id: str, kid: bytes, use: KeyUse) -> tuple[IssuerKey, ...]:
        """Every key that matches ``kid`` and may be used so; kids are short, so there can be several.

        ``owner_id`` is of an issuer, or of a terminal authority for ``KeyUse.TERMINAL_CERTIFICATE``: no key of the one has a
        use of the other.
        """
        return self.keys_by_kid.get((owner_id, kid, use), ())

    def has_expired(self, now: int) -> bool:
        """``exp`` is the first second refused (TIME-1)."""
        return now >= self.claims.exp


def verifying_key(keys: tuple[IssuerKey, ...], sign1: CoseSign1, external_aad: bytes) -> IssuerKey | None:
    """The one of ``keys`` under which the signature verifies; None if there is none."""
    tbs = context.tbs(sign1, external_aad)
    for entry in keys:
        try:
            signing.verify(entry.key.algorithm, entry.key.public, tbs, sign1.signature)
        except BadSignature:
            continue
        return entry
    return None


def in_window(keys: tuple[IssuerKey, ...], iat: int) -> tuple[IssuerKey, ...]:
    """Those of ``keys`` whose window ``iat`` is in, withdrawn or not."""
    return tuple([entry for entry in keys if entry.nbf <= iat < entry.exp])


def valid_at(keys: tuple[IssuerKey, ...], iat: int) -> tuple[IssuerKey, ...]:
    """Those of ``keys`` that were valid at ``iat``: in their window, and not withdrawn for it (TRUST-6)."""
    return tuple([entry for entry in keys if entry.nbf <= iat < entry.exp and not _is_withdrawn(entry, iat)])


def _is_withdrawn(entry: IssuerKey, iat: int) -> bool:
    if entry.withdrawn is None:
        return False
    start, keep = entry.withdrawn
    return iat >= start or not keep


def verify_trust_list(
    data: bytes, anchor: TrustAnchor, environment: Environment, *, post_quantum: bool = False
) -> VerifiedTrustList:
    """Steps T1 to T7.

    Args:
        data: the trust list's file, at most 262,144 bytes.
        anchor: ``TrustAnchor(roots)`` with the pinned root set, or the ``anchor`` of the newest list accepted here.
        post_quantum: whether ML-DSA-65 signatures are required, k of n as those of Ed25519.

    Raises:
        Malformed: ``trust-list-structure``.
        Untrusted: ``trust-list-signature``, ``trust-list-key``, ``trust-list-new-roots``, ``trust-list-post-quantum``.
        Rejected: ``trust-list-environment``, ``trust-list-rollback``.
        UsageError: the anchor is not usable: its root set (TRUST-4), or a version without its digest.
    """
    require_usable(anchor.roots)
    if (anchor.version > 0) != (anchor.digest is not None):
        raise UsageError("a trust anchor has the version and the digest of a trust list, or neither")
    parsed = parse_trust_list(data)
    claims = parsed.unverified_claims
    if not _is_signed(parsed, anchor.roots, anchor.roots.keys):
        raise refusal(Code.TRUST_LIST_SIGNATURE)
    owners: tuple[IssuerEntry | AuthorityEntry, ...] = (*claims.issuers, *claims.authorities)
    _require_keys(claims, owners)
    if claims.environment is not environment:
        raise refusal(Code.TRUST_LIST_ENVIRONMENT)
    digest = hashlib.sha256(parsed.payload).digest()
    if claims.version < anchor.version or (claims.version == anchor.version and digest != anchor.digest):
        raise refusal(Code.TRUST_LIST_ROLLBACK)
    if not _is_signed(parsed, claims.roots, claims.roots.keys):
        raise refusal(Code.TRUST_LIST_NEW_ROOTS)
    if post_quantum and not all(
        _is_signed(parsed, roots, roots.post_quantum_keys) for roots in (anchor.roots, claims.roots)
    ):
        raise refusal(Code.TRUST_LIST_POST_QUANTUM)
    return prove(
        VerifiedTrustList,
        (
            claims,
            digest,
            MappingProxyType({issuer.id: issuer for issuer in claims.issuers}),
            MappingProxyType({authority.id: authority for authority in claims.authorities}),
            _keys_by_kid(owners),
            post_quantum,
        ),
    )


def _is_signed(parsed: ParsedTrustList, roots: RootSet, keys: tuple[CoseKey, ...]) -> bool:
    """As many different ones of ``keys``, which are those of ``roots`` of one kind, have signed as its threshold asks for."""
    made_by = detached.signers(keys, parsed.signatures, context.TRUST_LIST_AAD, parsed.payload)
    return len(made_by) >= roots.threshold


def _require_keys(claims: TrustListClaims, owners: tuple[IssuerEntry | AuthorityEntry, ...]) -> None:
    """T3."""
    keys = [*claims.roots.keys, *(entry.key for owner in owners for entry in owner.keys)]
    if not all(signing.is_valid_key(key.algorithm, key.public) for key in keys):
        raise refusal(Code.TRUST_LIST_KEY)


def _keys_by_kid(
    owners: tuple[IssuerEntry | AuthorityEntry, ...],
) -> Mapping[tuple[str, bytes, KeyUse], tuple[IssuerKey, ...]]:
    keys_by_kid: dict[tuple[str, bytes, KeyUse], tuple[IssuerKey, ...]] = {}
    for owner in owners:
        for entry in owner.keys:
            for use in entry.uses:
                index = (owner.id, kid_of(entry.key), use)
                keys_by_kid[index] = (*keys_by_kid.get(index, ()), entry)
    return MappingProxyType(keys_by_kid)


def require_usable(roots: RootSet) -> None:
    """A root set that may be pinned (TRUST-4). Raises ``UsageError``."""
    for keys in (roots.keys, roots.post_quantum_keys or roots.keys):
        if not 1 <= roots.threshold <= len(keys) or len(set(keys)) < len(keys):
            raise UsageError("a root set has different keys, and a threshold from 1 to their number")
    if not all(signing.is_valid_key(root.algorithm, root.public) for root in all_keys(roots)):  # KEY-2
        raise UsageError("a key of the root set proves nothing")


def all_keys(roots: RootSet) -> tuple[CoseKey, ...]:
    """The keys of both kinds."""
    return (*roots.keys, *roots.post_quantum_keys)


def require_not_ahead(claims: TrustListClaims, now: int) -> None:
    """For whoever is about to sign: no list is dated ahead, since terminals believe its date (TIME-3).

    Args:
        now: NumericDate, as the signer's own clock has it.

    Raises:
        UsageError: iat is more than 300 seconds later.
    """
    if claims.iat > now + TOLERANCE:
        raise UsageError(
            "the trust list is dated ahead of this clock: signed, it would end all cards until that time comes"
        )


def trust_list_tbs(claims: TrustListClaims, root: CoseKey) -> bytes:
    """The bytes that the holder of ``root`` signs to vouch for ``claims``; ``root`` is of either kind.

    Raises:
        UsageError: the claims are not in form.
    """
    return detached.tbs(root, context.TRUST_LIST_AAD, serialize_claims(claims))


def combine_trust_list(claims: TrustListClaims, signatures: Mapping[CoseKey, bytes]) -> bytes:
    """The trust list's file, from the claims and what each root key holder made over ``trust_list_tbs``.

    Raises:
        UsageError: the claims are not in form, there are no signatures or too many, or the list is too long.
    """
    return detached.combine(serialize_claims(claims), signatures, MAX_SIGNATURES, MAX_SIZE)


def signatures_in(parsed: ParsedTrustList, *others: RootSet) -> dict[CoseKey, bytes]:
    """The signatures in a trust list by its own root keys, of both kinds: what ``combine_trust_list`` was given so far.

    For root key holders who sign one after the other. Signatures that do not verify are left out.

    Args:
        others: further root sets whose keys may have signed: the one that this list replaces.
    """
    keys = [key for roots in (parsed.unverified_claims.roots, *others) for key in all_keys(roots)]
    return {
        key: layer.signature
        for key, layer in detached.named(keys, parsed.signatures)
        if detached.verifies(key, layer, context.TRUST_LIST_AAD, parsed.payload)
    }
