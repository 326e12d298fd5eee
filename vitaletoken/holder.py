"""The holder: the phone that enrols, keeps the card, looks at who asks, and shows the QR."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from vitaletoken.crypto import pin, signing
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, DeviceKey, Entropy, HolderState, HolderStore
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import context
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.enrolment import verify_offer, verify_own_billing_view, verify_own_credential
from vitaletoken.rules.recipient import Recipient, recipient_of
from vitaletoken.rules.signing import sign_presentation
from vitaletoken.rules.terminal import Review, VerifiedCertificate, VerifiedChallenge, review
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire import cose
from vitaletoken.wire.enrolment import RequestClaims, serialize_request_claims
from vitaletoken.wire.presentation import MAX_LIFETIME, PresentationClaims
from vitaletoken.wire.registry import Environment, UserVerification, View


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


class Holder:
    """A phone with one card.

    Args:
        device_key: Ed25519 or P-256; in secure hardware where the phone has it.
        store: the phone's state; each change of it is one atomic step.
    """

    def __init__(self, device_key: DeviceKey, *, store: HolderStore, clock: Clock, entropy: Entropy) -> None:
        self._device_key: Final = device_key
        self._store: Final = store
        self._clock: Final = clock
        self._entropy: Final = entropy

    def enrol(
        self,
        offer: bytes,
        trust: VerifiedTrustList,
        code: str,
        *,
        profile: Argon2Profile = Argon2Profile.DEFAULT,
        birth_date: date | None = None,
    ) -> bytes:
        """Answer ``offer``: choose the personal code, make the code key, prove possession of both keys.

        Starts anew: a card accepted before and its counters are dropped, for a new enrolment replaces them. A phone
        that is locked is therefore unlocked by the issuer alone, who gives out the offer.

        Args:
            code: six digits, not among the first guesses.
            profile: of Argon2id; ``CHEAPEST`` with a trust list of a test environment only.
            birth_date: of the phone's owner, where the app knows it; refused as a code.

        Returns:
            The enrolment request for the issuer.

        Raises:
            Malformed: ``offer-structure``, ``code-form``.
            Untrusted: ``offer-issuer``, ``offer-signature``.
            Rejected: ``offer-expired``, ``code-weak``.
            UsageError: a profile below what production permits.
        """
        _require_profile(profile, trust)
        now = self._clock.now()
        verified = verify_offer(offer, trust, now)
        code_rules.require_strong(code, birth_date)
        state = HolderState(salt=self._entropy.random(pin.SALT_SIZE), profile=profile)
        code_key = self._code_signing_key(code, state)

        device = self._device_key.public_key
        payload = serialize_request_claims(RequestClaims(now, device, code_key.public, verified.digest))
        inner = cose.sign(code_key.sign, cose.HEADER_ED25519, context.REQUEST_CODE_AAD, payload)
        header = cose.header_of_device(device.algorithm)
        request = cose.sign(self._device_key.sign, header, context.REQUEST_DEVICE_AAD, inner)
        self._store.update(lambda _: replace(state, code_key=code_key.public, request=request))
        return request

    def accept(self, credential: bytes, trust: VerifiedTrustList, billing: bytes | None = None) -> VerifiedCredential:
        """Keep ``credential``, if it is the answer to this phone's own request, for its own keys (ENROL-2).

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
        accepted: list[VerifiedCredential] = []

        def keep(state: HolderState) -> HolderState:
            if not state.request:
                raise UsageError("this phone has sent no enrolment request")
            _require_profile(state.profile, trust)
            own = self._device_key.public_key
            card = verify_own_credential(credential, state.request, own, state.code_key, trust, now)
            if billing is not None:
                verify_own_billing_view(billing, card, state.request, trust, now)
            accepted.append(card)
            return replace(state, credential=credential, billing=billing or b"")

        self._store.update(keep)
        return accepted[-1]

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
        to: VerifiedCertificate | VerifiedChallenge | None = None,
        view: View | None = None,
        user_verification: UserVerification = UserVerification.NONE,
    ) -> Presentation:
        """A presentation for one visit: fresh id and time, good for 60 seconds.

        Args:
            code: the personal code. None where it cannot be asked for: the presentation then proves possession of the
                phone, and says with ``user_verification`` what the phone itself knows. Terminals decide whether that
                is enough.
            to: the ``asker`` of a review: the presentation is for that terminal, or in answer to that challenge, alone, and
                sealed where the challenge has a session key. None: for any terminal, at binding level open.
            view: None for the one that the challenge asks for, as far as this phone has it. ``MINIMAL`` is a person's way to
                decline; ``BILLING`` says that no other will do.

        Raises:
            Malformed: ``code-form``.
            Untrusted: ``certificate-authority``: the trust list has expired since the review (ASK-2).
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``, ``billing-refused``; ``certificate-not-valid``: it has
                expired since the review; ``wrong-environment``: the card is not of that of the trust list.
            UsageError: no card on this phone, or another one than when the call began; ``user_verification`` does not fit
                ``code``; ``to`` is no asker, or a challenge that was reviewed longer ago than its lifetime; or ``BILLING`` where
                the challenge doesn't ask for it, or this phone doesn't have it. Also the billing view, asked for or by default,
                with a user verification of ``NONE``: ``MINIMAL`` is the answer then.
        """
        now = self._clock.now()
        recipient = recipient_of(to, view, now)
        if code is None:
            if user_verification is UserVerification.CODE:
                raise UsageError("the personal code is proved with the code alone")
            state = self._store.update(lambda state: _next_presentation(state, recipient, user_verification))
            return self._presentation(state, recipient, state.tries.failed, now, user_verification)
        if user_verification is not UserVerification.NONE:
            raise UsageError("with the personal code, no other user verification is stated")
        code_key, tried = self._try_code(code, now, recipient)
        failed_before = 0

        def succeed(state: HolderState) -> HolderState:
            nonlocal failed_before
            if _card_of(state) != _card_of(tried):
                raise UsageError("the card was exchanged while the code was tried")
            failed_before = max(0, state.tries.failed - 1)  # without this try, which was counted beforehand
            following = _next_presentation(state, recipient, UserVerification.CODE)
            return replace(following, tries=state.tries.succeeded())

        state = self._store.update(succeed)
        return self._presentation(state, recipient, failed_before, now, UserVerification.CODE, code_key.sign)

    def _try_code(self, code: str, now: int, recipient: Recipient) -> tuple[signing.SigningKey, HolderState]:
        """The code key, if ``code`` is right, and the state it was tried on.

        The try is counted, durably, before it is made (CODE-2).
        """
        code_rules.require_form(code)

        def count(state: HolderState) -> HolderState:
            # no try is spent on what can't be presented
            recipient.choose(state.credential, state.billing, UserVerification.CODE)
            return replace(state, tries=state.tries.count_try(now))

        state = self._store.update(count)
        code_key = self._code_signing_key(code, state)
        if not hmac.compare_digest(code_key.public, state.code_key):
            raise refusal(Code.CODE_WRONG)
        return code_key, state

    def _code_signing_key(self, code: str, state: HolderState) -> signing.SigningKey:
        device = self._device_key.public_key
        thumbprint = signing.thumbprint(device.algorithm, device.public)
        return pin.code_signing_key(pin.derive(code, state.salt, state.profile, thumbprint, self._device_key.prf))

    def _presentation(
        self,
        state: HolderState,
        recipient: Recipient,
        failed_tries: int,
        now: int,
        user_verification: UserVerification,
        code_sign: Callable[[bytes], bytes] | None = None,
    ) -> Presentation:
        claims = PresentationClaims(
            iat=now,
            exp=now + MAX_LIFETIME,
            cti=self._entropy.random(8),
            user_verification=user_verification,
            binding=recipient.binding,
            counter=state.presentations,
            failed_tries=failed_tries,
        )
        view, credential = recipient.choose(state.credential, state.billing, user_verification)
        device = self._device_key
        made = sign_presentation(claims, credential, device.public_key, device.sign, code_sign, recipient.context)
        text, message = recipient.address(made)
        return Presentation(text, message, claims, view, recipient.session_key is not None)


def _require_profile(profile: Argon2Profile, trust: VerifiedTrustList) -> None:
    if profile is Argon2Profile.CHEAPEST and trust.claims.environment is not Environment.TEST:
        raise UsageError("the cheapest Argon2id profile is for tests")


def _card_of(state: HolderState) -> tuple[bytes, ...]:
    """What must not change while a code is tried."""
    return state.salt, state.code_key, state.credential, state.billing


def _next_presentation(state: HolderState, recipient: Recipient, user_verification: UserVerification) -> HolderState:
    recipient.choose(state.credential, state.billing, user_verification)
    return replace(state, presentations=state.presentations + 1)
