"""Steps of lending: introductions, grants from phone to phone, orders through the insurer, and whoever else gets hold of them."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from tests.stateful.actors import Granted, Handset, Introduced, Message, Refused, chosen
from tests.stateful.cast import DELEGATE, OWNER, THIEF, TYPED
from tests.stateful.enrolling import PHONES, PICK
from tests.stateful.estate import step
from tests.stateful.keeping import ENDED, Keeping
from tests.stateful.model import Card, Edition, Terms
from tests.world import DAY
from vitaletoken import Category, InputError, Purpose, Way
from vitaletoken.rules.introduction import VerifiedIntroduction

Scope = tuple[tuple[Purpose, ...], tuple[Category, ...] | None]
LENDERS = st.sampled_from((OWNER, OWNER, OWNER, DELEGATE, THIEF))
WRONG = st.sampled_from((None, None, None, None, 0))
FOR = st.sampled_from(
    (
        tuple(Purpose),
        (Purpose.IDENTIFICATION,),
        (Purpose.IDENTIFICATION, Purpose.DISPENSING, Purpose.BILLING),
        (Purpose.RECORDS,),
    )
)
WHERE = st.sampled_from((None, None, (Category.PHARMACY,), (Category.DOCTOR,)))
#: Seconds; through the insurer, days.
FOR_HOW_LONG = st.sampled_from((40, 3_600, DAY, 72 * 3_600))
DAYS = st.sampled_from((1, 7, 30))


class Lending(Keeping):
    """Who uses whose card."""

    def introduces(self, phone: Handset, name: str, wrong: int | None = None) -> Introduced | None:
        code = phone.typed(wrong)
        text = self.on(phone, lambda: phone.holder.introduce(name, code, profile=self.country.profile), code)
        if isinstance(text, Refused):
            return None
        self.introduced.append(Introduced(phone, text, name))
        return self.introduced[-1]

    def reviews(self, phone: Handset, introduced: Introduced) -> VerifiedIntroduction | None:
        seen = self.on(phone, lambda: phone.holder.review_introduction(introduced.text))
        if isinstance(seen, Refused):
            return None
        assert seen.claims.name == introduced.name
        return seen

    def grants(
        self,
        phone: Handset,
        handle: str,
        introduced: Introduced,
        lifetime: int,
        scope: Scope,
        wrong: int | None = None,
    ) -> Granted | None:
        seen, code, lent = self.reviews(phone, introduced), phone.typed(wrong), phone.holder.lent()
        if seen is None:
            return None
        at, grant = phone.clock.now(), phone.holder.grant
        text = self.on(
            phone,
            lambda: grant(seen, code, lifetime=lifetime, purposes=scope[0], categories=scope[1], card=handle),
            code,
        )
        if isinstance(text, Refused):
            return None
        assert handle in phone.own, "a lent card was lent on"
        to, name = introduced.phone, introduced.name
        terms = Terms(to.name, name, Way.GRANT, at, at + lifetime, *scope)
        assert [(loan.name, loan.card) for loan in phone.holder.lent()] == [
            *((loan.name, loan.card) for loan in lent),
            (name, handle),
        ]
        self.granted.append(Granted(text, terms))
        return self.granted[-1]

    def receives(self, phone: Handset, granted: Granted) -> bool:
        before = phone.store.load()
        made = self.on(phone, lambda: phone.holder.receive(granted.text, self.country.trust))
        if isinstance(made, Refused):
            assert phone.store.load() == before
            return False
        assert granted.terms.to == phone.name, "a grant for another phone was kept"
        phone.loans[made.handle] = granted.terms
        return True

    def orders_one(
        self,
        phone: Handset,
        handle: str,
        introduced: Introduced,
        days: int,
        scope: Scope,
        wrong: int | None = None,
    ) -> Message | None:
        seen, code = self.reviews(phone, introduced), phone.typed(wrong)
        if seen is None:
            return None
        until, order = phone.clock.now() + days * DAY, phone.holder.order
        data = self.on(
            phone,
            lambda: order(seen, code, until=until, purposes=scope[0], categories=scope[1], card=handle),
            code,
        )
        if isinstance(data, Refused):
            return None
        assert handle in phone.own, "a lent card was lent on"
        card = self.edition_of(phone.store.load().card(handle).stock[-1].minimal).card
        terms = Terms(introduced.phone.name, introduced.name, Way.ISSUER, 0, until, *scope)
        self.orders.append(Message(phone, handle, data, card, seen.raw, terms))
        return self.orders[-1]

    def lends(self, message: Message) -> bytes | None:
        """The insurer's answer to an order: the same each time."""
        try:
            credential = self.country.issuer.lend(message.data, message.introduction)
        except InputError:
            return None
        assert message.card.status not in ENDED
        assert message.terms is not None
        if hashlib.sha256(credential).digest() not in self.made:
            lender = message.card
            card = Card(lender.person, lender.proofed, message.terms.to, message.terms, lender=lender)
            edition = self.note(credential, card)
            assert edition.exp <= message.terms.until
            message.terms.made, message.terms.until = edition.iat, edition.exp
            self.lent.append((message, credential))
        assert (message, credential) in self.lent
        return credential

    def accepts_lent(self, phone: Handset, credential: bytes) -> bool:
        edition: Edition = self.edition_of(credential)
        before = phone.store.load()
        made = self.on(phone, lambda: phone.holder.accept(credential, self.country.trust))
        if isinstance(made, Refused):
            assert phone.store.load() == before
            return False
        assert edition.card.loan is not None
        assert edition.card.device == phone.name, "a card lent to another was kept"
        phone.loans[made.handle] = edition.card.loan
        return True

    # --- steps

    @step(phone=PHONES, wrong=WRONG, name=st.sampled_from(("Inès", "Paul", "Inès M.")))
    def a_phone_introduces_itself(self, phone: str, wrong: int | None, name: str) -> None:
        """Under whatever name: the thief's, too."""
        self.introduces(self.phones[phone], name, wrong)

    @step(
        when=lambda self: bool(self.introduced),
        phone=LENDERS,
        card=PICK,
        pick=PICK,
        lifetime=FOR_HOW_LONG,
        purposes=FOR,
        categories=WHERE,
        wrong=WRONG,
    )
    def a_phone_grants(
        self,
        *,
        phone: str,
        card: int,
        pick: int,
        lifetime: int,
        purposes: tuple[Purpose, ...],
        categories: tuple[Category, ...] | None,
        wrong: int | None,
    ) -> None:
        """Any card on it: one that is lent itself, too."""
        if (handset := self.phones[phone]).handles:
            handle, introduced = chosen(handset.handles, card), chosen(self.introduced, pick)
            self.grants(handset, handle, introduced, lifetime, (purposes, categories), wrong)

    @step(when=lambda self: bool(self.granted), phone=PHONES, pick=PICK)
    def a_phone_receives(self, phone: str, pick: int) -> None:
        """What was for it, or for another."""
        self.receives(self.phones[phone], chosen(self.granted, pick))

    @step(
        when=lambda self: bool(self.introduced),
        phone=LENDERS,
        card=PICK,
        pick=PICK,
        days=DAYS,
        purposes=FOR,
        categories=WHERE,
        wrong=WRONG,
    )
    def a_phone_orders(
        self,
        *,
        phone: str,
        card: int,
        pick: int,
        days: int,
        purposes: tuple[Purpose, ...],
        categories: tuple[Category, ...] | None,
        wrong: int | None,
    ) -> None:
        if (handset := self.phones[phone]).handles:
            handle, introduced = chosen(handset.handles, card), chosen(self.introduced, pick)
            self.orders_one(handset, handle, introduced, days, (purposes, categories), wrong)

    @step(when=lambda self: bool(self.orders), pick=PICK)
    def the_insurer_lends(self, pick: int) -> None:
        """Also what was sent before."""
        self.lends(chosen(self.orders, pick))

    @step(when=lambda self: bool(self.lent), phone=PHONES, pick=PICK)
    def a_phone_is_given_a_lent_card(self, phone: str, pick: int) -> None:
        self.accepts_lent(self.phones[phone], chosen(self.lent, pick)[1])

    @step(
        card=PICK,
        through=st.booleans(),
        lifetime=FOR_HOW_LONG,
        days=DAYS,
        purposes=FOR,
        categories=WHERE,
        to=st.sampled_from((DELEGATE, DELEGATE, THIEF)),
    )
    def a_card_is_lent_the_whole_way(
        self,
        *,
        card: int,
        through: bool,
        lifetime: int,
        days: int,
        purposes: tuple[Purpose, ...],
        categories: tuple[Category, ...] | None,
        to: str,
    ) -> None:
        """To the thief, too, whom somebody takes for a neighbour: terminals are told that it is a delegate."""
        owner, other = self.phones[OWNER], self.phones[to]
        introduced = self.introduces(other, TYPED[to][0].person.given_names[0])
        if introduced is None or not owner.own:
            return
        handle = chosen(owner.own, card)
        if through:
            message = self.orders_one(owner, handle, introduced, days, (purposes, categories))
            credential = None if message is None else self.lends(message)
            if credential is not None:
                self.accepts_lent(other, credential)
        else:
            granted = self.grants(owner, handle, introduced, lifetime, (purposes, categories))
            if granted is not None:
                self.receives(other, granted)
