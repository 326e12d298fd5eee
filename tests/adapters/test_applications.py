"""What ports.py promises of a store of applications, asked of both; several processes; and what the file gives away."""

from __future__ import annotations

import dataclasses
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import desk_processes
from tests.adapters.processes import in_processes
from tests.concurrency import at_once
from tests.desk import FAMILY, FATHER, KEYS, SON, WRONG_CODE, Office, Records, of, record
from tests.world import NOW
from vitaletoken import Code, EnrolmentMethod, InputError
from vitaletoken.adapters.applications import MemoryApplications, SqliteApplications
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.enrolment_desk import EnrolmentDesk
from vitaletoken.ports import ApplicationStore
from vitaletoken.rules.application import LIFETIME, OPEN, Application, Revocation, State
from vitaletoken.rules.eligibility import Ineligibility
from vitaletoken.rules.mail_code import MailCode
from vitaletoken.rules.mail_limit import MAX_MAILS


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApplicationStore]:
    if request.param == "memory":
        yield MemoryApplications()
    else:
        with SqliteApplications(tmp_path / "applications.sqlite") as opened:
            yield opened


def application(which: int, **changes: object) -> Application:
    fields: dict[str, object] = {
        "id": hashlib.sha256(b"request %d" % which).digest(),
        "number": b"n" * 32,
        "request": b"request %d" % which,
        "offer": b"offer %d" % which,
        "requested": NOW + which,
        "code": MailCode(b"c" * 32, NOW, 2),
    }
    return Application(**{**fields, **changes})  # type: ignore[arg-type]  # fields by name, of several types


# --- the port


def test_an_application_is_kept_as_it_is(store: ApplicationStore) -> None:
    full = {
        "state": State.ELIGIBILITY_REFUSED,
        "confirmed": NOW + 5,
        "method": EnrolmentMethod.COUNTER,
        "proofed": b"p" * 32,
        "reasons": (Ineligibility.TOO_YOUNG, Ineligibility.KEEPER_CHANGED),
        "card": b"c" * 8,
        "revocation": Revocation.DUE,
        "mailed": (NOW, NOW - 7, NOW + 600),
        "tried": (NOW + 1, NOW + 1),
    }
    for kept in (application(1), application(2, **full)):
        assert store.find(kept.id) is None
        assert store.add(kept)
        assert store.find(kept.id) == kept


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_kept(state: State, store: ApplicationStore) -> None:
    store.add(application(1))
    store.change(b"n" * 32, lambda held: [dataclasses.replace(held[0], state=state)])
    assert store.find(application(1).id) == application(1, state=state)


def test_an_offer_is_answered_once(store: ApplicationStore) -> None:
    assert store.add(application(1))
    assert not store.add(application(1))
    assert not store.add(application(2, offer=application(1).offer, number=b"o" * 32))
    assert store.find(application(2).id) is None
    assert store.add(application(2))


def test_what_is_required_of_a_new_one_sees_all_of_its_number(store: ApplicationStore) -> None:
    """And keeps it out by raising; who has answered the offer before is not asked."""
    for kept in (application(1), application(2), application(3, number=b"o" * 32)):
        store.add(kept)
    seen: list[Application] = []
    assert store.add(application(4), seen.extend)
    assert seen == [application(1), application(2)]

    def fail(held: tuple[Application, ...]) -> None:
        raise ValueError(len(held))

    with pytest.raises(ValueError, match="3"):
        store.add(application(5), fail)
    assert store.find(application(5).id) is None
    assert not store.add(application(4), fail)
    assert store.add(application(5))


def test_one_offer_is_answered_in_one_thread_only(store: ApplicationStore) -> None:
    results = at_once(8, lambda number: store.add(application(number, offer=b"one")))
    assert sorted(results) == [False] * 7 + [True]  # type: ignore[type-var]  # results of threads have no type


def test_a_change_sees_all_of_one_number_and_nothing_else(store: ApplicationStore) -> None:
    for number in (1, 2, 3):
        store.add(application(number))
    store.add(application(4, number=b"o" * 32))
    seen: list[Any] = []

    def look(held: tuple[Application, ...]) -> Iterable[Application]:
        seen.extend(held)
        return [dataclasses.replace(held[1], state=State.CONFIRMED)]

    store.change(b"n" * 32, look)
    assert seen == [application(1), application(2), application(3)]
    assert store.find(application(2).id) == application(2, state=State.CONFIRMED)
    assert [store.find(application(number).id) for number in (1, 3)] == [application(1), application(3)]
    store.change(b"x" * 32, list)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_change_that_raises_changes_nothing(error: type[BaseException], store: ApplicationStore) -> None:
    store.add(application(1))

    def fail(held: tuple[Application, ...]) -> Iterator[Application]:
        yield dataclasses.replace(held[0], state=State.CONFIRMED)
        raise error

    with pytest.raises(error):
        store.change(b"n" * 32, fail)
    assert store.find(application(1).id) == application(1)


