"""How old is too old: each limit of a list's age to the second, the grade's reasons in their order (spec section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import forge
from tests.forge import CARD, put
from tests.world import DAY, NOW, World, enrolled
from vitaletoken import Code, Grade, InputError, Policy, Reason, UsageError, UserVerification, VerifiedPresentation
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.rules.snapshot import status_list_of, verify_snapshot
from vitaletoken.rules.status import verify_status_list
from vitaletoken.rules.trust import verify_trust_list

TTL, LIFETIME = DAY, 7 * DAY


@pytest.fixture(scope="module", params=["status list", "snapshot"])
def world(request: pytest.FixtureRequest) -> World:
    """V13 is the same for a status list's own times and for those of the snapshot that names it."""
    w = enrolled()
    listed = verify_status_list(w.issuer.publish_status_list(ttl=TTL, lifetime=LIFETIME), w.trust)
    if request.param == "snapshot":
        claims = forge.snapshot_claims({listed.number: listed.entries})
        listed = status_list_of(verify_snapshot(forge.snapshot(w, claims), w.trust, NOW, None), 0, listed.entries)
    w.status = MemoryStatus([listed])
    return w


def shown(
    w: World, now: int, card: forge.Edit | None = None, *, code: bool = True, **policy: Any
) -> VerifiedPresentation:
    """A presentation made and shown at ``now``."""
    options = {
        "environment": w.environment,
        "least_user_verification": UserVerification.NONE,
        "trust_notice": 0,
        **policy,
    }
    lasting = forge.both(put((4,), NOW + 365 * DAY), card)
    before, w.clock.time = w.clock.time, now
    try:
        message = forge.presentation(w, credential=forge.credential(w, lasting), code=code)
        return w.terminal(policy=Policy(**options), replay=MemoryReplayStore()).verify_message(message, "visit 1")
    finally:
        w.clock.time = before


def outcome(w: World, now: int, **policy: Any) -> Code | tuple[Reason, ...]:
    try:
        return shown(w, now, **policy).reasons
    except InputError as refused:
        return refused.code


OLD = (Reason.STATUS_LIST_OLD,)


@pytest.mark.parametrize(
    ("grace", "age", "expected"),
    [
        (None, TTL - 1, ()),
        (None, TTL, OLD),
        (None, LIFETIME - 1, OLD),
        (None, LIFETIME, Code.STATUS_EXPIRED),
        (0, TTL - 1, ()),
        (0, TTL, Code.STATUS_TOO_OLD),
        (2 * DAY, TTL, OLD),
        (2 * DAY, TTL + 2 * DAY - 1, OLD),
        (2 * DAY, TTL + 2 * DAY, Code.STATUS_TOO_OLD),
        (2 * DAY, LIFETIME, Code.STATUS_EXPIRED),
        (LIFETIME, LIFETIME - 1, OLD),
        (LIFETIME, LIFETIME, Code.STATUS_EXPIRED),
    ],
)
def test_ttl_then_grace_then_exp(grace: int | None, age: int, expected: object, world: World) -> None:
    assert outcome(world, NOW + age, status_grace=grace) == expected


def test_too_old_comes_before_what_the_list_says(world: World) -> None:
    """A list that is not believed does not revoke either: the advice is another one."""
    w = enrolled()
    w.issuer.revoke(w.card_id())
    w.publish(ttl=TTL)
    assert outcome(w, NOW + TTL - 1, status_grace=0) is Code.CARD_REVOKED
    assert outcome(w, NOW + TTL, status_grace=0) is Code.STATUS_TOO_OLD


@pytest.mark.parametrize(("notice", "ending"), [(DAY, True), (DAY - 1, False), (0, False)])
def test_a_trust_list_that_ends_is_reported(notice: int, ending: bool) -> None:
    w = enrolled()
    ends = w.signed_trust_list(w.trust_claims(exp=NOW + DAY))
    w.trust = verify_trust_list(ends, w.anchor, w.environment)
    assert outcome(w, NOW, trust_notice=notice) == ((Reason.TRUST_LIST_ENDING,) if ending else ())


@pytest.mark.parametrize(
    ("age", "days", "expected"),
    [
        (None, 900, ()),
        (30, 30, ()),
        (30, 31, (Reason.RIGHTS_OLD,)),
        (0, 0, ()),
        (0, 1, (Reason.RIGHTS_OLD,)),
        (0, -9, ()),
    ],
)
def test_rights_that_were_confirmed_long_ago(age: int | None, days: int, expected: object, world: World) -> None:
    seen = shown(world, NOW, put((CARD, 7), NOW // DAY - days), rights_age=age)
    assert seen.reasons == expected
    assert seen.grade is (Grade.DEGRADED if expected else Grade.FULL)


def test_the_reasons_stand_in_their_order() -> None:
    w = enrolled()
    ends = w.signed_trust_list(w.trust_claims(exp=NOW + 3 * DAY))
    w.trust = verify_trust_list(ends, w.anchor, w.environment)
    w.clock.time = NOW + 2 * DAY
    message = forge.presentation(w, credential=forge.credential(w, put((CARD, 7), 0)), code=False)
    w.clock.time += 200
    policy = Policy(
        environment=w.environment,
        least_user_verification=UserVerification.NONE,
        skew_limit=300,
        trust_notice=2 * DAY,
        rights_age=1,
    )
    seen = w.terminal(policy=policy, trust=FixedTrust(w.trust)).verify_message(message, "visit 1")
    assert seen.reasons == tuple(Reason)
    assert seen.grade is Grade.DEGRADED


@pytest.mark.parametrize("changes", [{"status_grace": -1}, {"trust_notice": -1}, {"rights_age": -1}], ids=str)
def test_a_span_below_zero_is_a_usage_error(changes: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Policy(**changes)  # type: ignore[arg-type]
    Policy(**dict.fromkeys(changes, 0))  # type: ignore[arg-type]
