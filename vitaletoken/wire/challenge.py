"""The challenge (spec section 13.2): what a terminal asks of a phone for one visit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final
from unicodedata import normalize

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire import cbor, cose
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import CHALLENGE_CLAIM, Purpose, View

MAX_SIZE: Final = 768
MAX_LIFETIME: Final = 120
MAX_PURPOSES: Final = len(Purpose)
MAX_AMOUNT: Final = 99_999_999
NONCE_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the patient co-signs: {1: digest, 2: line, 3: amount}.

    Attributes:
        digest: SHA-256 of the care sheet's exact bytes.
        line: for the person to read. It stands in a QR in the open: no patient and no state of health in it (CHAL-5).
        amount: euro cents.
    """

    digest: bytes
    line: str
    amount: int

    def in_nfc(self) -> Transaction:
        """The same with its line in Unicode Normalization Form C, the only one that is written (CBOR-7)."""
        return replace(self, line=normalize("NFC", self.line))


@dataclass(frozen=True, slots=True)
class ChallengeClaims:
    """challenge-claims: {6: iat, 7: nonce, -65541: {1: certificate, 2: purposes, 3: view, 4: lifetime, ? 5, ? 6}}.

    Attributes:
        iat: NumericDate, by the terminal's clock.
        certificate: the terminal certificate's bytes, not looked into.
        purposes: 1 to 5, rising.
        lifetime: seconds, 1 to 120, in which it can be answered.
        session_key: X25519 public key, 32 bytes, for the sealed answer.
    """

    iat: int
    nonce: bytes
    certificate: bytes = field(repr=False)
    purposes: tuple[Purpose, ...]
    view: View
    lifetime: int
    session_key: bytes | None = None
    transaction: Transaction | None = None


@dataclass(frozen=True, slots=True)
class ParsedChallenge:
    """A challenge in form, its certificate not yet looked into. Nothing in it may be believed."""

    raw: bytes = field(repr=False)
    sign1: CoseSign1 = field(repr=False)
    unverified_claims: ChallengeClaims


def parse_challenge(data: bytes) -> ParsedChallenge:
    """The challenge in ``data``, the first row of step H2.

    Raises:
        Malformed: ``challenge-structure``.
    """
    try:
        sign1 = cose.parse_sign1(data, MAX_SIZE)
        if sign1.protected != cose.HEADER_ED25519:
            raise NotInForm("header is not {alg: Ed25519}")
        claims = _claims_of(sign1.payload)
    except NotInForm:
        raise refusal(Code.CHALLENGE_STRUCTURE) from None
    return ParsedChallenge(data, sign1, claims)


_transaction_of: Final = f.closed(Transaction, {1: f.binary(32), 2: f.name, 3: f.integer(0, MAX_AMOUNT)})
_asked_of: Final[f.Reader[tuple[Any, ...]]] = f.closed(
    lambda *values: values,
    {
        1: f.binary(0, MAX_SIZE),
        2: f.rising(1, MAX_PURPOSES, Purpose),
        3: f.member(View),
        4: f.integer(1, MAX_LIFETIME),
    },
    {5: f.binary(32), 6: _transaction_of},
)
_challenge_claims: Final = f.closed(
    lambda iat, nonce, asked: ChallengeClaims(iat, nonce, *asked),
    {6: f.time, 7: f.binary(NONCE_SIZE), CHALLENGE_CLAIM: _asked_of},
)


def _claims_of(payload: bytes) -> ChallengeClaims:
    return _challenge_claims(cbor.decode(payload, MAX_SIZE))


def serialize_challenge_claims(claims: ChallengeClaims) -> bytes:
    """The payload of a challenge with these claims.

    Raises:
        UsageError: the claims are not in form.
    """
    asked: dict[int, Item] = {
        1: claims.certificate,
        2: [int(purpose) for purpose in claims.purposes],
        3: claims.view.value,
        4: claims.lifetime,
    }  # fmt: skip
    if claims.session_key is not None:
        asked[5] = claims.session_key
    if claims.transaction is not None:
        own = claims.transaction
        asked[6] = {1: own.digest, 2: own.line, 3: own.amount}
    return f.write(claims, {6: claims.iat, 7: claims.nonce, CHALLENGE_CLAIM: asked}, _claims_of)
