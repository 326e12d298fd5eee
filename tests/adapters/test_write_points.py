"""An issuer's stores, killed at every write: all continues, nothing that was answered is lost, no code try is given back."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.adapters.write_points import WritePoints, copies, sqlite
from tests.desk import FATHER, WRONG_CODE, Office, Phone, of
from tests.world import NOW, World
from vitaletoken import Code, InputError
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.rules.application import LIFETIME, Revocation, State
from vitaletoken.rules.mail_code import MAX_TRIES, MailCode
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Status

pytestmark = pytest.mark.skipif(sqlite() is None, reason="the SQLite of this Python can't be reached from outside")


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that were compared with the one kept, and turned out wrong or right: the tries that were made."""
    made: list[str] = []
    genuine = MailCode.is_right

    def watched(self: MailCode, code: str, application: bytes, key: bytes) -> bool:
        made.append(code)
        return genuine(self, code, application, key)

    monkeypatch.setattr(MailCode, "is_right", watched)
    return made


@contextmanager
def opened(directory: Path, world: World, *, fast: bool = False) -> Iterator[Office]:
    """An office with its stores in ``directory``. ``fast``: without waiting for the disk, for what is not killed."""
    with ExitStack() as stack:
        register = stack.enter_context(SqliteRegister(directory / "register.sqlite"))
        store = stack.enter_context(SqliteApplications(directory / "applications.sqlite"))
        if fast:
            for each in (register, store):
                each._database._connection.execute("PRAGMA synchronous=OFF")
        world.register = world.issuer._press.register = register
        yield Office(world, store=store)


class Moment(NamedTuple):
    """What the outside knew when the process was killed."""

    answers: tuple[Any, ...]
    mails: tuple[tuple[str, str, int], ...]
    tries: int
    time: int


class Killed:
    """Runs ``work`` in an office whose directory is copied at each write point, and goes through the copies."""

    def __init__(self, tmp_path: Path, compared: list[str]) -> None:
        self.world = World()
        self.directory, self._copies = tmp_path / "office", tmp_path / "copies"
        self.directory.mkdir()
        self._compared = compared
        self.points: list[tuple[str, Path, Moment]] = []

    def run(self, work: Callable[[Office, list[Any]], None]) -> None:
        """``work`` does one thing after the other and appends each answer that it got."""
        answers: list[Any] = []
        self._compared.clear()
        mails: list[tuple[str, str, int]] = []

        def moment() -> Moment:
            return Moment(tuple(answers), tuple(mails), len(self._compared), self.world.clock.time)

        with copies(self.directory, self._copies, moment) as self.points, opened(self.directory, self.world) as office:
            office.mail.sent = mails
            work(office, answers)

    def survivors(self) -> Iterator[tuple[Office, Moment]]:
        """The next process, after each kill."""
        for _, directory, moment in self.points:
            self.world.clock.time = moment.time
            with opened(directory, self.world, fast=True) as office:
                office.mail.sent = list(moment.mails)
                yield office, moment
            for name in ("register.sqlite", "applications.sqlite"):
                with closing(sqlite3.connect(directory / name)) as reader:
                    assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            shutil.rmtree(directory)


def to_the_end(office: Office, phone: Phone) -> bytes:
    """What the person does who doesn't know how far it came: everything again. A mail that never came is asked for anew."""
    application = office.desk.submit(phone.request, phone.offer)
    if application.state is State.REQUESTED and not office.mail.sent:
        office.clock.time = application.code.sent + 600
        office.desk.send_code(application.id)
    if office.mail.sent:
        office.desk.confirm(application.id, office.code)
    office.desk.identify(application.id, of(FATHER))
    office.desk.decide(application.id)
    return office.desk.issue(application.id)


def statuses(office: Office, *credentials: bytes) -> list[Status]:
    held = office.world.register.statuses(0)
    places = [parse_credential(each).unverified_claims.card.status for each in credentials]
    return [held.get(place.idx, Status.VALID) for place in places]


def test_killed_on_the_way_to_the_first_card(tmp_path: Path, compared: list[str]) -> None:
    killed = Killed(tmp_path, compared)
    phone = Office(killed.world).phone(FATHER)
    waiting = phone.store.load()

    def work(office: Office, answers: list[Any]) -> None:
        application = office.desk.submit(phone.request, phone.offer)
        answers.append(application.state)
        with pytest.raises(InputError):
            office.desk.confirm(application.id, WRONG_CODE)
        answers.append(None)
        answers.append(office.desk.confirm(application.id, office.code).state)
        answers.append(office.desk.identify(application.id, of(FATHER)).state)
        answers.append(office.desk.decide(application.id).state)
        answers.append(office.desk.issue(application.id))

    killed.run(work)
    assert killed.points[-1][2].answers[:-1] == (
        State.REQUESTED, None, State.CONFIRMED, State.PROOFED, State.APPROVED
    )  # fmt: skip
    reached = [*State][:5]
    for office, moment in killed.survivors():
        held = office.store.find(_id(phone))
        states = [answer for answer in moment.answers if isinstance(answer, State)]
        if states:
            assert held is not None, "what was answered is there"
            assert reached.index(held.state) >= reached.index(states[-1])
        tries = 0 if held is None else held.code.tries
        assert tries >= moment.tries, "no try is given back"
        credential = to_the_end(office, phone)
        assert statuses(office, credential) == [Status.VALID]
        if len(moment.answers) == 6:
            assert credential == moment.answers[-1], "byte for byte what was handed out"
        assert len(office.world.register._database._connection.execute("SELECT 1 FROM cards").fetchall()) == 1  # type: ignore[attr-defined]
        phone.store.update(lambda _: waiting)  # of an issuer with another past, another alias
        phone.holder.accept(credential, office.world.trust)


