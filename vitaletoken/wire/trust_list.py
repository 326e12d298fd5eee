"""The trust list message (spec section 10): whom a terminal may believe, signed by k of n root keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.registry import Category, Environment, KeyUse

MAX_SIZE: Final = 262_144
MAX_SIGNATURES: Final = 16
MAX_CATEGORIES: Final = len(Category)


@dataclass(frozen=True, slots=True)
class RootSet:
    """Root keys and how many different ones must sign: {1: threshold, 2: [1*16 ed25519-key]}."""

    threshold: int
    keys: tuple[CoseKey, ...]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """{1: key, 2: uses, 3: nbf, 4: exp}: the key may sign what is dated nbf <= iat < exp (seconds).

    Of an issuer, or of a terminal authority: there ``uses`` is ``(KeyUse.TERMINAL_CERTIFICATE,)``.
    """

    key: CoseKey
    uses: tuple[KeyUse, ...]
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True)
class IssuerEntry:
    """{1: id, 2: display name, 3: keys, 4: status list base URI}."""

    id: str
    name: str
    keys: tuple[IssuerKey, ...]
    status_uri: str


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
        return _trust_list(cbor.decode(data, MAX_SIZE))
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


def _checked_roots(threshold: int, keys: tuple[CoseKey, ...]) -> RootSet:
    if threshold > len(keys) or len(set(keys)) < len(keys):
        raise NotInForm("threshold, or a key twice")
    return RootSet(threshold, keys)


def _checked_key(key: CoseKey, uses: tuple[KeyUse, ...], nbf: int, exp: int) -> IssuerKey:
    if exp <= nbf:
        raise NotInForm("order of times")
    return IssuerKey(key, uses, nbf, exp)


#: A root set, as the trust list and a terminal's pinned file have it.
root_set_of: Final[f.Reader[RootSet]] = f.closed(
    _checked_roots, {1: f.integer(1, 16), 2: f.array_of(1, 16, cose.ed25519_key_of)}
)


def _key_of(*uses: KeyUse) -> f.Reader[IssuerKey]:
    """A key for one or more of ``uses``."""
    return f.closed(_checked_key, {1: cose.ed25519_key_of, 2: f.rising(1, len(uses), uses), 3: f.time, 4: f.time})


_issuer_key_of: Final = _key_of(KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)
_authority_key_of: Final = _key_of(KeyUse.TERMINAL_CERTIFICATE)
_issuer_of: Final = f.closed(
    IssuerEntry, {1: f.issuer_id, 2: f.name, 3: f.array_of(1, 32, _issuer_key_of), 4: f.text(190)}
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
        1: f.integer(1, 2**32 - 1),
        2: f.time,
        3: f.time,
        4: f.member(Environment),
        5: root_set_of,
        6: f.array_of(1, 256, _issuer_of),
    },
    {7: f.array_of(1, 256, _authority_of)},
)


def _claims_of(payload: bytes) -> TrustListClaims:
    return _trust_list_claims(cbor.decode(payload, MAX_SIZE))


def _signature_of(item: Item) -> CoseSign1:
    layer = cose.detached_sign1_of(item)
    cose.kid_in(layer.protected)
    return layer


def _parsed(payload: bytes, signatures: tuple[CoseSign1, ...]) -> ParsedTrustList:
    return ParsedTrustList(payload, signatures, _claims_of(payload))


_trust_list: Final = f.fixed(_parsed, f.binary(0, MAX_SIZE), f.array_of(1, MAX_SIGNATURES, _signature_of))


def root_set_item(roots: RootSet) -> Item:
    """A root set as a CBOR item."""
    return {1: roots.threshold, 2: [key.to_item() for key in roots.keys]}


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
        6: [
            {1: issuer.id, 2: issuer.name, 3: _keys_item(issuer.keys), 4: issuer.status_uri}
            for issuer in claims.issuers
        ],
    }
    if claims.authorities:
        item[7] = [
            {1: authority.id, 2: authority.name, 3: _keys_item(authority.keys), 4: list(map(int, authority.categories))}
            for authority in claims.authorities
        ]
    return f.write(claims, item, _claims_of)


def _keys_item(keys: tuple[IssuerKey, ...]) -> Item:
    return [{1: k.key.to_item(), 2: list(map(int, k.uses)), 3: k.nbf, 4: k.exp} for k in keys]


def serialize_trust_list(payload: bytes, signatures: tuple[CoseSign1, ...]) -> bytes:
    """The file: the payload and the detached signatures over it."""
    return cbor.encode([payload, [[layer.protected, {}, None, layer.signature] for layer in signatures]])
