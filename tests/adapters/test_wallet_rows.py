"""A wallet as rows, and back: whatever a phone can have comes back as it was, and no row says anything in another's place."""

from __future__ import annotations

import dataclasses
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.test_stores import STATE
from tests.adapters.test_wallet import pieces
from tests.examples import examples
from tests.world import NIR_DIGITS, World
from vitaletoken import Argon2Profile, BeneficiaryNir, Category, Purpose, UsageError
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.adapters.wallet_rows import CARD_CHANGE, CHANGE, LOAN, UNLOCK, Place, rows_of, wallet_of
from vitaletoken.errors import NotInForm
from vitaletoken.rules.cards import (
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
from vitaletoken.wire.enrolment import Number
from vitaletoken.wire.fields import MAX_TIME

# --- any wallet

times = st.integers(0, MAX_TIME)
counts = st.integers(0, 2**40)
messages = st.binary(min_size=1, max_size=60)
handles = st.binary(min_size=8, max_size=8).map(bytes.hex)
digits = st.integers(0, 99_999_999).map(lambda number: f"28409{number:08}")
numbers = st.builds(Number, digits.map(BeneficiaryNir), st.binary(min_size=16, max_size=16))
profiles = st.sampled_from(list(Argon2Profile))
salts, keys = st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
new_codes = st.builds(PersonalCode, salts, profiles, keys)
codes = st.builds(PersonalCode, salts, profiles, keys, st.builds(CodeCounter, st.integers(0, MAX_FAILED), times))
editions = st.builds(Edition, messages, st.binary(max_size=60))
own_cards = st.builds(
    WalletCard,
    handles,
    st.sampled_from([CardKind.OWN, CardKind.CHILD]),
    messages,
    st.lists(editions, min_size=1, max_size=MAX_EDITIONS).map(tuple),
    counts,
    st.binary(max_size=40),
    numbers,
)
lent_cards = st.builds(
    lambda handle, message, edition, count, by_grant: WalletCard(
        handle,
        CardKind.LENT,
        b"" if by_grant else message,
        (edition,),
        count,
        grant=message if by_grant else b"",
    ),
    handles,
    messages,
    editions,
    counts,
    st.booleans(),
)
pending = st.builds(PendingEnrolment, st.sampled_from([CardKind.OWN, CardKind.CHILD]), messages, times, numbers)
introductions = st.builds(Introduced, messages, times)
scopes = st.lists(st.sampled_from(list(Purpose)), min_size=1, unique=True).map(lambda each: tuple(sorted(each)))
places = st.none() | st.lists(st.sampled_from(list(Category)), min_size=1, unique=True).map(
    lambda each: tuple(sorted(each))
)
loans = st.builds(
    lambda card, by_grant, name, until, purposes, categories, id_, delegate: Loan(
        card,
        Way.GRANT if by_grant else Way.ISSUER,
        name,
        until,
        purposes,
        categories,
        id_[: 8 if by_grant else 32],
        delegate,
    ),
    handles,
    st.booleans(),
    st.sampled_from(["D", "Dominique", "Zoé", "名" * 21]),
    times,
    scopes,
    places,
    keys,
    keys,
)


@st.composite
def wallets(draw: st.DrawFn) -> Wallet:
    """Whatever its parts say, as long as they belong together."""
    cards = draw(st.lists(own_cards | lent_cards, max_size=4, unique_by=lambda card: card.handle))
    own = [card.handle for card in cards if card.kind is not CardKind.LENT]
    change = None
    if own and draw(st.booleans()):
        sent = st.lists(messages, min_size=1, max_size=MAX_RENEWALS).map(tuple)
        answers = st.lists(editions, max_size=MAX_STOCK).map(tuple)
        parts = [CardChange(handle, draw(sent), draw(answers)) for handle in draw(st.permutations(own))]
        parts[0] = dataclasses.replace(parts[0], stock=())
        change = CodeChange(draw(new_codes), tuple(parts))
    unlock = None
    if cards and draw(st.booleans()):
        unlock = AskedUnlock(draw(st.sampled_from([card.handle for card in cards])), draw(salts))
    code = draw(st.none() | codes)
    return Wallet(
        code,
        tuple(cards),
        tuple(draw(st.lists(pending, max_size=3, unique_by=lambda each: each.request))),
        tuple(draw(st.lists(introductions, max_size=4, unique_by=lambda each: each.message))),
        tuple(draw(st.lists(loans, max_size=3, unique_by=lambda each: each.id))),
        change,
        unlock,
        draw(counts),
    )


@examples(200)
@given(wallets())
def test_a_wallet_comes_back_as_it_was(wallet: Wallet) -> None:
    rows = rows_of(wallet)
    assert wallet_of(rows) == wallet
    assert list(rows_of(wallet_of(rows)).items()) == list(rows.items())


@examples(60)
@given(wallets(), st.data())
def test_a_row_less_or_elsewhere_is_noticed_or_says_something_else(wallet: Wallet, data: st.DataObject) -> None:
    """Never the same wallet, and never another fault than the one that is looked for."""
    rows = rows_of(wallet)
    if not rows:
        return
    place = data.draw(st.sampled_from(list(rows)))
    others = {other: content for other, content in rows.items() if other != place}
    moved = Place(data.draw(st.integers(1, 12)), data.draw(st.sampled_from([b"", bytes(8), place.id, bytes(32)])))
    for changed in (others, {**others, moved: rows[place]}):
        if list(changed.items()) == list(rows.items()):
            continue
        try:
            found = wallet_of(changed)
        except NotInForm:
            continue
        assert found != wallet or changed.keys() == rows.keys()


# --- what is damage

ROWS = rows_of(STATE)


def refused(rows: dict[Place, bytes]) -> bool:
    try:
        wallet_of(rows)
    except NotInForm:
        return True
    return False


def test_the_example_has_every_kind_of_row() -> None:
    assert {place.kind for place in ROWS} == set(range(1, 11))
    assert wallet_of(ROWS) == STATE


@pytest.mark.parametrize("place", [place for place in ROWS if place.kind != 3], ids=str)
def test_a_key_more_or_less_is_damage(place: Place) -> None:
    """A field that this version does not know, or does without."""
    item = cbor.decode(ROWS[place], 65_536)
    assert isinstance(item, dict)
    assert refused({**ROWS, place: cbor.encode({**item, 99: 0})})
    assert refused({**ROWS, place: b"\xa0"})
    assert refused({**ROWS, place: ROWS[place] + b"\0"})
    optional = {2: {5, 6}, LOAN: {6}}.get(place.kind, set())
    for key in item:
        less = {other: value for other, value in item.items() if other != key}
        assert refused({**ROWS, place: cbor.encode(less)}) is (key not in optional or place.kind == 2)


@pytest.mark.parametrize("place", ROWS, ids=str)
def test_a_row_in_a_place_of_another_form_is_damage(place: Place) -> None:
    others = {other: content for other, content in ROWS.items() if other != place}
    for moved in (
        Place(0, place.id),
        Place(11, place.id),
        Place(255, b""),
        Place(place.kind, place.id[:-1] + bytes(9)),
    ):
        assert refused({**others, moved: ROWS[place]})


def without(*kinds: int) -> dict[Place, bytes]:
    return {place: content for place, content in ROWS.items() if place.kind not in kinds}


def test_what_belongs_together_comes_together() -> None:
    assert refused(without(CHANGE)), "a change of cards to no code"
    assert refused(without(CARD_CHANGE)), "a change to a code of no card"
    for place in ROWS:
        if place.kind == CARD_CHANGE:
            rest = {other: content for other, content in ROWS.items() if other != place}
            assert refused(rest), "a change of some cards only"
            assert refused({**rest, Place(CARD_CHANGE, b"\x0f" * 8): ROWS[place]}), "of a card that is lent"
            assert refused({**rest, place: cbor.encode({1: [b"renewal"], 2: [[b"new", b""]]})}) is (
                place.id != b"\xff" * 8
            )
    unlock = next(content for place, content in ROWS.items() if place.kind == UNLOCK)
    assert refused({**ROWS, Place(UNLOCK, bytes(8)): unlock}), "two nonces"
    assert refused({**without(UNLOCK), Place(UNLOCK, b"\xab" * 8): unlock}), "of no card"
    assert not refused(without(UNLOCK))
    assert not refused(without(CHANGE, CARD_CHANGE))


def test_a_card_is_lent_or_it_is_not() -> None:
    """A number exactly where it is not; a grant or an introduction exactly where it is."""
    for place, content in ROWS.items():
        if place.kind != 2:
            continue
        item: Any = cbor.decode(content, 65_536)
        for kind in {1, 2, 3} - {item[1]}:
            is_other = (kind == 3) is not (item[1] == 3)
            assert refused({**ROWS, place: cbor.encode({**item, 1: kind})}) is is_other
        assert refused({**ROWS, place: cbor.encode({**item, 2: b"" if item[2] else b"message"})})
        grant = {key: value for key, value in item.items() if key != 6} if 6 in item else {**item, 6: b"grant"}
        assert refused({**ROWS, place: cbor.encode(grant)})


# --- in the file


def test_nothing_of_it_is_in_clear(tmp_path: Path) -> None:
    w = World()
    with SqliteWallet(tmp_path / "wallet", w.device_key, SystemEntropy()) as store:
        assert store.update(lambda _: STATE) == STATE
    content = (tmp_path / "wallet").read_bytes()
    ids = {hashlib.sha256(each.request).digest()[:8].hex() for each in STATE.pending}
    ids |= {card.handle for card in STATE.cards}
    secret = {piece for piece in pieces(STATE) if len(piece) > 4 and piece.decode("latin-1") not in ids}
    secret -= {loan.id for loan in STATE.loans}  # drawn at random, or a digest: the name of a row
    assert {b"Dominique", b"introduction", b"renewal", b"grant", b"n" * 16, b"l" * 32, NIR_DIGITS.encode()} <= secret
    for piece in secret:
        assert piece not in content


def test_a_wallet_that_is_full_says_so_and_is_as_it_was(tmp_path: Path) -> None:
    w = World()
    (loan, *_) = STATE.loans
    many = tuple(dataclasses.replace(loan, id=number.to_bytes(8)) for number in range(1001))
    with SqliteWallet(tmp_path / "wallet", w.device_key, SystemEntropy()) as store:
        kept = store.update(lambda _: Wallet(loans=many[:1000]))
        with pytest.raises(UsageError, match="full"):
            store.update(lambda _: Wallet(loans=many))
        assert store.load() == kept
    with closing(sqlite3.connect(tmp_path / "wallet")) as reader:
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1001,)
