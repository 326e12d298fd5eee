"""spec/rationale.md: each figure "measured here" is measured here."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

import pytest

from tests.spec.documents import ROOT, message_of, opened, opened_with, rules, steps, text_of, vectors
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import EXP, IAT, SHOWN_1, camille, card_claims
from vectors.generate.keys import CNAM_CARDS, CODE_1, PHONE_1
from vectors.generate.messages import Presentation, credential, header_kid
from vectors.generate.terminal_visit import ANSWER

TEXT = (ROOT / "spec" / "rationale.md").read_text("utf-8")
FLAT = " ".join(TEXT.split())
ROWS = re.findall(
    r"^\| `((?:verify|certify|challenge|grant|introduction)/[^`]+)`[^|]* \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$",
    TEXT,
    re.MULTILINE,
)
MESSAGE = SHOWN_1.encode()
SIGNATURE = bytes(64)


@cache
def versions(content: str | bytes, mode: str) -> tuple[int, int]:
    """The QR versions at the levels L and M."""
    segno: Any = pytest.importorskip("segno", reason="QR versions need the extra `qr`")
    low, medium = (segno.make_qr(content, error=level, boost_error=False, mode=mode).version for level in "LM")
    return low, medium


def presented(name: str) -> tuple[bytes, str]:
    case = vectors()[name]
    return message_of(case), text_of(case)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table(row: tuple[str, ...]) -> None:
    name, *figures = row
    message, text = presented(name)
    assert [len(message), len(text)] == [int(figure) for figure in figures[:2]]
    assert len(message) < len(zlib.compress(message, 9)) == int(figures[4])
    in_base45, in_bytes = versions(text, "alphanumeric"), versions(message, "byte")
    assert in_base45 == (int(figures[2]), int(figures[3]))
    apart = {larger - smaller for larger, smaller in zip(in_base45, in_bytes, strict=True)}
    assert apart <= ({0} if ROWS.index(row) < 4 else {0, 1})


def test_there_are_rows() -> None:
    assert len(ROWS) == 14


def test_cose_sign_is_no_smaller() -> None:
    signer: Value = [b"\xa1\x01\x32", {}, SIGNATURE]
    whole = encode([b"\xa1\x0d" + SHOWN_1.credential, {}, encode(SHOWN_1.claims), [signer, signer]])
    assert f"{len(whole)} bytes in place of {len(MESSAGE)} (measured here)" in FLAT


def test_one_key_in_place_of_two() -> None:
    card = {key: value for key, value in camille().items() if key != 1}
    without = credential(card_claims(card, PHONE_1), CNAM_CARDS).encode()
    whole = Presentation(without, SHOWN_1.claims, PHONE_1, None).encode()
    assert f"saves one signature and one key: {len(whole)} bytes in place of {len(MESSAGE)} (measured here)" in FLAT


def test_a_byte_string_in_place_of_the_credential() -> None:
    wrapped = len(encode(SHOWN_1.credential)) - len(SHOWN_1.credential)
    private = wrapped + len(encode(-65599)) - len(encode(13))
    assert f"{wrapped} bytes more, under a private label {private} (measured here)" in FLAT


def test_external_aad() -> None:
    bound, at_open = (
        tuple(len(shown.role_aad(role)) for role in ("code", "device")) for shown in (ANSWER.presentation, SHOWN_1)
    )
    figures = (
        f"are {bound[0]} and {bound[1]} bytes a layer, {at_open[0]} and {at_open[1]} at level open (measured here)"
    )
    assert figures in FLAT


def test_sealing() -> None:
    name = "verify/accepted/challenge/suite-1"
    sealed, text = presented(name)
    keys = opened_with(vectors()[name])
    assert keys
    inside = opened(sealed, *keys)
    assert inside
    plain, plain_text = presented("verify/accepted/suite-1")
    assert len(inside) == len(plain)
    assert f"It costs {len(sealed) - len(plain)} bytes" in FLAT
    assert versions(text, "alphanumeric")[0] - versions(plain_text, "alphanumeric")[0] == 1
    assert "at level L is one QR version (measured here, the first row of the table sealed)" in FLAT


def test_base64() -> None:
    message, text = presented("verify/accepted/suite-1")
    base64 = versions(urlsafe_b64encode(message), "byte")[0]
    base45 = versions(text, "alphanumeric")[0]
    assert f"takes version {base64} where Base45 takes {base45} (measured here, `verify/accepted/suite-1`)" in FLAT


def test_a_stapled_statement() -> None:
    said = encode({4: EXP, 6: IAT, -65537: [bytes(16), 0]})
    whole = encode([header_kid(bytes(8)), {}, said, SIGNATURE])
    assert f"takes {len(whole)} bytes (measured here)" in FLAT


def test_a_second_signature() -> None:
    once, twice = (len(message_of(vectors()[f"snapshot/accepted/{name}"])) for name in ("snapshot", "post-quantum"))
    assert f"On a snapshot it is {twice - once:,} bytes (measured here)" in FLAT
    assert f"3,309 bytes on each of 67 lists would be {3309 * 67 // 1000 + 1} kB" in FLAT


def test_the_figures_of_a_nation() -> None:
    """Those of docs/status.md, at 1 % revoked."""
    table = (ROOT / "docs" / "status.md").read_text("utf-8")
    whole, day = (
        re.search(rf"^\| {row} \|[^|]*\|[^|]*\| ([\d.,]+ kB) \|", table, re.MULTILINE)
        for row in ("all lists, once: snapshot and 67 lists", "a day: snapshot with ML-DSA-65, and delta")
    )
    assert whole
    assert day
    figures = f"Whole they are {whole[1]} at 1 % revoked; a day with 20,000 changes is {day[1]} by snapshot and delta"
    assert f"{figures} (`docs/status.md`)" in FLAT


def test_the_code_key() -> None:
    assert f"{len(encode(CODE_1.cose)) - len(encode(CODE_1.public))} bytes less (measured here)" in FLAT


def test_each_figure_measured_here_has_a_test() -> None:
    """One for each time it is said, but for the sentence that explains it."""
    assert FLAT.count("measured here") == 9
    assert FLAT.count("*Measured here*") == 1


def test_what_it_names_exists() -> None:
    families = {rule.partition("-")[0] for rule in rules()}
    named = {name for name in re.findall(r"\b[A-Z]+-\d+\b", TEXT) if name.partition("-")[0] in families}
    assert len(named) >= 25
    assert named <= rules()
    assert set(re.findall(r"\b[VTN]\d+\b", TEXT)) <= steps()
    for path in re.findall(r"`([a-z-]+/[\w/.-]+)`", TEXT):
        assert path in vectors() or (ROOT / path).is_file() or list(ROOT.glob(f"{path}-*.md")), path


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 270
