"""The terminal: what it remembers of cards it has seen, what it writes and when, and that it fails closed."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forge, test_codes
from tests.concurrency import at_once
from tests.forge import CARD, put
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, EVERY_USE, ISSUER_ID, NOW, STATUS_URI, World, enrolled
from vitaletoken import (
    Code,
    Environment,
    InputError,
    IssuerEntry,
    IssuerKey,
    Policy,
    Purpose,
    Rejected,
    UsageError,
    UserVerification,
    VerifiedPresentation,
    VerifiedTrustList,
    Verifier,
    verify_trust_list,
)
from vitaletoken import verifier as module
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.rules.steps import STEPS
from vitaletoken.wire.registry import Algorithm, KeyUse


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


class ReplaySpy:
    """Writes down each insertion."""

    def __init__(self, outcome: ReplayOutcome | None = None) -> None:
        self.calls: list[tuple[bytes, str, int, int]] = []
        self._store = MemoryReplayStore()
        self._outcome = outcome

    def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
        self.calls.append((key, session, keep_until, now))
        return self._outcome or self._store.insert(key, session, keep_until, now)


# --- cards seen before


def shown(w: World, credential: bytes | None = None, **options: Any) -> bytes:
    return forge.presentation(w, credential=credential, **options)


def seen_before() -> tuple[World, bytes]:
    """A world whose terminal has accepted its card, and that card."""
    w = enrolled()
    w.verifier.verify_message(shown(w), "visit 1")
    return w, forge.credential_of(w)


def test_a_card_seen_before_is_accepted_again() -> None:
    w, _ = seen_before()
    for _ in range(3):
        w.verifier.verify_message(shown(w), "visit 1")


def test_a_card_seen_before_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests below would be of nothing."""
    w, _ = seen_before()

    def unreachable(*_: object) -> None:
        raise AssertionError("verified again")

    monkeypatch.setattr(module, "verify_credential", unreachable)
    w.verifier.verify_message(shown(w), "visit 1")


def test_each_byte_of_a_card_seen_before_counts() -> None:
    """The phone signs whatever it likes; the card must be the exact bytes that the issuer signed."""
    w, card = seen_before()
    for at in range(len(card)):
        spoilt = card[:at] + bytes([card[at] ^ 1]) + card[at + 1 :]
        assert refusal_of(w.verifier.verify_message, shown(w, spoilt), "visit 1") is not None
    w.verifier.verify_message(shown(w), "visit 1")


@pytest.mark.parametrize(
    "change",
    [put((CARD, 3, 1), "Somebody-Else"), put((CARD, 1), bytes(32)), put((4,), NOW + 99 * DAY), put((7,), b"12345678")],
    ids=["name", "code key", "exp", "cti"],
)
def test_other_claims_under_the_signature_of_a_card_seen_before_are_refused(change: forge.Edit) -> None:
    w, card = seen_before()
    forged = forge.edited(forge.dec(card), lambda item: item.__setitem__(2, _changed(item[2], change)))
    assert refusal_of(w.verifier.verify_message, shown(w, forge.enc(forged)), "visit 1") is Code.ISSUER_SIGNATURE


def _changed(payload: bytes, change: forge.Edit) -> bytes:
    return forge.enc(forge.edited(forge.dec(payload), change))


def test_the_phone_is_asked_again_of_a_card_seen_before() -> None:
    w, _ = seen_before()
    stranger = w._signer()
    for options in ({"device_sign": stranger.sign}, {"device_sign": lambda _: bytes(64)}):
        assert refusal_of(w.verifier.verify_message, shown(w, **options), "visit 1") is Code.DEVICE_SIGNATURE
    assert refusal_of(w.verifier.verify_message, shown(w, code_sign=stranger.sign), "visit 1") is Code.CODE_SIGNATURE


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_the_algorithm_is_compared_of_a_card_seen_before(algorithm: Algorithm) -> None:
    """V5, also where V5 was passed earlier; and before V6."""
    w = enrolled(algorithm=algorithm)
    w.verifier.verify_message(shown(w), "visit 1")
    other = -9 if algorithm is Algorithm.ED25519 else -19
    w.clock.time = w.trust.claims.exp
    assert refusal_of(w.verifier.verify_message, shown(w, algorithm=other), "visit 1") is Code.ALGORITHM_MISMATCH


