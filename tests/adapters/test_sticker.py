"""The counter sticker: a sheet whose QR is read back from the drawing, and that no name can break."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pytest

from tests.world import PHARMACY, World
from vitaletoken.adapters import sticker as sheets
from vitaletoken.adapters.qr import read_qr
from vitaletoken.adapters.sticker import HEIGHT, WIDTH, sticker

SVG = "{http://www.w3.org/2000/svg}"
PIXELS = 5  # a millimetre


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def sheet(world: World, name: str = PHARMACY, *, specimen: bool = False) -> ET.Element:
    return ET.fromstring(sticker(world.certificate(name=name), specimen=specimen).svg)


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def photographed(root: ET.Element) -> bytes:
    """The sheet's drawn code where it stands on the sheet, as a picture."""
    image = pytest.importorskip("PIL.Image").new("L", (WIDTH * PIXELS, HEIGHT * PIXELS), 255)
    placed = next(group for group in root.iter(f"{SVG}g") if "translate" in group.get("transform", ""))
    left, top, scale = map(float, re.findall(r"[0-9.]+", placed.get("transform", "")))
    inner = placed.find(f"{SVG}svg/{SVG}g")
    assert inner is not None
    module = scale * float(re.findall(r"[0-9.]+", inner.get("transform", ""))[0]) * PIXELS
    path = next(element for element in inner if element.get("stroke")).get("d", "")
    x = y = 0.0
    for command, arguments in re.findall(r"([Mmh])([-0-9. ]+)", path):
        values = [float(value) for value in re.findall(r"-?[0-9.]+", arguments)]
        if command == "h":
            box = (left * PIXELS + x * module, top * PIXELS + (y - 0.5) * module)
            end = (left * PIXELS + (x + values[0]) * module, top * PIXELS + (y + 0.5) * module)
            image.paste(0, tuple(round(value) for value in (*box, *end)))
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_code_is_read_back_from_the_sheet(world: World) -> None:
    certificate = world.certificate()
    made = sticker(certificate, specimen=False)
    assert (made.code.error, made.code.version <= 10) == ("M", True)
    found = read_qr(photographed(ET.fromstring(made.svg)), prefixes=("VTT1:",))
    assert found.text == certificate.text


def test_it_is_a6_and_says_who(world: World) -> None:
    root = sheet(world)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("105mm", "148mm", "0 0 105 148")
    shown = texts(root)
    assert " ".join(shown[:2]) == PHARMACY
    assert "Établissement n° 690012345" in shown
    assert shown[-1] == "Valable jusqu’au 22/11/2027"
    assert "SPÉCIMEN" in texts(sheet(world, specimen=True))[-1]


@pytest.mark.parametrize(
    "name",
    [
        "A",
        "<script>alert(1)</script> & 'co' \"x\"",
        "]]><svg onload=x>",
        "W" * 64,
        "Cabinet médical du docteur Lefebvre-Moreau et associés, Lyon 3",
        "M" * 21 + " " + "M" * 21 + " " + "M" * 20,
        "صيدلية المحطة",
        "\ufffe and \uffff",
        " ",
    ],
)
def test_no_name_breaks_it(world: World, name: str) -> None:
    root = sheet(world, name)
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "g", "text", "path")
    }
    lines = [element for element in root.iter(f"{SVG}text") if element.get("font-weight") == "bold"][:-1]
    assert 1 <= len(lines) <= 3
    written = "".join("".join(line.text or "" for line in lines).split())
    assert written == "".join(re.sub("[\ufffe\uffff]", "\ufffd", name).split())
    for line in root.iter(f"{SVG}text"):
        size, baseline = float(line.get("font-size", "")), float(line.get("y", ""))
        assert size <= baseline <= HEIGHT
        room = line.get("textLength") is not None or sheets._ems(line.text or "") * size <= WIDTH - 14
        assert room, "no wider than the sheet"
    assert all(float(line.get("y", "")) < 31 for line in lines), "above the code"
