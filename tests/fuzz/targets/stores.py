"""The stores in databases: what each holds in the seeds, and what is asked of it whatever it holds; see ``databases``."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Final

from tests.desk import FATHER, SON, Office
from tests.fuzz.targets import vectors
from tests.fuzz.targets.databases import Ask, Key, Kind, targets_of
from tests.fuzz.targets.scratch import here
from tests.nation import Nation
from tests.world import NOW
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.errors import InputError, UsageError
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.application import LIFETIME, Application
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedCredential, IssuedRenewal
from vitaletoken.rules.mail_code import MailCode
from vitaletoken.wire.credential import StatusRef, parse_credential
from vitaletoken.wire.registry import Status

# --- an issuer's register


def _cards() -> Iterator[IssuedCard]:
    """Of the vectors, with names of their own; the last is lent from the first."""
    credentials = list(itertools.islice(dict.fromkeys(vectors.inputs("renewal", "credential")), 4))
    lender: bytes | None = None
    for number, data in enumerate(credentials):
        cti = parse_credential(data).unverified_claims.cti[:7] + bytes([number])
        last = number == len(credentials) - 1
        yield IssuedCard(
            origin=bytes([number]) * 32,
            request_digest=bytes([64 + number]) * 32,
            status=StatusRef(0, number),
            reference=f"person {number}",
            made=NOW,
            credentials=(IssuedCredential(cti, data),),
            commitment=b"" if last else bytes([128 + number]) * 32,
            end=None if number % 2 else NOW,
            lender=lender if last else None,
        )
        lender = lender or cti


def _fill_register(register: SqliteRegister) -> None:
    cards = list(_cards())
    for card in cards:
        register.alias(card.reference, card.origin)
        register.record(card)
    renewed = IssuedCredential(b"renewed1", cards[1].credentials[0].data + b"\0")
    register.renew(cards[1].cti, IssuedRenewal(b"r" * 32, NOW, (renewed,)), 0)
    register.set_statuses({cards[2].cti: Status.SUSPENDED})


def _ask_register(register: SqliteRegister, keys: list[Key]) -> Iterator[Ask]:
    fresh = IssuedCredential(b"fresh..1", b"a credential")
    for key in keys:
        if isinstance(key, str):
            yield partial(register.alias, key, b"f" * 32)
            continue
        yield lambda key=key: _newest(register.find(key))
        yield lambda key=key: _newest(register.find_cti(key))
        yield partial(register.answer_to, key)
        yield partial(register.lent_from, key)
        yield partial(register.renew, key, IssuedRenewal(b"d" * 32, NOW, (fresh,)), 0)
        yield partial(_suspend, register, key)
        lent = IssuedCard(b"o" * 32, b"q" * 32, StatusRef(0, 77), "x", NOW, (fresh,), lender=key)
        yield partial(register.record, lent)
    yield partial(register.statuses, 0)


def _suspend(register: SqliteRegister, cti: bytes) -> None:
    with suppress(UsageError):  # no card's, or of one that is revoked
        register.set_statuses({cti: Status.SUSPENDED})


def _newest(held: HeldCard | None) -> None:
    """Who has written a credential that is none, and its digest, has our own error for it."""
    if held is not None:
        with suppress(InputError):
            held.about(b"d" * 32)
            assert held.newest_billing is None or held.is_in_force in (True, False)
        for each in (held.card, *held.renewals):
            assert all(held.credential(credential.cti) for credential in each.credentials)


# --- applications at an issuer


def _fill_applications(store: SqliteApplications) -> None:
    office = Office(store=store)
    office.proofed(SON, FATHER)
    office.requested(FATHER)


def _ask_applications(store: SqliteApplications, keys: list[Key]) -> Iterator[Ask]:
    new = Application(b"i" * 32, b"n" * 32, b"request", b"offer", NOW, MailCode(b"m" * 32, NOW))
    for key in keys:
        if isinstance(key, bytes):
            yield lambda key=key: _look_at([store.find(key)])
            yield partial(store.change, key, lambda held: held)
    yield lambda: _look_at(store.due(NOW + LIFETIME))
    yield partial(store.add, new)


def _look_at(found: Iterable[Application | None]) -> None:
    for application in found:
        if application is not None:
            with suppress(InputError):
                assert application.identity_due is None or application.evidence


# --- a terminal's: status lists, replay keys, open challenges


@cache
def _nation(process: int) -> Nation:
    directory = here() / "nation"
    directory.mkdir()
    nation = Nation(directory)
    nation.publish(20)
    nation.updater(nation.store()).update()  # so that a trust list is in force
    return nation


def _open_status(path: Path) -> SqliteStatusStore:
    return SqliteStatusStore(path, _nation(os.getpid()).trust, recheck=0)


def _fill_status(store: SqliteStatusStore) -> None:
    _nation(os.getpid()).updater(store).update()


def _ask_status(store: SqliteStatusStore, keys: list[Key]) -> Iterator[Ask]:
    for key in keys:
        if isinstance(key, str):
            yield partial(store.snapshot, key)
            for number in range(3):
                yield partial(store.find, key, number)
                yield partial(store.entries, key, number)
            yield partial(store.replace, key, None, b"snapshot", {0: bytes(16)}, [0])
    yield partial(_nation(os.getpid()).updater(store).update)


def _fill_replay(store: SqliteReplayStore) -> None:
    for number in range(6):
        store.insert(bytes([number]) * 24, f"visit {number}", NOW + 60 * number, NOW)
    store.insert(b"k" * 24, "visit", NOW + 90, NOW + 60)


def _ask_replay(store: SqliteReplayStore, keys: list[Key]) -> Iterator[Ask]:
    for key in keys:
        if isinstance(key, bytes):
            for session, now in (("visit 1", NOW), ("another", NOW + 100)):
                yield partial(store.insert, key, session, NOW + 200, now)
    yield partial(store.insert, b"new key", "visit", NOW + 300, NOW + 150)


def _fill_challenges(store: SqliteChallengeStore) -> None:
    for number in range(3):
        secret = None if number == 1 else b"s" * 32
        message = b"challenge %d" % number
        store.open(OpenChallenge(f"visit {number}", b"d" * 32, message, secret, Instant(b"era", 100), 300))
    store.answer("visit 2", b"d" * 32, b"k" * 24)


def _ask_challenges(store: SqliteChallengeStore, keys: list[Key]) -> Iterator[Ask]:
    now = Instant(b"era", 200)
    for key in keys:
        if isinstance(key, str):
            yield lambda key=key: _is_over(store.find(key), now)
            yield partial(store.answer, key, b"d" * 32, b"k" * 24)
            yield partial(store.open, OpenChallenge(key, b"e" * 32, b"c", None, Instant(b"era", 50), 300))
    yield partial(store.drop_over, now)


def _is_over(challenge: OpenChallenge | None, now: Instant) -> None:
    if challenge is not None:
        challenge.is_over(now)


_KINDS: Final = (
    Kind(
        "register",
        SqliteRegister,
        _fill_register,
        _ask_register,
        (SqliteRegister.find, SqliteRegister.answer_to, SqliteRegister.renew, SqliteRegister.statuses),
    ),
    Kind(
        "applications",
        SqliteApplications,
        _fill_applications,
        _ask_applications,
        (SqliteApplications.find, SqliteApplications.change, SqliteApplications.due),
    ),
    Kind("status-store", _open_status, _fill_status, _ask_status, (SqliteStatusStore.find,)),
    Kind("replay-keys", partial(SqliteReplayStore, capacity=8), _fill_replay, _ask_replay, (SqliteReplayStore.insert,)),
    Kind(
        "challenges",
        SqliteChallengeStore,
        _fill_challenges,
        _ask_challenges,
        (SqliteChallengeStore.find, SqliteChallengeStore.answer),
    ),
)


TARGETS: Final = tuple(target for kind in _KINDS for target in targets_of(kind))
