"""Where targets put files: a directory of each process, since the targets run in several at once."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

#: Where they are made, for a run that removes what killed workers leave.
parent: Path | None = None


def here() -> Path:
    """Of this process alone. A worker that is killed leaves it to its parent."""
    return _directory(os.getpid())


def memory() -> Path | None:
    """A directory in memory, where the system has one: databases wait for the disk at each change."""
    found = Path("/dev/shm")
    return found if found.is_dir() else None


@cache
def _directory(process: int) -> Path:
    made = Path(tempfile.mkdtemp(prefix="vitaletoken-fuzz-", dir=parent or memory()))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
