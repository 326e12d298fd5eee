"""What importing costs beyond the dependencies, in a new interpreter each time.

``make bench ARGS='-k import'``. The baseline, cryptography and PyNaCl with every module of theirs that is used here, is imported
before the clock starts, and is timed by itself as ``baseline``; cbor2 is not in it. With compiled bytecode, as installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASELINE = """
import nacl.bindings, nacl.exceptions
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, hpke
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, utils, x25519
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf import argon2, hkdf
ec.ECDSA(hashes.SHA256())
"""
IMPORTS = {
    "baseline": ("", BASELINE),
    "package": (BASELINE, "import vitaletoken"),
    "verifier": (BASELINE, "from vitaletoken import InputError, Policy, Verifier"),
    "holder": (BASELINE, "from vitaletoken import Holder, InputError"),
    "issuer": (BASELINE, "from vitaletoken import InputError, Issuer"),
    "desk": (BASELINE, "from vitaletoken import EnrolmentDesk, InputError"),
    "everything": (BASELINE, "from vitaletoken import *"),
}
PROGRAM = "{}\nimport time\nbegun = time.perf_counter_ns()\n{}\nprint(time.perf_counter_ns() - begun)\n"


def seconds(before: str, timed: str, bytecode: Path) -> float:
    """Of ``timed``, in an interpreter of its own that has done ``before``."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", PROGRAM.format(before, timed)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e9


@pytest.mark.parametrize("what", IMPORTS)
def test_import(benchmark: Any, what: str, tmp_path: Path) -> None:
    """The figure that counts is ``extra_info``'s median: the benchmark's own times have the start of an interpreter in them."""
    before, timed = IMPORTS[what]
    seconds(before, timed, tmp_path)  # makes the bytecode
    taken: list[float] = []
    benchmark.pedantic(lambda: taken.append(seconds(before, timed, tmp_path)), rounds=15)
    benchmark.extra_info["median_ms"] = round(1000 * sorted(taken)[len(taken) // 2], 1)
    print(f"\nimport of {what}: {benchmark.extra_info['median_ms']} ms")
