"""The tables and the plot of docs/performance.md, from what ``beside`` and ``throughput`` measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benches.beside import Row
from benches.imports import IMPORTS
from benches.throughput import Throughput

BEGIN, END = "<!-- figures: begin, by make performance -->", "<!-- figures: end -->"


def write(
    docs: Path,
    rows: Sequence[Row],
    timed: Mapping[str, float],
    found: Throughput,
    imported: Mapping[str, float],
    machine: Mapping[str, str],
) -> None:
    """Replace the figures in ``performance.md``, between the marks there, and the plot ``performance.svg``."""
    page = docs / "performance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    on = ", ".join(f"{name} {value}" for name, value in machine.items())
    figures = "\n\n".join([table(rows), parts(timed), cores(found), imports(imported), f"Measured on 2 cores: {on}."])
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")
    (docs / "performance.svg").write_text(plot(rows), encoding="utf-8")


def table(rows: Sequence[Row]) -> str:
    """All tokens, by what they prove and then by what they cost to verify. In Markdown."""
    lines = [
        "|  | format | proves | characters | QR at L, M | verify | beside ours | issue | import |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    ours = rows[0].verify
    for row in sorted(rows, key=lambda row: (-row.factors, row.verify)):
        name = row.name if row.package == "vitaletoken" else row.package
        codes = ", ".join("none" if version is None else str(version) for version in row.versions)
        lines.append(
            f"| {name} | {row.format}, {row.algorithm} | {row.proves} | {row.size:,} | {codes} | {row.verify * 1e6:.0f} µs "
            f"| {row.verify / ours:.2f} | {row.issue * 1e6:.0f} µs | {row.imported * 1e3:.0f} ms |"
        )
    return "\n".join(lines)


def parts(timed: Mapping[str, float]) -> str:
    """Our verification beside the signature checks in it. In Markdown."""
    three, two = timed["bare-3"], timed["bare-2"]
    rows = [
        ("presentation, nothing cached", "1.25", "message", three),
        ("presentation, credential seen before", "1.15", "message-seen", two),
        ("text of the QR code, nothing cached", "", "verify", three),
        ("text of the QR code, credential seen before", "", "verify-seen", two),
        ("presentation, nothing cached, each QR new to the replay store", "", "message-new", three),
    ]
    lines = ["|  | time | bare signature checks | ratio | at most |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {timed[key] * 1e6:.0f} µs | {bare * 1e6:.0f} µs | {timed[key] / bare:.2f} | {bound} |"
        for name, bound, key, bare in rows
    ]
    return "\n".join(lines)


def cores(found: Throughput) -> str:
    """Scans a second, each of a QR new to its store; the last two beside one with a file. In Markdown."""
    lines = ["|  | scans a second | beside one | at least |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {rate:,.0f} | {rate / beside:.2f} | {bound} |"
        for name, rate, beside, bound in (
            ("one thread; replay store in memory", found.one, found.one, ""),
            ("two threads of one process; one store in memory", found.threads, found.one, ""),
            ("two processes; a store in memory each, not shared", found.processes, found.one, "1.80"),
            ("one process; store in a file (SQLite)", found.file, found.file, ""),
            ("two processes; one store in a file (SQLite), shared", found.shared, found.file, ""),
        )
    ]
    return "\n".join(lines)


_STATEMENTS = {
    "baseline": "cryptography and PyNaCl themselves",
    "package": "`import vitaletoken`",
    "verifier": "`Verifier`, with `Policy` and `InputError`",
    "issuer": "`Issuer`, with `InputError`",
    "holder": "`Holder`, with `InputError`",
    "desk": "`EnrolmentDesk`, with `InputError`",
    "everything": "everything: `from vitaletoken import *`",
}


def imports(imported: Mapping[str, float]) -> str:
    """What importing costs, by ``benches.imports``' names. In Markdown."""
    lines = ["| import beyond cryptography and PyNaCl | time | at most |", "|---|---:|---:|"]
    for name, statement in _STATEMENTS.items():
        bound = IMPORTS[name].bound
        lines.append(f"| {statement} | {imported[name] * 1e3:.0f} ms | {'' if bound is None else f'{bound} ms'} |")
    return "\n".join(lines)


# --- the plot: bars, with no library

_COLOURS = {3: "#3b6fb6", 2: "#c8553d", 1: "#999999"}
_LEFT, _TOP, _STEP, _BAR, _SCALE = 250, 46, 30, 18, 620


def plot(rows: Sequence[Row]) -> str:
    """Time to verify, one bar for each token, coloured by the number of factors it proves: an SVG image."""
    ordered = sorted(rows, key=lambda row: row.verify)
    longest = ordered[-1].verify
    height = _TOP + _STEP * len(ordered) + 16
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SCALE + 90} {height}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Time to verify one token, by library and number of factors proved</title>",
        "<style>text { fill: #333 } @media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>",
    ]
    for place, (factors, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 150 * place
        out.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{colour}"/>')
        out.append(f'<text x="{x + 18}" y="24">proves {factors} factor{"s" if factors > 1 else ""}</text>')
    for place, row in enumerate(ordered):
        y = _TOP + _STEP * place
        width = max(1.0, _SCALE * row.verify / longest)
        name = row.name if row.package == "vitaletoken" else f"{row.package.split()[0]}, {row.format}"
        out += [
            f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end">{name}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS[row.factors]}"/>',
            f'<text x="{_LEFT + width + 6:.1f}" y="{y + 13}">{row.verify * 1e6:.0f} µs</text>',
        ]
    return "\n".join([*out, "</svg>", ""])
