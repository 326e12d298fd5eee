"""A wall clock that jumps by years, back and forth, at each step: nothing comes back, nothing is lost, no wait gets shorter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from tests.desk import FATHER, WRONG_CODE, Office, of
from tests.faults.files import status_lists, trust_lists
from tests.forge import put
from tests.lending import attempt, renewal
from tests.lending_codes import owner_of
from tests.nation import Nation, day, holds
from tests.world import CODE, DAY, ISSUER_ID, NOW, SeededEntropy, World, enrolled
from vitaletoken import Code, Environment, Holder, InputError, Purpose, UsageError
from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.files import FileTrust
from vitaletoken.adapters.memory import FixedTrust
from vitaletoken.adapters.register import SqliteRegister
from vitaletoken.adapters.sqlite import SqliteChallengeStore, SqliteReplayStore
from vitaletoken.adapters.status_files import FileStatus
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.adapters.wallet import SqliteWallet
from vitaletoken.card_press import CREDENTIAL_LIFETIME
from vitaletoken.crypto import labels
from vitaletoken.rules.application import State
from vitaletoken.rules.code import MAX_FAILED
from vitaletoken.rules.mail_code import MAX_TRIES
from vitaletoken.rules.mail_limit import MAX_MAILS
from vitaletoken.rules.updates import Concern
from vitaletoken.wire.registry import Status

YEARS: Final = 10 * 365 * DAY
JUMPS: Final = (-YEARS, -DAY, 0, DAY, YEARS)
BILLING: Final = Purpose.BILLING

Test = TypeVar("Test", bound=Callable[..., None])


def of_rows(*names: str) -> Callable[[Test], Test]:
    """The cells of the matrix that a test is."""

    def named(test: Test) -> Test:
        test.rows = names  # type: ignore[attr-defined]
        return test

    return named


def refusal_of(function: Callable[..., object], *arguments: Any) -> Code | None:
    try:
        function(*arguments)
    except InputError as refused:
        return refused.code
    return None


@of_rows("replay keys")
def test_no_jump_brings_a_qr_back(tmp_path: Path) -> None:
    """Other visits in between have the store forget what is over; with a floor or without."""
    w = enrolled()
    for number, jumps in enumerate(product(JUMPS, repeat=2)):
        with SqliteReplayStore(tmp_path / f"{number}.db") as replay:
            replay._database._connection.execute("PRAGMA synchronous=OFF")
            verifier = w.terminal(replay=replay)
            w.clock.time = NOW
            shown = w.present().text
            assert not verifier.verify(shown, "visit 1").repeated
            for jump in (*jumps, 0):
                w.clock.time = NOW + jump
                replay.insert(SeededEntropy(f"{jump}").random(24), "another", w.clock.time + 600, w.clock.time)
                assert refusal_of(verifier.verify, shown, "visit 2") is not None
            assert refusal_of(verifier.verify, shown, "visit 2") is Code.REPLAYED


@of_rows("challenges")
def test_the_wall_clock_decides_on_no_challenge(tmp_path: Path) -> None:
    """CHAL-3: it goes by a clock that nobody can set. A restart ends it, whatever the wall clock says then."""
    w = enrolled()
    for number, jump in enumerate(JUMPS):
        with SqliteChallengeStore(tmp_path / f"{number}.db") as challenges:
            verifier = w.asking(terminal=w.desk(challenges=challenges))
            asked = verifier.challenge("visit", [BILLING])
            asker = w.holder.review(asked.text, w.trust).asker
            first, second = (w.holder.present(CODE, to=asker).text for _ in range(2))
            w.stopwatch.seconds += 10
            assert not verifier.verify(first, "visit", BILLING).repeated
            w.clock.time = NOW + jump
            assert refusal_of(verifier.verify, second, "visit", BILLING) is not None
            w.clock.time = NOW
            assert refusal_of(verifier.verify, second, "visit", BILLING) is Code.CHALLENGE_ANSWERED
            w.stopwatch.era = b"boot %d" % (number + 2)
            assert refusal_of(verifier.verify, first, "visit", BILLING) is Code.CHALLENGE_EXPIRED


@of_rows("wallet")
def test_no_jump_gives_a_try_of_the_code_back(tmp_path: Path) -> None:
    """Ten derivations of wrong codes in all; each wait is waited for, by the latest time that was seen."""
    w = World()
    derived: list[int] = []
    prf = w.device_key.prf

    def counting(message: bytes) -> bytes:
        if message.startswith(labels.CODE_PRF):
            derived.append(w.clock.time)
        return prf(message)

    path = tmp_path / "wallet"
    with SqliteWallet(path, w.device_key, SeededEntropy("wallet")) as store:
        w.holder = Holder(w.device_key, store=store, clock=w.clock, entropy=w.entropy)
        w.enrol()
    w.device_key.prf = counting  # type: ignore[method-assign]
    answers = []
    for turn, jump in enumerate((0, 0, -YEARS, 0, DAY, -YEARS, YEARS, 0, *[YEARS + n * DAY for n in range(12)])):
        w.clock.time = NOW + jump
        with SqliteWallet(path, w.device_key, SeededEntropy(f"wallet {turn}")) as store:  # another process each time
            phone = Holder(w.device_key, store=store, clock=w.clock, entropy=w.entropy)
            answers.append(refusal_of(phone.present, "270518"))
    assert len(derived) == MAX_FAILED
    assert answers.count(Code.CODE_WRONG) == MAX_FAILED
    assert set(answers) == {Code.CODE_WRONG, Code.CODE_DELAYED, Code.CODE_LOCKED}
    waited = derived[3:]  # from the fourth on there is a wait
    assert waited == sorted(set(waited)), "never at an earlier time than one before"
    for jump in JUMPS:
        w.clock.time = NOW + jump
        with SqliteWallet(path, w.device_key, SeededEntropy("after")) as store:
            phone = Holder(w.device_key, store=store, clock=w.clock, entropy=w.entropy)
            assert refusal_of(phone.present, CODE) is Code.CODE_LOCKED


@of_rows("issuer's register")
def test_no_jump_takes_a_revocation_back_or_gives_a_renewal_more(tmp_path: Path) -> None:
    w = World()
    with SqliteRegister(tmp_path / "register.db") as register:
        w.register = w.issuer._press.register = register
        card, owner = w.enrol(), owner_of(w)
        messages = [renewal(card, owner, put((7,), n.to_bytes(16, "big"))) for n in range(9)]
        given = []
        for number, jump in zip(range(8), JUMPS * 2, strict=False):
            w.clock.time = NOW + jump
            attempt(w.issuer.renew, messages[number])  # refused where the clock is not that of the phone
            w.clock.time = NOW
            given.append(w.issuer.renew(messages[number]))
        assert attempt(w.issuer.renew, messages[8]) is Code.RENEWAL_THROTTLED
        for jump in JUMPS:
            w.clock.time = NOW + jump
            assert [w.issuer.renew(message) for message in messages[:7]] == given[:7], (
                "the same bytes, whatever the time"
            )
            newest = w.issuer.renew(messages[7])
            assert newest == given[7] or jump >= CREDENTIAL_LIFETIME, "made anew only where it has expired"
            given[7] = newest
            assert isinstance(attempt(w.issuer.renew, messages[8]), Code)
        for jump in JUMPS:
            w.clock.time = NOW + jump
            w.issuer.revoke(w.card().stock[0].claims.cti)
            assert list(register.statuses(0).values()) == [Status.REVOKED]
            assert attempt(w.issuer.renew, messages[0]) is Code.RENEWAL_CARD


@of_rows("issuer's applications")
def test_no_jump_opens_an_application_again(tmp_path: Path) -> None:
    for number, jump in enumerate(JUMPS):
        with SqliteApplications(tmp_path / f"{number}.db") as store:
            office = Office(store=store)
            old, new = office.requested(FATHER), office.requested(FATHER)
            for _ in range(MAX_TRIES):
                assert refusal_of(office.desk.confirm, new.id, WRONG_CODE) in (
                    Code.MAIL_CODE_WRONG,
                    Code.MAIL_CODE_USED_UP,
                )
            office.clock.time = NOW + YEARS
            office.desk.settle()
            office.clock.time = NOW + jump
            for each in (old, new):
                assert refusal_of(office.desk.confirm, each.id, office.code) is not None
                assert refusal_of(office.desk.send_code, each.id) is not None
                assert refusal_of(office.desk.identify, each.id, of(FATHER)) is not None
            assert office.desk.find(old.id).state is State.EXPIRED
            assert office.desk.find(new.id).state is State.MAIL_CODE_REFUSED
            assert office.desk.find(new.id).code.tries == MAX_TRIES


@of_rows("issuer's applications")
def test_no_jump_sends_an_e_mail_more(tmp_path: Path) -> None:
    """MAIL-2: what was counted is counted, wherever the clock goes in between and wherever it stands then."""
    for number, jumps in enumerate(product(JUMPS, repeat=2)):
        with SqliteApplications(tmp_path / f"{number}.db") as store:
            office = Office(store=store)
            office.clock.time = NOW
            for _ in range(MAX_MAILS):
                office.requested(FATHER)
            for jump in jumps:
                office.clock.time = NOW + jump
                office.desk.settle()
            office.clock.time = NOW
            phone = office.phone(FATHER)
            for back in (0, -DAY, -YEARS):
                office.clock.time = NOW + back
                assert refusal_of(office.desk.submit, phone.request, phone.offer) is Code.MAIL_CODE_THROTTLED
            assert len(office.mail.sent) == MAX_MAILS


@of_rows("status store")
@pytest.mark.parametrize("jump", JUMPS)
def test_an_update_at_any_time_loses_nothing(jump: int, tmp_path: Path) -> None:
    """And the floor goes with what was signed, never with this clock."""
    nation = Nation(tmp_path)
    nation.publish()
    (insurer,) = nation.insurers
    with nation.store() as store:
        nation.updater(store).update()
        before, floor = insurer.statuses(), nation.floor.read()
        assert holds(store, insurer)
        nation.clock.time += jump
        report = nation.updater(store).update()
        assert insurer.statuses() == before
        assert holds(store, insurer)
        assert nation.floor.read() == floor
        assert (Concern.CLOCK_BEHIND in report.concerns) == (jump < 0)
        nation.clock.time -= jump
        day(nation)
        nation.updater(store).update()
        assert holds(store, insurer)
        assert floor < nation.floor.read() <= nation.clock.time


@of_rows("trust anchor and archive", "time floor")
def test_a_trust_list_and_its_floor_outlast_every_jump(tmp_path: Path) -> None:
    """Set back, the clock is refused; set ahead, the list; set right, all is as before."""
    world, lists = trust_lists()
    FileTrust.pin(tmp_path, world.roots)
    floor = FileTimeFloor(tmp_path / "floor.cbor")
    trust = FileTrust(tmp_path, Environment.TEST, floor=floor)
    right = NOW + DAY
    trust.load(lists[1])
    world.clock.time = right
    world.enrol()
    verifier = world.terminal(trust=trust, floor=floor)
    seen = set()
    for number, (jump, again) in enumerate(product(JUMPS, repeat=2)):
        world.clock.time = right
        shown = world.present().text
        for back in (jump, again):
            world.clock.time = right + back
            seen.add((back < 0, back > 0, refusal_of(verifier.verify, shown, f"visit {number} {back}")))
            assert floor.read() == NOW + DAY
            assert FileTrust(tmp_path, Environment.TEST, floor=floor).current().claims.version == 1
        world.clock.time = right
        assert not world.terminal(trust=trust, floor=floor).verify(world.present().text, "visit").repeated
    behind = {code for is_behind, _, code in seen if is_behind}
    assert behind == {Code.CLOCK_BEHIND}
    assert None not in {code for _, is_ahead, code in seen if is_ahead}


@of_rows("status lists in files")
def test_a_list_taken_at_any_time_stays(tmp_path: Path) -> None:
    world, (first, second, third) = status_lists()
    for number, jump in enumerate(JUMPS):
        floor = FileTimeFloor(tmp_path / f"{number}.cbor")
        status = FileStatus(tmp_path / f"{number}", FixedTrust(world.trust), floor=floor)
        held = status.load(second, NOW + DAY)
        before = floor.read()
        now = NOW + DAY + jump
        if jump <= 0:
            with pytest.raises(UsageError, match="ahead of this clock"):
                status.load(third, now)
        else:
            held = status.load(third, now)
        with pytest.raises(UsageError, match=r"older than|ahead of"):
            status.load(first, now)
        found = status.find(ISSUER_ID, 0)
        assert found is not None
        assert found.iat == held.iat
        assert floor.read() == max(before, held.iat)
