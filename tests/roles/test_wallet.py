"""One phone, one code, several cards: enrolled beside each other, presented by their handles, shown again and again."""

from __future__ import annotations

import gc
import hashlib
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from tests import forge
from tests.forge import put
from tests.roles.test_holder import WRONG, phone, refusal_of
from tests.world import CODE, DAY, NIR, NOW, World, camille, child, enrolled
from vitaletoken import (
    Argon2Profile,
    Binding,
    Category,
    Code,
    InputError,
    Purpose,
    UsageError,
    UserVerification,
    View,
)
from vitaletoken.crypto import labels, pin, signing
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.presentation import MAX_LIFETIME

PORTRAIT = b"a picture of Camille"


def add(w: World, reference: str = "child", kind: CardKind = CardKind.CHILD) -> str:
    """Another card on the world's phone; its handle."""
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, kind=kind)
    views = w.issuer.issue_views(request, offer, child(reference=reference))
    handle = w.holder.accept(views.minimal, w.trust, views.billing).handle
    w.publish()
    return handle


# --- one code


def test_all_cards_are_under_one_code() -> None:
    """Chosen once, proved afterwards; each card certifies its key, and none of its tries is another's."""
    w = enrolled()
    own = w.card().handle
    handles = [own, add(w, "child 1"), add(w, "child 2")]
    held = w.holder.wallet()
    keys = {card.stock[0].claims.card.code_key for card in held.cards}
    assert keys == {code_of(held).key}
    assert [card.handle for card in held.cards] == handles
    for failed, handle in enumerate(handles, 1):
        assert refusal_of(w.holder.present, WRONG, card=handle) is Code.CODE_WRONG
        assert w.tries().failed == failed
    assert refusal_of(w.holder.present, CODE, card=own) is Code.CODE_DELAYED
    w.clock.time += 60
    assert w.holder.present(CODE, card=handles[2]).claims.failed_tries == 3
    assert w.holder.present(CODE, card=own).claims.failed_tries == 0


def test_a_later_enrolment_proves_the_code() -> None:
    """CODE-2 is for it too: a thief of an unlocked phone guesses no better this way."""
    w = enrolled()
    before = w.holder.wallet()
    for failed in (1, 2, 3):
        assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, WRONG, NIR) is Code.CODE_WRONG
        assert w.tries().failed == failed
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, CODE, NIR) is Code.CODE_DELAYED
    assert (w.holder.wallet().cards, w.holder.wallet().pending) == (before.cards, ())
    w.clock.time += 60
    w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR)
    assert w.tries().failed == 0
    assert code_of(w.holder.wallet()).salt == code_of(before).salt


def test_an_offer_is_verified_before_a_try_is_spent() -> None:
    w = enrolled()
    forged = forge.offer(w, signer=w._signer())
    assert refusal_of(w.holder.enrol, forged, w.trust, WRONG, NIR) is Code.OFFER_ISSUER
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, "27051", NIR) is Code.CODE_FORM
    with pytest.raises(UsageError, match="profile"):
        w.holder.enrol(w.issuer.offer(), w.trust, WRONG, NIR, profile=Argon2Profile.DEFAULT)
    assert w.tries().failed == 0


def test_a_try_for_an_enrolment_is_counted_before_it_is_made() -> None:
    w = enrolled()

    class Unplugged:
        public_key = w.device_key.public_key
        sign = w.device_key.sign

        def prf(self, message: bytes) -> bytes:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        phone(w, device_key=Unplugged()).enrol(w.issuer.offer(), w.trust, CODE, NIR)
    assert w.tries().failed == 1


def test_a_code_chosen_twice_at_once_is_chosen_once() -> None:
    """Two first enrolments at the same moment: the second finds a code that it has not proved."""
    w = World()
    prf = w.device_key.prf

    def meanwhile(message: bytes) -> bytes:
        w.device_key.prf = prf  # type: ignore[method-assign]
        w.holder.enrol(w.issuer.offer(), w.trust, "417263", NIR, profile=w.profile)
        return prf(message)

    w.device_key.prf = meanwhile  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="meanwhile"):
        w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=w.profile)
    assert len(w.holder.wallet().pending) == 1
    assert refusal_of(w.holder.enrol, w.issuer.offer(), w.trust, CODE, NIR) is Code.CODE_WRONG


# --- nothing is dropped before the new card is accepted


def test_a_card_stays_until_the_new_one_is_accepted() -> None:
    w = enrolled()
    handle, old = w.card().handle, w.card()
    w.present()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR)
    w.verify(w.present())
    assert w.card().stock == old.stock
    views = w.issuer.issue_views(request, offer, w.beneficiary)
    for credential, billing in ((views.billing, None), (views.minimal, views.minimal)):
        assert refusal_of(w.holder.accept, credential, w.trust, billing) is Code.CREDENTIAL_NOT_MINE
        assert w.card().stock == old.stock
    assert w.holder.accept(views.minimal, w.trust, views.billing).handle == handle
    w.publish()
    shown = w.present()
    assert (w.card().handle, shown.claims.counter) == (handle, 3)
    assert w.verify(shown, "visit 2").card.person == w.beneficiary.person
    assert w.holder.wallet().pending == ()


