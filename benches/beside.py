"""Us beside what a user would pick instead: two processes, ours and the peers' (their libraries don't fit into one), in turns.

Each figure is the least of ``ROUNDS`` rounds in which all take turns, so that what else the machine does hits all alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from segno import DataOverflowError

from vitaletoken.wire.text import serialize_text

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers"
MISSING = (
    "the peers are not installed (`make bench` and `make performance` install them into .venv-peers where they can)"
)
ROUNDS, CALLS = 40, 50
IMPORTS = 12
#: What is imported by who only verifies.
OUR_IMPORT = "from vitaletoken import Verifier"


@dataclass(frozen=True)
class Row:
    """One token, as a user has it. Times in seconds; ``size`` in bytes as it goes into the QR code.

    Attributes:
        proves: the factors, in words.
        versions: of the smallest QR code at level L and M; None where none is large enough.
        issue: the issuer's claims to a signed credential. verify: from the QR code's content, or from bytes where the peer has
            no text form.
        imported: CPU time of importing it, beyond the interpreter's own start.
    """

    name: str
    package: str
    format: str
    algorithm: str
    proves: str
    size: int
    versions: tuple[int | None, int | None]
    issue: float
    verify: float
    imported: float

    @property
    def factors(self) -> int:
        """How many."""
        return len(self.proves.split(", "))


class Process:
    """One that serves ``benches.peers.turns``."""

    def __init__(self, python: Path | str, module: str) -> None:
        self._process = subprocess.Popen(
            [python, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT
        )
        self.told: Any = json.loads(self._answer())

    def seconds(self, name: str, calls: int = CALLS) -> float:
        """Seconds of one call of ``name``, the mean of ``calls``."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name} {calls}\n")
        self._process.stdin.flush()
        return float(self._answer()) / calls

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the measured process has ended; what it says of that is above")
        return line


def are_installed() -> bool:
    """Whether the peers' environment is there, and whole."""
    return (PEERS / ".ready").exists()


def measured() -> tuple[list[Row], Mapping[str, float]]:
    """The rows, ours first; and the seconds of our parts, by their names in ``benches.peers.ours``."""
    ours = Process(sys.executable, "benches.peers.ours")
    theirs = Process(PEERS / "bin" / "python", "benches.peers.worker")
    try:
        own = ["issue", "verify", "verify-seen", "message", "message-seen", "message-new", "bare-1", "bare-2", "bare-3"]
        names = [f"{name}:{what}" for name in theirs.told for what in ("issue", "verify")]
        everything = [(ours, name) for name in own] + [(theirs, name) for name in names]
        least = dict.fromkeys((name for _, name in everything), float("inf"))
        for _ in range(ROUNDS):
            for process, name in everything:
                least[name] = min(least[name], process.seconds(name))
        told_ours, told_theirs = ours.told, theirs.told
    finally:
        ours.close()
        theirs.close()
    modules = {OUR_IMPORT: sys.executable} | {
        f"import {told['module']}": str(PEERS / "bin" / "python") for told in told_theirs.values()
    }
    imported = import_times(modules)
    rows = [our_row(told_ours, least, name, verify, imported[OUR_IMPORT]) for name, verify in OUR_ROWS.items()]
    rows += [their_row(name, told, least, imported[f"import {told['module']}"]) for name, told in told_theirs.items()]
    return rows, {name: least[name] for name in own}


OUR_ROWS = {"vitaletoken": "verify", "vitaletoken, credential seen before": "verify-seen"}


def our_row(told: Mapping[str, Any], least: Mapping[str, float], name: str, verify: str, imported: float) -> Row:
    text = told["text"]
    return Row(
        name, "vitaletoken", "VT1", "Ed25519", "issuer, device, code", len(text), versions(text), least["issue"],
        least[verify], imported,
    )  # fmt: skip


def their_row(name: str, told: Mapping[str, Any], least: Mapping[str, float], imported: float) -> Row:
    token = bytes.fromhex(told["token"])
    content = serialize_text(token, "") if told["binary"] else token.decode()
    return Row(
        name, told["package"], told["format"], told["algorithm"], told["proves"], len(content), versions(content),
        least[f"{name}:issue"], least[f"{name}:verify"], imported,
    )  # fmt: skip


def versions(content: str) -> tuple[int | None, int | None]:
    """Of the smallest QR code at levels L and M."""
    low, middle = (version(content, level) for level in "LM")
    return low, middle


def version(content: str, level: str) -> int | None:
    try:
        return int(segno.make_qr(content, error=level, boost_error=False, mask=0).version)
    except DataOverflowError:
        return None


def import_times(statements: Mapping[str, str]) -> dict[str, float]:
    """CPU seconds of each statement in an interpreter of its own, given by its path, beyond an interpreter that does nothing."""
    pairs = [(statement, python) for statement, python in statements.items()]
    pairs += [("pass", python) for python in dict.fromkeys(statements.values())]
    least = dict.fromkeys(pairs, float("inf"))
    for _ in range(IMPORTS):
        for statement, python in pairs:
            least[statement, python] = min(least[statement, python], _cpu_seconds([python, "-c", statement]))
    return {statement: least[statement, python] - least["pass", python] for statement, python in statements.items()}


def _cpu_seconds(command: Sequence[str]) -> float:
    process = subprocess.Popen(command, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed")
    return usage.ru_utime + usage.ru_stime
