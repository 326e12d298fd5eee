"""What a person hands over to be verified or inspected: a picture, a text, a file, or standard input.

Which of them it is, is seen from its first bytes, so that ``-`` takes a picture as well as what a scanner types.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from vitaletoken.adapters.qr import MAX_BYTES, read_qr
from vitaletoken.errors import UsageError
from vitaletoken.wire.text import parse_text, repair_keyboard

STDIN: Final = "-"

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")
_CARD_TEXTS: Final = (b"VT1:", b"VT&M")  # the second: as a keyboard wedge garbles the first
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")


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
        scan = read_qr(given)
        return scan.text, scan.decoder
    return text, "text"


def message(argument: str) -> bytes:
    """The bytes of any message: in a file, as a card's text, as hex digits, or in a picture of a card's QR code.

    Raises:
        Malformed: a card's text that is not in form.
        ScanError: a picture gave no text.
        UsageError: there is no such file, or no decoder of pictures.
        OSError: the file cannot be read.
    """
    given = _given(argument)
    if given.startswith(_PICTURES):
        return parse_text(read_qr(given).text)
    text = _text(given)
    if text is not None and given.startswith(_CARD_TEXTS):
        return parse_text(text)
    digits = b"".join(given.split())
    if digits and len(digits) % 2 == 0 and _HEX.issuperset(digits):
        return bytes.fromhex(digits.decode())
    return given


def _given(argument: str) -> bytes:
    """A text that was given as the argument itself, or the content of the file that it names."""
    if argument == STDIN:
        # On a terminal one line, which is what a keyboard wedge types.
        return sys.stdin.buffer.readline() if sys.stdin.isatty() else sys.stdin.buffer.read(MAX_BYTES + 1)
    if (text := argument.encode(errors="surrogateescape")).startswith(_CARD_TEXTS):
        return text
    try:
        with Path(argument).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        # It may be a damaged text of a card, which is not to be repeated as a whole.
        raise UsageError(f"{argument[:40]}: {error.strerror} (and not the text of a card, VT1:...)") from None


def _text(given: bytes) -> str | None:
    """``given`` as text, line end and keyboard put right; None for a picture. A card's text is text, whatever follows."""
    if given.startswith(_PICTURES):
        return None
    try:
        text = given.decode(errors="replace" if given.startswith(_CARD_TEXTS) else "strict")
    except UnicodeDecodeError:
        return None
    for end in ("\r\n", "\n", "\r"):
        if text.endswith(end):
            return repair_keyboard(text[: -len(end)])
    return repair_keyboard(text)
