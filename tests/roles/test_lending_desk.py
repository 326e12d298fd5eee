"""Lending through the issuer, from the order to the card on the delegate's phone: steps L1 to L6 (spec section 14.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import forge, lending
from tests.desk import FAMILY, FATHER, Office, Records, child_of
from tests.forge import both, drop, put
from tests.lending import ORDER, UNTIL, Phone, attempt, introduction, order, phone, renewal, sha
from tests.lending_codes import THIEF, owner_of
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, camille
from vitaletoken import Category, Code, Person, Policy, Purpose, Sex, UsageError, VerifiedPresentation, View
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.delegation import Delegate, Way
from vitaletoken.rules.lending import verify_own_lent_card
from vitaletoken.rules.records import Rights, start_of
from vitaletoken.wire.credential import CredentialClaims, parse_credential
from vitaletoken.wire.registry import Status

NEW_CODE = SigningKey(-19, sha(b"a new code"))


@pytest.fixture(params=[(algorithm, kind) for algorithm in DEVICE_ALGORITHMS for kind in ("memory", "sqlite")], ids=str)
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An enrolled world of each suite, with each of the registers; the phone has both views."""
    algorithm, kind = request.param
    world = World(algorithm=algorithm)
    with ExitStack() as stack:
        if kind == "sqlite":
            world.register = world.issuer._press.register = stack.enter_context(
                SqliteRegister(tmp_path / "register.db")
            )
        world.enrol()
        yield world


@pytest.fixture
def dominique(w: World) -> Phone:
    """The delegate's phone is of the other suite."""
    return phone("Dominique", -9 if w.algorithm == -19 else -19)


def ordered(w: World, introduced: bytes, edit: forge.Edit | None = None, **options: Any) -> bytes:
    """An order by the world's phone, of the card that it has: until in 20 days, at pharmacies."""
    at_pharmacies = put((ORDER, 5), [int(Category.PHARMACY)])
    fields = {"iat": w.clock.time, "until": w.clock.time + 20 * DAY, **options}
    return order(forge.credential_of(w), owner_of(w), introduced, both(at_pharmacies, edit), **fields)


def lent(w: World, to: Phone, edit: forge.Edit | None = None, **options: Any) -> bytes:
    introduced = introduction(to, iat=w.clock.time)
    return w.issuer.lend(ordered(w, introduced, edit, **options), introduced)


def claims_of(credential: bytes) -> CredentialClaims:
    return parse_credential(credential).unverified_claims


def shown(w: World, credential: bytes, by: Phone, purpose: Purpose = Purpose.IDENTIFICATION) -> Any:
    """What a pharmacy that lets people act for others says to ``by`` with that credential."""
    w.publish()
    policy = Policy(environment=w.environment, delegates=True)
    terminal = w.terminal(policy=policy, replay=MemoryReplayStore(), categories=(Category.PHARMACY,))
    message = lending.presentation(credential, by, now=w.clock.time)
    return attempt(terminal.verify_message, message, "visit 1", purpose)


# --- the card


def test_the_lent_card_is_the_grantors_on_the_delegates_keys(w: World, dominique: Phone) -> None:
    introduced = introduction(dominique)
    card = w.issuer.lend(ordered(w, introduced), introduced)
    own, made = claims_of(forge.credential_of(w)), claims_of(card)
    verify_own_lent_card(card, introduced, dominique.keys, w.trust, NOW)
    kept = {
        "beneficiary",
        "person",
        "quality",
        "scheme",
        "rights_as_of",
        "rights_until",
        "test",
        "policyholder",
        "portrait",
    }
    assert {name for name in kept if getattr(own.card, name) != getattr(made.card, name)} == set()
    assert (made.device_key, made.card.code_key) == dominique.keys
    assert made.card.enrolment.method is own.card.enrolment.method
    assert made.card.acting is not None
    assert made.card.acting == ("Dominique", ((Purpose.IDENTIFICATION, Purpose.DISPENSING), (Category.PHARMACY,)))
    assert made.card.view is View.MINIMAL
    assert (made.iss, made.iat, made.exp) == (own.iss, NOW, UNTIL)
    assert made.cti != own.cti
    assert made.card.status != own.card.status


def test_the_terminal_is_told_who_acts(w: World, dominique: Phone) -> None:
    card = lent(w, dominique)
    seen = shown(w, card, dominique)
    assert isinstance(seen, VerifiedPresentation)
    assert seen.delegate == Delegate("Dominique", Way.ISSUER, UNTIL)
    assert seen.card.person == w.beneficiary.person
    assert shown(w, card, dominique, Purpose.BILLING) is Code.DELEGATION_SCOPE
    w.clock.time = UNTIL
    assert shown(w, card, dominique) is Code.CREDENTIAL_EXPIRED


