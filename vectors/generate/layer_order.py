"""Layer `order`: section 14.2, steps L1 to L5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.double_form import Bounds, Layer, form_cases, other_nonce, range_cases, signature_cases
from vectors.generate.editing import Field
from vectors.generate.edwards import TORSION
from vectors.generate.expectations import CATEGORIES, PURPOSES, named
from vectors.generate.fixtures import (
    CARD_CAMILLE,
    CARD_ELISE,
    CARD_ZOE,
    DAY,
    END_OF_TIME,
    NOW,
    REQUEST_1,
)
from vectors.generate.keys import CODE_1, CODE_2, OTHER_CODE, OTHER_PHONE_1, PHONE_1, PHONE_2, DeviceKey, Ed25519Key
from vectors.generate.lending import (
    CARD_LENT_1,
    DELEGATE_1,
    DELEGATE_2,
    DELEGATE_CODE_1,
    DELEGATE_CODE_2,
    INTRODUCTION,
    INTRODUCTION_1,
    INTRODUCTION_2,
    ORDER,
    introduction,
    order_claims,
)
from vectors.generate.messages import sha256

INTRODUCED = INTRODUCTION_1.encode()
MONTH = 2592000


def order(
    card: bytes = CARD_CAMILLE,
    introduced: bytes = INTRODUCED,
    device: DeviceKey = PHONE_1,
    code: Ed25519Key = CODE_1,
    **terms: Any,
) -> Double:
    """Section 14.2."""
    return Double("order", order_claims(card, introduced, **terms), device, code, card)


GOOD = order()
FULL = order(categories=(2, 3))
ORDER_2 = order(CARD_ZOE, INTRODUCED, PHONE_2, CODE_2)
ZOES: dict[str, Json] = {"credential": CARD_ZOE.hex()}
IAT: int = order_claims(CARD_CAMILLE, INTRODUCED)[6]


def _given(data: bytes) -> dict[str, Json]:
    return {"bytes": data.hex(), "credential": CARD_CAMILLE.hex(), "introduction": INTRODUCED.hex(), "now": NOW}


LAYER = Layer(
    "order",
    _given,
    {
        "order-structure": "L1",
        "order-card": "L2",
        "order-signature": "L3",
        "order-introduction": "L4",
        "order-time": "L5",
    },
    "suite-1",
)
SECOND = replace(LAYER, given=lambda data: {**_given(data), **ZOES}, base="suite-2")
FIELDS = (
    Field("iat", (6,)),
    Field("nonce", (7,)),
    Field("order", (ORDER,)),
    Field("card-digest", (ORDER, 1)),
    Field("introduction-digest", (ORDER, 2)),
    Field("until", (ORDER, 3)),
    Field("purposes", (ORDER, 4)),
    Field("purpose", (ORDER, 4, 0), None),
    Field("categories", (ORDER, 5), False),
    Field("category", (ORDER, 5, 0), None),
)
# fmt: off
BOUNDS: Bounds = (
    ((6,), "iat", (), (-1, END_OF_TIME + 1)),
    ((7,), "nonce", (bytes(16),), (b"", bytes(8), bytes(15), bytes(17))),
    ((ORDER, 1), "card-digest", (), (b"", bytes(31), bytes(33))),
    ((ORDER, 2), "introduction-digest", (), (b"", bytes(31), bytes(33))),
    ((ORDER, 3), "until", (), (-1, END_OF_TIME + 1)),
    ((ORDER, 4), "purposes", ([1], [5], [1, 2, 3, 4, 5]), ([], [0], [6], [1, 2, 3, 4, 5, 6], [3, 1], [1, 1])),
    ((ORDER, 5), "categories", ([1], [8], [1, 2, 3, 4, 5, 6, 7, 8]),
     ([], [0], [9], [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 2], [2, 2])),
)
# fmt: on


def _ok(message: Double) -> dict[str, Json]:
    claims: Any = message.claims
    what = claims[ORDER]
    return {
        "until": what[3],
        "purposes": named(PURPOSES, what[4]),
        "categories": named(CATEGORIES, what.get(5)),
    }


def lending_order_cases() -> Iterator[Case]:
    """Accepted, then each step, then their order."""
    rules = ("L1", "L2", "L3", "L4", "L5")
    second: dict[str, Json] = {"introduction": INTRODUCTION_2.encode().hex()}
    crossed = order(introduced=INTRODUCTION_2.encode())
    crossed_2 = order(CARD_ZOE, INTRODUCTION_2.encode(), PHONE_2, CODE_2)
    for slug, message, comment, other in (
        ("suite-1", GOOD, "an order for 20 days", {}),
        ("suite-1-to-2", crossed, "to a phone with a P-256 key", second),
        ("suite-2", ORDER_2, "by a phone with a P-256 key", ZOES),
        ("suite-2-to-2", crossed_2, "from and to phones with P-256 keys", {**ZOES, **second}),
        ("categories", FULL, "at pharmacies and hospitals only", {}),
    ):
        yield LAYER.accepted(slug, comment, message, _ok(message), rules=rules, stages=message.stages(), inputs=other)
    drawn = other_nonce(ORDER_2)
    yield LAYER.accepted(
        "drawn-nonce", "a P-256 signature with another nonce", drawn, _ok(drawn), rules=("L3",), inputs=ZOES
    )
    yield from form_cases(LAYER, "order-structure", FULL, FIELDS, base="categories")
    yield from range_cases(LAYER, "order-structure", GOOD, BOUNDS, _ok)
    long = GOOD.having((99,), bytes(768))
    yield LAYER.refused("order-structure/oversized", "more than 768 bytes", long, "limit", rules=("CBOR-5",))
    yield from _cards()
    yield from signature_cases(LAYER, "order-signature", GOOD, SECOND, ORDER_2)
    for slug, comment, changed in (
        ("delegate", "signed by the delegate's keys", replace(GOOD, device=DELEGATE_1, code=DELEGATE_CODE_1)),
        ("other-card-aad", "external_aad of the child's card", replace(GOOD, about=CARD_ELISE)),
    ):
        yield LAYER.refused(f"order-signature/{slug}", comment, changed, rules=("COSE-5",))
    yield from _introductions()
    yield from _time()
    yield from _order()


def _cards() -> Iterator[Case]:
    for slug, comment, message in (
        ("other-card", "an order for the child's card, with the same keys", order(CARD_ELISE)),
        ("other-person", "an order for another person's card", order(CARD_ZOE)),
        ("zeros", "a digest of zeros", GOOD.having((ORDER, 1), bytes(32))),
    ):
        yield LAYER.refused(f"order-card/{slug}", comment, message)
    onward = order(CARD_LENT_1, INTRODUCTION_2.encode(), DELEGATE_1, DELEGATE_CODE_1)
    yield LAYER.refused(
        "order-card/lent",
        "a card lent through the issuer is not lent on",
        onward,
        rules=("GRANT-2",),
        inputs={"credential": CARD_LENT_1.hex(), "introduction": INTRODUCTION_2.encode().hex()},
    )


def _introduced(message: Double | bytes) -> tuple[Double, dict[str, Json]]:
    """An order that names this introduction, and the inputs that give it."""
    data = message if isinstance(message, bytes) else message.encode()
    return order(introduced=data), {"introduction": data.hex()}


def _introductions() -> Iterator[Case]:
    code = "order-introduction"
    other = introduction(OTHER_PHONE_1, OTHER_CODE)
    yield LAYER.refused(
        f"{code}/other", "another phone's introduction", GOOD, inputs={"introduction": other.encode().hex()}
    )
    yield LAYER.refused(
        f"{code}/digest", "the digest is of another introduction", GOOD.having((ORDER, 2), sha256(other.encode()))
    )
    again = INTRODUCTION_1.having((6,), NOW - 61).encode()
    yield LAYER.refused(
        f"{code}/earlier",
        "the same phone's introduction of a second before",
        GOOD,
        inputs={"introduction": again.hex()},
    )
    rows: tuple[tuple[str, str, str, Double | bytes], ...] = (
        ("unknown-key", "I2", "a key that is not listed", INTRODUCTION_1.having((99,), 0)),
        ("nothing", "I2", "no byte", b""),
        ("request", "I2", "an enrolment request", REQUEST_1.encode()),
        ("name-empty", "I2", "an empty name", INTRODUCTION_1.having((INTRODUCTION, 2), "")),
        ("small-order", "I3", "a code key of order 8", INTRODUCTION_1.having((INTRODUCTION, 1), TORSION[0].encode())),
        ("same-key", "I3", "one key twice",
         replace(INTRODUCTION_1, code=DELEGATE_1).having((INTRODUCTION, 1), DELEGATE_1.public)),
        ("device-zeros", "I4", "device layer: 64 zero bytes", replace(INTRODUCTION_1, at_device={"signature": bytes(64)})),
        ("code-zeros", "I4", "code layer: 64 zero bytes", replace(INTRODUCTION_1, at_code={"signature": bytes(64)})),
        ("name-exchanged", "I4", "the name exchanged after signing",
         replace(INTRODUCTION_1.having((INTRODUCTION, 2), "Camille"),
                 at_device={"signature": INTRODUCTION_1.device_layer.parts[3]})),
        ("own-device", "L4", "the card's device key", introduction(PHONE_1, DELEGATE_CODE_1)),
        ("own-code", "L4", "the card's code key", introduction(DELEGATE_1, CODE_1)),
        ("own-code-p256", "L4", "the card's code key, with a P-256 device key", introduction(DELEGATE_2, CODE_1)),
        ("device-as-code", "L4", "the card's device key as code key", introduction(DELEGATE_2, PHONE_1)),
        ("code-as-device", "L4", "the card's code key as device key", introduction(CODE_1, DELEGATE_CODE_2)),
        ("own", "L4", "the introduction of the card's own phone", introduction(PHONE_1, CODE_1)),
    )  # fmt: skip
    for slug, rule, comment, message in rows:
        ordered, inputs = _introduced(message)
        yield LAYER.refused(f"{code}/{slug}", f"the introduction: {comment}", ordered, rules=(rule,), inputs=inputs)
    old = INTRODUCTION_1.having((6,), NOW - DAY)
    ordered, inputs = _introduced(old)
    comment = "the introduction is of yesterday: I5 is not asked again"
    yield LAYER.accepted("old-introduction", comment, ordered, _ok(ordered), "clock", rules=("L4",), inputs=inputs)


def _time() -> Iterator[Case]:
    code = "order-time"
    rules = ("L5", "TIME-1")
    for slug, now, comment in (
        ("300-after", IAT + 300, "300 seconds after iat"),
        ("300-before", IAT - 300, "300 seconds before iat"),
    ):
        yield LAYER.accepted(slug, comment, GOOD, _ok(GOOD), "boundary", rules=rules, inputs={"now": now})
    for slug, now, comment, base in (
        ("301-after", IAT + 301, "301 seconds after iat", "300-after"),
        ("301-before", IAT - 301, "301 seconds before iat", "300-before"),
        ("next-day", NOW + DAY, "a day later", "300-after"),
    ):
        yield LAYER.refused(
            f"{code}/{slug}", comment, GOOD, "boundary", rules=rules[1:], base=base, inputs={"now": now}
        )
    for slug, until, now, comment in (
        ("30-days", IAT + MONTH, NOW, "until is 2,592,000 seconds after iat"),
        ("until-next-second", NOW + 1, NOW, "until is the second after now"),
        ("until-after-iat", IAT + 1, IAT - 60, "until is one second after iat, which is ahead"),
    ):
        message = order(until=until)
        yield LAYER.accepted(slug, comment, message, _ok(message), "boundary", rules=rules, inputs={"now": now})
    for slug, until, now, comment, base in (
        ("30-days-and-one-second", IAT + MONTH + 1, NOW, "until is 2,592,001 seconds after iat", "30-days"),
        ("until-now", NOW, NOW, "until is now", "until-next-second"),
        ("until-iat", IAT, IAT - 60, "until is iat, which is ahead", "until-after-iat"),
        ("until-before-iat", IAT - 1, IAT - 60, "until is before iat, which is ahead", "until-after-iat"),
        ("until-past", NOW - DAY, NOW, "until is past", "until-next-second"),
    ):
        yield LAYER.refused(
            f"{code}/{slug}", comment, order(until=until), "boundary", rules=rules[1:], base=base, inputs={"now": now}
        )


def _order() -> Iterator[Case]:
    late: dict[str, Json] = {"now": NOW + DAY}
    other: dict[str, Json] = {"introduction": INTRODUCTION_2.encode().hex()}
    zeros = replace(GOOD, at_code={"signature": bytes(64)})
    for slug, comment, message, inputs in (
        ("order-structure/order-then-card", "a key that is not listed, and the digest of another card",
         order(CARD_ELISE).having((99,), 0), {}),
        ("order-card/order-then-signature", "the digest of another card, and a signature of zeros",
         zeros.having((ORDER, 1), bytes(32)), {}),
        ("order-card/order-then-introduction", "the digest of another card, and another introduction",
         order(CARD_ELISE), other),
        ("order-signature/order-then-introduction", "a signature of zeros, and another introduction", zeros, other),
        ("order-introduction/order-then-time", "another introduction, a day later", GOOD, {**other, **late}),
        ("order-signature/order-then-time", "a signature of zeros, a day later", zeros, late),
    ):  # fmt: skip
        yield LAYER.refused(slug, f"two faults: {comment}", message, "order", rules=("VERIFY-1",), inputs=inputs)
