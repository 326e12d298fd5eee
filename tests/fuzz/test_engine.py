"""The fuzzing engine: it makes the same of the same, gets behind signatures, and lets nothing pass that breaks the contract."""

from __future__ import annotations

import dataclasses
import io
import itertools
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.__main__ import ROOT, main
from tests.fuzz.engine.box import Box, Count
from tests.fuzz.engine.guidance import WithoutModules
from tests.fuzz.engine.mutator import carried
from tests.fuzz.engine.signing import Unsignable, resign
from tests.fuzz.engine.trees import NoTree, encoded, tree
from tests.fuzz.engine.worker import mutations_of, seeds_of
from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import SUSPECT, Executor, NotAnInput, Target, judge
from tests.fuzz.targets.extremes import extremes
from tests.fuzz.targets.registry import TARGETS
from vitaletoken.errors import Code, InputError, UsageError, refusal
from vitaletoken.wire.presentation import parse_presentation


def target(run: object, **changes: object) -> Target:
    return dataclasses.replace(TARGETS["gaps"], name="here", run=run, **changes)  # type: ignore[arg-type]  # by name


def refuse(data: bytes) -> None:
    raise refusal(Code.CBOR_PROFILE)


def fail(data: bytes) -> None:
    raise ValueError("what nobody expected")


def no_input(data: bytes) -> None:
    raise NotAnInput


# --- the contract


def test_accepted_and_refused_is_as_it_should_be() -> None:
    for run, accepted in ((bytes, 1), (refuse, 0)):
        executor = Executor(target(run))
        assert executor.execute(b"x") is None
        assert (executor.executions, executor.accepted) == (1, accepted)


