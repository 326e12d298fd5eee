"""What people do over the years, and all that can go wrong with it: a desk, renewals, another code, an unlock, two loans."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from tests.desk import Letters, Records, of, record
from tests.phones import NEW, Handset, add_child, desk
from tests.secrets import damage, spoilt
from tests.secrets.recorder import FAMILY, GIVEN, REFERENCE, SIGNATURE, WRONG, Story
from tests.world import CODE, DAY, World
from vitaletoken import DeskKeys, EnrolmentDesk, EnrolmentMethod, Holder, Identity, Purpose, Way
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.rules.application import Application
from vitaletoken.rules.eligibility import Eligibility
from vitaletoken.rules.number import pseudonym
from vitaletoken.rules.records import Record
from vitaletoken.wire.enrolment import parse_request
from vitaletoken.wire.nir import Nir
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import (
    INTRODUCTION_PREFIX,
    LENT_CARD_PREFIX,
    parse_introduction_text,
    parse_lent_card_text,
    serialize_text,
)

ADDRESS, TERRITORY = "philogone@rue-quincampoix.test", "canton-de-quincampoix"
APPLICANTS_NIR, DELEGATES_NIR = "2910599512384", "1780499654321"
DELEGATES_CODE, DELEGATE = "604118", "Wolfram Zumthor-Bizeul"
HOUR = 3600


def lived(story: Story, at: Path, algorithm: Algorithm) -> None:
    """The whole of it for one suite; files go under ``at``."""
    canaries = story.canaries
    for name, value in (("new code", NEW), ("delegate's code", DELEGATES_CODE), ("applicant's NIR", APPLICANTS_NIR)):
        canaries.digits(name, value)
    for name, value in (("e-mail address", ADDRESS), ("territory", TERRITORY), ("delegate's name", DELEGATE)):
        canaries.text(name, value)
    world = World(algorithm=algorithm, seed="years")
    canaries.binary("number key", world.number_key._secret)
    world.device_key, secrets = generate_device_key(algorithm, world.entropy)
    canaries.binary("device key", secrets[:32])
    canaries.binary("device PRF secret", secrets[32:])
    store = story.keep(SqliteWallet(at / "years.db", world.device_key, world.entropy))
    world.holder_store = store
    world.holder = story.keep(Holder(world.device_key, store=store, clock=world.clock, entropy=world.entropy))
    _applied(story, world, at)
    handle = _renewed(story, world)
    _lent(story, world, handle)
    _code_changed(story, world, handle)
    _unlocked(story, world, handle)
    story.keep(world.holder.wallet())
    story.keep(world)
    damage.wallet(story, store, at / "years.db")
    damage.register(story, at / "register.db")


def salts(story: Story, holder: Holder) -> None:
    """What hides a code and numbers, of all that the phone has and waits for."""
    wallet = holder.wallet()
    assert wallet.code
    story.canaries.binary("code salt", wallet.code.salt)
    if wallet.change:
        story.canaries.binary("code salt", wallet.change.code.salt)
    for number in (*(each.number for each in wallet.pending), *(each.number for each in wallet.cards)):
        if number:
            story.canaries.binary("number salt", number.salt)


# --- at the enrolment desk


class _Mailbox(Letters):
    """Each code that goes out is a canary from then on."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self._story = story

    def send(self, address: str, code: str, expires: int) -> None:
        self._story.canaries.digits("e-mail code", code)
        super().send(address, code, expires)

    @property
    def code(self) -> str:
        return self.sent[-1][1]


class _NoNetwork(_Mailbox):
    def send(self, address: str, code: str, expires: int) -> None:
        self._story.canaries.digits("e-mail code", code)
        raise OSError(101, "Network is unreachable")


class _Confused(Records):
    """Answers with somebody else's record."""

    def find(self, number: Nir) -> Record | None:
        return self.records[-1]


