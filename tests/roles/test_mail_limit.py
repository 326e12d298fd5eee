"""MAIL-2 at the desk: e-mails and tries of codes for one number, over all its applications, with either store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from tests.desk import FATHER, NAMESAKE, WRONG_CODE, Office, of, record
from tests.lending import attempt
from tests.world import NOW
from vitaletoken import Code
from vitaletoken.adapters.applications import MemoryApplications, SqliteApplications
from vitaletoken.rules.application import Application, State
from vitaletoken.rules.mail_code import LIFETIME
from vitaletoken.rules.mail_code import MAX_TRIES as TRIES_OF_ONE
from vitaletoken.rules.mail_limit import MAX_MAILS, MAX_TRIES, WINDOW
from vitaletoken.rules.records import Record

#: Nobody's number.
NOBODY = record("1990101001001", "Nobody", "Nemo", date(1999, 1, 1))
THROTTLED = Code.MAIL_CODE_THROTTLED

Reopen = Callable[[], Office]


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """The office, with its store opened anew where that is a file: as after a restart."""
    office, memory = Office(), MemoryApplications()
    with ExitStack() as stack:

        def opened() -> Office:
            store = memory
            if request.param == "sqlite":
                store = stack.enter_context(SqliteApplications(tmp_path / "applications.sqlite"))  # type: ignore[assignment]
            office.store = office.desk._store = store
            return office

        yield opened


@pytest.fixture
def office(reopen: Reopen) -> Office:
    return reopen()


def submitted(office: Office, person: Record) -> Application | Code:
    """What the desk says to one more application."""
    phone = office.phone(person)
    return attempt(office.desk.submit, phone.request, phone.offer)  # type: ignore[return-value]


def guessed(office: Office, application: Application, times: int = TRIES_OF_ONE) -> list[object]:
    return [attempt(office.desk.confirm, application.id, WRONG_CODE) for _ in range(times)]


# --- e-mails


@pytest.mark.parametrize("person", [FATHER, NOBODY], ids=["on-record", "nobodys"])
def test_e_mails_for_a_number_are_bounded_over_all_its_applications(person: Record, office: Office) -> None:
    """A number that nobody has is refused after as many: the refusal tells nobody who is insured here."""
    found = [submitted(office, person) for _ in range(MAX_MAILS + 2)]
    assert [isinstance(each, Application) for each in found] == [True] * MAX_MAILS + [False, False]
    assert found[MAX_MAILS:] == [THROTTLED, THROTTLED]
    assert len(office.mail.sent) == (MAX_MAILS if person is FATHER else 0)


def test_another_number_is_not_bounded_by_it(office: Office) -> None:
    for _ in range(MAX_MAILS):
        office.requested(FATHER)
    assert submitted(office, FATHER) is THROTTLED
    assert isinstance(submitted(office, NAMESAKE), Application)


def test_the_window_slides(office: Office) -> None:
    """Each e-mail counts for 86,400 seconds, and makes room for one."""
    for number in range(MAX_MAILS):
        office.clock.time = NOW + 100 * number
        office.requested(FATHER)
    for number in range(2):
        office.clock.time = NOW + WINDOW + 100 * number - 1
        assert submitted(office, FATHER) is THROTTLED
        office.clock.time += 1
        assert isinstance(submitted(office, FATHER), Application)
        assert submitted(office, FATHER) is THROTTLED


def test_new_codes_count_with_first_ones(office: Office) -> None:
    application = office.requested(FATHER)
    for _ in range(MAX_MAILS - 1):
        office.clock.time += LIFETIME
        office.desk.send_code(application.id)
    office.clock.time += LIFETIME
    assert attempt(office.desk.send_code, application.id) is THROTTLED
    assert submitted(office, FATHER) is THROTTLED
    assert len(office.mail.sent) == MAX_MAILS
    held = office.desk.find(application.id)
    assert (held.code.sent, len(held.mailed)) == (NOW + (MAX_MAILS - 1) * LIFETIME, MAX_MAILS), "nothing was kept of it"


def test_a_code_that_is_still_good_is_not_sent_again_and_not_counted(office: Office) -> None:
    application = office.requested(FATHER)
    for _ in range(2 * MAX_MAILS):
        assert office.desk.send_code(application.id) == application
    for _ in range(MAX_MAILS - 1):
        office.requested(FATHER)
    assert office.desk.send_code(application.id) == application, "no e-mail is due: nothing to refuse"


def test_the_same_request_again_is_not_counted_and_not_refused(office: Office) -> None:
    phone = office.phone(FATHER)
    first = office.desk.submit(phone.request, phone.offer)
    for _ in range(MAX_MAILS - 1):
        assert office.desk.submit(phone.request, phone.offer) == first
        office.requested(FATHER)
    assert submitted(office, FATHER) is THROTTLED
    assert office.desk.submit(phone.request, phone.offer) == first


def test_a_request_so_refused_may_come_again(office: Office) -> None:
    for _ in range(MAX_MAILS):
        office.requested(FATHER)
    office.clock.time = NOW + WINDOW - 60
    phone = office.phone(FATHER)
    assert attempt(office.desk.submit, phone.request, phone.offer) is THROTTLED
    office.clock.time += 60
    assert office.desk.submit(phone.request, phone.offer).state is State.REQUESTED
    assert office.desk.confirm(office.desk.submit(phone.request, phone.offer).id, office.code).state is State.CONFIRMED


def test_it_is_counted_before_it_is_sent(office: Office) -> None:
    """Also where the mailer fails: an e-mail that may have gone out is one."""

    class Down:
        def send(self, *_: object) -> None:
            raise OSError("no route to host")

    office.desk._mailer = Down()
    for _ in range(MAX_MAILS):
        with pytest.raises(OSError, match="no route"):
            submitted(office, FATHER)
    assert submitted(office, FATHER) is THROTTLED


# --- tries


@pytest.mark.parametrize("person", [FATHER, NOBODY], ids=["on-record", "nobodys"])
def test_tries_of_a_number_are_bounded_over_all_its_applications(person: Record, office: Office) -> None:
    """The e-mails of a first window are tried at its end, and those of the second with them: 25, and not 50."""
    office.clock.time = NOW - LIFETIME + 1
    applications = [office.requested(person) for _ in range(MAX_MAILS)]
    office.clock.time = NOW
    for each in applications:
        assert guessed(office, each) == [Code.MAIL_CODE_WRONG] * TRIES_OF_ONE
    office.clock.time = NOW - LIFETIME + 1 + WINDOW
    last = office.requested(person)
    assert guessed(office, last, 2) == [THROTTLED] * 2
    held = office.desk.find(last.id)
    assert (held.state, held.code.tries, held.tried) == (State.REQUESTED, 0, ()), "what is not made is not counted"
    if person is FATHER:
        assert attempt(office.desk.confirm, last.id, office.code) is THROTTLED, "nor is it told that a code is right"
    office.clock.time = NOW + WINDOW - 1
    office.desk.send_code(last.id)
    assert guessed(office, last, 1) == [THROTTLED]
    office.clock.time = NOW + WINDOW
    assert guessed(office, last, 1) == [Code.MAIL_CODE_WRONG]


def test_a_strangers_tries_take_none_from_a_code_that_was_sent(office: Office) -> None:
    """As many tries as five codes have: whoever got one can try it, whatever the others were used for."""
    assert MAX_TRIES == MAX_MAILS * TRIES_OF_ONE
    for _ in range(MAX_MAILS - 1):
        guessed(office, office.requested(FATHER), TRIES_OF_ONE + 1)
    mine = office.requested(FATHER)
    guessed(office, mine, TRIES_OF_ONE - 1)
    assert office.desk.confirm(mine.id, office.code).state is State.CONFIRMED


# --- restarts and clocks


def test_a_restart_gives_nothing_back(reopen: Reopen) -> None:
    for _ in range(MAX_MAILS):
        guessed(reopen(), reopen().requested(FATHER))
    assert submitted(reopen(), FATHER) is THROTTLED
    reopen().clock.time = NOW + WINDOW - 1
    assert submitted(reopen(), FATHER) is THROTTLED


@pytest.mark.parametrize("back", [1, LIFETIME, WINDOW, 10 * 365 * WINDOW])
def test_a_clock_set_back_gives_nothing_back(back: int, office: Office) -> None:
    """What was counted lies in the future then, and counts."""
    for _ in range(MAX_MAILS):
        office.requested(FATHER)
    phone = office.phone(FATHER)
    office.clock.time = NOW - back
    assert attempt(office.desk.submit, phone.request, phone.offer) is THROTTLED


def test_a_clock_set_ahead_and_back_gives_nothing_back(office: Office) -> None:
    """Nothing is forgotten meanwhile, not by e-mails sent in the future either."""
    application = office.requested(FATHER)
    for _ in range(MAX_MAILS - 1):
        office.requested(FATHER)
    office.clock.time = NOW + 10 * WINDOW
    office.desk.settle()
    office.desk.send_code(application.id)
    office.clock.time = NOW
    assert submitted(office, FATHER) is THROTTLED


def test_what_is_kept_has_a_bound(office: Office) -> None:
    application = office.requested(FATHER)
    for _ in range(20):
        office.clock.time += WINDOW
        application = office.desk.send_code(application.id)
    assert len(application.mailed) == MAX_MAILS
    assert application.mailed[-1] == office.clock.time


# --- what it does not touch


def test_who_is_confirmed_goes_on(office: Office) -> None:
    """A stranger who uses up the e-mails does not stop an application that had its own."""
    mine = office.confirmed(FATHER)
    for _ in range(MAX_MAILS - 1):
        guessed(office, office.requested(FATHER))
    assert submitted(office, FATHER) is THROTTLED
    office.desk.identify(mine.id, of(FATHER))
    office.desk.decide(mine.id)
    assert office.desk.issue(mine.id)
