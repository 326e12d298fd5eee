"""Steps of an enrolment: each in its turn, and out of it; with the right person before the proofing, and with others."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.desk import FATHER, NAMESAKE, ZOE, of
from tests.lending import attempt
from tests.stateful.actors import Applied, Handset, Refused, chosen
from tests.stateful.cast import CHILD, INES, LEA, OWNER, TYPED, keeper, seconds, sixteenth
from tests.stateful.estate import Estate, step
from tests.stateful.model import Card
from vitaletoken import CardKind, Code, EnrolmentMethod, InputError, Record
from vitaletoken.rules.application import State
from vitaletoken.rules.mail_limit import MAX_MAILS, WINDOW
from vitaletoken.wire.registry import Status

PHONES = st.sampled_from(tuple(TYPED))
PICK = st.sampled_from((0, 0, 0, 1, 2, 3, 5, 8))
PEOPLE_BY_NAME = {"father": FATHER, "namesake": NAMESAKE, "twin": ZOE, "daughter": LEA, "neighbour": INES}
STANDING = st.sampled_from(tuple(PEOPLE_BY_NAME))
OPEN = ("requested", "confirmed", "proofed", "approved")


class Enrolling(Estate):
    """From the offer to the card."""

    def applies(self, phone: Handset, person: Record, code: str) -> Applied | None:
        w, kind = self.country, CardKind.OWN if keeper(person, self.now) is person else CardKind.CHILD
        offer = w.issuer.offer()
        request = self.on(
            phone, lambda: phone.holder.enrol(offer, w.trust, code, person.nir, kind=kind, profile=w.profile), code
        )
        if isinstance(request, Refused):
            return None
        applied = Applied(phone, person, request, offer)
        self.applied.append(applied)
        return applied

    def submits(self, applied: Applied) -> None:
        mailed, number = len(self.letters.sent), applied.person.reference
        times = [at for whose, at in self.mailed if whose == number and at > self.now - WINDOW]
        found = attempt(self.desk.submit, applied.request, applied.offer)
        if isinstance(found, Code):
            assert found is not Code.MAIL_CODE_THROTTLED or len(times) == MAX_MAILS
            return
        applied.id = found.id
        if applied.state == "sent":
            assert len(times) < MAX_MAILS, "an e-mail too many for one number"
            self.mailed.append((number, self.now))
            applied.state = "requested"
            address, code, _ = self.letters.sent[mailed]
            assert address == keeper(applied.person, self.now).mail
            applied.mailed = address, code

    def confirms(self, applied: Applied, code: str) -> None:
        try:
            self.desk.confirm(applied.id, code)
        except InputError:
            return
        assert applied.mailed is not None
        assert code == applied.mailed[1]
        if applied.state == "requested":
            for other in self.applied:
                if other.person is applied.person and other.state in OPEN:
                    other.state = "superseded"
            applied.state = "confirmed"

    def identifies(self, applied: Applied, person: Record) -> None:
        try:
            found = self.desk.identify(applied.id, of(person, EnrolmentMethod.COUNTER))
        except InputError:
            return
        if found.state is State.IDENTITY_REFUSED:
            assert person is not keeper(applied.person, self.now), "a proofing refused the right person"
            applied.state = "refused"
            return
        assert person is keeper(applied.person, self.now), "a proofing took one person for another"
        if applied.state == "confirmed":
            applied.state, applied.proofed = "proofed", person

    def decides(self, applied: Applied) -> None:
        try:
            self.desk.decide(applied.id)
        except InputError:
            return
        if applied.state == "proofed":
            applied.state = "approved"

    def makes_the_card(self, applied: Applied) -> None:
        """Whose identity was proofed is settled here: what terminals say of the card is held against it ever after."""
        try:
            card = self.desk.issue(applied.id)
        except InputError:
            return
        if applied.answer:
            assert card == applied.answer
            return
        assert applied.state == "approved"
        assert applied.proofed is keeper(applied.person, self.now), "a card without the identity of its keeper"
        for edition in self.made.values():
            if edition.card.person is applied.person and edition.card.loan is None:
                edition.card.status = Status.REVOKED
        applied.state, applied.answer = "issued", card
        self.note(card, Card(applied.person, applied.proofed, applied.phone.name))

    def accepts(self, phone: Handset, credential: bytes) -> bool:
        """Nothing but the answer to the phone's own request, for the person whose number was typed there."""
        before = phone.store.load()
        made = self.on(phone, lambda: phone.holder.accept(credential, self.country.trust))
        if isinstance(made, Refused):
            assert phone.store.load() == before, "a refused card left something behind"
            return False
        edition = self.edition_of(credential)
        assert (edition.card.device, edition.card.loan) == (phone.name, None), "another phone's card was installed"
        asked = [each.person for each in self.applied if each.phone is phone and each.answer == credential]
        asked += [edition.card.person for answers in self.answers.values() if credential in answers]
        assert asked, "a card from another record was installed"
        assert phone.persons.setdefault(made.handle, asked[0]) is asked[0], "a handle names another person"
        return True

    def enrolled(self, phone: Handset, person: Record) -> None:
        """The whole way, with nothing that goes wrong."""
        applied = self.applies(phone, person, phone.typed(None))
        if applied is None:
            return
        self.submits(applied)
        if applied.mailed is None:  # five e-mails in a day
            assert applied.state == "sent"
            return
        self.confirms(applied, applied.mailed[1])
        self.identifies(applied, keeper(person, self.now))
        self.decides(applied)
        self.makes_the_card(applied)
        assert self.accepts(phone, applied.answer)

    def _one(self, pick: int, *states: str) -> Applied | None:
        """One that is in one of these states, as a rule; any other where there is none."""
        fitting = [each for each in self.applied if each.state in states] or self.applied
        return chosen(fitting, pick) if fitting else None

    # --- steps

    @step(phone=PHONES, pick=PICK, wrong=st.sampled_from((None, None, None, 0, 1)))
    def a_phone_answers_an_offer(self, phone: str, pick: int, wrong: int | None) -> None:
        handset = self.phones[phone]
        self.applies(handset, chosen(TYPED[phone], pick), handset.typed(wrong))

    @step(pick=PICK)
    def a_request_arrives(self, pick: int) -> None:
        """Also again."""
        if (applied := self._one(pick, "sent")) is not None:
            self.submits(applied)

    @step(pick=PICK)
    def the_e_mail_code_is_typed(self, pick: int) -> None:
        applied = self._one(pick, "requested")
        if applied is not None and applied.mailed is not None:
            self.confirms(applied, applied.mailed[1])

    @step(pick=PICK, times=st.integers(1, 6))
    def a_wrong_e_mail_code_is_typed(self, pick: int, times: int) -> None:
        applied = self._one(pick, "requested")
        for _ in range(times):
            if applied is not None and applied.mailed is not None:
                self.confirms(applied, "000000" if applied.mailed[1] != "000000" else "000001")

    @step(pick=PICK)
    def the_right_person_is_proofed(self, pick: int) -> None:
        if (applied := self._one(pick, "confirmed")) is not None:
            self.identifies(applied, keeper(applied.person, self.now))

    @step(pick=PICK, person=STANDING)
    def somebody_is_proofed(self, pick: int, person: str) -> None:
        """The father, a namesake, a twin: for some applications the right one."""
        if (applied := self._one(pick, "confirmed")) is not None:
            self.identifies(applied, PEOPLE_BY_NAME[person])

    @step(pick=PICK)
    def the_desk_decides(self, pick: int) -> None:
        if (applied := self._one(pick, "proofed")) is not None:
            self.decides(applied)

    @step(pick=PICK)
    def the_desk_issues(self, pick: int) -> None:
        if (applied := self._one(pick, "approved")) is not None:
            self.makes_the_card(applied)

    @step(pick=PICK)
    def a_phone_accepts_its_answer(self, pick: int) -> None:
        applied = self._one(pick, "issued")
        if applied is not None and applied.answer:
            self.accepts(applied.phone, applied.answer)

    @step(phone=PHONES, pick=PICK)
    def a_phone_is_given_an_answer(self, phone: str, pick: int) -> None:
        """Any of them, as a rule another's."""
        answers = [applied.answer for applied in self.applied if applied.answer]
        answers += [credential for made in self.answers.values() for credential in made]
        if answers:
            self.accepts(self.phones[phone], chosen(answers, pick))

    @step(phone=PHONES, pick=PICK, record=STANDING)
    def a_clerk_takes_another_record(self, phone: str, pick: int, record: str) -> None:
        """The father's number: an insurer that skips its own checks. The phone does not keep that card."""
        handset, w, used = self.phones[phone], self.country, PEOPLE_BY_NAME[record]
        person = chosen(TYPED[phone], pick)
        applied = self.applies(handset, person, handset.typed(None))
        if applied is None or used is person:
            return
        applied.state = "answered past the desk"
        card = w.issuer.issue(applied.request, applied.offer, used.beneficiary(EnrolmentMethod.COUNTER))
        self.note(card, Card(used, person, phone))
        assert not self.accepts(handset, card), "a card from another record was installed"

    @step(phone=PHONES, pick=PICK)
    def somebody_enrols_the_whole_way(self, phone: str, pick: int) -> None:
        own = [person for person in TYPED[phone] if person is not FATHER or phone == OWNER]
        self.enrolled(self.phones[phone], chosen(own, pick))

    @step(when=lambda self: self.now < seconds(sixteenth(LEA)) + 86_400)
    def lea_is_16_and_has_her_own_card(self) -> None:
        """From then on the one on her father's phone is revoked."""
        later = max(0, seconds(sixteenth(LEA)) - self.now)
        self.country.clock.time += later
        self.country.stopwatch.seconds += later
        self.enrolled(self.phones[CHILD], LEA)
