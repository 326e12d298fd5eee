"""The messages of renewal, unlock and lending against the CDDL file: the same bytes accepted, the same values read.

As in ``test_messages``: near misses are made of genuine messages, each place in turn replaced, left out or repeated. And the
library's writers make the bytes that are made by hand in ``tests.lending``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import pytest

from tests import lending
from tests.forge import base45, dec, drop, enc, put
from tests.fuzz.mutations import Wrapped, at, changed, fold, paths, unfold
from tests.lending import CARD, GRANT, HOUR, RENEWAL, UNTIL, Town, attempt, phone, sha
from tests.wire import reference_cbor
from tests.wire.cddl import TEXT, Cddl
from tests.world import DAY, ISSUER_ID, NOW
from vitaletoken import Code, Malformed, UsageError
from vitaletoken.rules.grant import sign_grant
from vitaletoken.rules.introduction import sign_introduction
from vitaletoken.rules.lending import sign_order
from vitaletoken.rules.renewal import sign_renewal
from vitaletoken.rules.signing import sign_presentation
from vitaletoken.rules.unlock import sign_unlock
from vitaletoken.wire.credential import parse_credential, serialize_claims
from vitaletoken.wire.grant import GrantClaims, lent_card_text, parse_grant, parse_lent_card
from vitaletoken.wire.introduction import IntroductionClaims, parse_introduction
from vitaletoken.wire.lending_order import OrderClaims, parse_order
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Category, Purpose
from vitaletoken.wire.renewal import RenewalClaims, parse_renewal
from vitaletoken.wire.scope import Scope
from vitaletoken.wire.text import parse_introduction_text, parse_lent_card_text
from vitaletoken.wire.unlock import UnlockClaims, parse_unlock

# The validator wants an upper bound where the file has none; the message with that array is no matter here.
CDDL = Cddl(TEXT.replace("[* [", "[0*9 ["))
CAMILLE, DOMINIQUE, SASHA = phone("Camille"), phone("Dominique"), phone("Sasha", -9)
NEW_CODE = phone("another code").code
TOWN = Town()

Parse = Callable[[bytes], object]
READERS: dict[str, tuple[Parse, Code, int]] = {
    "renewal": (parse_renewal, Code.RENEWAL_STRUCTURE, 1024),
    "unlock": (parse_unlock, Code.UNLOCK_STRUCTURE, 512),
    "introduction": (parse_introduction, Code.INTRODUCTION_STRUCTURE, 512),
    "grant": (parse_grant, Code.GRANT_STRUCTURE, 512),
    "lending-order": (parse_order, Code.ORDER_STRUCTURE, 768),
    "credential": (parse_credential, Code.CREDENTIAL_STRUCTURE, 768),
}


@cache
def genuine(kind: str) -> list[bytes]:
    """With and without what is optional, from phones of both suites."""
    ed25519, p256 = TOWN.card(CAMILLE), TOWN.card(SASHA)
    introduced = lending.introduction(DOMINIQUE)
    pharmacies = put((lending.ORDER, 5), [2])
    return {
        "renewal": [lending.renewal(ed25519, CAMILLE), lending.renewal(p256, SASHA, new_code=NEW_CODE)],
        "unlock": [TOWN.unlock(ed25519, bytes(16))],
        "introduction": [introduced, lending.introduction(SASHA)],
        "grant": [
            lending.grant(ed25519, CAMILLE, SASHA),
            lending.grant(p256, SASHA, CAMILLE, lifetime=1, purposes=(1, 2, 3, 4, 5), categories=(1, 2, 8)),
        ],
        "lending-order": [
            lending.order(ed25519, CAMILLE, introduced),
            lending.order(p256, SASHA, introduced, pharmacies),
        ],
        "credential": [TOWN.lent_card(CAMILLE, DOMINIQUE), TOWN.lent_card(CAMILLE, SASHA, drop((CARD, 15, 3)))],
    }[kind]


def is_message(kind: str, data: bytes) -> bool:
    """The CDDL, and what its comments and the rules add."""
    if len(data) > READERS[kind][2]:
        return False
    try:
        item = reference_cbor.decode(data)
        return CDDL.accepts(kind, item) and _extra(kind, item)
    except reference_cbor.NotInProfile:
        return False


def _extra(kind: str, item: Any) -> bool:
    inner = reference_cbor.decode(item[2])
    if kind in ("unlock", "credential"):
        card = inner.get(CARD, {})
        return bool(inner[6] < inner[4]) and _card_in_form(card, inner[4] - inner[6])
    claims = reference_cbor.decode(inner[2])
    if kind == "renewal":
        named = isinstance(claims, list)
        if named:
            claims = reference_cbor.decode(claims[2])
        return (2 in claims[RENEWAL]) == named
    if kind == "introduction":
        return bool(reference_cbor.decode(item[0])[1] == claims[8][1][3])
    if kind == "grant":
        own = claims[GRANT]
        return 1 <= claims[4] - claims[6] <= 72 * HOUR and _rising(own[3]) and _rising(own.get(4, []))
    own = claims[lending.ORDER]
    return _rising(own[4]) and _rising(own.get(5, []))


def _card_in_form(card: Any, lifetime: int) -> bool:
    if not card:
        return True
    fits = 11 not in card if card[4] == 1 else 11 in card and card[11] != card[2]  # CRED-2
    numbers = (14 in card) == (13 in card and card[4] != 1)  # VIEW-1; equal numbers are no matter here
    lent = card.get(15)
    in_scope = not lent or (_rising(lent[2]) and _rising(lent.get(3, [])))
    return fits and numbers and in_scope and not (lent and (lifetime > 30 * DAY or 13 in card))  # CRED-5


def _rising(numbers: list[int]) -> bool:
    return numbers == sorted(set(numbers))


VALUES = [
    *(0, 1, 2, 5, 6, 8, 9, -1, 259_200, 259_201, 2_592_000, NOW, NOW + 30 * DAY, 253402300799, 253402300800, 2**64 - 1),
    *(bytes(n) for n in (0, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)),
    *("", "x" * 64, "x" * 65, "é" * 32, "é" * 33, "\n", "1850275123456"),
    *([], [1], [5], [6], [1, 1], [2, 1], [1, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6], [8], [9], list(range(1, 9))),
    *({}, {1: 0}, None, True, 1.0),
]


def near_misses(data: bytes) -> Iterator[bytes]:
    tree = unfold(data)
    places = paths(tree)
    own = [at(tree, path) for path in places if isinstance(at(tree, path), (bytes, str, int))]
    for path in places:
        old = at(tree, path)
        for new in [*VALUES, *own, *_around(old)]:
            yield enc(fold(changed(tree, path, partial(_instead, new))))


def _instead(new: Any, _: Any) -> Any:
    return new


def _around(old: Any) -> Iterator[Any]:
    if type(old) is int:
        yield from (old - 1, old + 1)
    elif isinstance(old, (bytes, str)):
        yield from (old[:-1], old + old[-1:])
    elif isinstance(old, list):
        yield from (old[:number] + old[number + 1 :] for number in range(len(old)))
        yield from ([*old, element] for element in old)
    elif isinstance(old, dict):
        yield from ({other: value for other, value in old.items() if other != key} for key in old)
        yield from ({**old, key: value} for key in range(17) if key not in old for value in (1, bytes(32), [1]))
        yield {**old, 13: "1850275123456"}
    elif isinstance(old, Wrapped):
        yield old.item
        yield Wrapped([old.item])


def accepts(kind: str, data: bytes) -> bool:
    parse, code, _ = READERS[kind]
    try:
        parse(data)
    except Malformed as error:
        refused = error.code
    else:
        return True
    assert refused is code
    return False


@pytest.mark.parametrize("kind", READERS)
def test_near_misses_are_read_as_the_cddl_says(kind: str) -> None:
    outcomes: Counter[bool] = Counter()
    for message in genuine(kind):
        assert is_message(kind, message)
        for data in near_misses(message):
            expected = is_message(kind, data)
            assert accepts(kind, data) == expected, data.hex()
            outcomes[expected] += 1
    assert outcomes[True] > 30, "near misses that all miss compare little"
    assert outcomes[False] > 500


@pytest.mark.parametrize("kind", READERS)
def test_a_message_too_long_is_not_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import cbor2

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("decoded although too long")

    message = genuine(kind)[0] + bytes(READERS[kind][2])
    monkeypatch.setattr(cbor2, "loads", unreachable)
    assert not accepts(kind, message)


def test_the_sizes_are_those_of_the_file() -> None:
    for kind, (_, _, size) in READERS.items():
        assert any(f"at most {size:,} bytes" in line for line in TEXT.splitlines() if line.startswith(f"{kind} = "))


# --- the library's writers


@pytest.mark.parametrize("owner", [CAMILLE, SASHA], ids=["suite-1", "suite-2"])
def test_what_the_library_signs_is_what_is_made_by_hand(owner: lending.Phone) -> None:
    card, to = TOWN.card(owner), DOMINIQUE
    algorithm, signs = owner.keys.device_key.algorithm, (owner.device.sign, owner.code.sign)
    device_key, code_key = to.keys
    scope = Scope((Purpose.IDENTIFICATION, Purpose.DISPENSING))
    places = Scope(scope.purposes, (Category.PHARMACY,))

    claims = IntroductionClaims(NOW, owner.keys.device_key, owner.keys.code_key, owner.name)
    assert sign_introduction(claims, *signs) == lending.introduction(owner)
    introduced = lending.introduction(to)
    for named, categories in ((scope, None), (places, (2,))):
        made = GrantClaims(NOW - 60, NOW - 60 + 72 * HOUR, b"grant-id", device_key, code_key, to.name, named)
        given = lending.grant(card, owner, to, categories=categories)
        assert sign_grant(made, sha(card), algorithm, *signs) == given
        assert parse_grant(given).unverified_claims == made
        ordered = OrderClaims(NOW, bytes(16), sha(card), sha(introduced), UNTIL, named)
        edit = put((lending.ORDER, 5), [2]) if categories else None
        assert sign_order(ordered, algorithm, *signs) == lending.order(card, owner, introduced, edit)
    same = RenewalClaims(NOW, bytes(16), sha(card))
    assert sign_renewal(same, algorithm, *signs) == lending.renewal(card, owner)
    other = RenewalClaims(NOW, bytes(16), sha(card), NEW_CODE.public)
    assert sign_renewal(other, algorithm, *signs, NEW_CODE.sign) == lending.renewal(card, owner, new_code=NEW_CODE)


def test_the_library_s_unlock_and_lent_card_are_what_is_made_by_hand() -> None:
    card = TOWN.card(CAMILLE)
    claims = UnlockClaims(ISSUER_ID, NOW, NOW + 600, bytes(16), sha(card))
    kid = dec(dec(card)[0])[4]
    assert sign_unlock(claims, kid, TOWN.issuer.sign) == TOWN.unlock(card, bytes(16))
    lent = TOWN.lent_card(CAMILLE, DOMINIQUE)
    assert serialize_claims(parse_credential(lent).unverified_claims) == dec(lent)[2]


def test_the_library_s_delegated_presentation_is_what_is_made_by_hand() -> None:
    card = TOWN.card(CAMILLE)
    for delegate in (DOMINIQUE, SASHA):
        given = lending.grant(card, CAMILLE, delegate)
        by_hand = lending.presentation(card, delegate, given)
        claims = parse_presentation(by_hand).unverified_claims
        assert claims.grant == given
        device_key = delegate.keys.device_key
        assert sign_presentation(claims, card, device_key, delegate.device.sign, delegate.code.sign) == by_hand


def test_claims_not_in_form_are_not_signed() -> None:
    device_key, code_key = DOMINIQUE.keys
    scope = Scope((Purpose.IDENTIFICATION,))
    card = TOWN.card(CAMILLE)

    def signed(**changes: Any) -> bytes:
        fields = {
            "iat": NOW, "exp": NOW + 1, "id": bytes(8), "device_key": device_key, "code_key": code_key,
            "name": "Dominique", "scope": scope,
        }  # fmt: skip
        made = GrantClaims(**{**fields, **changes})
        return sign_grant(made, sha(card), device_key.algorithm, CAMILLE.device.sign, CAMILLE.code.sign)

    assert signed()
    for change in (
        {"exp": NOW},
        {"exp": NOW + 72 * HOUR + 1},
        {"name": ""},
        {"name": "x" * 65},
        {"scope": Scope(())},
        {"scope": Scope((Purpose.BILLING, Purpose.IDENTIFICATION))},
        {"scope": Scope(scope.purposes, ())},
    ):
        with pytest.raises(UsageError):
            signed(**change)


def test_a_new_code_key_is_named_exactly_when_it_signs() -> None:
    claims = RenewalClaims(NOW, bytes(16), bytes(32))
    for made, by in ((claims, NEW_CODE.sign), (RenewalClaims(NOW, bytes(16), bytes(32), NEW_CODE.public), None)):
        with pytest.raises(UsageError):
            sign_renewal(made, CAMILLE.keys.device_key.algorithm, CAMILLE.device.sign, CAMILLE.code.sign, by)


# --- logs


def test_what_is_logged_names_nobody() -> None:
    card = TOWN.card(CAMILLE)
    introduced = lending.introduction(DOMINIQUE)
    for shown in (
        repr(parse_grant(lending.grant(card, CAMILLE, DOMINIQUE))),
        repr(parse_introduction(introduced)),
        repr(parse_order(lending.order(card, CAMILLE, introduced))),
        repr(parse_renewal(lending.renewal(card, CAMILLE))),
        repr(parse_credential(TOWN.lent_card(CAMILLE, DOMINIQUE)).unverified_claims),
    ):
        assert "Dominique" not in shown


# --- texts


def test_the_texts_from_phone_to_phone() -> None:
    introduced, card = lending.introduction(DOMINIQUE), TOWN.card(CAMILLE)
    given = lending.grant(card, CAMILLE, DOMINIQUE)
    assert parse_introduction_text("VTI1:" + base45(introduced)) == introduced
    text = lent_card_text(card, given)
    assert text == lending.lent_card_text(card, given)
    assert parse_lent_card(parse_lent_card_text(text)) == (card, given)


@pytest.mark.parametrize(
    ("parse", "prefix", "code"),
    [
        (parse_introduction_text, "VTI1:", Code.INTRODUCTION_TEXT),
        (parse_lent_card_text, "VTD1:", Code.GRANT_TEXT),
    ],
)
def test_a_phone_has_one_code_for_each_fault_of_a_text(parse: Any, prefix: str, code: Code) -> None:
    assert attempt(parse, prefix + "0" * (1600 - len(prefix))) == bytes(1063)
    for text in (
        prefix + "0" * (1601 - len(prefix)),
        prefix.lower() + "00",
        "VT1:00",
        "VTT1:00",
        "VTI1:00" if prefix == "VTD1:" else "VTD1:00",
        "",
        prefix + "0",
        prefix + ":::",
        prefix + "00\n",
    ):
        assert attempt(parse, text) is code


@pytest.mark.parametrize(
    "data",
    [
        b"",
        enc([b"card"]),
        enc([b"card", b"grant", b"more"]),
        enc([b"card", "grant"]),
        enc({0: b"card", 1: b"grant"}),
        enc(b"card"),
        enc([b"card", b"grant"]) + b"\0",
        b"\x9f\x41a\x41b\xff",
        b"\x82\x58\x01a\x41b",
        enc([bytes(500), bytes(294)]),
    ],
)
def test_what_is_not_two_byte_strings_is_no_lent_card(data: bytes) -> None:
    assert attempt(parse_lent_card, data) is Code.GRANT_TEXT


def test_a_lent_card_of_the_greatest_size_is_read() -> None:
    assert parse_lent_card(enc([bytes(500), bytes(293)])) == (bytes(500), bytes(293))
    assert len(enc([bytes(500), bytes(293)])) == 800
    assert parse_lent_card_text(lent_card_text(bytes(500), bytes(293))) == enc([bytes(500), bytes(293)])


def test_what_no_text_can_hold_is_not_written() -> None:
    with pytest.raises(UsageError):
        lent_card_text(bytes(500), bytes(294))
