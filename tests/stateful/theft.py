"""Steps of a thief: with filmed QRs, copies of wallets, messages that were listened to, a device that is their own; and with
a stolen phone.

What is made without the phone that it is to pass for is accepted by nobody. What a stolen phone itself makes is like anything
that a phone makes: the model knows no owners, but devices, codes and tries.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from hypothesis import strategies as st

from tests import forge, lending
from tests.forge import ALG, CHALLENGE, aad, dec, enc, sign1
from tests.lending import Phone, sha
from tests.stateful.actors import CODES, Handset, chosen
from tests.stateful.cast import DELEGATE, OWNER, THIEF
from tests.stateful.enrolling import PHONES, PICK
from tests.stateful.estate import step
from tests.stateful.lending import Lending
from tests.stateful.model import LOCKED, WAITS, Shown
from tests.stateful.visiting import PURPOSES, SESSIONS, TILLS, Visiting
from tests.world import CODE
from vitaletoken import Code, Holder, InputError, Purpose, UsageError, UserVerification
from vitaletoken.adapters.keystore import SoftwareDeviceKey
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.rules.code import CodeCounter
from vitaletoken.wire.text import LENT_CARD_PREFIX, parse_text

#: Keys of which no insurer has ever heard; and a friend of theirs.
NOBODY, FRIEND = lending.phone("nobody"), lending.phone("a friend")


class _Device:
    """A device key with the names of a ``SigningKey``."""

    def __init__(self, key: SoftwareDeviceKey) -> None:
        self.sign = key.sign
        self.algorithm, self.public = key.public_key


def card_in(message: bytes) -> bytes:
    """The card in the outer header of a presentation: {1: alg, 13: card}."""
    protected: bytes = dec(message)[0]
    return protected[4:]


def about(credential: bytes) -> tuple[object, ...]:
    """What both layers of an open presentation are bound to: suite 1, level open."""
    return (1, 0, sha(credential), None)


class Theft(Visiting, Lending):
    """What is not made by the phone that it is to pass for, and what a phone makes that is in the wrong hands."""

    @property
    def filmed(self) -> list[Shown]:
        """Sealed ones say nothing to who films them."""
        return [shown for shown in self.shown.values() if shown.text.startswith("VT1:")]

    def composed(self, filmed: Shown, other: Shown) -> Iterator[bytes]:
        """Out of two presentations, and keys of the thief's own."""
        protected, _, payload, signature = dec(filmed.message)
        card, now = card_in(filmed.message), self.now
        thief = Phone("thief", _Device(self.phones[THIEF].key), NOBODY.code)  # type: ignore[arg-type]  # its names
        for by in (NOBODY,) if filmed.edition.card.device == THIEF else (NOBODY, thief):
            yield lending.presentation(card, by, now=now)
            yield lending.presentation(card, by, now=now, code=False)
            grant = lending.grant(card, by, FRIEND, iat=now - 60)
            yield lending.presentation(card, FRIEND, grant, now=now)
            header = b"\xa2\x01" + ALG[-19] + b"\x0d" + card
            yield enc(sign1(by.device.sign, header, aad("presentation-device", *about(card)), payload))
        strange_protected, _, strange_payload, strange_signature = dec(other.message)
        yield enc([strange_protected, {}, payload, signature])
        yield enc([protected, {}, strange_payload, signature])
        yield enc([protected, {}, payload, strange_signature])
        yield enc([protected, {}, payload, signature[:-1] + bytes([signature[-1] ^ 1])])
        if filmed.code:
            claims = dec(payload)[2]
            yield enc([protected, {}, claims, signature])
            own = sign1(NOBODY.code.sign, lending.HEADER_CODE, aad("presentation-code", *about(card)), claims)
            yield enc([protected, {}, enc(own), signature])

    def with_grants(self) -> Iterator[bytes]:
        """A grant for somebody else, read from a screen."""
        for granted in self.granted[-3:]:
            card, grant = dec(lending_message(granted.text))
            yield lending.presentation(card, NOBODY, grant, now=self.now)
            yield lending.presentation(card, Phone("", FRIEND.device, NOBODY.code), grant, now=self.now)

    def out_of_a_copy(self, phone: Handset) -> Iterator[str]:
        """The whole wallet, in clear, its tries given back and its code exchanged; but another device."""
        wallet, country = phone.store.load(), self.country
        key, store = self.phones[DELEGATE if phone.name == THIEF else THIEF].key, MemoryHolderStore()
        thief = Holder(key, store=store, clock=country.clock, entropy=country.entropy)
        held_code = wallet.code
        assert held_code is not None
        for code in CODES:
            store.update(
                lambda _: dataclasses.replace(wallet, code=dataclasses.replace(held_code, tries=CodeCounter()))
            )
            said = _code_of_refusal(lambda code=code: thief.prove(code, self.now))  # type: ignore[misc]
            assert said is Code.CODE_WRONG, "a code was right on another device"
        _, own = thief._chosen(CODE, country.profile)
        store.update(lambda _: dataclasses.replace(wallet, code=own))
        for held in wallet.cards:
            for entered, stated in ((CODE, UserVerification.NONE), (None, UserVerification.BIOMETRIC)):
                try:
                    yield thief.present(entered, card=held.handle, user_verification=stated).text
                except (InputError, UsageError):
                    continue

    # --- steps

    @step(when=lambda self: bool(self.filmed), pick=PICK, other=PICK, till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def layers_are_mixed(self, pick: int, other: int, till: str, session: str, purpose: Purpose) -> None:
        for message in self.composed(chosen(self.filmed, pick), chosen(self.filmed, other)):
            self.scan(self.tills[till], forge.text(message), session, purpose)

    @step(when=lambda self: bool(self.granted), till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def a_grant_is_used_by_another(self, till: str, session: str, purpose: Purpose) -> None:
        for message in self.with_grants():
            self.scan(self.tills[till], forge.text(message), session, purpose)

    @step(phone=PHONES, till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def a_wallet_is_copied(self, phone: str, till: str, session: str, purpose: Purpose) -> None:
        handset = self.phones[phone]
        if handset.code is not None:
            for text in self.out_of_a_copy(handset):
                assert text not in self.shown
                self.scan(self.tills[till], text, session, purpose)

    @step(when=lambda self: bool(self.filmed), pick=PICK, till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def what_was_filmed_is_sealed(self, pick: int, till: str, session: str, purpose: Purpose) -> None:
        """In answer to a challenge that the thief has got."""
        asked = self.asks(self.tills[till], session, (Purpose.IDENTIFICATION, purpose), 120, True)
        if asked is not None:
            session_key = dec(dec(asked.message)[2])[CHALLENGE][5]
            sealed = forge.sealed(chosen(self.filmed, pick).message, session_key, asked.message)
            self.scan(self.tills[till], forge.text(sealed, "VTS1:"), session, purpose)

    @step(phone=PHONES, pick=PICK)
    def messages_to_the_insurer_are_forged(self, phone: str, pick: int) -> None:
        """Under a new code of the thief's, for a phone of the thief's; or genuine ones, with something exchanged."""
        issuer, now = self.country.issuer, self.now
        held = self.phones[phone].store.load().cards
        introduced = lending.introduction(FRIEND, iat=now)
        for card in (edition.minimal for each in held for edition in each.stock):
            forged = (
                lending.renewal(card, NOBODY, iat=now),
                lending.renewal(card, NOBODY, iat=now, new_code=FRIEND.code),
            )
            for renewal in forged:
                assert _code_of_refusal(lambda renewal=renewal: issuer.renew(renewal)) is not None  # type: ignore[misc]
            order = lending.order(card, NOBODY, introduced, iat=now, until=now + 3_600)
            assert _code_of_refusal(lambda order=order: issuer.lend(order, introduced)) is not None  # type: ignore[misc]
        if self.orders:
            message = chosen(self.orders, pick)
            assert _code_of_refusal(lambda: issuer.lend(message.data, introduced)) is not None
        if self.applied:
            applied = chosen(self.applied, pick)
            assert _code_of_refusal(lambda: self.desk.submit(applied.request, issuer.offer())) is Code.REQUEST_OFFER

    @step(phone=st.sampled_from((OWNER, DELEGATE)), till=TILLS, session=SESSIONS, purpose=PURPOSES)
    def a_phone_is_rooted(self, phone: str, till: str, session: str, purpose: Purpose) -> None:
        """Its device key signs whatever the thief wants; the code it does not know either."""
        handset = self.phones[phone]
        by = Phone("", _Device(handset.key), NOBODY.code)  # type: ignore[arg-type]  # its names
        for held in handset.store.load().cards:
            card = held.edition(self.now).minimal
            message = lending.presentation(card, by, held.grant or None, now=self.now)
            self.scan(self.tills[till], forge.text(message), session, purpose)

    @step(phone=st.sampled_from((OWNER, OWNER, DELEGATE)), till=TILLS, session=SESSIONS, card=PICK, knows=st.booleans())
    def a_phone_is_stolen(self, phone: str, till: str, session: str, card: int, knows: bool) -> None:
        """Unlocked. Without the code the thief goes where nobody asks for it; then tries codes until the phone is locked."""
        handset, desk = self.phones[phone], self.tills[till]
        if not handset.handles:
            return
        handle = chosen(handset.handles, card)
        for entered in ("right", "none") if knows else ("none",):
            shown = self.shows(handset, handle, entered)
            if shown is not None:
                self.scan(desk, shown.text, session, Purpose.RECORDS)
        for pick in range(LOCKED):
            self.passes(WAITS.get(handset.failed, 0))
            self._try(handset, handset.typed(pick))
        for entered in ("none", "right"):
            shown = self.shows(handset, handle, entered)
            if shown is not None:
                self.scan(desk, shown.text, session, Purpose.RECORDS)


def lending_message(text: str) -> bytes:
    """What is in a ``VTD1:`` text: [card, grant]."""
    return parse_text(text, LENT_CARD_PREFIX)


def _code_of_refusal(call: Callable[[], object]) -> Code | None:
    try:
        call()
    except InputError as refused:
        return refused.code
    return None