def test_cards_may_come_in_any_order() -> None:
    """Three enrolments under way at once: each answer finds its own request."""
    w = World()
    people = [camille(), child(reference="child 1"), child(reference="child 2")]
    sent = []
    for person in people:
        offer = w.issuer.offer()
        kind = CardKind.OWN if person.policyholder is None else CardKind.CHILD
        sent.append((w.holder.enrol(offer, w.trust, CODE, NIR, kind=kind), offer, person))
    assert [each.request for each in w.holder.wallet().pending] == [request for request, _, _ in sent]
    for request, offer, person in sent[::-1]:
        views = w.issuer.issue_views(request, offer, person)
        assert w.holder.accept(views.minimal, w.trust, views.billing).claims.card.quality is person.quality
    assert [card.kind for card in w.holder.wallet().cards] == [CardKind.CHILD, CardKind.CHILD, CardKind.OWN]
    assert len({card.handle for card in w.holder.wallet().cards}) == 3


def test_an_answer_sent_again_changes_nothing() -> None:
    w = enrolled()
    add(w)
    w.holder.present(CODE, card=w.holder.wallet().cards[0].handle)
    before = w.holder.wallet()
    edition = before.cards[0].stock[0]
    assert w.holder.accept(edition.minimal, w.trust, edition.billing).handle == before.cards[0].handle
    assert w.holder.wallet() == before


# --- several cards


def test_the_card_named_is_the_one_presented() -> None:
    """Its own counter, its own views; the terminal names that person."""
    w = enrolled()
    own, other = w.card().handle, add(w)
    for number, (handle, quality) in enumerate([(own, 1), (other, 3), (other, 3), (own, 1)]):
        shown = w.holder.present(CODE, card=handle)
        seen = w.verify(shown, f"visit {number}")
        assert seen.card.quality.value == quality
    assert [card.presentations for card in w.holder.wallet().cards] == [2, 2]
    for code in (CODE, WRONG, None):
        with pytest.raises(UsageError, match="several"):
            w.holder.present(code)
        with pytest.raises(UsageError, match="no card with that handle"):
            w.holder.present(code, card="ab" * 8)
    assert w.tries().failed == 0


def test_the_billing_view_is_of_the_card_named() -> None:
    w = enrolled()
    other = add(w)
    verifier = w.asking()
    challenge = verifier.challenge("visit 1", [Purpose.BILLING], view=View.BILLING)
    asker = w.holder.review(challenge.text, w.trust).asker
    seen = verifier.verify(w.holder.present(CODE, card=other, to=asker).text, "visit 1", Purpose.BILLING)
    assert seen.card.policyholder_nir is not None
    assert seen.card.nir is not None
    assert seen.card.nir == NIR


def test_a_deleted_card_is_gone_and_the_others_are_not() -> None:
    w = enrolled()
    own, other = w.card().handle, add(w)
    w.holder.delete(own)
    assert [card.handle for card in w.holder.wallet().cards] == [other]
    w.verify(w.present())
    with pytest.raises(UsageError):
        w.holder.delete(own)
    w.holder.delete(other)
    assert w.holder.wallet().code is None


def test_a_portrait_is_kept_beside_its_card() -> None:
    w = enrolled(beneficiary=camille(portrait=hashlib.sha256(PORTRAIT).digest()))
    own, other = w.card().handle, add(w)
    assert w.holder.portrait(card=own) is None
    w.holder.keep_portrait(PORTRAIT, card=own)
    assert w.holder.portrait(card=own) == PORTRAIT
    for handle in (other, "ab" * 8, None):
        with pytest.raises(UsageError):
            w.holder.keep_portrait(PORTRAIT, card=handle)


# --- the QR of now


def test_the_screen_changes_every_twenty_seconds_and_every_qr_is_good() -> None:
    """The code is asked for once; each has its own id and counter; the terminal accepts each, once."""
    w = enrolled()
    asked: list[bytes] = []
    prf = w.device_key.prf
    w.device_key.prf = lambda message: asked.append(message) or prf(message)  # type: ignore[method-assign,func-returns-value]
    screen = w.holder.rotate(CODE)
    shown = []
    for turn in screen:
        shown.append(turn.presentation)
        assert turn.seconds == 20
        assert w.verify(turn.presentation, f"visit {len(shown)}").proofs
        w.clock.time += 19
        assert next(screen) == (turn.presentation, 1)
        w.clock.time += 1
    assert len(shown) == 15
    assert [each.claims.counter for each in shown] == [*range(1, 16)]
    assert len({each.claims.cti for each in shown}) == 15
    assert {each.claims.user_verification for each in shown} == {UserVerification.CODE}
    assert w.clock.time == NOW + 300
    assert [message[: len(labels.CODE_PRF)] for message in asked] == [labels.CODE_PRF]