def test_no_change_is_lost_between_threads(store: ApplicationStore) -> None:
    store.add(application(1, code=MailCode(b"c" * 32, NOW, 0)))

    def count(_: int) -> None:
        for _ in range(25):
            store.change(b"n" * 32, lambda held: [dataclasses.replace(held[0], code=more(held[0].code))])

    def more(code: MailCode) -> MailCode:
        return dataclasses.replace(code, tries=code.tries + 1)

    assert at_once(4, count) == [None] * 4
    found = store.find(application(1).id)
    assert found is not None
    assert found.code.tries == 100


def test_what_is_due(store: ApplicationStore) -> None:
    """Open for 30 days, or to be revoked; nothing else, and nothing twice."""
    for number, state in enumerate(State):
        store.add(application(number, state=state, requested=NOW))
    store.add(application(100, state=State.ISSUED, revocation=Revocation.DUE))
    store.add(application(101, state=State.ISSUED, revocation=Revocation.DONE))
    assert [each.request for each in store.due(NOW + LIFETIME - 1)] == [b"request 100"]
    due = store.due(NOW + LIFETIME)
    expected = {b"request %d" % [*State].index(state) for state in OPEN} | {b"request 100"}
    assert {each.request for each in due} == expected
    assert len(due) == len(expected)


# --- restarts, processes


def test_each_step_may_be_another_processs(tmp_path: Path) -> None:
    """The store is opened anew for each message; the answers are those of one that stays open."""
    world = Office().world
    with SqliteRegister(tmp_path / "register.sqlite") as register:
        world.register = world.issuer._press.register = register
        phone = Office(world).phone(FATHER)
        id_ = hashlib.sha256(phone.request).digest()
        mail: list[tuple[str, str, int]] = []
        steps: list[Callable[[EnrolmentDesk], object]] = [
            lambda desk: desk.submit(phone.request, phone.offer),
            lambda desk: desk.confirm(id_, mail[-1][1]),
            lambda desk: desk.identify(id_, of(FATHER)),
            lambda desk: desk.decide(id_),
            lambda desk: desk.issue(id_),
        ]
        answers = []
        for step in steps:
            with SqliteApplications(tmp_path / "applications.sqlite") as store:
                office = Office(world, store=store)
                office.mail.sent = mail
                answers.append(step(office.desk))
    assert [each.state for each in answers if isinstance(each, Application)] == [*State][:4]
    assert isinstance(answers[-1], bytes)
    phone.holder.accept(answers[-1], world.trust)


def test_of_two_confirmed_at_the_same_moment_one_goes_on(tmp_path: Path) -> None:
    """Two desks, two processes, two applications for each number: one is confirmed and the other superseded, each time."""
    path = tmp_path / "applications.sqlite"
    people = [record(f"18506750560{n}", "Martin", f"Paul {n}", date(1985, 6, 2)) for n in range(20, 60)]
    rounds = []
    with SqliteApplications(path) as store:
        office = Office(people=Records(people), store=store)
        for person in people:
            applications = [office.requested(person) for _ in range(2)]
            codes = [code for _, code, _ in office.mail.sent[-2:]]
            rounds.append([(each.id, code) for each, code in zip(applications, codes, strict=True)])
    words = in_processes(2, desk_processes.confirming, lambda desk: (path, rounds, desk))
    with SqliteApplications(path) as store:
        for number, applications in enumerate(rounds):
            states = [found.state for id_, _ in applications if (found := store.find(id_)) is not None]
            assert sorted(states) == [State.CONFIRMED, State.SUPERSEDED]
            answers = {state: words[desk][number] for desk, state in enumerate(states)}
            assert answers == {State.CONFIRMED: "confirmed", State.SUPERSEDED: "application-state"}


def test_guessing_at_two_desks_gives_no_more_tries(tmp_path: Path) -> None:
    path = tmp_path / "applications.sqlite"
    with SqliteApplications(path) as store:
        office = Office(store=store)
        people = [record(f"18506750560{n}", "Martin", f"Paul {n}", date(1985, 6, 2)) for n in range(20, 40)]
        ids = [office.requested(person).id for person in people]
    wrong = in_processes(2, desk_processes.guessing, lambda _: (path, ids))
    assert all(sum(tries) <= 5 for tries in zip(*wrong, strict=True))
    with SqliteApplications(path) as store:
        found = [store.find(id_) for id_ in ids]
        assert {(each.state, each.code.tries) for each in found if each} == {(State.MAIL_CODE_REFUSED, 5)}


