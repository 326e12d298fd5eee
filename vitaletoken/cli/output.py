"""What a verb answers, and how it is written: lines for a person, or one JSON document for a program.

Exit status: 0 done or accepted, 3 refused, 2 wrong usage.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import write_atomic
from vitaletoken.adapters.qr import ScanError
from vitaletoken.errors import Advice, InputError, UsageError

DONE: Final = 0
WRONG_USAGE: Final = 2
REFUSED: Final = 3

_ADVICE: Final = {
    Advice.SHOW_NEW_QR: "Ask the person to show a new QR.",
    Advice.USE_CARD: "Ask for the plastic card: it stays valid.",
    Advice.CONTACT_INSURER: "The person should contact the insurer.",
    Advice.REFUSE: "Do not accept this.",
    Advice.TRY_AGAIN: "Try again.",
    Advice.CHOOSE_ANOTHER: "Choose another code.",
    Advice.WAIT: "Wait, then try again.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a verb.

    Attributes:
        data: for ``--json``; never holds a secret.
        lines: the same for a person.
        status: the exit status.
    """

    data: Mapping[str, object]
    lines: Sequence[str] = field(default=())
    status: int = DONE


def write(outcome: Outcome, *, as_json: bool) -> None:
    """Write ``outcome`` where it belongs: answers to standard output, complaints about usage to standard error."""
    to_stderr = outcome.status == WRONG_USAGE and not as_json
    stream = sys.stderr if to_stderr else sys.stdout
    lines = [json.dumps(outcome.data, ensure_ascii=False, indent=2)] if as_json else outcome.lines
    text = "".join(f"{line}\n" for line in lines)
    # A terminal that cannot show É must not turn an accepted card into a failure.
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def refused(error: InputError | ScanError) -> Outcome:
    """The answer to something from outside that is not accepted: why, what to do, and last the technical code."""
    data = refusal_data(error)
    first = "USE THE PLASTIC CARD" if data["advice"] == Advice.USE_CARD.value else "REFUSED"
    notes = list(getattr(error, "__notes__", ()))
    lines = [first, "", f"  {data['reason']}", *(f"  {note}" for note in notes), f"  {advice_sentence(data['advice'])}"]
    lines += ["", f"  {data['code']} (step {data['step']})"]
    extra = {"notes": notes} if notes else {}
    return Outcome({"result": "refused", **data, **extra}, lines, REFUSED)


def refusal_data(error: InputError | ScanError) -> dict[str, str]:
    """Code, step, reason and advice of ``error``."""
    if isinstance(error, ScanError):
        reason, _, _ = str(error).rpartition(" [")
        advice = Advice.SHOW_NEW_QR.value
        return {"code": f"scan-{error.reason.value}", "step": "scan", "reason": reason, "advice": advice}
    return {
        "code": error.code.value,
        "step": error.step,
        "reason": error.reason,
        "advice": error.advice.value,
    }


def advice_sentence(advice: str) -> str:
    """What a person should do."""
    return _ADVICE[Advice(advice)]


def wrong_usage(reason: str) -> Outcome:
    """The answer to a request that cannot be carried out as it was put."""
    return Outcome({"result": "wrong-usage", "reason": reason}, [f"vitaletoken: {reason}"], WRONG_USAGE)


def system_failure(error: OSError) -> Outcome:
    """The answer when a file could not be opened, read or written."""
    what = error.strerror or type(error).__name__
    return wrong_usage(f"{error.filename}: {what}" if error.filename else what)


def save(path: Path, data: bytes) -> None:
    """Write the file that a verb was asked for; an older one is replaced as a whole."""
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is not a directory")
    if path.is_dir():
        raise UsageError(f"{path} is a directory")
    write_atomic(path, data)


def moment(time: int) -> str:
    """A NumericDate as people read it."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: int) -> str:
    """A length of time as people say it, in whole units, rounded down; negative ones as positive."""
    seconds = abs(seconds)
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def day(number: int) -> str:
    """A day number as people read it."""
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def euros(cents: int) -> str:
    """An amount as people read it."""
    return f"{cents // 100}.{cents % 100:02} EUR"


def abandon_output() -> None:
    """Nobody reads on (``vitaletoken ... | head``): keep the interpreter from complaining when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