def test_any_other_exception_is_found() -> None:
    for run in (fail, lambda data: 1 // 0, lambda data: data.decode("ascii")):
        finding = judge(target(run), b"\xff")
        assert finding is not None
        assert finding.what.startswith("raised ")


def test_what_is_no_input_counts_for_nothing() -> None:
    executor = Executor(target(no_input))
    assert executor.execute(b"x") is None
    assert executor.executions == 0


def test_memory_beyond_the_bound_is_found() -> None:
    greedy = target(lambda data: bytes(60_000_000), seconds=1e9)
    assert judge(greedy, b"") is not None
    finding = Executor(greedy, sample=1).execute(b"")
    assert finding is not None
    assert finding.what.startswith(SUSPECT)
    assert judge(target(lambda data: bytes(1000), seconds=1e9), b"") is None


def test_time_beyond_the_bound_is_found() -> None:
    slow = target(lambda data: sum(range(1000)), seconds=0)
    found = [judge(slow, b""), Executor(slow).execute(b"")]
    assert all(found)


def test_extremes_are_of_the_allowed_size_and_some_are_in_form() -> None:
    for name in ("delta", "snapshot", "status-list", "trust-list"):
        made = dict(extremes(name))
        assert all(40_000 < len(data) <= 266_240 for data in made.values())
        assert any(is_accepted(TARGETS[name], data) for what, data in made.items() if "side" not in what)


def test_of_the_extremes_that_are_inspected_some_are_messages_and_are_shown() -> None:
    made = dict(extremes("inspect"))
    assert all(
        is_accepted(TARGETS["inspect"], made[what]) for what in ("a trust list", "a snapshot", "numbers", "digits")
    )
    assert not any(
        is_accepted(TARGETS["inspect"], data)
        for what, data in made.items()
        if "266240" in what and "broken" not in what
    )


# --- the mutator


@pytest.mark.parametrize("name", ["presentation", "layer-verify", "layer-status-sync", "text", "gaps"])
def test_the_same_seed_makes_the_same_inputs(name: str) -> None:
    one, other, another = (
        list(itertools.islice(mutations_of(TARGETS[name], seed), len(seeds_of(TARGETS[name])) + 40)) for seed in "aab"
    )
    assert one == other != another
    assert all(len(data) <= TARGETS[name].max_size for data in one)


#: Of the accepted seeds of these layers, so many must be accepted still when they are signed once more by the key ring. The rest
#: are by keys that single cases have to themselves.
AGAIN = {
    "verifier": 0.9,
    "layer-accept": 1.0,
    "layer-care-sheet": 0.9,
    "layer-grant": 0.9,
    "layer-introduction": 0.9,
    "layer-offer": 1.0,
    "layer-order": 0.9,
    "layer-renewal": 0.9,
    "layer-request": 1.0,
    "layer-review": 0.9,
    "layer-snapshot": 0.8,
    "layer-status-list": 0.9,
    "layer-status-sync": 0.9,
    "layer-trust-list": 0.9,
    "layer-unlock": 0.9,
    "phone-accept-renewal": 1.0,
}


@pytest.mark.parametrize("name", AGAIN)
def test_what_is_signed_again_is_accepted(name: str) -> None:
    here, rng = TARGETS[name], random.Random(name)
    outcomes = Counter[bool]()
    for seed in seeds_of(here):
        if is_accepted(here, seed):
            scene, parts = envelope.unpack(seed, 1 << 16)
            contexts = here.contexts(seed)
            parts = [
                [again(each, rng, contexts) for each in part] if isinstance(part, list) else again(part, rng, contexts)
                for part in parts
            ]
            outcomes[is_accepted(here, envelope.pack(scene, parts))] += 1
    assert outcomes[True] >= AGAIN[name] * outcomes.total() > 0


def is_accepted(here: Target, data: bytes) -> bool:
    try:
        here.run(data)
    except (InputError, UsageError):
        return False
    return True


#: What is made of the seeds of these targets gets as far as to each of these steps, and is accepted too.
DEPTHS = {
    "verifier": ("V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "V11", "V12"),
    "layer-accept": ("V5", "V6", "V7", "A1"),
    "layer-grant": ("G1", "V5", "V6", "V7", "V8", "G3", "G4"),
    "layer-introduction": ("I1", "I2", "I3", "I4", "I5"),
    "layer-order": ("L1", "L2", "L3", "L4", "L5"),
    "layer-renewal": ("F1", "F2", "F3", "F4"),
    "layer-unlock": ("U1", "U2", "U3", "U4"),
    "phone-accept": ("V5", "V6", "V7", "A1"),
    "phone-accept-renewal": ("V5", "V7", "A1"),
    "phone-introduction": ("I1", "I2", "I3", "I4", "I5"),
    "phone-receive": ("G1", "V5", "V6", "V7", "V8", "G3", "G4"),
    "phone-unlock": ("U1", "U2", "U3", "U4"),
    "issuer-renew": ("F1", "F2", "F3", "F4"),
    "issuer-lend": ("L1", "L2", "L3", "L4", "L5"),
    "desk-submit": ("R1", "R2", "R3", "R4", "R5"),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_fuzzing_gets_behind_the_signatures(name: str) -> None:
    here = TARGETS[name]
    assert steps_of(here, 1500).keys() >= {*DEPTHS[name], "accepted"}


def test_much_of_what_is_made_fails_only_where_all_signatures_were_found_good() -> None:
    steps = steps_of(TARGETS["verifier"], 1500)
    assert steps["accepted"] > 30
    assert sum(steps[step] for step in ("V11", "V12", "V13", "V14", "accepted")) > 75


def test_fuzzing_gets_behind_a_grant() -> None:
    """Visits in which somebody acts under a grant, changed: the grant is by the card's keys again, all else by the delegate's."""
    here = TARGETS["verifier"]
    lent = [seed for seed in seeds_of(here) if is_accepted(here, seed) and has_grant(seed)]
    assert len(lent) >= 20
    steps = steps_of(dataclasses.replace(here, seeds=lambda: lent), 1500)
    assert steps.keys() >= {"V8", "V9", "V11", "V14"}
    assert steps["accepted"] > 100


def has_grant(seed: bytes) -> bool:
    """Whether it is a visit in which one acts."""
    (_, message) = envelope.unpack(seed, 1 << 16)[1]
    assert isinstance(message, bytes)
    return parse_presentation(message).unverified_claims.grant is not None


def steps_of(here: Target, count: int) -> Counter[str]:
    """To which steps so many inputs come that are made of its seeds."""
    seeds = len(seeds_of(here))
    return Counter(step_of(here, data) for data in itertools.islice(mutations_of(here, "depth"), seeds, seeds + count))


def step_of(here: Target, data: bytes) -> str:
    try:
        here.run(data)
    except InputError as refused:
        return refused.step
    except NotAnInput:
        return "outside"
    return "accepted"


def again(part: bytes, rng: random.Random, contexts: list[bytes]) -> bytes:
    """The message in it with its signatures taken away and made once more."""
    if carried(part)[0]:
        return part
    try:
        return encoded(resign(tree(part)[0], rng, contexts))
    except (NoTree, Unsignable):
        return part


# --- runs


def test_nothing_of_the_library_is_imported_before_it_is_instrumented() -> None:
    """Else the engine would be blind to it, and a guided run would be none."""
    script = "import sys, tests.fuzz.__main__; print([name for name in sys.modules if name.startswith('vitaletoken')])"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout == "[]\n", ran.stderr


def test_of_what_atheris_says_only_the_names_of_modules_are_left_out() -> None:
    out = io.StringIO()
    for text in ("INFO: Instrumenting vitaletoken.wire\n", "INFO: Instrumenting 3 functions\n", "WARNING: skipped\n"):
        assert WithoutModules(out).write(text) == len(text)
    assert out.getvalue() == "INFO: Instrumenting 3 functions\nWARNING: skipped\n"


def test_a_box_says_what_the_worker_was_at() -> None:
    box = Box()
    box.begin(Count(5, 2, 1), b"this one")
    assert (box.count(), box.at()) == (Count(5, 2, 1), b"this one")
    box.end(Count(6, 2, 1))
    assert (box.count(), box.at()) == (Count(6, 2, 1), b"")
    box.close()


#: A run of ``main`` with targets of its own, in a process of its own, since it forks.
SCRIPT = """
import dataclasses, os, sys
from tests.fuzz.engine import session
from tests.fuzz.targets.registry import TARGETS
session.GRACE = 0 if "--target=hang" in sys.argv else 600
def fail(data): raise ValueError("what nobody expected")
def crash(data): os.abort()
def hang(data):
    while True: pass
for run in (fail, crash, hang):
    TARGETS[run.__name__] = dataclasses.replace(TARGETS["gaps"], name=run.__name__, run=run)
from tests.fuzz.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def run(directory: Path, *names: str) -> subprocess.CompletedProcess[str]:
    arguments = [f"--target={name}" for name in names]
    command = [sys.executable, "-c", SCRIPT, "--plain", "--seconds=1", "--seed=1", "--processes=2", *arguments]
    command += ["--directory", str(directory), "--log", str(directory / "log")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_run_that_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(tmp_path, "gaps", "nir")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "PLAIN MUTATION LOOP" in ran.stdout
    assert main(["--sum", str(tmp_path / "log")]) == 0
    shown = capsys.readouterr().out
    assert "1 runs" in shown
    assert {line.split()[0] for line in shown.splitlines()[2:5]} == {"gaps", "nir", "all"}


@pytest.mark.parametrize(
    ("name", "said"), [("fail", "raised ValueError"), ("crash", "status -6"), ("hang", "did not come back")]
)
def test_a_run_that_finds_something(name: str, said: str, tmp_path: Path) -> None:
    ran = run(tmp_path, name)
    assert ran.returncode == 1, ran.stderr
    assert said in ran.stdout
    (found,) = (tmp_path / "findings").glob("*.bin")
    assert str(found) in ran.stdout
    assert found.read_bytes() in seeds_of(TARGETS["gaps"])


def test_one_input_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"\xff")
    assert main(["--check", "gaps", str(path)]) == 0
