"""The trust list message (spec section 10): whom a terminal may believe, signed by k of n root keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.registry import Environment, KeyUse

MAX_SIZE: Final = 262_144


@dataclass(frozen=True, slots=True)
class RootSet:
    """Root keys and how many different ones must sign: {1: threshold, 2: [1*16 ed25519-key]}."""

    threshold: int
    keys: tuple[CoseKey, ...]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """{1: key, 2: uses, 3: nbf, 4: exp}: the key may sign what is dated nbf <= iat < exp (seconds)."""

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
class TrustListClaims:
    """trust-list-claims: {1: version, 2: iat, 3: exp, 4: environment, 5: root set, 6: [1*256 issuer]}."""

    version: int
    iat: int
    exp: int
    environment: Environment
    roots: RootSet
    issuers: tuple[IssuerEntry, ...]


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
        payload, signatures = f.array(cbor.decode(data, MAX_SIZE), 2, 2)
        if type(payload) is not bytes:
            raise NotInForm("payload")
        layers = f.array_of(1, 16, cose.detached_sign1_of)(signatures)
        for layer in layers:
            cose.kid_in(layer.protected)
        claims = _claims_of(cbor.decode(payload, MAX_SIZE))
    except NotInForm:
        raise refusal(Code.TRUST_LIST_STRUCTURE) from None
    return ParsedTrustList(payload, layers, claims)


_positive: Final = f.integer(1, 2**32 - 1)
_environment: Final = f.member(Environment)
_threshold: Final = f.integer(1, 16)
_use: Final = f.member(KeyUse)


def _claims_of(item: Item) -> TrustListClaims:
    fields = f.Fields(item)
    claims = TrustListClaims(
        version=fields.take(1, _positive),
        iat=fields.take(2, f.time),
        exp=fields.take(3, f.time),
        environment=fields.take(4, _environment),
        roots=fields.take(5, root_set_of),
        issuers=fields.take(6, f.array_of(1, 256, _issuer_of)),
    )
    fields.end()
    ids = {issuer.id for issuer in claims.issuers}
    uris = {issuer.status_uri for issuer in claims.issuers}
    if claims.exp <= claims.iat or len(ids) < len(claims.issuers) or len(uris) < len(claims.issuers):  # TRUST-2
        raise NotInForm("order of times, or two issuers of one name")
    return claims


def root_set_of(item: Item) -> RootSet:
    """The decoded ``item`` as a root set. Raises ``NotInForm``."""
    fields = f.Fields(item)
    roots = RootSet(fields.take(1, _threshold), fields.take(2, f.array_of(1, 16, cose.ed25519_key_of)))
    fields.end()
    if roots.threshold > len(roots.keys) or len(set(roots.keys)) < len(roots.keys):
        raise NotInForm("threshold, or a key twice")
    return roots


def root_set_item(roots: RootSet) -> Item:
    """A root set as a CBOR item."""
    return {1: roots.threshold, 2: [key.to_item() for key in roots.keys]}


def _issuer_of(item: Item) -> IssuerEntry:
    fields = f.Fields(item)
    issuer = IssuerEntry(
        id=fields.take(1, f.issuer_id),
        name=fields.take(2, f.name),
        keys=fields.take(3, f.array_of(1, 32, _issuer_key_of)),
        status_uri=fields.take(4, f.uri),
    )
    fields.end()
    return issuer


def _issuer_key_of(item: Item) -> IssuerKey:
    fields = f.Fields(item)
    key = IssuerKey(
        key=fields.take(1, cose.ed25519_key_of),
        uses=fields.take(2, f.array_of(1, 3, _use)),
        nbf=fields.take(3, f.time),
        exp=fields.take(4, f.time),
    )
    fields.end()
    if key.exp <= key.nbf or any(a >= b for a, b in zip(key.uses, key.uses[1:], strict=False)):
        raise NotInForm("order of times or of uses")
    return key


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
            {
                1: issuer.id,
                2: issuer.name,
                3: [{1: k.key.to_item(), 2: [u.value for u in k.uses], 3: k.nbf, 4: k.exp} for k in issuer.keys],
                4: issuer.status_uri,
            }
            for issuer in claims.issuers
        ],
    }  # fmt: skip
    return f.write(claims, item, _claims_of, MAX_SIZE)


def serialize_trust_list(payload: bytes, signatures: tuple[CoseSign1, ...]) -> bytes:
    """The file: the payload and the detached signatures over it."""
    return cbor.encode([payload, [[layer.protected, {}, None, layer.signature] for layer in signatures]])
