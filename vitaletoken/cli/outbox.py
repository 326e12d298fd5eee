"""Where the e-mail codes of an enrolment desk go in a lab: into files, for whoever plays the person to read. For tests alone."""

from __future__ import annotations

from pathlib import Path

from vitaletoken.adapters.files import write_atomic
from vitaletoken.cli.output import moment


class FileMailer:
    """Writes the newest code for each address to a file of that name: the code is its first line.

    Args:
        directory: made when there is something to write.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, address: str, code: str, expires: int) -> None:
        """As ``ports.Mailer``."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        write_atomic(self._directory / address, f"{code}\nis the code to confirm, until {moment(expires)}\n".encode())
