"""The state machine of an application: its table is the specification's, its diagram the table's, and it does what both say."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.desk import KEYS
from tests.spec import state_diagram
from tests.test_tables import CLASSES, table_after
from tests.world import NOW
from vitaletoken import Code, InputError
from vitaletoken.errors import CATALOGUE
from vitaletoken.rules.application import (
    LIFETIME,
    OPEN,
    TRANSITIONS,
    Application,
    Event,
    Revocation,
    State,
    aged,
    confirm,
    count_try,
    decided,
    evolve,
    identified,
    issued,
    settled,
    step,
)
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.mail_code import MailCode
from vitaletoken.wire.registry import EnrolmentMethod

ID, CARD = b"i" * 32, b"c" * 8
RIGHT, WRONG = "271828", "271829"


def application(state: State = State.REQUESTED, **changes: object) -> Application:
    fields: dict[str, object] = {
        "id": ID,
        "number": b"n" * 32,
        "request": b"request",
        "offer": b"offer",
        "requested": NOW,
        "code": MailCode.of(RIGHT, ID, KEYS.mail, NOW),
        "state": state,
    }
    return Application(**{**fields, **changes})  # type: ignore[arg-type]  # fields by name, of several types


def refused(result: object) -> Code | None:
    return result.code if isinstance(result, InputError) else None


# --- the table


def test_the_table_is_the_specifications() -> None:
    rows = table_after("<!-- table:application -->")
    written = [(tuple(re.findall(r"[^,\s–]+", states)), event, becomes) for states, event, becomes in rows]
    assert written == [
        (tuple(state.value for state in states), event.value, becomes.value) for states, event, becomes in TRANSITIONS
    ]


def test_the_diagram_in_the_documents_is_the_tables() -> None:
    """Else: python -m tests.spec.state_diagram"""
    assert state_diagram.written() == state_diagram.diagram()
    assert state_diagram.diagram().count("-->") == sum(len(row.states) or 1 for row in TRANSITIONS) + 6


def test_every_state_and_event_is_in_the_table() -> None:
    assert {row.event for row in TRANSITIONS} == set(Event)
    assert {row.becomes for row in TRANSITIONS} == set(State)
    assert {state for row in TRANSITIONS for state in row.states} == set(OPEN)


def test_each_row_of_steps_is_as_in_the_catalogue() -> None:
    rows = table_after("<!-- steps:application -->")
    assert [row[1] for row in rows] == [
        "application-state", "mail-code-used-up", "mail-code-expired", "mail-code-wrong", "not-eligible"
    ]  # fmt: skip
    for name, code, kind, advice, _ in rows:
        entry = CATALOGUE[Code(code)]
        assert (entry.step, entry.kind, entry.advice.value) == (name.split()[0], CLASSES[kind], advice)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_each_state_and_event(state: State, event: Event) -> None:
    """What the table has leads where it says; everything else is refused, in time and after it."""
    becomes = {row.becomes for row in TRANSITIONS if state in row.states and row.event is event}
    for now in (NOW, NOW + LIFETIME - 1, NOW + LIFETIME, NOW + 10 * LIFETIME):
        is_over = now >= NOW + LIFETIME
        if becomes and is_over is (event is Event.TIME_OVER):
            assert {step(application(state), event, now).state} == becomes
        else:
            with pytest.raises(InputError) as caught:
                step(application(state), event, now)
            assert caught.value.code is Code.APPLICATION_STATE


def test_thirty_days_are_thirty_days() -> None:
    (row,) = [row for row in table_after("<!-- table:application -->") if row[2] == State.EXPIRED]
    assert int(row[1].split()[0]) * 86_400 == LIFETIME


@pytest.mark.parametrize("state", State)
def test_only_what_is_open_expires(state: State) -> None:
    assert aged(application(state), NOW + LIFETIME - 1) == application(state)
    expected = State.EXPIRED if state in OPEN else state
    assert aged(application(state), NOW + LIFETIME) == application(expected)


# --- several for one number


@pytest.mark.parametrize("state", State)
def test_who_is_confirmed_supersedes_what_is_open_and_nothing_else(state: State) -> None:
    other = application(state, id=b"o" * 32, card=CARD)
    mine, *rest = confirm(application(), [other], NOW)
    assert (mine.state, mine.confirmed) == (State.CONFIRMED, NOW)
    assert [each.state for each in rest] == ([State.SUPERSEDED] if state in OPEN else [])
    assert all(each.revocation is Revocation.NONE for each in rest)


@pytest.mark.parametrize("state", [state for state in State if state is not State.REQUESTED])
def test_who_was_confirmed_meanwhile_is_confirmed_once(state: State) -> None:
    """By the same right code at the same moment. It is answered as before, while it goes well, and supersedes nothing again."""
    confirmed = application(state, confirmed=NOW - 1)
    others = [application(id=b"o" * 32)]
    if state in (State.CONFIRMED, State.PROOFED, State.APPROVED, State.ISSUED):
        assert confirm(confirmed, others, NOW) == (confirmed,)
    else:
        with pytest.raises(InputError) as caught:
            confirm(confirmed, others, NOW)
        assert caught.value.code is Code.APPLICATION_STATE


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("revocation", Revocation)
def test_a_card_that_is_issued_takes_the_place_of_the_one_before(state: State, revocation: Revocation) -> None:
    other = application(state, id=b"o" * 32, card=b"o" * 8, revocation=revocation)
    mine, *rest = issued(application(State.APPROVED), CARD, [other], NOW)
    assert (mine.state, mine.card, mine.revocation) == (State.ISSUED, CARD, Revocation.NONE)
    is_due = state is State.ISSUED and revocation is Revocation.NONE
    assert [(each.id, each.revocation) for each in rest] == ([(other.id, Revocation.DUE)] if is_due else [])


def test_what_was_due_is_done_once() -> None:
    for before, after in (
        (Revocation.NONE, Revocation.NONE),
        (Revocation.DUE, Revocation.DONE),
        (Revocation.DONE, Revocation.DONE),
    ):
        assert settled(application(revocation=before)).revocation is after


# --- tries, proofing, decision


def test_a_try_is_counted_before_it_is_made() -> None:
    """Also the right one; the result of the comparison is not in it."""
    for code in (RIGHT, WRONG, ""):
        counted = count_try(application(), code, KEYS.mail, NOW)
        assert (counted.state, counted.code.tries) == (State.REQUESTED, 1)


def test_a_fifth_try_that_was_cut_off_counts_as_wrong() -> None:
    code = MailCode(MailCode.of(RIGHT, ID, KEYS.mail, NOW).mac, NOW, 5)
    assert count_try(application(code=code), RIGHT, KEYS.mail, NOW).state is State.MAIL_CODE_REFUSED


@pytest.mark.parametrize("state", [s for s in State if s not in (State.REQUESTED, State.MAIL_CODE_REFUSED)])
def test_a_code_is_tried_before_anything_else_happened(state: State) -> None:
    """The code that confirmed it is answered as before, while it goes well; another is not looked at."""
    confirmed = application(state, confirmed=NOW)
    with pytest.raises(InputError) as caught:
        count_try(confirmed, WRONG, KEYS.mail, NOW)
    assert caught.value.code is Code.APPLICATION_STATE
    if state in (State.CONFIRMED, State.PROOFED, State.APPROVED, State.ISSUED):
        assert count_try(confirmed, RIGHT, KEYS.mail, NOW) == confirmed
    else:
        with pytest.raises(InputError):
            count_try(confirmed, RIGHT, KEYS.mail, NOW)


def test_a_proofing_is_answered_as_before() -> None:
    method, other = EnrolmentMethod.COUNTER, EnrolmentMethod.CNIE_NFC
    proofed = identified(application(State.CONFIRMED), method, b"p" * 32, NOW)
    assert (proofed.state, proofed.method, proofed.proofed) == (State.PROOFED, method, b"p" * 32)
    assert identified(proofed, method, b"p" * 32, NOW) == proofed
    for again in ((other, b"p" * 32), (method, b"q" * 32), (method, b"")):
        with pytest.raises(InputError):
            identified(proofed, *again, NOW)
    refused_once = identified(application(State.CONFIRMED), method, b"", NOW)
    assert refused_once.state is State.IDENTITY_REFUSED
    assert identified(refused_once, method, b"", NOW) == refused_once
    with pytest.raises(InputError):
        identified(refused_once, method, b"p" * 32, NOW)


def test_a_decision_stands() -> None:
    reasons = (Ineligibility.NO_ACCOUNT,)
    approved = decided(application(State.PROOFED), (), NOW)
    assert (approved.state, approved.reasons) == (State.APPROVED, ())
    assert decided(approved, reasons, NOW) == approved
    denied = decided(application(State.PROOFED), reasons, NOW)
    assert (denied.state, denied.reasons) == (State.ELIGIBILITY_REFUSED, reasons)
    assert decided(denied, (), NOW) == denied
    for state in (State.REQUESTED, State.CONFIRMED, State.SUPERSEDED, State.EXPIRED):
        with pytest.raises(InputError):
            decided(application(state), (), NOW)


# --- all for one number in one step


def test_what_is_over_has_expired_before_anything_else() -> None:
    """Also where the change is refused, and for the others too."""
    late = NOW + LIFETIME
    other = application(State.PROOFED, id=b"o" * 32)
    changed, result = evolve(
        [application(), other], ID, lambda mine, _: (step(mine, Event.MAIL_CODE_RIGHT, late),), late
    )
    assert refused(result) is Code.APPLICATION_STATE
    assert [each.state for each in changed] == [State.EXPIRED, State.EXPIRED]


def test_a_change_sees_the_others_and_gives_what_it_changed() -> None:
    other = application(State.APPROVED, id=b"o" * 32)
    changed, result = evolve([application(), other], ID, lambda mine, others: confirm(mine, others, NOW), NOW)
    assert isinstance(result, Application)
    assert result.state is State.CONFIRMED
    assert [(each.id, each.state) for each in changed] == [(ID, State.CONFIRMED), (other.id, State.SUPERSEDED)]
    assert evolve([application()], ID, lambda mine, _: (mine,), NOW) == ((), application())


def test_an_application_does_not_show_what_it_is_about() -> None:
    for hidden in ("nnnn", "request'", "offer'", "pppp"):
        assert hidden not in repr(application(proofed=b"p" * 32))
