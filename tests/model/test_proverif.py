"""The symbolic model under spec/model: run by ProVerif where it is on the path, and held to its table; in form in any case."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.model.expected import falls, subsets
from tests.model.people import GIVEN

MODEL = Path(__file__).parents[2] / "spec" / "model"
TABLE: dict[str, Any] = json.loads((MODEL / "expected.json").read_text(encoding="utf-8"))
FILES: dict[str, dict[str, list[list[str]]]] = TABLE["files"]
VARIANTS: list[dict[str, Any]] = TABLE["variants"]
PROVERIF = shutil.which("proverif")
SPEC = (MODEL.parent / "vitaletoken.md").read_text(encoding="utf-8")

#: Seconds after which a run is given up: none should need a tenth of it.
LIMIT = 300


def runs(cases: list[Any]) -> list[Any]:
    """All of them where ProVerif is; where it is not, one that is skipped and says so."""
    if PROVERIF is not None:
        return cases
    why = f"proverif is not on the path: {len(cases)} runs of spec/model/*.pv were not made"
    return [pytest.param(cases[0], marks=pytest.mark.skip(reason=why))]


def flags(lost: frozenset[str], without: str | None) -> str:
    """flags.pvl with its last two lines written for one run."""
    text = (MODEL / "flags.pvl").read_text(encoding="utf-8")
    one_of = " || ".join(f"what = of_{name}" for name in sorted(lost)) or "false"
    missing = "false" if without is None else f"what = {without}"
    for name, body in (("lost", one_of), ("without", missing)):
        text, count = re.subn(
            rf"^letfun {name}\(what: bitstring\) = false\.$",
            f"letfun {name}(what: bitstring) = {body}.",
            text,
            flags=re.MULTILINE,
        )
        assert count == 1
    return text


def results(file: str, lost: frozenset[str], without: str | None, where: Path) -> dict[str, str]:
    """What ProVerif says of each query: ``true``, ``false``, or its words."""
    assert PROVERIF is not None
    parts = [
        flags(lost, without),
        *((MODEL / name).read_text(encoding="utf-8") for name in ("vitaletoken.pvl", f"{file}.pv")),
    ]
    whole = where / f"{file}.pv"
    whole.write_text("\n".join(parts), encoding="utf-8")
    run = subprocess.run([PROVERIF, str(whole)], capture_output=True, text=True, timeout=LIMIT, check=False)
    said = re.findall(r"^RESULT .*?(?:is (true|false)|(cannot be proved))\.", run.stdout, re.MULTILINE)
    assert len(said) == len(FILES[file]), run.stdout + run.stderr
    return dict(zip(FILES[file], (sure or unsure for sure, unsure in said), strict=True))


@pytest.mark.parametrize("run", runs([(file, lost) for file in FILES for lost in subsets(file)]), ids=str)
def test_results(run: tuple[str, frozenset[str]], tmp_path: Path) -> None:
    file, lost = run
    expected = {name: "false" if falls(least, lost) else "true" for name, least in FILES[file].items()}
    assert results(file, lost, None, tmp_path) == expected


@pytest.mark.parametrize("variant", runs(VARIANTS), ids=lambda v: f"{v['file']}-{v['without']}-{v['false']}")
def test_broken_on_purpose(variant: dict[str, Any], tmp_path: Path) -> None:
    said = results(variant["file"], frozenset(variant["lost"]), variant["without"], tmp_path)
    assert said[variant["false"]] == "false"


# --- without ProVerif


@pytest.mark.parametrize("file", FILES)
def test_queries_are_those_of_the_table(file: str) -> None:
    """Each query stands under a comment that names it, in the order of the table, which is that of ProVerif's output."""
    text = (MODEL / f"{file}.pv").read_text(encoding="utf-8")
    text = re.sub(r"^(?:free|event) .*\n", "", text, flags=re.MULTILINE)  # what a query speaks of may stand between
    named = re.findall(r"^\(\* (\w+)(?::[^*]*)? \*\)\nquery ", text, re.MULTILINE)
    assert named == list(FILES[file])
    assert len(named) == len(re.findall(r"^query ", text, re.MULTILINE))


@pytest.mark.parametrize("file", FILES)
def test_every_event_is_asked_for(file: str) -> None:
    """Each event of a file has a query that is false of a process that gets there: else the others were true of a dead one."""
    text = (MODEL / f"{file}.pv").read_text(encoding="utf-8")
    roles = (MODEL / "vitaletoken.pvl").read_text(encoding="utf-8")
    presented = "Decide(" in text
    happen = set(re.findall(r"^ +(?:\( )?event (\w+)\(", text + roles if presented else text, re.MULTILINE))
    asked = re.findall(r"^\(\* (can_\w+)(?::[^*]*)? \*\)\nquery [^.]*?event\((\w+)\([^.=]*\)\)\.$", text, re.MULTILINE)
    assert {event for _, event in asked} == happen
    assert {name for name, _ in asked} == {name for name, least in FILES[file].items() if least == [[]]} - {"elsewhere"}


def test_table_names_what_there_is() -> None:
    known = (MODEL / "flags.pvl").read_text(encoding="utf-8")
    lost = re.findall(r"^const of_(\w+): bitstring\.", known, re.MULTILINE)
    without = set(re.findall(r"^const (?!of_)(\w+): bitstring\.", known, re.MULTILINE))
    assert lost == list(GIVEN)
    assert {name for file in FILES.values() for least in file.values() for chosen in least for name in chosen} <= {
        *lost
    }
    assert {variant["without"] for variant in VARIANTS} == without
    for variant in VARIANTS:
        least = FILES[variant["file"]][variant["false"]]
        assert not falls(least, variant["lost"])  # with the rule in place it holds


def test_everything_that_can_be_left_out_is_asked_about() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in MODEL.glob("*.pv*"))
    for name in {variant["without"] for variant in VARIANTS}:
        assert f"without({name})" in texts
    for name in GIVEN:
        assert f"lost(of_{name})" in texts


@pytest.mark.parametrize("path", sorted(MODEL.glob("*.pv*")), ids=lambda path: path.name)
def test_rules_are_in_the_spec(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for rule in set(re.findall(r"\b[A-Z]+-\d+\b", text)) - {"SHA-256"}:
        assert f"**{rule}**" in SPEC, rule
    for step in set(re.findall(r"\b[VHLRG]\d+\b", text)):
        assert re.search(rf"^\| {step} ", SPEC, re.MULTILINE), step


def test_flags() -> None:
    assert "= what = of_code || what = of_device." in flags(frozenset({"device", "code"}), None)
    assert "letfun without(what: bitstring) = what = sealing." in flags(frozenset(), "sealing")
