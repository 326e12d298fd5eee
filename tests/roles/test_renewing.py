"""Renewals at the issuer, from the phone's message to the cards: steps F1 to F6 through the public names (spec section 12.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import forge, lending
from tests.desk import FAMILY, FATHER, Office, Records, child_of
from tests.forge import drop, put
from tests.lending import Phone, attempt, renewal, sha
from tests.lending_codes import THIEF, owner_of
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, camille
from vitaletoken import Code, Issuer, Scheme, UsageError, VerifiedPresentation, View
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.credential import enrolment_binding, verify_credential
from vitaletoken.rules.enrolment import verify_own_billing_view, verify_own_credential
from vitaletoken.rules.number import commitment
from vitaletoken.rules.records import Rights, start_of
from vitaletoken.rules.renewal import require_same_person
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.credential import CredentialClaims, parse_credential
from vitaletoken.wire.registry import Algorithm, Status

LIFETIME = 14 * DAY
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


def renewed(w: World, **options: Any) -> bytes:
    """A renewal by the world's phone, of the card that it has."""
    return renewal(forge.credential_of(w), owner_of(w), **{"iat": w.clock.time, **options})


def claims_of(credential: bytes) -> CredentialClaims:
    return parse_credential(credential).unverified_claims


def shown(w: World, credential: bytes, **options: Any) -> VerifiedPresentation | Code:
    """What the world's terminal says to the phone with that credential."""
    found: VerifiedPresentation | Code = attempt(
        w.verifier.verify_message, forge.presentation(w, credential=credential, **options), f"visit {sha(credential)!r}"
    )
    return found


# --- what comes back


def test_a_renewed_card_is_the_same_card_with_other_times(w: World) -> None:
    before = claims_of(forge.credential_of(w))
    w.clock.time += DAY
    minimal, billing = w.issuer.renew(renewed(w))
    after = claims_of(minimal)
    assert (after.iat, after.exp) == (NOW + DAY, NOW + DAY + LIFETIME)
    assert after.cti != before.cti
    assert after._replace(iat=before.iat, exp=before.exp, cti=before.cti) == before
    require_same_person(before.card, after.card)
    held = w.card()
    assert held.number is not None
    card = verify_own_credential(
        minimal,
        w.trust,
        w.clock.time,
        request=held.request,
        number=held.number,
        device_key=w.device_key.public_key,
        code_key=code_of(w.holder_store.load()).key,
    )
    verify_own_billing_view(billing, card, w.trust, w.clock.time)
    assert claims_of(billing).card.nir == claims_of(w.views().billing).card.nir
    assert isinstance(shown(w, minimal), VerifiedPresentation)


def test_a_card_without_a_billing_view_is_renewed_without_one(w: World) -> None:
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, w.beneficiary.nir, profile=w.profile)
    w.holder.accept(w.issuer.issue(request, offer, w.beneficiary), w.trust)
    for stock in (1, 4):
        made = w.issuer.renew(renewed(w, edit=put((7,), bytes([stock] * 16))), stock=stock)
        assert [claims_of(each).card.view for each in made] == [View.MINIMAL] * stock


@pytest.mark.parametrize("stock", [1, 2, 3, 4])
def test_the_windows_of_a_stock_follow_each_other(stock: int, w: World) -> None:
    made = w.issuer.renew(renewed(w), stock=stock, lifetime=3 * DAY)
    assert len(made) == 2 * stock
    for number, (minimal, billing) in enumerate(zip(made[::2], made[1::2], strict=True)):
        claims, begins = claims_of(minimal), NOW + 3 * DAY * number
        assert (claims.iat, claims.exp) == (begins, begins + 3 * DAY)
        card = verify_credential(parse_credential(minimal), w.trust, NOW)
        w.clock.time = begins
        verify_own_billing_view(billing, card, w.trust, begins)
    assert len({claims_of(each).cti for each in made}) == stock
    w.clock.time = NOW
    if stock > 1:
        assert shown(w, made[-2]) is Code.CREDENTIAL_NOT_YET_VALID


