"""Steps at a terminal: cards shown in the open, to a sticker, in answer to a challenge, on a screen; scanned once and again."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from hypothesis import strategies as st

from tests.stateful.actors import Handset, Refused, Till, chosen
from tests.stateful.enrolling import PHONES, PICK
from tests.stateful.estate import Estate, Story, step
from tests.stateful.model import Asked, Shown
from vitaletoken import Presentation, Purpose, UsageError, UserVerification, VerifiedCertificate, VerifiedChallenge
from vitaletoken.rules.screen import Turn

TILLS = st.sampled_from(("pharmacy", "pharmacy", "doctor"))
SESSIONS = st.sampled_from(("visit 1", "visit 2", "visit 3"))
PURPOSES = st.sampled_from(
    (Purpose.IDENTIFICATION, Purpose.IDENTIFICATION, Purpose.DISPENSING, Purpose.BILLING, Purpose.RECORDS)
)
#: What is entered: the code, a wrong one, or none.
ENTERED = st.sampled_from(("right", "right", "right", "wrong", "none"))
To = tuple[str | Asked | None, VerifiedCertificate | VerifiedChallenge | None]


class Screen(NamedTuple):
    """A phone that shows a card again and again, until somebody turns it off."""

    phone: Handset
    handle: str
    code: str | None
    to: str | Asked | None
    turns: Generator[Turn[Presentation], None, None]


class Visiting(Estate):
    """What happens at a desk."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self.screens: list[Screen] = []

    def shows(self, phone: Handset, handle: str, entered: str, to: To = (None, None)) -> Shown | None:
        """A presentation, if the phone makes one."""
        where, asker = to
        code = None if entered == "none" else phone.typed(None if entered == "right" else 0)
        stated = UserVerification.DEVICE_UNLOCK if code is None else UserVerification.NONE
        made = self.on(phone, lambda: phone.holder.present(code, card=handle, to=asker, user_verification=stated), code)
        if isinstance(made, Refused):
            return None
        return self.keep_shown(phone, handle, made, where, code, stated if code is None else UserVerification.CODE)

    def asks(
        self, till: Till, session: str, purposes: tuple[Purpose, ...], lifetime: int, sealed: bool
    ) -> Asked | None:
        """None where the terminal's clock is so far back that its certificate is none yet."""
        try:
            challenge = till.verifier.challenge(session, purposes, lifetime=lifetime, sealed=sealed)
        except UsageError:
            assert till.clock.ahead < 0
            return None
        at = self.country.stopwatch.seconds
        name, text, message = till.model.name, challenge.text, challenge.message
        asked = Asked(name, session, purposes, at, lifetime, sealed, text, message)
        till.model.asked[session] = asked
        return asked

    def looks(self, phone: Handset, at: str | Asked) -> To:
        """The phone looks at a sticker or a challenge before it signs anything for it."""
        text = at.text if isinstance(at, Asked) else self.tills[at].sticker
        review = self.on(phone, lambda: phone.holder.review(text, self.country.trust))
        return (None, None) if isinstance(review, Refused) else (at, review.asker)

    # --- steps

    @step(phone=PHONES, card=PICK, entered=ENTERED)
    def a_card_is_shown(self, phone: str, card: int, entered: str) -> None:
        """To whoever looks."""
        if (handset := self.phones[phone]).handles:
            self.shows(handset, chosen(handset.handles, card), entered)

    @step(phone=PHONES, card=PICK, entered=ENTERED, till=TILLS)
    def a_card_is_shown_to_a_sticker(self, phone: str, card: int, entered: str, till: str) -> None:
        if (handset := self.phones[phone]).handles:
            self.shows(handset, chosen(handset.handles, card), entered, self.looks(handset, till))

    @step(till=TILLS, session=SESSIONS, purpose=PURPOSES, lifetime=st.sampled_from((30, 120)), sealed=st.booleans())
    def a_terminal_asks(self, till: str, session: str, purpose: Purpose, lifetime: int, sealed: bool) -> None:
        self.asks(self.tills[till], session, (purpose,), lifetime, sealed)

    @step(
        when=lambda self: any(till.model.asked for till in self.tills.values()),
        phone=PHONES,
        card=PICK,
        entered=ENTERED,
        till=TILLS,
        pick=PICK,
    )
    def a_challenge_is_answered(self, phone: str, card: int, entered: str, till: str, pick: int) -> None:
        handset, asked = self.phones[phone], list(self.tills[till].model.asked.values())
        if asked and handset.handles:
            self.shows(handset, chosen(handset.handles, card), entered, self.looks(handset, chosen(asked, pick)))

    @step(phone=PHONES, card=PICK, entered=ENTERED, till=TILLS, sticker=st.booleans())
    def a_screen_is_turned_on(self, phone: str, card: int, entered: str, till: str, sticker: bool) -> None:
        handset = self.phones[phone]
        if not handset.handles:
            return
        handle = chosen(handset.handles, card)
        where, asker = self.looks(handset, till) if sticker else (None, None)
        code = None if entered == "none" else handset.typed(None if entered == "right" else 0)
        turns = self.on(handset, lambda: handset.holder.rotate(code, card=handle, to=asker), code)
        if not isinstance(turns, Refused):
            self.screens.append(Screen(handset, handle, code, where, turns))

    @step(when=lambda self: bool(self.screens), pick=PICK)
    def a_screen_shows_the_qr_of_now(self, pick: int) -> None:
        """A new one every 20 seconds, and none any more once the phone is locked or the card is gone."""
        screen = chosen(self.screens, pick)
        turn = self.on(screen.phone, lambda: next(screen.turns, None))
        if turn is None or isinstance(turn, Refused):
            self.screens.remove(screen)
            return
        if turn.presentation.text not in self.shown:
            verification = UserVerification.NONE if screen.code is None else UserVerification.CODE
            self.keep_shown(screen.phone, screen.handle, turn.presentation, screen.to, screen.code, verification)

    @step(when=lambda self: bool(self.shown), pick=PICK, till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def something_is_scanned(self, pick: int, till: str, session: str, purpose: Purpose) -> None:
        """Shown by whoever made it, or filmed: at this terminal or the other, in this session or another, now or late."""
        shown = chosen(list(self.shown.values()), pick)
        self.scan(self.tills[till], shown.text, session, purpose)

    @step(
        when=lambda self: any(till.model.seen for till in self.tills.values()),
        till=TILLS,
        pick=PICK,
        other=st.booleans(),
        session=SESSIONS,
        purpose=PURPOSES,
    )
    def something_is_scanned_again(self, till: str, pick: int, other: bool, session: str, purpose: Purpose) -> None:
        """What was accepted: in its session, as a pharmacist does whose screen was slow; or in another, as a thief does."""
        seen = list(self.tills[till].model.seen.items())
        if seen:
            shown, first = chosen(seen, pick)
            self.scan(self.tills[till], shown.text, session if other else first, purpose)

    @step(phone=PHONES, card=PICK, entered=ENTERED, till=TILLS, session=SESSIONS, purpose=PURPOSES, twice=st.booleans())
    def a_visit(
        self, *, phone: str, card: int, entered: str, till: str, session: str, purpose: Purpose, twice: bool
    ) -> None:
        """As visits go: what the purpose demands is asked for, shown, and scanned."""
        handset, desk = self.phones[phone], self.tills[till]
        if not handset.handles:
            return
        to: To = (None, None)
        if purpose is Purpose.DISPENSING:
            to = self.looks(handset, till)
        elif purpose is Purpose.BILLING:
            asked = self.asks(desk, session, (Purpose.IDENTIFICATION, purpose), 120, twice)
            to = self.looks(handset, asked or till)
        shown = self.shows(handset, chosen(handset.handles, card), entered, to)
        for _ in range(0 if shown is None else 1 + twice):
            assert shown is not None
            self.scan(desk, shown.text, session, purpose)

    @step(phone=PHONES, card=PICK, till=TILLS, session=SESSIONS, sealed=st.booleans(), purpose=PURPOSES)
    def a_challenge_is_answered_twice(
        self, phone: str, card: int, till: str, session: str, sealed: bool, purpose: Purpose
    ) -> None:
        handset, desk = self.phones[phone], self.tills[till]
        asked = self.asks(desk, session, (purpose,), 120, sealed)
        if asked is not None and handset.handles:
            handle, to = chosen(handset.handles, card), self.looks(handset, asked)
            for shown in [self.shows(handset, handle, "right", to) for _ in range(2)]:
                if shown is not None:
                    self.scan(desk, shown.text, session, purpose)