def _id(phone: Phone) -> bytes:
    return hashlib.sha256(phone.request).digest()


def test_killed_while_a_new_card_takes_the_place_of_the_old(tmp_path: Path, compared: list[str]) -> None:
    killed = Killed(tmp_path, compared)
    with opened(killed.directory, killed.world) as office:
        old = office.answer(office.phone(FATHER), FATHER)
        phone, stranger = office.phone(FATHER), office.phone(FATHER)
        for each in (stranger, phone):
            office.desk.submit(each.request, each.offer)
        mail = office.mail.sent[-1]

    def work(office: Office, answers: list[Any]) -> None:
        office.mail.sent.append(mail)
        answers.append(office.desk.confirm(_id(phone), office.code).state)
        answers.append(office.desk.identify(_id(phone), of(FATHER)).state)
        answers.append(office.desk.decide(_id(phone)).state)
        answers.append(office.desk.issue(_id(phone)))

    killed.run(work)
    seen = set()
    for office, moment in killed.survivors():
        other = office.desk.find(_id(stranger))
        confirmed = office.desk.find(_id(phone)).confirmed is not None
        assert other.state is (State.SUPERSEDED if confirmed else State.REQUESTED), "both or neither"
        issued = len(moment.answers) == 4
        before = statuses(office, old)[0]
        seen.add((before, office.desk.find(_id(phone)).state))
        if before is Status.REVOKED:
            assert office.desk.find(_id(phone)).state is State.ISSUED, "not before the new one is issued"
        office.desk.settle()
        if office.desk.find(_id(phone)).state is State.ISSUED:
            assert statuses(office, old) == [Status.REVOKED], "what a crash left is finished"
        office.mail.sent = [mail]
        credential = to_the_end(office, phone)
        assert not issued or credential == moment.answers[-1]
        assert statuses(office, old, credential) == [Status.REVOKED, Status.VALID]
        assert office.store.due(office.clock.time) == ()
    assert (Status.VALID, State.ISSUED) in seen, "there was a moment between the two"
    assert {state for status, state in seen if status is Status.VALID} == set([*State][:5])


def test_killed_between_the_tries_of_a_code(tmp_path: Path, compared: list[str]) -> None:
    """Five in all, however often the process is killed and the code sent anew."""
    killed = Killed(tmp_path, compared)
    with opened(killed.directory, killed.world) as office:
        phone = office.phone(FATHER)
        office.desk.submit(phone.request, phone.offer)

    def wrong(office: Office) -> Code:
        with pytest.raises(InputError) as caught:
            office.desk.confirm(_id(phone), WRONG_CODE)
        return caught.value.code

    def work(office: Office, answers: list[Any]) -> None:
        answers += [wrong(office) for _ in range(2)]
        office.clock.time += 600
        answers.append(office.desk.send_code(_id(phone)).code.sent)
        answers += [wrong(office) for _ in range(3)]

    killed.run(work)
    for office, moment in killed.survivors():
        held = office.desk.find(_id(phone))
        assert held.code.tries >= moment.tries
        if held.code.has_expired(office.clock.time) and held.state is State.REQUESTED:
            held = office.desk.send_code(_id(phone))
        assert held.code.tries >= moment.tries
        compared.clear()
        while office.desk.find(_id(phone)).state is State.REQUESTED:
            wrong(office)
        assert moment.tries + len(compared) <= MAX_TRIES
        assert office.desk.find(_id(phone)).state is State.MAIL_CODE_REFUSED
        assert wrong(office) is Code.MAIL_CODE_USED_UP


def test_killed_while_the_desk_settles(tmp_path: Path, compared: list[str]) -> None:
    killed = Killed(tmp_path, compared)
    with opened(killed.directory, killed.world) as office:
        ids = [office.requested(FATHER).id for _ in range(3)]
    killed.world.clock.time = NOW + LIFETIME
    killed.run(lambda office, answers: answers.append(office.desk.settle()))
    for office, moment in killed.survivors():
        left = office.store.due(office.clock.time)
        assert not (moment.answers and left)
        office.desk.settle()
        found = [office.store.find(id_) for id_ in ids]
        assert [each.state for each in found if each] == [State.EXPIRED] * 3
        assert {each.revocation for each in found if each} == {Revocation.NONE}


def test_every_kind_of_write_is_a_point(tmp_path: Path) -> None:
    """A layer that saw nothing would let every test here pass."""
    office, kept = tmp_path / "office", tmp_path / "copies"
    office.mkdir()
    with copies(office, kept, lambda: None) as points, SqliteApplications(office / "a.sqlite"):
        pass
    assert {what for what, _, _ in points} == {"create", "write", "half a write", "sync", "delete", "the end"}
    contents = [tuple((path.name, path.read_bytes()) for path in sorted(place.iterdir())) for _, place, _ in points]
    assert len(set(contents)) > len(points) // 2, "the copies differ"


def test_the_layer_is_taken_away_again(tmp_path: Path) -> None:
    told: list[str] = []
    with WritePoints(told.append):
        pass
    with SqliteApplications(tmp_path / "a.sqlite"):
        pass
    assert told == []


def test_what_fails_at_a_write_point_is_not_lost(tmp_path: Path) -> None:
    def fail(_: str) -> None:
        raise ValueError

    with pytest.raises(ValueError), WritePoints(fail), SqliteApplications(tmp_path / "a.sqlite"):  # noqa: PT011
        pass
