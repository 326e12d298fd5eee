"""The demo: its shape, and that nothing in it is made up."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.lab import DONE, Answer, done, misused, run
from vitaletoken.adapters import qr

REFUSALS = [
    ("replay", "terminal", "replayed", "V15", "show-new-qr"),
    ("byte-changed", "terminal", "device-signature", "V9", "refuse"),
    ("hour-later", "terminal", "presentation-expired", "V12", "show-new-qr"),
    ("wrong-code", "phone", "code-wrong", "C4", "try-again"),
    ("wrong-code-changed-phone", "terminal", "code-signature", "V10", "refuse"),
    ("revoked-card", "terminal", "card-revoked", "V13", "contact-insurer"),
    ("clock-set-back", "terminal", "clock-behind", "V6", "use-card"),
]
VISIT_REFUSALS = [
    ("other-terminal", "terminal", "seal-broken", "V1", "show-new-qr"),
    ("answered-twice", "terminal", "challenge-answered", "V15", "show-new-qr"),
    ("other-sheet", "insurer", "sheet-mismatch", "K2", "refuse"),
    ("forged-certificate", "phone", "certificate-authority", "H3", "refuse"),
]
LIFE_REFUSALS = [
    ("fathers-record", "phone", "credential-not-mine", "A1", "contact-insurer"),
    ("fathers-identity", "desk", "application-state", "P1", "contact-insurer"),
    ("old-code", "phone", "code-wrong", "C4", "try-again"),
    ("locked", "phone", "code-locked", "C3", "contact-insurer"),
]
LENDING_REFUSALS = [
    ("other-purpose", "terminal", "delegation-scope", "V11", "refuse"),
    ("other-phone", "phone", "grant-not-mine", "G3", "try-again"),
    ("without-code", "terminal", "grant-code", "V8", "show-new-qr"),
    ("no-delegates", "terminal", "delegation-not-allowed", "V14", "use-card"),
    ("withdrawn", "terminal", "delegations-withdrawn", "V13", "use-card"),
    ("lent-card-revoked", "terminal", "card-revoked", "V13", "contact-insurer"),
]
ALL_REFUSALS = [*REFUSALS, *VISIT_REFUSALS, *LIFE_REFUSALS, *LENDING_REFUSALS]
TIMINGS = {
    "keys", "trust_list", "enrol", "issue", "accept", "present", "qr_write", "qr_read", "verify", "code_derivation",
    "certify", "challenge", "review", "answer", "decide", "care_sheet", "publish", "sync",
    "desk", "twins", "change_code", "unlock", "grant", "receive", "lend",
}  # fmt: skip
KEYS = ("case", "at", "code", "step", "advice")


class Told(NamedTuple):
    """What the demo said, and where it left its files."""

    answer: Answer
    out: Path


@pytest.fixture(scope="module", params=[1, 2], ids=["suite-1", "suite-2"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    out = tmp_path_factory.mktemp("demo") / "out"
    answer = run("demo", "--json", "--suite", request.param, "--out", out)
    assert answer.status == DONE, answer
    return Told(answer, out)


def test_for_a_program(demo: Told) -> None:
    told, out = demo.answer.json, demo.out
    accepted = told["accepted"]
    assert accepted["beneficiary"]["family_name"] == "Lefebvre-Moreau"
    assert (accepted["proofs"], accepted["binding"]) == (["issuer", "device", "code"], "open")
    assert (accepted["grade"], accepted["environment"]) == ("full", "test")
    assert (told["qr"]["version"], told["qr"]["error"]) == (15, "L")
    assert set(told["timings_ms"]) == TIMINGS
    assert all(value > 0 for value in told["timings_ms"].values())
    assert [tuple(entry[key] for key in KEYS) for entry in told["refusals"]] == REFUSALS
    assert all(entry["reason"] for entry in told["refusals"])

    assert told["qr"]["bytes"] == (out / "presentation.cbor").stat().st_size
    assert told["qr"]["characters"] == len((out / "qr.txt").read_text())
    assert qr.read_qr(out / "qr.png").text == (out / "qr.txt").read_text()
    kinds = {path.name: done("inspect", path)["kind"] for path in out.glob("*.cbor")}
    assert kinds == {
        "roots.cbor": "root set",
        "trust.cbor": "trust list",
        "offer.cbor": "enrolment offer",
        "request.cbor": "enrolment request",
        "credential.cbor": "credential",
        "status-list.cbor": "status list",
        "snapshot.cbor": "status snapshot",
        "snapshot-after-revocation.cbor": "status snapshot",
        "delta.cbor": "status delta",
        "presentation.cbor": "presentation",
        "credential-billing.cbor": "credential",
        "certificate.cbor": "terminal certificate",
        "challenge.cbor": "challenge",
        "answer-opened.cbor": "presentation",
        "order.cbor": "lending order",
        "lent.cbor": "credential",
    }
    assert done("inspect", out / "introduction.txt")["kind"] == "introduction"
    assert done("inspect", out / "lent.txt")["kind"] == "lent card"
    assert done("inspect", out / "challenge.png")["kind"] == "challenge"
    assert done("inspect", out / "answer.png")["kind"] == "sealed answer"


def test_the_visit(demo: Told) -> None:
    answer, out = demo
    visit = answer.json["visit"]
    assert [tuple(entry[key] for key in KEYS) for entry in visit["refusals"]] == VISIT_REFUSALS
    versions = {name: (code["version"], code["error"]) for name, code in visit["qr"].items()}
    assert versions["sticker"] <= (10, "M")
    assert versions["challenge"] <= (14, "L")
    assert versions["answer"] <= (17, "L")
    assert visit["review"] == {
        "name": "Pharmacie de la Gare, Lyon",
        "categories": ["pharmacy"],
        "warnings": ["billing-view"],
    }
    assert visit["at_the_counter"] == "audience"
    accepted = visit["accepted"]
    assert (accepted["binding"], accepted["sealed"], accepted["view"]) == ("challenge", True, "billing")
    assert accepted["transaction"] == hashlib.sha256((out / "care-sheet.json").read_bytes()).hexdigest()
    # The search that finds nothing in what a bystander films finds all of it in what the terminal opened.
    assert visit["bystander"]["found"] == []
    assert visit["bystander"]["layers"] > 10
    assert visit["opened"]["found"] == ["family name", "given name", "second given name", "number"]
    number = re.compile(rb"2850399000001")
    assert not number.search(answer.out.encode())
    holding = {path.name for path in out.iterdir() if number.search(path.read_bytes())}
    assert holding == {"credential-billing.cbor", "answer-opened.cbor"}


def test_people(demo: Told) -> None:
    life = demo.answer.json["life"]
    assert [tuple(entry[key] for key in KEYS) for entry in life["refusals"]] == LIFE_REFUSALS
    assert life["letters"] == 4, "one for each that applied at the desk"
    assert life["renewed"] == 3
    twins = life["twins"]
    assert [twin["beneficiary"]["given_names"] for twin in twins] == [["Alix"], ["Noé"]]
    assert [twin["beneficiary"]["birth_rank"] for twin in twins] == [1, 2]
    assert twins[0]["policyholder"] == twins[1]["policyholder"]
    assert len({twins[0]["policyholder"], *(twin["alias"] for twin in twins)}) == 3


def test_lending(demo: Told) -> None:
    lending = demo.answer.json["lending"]
    assert [tuple(entry[key] for key in KEYS) for entry in lending["refusals"]] == LENDING_REFUSALS
    assert lending["granted"]["delegate"]["way"] == "grant"
    assert lending["by_issuer"]["delegate"]["way"] == "issuer"
    assert lending["granted"]["bytes"] <= 800
    assert lending["by_issuer"]["bytes"] <= 520
    assert (lending["granted"]["version"], lending["granted"]["error"]) <= (20, "L")
    assert (lending["by_issuer"]["version"], lending["by_issuer"]["error"]) <= (16, "L")


def test_for_a_person(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("demo", "--out", out).status == DONE
    answer = run("demo", "--out", out)  # over the first
    assert answer.status == DONE
    lines = answer.out.splitlines()
    assert len(lines) <= 152, "six screens"
    assert max(len(line) for line in lines if str(out) not in line) <= 140
    assert "ACCEPTED" in lines
    assert "  LEFEBVRE-MOREAU Camille Élise" in lines
    assert sum(line.startswith("   REFUSED by the ") for line in lines) == len(ALL_REFUSALS)
    numbered = [line for line in lines if re.match(r"[0-9]+\. ", line)]
    assert [int(line.partition(".")[0]) for line in numbered] == list(range(1, len(ALL_REFUSALS) + 1))
    assert "  ACTING FOR THE PERSON BELOW: LUCAS PETIT" in lines
    assert lines.index("  GARNIER Alix") < lines.index("  GARNIER Noé")
    assert "Personal data in them: none." in answer.out


def test_without_a_directory_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert "█" in run("demo", "--show-qr").out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", [{"segno"}, {"PIL.Image"}, {"zxingcpp", "pyzbar.pyzbar"}])
def test_without_the_packages_for_pictures(missing: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    optional = qr._optional
    monkeypatch.setattr(qr, "_optional", lambda name: None if name in missing else optional(name))
    assert "vitaletoken[qr]" in misused("demo")
