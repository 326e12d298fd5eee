"""The table and the plot of docs/status.md, from what ``simulate_status`` measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any, NamedTuple

BEGIN, END = "<!-- figures: begin, by make simulate -->", "<!-- figures: end -->"


class Row(NamedTuple):
    """One figure: what it is, its key, the bound, the unit, and what that is in bytes or seconds."""

    title: str
    key: str
    bound: str
    unit: str
    scale: float
    digits: int


ROWS = (
    Row("all lists, once: snapshot and 67 lists", "full", "1,500 kB at 1 %", "kB", 1e3, 0),
    Row("a day: snapshot with ML-DSA-65, and delta", "delta_day", "50 kB", "kB", 1e3, 1),
    Row("a day: snapshot without it, and delta", "delta_day_ed25519", "", "kB", 1e3, 1),
    Row("of that, the delta", "delta", "", "kB", 1e3, 1),
    Row("on the terminal's disk", "disk", "", "kB", 1e3, 0),
    Row("terminal's memory, all lists open", "rss", "100 MB", "MB", 1e6, 0),
    Row("of that, the interpreter and its libraries", "rss_imported", "", "MB", 1e6, 0),
    Row("terminal's memory, at most, during an update", "rss_peak", "100 MB", "MB", 1e6, 0),
    Row("look-up, list open", "warm", "5 µs", "µs", 1e-6, 2),
    Row("look-up, list to be opened: median of 66", "cold", "5 ms", "ms", 1e-3, 2),
    Row("the slowest of them, waits included", "slowest", "", "ms", 1e-3, 2),
    Row("the very first look-up: snapshot and list", "first", "5 ms", "ms", 1e-3, 2),
    Row("opening the store", "start", "", "ms", 1e-3, 2),
    Row("taking all lists", "take_full", "", "s", 1, 2),
    Row("taking a day by delta", "take_delta", "", "s", 1, 2),
    Row("issuer: building and signing all lists", "build", "600 s", "s", 1, 1),
    Row("issuer: the same with the delta of a day", "build_day", "600 s", "s", 1, 1),
    Row("issuer: writing them to the directory", "write", "", "s", 1, 2),
)


def write(docs: Path, figures: Sequence[Mapping[str, Any]], machine: Mapping[str, str]) -> None:
    """Replace the figures in ``status.md``, between the marks there, and the plot ``status.svg``."""
    page = docs / "status.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{table(figures, machine)}\n{END}{after}", encoding="utf-8")
    (docs / "status.svg").write_text(plot(figures), encoding="utf-8")


def table(figures: Sequence[Mapping[str, Any]], machine: Mapping[str, str]) -> str:
    """In Markdown, with a line on what it was measured on."""
    shares = [f"{100 * each['share']:g} % revoked" for each in figures]
    lines = [" | ".join(["", "at most", *shares]), "|".join(["---"] * 2 + ["---:"] * len(shares))]
    for row in ROWS:
        values = [f"{each[row.key] / row.scale:,.{row.digits}f} {row.unit}" for each in figures]
        lines.append(" | ".join([row.title, row.bound, *values]))
    on = ", ".join(f"{name} {value}" for name, value in machine.items())
    return "\n".join(f"| {line} |" for line in lines) + f"\n\nMeasured on 2 cores: {on}."


# --- the plot: bars on a logarithmic axis, with no library

_SERIES = (("full", "#3b6fb6", "all lists"), ("delta_day", "#c8553d", "a day by delta"))
_LOW, _HIGH = 4, 7  # powers of ten, bytes
_LEFT, _TOP, _HEIGHT, _GROUP, _BAR = 70, 40, 260, 150, 46


def plot(figures: Sequence[Mapping[str, Any]]) -> str:
    """What a terminal downloads, as an SVG image."""
    width = _LEFT + _GROUP * len(figures) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_TOP + _HEIGHT + 60}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>What a terminal downloads: all lists of 70 million cards, and a day by delta</title>",
        "<style>text { fill: #333 } .grid { stroke: #bbb } .bound { stroke: #777; stroke-dasharray: 4 4 } "
        "@media (prefers-color-scheme: dark) { text { fill: #ddd } .grid { stroke: #555 } }</style>",
    ]
    for power in range(_LOW, _HIGH + 1):
        parts += _line(10**power, width, "grid", f"{10 ** (power - 3):,} kB")
    for bound in (50_000, 1_500_000):
        parts += _line(bound, width, "bound", "")
    for place, each in enumerate(figures):
        left = _LEFT + _GROUP * place + (_GROUP - 2 * _BAR) / 2
        for number, (key, colour, _) in enumerate(_SERIES):
            top = _height(each[key])
            x = left + number * _BAR
            parts.append(
                f'<rect x="{x:g}" y="{top:.1f}" width="{_BAR - 6}" height="{_TOP + _HEIGHT - top:.1f}" fill="{colour}"/>'
            )
            label = f"{each[key] / 1e3:,.0f}"
            parts.append(f'<text x="{x + (_BAR - 6) / 2:g}" y="{top - 5:.1f}" text-anchor="middle">{label}</text>')
        middle = _LEFT + _GROUP * (place + 0.5)
        share = f"{100 * each['share']:g} % revoked"
        parts.append(f'<text x="{middle:g}" y="{_TOP + _HEIGHT + 20}" text-anchor="middle">{share}</text>')
    for number, (_, colour, name) in enumerate(_SERIES):
        x, y = _LEFT + 150 * number, _TOP + _HEIGHT + 36
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="{y + 10}">{name}, kB</text>')
    x, y = _LEFT + 300, _TOP + _HEIGHT + 42
    parts.append(f'<line class="bound" x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}"/>')
    parts.append(f'<text x="{x + 30}" y="{y + 4}">bounds: 1,500 kB at 1 %, 50 kB</text>')
    return "\n".join([*parts, "</svg>", ""])


def _height(size: float) -> float:
    """The y of that many bytes."""
    return _TOP + _HEIGHT * (1 - (log10(size) - _LOW) / (_HIGH - _LOW))


def _line(size: float, width: int, kind: str, label: str) -> list[str]:
    y = f"{_height(size):.1f}"
    line = f'<line class="{kind}" x1="{_LEFT}" x2="{width - 10}" y1="{y}" y2="{y}"/>'
    return (
        [line, f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end" dominant-baseline="middle">{label}</text>']
        if label
        else [line]
    )