def test_a_renewed_card_has_the_rights_of_now(w: World) -> None:
    asked = []

    class Source:
        rights: Rights | None = Rights(Scheme(2, 33, 7), NOW // DAY + 1, NOW // DAY + 90)

        def find(self, reference: str) -> Rights | None:
            asked.append(reference)
            return self.rights

    source = w.issuer._press.rights = Source()
    (minimal, billing) = w.issuer.renew(renewed(w))
    for view in (minimal, billing):
        card = claims_of(view).card
        assert Rights(card.scheme, card.rights_as_of, card.rights_until) == source.rights
    assert asked == [w.beneficiary.reference]
    source.rights = None
    (again, _) = w.issuer.renew(renewed(w, edit=put((7,), b"another nonce...")))
    assert claims_of(again).card == claims_of(minimal).card, "nothing newer is known: what the card said last"


def test_rights_come_by_way_of_the_constructor(w: World) -> None:
    class Over:
        def find(self, _: str) -> Rights:
            return Rights(w.beneficiary.scheme, NOW // DAY, NOW // DAY)

    issuer = Issuer(
        "fr-cnam",
        w.issuer_signer,
        number_key=w.number_key,
        register=w.register,
        clock=w.clock,
        entropy=w.entropy,
        status_uri="https://status.example/fr-cnam",
        environment=w.environment,
        rights=Over(),
    )
    assert shown(w, issuer.renew(renewed(w))[0]) is Code.RIGHTS_ENDED


# --- the code changes


def changed(w: World, **options: Any) -> bytes:
    return renewed(w, new_code=NEW_CODE, **options)


def with_new_code(w: World) -> Phone:
    return Phone("the owner", owner_of(w).device, NEW_CODE)


def test_a_changed_code_has_its_key_and_binding_in_the_card(w: World) -> None:
    message = changed(w)
    minimal, billing = w.issuer.renew(message)
    before, after = claims_of(forge.credential_of(w)).card, claims_of(minimal).card
    number = w.card().number
    assert number is not None
    assert after.code_key == NEW_CODE.public
    assert after.enrolment == (before.enrolment.method, enrolment_binding(sha(message), commitment(number)))  # RENEW-2
    assert after._replace(code_key=before.code_key, enrolment=before.enrolment) == before
    assert claims_of(billing).card._replace(nir=None) == after
    assert isinstance(shown(w, minimal, code_sign=NEW_CODE.sign), VerifiedPresentation)


def test_the_code_of_before_renews_nothing_any_more(w: World) -> None:
    """Not with the card of before either, which it opens."""
    old = forge.credential_of(w)
    (new, _) = w.issuer.renew(changed(w))
    assert attempt(w.issuer.renew, renewed(w)) is Code.RENEWAL_SIGNATURE
    assert attempt(w.issuer.renew, renewal(new, owner_of(w))) is Code.RENEWAL_SIGNATURE
    for about in (new, old):
        made = w.issuer.renew(renewal(about, with_new_code(w)))
        assert claims_of(made[0]).card == claims_of(new).card


def test_a_code_is_changed_again_and_again(w: World) -> None:
    card, owner, number = forge.credential_of(w), owner_of(w), w.card().number
    assert number is not None
    for change in range(3):
        code = SigningKey(-19, sha(f"code {change}".encode()))
        message = renewal(card, owner, new_code=code)
        card = w.issuer.renew(message)[0]
        owner = Phone("", owner.device, code)
        assert claims_of(card).card.enrolment.binding == enrolment_binding(sha(message), commitment(number))
    assert claims_of(w.issuer.renew(renewal(card, owner))[0]).card == claims_of(card).card


# --- the same again


def test_the_same_renewal_again_gives_the_same_answer(w: World) -> None:
    message = changed(w)
    first = w.issuer.renew(message, stock=2)
    w.issuer.renew(renewal(first[0], with_new_code(w)))
    w.clock.time += 30 * DAY
    for options in ({}, {"stock": 4}, {"lifetime": 5}):
        assert w.issuer.renew(message, **options) == first
    held = w.register.find(sha(forge.credential_of(w)))
    assert held is not None
    assert len(held.renewals) == 2


def test_a_change_whose_answer_was_lost_for_long_can_still_be_finished(w: World) -> None:
    """The same bytes until the last of them has expired, and fresh ones then, as the change was; by both processes the same."""
    message = changed(w)
    lost = w.issuer.renew(message, stock=2)
    end = claims_of(lost[-1]).exp
    w.clock.time = end - 1
    assert w.issuer.renew(message) == lost
    w.clock.time = end
    fresh = w.issuer.renew(message, lifetime=DAY)
    assert w.issuer.renew(message) == fresh
    assert len(fresh) == 2
    before, after = claims_of(lost[0]), claims_of(fresh[0])
    assert (after.iat, after.exp) == (end, end + DAY)
    assert after.cti not in {claims_of(each).cti for each in lost}
    assert after._replace(iat=before.iat, exp=before.exp, cti=before.cti) == before, "keys and binding of the change"
    assert claims_of(fresh[1]).card == claims_of(lost[1]).card
    w.publish()
    assert isinstance(shown(w, fresh[0], code_sign=NEW_CODE.sign), VerifiedPresentation)
    w.clock.time = end + DAY
    again = w.issuer.renew(renewal(lost[0], with_new_code(w), iat=w.clock.time))
    assert w.issuer.renew(message) == fresh, "the card was renewed since: who has this has that"
    assert claims_of(again[0]).card == after.card


@pytest.mark.parametrize("change", ["revoke", "suspend"])
def test_an_expired_answer_is_not_made_anew_for_a_card_that_is_not_in_force(change: str, w: World) -> None:
    message = renewed(w)
    w.issuer.renew(message)
    w.clock.time += LIFETIME
    getattr(w.issuer, change)(w.card_id())
    assert attempt(w.issuer.renew, message) is Code.RENEWAL_CARD


def test_a_renewal_that_was_refused_may_be_made_again(w: World) -> None:
    message = renewed(w, iat=NOW + 301)
    assert attempt(w.issuer.renew, message) is Code.RENEWAL_TIME
    w.clock.time += 1
    assert len(w.issuer.renew(message)) == 2


def test_who_was_slower_looks_again(w: World) -> None:
    """Between the look at the register and the record, another process has answered the same, or something else, or revoked."""
    first, second = renewed(w), renewed(w, edit=put((7,), b"another nonce..."))
    meanwhile: list[Callable[[], object]] = []
    register = w.register

    class Slow:
        def __init__(self) -> None:
            self.find = register.find

        def renew(self, *arguments: Any) -> bool:
            if meanwhile:
                w.issuer._press.register = register
                meanwhile.pop()()
                w.issuer._press.register = self  # type: ignore[assignment]  # what a renewal needs of a register
            return register.renew(*arguments)

    w.issuer._press.register = Slow()  # type: ignore[assignment]
    answers: list[tuple[bytes, ...]] = []
    meanwhile.append(lambda: answers.append(w.issuer.renew(first)))
    assert w.issuer.renew(first) == answers[0]
    meanwhile.append(lambda: answers.append(w.issuer.renew(renewed(w, edit=put((7,), b"one nonce more..")))))
    assert w.issuer.renew(second) not in answers
    meanwhile.append(lambda: w.issuer.revoke(w.card_id()))
    assert attempt(w.issuer.renew, renewed(w, edit=put((7,), b"the last nonce.."))) is Code.RENEWAL_CARD


# --- refused

PROVOKED: dict[Code, tuple[Callable[[World], bytes], ...]] = {
    Code.RENEWAL_STRUCTURE: (
        lambda _: b"",
        lambda w: renewed(w) + b"\0",
        lambda w: renewed(w, edit=drop((6,))),
        lambda w: lending.renewal(forge.credential_of(w), lending.phone("", -9 if w.algorithm == -19 else -19)),
    ),
    Code.RENEWAL_CARD: (
        lambda w: renewal(b"no credential", owner_of(w)),
        lambda w: renewal(
            forge.credential(w, put((4,), NOW + DAY)), owner_of(w)
        ),  # the issuer's key, and not its register
    ),
    Code.RENEWAL_KEY: (
        lambda w: renewed(w, new_code=forge.code_key(w)),
        lambda w: renewed(w, edit=put((lending.RENEWAL, 2), forge.SMALL_ORDER[1]), new_code=NEW_CODE),
    ),
    Code.RENEWAL_SIGNATURE: (
        lambda w: renewed(w, code_by=THIEF.code),
        lambda w: renewal(forge.credential_of(w), Phone("", lending.phone("", w.algorithm).device, forge.code_key(w))),
        lambda w: renewed(w, new_code=NEW_CODE, signed_by=THIEF.code),
    ),
    Code.RENEWAL_TIME: (lambda w: renewed(w, iat=NOW + 301), lambda w: renewed(w, iat=NOW - 301)),
}


@pytest.mark.parametrize("code", PROVOKED, ids=lambda code: code.value)
def test_each_code_is_provoked(code: Code, w: World) -> None:
    before = w.register.find(sha(forge.credential_of(w)))
    assert [attempt(w.issuer.renew, make(w)) for make in PROVOKED[code]] == [code] * len(PROVOKED[code])
    assert w.register.find(sha(forge.credential_of(w))) == before


def test_every_code_of_the_steps_has_a_test() -> None:
    assert {*PROVOKED, Code.RENEWAL_THROTTLED} == {code for code in Code if code.value.startswith("renewal-")}


def test_eight_renewals_a_day(w: World) -> None:
    """F6; one that is refused or repeated is not counted."""

    def numbered(number: int) -> bytes:
        return renewed(w, edit=put((7,), number.to_bytes(16, "big")))

    for number in range(8):
        w.clock.time = NOW + 60 * number
        w.issuer.renew(numbered(number))
        w.issuer.renew(renewed(w, iat=NOW + 60 * number, edit=put((7,), number.to_bytes(16, "big"))))
    assert attempt(w.issuer.renew, numbered(8)) is Code.RENEWAL_THROTTLED
    w.clock.time = NOW + DAY - 1
    assert attempt(w.issuer.renew, numbered(9)) is Code.RENEWAL_THROTTLED
    w.clock.time = NOW + DAY
    w.issuer.renew(numbered(10))
    assert attempt(w.issuer.renew, numbered(11)) is Code.RENEWAL_THROTTLED


def test_changes_of_the_code_are_counted_apart(w: World) -> None:
    """F6: who has used up the renewals can still change a code that was seen, and who changed it often still renews."""
    card, owner = forge.credential_of(w), owner_of(w)

    def numbered(number: int, **options: Any) -> bytes:
        return renewal(card, owner, put((7,), number.to_bytes(16, "big")), iat=w.clock.time, **options)

    for number in range(8):
        w.issuer.renew(numbered(number))
    assert attempt(w.issuer.renew, numbered(8)) is Code.RENEWAL_THROTTLED
    w.clock.time = NOW + 60
    for number in range(8):
        code = SigningKey(-19, sha(f"code {number}".encode()))
        w.issuer.renew(numbered(10 + number, new_code=code))
        owner = Phone("", owner.device, code)
    assert attempt(w.issuer.renew, numbered(20, new_code=NEW_CODE)) is Code.RENEWAL_THROTTLED
    w.clock.time = NOW + DAY
    assert attempt(w.issuer.renew, numbered(21, new_code=NEW_CODE)) is Code.RENEWAL_THROTTLED
    for number in range(8):
        w.issuer.renew(numbered(30 + number))
    assert attempt(w.issuer.renew, numbered(40)) is Code.RENEWAL_THROTTLED
    w.clock.time = NOW + DAY + 60
    assert len(w.issuer.renew(numbered(41, new_code=NEW_CODE))) == 2


@pytest.mark.parametrize("change", ["revoke", "suspend"])
def test_a_card_that_is_not_in_force_is_not_renewed(change: str, w: World) -> None:
    """By any cti that it has had; and what was answered before is not handed out again."""
    message = renewed(w)
    made = w.issuer.renew(message)
    getattr(w.issuer, change)(claims_of(made[0]).cti)
    for again in (message, renewed(w, edit=put((7,), b"another nonce...")), renewal(made[0], owner_of(w))):
        assert attempt(w.issuer.renew, again) is Code.RENEWAL_CARD
    w.publish()
    assert shown(w, made[0]) is (Code.CARD_REVOKED if change == "revoke" else Code.CARD_SUSPENDED)
    if change == "suspend":
        w.issuer.restore(w.card_id())
        assert w.issuer.renew(message) == made


def test_a_card_of_which_delegations_are_withdrawn_is_renewed(w: World) -> None:
    w.issuer.withdraw_delegations(w.card_id())
    assert len(w.issuer.renew(renewed(w))) == 2
    assert Status.DELEGATIONS_WITHDRAWN in w.register.statuses(0).values()


def test_any_of_its_credentials_names_the_card(w: World) -> None:
    """A phone that was offline for long has an old one, and one that expired."""
    first = w.issuer.renew(renewed(w), stock=4)
    w.clock.time += 100 * DAY
    for about in (*first, forge.credential_of(w), w.views().billing):
        w.clock.time += DAY
        made = w.issuer.renew(renewal(about, owner_of(w), iat=w.clock.time))
        assert claims_of(made[0]).iat == w.clock.time


@pytest.mark.parametrize("options", [{"stock": 0}, {"stock": 5}, {"lifetime": 0}, {"lifetime": 2**40}], ids=str)
def test_what_is_out_of_range_is_a_usage_error(options: dict[str, int], w: World) -> None:
    with pytest.raises(UsageError):
        w.issuer.renew(renewed(w), **options)
    assert len(w.issuer.renew(renewed(w))) == 2


def test_hostile_renewals() -> None:
    """A bit of each byte of a renewal flipped, and each beginning of it: a refusal, never another error, and nothing recorded."""
    w = World(algorithm=Algorithm.ED25519)
    w.enrol()
    genuine = changed(w)
    spoiled = [genuine[:end] for end in range(len(genuine))]
    spoiled += [genuine[:at] + bytes([genuine[at] ^ 1 << at % 8]) + genuine[at + 1 :] for at in range(len(genuine))]
    found = {attempt(w.issuer.renew, each) for each in spoiled}
    assert found <= {Code.RENEWAL_STRUCTURE, Code.RENEWAL_CARD, Code.RENEWAL_KEY, Code.RENEWAL_SIGNATURE}
    assert len(w.issuer.renew(genuine)) == 2


# --- a child's card on a parent's phone

#: 16 on 1 December 2026, nine days after now.
LEA = child_of(FATHER, "2101275056023", "Martin", "Léa", date(2010, 12, 1), reference="Léa")
END = start_of(date(2026, 12, 1))


@dataclass
class Parent:
    office: Office
    phone: Any
    card: bytes

    def renewal(self, **options: Any) -> bytes:
        key = self.phone.holder._code_signing_key(CODE, code_of(self.phone.store.load()))
        device = self.phone.holder._device_key
        owner = Phone("", _named(device), key)
        return renewal(self.card, owner, **{"iat": self.office.clock.time, **options})


def _named(key: Any) -> Any:
    class Device:
        sign = staticmethod(key.sign)
        algorithm, public = key.public_key

    return Device()


@pytest.fixture
def parent() -> Parent:
    office = Office(people=Records([*FAMILY, LEA]))
    phone = office.phone(LEA)
    card = office.answer(phone, FATHER)
    phone.holder.accept(card, office.world.trust)
    return Parent(office, phone, card)


def test_a_renewed_childs_card_ends_at_16_too(parent: Parent) -> None:
    issuer = parent.office.world.issuer
    assert claims_of(parent.card).exp == END
    made = issuer.renew(parent.renewal(), stock=4, lifetime=4 * DAY)
    windows = [(claims_of(each).iat, claims_of(each).exp) for each in made]
    assert windows == [(NOW, NOW + 4 * DAY), (NOW + 4 * DAY, NOW + 8 * DAY), (NOW + 8 * DAY, END)]
    parent.office.clock.time = END - 1
    (last,) = issuer.renew(parent.renewal(), stock=4)
    assert claims_of(last).exp == END
    parent.office.clock.time = END
    assert attempt(issuer.renew, parent.renewal()) is Code.RENEWAL_CARD
    parent.office.clock.time = END + 100 * DAY
    assert attempt(issuer.renew, parent.renewal()) is Code.RENEWAL_CARD


def test_when_the_childs_own_card_is_issued_the_parents_is_not_renewed_any_more(parent: Parent) -> None:
    office = parent.office
    (made,) = office.world.issuer.renew(parent.renewal())
    office.clock.time = END
    office.people.change(LEA.nir, mail="lea@example.org", account=True)
    office.answer(office.phone(LEA), LEA)
    place = claims_of(made).card.status
    assert office.world.register.statuses(place.list)[place.idx] is Status.REVOKED
    assert attempt(office.world.issuer.renew, parent.renewal()) is Code.RENEWAL_CARD


def test_the_register_of_a_desk_has_no_number(parent: Parent) -> None:
    """The commitment is enough for a new binding."""
    message = parent.renewal(new_code=NEW_CODE)
    (made,) = parent.office.world.issuer.renew(message)
    number = parent.phone.store.load().card(None).number
    assert claims_of(made).card.enrolment.binding == enrolment_binding(sha(message), commitment(number))
    other = replace(number, nir=FATHER.nir)
    assert claims_of(made).card.enrolment.binding != enrolment_binding(sha(message), commitment(other))


def test_a_card_of_an_adult_has_no_end() -> None:
    w = World(beneficiary=camille())
    w.enrol()
    w.clock.time += 20 * 365 * DAY
    made = w.issuer.renew(renewed(w), stock=4)
    assert claims_of(made[-2]).exp == w.clock.time + 4 * LIFETIME
