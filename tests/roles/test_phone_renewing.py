"""A phone renews its cards: what it asks, what it accepts in answer, what it has of a card at each moment (spec section 12.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests import forge
from tests.forge import CARD, both, put
from tests.lending import sha
from tests.phones import WRONG, Handset, add_child, cards_of, refusal_of, renew, trust_of_now
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, ISSUER_ID, NOW, World, camille, enrolled
from vitaletoken import Code, InputError, Purpose, RefreshPolicy, RenewedCard, UsageError, VerifiedPresentation, View
from vitaletoken.adapters.memory import FixedTrust
from vitaletoken.rules.cards import Edition
from vitaletoken.wire.renewal import parse_renewal

LIFETIME = 14 * DAY


@pytest.fixture(params=DEVICE_ALGORITHMS)
def w(request: pytest.FixtureRequest) -> World:
    return enrolled(algorithm=request.param)


def answer(w: World, **options: int) -> tuple[bytes, ...]:
    """The issuer's, to a renewal by the world's phone."""
    return w.issuer.renew(w.holder.renewal(CODE), **options)


def keep(w: World, answers: Sequence[bytes]) -> RenewedCard:
    return w.holder.accept_renewal(w.card().handle, answers, w.trust)


def edited(w: World, credential: bytes, edit: forge.Edit) -> bytes:
    return forge.credential(w, edit, genuine=credential)


# --- from the phone to the issuer and back


def test_a_card_is_renewed(w: World) -> None:
    before = w.card()
    w.clock.time += 10 * DAY
    made = renew(w)
    after = w.card()
    assert (made.handle, made.code_changed, made.gone) == (before.handle, False, ())
    assert made.claims.exp == w.clock.time + LIFETIME
    assert (after.handle, after.kind, after.request, after.number) == (
        before.handle,
        before.kind,
        before.request,
        before.number,
    )
    assert [edition.claims for edition in after.stock] == [made.claims]
    w.publish()
    assert isinstance(w.verify(w.present()), VerifiedPresentation)


def test_a_stock_lasts_for_as_long_as_its_windows(w: World) -> None:
    """Eight weeks with no network: the card of each moment, in both views, and one counter."""
    keep(w, answer(w, stock=4))
    assert len(w.card().stock) == 4
    shown = []
    for week in range(8):
        w.clock.time = NOW + 7 * DAY * week
        trust_of_now(w)
        w.publish()
        presentation = w.present()
        shown.append(presentation.claims.counter)
        seen = w.terminal(trust=FixedTrust(w.trust)).verify(presentation.text, f"week {week}")
        assert seen.card.person == w.beneficiary.person
    assert shown == [*range(1, 9)]


def test_the_billing_views_of_a_stock_are_kept_beside_it(w: World) -> None:
    keep(w, answer(w, stock=3))
    for number in range(3):
        w.clock.time = NOW + LIFETIME * number
        trust_of_now(w)
        verifier = w.asking(trust=FixedTrust(w.trust))
        w.publish()
        challenge = verifier.challenge("visit", [Purpose.BILLING], view=View.BILLING)
        shown = w.holder.present(CODE, to=w.holder.review(challenge.text, w.trust).asker)
        assert (shown.view, verifier.verify(shown.text, "visit", Purpose.BILLING).card.nir) == (
            View.BILLING,
            w.beneficiary.nir,
        )


def test_a_renewal_is_of_the_card_of_now_and_fresh(w: World) -> None:
    first, second = (parse_renewal(w.holder.renewal(CODE)).unverified_claims for _ in range(2))
    assert first.nonce != second.nonce
    assert (first.iat, first.card_digest, first.new_code_key) == (NOW, w.views().digest, None)
    keep(w, answer(w, stock=2))
    w.clock.time += LIFETIME
    assert parse_renewal(w.holder.renewal(CODE)).unverified_claims.card_digest == w.card().stock[1].digest


def test_a_phone_that_was_off_for_months_renews_what_has_expired(w: World) -> None:
    w.clock.time += 100 * DAY
    trust_of_now(w)
    assert renew(w).claims.iat == w.clock.time


def test_each_card_is_renewed_by_itself(w: World) -> None:
    own, other = w.card().handle, add_child(w)
    before = cards_of(w.holder)
    w.clock.time += DAY
    assert renew(w, card=other).handle == other
    after = cards_of(w.holder)
    assert after[own] == before[own]
    assert after[other].stock != before[other].stock
    with pytest.raises(UsageError, match="several"):
        w.holder.renewal(CODE)


# --- the code


def test_a_renewal_takes_the_code_and_counts_its_tries(w: World) -> None:
    for failed in (1, 2, 3):
        assert refusal_of(w.holder.renewal, WRONG) is Code.CODE_WRONG
        assert w.tries().failed == failed
    assert refusal_of(w.holder.renewal, CODE) is Code.CODE_DELAYED
    assert refusal_of(w.holder.renewal, "27051") is Code.CODE_FORM
    w.clock.time += 60
    w.holder.renewal(CODE)
    assert w.tries().failed == 0


def test_what_cannot_be_renewed_costs_no_try(w: World) -> None:
    for handle in ("", "00" * 8):
        with pytest.raises(UsageError, match="no card"):
            w.holder.renewal(CODE, card=handle)
        with pytest.raises(UsageError, match="no card"):
            w.holder.accept_renewal(handle, [w.views().minimal], w.trust)
    dominique = Handset(w)
    with pytest.raises(UsageError, match="no card"):
        dominique.holder.renewal(CODE)
    lent = dominique.lent()
    for use in (dominique.holder.renewal, lambda code, card: dominique.holder.accept_renewal(card, [], w.trust)):
        with pytest.raises(UsageError, match="lent"):
            use("604118", card=lent)
    with pytest.raises(UsageError, match="no card"):
        dominique.holder.renewal("604118")
    assert (w.tries().failed, dominique.store.load().code and dominique.store.load().code.tries.failed) == (0, 0)


# --- what is accepted (RENEW-1)


def test_the_same_answer_again_changes_nothing(w: World) -> None:
    answers = answer(w, stock=3)
    keep(w, answers)
    before = w.holder.wallet()
    for again in (answers, answers[:2], answers[:1]):
        assert keep(w, again).claims == before.cards[0].stock[0].claims
        assert w.holder.wallet() == before


def test_the_same_answer_again_changes_nothing_though_the_clock_went_back(w: World) -> None:
    """To before the first card of it: what is held is that very card, and not kept twice."""
    w.clock.time += DAY
    answers = answer(w, stock=2)
    keep(w, answers)
    before = w.holder.wallet()
    w.clock.time -= 1
    keep(w, answers)
    assert w.holder.wallet() == before


def test_an_answer_that_comes_late_changes_nothing(w: World) -> None:
    """Of two renewals the older one's arrives last; and the card of the enrolment, whose binding is the same, comes again."""
    enrolled_with, old = w.views(), answer(w, stock=4)
    w.clock.time += DAY
    keep(w, answer(w))
    before = w.holder.wallet()
    keep(w, old)
    assert w.holder.wallet() == before
    assert w.holder.accept(enrolled_with.minimal, w.trust, enrolled_with.billing).handle == before.cards[0].handle
    assert w.holder.wallet() == before


