"""What comes damaged, or was made so on purpose: what the exceptions of Python and its libraries quote when they refuse it."""

from __future__ import annotations

from collections.abc import Iterator

import cbor2

#: Lone surrogates are how Python reads bytes that are no text; the last one looks like a letter of ours and is none.
NO_ASCII = ("é", "\ud800", "\udcff", "\uff21")


def texts(text: str) -> Iterator[str]:
    """A QR's text with a character in it that is no ASCII, after its prefix, in its midst or at its end."""
    for character in NO_ASCII:
        for at in (text.index(":") + 1, len(text) // 2, len(text)):
            yield text[:at] + character + text[at:]


def halved(text: str) -> Iterator[str]:
    """A text as a person types it, with half a character at its end, in its place, or before it."""
    for half in ("\ud800", "\udcff"):
        yield from (text + half, text[:-1] + half, half + text)


def messages(message: bytes, *quoted: str) -> Iterator[bytes]:
    """``message`` with texts in it that are no UTF-8; and messages that are not in the profile but for what was ``quoted``."""
    for text in quoted:
        content = text.encode()
        if content in message:
            yield message.replace(content, content[:-1] + b"\xff")
            yield message.replace(content, b"\xc3" + content[1:])
            yield message[: message.index(content) + len(content) - 1]
        item = cbor2.dumps(text)
        yield b"\xa2" + 2 * (item + b"\x01")
        yield b"\xa2" + item + b"\x01\xa1" + item + b"\x01\x02"
        yield b"\x82\x01" + item[: -len(content)] + content[:-1] + b"\xff"
        yield b"\xc1" + item
        yield b"\xc0" + item
        yield b"\xd8\x23" + item  # a regular expression
