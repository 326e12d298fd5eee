"""What a phone does at a terminal: looks at who asks, proves the personal code, shows the QR."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import NamedTuple

from vitaletoken.crypto import signing
from vitaletoken.errors import UsageError
from vitaletoken.keyholder import KeyHolder
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import wallet
from vitaletoken.rules.cards import PersonalCode
from vitaletoken.rules.loans import require_can_present
from vitaletoken.rules.recipient import Recipient, recipient_of
from vitaletoken.rules.screen import Turn, rotation
from vitaletoken.rules.signing import sign_presentation
from vitaletoken.rules.terminal import Review, VerifiedCertificate, VerifiedChallenge, review
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.presentation import MAX_LIFETIME, PresentationClaims
from vitaletoken.wire.registry import UserVerification, View


@dataclass(frozen=True, slots=True)
class Presentation:
    """What the phone shows once.

    Attributes:
        text: for the QR code: ``VT1:...``, or ``VTS1:...`` where it is sealed. message: the bytes in it. Neither is for logs.
        claims: what the innermost layer says.
        view: what the card shows.
        sealed: only the terminal that asked can read it.
    """

    text: str = field(repr=False)
    message: bytes = field(repr=False)
    claims: PresentationClaims
    view: View
    sealed: bool


class _Asked(NamedTuple):
    """What is to be shown, and to whom.

    Attributes:
        card: a handle; None for the only card.
        verification: what the presentation says of the person.
    """

    card: str | None
    recipient: Recipient
    verification: UserVerification

    def choose(self, state: Wallet, now: int) -> tuple[View, bytes]:
        """The view of the card of now. Raises ``UsageError`` or ``Rejected`` where it can't be shown."""
        card = state.card(self.card)
        require_can_present(card, self.verification, now)
        edition = card.edition(now)
        return self.recipient.choose(edition.minimal, edition.billing, self.verification)


def _asked(card: str | None, recipient: Recipient, code: str | None, stated: UserVerification) -> _Asked:
    """What is asked for. Raises ``UsageError`` where the user verification that is stated does not fit the code."""
    if code is None:
        if stated is UserVerification.CODE:
            raise UsageError("the personal code is proved with the code alone")
        return _Asked(card, recipient, stated)
    if stated is not UserVerification.NONE:
        raise UsageError("with the personal code, no other user verification is stated")
    return _Asked(card, recipient, UserVerification.CODE)


#: Lets a presentation be made: the wallet after that, and the failed tries that are stated.
_Admit = Callable[[Wallet], tuple[Wallet, int]]


def _without_code(state: Wallet) -> tuple[Wallet, int]:
    return state, wallet.require_not_locked(state)


def _answer_until(challenge: VerifiedChallenge) -> Callable[[int], int]:
    """Until when an answer made at a time is of use: no longer than it is good, and than the challenge can be answered."""
    end = challenge.verified_at + challenge.claims.lifetime
    return lambda at: min(at + MAX_LIFETIME, end)


