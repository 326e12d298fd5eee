"""A terminal that asks: what goes into a challenge, what it keeps, and who answers it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forge
from tests.concurrency import at_once
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NOW, World, enrolled
from vitaletoken import (
    Binding,
    Category,
    Challenge,
    Code,
    InputError,
    Presentation,
    Purpose,
    Transaction,
    UsageError,
    VerifiedPresentation,
    Verifier,
    View,
)
from vitaletoken.adapters.keystore import generate_device_key, generate_signer
from vitaletoken.adapters.memory import MemoryChallengeStore, MemoryReplayStore
from vitaletoken.adapters.sqlite import SqliteChallengeStore
from vitaletoken.crypto.sealing import session_public_key
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome
from vitaletoken.wire.registry import Algorithm

VISIT = "visit 1"
BILLING = Purpose.BILLING
SHEET = b"care sheet"
TRANSACTION = Transaction(hashlib.sha256(SHEET).digest(), "Ordonnance, 3 articles", 2345)


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


def answer(w: World, challenge: Challenge, **options: Any) -> Presentation:
    return w.holder.present(CODE, to=w.holder.review(challenge.text, w.trust).asker, **options)


class ReplaySpy:
    def __init__(self) -> None:
        self.calls = 0

    def insert(self, *_: Any) -> ReplayOutcome:
        self.calls += 1
        return ReplayOutcome.FIRST


# --- what is asked


def test_a_challenge_says_what_was_asked() -> None:
    w = enrolled()
    asked = w.asking().challenge(
        VISIT, [BILLING, Purpose.IDENTIFICATION, BILLING], view=View.BILLING, lifetime=30, transaction=TRANSACTION
    )
    seen = w.holder.review(asked.text, w.trust).challenge
    assert seen is not None
    claims = seen.claims
    assert claims == asked.claims
    assert (claims.iat, claims.purposes) == (NOW, (Purpose.IDENTIFICATION, BILLING))
    assert (claims.view, claims.lifetime, claims.transaction) == (View.BILLING, 30, TRANSACTION)
    kept = w.challenges.find(VISIT)
    assert kept is not None
    assert (kept.message, kept.digest, kept.lifetime) == (asked.message, seen.digest, 30)
    assert kept.opened == w.stopwatch.read()
    assert kept.secret is not None
    assert session_public_key(kept.secret) == claims.session_key


def test_no_two_challenges_have_a_nonce_or_a_session_key_in_common() -> None:
    w = enrolled()
    verifier = w.asking()
    asked = [verifier.challenge(VISIT, [BILLING]).claims for _ in range(20)]
    assert len({claims.nonce for claims in asked}) == len({claims.session_key for claims in asked}) == 20


def test_a_challenge_can_do_without_a_session_key() -> None:
    w = enrolled()
    verifier = w.asking()
    asked = verifier.challenge(VISIT, [BILLING], sealed=False)
    assert asked.claims.session_key is None
    shown = answer(w, asked)
    assert shown.text.startswith("VT1:")
    seen = verifier.verify(shown.text, VISIT, BILLING)
    assert (seen.sealed, seen.claims.binding) == (False, Binding.CHALLENGE)


@pytest.mark.parametrize(
    "options",
    [
        {"purposes": []},
        {"lifetime": 0},
        {"lifetime": 121},
        {"transaction": Transaction(bytes(31), "x", 1)},
        {"transaction": Transaction(bytes(32), "", 1)},
        {"transaction": Transaction(bytes(32), "x" * 101, 1)},
        {"transaction": Transaction(bytes(32), "two\nlines", 1)},
        {"transaction": Transaction(bytes(32), "x", -1)},
        {"transaction": Transaction(bytes(32), "x", 100_000_000)},
        {"transaction": "x"},
        {"view": View.BILLING, "sealed": False},
        {"view": 2},
        {"view": "billing"},
        {"purposes": ["billing"]},
        {"purposes": "billing"},
        {"purposes": [2]},
        {"purposes": [Purpose.BILLING, None]},
        {"session": ""},
        {"session": "visit\n1"},
        {"session": None},
    ],
    ids=repr,
)
def test_what_cannot_be_asked_is_the_callers_fault_and_opens_nothing(options: dict[str, Any]) -> None:
    w = enrolled()
    verifier = w.asking()
    before = verifier.challenge(VISIT, [BILLING])
    with pytest.raises(UsageError):
        verifier.challenge(**{"session": VISIT, "purposes": [BILLING], **options})
    assert verifier.verify(answer(w, before).text, VISIT, BILLING)


def test_who_has_no_right_to_numbers_does_not_ask_for_them() -> None:
    w = enrolled()
    public = w.asking(terminal=w.desk(certificates=[w.certificate(Category.PUBLIC_DESK)]))
    with pytest.raises(UsageError, match="right"):
        public.challenge(VISIT, [BILLING], view=View.BILLING)
    assert public.challenge(VISIT, [BILLING])


def test_a_verifier_without_a_terminal_does_not_ask() -> None:
    w = enrolled()
    with pytest.raises(UsageError):
        w.terminal().challenge(VISIT, [BILLING])


def test_the_line_is_brought_into_its_one_form() -> None:
    """CBOR-7."""
    w = enrolled()
    asked = w.asking().challenge(VISIT, [BILLING], transaction=Transaction(bytes(32), "De\u0301livrance", 0))
    assert asked.claims.transaction == Transaction(bytes(32), "D\u00e9livrance", 0)


def test_a_challenge_is_made_with_a_certificate_of_its_key_and_of_now() -> None:
    """CERT-3."""
    w = enrolled()
    short, long = w.certificate(lifetime=DAY), w.certificate(lifetime=9 * DAY)
    stranger = w.desk(signer=generate_signer(w.entropy)[0])
    with pytest.raises(UsageError):
        w.asking(terminal=stranger).challenge(VISIT, [BILLING])
    verifier = w.asking(terminal=w.desk(certificates=[short, long]))
    assert verifier.challenge(VISIT, [BILLING]).claims.certificate == short.raw
    w.clock.time += DAY
    assert verifier.challenge(VISIT, [BILLING]).claims.certificate == long.raw
    w.clock.time += 8 * DAY
    with pytest.raises(UsageError):
        verifier.challenge(VISIT, [BILLING])
    p256 = generate_device_key(Algorithm.ESP256, w.entropy)[0]
    with pytest.raises(UsageError, match="Ed25519"):
        w.desk(signer=p256)


# --- who answers it


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_an_answer_is_accepted(algorithm: Algorithm) -> None:
    w = enrolled(algorithm=algorithm)
    verifier = w.asking()
    asked = verifier.challenge(VISIT, [BILLING], view=View.BILLING, transaction=TRANSACTION)
    shown = answer(w, asked)
    assert shown.text.startswith("VTS1:")
    seen = verifier.verify(shown.text, VISIT, BILLING)
    assert (seen.purpose, seen.sealed, seen.view) == (BILLING, True, View.BILLING)
    assert (seen.transaction, seen.repeated) == (TRANSACTION, False)
    assert seen.claims.binding is Binding.CHALLENGE


def test_a_challenge_is_answered_once_and_a_second_scan_does_no_harm() -> None:
    """CHAL-2."""
    w = enrolled()
    verifier = w.asking()
    asked = verifier.challenge(VISIT, [BILLING])
    first, second = answer(w, asked), answer(w, asked)
    assert not verifier.verify(first.text, VISIT, BILLING).repeated
    assert verifier.verify(first.text, VISIT, BILLING).repeated
    assert refusal_of(verifier.verify, second.text, VISIT, BILLING) is Code.CHALLENGE_ANSWERED
    assert verifier.verify(first.text, VISIT, BILLING).repeated


def test_an_answer_is_for_its_session() -> None:
    w = enrolled()
    verifier = w.asking()
    one, two = (verifier.challenge(f"visit {number}", [BILLING]) for number in (1, 2))
    assert refusal_of(verifier.verify, answer(w, one).text, "visit 2", BILLING) is Code.SEAL_BROKEN
    plain = verifier.challenge("visit 1", [BILLING], sealed=False)
    assert refusal_of(verifier.verify, answer(w, plain).text, "visit 2", BILLING) is Code.CONTEXT_MISMATCH
    assert refusal_of(verifier.verify, answer(w, plain).text, "visit 3", BILLING) is Code.CONTEXT_UNKNOWN
    assert verifier.verify(answer(w, two).text, "visit 2", BILLING)


def test_a_new_challenge_takes_the_place_of_the_one_before() -> None:
    """Also of one that was answered; and its secret is gone (SEAL-2)."""
    w = enrolled()
    verifier = w.asking()
    first = verifier.challenge(VISIT, [BILLING])
    shown = answer(w, first)
    verifier.verify(shown.text, VISIT, BILLING)
    secret = w.challenges.find(VISIT).secret
    second = verifier.challenge(VISIT, [BILLING])
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.SEAL_BROKEN
    assert w.challenges.find(VISIT).secret != secret
    assert not verifier.verify(answer(w, second).text, VISIT, BILLING).repeated


def test_a_challenge_that_is_exchanged_while_it_is_answered_is_not_answered() -> None:
    """Between the looking and the recording another desk may have asked anew: nothing is accepted on the old one."""
    w = enrolled()

    class Exchanged(MemoryChallengeStore):
        def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
            verifier.challenge(session, [BILLING])
            return super().answer(session, digest, replay_key)

    verifier = w.asking(terminal=w.desk(challenges=Exchanged()))
    shown = answer(w, verifier.challenge(VISIT, [BILLING]))
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.CHALLENGE_ANSWERED


def test_threads_answer_once() -> None:
    w = enrolled()
    verifier = w.asking()
    for _ in range(10):
        asked = verifier.challenge(VISIT, [BILLING])
        texts = [answer(w, asked).text for _ in range(4)]
        results = at_once(4, lambda number, texts=texts: verifier.verify(texts[number], VISIT, BILLING))
        kinds = Counter(result.code if isinstance(result, InputError) else type(result) for result in results)
        assert kinds == {VerifiedPresentation: 1, Code.CHALLENGE_ANSWERED: 3}


def test_an_answer_that_is_refused_burns_nothing() -> None:
    w = enrolled()
    verifier = w.asking()
    shown = answer(w, verifier.challenge(VISIT, [BILLING]))
    assert refusal_of(verifier.verify, shown.text, VISIT, Purpose.RECORDS) is Code.PURPOSE_MISMATCH
    assert refusal_of(verifier.verify, w.present().text, VISIT, BILLING) is Code.BINDING_TOO_WEAK
    w.stopwatch.seconds += 119
    assert not verifier.verify(shown.text, VISIT, BILLING).repeated


def test_the_replay_store_is_for_the_other_levels() -> None:
    w = enrolled()
    spy = ReplaySpy()
    verifier = w.asking(replay=spy)
    verifier.verify(answer(w, verifier.challenge(VISIT, [BILLING])).text, VISIT, BILLING)
    assert spy.calls == 0
    verifier.verify(w.holder.present(CODE, to=w.certificate()).text, VISIT)
    verifier.verify(w.present().text, VISIT)
    assert spy.calls == 2


def test_an_answer_is_accepted_whatever_the_clocks_say() -> None:
    """CHAL-3: an hour passes on the wall clock, ten seconds on the one that nobody can set."""
    w = enrolled()
    verifier = w.asking()
    shown = answer(w, verifier.challenge(VISIT, [BILLING]))
    w.clock.time += 3600
    w.stopwatch.seconds += 10
    seen = verifier.verify(shown.text, VISIT, BILLING)
    assert (seen.skew, seen.reasons) == (59 - 3600, ())


def test_a_restart_ends_all_challenges() -> None:
    w = enrolled()
    verifier = w.asking()
    shown = answer(w, verifier.challenge(VISIT, [BILLING]))
    w.stopwatch.era = b"boot 2"
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.CHALLENGE_EXPIRED


def test_a_person_may_decline_to_show_the_number() -> None:
    w = enrolled()
    verifier = w.asking()
    asked = verifier.challenge(VISIT, [BILLING], view=View.BILLING)
    seen = verifier.verify(answer(w, asked, view=View.MINIMAL).text, VISIT, BILLING)
    assert (seen.view, seen.card.nir, seen.sealed) == (View.MINIMAL, None, True)


@pytest.mark.parametrize("port", ["challenges", "stopwatch", "entropy"])
@pytest.mark.parametrize("error", [OSError("disk"), sqlite3.OperationalError("locked")], ids=repr)
def test_a_ports_failure_is_no_verdict_and_asks_nothing(port: str, error: Exception) -> None:
    """VERIFY-2."""
    w = enrolled()
    shown = answer(w, w.asking().challenge(VISIT, [BILLING]))

    class Failing:
        def _fail(self, *_: object) -> Any:
            raise error

        open = find = answer = drop_over = read = random = _fail

    if port != "entropy":  # it is asked when a terminal starts
        with pytest.raises(type(error)):
            w.desk(**{port: Failing()})
    desk = w.desk()
    setattr(desk, f"_{port}", Failing())
    failing = w.asking(terminal=desk)
    with pytest.raises(type(error)):
        failing.challenge("visit 2", [BILLING])
    if port != "entropy":
        with pytest.raises(type(error)):
            failing.verify(shown.text, VISIT, BILLING)
    assert not w.asking().verify(shown.text, VISIT, BILLING).repeated


def test_a_store_that_fails_after_it_wrote_is_no_verdict_either(tmp_path: Path) -> None:
    w = enrolled()
    with SqliteChallengeStore(tmp_path / "challenges.db") as store:
        verifier = w.asking(terminal=w.desk(challenges=store))
        asked = verifier.challenge(VISIT, [BILLING])
        first, second = answer(w, asked), answer(w, asked)

        class Lost:
            find, drop_over = store.find, store.drop_over

            def answer(self, *arguments: Any) -> AnswerOutcome:
                store.answer(*arguments)
                raise OSError("connection lost")

        with pytest.raises(OSError, match="lost"):
            w.asking(terminal=w.desk(challenges=Lost())).verify(first.text, VISIT, BILLING)
        assert refusal_of(verifier.verify, second.text, VISIT, BILLING) is Code.CHALLENGE_ANSWERED
        assert verifier.verify(first.text, VISIT, BILLING).repeated


# --- a relay, and what is left behind


def test_a_challenge_cannot_be_passed_on_under_another_name() -> None:
    """Somebody shows the pharmacy's challenge as their own: the phone's owner sees the pharmacy's name, or nothing at all."""
    w = enrolled()
    asked = w.asking().challenge(VISIT, [BILLING], transaction=TRANSACTION)
    item = forge.dec(asked.message)
    other = forge.certificate(w, forge.put((forge.TERMINAL, 5), "Taxi Martin"))
    changed = forge.enc([item[0], item[1], forge.enc(_renamed(forge.dec(item[2]), other)), item[3]])
    assert refusal_of(w.holder.review, forge.text(changed, "VTC1:"), w.trust) is Code.CHALLENGE_SIGNATURE
    assert w.holder.review(asked.text, w.trust).certificate.claims.name == "Pharmacie de la Gare, Lyon"