def listed(w: World, *keys: IssuerKey, version: int = 2, **changes: Any) -> VerifiedTrustList:
    """Another trust list of the world's roots, with the issuer's keys as given."""
    entry = IssuerEntry(ISSUER_ID, "Renamed", keys, STATUS_URI)
    claims = w.trust_claims(version=version, issuers=(entry,), **changes)
    return verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)


def issuer_key(w: World, *uses: KeyUse, nbf: int = NOW - DAY, exp: int = NOW + DAY) -> IssuerKey:
    return IssuerKey(w.issuer_signer.public_key, uses or EVERY_USE, nbf, exp)


def test_a_new_trust_list_is_asked_of_a_card_seen_before() -> None:
    """Withdrawing a key, or its use, or its time, takes effect at once; and so does giving it back."""
    w = enrolled()
    store = FixedTrust(w.trust)
    terminal = w.terminal(trust=store)
    first, stranger = w.trust, IssuerKey(w._signer().public_key, EVERY_USE, NOW - DAY, NOW + DAY)
    for trust, code in (
        (listed(w, stranger), Code.ISSUER_UNKNOWN),
        (first, None),
        (listed(w, issuer_key(w, KeyUse.STATUS_LIST)), Code.ISSUER_UNKNOWN),
        (first, None),
        (listed(w, issuer_key(w, exp=NOW)), Code.ISSUER_KEY_NOT_VALID),
        (first, None),
        (listed(w, issuer_key(w, nbf=NOW + 1)), Code.ISSUER_KEY_NOT_VALID),
        (listed(w, issuer_key(w)), None),
    ):
        store.trust = first
        terminal.verify_message(shown(w), "visit 1")
        store.trust = trust
        assert refusal_of(terminal.verify_message, shown(w), "visit 1") is code


def test_a_new_trust_list_gives_the_new_name() -> None:
    w = enrolled()
    store = FixedTrust(w.trust)
    terminal = w.terminal(trust=store)
    assert terminal.verify_message(shown(w), "visit 1").issuer_name == "Assurance maladie"
    store.trust = listed(w, issuer_key(w))
    assert terminal.verify_message(shown(w), "visit 1").issuer_name == "Renamed"


def test_the_trust_list_expires_for_a_card_seen_before() -> None:
    w = enrolled()
    w.trust = listed(w, issuer_key(w), exp=NOW + 100)
    terminal = w.terminal()
    terminal.verify_message(shown(w), "visit 1")
    w.clock.time = NOW + 99
    terminal.verify_message(shown(w), "visit 1")
    w.clock.time = NOW + 100
    assert refusal_of(terminal.verify_message, shown(w), "visit 1") is Code.TRUST_LIST_EXPIRED


def test_time_and_status_are_asked_of_a_card_seen_before() -> None:
    w, _ = seen_before()
    w.issuer.suspend(w.card_id())
    w.publish()
    assert refusal_of(w.verifier.verify_message, shown(w), "visit 1") is Code.CARD_SUSPENDED
    w.clock.time += 14 * DAY
    assert refusal_of(w.verifier.verify_message, shown(w), "visit 1") is Code.CREDENTIAL_EXPIRED


def test_more_cards_than_are_remembered() -> None:
    """All are accepted, twice; memory stays bounded; and a forged one is not, whatever was forgotten."""
    w = enrolled()
    code_sign = forge.code_key(w).sign
    count = module.SEEN_CAPACITY + 50
    cards = [forge.credential(w, put((7,), number.to_bytes(8, "big"))) for number in range(count)]
    for _ in range(2):
        for card in cards:
            w.verifier.verify_message(shown(w, card, code_sign=code_sign), "visit 1")
            assert len(w.verifier._seen._held[1]) <= module.SEEN_CAPACITY
    for card in (cards[0], cards[-1]):
        forged = card[:-1] + bytes([card[-1] ^ 1])
        assert (
            refusal_of(w.verifier.verify_message, shown(w, forged, code_sign=code_sign), "v") is Code.ISSUER_SIGNATURE
        )