def test_what_is_good_now_stays_until_the_new_begins(w: World) -> None:
    """A phone whose clock is behind, and an issuer that dates its answer from the end of the card."""
    old = w.views()
    w.clock.time += 200
    answers = answer(w, stock=4)
    w.clock.time -= 200
    keep(w, answers)
    assert w.card().stock == (old, *(Edition(*answers[at : at + 2]) for at in range(0, 8, 2)))
    assert w.views() == old
    w.clock.time += 200
    assert w.views() == Edition(*answers[:2])
    w.clock.time += 1
    made = answer(w)
    keep(w, made)
    assert w.card().stock == (Edition(*made),)


def test_what_is_over_does_not_stay(w: World) -> None:
    old = w.views()
    w.clock.time += LIFETIME + 100
    answers = answer(w)
    w.clock.time = NOW + LIFETIME
    keep(w, answers)
    assert w.card().stock == (Edition(*answers),)
    assert old.claims.exp == w.clock.time


@pytest.mark.parametrize(
    "edit",
    [
        put((CARD, 2), b"anothers"),
        put((CARD, 3, 1), "Another"),
        put((CARD, 6), [0, 99]),
        put((CARD, 9, 1), bytes(16)),
        put((CARD, 9, 0), 3),
        put((CARD, 1), bytes(32)),
        put((1,), "another-issuer"),
    ],
    ids=["alias", "person", "status", "binding", "method", "code key", "issuer"],
)
def test_a_renewal_exchanges_nobody(edit: forge.Edit, w: World) -> None:
    """The issuer's own signature under another person, status or binding; also in the last card of a stock alone."""
    genuine = answer(w, stock=2)[::2]
    before = w.holder.wallet()
    changed = tuple(edited(w, each, edit) for each in genuine)
    for answers in (changed, (genuine[0], changed[1]), (changed[0], genuine[1])):
        refused = refusal_of(keep, w, answers)
        assert refused in (Code.CREDENTIAL_NOT_MINE, Code.ISSUER_UNKNOWN)
        assert w.holder.wallet() == before
    keep(w, genuine)