def test_a_wrong_code_is_refused_before_there_is_a_screen() -> None:
    w = enrolled()
    assert refusal_of(w.holder.rotate, WRONG) is Code.CODE_WRONG
    assert refusal_of(w.holder.rotate, "2705") is Code.CODE_FORM
    assert (w.tries().failed, w.card().presentations) == (1, 0)
    screen = w.holder.rotate(CODE)
    assert w.tries().failed == 0
    assert [next(screen).presentation.claims.failed_tries for _ in range(2)] == [1, 1]


def test_a_screen_without_the_code() -> None:
    w = enrolled()
    refusal_of(w.holder.present, WRONG)
    screen = w.holder.rotate(user_verification=UserVerification.BIOMETRIC)
    claims = next(screen).presentation.claims
    assert (claims.user_verification, claims.failed_tries) == (UserVerification.BIOMETRIC, 1)
    for code, verification in ((CODE, UserVerification.BIOMETRIC), (None, UserVerification.CODE)):
        with pytest.raises(UsageError):
            w.holder.rotate(code, user_verification=verification)
    with pytest.raises(UsageError, match="no card"):
        World().holder.rotate()


def test_a_screen_for_a_terminal_is_bound_to_it() -> None:
    w = enrolled()
    certificate = w.certificate()
    screen = w.holder.rotate(CODE, to=certificate)
    bindings = []
    for turn in screen:
        bindings.append(turn.presentation.claims.binding)
        w.clock.time += 20
    assert bindings == [Binding.AUDIENCE] * 15


def test_a_challenge_is_answered_once() -> None:
    """The terminal accepts one answer: the screen shows that one for as long as it is good, and no other."""
    w = enrolled()
    verifier = w.asking()
    asker = w.holder.review(verifier.challenge("visit 1", [Purpose.BILLING], view=View.BILLING).text, w.trust).asker
    screen = w.holder.rotate(CODE, to=asker)
    first = next(screen)
    assert (first.presentation.view, first.seconds) == (View.BILLING, MAX_LIFETIME)
    w.clock.time += 59
    assert next(screen) == (first.presentation, 1)
    verifier.verify(first.presentation.text, "visit 1", Purpose.BILLING)
    w.clock.time += 1
    assert [*screen] == []
    assert w.card().presentations == 1


def test_who_may_not_ask_gets_no_screen() -> None:
    w = enrolled()
    with pytest.raises(UsageError, match="nowhere else"):
        w.holder.rotate(CODE, to=w.certificate(Category.PHARMACY), view=View.BILLING)
    assert w.tries().failed == 0


def wrong_codes(w: World) -> None:
    for _ in range(10):
        w.clock.time += DAY
        refusal_of(w.holder.present, WRONG)
    w.clock.time = NOW + 20


def other_code(w: World) -> None:
    w.holder.delete(w.card().handle)
    w.enrol()


@pytest.mark.parametrize(
    ("meanwhile", "says"),
    [
        (wrong_codes, "code-locked"),
        (other_code, "no card with that handle"),
        (lambda w: w.holder.delete(w.card().handle), "no card"),
    ],
    ids=["locked", "another code", "deleted"],
)
def test_a_screen_ends_with_what_it_stood_on(meanwhile: Callable[[World], object], says: str) -> None:
    w = enrolled()
    screen = w.holder.rotate(CODE)
    next(screen)
    w.clock.time += 20
    meanwhile(w)
    with pytest.raises((InputError, UsageError), match=says):
        next(screen)
    assert [*screen] == []


def test_a_second_card_does_not_come_onto_the_screen() -> None:
    w = enrolled()
    screen = w.holder.rotate(CODE)
    first = next(screen).presentation
    add(w)
    w.clock.time += 20
    second = next(screen).presentation
    assert forge.dec(second.message)[0] == forge.dec(first.message)[0]
    assert second.claims.counter == 2


class Watched(signing.SigningKey):
    """A key of which one can tell whether anybody has it still."""


@pytest.mark.parametrize("how", ["close", "end", "drop"])
def test_the_key_of_the_code_goes_with_the_screen(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    w = enrolled()
    held: list[weakref.ref[Watched]] = []

    def watched(derivation: pin.CodeDerivation) -> Watched:
        key = Watched(signing.ED25519, derivation.seed)
        held.append(weakref.ref(key))
        return key

    monkeypatch.setattr(pin, "code_signing_key", watched)
    screen: Any = w.holder.rotate(CODE)
    next(screen)
    gc.collect()
    assert held[0]() is not None, "else the second QR could not be signed"
    if how == "close":
        screen.close()
    elif how == "end":
        w.clock.time += 300
        assert next(screen, None) is None
    else:
        screen = None
    gc.collect()
    assert held[0]() is None
    w.holder.present(CODE)
    gc.collect()
    assert held[1]() is None


def test_a_stock_is_gone_through_on_the_screen_too() -> None:
    """The card of now, at each turn."""
    w = enrolled()
    later = forge.credential(w, forge.both(put((6,), NOW + 20), put((4,), NOW + DAY)))
    first = w.views()
    w.alter_card(stock=(first, type(first)(later)))
    screen = w.holder.rotate(CODE)
    assert forge.dec(next(screen).presentation.message)[0].endswith(first.minimal)
    w.clock.time += 20
    assert forge.dec(next(screen).presentation.message)[0].endswith(later)