def test_applying_at_two_desks_sends_no_more_e_mails(tmp_path: Path) -> None:
    """MAIL-2 holds for all desks at one store: counting and keeping are one step."""
    path = tmp_path / "applications.sqlite"
    with SqliteApplications(path):
        pass
    rounds = 6
    words = in_processes(2, desk_processes.applying, lambda desk: (path, desk, rounds))
    assert sorted(word for words_of_one in words for word in words_of_one) == sorted(
        ["requested"] * MAX_MAILS + ["mail-code-throttled"] * (2 * rounds - MAX_MAILS)
    )


# --- what the file gives away


def test_no_number_and_no_code_stands_in_any_file(tmp_path: Path) -> None:
    """All bytes of all files, also while a change is under way: not as text, not as an integer, not with the key."""
    directory = tmp_path / "office"
    directory.mkdir()
    found = b""
    world = Office().world
    with (
        SqliteRegister(directory / "register.sqlite") as register,
        SqliteApplications(directory / "applications.sqlite") as store,
    ):
        world.register = world.issuer._press.register = register
        office = Office(world, store=store)
        codes = set()
        for person in FAMILY:
            phone = office.phone(person)
            keeper = FATHER if person.policyholder else person
            application = office.desk.submit(phone.request, phone.offer)
            with pytest.raises(InputError):
                office.desk.confirm(application.id, WRONG_CODE)
            codes.add(office.code)
            office.answer(phone, keeper)
            store.change(
                application.number, lambda held: [*held] if _read(directory) else []
            )  # with the journal, in the middle
            found += _read(directory)
    for person in FAMILY:
        nir = person.nir
        digits = nir.digits()
        number = int(digits)
        for hidden in (
            digits.encode(),
            (digits + nir.key).encode(),
            number.to_bytes(6, "big"),
            number.to_bytes(6, "little"),
            digits[5:].encode(),
        ):
            assert hidden not in found
    for code in codes:
        assert b"\x66" + code.encode() not in found
    assert b"Martin" in found, "the register has the cards"
    assert SON.nir.digits() not in repr(office.store.__dict__)


def _read(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))


def test_one_pseudonym_is_another_under_another_key(tmp_path: Path) -> None:
    """A list of all numbers does not help who has the file and not the key."""
    with SqliteApplications(tmp_path / "a.sqlite") as store:
        office = Office(store=store)
        first = office.requested(FATHER)
        office.desk._records._keys = dataclasses.replace(KEYS, number=b"o" * 32)
        second = office.requested(FATHER)
        assert first.number != second.number


def test_a_database_that_fails_is_no_answer(tmp_path: Path) -> None:
    with SqliteApplications(tmp_path / "a.sqlite") as store:
        office = Office(store=store)
        application = office.requested(FATHER)
        store._database._connection.execute("PRAGMA query_only=ON")
        for call in (
            lambda: office.desk.confirm(application.id, office.code),
            lambda: office.desk.confirm(application.id, WRONG_CODE),
            lambda: office.requested(FATHER),
        ):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                call()
        store._database._connection.execute("PRAGMA query_only=OFF")
        assert office.desk.confirm(application.id, office.code).state is State.CONFIRMED


def test_a_changed_file_does_not_make_another_person(tmp_path: Path) -> None:
    """Who can write the file, and exchanges the request under an application: it is verified anew at each step.

    Without its own id there, it is not even one that was kept here.
    """
    with SqliteApplications(tmp_path / "a.sqlite") as store:
        office = Office(store=store)
        mine, other = office.proofed(FATHER), office.requested(SON)
        with closing(sqlite3.connect(tmp_path / "a.sqlite")) as thief, thief:
            thief.execute("UPDATE applications SET request = ? WHERE id = ?", (other.request, mine.id))
        with pytest.raises(sqlite3.DatabaseError, match="damaged"):
            office.desk.decide(mine.id)
        with closing(sqlite3.connect(tmp_path / "a.sqlite")) as thief, thief:
            thief.execute("DELETE FROM applications WHERE id = ?", (other.id,))
            thief.execute("UPDATE applications SET id = ? WHERE id = ?", (other.id, mine.id))
        with pytest.raises(InputError) as caught:
            office.desk.decide(other.id)
        assert caught.value.code is Code.REQUEST_OFFER
