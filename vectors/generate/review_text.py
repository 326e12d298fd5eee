"""Layer `review`, step H1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.review_case import ASKED, ASKED_ID, STICKER, STICKER_ID, Review, refused


def text_cases() -> Iterator[Case]:
    """Length, prefix, Base45."""
    sticker, asked = STICKER.text, ASKED.text
    rows: tuple[tuple[str, str, str, Review, str], ...] = (
        ("too-long", "TEXT-1", "1,601 characters", _read("VTT1:" + "0" * 1596), STICKER_ID),
        ("too-long-challenge", "TEXT-1", "a challenge with zeros after it, 1,601 characters",
         _read(asked + "0" * (1601 - len(asked))), ASKED_ID),
        ("presentation", "TEXT-2", "the prefix of a presentation", _read("VT1:" + sticker[5:]), STICKER_ID),
        ("introduction", "TEXT-2", "the prefix of an introduction", _read("VTI1:" + asked[5:]), ASKED_ID),
        ("lent-card", "TEXT-2", "the prefix of a card and grant", _read("VTD1:" + asked[5:]), ASKED_ID),
        ("sealed", "TEXT-2", "the prefix of a sealed answer", _read("VTS1:" + asked[5:]), ASKED_ID),
        ("lower-case", "TEXT-2", "the prefix in lower case", _read("vtt1:" + sticker[5:]), STICKER_ID),
        ("lower-case-challenge", "TEXT-2", "a challenge's prefix in lower case", _read("vtc1:" + asked[5:]), ASKED_ID),
        ("next-version", "TEXT-2", "VTT2:", _read("VTT2:" + sticker[5:]), STICKER_ID),
        ("next-version-challenge", "TEXT-2", "VTC2:", _read("VTC2:" + asked[5:]), ASKED_ID),
        ("no-prefix", "TEXT-2", "Base45 alone", _read(sticker[5:]), STICKER_ID),
        ("prefix-cut", "TEXT-2", "VTT1", _read("VTT1"), STICKER_ID),
        ("empty", "TEXT-2", "no text", _read(""), STICKER_ID),
        ("byte-order-mark", "TEXT-2", "U+FEFF before the prefix", _read("\ufeff" + sticker), STICKER_ID),
        ("web-address", "TEXT-2", "an address on the counter", _read("https://pharmacie.example/" + sticker), STICKER_ID),
        ("line-feed", "TEXT-3", "a line feed at the end", _read(sticker + "\n"), STICKER_ID),
        ("base45-lower-case", "TEXT-3", "the Base45 part in lower case", _read(sticker[:5] + sticker[5:].lower()), STICKER_ID),
        ("length", "TEXT-3", "a length that is 1 modulo 3", _read(sticker[: 5 + (len(sticker) - 5) // 3 * 3 - 2]), STICKER_ID),
        ("length-challenge", "TEXT-3", "a challenge of a length that is 1 modulo 3",
         _read(asked[: 5 + (len(asked) - 5) // 3 * 3 - 2]), ASKED_ID),
        ("pair-65536", "TEXT-3", "a group above 65,535", _read("VTC1:GGW"), ASKED_ID),
    )  # fmt: skip
    for slug, rule, comment, review, base in rows:
        yield refused(f"terminal-text/{slug}", ("H1", rule), comment, review, base=base)


def _read(text: str) -> Review:
    return replace(STICKER, text_change=lambda _: text)
