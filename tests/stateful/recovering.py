"""Steps after which all is well: whatever happened, there is a way back for who it happened to."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.stateful.actors import Handset, chosen
from tests.stateful.cast import DELEGATE, OWNER, THIEF, WHOSE
from tests.stateful.enrolling import PICK, Enrolling
from tests.stateful.estate import Story, step
from tests.stateful.insuring import Insuring
from tests.stateful.keeping import ENDED
from tests.stateful.lending import DAYS, FOR, FOR_HOW_LONG, WHERE
from tests.stateful.theft import Theft
from tests.stateful.visiting import PURPOSES, SESSIONS, TILLS, To
from tests.world import DAY
from vitaletoken import Category, Purpose, VerifiedPresentation


class Recovering(Enrolling, Insuring, Theft):
    """Nobody is shut out for ever, and who is in order is accepted."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self.visits = 0

    def puts_in_order(self, phone: Handset) -> str:
        """The handle of a card of its own that is in force, on a phone that is not locked, with all clocks right."""
        phone.clock.ahead = 0
        for till in self.tills.values():
            till.clock.ahead = till.model.ahead = 0
        if phone.failed:
            self.is_unlocked(phone, 0)
        change = phone.store.load().change
        if (
            phone.failed or change is not None
        ):  # there is no card for which that is done any more, or an answer that was lost
            for handle in (*phone.handles, *(each.handle for each in phone.store.load().pending)):
                self.on(phone, lambda handle=handle: phone.holder.delete(handle))  # type: ignore[misc]
            for introduction in phone.store.load().introductions:
                self.on(phone, lambda each=introduction: phone.holder.delete(each.handle))  # type: ignore[misc]
        good = [handle for handle in phone.own if self._is_good(phone, handle)]
        if not good:
            before = set(phone.own)
            self.enrolled(phone, WHOSE[phone.name])
            good = [handle for handle in phone.own if self._is_good(phone, handle)]
            assert good, before
        self.tells_all()
        return good[-1]

    def _is_good(self, phone: Handset, handle: str) -> bool:
        edition = self.edition_of(phone.store.load().card(handle).stock[-1].minimal)
        return edition.card.status not in ENDED and edition.iat - 60 <= self.now < edition.exp

    def is_accepted(
        self, phone: Handset, handle: str, till: str, session: str, purpose: Purpose, sealed: bool = True
    ) -> None:
        """As visits go: what the purpose demands is asked for, shown, and scanned."""
        to: To = (None, None)
        desk = self.tills[till]
        if purpose is Purpose.DISPENSING:
            to = self.looks(phone, till)
        if purpose is Purpose.BILLING or self._still_asks(till, session, purpose):
            asked = self.asks(desk, session, (purpose,), 120, sealed)
            assert asked is not None
            to = self.looks(phone, asked)
        shown = self.shows(phone, handle, "right", to)
        assert shown is not None
        assert isinstance(self.scan(desk, shown.text, session, purpose), VerifiedPresentation)

    def _still_asks(self, till: str, session: str, purpose: Purpose) -> bool:
        asked = self.tills[till].model.asked.get(session)
        return asked is not None and asked.is_open(self.country.stopwatch.seconds) and purpose in asked.purposes

    # --- steps

    @step()
    def a_card_is_accepted(self) -> None:
        """The simplest step, and so the one that hypothesis takes most often: all is in order."""
        self.visits += 1
        phone, purpose = self.phones[(OWNER, DELEGATE)[self.visits % 2]], tuple(Purpose)[self.visits % 5]
        self.is_accepted(phone, self.puts_in_order(phone), tuple(self.tills)[self.visits % 2], "visit 1", purpose)

    @step(
        phone=st.sampled_from((OWNER, OWNER, DELEGATE, THIEF)),
        till=TILLS,
        session=SESSIONS,
        purpose=PURPOSES,
        sealed=st.booleans(),
    )
    def all_is_put_in_order(self, phone: str, till: str, session: str, purpose: Purpose, sealed: bool) -> None:
        """And then the card is accepted."""
        handset = self.phones[phone]
        self.is_accepted(handset, self.puts_in_order(handset), till, session, purpose, sealed)

    @step(
        through=st.booleans(),
        days=DAYS,
        lifetime=FOR_HOW_LONG,
        purposes=FOR,
        categories=WHERE,
        pick=PICK,
        till=TILLS,
        session=SESSIONS,
        ended=st.sampled_from(("revoke", "suspend", "withdraw_delegations", "restore")),
    )
    def a_delegate_goes_in_place_of_the_owner(
        self,
        *,
        through: bool,
        days: int,
        lifetime: int,
        purposes: tuple[Purpose, ...],
        categories: tuple[Category, ...] | None,
        pick: int,
        till: str,
        session: str,
        ended: str,
    ) -> None:
        """And is accepted for what the card was lent for, where it was, and not elsewhere; until the insurer ends it."""
        owner, delegate = self.phones[OWNER], self.phones[DELEGATE]
        self.puts_in_order(delegate)
        handle, before = self.puts_in_order(owner), set(delegate.handles)
        introduced = self.introduces(delegate, "Inès")
        assert introduced is not None
        if through:
            message = self.orders_one(owner, handle, introduced, days, (purposes, categories))
            credential = None if message is None else self.lends(message)
            assert credential is not None
            assert self.accepts_lent(delegate, credential)
        else:
            granted = self.grants(owner, handle, introduced, lifetime, (purposes, categories))
            assert granted is not None
            assert self.receives(delegate, granted)
        (lent,) = set(delegate.handles) - before
        purpose = chosen(purposes, pick)
        if categories is None or set(categories) & set(self.tills[till].model.categories):
            self.is_accepted(delegate, lent, till, session, purpose)
        for other in Purpose:
            self._is_shown(delegate, lent, till, session, other)
        self.passes(1)
        self.change_of(self.edition_of(delegate.store.load().card(lent).stock[0].minimal).card, ended, pick)
        self.tells_all()
        for name in self.tills:
            self._is_shown(delegate, lent, name, session, purpose)

    def _is_shown(self, phone: Handset, handle: str, till: str, session: str, purpose: Purpose) -> None:
        shown = self.shows(phone, handle, "right")
        if shown is not None:
            self.scan(self.tills[till], shown.text, session, purpose)

    @step(
        phone=st.sampled_from((OWNER, DELEGATE)),
        card=PICK,
        how=st.sampled_from(("revoke", "suspend", "withdraw_delegations", "restore", "lend_anew")),
        session=SESSIONS,
    )
    def terminals_are_told_of_a_card(self, phone: str, card: int, how: str, session: str) -> None:
        """And go by it from then on, whoever shows it."""
        handset = self.phones[phone]
        if not handset.handles:
            return
        self.passes(1)
        handle = chosen(handset.handles, card)
        held = self.edition_of(handset.store.load().card(handle).stock[-1].minimal).card
        self.change_of(held, how, card)
        self.tells_all()
        for till in self.tills.values():
            for entered in ("right", "none"):
                shown = self.shows(handset, handle, entered)
                if shown is not None:
                    purposes = (Purpose.RECORDS,) if shown.terms is None else shown.terms.purposes
                    self.scan(till, shown.text, session, purposes[0])

    @step(when=lambda self: bool(self.phones[DELEGATE].loans), pick=PICK, till=TILLS, session=SESSIONS)
    def a_loan_is_over(self, pick: int, till: str, session: str) -> None:
        """And the delegate has set the phone's clock back, so that it goes on: a challenge does not ask what time it is there."""
        delegate = self.phones[DELEGATE]
        loans = [handle for handle in delegate.handles if handle in delegate.loans]
        if not loans:
            return
        handle = chosen(loans, pick)
        terms = delegate.loans[handle]
        later = max(0, terms.until - self.now)
        if later <= 4 * DAY:
            self.passes(later)
            delegate.clock.ahead = terms.until - 1 - self.now
            self.tells_all()
            asked = self.asks(self.tills[till], session, terms.purposes[:1], 120, True)
            shown = None if asked is None else self.shows(delegate, handle, "right", self.looks(delegate, asked))
            if shown is not None:
                self.scan(self.tills[till], shown.text, session, terms.purposes[0])
