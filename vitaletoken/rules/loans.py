"""Cards that are lent, on both phones: what the owner of a card keeps of it, and what the delegate does (spec section 14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from vitaletoken.crypto import signing
from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.acceptance import binding_of
from vitaletoken.rules.cards import CardKind, Edition, Introduced, Loan, WalletCard, handle_of
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.introduction import VerifiedIntroduction, lending_binding
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.registry import Category, Purpose, UserVerification
from vitaletoken.wire.scope import Scope

MAX_INTRODUCTIONS: Final = 4
#: Seconds after which no card can come any more that is good still and was made for an introduction.
INTRODUCTION_LIFETIME: Final = 30 * 86_400


# --- who lends


def scope_of(purposes: Iterable[Purpose], categories: Iterable[Category] | None) -> Scope:
    """The scope in the order that messages have it in."""
    return Scope(tuple(sorted(set(purposes))), None if categories is None else tuple(sorted(set(categories))))


def require_can_lend(introduction: VerifiedIntroduction, own: PhoneKeys, now: int) -> None:
    """Raise what can be said before the code is tried.

    Raises:
        Rejected: ``introduction-time``: it was reviewed too long ago (I5).
        UsageError: the introduction is of this phone (GRANT-2).
    """
    introduction.require_in_time(now)
    if introduction.keys.have_any_of(own):
        raise UsageError("a card is not lent to the phone that it is on")


def edition_to_lend(card: WalletCard, now: int) -> Edition:
    """The one of now. Raises ``Rejected``: ``credential-expired``, where there is none any more."""
    edition = card.edition(now)
    if now >= edition.claims.exp:
        raise refusal(Code.CREDENTIAL_EXPIRED)
    return edition


def no_signature(_: bytes) -> bytes:
    """What has the size of a signature: for a grant of which only the size is asked."""
    return bytes(64)


def loan_of(
    card: WalletCard, way: Way, introduction: VerifiedIntroduction, until: int, scope: Scope, loan_id: bytes
) -> Loan:
    """What is kept of it."""
    key = introduction.claims.device_key
    delegate = signing.thumbprint(key.algorithm, key.public)
    return Loan(card.handle, way, introduction.claims.name, until, scope.purposes, scope.categories, loan_id, delegate)


def lend(wallet: Wallet, loan: Loan, now: int) -> Wallet:
    """With ``loan``, to be recorded before the card goes out of hand. Those that are over go."""
    return replace(wallet, loans=(*lent(wallet, now), loan))


def lent(wallet: Wallet, now: int) -> tuple[Loan, ...]:
    """Those that are not over at ``now``."""
    return tuple(loan for loan in wallet.loans if now < loan.until)


# --- who is lent to


def introduce(wallet: Wallet, introduced: Introduced) -> Wallet:
    """With ``introduced``; the newest four are kept, and none for more than 30 days. The very same again is one."""
    kept = [
        each
        for each in wallet.introductions
        if each.message != introduced.message and introduced.made < each.made + INTRODUCTION_LIFETIME
    ]
    return replace(wallet, introductions=(*kept, introduced)[-MAX_INTRODUCTIONS:])


def introduction_for(wallet: Wallet, credential: bytes) -> bytes:
    """The introduction of this phone that ``credential`` says it was made for; empty where there is none.

    Nothing in it is believed yet. A lent card stands for its own: an issuer may send it again.

    Raises:
        Malformed: ``credential-structure``.
    """
    shown = [each.message for each in wallet.introductions]
    shown += [card.request for card in wallet.cards if card.kind is CardKind.LENT and not card.grant]
    binding = binding_of((credential,))
    return next((each for each in shown if lending_binding(each) == binding), b"")


def keep_lent(wallet: Wallet, credential: bytes, introduction: bytes, grant: bytes) -> tuple[Wallet, str]:
    """With the card that was lent, and its handle: beside all others; the same again changes nothing.

    Args:
        introduction, grant: of the two, the one that there is; the other is empty.
    """
    handle = handle_of(grant or credential)
    if any(card.handle == handle for card in wallet.cards):
        return wallet, handle
    card = WalletCard(handle, CardKind.LENT, introduction, (Edition(credential),), grant=grant)
    return wallet.with_card(card), handle


def require_can_present(card: WalletCard, user_verification: UserVerification, now: int) -> None:
    """What a phone looks at before it shows ``card``, so that nobody stands at a desk with a card that is refused.

    Raises:
        Rejected: ``grant-over``, ``credential-expired``: a card that was lent, after its end.
        UsageError: a card under a grant without the code (GRANT-4).
    """
    terms = card.lent
    if terms is None:
        return
    if card.grant and user_verification is not UserVerification.CODE:
        raise UsageError("a card that was lent by a grant is shown with the personal code")
    if now >= terms.until:
        raise refusal(Code.GRANT_OVER if card.grant else Code.CREDENTIAL_EXPIRED)
