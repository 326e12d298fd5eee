"""What all that a phone does rests on: its device key, its wallet, and the proof of the personal code."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from vitaletoken.crypto import pin, signing
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.ports import Clock, DeviceKey, Entropy, HolderStore
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import wallet
from vitaletoken.rules.cards import PersonalCode
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.registry import Environment


class Proved(NamedTuple):
    """The personal code was right, or is chosen.

    Attributes:
        key: its signing key.
        tried: the code as it was when it was tried.
        is_new: nobody has chosen one before.
    """

    key: signing.SigningKey
    tried: PersonalCode
    is_new: bool = False

    def record(self, state: Wallet) -> Wallet:
        """The wallet after it: to be kept in one step with what the code was proved for.

        Raises:
            UsageError: the wallet has another code by now.
        """
        return wallet.choose(state, self.tried) if self.is_new else wallet.succeed(state, self.tried)[0]


class KeyHolder:
    """A phone with one device key, one personal code, and a wallet.

    Args:
        device_key: Ed25519 or P-256; in secure hardware where the phone has it.
        store: the phone's wallet; each change of it is one atomic step.
    """

    def __init__(self, device_key: DeviceKey, *, store: HolderStore, clock: Clock, entropy: Entropy) -> None:
        self._device_key: Final = device_key
        self._store: Final = store
        self._clock: Final = clock
        self._entropy: Final = entropy

    def prove(self, code: str, now: int, ready: Callable[[Wallet], object] = wallet.code_of) -> Proved:
        """The code key, if ``code`` is right. The try is counted, durably, before it is made (CODE-2).

        That it was right is to be recorded by ``Proved.record``, in one step with what it was proved for.

        Args:
            ready: raises where no try should be spent, since nothing could come of it.

        Raises:
            Malformed: ``code-form``.
            Rejected: ``code-locked``, ``code-delayed``, ``code-wrong``.
            UsageError: no code has been chosen.
        """
        code_rules.require_form(code)

        def count(state: Wallet) -> Wallet:
            ready(state)
            return wallet.count_try(state, now)

        tried = wallet.code_of(self._store.update(count))
        key = self._code_signing_key(code, tried)
        if not hmac.compare_digest(key.public, tried.key):
            raise refusal(Code.CODE_WRONG)
        return Proved(key, tried)

    def _prove_or_choose(
        self,
        code: str,
        now: int,
        profile: Argon2Profile | None,
        birth_date: date | None,
        ready: Callable[[Wallet], object],
    ) -> Proved:
        """As ``prove`` where the phone has a code; else ``code`` is the one that is chosen.

        Raises:
            Rejected: also ``code-weak``.
            UsageError: another profile than the code has.
        """
        state = self._store.load()
        if state.code is None:
            code_rules.require_strong(code, birth_date)
            ready(state)
            return Proved(*self._chosen(code, profile or Argon2Profile.DEFAULT), is_new=True)
        if profile not in (None, state.code.profile):
            raise UsageError("the Argon2id profile is chosen with the code, and kept")
        return self.prove(code, now, ready)

    def _chosen(self, code: str, profile: Argon2Profile) -> tuple[signing.SigningKey, PersonalCode]:
        """The key of ``code`` under a fresh salt."""
        salt = self._entropy.random(pin.SALT_SIZE)
        key = self._code_signing_key(code, PersonalCode(salt, profile, b""))
        return key, PersonalCode(salt, profile, key.public)

    def _code_signing_key(self, code: str, kept: PersonalCode) -> signing.SigningKey:
        device = self._device_key.public_key
        thumbprint = signing.thumbprint(device.algorithm, device.public)
        return pin.code_signing_key(pin.derive(code, kept.salt, kept.profile, thumbprint, self._device_key.prf))

    def _keys(self, code: PersonalCode) -> PhoneKeys:
        """The public halves of the phone's keys."""
        return PhoneKeys(self._device_key.public_key, code.key)


def require_profile(profile: Argon2Profile, trust: VerifiedTrustList) -> None:
    """Raises ``UsageError`` for a profile that cards of the trust list's environment do not permit."""
    if profile is Argon2Profile.CHEAPEST and trust.claims.environment is not Environment.TEST:
        raise UsageError("the cheapest Argon2id profile is for tests")
