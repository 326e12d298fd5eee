"""Texts that are not in form, for whoever reads a message of one prefix: TEXT-1 to TEXT-3."""

from __future__ import annotations

from collections.abc import Iterator

PREFIXES = ("VT1:", "VTS1:", "VTT1:", "VTC1:", "VTI1:", "VTD1:")


def text_faults(text: str, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """Slug, comment, text and rule, from a good text with its prefix."""
    assert text.startswith(prefix)
    body = text[len(prefix) :]
    whole = len(body) - len(body) % 3
    yield "too-long", "zeros after it, 1,601 characters", text + "0" * (1601 - len(text)), "TEXT-1"
    yield "lower-case-prefix", "the prefix in lower case", prefix.lower() + body, "TEXT-2"
    yield "next-version", "the prefix of another version", prefix.replace("1:", "2:") + body, "TEXT-2"
    yield "no-prefix", "no prefix", body, "TEXT-2"
    yield "empty", "no text", "", "TEXT-2"
    yield "space-before", "a space before the prefix", " " + text, "TEXT-2"
    for other in PREFIXES:
        if other != prefix:
            slug = other[:-2].lower()
            yield f"prefix-{slug}", f"the prefix of another message, {other}", other + body, "TEXT-2"
    yield "line-feed", "a line feed at the end", text + "\n", "TEXT-3"
    yield "lower-case", "the Base45 part in lower case", prefix + body.lower(), "TEXT-3"
    yield "cut", "a length that is 1 modulo 3", prefix + body[: whole - 2], "TEXT-3"
    yield "overflow", "a group of three above 65,535", prefix + ":::" + body[3:], "TEXT-3"
