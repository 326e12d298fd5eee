"""A wallet as the rows of a file, and back: deterministic CBOR, one row for each thing that changes by itself.

A field that a wallet gets later is an optional key of its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from vitaletoken.crypto import pin
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import NotInForm
from vitaletoken.rules.code import MAX_FAILED, CodeCounter
from vitaletoken.rules.wallet import (
    HANDLE_SIZE,
    MAX_STOCK,
    CardKind,
    Edition,
    PendingEnrolment,
    PersonalCode,
    Wallet,
    WalletCard,
)
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.enrolment import Number, number_of, serialize_number

CODE: Final = 1
CARD: Final = 2
PORTRAIT: Final = 3
ENROLMENT: Final = 4

_MAX_ROW: Final = 65_536
_MAX_MESSAGE: Final = 4096


class Place(NamedTuple):
    """Where a row is: its kind, and the handle it belongs to; empty for the code, of which there is one."""

    kind: int
    id: bytes


def rows_of(wallet: Wallet) -> dict[Place, bytes]:
    """The rows of ``wallet``, in the order in which ``wallet_of`` takes them."""
    rows: dict[Place, bytes] = {}
    if wallet.code is not None:
        code, tries = wallet.code, wallet.code.tries
        item: dict[int | str, Item] = {1: code.salt, 2: code.profile.label, 3: code.key, 4: tries.failed, 5: tries.last_try}
        rows[Place(CODE, b"")] = cbor.encode(item)
    for card in wallet.cards:
        handle = bytes.fromhex(card.handle)
        stock: list[Item] = [[edition.minimal, edition.billing] for edition in card.stock]
        item = {1: card.kind.value, 2: card.request, 3: stock, 4: card.presentations}
        if card.number is not None:
            item[5] = serialize_number(card.number)
        rows[Place(CARD, handle)] = cbor.encode(item)
        if card.portrait:
            rows[Place(PORTRAIT, handle)] = card.portrait
    for each in wallet.pending:
        item = {1: each.kind.value, 2: each.request, 3: each.sent, 4: serialize_number(each.number)}
        rows[Place(ENROLMENT, bytes.fromhex(each.handle))] = cbor.encode(item)
    return rows


def wallet_of(rows: Mapping[Place, bytes]) -> Wallet:
    """The wallet whose rows these are. Raises ``NotInForm``."""
    code, cards, pending = None, [], []
    portraits = {place.id: content for place, content in rows.items() if place.kind == PORTRAIT}
    for place, content in rows.items():
        if place.kind == PORTRAIT:
            continue
        if place.kind not in _READERS or len(place.id) != (0 if place.kind == CODE else HANDLE_SIZE):
            raise NotInForm("kind of row")
        values = _READERS[place.kind](cbor.decode(content, _MAX_ROW))
        if place.kind == CODE:
            code = PersonalCode(*values)
        elif place.kind == CARD:
            kind, request, stock, presentations, number = values
            portrait = portraits.pop(place.id, b"")
            cards.append(WalletCard(place.id.hex(), kind, request, stock, presentations, portrait, number))
        else:
            pending.append(PendingEnrolment(*values))
            if pending[-1].handle != place.id.hex():
                raise NotInForm("an enrolment in another's place")
    if portraits:
        raise NotInForm("a portrait of no card")
    return Wallet(code, tuple(cards), tuple(pending))


def _profile(value: Item) -> Argon2Profile:
    for profile in Argon2Profile:
        if profile.label == value:
            return profile
    raise NotInForm("Argon2id profile")


def _number(value: Item) -> Number:
    return number_of(_message(value))


_message: Final = f.binary(1, _MAX_MESSAGE)
_count: Final = f.integer(0, 2**53)
_READERS: Final[dict[int, f.Reader[tuple[Any, ...]]]] = {
    CODE: f.closed(
        lambda salt, profile, key, *tries: (salt, profile, key, CodeCounter(*tries)),
        {1: f.binary(pin.SALT_SIZE), 2: _profile, 3: f.binary(32), 4: f.integer(0, MAX_FAILED), 5: f.time},
    ),
    CARD: f.closed(
        lambda *values: values,
        {
            1: f.member(CardKind),
            2: _message,
            3: f.array_of(1, MAX_STOCK, f.fixed(Edition, _message, f.binary(0, _MAX_MESSAGE))),
            4: _count,
        },
        {5: _number},
    ),
    ENROLMENT: f.closed(lambda *values: values, {1: f.member(CardKind), 2: _message, 3: f.time, 4: _number}),
}