def test_each_lent_card_is_revoked_by_itself(w: World, dominique: Phone) -> None:
    third = phone("Third")
    cards = [lent(w, dominique), lent(w, dominique, put((7,), b"another nonce...")), lent(w, third)]
    w.issuer.revoke(claims_of(cards[1]).cti)
    found = [shown(w, card, by) for card, by in zip(cards, (dominique, dominique, third), strict=True)]
    assert [isinstance(each, VerifiedPresentation) for each in found] == [True, False, True]
    assert found[1] is Code.CARD_REVOKED
    assert list(w.register.statuses(0).values()) == [Status.REVOKED]


def test_a_lent_card_ends_30_days_after_its_own_beginning(w: World, dominique: Phone) -> None:
    """CRED-5, where the phone's clock is ahead."""
    made = claims_of(lent(w, dominique, put((6,), NOW + 300), until=NOW + 300 + 30 * DAY))
    assert made.exp - made.iat == 30 * DAY


def test_a_lent_card_has_the_rights_of_now(w: World, dominique: Phone) -> None:
    class Source:
        def find(self, reference: str) -> Rights:
            assert reference == w.beneficiary.reference
            return Rights(w.beneficiary.scheme, NOW // DAY + 3, NOW // DAY + 9)

    w.issuer._press.rights = Source()
    card = claims_of(lent(w, dominique)).card
    assert (card.rights_as_of, card.rights_until) == (NOW // DAY + 3, NOW // DAY + 9)


# --- the same again


def test_the_same_order_again_gives_the_same_card(w: World, dominique: Phone) -> None:
    introduced = introduction(dominique)
    message = ordered(w, introduced)
    card = w.issuer.lend(message, introduced)
    w.clock.time += 40 * DAY
    assert w.issuer.lend(message, introduced) == card
    other = introduction(dominique, iat=NOW - 1)
    assert attempt(w.issuer.lend, message, other) is Code.ORDER_INTRODUCTION


def test_another_order_is_another_card(w: World, dominique: Phone) -> None:
    introduced = introduction(dominique)
    cards = {w.issuer.lend(ordered(w, introduced, put((7,), bytes([n] * 16))), introduced) for n in range(5)}
    assert len({claims_of(card).card.status for card in cards}) == len({claims_of(card).cti for card in cards}) == 5


# --- refused


def test_each_code_is_provoked(w: World, dominique: Phone) -> None:
    introduced, own = introduction(dominique), owner_of(w)
    good = ordered(w, introduced)
    thief = Phone("", lending.phone("", w.algorithm).device, own.code)
    tries: dict[Code, list[tuple[bytes, bytes]]] = {
        Code.ORDER_STRUCTURE: [
            (b"", introduced),
            (good + b"\0", introduced),
            (ordered(w, introduced, drop((7,))), introduced),
            (order(forge.credential_of(w), dominique, introduced), introduced),  # a header of the other suite
        ],
        Code.ORDER_CARD: [
            (order(b"no card", own, introduced), introduced),
            (order(forge.credential(w, put((4,), NOW + DAY)), own, introduced), introduced),
        ],
        Code.ORDER_SIGNATURE: [
            (ordered(w, introduced, code_by=THIEF.code), introduced),
            (order(forge.credential_of(w), thief, introduced), introduced),
        ],
        Code.ORDER_INTRODUCTION: [
            (good, introduction(dominique, iat=NOW - 1)),
            (good, b""),
            *(
                (ordered(w, bad), bad)
                for bad in (
                    b"",
                    introduction(dominique, signed_by=THIEF),
                    introduction(own),
                    introduction(Phone("D.", dominique.device, own.code)),
                )
            ),
        ],
        Code.ORDER_TIME: [
            (ordered(w, introduced, iat=NOW + 301), introduced),
            (ordered(w, introduced, iat=NOW - 301), introduced),
            (ordered(w, introduced, until=NOW), introduced),
            (ordered(w, introduced, until=NOW + 30 * DAY + 1), introduced),
        ],
    }
    assert {*tries, Code.ORDER_THROTTLED} == {code for code in Code if code.value.startswith("order-")}
    for code, messages in tries.items():
        assert [attempt(w.issuer.lend, *each) for each in messages] == [code] * len(messages)
        assert [w.register.answer_to(sha(message)) for message, _ in messages] == [None] * len(messages)
    assert isinstance(w.issuer.lend(good, introduced), bytes)


def numbered(number: int) -> forge.Edit:
    """A nonce of its own: another order."""
    return put((7,), number.to_bytes(16, "big"))


def test_eight_loans_a_day(w: World, dominique: Phone) -> None:
    """L6; one that is refused or repeated is not counted, and one that is revoked is."""
    introduced = introduction(dominique)
    for number in range(8):
        w.clock.time = NOW + 60 * number
        message = ordered(w, introduced, numbered(number))
        card = w.issuer.lend(message, introduced)
        assert w.issuer.lend(message, introduced) == card
        assert attempt(w.issuer.lend, ordered(w, introduced, numbered(99), code_by=THIEF.code), introduced)
    w.issuer.revoke(claims_of(card).cti)
    assert attempt(lent, w, dominique, numbered(8)) is Code.ORDER_THROTTLED
    assert w.issuer.lend(message, introduced) == card, "the same order again is no other loan"
    w.clock.time = NOW + DAY - 1
    assert attempt(lent, w, dominique, numbered(9)) is Code.ORDER_THROTTLED
    w.clock.time = NOW + DAY
    assert isinstance(lent(w, dominique, numbered(10)), bytes)
    assert attempt(lent, w, dominique, numbered(11)) is Code.ORDER_THROTTLED
    assert len(w.issuer.lent_from(w.card_id())) == 9


def test_loans_and_renewals_are_counted_apart(w: World, dominique: Phone) -> None:
    """L6, F6: neither uses up the other's."""
    for number in range(8):
        lent(w, dominique, numbered(number))
    card, owner = forge.credential_of(w), owner_of(w)
    for number in range(8):
        w.issuer.renew(renewal(card, owner, numbered(number)))
    assert attempt(lent, w, dominique, numbered(8)) is Code.ORDER_THROTTLED
    assert attempt(w.issuer.renew, renewal(card, owner, numbered(8))) is Code.RENEWAL_THROTTLED


def test_no_renewal_of_the_card_makes_room_for_a_loan(w: World, dominique: Phone) -> None:
    """It is one card, by whichever of its credentials it is named."""
    for number in range(8):
        lent(w, dominique, numbered(number))
    (renewed, *_) = w.issuer.renew(renewal(forge.credential_of(w), owner_of(w)))
    introduced = introduction(dominique)
    assert attempt(w.issuer.lend, order(renewed, owner_of(w), introduced), introduced) is Code.ORDER_THROTTLED


def test_a_card_that_is_lent_meanwhile_is_counted_anew(w: World, dominique: Phone) -> None:
    """Between the look at the register and the record, another process has made the eighth loan."""
    for number in range(7):
        lent(w, dominique, numbered(number))
    register = w.register

    class Lending:
        find, answer_to = register.find, register.answer_to

        def record(self, card: Any, lent_before: int) -> Any:
            w.issuer._press.register = register
            lent(w, dominique, numbered(7))
            return register.record(card, lent_before)

    w.issuer._press.register = Lending()  # type: ignore[assignment]  # what lending needs of a register
    assert attempt(lent, w, dominique, numbered(8)) is Code.ORDER_THROTTLED
    assert len(w.issuer.lent_from(w.card_id())) == 8


@pytest.mark.parametrize("change", ["revoke", "suspend"])
def test_a_card_that_is_not_in_force_is_not_lent(change: str, w: World, dominique: Phone) -> None:
    """Nor is what was lent before handed out again; what is out already goes with it (LEND-1), and comes back with it."""
    introduced = introduction(dominique)
    message = ordered(w, introduced)
    card = w.issuer.lend(message, introduced)
    getattr(w.issuer, change)(w.card_id())
    assert attempt(w.issuer.lend, message, introduced) is Code.ORDER_CARD
    assert attempt(lent, w, dominique, put((7,), b"another nonce...")) is Code.ORDER_CARD
    assert shown(w, card, dominique) is (Code.CARD_REVOKED if change == "revoke" else Code.CARD_SUSPENDED)
    if change == "suspend":
        w.issuer.restore(w.card_id())
        w.clock.time += 60
        assert isinstance(shown(w, card, dominique), VerifiedPresentation)


def test_a_lent_card_is_suspended_while_delegations_are_withdrawn(w: World, dominique: Phone) -> None:
    """LEND-1: what was lent before and what is lent meanwhile, until cards are lent anew; but for one that was revoked."""
    cards = [lent(w, dominique), lent(w, dominique, put((7,), b"another nonce..."))]
    w.issuer.withdraw_delegations(w.card_id())
    cards.append(lent(w, dominique, put((7,), b"one nonce more..")))
    assert [shown(w, card, dominique) for card in cards] == [Code.CARD_SUSPENDED] * 3
    assert w.issuer.lent_from(w.card_id()) == tuple(claims_of(card).cti for card in cards)
    w.issuer.revoke(claims_of(cards[1]).cti)
    w.issuer.lend_anew(w.card_id())
    w.clock.time += 60
    found = [shown(w, card, dominique) for card in cards]
    assert [isinstance(each, VerifiedPresentation) for each in found] == [True, False, True]
    assert found[1] is Code.CARD_REVOKED


def test_a_thief_s_loan_does_not_outlive_the_card(w: World, dominique: Phone) -> None:
    """LEND-1, by whichever cti the card is revoked; a loan from another card is let be."""
    (renewed, *_) = w.issuer.renew(renewal(forge.credential_of(w), owner_of(w)))
    card = lent(w, dominique)
    w.issuer.revoke(claims_of(renewed).cti)
    assert shown(w, card, dominique) is Code.CARD_REVOKED
    assert w.issuer.lent_from(claims_of(renewed).cti) == (claims_of(card).cti,)
    assert w.issuer.lent_from(claims_of(card).cti) == w.issuer.lent_from(bytes(8)) == ()


def test_a_card_that_is_revoked_meanwhile_is_not_lent(w: World, dominique: Phone) -> None:
    """Between the look at the register and the record: the register looks again."""
    register = w.register

    class Revoking:
        find, answer_to = register.find, register.answer_to

        def record(self, card: Any, lent_before: int) -> Any:
            w.issuer._press.register = register
            w.issuer.revoke(w.card_id())
            return register.record(card, lent_before)

    w.issuer._press.register = Revoking()  # type: ignore[assignment]  # what lending needs of a register
    assert attempt(lent, w, dominique) is Code.ORDER_CARD


def test_a_lent_card_is_neither_lent_on_nor_renewed_nor_unlocked(w: World, dominique: Phone) -> None:
    """GRANT-2, F2."""
    card, introduced = lent(w, dominique), introduction(phone("Third"))
    assert attempt(w.issuer.lend, order(card, dominique, introduced), introduced) is Code.ORDER_CARD
    assert attempt(w.issuer.renew, renewal(card, dominique)) is Code.RENEWAL_CARD
    with pytest.raises(UsageError, match="lent"):
        w.issuer.unlock(claims_of(card).cti, bytes(16))


def test_the_code_of_before_lends_nothing_any_more(w: World, dominique: Phone) -> None:
    old, introduced = forge.credential_of(w), introduction(dominique)
    (new, *_) = w.issuer.renew(renewal(old, owner_of(w), new_code=NEW_CODE))
    owner = Phone("", owner_of(w).device, NEW_CODE)
    for about in (old, new):
        assert attempt(w.issuer.lend, order(about, owner_of(w), introduced), introduced) is Code.ORDER_SIGNATURE
        assert claims_of(w.issuer.lend(order(about, owner, introduced), introduced)).device_key == dominique.keys[0]


def test_a_name_for_which_there_is_no_room_is_refused() -> None:
    """The names of the beneficiary fill the card; what comes from another phone is no fault of the caller's."""
    long = Person("M" * 100, ("J" * 100, "P" * 100, "Q" * 60), Sex.FEMALE, "N" * 100)
    w = World(beneficiary=camille(person=long))
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, w.beneficiary.nir, profile=w.profile)
    w.holder.accept(w.issuer.issue(request, offer, w.beneficiary), w.trust)
    assert attempt(lent, w, phone("D" * 64)) is Code.ORDER_INTRODUCTION
    assert isinstance(lent(w, phone("D.")), bytes)


def test_a_childs_card_is_lent_until_the_child_is_16() -> None:
    """Its end is that of the card on the parent's phone, whatever the order says."""
    lea = child_of(FATHER, "2101275056023", "Martin", "Léa", date(2010, 12, 1), reference="Léa")
    office, end = Office(people=Records([*FAMILY, lea])), start_of(date(2026, 12, 1))
    w, of_father = office.world, office.phone(lea)
    w.holder, w.holder_store = of_father.holder, of_father.store
    w.device_key = of_father.holder._device_key  # type: ignore[assignment]  # a software key
    of_father.holder.accept(office.answer(of_father, FATHER), w.trust)
    grandmother = phone("Grandmother")
    made = claims_of(lent(w, grandmother))
    assert (made.card.person, made.exp) == (lea.person, end)
    w.clock.time = end
    assert attempt(lent, w, grandmother) is Code.ORDER_CARD


def test_hostile_orders() -> None:
    """A bit of each byte of an order and of an introduction flipped, and each beginning: a refusal, and nothing recorded."""
    w = World()
    w.enrol()
    introduced = introduction(phone("Dominique"))
    message = ordered(w, introduced)

    def spoiled(data: bytes) -> Iterator[bytes]:
        for at in range(len(data)):
            yield data[:at]
            yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]

    found = {attempt(w.issuer.lend, each, introduced) for each in spoiled(message)}
    assert found <= {Code.ORDER_STRUCTURE, Code.ORDER_CARD, Code.ORDER_SIGNATURE}
    assert {attempt(w.issuer.lend, message, each) for each in spoiled(introduced)} == {Code.ORDER_INTRODUCTION}
    assert isinstance(w.issuer.lend(message, introduced), bytes)
