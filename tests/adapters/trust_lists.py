"""What the tests of a directory of trust lists share."""

from __future__ import annotations

from pathlib import Path

from vitaletoken import Environment
from vitaletoken.adapters.files import FileTrust

Lists = dict[int, bytes]


def opened(directory: Path, **options: object) -> FileTrust:
    """As after a restart."""
    return FileTrust(directory, Environment.TEST, **options)  # type: ignore[arg-type]


def version_of(directory: Path) -> int:
    """Of the list in force."""
    return opened(directory).current().claims.version


def archived(directory: Path) -> Lists:
    """The lists accepted, by version."""
    return {int(path.stem): path.read_bytes() for path in (directory / "archive").glob("*.cbor")}
