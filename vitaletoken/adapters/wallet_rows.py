"""A wallet as the rows of a file, and back: deterministic CBOR, one row for each thing that changes by itself.

A field that a wallet gets later is an optional key of its row. A row of a kind that is not known is damage: a wallet that a later
version has written is not half understood by an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from vitaletoken.crypto import pin
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import NotInForm
from vitaletoken.rules.cards import (
    HANDLE_SIZE,
    MAX_EDITIONS,
    MAX_RENEWALS,
    MAX_STOCK,
    AskedUnlock,
    CardChange,
    CardKind,
    CodeChange,
    Edition,
    Introduced,
    Loan,
    PendingEnrolment,
    PersonalCode,
    WalletCard,
)
from vitaletoken.rules.code import MAX_FAILED, CodeCounter
from vitaletoken.rules.delegation import Way
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cbor import Item
from vitaletoken.wire.credential import delegate_name
from vitaletoken.wire.enrolment import Number, number_of, serialize_number
from vitaletoken.wire.grant import ID_SIZE
from vitaletoken.wire.scope import categories_of, purposes_of
from vitaletoken.wire.unlock import NONCE_SIZE

CODE: Final = 1
CARD: Final = 2
PORTRAIT: Final = 3
ENROLMENT: Final = 4
CHANGE: Final = 5
CARD_CHANGE: Final = 6
UNLOCK: Final = 7
INTRODUCTION: Final = 8
LOAN: Final = 9
LENT_PRESENTATIONS: Final = 10

_MAX_ROW: Final = 65_536
_MAX_MESSAGE: Final = 4096
#: Of the order that a card was lent with: SHA-256.
_ORDER_ID_SIZE: Final = 32


class Place(NamedTuple):
    """Where a row is: its kind, and the handle it belongs to; empty where there is but one of its kind, a loan's own id."""

    kind: int
    id: bytes


def rows_of(wallet: Wallet) -> dict[Place, bytes]:
    """The rows of ``wallet``, in the order in which ``wallet_of`` takes them."""
    rows: dict[Place, bytes] = {}

    def put(kind: int, handle: str, item: dict[int | str, Item]) -> None:
        rows[Place(kind, bytes.fromhex(handle))] = cbor.encode(item)

    if wallet.code is not None:
        tries = wallet.code.tries
        code: dict[int | str, Item] = {**_code_items(wallet.code), 4: tries.failed, 5: tries.last_try}
        put(CODE, "", code)
    if wallet.lent_presentations:
        put(LENT_PRESENTATIONS, "", {1: wallet.lent_presentations})
    for card in wallet.cards:
        put(CARD, card.handle, _card_items(card))
        if card.portrait:
            rows[Place(PORTRAIT, bytes.fromhex(card.handle))] = card.portrait
    for each in wallet.pending:
        put(
            ENROLMENT,
            each.handle,
            {1: each.kind.value, 2: each.request, 3: each.sent, 4: serialize_number(each.number)},
        )
    if wallet.change is not None:
        put(CHANGE, "", _code_items(wallet.change.code))
        for change in wallet.change.cards:
            put(CARD_CHANGE, change.handle, {1: list(change.renewals), 2: _stock_items(change.stock)})
    if wallet.unlock is not None:
        put(UNLOCK, wallet.unlock.handle, {1: wallet.unlock.nonce})
    for introduced in wallet.introductions:
        put(INTRODUCTION, introduced.handle, {1: introduced.message, 2: introduced.made})
    for loan in wallet.loans:
        put(LOAN, loan.id.hex(), _loan_items(loan))
    return rows


def _code_items(code: PersonalCode) -> dict[int | str, Item]:
    return {1: code.salt, 2: code.profile.label, 3: code.key}


def _card_items(card: WalletCard) -> dict[int | str, Item]:
    item: dict[int | str, Item] = {
        1: card.kind.value,
        2: card.request,
        3: _stock_items(card.stock),
        4: card.presentations,
    }
    if card.number is not None:
        item[5] = serialize_number(card.number)
    if card.grant:
        item[6] = card.grant
    return item


def _stock_items(stock: tuple[Edition, ...]) -> list[Item]:
    return [[edition.minimal, edition.billing] for edition in stock]


def _loan_items(loan: Loan) -> dict[int | str, Item]:
    purposes: list[Item] = [int(purpose) for purpose in loan.purposes]
    item: dict[int | str, Item] = {
        1: bytes.fromhex(loan.card),
        2: loan.name,
        3: loan.until,
        4: loan.delegate,
        5: purposes,
    }
    if loan.categories is not None:
        item[6] = [int(category) for category in loan.categories]
    return item


