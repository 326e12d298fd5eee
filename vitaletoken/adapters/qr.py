"""QR pictures: a presentation's text to a picture, and a picture from outside to a text.

Writing uses segno. Reading uses zxing-cpp first and pyzbar (zbar) second: of simulated photographs of a screen
zxing-cpp reads more, in a fifth of the time, and zbar has had memory faults on crafted pictures (CVE-2023-40889).
pyzbar is asked when zxing-cpp found no card code or is not installed; left uninstalled, zbar sees no pictures.
Pillow opens the picture. All four come with ``vitaletoken[qr]`` and are imported when first used: segno alone takes
about as long to import as the core, which needs none of them.

What a picture says is text and no more: nothing in it may be believed before it is verified, and whether it is in form
is for the reader of the text to say. Codes are told apart by their prefix alone.
"""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vitaletoken.errors import UsageError, VitaletokenError

if TYPE_CHECKING:
    from PIL.Image import Image

DEFAULT_SCALE: Final = 6
MIN_SCALE: Final = 3
"""Pixels a module. Below three, photographs of the code stop being read."""
MAX_SCALE: Final = 64
QUIET_ZONE: Final = 4
"""Modules of white on each side, as ISO/IEC 18004 asks."""

MAX_PIXELS: Final = 50_000_000
"""Larger pictures are refused before they are decoded. The worst of this size take about 4 s and 550 MB."""
MAX_BYTES: Final = 64 * 1024 * 1024

# WebP is left out although Pillow has it: it allocates the whole canvas while opening, before the size can be looked
# at. A file of 34 bytes then takes more than a gigabyte.
_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF")
_ALPHANUMERIC: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


class Medium(Enum):
    """Where the code is shown. The value is the QR error correction level (ISO/IEC 18004)."""

    SCREEN = "L"
    """Nothing is smudged on a screen, and the coarser modules of level L are read from further away."""
    PRINT = "M"
    """Paper is folded and stained."""


class ScanReason(StrEnum):
    """Why a picture gave no text: closed and stable, as the error codes are."""

    UNREADABLE_IMAGE = "unreadable-image"
    IMAGE_TOO_LARGE = "image-too-large"
    NO_CODE = "no-code"
    NO_CARD_CODE = "no-card-code"
    SEVERAL_CARD_CODES = "several-card-codes"


_SENTENCES: Final = {
    ScanReason.UNREADABLE_IMAGE: "The picture is damaged or not in a format known here (PNG, JPEG, BMP, GIF).",
    ScanReason.IMAGE_TOO_LARGE: "The picture is too large.",
    ScanReason.NO_CODE: "No QR code was found in the picture.",
    ScanReason.NO_CARD_CODE: "The picture has a QR code, but not that of a card.",
    ScanReason.SEVERAL_CARD_CODES: "The picture has the QR codes of several cards: show one at a time.",
}