def test_a_card_that_was_refused_is_not_remembered() -> None:
    w = enrolled()
    forged = forge.credential(w, signer=w._signer())
    for _ in range(2):
        assert refusal_of(w.verifier.verify_message, shown(w, forged), "visit 1") is Code.ISSUER_UNKNOWN
    mismatch = shown(w, algorithm=-9)
    for _ in range(2):
        assert refusal_of(w.verifier.verify_message, mismatch, "visit 1") is Code.ALGORITHM_MISMATCH


# --- what is written


@pytest.mark.parametrize("code", [code for step, codes in STEPS for code in codes if step != "V15"], ids=str)
def test_a_refused_scan_writes_nothing(code: Code) -> None:
    """REPLAY-2: a QR that was refused is not burnt."""
    w = enrolled()
    spy = w.replay = ReplaySpy()  # type: ignore[assignment]
    w.verifier = w.terminal()
    assert refusal_of(test_codes.PROVOCATIONS[code], w) is code
    assert spy.calls == []


@pytest.mark.parametrize("skew", [0, 60, 300])
def test_an_accepted_scan_writes_once(skew: int) -> None:
    """REPLAY-1: the key is of the card's exact bytes and the cti; kept until no terminal of any policy could
    accept it.
    """
    w = enrolled(policy=Policy(environment=enrolled().environment, skew_limit=skew))
    spy = ReplaySpy()
    terminal = w.terminal(replay=spy)
    w.clock.time = NOW + 7
    presentation = w.present()
    terminal.verify(presentation.text, "visit 4711")
    key = hashlib.sha256(forge.credential_of(w)).digest()[:16] + presentation.claims.cti
    assert spy.calls == [(key, "visit 4711", NOW + 67 + 300, NOW + 7)]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (ReplayOutcome.FIRST, None),
        (ReplayOutcome.SAME_SESSION, None),
        (ReplayOutcome.OTHER_SESSION, Code.REPLAYED),
        (ReplayOutcome.FULL, Code.REPLAY_STORE_FULL),
    ],
)
def test_the_stores_answer_decides(outcome: ReplayOutcome, code: Code | None) -> None:
    w = enrolled()
    terminal = w.terminal(replay=ReplaySpy(outcome))
    assert refusal_of(terminal.verify, w.present().text, "visit 1") is code
    if code is None:
        assert terminal.verify(w.present().text, "visit 1").repeated == (outcome is ReplayOutcome.SAME_SESSION)


def test_the_same_qr_in_the_same_session_is_the_same_visit() -> None:
    """REPLAY-3, for as long as the QR lasts; in another session it is refused, and stays of the first."""
    w = enrolled()
    presentation = w.present()
    results = [w.verify(presentation, "visit 1") for _ in range(3)]
    assert [result.repeated for result in results] == [False, True, True]
    assert refusal_of(w.verify, presentation, "visit 2") is Code.REPLAYED
    assert w.verify(presentation, "visit 1").repeated
    w.clock.time += 119
    assert refusal_of(w.verify, presentation, "visit 2") is Code.REPLAYED
    w.clock.time += 1
    assert refusal_of(w.verify, presentation, "visit 1") is Code.PRESENTATION_EXPIRED


def test_the_same_visit_says_the_same_but_that_it_is_repeated() -> None:
    w = enrolled()
    presentation = w.present()
    first, second = w.verify(presentation), w.verify(presentation)
    assert first.card == second.card
    assert first.claims == second.claims
    assert (first.reasons, first.skew, first.grade) == (second.reasons, second.skew, second.grade)


def test_two_presentations_of_one_card_are_two() -> None:
    w = enrolled()
    one, two = w.present(), w.present()
    w.verify(one, "visit 1")
    w.verify(two, "visit 2")
    assert refusal_of(w.verify, one, "visit 2") is Code.REPLAYED


