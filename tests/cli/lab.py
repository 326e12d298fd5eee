"""A person at the keyboard: runs verbs in this process, and has a lab directory with everything made."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitaletoken.adapters import keystore
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import main
from vitaletoken.crypto.pin import Argon2Profile

CODE = "604927"
WRONG_CODE = "180736"
PASSPHRASE = "a battery of tests"
PERSON = {
    "reference": "person-1",
    "family_name": "Lefebvre-Moreau",
    "given_names": ["Camille", "Élise"],
    "sex": "female",
    "quality": "policyholder",
    "policyholder": None,
    "scheme": "01 751 0042",
    "enrolment": "cnie-nfc",
}
DONE, WRONG_USAGE, REFUSED = 0, 2, 3


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """Of a refusal, in human output: last line but nothing after it."""
        return self.out.splitlines()[-1].split()[0]


class _Keyboard(io.TextIOWrapper):
    def __init__(self, content: bytes, *, tty: bool) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8")
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


def run(*argv: object, stdin: bytes = b"", tty: bool = False) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    keyboard, before = _Keyboard(stdin, tty=tty), sys.stdin
    sys.stdin = keyboard
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(argument) for argument in argv])
    finally:
        sys.stdin = before
    return Answer(status, out.getvalue(), err.getvalue())


def done(*argv: object, stdin: bytes = b"") -> Any:
    """The JSON of a verb that succeeds."""
    answer = run(*argv, "--json", stdin=stdin)
    assert answer.status == DONE, (argv, answer)
    return answer.json


def refused(*argv: object, stdin: bytes = b"") -> str:
    """The code of a verb that refuses; the same for a person and for a program would spend a QR, so only for a program."""
    answer = run(*argv, "--json", stdin=stdin)
    assert answer.status == REFUSED, (argv, answer)
    data = answer.json
    assert data["result"] == "refused"
    assert {"code", "step", "reason", "advice"} <= set(data)
    return str(data["code"])


def misused(*argv: object, stdin: bytes = b"") -> str:
    """The complaint of a verb that cannot be carried out."""
    answer = run(*argv, stdin=stdin)
    assert answer.status == WRONG_USAGE, (argv, answer)
    assert answer.out == ""
    assert answer.err.startswith(("vitaletoken: ", "usage: "))
    return answer.err


@contextlib.contextmanager
def quick_keys() -> Iterator[None]:
    """Key files under the cheapest Argon2id profile."""
    before = keystore.save_key.__defaults__
    keystore.save_key.__defaults__ = (Argon2Profile.CHEAPEST,)
    try:
        yield
    finally:
        keystore.save_key.__defaults__ = before


@contextlib.contextmanager
def later(seconds: int) -> Iterator[None]:
    """The system's clock, ``seconds`` ahead."""
    now = SystemClock.now
    SystemClock.now = lambda self: now(self) + seconds  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        SystemClock.now = now  # type: ignore[method-assign]  # as it was


@dataclass(frozen=True)
class Lab:
    """A lab directory. Its methods are the verbs with the arguments that they mostly have."""

    at: Path

    def __truediv__(self, name: str) -> Path:
        return self.at / name

    @property
    def keys(self) -> tuple[str, Path]:
        return "--passphrase-file", self / "passphrase"

    def prepare(self) -> None:
        (self / "passphrase").write_text(f"{PASSPHRASE}\nnot this line\n")
        self.person()

    def person(self, **changes: object) -> Path:
        path = self / "person.json"
        path.write_text(json.dumps({**PERSON, **changes}, ensure_ascii=False))
        return path

    def make_trust(self, **environment: str) -> None:
        extra = ("--environment", environment["environment"]) if environment else ()
        done("root", "new", "--out", self / "root", *self.keys)
        done(
            "issuer",
            "new",
            "--id",
            "fr-cnam",
            "--name",
            "Assurance maladie",
            "--out",
            self / "issuer",
            *extra,
            *self.keys,
        )
        self.trust(*extra)

    def trust(self, *options: object) -> Any:
        paths = ("--root", self / "root", "--issuer", self / "issuer", "--out", self / "trust.cbor")
        return done("trust", "new", *paths, *options, *self.keys)

    def phone(self, suite: int = 1, *options: object) -> Any:
        lists = ("--roots", self / "roots.cbor", "--trust", self / "trust.cbor")
        return done("phone", "new", "--suite", suite, *lists, "--out", self / "phone", *options, *self.keys)

    def offer(self) -> Any:
        return done("issuer", "offer", "--issuer", self / "issuer", "--out", self / "offer.cbor", *self.keys)

    def enrol(self, code: str = CODE, **options: object) -> tuple[object, ...]:
        paths = ("--phone", self / "phone", "--offer", self / "offer.cbor", "--out", self / "request.cbor")
        return ("phone", "enrol", *paths, "--argon2", "cheapest", *self.keys)

    def issue(self) -> tuple[object, ...]:
        inputs = ("--offer", self / "offer.cbor", "--request", self / "request.cbor", "--person", self / "person.json")
        return ("issuer", "issue", "--issuer", self / "issuer", *inputs, "--out", self / "card.cbor", *self.keys)

    def accept(self) -> tuple[object, ...]:
        return ("phone", "accept", "--phone", self / "phone", "--credential", self / "card.cbor", *self.keys)

    def status(self) -> Any:
        return done("issuer", "status", "--issuer", self / "issuer", "--out", self / "status.cbor", *self.keys)

    def terminal(self, *options: object) -> Any:
        return done("terminal", "new", "--roots", self / "roots.cbor", "--out", self / "terminal", *options)

    def load(self, *names: str) -> tuple[object, ...]:
        return ("terminal", "load", "--terminal", self / "terminal", *(self / name for name in names))

    def change(self, verb: str) -> Any:
        """Revoke, suspend or restore, publish, load."""
        changed = done("issuer", verb, "--issuer", self / "issuer", "--credential", self / "card.cbor", *self.keys)
        self.status()
        done(*self.load("status.cbor"))
        return changed

    def present(self, *options: object) -> tuple[object, ...]:
        return ("phone", "present", "--phone", self / "phone", *options, *self.keys)

    def text(self) -> str:
        """The text of a fresh presentation."""
        return str(done(*self.present(), stdin=typed(CODE))["text"])

    def verify(self, *what: object) -> tuple[object, ...]:
        return ("verify", "--terminal", self / "terminal", *what)

    def make_all(self, suite: int = 1) -> None:
        self.prepare()
        self.make_trust()
        self.phone(suite)
        self.offer()
        done(*self.enrol(), stdin=typed(CODE))
        done(*self.issue())
        done(*self.accept())
        self.status()
        self.terminal()
        done(*self.load("trust.cbor", "status.cbor"))


def typed(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def all_text(answers: Sequence[Answer]) -> str:
    return "".join(answer.out + answer.err for answer in answers)