def _applied(story: Story, world: World, at: Path) -> None:
    """Application, e-mail code, identity, decision, card; each with what it refuses."""
    born = date(1991, 5, 9)
    mine = record(
        APPLICANTS_NIR, FAMILY, GIVEN, born, reference=REFERENCE, mail=ADDRESS, territory=TERRITORY, guardianship=False
    )
    for reference, mail in ((f"{REFERENCE}\ud800", ADDRESS), (REFERENCE, f"\udcff{ADDRESS}")):
        story.fails(record, APPLICANTS_NIR, FAMILY, GIVEN, born, reference=reference, mail=mail)
        story.fails(dataclasses.replace, mine, reference=reference, mail=mail)
    other = record(DELEGATES_NIR, DELEGATE, GIVEN, born, mail=None)
    keys = DeskKeys(mail=world.entropy.random(32), number=world.entropy.random(32))
    story.canaries.binary("desk key for e-mail codes", keys.mail)
    story.canaries.binary("desk key for numbers", keys.number)
    story.canaries.binary("pseudonym", pseudonym(mine.nir, keys.number))
    story.fails(DeskKeys, keys.mail, keys.mail)
    store, mailbox = SqliteApplications(at / "applications.db"), _Mailbox(story)
    story.fails(SqliteApplications, at / "broken.key")

    def counter(**changes: Any) -> EnrolmentDesk:
        parts: dict[str, Any] = {"people": Records((mine, other)), "mailer": mailbox, "store": store, "keys": keys}
        made = EnrolmentDesk(world.issuer, clock=world.clock, entropy=world.entropy, **{**parts, **changes})
        return story.keep(made)  # type: ignore[no-any-return]

    def asked() -> tuple[bytes, bytes]:
        offer = world.issuer.offer()
        profile = Argon2Profile.CHEAPEST if world.holder.wallet().code is None else None
        request = world.holder.enrol(offer, world.trust, CODE, mine.nir, profile=profile)
        salts(story, world.holder)
        story.canaries.binary("message", request[-SIGNATURE:])
        story.canaries.binary("sealed number", parse_request(request).unverified_claims.sealed_number)
        return request, offer

    office, message = counter(), asked()
    for wrong in ((message[0][:-1], message[1]), (message[0], world.issuer.offer()), (message[0], message[1][:-1])):
        story.fails(office.submit, *wrong)
    for faulty in ({"mailer": _NoNetwork(story)}, {"people": _Confused((mine, other))}):
        story.fails(counter(**faulty).submit, *asked())
    application = story.keep(office.submit(*message))
    for early in (office.decide, office.issue):
        story.fails(early, application.id)
    story.fails(office.confirm, application.id, mailbox.code[::-1])
    story.fails(office.confirm, application.id, f"{mailbox.code}0")
    story.fails(office.confirm, application.id, f"{mailbox.code[:-1]}\ud800")
    world.clock.time += 600
    story.fails(office.confirm, application.id, mailbox.code)
    story.keep(office.send_code(application.id))
    story.keep(office.confirm(application.id, mailbox.code))
    story.fails(office.send_code, application.id)
    _proofed(story, office, application, mine)
    closed = counter(policy=Eligibility(territories=frozenset({"elsewhere"})))
    story.fails(closed.decide, application.id)
    story.keep(office.find(application.id))
    issued = _issued(story, world, office, asked(), mine, mailbox)
    damage.applications(story, at / "applications.db", issued)


def _proofed(story: Story, office: EnrolmentDesk, application: Application, mine: Record) -> None:
    seen = story.keep(of(mine, EnrolmentMethod.COUNTER))
    story.fails(office.identify, bytes(32), seen)
    story.keep(office.identify(application.id, seen))
    story.fails(office.identify, application.id, Identity(EnrolmentMethod.COUNTER, None))


