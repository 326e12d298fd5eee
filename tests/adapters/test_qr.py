"""QR pictures, written and read back. All noise is seeded; nothing here needs more than the ``qr`` extra."""

from __future__ import annotations

import io
import random
import re
import struct
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitaletoken.adapters import qr
from vitaletoken.errors import UsageError, VitaletokenError

segno = pytest.importorskip("segno")
Image = pytest.importorskip("PIL.Image")
ImageFilter = pytest.importorskip("PIL.ImageFilter")
ImageOps = pytest.importorskip("PIL.ImageOps")

MODULES = {"zxing-cpp": "zxingcpp", "pyzbar": "pyzbar.pyzbar"}
PRESENT = [name for name, module in MODULES.items() if qr._optional(module) is not None]
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def card_text(characters: int, seed: int = 1) -> str:
    return "VT1:" + "".join(random.Random(seed).choices(BASE45, k=characters - 4))


FULL = card_text(736)
"""As long as a presentation of two factors."""
SHORT = card_text(60)


def picture(text: str, scale: int = 6) -> Any:
    return Image.open(io.BytesIO(qr.write_qr(text).png(scale=scale))).convert("L")


def side_by_side(*pictures: Any) -> Any:
    sheet = Image.new("L", (sum(p.width for p in pictures), max(p.height for p in pictures)), 255)
    left = 0
    for p in pictures:
        sheet.paste(p, (left, 0))
        left += p.width
    return sheet


