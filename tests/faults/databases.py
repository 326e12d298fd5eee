"""The rows of the SQLite stores."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults.rows import Column, Row, Step, all_tables
from tests.world import NOW, SeededEntropy
from vitaletoken import Argon2Profile
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.database import Closing, Database
from vitaletoken.adapters.keystore import generate_device_key
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.ports import OpenChallenge, RecordOutcome
from vitaletoken.rules.application import Application, Revocation, State
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.card_record import IssuedCard, IssuedCredential, IssuedRenewal
from vitaletoken.rules.cards import CardKind, Edition, PendingEnrolment, PersonalCode, WalletCard
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.mail_code import MailCode
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.credential import StatusRef
from vitaletoken.wire.enrolment import Number
from vitaletoken.wire.nir import BeneficiaryNir
from vitaletoken.wire.registry import Algorithm, Status


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


# --- replay keys

_KEYS = [sha(f"key {number}")[:24] for number in range(4)]
#: Key, end, time of each insertion; the fourth is made when the second's time is over, which is given up for it.
INSERTIONS = ((0, 700, 0), (1, 200, 0), (0, 900, 0), (2, 900, 300), (3, 900, 300))


def _insertion(which: int, end: int, now: int) -> Step:
    return lambda store: store.insert(_KEYS[which], "visit 1", NOW + end, NOW + now)


def _never_first_again(store: SqliteReplayStore, done: int) -> None:
    """Whatever its time: also the key that was given up to make room (REPLAY-4)."""
    for which, end, _ in INSERTIONS[:done]:
        for now in (100, 300) if done > 3 else (100,):
            outcome = store.insert(_KEYS[which], "visit 2", NOW + end, NOW + now)
            assert outcome is ReplayOutcome.OTHER_SESSION


REPLAY = Row(
    "replay keys",
    (SqliteReplayStore, Database, Closing),
    [_insertion(*each) for each in INSERTIONS],
    lambda directory: SqliteReplayStore(directory / "replay.db"),
    all_tables,
    _never_first_again,
)


# --- challenges


def challenge(number: int, session: str, *, opened: int = 1000) -> OpenChallenge:
    message = f"challenge {number}".encode()
    digest = hashlib.sha256(message).digest()
    return OpenChallenge(session, digest, message, sha(f"secret {number}"), Instant(b"boot 1", opened), 120)


def _answer(number: int, session: str, key: str) -> Step:
    return lambda store: store.answer(session, challenge(number, session).digest, sha(key)[:24])


_CHALLENGE_STEPS: list[Step] = [
    lambda store: store.open(challenge(1, "visit 1")),
    lambda store: store.open(challenge(2, "visit 2")),
    _answer(1, "visit 1", "mine"),
    lambda store: store.open(challenge(3, "visit 1", opened=1050)),
    _answer(2, "visit 2", "mine"),
    lambda store: store.drop_over(Instant(b"boot 1", 1125)),
    _answer(3, "visit 1", "mine"),
]


def _answered_once(store: SqliteChallengeStore, done: int) -> None:
    for at, number, session in ((3, 1, "visit 1"), (5, 2, "visit 2"), (7, 3, "visit 1")):
        if done >= at:
            refused = store.answer(session, challenge(number, session).digest, sha("another's")[:24])
            assert refused is AnswerOutcome.REFUSED
    if done >= 4:
        assert store.find("visit 1") == challenge(3, "visit 1", opened=1050)
        (_, _, path) = store._database._connection.execute("PRAGMA database_list").fetchone()
        assert sha("secret 1") not in Path(path).read_bytes(), "gone with the challenge whose place was taken"


CHALLENGES = Row(
    "challenges",
    (SqliteChallengeStore, Database, Closing),
    _CHALLENGE_STEPS,
    lambda directory: SqliteChallengeStore(directory / "challenges.db"),
    all_tables,
    _answered_once,
)


# --- the wallet

_DEVICE = generate_device_key(Algorithm.ED25519, SeededEntropy("phone"))[0]
_NUMBER = Number(BeneficiaryNir("2840975110123"), bytes(16))
_CODE = PersonalCode(bytes(16), Argon2Profile.CHEAPEST, bytes(32))


def _wallets() -> list[Wallet]:
    tried = replace(_CODE, tries=CodeCounter(1, NOW))
    again = replace(_CODE, tries=CodeCounter(2, NOW + 60))
    pending = PendingEnrolment(CardKind.OWN, b"request", NOW, _NUMBER)
    stock = (Edition(b"minimal", b"billing" * 500),)
    card = WalletCard(handle=pending.handle, kind=CardKind.OWN, request=b"request", stock=stock, number=_NUMBER)
    lent = WalletCard(
        handle="ab" * 8, kind=CardKind.LENT, request=b"another", stock=(Edition(b"minimal"), Edition(b"next"))
    )
    lent = replace(lent, portrait=b"picture" * 999)
    return [
        Wallet(_CODE),
        Wallet(_CODE, (), (pending,)),
        Wallet(tried, (), (pending,)),
        Wallet(_CODE, (card,)),
        Wallet(_CODE, (replace(card, presentations=1), lent)),
        Wallet(again, (replace(card, presentations=1), lent)),
        Wallet(again, (replace(card, presentations=1),)),
    ]


WALLETS = _wallets()


def wallet_in(directory: Path, entropy: SeededEntropy | None = None) -> SqliteWallet:
    return SqliteWallet(directory / "wallet", _DEVICE, entropy or SeededEntropy(str(directory)))


def _becomes(wallet: Wallet) -> Step:
    return lambda store: store.update(lambda _: wallet)


WALLET = Row(
    "wallet",
    (SqliteWallet, Database, Closing),
    [_becomes(wallet) for wallet in WALLETS],
    wallet_in,
    SqliteWallet.load,
)


def _kept(directory: Path) -> object:
    with wallet_in(directory, SeededEntropy("kept")) as store:
        return store.update(lambda _: WALLETS[4])


def _erased(directory: Path) -> object:
    with wallet_in(directory, SeededEntropy("erased")) as store:
        store.erase()
    return None


def _loaded(directory: Path) -> object:
    with wallet_in(directory) as store:
        return store.load()


ERASED = Row(
    "wallet that is erased",
    (SqliteWallet,),
    [_kept, _erased],
    view=_loaded,
    exempt={
        Column.LOCKED: "as the row before; here each step opens the file anew",
        Column.PROCESSES: "erasing takes the wallet from whoever has it open: there is nothing for a second process to win",
        Column.CLOCK: "compares no time",
    },
)


# --- an issuer's register


def credential(name: str) -> IssuedCredential:
    return IssuedCredential(sha(f"cti {name}")[:8], f"credential {name}".encode())


def card(number: int, **changes: Any) -> IssuedCard:
    fields: dict[str, Any] = {
        "origin": sha(f"offer {number}"),
        "request_digest": sha(f"request {number}"),
        "status": StatusRef(0, number),
        "reference": f"person {number}",
        "made": NOW,
        "credentials": (credential(f"{number}"), credential(f"{number}, billing")),
        "commitment": sha(f"commitment {number}"),
    }
    return IssuedCard(**{**fields, **changes})


_LENT = {"credentials": (credential("2"),), "lender": credential("1").cti}
_RENEWAL = IssuedRenewal(sha("renewal"), NOW, (credential("renewed"), credential("renewed again")))

_REGISTER_STEPS: list[Step] = [
    lambda store: store.alias("person 1", sha("alias")[:8]),
    lambda store: store.record(card(1)),
    lambda store: store.record(card(2, **_LENT)),
    lambda store: store.renew(credential("1").cti, _RENEWAL, 0),
    lambda store: store.set_statuses({credential("2").cti: Status.SUSPENDED}),
    lambda store: store.set_statuses({credential("1").cti: Status.REVOKED, credential("2").cti: Status.REVOKED}),
]


def _given_once(store: SqliteRegister, done: int) -> None:
    if done >= 1:
        assert store.alias("person 1", b"another.") == sha("alias")[:8]
    for at, number in ((2, 1), (3, 2)):
        if done >= at:
            other = card(9, status=StatusRef(0, number))
            assert store.record(other) is RecordOutcome.INDEX_TAKEN, "no index twice"
            other = card(9, credentials=(credential(str(number)),))
            assert store.record(other) is RecordOutcome.INDEX_TAKEN, "no card number twice"
    if done >= 4:
        assert not store.renew(credential("1").cti, replace(_RENEWAL, digest=sha("another")), 0)
    assert done < 6 or store.statuses(0) == {1: Status.REVOKED, 2: Status.REVOKED}


REGISTER = Row(
    "issuer's register",
    (SqliteRegister, Database, Closing),
    _REGISTER_STEPS,
    lambda directory: SqliteRegister(directory / "register.db"),
    all_tables,
    _given_once,
)


# --- an issuer's applications

_PERSON = b"n" * 32


def application(which: int, **changes: Any) -> Application:
    fields: dict[str, Any] = {
        "id": hashlib.sha256(b"request %d" % which).digest(),
        "number": _PERSON,
        "request": b"request %d" % which,
        "offer": b"offer %d" % which,
        "requested": NOW + which,
        "code": MailCode(b"c" * 32, NOW),
    }
    return Application(**{**fields, **changes})


_TRIED = application(1, code=MailCode(b"c" * 32, NOW, 2))
_CONFIRMED = replace(_TRIED, state=State.CONFIRMED, confirmed=NOW + 9)
_SUPERSEDED = application(2, state=State.SUPERSEDED)
_ISSUED = replace(_CONFIRMED, state=State.ISSUED, card=b"c" * 8, revocation=Revocation.DUE)


def _change(*applications: Application) -> Step:
    return lambda store: store.change(_PERSON, lambda _: applications)


def _tries_counted(store: SqliteApplications, done: int) -> None:
    held = store.find(_TRIED.id)
    assert done < 1 or held is not None
    assert done < 2 or (held is not None and held.code.tries == 2)
    assert done < 1 or not store.add(replace(application(9), offer=b"offer 1")), "an offer is answered once"


APPLICATIONS = Row(
    "issuer's applications",
    (SqliteApplications, Database, Closing),
    [
        lambda store: store.add(application(1)),
        _change(_TRIED),
        lambda store: store.add(application(2)),
        _change(_CONFIRMED, _SUPERSEDED),
        _change(_ISSUED),
    ],
    lambda directory: SqliteApplications(directory / "applications.db"),
    all_tables,
    _tries_counted,
)


# --- a terminal's status lists


class _NoTrust:
    def current(self) -> Any:
        raise AssertionError("nothing is looked up here")


def _replace(issuer: str, held: bytes | None, new: bytes, changed: dict[int, bytes], numbers: list[int]) -> Step:
    return lambda store: store.replace(issuer, held, new, changed, numbers)


_STATUSES = Row(
    "status store",
    (SqliteStatusStore, Database, Closing),
    [
        _replace("fr-a", None, b"snapshot 1", {0: b"\x01" * 9000, 1: bytes(64), 2: bytes(64)}, [0, 1, 2]),
        _replace("fr-b", None, b"another's", {0: b"\x02" * 64}, [0]),
        _replace("fr-a", b"snapshot 1", b"snapshot 2", {1: b"\x03" * 5000}, [0, 1]),
        _replace("fr-a", b"snapshot 2", b"snapshot 3", {0: bytes(range(256)) * 70, 2: b"\x04" * 64}, [0, 2]),
    ],
    lambda directory: SqliteStatusStore(directory / "status.db", _NoTrust()),
    all_tables,
)

DATABASES = (REPLAY, CHALLENGES, WALLET, ERASED, REGISTER, APPLICATIONS, _STATUSES)
