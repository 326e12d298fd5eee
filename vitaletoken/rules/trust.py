"""Trust lists: steps T1 to T5 (spec section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from vitaletoken.crypto import signing
from vitaletoken.errors import BadSignature, Code, UsageError, refusal
from vitaletoken.rules import context
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire.cose import CoseKey, CoseSign1, header_with_kid, sig_structure
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
    serialize_trust_list,
)


class _VerifiedTrustList(NamedTuple):
    claims: TrustListClaims
    issuers_by_id: Mapping[str, IssuerEntry]
    authorities_by_id: Mapping[str, AuthorityEntry]
    keys_by_kid: Mapping[tuple[str, bytes, KeyUse], tuple[IssuerKey, ...]]


class VerifiedTrustList(Proof, _VerifiedTrustList):
    """A trust list that the pinned root keys signed. Made by ``verify_trust_list`` alone.

    Whether it has expired depends on the time of use, and is asked then (TRUST-3).
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"VerifiedTrustList(version={self.claims.version}, issuers={list(self.issuers_by_id)})"

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


def kid_of(key: CoseKey) -> bytes:
    """The key id of ``key`` (KEY-1)."""
    return signing.kid(key.algorithm, key.public)


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
    """Those of ``keys`` that were valid at ``iat``."""
    return tuple([entry for entry in keys if entry.nbf <= iat < entry.exp])


def verify_trust_list(
    data: bytes, roots: RootSet, environment: Environment, newest_version: int = 0
) -> VerifiedTrustList:
    """Steps T1 to T5.

    Args:
        data: the trust list's file, at most 262,144 bytes.
        roots: the root set pinned in this terminal, phone or issuer.
        newest_version: of the trust lists accepted here before; 0 for none.

    Raises:
        Malformed: ``trust-list-structure``.
        Untrusted: ``trust-list-signature``, ``trust-list-key``.
        Rejected: ``trust-list-environment``, ``trust-list-rollback``.
        UsageError: the pinned root set is not usable (TRUST-4).
    """
    require_usable(roots)
    parsed = parse_trust_list(data)
    claims = parsed.unverified_claims
    signers = {
        root
        for layer in parsed.signatures
        for root in roots.keys
        if layer.protected == header_with_kid(kid_of(root)) and _signed(root, layer, parsed.payload)
    }
    if len(signers) < roots.threshold:
        raise refusal(Code.TRUST_LIST_SIGNATURE)
    owners: tuple[IssuerEntry | AuthorityEntry, ...] = (*claims.issuers, *claims.authorities)
    keys = [*claims.roots.keys, *(entry.key for owner in owners for entry in owner.keys)]
    if not all(signing.is_valid_key(key.algorithm, key.public) for key in keys):
        raise refusal(Code.TRUST_LIST_KEY)
    if claims.environment is not environment:
        raise refusal(Code.TRUST_LIST_ENVIRONMENT)
    if claims.version < newest_version:
        raise refusal(Code.TRUST_LIST_ROLLBACK)
    keys_by_kid: dict[tuple[str, bytes, KeyUse], tuple[IssuerKey, ...]] = {}
    for owner in owners:
        for entry in owner.keys:
            for use in entry.uses:
                index = (owner.id, kid_of(entry.key), use)
                keys_by_kid[index] = (*keys_by_kid.get(index, ()), entry)
    return prove(
        VerifiedTrustList,
        claims,
        MappingProxyType({issuer.id: issuer for issuer in claims.issuers}),
        MappingProxyType({authority.id: authority for authority in claims.authorities}),
        MappingProxyType(keys_by_kid),
    )


def require_usable(roots: RootSet) -> None:
    """A root set that may be pinned (TRUST-4). Raises ``UsageError``."""
    if not 1 <= roots.threshold <= len(roots.keys) or len(set(roots.keys)) < len(roots.keys):
        raise UsageError("a root set has different keys, and a threshold from 1 to their number")
    if not all(signing.is_valid_key(root.algorithm, root.public) for root in roots.keys):  # KEY-2
        raise UsageError("a key of the root set proves nothing")


def _signed(root: CoseKey, layer: CoseSign1, payload: bytes) -> bool:
    tbs = sig_structure(layer.protected, context.TRUST_LIST_AAD, payload)
    try:
        signing.verify(root.algorithm, root.public, tbs, layer.signature)
    except BadSignature:
        return False
    return True


def trust_list_tbs(claims: TrustListClaims, root: CoseKey) -> bytes:
    """The bytes that the holder of ``root`` signs to vouch for ``claims``.

    Raises:
        UsageError: the claims are not in form.
    """
    return sig_structure(header_with_kid(kid_of(root)), context.TRUST_LIST_AAD, serialize_claims(claims))


def combine_trust_list(claims: TrustListClaims, signatures: dict[CoseKey, bytes]) -> bytes:
    """The trust list's file, from the claims and what each root key holder made over ``trust_list_tbs``.

    Raises:
        UsageError: the claims are not in form, there are no signatures or too many, or the list is too long.
    """
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise UsageError(f"a trust list has 1 to {MAX_SIGNATURES} signatures")
    layers = tuple(CoseSign1(header_with_kid(kid_of(root)), b"", made) for root, made in signatures.items())
    data = serialize_trust_list(serialize_claims(claims), layers)
    if len(data) > MAX_SIZE:
        raise UsageError("the trust list is too long with its signatures")
    return data


def signatures_in(parsed: ParsedTrustList) -> dict[CoseKey, bytes]:
    """The signatures in a trust list that name a key of the list's own root set: what ``combine_trust_list`` was given so far.

    For root key holders who sign one after the other. Nothing is verified here; terminals count what verifies.
    """
    by_header = {header_with_kid(kid_of(root)): root for root in parsed.unverified_claims.roots.keys}
    return {by_header[layer.protected]: layer.signature for layer in parsed.signatures if layer.protected in by_header}
