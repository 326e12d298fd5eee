"""Layer `introduction`: section 14.1, steps I1 to I5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import edwards, p256
from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.double_form import Bounds, Layer, form_cases, other_nonce, range_cases, signature_cases
from vectors.generate.editing import Field
from vectors.generate.edwards import TORSION
from vectors.generate.encoder import encode, text_of
from vectors.generate.fixtures import END_OF_TIME, NOW, REQUEST_1
from vectors.generate.keys import OTHER_CODE, OTHER_PHONE_1, OTHER_PHONE_2, ed25519_cose, p256_cose
from vectors.generate.lending import (
    DELEGATE_1,
    INTRODUCTION,
    INTRODUCTION_1,
    INTRODUCTION_2,
    introduction,
)
from vectors.generate.text_faults import text_faults

LAYER = Layer(
    "introduction",
    lambda data: {"text": text_of(data, "VTI1:"), "now": NOW},
    {
        "introduction-text": "I1",
        "introduction-structure": "I2",
        "introduction-key": "I3",
        "introduction-signature": "I4",
        "introduction-time": "I5",
    },
    "suite-1",
)
FIELDS = (
    Field("iat", (6,)),
    Field("cnf", (8,)),
    Field("device-key", (8, 1)),
    Field("device-key-kty", (8, 1, 1)),
    Field("device-key-alg", (8, 1, 3)),
    Field("device-key-crv", (8, 1, -1)),
    Field("device-key-x", (8, 1, -2)),
    Field("introduction", (INTRODUCTION,)),
    Field("code-key", (INTRODUCTION, 1)),
    Field("name", (INTRODUCTION, 2)),
)
BOUNDS: Bounds = (
    ((6,), "iat", (), (-1, END_OF_TIME + 1)),
    ((8, 1, -2), "device-key-x", (), (b"", bytes(31), bytes(33))),
    ((INTRODUCTION, 1), "code-key", (), (b"", bytes(31), bytes(33))),
    ((INTRODUCTION, 2), "name", ("N", "x" * 64, "é" * 32, "李"), ("", "x" * 65, "é" * 32 + "x", "é" * 64)),
)


def ok(message: Double) -> dict[str, Json]:
    """What an accepted introduction says."""
    claims: dict[int, dict[int, Json]] = message.claims  # type: ignore[assignment]
    return {
        "device_key": encode(message.device.cose).hex(),
        "code_key": message.code.public.hex(),
        "name": claims[INTRODUCTION][2],
    }


def introduction_cases() -> Iterator[Case]:
    """Accepted, then each step, then their order."""
    good = INTRODUCTION_1
    rules = ("I1", "I2", "I3", "I4", "I5")
    for slug, message, comment in (
        ("suite-1", INTRODUCTION_1, "an introduction"),
        ("suite-2", INTRODUCTION_2, "the same by a phone with a P-256 key"),
    ):
        yield LAYER.accepted(slug, comment, message, ok(message), rules=rules, stages=message.stages())
    drawn = other_nonce(INTRODUCTION_2)
    yield LAYER.accepted("drawn-nonce", "a P-256 signature with another nonce", drawn, ok(drawn), rules=("I4",))
    for slug, comment, text, rule in text_faults(text_of(good.encode(), "VTI1:"), "VTI1:"):
        yield LAYER.refused(f"introduction-text/{slug}", comment, good, rules=(rule,), inputs={"text": text})
    yield from form_cases(LAYER, "introduction-structure", good, FIELDS)
    yield from range_cases(LAYER, "introduction-structure", good, BOUNDS, ok)
    yield from _form(good)
    yield from _keys(good)
    yield from signature_cases(LAYER, "introduction-signature", good, replace(LAYER, base="suite-2"), INTRODUCTION_2)
    yield from _exchanged(good)
    yield from _time(good)
    yield from _order(good)


def _form(good: Double) -> Iterator[Case]:
    code = "introduction-structure"
    for slug, name in (("override", "\u202eNoé"), ("line-feed", "Noé\n"), ("nul", "Noé\0"), ("isolate", "\u2066Noé")):
        changed = good.having((INTRODUCTION, 2), name)
        yield LAYER.refused(f"{code}/name-{slug}", f"a name with a {slug}", changed, "injection", rules=("CBOR-4",))
    for slug, data, comment in (
        ("request", REQUEST_1.encode(), "an enrolment request"),
        ("oversized", good.having((99,), bytes(512)).encode(), "more than 512 bytes"),
    ):
        yield LAYER.refused(f"{code}/message-{slug}", f"the message is {comment}", data, rules=("CBOR-6",))


def _keys(good: Double) -> Iterator[Case]:
    code = "introduction-key"
    mixed = (edwards.secret_scalar(DELEGATE_1.seed) * edwards.B + TORSION[0]).encode()
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None).to_bytes(32, "little")
    for slug, x, comment in (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed", mixed, "a point of order 8 L"),
        ("off-curve", off_curve, "no point"),
        ("not-canonical", (edwards.P + 1).to_bytes(32, "little"), "the identity, its y as p + 1"),
    ):
        for name, changed in (
            ("device", good.having((8, 1), ed25519_cose(x))),
            ("code", good.having((INTRODUCTION, 1), x)),
        ):
            comment_2 = f"the {name} key is {comment}"
            yield LAYER.refused(f"{code}/{name}-{slug}", comment_2, changed, "edge-key", rules=("KEY-2",))
    no_x = next(x for x in range(1, 100) if not p256.is_x_of_a_point(x))
    for slug, number, comment in (("off-curve", no_x, "an x of no point"), ("x-is-p", p256.P, "x = p")):
        changed = INTRODUCTION_2.having((8, 1), p256_cose(number.to_bytes(32, "big"), False))
        yield LAYER.refused(
            f"{code}/p256-{slug}",
            f"the device key has {comment}",
            changed,
            "edge-key",
            rules=("KEY-2",),
            base="suite-2",
        )
    same = replace(good, code=DELEGATE_1).having((INTRODUCTION, 1), DELEGATE_1.public)
    yield LAYER.refused(f"{code}/same", "device key and code key are the same; both signatures verify", same)


def _exchanged(good: Double) -> Iterator[Case]:
    code = "introduction-signature"
    signature, inner = good.device_layer.parts[3], good.code_layer.parts[3]
    for slug, comment, changed in (
        ("cnf-other", "cnf is another phone's key", good.having((8, 1), OTHER_PHONE_1.cose)),
        ("code-key-other", "the code key is another phone's", good.having((INTRODUCTION, 1), OTHER_CODE.public)),
        ("name-changed", "the name exchanged after signing: both signatures are of the good one",
         replace(good.having((INTRODUCTION, 2), "Camille Martin"), at_device={"signature": signature},
                 at_code={"signature": inner})),
        ("name-changed-by-device", "the name exchanged by whoever has the unlocked phone, without the code",
         replace(good.having((INTRODUCTION, 2), "Camille Martin"), at_code={"signature": inner})),
        ("code-layer-of-other", "the code layer of another phone's introduction",
         replace(good, at_device={"payload": introduction(OTHER_PHONE_1, OTHER_CODE).code_layer.encode()})),
    ):  # fmt: skip
        yield LAYER.refused(f"{code}/{slug}", comment, changed, rules=("COSE-5",))
    other = INTRODUCTION_2.having((8, 1), OTHER_PHONE_2.cose)
    yield LAYER.refused(f"{code}/p256-cnf-other", "cnf is another phone's P-256 key", other, base="suite-2")


def _time(good: Double) -> Iterator[Case]:
    code = "introduction-time"
    iat = NOW - 60
    for slug, now, comment in (
        ("300-before", iat - 300, "300 seconds before iat"),
        ("at-iat", iat, "the second of iat"),
        ("last-second", iat + 599, "599 seconds after iat"),
    ):
        rules = ("I5", "TIME-1")
        yield LAYER.accepted(slug, comment, good, ok(good), "boundary", rules=rules, inputs={"now": now})
    for slug, now, comment, base in (
        ("301-before", iat - 301, "301 seconds before iat", "300-before"),
        ("600-after", iat + 600, "600 seconds after iat", "last-second"),
    ):
        yield LAYER.refused(
            f"{code}/{slug}", comment, good, "boundary", rules=("TIME-1",), base=base, inputs={"now": now}
        )
    yield LAYER.refused(
        f"{code}/next-day", "a day later", good, "clock", base="last-second", inputs={"now": NOW + 86400}
    )
    yield LAYER.refused(
        f"{code}/day-before", "a day before", good, "clock", base="300-before", inputs={"now": NOW - 86400}
    )
    for slug, iat, now, comment in (
        ("iat-0", 0, 0, "the first second that there is"),
        ("iat-greatest", END_OF_TIME, END_OF_TIME, "the last second that there is"),
    ):
        message = good.having((6,), iat)
        yield LAYER.accepted(
            slug, comment, message, ok(message), "boundary", "range", rules=("I2", "I5"), inputs={"now": now}
        )


def _order(good: Double) -> Iterator[Case]:
    same = replace(good, code=DELEGATE_1).having((INTRODUCTION, 1), DELEGATE_1.public)
    zeros = replace(good, at_code={"signature": bytes(64)})
    late: dict[str, Json] = {"now": NOW + 86400}
    text = text_of(good.having((99,), 0).encode(), "VTI2:")
    other: dict[str, Json] = {"text": text}
    for slug, comment, message, inputs in (
        ("introduction-text/order-then-structure", "another version, and a key that is not listed", good, other),
        ("introduction-structure/order-then-key", "a key that is not listed, and one key twice", same.having((99,), 0), {}),
        ("introduction-structure/order-then-time", "a key that is not listed, a day later", good.having((99,), 0), late),
        ("introduction-key/order-then-signature", "one key twice, and a signature of zeros",
         replace(same, at_device={"signature": bytes(64)}), {}),
        ("introduction-key/order-then-time", "one key twice, a day later", same, late),
        ("introduction-signature/order-then-time", "a signature of zeros, a day later", zeros, late),
    ):  # fmt: skip
        yield LAYER.refused(slug, f"two faults: {comment}", message, "order", rules=("VERIFY-1",), inputs=inputs)
