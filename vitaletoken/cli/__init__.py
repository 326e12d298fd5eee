"""The command line: the roles of the library, chained by hand through files. No protocol logic.

Exit status: 0 done or accepted, 3 refused, 2 wrong usage.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence

import vitaletoken
from vitaletoken.adapters.qr import ScanError
from vitaletoken.cli import (
    authority,
    care_sheet,
    demo,
    enrolment,
    inspection,
    issuer,
    output,
    phone,
    roots,
    terminal,
    trust,
    verification,
)
from vitaletoken.cli.arguments import Args, Parser
from vitaletoken.cli.output import Outcome
from vitaletoken.errors import InputError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's own) and return the exit status."""
    try:
        args = _parser().parse_all(argv)
    except SystemExit as stop:  # argparse: --help, or wrong usage, said already
        return int(stop.code or output.DONE)
    outcome = _outcome(args)
    try:
        output.write(outcome, as_json=args.json)
    except BrokenPipeError:
        output.abandon_output()
    return outcome.status


def _outcome(args: Args) -> Outcome:
    """What the verb answers. What is not expected here is a defect, and shows itself."""
    try:
        answer: Outcome = args.run(args)
    except (InputError, ScanError) as error:
        return output.refused(error)
    except UsageError as error:
        return output.wrong_usage(str(error))
    except OSError as error:
        return output.system_failure(error)
    except sqlite3.Error as error:
        return output.wrong_usage(f"the database failed: {error}")
    except KeyboardInterrupt:
        print(file=sys.stderr)  # below the prompt
        return output.wrong_usage("interrupted")
    return answer


def _parser() -> Parser:
    parser = Parser(
        prog="vitaletoken",
        description="An offline-verifiable token for a digital health-insurance card. Test keys only.",
        epilog="Exit status: 0 done or accepted, 3 refused, 2 wrong usage. `vitaletoken NOUN VERB --help` says more.",
    )
    parser.add_argument("--version", action="version", version=f"vitaletoken {vitaletoken.__version__}")
    groups = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for module in (
        *(demo, roots, trust, issuer, enrolment, authority),
        *(phone, terminal, verification, care_sheet, inspection),
    ):
        module.add_to(groups)
    return parser