class Presenter(KeyHolder):
    """A phone that shows its cards."""

    def review(self, text: str, trust: VerifiedTrustList) -> Review:
        """Find out who a terminal is and what it asks for, from the QR on its counter or its screen (steps H1 to H7).

        The app shows the person all of it, with the warnings, before it calls ``present(to=...)`` (CHAL-4).

        Raises:
            Malformed: ``terminal-text``, ``challenge-structure``, ``certificate-structure``.
            Untrusted: ``certificate-authority``, ``certificate-signature``, ``certificate-key``, ``challenge-signature``,
                ``session-key``.
            Rejected: ``certificate-not-valid``, ``billing-refused``.
        """
        return review(text, trust, self._clock.now())

    def present(
        self,
        code: str | None = None,
        *,
        card: str | None = None,
        to: VerifiedCertificate | VerifiedChallenge | None = None,
        view: View | None = None,
        user_verification: UserVerification = UserVerification.NONE,
    ) -> Presentation:
        """A presentation for one visit: fresh id and time, good for 60 seconds.

        Args:
            code: the personal code. None where it cannot be asked for: the presentation then proves possession of the
                phone, and says with ``user_verification`` what the phone itself knows. Terminals decide whether that
                is enough. A card under a grant is not shown without it, and a phone whose code is locked shows none (CODE-7).
            card: its handle.
            to: the ``asker`` of a review: the presentation is for that terminal, or in answer to that challenge, alone, and
                sealed where the challenge has a session key. None: for any terminal, at binding level open.
            view: None for the one that the challenge asks for, as far as this phone has it. ``MINIMAL`` is a person's way to
                decline; ``BILLING`` says that no other will do.

        Raises:
            Malformed: ``code-form``.
            Untrusted: ``certificate-authority``: the trust list has expired since the review (ASK-2).
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``, ``billing-refused``; ``certificate-not-valid``: it has
                expired since the review; ``wrong-environment``: the card is not of that of the trust list;
                ``grant-over``, ``credential-expired``: the card was lent, and is over.
            UsageError: no such card; another card or code than when the call began; ``user_verification`` does not fit ``code``;
                ``to`` is no asker, or a challenge that was reviewed longer ago than its lifetime; or ``BILLING`` where the
                challenge doesn't ask for it, or this phone doesn't have it. Also the billing view, asked for or by default, with
                a user verification of ``NONE``: ``MINIMAL`` is the answer then. A card under a grant without the code.
        """
        now = self._clock.now()
        asked = _asked(card, recipient_of(to, view, now), code, user_verification)
        if code is None:
            return self._show(asked, now, None, _without_code)
        code_rules.require_form(code)
        meant = self._store.load().card(card)
        asked = asked._replace(card=meant.handle)
        proved = self.prove(code, now, lambda state: asked.choose(state, now))

        def admit(state: Wallet) -> tuple[Wallet, int]:
            if state.card(meant.handle).stock != meant.stock:
                raise UsageError("the card was exchanged while the code was tried")
            return wallet.succeed(state, proved.tried)

        return self._show(asked, now, proved.key, admit)

    def rotate(
        self,
        code: str | None = None,
        *,
        card: str | None = None,
        to: VerifiedCertificate | VerifiedChallenge | None = None,
        view: View | None = None,
        user_verification: UserVerification = UserVerification.NONE,
    ) -> Generator[Turn[Presentation], None, None]:
        """The QR of now, again and again: ``next`` gives what is on the screen, and for how many seconds it stays.

        Within 20 seconds that is the same presentation, then a new one, and after 300 seconds there is none any more. The code is
        asked for once, here. Its signing key is dropped when it ends, and at the latest then; an app that turns the screen off
        calls ``close``. In answer to a challenge there is one presentation and no other, and none once its lifetime has passed.

        Arguments and what is raised: as ``present``. ``next`` raises ``UsageError`` where the card is gone or the code another
        one, and ``Rejected``: ``code-locked`` where somebody has used up the tries meanwhile. What time decides of the review is
        asked again at each new presentation (ASK-2).
        """
        now = self._clock.now()
        asked = _asked(card, recipient_of(to, view, now), code, user_verification)
        # another card that comes meanwhile is not meant
        asked = asked._replace(card=self._store.load().card(card).handle)
        key: signing.SigningKey | None = None
        admit: _Admit = _without_code
        if code is None:
            state = self._store.load()  # what can't be shown is refused here already
            asked.choose(state, now)
            wallet.require_not_locked(state)
        else:
            proved = self.prove(code, now, lambda state: asked.choose(state, now))
            key, admit = proved.key, self._admitting(proved.tried)

        def make(at: int) -> Presentation:
            return self._show(asked._replace(recipient=recipient_of(to, view, at)), at, key, admit)

        return rotation(self._clock.now, make, now, _answer_until(to) if isinstance(to, VerifiedChallenge) else None)

    def _admitting(self, tried: PersonalCode) -> _Admit:
        """Records that ``tried`` was right; gives what admits presentations after that."""
        before = 0

        def succeed(state: Wallet) -> Wallet:
            nonlocal before
            state, before = wallet.succeed(state, tried)
            return state

        self._store.update(succeed)
        return lambda state: (state, max(before, wallet.require_in_force(state, tried)))

    def _show(self, asked: _Asked, now: int, key: signing.SigningKey | None, admit: _Admit) -> Presentation:
        """A presentation, counted durably before it is made (PRES-3); with ``key``, under the personal code."""
        view, credential, failed = View.MINIMAL, b"", 0

        def count(state: Wallet) -> Wallet:
            nonlocal view, credential, failed
            view, credential = asked.choose(state, now)
            state, failed = admit(state)
            return wallet.count_presentation(state, state.card(asked.card))

        card = self._store.update(count).card(asked.card)
        claims = PresentationClaims(
            iat=now,
            exp=now + MAX_LIFETIME,
            cti=self._entropy.random(8),
            user_verification=asked.verification,
            binding=asked.recipient.binding,
            counter=card.presentations,
            failed_tries=failed,
            grant=card.grant or None,
        )
        device, code_sign = self._device_key, None if key is None else key.sign
        context = asked.recipient.context
        made = sign_presentation(claims, credential, device.public_key, device.sign, code_sign, context)
        text, message = asked.recipient.address(made)
        return Presentation(text, message, claims, view, asked.recipient.session_key is not None)
