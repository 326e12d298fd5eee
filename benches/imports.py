"""What importing costs beyond the dependencies, in a new interpreter each time.

The baseline, cryptography and PyNaCl with every module of theirs that is used here, is imported before the clock starts, and is
timed by itself as ``baseline``; cbor2 is not in it. With compiled bytecode, as installed. The figure to reach: at most 60 ms for
each of the three roles.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15
BASELINE = """
import nacl.bindings, nacl.exceptions
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, hpke
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, utils, x25519
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf import argon2, hkdf
ec.ECDSA(hashes.SHA256())
"""
PROGRAM = "{}\nimport time\nbegun = time.perf_counter_ns()\n{}\nprint(time.perf_counter_ns() - begun)\n"


class Import(NamedTuple):
    """What is imported: ``timed`` in an interpreter that has done ``before``; ``bound`` in milliseconds, None for none."""

    before: str
    timed: str
    bound: int | None = None


IMPORTS = {
    "baseline": Import("", BASELINE),
    "package": Import(BASELINE, "import vitaletoken"),
    "verifier": Import(BASELINE, "from vitaletoken import InputError, Policy, Verifier", 60),
    "holder": Import(BASELINE, "from vitaletoken import Holder, InputError", 60),
    "issuer": Import(BASELINE, "from vitaletoken import InputError, Issuer", 60),
    "desk": Import(BASELINE, "from vitaletoken import EnrolmentDesk, InputError"),
    "everything": Import(BASELINE, "from vitaletoken import *"),
}


def seconds(what: Import, bytecode: Path) -> float:
    """Of its statement, in an interpreter of its own; compiled modules are kept in ``bytecode``."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", PROGRAM.format(what.before, what.timed)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e9


def measured(rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds of each of ``IMPORTS``: the median of ``rounds`` in which all take turns, after one that makes the bytecode."""
    taken: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with tempfile.TemporaryDirectory() as bytecode:
        for what in IMPORTS.values():
            seconds(what, Path(bytecode))
        for _ in range(rounds):
            for name, what in IMPORTS.items():
                taken[name].append(seconds(what, Path(bytecode)))
    return {name: median(each) for name, each in taken.items()}