def test_a_second_signature_is_no_second_presentation() -> None:
    """REPLAY-1: the key is not made from signatures: the phone's owner may sign the same claims again."""
    w = enrolled(algorithm=Algorithm.ESP256)
    claims = forge.claims(w)
    first = shown(w, edit=lambda item: item.update(claims))
    w.verifier.verify_message(first, "visit 1")
    other_code = forge.claims(w, code=False)
    other_code[7] = claims[7]
    again = shown(w, edit=lambda item: item.update(other_code), code=False)
    lenient = w.terminal(policy=Policy(environment=w.environment, least_user_verification=UserVerification.NONE))
    assert again != first
    assert refusal_of(lenient.verify_message, again, "visit 2") is Code.REPLAYED


def test_terminals_that_share_a_store_accept_once() -> None:
    w = enrolled()
    desks = [w.terminal() for _ in range(4)]
    presentation = w.present()
    assert [refusal_of(desk.verify, presentation.text, f"desk {n}") for n, desk in enumerate(desks)] == [
        None,
        Code.REPLAYED,
        Code.REPLAYED,
        Code.REPLAYED,
    ]


def test_threads_accept_once() -> None:
    """One terminal in eight threads, each for its own visit: each QR is accepted in one."""
    w = enrolled()
    for _ in range(20):
        text = w.present().text
        results = at_once(8, lambda number, text=text: w.verifier.verify(text, f"visit {number}"))
        kinds = Counter(result.code if isinstance(result, InputError) else type(result) for result in results)
        assert kinds == {VerifiedPresentation: 1, Code.REPLAYED: 7}


def test_threads_and_trust_lists_that_change() -> None:
    """While the trust list goes back and forth, no thread accepts a card that its own trust list does not know."""
    w = enrolled()
    good = w.trust
    bad = listed(w, IssuerKey(w._signer().public_key, EVERY_USE, NOW - DAY, NOW + DAY))

    class Flapping:
        """Gives each thread's call the list that this call is to have."""

        def __init__(self) -> None:
            self.mine = threading.local()

        def current(self) -> VerifiedTrustList:
            return self.mine.trust  # type: ignore[no-any-return]

    store = Flapping()
    terminal = w.terminal(trust=store, replay=ReplaySpy(ReplayOutcome.FIRST))
    message = w.present().message

    def work(number: int) -> list[Code | None]:
        found = []
        for turn in range(60):
            store.mine.trust = bad if (turn + number) % 2 else good
            found.append(refusal_of(terminal.verify_message, message, "visit 1"))
        return found

    for number, result in enumerate(at_once(4, work)):
        assert result == [Code.ISSUER_UNKNOWN if (turn + number) % 2 else None for turn in range(60)]


# --- ports


