"""What an issuer's register says of a card that was never renewed, and of one that was."""

from __future__ import annotations

from tests.world import CODE, DAY, World, enrolled
from vitaletoken.rules.card_record import HeldCard
from vitaletoken.wire.registry import Status


def held(w: World) -> HeldCard:
    """The world's only card, as its issuer holds it."""
    found = w.register.find(w.views().digest)
    assert found is not None
    return found


def test_a_card_that_was_never_renewed_has_answered_no_renewal() -> None:
    w = enrolled()
    assert held(w).renewals == ()
    assert held(w).answer_to(bytes(32)) is None


def test_a_card_is_in_force_unless_it_is_revoked_or_suspended() -> None:
    """Section 12.4: withdrawn delegations are about what was lent, and say nothing of the card itself."""
    card = held(enrolled()).card
    assert {status for status in Status if HeldCard(card, status).is_in_force} == {
        Status.VALID,
        Status.DELEGATIONS_WITHDRAWN,
    }


def test_the_newest_views_are_the_first_of_the_last_answer() -> None:
    w = enrolled()
    views = w.views()
    assert held(w).newest.raw == views.minimal
    first_billing = held(w).newest_billing
    assert first_billing is not None
    assert first_billing.raw == views.billing
    w.clock.time += DAY
    answers = w.issuer.renew(w.holder.renewal(CODE), stock=2)
    assert held(w).newest.raw == answers[0]
    billing = held(w).newest_billing
    assert billing is not None
    assert billing.raw == answers[1]
