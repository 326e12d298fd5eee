"""The credential message (spec section 6): a CWT (RFC 8392) for one beneficiary on one device."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from unicodedata import normalize

from vitaletoken.errors import Code, NotInForm, UsageError, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir, nir_of
from vitaletoken.wire.registry import (
    CARD_CLAIM,
    BeneficiaryAlias,
    EnrolmentMethod,
    Environment,
    PolicyholderAlias,
    Quality,
    Sex,
    View,
)
from vitaletoken.wire.scope import Scope, categories_of, purposes_of, scope_items

MAX_SIZE: Final = 768
#: Seconds from iat to exp of a card lent through the issuer (CRED-5): 30 days.
MAX_LENT: Final = 2_592_000
MAX_DELEGATE_NAME: Final = 64
# Array, header with kid, unprotected header, head of the payload (over 255 bytes), signature with its head.
_AROUND_PAYLOAD: Final = 1 + 14 + 1 + 3 + 66
_POLICYHOLDER: Final = Quality.POLICYHOLDER  # to name a member takes 65 ns, up to Python 3.11
_new: Final = tuple.__new__  # of a NamedTuple: half the time of calling it


class Person(NamedTuple):
    """The beneficiary as the issuer knows them. Names are kept out of the ``repr``, which ends up in logs.

    The structures here are tuples, since a terminal makes five of them for each card it reads.

    person = {1: family name, 2: [1*8 given name], 3: sex, ? 4: name in use, ? 5: birth rank}
    """

    family_name: str
    given_names: tuple[str, ...]
    sex: Sex
    name_in_use: str | None = None
    birth_rank: int | None = None

    def in_nfc(self) -> Person:
        """The same names in Unicode Normalization Form C, the only one that is written (spec section 4)."""
        return self._replace(
            family_name=normalize("NFC", self.family_name),
            given_names=tuple(normalize("NFC", name) for name in self.given_names),
            name_in_use=None if self.name_in_use is None else normalize("NFC", self.name_in_use),
        )

    def __repr__(self) -> str:
        return "Person(...)"


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


class Acting(NamedTuple):
    """Who acts for the beneficiary in a card lent through the issuer (spec section 14), and for what.

    acting = {1: name, 2: purposes, ? 3: categories}
    """

    name: str
    scope: Scope

    def __repr__(self) -> str:
        return f"Acting(scope={self.scope!r})"


class Card(NamedTuple):
    """Claim -65537. Days are counted from 1970-01-01, UTC.

    The beneficiary's and the policyholder's data share no field and no type. A policyholder appears as an alias and, in the
    billing view, with the number under which the care is billed: another person's name has nowhere to go (CRED-2).
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
    test: int | None = None
    policyholder: PolicyholderAlias | None = None
    portrait: bytes | None = None
    nir: BeneficiaryNir | None = None
    policyholder_nir: PolicyholderNir | None = None
    acting: Acting | None = None

    @property
    def view(self) -> View:
        """With the numbers, or without them."""
        return View.MINIMAL if self.nir is None else View.BILLING

    @property
    def environment(self) -> Environment:
        """Where the card counts; a test card says so, all others are for production."""
        return Environment.PRODUCTION if self.test is None else Environment.TEST


class CredentialClaims(NamedTuple):
    """credential-claims: {1: iss, 4: exp, 6: iat, 7: cti, 8: {1: device key}, -65537: card}. Times are NumericDate."""

    iss: str
    exp: int
    iat: int
    cti: bytes
    device_key: CoseKey
    card: Card


class ParsedCredential(NamedTuple):
    """A credential in form. Nothing in it may be believed: no signature has been checked."""

    raw: bytes
    kid: bytes
    sign1: CoseSign1
    unverified_claims: CredentialClaims

    def __repr__(self) -> str:
        return f"ParsedCredential(kid={self.kid.hex()})"


def parse_credential(data: bytes) -> ParsedCredential:
    """The credential in ``data``, in form and not yet authentic.

    Raises:
        Malformed: ``credential-structure`` (V5).
    """
    try:
        kid, sign1 = cose.parse_sign1_with_kid(data, MAX_SIZE)
        claims = _claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.CREDENTIAL_STRUCTURE) from None
    return ParsedCredential(data, kid, sign1, claims)


