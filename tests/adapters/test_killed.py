"""``kill -9`` at random moments: a terminal during an update, a publisher while it writes. Old or new is there, never a mix."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tests.adapters import processes
from tests.nation import Insurer, Nation, digest_of, found_in
from tests.world import DAY
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.rules.status import inflate
from vitaletoken.wire.registry import Status
from vitaletoken.wire.snapshot import MAX_SIZE, parse_snapshot
from vitaletoken.wire.status_list import parse_status_list

LISTS, CAPACITY = 4, 4096
KILLS = 200
PUBLISHER_KILLS = 60


@pytest.fixture(scope="module")
def start() -> Callable[..., tuple[Any, Any]]:
    """Starts a process of ``processes`` and waits until its work begins."""
    context = multiprocessing.get_context("forkserver")  # all imports once, and no connection of this process is copied
    context.set_forkserver_preload([processes.__name__])

    def begin(work: Callable[..., None], *arguments: object) -> tuple[Any, Any]:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(*arguments, sender))
        process.start()
        sender.close()
        assert receiver.recv() == "begun"
        return process, receiver

    return begin


def undisturbed(process: Any, receiver: Any) -> float:
    """Seconds that it takes from its beginning to its end."""
    begin = perf_counter()
    assert receiver.recv() == "done"
    took = perf_counter() - begin
    process.join(processes.PATIENCE)
    assert process.exitcode == 0
    return took


def kill(process: Any, receiver: Any, after: float) -> None:
    receiver.poll(after)
    process.kill()
    process.join(processes.PATIENCE)
    receiver.close()
    process.close()


def changed(insurer: Insurer) -> None:
    """Other entries in each list, and the publication of them."""
    for number in range(insurer.lists):
        for idx in insurer.random.sample(range(insurer.capacity), 200):
            insurer.register.set(number, idx, insurer.random.choice(tuple(Status)))
    insurer.publish(0)


def test_a_terminal_killed_during_an_update(tmp_path: Path, start: Callable[..., tuple[Any, Any]]) -> None:
    home, mirror = tmp_path / "terminal", tmp_path / "mirror"
    home.mkdir()
    nation = Nation(home, lists=LISTS)
    (insurer,) = nation.insurers
    insurer.capacity = CAPACITY
    writer, rng = MirrorWriter(mirror), random.Random("kill")
    writer.publish_trust_list(nation.mirror.files["trust/newest.cbor"])

    def publish() -> None:
        nation.clock.time += DAY
        changed(insurer)
        writer.publish(insurer.published[-1])

    states = {}
    publish()
    undisturbed(*start(processes.take_update, home, mirror, nation.clock.time))
    states[digest_of(insurer.published[-1].snapshot)] = insurer.statuses()
    publish()
    longest = undisturbed(*start(processes.take_update, home, mirror, nation.clock.time))
    held = digest_of(insurer.published[-1].snapshot)
    states[held] = insurer.statuses()
    seen: Counter[str] = Counter()
    for _ in range(KILLS):
        newest = digest_of(insurer.published[-1].snapshot)
        if newest == held:
            publish()
            newest = digest_of(insurer.published[-1].snapshot)
            states[newest] = insurer.statuses()
        process, receiver = start(processes.take_update, home, mirror, nation.clock.time)
        kill(process, receiver, rng.uniform(0, 1.2 * longest))
        with closing(sqlite3.connect(home / "status.db")) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with nation.store() as store:
            now_held = digest_of(store.snapshot(insurer.id) or b"")
            assert now_held in (held, newest)
            assert found_in(store, insurer) == states[now_held]
        seen["new" if now_held == newest else "old"] += 1
        longest *= 0.95 if now_held == newest else 1.1  # a machine that gets slower or faster: both go on happening
        held = now_held
    assert seen.total() == KILLS
    assert set(seen) == {"old", "new"}, "not one of the moments was inside the update"


def test_a_publisher_killed_while_it_writes(tmp_path: Path, start: Callable[..., tuple[Any, Any]]) -> None:
    nation = Nation(tmp_path, lists=LISTS)
    (insurer,) = nation.insurers
    writer, rng = MirrorWriter(tmp_path / "mirror"), random.Random("publisher")
    insurer.publish()
    longest = undisturbed(*start(processes.write_publication, tmp_path / "mirror", insurer.published[-1]))
    sequence = 1
    seen: Counter[bool] = Counter()
    for _ in range(PUBLISHER_KILLS):
        if insurer.published[-1].sequence == sequence:
            insurer.publish()
        process, receiver = start(processes.write_publication, tmp_path / "mirror", insurer.published[-1])
        kill(process, receiver, rng.uniform(0, 1.2 * longest))
        served = served_by(DirectoryMirror(tmp_path / "mirror"), insurer)
        assert served in (sequence, sequence + 1)
        last = writer.last(insurer.id)  # what a new publisher goes on from
        assert last is not None
        assert last.sequence == served
        seen[served > sequence] += 1
        longest *= 0.95 if served > sequence else 1.1
        sequence = served
    assert set(seen) == {True, False}, "not one of the moments was inside the writing"
    writer.publish(insurer.published[-1])
    assert served_by(DirectoryMirror(tmp_path / "mirror"), insurer) == insurer.published[-1].sequence
    (status,) = (tmp_path / "mirror").iterdir()
    assert len(list(status.iterdir())) == 3, (
        "the publication, the link to it, and the lock: nothing is left of the others"
    )


def served_by(mirror: DirectoryMirror, insurer: Insurer) -> int:
    """The sequence number of what is served; all its lists are there, as its snapshot names them."""
    claims = parse_snapshot(mirror.fetch(f"status/{insurer.id}/snapshot.cbor", MAX_SIZE) or b"").unverified_claims
    for named in claims.lists:
        data = mirror.fetch(f"status/{insurer.id}/list/{named.number}.cbor", 10**6) or b""
        entries = inflate(parse_status_list(data).unverified_claims.lst)
        assert (len(entries), hashlib.sha256(entries).digest()) == (named.size, named.digest)
    return claims.sequence
