"""The runner: what it lets pass, what it does not, and that no program under test gets the better of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop import runner
from tests.test_vectors import CASES

SMALL = ("text", "keyboard", "thumbprint")
READ = "import json, os, sys, time\ncases = [json.loads(line) for line in sys.stdin]\n"
RIGHT = """
from vitaletoken.conformance import run
def say(case, result):
    print(json.dumps({"id": case["id"], "result": result}), flush=True)
"""

Runs = Callable[..., tuple[int, str]]


@pytest.fixture
def runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Runs:
    """Runs a program of these lines against three small layers; gives the exit status and what was printed."""

    def run(program: str, *options: str, layers: tuple[str, ...] = SMALL) -> tuple[int, str]:
        path = tmp_path / "program.py"
        path.write_text(READ + RIGHT + program, encoding="utf-8")
        chosen = [part for layer in layers for part in ("--layer", layer)]
        status = runner.main([*chosen, *options, "--", sys.executable, str(path)])
        return status, capsys.readouterr().out

    return run


@pytest.fixture(autouse=True)
def _programs_find_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(runner.VECTORS.parent))


def test_our_own_program_passes_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["--", sys.executable, "-m", "vitaletoken.conformance"]) == 0
    *_, total, verdict = capsys.readouterr().out.splitlines()
    assert total.split() == ["all", str(len(CASES)), "0", "0"]
    assert verdict == "conforms"


def test_the_program_is_not_told_what_is_expected(runs: Runs) -> None:
    status, _ = runs(
        """
for case in cases:
    say(case, run(case) if case.keys() <= {"id", "rules", "comment", "flags", "base", "input", "layer"} else "told")
"""
    )
    assert status == 0


def test_a_program_that_lies_fails(runs: Runs) -> None:
    status, printed = runs('for case in cases: say(case, {"ok": {}})', "--show", "2")
    assert status == 1
    assert printed.count('received {"ok": {}}') == 2
    assert "more differences" in printed
    assert printed.endswith("does not conform\n")


def test_one_wrong_answer_is_enough(runs: Runs) -> None:
    status, printed = runs(
        'for case in cases: say(case, {"error": "text-encoding"} if case["id"] == "text/text-prefix/cut" else run(case))'
    )
    assert status == 1
    assert printed.startswith(
        'text/text-prefix/cut\n  expected {"error": "text-prefix"}\n  received {"error": "text-encoding"}\n'
    )


def test_layers_may_be_left_out(runs: Runs) -> None:
    status, printed = runs('for case in cases: say(case, "skipped" if case["layer"] == "text" else run(case))')
    assert status == 0
    count = sum(case["layer"] == "text" for case in CASES)
    assert ["text", "0", "0", str(count)] in [line.split() for line in printed.splitlines()]


def test_a_layer_may_not_be_left_out_in_part(runs: Runs) -> None:
    status, printed = runs('for case in cases: say(case, "skipped" if "too-long" in case["id"] else run(case))')
    assert status == 1
    assert '"skipped", though other cases of the layer are answered' in printed


def test_leaving_everything_out_is_no_success(runs: Runs) -> None:
    status, printed = runs('for case in cases: say(case, "skipped")')
    assert status == 1
    assert "does not conform" in printed


@pytest.mark.parametrize("other", ["1.0", "true", '"1"'])
def test_one_is_not_true(other: str) -> None:
    """Python takes 1, 1.0 and True for the same."""
    case = {"id": "a/b", "layer": "a", "expect": {"ok": {"status": 1}}}
    output = f'{{"id": "a/b", "result": {{"ok": {{"status": {other}}}}}}}\n'.encode()
    assert not runner.judge([case], runner.Run(output, b"", ())).conforms
    assert runner.judge([case], runner.Run(output.replace(other.encode(), b"1"), b"", ())).conforms


def test_the_order_of_lines_and_of_keys_does_not_matter(runs: Runs) -> None:
    status, _ = runs(
        """
for case in reversed(cases):
    result = run(case)
    if isinstance(result.get("ok"), dict):
        result["ok"] = dict(reversed(result["ok"].items()))
    print(json.dumps({"result": result, "id": case["id"]}) + "\\r")
"""
    )
    assert status == 0


MISBEHAVIOUR = {
    "silent": ("", "received nothing"),
    "banner": ("print('ready')\nfor case in cases: say(case, run(case))", "received ready"),
    "no-object": ("print('[]')", "received []"),
    "nan": ("print('NaN')", "received NaN"),
    "deep": ("print('[' * 100_000)", "received [[["),
    "unknown": ('say({"id": "text/no-such"}, {})', "expected the id of a case\n  received text/no-such"),
    "key-twice": ('print(\'{"id": "text/text-prefix/cut", "result": {"ok": {}, "ok": {}}}\')', "line 1 of the output"),
    "twice": ("for case in cases: say(case, run(case)), say(case, run(case))", "received a second one for text/"),
    "status": ("for case in cases: say(case, run(case))\nsys.exit(3)", "the program: ended with status 3"),
    "crash": ("for case in cases[:5]: say(case, run(case))\nos.abort()", "the program: killed by signal 6"),
    "traceback": ("raise SystemError('it broke')", "SystemError: it broke"),
    "no-utf8": ("sys.stdout.buffer.write(b'\\xff\\xfe\\n')", "line 1 of the output"),
}


@pytest.mark.parametrize(("program", "said"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_a_program_that_misbehaves_fails(runs: Runs, program: str, said: str) -> None:
    status, printed = runs(program, "--show", "1000")
    assert status == 1
    assert said in printed


def test_a_program_that_hangs_is_stopped_and_what_it_wrote_counts(runs: Runs) -> None:
    status, printed = runs(
        "for case in cases: say(case, run(case))\nimport subprocess\nsubprocess.run(['sleep', '600'])", "--timeout", "8"
    )
    assert status == 1
    assert "not done after 8 seconds, and stopped" in printed
    assert "received" not in printed


def test_a_program_that_does_not_end_its_output_is_stopped(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MAX_OUTPUT", 1 << 20)
    status, printed = runs("while True: print('x')")
    assert status == 1
    assert "wrote more than 1048576 bytes, and was stopped" in printed
    assert "more than 1000 lines that are no results" in printed


def test_a_program_that_does_not_read_is_no_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.py"
    path.write_text("", encoding="utf-8")
    assert runner.main(["--", sys.executable, str(path)]) == 1
    assert "the program:" not in capsys.readouterr().out


def test_other_vectors(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    folder.mkdir()
    case = {**next(case for case in CASES if case["layer"] == "keyboard"), "expect": {"ok": {"text": "other"}}}
    (folder / "keyboard.json").write_text(json.dumps({"layer": "keyboard", "cases": [case]}), encoding="utf-8")
    status, printed = runs("for case in cases: say(case, run(case))", "--vectors", str(folder), layers=())
    assert status == 1
    assert 'expected {"ok": {"text": "other"}}' in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--", "no-such-program-on-this-machine"],
        ["--layer", "no-such-layer", "--", "true"],
        ["--vectors", "no-such-directory", "--", "true"],
    ],
    ids=["command", "layer", "directory"],
)
def test_what_cannot_be_run_is_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(arguments) == 2
    assert "no-such" in capsys.readouterr().err


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        runner.main([])
    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