def test_rights_may_change_in_a_renewal(w: World) -> None:
    (minimal, _) = answer(w)
    rights = both(put((CARD, 5), [2, 33, 7]), put((CARD, 7), NOW // DAY + 1), put((CARD, 8), NOW // DAY + 90))
    changed = edited(w, minimal, rights)
    assert keep(w, [changed]).claims.card.rights_until == NOW // DAY + 90
    assert w.views() == Edition(changed)


def test_all_of_an_answer_or_nothing(w: World) -> None:
    """Four cards of which one is not signed, not in form, over, or in another's place."""
    answers = answer(w, stock=4)
    before = w.holder.wallet()
    spoiled = {
        Code.ISSUER_SIGNATURE: answers[4][:-1] + bytes([answers[4][-1] ^ 1]),
        Code.CREDENTIAL_STRUCTURE: answers[4] + b"\0",
    }
    for code, each in spoiled.items():
        assert refusal_of(keep, w, (*answers[:4], each, *answers[5:])) is code
    assert refusal_of(keep, w, answers[:2] + answers[4:]) is Code.CREDENTIAL_NOT_MINE, "a window is missing"
    assert refusal_of(keep, w, answers[2:4] + answers[:2]) is Code.CREDENTIAL_NOT_MINE, "the wrong way round"
    assert refusal_of(keep, w, answers[:2] * 2) is Code.CREDENTIAL_NOT_MINE, "twice"
    assert refusal_of(keep, w, answers[1:]) is Code.CREDENTIAL_NOT_MINE, "a billing view as a card"
    assert refusal_of(keep, w, (answers[0], answers[3])) is Code.CREDENTIAL_NOT_MINE, "another's billing view"
    assert refusal_of(keep, w, (answers[0], answers[1], answers[1])) is Code.CREDENTIAL_NOT_MINE
    assert refusal_of(keep, w, ()) is Code.CREDENTIAL_NOT_MINE
    assert w.holder.wallet() == before
    w.clock.time += LIFETIME
    assert refusal_of(keep, w, answers) is Code.CREDENTIAL_EXPIRED
    assert w.holder.wallet() == before
    keep(w, answers[2:])


def test_five_cards_are_no_stock(w: World) -> None:
    minimal = answer(w)[0]
    five = [edited(w, minimal, both(put((6,), NOW + day * DAY), put((4,), NOW + (day + 1) * DAY))) for day in range(5)]
    assert refusal_of(keep, w, five) is Code.CREDENTIAL_NOT_MINE
    keep(w, five[:4])


def test_a_card_of_another_environment_or_trust_list_is_refused(w: World) -> None:
    minimal = answer(w)[0]
    production = edited(w, minimal, lambda claims: claims[CARD].pop(10))
    assert refusal_of(keep, w, [production]) is Code.WRONG_ENVIRONMENT
    w.clock.time = w.trust.claims.exp
    assert refusal_of(keep, w, [minimal]) is Code.TRUST_LIST_EXPIRED


def test_the_number_in_a_billing_view_is_the_one_that_was_typed(w: World) -> None:
    """VIEW-2: the binding stands in both views, and says of which number they are; a billing view with another is refused."""
    minimal, billing = answer(w)
    assert (
        refusal_of(keep, w, (minimal, edited(w, billing, put((CARD, 13), "1550169123456")))) is Code.CREDENTIAL_NOT_MINE
    )
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, w.beneficiary.nir)
    views = w.issuer.issue_views(request, offer, w.beneficiary)
    other = edited(w, views.billing, put((CARD, 13), "1550169123456"))
    assert refusal_of(w.holder.accept, views.minimal, w.trust, other) is Code.CREDENTIAL_NOT_MINE
    w.holder.accept(views.minimal, w.trust, views.billing)


def test_another_cards_answer_is_not_this_ones(w: World) -> None:
    own, other = w.card().handle, add_child(w)
    answers = w.issuer.renew(w.holder.renewal(CODE, card=other))
    assert refusal_of(w.holder.accept_renewal, own, answers, w.trust) is Code.CREDENTIAL_NOT_MINE
    w.holder.accept_renewal(other, answers, w.trust)


def test_a_portrait_stays_while_it_is_that_of_a_card_in_the_stock() -> None:
    picture = b"a picture of Camille"
    w = enrolled(beneficiary=camille(portrait=sha(picture)))
    w.holder.keep_portrait(picture)
    answers = answer(w, stock=2)[::2]
    keep(w, answers)
    assert w.holder.portrait() == picture
    w.clock.time += 1
    again = answer(w, stock=2)[::2]
    keep(w, (again[0], edited(w, again[1], put((CARD, 12), bytes(32)))))
    assert w.holder.portrait() == picture
    w.clock.time += LIFETIME
    with pytest.raises(UsageError, match="digest"):
        w.holder.portrait()


# --- refreshing over a network


class Link:
    """A network to the world's issuer, of which a test can say what happens on the way."""

    def __init__(self, w: World, *results: Any) -> None:
        self.w, self.results, self.sent = w, [*results], list[tuple[str, bytes]]()

    def renew(self, issuer: str, renewal: bytes) -> Sequence[bytes]:
        self.sent.append((issuer, renewal))
        if self.results and (result := self.results.pop(0)) is not None:
            if isinstance(result, Exception):
                raise result
            return result  # type: ignore[no-any-return]  # whatever a network says
        return self.w.issuer.renew(renewal, stock=2)


def test_only_what_is_due_is_refreshed_and_the_code_asked_for_once(w: World) -> None:
    link = Link(w)
    assert w.holder.refresh(WRONG, link, w.trust) == {}
    own = w.card().handle
    w.clock.time += 3 * DAY
    other = add_child(w)
    w.clock.time += 6 * DAY
    assert w.holder.due() == (own,)
    assert refusal_of(w.holder.refresh, WRONG, link, w.trust) is Code.CODE_WRONG
    assert link.sent == []
    w.clock.time += 3 * DAY
    tried: list[bytes] = []
    w.device_key.prf = _watching(w.device_key.prf, tried)  # type: ignore[method-assign]  # a device that is watched
    found = w.holder.refresh(CODE, link, w.trust)
    assert list(found) == [own, other]
    assert all(isinstance(each, RenewedCard) for each in found.values())
    assert [issuer for issuer, _ in link.sent] == [ISSUER_ID] * 2
    assert len(tried) == 1
    assert w.holder.due() == w.holder.due(RefreshPolicy(14)) == ()


def _watching(prf: Any, tried: list[bytes]) -> Any:
    def watched(message: bytes) -> bytes:
        tried.append(message)
        result: bytes = prf(message)
        return result

    return watched


def test_what_one_issuer_refuses_stops_no_other_card(w: World) -> None:
    own, other = w.card().handle, add_child(w)
    w.clock.time += 10 * DAY
    w.issuer.revoke(w.holder.wallet().card(own).stock[0].claims.cti)
    found = w.holder.refresh(CODE, Link(w), w.trust)
    refused = found[own]
    assert isinstance(refused, InputError)
    assert refused.code is Code.RENEWAL_CARD
    assert isinstance(found[other], RenewedCard)
    w.clock.time += 30 * DAY
    trust_of_now(w)
    wrong = w.holder.refresh(CODE, Link(w, (), (b"",)), w.trust)
    assert {handle: each.code for handle, each in wrong.items() if isinstance(each, InputError)} == {
        w.holder.due()[0]: Code.CREDENTIAL_NOT_MINE,
        w.holder.due()[1]: Code.CREDENTIAL_STRUCTURE,
    }


def test_where_there_is_no_network_nothing_has_changed(w: World) -> None:
    add_child(w)
    w.clock.time += 10 * DAY
    before = w.holder.wallet()
    with pytest.raises(ConnectionError):
        w.holder.refresh(CODE, Link(w, ConnectionError()), w.trust)
    assert w.holder.wallet().cards == before.cards
    with pytest.raises(ConnectionError):
        w.holder.refresh(CODE, Link(w, None, ConnectionError()), w.trust)
    assert len(w.holder.due()) == 1
    w.holder.refresh(CODE, Link(w), w.trust)
    assert w.holder.due() == ()


def test_a_lent_card_is_not_refreshed(w: World) -> None:
    dominique = Handset(w)
    dominique.lent()
    w.clock.time += 19 * DAY
    assert dominique.holder.due() == ()
    assert dominique.holder.refresh(WRONG, Link(w), w.trust) == {}
