"""From one wallet to the next: which edition is of now, what a handle names, what an acceptance keeps and what it drops."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from tests import forge
from tests.forge import CARD, put
from tests.world import CODE, DAY, NIR, NOW, World, enrolled
from vitaletoken import Argon2Profile, Code, InputError, Rejected, UsageError
from vitaletoken.rules import acceptance, deletion, portraits, wallet
from vitaletoken.rules.cards import (
    MAX_EDITIONS,
    MAX_STOCK,
    CardChange,
    CardKind,
    CodeChange,
    Edition,
    PendingEnrolment,
    PersonalCode,
    WalletCard,
)
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.enrolment import Number

NUMBER = Number(NIR, b"salt of a number")
KEPT = PersonalCode(b"s" * 16, Argon2Profile.CHEAPEST, b"k" * 32)


def edition(w: World, begin: int = 0, end: int = 14, edit: forge.Edit | None = None) -> Edition:
    """Of the world's person; days from now."""
    window = forge.both(put((6,), NOW + begin * DAY), put((4,), NOW + end * DAY))
    return Edition(forge.credential(w, window if edit is None else forge.both(window, edit)))


def card(w: World, name: str = "one", kind: CardKind = CardKind.OWN, edit: forge.Edit | None = None) -> WalletCard:
    request = f"request of {name}".encode()
    number = None if kind is CardKind.LENT else NUMBER
    return WalletCard(hashlib.sha256(request).hexdigest()[:16], kind, request, (edition(w, edit=edit),), number=number)


def pending(name: str = "waiting", kind: CardKind = CardKind.OWN, sent: int = NOW) -> PendingEnrolment:
    return PendingEnrolment(kind, name.encode(), sent, NUMBER)


ANOTHER = put((CARD, 2), b"another1")


# --- the card of now


def test_the_edition_of_now_is_the_last_that_has_begun() -> None:
    w = enrolled()
    stock = (edition(w, -1, 7), edition(w, 7, 14), edition(w, 14, 21), edition(w, 21, 28))
    held = dataclasses.replace(card(w), stock=stock)
    for days, number in ((-30, 0), (-1, 0), (0, 0), (7, 1), (13, 1), (14, 2), (20, 2), (21, 3), (400, 3)):
        assert held.edition(NOW + days * DAY) is stock[number]
    assert held.edition(NOW + 7 * DAY - 1) is stock[0]


def test_presentations_show_the_edition_of_now() -> None:
    """A phone that is offline goes through its stock, and its counter goes on."""
    w = enrolled()
    first = w.views()
    w.alter_card(stock=(first, edition(w, 14, 28)))
    for days, number in ((0, 0), (13, 0), (14, 1), (27, 1)):
        w.clock.time = NOW + days * DAY
        parsed = forge.dec(w.holder.present(CODE).message)
        assert parsed[0][4:].endswith(w.card().stock[number].minimal)
    assert w.card().presentations == 4


# --- handles


def test_a_card_is_found_by_its_handle_and_the_only_one_without() -> None:
    w = enrolled()
    one, two = card(w), card(w, "two", CardKind.CHILD, ANOTHER)
    both = Wallet(KEPT, (one, two))
    assert both.card(two.handle) is two
    assert Wallet(KEPT, (two,)).card(None) is two
    with pytest.raises(UsageError, match=rf"several cards: say which \({one.handle}, {two.handle}\)"):
        both.card(None)
    with pytest.raises(UsageError, match="no card on"):
        Wallet(KEPT).card(None)
    for handle in ("", "ab" * 8, pending().handle):
        with pytest.raises(UsageError, match="with that handle"):
            Wallet(KEPT, (one, two), (pending(),)).card(handle)


def test_a_handle_names_one_persons_card_and_never_anothers() -> None:
    """Enrolled again, the card keeps it; another person's card has its own, whatever request it answers."""
    w = enrolled()
    one = card(w)
    before = Wallet(KEPT, (dataclasses.replace(one, presentations=7),), (pending(), pending("child's", CardKind.CHILD)))
    again = edition(w, 1, 15)
    after, handle = acceptance.accept(before, before.pending[0], again)
    assert handle == one.handle
    assert after.cards == (WalletCard(handle, CardKind.OWN, b"waiting", (again,), 7, number=NUMBER),)
    assert after.pending == before.pending[1:]
    childs, _ = acceptance.accept(before, pending(kind=CardKind.CHILD), again)
    assert childs.cards[0].kind is CardKind.CHILD, "whose it is to the owner, they said last"
    other = edition(w, edit=ANOTHER)
    after, handle = acceptance.accept(after, after.pending[0], other)
    assert handle == before.pending[1].handle
    assert [each.kind for each in after.cards] == [CardKind.OWN, CardKind.CHILD]
    assert after.pending == ()
    with pytest.raises(Rejected, match="credential-not-mine"):
        acceptance.restock(after, after.cards[0], (other,), NOW)


