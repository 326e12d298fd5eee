"""The demo: its shape, and that nothing in it is made up."""

from __future__ import annotations

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
]
TIMINGS = {
    "keys", "trust_list", "enrol", "issue", "accept", "present", "qr_write", "qr_read", "verify", "code_derivation",
}  # fmt: skip


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
    keys = ("case", "at", "code", "step", "advice")
    assert [tuple(entry[key] for key in keys) for entry in told["refusals"]] == REFUSALS
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
        "status.cbor": "status list",
        "status-after-revocation.cbor": "status list",
        "presentation.cbor": "presentation",
    }


def test_for_a_person(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("demo", "--out", out).status == DONE
    answer = run("demo", "--out", out)  # over the first
    assert answer.status == DONE
    lines = answer.out.splitlines()
    assert len(lines) <= 48, "two screens"
    assert max(len(line) for line in lines if str(out) not in line) <= 126
    assert "ACCEPTED" in lines
    assert "  LEFEBVRE-MOREAU Camille Élise" in lines
    assert sum(line.startswith("   REFUSED by the ") for line in lines) == len(REFUSALS)


def test_without_a_directory_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert "█" in run("demo", "--show-qr").out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", [{"segno"}, {"PIL.Image"}, {"zxingcpp", "pyzbar.pyzbar"}])
def test_without_the_packages_for_pictures(missing: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    optional = qr._optional
    monkeypatch.setattr(qr, "_optional", lambda name: None if name in missing else optional(name))
    assert "vitaletoken[qr]" in misused("demo")
