"""Layer `scenario`: what the replay store has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CTI_1,
    ELISE,
    EXP,
    IAT,
    NOW,
    ZOE,
    shown_claims,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import PHONE_2, OtherNonce, derive
from vectors.generate.scenario_case import DEVICE_ONLY, OTHER, REPEATED, made_at, scenario, visit_number
from vectors.generate.visit import CHILD, NO_CODE, SUITE_1, SUITE_2


def replay_cases() -> Iterator[Case]:
    yield scenario(
        "same-session",
        ("V15", "REPLAY-3"),
        "scanned twice at one desk",
        [(SUITE_1, result()), (SUITE_1, REPEATED)],
        "replay",
    )
    yield scenario(
        "same-session-thrice",
        ("V15", "REPLAY-3"),
        "and a third time, five seconds later",
        [(SUITE_1, result()), (SUITE_1, REPEATED), (replace(SUITE_1, now=NOW + 5), REPEATED)],
        "replay",
    )
    yield scenario(
        "other-session",
        ("V15", "REPLAY-1"),
        "shown again in another session",
        [(SUITE_1, result()), (OTHER, "replayed")],
        "replay",
    )
    yield scenario(
        "first-session-keeps",
        ("V15", "REPLAY-3"),
        "after a refusal in another session the first one still holds",
        [(SUITE_1, result()), (OTHER, "replayed"), (SUITE_1, REPEATED), (OTHER, "replayed")],
        "replay",
    )
    yield scenario(
        "session-case",
        ("V15", "REPLAY-3"),
        "a session's name is compared byte for byte",
        [
            (SUITE_1, result()),
            (replace(SUITE_1, session="S-1"), "replayed"),
            (replace(SUITE_1, session="s-1 "), "replayed"),
        ],
        "replay",
    )
    yield scenario(
        "two-visits",
        ("V15", "REPLAY-1"),
        "two presentations of one card in two sessions",
        [(SUITE_1, result()), (visit_number(1), result(counter=43))],
        "replay",
    )
    yield scenario(
        "two-visits-one-session",
        ("V15", "REPLAY-3"),
        "two presentations of one card in one session: neither is a repetition",
        [(SUITE_1, result()), (replace(visit_number(1), session="s-1"), result(counter=43))],
        "replay",
    )
    yield scenario(
        "same-cti-other-card",
        ("V15", "REPLAY-1"),
        "two cards that drew one cti are two keys",
        [(SUITE_1, result()), (replace(CHILD, session="s-2"), result(ELISE))],
        "replay",
    )
    other_cti = replace(SUITE_2, claims=shown_claims(CTI_1), session="s-2")
    yield scenario(
        "same-cti-other-suite",
        ("V15", "REPLAY-1"),
        "the same, on a phone of the other suite",
        [(SUITE_1, result()), (other_cti, result(ZOE))],
        "replay",
    )


def other_bytes_cases() -> Iterator[Case]:
    """What must be one replay key although the bytes differ."""
    nonces = [int.from_bytes(derive("scenario/other-nonce", str(number)), "big") for number in range(2)]
    first, second = (replace(SUITE_2, at_device={"signer": OtherNonce(PHONE_2, nonce)}) for nonce in nonces)
    yield scenario(
        "other-signature-other-session",
        ("V15", "REPLAY-1", "SIG-2"),
        "two valid P-256 signatures over one presentation",
        [(first, result(ZOE)), (replace(second, session="s-2"), "replayed")],
        "replay",
        "malleability",
    )
    yield scenario(
        "other-signature-same-session",
        ("V15", "REPLAY-1", "REPLAY-3"),
        "the same at one desk",
        [(first, result(ZOE)), (second, result(ZOE, repeated=True))],
        "replay",
        "malleability",
    )
    counted = SUITE_1.with_claims((-65538, 3), 43)
    yield scenario(
        "same-cti-other-claims",
        ("V15", "REPLAY-1"),
        "the phone signed the same cti again, with another counter and window",
        [(SUITE_1, result()), (replace(counted.at_times(IAT, EXP + 5), session="s-2"), "replayed")],
        "replay",
    )
    yield scenario(
        "same-cti-other-claims-same-session",
        ("V15", "REPLAY-1", "REPLAY-3"),
        "the same at one desk: what it says now is reported",
        [(SUITE_1, result()), (counted, result(counter=43, repeated=True))],
        "replay",
    )
    yield scenario(
        "same-cti-without-code",
        ("V15", "REPLAY-1"),
        "the phone signed the same cti with and without the code",
        [(NO_CODE, DEVICE_ONLY), (OTHER, "replayed")],
        "replay",
    )


def refusal_cases() -> Iterator[Case]:
    """A refused scan burns nothing; and what is refused earlier is refused for that reason."""
    for slug, bad, code in (
        ("status-unavailable", replace(SUITE_1, status=()), "status-unavailable"),
        ("policy", replace(SUITE_1, least_binding="audience"), "binding-too-weak"),
        ("early", replace(SUITE_1, now=IAT - 61), "presentation-not-yet-valid"),
        ("broken", replace(SUITE_1, at_device={"signature": bytes(64)}), "device-signature"),
        (
            "environment",
            replace(SUITE_1, environment="test", trust=signed_trust({**trust_claims(), 4: 1})),
            "wrong-environment",
        ),
    ):
        yield scenario(
            f"burns-nothing/{slug}",
            ("V15", "REPLAY-2"),
            f"refused once ({code}), then accepted in another session",
            [(bad, code), (OTHER, result())],
            "replay",
        )
    yield scenario(
        "expired-before-replayed",
        ("V12", "VERIFY-1"),
        "shown again after its window: the time decides",
        [(SUITE_1, result()), (replace(OTHER, now=EXP + 60), "presentation-expired")],
        "order",
        "replay",
    )
    weak = replace(NO_CODE, session="s-2", least_verification="code")
    yield scenario(
        "policy-before-replayed",
        ("V14", "VERIFY-1"),
        "shown again where the policy asks for more: the policy decides",
        [(NO_CODE, DEVICE_ONLY), (weak, "user-verification-too-weak")],
        "order",
        "replay",
    )


def capacity_cases() -> Iterator[Case]:
    one, two, three = (visit_number(number) for number in (1, 2, 3))
    first, second = result(counter=43), result(counter=44)
    yield scenario(
        "store-full",
        ("V15", "REPLAY-2"),
        "room for one key, two presentations",
        [(one, first), (two, "replay-store-full")],
        "replay",
        capacity=1,
    )
    yield scenario(
        "store-full-at-two",
        ("V15", "REPLAY-2"),
        "room for two keys, three presentations",
        [(one, first), (two, second), (three, "replay-store-full")],
        "replay",
        "boundary",
        capacity=2,
    )
    yield scenario(
        "store-of-nothing",
        ("V15", "REPLAY-2"),
        "no room at all",
        [(one, "replay-store-full")],
        "replay",
        "boundary",
        capacity=0,
    )
    yield scenario(
        "full-and-repeated",
        ("V15", "REPLAY-3"),
        "full, but the key is kept already: the same session goes on",
        [(one, first), (two, "replay-store-full"), (one, result(counter=43, repeated=True))],
        "replay",
        capacity=1,
    )
    yield scenario(
        "full-and-replayed",
        ("V15", "VERIFY-1"),
        "full, and the key is known from another session: replayed comes first",
        [(one, first), (replace(one, session="s-9"), "replayed")],
        "order",
        "replay",
        capacity=1,
    )
    yield scenario(
        "full-burns-nothing",
        ("V15", "REPLAY-2"),
        "what found no room in one store was not recorded: it goes once there is room",
        [(one, first), (two, "replay-store-full"), (made_at(two, EXP + 300), second)],
        "replay",
        "clock",
        capacity=1,
    )
    for slug, now, outcome in (("kept", EXP + 299, "replay-store-full"), ("given-up", EXP + 300, second)):
        yield scenario(
            f"key-{slug}",
            ("V15", "REPLAY-2", "TIME-1"),
            f"the first key is kept until exp + 300; now is {now - EXP} after exp",
            [(one, first), (made_at(two, now), outcome)],
            "replay",
            "boundary",
            "clock",
            capacity=1,
        )
    yield scenario(
        "other-skew-limit",
        ("V15", "REPLAY-2"),
        "accepted where the limit is 60, shown 100 seconds after exp where it is 300, with one store: the key is still kept",
        [(SUITE_1, result()), (replace(SUITE_1, now=EXP + 100, session="s-2", skew_limit=300), "replayed")],
        "replay",
        "clock",
    )
    again = made_at(one, NOW + 30)
    yield scenario(
        "key-kept-longer",
        ("V15", "REPLAY-2"),
        "one cti signed twice, accepted twice in one session: the key is kept until the later end",
        [
            (one, first),
            (again, result(counter=43, repeated=True)),
            (made_at(two, EXP + 300), "replay-store-full"),
        ],
        "replay",
        "clock",
        capacity=1,
    )
