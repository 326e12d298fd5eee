"""A person at the keyboard: runs verbs in this process, and has a lab directory with everything made."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.records import NIR as NIR  # noqa: PLC0414 - tests outside this directory have it from here
from tests.cli.records import NIR_TYPED, PEOPLE, PERSON
from vitaletoken.adapters import keystore
from vitaletoken.adapters.system import SystemClock, SystemMonotonicClock
from vitaletoken.cli import main
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.rules.binding import Instant

CODE = "604927"
WRONG_CODE = "180736"
OTHER_CODE = "935160"
PASSPHRASE = "a battery of tests"
PHARMACY = "Pharmacie de la Gare, Lyon"
SESSION = "visit-1"
SHEET = b'{"total": 2650}'
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


@contextlib.contextmanager
def waited(seconds: int) -> Iterator[None]:
    """The clock that nobody can set, ``seconds`` on."""
    read = SystemMonotonicClock.read

    def on(self: SystemMonotonicClock) -> Instant:
        now = read(self)
        return Instant(now.era, now.seconds + seconds)

    SystemMonotonicClock.read = on  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        SystemMonotonicClock.read = read  # type: ignore[method-assign]  # as it was


@dataclass(frozen=True)
class Lab:
    """A lab directory. Its methods are the verbs with the arguments that they mostly have."""

    at: Path

    def __truediv__(self, name: str) -> Path:
        return self.at / name

    @property
    def keys(self) -> tuple[str, Path]:
        return "--passphrase-file", self / "passphrase"

    @property
    def number(self) -> tuple[str, Path]:
        return "--nir-file", self / "numbers"

    def prepare(self) -> None:
        (self / "passphrase").write_text(f"{PASSPHRASE}\nnot this line\n")
        (self / "numbers").write_text(f"{NIR_TYPED}\n")
        (self / "sheet.json").write_bytes(SHEET)
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
        authority = ("--id", "fr-cnop", "--name", "Ordre national des pharmaciens", "--out", self / "authority")
        done("authority", "new", *authority, "--category", "pharmacy", "--category", "other", *extra, *self.keys)
        owners = ("--root", self / "root", "--issuer", self / "issuer", "--authority", self / "authority")
        done("trust", "propose", *owners, *extra, "--out", self / "proposal.cbor")
        self.signed()
        done("trust", "roots", self / "trust.cbor", "--out", self / "roots.cbor")

    def trust(self, *changes: object) -> Any:
        """The next trust list, with ``changes``, signed by the one root and served."""
        done("trust", "propose", "--after", self / "trust.cbor", *changes, "--out", self / "proposal.cbor")
        return self.signed()

    def signed(self) -> Any:
        sign = ("trust", "sign", "--root", self / "root", "--yes", self / "proposal.cbor")
        done(*sign, "--out", self / "trust.cbor", *self.keys)
        return done("trust", "publish", "--mirror", self / "mirror", self / "trust.cbor")

    def certify(self, terminal: str = "terminal", category: str = "pharmacy", **options: str) -> tuple[object, ...]:
        fields = {"establishment": "690012345", "name": PHARMACY, "category": category, **options}
        extra = [part for name, value in fields.items() for part in (f"--{name}", value)]
        paths = ("--authority", self / "authority", "--terminal", self / terminal, "--out", self / "certificate.cbor")
        return ("authority", "certify", *paths, *extra, *self.keys)

    def certificate(self, terminal: str = "terminal") -> tuple[object, ...]:
        return ("terminal", "certificate", "--terminal", self / terminal, self / "certificate.cbor")

    def certified(self, terminal: str = "terminal", category: str = "pharmacy", **options: str) -> None:
        done(*self.certify(terminal, category, **options))
        done(*self.certificate(terminal))

    def other_terminal(self, category: str = "pharmacy", name: str = "Pharmacie du Marché") -> None:
        """A second one, certified, with the lists."""
        done("terminal", "new", "--roots", self / "roots.cbor", "--out", self / "terminal2", *self.keys)
        done(*self.sync("terminal2"))
        self.certified("terminal2", category, name=name)

    def sticker(self) -> str:
        """The text of the counter sticker."""
        made = done("terminal", "sticker", "--terminal", self / "terminal", "--out", self / "sticker.svg")
        return str(made["text"])

    def challenge(self, *options: object, terminal: str = "terminal") -> tuple[object, ...]:
        asked = ("--session", SESSION, "--purpose", "billing")
        return ("terminal", "challenge", "--terminal", self / terminal, *asked, *options, *self.keys)

    def asked(self, *options: object, terminal: str = "terminal") -> str:
        """The text of a challenge."""
        return str(done(*self.challenge(*options, terminal=terminal))["text"])

    def billing(self) -> tuple[object, ...]:
        """What a challenge for a bill asks with."""
        sheet = ("--transaction", self / "sheet.json", "--line", "Ordonnance, 3 articles", "--amount", "26,50")
        return ("--view", "billing", *sheet)

    def answer(self, to: str, *options: object) -> str:
        """The text of a presentation for that terminal or challenge."""
        return str(done(*self.present("--to", to, "--yes", *options), stdin=typed(CODE))["text"])

    def decide(self, text: str, *options: object, terminal: str = "terminal") -> tuple[object, ...]:
        return ("verify", "--terminal", self / terminal, "--session", SESSION, "--purpose", "billing", *options, text)

    def phone(self, suite: int = 1, *options: object) -> Any:
        lists = ("--roots", self / "roots.cbor", "--trust", self / "trust.cbor")
        return done("phone", "new", "--suite", suite, *lists, "--out", self / "phone", *options, *self.keys)

    def fresh_phone(self) -> None:
        """Another one in the place of the lab's, without a code."""
        shutil.rmtree(self / "phone")
        self.phone()

    def lent_to(self) -> Path:
        """Another person's phone, which has no code yet."""
        lists = ("--roots", self / "roots.cbor", "--trust", self / "trust.cbor")
        done("phone", "new", *lists, "--out", self / "other", *self.keys)
        return self / "other"

    def introduced(self, name: str = "Nora Petit", code: str = OTHER_CODE) -> str:
        """The text of the other phone's introduction."""
        introduce = (
            "phone",
            "introduce",
            "--phone",
            self / "other",
            "--name",
            name,
            "--argon2",
            "cheapest",
            *self.keys,
        )
        return str(done(*introduce, stdin=typed(code))["text"])

    def lending(self, verb: str, to: str | Path, *options: object) -> tuple[object, ...]:
        """``lend`` or ``grant``, for a day and for dispensing."""
        what = ("--for", "1d", "--purpose", "dispensing", *options)
        return ("phone", verb, "--phone", self / "phone", "--to", to, *what, *self.keys)

    def granted(self, *options: object) -> str:
        """The text of the card with a grant for the other phone."""
        return str(done(*self.lending("grant", self.introduced(), "--yes", *options), stdin=typed(CODE))["text"])

    def receive(self, text: str | Path) -> tuple[object, ...]:
        return ("phone", "receive", "--phone", self / "other", text, *self.keys)

    def acted(self, *options: object) -> str:
        """The text of a presentation by the other phone."""
        present = ("phone", "present", "--phone", self / "other", *options, *self.keys)
        return str(done(*present, stdin=typed(OTHER_CODE))["text"])

    def people(self, *others: dict[str, object], **changes: object) -> None:
        """The insurer's records: Camille's with ``changes``, and those of others."""
        records = [{**PEOPLE[0], **changes}, *PEOPLE[1:], *others]
        (self / "issuer" / "people.json").write_text(json.dumps(records, ensure_ascii=False))

    def desk(self, verb: str, *options: object) -> tuple[object, ...]:
        return ("desk", verb, "--issuer", self / "issuer", *options, *self.keys)

    def submit(self) -> tuple[object, ...]:
        return self.desk("submit", "--offer", self / "offer.cbor", "--request", self / "request.cbor")

    def letter(self, address: str = "camille@example.org") -> str:
        """The newest e-mail code for that address."""
        return (self / "issuer" / "mail" / address).read_text().splitlines()[0]

    def offer(self) -> Any:
        return done("issuer", "offer", "--issuer", self / "issuer", "--out", self / "offer.cbor", *self.keys)

    def enrol(self, *options: object) -> tuple[object, ...]:
        paths = ("--phone", self / "phone", "--offer", self / "offer.cbor", "--out", self / "request.cbor")
        return ("phone", "enrol", *paths, *self.number, "--argon2", "cheapest", *options, *self.keys)

    def issue(self, *options: object) -> tuple[object, ...]:
        inputs = ("--offer", self / "offer.cbor", "--request", self / "request.cbor", "--person", self / "person.json")
        out = ("--out", self / "card.cbor", *self.number, *options)
        return ("issuer", "issue", "--issuer", self / "issuer", *inputs, *out, *self.keys)

    def issue_views(self, *options: object) -> tuple[object, ...]:
        return self.issue("--billing", self / "card-billing.cbor", *options)

    def accept(self, *options: object) -> tuple[object, ...]:
        card = ("--credential", self / "card.cbor", *options)
        return ("phone", "accept", "--phone", self / "phone", *card, *self.keys)

    def accept_views(self) -> tuple[object, ...]:
        return self.accept("--billing", self / "card-billing.cbor")

    def publish(self, *options: object) -> Any:
        """The status of all cards, to the mirror."""
        return done("issuer", "publish", "--issuer", self / "issuer", "--mirror", self / "mirror", *options, *self.keys)

    @property
    def served(self) -> Path:
        """What the issuer has published."""
        return self / "mirror" / "status" / "fr-cnam"

    def terminal(self, *options: object) -> Any:
        return done("terminal", "new", "--roots", self / "roots.cbor", "--out", self / "terminal", *options, *self.keys)

    def sync(self, terminal: str = "terminal") -> tuple[object, ...]:
        return ("terminal", "sync", "--terminal", self / terminal, self / "mirror")

    def status(self, *options: object) -> tuple[object, ...]:
        return ("terminal", "status", "--terminal", self / "terminal", *options)

    def change(self, verb: str) -> Any:
        """Revoke, suspend or restore the card, publish, and let the terminal know."""
        changed = done("issuer", verb, "--issuer", self / "issuer", "--credential", self / "card.cbor", *self.keys)
        self.publish()
        done(*self.sync())
        return changed

    def present(self, *options: object) -> tuple[object, ...]:
        return ("phone", "present", "--phone", self / "phone", *options, *self.keys)

    def text(self, *options: object) -> str:
        """The text of a fresh presentation."""
        return str(done(*self.present(*options), stdin=typed(CODE))["text"])

    def verify(self, *what: object) -> tuple[object, ...]:
        return ("verify", "--terminal", self / "terminal", *what)

    def make_all(self, suite: int = 1) -> None:
        self.prepare()
        self.make_trust()
        self.phone(suite)
        self.offer()
        done(*self.enrol(), stdin=typed(CODE))
        done(*self.issue_views())
        done(*self.accept_views())
        self.publish()
        self.terminal()
        done(*self.sync())
        self.certified()


def typed(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def all_text(answers: Sequence[Answer]) -> str:
    return "".join(answer.out + answer.err for answer in answers)