def _renamed(claims: Any, certificate: bytes) -> Any:
    claims[forge.CHALLENGE][1] = certificate
    return claims


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("event", ["asks", "starts", "answer"])
def test_the_film_of_today_is_not_read_with_the_terminal_of_tomorrow(event: str, restarted: bool) -> None:
    """SEAL-2: the secret of a challenge that is over, of whatever session, is gone when the terminal next has a reason."""
    w = enrolled()
    verifier: Verifier = w.asking(replay=MemoryReplayStore())
    asked = verifier.challenge(VISIT, [BILLING], view=View.BILLING)
    shown = answer(w, asked)
    verifier.verify(shown.text, VISIT, BILLING)
    w.stopwatch.seconds += 119
    w.desk()
    assert w.challenges.find(VISIT) is not None
    w.stopwatch.seconds += 1
    if restarted:
        w.stopwatch.era, w.stopwatch.seconds = b"boot 2", 3
    if event == "asks":
        verifier.challenge("visit 2", [BILLING])
    elif event == "starts":
        w.desk()
    else:
        assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.CHALLENGE_EXPIRED
    assert w.challenges.find(VISIT) is None
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.SEAL_UNKNOWN


def test_an_answer_that_is_not_sealed_finds_its_challenge_over_once_too() -> None:
    w = enrolled()
    verifier = w.asking()
    shown = answer(w, verifier.challenge(VISIT, [BILLING], sealed=False))
    w.stopwatch.seconds += 120
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.CHALLENGE_EXPIRED
    assert w.challenges.find(VISIT) is None
    assert refusal_of(verifier.verify, shown.text, VISIT, BILLING) is Code.CONTEXT_UNKNOWN


def test_whoever_shows_rubbish_to_a_challenge_that_is_over_deletes_it_too() -> None:
    w = enrolled()
    verifier = w.asking()
    verifier.challenge(VISIT, [BILLING])
    w.stopwatch.seconds += 120
    assert refusal_of(verifier.verify, forge.text(bytes(64), "VTS1:"), VISIT, BILLING) is Code.SEAL_BROKEN
    assert w.challenges.find(VISIT) is None
