"""What a phone does with its issuers once it has a card: renewing it, changing the personal code, having it unlocked."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.errors import InputError, UsageError
from vitaletoken.keyholder import KeyHolder, require_profile
from vitaletoken.ports import IssuerLink
from vitaletoken.rules import acceptance, code_change, refresh, wallet
from vitaletoken.rules import code as code_rules
from vitaletoken.rules.acceptance import Stock
from vitaletoken.rules.cards import AskedUnlock, CardKind, CodeChange, PersonalCode, WalletCard
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.refresh import RefreshPolicy
from vitaletoken.rules.renewal import sign_renewal
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.unlock import verify_unlock
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import renewal as renewal_wire
from vitaletoken.wire import unlock as unlock_wire
from vitaletoken.wire.credential import CredentialClaims
from vitaletoken.wire.renewal import RenewalClaims
from vitaletoken.wire.unlock import parse_unlock


class RenewedCard(NamedTuple):
    """A card whose renewal was accepted.

    Attributes:
        handle: the card's, as before.
        credential: the first of the stock that was accepted.
        code_changed: this was the last answer that a change of the code waited for: from now on the new code is the code.
        gone: handles of the cards that had been lent to this phone for the old code, and went with it.
    """

    handle: str
    credential: VerifiedCredential
    code_changed: bool
    gone: tuple[str, ...]

    @property
    def claims(self) -> CredentialClaims:
        """What the card says."""
        return self.credential.claims


class Renewer(KeyHolder):
    """A phone that keeps its cards in force, and its code in its owner's hands."""

    # --- renewals

    def due(self, policy: RefreshPolicy = RefreshPolicy()) -> tuple[str, ...]:
        """Handles of the cards that should be refreshed now, the one that ends first first."""
        return refresh.due(self._store.load(), self._clock.now(), policy)

    def renewal(self, code: str, *, card: str | None = None) -> bytes:
        """The message in which the phone asks the card's issuer for the card anew (section 12.4). Good for 300 seconds.

        Args:
            card: its handle; None for the only one that is not lent.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: no such card, or it is lent.
        """
        (message,) = self._renewals(code, lambda state: (state.own_card(card),)).values()
        return message

    def accept_renewal(self, handle: str, answers: Sequence[bytes], trust: VerifiedTrustList) -> RenewedCard:
        """Keep the cards in ``answers``, if they are this one renewed (ENROL-2, RENEW-1): all of them, or none.

        The answer to a change of the code is kept aside until every card has been answered; then the new code and all the cards
        under it are in force, in one step, and cards that were lent to this phone go. The same answer again changes nothing.

        Args:
            answers: as ``Issuer.renew`` gives them.

        Raises:
            Malformed: ``credential-structure``.
            Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``.
            Rejected: ``trust-list-expired``, ``credential-not-mine``, ``credential-expired``, ``wrong-environment``.
            UsageError: no such card, or it is lent; or the personal code has a profile that a production card does not permit.
        """
        now = self._clock.now()
        made: list[RenewedCard] = []

        def keep(state: Wallet) -> Wallet:
            card = state.own_card(handle)
            after, stock = self._answered(state, card, answers, trust, now)
            left = {other.handle for other in after.cards}
            gone = tuple(other.handle for other in state.cards if other.handle not in left)
            changed = state.change is not None and after.change is None
            made.append(RenewedCard(handle, stock.first, changed, gone))
            return after

        self._store.update(keep)
        return made[-1]

    def _answered(
        self, state: Wallet, card: WalletCard, answers: Sequence[bytes], trust: VerifiedTrustList, now: int
    ) -> tuple[Wallet, Stock]:
        """The wallet with ``answers`` to a renewal of ``card``, or to its change of the code."""
        code, change = wallet.code_of(state), state.change
        if change is not None:
            binding = acceptance.binding_of(answers)
            for sent in change.renewals_of(card.handle):
                own = acceptance.own_of(replace(card, request=sent), self._keys(change.code))
                if own.binding == binding:
                    require_profile(change.code.profile, trust)
                    stock = acceptance.verify_stock(answers, own, trust, now)
                    acceptance.require_of_the_person(card, stock.editions)
                    return code_change.answer(state, card.handle, sent, stock.editions), stock
        require_profile(code.profile, trust)
        stock = acceptance.verify_stock(answers, acceptance.own_of(card, self._keys(code)), trust, now)
        return acceptance.restock(state, card, stock.editions, now), stock

    def _renewals(self, code: str, choose: Callable[[Wallet], tuple[WalletCard, ...]]) -> dict[str, bytes]:
        """By handle, a renewal of each card that ``choose`` gives; it raises for what no try should be spent on."""
        now = self._clock.now()
        proved = self.prove(code, now, choose)
        state = self._store.update(proved.record)
        return {card.handle: self._sign_renewal(card, now, proved.key) for card in choose(state)}

    def _sign_renewal(
        self, card: WalletCard, now: int, code_key: SigningKey, new_code_key: SigningKey | None = None
    ) -> bytes:
        nonce = self._entropy.random(renewal_wire.NONCE_SIZE)
        claims = RenewalClaims(now, nonce, card.edition(now).digest)
        device, new_code_sign = self._device_key, None
        if new_code_key is not None:
            claims, new_code_sign = replace(claims, new_code_key=new_code_key.public), new_code_key.sign
        return sign_renewal(claims, device.public_key.algorithm, device.sign, code_key.sign, new_code_sign)

    def refresh(
        self, code: str, link: IssuerLink, trust: VerifiedTrustList, policy: RefreshPolicy = RefreshPolicy()
    ) -> dict[str, RenewedCard | InputError]:
        """Renew every card that is due, each at its own issuer; the code is asked for once, and only where one is due.

        Returns:
            By handle, the card, or why its issuer refused it or the phone refused the answer.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``.
            Exception: whatever ``link`` raises where there is no network. What was accepted before that stays.
        """
        now = self._clock.now()

        def due(state: Wallet) -> tuple[WalletCard, ...]:
            return tuple(state.card(handle) for handle in refresh.due(state, now, policy))

        if not due(self._store.load()):
            return {}
        messages = self._renewals(code, due)
        found: dict[str, RenewedCard | InputError] = {}
        for handle, message in messages.items():
            issuer = self._store.load().card(handle).stock[-1].claims.iss
            try:
                found[handle] = self.accept_renewal(handle, link.renew(issuer, message), trust)
            except InputError as refused:
                found[handle] = refused
        return found

    # --- the personal code

    def change_code(
        self, old: str, new: str, *, birth_date: date | None = None, profile: Argon2Profile | None = None
    ) -> dict[str, bytes]:
        """Begin to change the personal code: a renewal under the old and the new one for each card that is not lent (CODE-5).

        Until the last of them is answered (``accept_renewal``) the old code is in force for everything. What is to be sent is
        kept: after a crash it is in ``wallet().change.waiting``, and is to be sent again as it is, since an issuer that has
        answered it knows the new code only, and gives the same answer again. A renewal that the issuer refuses as too old
        (``renewal-time``) is made anew by asking again with the same codes; what was answered stays. One that it refuses by
        ``renewal-key`` comes after an earlier one that it has answered: that is the one to be sent again.

        At most eight renewals of a card are kept, and none is dropped for a newer one. Another new code has to wait until the
        change is in force, or is given up (``give_up_code_change``).

        Args:
            new: not among the first guesses, and not the old one.
            birth_date: of the phone's owner, where the app knows it; refused as a code.
            profile: of Argon2id, for the new code; None to keep that of the old one. ``CHEAPEST`` for test cards only.

        Returns:
            By handle, what is to be sent to each card's issuer. Empty where there is nobody to ask: the new code is in force
            then. In both cases what was lent to this phone goes with the old code.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-weak``; ``code-locked``, ``code-delayed``, ``code-wrong``, of the old code.
            UsageError: no code was chosen, or it is the same; an enrolment waits for its card; a change to another code waits;
                eight renewals of a card are kept already; or a profile below what production permits.
        """
        now = self._clock.now()
        code_rules.require_form(old)
        code_rules.require_strong(new, birth_date)
        if old == new:
            raise UsageError("the new personal code is the old one")
        proved = self.prove(old, now, lambda state: code_change.require_can_change(state, profile, now))
        before = self._store.load()
        key, chosen = self._changed(before.change, new, profile, proved.tried)
        if (
            before.change is not None and before.change.code != chosen
        ):  # said to who knows the old code, and to nobody else
            self._store.update(proved.record)
            raise UsageError("a change to another personal code is under way: its answers have to come first")
        cards = code_change.to_renew(before, chosen)
        renewals = {card.handle: self._sign_renewal(card, now, proved.key, key) for card in cards}

        def begin(state: Wallet) -> Wallet:
            asked = {card.handle for card in code_change.to_renew(state, chosen)}
            if state.change != before.change or asked != renewals.keys():
                raise UsageError("the wallet was changed while the code was tried")
            return code_change.begin(proved.record(state), chosen, renewals)

        self._store.update(begin)
        return renewals

    def give_up_code_change(self, code: str) -> None:
        """Give up the change of the personal code that waits, and forget what was to be sent for it. ``code`` stays the code.

        Only for one that was never sent. An issuer may have answered already, though nothing came back: its card is then made
        for the new code, it takes no renewal under another one, and the card ends with the stock that the phone has. It then
        has to be enrolled anew. Nothing on the phone shows which it is.

        Args:
            code: the one that is in force: the old one.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: no change waits, or an answer to it was accepted.
        """
        proved = self.prove(code, self._clock.now(), code_change.require_can_give_up)
        self._store.update(lambda state: code_change.given_up(proved.record(state)))

    def _changed(
        self, change: CodeChange | None, new: str, profile: Argon2Profile | None, old: PersonalCode
    ) -> tuple[SigningKey, PersonalCode]:
        """The new code: the one that a change waits for, if that is what was typed. The old one was proved."""
        if change is not None and profile in (None, change.code.profile):
            key = self._code_signing_key(new, change.code)
            if hmac.compare_digest(key.public, change.code.key):
                return key, change.code
        return self._chosen(new, profile or old.profile)

    def ask_unlock(self, *, card: str | None = None) -> bytes:
        """The nonce that the card's issuer is to sign, once it knows again who asks: 16 bytes. Any earlier one is forgotten.

        Args:
            card: its handle; None for the only one that is not lent.

        Raises:
            UsageError: no such card, or it is lent.
        """
        nonce = self._entropy.random(unlock_wire.NONCE_SIZE)

        def ask(state: Wallet) -> Wallet:
            return replace(state, unlock=AskedUnlock(state.own_card(card).handle, nonce))

        self._store.update(ask)
        return nonce

    def unlock(self, message: bytes, trust: VerifiedTrustList) -> None:
        """Have all tries of the personal code back: ``message`` is the issuer's answer to ``ask_unlock``. Good once (CODE-6).

        Raises:
            Malformed: ``unlock-structure``.
            Untrusted: ``unlock-issuer``, ``unlock-signature``.
            Rejected: ``unlock-nonce``.
            UsageError: there is no card.
        """
        now = self._clock.now()
        about = parse_unlock(message).unverified_claims.card_digest

        def apply(state: Wallet) -> Wallet:
            card, edition = wallet.unlock_for(state, about)
            nonce = state.unlock.nonce if state.unlock is not None and state.unlock.handle == card.handle else None
            is_lent = card.kind is CardKind.LENT
            verify_unlock(message, edition.claims.iss, edition.digest, nonce, trust, now, is_lent=is_lent)
            return wallet.unlocked(state)

        self._store.update(apply)
