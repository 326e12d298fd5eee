"""Steps of the insurer: a card's status, and how terminals come to know of it."""

from __future__ import annotations

from tests.stateful.actors import Till, chosen
from tests.stateful.enrolling import PICK
from tests.stateful.estate import Estate, step
from tests.stateful.model import Card, Published
from tests.stateful.visiting import TILLS
from tests.world import DAY
from vitaletoken import UsageError, verify_status_list
from vitaletoken.wire.registry import Status

#: What a card's status may become, by the words of the specification: revoked is for good, a suspended card is restored first,
#: and delegations that were withdrawn are not given back in passing.
ALLOWED = {
    "revoke": (tuple(Status), Status.REVOKED),
    "suspend": ((Status.VALID, Status.SUSPENDED, Status.DELEGATIONS_WITHDRAWN), Status.SUSPENDED),
    "restore": ((Status.VALID, Status.SUSPENDED), Status.VALID),
    "withdraw_delegations": ((Status.VALID, Status.DELEGATIONS_WITHDRAWN), Status.DELEGATIONS_WITHDRAWN),
    "lend_anew": ((Status.VALID, Status.SUSPENDED, Status.DELEGATIONS_WITHDRAWN), Status.VALID),
}


class Insuring(Estate):
    """What becomes of cards."""

    def card(self, pick: int) -> Card | None:
        """One that is on a phone."""
        held = [
            self.edition_of(card.stock[-1].minimal).card
            for phone in self.phones.values()
            for card in phone.store.load().cards
        ]
        return chosen(held, pick) if held else None

    def change(self, how: str, pick: int) -> None:
        card = self.card(pick)
        if card is not None:
            self.change_of(card, how, pick)

    def change_of(self, card: Card, how: str, pick: int) -> None:
        """A card goes by each cti that it has had."""
        cti = chosen([edition.cti for edition in self.made.values() if edition.card is card], pick)
        before, after = ALLOWED[how]
        try:
            getattr(self.country.issuer, how)(cti)
        except UsageError:
            assert card.status not in before, f"{how} was refused"
        else:
            assert card.status in before, f"{how} of a card that is {card.status.name}"
            card.status = after

    def publish(self) -> Published:
        data = self.country.issuer.publish_status_list()
        cards = {edition.card for edition in self.made.values()}
        statuses = {card: card.published for card in cards if card.published is not Status.VALID}
        self.lists.append(Published(data, self.now, self.now + 7 * DAY, statuses))
        return self.lists[-1]

    def tells_all(self) -> None:
        published = self.publish()
        for till in self.tills.values():
            self.sync(till, published)

    def sync(self, till: Till, published: Published) -> None:
        """A list that is older than the one held changes nothing."""
        till.status.keep(verify_status_list(published.data, self.country.trust))
        till.floor.raise_to(min(published.iat, till.clock.now()))
        desk = till.model
        if desk.held is None or desk.held.iat <= published.iat:
            desk.held = published
        desk.floor = max(desk.floor, min(published.iat, self.now + desk.ahead))

    # --- steps

    @step(pick=PICK)
    def a_card_is_revoked(self, pick: int) -> None:
        self.change("revoke", pick)

    @step(pick=PICK)
    def a_card_is_suspended(self, pick: int) -> None:
        self.change("suspend", pick)

    @step(pick=PICK)
    def a_card_is_restored(self, pick: int) -> None:
        self.change("restore", pick)

    @step(pick=PICK)
    def delegations_are_withdrawn(self, pick: int) -> None:
        self.change("withdraw_delegations", pick)

    @step(pick=PICK)
    def a_card_may_be_lent_anew(self, pick: int) -> None:
        self.change("lend_anew", pick)

    @step()
    def a_list_is_published(self) -> None:
        self.publish()

    @step(till=TILLS, pick=PICK)
    def a_terminal_gets_a_list(self, till: str, pick: int) -> None:
        """The newest, or an old one that somebody puts in its way."""
        self.sync(self.tills[till], chosen(self.lists, pick))

    @step()
    def all_terminals_get_a_new_list(self) -> None:
        self.tells_all()
