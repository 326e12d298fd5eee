"""The credential message (spec section 6): a CWT (RFC 8392) for one beneficiary on one device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import (
    CARD_CLAIM,
    BeneficiaryAlias,
    EnrolmentMethod,
    Environment,
    PolicyholderAlias,
    Quality,
    Sex,
)

MAX_SIZE: Final = 768


@dataclass(frozen=True, slots=True)
class Person:
    """The beneficiary as the issuer knows them. Names are kept out of the ``repr``, which ends up in logs.

    person = {1: family name, 2: [1*8 given name], 3: sex, ? 4: name in use, ? 5: birth rank}
    """

    family_name: str = field(repr=False)
    given_names: tuple[str, ...] = field(repr=False)
    sex: Sex
    name_in_use: str | None = field(default=None, repr=False)
    birth_rank: int | None = None


class Scheme(NamedTuple):
    """[regime: 0..99, fund: 0..999, centre: 0..9999]; ``str`` gives the printed form, ``01 751 0000``."""

    regime: int
    fund: int
    centre: int

    def __str__(self) -> str:
        return f"{self.regime:02} {self.fund:03} {self.centre:04}"


class StatusRef(NamedTuple):
    """Where the card's status is: number of the status list, index in it."""

    list: int
    idx: int


class Enrolment(NamedTuple):
    """How the person was proofed, and the 16-byte binding to the request that this card answers (CRED-3)."""

    method: EnrolmentMethod
    binding: bytes


@dataclass(frozen=True, slots=True)
class Card:
    """Claim -65537. Days are counted from 1970-01-01, UTC.

    The beneficiary's and the policyholder's data share no field, and a policyholder appears as an alias alone: another
    person's name or number has nowhere to go (CRED-2).
    """

    code_key: bytes
    beneficiary: BeneficiaryAlias
    person: Person
    quality: Quality
    scheme: Scheme
    status: StatusRef
    rights_as_of: int
    enrolment: Enrolment
    rights_until: int | None = None
    environment: Environment = Environment.PRODUCTION
    policyholder: PolicyholderAlias | None = None
    portrait: bytes | None = None


@dataclass(frozen=True, slots=True)
class CredentialClaims:
    """credential-claims: {1: iss, 4: exp, 6: iat, 7: cti, 8: {1: device key}, -65537: card}. Times are NumericDate."""

    iss: str
    exp: int
    iat: int
    cti: bytes
    device_key: CoseKey
    card: Card


@dataclass(frozen=True, slots=True)
class ParsedCredential:
    """A credential in form. Nothing in it may be believed: no signature has been checked."""

    raw: bytes = field(repr=False)
    kid: bytes
    protected: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    unverified_claims: CredentialClaims


def parse_credential(data: bytes) -> ParsedCredential:
    """The credential in ``data``, in form and not yet authentic.

    Raises:
        Malformed: ``credential-structure`` (V5).
    """
    try:
        sign1 = cose.parse_sign1(data, MAX_SIZE)
        kid = cose.kid_in(sign1.protected)
        claims = _claims_of(cbor.decode(sign1.payload, MAX_SIZE))
    except NotInForm:
        raise refusal(Code.CREDENTIAL_STRUCTURE) from None
    return ParsedCredential(data, kid, sign1.protected, sign1.payload, sign1.signature, claims)


_cti: Final = f.binary(8)
_binding: Final = f.binary(16)
_digest: Final = f.binary(32)
_alias: Final = f.binary(8)
_names: Final = f.array_of(1, 8, f.name)
_sex: Final = f.member(Sex)
_quality: Final = f.member(Quality)
_method: Final = f.member(EnrolmentMethod)
_birth_rank: Final = f.integer(1, 9)
_regime, _fund, _centre = f.integer(0, 99), f.integer(0, 999), f.integer(0, 9999)
_list, _idx = f.integer(0, 65535), f.integer(0, 1048575)
_test: Final = f.constant(1)