class ScanError(VitaletokenError):
    """A picture gave no text; ``reason`` says why."""

    def __init__(self, reason: ScanReason) -> None:
        super().__init__(f"{_SENTENCES[reason]} [{reason.value}]")
        self.reason: Final = reason


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, ready to be drawn: dark on white, with the quiet zone.

    Attributes:
        version: 1 to 40; a side has 17 + 4 * version modules.
        error: error correction level, ``"L"`` or ``"M"``, as it was asked for.
        characters: length of the text in it.
    """

    version: int
    error: str
    characters: int
    _symbol: Any = field(repr=False, compare=False)  # segno.QRCode

    @property
    def side(self) -> int:
        """Modules a side, with the quiet zone."""
        return 17 + 4 * self.version + 2 * QUIET_ZONE

    def png(self, *, scale: int = DEFAULT_SCALE) -> bytes:
        """A PNG file, ``side * scale`` pixels a side. Raises UsageError for a scale out of range."""
        return self._file("png", scale)

    def svg(self, *, scale: int = DEFAULT_SCALE) -> str:
        """An SVG document, ``side * scale`` units a side. Raises UsageError for a scale out of range."""
        return self._file("svg", scale).decode("utf-8")

    def terminal(self, *, dark_background: bool = True) -> str:
        """Lines of half blocks, two modules a character, each line ending in a line feed.

        Args:
            dark_background: whether the terminal writes light on dark. The code must come out dark on light either way,
                since not every scanner reads an inverted one.
        """
        rows = [bytes(row) for row in self._symbol.matrix_iter(scale=1, border=QUIET_ZONE)]  # 1 is a dark module
        if len(rows) % 2:  # always: a side is odd; one more row of quiet zone fills the last line
            rows.append(bytes(self.side))
        drawn = 0 if dark_background else 1
        lines = (
            "".join(" ▄▀█"[2 * (upper == drawn) + (lower == drawn)] for upper, lower in zip(*pair, strict=True))
            for pair in zip(rows[::2], rows[1::2], strict=True)
        )
        return "".join(f"{line}\n" for line in lines)

    def _file(self, kind: str, scale: int) -> bytes:
        if not MIN_SCALE <= scale <= MAX_SCALE:
            raise UsageError(f"scale must be {MIN_SCALE} to {MAX_SCALE} pixels a module")
        out = io.BytesIO()
        # White is said, not left transparent: a page may be dark.
        self._symbol.save(out, kind=kind, scale=scale, border=QUIET_ZONE, dark="#000", light="#fff")
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class Scan:
    """What a picture said.

    Attributes:
        text: the text of the code, as it was read. Not in the ``repr``: it has a person's name in it.
        decoder: which decoder read it, ``"zxing-cpp"`` or ``"pyzbar"``.
        seen: how many QR codes that decoder saw in the picture, copies and foreign ones counted.
    """

    text: str = field(repr=False)
    decoder: str
    seen: int


def write_qr(text: str, *, medium: Medium = Medium.SCREEN) -> QrCode:
    """Make the QR code of ``text`` in alphanumeric mode, in the smallest version that holds it.

    The level stays what the medium asks, also where a higher one would fit: codes should look alike. Takes some 20 ms.

    Raises:
        UsageError: the text is empty, has a character that is not in the QR alphanumeric set, or is too long for any
            version (4,296 characters for the screen, 3,391 for print); or segno is not installed.
    """
    if not text or not _ALPHANUMERIC.issuperset(text):
        raise UsageError("text for a QR code must be one or more characters of the QR alphanumeric set")
    segno = _optional("segno")
    if segno is None:
        raise UsageError("writing QR codes needs segno: install vitaletoken[qr]")
    try:
        symbol = segno.make_qr(text, error=medium.value, mode="alphanumeric", boost_error=False)
    except segno.DataOverflowError as error:
        raise UsageError("text is too long for a QR code") from error
    return QrCode(symbol.version, symbol.error, len(text), symbol)


def read_qr(image: bytes | str | os.PathLike[str] | Image, *, prefixes: tuple[str, ...] = ("VT1:",)) -> Scan:
    """Read the one card code in a picture.

    Args:
        image: the content of a PNG, JPEG, BMP or GIF file, its path, or a Pillow image.
        prefixes: a card's code begins with one of these. Others are passed over; several with one text count as one.

    Raises:
        ScanError: the picture is not readable, too large (``MAX_PIXELS``, ``MAX_BYTES``), has no such code, or several
            that differ: which of two people stands at the desk is not ours to guess.
        UsageError: Pillow, or both zxing-cpp and pyzbar, are not installed.
        OSError: the file at the path cannot be opened or read.
    """
    grey = _grey(image)
    seen = asked = 0
    failures: list[str] = []
    for name, load in (("zxing-cpp", _zxing), ("pyzbar", _pyzbar)):
        decode = load()
        if decode is None:
            continue
        asked += 1
        try:
            texts = decode(grey)
        except Exception as error:  # noqa: BLE001 - foreign code on bytes from outside: the other one may still read it
            failures.append(f"{name}: {type(error).__name__}")  # not itself: it may have the code's text in it
            continue
        seen = max(seen, len(texts))
        cards = {text for text in texts if text is not None and text.startswith(prefixes)}
        if len(cards) > 1:
            raise ScanError(ScanReason.SEVERAL_CARD_CODES)
        if cards:
            return Scan(cards.pop(), name, len(texts))
    if not asked:
        raise UsageError("reading QR codes needs zxing-cpp or pyzbar (with the zbar library): install vitaletoken[qr]")
    if len(failures) == asked:
        unreadable = ScanError(ScanReason.UNREADABLE_IMAGE)
        unreadable.add_note(f"No decoder could work ({', '.join(failures)}).")
        raise unreadable
    raise ScanError(ScanReason.NO_CARD_CODE if seen else ScanReason.NO_CODE)


class _Grey(NamedTuple):
    """A picture as bytes of grey, row after row: what both decoders take without numpy."""

    pixels: bytes
    width: int
    height: int

    def __repr__(self) -> str:
        return f"_Grey({self.width} x {self.height})"  # the picture is a whole token


_Decode = Callable[[_Grey], list[str | None]]  # the texts of the QR codes seen; None for one that is not text


def _optional(name: str) -> Any | None:
    """A module of the ``qr`` extra, or None. Any, since none of them is there when the extra is not."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):  # OSError: pyzbar is there, but a library it loads is not
        return None