def _issued(
    story: Story, world: World, office: EnrolmentDesk, message: tuple[bytes, bytes], mine: Record, mailbox: _Mailbox
) -> bytes:
    """The second time it is approved, and the phone has its card; the application's id."""
    application = office.submit(*message)
    office.confirm(application.id, mailbox.code)
    office.identify(application.id, of(mine))
    office.decide(application.id)
    credential = office.issue(application.id)
    story.canaries.binary("credential", credential[-SIGNATURE:])
    story.keep(office.find(application.id))
    story.fails(world.holder.accept, credential[:-1], world.trust)
    story.keep(world.holder.accept(credential, world.trust))
    for waiting in world.holder.wallet().pending:
        world.holder.delete(waiting.handle)
    return application.id


# --- on the phone, and at its issuer


def _renewed(story: Story, world: World) -> str:
    """A renewal by hand; the handle of its card. A child's card then stands beside it."""
    holder = world.holder
    (card,) = holder.wallet().cards
    for wrong in (WRONG, *spoilt.halved(CODE)):
        story.fails(holder.renewal, wrong)
    message = _sent(story, holder.renewal(CODE))
    story.fails(world.issuer.renew, message[:-1])
    story.fails(world.issuer.renew, _spoilt(message))
    answers = world.issuer.renew(message, stock=2)
    for answer in answers:
        story.canaries.binary("credential", answer[-SIGNATURE:])
    story.fails(holder.accept_renewal, card.handle, answers[::-1], world.trust)
    story.fails(holder.accept_renewal, card.handle, (_spoilt(answers[0]),), world.trust)
    story.fails(holder.accept_renewal, "no such card", answers, world.trust)
    story.keep(holder.accept_renewal(card.handle, answers, world.trust))
    add_child(world)
    salts(story, holder)
    return card.handle


def _code_changed(story: Story, world: World, handle: str) -> None:
    """Two cards: the first one's answer comes before anybody thinks of yet another code."""
    holder = world.holder
    halves = [(CODE, half) for half in spoilt.halved(NEW)] + [(half, NEW) for half in spoilt.halved(CODE)]
    for old, new in ((WRONG, NEW), (CODE, "111111"), (CODE, CODE), (CODE, f"{NEW}0"), *halves):
        story.fails(holder.change_code, old, new)
    messages = holder.change_code(CODE, NEW)
    salts(story, holder)
    story.keep(holder.wallet().change)
    for message in messages.values():
        _sent(story, message)
    story.keep(holder.accept_renewal(handle, world.issuer.renew(messages[handle]), world.trust))
    story.fails(holder.change_code, CODE, WRONG)
    story.fails(holder.enrol, world.issuer.offer(), world.trust, CODE, world.beneficiary.nir)
    for card, message in messages.items():
        story.keep(holder.accept_renewal(card, world.issuer.renew(message), world.trust))
    assert holder.wallet().change is None
    story.fails(holder.present, CODE, card=handle)
    _sent(story, holder.renewal(NEW, card=handle))


def _unlocked(story: Story, world: World, handle: str) -> None:
    holder, issuer = world.holder, world.issuer
    cti = holder.wallet().card(handle).edition(world.clock.time).claims.cti
    nonce = holder.ask_unlock(card=handle)
    story.fails(issuer.unlock, bytes(8), nonce)
    story.fails(issuer.unlock, cti, nonce[:-1])
    message = issuer.unlock(cti, nonce)
    story.keep(holder.wallet().unlock)
    for wrong in (message[:-1], _spoilt(message), issuer.unlock(cti, bytes(16))):
        story.fails(holder.unlock, wrong, world.trust)
    holder.unlock(message, world.trust)
    story.fails(holder.unlock, message, world.trust)


