"""Grants: step V8 for a grant against its card, and G1 to G4 on the delegate's phone (spec section 14.3)."""

from __future__ import annotations

from typing import NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, refusal
from vitaletoken.rules.credential import VerifiedCredential, verify_credential
from vitaletoken.rules.layers import PhoneKeys, Sign, about_card, require_layers, sign_layers
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.grant import GrantClaims, ParsedGrant, parse_grant, parse_lent_card, serialize_grant_claims
from vitaletoken.wire.registry import Algorithm, View
from vitaletoken.wire.text import parse_lent_card_text


class _VerifiedGrant(NamedTuple):
    claims: GrantClaims
    card_digest: bytes


class VerifiedGrant(Proof, _VerifiedGrant):
    """A grant that the card's own keys signed, to keys that are not the card's. Made by ``verify_grant`` alone.

    It says nothing about now. Whatever it names can only narrow what the card is good for.

    Attributes:
        card_digest: SHA-256 of the exact card that was lent.
    """

    __slots__ = ()

    @property
    def acting_keys(self) -> PhoneKeys:
        """The delegate's, which sign presentations under this grant."""
        return PhoneKeys(self.claims.device_key, self.claims.code_key)


def verify_grant(data: bytes, credential: VerifiedCredential) -> VerifiedGrant:
    """Step V8 but for what it asks of a presentation.

    Raises:
        Malformed: ``grant-structure``.
        Untrusted: ``grant-signature``, ``grant-hop``.
    """
    return verify_parsed_grant(parse_grant(data), credential)


def verify_parsed_grant(parsed: ParsedGrant, credential: VerifiedCredential) -> VerifiedGrant:
    """As ``verify_grant``, for a grant in form."""
    claims, card = parsed.unverified_claims, credential.claims
    keys = PhoneKeys(card.device_key, card.card.code_key)
    if parsed.layers.algorithm is not keys.device_key.algorithm:  # COSE-3
        raise refusal(Code.GRANT_STRUCTURE)
    aads = about_card(labels.GRANT_DEVICE, labels.GRANT_CODE, credential.digest)
    require_layers(keys, parsed.layers, aads, Code.GRANT_SIGNATURE)
    grant = prove(VerifiedGrant, (claims, credential.digest))
    if (
        card.card.acting is not None
        or card.card.view is not View.MINIMAL
        or keys.have_any_of(grant.acting_keys)
        or claims.device_key.public == claims.code_key
    ):  # GRANT-2
        raise refusal(Code.GRANT_HOP)
    return grant


class _LentCard(NamedTuple):
    credential: VerifiedCredential
    grant: VerifiedGrant
    raw_credential: bytes
    raw_grant: bytes


class LentCard(Proof, _LentCard):
    """A card and a grant that this phone can act under. Made by ``verify_lent_card`` alone.

    Attributes:
        raw_credential, raw_grant: the exact bytes, to go into presentations.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"LentCard(grant={self.grant!r})"


def verify_lent_card(text: str, own: PhoneKeys, trust: VerifiedTrustList, now: int) -> LentCard:
    """Steps G1 to G4, on the delegate's phone before it keeps what it was lent (GRANT-5).

    Args:
        text: as read from the grantor's phone, ``VTD1:...``.
        own: this phone's keys.

    Raises:
        Malformed: ``grant-text``, ``credential-structure``, ``grant-structure``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-signature``, ``grant-signature``, ``grant-hop``.
        Rejected: ``trust-list-expired``, ``grant-not-mine``, ``grant-over``.
    """
    card, data = parse_lent_card(parse_lent_card_text(text))
    credential = verify_credential(parse_credential(card), trust, now)
    grant = verify_grant(data, credential)
    if grant.acting_keys != own or credential.claims.card.environment is not trust.claims.environment:
        raise refusal(Code.GRANT_NOT_MINE)
    if now >= min(grant.claims.exp, credential.claims.exp):
        raise refusal(Code.GRANT_OVER)
    return prove(LentCard, (credential, grant, card, data))


def sign_grant(
    claims: GrantClaims, card_digest: bytes, algorithm: Algorithm, device_sign: Sign, code_sign: Sign
) -> bytes:
    """A grant by the card's own keys.

    Args:
        card_digest: SHA-256 of the exact credential that is lent.
        algorithm: of the card's device key.

    Raises:
        UsageError: the claims are not in form.
    """
    aads = about_card(labels.GRANT_DEVICE, labels.GRANT_CODE, card_digest)
    return sign_layers(serialize_grant_claims(claims), aads, algorithm, device_sign, code_sign)