def wallet_of(rows: Mapping[Place, bytes]) -> Wallet:
    """The wallet whose rows these are. Raises ``NotInForm``."""
    found: dict[int, dict[bytes, Any]] = {kind: {} for kind in (*_READERS, PORTRAIT)}
    for place, content in rows.items():
        if place.kind not in found or len(place.id) not in _ID_SIZES.get(place.kind, (HANDLE_SIZE,)):
            raise NotInForm("kind of row")
        is_picture = place.kind == PORTRAIT
        found[place.kind][place.id] = content if is_picture else _READERS[place.kind](cbor.decode(content, _MAX_ROW))
    (lent_presentations,) = found[LENT_PRESENTATIONS].get(b"", (0,))
    pictures = found[PORTRAIT]
    cards = tuple(_card(id_, pictures.pop(id_, b""), *values) for id_, values in found[CARD].items())
    change = _change_of(found[CHANGE].get(b""), found[CARD_CHANGE], cards)
    unlocks = [AskedUnlock(id_.hex(), nonce) for id_, (nonce,) in found[UNLOCK].items()]
    if pictures or len(unlocks) > 1 or not {each.handle for each in unlocks} <= {card.handle for card in cards}:
        raise NotInForm("what belongs to no card")
    return Wallet(
        found[CODE].get(b""),
        cards,
        pending=_in_place(ENROLMENT, found, PendingEnrolment),
        introductions=_in_place(INTRODUCTION, found, Introduced),
        loans=tuple(_loan(id_, *values) for id_, values in found[LOAN].items()),
        change=change,
        unlock=unlocks[0] if unlocks else None,
        lent_presentations=lent_presentations,
    )


def _in_place(kind: int, found: Mapping[int, Mapping[bytes, Any]], make: Any) -> tuple[Any, ...]:
    """What is named by a digest of itself, each in its own place."""
    made = tuple(make(*values) for values in found[kind].values())
    if [each.handle for each in made] != [id_.hex() for id_ in found[kind]]:
        raise NotInForm("a row in another's place")
    return made


def _change_of(
    code: tuple[Any, ...] | None, found: Mapping[bytes, tuple[Any, ...]], cards: tuple[WalletCard, ...]
) -> CodeChange | None:
    """Of all cards that are not lent, or none."""
    changes = tuple(CardChange(id_.hex(), *values) for id_, values in found.items())
    if code is None and not changes:
        return None
    own = {card.handle for card in cards if card.kind is not CardKind.LENT}
    if code is None or not changes or {each.handle for each in changes} != own or all(each.stock for each in changes):
        raise NotInForm("a change of the code of other cards than there are")
    return CodeChange(PersonalCode(*code), changes)


def _card(handle: bytes, portrait: bytes, *values: Any) -> WalletCard:
    kind, request, stock, presentations, number, grant = values
    return WalletCard(handle.hex(), kind, request, stock, presentations, portrait, number, grant)


def _loan(loan_id: bytes, *values: Any) -> Loan:
    card, name, until, delegate, purposes, categories = values
    way = Way.GRANT if len(loan_id) == ID_SIZE else Way.ISSUER
    return Loan(card.hex(), way, name, until, purposes, categories, loan_id, delegate)


def _profile(value: Item) -> Argon2Profile:
    for profile in Argon2Profile:
        if profile.label == value:
            return profile
    raise NotInForm("Argon2id profile")


def _number(value: Item) -> Number:
    return number_of(_message(value))


def _checked_card(
    kind: CardKind,
    request: bytes,
    stock: tuple[Edition, ...],
    presentations: int,
    number: Number | None,
    grant: bytes | None,
) -> tuple[Any, ...]:
    """Its number is there exactly where it is not lent; one that is lent has an introduction or a grant."""
    if (number is None) is not (kind is CardKind.LENT) or bool(request) is (grant is not None):
        raise NotInForm("a card lent and not lent")
    return kind, request, stock, presentations, number, grant or b""


def _checked_code(salt: bytes, profile: Argon2Profile, key: bytes, failed: int, last_try: int) -> PersonalCode:
    return PersonalCode(salt, profile, key, CodeCounter(failed, last_try))


_message: Final = f.binary(1, _MAX_MESSAGE)
_count: Final = f.integer(0, 2**53)
_edition: Final = f.fixed(Edition, _message, f.binary(0, _MAX_MESSAGE))
_code: Final[dict[int | str, f.Reader[Any]]] = {1: f.binary(pin.SALT_SIZE), 2: _profile, 3: f.binary(32)}


def _values(*values: Any) -> tuple[Any, ...]:
    return values


_ID_SIZES: Final[dict[int, tuple[int, ...]]] = {
    CODE: (0,),
    CHANGE: (0,),
    LENT_PRESENTATIONS: (0,),
    LOAN: (ID_SIZE, _ORDER_ID_SIZE),
}
_READERS: Final[dict[int, f.Reader[Any]]] = {
    CODE: f.closed(_checked_code, {**_code, 4: f.integer(0, MAX_FAILED), 5: f.time}),
    LENT_PRESENTATIONS: f.closed(_values, {1: f.integer(1, 2**53)}),
    CARD: f.closed(
        _checked_card,
        {1: f.member(CardKind), 2: f.binary(0, _MAX_MESSAGE), 3: f.array_of(1, MAX_EDITIONS, _edition), 4: _count},
        {5: _number, 6: _message},
    ),
    ENROLMENT: f.closed(_values, {1: f.member(CardKind), 2: _message, 3: f.time, 4: _number}),
    CHANGE: f.closed(_values, _code),
    CARD_CHANGE: f.closed(_values, {1: f.array_of(1, MAX_RENEWALS, _message), 2: f.array_of(0, MAX_STOCK, _edition)}),
    UNLOCK: f.closed(_values, {1: f.binary(NONCE_SIZE)}),
    INTRODUCTION: f.closed(_values, {1: _message, 2: f.time}),
    LOAN: f.closed(
        _values,
        {1: f.binary(HANDLE_SIZE), 2: delegate_name, 3: f.time, 4: f.binary(32), 5: purposes_of},
        {6: categories_of},
    ),
}