def test_a_lent_card_stands_beside_the_persons_own() -> None:
    """The same child's, lent by the other parent: neither takes the other's place."""
    w = enrolled()
    lent = card(w, "lent", CardKind.LENT)
    own = edition(w)
    after, handle = acceptance.accept(Wallet(KEPT, (lent,), (pending(),)), pending(), own)
    assert [each.handle for each in after.cards] == [lent.handle, handle]
    with pytest.raises(UsageError, match="no enrolment request"):
        acceptance.answered_by(Wallet(KEPT, (lent,)), own.minimal, w.holder._keys(KEPT))


def test_cards_of_one_alias_at_two_issuers_are_two() -> None:
    """An alias is the issuer's own."""
    w = enrolled()
    other = edition(w, edit=put((1,), "other-issuer"))
    after, _ = acceptance.accept(Wallet(KEPT, (card(w),), (pending(),)), pending(), other)
    assert len(after.cards) == 2


# --- enrolling


def test_requests_go_when_no_issuer_answers_them_any_more() -> None:
    w = enrolled()
    cards = (card(w),)
    old, young = pending("old", sent=NOW), pending("young", sent=NOW + 1)
    new = pending("new", sent=NOW + acceptance.REQUEST_LIFETIME)
    after = acceptance.begin(Wallet(KEPT, cards, (old, young)), new)
    assert (after.cards, after.pending) == (cards, (young, new))


def test_what_cannot_be_enrolled_for() -> None:
    with pytest.raises(UsageError, match="lent"):
        acceptance.begin(Wallet(KEPT), pending(kind=CardKind.LENT))
    with pytest.raises(UsageError, match="no personal code"):
        acceptance.begin(Wallet(), pending())
    with pytest.raises(UsageError, match="meanwhile"):
        wallet.choose(Wallet(KEPT), KEPT)


def test_the_code_goes_with_the_last_thing_it_was_for() -> None:
    w = enrolled()
    full = Wallet(KEPT, (card(w),), (pending(),))
    left = deletion.without(full, full.cards[0].handle)
    assert left == Wallet(KEPT, (), full.pending)
    assert deletion.without(left, pending().handle) == Wallet()
    assert deletion.without(full, pending().handle) == Wallet(KEPT, full.cards)
    for nothing in (full, Wallet()):
        with pytest.raises(UsageError, match="no card, no enrolment"):
            deletion.without(nothing, "ab" * 8)


# --- the code


def test_success_is_of_the_code_that_was_tried() -> None:
    tried = wallet.code_of(wallet.count_try(Wallet(KEPT), NOW))
    assert tried.tries == CodeCounter(1, NOW)
    also = dataclasses.replace(tried, tries=CodeCounter(4, NOW + 9))
    assert wallet.succeed(Wallet(also), tried) == (Wallet(dataclasses.replace(KEPT, tries=CodeCounter(0, NOW + 9))), 3)
    for name, value in (("salt", b"x" * 16), ("profile", Argon2Profile.DEFAULT), ("key", b"x" * 32)):
        other = dataclasses.replace(tried, **{name: value})
        for change in (wallet.succeed, wallet.require_in_force):
            with pytest.raises(UsageError, match="exchanged"):
                change(Wallet(other), tried)
            with pytest.raises(UsageError, match="exchanged"):
                change(Wallet(), tried)


@pytest.mark.parametrize("failed", [0, 9, 10])
def test_a_code_is_in_force_until_it_is_locked(failed: int) -> None:
    held = Wallet(dataclasses.replace(KEPT, tries=CodeCounter(failed, NOW)))
    if failed < 10:
        assert wallet.require_in_force(held, KEPT) == failed
        return
    with pytest.raises(InputError) as refused:
        wallet.require_in_force(held, KEPT)
    assert refused.value.code is Code.CODE_LOCKED


# --- portraits

PICTURE, OTHER_PICTURE = b"a picture", b"another one"


def portrayed(w: World, picture: bytes = PICTURE) -> Edition:
    return edition(w, edit=put((CARD, 12), hashlib.sha256(picture).digest()))


def test_a_portrait_is_the_one_whose_digest_is_in_the_card() -> None:
    w = enrolled()
    held = Wallet(KEPT, (dataclasses.replace(card(w), stock=(portrayed(w),)),))
    handle = held.cards[0].handle
    assert portraits.portrait_of(held.cards[0], NOW) is None
    kept = portraits.keep_portrait(held, handle, PICTURE, NOW)
    assert portraits.portrait_of(kept.cards[0], NOW) == PICTURE
    for picture in (OTHER_PICTURE, b"", PICTURE + b"\0"):
        with pytest.raises(UsageError, match="digest"):
            portraits.keep_portrait(held, handle, picture, NOW)
        if picture:
            with pytest.raises(UsageError, match="digest"):
                portraits.portrait_of(dataclasses.replace(kept.cards[0], portrait=picture), NOW)


