"""The holder: the phone that enrols and keeps cards. What it does at a terminal is in ``presenter``."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from vitaletoken.crypto import pin, signing
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import UsageError
from vitaletoken.presenter import Presentation, Presenter, Proved
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import context, portraits, refresh, wallet
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.enrolment import VerifiedOffer, verify_offer, verify_own_billing_view, verify_own_credential
from vitaletoken.rules.number import commitment, seal_number
from vitaletoken.rules.refresh import RefreshPolicy
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import CardKind, Edition, PendingEnrolment, PersonalCode, Wallet
from vitaletoken.wire import cose
from vitaletoken.wire.credential import CredentialClaims
from vitaletoken.wire.enrolment import (
    NUMBER_SALT_SIZE,
    Evidence,
    Number,
    RequestClaims,
    serialize_request_claims,
)
from vitaletoken.wire.nir import BeneficiaryNir
from vitaletoken.wire.registry import Environment

__all__ = ["AcceptedCard", "Holder", "Presentation"]


class AcceptedCard(NamedTuple):
    """A card that was accepted: its handle in the wallet, which the app can keep, and what it says."""

    handle: str
    credential: VerifiedCredential

    @property
    def claims(self) -> CredentialClaims:
        """What the card says."""
        return self.credential.claims


class Holder(Presenter):
    """A phone with one device key, one personal code, and the cards of its owner, of their children, and lent to them.

    A card is named by its handle; where a method's ``card`` is None, the only one there is.

    Args:
        device_key: Ed25519 or P-256; in secure hardware where the phone has it.
        store: the phone's wallet; each change of it is one atomic step.
    """

    def wallet(self) -> Wallet:
        """All that the phone has, for the app to show: cards with their handles, enrolments under way, the code's tries."""
        return self._store.load()

    def enrol(
        self,
        offer: bytes,
        trust: VerifiedTrustList,
        code: str,
        nir: BeneficiaryNir,
        *,
        kind: CardKind = CardKind.OWN,
        profile: Argon2Profile | None = None,
        birth_date: date | None = None,
        evidence: Evidence | None = None,
    ) -> bytes:
        """Answer ``offer``: choose the personal code, or prove it where there is one; prove possession of both keys.

        The cards that the phone has stay as they are. The card that answers takes the place of the one of the same person when
        it is accepted, and not before.

        Args:
            code: six digits; the first time, not among the first guesses.
            nir: the number of the person whom the card is for, as the phone's owner typed it: their own, or their child's.
                A card made from another person's record is refused by ``accept``.
            kind: whose card it is to be, the owner's or their child's.
            profile: of Argon2id, chosen with the code; ``CHEAPEST`` with a trust list of a test environment only. None for the
                default, or for the one that the code has.
            birth_date: of the phone's owner, where the app knows it; refused as a code.
            evidence: identity evidence that goes with the request.

        Returns:
            The enrolment request for the issuer.

        Raises:
            Malformed: ``offer-structure``, ``code-form``.
            Untrusted: ``offer-issuer``, ``offer-signature``.
            Rejected: ``offer-expired``, ``code-weak``; ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: a profile below what production permits, or another than the code has; a lent card.
        """
        now = self._clock.now()
        verified = verify_offer(offer, trust, now)
        held = self._store.load().code
        _require_profile((held.profile if held else profile) or Argon2Profile.DEFAULT, trust)
        if held is None:
            code_rules.require_strong(code, birth_date)
            salt, chosen = self._entropy.random(pin.SALT_SIZE), profile or Argon2Profile.DEFAULT
            key = self._code_signing_key(code, PersonalCode(salt, chosen, b""))
            proved = Proved(key, PersonalCode(salt, chosen, key.public))
        else:
            if profile not in (None, held.profile):
                raise UsageError("the Argon2id profile is chosen with the code, and kept")
            proved = self.prove(code, now)

        number = Number(nir, self._entropy.random(NUMBER_SALT_SIZE))
        request = self._request(now, proved.key, verified, number, evidence)

        def begin(state: Wallet) -> Wallet:
            if held is None:
                state = wallet.choose(state, proved.tried)
            else:
                state, _ = wallet.succeed(state, proved.tried)
            return wallet.begin(state, PendingEnrolment(kind, request, now, number))

        self._store.update(begin)
        return request

    def _request(
        self,
        now: int,
        code_key: signing.SigningKey,
        offer: VerifiedOffer,
        number: Number,
        evidence: Evidence | None,
    ) -> bytes:
        device = self._device_key.public_key
        claims = RequestClaims(
            iat=now,
            device_key=device,
            code_key=code_key.public,
            offer_digest=offer.digest,
            commitment=commitment(number),
            sealed_number=seal_number(number, offer.sealing_key, offer.digest),
            evidence=evidence,
        )
        payload = serialize_request_claims(claims)
        inner = cose.sign(code_key.sign, cose.HEADER_ED25519, context.REQUEST_CODE_AAD, payload)
        header = cose.header_of_device(device.algorithm)
        return cose.sign(self._device_key.sign, header, context.REQUEST_DEVICE_AAD, inner)

    def accept(self, credential: bytes, trust: VerifiedTrustList, billing: bytes | None = None) -> AcceptedCard:
        """Keep ``credential``, if it is the answer to a request of this phone's own, for its own keys (ENROL-2).

        Args:
            credential: the card's minimal view, which is shown to whoever asks.
            billing: the card's billing view, where the issuer gave one. Both are kept or neither.

        Raises:
            Malformed: ``credential-structure``.
            Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-signature``.
            Rejected: ``trust-list-expired``, ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
            UsageError: this phone has not enrolled, or with a profile that a production card does not permit.
        """
        now = self._clock.now()
        accepted: list[AcceptedCard] = []

        def keep(state: Wallet) -> Wallet:
            code = wallet.code_of(state)
            _require_profile(code.profile, trust)
            answered = wallet.answered_by(state, credential)
            card = verify_own_credential(
                credential,
                trust,
                now,
                request=answered.request,
                number=answered.number,
                device_key=self._device_key.public_key,
                code_key=code.key,
            )
            if billing is not None:
                verify_own_billing_view(billing, card, trust, now)
            state, handle = wallet.accept(state, answered, Edition(credential, billing or b""), card.claims)
            accepted.append(AcceptedCard(handle, card))
            return state

        self._store.update(keep)
        return accepted[-1]

    def delete(self, handle: str) -> None:
        """Delete the card, or the enrolment under way, of that handle; the code too when nothing else is left.

        Raises:
            UsageError: there is neither.
        """
        self._store.update(lambda state: wallet.without(state, handle))

    def keep_portrait(self, portrait: bytes, *, card: str | None = None) -> None:
        """Keep ``portrait`` beside the card, if it is the one whose digest the issuer put there.

        Raises:
            UsageError: it is not, or is too large, or there is no such card.
        """
        now = self._clock.now()
        self._store.update(lambda state: portraits.keep_portrait(state, state.card(card).handle, portrait, now))

    def portrait(self, *, card: str | None = None) -> bytes | None:
        """The portrait to be shown beside the card of now; None where the phone has none.

        Raises:
            UsageError: it is not the one whose digest is in the card of now, or there is no such card.
        """
        return portraits.portrait_of(self._store.load().card(card), self._clock.now())

    def due(self, policy: RefreshPolicy = RefreshPolicy()) -> tuple[str, ...]:
        """Handles of the cards that should be refreshed now, the one that ends first first."""
        return refresh.due(self._store.load(), self._clock.now(), policy)


def _require_profile(profile: Argon2Profile, trust: VerifiedTrustList) -> None:
    if profile is Argon2Profile.CHEAPEST and trust.claims.environment is not Environment.TEST:
        raise UsageError("the cheapest Argon2id profile is for tests")
