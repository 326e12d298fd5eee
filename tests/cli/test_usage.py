"""Wrong usage: exit status 2, one line that says what is wrong, no traceback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import vitaletoken
from tests.cli.lab import CODE, DONE, WRONG_USAGE, Lab, done, misused, run, typed
from tests.cli.records import PERSON

VERBS = [
    ["demo"],
    ["root", "new"],
    *(["trust", verb] for verb in ("propose", "check", "sign", "combine", "publish", "roots")),
    *(["issuer", verb] for verb in ("new", "next-key", "switch-key", "offer", "issue")),
    *(["issuer", verb] for verb in ("renew", "lend", "unlock")),
    *(
        ["desk", verb]
        for verb in ("new", "submit", "send-code", "confirm", "proof", "decide", "issue", "show", "settle")
    ),
    *(
        ["issuer", verb]
        for verb in ("revoke", "suspend", "restore", "withdraw-delegations", "lend-anew", "lent-from", "publish")
    ),
    *(["authority", verb] for verb in ("new", "certify")),
    *(["phone", verb] for verb in ("new", "load", "enrol", "accept", "review", "present")),
    *(
        ["phone", verb]
        for verb in ("cards", "delete", "renew", "change-code", "give-up-code-change", "ask-unlock", "unlock")
    ),
    *(["phone", verb] for verb in ("introduce", "lend", "grant", "receive", "lent")),
    *(["terminal", verb] for verb in ("new", "sync", "status", "certificate", "sticker", "challenge")),
    ["care-sheet", "verify"],
    ["verify"],
    ["inspect"],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_of_every_verb(verb: list[str]) -> None:
    answer = run(*verb, "--help")
    assert answer.status == DONE
    assert "--json" in answer.out
    assert not re.search("(^| )--(code|pin|passphrase|nir)[ =,]", answer.out)


def test_help_names_every_command() -> None:
    out = run("--help").out
    assert all(verb[0] in out for verb in VERBS)
    assert run("--version").out == f"vitaletoken {vitaletoken.__version__}\n"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["phone"],
        ["phone", "dance"],
        ["verify", "x"],
        ["verify", "--terminal", "t"],
        ["verify", "--term", "t", "x"],
        ["phone", "new", "--suite", "3"],
        ["demo", "--nonsense"],
        ["inspect", "a", "b"],
    ],
)
def test_what_the_parser_refuses(argv: list[str]) -> None:
    assert misused(*argv)


def test_with_json_it_is_json(lab: Lab) -> None:
    answer = run("inspect", lab / "nothing", "--json")
    assert answer.status == WRONG_USAGE
    assert answer.json["result"] == "wrong-usage"
    assert "No such file" in answer.json["reason"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", None),
        ("reference", 1),
        ("family_name", ""),
        ("family_name", "x" * 101),
        ("family_name", "a\nb"),
        ("family_name", "a\u202eb"),
        ("family_name", "\ud800"),
        ("given_names", "Camille"),
        ("given_names", []),
        ("given_names", ["Camille", 1]),
        ("sex", "f"),
        ("quality", "mother"),
        ("quality", "child"),
        ("policyholder", "person-2"),
        ("scheme", "1 751 42"),
        ("scheme", [1, 751, 42]),
        ("enrolment", "post"),
        ("rights_as_of", "22/11/2026"),
        ("rights_as_of", "1969-12-31"),
        ("rights_until", 20000),
        ("birth_rank", 0),
        ("birth_rank", True),
        ("name_in_use", ""),
        ("portrait", 5),
        ("portrait", "\x00"),
        ("nir", "2 79 12"),
    ],
)
def test_a_person_not_in_form_names_the_field(lab: Lab, field: str, value: object) -> None:
    (lab / "person.json").write_text(json.dumps({**PERSON, field: value}))
    complaint = misused(*lab.issue())
    assert f'"{"policyholder" if (field, value) == ("quality", "child") else field}"' in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "1" * 5000, "[" * 50_000, '{"sex": "male", "sex": "male"}', " " * 70_000, "\ufeff{}"]
)
def test_a_person_that_is_no_json(lab: Lab, content: str) -> None:
    (lab / "person.json").write_text(content)
    assert misused(*lab.issue())
    (lab / "person.json").write_bytes(b"\xff\xfe")
    assert misused(*lab.issue())


def test_a_person_with_everything(lab: Lab) -> None:
    (lab / "portrait.jpg").write_bytes(b"a picture")
    lab.person(
        family_name="Lefe\u0301bvre",  # decomposed: a card has it composed
        name_in_use="Moreau", birth_rank=1, rights_as_of="2026-01-01", rights_until="2099-01-01", portrait="portrait.jpg",
    )  # fmt: skip
    lab.offer()
    done(*lab.enrol(), stdin=typed(CODE))
    done(*lab.issue())
    done(*lab.accept())
    text = lab.text()
    answer = run(*lab.verify("--session", "1", text))
    assert "LEFÉBVRE (in use: MOREAU) Camille Élise" in answer.out
    assert "until 2099-01-01" in answer.out
    seen = done(*lab.verify("--session", "1", text))
    assert seen["person"]["family_name"] == "Lefébvre"
    lab.person(portrait="nothing.jpg")
    assert "nothing.jpg" in misused(*lab.issue())


def test_nothing_is_written_over(lab: Lab) -> None:
    before = {path: path.read_bytes() for path in lab.at.rglob("*") if path.is_file()}
    lists = ("--roots", lab / "roots.cbor", "--trust", lab / "trust.cbor")
    for argv in (
        ("root", "new", "--out", lab / "root", *lab.keys),
        ("root", "new", "--out", lab / "person.json", *lab.keys),
        ("issuer", "new", "--id", "x", "--name", "x", "--out", lab / "issuer", *lab.keys),
        ("phone", "new", *lists, "--out", lab / "phone", *lab.keys),
    ):
        assert "there already" in misused(*argv)
    assert {path: path.read_bytes() for path in lab.at.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "argv", [("--id", "FR", "--name", "x"), ("--id", "é", "--name", "x"), ("--id", "x", "--name", ""),
             ("--id", "x", "--name", "\udcff"), ("--id", "x", "--name", "x", "--status-uri", "u" * 201),
             ("--id", "x", "--name", "x", "--status-uri", "\udcff")]
)  # fmt: skip
def test_an_issuer_not_in_form(empty_lab: Lab, argv: tuple[str, ...]) -> None:
    assert misused("issuer", "new", *argv, "--out", empty_lab / "issuer", *empty_lab.keys)
    assert not (empty_lab / "issuer").exists()


def test_where_results_cannot_go(lab: Lab) -> None:
    offer = ("issuer", "offer", "--issuer", lab / "issuer", *lab.keys)
    assert "not a directory" in misused(*offer, "--out", lab / "nowhere" / "offer.cbor")
    assert "is a directory" in misused(*offer, "--out", lab / "phone")
    assert "in form" in misused(*offer, "--seconds", "0", "--out", lab / "offer.cbor")
    assert ".png" in misused(*lab.present("--out", lab / "qr.jpg"), stdin=typed(CODE))
    counter = done(*lab.present("--out", lab / "qr.png"), stdin=typed(CODE))["counter"]
    assert counter == 1, "a presentation that could not be shown was not made"


def test_directories_of_another_kind(lab: Lab) -> None:
    swapped = ("phone", "present", "--phone", lab / "issuer", *lab.keys)
    assert "phone new" in misused(*swapped, stdin=typed(CODE))
    assert not (lab / "issuer" / "phone.sqlite").exists()
    for content in ("", "{}", "[]", '{"kind": "phone"}', '{"kind": "phone", "environment": 1}'):
        (lab / "phone" / "phone.json").write_text(content)
        lab_is_damaged = misused("phone", "load", "--phone", lab / "phone", "--trust", lab / "trust.cbor")
        assert "damaged" in lab_is_damaged
    for content in ('{"kind": "root"}', '{"kind": "root", "public_key": "zz"}', '{"kind": "root", "public_key": "a0"}'):
        (lab / "root" / "root.json").write_text(content)
        new = ("--issuer", lab / "issuer", "--out", lab / "t.cbor")
        assert "damaged" in misused("trust", "propose", "--root", lab / "root", *new)


def test_key_files_of_another_kind(lab: Lab) -> None:
    (lab / "phone" / "phone.key").write_bytes(next((lab / "root").glob("*.key")).read_bytes())
    assert "key file" in misused(*lab.present(), stdin=typed(CODE))
    (lab / "phone" / "phone.key").unlink()
    assert "phone.key: No such file" in misused(*lab.present(), stdin=typed(CODE))


def test_a_reader_that_leaves(lab: Lab) -> None:
    """``vitaletoken inspect ... | head -1``: no traceback, and no complaint when the interpreter ends."""
    command = [sys.executable, "-m", "vitaletoken.cli", "inspect", "--full", str(lab.served / "list" / "0.cbor")]
    root = Path(vitaletoken.__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == DONE


def test_an_issuer_that_an_earlier_version_made(lab: Lab) -> None:
    """It has no key to which phones seal numbers, and says so before anything is made."""
    profile = lab / "issuer" / "issuer.json"
    content = json.loads(profile.read_text())
    del content["sealing_key"]
    profile.write_text(json.dumps(content))
    for command in (
        ("trust", "propose", "--after", lab / "trust.cbor", "--issuer", profile, "--out", lab / "proposal.cbor"),
        ("issuer", "offer", "--issuer", lab / "issuer", "--out", lab / "new-offer.cbor", *lab.keys),
    ):
        assert "no key for numbers (NIR)" in misused(*command)
    assert not (lab / "new-offer.cbor").exists()


def test_who_signs_a_trust_list_is_shown_the_key_for_numbers(lab: Lab) -> None:
    """Whoever exchanges it reads the numbers of all who enrol."""
    profile = lab / "issuer" / "issuer.json"
    content = json.loads(profile.read_text())
    key = content["sealing_key"]
    content["sealing_key"] = other = "9" * 64
    profile.write_text(json.dumps(content))
    propose = ("trust", "propose", "--after", lab / "trust.cbor", "--issuer", profile, "--out", lab / "proposal.cbor")
    what = "Issuer fr-cnam, key to which numbers (NIR) are sealed"
    groups = [" ".join(text[at : at + 4] for at in range(0, 64, 4)) for text in (key, other)]
    assert f"  changed   {what}: {groups[0]} -> {groups[1]}" in run(*propose).out.splitlines()
