"""The personal code, numbers (NIR) and passphrases: how they come in, and that they come out nowhere."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.lab import (
    CODE,
    DONE,
    OTHER_CODE,
    PASSPHRASE,
    REFUSED,
    WRONG_CODE,
    WRONG_USAGE,
    Answer,
    Lab,
    all_text,
    done,
    later,
    misused,
    refused,
    run,
    typed,
)
from tests.cli.records import FATHERS_NIR, NIR, NIR_TYPED
from vitaletoken.wire import cbor

# Not within a number or hex digits, where six digits may stand by chance.
CODE_ALONE = re.compile(rf"(?<![0-9a-f]){CODE}(?![0-9a-f])")


def test_no_secret_in_any_output_or_file(lab: Lab) -> None:
    answers: list[Answer] = []
    for options in ((), ("--json",)):
        lab.offer()
        answers += [
            run(*lab.enrol(), *options, stdin=typed(CODE)),
            run(*lab.issue(), *options),
            run(*lab.accept(), *options),
            run(*lab.present("--out", lab / "qr.png"), *options, stdin=typed(CODE)),
            run(*lab.present(), *options, stdin=typed(CODE)),
            run(*lab.present("--out", "-"), *options, stdin=typed(CODE)),
            run(*lab.verify(lab / "qr.png"), *options),
            run(*lab.verify(lab / "qr.png"), *options),
            run("inspect", lab / "qr.png", *options),
            run("inspect", lab / "request.cbor", *options),
            run(*lab.present(CODE), *options, stdin=typed(CODE)),
            run(*lab.present(f"--code={CODE}"), *options, stdin=typed(CODE)),
            run(*lab.present("--code", CODE), *options, stdin=typed(CODE)),
            run(*lab.present("--passphrase", PASSPHRASE), *options, stdin=typed(CODE)),
        ]
    assert {answer.status for answer in answers} == {DONE, REFUSED, WRONG_USAGE}
    text = all_text(answers)
    assert not CODE_ALONE.search(text)
    assert PASSPHRASE not in text
    for path in (path for path in lab.at.rglob("*") if path.is_file() and path.name != "passphrase"):
        content = path.read_bytes()
        assert PASSPHRASE.encode() not in content, path
        assert not CODE_ALONE.search(content.decode("latin-1")), path


def test_no_secret_in_any_output_of_what_people_do_over_the_years(lab: Lab) -> None:
    """Codes, the e-mail code, numbers, keys: in no answer of a verb that was not asked for them, in neither form."""
    lab.lent_to()
    lab.people()
    new_code = "482915"
    phone, other = ("--phone", lab / "phone", *lab.keys), ("--phone", lab / "other", *lab.keys)
    issuer = ("--issuer", lab / "issuer", *lab.keys)
    request = lab / "request.cbor"
    answers, mailed = [run(*lab.desk("new")), run(*lab.desk("new"), "--json")], []
    for options in ((), ("--json",)):

        def say(*argv: object, stdin: bytes = b"", status: int = DONE, form: tuple[str, ...] = options) -> None:
            answers.append(run(*argv, *form, stdin=stdin))
            assert answers[-1].status == status, (argv, answers[-1])

        lab.offer()
        done(*lab.enrol(), stdin=typed(CODE))
        say(*lab.submit())
        mailed.append(lab.letter())
        say(*lab.desk("confirm", request), stdin=typed(WRONG_CODE), status=REFUSED)
        say(*lab.desk("confirm", f"--code={mailed[-1]}", request), status=WRONG_USAGE)
        say(*lab.desk("confirm", request), stdin=typed(mailed[-1]))
        say(*lab.desk("proof", "--method", "counter", request), stdin=typed(f"{NIR}99"), status=WRONG_USAGE)
        say(*lab.desk("proof", "--method", "counter", "--nir", NIR, request), status=WRONG_USAGE)
        say(*lab.desk("proof", "--method", "counter", request), stdin=typed(NIR_TYPED))
        say(*lab.desk("decide", request))
        say(*lab.desk("issue", "--out", lab / "card.cbor", request))
        say(*lab.desk("show", request))
        say(*lab.accept())
        say("phone", "renew", "--out", lab / "renewal.cbor", *phone, stdin=typed(CODE))
        renewed = lab / f"renewed{len(options)}"
        say("issuer", "renew", "--renewal", lab / "renewal.cbor", "--out", renewed, *issuer)
        say("phone", "accept", "--renewed", renewed, *phone)
        introduce = ("phone", "introduce", "--name", "Nora Petit", "--argon2", "cheapest", *other)
        say(*introduce, "--out", lab / "introduction.png", stdin=typed(OTHER_CODE))
        to = lab / "introduction.png"
        say(*lab.lending("grant", to, "--yes", "--out", lab / "lent.png"), stdin=typed(CODE))
        say(*lab.lending("grant", to, "--yes"), stdin=typed(WRONG_CODE), status=REFUSED)
        say(*lab.receive(lab / "lent.png"))
        say(*lab.lending("lend", to, "--out", lab / "order.cbor"), stdin=typed("y", CODE))
        lend = ("--order", lab / "order.cbor", "--introduction", to, "--out", lab / "lent.cbor")
        say("issuer", "lend", *lend, *issuer)
        say("phone", "accept", "--credential", lab / "lent.cbor", *other)
        say("phone", "lent", *phone)
        say("phone", "cards", *phone)
        say("phone", "cards", *other)
        say("phone", "ask-unlock", "--out", lab / "nonce", *phone)
        say(
            "issuer",
            "unlock",
            "--credential",
            renewed / "1.cbor",
            "--nonce",
            lab / "nonce",
            "--out",
            lab / "unlock.cbor",
            *issuer,
        )
        say("phone", "unlock", lab / "unlock.cbor", *phone)
        change = ("phone", "change-code", "--out", lab / f"change{len(options)}", *phone)
        say(*change, stdin=typed(CODE, CODE), status=WRONG_USAGE)
        say(*change, stdin=typed(CODE, new_code))
        for name in ("renewal.cbor", "order.cbor", "introduction.png", "lent.png", "unlock.cbor", "request.cbor"):
            say("inspect", "--full", lab / name)
        (card,) = done("phone", "cards", *phone)["cards"]
        say("phone", "delete", card["handle"], *phone)
    text = all_text(answers)
    assert PASSPHRASE not in text
    assert not NUMBER.search(text)
    for code in (CODE, OTHER_CODE, new_code, WRONG_CODE, *mailed):
        assert not re.search(rf"(?<![0-9a-f]){code}(?![0-9a-f])", text)
    for path in (path for path in lab.at.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for secret in (CODE, OTHER_CODE, new_code):
            assert not re.search(rf"(?<![0-9a-f]){secret}(?![0-9a-f])", content.decode("latin-1")), path
        assert path.name == "passphrase" or PASSPHRASE.encode() not in content, path
    letters = {path.name for path in lab.at.rglob("*") if path.is_file() and mailed[-1].encode() in path.read_bytes()}
    assert letters == {"camille@example.org"}, "the e-mail code is where it was sent, and nowhere else"


# With any spacing, as text, or as the hex of a text.
NUMBER = re.compile("|".join([r" ?".join(NIR), NIR.encode().hex(), *(f"({part})" for part in (NIR[:7], NIR[6:]))]))


def test_no_number_in_any_output_or_file_that_has_no_use_for_it(lab: Lab) -> None:
    answers: list[Answer] = []
    for options in ((), ("--json",)):
        lab.offer()
        answers += [
            run(*unnumbered(lab.enrol()), *options, stdin=typed(CODE, f"{NIR}99")),
            run(*unnumbered(lab.enrol()), *options, stdin=typed(CODE, NIR_TYPED)),
            run(*lab.enrol("--nir", NIR), *options, stdin=typed(CODE)),
            run(*lab.issue_views("--days", "0"), *options),
            run(*unnumbered(lab.issue_views()), *options, stdin=typed("1 23")),
            run(*unnumbered(lab.issue_views()), *options, stdin=typed(f"{NIR}99")),
            run(*unnumbered(lab.issue_views()), *options, stdin=typed(NIR_TYPED)),
            run(*lab.accept_views(), *options),
            run(*lab.issue_views("--nir-file", NIR), *options),
            run(*lab.issue_views("--nir", NIR), *options),
            run(*lab.issue_views(NIR), *options),
            run(*lab.issue_views("--days", NIR_TYPED), *options),
        ]
        challenge = lab.asked(*lab.billing())
        answer = lab.answer(challenge)
        answers += [
            run("phone", "review", "--phone", lab / "phone", challenge, *options),
            run(*lab.present("--to", challenge, "--yes"), *options, stdin=typed(CODE)),
            run(*lab.decide(answer)),
            run(*lab.decide(answer, "--keep", lab / f"kept{len(options)}")),
            run("inspect", lab / "card-billing.cbor", *options),
            run("inspect", "--full", lab / "card-billing.cbor", *options),
            run("inspect", "--full", lab / "kept0" / "presentation.cbor", *options),
            run("inspect", "--full", answer, *options),
            run("inspect", "--full", challenge, *options),
            run("inspect", NIR, *options),
            run(*lab.verify(NIR_TYPED), *options),
        ]
    assert {answer.status for answer in answers} == {DONE, WRONG_USAGE}
    assert not NUMBER.search(all_text(answers))
    holding = {path.relative_to(lab.at).as_posix() for path in lab.at.rglob("*") if holds_number(path)}
    kept = {"kept0/presentation.cbor", "kept1/presentation.cbor"}
    # The issuer's register keeps billing views, to renew them; the phone's wallet is encrypted.
    assert holding == {"numbers", "card-billing.cbor", "issuer/register.sqlite", *kept}


def unnumbered(command: tuple[object, ...]) -> tuple[object, ...]:
    """Without the file of numbers, so that they are asked for."""
    at = command.index("--nir-file")
    return (*command[:at], *command[at + 2 :])


def holds_number(path: Path) -> bool:
    return path.is_file() and bool(re.search(r" ?".join(NIR).encode(), path.read_bytes()))


def test_a_number_is_shown_where_it_was_asked_for(lab: Lab) -> None:
    """That the search above finds what is there."""
    text = lab.answer(lab.asked(*lab.billing()))
    assert NUMBER.search(run(*lab.decide(text, "--show-nir")).out)
    assert NUMBER.search(run(*lab.decide(text), "--json").out)
    assert NUMBER.search(run("inspect", "--show-nir", lab / "card-billing.cbor").out)
    assert "(NIR, hidden)" in run("inspect", lab / "card-billing.cbor").out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_number_is_hidden_wherever_it_stands(options: tuple[str, ...]) -> None:
    item: object = {1: NIR, NIR: [NIR, {"a": NIR}], 2: cbor.encode([cbor.encode(NIR)])}
    answer = run("inspect", "--full", "-", *options, stdin=cbor.encode(item))
    assert not NUMBER.search(answer.out)
    deep = cbor.encode(NIR)
    for _ in range(3_000):
        deep = cbor.encode(deep)
    assert run("inspect", "-", *options, stdin=deep).status == DONE


def test_where_numbers_come_from(lab: Lab) -> None:
    lab.offer()
    done(*lab.enrol(), stdin=typed(CODE))
    issue = unnumbered(lab.issue_views()[:-2])  # without --passphrase-file
    assert "number (NIR) of the beneficiary" in misused(*issue, stdin=typed(PASSPHRASE))
    assert "13 characters" in misused(*issue, stdin=typed(PASSPHRASE, "279"))
    for content in ("", f"{NIR}\n{FATHERS_NIR}\n"):
        (lab / "numbers").write_text(content)
        assert "one line for each number: that of the beneficiary" in misused(*lab.issue_views())
        assert "one line for each number: that of the phone's owner" in misused(*lab.enrol(), stdin=typed(CODE))
    (lab / "numbers").write_bytes(b"\xff")
    assert "UTF-8" in misused(*lab.issue_views())
    enrol = unnumbered(lab.enrol())[:-2]
    assert "number (NIR) of the child" in misused(*enrol, "--child", stdin=typed(PASSPHRASE, CODE))
    assert done(*issue, stdin=typed(PASSPHRASE, NIR_TYPED))["billing"]
    assert done(*enrol, stdin=typed(PASSPHRASE, CODE, NIR_TYPED))["result"] == "enrolled"


@pytest.mark.parametrize("argument", [CODE, f"--code={CODE}", f"--pin={CODE}"])
def test_a_code_is_no_argument_and_not_repeated(lab: Lab, argument: str) -> None:
    complaint = misused(*lab.present(argument), stdin=typed(CODE))
    assert "never an argument" in complaint
    assert CODE not in complaint
    assert CODE not in misused("phone", CODE)


def test_passphrase_then_code_on_standard_input(lab: Lab) -> None:
    present = ("phone", "present", "--phone", lab / "phone")
    assert done(*present, stdin=typed(PASSPHRASE, CODE))["result"] == "presented"
    assert refused(*present, stdin=typed(PASSPHRASE, WRONG_CODE)) == "code-wrong"
    assert "passphrase is wrong" in misused(*present, stdin=typed(CODE, PASSPHRASE))
    assert "personal code" in misused(*present, stdin=typed(PASSPHRASE))
    assert "passphrase" in misused(*present)
    assert "empty" in misused(*present, stdin=typed("", CODE))
    assert "not text" in misused(*present, stdin=b"\xff\n")


def test_passphrase_file_by_the_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALETOKEN_PASSPHRASE_FILE", str(lab / "passphrase"))
    assert done("phone", "present", "--phone", lab / "phone", stdin=typed(CODE))


def test_bad_passphrase_files(lab: Lab) -> None:
    present = ("phone", "present", "--phone", lab / "phone", "--passphrase-file", lab / "pass")
    assert "No such file" in misused(*present, stdin=typed(CODE))
    for content, complaint in ((b"\n", "empty"), (b"\xff\n", "UTF-8"), (b"another one\n", "wrong")):
        (lab / "pass").write_bytes(content)
        assert complaint in misused(*present, stdin=typed(CODE))


def test_prompts_do_not_show_what_is_typed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[str] = []

    def answering(*answers: str) -> None:
        waiting: Iterator[str] = iter(answers)

        def ask(prompt: str) -> str:
            prompts.append(prompt)
            return next(waiting)

        monkeypatch.setattr(getpass, "getpass", ask)

    lab.fresh_phone()
    lab.offer()
    enrol = ("phone", "enrol", "--phone", lab / "phone", "--offer", lab / "offer.cbor", "--out", lab / "request.cbor")
    answering(PASSPHRASE, CODE, CODE, NIR_TYPED)
    assert run(*enrol, "--argon2", "cheapest", tty=True).status == DONE
    assert prompts == [
        f"Passphrase for {lab / 'phone'}: ",
        "New personal code, six digits: ",
        "New personal code, six digits, again: ",
        "Number (NIR) of the phone's owner: ",
    ]
    answering(PASSPHRASE, CODE, NIR_TYPED)
    assert run(*enrol, tty=True).status == DONE
    assert prompts[4:6] == [f"Passphrase for {lab / 'phone'}: ", "Personal code: "]
    lab.fresh_phone()
    answering(PASSPHRASE, CODE, WRONG_CODE)
    answer = run(*enrol, tty=True)
    assert (answer.status, answer.err) == (WRONG_USAGE, "vitaletoken: the two are not the same\n")
    answering(PASSPHRASE, "another")
    assert run("root", "new", "--out", lab / "root2", tty=True).status == WRONG_USAGE
    assert not (lab / "root2").exists()
    answering(PASSPHRASE, PASSPHRASE)
    assert run("root", "new", "--out", lab / "root2", tty=True).status == DONE


@pytest.mark.parametrize("interruption", [EOFError, KeyboardInterrupt])
def test_a_prompt_that_is_left(lab: Lab, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]) -> None:
    def leave(_: str) -> str:
        raise interruption

    monkeypatch.setattr(getpass, "getpass", leave)
    assert run("phone", "present", "--phone", lab / "phone", tty=True).status == WRONG_USAGE


def test_wrong_codes_wait_and_then_lock(lab: Lab) -> None:
    wrong = run(*lab.present(), stdin=typed(WRONG_CODE))
    assert wrong.status == REFUSED
    assert wrong.code == "code-wrong"
    assert "1 of 10 tries have failed" in wrong.out
    for _ in range(2):
        assert refused(*lab.present(), stdin=typed(WRONG_CODE)) == "code-wrong"
    delayed = run(*lab.present(), "--json", stdin=typed(CODE)).json
    assert (delayed["code"], delayed["advice"]) == ("code-delayed", "wait")
    assert delayed["notes"][0].startswith("The next try is at ")
    with later(60):
        text = done(*lab.present(), stdin=typed(CODE))["text"]
        seen = run(*lab.verify(text))
    assert "Wrong codes     3 just before this one" in seen.out
    ahead = 100
    for _ in range(10):
        ahead += 86_400
        with later(ahead):
            refused(*lab.present(), stdin=typed(WRONG_CODE))
    with later(ahead + 86_400):
        assert refused(*lab.present(), stdin=typed(CODE)) == "code-locked"
