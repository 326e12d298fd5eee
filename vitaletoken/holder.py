"""The holder: the phone that enrols and keeps cards.

What it does at a terminal is in ``presenter``, with its issuers after that in ``renewer``, with other phones in ``lender``.
"""

from __future__ import annotations

from datetime import date

from vitaletoken.crypto import signing
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.keyholder import require_profile
from vitaletoken.lender import AcceptedCard, Lender
from vitaletoken.presenter import Presentation, Presenter
from vitaletoken.renewer import RenewedCard, Renewer
from vitaletoken.rules import acceptance, context, deletion, portraits, wallet
from vitaletoken.rules.cards import CardKind, Edition, PendingEnrolment, WalletCard
from vitaletoken.rules.enrolment import VerifiedOffer, verify_offer
from vitaletoken.rules.number import commitment, seal_number
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import cose
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import (
    NUMBER_SALT_SIZE,
    Evidence,
    Number,
    RequestClaims,
    serialize_request_claims,
)
from vitaletoken.wire.nir import BeneficiaryNir

__all__ = ["AcceptedCard", "Holder", "Presentation", "RenewedCard"]


class Holder(Presenter, Renewer, Lender):
    """A phone with one device key, one personal code, and the cards of its owner, of their children, and lent to them.

    A card is named by its handle; where a method's ``card`` is None, the only one there is.

    Args:
        device_key: Ed25519 or P-256; in secure hardware where the phone has it.
        store: the phone's wallet; each change of it is one atomic step.
    """

    def wallet(self) -> Wallet:
        """All that the phone has, for the app to show: cards with their handles, what is under way, the code's tries."""
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
            UsageError: a profile below what production permits, or another than the code has; a lent card; or the code is being
                changed, and the card would be for the old one.
        """
        now = self._clock.now()
        verified = verify_offer(offer, trust, now)
        held = self._store.load().code
        require_profile((held.profile if held else profile) or Argon2Profile.DEFAULT, trust)
        proved = self._prove_or_choose(
            code, now, profile, birth_date, lambda state: acceptance.require_can_enrol(state, kind)
        )
        number = Number(nir, self._entropy.random(NUMBER_SALT_SIZE))
        request = self._request(now, proved.key, verified, number, evidence)
        enrolment = PendingEnrolment(kind, request, now, number)
        self._store.update(lambda state: acceptance.begin(proved.record(state), enrolment))
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

        Or if it was lent to this phone through an issuer, in answer to one of its introductions. The same again changes nothing.

        Args:
            credential: the card's minimal view, which is shown to whoever asks.
            billing: the card's billing view, where the issuer gave one. Both are kept or neither.

        Raises:
            Malformed: ``credential-structure``.
            Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``.
            Rejected: ``trust-list-expired``, ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
            UsageError: this phone has not enrolled, or with a profile that a production card does not permit.
        """
        now = self._clock.now()
        is_lent = parse_credential(credential).unverified_claims.card.acting is not None
        accepted: list[AcceptedCard] = []

        def keep(state: Wallet) -> Wallet:
            require_profile(wallet.code_of(state).profile, trust)
            if is_lent:
                state, card = self._keep_lent(state, credential, billing, trust, now)
            else:
                state, card = self._keep_own(state, credential, billing, trust, now)
            accepted.append(card)
            return state

        self._store.update(keep)
        return accepted[-1]

    def _keep_own(
        self, state: Wallet, credential: bytes, billing: bytes | None, trust: VerifiedTrustList, now: int
    ) -> tuple[Wallet, AcceptedCard]:
        answered, own = acceptance.answered_by(state, credential, self._keys(wallet.code_of(state)))
        card = acceptance.verify_views(credential, billing, own, trust, now)
        edition = Edition(credential, billing or b"")
        if isinstance(answered, WalletCard):
            state, handle = acceptance.restock(state, answered, (edition,), now), answered.handle
        else:
            state, handle = acceptance.accept(state, answered, edition)
        return state, AcceptedCard(handle, card)

    def delete(self, handle: str) -> None:
        """Delete the card, the enrolment under way, or the introduction of that handle.

        The code goes too when nothing else is left that it is for. A change of the code does not wait for the card any more: it
        may be in force now. What the card was lent to is not ended by this.

        Raises:
            UsageError: there is nothing of that handle.
        """
        self._store.update(lambda state: deletion.without(state, handle))

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
