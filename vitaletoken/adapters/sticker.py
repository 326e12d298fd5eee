"""The counter sticker as a sheet to print: A6, in SVG, with the certificate's QR, its name, and what a patient is to do.

Nothing on it is secret, and nothing of it is proved by being printed: a phone checks the certificate in the QR (steps H1 to H5).
Two letters that look alike, or a sheet pasted over another, are for the person to notice: hence the name in large letters,
to be compared with what the phone shows.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Final

from vitaletoken.adapters.qr import DEFAULT_SCALE, Medium, QrCode, write_qr
from vitaletoken.rules.terminal import VerifiedCertificate

#: Millimetres. Lengths below are too, for one unit of the drawing is a millimetre.
WIDTH: Final = 105
HEIGHT: Final = 148
_MARGIN: Final = 7
_QR_SIDE: Final = 68.0
_QR_TOP: Final = 31.0
_NAME_BOTTOM: Final = 24.0
_NUMBER_BASELINE: Final = 30.0
# Largest first. At the last, 64 bytes of name (the most there are) take three lines at most: two lines that follow each
# other have together more characters than one holds, which is 33.
_NAME_SIZES: Final = (9.0, 8.0, 7.0, 6.0, 5.2, 4.5)
_MOST_LINES: Final = 3

_BEFORE: Final = "Avant de montrer votre carte Vitale :"
_STEPS: Final = (
    "1. Ouvrez l’application et scannez ce code.",
    "2. Vérifiez que le nom affiché est celui-ci.",
    "3. Montrez alors votre QR : il ne vaut qu’ici.",
)
_OTHERWISE: Final = (
    "Un autre nom, un avertissement ? Ne montrez rien",
    "et demandez au comptoir. Ce code ne dit rien de vous.",
)
# Characters that text may have and XML 1.0 may not.
_NOT_XML: Final = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Sticker:
    """A sheet.

    Attributes:
        svg: the document, for a file in UTF-8.
        code: the QR code in it.
    """

    svg: str = field(repr=False)
    code: QrCode


def sticker(certificate: VerifiedCertificate, *, specimen: bool) -> Sticker:
    """The sheet for the counter of the terminal that ``certificate`` names.

    Args:
        specimen: it is of a test environment, and says so.

    Raises:
        UsageError: segno is not installed.
    """
    claims = certificate.claims
    code = write_qr(certificate.text, medium=Medium.PRINT)
    until = datetime.fromtimestamp(claims.exp, UTC).strftime("%d/%m/%Y")
    foot = f"Valable jusqu’au {until}"
    if specimen:
        foot += " · SPÉCIMEN : pour les essais seulement"
    top = _QR_TOP + _QR_SIDE + 7
    parts = [
        *_name(claims.name),
        _text(f"Établissement n° {claims.establishment}", _NUMBER_BASELINE, 4.4),
        _drawn(code),
        _text(_BEFORE, top, 4.4, bold=True),
        *(_text(line, top + 6.5 + 5.5 * row, 4) for row, line in enumerate(_STEPS)),
        *(_text(line, top + 24.5 + 4.5 * row, 3.3) for row, line in enumerate(_OTHERWISE)),
        _text(foot, HEIGHT - 5, 2.8),
    ]
    lines = "\n".join(parts)
    svg = f"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm" viewBox="0 0 {WIDTH} {HEIGHT}" xml:lang="fr">
<title>{_escaped(claims.name)}</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<g font-family="Helvetica, Arial, sans-serif" fill="#000" text-anchor="middle">
{lines}
</g>
</svg>
"""
    return Sticker(svg, code)


def _drawn(code: QrCode) -> str:
    """The QR code's own drawing, scaled to millimetres."""
    _, _, drawing = code.svg().partition("?>")  # a document inside another has no declaration
    scale = _QR_SIDE / (code.side * DEFAULT_SCALE)
    left = (WIDTH - _QR_SIDE) / 2
    return f'<g transform="translate({left:g} {_QR_TOP:g}) scale({scale:.6f})">{drawing.strip()}</g>'


def _name(name: str) -> list[str]:
    """The name as large as it fits, its last line always at the same height."""
    size, lines = _NAME_SIZES[-1], [name]
    for size in _NAME_SIZES:
        lines = textwrap.wrap(name, int(_room() / (0.6 * size))) or [name]
        if len(lines) <= (_MOST_LINES if size < 7 else 2):
            break
    bottom = _NAME_BOTTOM - (size * 0.2)
    return [
        _text(line, bottom - 1.15 * size * (len(lines) - 1 - row), size, bold=True) for row, line in enumerate(lines)
    ]


def _room() -> int:
    return WIDTH - 2 * _MARGIN


def _text(line: str, baseline: float, size: float, *, bold: bool = False) -> str:
    # Fonts differ: a line that could be too wide in one of them is told how wide to be.
    fitted = f' textLength="{_room()}" lengthAdjust="spacingAndGlyphs"' if _ems(line) * size > _room() else ""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{WIDTH / 2:g}" y="{baseline:.2f}" font-size="{size:g}"{weight}{fitted}>{_escaped(line)}</text>'


def _ems(line: str) -> float:
    """About how wide a line is, in units of its font size; rather too much than too little."""
    return sum(_em(character) for character in line)


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or character in "MWmw@%—…":
        return 1.0
    if character in " .,:;'’!|iljItfr()-1":
        return 0.36
    return 0.75 if character.isupper() else 0.57


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
