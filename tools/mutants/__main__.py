"""``python -m tools.mutants``: change the code, a little at a time, and see that the tests notice. docs/mutants.md."""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from tools.mutants.judge import Judge
from tools.mutants.listed import SURVIVORS, Identity, entry, listed
from tools.mutants.measure import Measured, measure
from tools.mutants.mutations import Mutant, mutants_of
from tools.mutants.verdicts import AT_IMPORT, KILLED, NOTICED, SURVIVED, TIMEOUT, UNTESTED, Verdicts

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("wire", "crypto", "rules")
#: Per cent of the mutants, of each package, that the tests must notice.
LEAST = 90.0
SCRATCH = ROOT / ".mutants"


def main() -> int:
    """Judge the mutants asked for; 1 if too few are noticed, or one survives that nobody has given a reason for."""
    asked = _arguments()
    reasons = listed(ROOT)
    SCRATCH.mkdir(exist_ok=True)
    begun = time.monotonic()
    verdicts = Verdicts(ROOT, SCRATCH / "verdicts.jsonl")
    measured = _measured(asked.slow)
    print(f"{len(measured.ids):,} tests measured in {time.monotonic() - begun:,.0f} s")
    if not asked.again:
        verdicts.begin()
    chosen = _chosen(asked.what, verdicts.standing(_identities)[0])
    print(f"{len(chosen):,} mutants", flush=True)
    Judge(ROOT, measured, lambda mutant, verdict, test: verdicts.record(mutant.identity, verdict, test)).all(chosen)
    counting, stale = verdicts.standing(_identities)
    if stale:
        print(f"{stale:,} verdicts of before don't count: the module, or what noticed, has changed since")
    result = _report(counting, reasons)
    print(f"{time.monotonic() - begun:,.0f} s in all")
    for index in sorted(measured.failing):
        print(f"FAILS WITHOUT ANY CHANGE, so it judged nothing: {measured.ids[index]}")
    return 1 if measured.failing else result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        default=["20"],
        help="how many of each file, drawn with a fixed seed, or 'all' (default 20, and all of files that are named); then "
        "files or packages, if not of all",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="go on: without those that were seen noticed, if module and test are the same",
    )
    parser.add_argument("--slow", action="store_true", help="with the slow tests, too")
    asked = parser.parse_args()
    for name in asked.what:
        if not (name == "all" or name.isdecimal() or name in PACKAGES or (ROOT / name).is_file()):
            parser.error(f"{name} is no number, no file, and none of the packages {', '.join(PACKAGES)}")
    return asked


def _files(names: list[str]) -> list[str]:
    found = []
    for name in names or PACKAGES:
        paths = sorted((ROOT / "vitaletoken" / name).glob("*.py")) if name in PACKAGES else [ROOT / name]
        found += [path.relative_to(ROOT).as_posix() for path in paths]
    return found


def _chosen(what: list[str], earlier: dict[Identity, str]) -> list[Mutant]:
    named = [name for name in what if not (name == "all" or name.isdecimal())]
    count = next((int(name) for name in what if name.isdecimal()), None)
    if count is None and "all" not in what and not set(named).isdisjoint(PACKAGES):
        count = 20
    chosen = []
    for file in _files(named):
        mutants = list(mutants_of(ROOT, file))
        if count is not None:  # those of a smaller number are among those of a greater one
            order = list(range(len(mutants)))
            random.Random(file).shuffle(order)
            mutants = [mutants[index] for index in sorted(order[:count])]
        chosen += mutants
    return [mutant for mutant in chosen if earlier.get(mutant.identity) not in NOTICED]


def _measured(slow: bool) -> Measured:
    """In a process of its own: this one must not import what it is going to change."""
    into = SCRATCH / "measured.pickle"
    child = multiprocessing.get_context("fork").Process(target=measure, args=(ROOT, slow, into))
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit("the tests could not be measured")
    found = pickle.loads(into.read_bytes())
    assert isinstance(found, Measured)
    return found


def _identities(file: str) -> set[Identity]:
    return {mutant.identity for mutant in mutants_of(ROOT, file)}


def _report(verdicts: dict[Identity, str], reasons: dict[Identity, str]) -> int:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (file, *_), verdict in verdicts.items():
        counts[file.split("/")[1]][verdict] += 1
    columns = (KILLED, AT_IMPORT, TIMEOUT, SURVIVED, UNTESTED)
    print(f"\n| package | mutants | {' | '.join(columns)} | score |")
    print("|---" * (len(columns) + 3) + "|")
    low = []
    for package, count in counts.items():
        score = 100 * sum(count[verdict] for verdict in NOTICED) / count.total()
        print(
            f"| {package} | {count.total():,} | "
            + " | ".join(f"{count[name]:,}" for name in columns)
            + f" | {score:.1f} % |"
        )
        if score < LEAST:
            low.append(package)

    left = [identity for identity, verdict in verdicts.items() if verdict not in NOTICED]
    new = [identity for identity in left if identity not in reasons]
    print(f"\n{len(left):,} not noticed; {len(left) - len(new):,} of them are in {SURVIVORS}")
    for identity in sorted(new):
        print(entry(identity))
    gone = [identity for identity, verdict in verdicts.items() if verdict in NOTICED and identity in reasons]
    for identity in gone:
        print(f"noticed now, so it can leave {SURVIVORS}: {entry(identity).strip()}")
    for package in low:
        print(f"BELOW {LEAST:.0f} %: {package}")
    return 1 if low or new else 0


if __name__ == "__main__":
    sys.exit(main())
