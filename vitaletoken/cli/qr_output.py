"""Where a QR code goes: to the terminal, into a picture, or as its text; for the verbs that make one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from vitaletoken.adapters.qr import Medium, QrCode, write_qr
from vitaletoken.cli.arguments import Args, Parser
from vitaletoken.cli.output import Outcome, save
from vitaletoken.errors import UsageError

_ENDINGS: Final = (".png", ".svg", ".txt")


def add_to(parser: Parser) -> None:
    """The options ``--out`` and ``--light-background``."""
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="a picture (.png, .svg) or the text (.txt); -: the text to standard output; default: the QR to the terminal",
    )
    parser.add_argument("--light-background", action="store_true", help="the terminal writes dark on light")


def require_possible(args: Args) -> None:
    """That the QR can go where it should; asked before anything is made, so that nothing is made in vain.

    Raises:
        UsageError: the ending is not known, or a package for pictures is missing.
    """
    if args.out not in (None, "-") and Path(args.out).suffix.lower() not in _ENDINGS:
        raise UsageError(f"--out ends in one of {', '.join(_ENDINGS)}, or is -")
    write_qr("VT1:")


def shown(args: Args, text: str, what: str, until: str, data: dict[str, object], medium: Medium) -> Outcome:
    """The answer of a verb that made ``text``, which is now where ``args`` say.

    Args:
        what: it is, for a person.
        until: when it is good, for a person.
        data: for a program; where it went and its QR are added.
    """
    code = write_qr(text, medium=medium)
    qr = {"characters": code.characters, "version": code.version, "error": code.error}
    data = {**data, "out": args.out, "qr": {**qr, "bytes": data.pop("bytes")}}
    size = f"{code.characters} characters, QR version {code.version}-{code.error}"
    if args.out is None:
        picture = code.terminal(dark_background=not args.light_background).splitlines()
        return Outcome({**data, "text": text}, [*picture, f"{size}, {until}"])
    if args.out == "-":
        print(until, file=sys.stderr)
        return Outcome({**data, "text": text}, [text])
    path = Path(args.out)
    save(path, _file(code, text, path.suffix.lower()))
    return Outcome(data, [f"{what} in {path}: {size}, {until}"])


def _file(code: QrCode, text: str, ending: str) -> bytes:
    if ending == ".txt":
        return text.encode()
    return code.png() if ending == ".png" else code.svg().encode()
