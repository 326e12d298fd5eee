"""The text in a QR code (spec section 3): prefix, Base45 (RFC 9285), size limit, keyboard-layout repair. Text, never images."""

from __future__ import annotations

import struct
from typing import Final

from vitaletoken.errors import Code, Malformed, refusal

#: Of a presentation and of a sealed answer, which a terminal reads.
PREFIX: Final = "VT1:"
SEALED_PREFIX: Final = "VTS1:"
#: Of a terminal certificate and of a challenge, which a phone reads.
CERTIFICATE_PREFIX: Final = "VTT1:"
CHALLENGE_PREFIX: Final = "VTC1:"
#: Of an introduction and of a card with a grant, which go from phone to phone.
INTRODUCTION_PREFIX: Final = "VTI1:"
LENT_CARD_PREFIX: Final = "VTD1:"
MAX_CHARACTERS: Final = 1600

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_INVALID: Final = 255
_VALUES: Final = bytes(ALPHABET.find(chr(i)) if chr(i) in ALPHABET else _INVALID for i in range(256))


def serialize_text(message: bytes, prefix: str = PREFIX) -> str:
    """The text that carries ``message`` in a QR code."""
    return prefix + _base45(message)


def parse_text(text: str, prefix: str = PREFIX) -> bytes:
    """The bytes carried by ``text``, which has that prefix; step V1.

    Raises:
        Malformed: ``text-too-long``, ``text-prefix``, ``text-encoding``.
    """
    if len(text) > MAX_CHARACTERS:
        raise refusal(Code.TEXT_TOO_LONG)
    if not text.startswith(prefix):
        raise refusal(Code.TEXT_PREFIX)
    return _from_base45(text[len(prefix) :])


def parse_terminal_text(text: str) -> tuple[str, bytes]:
    """The prefix and the bytes of a text that a phone reads: a terminal certificate or a challenge; step H1.

    Raises:
        Malformed: ``terminal-text``.
    """
    prefix = CHALLENGE_PREFIX if text.startswith(CHALLENGE_PREFIX) else CERTIFICATE_PREFIX
    try:
        return prefix, parse_text(text, prefix)
    except Malformed:
        raise refusal(Code.TERMINAL_TEXT) from None


def parse_introduction_text(text: str) -> bytes:
    """The bytes of an introduction, which the phone of who lends reads; step I1.

    Raises:
        Malformed: ``introduction-text``.
    """
    return _parse_for_phone(text, INTRODUCTION_PREFIX, Code.INTRODUCTION_TEXT)


def parse_lent_card_text(text: str) -> bytes:
    """The bytes of a card with a grant, which the phone of who is lent to reads; step G1 but for the array in it.

    Raises:
        Malformed: ``grant-text``.
    """
    return _parse_for_phone(text, LENT_CARD_PREFIX, Code.GRANT_TEXT)


def _parse_for_phone(text: str, prefix: str, code: Code) -> bytes:
    try:
        return parse_text(text, prefix)
    except Malformed:
        raise refusal(code) from None


# The two lower characters of a group, c and d of c + 45 d + 2025 e: a look-up costs half of what two divisions do.
_PAIRS: Final = tuple(ALPHABET[n % 45] + ALPHABET[n // 45] for n in range(2025))


def _base45(data: bytes) -> str:
    out = [_PAIRS[n % 2025] + ALPHABET[n // 2025] for (n,) in struct.iter_unpack(">H", data[: len(data) & ~1])]
    if len(data) & 1:
        out.append(_PAIRS[data[-1]])
    return "".join(out)


def _from_base45(text: str) -> bytes:
    """Decode Base45 strictly.

    Decoding is on the path of each scan, and a loop over the groups costs as much as half a signature check. So all
    groups are
    computed at once: the first characters of all groups, spread over 32-bit lanes, are one big integer, likewise the
    second and the third, and c + 45 d + 2025 e on the three integers is the sum in every lane. No lane can overflow:
    even the mark for an invalid character gives at most 255 * 2071 < 2**20.
    """
    # Asked, not tried: the exception of an encoder keeps the whole text, and the refusal would keep that.
    if not text.isascii():
        raise refusal(Code.TEXT_ENCODING)
    values = text.encode("ascii").translate(_VALUES)
    groups, rest = divmod(len(values), 3)
    if rest == 1 or _INVALID in values:
        raise refusal(Code.TEXT_ENCODING)
    end = 3 * groups
    lanes = _lanes(values[0:end:3]) + 45 * _lanes(values[1:end:3]) + 2025 * _lanes(values[2:end:3])
    sums = lanes.to_bytes(4 * groups, "big")
    if sums[1::4].count(0) != groups:  # a group above 65,535
        raise refusal(Code.TEXT_ENCODING)
    out = bytearray(2 * groups)
    out[0::2], out[1::2] = sums[2::4], sums[3::4]
    if rest:
        last = values[end] + 45 * values[end + 1]
        if last > 0xFF:
            raise refusal(Code.TEXT_ENCODING)
        out.append(last)
    return bytes(out)


def _lanes(values: bytes) -> int:
    spread = bytearray(4 * len(values))
    spread[3::4] = values
    return int.from_bytes(spread, "big")


# A scanner set to a US keyboard sends key positions; a computer set to a French one (AZERTY) reads them so. Shifted and
# unshifted signs of the Base45 alphabet all land on different characters, so the way back is unique.
_ARRIVED: Final = "à&é\"'(-è_çQW?AZM458):!"
_MEANT: Final = "0123456789AZMQW:$%*-./"
_GARBLED_PREFIXES: Final = ("VT&M", "VTS&M")
_REPAIR: Final = {ord(a): m for a, m in zip(_ARRIVED, _MEANT, strict=True)}
_UNCHANGED: Final = frozenset(ALPHABET) - frozenset(_MEANT)


def repair_keyboard(text: str) -> str:
    """Undo a US-layout scanner on a French-layout computer, if ``text`` shows that; else give ``text`` as it is."""
    if not text.startswith(_GARBLED_PREFIXES):
        return text
    if not all(ord(character) in _REPAIR or character in _UNCHANGED for character in text):
        return text
    return text.translate(_REPAIR)
