"""Steps of a phone's life: cards renewed, the code changed, tried, unlocked, cards deleted, a start anew; and time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st

from tests.stateful.actors import CODES, Handset, Message, Refused, chosen
from tests.stateful.enrolling import PHONES, PICK
from tests.stateful.estate import Estate, step
from tests.stateful.model import LOCKED, WAITS
from tests.world import DAY
from vitaletoken import InputError, UsageError
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.wire.registry import Status

ENDED = (Status.REVOKED, Status.SUSPENDED)
SPANS = st.sampled_from((1, 19, 21, 40, 59, 61, 119, 121, 361, 601, 3_600, DAY, 3 * DAY))


class Keeping(Estate):
    """What a phone does once it has cards."""

    def asks_for_renewal(self, phone: Handset, pick: int, wrong: int | None) -> None:
        if not phone.own:
            return
        code, handle = phone.typed(wrong), chosen(phone.own, pick)
        data = self.on(phone, lambda: phone.holder.renewal(code, card=handle), code)
        if not isinstance(data, Refused):
            self.sends_renewal(phone, handle, data)

    def sends_renewal(self, phone: Handset, handle: str, data: bytes) -> None:
        held = phone.store.load().card(handle).stock[-1]
        self.renewals.append(Message(phone, handle, data, self.edition_of(held.minimal).card))

    def answers_renewal(self, message: Message, stock: int) -> None:
        """The same message is answered with the same bytes, whoever sends it and however often."""
        try:
            made = self.country.issuer.renew(message.data, stock=stock)
        except InputError:
            return
        assert message.card.status not in ENDED
        for credential in made:
            self.note(credential, message.card)
        assert self.answers.setdefault(message.data, made) == made

    def accepts_renewal(self, phone: Handset, handle: str, answers: tuple[bytes, ...]) -> None:
        before, lent = phone.store.load(), set(phone.handles) - set(phone.own)
        made = self.on(phone, lambda: phone.holder.accept_renewal(handle, answers, self.country.trust))
        if isinstance(made, Refused):
            assert phone.store.load() == before, "a refused answer left something behind"
            return
        cards = [self.edition_of(credential).card for credential in answers]
        assert {(card.device, card.person) for card in cards} == {(phone.name, phone.persons[handle])}, (
            "another's answer"
        )
        assert set(made.gone) == (lent if made.code_changed else set())

    def changes_code(self, phone: Handset, old: str, new: str) -> None:
        messages = self.on(phone, lambda: phone.holder.change_code(old, new), old)
        if isinstance(messages, Refused):
            return
        if messages:
            phone.new_code = new
        else:
            phone.code = new
        for handle, data in messages.items():
            self.sends_renewal(phone, handle, data)

    def is_unlocked(self, phone: Handset, pick: int) -> None:
        """The insurer knows again who asks; of a card that is not in force it unlocks nothing."""
        w = self.country
        if not phone.own:
            return
        handle = chosen(phone.own, pick)
        nonce = phone.holder.ask_unlock(card=handle)
        edition = self.edition_of(phone.store.load().card(handle).stock[-1].minimal)
        try:
            message = w.issuer.unlock(edition.cti, nonce)
        except UsageError:
            assert edition.card.status in ENDED
            return
        self.unlocks.append((phone, message))
        if not isinstance(self.on(phone, lambda: phone.holder.unlock(message, w.trust)), Refused):
            phone.failed = 0
        else:
            assert phone.clock.ahead

    def passes(self, seconds: int) -> None:
        self.country.clock.time += seconds
        self.country.stopwatch.seconds += seconds

    # --- steps

    @step(phone=PHONES, pick=PICK, wrong=st.sampled_from((None, None, None, 0)))
    def a_phone_asks_for_renewal(self, phone: str, pick: int, wrong: int | None) -> None:
        self.asks_for_renewal(self.phones[phone], pick, wrong)

    @step(when=lambda self: bool(self.renewals), pick=PICK, stock=st.integers(1, 4))
    def the_insurer_renews(self, pick: int, stock: int) -> None:
        """Also what was sent before: by a phone that got no answer, or by a thief who listened."""
        self.answers_renewal(chosen(self.renewals, pick), stock)

    @step(when=lambda self: bool(self.answers), pick=PICK)
    def a_phone_gets_its_renewal(self, pick: int) -> None:
        message = chosen([each for each in self.renewals if each.data in self.answers], pick)
        if message.handle in message.phone.own:
            self.accepts_renewal(message.phone, message.handle, self.answers[message.data])

    @step(when=lambda self: bool(self.answers), phone=PHONES, pick=PICK, card=PICK)
    def a_phone_gets_a_renewal(self, phone: str, pick: int, card: int) -> None:
        """For any card of it: as a rule another's."""
        handset = self.phones[phone]
        if handset.own:
            self.accepts_renewal(handset, chosen(handset.own, card), chosen(list(self.answers.values()), pick))

    @step(phone=PHONES, pick=PICK)
    def a_card_is_renewed_the_whole_way(self, phone: str, pick: int) -> None:
        handset = self.phones[phone]
        before = len(self.renewals)
        self.asks_for_renewal(handset, pick, None)
        for message in self.renewals[before:]:
            self.answers_renewal(message, 1)
            if message.data in self.answers:
                self.accepts_renewal(handset, message.handle, self.answers[message.data])

    @step(phone=PHONES, wrong=st.sampled_from((None, None, None, 0)), new=st.sampled_from(CODES))
    def a_code_is_to_change(self, phone: str, wrong: int | None, new: str) -> None:
        """Answers may never come, or come late; asked again, to the same code or to another."""
        handset = self.phones[phone]
        self.changes_code(handset, handset.typed(wrong), new)

    @step(when=lambda self: any(p.new_code for p in self.phones.values()), lose=st.integers(0, 2))
    def what_waits_is_sent_again(self, lose: int) -> None:
        """As after a crash: all that the wallet still has, of which some answers are lost."""
        for handset in self.phones.values():
            change = handset.store.load().change
            for handle, messages in ({} if change is None else change.waiting).items():
                for message in [each for each in self.renewals if each.data in messages][lose:]:
                    self.answers_renewal(message, 1)
                    if message.data in self.answers:
                        self.accepts_renewal(handset, handle, self.answers[message.data])

    @step(phone=PHONES, picks=st.lists(PICK, min_size=1, max_size=4))
    def wrong_codes_are_tried(self, phone: str, picks: list[int]) -> None:
        handset = self.phones[phone]
        for pick in picks:
            self._try(handset, handset.typed(pick))

    @step(phone=PHONES, times=st.integers(1, LOCKED), back=st.booleans())
    def a_thief_has_patience(self, phone: str, times: int, back: bool) -> None:
        """Waits as long as the phone wants, or sets its clock; until it is locked, perhaps."""
        handset = self.phones[phone]
        for pick in range(times):
            if back:
                handset.clock.ahead -= 7_200
            else:
                self.passes(WAITS.get(handset.failed, 0))
            self._try(handset, handset.typed(pick))

    def _try(self, handset: Handset, code: str) -> None:
        handle = chosen(handset.handles, 0) if handset.handles else None
        said = self.on(handset, lambda: handset.holder.present(code, card=handle), code)
        assert isinstance(said, Refused), "a wrong code was good enough"

    @step(phone=PHONES, pick=PICK)
    def the_insurer_unlocks(self, phone: str, pick: int) -> None:
        self.is_unlocked(self.phones[phone], pick)

    @step(when=lambda self: bool(self.unlocks), phone=PHONES, pick=PICK, other=st.booleans())
    def an_unlock_comes_again(self, phone: str, pick: int, other: bool) -> None:
        """To the phone that it was for, or to another; what was lost on the way may still come."""
        own, message = chosen(self.unlocks, pick)
        handset = self.phones[phone] if other else own
        said = self.on(handset, lambda: handset.holder.unlock(message, self.country.trust))
        assert isinstance(said, Refused), "an unlock was good twice"

    @step(phone=PHONES, pick=PICK)
    def a_card_is_deleted(self, phone: str, pick: int) -> None:
        handset = self.phones[phone]
        waiting = [each.handle for each in handset.store.load().pending]
        if waiting or len(handset.handles) > 1:
            handle = chosen(waiting or handset.handles, pick)
            self.on(handset, lambda: handset.holder.delete(handle))

    @step(phone=PHONES)
    def a_phone_starts_anew(self, phone: str) -> None:
        """With its wallet out of a file: all of it is there again, and opens on this device alone."""
        handset, others = self.phones[phone], [each for each in self.phones.values() if each.name != phone]
        wallet, entropy = handset.store.load(), self.country.entropy
        store = MemoryHolderStore()
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "wallet"
            with SqliteWallet(path, handset.key, entropy) as file:
                file.update(lambda _: wallet)
            with SqliteWallet(path, handset.key, entropy) as file:
                again = store.update(lambda _: file.load())
            try:
                SqliteWallet(path, others[0].key, entropy).close()
            except UsageError:
                pass
            else:
                raise AssertionError("a wallet opened on another device")
        assert again == wallet
        handset.reopen(store)

    @step(till=st.sampled_from(("pharmacy", "doctor")))
    def insurer_and_terminal_start_anew(self, till: str) -> None:
        self.open_desk()
        self.desk.settle()
        self.tills[till].reopen()

    @step(span=SPANS)
    def time_passes(self, span: int) -> None:
        self.passes(span)

    @step(phone=PHONES, ahead=st.sampled_from((0, 0, 30, -30, 100, -100, 400, -7_200, DAY)))
    def a_phone_s_clock_is_set(self, phone: str, ahead: int) -> None:
        self.phones[phone].clock.ahead = ahead

    @step(till=st.sampled_from(("pharmacy", "doctor")), ahead=st.sampled_from((0, 0, 30, -30, 200, -200, -DAY)))
    def a_terminal_s_clock_is_set(self, till: str, ahead: int) -> None:
        """Back, too: then it goes by the newest list that it has seen."""
        self.tills[till].clock.ahead = self.tills[till].model.ahead = ahead
