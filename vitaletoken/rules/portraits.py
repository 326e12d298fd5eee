"""Portraits beside the cards of a wallet: each is the picture whose digest is in its card, or is not kept."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Final

from vitaletoken.errors import UsageError
from vitaletoken.rules.cards import WalletCard
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.credential import CredentialClaims

MAX_PORTRAIT: Final = 262_144


def is_portrait(portrait: bytes, claims: CredentialClaims) -> bool:
    """Whether it is the picture whose digest is in the card."""
    digest = claims.card.portrait
    return digest is not None and hmac.compare_digest(hashlib.sha256(portrait).digest(), digest)


def keep_portrait(wallet: Wallet, handle: str, portrait: bytes, now: int) -> Wallet:
    """With ``portrait`` beside the card.

    Raises:
        UsageError: no such card; over 262,144 bytes; or not the picture whose digest the card of now has.
    """
    card = wallet.card(handle)
    if len(portrait) > MAX_PORTRAIT:
        raise UsageError(f"a portrait has at most {MAX_PORTRAIT} bytes")
    _require_portrait(portrait, card, now)
    return wallet.with_card(replace(card, portrait=portrait))


def portrait_of(card: WalletCard, now: int) -> bytes | None:
    """The portrait; None where the phone has none. Raises ``UsageError`` where it is not that of the card of now."""
    if not card.portrait:
        return None
    _require_portrait(card.portrait, card, now)
    return card.portrait


def _require_portrait(portrait: bytes, card: WalletCard, now: int) -> None:
    if not is_portrait(portrait, card.edition(now).claims):
        raise UsageError("this is not the portrait whose digest is in the card")
