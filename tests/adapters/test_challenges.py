"""Open challenges: what ports.py promises, of both stores; and SQLite between processes, killed, and with secrets."""

from __future__ import annotations

import hashlib
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import processes
from tests.adapters.processes import Asked, key_of
from tests.adapters.test_sqlite import ROOT, in_processes
from tests.concurrency import at_once
from tests.world import CODE, enrolled
from vitaletoken import Purpose
from vitaletoken.adapters.memory import MemoryChallengeStore
from vitaletoken.adapters.sqlite import SqliteChallengeStore
from vitaletoken.ports import ChallengeStore, OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.presentation import AnswerOutcome

FIRST, SAME, REFUSED = AnswerOutcome
VISIT, VISIT_2 = "visit 1", "visit 2"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChallengeStore]:
    if request.param == "memory":
        yield MemoryChallengeStore()
    else:
        with SqliteChallengeStore(tmp_path / "challenges.db") as made:
            yield made


def challenge(number: int, session: str = VISIT, **changes: Any) -> OpenChallenge:
    message = f"challenge {number}".encode()
    fields: dict[str, Any] = {
        "session": session,
        "digest": hashlib.sha256(message).digest(),
        "message": message,
        "secret": hashlib.sha256(f"secret {number}".encode()).digest(),
        "opened": Instant(b"boot 1", 1000),
        "lifetime": 120,
    }
    return OpenChallenge(**{**fields, **changes})


def test_what_is_open_is_found_as_it_was(store: ChallengeStore) -> None:
    assert store.find(VISIT) is None
    for made in (challenge(1), challenge(2, VISIT_2, secret=None)):
        store.open(made)
    assert store.find(VISIT) == challenge(1)
    assert store.find(VISIT_2) == challenge(2, VISIT_2, secret=None)
    assert store.find("visit") is None


def test_a_challenge_is_answered_once(store: ChallengeStore) -> None:
    store.open(challenge(1))
    digest = challenge(1).digest
    assert store.answer(VISIT, digest, key_of(1)) is FIRST
    assert store.answer(VISIT, digest, key_of(1)) is SAME
    assert store.answer(VISIT, digest, key_of(2)) is REFUSED
    assert store.answer(VISIT, digest, key_of(1)) is SAME
    assert store.find(VISIT) == challenge(1)


def test_what_is_not_open_is_not_answered(store: ChallengeStore) -> None:
    store.open(challenge(1))
    assert store.answer(VISIT_2, challenge(1).digest, key_of(1)) is REFUSED
    assert store.answer(VISIT, challenge(2).digest, key_of(1)) is REFUSED
    assert store.answer(VISIT, challenge(1).digest, key_of(1)) is FIRST


@pytest.mark.parametrize("answered", [True, False])
def test_a_session_has_one_challenge(answered: bool, store: ChallengeStore) -> None:
    """And a new one begins without an answer."""
    store.open(challenge(1))
    if answered:
        store.answer(VISIT, challenge(1).digest, key_of(1))
    store.open(challenge(2))
    assert store.find(VISIT) == challenge(2)
    assert store.answer(VISIT, challenge(1).digest, key_of(1)) is REFUSED
    assert store.answer(VISIT, challenge(2).digest, key_of(1)) is FIRST


def test_one_challenge_for_two_sessions_is_two(store: ChallengeStore) -> None:
    """A terminal makes no two alike; a store need not know that."""
    store.open(challenge(1))
    store.open(challenge(1, VISIT_2, opened=Instant(b"boot 1", 1001)))
    assert store.find(VISIT) == challenge(1)
    assert store.answer(VISIT_2, challenge(1).digest, key_of(2)) is FIRST
    assert store.answer(VISIT, challenge(1).digest, key_of(1)) is FIRST


OVER = pytest.mark.parametrize(
    ("now", "stays"),
    [
        (Instant(b"boot 1", 1000), True),
        (Instant(b"boot 1", 1119), True),
        (Instant(b"boot 1", 1120), False),
        (Instant(b"boot 1", 999), True),  # of a process that read the clock before the others, and came after them
        (Instant(b"boot 2", 1000), False),
    ],
)


@OVER
def test_what_is_over_goes_when_the_next_is_made(now: Instant, stays: bool, store: ChallengeStore) -> None:
    """SEAL-2; by the same second as CHAL-3, and for every session."""
    for number in range(3):
        store.open(challenge(number, f"old {number}"))
    store.open(challenge(9, opened=now))
    assert [store.find(f"old {number}") is not None for number in range(3)] == [stays] * 3
    assert store.find(VISIT) is not None


