"""The parser of the command line, and options that several verbs have.

The personal code, numbers (NIR) and passphrases are never arguments, which other users of the machine can see and a shell
remembers. When somebody gives one all the same, it is not repeated in the complaint.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from vitaletoken.cli.output import WRONG_USAGE, Outcome
from vitaletoken.errors import UsageError
from vitaletoken.wire.registry import Environment, label

Args = argparse.Namespace
Run = Callable[[Args], Outcome]
Group = Any  # argparse's type of it is private
E = TypeVar("E", bound=IntEnum)

PASSPHRASE_FILE: Final = "VITALETOKEN_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable with a path in it

#: What looks like a personal code or a number (NIR).
_DIGITS: Final = "[0-9][0-9ABab ]{5,}"


class Parser(argparse.ArgumentParser):
    """argparse without guessing at abbreviations."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **options})

    def parse_all(self, argv: Sequence[str] | None) -> Args:
        """As ``parse_args``, but what is too much is not repeated: it may be a secret."""
        args, extra = self.parse_known_args(argv)
        if extra:
            options = [argument.partition("=")[0] for argument in extra if argument.startswith("-")]
            what = f"unknown option {', '.join(options)}" if options else "too many arguments"
            parser: Parser = args.parser
            parser.stop(
                f"{what}. A personal code, number or passphrase is never an argument: it is asked for, or read from stdin."
            )
        return args

    def error(self, message: str) -> NoReturn:
        """As argparse, but a value that looks like a personal code or a number (NIR) is not repeated."""
        super().error(re.sub(f"'{_DIGITS}'", "'...'", message))

    def stop(self, message: str) -> NoReturn:
        """Exit with a complaint about usage."""
        self.exit(WRONG_USAGE, f"{self.format_usage()}vitaletoken: {message}\n")


def repeatable(argument: str) -> str:
    """As much of ``argument`` as a complaint may repeat: none of a code or a number, of a long text its beginning."""
    return "..." if re.fullmatch(_DIGITS, argument) else argument[:40]


def group(groups: Group, name: str, summary: str) -> Group:
    """A noun of the command line, such as ``phone``; gives what its verbs are added to."""
    parser = groups.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(required=True, metavar="VERB", title="verbs")


def verb(verbs: Group, name: str, summary: str, run: Run) -> Parser:
    """A verb that ``run`` carries out."""
    parser: Parser = verbs.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    parser.set_defaults(run=run, parser=parser)
    return parser


def add_passphrase(parser: Parser) -> None:
    """For a verb that opens or makes a key file."""
    default = os.environ.get(PASSPHRASE_FILE)
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        default=Path(default) if default else None,
        help=f"the passphrase of the key file is its first line (default: ${PASSPHRASE_FILE}; else it is asked for, or "
        "read as a line of standard input where that is no terminal)",
    )


def add_number(parser: Parser, summary: str) -> None:
    """For a verb that needs numbers (NIR), which are never arguments."""
    parser.add_argument(
        "--nir-file",
        type=Path,
        metavar="FILE",
        help=f"{summary}; 13 characters, or 15 with the key (default: asked for, or read as lines of standard input)",
    )


def add_directory(parser: Parser, name: str, summary: str) -> None:
    """A working directory that another verb has made."""
    parser.add_argument(f"--{name}", type=Path, metavar="DIR", required=True, help=summary)


def add_input(parser: Parser, name: str, summary: str, *, required: bool = True) -> None:
    """A file to read."""
    parser.add_argument(f"--{name}", type=Path, metavar="FILE", required=required, help=summary)


def add_out(parser: Parser, summary: str, *, metavar: str = "FILE", required: bool = True) -> None:
    """Where the result goes."""
    parser.add_argument("--out", type=Path, metavar=metavar, required=required, help=summary)


def add_environment(parser: Parser) -> None:
    """Test keys only, unless somebody insists."""
    add_choice(parser, "environment", Environment, Environment.TEST, "where keys and cards count")


def add_choice(parser: Parser, name: str, enum: type[E], default: E | None, summary: str) -> None:
    """One member of ``enum`` by its name; see ``member``."""
    suffix = "" if default is None else f" (default: {label(default)})"
    parser.add_argument(
        f"--{name}",
        choices=[label(item) for item in enum],
        default=None if default is None else label(default),
        help=summary + suffix,
    )


def add_choices(parser: Parser, name: str, enum: type[E], summary: str, *, required: bool = True) -> None:
    """One or more members of ``enum`` by their names; see ``member``."""
    parser.add_argument(
        f"--{name}",
        choices=[label(item) for item in enum],
        action="append",
        required=required,
        help=f"{summary}; repeatable",
    )


def duration(text: str) -> int:
    """Seconds, from 90, 90s, 15m, 36h or 3d: for argparse, as a type."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError("a length of time is a number of seconds, or as in 90s, 15m, 36h, 3d")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}[match[2]]


def day(text: str) -> date:
    """A day, from 2026-11-22: for argparse, as a type."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is as in 2026-11-22") from None


def moment(text: str) -> int:
    """NumericDate, from 2026-11-22 or 2026-11-22T14:00:00Z: for argparse, as a type."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time is as in 2026-11-22 or 2026-11-22T14:00:00Z") from None
    return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())


def member(enum: type[E], name: str) -> E:
    """The member of ``enum`` that goes by ``name``.

    Raises:
        UsageError: there is none.
    """
    for item in enum:
        if label(item) == name:
            return item
    raise UsageError(f"{enum.__name__.lower()} is one of: {', '.join(label(item) for item in enum)}")