def _zxing() -> _Decode | None:
    zxing = _optional("zxingcpp")
    if zxing is None:
        return None
    # Looked up here, so that a release that renames them fails loudly and not as "no code". Told the format, it is ten
    # times faster; plain, it does not rewrite the text for people to read.
    form, mode = zxing.BarcodeFormat.QRCode, zxing.TextMode.Plain

    def decode(grey: _Grey) -> list[str | None]:
        pixels = memoryview(grey.pixels).cast("B", (grey.height, grey.width))
        return [str(code.text) for code in zxing.read_barcodes(pixels, formats=form, text_mode=mode)]

    return decode


def _pyzbar() -> _Decode | None:
    zbar = _optional("pyzbar.pyzbar")
    if zbar is None:
        return None
    symbols = [zbar.ZBarSymbol.QRCODE]

    def decode(grey: _Grey) -> list[str | None]:
        return [_ascii(code.data) for code in zbar.decode(tuple(grey), symbols=symbols)]

    return decode


def _ascii(content: bytes) -> str | None:
    # zbar guesses a character set for byte mode and damages what it guesses wrong. Our texts are ASCII.
    return content.decode("ascii") if content.isascii() else None


def _grey(image: bytes | str | os.PathLike[str] | Image) -> _Grey:
    pil = _optional("PIL.Image")
    if pil is None:
        raise UsageError("reading QR codes needs Pillow: install vitaletoken[qr]")
    if isinstance(image, (str, os.PathLike)):
        with Path(image).open("rb") as file:
            image = file.read(MAX_BYTES + 1)
    if isinstance(image, bytes) and len(image) > MAX_BYTES:
        raise ScanError(ScanReason.IMAGE_TOO_LARGE)
    if not isinstance(image, (bytes, pil.Image)):
        raise UsageError("image must be bytes, a path or a Pillow image")
    try:
        picture = pil.open(io.BytesIO(image), formats=_FORMATS) if isinstance(image, bytes) else image
        # Only the header has been read: nothing is allocated yet.
        if picture.width * picture.height <= MAX_PIXELS:
            grey = _flatten(pil, picture)
            return _Grey(grey.tobytes(), grey.width, grey.height)
    except (pil.DecompressionBombError, pil.DecompressionBombWarning, MemoryError) as error:
        raise ScanError(ScanReason.IMAGE_TOO_LARGE) from error
    except Exception as error:  # Pillow on bytes from outside: OSError, SyntaxError, ValueError, struct.error, ...
        raise ScanError(ScanReason.UNREADABLE_IMAGE) from error
    raise ScanError(ScanReason.IMAGE_TOO_LARGE)


def _flatten(pil: Any, picture: Any) -> Any:
    """A grey copy of the picture, on white where it is transparent."""
    if picture.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut off what is above 255, and so all but black would be white.
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        grey = pil.new("L", picture.size, 255)
        grey.paste(picture.convert("L"), mask=picture.getchannel("A"))
        return grey
    return picture.convert("L")
