"""Layer `grant`: section 14.3, steps G1 to G4: what the delegate's phone asks of a card and a grant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.double_form import form_cases, other_nonce, range_cases, signature_cases
from vectors.generate.encoder import encode
from vectors.generate.fixtures import CAMILLE, CARD_CAMILLE, CARD_ELISE, CARD_ZOE, DAY, NOW, TRUST_TEST, trusted
from vectors.generate.grant_card import card_cases
from vectors.generate.grant_case import BOUNDS, FIELDS, LAYER, base_id, given, ok
from vectors.generate.grant_order import order_cases
from vectors.generate.grant_text import text_cases
from vectors.generate.keys import (
    CNAM_CARDS,
    CODE_1,
    CODE_2,
    OTHER_CODE,
    OTHER_PHONE_1,
    PHONE_1,
    PHONE_2,
)
from vectors.generate.lending import (
    CARD_LENT_1,
    DELEGATE_1,
    DELEGATE_2,
    DELEGATE_CODE_1,
    DELEGATE_CODE_2,
    DELEGATES,
    GRANT,
    GRANT_1,
    GRANT_IAT,
    GRANTORS,
    grant,
    grant_claims,
    lent,
)
from vectors.generate.messages import aad, credential, sha256
from vectors.generate.terminals import CAMILLE_BILLING

AT_PLACES = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1, (3,), (2, 3)))


def grant_cases() -> Iterator[Case]:
    """Accepted, then each step, then their order."""
    yield from _accepted()
    yield from text_cases()
    yield from card_cases()
    good = GRANT_1
    yield from form_cases(LAYER, "grant-structure", AT_PLACES, FIELDS, base="categories")
    yield from range_cases(LAYER, "grant-structure", good, BOUNDS, ok)
    yield from _form(good)
    second = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1), CARD_ZOE, PHONE_2, CODE_2)
    zoes = replace(LAYER, given=lambda data: given(data, CARD_ZOE), base=base_id(2, 1))
    yield from signature_cases(LAYER, "grant-signature", good, zoes, second)
    yield from _signatures(good)
    yield from _hop(good)
    yield from _mine(good)
    yield from _time(good)
    yield from order_cases(good)


def _accepted() -> Iterator[Case]:
    rules = ("G1", "G2", "G3", "G4", "V8", "GRANT-5")
    for device, code, card in GRANTORS:
        for delegate, delegate_code in DELEGATES:
            message = grant(grant_claims(delegate, delegate_code), card, device, code)
            case_id = f"grant/accepted/{base_id(device.suite, delegate.suite)}"
            yield Case(
                case_id,
                rules,
                f"a card of suite {device.suite}, lent to a phone of suite {delegate.suite}",
                given(message.encode(), card, delegate, delegate_code),
                ok(message),
                stages={**message.stages(), "lent_card": {"hex": lent(card, message.encode()).hex()}},
            )
    every = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1, (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6, 7, 8)))
    yield LAYER.accepted(
        "categories", "for dispensing, at pharmacies and hospitals", AT_PLACES, ok(AT_PLACES), rules=rules
    )
    yield LAYER.accepted("every-purpose", "every purpose and category", every, ok(every), "boundary", rules=rules)
    drawn = other_nonce(grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1), CARD_ZOE, PHONE_2, CODE_2))
    yield Case(
        "grant/accepted/drawn-nonce",
        ("V8",),
        "a P-256 signature with another nonce",
        given(drawn.encode(), CARD_ZOE),
        ok(drawn),
    )
    childs = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1), CARD_ELISE)
    yield Case("grant/accepted/child", rules, "a child's card", given(childs.encode(), CARD_ELISE), ok(childs))
    test = credential({**CAMILLE, -65537: {**CAMILLE[-65537], 10: 1}}, CNAM_CARDS).encode()
    message = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1), test)
    yield Case(
        "grant/accepted/test-card",
        ("G3",),
        "a test card under a test list",
        {**given(message.encode(), test), **trusted(TRUST_TEST, "test")},
        ok(message),
        flags=("environment",),
    )


def _form(good: Double) -> Iterator[Case]:
    code = "grant-structure"
    for slug, name in (("override", "\u202eNoé"), ("line-feed", "Noé\n")):
        changed = good.having((GRANT, 2), name)
        yield LAYER.refused(f"{code}/name-{slug}", f"a name with a {slug}", changed, "injection", rules=("CBOR-4",))
    for slug, data, comment, flag in (
        ("card", CARD_CAMILLE, "the card once more", "cross-protocol"),
        ("oversized", good.having((99,), bytes(227)).encode(), "more than 512 bytes", "limit"),
    ):
        yield LAYER.refused(f"{code}/message-{slug}", f"the grant is {comment}", data, flag, rules=("CBOR-5",))
    for slug, exp, comment in (
        ("exp-is-iat", GRANT_IAT, "exp is iat"),
        ("exp-before-iat", GRANT_IAT - 1, "exp is before iat"),
    ):
        yield LAYER.refused(f"{code}/{slug}", comment, good.having((4,), exp), "boundary", rules=("GRANT-1",))
    yield LAYER.refused(
        f"{code}/72-hours-and-one-second",
        "259,201 seconds",
        good.having((4,), GRANT_IAT + 259201),
        "boundary",
        base="72-hours",
        rules=("GRANT-1",),
    )
    for slug, comment, seconds, now in (
        ("72-hours", "259,200 seconds", 259200, NOW),
        ("one-second", "one second", 1, GRANT_IAT),
    ):
        message = good.having((4,), GRANT_IAT + seconds)
        yield LAYER.accepted(
            slug, comment, message, ok(message), "boundary", rules=("V8", "GRANT-1"), inputs={"now": now}
        )


def _signatures(good: Double) -> Iterator[Case]:
    code = "grant-signature"
    claims = good.claims
    for slug, comment, message in (
        ("child", "a grant of the child's card, by the same keys", grant(claims, CARD_ELISE)),
        ("renewed", "a grant of the same person's next card", grant(claims, _renewed())),
        ("billing", "a grant of this card's billing view", grant(claims, credential(CAMILLE_BILLING, CNAM_CARDS).encode())),
        ("by-delegate", "signed by the delegate's keys", grant(claims, CARD_CAMILLE, DELEGATE_1, DELEGATE_CODE_1)),
        ("by-other-phone", "signed by another phone's keys", grant(claims, CARD_CAMILLE, OTHER_PHONE_1, OTHER_CODE)),
        ("presentation-aad", "the code layer of a presentation's external_aad",
         replace(good, at_code={"aad": aad("presentation-code", 1, 0, sha256(CARD_CAMILLE), None)})),
    ):  # fmt: skip
        yield LAYER.refused(f"{code}/{slug}", comment, message, rules=("COSE-5", "GRANT-2"))
    longer = replace(
        good.having((4,), GRANT_IAT + 259200),
        at_device={"signature": good.device_layer.parts[3]},
        at_code={"signature": good.code_layer.parts[3]},
    )
    yield LAYER.refused(f"{code}/longer", "exp moved after signing", longer, rules=("COSE-5",))


def _renewed() -> bytes:
    return credential({**CAMILLE, 7: bytes(8), 6: NOW - DAY}, CNAM_CARDS).encode()


def _hop(good: Double) -> Iterator[Case]:
    code = "grant-hop"
    for slug, comment, message in (
        ("own-device", "to the card's own device key", good.having((8, 1), PHONE_1.cose)),
        ("own-code", "to the card's own code key", good.having((GRANT, 1), CODE_1.public)),
        ("own-phone", "to the card's own keys", grant(grant_claims(PHONE_1, CODE_1))),
        ("device-as-code", "the card's device key as the delegate's code key", good.having((GRANT, 1), PHONE_1.public)),
        ("code-as-device", "the card's code key as the delegate's device key", good.having((8, 1), CODE_1.cose)),
        ("same-key", "to one key as device key and code key", good.having((8, 1), DELEGATE_CODE_1.cose)),
    ):
        yield LAYER.refused(f"{code}/{slug}", comment, message, rules=("GRANT-2",))
    own = grant(grant_claims(PHONE_2, DELEGATE_CODE_1), CARD_ZOE, PHONE_2, CODE_2)
    yield LAYER.refused(
        f"{code}/own-p256-device", "to the card's own P-256 key", own, rules=("GRANT-2",), base=base_id(2, 1),
        inputs=given(own.encode(), CARD_ZOE),
    )  # fmt: skip
    onward = grant(grant_claims(DELEGATE_2, DELEGATE_CODE_2), CARD_LENT_1, DELEGATE_1, DELEGATE_CODE_1)
    billing = credential(CAMILLE_BILLING, CNAM_CARDS).encode()
    numbers = grant(good.claims, billing)
    for slug, comment, message, card, device, key in (
        ("lent-on", "a card lent through the issuer is lent on", onward, CARD_LENT_1, DELEGATE_2, DELEGATE_CODE_2),
        ("billing", "the billing view is lent", numbers, billing, DELEGATE_1, DELEGATE_CODE_1),
    ):
        yield Case(
            f"grant/{code}/{slug}",
            ("V8", "GRANT-2"),
            comment,
            given(message.encode(), card, device, key),
            code,
            f"grant/accepted/{LAYER.base}",
        )


def _mine(good: Double) -> Iterator[Case]:
    code = "grant-not-mine"
    for slug, comment, other in (
        ("device", "this phone has another device key", {"device_key": encode(OTHER_PHONE_1.cose).hex()}),
        ("p256", "this phone has a P-256 key", {"device_key": encode(DELEGATE_2.cose).hex()}),
        ("code", "this phone has another code key", {"code_key": OTHER_CODE.public.hex()}),
        ("grantor", "given back to the phone that made it",
         {"device_key": encode(PHONE_1.cose).hex(), "code_key": CODE_1.public.hex()}),
    ):  # fmt: skip
        yield LAYER.refused(f"{code}/{slug}", comment, good, rules=("GRANT-5",), inputs=other)
    test = credential({**CAMILLE, -65537: {**CAMILLE[-65537], 10: 1}}, CNAM_CARDS).encode()
    message = grant(good.claims, test)
    yield LAYER.refused(
        f"{code}/test-card", "a test card under a production list", message, "environment",
        base="test-card", inputs=given(message.encode(), test),
    )  # fmt: skip
    yield LAYER.refused(
        f"{code}/production-card", "a production card under a test list", good, "environment",
        base="test-card", inputs=trusted(TRUST_TEST, "test"),
    )  # fmt: skip


def _time(good: Double) -> Iterator[Case]:
    code = "grant-over"
    end: int = GRANT_1.claims[4]  # type: ignore[index,assignment]
    rules = ("G4", "TIME-1")
    last: dict[str, Json] = {"now": end - 1}
    comment = "the grant's last second"
    yield LAYER.accepted("last-second", comment, good, ok(good), "boundary", rules=rules, inputs=last)
    yield LAYER.refused(
        f"{code}/first-second",
        "now is exp of the grant",
        good,
        "boundary",
        base="last-second",
        rules=rules[1:],
        inputs={"now": end},
    )
    yield LAYER.refused(
        f"{code}/next-week", "a week later", good, "clock", base="last-second", inputs={"now": NOW + 7 * DAY}
    )
    early = good.having((6,), NOW + 2 * DAY).having((4,), NOW + 3 * DAY)
    yield LAYER.accepted(
        "not-yet", "the grant begins in two days: that is not asked", early, ok(early), "clock", rules=rules
    )
    for slug, card_exp, error in (("card-last-second", NOW + 1, None), ("card-over", NOW, code)):
        card = credential({**CAMILLE, 4: card_exp}, CNAM_CARDS).encode()
        message = grant(good.claims, card)
        text = given(message.encode(), card)["text"]
        if error is None:
            comment = "the card's last second"
            yield LAYER.accepted(slug, comment, message, ok(message), "boundary", rules=rules, inputs={"text": text})
        else:
            comment = "now is exp of the card"
            yield LAYER.refused(
                f"{error}/{slug}",
                comment,
                message,
                "boundary",
                base="card-last-second",
                rules=rules[1:],
                inputs={"text": text},
            )
