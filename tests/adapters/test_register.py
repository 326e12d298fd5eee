"""An issuer's register, in memory and in SQLite: each change is one step, also between threads and after a restart."""

from __future__ import annotations

import dataclasses
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.concurrency import at_once
from vitaletoken import UsageError
from vitaletoken.adapters.register import MemoryRegister, SqliteRegister
from vitaletoken.ports import IssuerRegister, RecordOutcome
from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedCredential, IssuedRenewal
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.registry import Status

RECORDED, INDEX_TAKEN, ANSWERED, LENDER_CHANGED = RecordOutcome


@pytest.fixture(params=["memory", "sqlite"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IssuerRegister]:
    if request.param == "memory":
        yield MemoryRegister()
    else:
        with SqliteRegister(tmp_path / "register.db") as store:
            yield store


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def credential(name: str) -> IssuedCredential:
    return IssuedCredential(sha(f"cti {name}")[:8], f"credential {name}".encode())


def card(number: int, **changes: object) -> IssuedCard:
    fields: dict[str, object] = {
        "origin": sha(f"offer {number}"),
        "request_digest": sha(f"request {number}"),
        "status": StatusRef(0, number),
        "reference": f"person {number}",
        "made": 100 + number,
        "credentials": (credential(f"{number}"),),
        "commitment": sha(f"commitment {number}"),
        "end": 1000 + number,
        **changes,
    }
    return IssuedCard(**fields)  # type: ignore[arg-type]  # fields by name, of several types


def renewal(name: str, *credentials: IssuedCredential, at: int = 500) -> IssuedRenewal:
    return IssuedRenewal(sha(f"renewal {name}"), at, credentials or (credential(name),))


# --- aliases


def test_an_alias_is_kept_for_good(register: IssuerRegister) -> None:
    assert register.alias("person", b"12345678") == b"12345678"
    assert register.alias("person", b"abcdefgh") == b"12345678"
    assert register.alias("another", b"abcdefgh") == b"abcdefgh"


def test_an_alias_is_one_in_all_threads(register: IssuerRegister) -> None:
    results = at_once(8, lambda number: register.alias("person", bytes([number]) * 8))
    assert len(set(results)) == 1
    assert register.alias("person", b"zzzzzzzz") == results[0]


def test_an_alias_belongs_to_one_person(register: IssuerRegister) -> None:
    """Two people with one alias would be one person to every terminal."""
    register.alias("person", b"12345678")
    assert register.alias("another", b"12345678") is None
    assert register.alias("another", b"abcdefgh") == b"abcdefgh"
    assert register.alias("person", b"abcdefgh") == b"12345678"


# --- new cards


def test_a_card_is_recorded_once_an_offer_and_once_an_index(register: IssuerRegister) -> None:
    assert register.record(card(1)) is RECORDED
    assert register.record(card(1)) is ANSWERED
    assert register.record(card(2, origin=card(1).origin)) is ANSWERED
    assert register.record(card(2, status=StatusRef(0, 1))) is INDEX_TAKEN
    assert register.record(card(2, credentials=card(1).credentials)) is INDEX_TAKEN
    assert register.record(card(2, status=StatusRef(1, 1))) is RECORDED
    assert register.record(card(3)) is RECORDED


def test_the_answer_to_an_offer_is_found_as_it_was_recorded(register: IssuerRegister) -> None:
    for number in (1, 2):
        assert register.answer_to(card(number).origin) is None
        register.record(card(number))
        assert register.answer_to(card(number).origin) == card(number)
    register.record(card(3, origin=card(1).origin))
    assert register.answer_to(card(1).origin) == card(1)


def test_a_card_that_has_no_end_and_no_commitment_is_kept_as_that(register: IssuerRegister) -> None:
    register.record(card(1, end=None, commitment=b""))
    assert register.answer_to(card(1).origin) == card(1, end=None, commitment=b"")


def test_a_refused_card_is_not_recorded(register: IssuerRegister) -> None:
    register.record(card(1))
    register.record(card(2, status=StatusRef(0, 1)))
    with pytest.raises(UsageError):
        register.set_statuses({card(2).cti: Status.REVOKED})
    assert register.statuses(0) == {}
    assert register.find(credential("2").digest) is None


def at_the_same_moment(register: IssuerRegister, cards: list[IssuedCard]) -> Counter[object]:
    """How often each thing was said, each card being recorded by a thread of its own."""
    return Counter(at_once(len(cards), lambda number: register.record(cards[number])))


def test_one_offer_is_answered_in_one_thread_only(register: IssuerRegister) -> None:
    for number in range(20):
        cards = [card(4 * number + n, origin=sha(f"one {number}")) for n in range(4)]
        assert at_the_same_moment(register, cards) == {RECORDED: 1, ANSWERED: 3}


def test_one_index_is_given_in_one_thread_only(register: IssuerRegister) -> None:
    for number in range(20):
        cards = [card(4 * number + n, status=StatusRef(0, number)) for n in range(4)]
        assert at_the_same_moment(register, cards) == {RECORDED: 1, INDEX_TAKEN: 3}


# --- lent cards


@pytest.mark.parametrize("status", Status)
def test_a_card_is_lent_from_one_that_is_in_force(status: Status, register: IssuerRegister) -> None:
    register.record(card(1))
    register.set_statuses({card(1).cti: status})
    lent = card(2, lender=card(1).cti)
    in_force = status in (Status.VALID, Status.DELEGATIONS_WITHDRAWN)
    assert register.record(lent) is (RECORDED if in_force else LENDER_CHANGED)
    assert register.answer_to(lent.origin) == (lent if in_force else None)
    if in_force:
        register.set_statuses({card(1).cti: Status.REVOKED})
        assert register.record(lent) is ANSWERED


def test_a_card_is_not_lent_from_one_that_was_never_issued(register: IssuerRegister) -> None:
    assert register.record(card(2, lender=card(1).cti)) is LENDER_CHANGED


@pytest.mark.parametrize("own", Status)
@pytest.mark.parametrize("lender", Status)
def test_a_lent_card_is_published_with_its_lender(own: Status, lender: Status, register: IssuerRegister) -> None:
    """LEND-1: the stricter of both, and its own again where the lender's is lifted."""
    mine, lent, other = card(1), card(2, lender=card(1).cti, status=StatusRef(1, 2)), card(3)
    for each in (mine, lent, other):
        register.record(each)
    assert register.lent_from(mine.cti) == (lent.cti,)
    assert register.lent_from(other.cti) == register.lent_from(bytes(8)) == ()
    register.set_statuses({lent.cti: own})
    register.set_statuses({mine.cti: lender})
    expected = {Status.VALID: own, Status.REVOKED: Status.REVOKED}.get(lender, Status.SUSPENDED)
    expected = Status.REVOKED if own is Status.REVOKED else expected
    assert register.statuses(1) == ({} if expected is Status.VALID else {2: expected})
    assert register.statuses(0) == ({} if lender is Status.VALID else {1: lender})
    held = register.find_cti(lent.cti)
    assert held == register.find(lent.credentials[0].digest) == HeldCard(lent, expected)
    in_force = expected in (Status.VALID, Status.DELEGATIONS_WITHDRAWN)
    assert register.renew(lent.cti, renewal("a"), 0) is in_force
    if lender is not Status.REVOKED:
        register.set_statuses({mine.cti: Status.VALID}, lend_anew=True)
        assert register.statuses(1) == ({} if own is Status.VALID else {2: own})


def test_what_was_lent_is_found_by_any_cti_of_the_card(register: IssuerRegister) -> None:
    register.record(card(1))
    register.renew(card(1).cti, renewal("a"), 0)
    for number in (2, 3):
        assert register.record(card(number, lender=card(1).cti), number - 2) is RECORDED
    assert register.lent_from(credential("a").cti) == (card(2).cti, card(3).cti)


def test_a_card_is_lent_if_as_many_were_lent_as_was_thought(register: IssuerRegister) -> None:
    """And it is found with the time of each, by any of its credentials; from another card nothing was lent."""
    for number in (1, 9):
        register.record(card(number))
    for number in range(3):
        lent = card(2 + number, lender=card(1).cti, made=700 - number)
        for thought in {0, 1, 2, 3, 4} - {number}:
            assert register.record(lent, thought) is LENDER_CHANGED
        assert register.record(lent, number) is RECORDED
        assert register.record(lent, number) is ANSWERED
    register.set_statuses({card(2).cti: Status.REVOKED})
    for held in (register.find_cti(card(1).cti), register.find(credential("1").digest)):
        assert held == HeldCard(card(1), Status.VALID, lent=(700, 699, 698))
    for other in (2, 9):
        found = register.find_cti(card(other).cti)
        assert found is not None
        assert found.lent == ()


def test_one_loan_more_in_one_thread_only(register: IssuerRegister) -> None:
    register.record(card(1))
    results = at_once(8, lambda number: register.record(card(2 + number, lender=card(1).cti), 0))
    assert Counter(results) == {RECORDED: 1, LENDER_CHANGED: 7}


# --- what became of a card


def test_a_card_is_found_by_each_credential_that_it_has_had(register: IssuerRegister) -> None:
    both = (credential("1"), IssuedCredential(credential("1").cti, b"its billing view"))
    mine = card(1, credentials=both)
    register.record(mine)
    register.record(card(2))
    first, second = renewal("first", credential("a"), credential("b")), renewal("second")
    assert register.find(credential("a").digest) is None
    assert register.renew(mine.cti, first, 0)
    assert register.renew(credential("b").cti, second, 1)
    held = HeldCard(mine, Status.VALID, (first, second))
    for each in (*both, *first.credentials, *second.credentials):
        assert register.find(each.digest) == register.find_cti(each.cti) == held
    assert register.find(credential("2").digest) == HeldCard(card(2), Status.VALID)
    assert register.find(bytes(32)) is register.find_cti(bytes(8)) is None
    assert register.answer_to(mine.origin) == mine


def test_a_renewal_is_recorded_after_those_that_it_was_made_after(register: IssuerRegister) -> None:
    register.record(card(1))
    assert not register.renew(card(1).cti, renewal("a"), 1)
    assert register.renew(card(1).cti, renewal("a"), 0)
    assert not register.renew(card(1).cti, renewal("b"), 0)
    held = register.find_cti(card(1).cti)
    assert held is not None
    assert held.renewals == (renewal("a"),)


def test_a_renewal_is_answered_by_what_was_made_for_it_last(register: IssuerRegister) -> None:
    """And each credential that was made for it stays the card's."""
    register.record(card(1))
    first = renewal("a")
    again = dataclasses.replace(first, at=700, credentials=(credential("fresh"),))
    assert register.renew(card(1).cti, first, 0)
    assert register.renew(card(1).cti, again, 1)
    held = register.find(credential("a").digest)
    assert held is not None
    assert held == register.find(credential("fresh").digest) == HeldCard(card(1), Status.VALID, (first, again))
    assert held.answer_to(first.digest) == again


def test_a_cti_is_one_credential_s(register: IssuerRegister) -> None:
    for number in (1, 2):
        register.record(card(number))
    taken = IssuedCredential(card(2).cti, b"another")
    assert not register.renew(card(1).cti, renewal("a", credential("fresh"), taken), 0)
    assert register.find(credential("fresh").digest) is None, "nothing of it is there"
    assert register.renew(card(1).cti, renewal("a", credential("fresh")), 0)
    assert register.record(card(3, credentials=(credential("fresh"),))) is INDEX_TAKEN


@pytest.mark.parametrize("status", [Status.REVOKED, Status.SUSPENDED])
def test_a_card_that_is_not_in_force_is_not_renewed(status: Status, register: IssuerRegister) -> None:
    register.record(card(1))
    register.set_statuses({card(1).cti: status})
    assert not register.renew(card(1).cti, renewal("a"), 0)
    assert not register.renew(card(2).cti, renewal("a"), 0)


def test_one_renewal_is_recorded_in_one_thread_only(register: IssuerRegister) -> None:
    register.record(card(1))
    for earlier in range(20):
        renewals = [renewal(f"{earlier} {n}") for n in range(4)]

        def work(number: int, renewals: list[IssuedRenewal] = renewals, earlier: int = earlier) -> bool:
            return register.renew(card(1).cti, renewals[number], earlier)

        assert Counter(at_once(4, work)) == {True: 1, False: 3}


# --- status


def test_statuses_are_by_list_and_without_what_is_valid(register: IssuerRegister) -> None:
    for number in range(4):
        register.record(card(number, status=StatusRef(number % 2, number)))
    assert register.statuses(0) == register.statuses(1) == register.statuses(2) == {}
    register.set_statuses({card(0).cti: Status.REVOKED})
    register.set_statuses({card(1).cti: Status.SUSPENDED})
    register.set_statuses({card(2).cti: Status.DELEGATIONS_WITHDRAWN})
    register.set_statuses({card(3).cti: Status.SUSPENDED})
    register.set_statuses({card(3).cti: Status.VALID})
    assert register.statuses(0) == {0: Status.REVOKED, 2: Status.DELEGATIONS_WITHDRAWN}
    assert register.statuses(1) == {1: Status.SUSPENDED}


def test_revocation_is_for_good(register: IssuerRegister) -> None:
    register.record(card(1))
    register.set_statuses({card(1).cti: Status.SUSPENDED})
    register.set_statuses({card(1).cti: Status.REVOKED})
    register.set_statuses({card(1).cti: Status.REVOKED})
    for status in (Status.VALID, Status.SUSPENDED, Status.DELEGATIONS_WITHDRAWN):
        with pytest.raises(UsageError):
            register.set_statuses({card(1).cti: status})
    assert register.statuses(0) == {1: Status.REVOKED}


def test_the_status_is_the_cards_by_whichever_cti(register: IssuerRegister) -> None:
    register.record(card(1))
    register.renew(card(1).cti, renewal("a"), 0)
    register.set_statuses({credential("a").cti: Status.SUSPENDED})
    assert register.statuses(0) == {1: Status.SUSPENDED}
    with pytest.raises(UsageError):  # in one step with another that would be allowed alone
        register.set_statuses({card(1).cti: Status.REVOKED, credential("a").cti: Status.VALID})
    assert register.statuses(0) == {1: Status.SUSPENDED}
    held = register.find_cti(card(1).cti)
    assert held is not None
    assert held.status is Status.SUSPENDED
    assert not held.is_in_force


def test_a_card_that_was_never_issued_has_no_status(register: IssuerRegister) -> None:
    with pytest.raises(UsageError):
        register.set_statuses({bytes(8): Status.REVOKED})


# --- the file


def test_all_is_there_after_a_restart(tmp_path: Path) -> None:
    work: list[Callable[[IssuerRegister], object]] = [
        lambda register: register.record(card(1)),
        lambda register: register.renew(card(1).cti, renewal("a", credential("a"), credential("b")), 0),
        lambda register: register.record(card(2, lender=card(1).cti, end=None)),
        lambda register: register.renew(card(1).cti, renewal("c", at=600), 1),
        lambda register: register.set_statuses({credential("b").cti: Status.SUSPENDED}),
    ]
    for step in work:
        with SqliteRegister(tmp_path / "register.db") as register:
            step(register)
    stays = MemoryRegister()
    for step in work:
        step(stays)
    with SqliteRegister(tmp_path / "register.db") as register:
        for name in "12abc":
            assert register.find(credential(name).digest) == stays.find(credential(name).digest) is not None
        assert register.statuses(0) == stays.statuses(0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credentials SET data = x'00' WHERE cti = (SELECT min(cti) FROM credentials)",
        "UPDATE credentials SET renewal = NULL WHERE renewal IS NOT NULL",
        "DELETE FROM credentials WHERE renewal IS NULL",
        "DELETE FROM cards",
        "UPDATE cards SET status = 4",
        "UPDATE cards SET idx = -1",
        "UPDATE renewals SET at = -1",
        "UPDATE renewals SET changes_code = 2",
        "UPDATE cards SET reference = CAST(x'50617562ff' AS TEXT)",
    ],
)
def test_what_is_damaged_is_the_databases_own_error(statement: str, tmp_path: Path) -> None:
    """Nothing is written then, and nobody else is kept waiting, also while the exception is kept."""
    with SqliteRegister(tmp_path / "register.db") as register:
        register.record(card(1))
        register.renew(card(1).cti, renewal("a", credential("a"), credential("b")), 0)
        with closing(sqlite3.connect(tmp_path / "register.db", timeout=0, isolation_level=None)) as other:
            other.text_factory = lambda content: content.decode(errors="replace")
            other.execute(statement)
            asked = (
                lambda: [register.find(credential(name).digest) for name in "1ab"],
                lambda: [register.find_cti(credential(name).cti) for name in "1ab"],
                lambda: register.answer_to(card(1).origin),
                lambda: register.renew(credential("a").cti, renewal("z"), 1),
                lambda: register.statuses(0),
            )
            kept = []
            for ask in asked:
                before = list(other.iterdump())
                try:
                    ask()
                except sqlite3.DatabaseError as error:
                    kept.append(error)
                    assert list(other.iterdump()) == before
                other.execute("UPDATE kind SET name = name")
            assert "the database is damaged" in map(str, kept)
            assert not any(error.__context__ for error in kept), "it would quote what was read"


def test_an_alias_that_is_damaged_is_not_handed_out(tmp_path: Path) -> None:
    with SqliteRegister(tmp_path / "register.db") as register:
        register.alias("person", sha("alias"))
        with closing(sqlite3.connect(tmp_path / "register.db", isolation_level=None)) as other:
            other.execute("UPDATE aliases SET alias = x'00'")
        with pytest.raises(sqlite3.DatabaseError, match="damaged"):
            register.alias("person", sha("another"))


def test_what_is_kept_does_not_show_itself() -> None:
    """Names and numbers are in the credentials; the reference is the insurer's name for a person."""
    shown = repr(dataclasses.replace(card(1), reference="Paul", credentials=(IssuedCredential(bytes(8), b"Paul"),)))
    assert "Paul" not in shown
