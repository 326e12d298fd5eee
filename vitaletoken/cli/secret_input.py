"""Where passphrases and the personal code come from: a file, a prompt that does not show them, or standard input.

Where standard input is no terminal, each is one line of it, in the order in which the verb asks: passphrases first, then
the code.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from vitaletoken.errors import UsageError

_MAX_LINE: Final = 4096


class Secrets:
    """The secrets of one run of a verb.

    Args:
        passphrase_file: its first line is the passphrase of every key file of this run.
    """

    def __init__(self, passphrase_file: Path | None) -> None:
        self._passphrase_file = passphrase_file

    def passphrase(self, what: str, *, new: bool = False) -> str:
        """The passphrase of the key file of ``what``; a ``new`` one is asked for twice.

        Raises:
            UsageError: there is none, or the two differ.
        """
        if self._passphrase_file is not None:
            with self._passphrase_file.open("rb") as file:
                passphrase = _text(file.readline(_MAX_LINE), str(self._passphrase_file))
        else:
            passphrase = _ask(f"{'New passphrase' if new else 'Passphrase'} for {what}", again=new)
        if not passphrase:
            raise UsageError(f"the passphrase for {what} is empty")
        return passphrase

    def code(self, *, new: bool = False) -> str:
        """The personal code, whatever its form; a ``new`` one is asked for twice.

        Raises:
            UsageError: there is none, or the two differ.
        """
        return _ask("New personal code, six digits" if new else "Personal code", again=new)


def _ask(what: str, *, again: bool) -> str:
    if not sys.stdin.isatty():
        return _line(what)
    try:
        answer = getpass.getpass(f"{what}: ")
        if again and getpass.getpass(f"{what}, again: ") != answer:
            raise UsageError("the two are not the same")
    except EOFError:
        raise UsageError(f"nothing was entered ({what.lower()})") from None
    return _encodable(answer)


def _line(what: str) -> str:
    try:
        line = sys.stdin.readline(_MAX_LINE)
    except UnicodeDecodeError:
        raise UsageError("standard input is not text") from None
    if not line:
        raise UsageError(f"standard input has ended, and a line was expected: {what.lower()}")
    return _encodable(line.rstrip("\r\n"))


def _text(line: bytes, where: str) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"{where} is not text in UTF-8") from None


def _encodable(text: str) -> str:
    """Undecodable input reaches Python as lone surrogates, which are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("what was entered is not text") from None
    return text
