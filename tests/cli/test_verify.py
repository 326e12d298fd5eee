"""What a terminal refuses, from every kind of input."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.lab import CODE, DONE, REFUSED, Lab, done, later, misused, refused, run, typed
from vitaletoken.adapters.qr import write_qr
from vitaletoken.wire.text import parse_text, serialize_text

GARBLE = str.maketrans("0123456789AZMQW:$%*-./", "à&é\"'(-è_çQW?AZM458):!")
"""A scanner set to a US keyboard, on a computer set to a French one."""


def test_the_same_qr_again(lab: Lab) -> None:
    text = lab.text()
    first = done(*lab.verify("--session", "visit 1", text))
    again = done(*lab.verify("--session", "visit 1", text))
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert refused(*lab.verify("--session", "visit 2", text)) == "replayed"
    assert refused(*lab.verify(text)) == "replayed"
    assert misused(*lab.verify("--session", "", text))


def test_a_refusal_for_a_person(lab: Lab) -> None:
    text = lab.text()
    run(*lab.verify(text))
    answer = run(*lab.verify(text))
    assert answer.status == REFUSED
    assert answer.out.splitlines() == [
        "REFUSED",
        "",
        "  This QR has been used before.",
        "  Ask the person to show a new QR.",
        "",
        "  replayed (step V15)",
    ]


def test_garbled_by_a_keyboard(lab: Lab) -> None:
    for end in ("", "\n", "\r\n", "\r"):
        garbled = f"{lab.text().translate(GARBLE)}{end}"
        assert garbled.startswith("VT&M")
        assert done(*lab.verify("-"), stdin=garbled.encode())["decoder"] == "text"
    assert done(*lab.verify(lab.text().translate(GARBLE)))["result"] == "accepted"


def test_one_line_end_is_removed_and_no_more(lab: Lab) -> None:
    assert done(*lab.verify("-"), stdin=f"{lab.text()}\r\n".encode())
    assert refused(*lab.verify("-"), stdin=f"{lab.text()}\n\n".encode()) == "text-encoding"
    assert refused(*lab.verify("-"), stdin=f" {lab.text()}".encode()) == "text-prefix"


def test_a_line_typed_at_a_terminal(lab: Lab) -> None:
    answer = run(*lab.verify("-"), stdin=f"{lab.text()}\nand what comes after".encode(), tty=True)
    assert answer.status == DONE


def test_changed_on_the_way(lab: Lab) -> None:
    message = bytearray(parse_text(lab.text()))
    message[-40] ^= 1
    assert refused(*lab.verify(serialize_text(bytes(message)))) == "device-signature"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "text-prefix"),
        (b"hello\n", "text-prefix"),
        (b"VT1:", "cbor-profile"),
        (b"VT1:\xff", "text-encoding"),
        (b"VT&M\xff", "text-prefix"),
        (b"VT1:" + b"A" * 1600, "text-too-long"),
        (b"\x00\x01\xff\xfe", "scan-unreadable-image"),
        (b"\x89PNG\r\n\x1a\n", "scan-unreadable-image"),
        (b"BM", "scan-unreadable-image"),
    ],
)
def test_what_is_no_card(lab: Lab, content: bytes, code: str) -> None:
    assert refused(*lab.verify("-"), stdin=content) == code
    (lab / "given").write_bytes(content)
    assert refused(*lab.verify(lab / "given")) == code


def test_pictures_without_one_card(lab: Lab) -> None:
    image = pytest.importorskip("PIL.Image")
    blank = io.BytesIO()
    image.new("L", (60, 60), 255).save(blank, "PNG")
    assert refused(*lab.verify("-"), stdin=blank.getvalue()) == "scan-no-code"
    assert refused(*lab.verify("-"), stdin=write_qr("HTTPS://EXAMPLE.ORG").png()) == "scan-no-card-code"
    two = [image.open(io.BytesIO(write_qr(lab.text()).png())) for _ in range(2)]
    sheet = image.new("L", (two[0].width * 2, two[0].height), 255)
    sheet.paste(two[0], (0, 0))
    sheet.paste(two[1], (two[0].width, 0))
    both = io.BytesIO()
    sheet.save(both, "PNG")
    answer = run(*lab.verify("-"), "--json", stdin=both.getvalue())
    assert answer.json == {
        "result": "refused",
        "code": "scan-several-card-codes",
        "step": "scan",
        "reason": "The picture has the QR codes of several cards: show one at a time.",
        "advice": "show-new-qr",
    }


def test_a_picture_on_standard_input(lab: Lab) -> None:
    run(*lab.present("--out", lab / "qr.png"), stdin=typed(CODE))
    assert done(*lab.verify("-"), stdin=(lab / "qr.png").read_bytes())["decoder"] != "text"


def test_revoked_suspended_restored(lab: Lab) -> None:
    lab.change("suspend")
    assert refused(*lab.verify(lab.text())) == "card-suspended"
    lab.change("restore")
    assert run(*lab.verify(lab.text())).status == DONE
    (card,) = lab.change("revoke")["cards"]
    answer = run(*lab.verify(lab.text()))
    assert answer.code == "card-revoked"
    assert "contact the insurer" in answer.out
    restore = ("issuer", "restore", "--issuer", lab / "issuer", *lab.keys, "--card")
    assert "revoked" in misused(*restore, card)
    assert "no card" in misused(*restore, "00" * 8)
    assert "16 hex digits" in misused(*restore, "card")


def test_later(lab: Lab) -> None:
    text = lab.text()
    with later(3_600):
        assert refused(*lab.verify(text)) == "presentation-expired"
    with later(100):
        assert refused(*lab.verify(text, "--skew-limit", "0")) == "presentation-expired"
        answer = run(*lab.verify(text, "--skew-limit", "120"))
    assert "skew_limit" in misused(*lab.verify(text, "--skew-limit", "301"))
    assert answer.status == DONE
    assert "behind" in answer.out
    with later(8 * 86_400):
        old = run(*lab.verify(lab.text()))
        assert old.out.startswith("USE THE PLASTIC CARD\n")
        assert old.code == "status-expired"
    with later(31 * 86_400):
        assert refused(*lab.verify(text)) == "trust-list-expired"
    with later(2 * 86_400):
        caution = run(*lab.verify(lab.text()))
    assert caution.out.startswith("ACCEPTED WITH CAUTION\n  Caution: what is known here of revoked cards is of 20")


def test_rights_ended(lab: Lab) -> None:
    lab.person(rights_until="2020-01-01", rights_as_of="2019-12-01")
    lab.offer()
    done(*lab.enrol(), stdin=typed(CODE))
    done(*lab.issue())
    done(*lab.accept())
    assert refused(*lab.verify(lab.text())) == "rights-ended"


def test_a_terminal_without_lists(lab: Lab) -> None:
    shutil.rmtree(lab / "terminal")
    lab.terminal()
    text = lab.text()
    assert "load" in misused(*lab.verify(text))
    shutil.rmtree(lab / "mirror" / "status")
    assert run(*lab.sync()).status == REFUSED
    assert refused(*lab.verify(text)) == "status-unavailable"


def test_a_file_changed_on_the_terminals_disk(lab: Lab) -> None:
    text = lab.text()
    with contextlib.closing(sqlite3.connect(lab / "terminal" / "status.sqlite")) as database, database:
        database.execute("UPDATE lists SET entries = zeroblob(64)")
    assert refused(*lab.verify(text)) == "status-unavailable"
    done(*lab.sync())
    floor = (lab / "terminal" / "floor.cbor").read_bytes()
    (lab / "terminal" / "floor.cbor").write_bytes(floor[:-1])
    assert "time floor" in misused(*lab.verify(text))
    (lab / "terminal" / "floor.cbor").write_bytes(floor)
    path: Path = lab / "terminal" / "archive" / "1.cbor"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert refused(*lab.verify(text)) == "trust-list-signature"


def test_no_such_file(lab: Lab) -> None:
    text = "vt1:" + lab.text()[4:]
    complaint = misused(*lab.verify(text))
    assert text not in complaint
    assert misused(*lab.verify(lab / "nothing.png"))
    assert misused(*lab.verify(lab.at))
    assert "terminal new" in misused("verify", "--terminal", lab / "phone", text)


def test_a_failing_database_is_no_verdict(lab: Lab) -> None:
    (lab / "terminal" / "replay.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    assert "database" in misused(*lab.verify(lab.text()))
