"""The demo: its shape, and that nothing in it is made up."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.cli.lab import DONE, done, misused, run
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
TIMINGS = {
    "keys", "trust_list", "enrol", "issue", "accept", "present", "qr_write", "qr_read", "verify", "code_derivation",
    "certify", "challenge", "review", "answer", "decide", "care_sheet", "publish", "sync",
}  # fmt: skip
KEYS = ("case", "at", "code", "step", "advice")


@pytest.mark.parametrize("suite", [1, 2])
def test_for_a_program(suite: int, tmp_path: Path) -> None:
    told = done("demo", "--suite", suite, "--out", tmp_path / "out")
    accepted = told["accepted"]
    assert accepted["beneficiary"]["family_name"] == "Lefebvre-Moreau"
    assert (accepted["proofs"], accepted["binding"]) == (["issuer", "device", "code"], "open")
    assert (accepted["grade"], accepted["environment"]) == ("full", "test")
    assert (told["qr"]["version"], told["qr"]["error"]) == (15, "L")
    assert set(told["timings_ms"]) == TIMINGS
    assert all(value > 0 for value in told["timings_ms"].values())
    assert [tuple(entry[key] for key in KEYS) for entry in told["refusals"]] == REFUSALS
    assert all(entry["reason"] for entry in told["refusals"])

    out = tmp_path / "out"
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
    }
    assert done("inspect", out / "challenge.png")["kind"] == "challenge"
    assert done("inspect", out / "answer.png")["kind"] == "sealed answer"


@pytest.mark.parametrize("suite", [1, 2])
def test_the_visit(suite: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = run("demo", "--json", "--suite", suite, "--out", out)
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


def test_for_a_person(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("demo", "--out", out).status == DONE
    answer = run("demo", "--out", out)  # over the first
    assert answer.status == DONE
    lines = answer.out.splitlines()
    assert len(lines) <= 93, "four screens"
    assert max(len(line) for line in lines if str(out) not in line) <= 134
    assert "ACCEPTED" in lines
    assert "  LEFEBVRE-MOREAU Camille Élise" in lines
    assert sum(line.startswith("   REFUSED by the ") for line in lines) == len(REFUSALS) + len(VISIT_REFUSALS)
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
