"""The model, searched further than with the tests; traces; and the tables of spec/model/results.md.

python -m tests.model                 every scenario of the deep plan, with its states; exits 1 where it is not as expected
python -m tests.model --quick         the same for the plan that is run with the tests
python -m tests.model --trace NAME    the attack on a protocol without NAME, step by step
python -m tests.model --tables        writes the tables
"""

from __future__ import annotations

import argparse
import sys

from tests.model.expected import EXPECTED, falls
from tests.model.explore import explore
from tests.model.plan import DEEP, QUICK, Plan, searches
from tests.model.tables import RESULTS, tables
from tests.model.telling import tell
from tests.model.variants import VARIANTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description="Search the model of the protocol.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--quick", action="store_true", help="the plan that is run with the tests")
    what.add_argument("--trace", choices=sorted({v.left_out for v in VARIANTS}), help="show the attack on a variant")
    what.add_argument("--tables", action="store_true", help="write spec/model/results.md")
    options = parser.parse_args()
    if options.trace:
        return _traces(options.trace)
    if options.tables:
        RESULTS.write_text(tables(), encoding="utf-8")
        return 0
    return _search(QUICK if options.quick else DEEP)


def _traces(left_out: str) -> int:
    for variant in VARIANTS:
        if variant.left_out == left_out:
            trace = explore(variant.scenario, until=variant.violates).attacks[variant.violates]
            print(f"without {left_out} ({variant.rule}), {variant.where}: {variant.violates} falls\n{tell(trace)}")
    return 0


def _search(plan: Plan) -> int:
    states, wrong = 0, 0
    for search in searches(plan):
        found = explore(search.scenario)
        expected = EXPECTED[search.expected]
        attacks = {name for name in found.attacks if name in expected}
        meant = {name for name, least in expected.items() if falls(least, search.compromised)}
        states += found.states
        wrong += attacks != meant
        verdict = "as expected" if attacks == meant else f"NOT AS EXPECTED: {sorted(attacks ^ meant)}"
        print(
            f"{search}: {found.states} states, attacks on {', '.join(sorted(attacks)) or 'nothing'}; {verdict}",
            flush=True,
        )
        for name in sorted(attacks - meant):
            print(tell(found.attacks[name]))
    print(f"{states} states, {wrong} searches not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