class Failing:
    """Every port at once, none of which works."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def _fail(self, *_: object) -> Any:
        raise self._error

    current = find = insert = now = _fail


@pytest.mark.parametrize("port", ["trust", "status", "replay", "clock"])
@pytest.mark.parametrize(
    "error",
    [OSError("disk"), sqlite3.OperationalError("database is locked"), RuntimeError("broken"), MemoryError()],
    ids=repr,
)
def test_a_ports_failure_is_no_verdict(port: str, error: Exception) -> None:
    """VERIFY-2: it passes through as it is; nothing is accepted, nothing is refused, and afterwards all is as before."""
    w = enrolled()
    presentation = w.present()
    failing = w.terminal(**{port: Failing(error)})
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            failing.verify(presentation.text, "visit 1")
        assert caught.value is error
    assert not w.verify(presentation, "visit 2").repeated


def test_a_store_that_fails_after_it_wrote_is_no_verdict_either(tmp_path: Path) -> None:
    """The commit was durable and its report was lost: the same visit may go on, another may not."""
    w = enrolled()
    with SqliteReplayStore(tmp_path / "replay.db") as store:

        class Lost:
            def insert(self, *arguments: Any) -> ReplayOutcome:
                store.insert(*arguments)
                raise OSError("connection lost")

        presentation = w.present()
        with pytest.raises(OSError, match="lost"):
            w.terminal(replay=Lost()).verify(presentation.text, "visit 1")
        terminal = w.terminal(replay=store)
        assert terminal.verify(presentation.text, "visit 1").repeated
        assert refusal_of(terminal.verify, presentation.text, "visit 2") is Code.REPLAYED


def test_a_status_source_that_gives_another_list_is_a_usage_error() -> None:
    """A list without the revocation must not answer for the one with it."""
    w = enrolled()
    other = w.status.find(ISSUER_ID, 0)

    class Confused:
        def find(self, issuer: str, number: int) -> Any:
            return other

    elsewhere = forge.credential(w, put((CARD, 6), [1, 0]))
    with pytest.raises(UsageError):
        w.terminal(status=Confused()).verify_message(shown(w, elsewhere), "visit 1")


class CountingClock:
    def __init__(self) -> None:
        self.reads = 0

    def now(self) -> int:
        self.reads += 1
        return NOW + self.reads - 1  # another time at each reading


def test_the_clock_is_read_once() -> None:
    """Else a presentation could be judged at two times at once."""
    w = enrolled()
    for message in (shown(w), shown(w), shown(w, device_sign=lambda _: bytes(64))):
        clock = CountingClock()
        terminal = w.terminal(clock=clock)
        refusal_of(terminal.verify_message, message, "visit 1")
        assert clock.reads == 1


def test_the_ports_are_asked_once_and_with_what_they_need() -> None:
    w = enrolled()
    asked: list[Any] = []

    class Trust:
        def current(self) -> VerifiedTrustList:
            asked.append("trust")
            return w.trust

    class Status:
        def find(self, issuer: str, number: int) -> Any:
            asked.append((issuer, number))
            return w.status.find(issuer, number)

    w.terminal(trust=Trust(), status=Status()).verify(w.present().text, "visit 1")
    assert asked == ["trust", (ISSUER_ID, 0)]


# --- usage


@pytest.mark.parametrize("session", ["", "\n", "visit\0", "visit\n1", "\x7f", "\ud800", "\u202e"], ids=ascii)
def test_a_session_without_a_printable_name_is_a_usage_error(session: str) -> None:
    w = enrolled()
    spy = ReplaySpy()
    with pytest.raises(UsageError):
        w.terminal(replay=spy).verify(w.present().text, session)
    with pytest.raises(UsageError):
        w.terminal(replay=spy).verify_message(w.present().message, session)
    assert spy.calls == []


@pytest.mark.parametrize("text", ["VT1:", "VTS1:", "VT1:?", "VTS1:?", "x" * 9999, ""])
@pytest.mark.parametrize(
    ("session", "purpose"),
    [("", Purpose.BILLING), (None, Purpose.BILLING), ("visit 1", "billing"), ("visit 1", 2), ("visit 1", None)],
)
def test_how_it_is_called_comes_before_what_was_scanned(session: Any, purpose: Any, text: str) -> None:
    """The caller's fault is the same whatever the text is, and never the patient's."""
    w = enrolled()
    for verifier in (w.terminal(), w.asking()):
        with pytest.raises(UsageError):
            verifier.verify(text, session, purpose)
        with pytest.raises(UsageError):
            verifier.verify_message(b"", session, purpose)


@pytest.mark.parametrize("session", ["1", "visite n° 4711", "訪問", " ", "x" * 1000])
def test_sessions_are_told_apart_by_their_whole_name(session: str) -> None:
    w = enrolled()
    presentation = w.present()
    w.verify(presentation, session)
    assert w.verify(presentation, session).repeated
    for other in (session + " ", session[:-1] or "2", session + "x"):
        assert refusal_of(w.verify, presentation, other) is Code.REPLAYED


def test_a_text_and_its_message_are_one_presentation() -> None:
    w = enrolled()
    presentation = w.present()
    w.verifier.verify(presentation.text, "visit 1")
    assert refusal_of(w.verifier.verify_message, presentation.message, "visit 2") is Code.REPLAYED
    assert w.verifier.verify_message(presentation.message, "visit 1").repeated


def test_a_verifier_needs_all_its_parts() -> None:
    """No part has a default that would be silently too weak."""
    w = enrolled()
    parts = {"trust": FixedTrust(w.trust), "status": w.status, "replay": w.replay, "clock": w.clock}
    with pytest.raises(TypeError):
        Verifier(**parts)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Verifier(*parts.values())  # type: ignore[misc]


def test_the_default_policy_asks_for_the_code_in_production() -> None:
    w = enrolled()
    with pytest.raises(Rejected, match="wrong-environment"):
        w.terminal(policy=Policy()).verify(w.present().text, "visit 1")
    lenient = Policy(environment=w.environment)
    with pytest.raises(Rejected, match="user-verification-too-weak"):
        w.terminal(policy=lenient).verify(w.holder.present().text, "visit 1")
    assert w.terminal(policy=lenient).verify(w.holder.present(CODE).text, "visit 1").proofs == (
        "issuer",
        "device",
        "code",
    )


# --- one store, terminals that differ


def test_a_terminal_of_less_skew_does_not_forget_for_one_of_more(tmp_path: Path) -> None:
    """Two desks share a store. The strict one accepts, and keeps the key for as long as the lenient one may accept."""
    w = enrolled()
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        strict = w.terminal(policy=Policy(environment=w.environment, skew_limit=0), replay=store)
        lenient = w.terminal(policy=Policy(environment=w.environment, skew_limit=300), replay=store)
        first = w.present()
        strict.verify(first.text, "visit 1")
        for seconds in (60, 119, 300, 359):
            w.clock.time = NOW + seconds
            strict.verify(w.present().text, "another visit")  # what is of the past is dropped at an insertion
            assert refusal_of(lenient.verify, first.text, "visit 2") is Code.REPLAYED
        w.clock.time = NOW + 360
        assert refusal_of(lenient.verify, first.text, "visit 2") is Code.PRESENTATION_EXPIRED


def test_a_clock_set_back_does_not_bring_a_qr_back(tmp_path: Path) -> None:
    """Within the greatest skew there is: a terminal whose clock was five minutes fast forgets nothing it may accept."""
    w = enrolled()
    with SqliteReplayStore(tmp_path / "replay.db") as store:
        terminal = w.terminal(replay=store)
        first = w.present()
        w.clock.time = NOW + 59
        terminal.verify(first.text, "visit 1")
        w.clock.time = NOW + 59 + 300
        terminal.verify(w.present().text, "another visit")
        w.clock.time = NOW + 59
        assert refusal_of(terminal.verify, first.text, "visit 2") is Code.REPLAYED


# --- lists that may not be believed any more


def test_a_status_list_ends_with_its_key() -> None:
    """STATUS-5: whoever holds the status list need not look; the rule does."""
    w = enrolled()
    assert w.verify(w.present())
    other = w._signer()
    cards = IssuerKey(w.issuer_signer.public_key, (KeyUse.CREDENTIAL,), NOW - DAY, NOW + DAY)
    lists = IssuerKey(other.public_key, (KeyUse.STATUS_LIST,), NOW - DAY, NOW + DAY)
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (cards, lists), STATUS_URI)
    claims = w.trust_claims(version=2, issuers=(entry,))
    w.trust = verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)
    with pytest.raises(Rejected, match="status-unavailable"):
        w.terminal().verify(w.present().text, "visit 2")


def test_the_status_is_asked_for_after_the_time() -> None:
    class Silent:
        def find(self, issuer: str, number: int) -> None:
            raise AssertionError("asked for the status of a presentation that has expired")

    w = enrolled()
    text = w.present().text
    w.clock.time += 3600
    with pytest.raises(Rejected, match="presentation-expired"):
        w.terminal(status=Silent()).verify(text, "visit 1")


def test_a_test_trust_list_vouches_for_no_production_card() -> None:
    """Nor does a card without the mark help, if somebody loads a test trust list into a terminal for production."""
    w = enrolled()
    unmarked = forge.credential(w, forge.drop((CARD, 10)))
    message = forge.presentation(w, credential=unmarked)
    for environment in Environment:
        with pytest.raises(Rejected, match="wrong-environment"):
            w.terminal(policy=Policy(environment=environment)).verify_message(message, "visit 1")
