"""Lending a card, on both phones: the owner's, who lends it, and the delegate's, who acts with it (spec section 14)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import UsageError
from vitaletoken.keyholder import KeyHolder, require_profile
from vitaletoken.rules import introduction as introductions
from vitaletoken.rules import loans, wallet
from vitaletoken.rules.cards import Introduced, Loan, WalletCard
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.enrolment import verify_own_billing_view
from vitaletoken.rules.grant import sign_grant, verify_lent_card
from vitaletoken.rules.introduction import VerifiedIntroduction, sign_introduction
from vitaletoken.rules.layers import Sign
from vitaletoken.rules.lending import sign_order, verify_own_lent_card
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import grant as grant_wire
from vitaletoken.wire import lending_order as order_wire
from vitaletoken.wire.credential import MAX_LENT, CredentialClaims
from vitaletoken.wire.grant import GrantClaims, lent_card_text
from vitaletoken.wire.introduction import IntroductionClaims, serialize_introduction_claims
from vitaletoken.wire.lending_order import OrderClaims, serialize_order_claims
from vitaletoken.wire.registry import Category, Purpose
from vitaletoken.wire.text import INTRODUCTION_PREFIX, serialize_text


class AcceptedCard(NamedTuple):
    """A card that was accepted: its handle in the wallet, which the app can keep, and what it says."""

    handle: str
    credential: VerifiedCredential

    @property
    def claims(self) -> CredentialClaims:
        """What the card says."""
        return self.credential.claims


class Lender(KeyHolder):
    """A phone that lends its cards, and is lent to."""

    # --- who is lent to

    def introduce(
        self, name: str, code: str, *, profile: Argon2Profile | None = None, birth_date: date | None = None
    ) -> str:
        """Show who lends a card the keys that it is to be lent to: choose the personal code, or prove it where there is one.

        The newest four introductions are kept, for 30 days, so that a card that comes through the issuer can be accepted.

        Args:
            name: the owner's, 1 to 64 bytes of UTF-8. Terminals are told it; it proves nothing.
            code, profile, birth_date: as in ``enrol``.

        Returns:
            The text for the QR code, ``VTI1:...``. Good for 600 seconds.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-weak``; ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: the name is not in form; or another profile than the code has.
        """
        now, device = self._clock.now(), self._device_key

        def claims(code_key: bytes) -> IntroductionClaims:
            return IntroductionClaims(now, device.public_key, code_key, name)

        serialize_introduction_claims(claims(bytes(32)))  # a name out of form is no reason to try a code
        proved = self._prove_or_choose(code, now, profile, birth_date, lambda _: None)
        message = sign_introduction(claims(proved.key.public), device.sign, proved.key.sign)
        introduced = Introduced(message, now)
        self._store.update(lambda state: loans.introduce(proved.record(state), introduced))
        return serialize_text(message, INTRODUCTION_PREFIX)

    def receive(self, text: str, trust: VerifiedTrustList) -> AcceptedCard:
        """Keep the card and the grant that another phone shows, ``VTD1:...``, if they are for this phone (GRANT-5).

        It stands beside all other cards. The same again changes nothing.

        Raises:
            Malformed: ``grant-text``, ``credential-structure``, ``grant-structure``.
            Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``,
                ``grant-signature``, ``grant-hop``.
            Rejected: ``trust-list-expired``, ``grant-not-mine``, ``grant-over``.
            UsageError: no code has been chosen, so that this phone has introduced itself to nobody; or one with a profile that a
                production card does not permit.
        """
        now = self._clock.now()
        accepted: list[AcceptedCard] = []

        def keep(state: Wallet) -> Wallet:
            code = wallet.code_of(state)
            require_profile(code.profile, trust)
            lent = verify_lent_card(text, self._keys(code), trust, now)
            state, handle = loans.keep_lent(state, lent.raw_credential, b"", lent.raw_grant)
            accepted.append(AcceptedCard(handle, lent.credential))
            return state

        self._store.update(keep)
        return accepted[-1]

    def _keep_lent(
        self, state: Wallet, credential: bytes, billing: bytes | None, trust: VerifiedTrustList, now: int
    ) -> tuple[Wallet, AcceptedCard]:
        """With a card that was lent through its issuer, if it was made for an introduction of this phone."""
        introduction = loans.introduction_for(state, credential)
        verified = verify_own_lent_card(credential, introduction, self._keys(wallet.code_of(state)), trust, now)
        if billing is not None:
            verify_own_billing_view(billing, verified, trust, now)  # which is never one of a card that is lent
        state, handle = loans.keep_lent(state, credential, introduction, b"")
        return state, AcceptedCard(handle, verified)

    # --- who lends

    def review_introduction(self, text: str) -> VerifiedIntroduction:
        """Find out whose phone it is that a card is to be lent to, from the QR on its screen (steps I1 to I5).

        The app shows the person ``claims.name`` and asks whether they know who that is, before it calls ``order`` or ``grant``.

        Raises:
            Malformed: ``introduction-text``, ``introduction-structure``.
            Untrusted: ``introduction-key``, ``introduction-signature``.
            Rejected: ``introduction-time``.
        """
        return introductions.review_introduction(text, self._clock.now())

    def order(
        self,
        introduction: VerifiedIntroduction,
        code: str,
        *,
        until: int,
        purposes: Iterable[Purpose],
        categories: Iterable[Category] | None = None,
        card: str | None = None,
    ) -> bytes:
        """The order for the issuer to make a card for the phone that introduced itself (section 14.2).

        It is sent to the card's issuer with ``introduction.raw``. Whether the issuer has made the card, this phone does not see;
        the loan is listed from now on.

        Args:
            until: NumericDate, the first second at which the lent card is refused: in 30 days at most.
            purposes: 1 to 5, for which the delegate may act.
            categories: 1 to 8, of establishments in which they may; None for any.
            card: its handle; None for the only one that is not lent.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``introduction-time``; ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: no such card, or it is lent itself (GRANT-2); the introduction is this phone's own; or ``until``,
                ``purposes`` or ``categories`` out of range.
        """
        now, scope = self._clock.now(), loans.scope_of(purposes, categories)
        lendable = self._lendable(introduction, card, now)
        if not now < until <= now + MAX_LENT:
            raise UsageError("a card is lent through the issuer for 1 second to 30 days")
        nonce = self._entropy.random(order_wire.NONCE_SIZE)
        claims = OrderClaims(now, nonce, lendable.edition(now).digest, introduction.digest, until, scope)
        serialize_order_claims(claims)  # what is out of form is no reason to try a code

        device = self._device_key
        proved = self.prove(code, now)
        message = sign_order(claims, device.public_key.algorithm, device.sign, proved.key.sign)
        loan_id = hashlib.sha256(message).digest()
        loan = loans.loan_of(lendable, Way.ISSUER, introduction, until, scope, loan_id)
        self._store.update(lambda state: loans.lend(proved.record(state), loan, now))
        return message

    def grant(
        self,
        introduction: VerifiedIntroduction,
        code: str,
        *,
        lifetime: int,
        purposes: Iterable[Purpose],
        categories: Iterable[Category] | None = None,
        card: str | None = None,
    ) -> str:
        """The card with a grant, for the phone that introduced itself to read from this one: no network is needed (section 14.3).

        What is lent is the card of now, in the minimal view: when that ends, the loan ends.

        Args:
            lifetime: seconds, 72 hours at most (GRANT-1).
            purposes, categories, card: as in ``order``.

        Returns:
            The text for the QR code, ``VTD1:...``.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``introduction-time``; ``credential-expired``: the card is to be renewed first; ``code-locked``,
                ``code-delayed``, ``code-wrong``.
            UsageError: no such card, or it is lent itself (GRANT-2); the introduction is this phone's own; ``lifetime``,
                ``purposes`` or ``categories`` out of range; or the card's names are too long for a grant beside them.
        """
        now, scope = self._clock.now(), loans.scope_of(purposes, categories)
        lendable = self._lendable(introduction, card, now)
        edition = loans.edition_to_lend(lendable, now)
        to, device = introduction.claims, self._device_key
        claims = GrantClaims(
            now, now + lifetime, self._entropy.random(grant_wire.ID_SIZE), to.device_key, to.code_key, to.name, scope
        )

        def grant(device_sign: Sign, code_sign: Sign) -> bytes:
            return sign_grant(claims, edition.digest, device.public_key.algorithm, device_sign, code_sign)

        # What is out of form, or too long, is no reason to try a code.
        lent_card_text(edition.minimal, grant(loans.no_signature, loans.no_signature))
        proved = self.prove(code, now)
        text = lent_card_text(edition.minimal, grant(device.sign, proved.key.sign))
        until = min(claims.exp, edition.claims.exp)
        loan = loans.loan_of(lendable, Way.GRANT, introduction, until, scope, claims.id)
        self._store.update(lambda state: loans.lend(proved.record(state), loan, now))
        return text

    def lent(self) -> tuple[Loan, ...]:
        """What is lent of this phone's cards now, in the order in which it was."""
        return loans.lent(self._store.load(), self._clock.now())

    def _lendable(self, introduction: VerifiedIntroduction, card: str | None, now: int) -> WalletCard:
        state = self._store.load()
        lendable = state.own_card(card)
        loans.require_can_lend(introduction, self._keys(wallet.code_of(state)), now)
        return lendable
