"""The text layer of ``vitaletoken.wire``, what its texts carry in the vectors, and the number (NIR) as a person types it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import Shape, Target
from vitaletoken.errors import InputError, UsageError
from vitaletoken.wire import text
from vitaletoken.wire.nir import BeneficiaryNir

#: Layers whose input is a text of a QR code.
_TEXTS: Final = ("verify", "review", "introduction", "grant")


def messages_in_texts(prefix: str) -> Callable[[], Iterable[bytes]]:
    """Seeds: what the texts of visits carry, and those that go from phone to phone."""

    def seeds() -> Iterable[bytes]:
        for layer in _TEXTS:
            for data in vectors.inputs(layer, vectors.TEXT):
                shown = data.decode("utf-8", "surrogateescape")
                if shown.startswith(prefix):
                    try:
                        yield text.parse_text(shown, prefix)
                    except InputError:
                        continue

    return seeds


def _text(data: bytes) -> None:
    shown = data.decode("utf-8", "surrogateescape")
    for prefix in (text.PREFIX, text.SEALED_PREFIX):
        if shown.startswith(prefix):
            carried = text.parse_text(shown, prefix)
            assert text.serialize_text(carried, prefix) == shown, "another text carries the same"
            return
    if shown.startswith(text.INTRODUCTION_PREFIX):
        prefix, carried = text.INTRODUCTION_PREFIX, text.parse_introduction_text(shown)
    elif shown.startswith(text.LENT_CARD_PREFIX):
        prefix, carried = text.LENT_CARD_PREFIX, text.parse_lent_card_text(shown)
    else:
        prefix, carried = text.parse_terminal_text(shown)
    assert text.serialize_text(carried, prefix) == shown, "another text carries the same"


def _keyboard(data: bytes) -> None:
    shown = data.decode("utf-8", "surrogateescape")
    repaired = text.repair_keyboard(shown)
    assert text.repair_keyboard(repaired) == repaired, "repaired twice it is another"


def _nir(data: bytes) -> object:
    return BeneficiaryNir.parse(data.decode("utf-8", "surrogateescape"))


TARGETS: Final = (
    Target(
        "keyboard",
        _keyboard,
        vectors.seeds(("keyboard", "text")),
        2048,
        covers=(text.repair_keyboard,),
        shape=Shape.RAW,
        allowed=(),
    ),
    Target(
        "nir",
        _nir,
        lambda: [b"2 84 09 75 110 123 51", b"2A", b"1550169123456"],
        64,
        covers=(BeneficiaryNir.parse,),
        shape=Shape.RAW,
        allowed=(UsageError,),
    ),
    Target(
        "text",
        _text,
        vectors.seeds(("text", "text"), *((layer, "text") for layer in _TEXTS)),
        2048,
        covers=(
            *(text.parse_text, text.parse_terminal_text),
            *(text.parse_introduction_text, text.parse_lent_card_text),
        ),
    ),
)
