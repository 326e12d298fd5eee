"""The trust list message (spec section 10): whom a terminal may believe, signed by k of n root keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose, detached
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.registry import Algorithm, Category, Environment, KeyUse

MAX_SIZE: Final = 262_144
MAX_SIGNATURES: Final = 64  # k of each kind of key of two root sets of 16
MAX_CATEGORIES: Final = len(Category)
_MAX_ENTRIES: Final = 256
#: Containers and strings of the claims: 3 around all, 3 and 32 times 2 in the root set, 6 of an issuer and 5 of an authority
#: besides their keys. A key with 5 has 55 bytes at least; one with 4, which is not withdrawn, 51.
MAX_ITEMS: Final = 3 + 3 + 32 * 2 + _MAX_ENTRIES * (6 + 5) + MAX_SIZE // 55 * 5


@dataclass(frozen=True, slots=True)
class RootSet:
    """Root keys, and how many different ones of each kind must sign.

    {1: threshold, 2: [1*16 ed25519-key], ? 3: [1*16 ml-dsa-key]}
    """

    threshold: int
    keys: tuple[CoseKey, ...]
    post_quantum_keys: tuple[CoseKey, ...] = ()


class Withdrawal(NamedTuple):
    """[from, keep]: a key counts for nothing dated ``start`` or later; for what is dated earlier only with ``keep``."""

    start: int
    keep: bool


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """{1: key, 2: uses, 3: nbf, 4: exp, ? 5: withdrawn}: the key may sign what is dated nbf <= iat < exp (seconds).

    Of an issuer, or of a terminal authority: there ``uses`` is ``(KeyUse.TERMINAL_CERTIFICATE,)``. An ML-DSA-65 key is an
    issuer's, and its use is ``(KeyUse.SNAPSHOT_SECOND,)``. A tuple (from, keep) will do for ``withdrawn``.
    """

    key: CoseKey
    uses: tuple[KeyUse, ...]
    nbf: int
    exp: int
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class IssuerEntry:
    """{1: id, 2: display name, 3: keys, 4: status list base URI, ? 5: HPKE key}.

    Attributes:
        sealing_key: X25519, 32 bytes, to which phones seal numbers. An issuer without one offers no enrolment.
    """

    id: str
    name: str
    keys: tuple[IssuerKey, ...]
    status_uri: str
    sealing_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class AuthorityEntry:
    """A terminal authority, {1: id, 2: display name, 3: keys, 4: categories that it may certify, rising}."""

    id: str
    name: str
    keys: tuple[IssuerKey, ...]
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class TrustListClaims:
    """trust-list-claims: {1: version, 2: iat, 3: exp, 4: environment, 5: root set, 6: issuers, ? 7: terminal authorities}.

    1 to 256 issuers, and up to 256 authorities; key 7 is absent where there are none.
    """

    version: int
    iat: int
    exp: int
    environment: Environment
    roots: RootSet
    issuers: tuple[IssuerEntry, ...]
    authorities: tuple[AuthorityEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedTrustList:
    """A trust list in form. Nothing in it may be believed."""

    payload: bytes = field(repr=False)
    signatures: tuple[CoseSign1, ...] = field(repr=False)
    unverified_claims: TrustListClaims


def parse_trust_list(data: bytes) -> ParsedTrustList:
    """The trust list in ``data``, step T1.

    Raises:
        Malformed: ``trust-list-structure``.
    """
    try:
        return _trust_list(data)
    except NotInForm:
        raise refusal(Code.TRUST_LIST_STRUCTURE) from None


def _checked_claims(*values: Any) -> TrustListClaims:
    *required, authorities = values
    claims = replace(TrustListClaims(*required), authorities=authorities or ())
    ids = {issuer.id for issuer in claims.issuers}
    uris = {issuer.status_uri for issuer in claims.issuers}
    if claims.exp <= claims.iat or len(ids) < len(claims.issuers) or len(uris) < len(claims.issuers):  # TRUST-2
        raise NotInForm("order of times, or two issuers of one name")
    if len({authority.id for authority in claims.authorities}) < len(claims.authorities):
        raise NotInForm("two terminal authorities of one name")
    return claims


def _checked_roots(threshold: int, keys: tuple[CoseKey, ...], post_quantum: tuple[CoseKey, ...] | None) -> RootSet:
    for kind in (keys, post_quantum or keys):
        if threshold > len(kind) or len(set(kind)) < len(kind):
            raise NotInForm("threshold, or a key twice")
    return RootSet(threshold, keys, post_quantum or ())


def _checked_key(key: CoseKey, uses: tuple[KeyUse, ...], nbf: int, exp: int, withdrawn: Withdrawal | None) -> IssuerKey:
    if exp <= nbf:
        raise NotInForm("order of times")
    second = KeyUse.SNAPSHOT_SECOND in uses
    if second != (key.algorithm is Algorithm.ML_DSA_65) or (second and len(uses) > 1):
        raise NotInForm("a key with a use of the other kind of key")
    return IssuerKey(key, uses, nbf, exp, withdrawn)


#: A version, as the trust list and a terminal's anchor have it.
version_of: Final = f.integer(1, 2**32 - 1)
#: A root set, as the trust list and a terminal's pinned file have it.
root_set_of: Final[f.Reader[RootSet]] = f.closed(
    _checked_roots,
    {1: f.integer(1, 16), 2: f.array_of(1, 16, cose.ed25519_key_of)},
    {3: f.array_of(1, 16, cose.ml_dsa_key_of)},
)
_withdrawal: Final = f.fixed(Withdrawal, f.time, f.boolean)


def _key_of(key: f.Reader[CoseKey], *uses: KeyUse) -> f.Reader[IssuerKey]:
    """A key for one or more of ``uses``."""
    return f.closed(_checked_key, {1: key, 2: f.rising(1, len(uses), uses), 3: f.time, 4: f.time}, {5: _withdrawal})


_issuer_key_of: Final = _key_of(
    cose.signing_key_of, KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER, KeyUse.SNAPSHOT_SECOND
)
_authority_key_of: Final = _key_of(cose.ed25519_key_of, KeyUse.TERMINAL_CERTIFICATE)
_issuer_of: Final = f.closed(
    IssuerEntry,
    {1: f.issuer_id, 2: f.name, 3: f.array_of(1, 32, _issuer_key_of), 4: f.text(190)},
    {5: f.binary(32)},
)
_authority_of: Final = f.closed(
    AuthorityEntry,
    {
        1: f.issuer_id,
        2: f.name,
        3: f.array_of(1, 32, _authority_key_of),
        4: f.rising(1, MAX_CATEGORIES, Category),
    },
)
_trust_list_claims: Final = f.closed(
    _checked_claims,
    {
        1: version_of,
        2: f.time,
        3: f.time,
        4: f.member(Environment),
        5: root_set_of,
        6: f.array_of(1, _MAX_ENTRIES, _issuer_of),
    },
    {7: f.array_of(1, _MAX_ENTRIES, _authority_of)},
)


def parse_claims(payload: bytes) -> TrustListClaims:
    """What root key holders are asked to sign, before anybody has. Nothing in it may be believed.

    Raises:
        Malformed: ``trust-list-structure``.
    """
    try:
        return _claims_of(payload)
    except NotInForm:
        raise refusal(Code.TRUST_LIST_STRUCTURE) from None


def _claims_of(payload: bytes) -> TrustListClaims:
    return _trust_list_claims(cbor.decode(payload, MAX_SIZE, MAX_ITEMS))


def _parsed(payload: bytes, signatures: tuple[CoseSign1, ...]) -> ParsedTrustList:
    return ParsedTrustList(payload, signatures, _claims_of(payload))


_trust_list: Final = detached.reader(_parsed, MAX_SIZE, MAX_SIGNATURES)


def root_set_item(roots: RootSet) -> Item:
    """A root set as a CBOR item."""
    item: Item = {1: roots.threshold, 2: [key.to_item() for key in roots.keys]}
    if roots.post_quantum_keys:
        item[3] = [key.to_item() for key in roots.post_quantum_keys]
    return item


def serialize_claims(claims: TrustListClaims) -> bytes:
    """The payload that root key holders sign.

    Raises:
        UsageError: the claims are not in form.
    """
    item = {
        1: claims.version,
        2: claims.iat,
        3: claims.exp,
        4: claims.environment.value,
        5: root_set_item(claims.roots),
        6: [_issuer_item(issuer) for issuer in claims.issuers],
    }
    if claims.authorities:
        item[7] = [
            {1: authority.id, 2: authority.name, 3: _keys_item(authority.keys), 4: list(map(int, authority.categories))}
            for authority in claims.authorities
        ]
    return f.write(claims, item, _claims_of)


def _issuer_item(issuer: IssuerEntry) -> Item:
    item = {1: issuer.id, 2: issuer.name, 3: _keys_item(issuer.keys), 4: issuer.status_uri}
    return item if issuer.sealing_key is None else {**item, 5: issuer.sealing_key}


def _keys_item(keys: tuple[IssuerKey, ...]) -> Item:
    return [_key_item(key) for key in keys]


def _key_item(key: IssuerKey) -> Item:
    item: Item = {1: key.key.to_item(), 2: list(map(int, key.uses)), 3: key.nbf, 4: key.exp}
    if key.withdrawn is not None:
        item[5] = list(key.withdrawn)
    return item
