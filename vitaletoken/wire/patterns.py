"""Pieces of the patterns over bytes by which messages are recognised as a whole (docs/adr/0004).

Each piece matches deterministic encodings and nothing else, and captures what the functions here turn into values.
"""

from __future__ import annotations

from typing import Final

#: An unsigned integer, its shortest encoding; for ``uint``.
UINT: Final = rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....|\x1b(?!\x00\x00\x00\x00)........)"
#: The head of a text of 1 to 255 bytes, for ``text``.
TEXT_HEAD: Final = rb"([\x61-\x77]|\x78[\x18-\xff])"
#: The bytes of a text without the controls that are single bytes. What comes after it must begin with one of those.
CONTENT: Final = rb"([^\x00-\x1f\x7f]+)"
#: One or more texts, one after the other, for ``texts``; what comes after must begin with a byte below 0x18.
TEXTS: Final = rb"([^\x00-\x17\x7f]+)"


def uint(encoded: bytes) -> int:
    """The value of what ``UINT`` captured."""
    return int.from_bytes(encoded[1:], "big") if len(encoded) > 1 else encoded[0]


def text(head: bytes, content: bytes, max_size: int) -> str | None:
    """The text of at most ``max_size`` bytes with that head; None where the two don't fit, or it isn't printable UTF-8."""
    if head[-1] - (0x60 if len(head) == 1 else 0) != len(content) or len(content) > max_size:
        return None
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        return None
    return decoded if decoded.isprintable() else None


def texts(count: int, encoded: bytes, max_size: int) -> tuple[str, ...] | None:
    """The ``count`` texts, each of 1 to ``max_size`` bytes, that are all of ``encoded``; None where they are not."""
    found = []
    start = 0
    while start < len(encoded):
        size = encoded[start] - 0x60
        start += 1
        if size == 0x18:  # 0x78: the length is the next byte, and not below 24
            size = encoded[start] if start < len(encoded) and encoded[start] >= 0x18 else 0
            start += 1
        end = start + size
        if not 0 < size <= max_size or end > len(encoded):
            return None
        try:
            decoded = encoded[start:end].decode()
        except UnicodeDecodeError:
            return None
        if not decoded.isprintable():
            return None
        found.append(decoded)
        start = end
    return tuple(found) if len(found) == count else None
