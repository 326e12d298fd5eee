"""Where an issuer renews cards: steps F1 to F6 against its register, and the stock in answer (spec section 12.4)."""

from __future__ import annotations

import hashlib
from typing import Final

from vitaletoken.card_press import CREDENTIAL_LIFETIME, DRAWS, CardPress, numbers_of
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.card_record import HeldCard, IssuedCredential, IssuedRenewal
from vitaletoken.rules.credential import enrolment_binding
from vitaletoken.rules.renewal import VerifiedRenewal, verify_renewal
from vitaletoken.wire.credential import CredentialClaims, parse_credential
from vitaletoken.wire.renewal import parse_renewal

#: Cards in answer to one renewal.
MAX_STOCK: Final = 4


class Renewals:
    """Renews the cards of one issuer."""

    def __init__(self, press: CardPress) -> None:
        self._press = press

    def renew(self, renewal: bytes, *, stock: int = 1, lifetime: int = CREDENTIAL_LIFETIME) -> tuple[bytes, ...]:
        """See ``issuer.Issuer.renew``."""
        if not 1 <= stock <= MAX_STOCK:
            raise UsageError(f"a stock is of 1 to {MAX_STOCK} cards")
        if lifetime < 1:
            raise UsageError("a card lives for a second at least")
        press, now = self._press, self._press.clock.now()
        parsed, digest = parse_renewal(renewal), hashlib.sha256(renewal).digest()
        about = parsed.unverified_claims.card_digest
        changes_code = parsed.unverified_claims.new_code_key is not None
        for _ in range(DRAWS):  # again where another process was faster, with all its steps
            held = press.register.find(about)
            if held is None:
                raise refusal(Code.RENEWAL_CARD)
            answered = held.answer_to(digest)
            if answered is not None and held.is_in_force:
                if answered is not held.renewals[-1] or not _have_expired(answered.credentials, now):
                    return _data(answered.credentials)
                # Nobody has a card of now, perhaps since the answer was lost. The keys, also a new code's, were verified then.
                claims = self._claims(held)
            else:
                claims = self._renewed(
                    held, verify_renewal(parsed, held.about(about), held.renewed(changes_code=changes_code), now)
                )
            credentials = self._stock(held, claims, _windows(now, lifetime, stock, held.card.end))
            made = IssuedRenewal(digest, now, credentials, changes_code)
            if press.register.renew(held.card.cti, made, len(held.renewals)):
                return _data(credentials)
        raise UsageError("no free cti: is the randomness random?")

    def _stock(
        self, held: HeldCard, claims: CredentialClaims, windows: tuple[tuple[int, int], ...]
    ) -> tuple[IssuedCredential, ...]:
        numbers = numbers_of(held)
        return tuple(
            credential
            for iat, exp in windows
            for credential in self._press.credentials(claims._replace(iat=iat, exp=exp, cti=self._press.cti()), numbers)
        )

    def _claims(self, held: HeldCard) -> CredentialClaims:
        """Those of the card, with the rights of now."""
        claims = held.newest.unverified_claims
        return claims._replace(card=self._press.with_rights_of_today(claims.card, held.card.reference))

    def _renewed(self, held: HeldCard, renewal: VerifiedRenewal) -> CredentialClaims:
        """The same, with the new code key and binding where the code changes (RENEW-2)."""
        claims = self._claims(held)
        card = claims.card
        if renewal.claims.new_code_key is not None:
            binding = enrolment_binding(renewal.digest, held.card.commitment)
            enrolment = card.enrolment._replace(binding=binding)
            card = card._replace(code_key=renewal.claims.new_code_key, enrolment=enrolment)
        return claims._replace(card=card)


def _windows(start: int, lifetime: int, stock: int, end: int | None) -> tuple[tuple[int, int], ...]:
    """iat and exp of each card of a stock: each begins where the one before ends, and none goes beyond ``end``.

    Raises:
        Rejected: ``renewal-card``: ``end`` has come, and with it the card's.
    """
    last = start + stock * lifetime
    if end is not None:
        last = min(last, end)
    if last <= start:
        raise refusal(Code.RENEWAL_CARD)
    return tuple((iat, min(iat + lifetime, last)) for iat in range(start, last, lifetime))


def _have_expired(credentials: tuple[IssuedCredential, ...], now: int) -> bool:
    return all(parse_credential(each.data).unverified_claims.exp <= now for each in credentials)


def _data(credentials: tuple[IssuedCredential, ...]) -> tuple[bytes, ...]:
    return tuple(credential.data for credential in credentials)
