"""Where passphrases, the personal code and numbers (NIR) come from: a file, a prompt that does not show them, or standard input.

Where standard input is no terminal, each is one line of it, in the order in which the verb asks: whether to do what was shown,
then passphrases, then the code, then numbers.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from vitaletoken.errors import UsageError, raise_alone
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir

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

    def mail_code(self) -> str:
        """The code from an e-mail, whatever its form. Raises ``UsageError``: there is none."""
        return _ask("Code from the e-mail", again=False)

    def number(self, file: Path | None, who: str) -> BeneficiaryNir:
        """The number (NIR) of ``who``, such as "the person". Arguments and what is raised: as ``numbers``."""
        return BeneficiaryNir.parse(*_numbers(file, who))

    def numbers(self, file: Path | None, *, policyholder: bool) -> tuple[BeneficiaryNir, PolicyholderNir | None]:
        """The beneficiary's number (NIR), and the policyholder's where that is asked for.

        Args:
            file: has them as its lines, in this order; None to ask.

        Raises:
            UsageError: they are not there or not in form. No complaint repeats what was read.
        """
        if not policyholder:
            return self.number(file, "the beneficiary"), None
        own, other = _numbers(file, "the beneficiary", "the policyholder")
        return BeneficiaryNir.parse(own), PolicyholderNir.parse(other)


def confirm(question: str) -> bool:
    """Whether a person answers ``question`` with yes. Not a secret: what is typed is shown.

    Raises:
        UsageError: standard input has ended.
    """
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    answer = _line(question)
    if not sys.stdin.isatty():
        print(file=sys.stderr)
    return answer.strip().lower() in ("y", "yes", "o", "oui")


def _ask(what: str, *, again: bool) -> str:
    if not sys.stdin.isatty():
        return _line(what)
    try:
        answer = getpass.getpass(f"{what}: ")
        if again and getpass.getpass(f"{what}, again: ") != answer:
            raise UsageError("the two are not the same")
    except EOFError:
        raise UsageError(f"nothing was entered ({what[0].lower()}{what[1:]})") from None
    return _encodable(answer)


def _line(what: str) -> str:
    try:
        line = sys.stdin.readline(_MAX_LINE)
    except UnicodeDecodeError:  # with what was typed in it, as those below
        raise_alone(UsageError("standard input is not text"))
    if not line:
        raise UsageError(f"standard input has ended, and a line was expected: {what[0].lower()}{what[1:]}")
    return _encodable(line.rstrip("\r\n"))


def _numbers(file: Path | None, *whose: str) -> list[str]:
    typed = _number_lines(file) if file else [_ask(f"Number (NIR) of {who}", again=False) for who in whose]
    if len(typed) != len(whose):
        raise UsageError(f"the file of numbers has one line for each number: that of {', then that of '.join(whose)}")
    return typed


def _number_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_LINE)
    except OSError as error:  # not with its name: it may be the number itself, given by mistake
        raise_alone(UsageError(f"the file of numbers: {error.strerror}"))
    return _text(content, "the file of numbers").splitlines()


def _text(line: bytes, where: str) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise_alone(UsageError(f"{where} is not text in UTF-8"))


def _encodable(text: str) -> str:
    """Undecodable input reaches Python as lone surrogates, which are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise_alone(UsageError("what was entered is not text"))
    return text
