"""What a person hands over to be verified, reviewed or inspected: a picture, a text, a file, or standard input.

Which of them it is, is seen from its first bytes, so that ``-`` takes a picture as well as what a scanner types.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from vitaletoken.adapters.files import MAX_MESSAGE
from vitaletoken.adapters.qr import MAX_BYTES, ScanError, ScanReason, read_qr
from vitaletoken.cli.arguments import repeatable
from vitaletoken.errors import Code, UsageError, raise_alone, refusal
from vitaletoken.wire.text import (
    CERTIFICATE_PREFIX,
    CHALLENGE_PREFIX,
    INTRODUCTION_PREFIX,
    LENT_CARD_PREFIX,
    PREFIX,
    SEALED_PREFIX,
    parse_text,
    repair_keyboard,
)

STDIN: Final = "-"

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")
_CARD: Final = (PREFIX, SEALED_PREFIX)
_TERMINAL: Final = (CERTIFICATE_PREFIX, CHALLENGE_PREFIX)
_PHONE: Final = (INTRODUCTION_PREFIX, LENT_CARD_PREFIX)
_ALL: Final = (*_CARD, *_TERMINAL, *_PHONE)
_GARBLED: Final = ("VT&M", "VTS&M")  # a card's prefixes as a keyboard wedge garbles them
_TEXTS: Final = tuple(prefix.encode() for prefix in (*_ALL, *_GARBLED))
_HEX: Final = b"0123456789abcdefABCDEF"
#: Bytes of what is no picture: digits of the longest message, and as much white space as digits.
_LONGEST: Final = 4 * MAX_MESSAGE


class Message(NamedTuple):
    """The bytes of a message, and the prefix of the text they were in; none for bytes that came bare."""

    data: bytes
    prefix: str | None = None


def card_text(argument: str) -> tuple[str, str]:
    """The text of a card's QR code, and what read it: a decoder of pictures, or ``text``.

    From a text, one line end is removed, and a US-layout scanner on a French-layout computer is undone (spec section 3).

    Raises:
        ScanError: a picture gave no text.
        UsageError: there is no such file, or no decoder of pictures.
        OSError: the file cannot be read.
    """
    given = _given(argument)
    text = _text(given)
    if text is None:
        scan = read_qr(given, prefixes=_CARD)
        return scan.text, scan.decoder
    return text, "text"


def terminal_text(argument: str) -> str:
    """The text of a terminal's QR code, as a phone's camera reads it from a counter or a screen.

    Raises:
        Malformed: ``terminal-text``, for a picture with QR codes of other kinds only.
        ScanError, UsageError, OSError: as ``card_text``.
    """
    return _camera_text(argument, _TERMINAL, Code.TERMINAL_TEXT)


def introduction_text(argument: str) -> str:
    """The text of an introduction, as a phone's camera reads it from another phone.

    Raises:
        Malformed: ``introduction-text``, for a picture with QR codes of other kinds only.
        ScanError, UsageError, OSError: as ``card_text``.
    """
    return _camera_text(argument, (INTRODUCTION_PREFIX,), Code.INTRODUCTION_TEXT)


def lent_card_text(argument: str) -> str:
    """The text of a card with a grant, likewise. Raises as ``introduction_text``, with ``grant-text``."""
    return _camera_text(argument, (LENT_CARD_PREFIX,), Code.GRANT_TEXT)


def _camera_text(argument: str, prefixes: tuple[str, ...], other: Code) -> str:
    """The text that a phone reads. ``other`` is what it says of a picture with QR codes of other kinds only."""
    given = _given(argument)
    text = _text(given)
    if text is not None:
        return text
    try:
        return read_qr(given, prefixes=prefixes).text
    except ScanError as error:
        if error.reason is ScanReason.NO_CARD_CODE:
            raise refusal(other) from None
        raise


def message(argument: str) -> Message:
    """The bytes of any message: in a file, as a QR code's text, as hex digits, or in a picture of a QR code.

    Raises:
        Malformed: a text that is not in form.
        ScanError: a picture gave no text.
        UsageError: there is no such file, or no decoder of pictures.
        OSError: the file cannot be read.
    """
    given = _given(argument)
    text: str | None
    if given.startswith(_PICTURES):
        text = read_qr(given, prefixes=_ALL).text
    else:
        text = _text(given) if given.startswith(_TEXTS) else None
    if text is not None:
        prefix = next((known for known in _ALL if text.startswith(known)), PREFIX)
        return Message(parse_text(text, prefix), prefix)
    digits = given.translate(None, b" \t\n\r\v\f") if len(given) <= _LONGEST else b""
    if digits and len(digits) % 2 == 0 and not digits.translate(None, _HEX):
        return Message(bytes.fromhex(digits.decode()))
    return Message(given)


def _given(argument: str) -> bytes:
    """A text that was given as the argument itself, or the content of the file that it names."""
    if argument == STDIN:
        # On a terminal one line, which is what a keyboard wedge types.
        return sys.stdin.buffer.readline() if sys.stdin.isatty() else _read(sys.stdin.buffer)
    if (text := argument.encode(errors="surrogateescape")).startswith(_TEXTS):
        return text
    try:
        with Path(argument).open("rb") as file:
            return _read(file)
    except OSError as error:
        # It may be a damaged text of a card, which is not to be repeated as a whole.
        raise_alone(UsageError(f"{repeatable(argument)}: {error.strerror} (and not the text of a QR, VT1:...)"))


def _read(file: BinaryIO) -> bytes:
    """All of a picture that may be read, for which room is asked for at once; of anything else, as much as is ever read."""
    head = file.read(_LONGEST + 1)
    return head + file.read(MAX_BYTES + 1 - len(head)) if head.startswith(_PICTURES) else head


def _text(given: bytes) -> str | None:
    """``given`` as text, line end and keyboard put right; None for a picture. A QR's text is text, whatever follows."""
    if given.startswith(_PICTURES):
        return None
    try:
        text = given.decode(errors="replace" if given.startswith(_TEXTS) else "strict")
    except UnicodeDecodeError:
        return None
    for end in ("\r\n", "\n", "\r"):
        if text.endswith(end):
            return repair_keyboard(text[: -len(end)])
    return repair_keyboard(text)
