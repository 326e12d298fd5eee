"""The terminal certificate (spec section 13.1): who a terminal is, said by a terminal authority."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final
from unicodedata import normalize

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import TERMINAL_CLAIM, Category

MAX_SIZE: Final = 384
MAX_CATEGORIES: Final = 4
TERMINAL_ID_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class CertificateClaims:
    """certificate-claims: {1: iss, 4: exp, 6: iat, -65540: {1: key, 2: id, 3: categories, 4: establishment, 5: name}}.

    Attributes:
        iss: the terminal authority's id.
        iat, exp: NumericDate.
        key: the Ed25519 public key, 32 bytes, that signs challenges.
        terminal: the terminal's id, 8 bytes; it stays when the key changes.
        categories: what the establishment is, 1 to 4, rising.
        establishment: its number in the national directory.
        name: for people to read.
    """

    iss: str
    iat: int
    exp: int
    key: bytes
    terminal: bytes
    categories: tuple[Category, ...]
    establishment: str
    name: str

    def in_nfc(self) -> CertificateClaims:
        """The same with its texts in Unicode Normalization Form C, the only one that is written (CBOR-7)."""
        establishment, name = (normalize("NFC", text) for text in (self.establishment, self.name))
        return replace(self, establishment=establishment, name=name)


@dataclass(frozen=True, slots=True)
class ParsedCertificate:
    """A terminal certificate in form. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    kid: bytes
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: CertificateClaims


def parse_certificate(data: bytes) -> ParsedCertificate:
    """The terminal certificate in ``data``, the second row of step H2.

    Raises:
        Malformed: ``certificate-structure``.
    """
    try:
        kid, sign1 = cose.parse_sign1_with_kid(data, MAX_SIZE)
        claims = _claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.CERTIFICATE_STRUCTURE) from None
    return ParsedCertificate(data, kid, sign1, claims)


def _checked_claims(iss: str, exp: int, iat: int, terminal: tuple[Any, ...]) -> CertificateClaims:
    if exp <= iat:  # CERT-1
        raise NotInForm("exp is not after iat")
    return CertificateClaims(iss, iat, exp, *terminal)


_terminal_of: Final[f.Reader[tuple[Any, ...]]] = f.closed(
    lambda *values: values,
    {
        1: f.binary(32),
        2: f.binary(TERMINAL_ID_SIZE),
        3: f.rising(1, MAX_CATEGORIES, Category),
        4: f.text(20),
        5: f.text(64),
    },
)
_certificate_claims: Final = f.closed(
    _checked_claims, {1: f.issuer_id, 4: f.time, 6: f.time, TERMINAL_CLAIM: _terminal_of}
)


def _claims_of(payload: bytes) -> CertificateClaims:
    return _certificate_claims(cbor.decode(payload, MAX_SIZE))


def serialize_certificate_claims(claims: CertificateClaims) -> bytes:
    """The payload of a terminal certificate with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    item = {
        1: claims.iss,
        4: claims.exp,
        6: claims.iat,
        TERMINAL_CLAIM: {
            1: claims.key,
            2: claims.terminal,
            3: [int(category) for category in claims.categories],
            4: claims.establishment,
            5: claims.name,
        },
    }  # fmt: skip
    return f.write(claims, item, _claims_of)
