"""Pieces of the patterns over bytes by which messages are recognised as a whole (docs/adr/0004).

Each piece matches deterministic encodings and nothing else, and captures what the functions here turn into values.
"""

from __future__ import annotations

from typing import Final

#: An unsigned integer, its shortest encoding; for ``uint``.
UINT: Final = rb"([\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....|\x1b(?!\x00\x00\x00\x00)........)"
#: A NumericDate of the years 1970 to 2106, so of the usual size; captures its four bytes.
TIME: Final = rb"\x1a(?!\x00\x00)(.{4})"
#: The head of a text of 1 to 100 bytes, for ``text``.
TEXT_HEAD: Final = rb"([\x61-\x77]|\x78[\x18-\x64])"
#: The length that each of those heads stands for.
TEXT_SIZES: Final = {(b"%c" % (0x60 + size) if size < 24 else b"\x78%c" % size): size for size in range(1, 101)}
#: The bytes of a text without the controls that are single bytes. What comes after it must begin with one of those.
CONTENT: Final = rb"([^\x00-\x1f\x7f]+)"
#: One or more texts, one after the other, for ``texts``; what comes after must begin with a byte below 0x18.
TEXTS: Final = rb"([^\x00-\x17\x7f]+)"

_from_bytes: Final = int.from_bytes


def uint(encoded: bytes) -> int:
    """The value of what ``UINT`` captured."""
    return encoded[0] if len(encoded) == 1 else _from_bytes(encoded[1:], "big")


def text(head: bytes, content: bytes) -> str | None:
    """The text with that head; None where the two don't fit, or it isn't printable UTF-8."""
    if TEXT_SIZES.get(head) != len(content):
        return None
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        return None
    return decoded if decoded.isprintable() else None


def texts(count: int, encoded: bytes) -> tuple[str, ...] | None:
    """The ``count`` texts, each of 1 to 100 bytes, that are all of ``encoded``; None where they are not."""
    found = []
    start = 0
    try:
        while start < len(encoded):
            begin = start + (1 if encoded[start] < 0x78 else 2)
            start = begin + TEXT_SIZES[encoded[start:begin]]
            decoded = encoded[begin:start].decode()
            if not decoded.isprintable():
                return None
            found.append(decoded)
    except (KeyError, UnicodeDecodeError):
        return None
    return tuple(found) if start == len(encoded) and len(found) == count else None