@OVER
def test_what_is_over_goes_when_it_is_told_to(now: Instant, stays: bool, store: ChallengeStore) -> None:
    """And with it its answer; nothing else."""
    opened = [challenge(number, f"old {number}") for number in range(3)]
    for made in opened:
        store.open(made)
        store.answer(made.session, made.digest, key_of(1))
    lasting = challenge(3, VISIT, lifetime=10_000)
    if now.era == lasting.opened.era:
        store.open(lasting)
    store.drop_over(now)
    assert [store.find(made.session) for made in opened] == [made if stays else None for made in opened]
    assert store.find(VISIT) == (lasting if now.era == lasting.opened.era else None)
    for made in opened:
        assert store.answer(made.session, made.digest, key_of(1)) is (SAME if stays else REFUSED)
    if not stays:
        store.open(opened[0])
        assert store.answer(opened[0].session, opened[0].digest, key_of(2)) is FIRST


def test_a_challenge_does_not_show_its_secret() -> None:
    made = challenge(1)
    assert made.secret is not None
    assert repr(made.secret) not in repr(made)
    assert made.secret.hex() not in repr(made)
    assert repr(made.message) not in repr(made)


def test_each_challenge_is_answered_in_one_thread_only(store: ChallengeStore) -> None:
    for number in range(40):
        store.open(challenge(number))
        digest = challenge(number).digest
        results = at_once(4, lambda desk, digest=digest: store.answer(VISIT, digest, key_of(desk)))
        assert Counter(results) == {FIRST: 1, REFUSED: 3}


# --- SQLite


@pytest.mark.parametrize("size", [12, 700], ids=["one page", "several pages"])
@pytest.mark.parametrize("asks", [True, False], ids=["the next is made", "told to"])
def test_the_secret_is_overwritten(asks: bool, size: int, tmp_path: Path) -> None:
    """Not in the file any more, nor in a journal beside it: of twenty visits, when they are over.

    Without ``secure_delete`` all twenty are still there; of one alone it could not be told, for the next takes its place.
    """
    opened = [challenge(number, f"visit {number}", message=bytes([number]) * size) for number in range(20)]
    secrets = [made.secret for made in opened if made.secret is not None]
    later = Instant(b"boot 1", 9000)

    def found() -> int:
        content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        return sum(secret in content for secret in secrets)

    with SqliteChallengeStore(tmp_path / "challenges.db") as store:
        assert store._database._connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        for made in opened:
            store.open(made)
        assert store.answer("visit 7", opened[7].digest, key_of(1)) is FIRST
        assert found() == len(secrets) == 20
        if asks:
            store.open(challenge(99, opened=later))
        else:
            store.drop_over(later)
        assert found() == 0
    assert found() == 0


ROUNDS = 300


def test_two_processes_never_accept_two_answers_to_one_challenge(tmp_path: Path) -> None:
    """One file, one challenge a session, two phones' answers shown at the same moment: exactly one is accepted."""
    world = enrolled()
    path = tmp_path / "challenges.db"
    with SqliteChallengeStore(path) as store:
        verifier = world.asking(terminal=world.desk(challenges=store))
        pairs = []
        for number in range(ROUNDS):
            asked = verifier.challenge(f"visit {number}", [Purpose.BILLING])
            asker = world.holder.review(asked.text, world.trust).asker
            pairs.append([world.holder.present(CODE, to=asker).text for _ in range(2)])
    lists = (world.trust_list, world.issuer.publish_status_list(), world.roots)
    scene = Asked(path, *lists, pairs, world.certificate().raw)
    words = in_processes(2, processes.answered, lambda number: (scene, number))
    outcomes = list(zip(*words, strict=True))
    assert len(outcomes) == ROUNDS
    assert Counter(map(frozenset, outcomes)) == {frozenset({"accepted", "challenge-answered"}): ROUNDS}


def test_an_answer_that_was_reported_survives_kill_9(tmp_path: Path) -> None:
    """A writer opens a challenge, answers it, and prints its number; it is killed after a seeded number of lines."""
    path = tmp_path / "challenges.db"
    moments = random.Random(9)
    number = 0
    for _ in range(12):
        command = [sys.executable, "-m", "tests.adapters.processes", "answer", str(path), str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            reported = [writer.stdout.readline().split() for _ in range(moments.randrange(1, 40))]
            writer.send_signal(signal.SIGKILL)
            reported += [line.split() for line in writer.stdout.read().splitlines()[:-1]]  # the last may be cut
        assert writer.returncode == -signal.SIGKILL
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with SqliteChallengeStore(path) as store:
            for word, outcome in reported:
                assert (int(word), outcome) == (number, "first")
                digest = processes.challenge_of(number).digest
                assert store.answer(f"visit {number}", digest, key_of(number)) is SAME
                assert store.answer(f"visit {number}", digest, key_of(number + 1)) is REFUSED
                number += 1
        number += 10  # beyond what was made and not reported