def file_of(image: Any, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take modules away, as if they were not installed."""

    def take_away(*modules: str) -> None:
        real = qr._optional
        monkeypatch.setattr(qr, "_optional", lambda name: None if name in modules else real(name))

    return take_away


@pytest.fixture(params=MODULES)
def decoder(request: pytest.FixtureRequest, hide: Callable[..., None]) -> str:
    """One decoder alone."""
    if request.param not in PRESENT:
        pytest.skip(f"{request.param} is not installed")
    hide(*(module for name, module in MODULES.items() if name != request.param))
    return str(request.param)


# --- writing


@pytest.mark.parametrize(("medium", "version", "error"), [(qr.Medium.SCREEN, 15, "L"), (qr.Medium.PRINT, 18, "M")])
def test_a_full_presentation_has_the_version_and_level_of_its_medium(
    medium: qr.Medium, version: int, error: str
) -> None:
    code = qr.write_qr(FULL, medium=medium)
    assert (code.version, code.error, code.characters) == (version, error, 736)
    assert code.side == 17 + 4 * version + 8
    assert qr.read_qr(code.png()).text == FULL


@pytest.mark.parametrize("medium", qr.Medium)
@pytest.mark.parametrize("characters", [5, 60, 524])
def test_the_level_is_never_boosted(medium: qr.Medium, characters: int) -> None:
    assert qr.write_qr(card_text(characters), medium=medium).error == medium.value


def test_the_level_is_in_the_symbol_itself() -> None:
    zxing = pytest.importorskip("zxingcpp")
    for medium in qr.Medium:
        [code] = zxing.read_barcodes(Image.open(io.BytesIO(qr.write_qr(FULL, medium=medium).png())).convert("L"))
        assert code.ec_level == medium.value


@pytest.mark.parametrize("text", ["", "VT1:abc", "VT1:É", "VT1:A\n", "VT1:,"])
def test_text_outside_the_alphanumeric_set_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="alphanumeric"):
        qr.write_qr(text)


@pytest.mark.parametrize(("medium", "most"), [(qr.Medium.SCREEN, 4296), (qr.Medium.PRINT, 3391)])
def test_text_too_long_for_any_version_is_a_usage_error(medium: qr.Medium, most: int) -> None:
    assert qr.write_qr("A" * most, medium=medium).version == 40
    with pytest.raises(UsageError, match="too long"):
        qr.write_qr("A" * (most + 1), medium=medium)


@pytest.mark.parametrize("scale", [-1, 0, 2, 65])
def test_a_scale_out_of_range_is_a_usage_error(scale: int) -> None:
    with pytest.raises(UsageError, match="scale"):
        qr.write_qr(SHORT).png(scale=scale)


def test_writing_without_segno_names_the_extra(hide: Callable[..., None]) -> None:
    hide("segno")
    with pytest.raises(UsageError, match=r"vitaletoken\[qr\]"):
        qr.write_qr(SHORT)


def test_png_has_a_white_quiet_zone_of_four_modules() -> None:
    code = qr.write_qr(FULL)
    image = Image.open(io.BytesIO(code.png(scale=5))).convert("L")
    assert image.size == (code.side * 5, code.side * 5)
    assert ImageOps.invert(image).getbbox() == (20, 20, image.width - 20, image.height - 20)


def test_svg_draws_the_same_symbol(decoder: str) -> None:
    code = qr.write_qr(FULL)
    root = ET.fromstring(code.svg())
    assert (root.get("width"), root.get("height")) == (str(code.side * 6),) * 2
    [path] = [p.get("d", "") for p in root.iter("{http://www.w3.org/2000/svg}path") if p.get("stroke") == "#000"]
    image, x, y = Image.new("L", (code.side, code.side), 255), 0, 0.0
    for command, arguments in re.findall(r"([Mmh])([-\d. ]+)", path):
        numbers = [float(n) for n in arguments.split()]
        if command == "h":
            image.paste(0, (x, int(y), x + int(numbers[0]), int(y) + 1))
            x += int(numbers[0])
        elif command == "m":
            x, y = x + int(numbers[0]), y + numbers[1]
        else:
            x, y = int(numbers[0]), numbers[1]
    scan = qr.read_qr(image.resize((code.side * 4, code.side * 4), Image.Resampling.NEAREST))
    assert (scan.text, scan.decoder) == (FULL, decoder)


@pytest.mark.parametrize("dark_background", [True, False])
def test_terminal_text_is_a_true_qr_code(decoder: str, dark_background: bool) -> None:
    code = qr.write_qr(FULL)
    lines = code.terminal(dark_background=dark_background).splitlines()
    assert {len(line) for line in lines} == {code.side}
    ink, paper = (255, 0) if dark_background else (0, 255)
    image = Image.new("L", (code.side, 2 * len(lines)), paper)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            upper, lower = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}[character]
            if upper:
                image.putpixel((column, 2 * row), ink)
            if lower:
                image.putpixel((column, 2 * row + 1), ink)
    # zbar reads no inverted code, so this also shows that the code came out dark on light.
    scan = qr.read_qr(image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST))
    assert (scan.text, scan.decoder) == (FULL, decoder)


# --- reading: which decoder


def test_each_decoder_alone_reads_and_is_named(decoder: str) -> None:
    for medium in qr.Medium:
        assert qr.read_qr(qr.write_qr(FULL, medium=medium).png()) == qr.Scan(FULL, decoder, 1)


@pytest.mark.skipif(len(PRESENT) < 2, reason="needs both decoders")
def test_zxing_comes_first_and_pyzbar_only_when_it_found_no_card_code(monkeypatch: pytest.MonkeyPatch) -> None:
    png = qr.write_qr(SHORT).png()
    assert qr.read_qr(png).decoder == "zxing-cpp"
    monkeypatch.setattr(qr, "_zxing", lambda: lambda _grey: ["HTTPS://EXAMPLE.ORG", "VT1"])
    assert qr.read_qr(png) == qr.Scan(SHORT, "pyzbar", 1)


def test_a_decoder_that_fails_gives_way_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_grey: Any) -> list[str | None]:
        raise RuntimeError("from C++")

    monkeypatch.setattr(qr, "_zxing", lambda: broken)
    monkeypatch.setattr(qr, "_pyzbar", lambda: lambda _grey: [SHORT])
    assert qr.read_qr(picture(SHORT)).decoder == "pyzbar"
    monkeypatch.setattr(qr, "_pyzbar", lambda: broken)
    with pytest.raises(qr.ScanError) as caught:
        qr.read_qr(picture(SHORT))
    assert caught.value.reason is qr.ScanReason.UNREADABLE_IMAGE
    assert caught.value.__notes__ == ["No decoder could work (zxing-cpp: RuntimeError, pyzbar: RuntimeError)."]


def test_a_decoders_failure_is_not_kept_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_grey: Any) -> list[str | None]:
        return [b"VT1:ABC\xff".decode()]

    monkeypatch.setattr(qr, "_zxing", lambda: broken)
    monkeypatch.setattr(qr, "_pyzbar", lambda: None)
    with pytest.raises(qr.ScanError) as caught:
        qr.read_qr(picture(SHORT))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("modules", [("zxingcpp", "pyzbar.pyzbar"), ("PIL.Image",)])
def test_reading_without_the_packages_names_the_extra(modules: tuple[str, ...], hide: Callable[..., None]) -> None:
    png = qr.write_qr(SHORT).png()
    hide(*modules)
    with pytest.raises(UsageError, match=r"vitaletoken\[qr\]"):
        qr.read_qr(png)


def test_importing_the_module_imports_none_of_the_packages() -> None:
    program = (
        "import sys, vitaletoken.adapters.qr; "
        "sys.exit(str(sorted({'segno', 'zxingcpp', 'pyzbar', 'PIL', 'numpy'} & sys.modules.keys()) or ''))"
    )
    root = Path(qr.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


# --- reading: which code


def test_ours_is_picked_among_others(decoder: str) -> None:
    foreign = segno.make_qr("https://example.org/", boost_error=False)
    out = io.BytesIO()
    foreign.save(out, kind="png", scale=6, border=4)
    sheet = side_by_side(Image.open(out).convert("L"), picture(SHORT), picture("VT2:" + SHORT[4:]))
    assert qr.read_qr(sheet) == qr.Scan(SHORT, decoder, 3)
    assert qr.read_qr(sheet, prefixes=("VT2:", "VT3:")).text == "VT2:" + SHORT[4:]


def test_two_different_cards_are_refused(decoder: str) -> None:
    sheet = side_by_side(picture(SHORT), picture(card_text(60, seed=2)))
    with pytest.raises(qr.ScanError) as caught:
        qr.read_qr(sheet)
    assert caught.value.reason is qr.ScanReason.SEVERAL_CARD_CODES
    with pytest.raises(qr.ScanError):
        qr.read_qr(side_by_side(picture(SHORT), picture("VT2:" + SHORT[4:])), prefixes=("VT1:", "VT2:"))


def test_copies_of_one_card_are_one(decoder: str) -> None:
    assert qr.read_qr(side_by_side(picture(SHORT), picture(SHORT))) == qr.Scan(SHORT, decoder, 2)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (Image.new("L", (300, 300), 255), qr.ScanReason.NO_CODE),
        (Image.new("L", (1, 1), 0), qr.ScanReason.NO_CODE),
        (Image.new("L", (0, 0)), qr.ScanReason.UNREADABLE_IMAGE),
        (picture("HELLO WORLD"), qr.ScanReason.NO_CARD_CODE),
        (picture("VT1"), qr.ScanReason.NO_CARD_CODE),
    ],
)
def test_no_card_code(decoder: str, image: Any, reason: qr.ScanReason) -> None:
    with pytest.raises(qr.ScanError, match=reason.value) as caught:
        qr.read_qr(image)
    assert caught.value.reason is reason


def test_a_code_in_byte_mode_is_read_as_text(decoder: str) -> None:
    out = io.BytesIO()
    segno.make_qr(SHORT, mode="byte").save(out, kind="png", scale=6)
    assert qr.read_qr(out.getvalue()).text == SHORT


def test_bytes_that_are_not_text_are_no_foreign_exception(decoder: str) -> None:
    out = io.BytesIO()
    segno.make_qr(b"VT1:" + bytes(range(256)), mode="byte").save(out, kind="png", scale=6)
    if decoder == "pyzbar":  # it damages them, and what it makes of them is not taken
        assert reason_of(out.getvalue()) is qr.ScanReason.NO_CARD_CODE
    else:
        assert qr.read_qr(out.getvalue()).text.startswith("VT1:\0")


def test_neither_result_nor_error_shows_the_text() -> None:
    png = qr.write_qr(SHORT).png()
    assert SHORT not in repr(qr.read_qr(png)) + repr(qr.write_qr(SHORT))
    with pytest.raises(qr.ScanError) as caught:
        qr.read_qr(png, prefixes=("VT9:",))
    assert SHORT not in str(caught.value)


# --- reading: bad pictures of good codes


def noisy(image: Any, seed: int, share: float) -> Any:
    noise = Image.frombytes("L", image.size, random.Random(seed).randbytes(image.width * image.height))
    return Image.blend(image, noise, share)


def tilted(image: Any, x: float, y: float) -> Any:
    """Perspective: the right side further away by ``x``, the lower one by ``y`` (shares of the picture's size)."""
    w, h = image.size
    size = (int(w * (1 + x)) + 20, int(h * (1 + y)) + 20)
    inverse = (1 + x / 2, 0.03, -0.02 * w, 0.02, 1 + y / 2, -0.02 * h, x / w / 2, y / h / 2)
    return image.transform(size, Image.Transform.PERSPECTIVE, inverse, Image.Resampling.BICUBIC, fillcolor=255)


BAD = {
    "quarter-turn": lambda p: p.rotate(90, expand=True),
    "upside-down": lambda p: p.rotate(180),
    "rotated": lambda p: p.rotate(27, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "tilted": lambda p: tilted(p, 0.2, 0.1),
    "noisy": lambda p: noisy(p, seed=3, share=0.35),
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(2.0)),
    "dim": lambda p: p.point(lambda v: 90 + v // 5),
    "all-at-once": lambda p: noisy(
        tilted(p.rotate(8, Image.Resampling.BICUBIC, expand=True, fillcolor=255), 0.1, 0.1).filter(
            ImageFilter.GaussianBlur(1.0)
        ),
        seed=4,
        share=0.2,
    ),
    "jpeg": lambda p: Image.open(io.BytesIO(file_of(p, "JPEG", quality=20))),
    "three-pixels-a-module": lambda p: p.resize((p.width // 2, p.height // 2), Image.Resampling.BILINEAR),
}


@pytest.mark.skipif("zxing-cpp" not in PRESENT, reason="pyzbar does not read all of these")
@pytest.mark.parametrize("medium", qr.Medium)
@pytest.mark.parametrize("fault", BAD)
def test_a_bad_picture_is_still_read(fault: str, medium: qr.Medium) -> None:
    good = Image.open(io.BytesIO(qr.write_qr(FULL, medium=medium).png())).convert("L")
    assert qr.read_qr(file_of(BAD[fault](good))).text == FULL


def on_transparency(image: Any) -> Any:
    out = Image.new("RGBA", image.size, (0, 0, 0, 0))
    out.putalpha(ImageOps.invert(image))
    return out


def deep(image: Any) -> Any:
    """Sixteen bits of grey, dark being above 255 too: cut off instead of scaled, everything would be white."""
    values = (65535 if v else 1000 for v in image.tobytes())
    return Image.frombytes("I;16", image.size, b"".join(struct.pack("<H", v) for v in values))


MODES = {
    "bilevel": lambda p: p.convert("1"),
    "grey": lambda p: p,
    "colour": lambda p: p.convert("RGB"),
    "palette": lambda p: p.convert("P"),
    "black on transparent": on_transparency,
    "grey and alpha": lambda p: on_transparency(p).convert("LA"),
    "sixteen bits": deep,
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pixels_is_read(mode: str, decoder: str) -> None:
    image = MODES[mode](picture(SHORT))
    assert qr.read_qr(image).text == SHORT
    assert qr.read_qr(file_of(image)).text == SHORT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_each_format_is_read_from_bytes_and_path(kind: str, tmp_path: Path) -> None:
    content = file_of(picture(SHORT), kind)
    path = tmp_path / "no-suffix"
    path.write_bytes(content)
    assert [qr.read_qr(source).text for source in (content, path, str(path))] == [SHORT] * 3


def test_the_callers_image_is_left_as_it_was() -> None:
    image = picture(SHORT)
    before = image.tobytes()
    qr.read_qr(image)
    assert image.tobytes() == before


# --- reading: what is not a picture


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def reason_of(image: Any) -> qr.ScanReason:
    with pytest.raises(qr.ScanError) as caught:
        qr.read_qr(image)
    return caught.value.reason


@pytest.mark.parametrize("side", [7072, 9000, 12_000, 60_000, 2**31 - 1])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_huge_dimensions_are_refused_before_decoding(side: int, action: Any) -> None:
    started = time.perf_counter()
    with warnings.catch_warnings():  # Pillow warns between its limit and twice its limit
        warnings.simplefilter(action)
        assert reason_of(png_header(side, side)) is qr.ScanReason.IMAGE_TOO_LARGE
    assert time.perf_counter() - started < 1


def test_a_truncated_picture_of_a_permitted_size_is_unreadable() -> None:
    assert reason_of(png_header(100, 100)) is qr.ScanReason.UNREADABLE_IMAGE


def test_webp_is_not_opened() -> None:
    # A valid file of 16,383 by 8,000 pixels: Pillow would take a gigabyte while opening it, before its size is known.
    webp = bytes.fromhex("524946461a000000574542505650384c0e0000002ffeffcf07071011fd0f4444ff03")
    assert reason_of(webp) is qr.ScanReason.UNREADABLE_IMAGE


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_PIXELS"])
def test_the_limits_hold_for_every_source(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = qr.write_qr(SHORT).png()
    image = Image.open(io.BytesIO(content))
    path = tmp_path / "card.png"
    path.write_bytes(content)
    size = len(content) if limit == "MAX_BYTES" else image.width * image.height
    sources = [content, path] if limit == "MAX_BYTES" else [content, path, image]
    monkeypatch.setattr(qr, limit, size)
    for source in sources:
        assert qr.read_qr(source).text == SHORT
    monkeypatch.setattr(qr, limit, size - 1)
    for source in sources:
        assert reason_of(source) is qr.ScanReason.IMAGE_TOO_LARGE


def test_memory_that_runs_out_is_a_picture_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_pil: Any, _picture: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(qr, "_flatten", exhausted)
    assert reason_of(qr.write_qr(SHORT).png()) is qr.ScanReason.IMAGE_TOO_LARGE


def test_a_file_that_is_not_there_is_the_file_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        qr.read_qr(tmp_path / "none.png")


def test_something_else_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        qr.read_qr(42)  # type: ignore[arg-type]  # a wrong type is the test


def test_a_scan_error_is_ours() -> None:
    assert issubclass(qr.ScanError, VitaletokenError)


SMALL = "VT1:6BF"
FILES = {
    "PNG": file_of(picture(SMALL, scale=3)),
    "JPEG": file_of(picture(SMALL, scale=3), "JPEG", quality=50),
    "BMP": file_of(picture(SMALL, scale=3).convert("1"), "BMP"),
    "GIF": file_of(picture(SMALL, scale=3), "GIF"),
}


def read_or_refuse(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qr, "MAX_PIXELS", 100_000)  # a damaged size is either refused or quick
        try:
            scan = qr.read_qr(content)
        except qr.ScanError:
            return
    assert scan.text.startswith("VT1:")


def repaired(png: bytes) -> bytes:
    """The same PNG with right checksums, so that damage gets past them."""
    out, at = bytearray(png), 8
    while at + 12 <= len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


HEADS = st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"GIF89a", b"RIFF\0\0\0\0WEBP"])


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(head=HEADS, tail=st.binary(max_size=300))
def test_random_bytes_cause_no_foreign_exception(head: bytes, tail: bytes) -> None:
    read_or_refuse(head + tail)


@pytest.mark.parametrize("kind", FILES)
def test_truncated_pictures_cause_no_foreign_exception(kind: str) -> None:
    content = FILES[kind]
    for length in range(0, len(content), max(1, len(content) // 60)):
        read_or_refuse(content[:length])


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_pictures_cause_no_foreign_exception(kind: str, edits: list[tuple[int, int]]) -> None:
    content = bytearray(FILES[kind])
    for position, value in edits:
        content[position % len(content)] = value
    read_or_refuse(bytes(content))
    if kind == "PNG":
        read_or_refuse(repaired(bytes(content)))