def _lent(story: Story, world: World, handle: str) -> None:
    """Through the issuer, and from phone to phone; and what the other phone does with it."""
    holder, other = world.holder, Handset(world, DELEGATE)
    purposes = (Purpose.IDENTIFICATION, Purpose.DISPENSING)
    story.fails(other.holder.introduce, f"{DELEGATE} " * 9, DELEGATES_CODE)
    for half in spoilt.halved(DELEGATE):
        story.fails(other.holder.introduce, half, DELEGATES_CODE)
    for half in spoilt.halved(DELEGATES_CODE):
        story.fails(other.holder.introduce, DELEGATE, half)
    text = other.introduce(DELEGATES_CODE)
    salts(story, other.holder)
    story.canaries.text("full token", text)
    story.fails(other.holder.introduce, DELEGATE, WRONG)
    message = parse_introduction_text(text)
    for wrong in (text[:-3], text.replace("VTI1:", "VTD1:"), f"{text}AB", *spoilt.texts(text)):
        story.fails(holder.review_introduction, wrong)
    for changed in spoilt.messages(message, DELEGATE):
        story.fails(holder.review_introduction, serialize_text(changed, INTRODUCTION_PREFIX))
    seen = story.keep(holder.review_introduction(text))
    story.canaries.binary("message", seen.raw[-SIGNATURE:])
    until = world.clock.time + DAY
    story.fails(holder.order, seen, WRONG, until=until, purposes=purposes, card=handle)
    story.fails(holder.order, seen, CODE, until=until, purposes=(), card=handle)
    order = _sent(story, holder.order(seen, CODE, until=until, purposes=purposes, card=handle))
    for wrong in ((order[:-1], seen.raw), (_spoilt(order), seen.raw), (order, seen.raw[:-1])):
        story.fails(world.issuer.lend, *wrong)
    lent = world.issuer.lend(order, seen.raw)
    story.canaries.binary("credential", lent[-SIGNATURE:])
    story.fails(other.holder.accept, _spoilt(lent), world.trust)
    story.fails(holder.accept, lent, world.trust)
    cards = [story.keep(other.holder.accept(lent, world.trust))]

    story.fails(holder.grant, seen, WRONG, lifetime=HOUR, purposes=purposes, card=handle)
    story.fails(holder.grant, seen, CODE, lifetime=100 * HOUR, purposes=purposes, card=handle)
    given = holder.grant(seen, CODE, lifetime=HOUR, purposes=purposes, card=handle)
    story.canaries.text("full token", given)
    for text in (given[:-3], given.replace("VTD1:", "VT1:"), *spoilt.texts(given)):
        story.fails(other.holder.receive, text, world.trust)
    for changed in spoilt.messages(parse_lent_card_text(given), FAMILY, DELEGATE):
        story.fails(other.holder.receive, serialize_text(changed, LENT_CARD_PREFIX), world.trust)
    story.fails(holder.receive, given, world.trust)
    cards.append(story.keep(other.holder.receive(given, world.trust)))
    assert [loan.way for loan in story.keep(holder.lent())] == [Way.ISSUER, Way.GRANT]
    story.keep([card.lent for card in story.keep(other.holder.wallet()).cards])
    world.publish()
    for number, card in enumerate(cards):
        _acted(story, world, other, card.handle, f"visit {number}")


def _acted(story: Story, world: World, other: Handset, handle: str, session: str) -> None:
    story.fails(other.holder.present, WRONG, card=handle)
    shown = story.keep(other.holder.present(DELEGATES_CODE, card=handle))
    story.canaries.text("full token", shown.text)
    story.canaries.binary("message", shown.message[-SIGNATURE:])
    story.fails(desk(world, delegates=False).verify, shown.text, session)
    story.fails(desk(world).verify, shown.text, session, purpose=Purpose.BILLING)
    story.keep(desk(world).verify(shown.text, session))
    story.fails(other.holder.renewal, DELEGATES_CODE, card=handle)


def _sent(story: Story, message: bytes) -> bytes:
    """A message of this phone's, signed by both its keys."""
    story.canaries.binary("message", message[-SIGNATURE:])
    return message


def _spoilt(message: bytes) -> bytes:
    return message[:-1] + bytes([message[-1] ^ 1])