def checked_claims(iss: str, exp: int, iat: int, cti: bytes, device_key: CoseKey, card: Card) -> CredentialClaims:
    """Claims each in form, as a whole. Raises ``NotInForm``: CRED-1."""
    if exp <= iat:  # CRED-1
        raise NotInForm("exp is not after iat")
    if card.acting is not None and exp - iat > MAX_LENT:  # CRED-5
        raise NotInForm("lent for too long")
    return _new(CredentialClaims, (iss, exp, iat, cti, device_key, card))


def checked_card(*values: Any) -> Card:
    """A card of these fields, all of them, each in form. Raises ``NotInForm``: CRED-2, VIEW-1."""
    card = _new(Card, values)
    if card.quality is _POLICYHOLDER:  # CRED-2
        fits = card.policyholder is None
    else:
        fits = card.policyholder is not None and bytes(card.policyholder) != bytes(card.beneficiary)
    if not fits:
        raise NotInForm("policyholder does not fit the quality")
    if card.nir is not None or card.policyholder_nir is not None:
        _require_numbers(card)
        if card.acting is not None:  # CRED-5
            raise NotInForm("a number in a card that is lent")
    return card


def _require_numbers(card: Card) -> None:
    """VIEW-1, for a card that has a number."""
    own, other = card.nir, card.policyholder_nir
    if card.quality is Quality.POLICYHOLDER:
        fits = own is not None and other is None
    else:
        fits = own is not None and other is not None and own.digits() != other.digits()
    if not fits:
        raise NotInForm("the numbers do not fit the quality")


#: cnf with a COSE_Key and nothing else: {1: COSE_Key} (RFC 8747 section 3.2)
cnf_of: Final[f.Reader[CoseKey]] = f.closed(lambda key: key, {1: cose.key_of})

#: The name that a delegate gives themselves.
delegate_name: Final = f.text(MAX_DELEGATE_NAME)

_alias: Final = f.binary(8)
_digest: Final = f.binary(32)
_person_of: Final = f.closed(
    Person,
    {1: f.name, 2: f.array_of(1, 8, f.name), 3: f.member(Sex)},
    {4: f.name, 5: f.integer(1, 9)},
)
_acting_of: Final = f.closed(
    lambda name, purposes, categories: Acting(name, Scope(purposes, categories)),
    {1: delegate_name, 2: purposes_of},
    {3: categories_of},
)
_card_of: Final = f.closed(
    checked_card,
    {
        1: f.binary(32),
        2: _alias,
        3: _person_of,
        4: f.member(Quality),
        5: f.fixed(Scheme, f.integer(0, 99), f.integer(0, 999), f.integer(0, 9999)),
        6: f.fixed(StatusRef, f.integer(0, 65535), f.integer(0, 1048575)),
        7: f.day,
        9: f.fixed(Enrolment, f.member(EnrolmentMethod), f.binary(16)),
    },
    {
        8: f.day,
        10: f.constant(1),
        11: _alias,
        12: _digest,
        13: nir_of(BeneficiaryNir),
        14: nir_of(PolicyholderNir),
        15: _acting_of,
    },
)
_credential_claims: Final = f.closed(
    checked_claims,
    {1: f.issuer_id, 4: f.time, 6: f.time, 7: f.binary(8), 8: cnf_of, CARD_CLAIM: _card_of},
)


def _claims_of(payload: bytes) -> CredentialClaims:
    return _credential_claims(cbor.decode(payload, MAX_SIZE))


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
            10: card.test,
            11: card.policyholder,
            12: card.portrait,
            13: card.nir and card.nir.digits(),
            14: card.policyholder_nir and card.policyholder_nir.digits(),
            15: card.acting and {1: card.acting.name, **scope_items(card.acting.scope, 2)},
        }),
    }  # fmt: skip
    payload = f.write(claims, item, _claims_of)
    if len(payload) > MAX_SIZE - _AROUND_PAYLOAD:
        raise UsageError("the claims are too long for a credential: shorten the names")
    return payload


def _present(item: dict[int, Item]) -> dict[int, Item]:
    """Without the keys whose value is absent."""
    return {key: value for key, value in item.items() if value is not None}
