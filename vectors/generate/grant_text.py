"""Layer `grant`, step G1: the text, and the array of card and grant in it."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.encoder import encode, text_of
from vectors.generate.fixtures import CAMILLE, CARD_CAMILLE
from vectors.generate.grant_case import LAYER, given, ok
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.lending import DELEGATE_1, DELEGATE_CODE_1, GRANT_1, grant, grant_claims, lent
from vectors.generate.messages import credential
from vectors.generate.text_faults import text_faults


def _of_size(size: int) -> tuple[Double, dict[str, Json]]:
    """A lent card of exactly that many bytes, by the given names of its card."""
    person = {**CAMILLE[-65537][3], 2: ["Anne-Élisabeth-Marguerite", "Marie-Joséphine"]}
    for letters in range(1, 101):
        names = [*person[2], "x" * 100, "x" * letters]
        card = credential({**CAMILLE, -65537: {**CAMILLE[-65537], 3: {**person, 2: names}}}, CNAM_CARDS).encode()
        message = grant(grant_claims(DELEGATE_1, DELEGATE_CODE_1), card)
        if len(lent(card, message.encode())) == size:
            return message, given(message.encode(), card)
    raise AssertionError("no such size")


def text_cases() -> Iterator[Case]:
    """A text that is none, or too long inside."""
    longest = _of_size(800)
    yield Case(
        "grant/accepted/800-bytes", ("G1", "CBOR-5"), "card and grant have 800 bytes", longest[1], ok(longest[0]),
        flags=("limit", "boundary"),
    )  # fmt: skip
    above = _of_size(801)
    yield Case(
        "grant/grant-text/801-bytes", ("G1", "CBOR-5"), "card and grant have 801 bytes", above[1], "grant-text",
        "grant/accepted/800-bytes", ("limit", "boundary"),
    )  # fmt: skip
    good = GRANT_1.encode()
    text = text_of(lent(CARD_CAMILLE, good), "VTD1:")
    for slug, comment, changed, rule in text_faults(text, "VTD1:"):
        yield LAYER.refused(f"grant-text/{slug}", comment, good, rules=(rule,), inputs={"text": changed})
    whole = lent(CARD_CAMILLE, good)
    for slug, data, comment in (
        ("nothing", b"", "no byte"),
        ("trailing", whole + b"\0", "a byte after the array"),
        ("short", whole[:-1], "the last byte is missing"),
        ("indefinite", b"\x9f" + whole[1:] + b"\xff", "an array of indefinite length"),
        ("wide", b"\x98\x02" + whole[1:], "the array with a wider head"),
        ("tagged", b"\xd8\x18" + whole, "tagged"),
        ("one", encode([CARD_CAMILLE]), "the card alone"),
        ("three", encode([CARD_CAMILLE, good, 0]), "a third element"),
        ("map", encode({0: CARD_CAMILLE, 1: good}), "a map"),
        ("card-array", b"\x82" + CARD_CAMILLE + encode(good), "the card as an array, not in a byte string"),
        ("grant-array", b"\x82" + encode(CARD_CAMILLE) + good, "the grant as an array, not in a byte string"),
        ("card-text", encode(["x", good]), "text in place of the card"),
        ("grant-null", encode([CARD_CAMILLE, None]), "null in place of the grant"),
        ("card-alone", CARD_CAMILLE, "a card, and no array of two"),
        ("grant-alone", good, "a grant, and no card"),
    ):
        changed = text_of(data, "VTD1:")
        yield LAYER.refused(
            f"grant-text/cbor-{slug}", comment, good, rules=("CBOR-1", "CBOR-6"), inputs={"text": changed}
        )