def _claims_of(item: Item) -> CredentialClaims:
    fields = f.Fields(item)
    claims = CredentialClaims(
        iss=fields.take(1, f.issuer_id),
        exp=fields.take(4, f.time),
        iat=fields.take(6, f.time),
        cti=fields.take(7, _cti),
        device_key=fields.take(8, cnf_of),
        card=fields.take(CARD_CLAIM, _card_of),
    )
    fields.end()
    if claims.exp <= claims.iat:  # CRED-1
        raise NotInForm("exp is not after iat")
    return claims


def cnf_of(item: Item) -> CoseKey:
    """The key in a cnf claim of the form {1: COSE_Key} (RFC 8747 section 3.2). Raises ``NotInForm``."""
    fields = f.Fields(item)
    key = fields.take(1, cose.key_of)
    fields.end()
    return key


def _card_of(item: Item) -> Card:
    fields = f.Fields(item)
    policyholder = fields.maybe(11, _alias)
    card = Card(
        code_key=fields.take(1, _digest),
        beneficiary=BeneficiaryAlias(fields.take(2, _alias)),
        person=fields.take(3, _person_of),
        quality=fields.take(4, _quality),
        scheme=fields.take(5, _scheme_of),
        status=fields.take(6, _status_of),
        rights_as_of=fields.take(7, f.day),
        rights_until=fields.maybe(8, f.day),
        enrolment=fields.take(9, _enrolment_of),
        environment=Environment.PRODUCTION if fields.maybe(10, _test) is None else Environment.TEST,
        policyholder=None if policyholder is None else PolicyholderAlias(policyholder),
        portrait=fields.maybe(12, _digest),
    )
    fields.end()
    if not _policyholder_fits(card):
        raise NotInForm("policyholder does not fit the quality")
    return card


def _policyholder_fits(card: Card) -> bool:
    """CRED-2: someone else is the policyholder exactly when the quality says so, and is not the beneficiary."""
    if card.quality is Quality.POLICYHOLDER:
        return card.policyholder is None
    return card.policyholder is not None and bytes(card.policyholder) != bytes(card.beneficiary)


def _person_of(item: Item) -> Person:
    fields = f.Fields(item)
    person = Person(
        family_name=fields.take(1, f.name),
        given_names=fields.take(2, _names),
        sex=fields.take(3, _sex),
        name_in_use=fields.maybe(4, f.name),
        birth_rank=fields.maybe(5, _birth_rank),
    )
    fields.end()
    return person


def _scheme_of(item: Item) -> Scheme:
    regime, fund, centre = f.array(item, 3, 3)
    return Scheme(_regime(regime), _fund(fund), _centre(centre))


def _status_of(item: Item) -> StatusRef:
    number, idx = f.array(item, 2, 2)
    return StatusRef(_list(number), _idx(idx))


def _enrolment_of(item: Item) -> Enrolment:
    method, binding = f.array(item, 2, 2)
    return Enrolment(_method(method), _binding(binding))


def serialize_claims(claims: CredentialClaims) -> bytes:
    """The payload of a credential with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    card, person = claims.card, claims.card.person
    item = {
        1: claims.iss,
        4: claims.exp,
        6: claims.iat,
        7: claims.cti,
        8: {1: claims.device_key.to_item()},
        CARD_CLAIM: _present({
            1: card.code_key,
            2: card.beneficiary,
            3: _present({
                1: person.family_name,
                2: list(person.given_names),
                3: person.sex.value,
                4: person.name_in_use,
                5: person.birth_rank,
            }),
            4: card.quality.value,
            5: list(card.scheme),
            6: list(card.status),
            7: card.rights_as_of,
            8: card.rights_until,
            9: [card.enrolment.method.value, card.enrolment.binding],
            10: 1 if card.environment is Environment.TEST else None,
            11: card.policyholder,
            12: card.portrait,
        }),
    }  # fmt: skip
    return f.write(claims, item, _claims_of, MAX_SIZE)


def _present(item: dict[int, Item]) -> dict[int, Item]:
    """Without the keys whose value is absent."""
    return {key: value for key, value in item.items() if value is not None}