def test_a_card_without_a_digest_has_no_portrait() -> None:
    w = enrolled()
    held = Wallet(KEPT, (card(w),))
    with pytest.raises(UsageError, match="digest"):
        portraits.keep_portrait(held, held.cards[0].handle, PICTURE, NOW)


def test_a_portrait_has_its_limit() -> None:
    w = enrolled()
    largest = bytes(portraits.MAX_PORTRAIT)
    held = Wallet(KEPT, (dataclasses.replace(card(w), stock=(portrayed(w, largest),)),))
    assert portraits.keep_portrait(held, held.cards[0].handle, largest, NOW).cards[0].portrait == largest
    with pytest.raises(UsageError, match="at most"):
        portraits.keep_portrait(held, held.cards[0].handle, largest + b"\0", NOW)


def test_a_new_card_keeps_the_portrait_that_is_still_its_own() -> None:
    w = enrolled()
    one = dataclasses.replace(card(w), stock=(portrayed(w),), portrait=PICTURE)
    for new, kept in ((portrayed(w), PICTURE), (portrayed(w, OTHER_PICTURE), b""), (edition(w), b"")):
        after, _ = acceptance.accept(Wallet(KEPT, (one,), (pending(),)), pending(), new)
        assert after.cards[0].portrait == kept


def test_a_portrait_is_of_the_edition_of_now() -> None:
    """A stock in which the picture changes: the old one is not shown beside the new card."""
    w = enrolled()
    later = put((CARD, 12), hashlib.sha256(OTHER_PICTURE).digest())
    held = dataclasses.replace(card(w), stock=(portrayed(w), edition(w, 14, 28, later)), portrait=PICTURE)
    assert portraits.portrait_of(held, NOW) == PICTURE
    with pytest.raises(UsageError, match="digest"):
        portraits.portrait_of(held, NOW + 14 * DAY)
    there, first, second = Wallet(cards=(held,)), NOW, NOW + 14 * DAY
    for picture, now, otherwise in ((PICTURE, first, second), (OTHER_PICTURE, second, first)):
        assert portraits.keep_portrait(there, held.handle, picture, now).cards[0].portrait == picture
        with pytest.raises(UsageError, match="digest"):
            portraits.keep_portrait(there, held.handle, picture, otherwise)


# --- renewed


def test_a_renewal_by_another_issuer_is_another_card() -> None:
    """Everything that RENEW-1 names is the same: an alias and a status are their issuer's own, and so is the card's handle."""
    w = enrolled()
    held = Wallet(KEPT, (card(w),))
    other = edition(w, 1, 15, put((1,), "other-issuer"))
    with pytest.raises(Rejected, match="credential-not-mine"):
        acceptance.restock(held, held.cards[0], (other,), NOW)
    own = edition(w, 1, 15)
    assert acceptance.restock(held, held.cards[0], (own,), NOW + DAY).cards[0].stock == (own,)


def test_what_is_here_already_is_not_exchanged_for_less() -> None:
    """The same cards again, some of them, or without their billing views; with billing views that were missing, it is more."""
    w = enrolled()
    stock = tuple(
        Edition(each.minimal, f"billing view {number}".encode())
        for number, each in enumerate((edition(w, 0, 7), edition(w, 7, 14), edition(w, 14, 21)))
    )
    bare = tuple(Edition(each.minimal) for each in stock)
    full = Wallet(KEPT, (dataclasses.replace(card(w), stock=stock),))
    for again in (stock, stock[:1], stock[1:], bare, bare[:2]):
        assert acceptance.restock(full, full.cards[0], again, NOW) == full
    half = Wallet(KEPT, (dataclasses.replace(card(w), stock=bare),))
    assert acceptance.restock(half, half.cards[0], stock, NOW) == full
    assert acceptance.restock(half, half.cards[0], (stock[0], *bare[1:]), NOW).cards[0].stock == (stock[0], *bare[1:])


def test_the_largest_stock_is_an_answer_and_the_card_of_before() -> None:
    """Which is what a store holds of a card."""
    w = enrolled()
    held = Wallet(KEPT, (card(w),))
    stock = tuple(edition(w, begin, begin + 7) for begin in (1, 8, 15, 22))
    assert len(stock) == MAX_STOCK
    assert acceptance.restock(held, held.cards[0], stock, NOW).cards[0].stock == (*held.cards[0].stock, *stock)
    assert len(stock) + 1 == MAX_EDITIONS


def test_a_card_that_is_not_in_a_change_has_no_renewals_in_it() -> None:
    change = CodeChange(KEPT, (CardChange("one", (b"first", b"second")),))
    assert change.renewals_of("one") == (b"first", b"second")
    assert change.renewals_of("two") == ()
