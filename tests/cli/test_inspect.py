"""``inspect``: every message with names, and whatever else comes."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.cli.lab import CODE, DONE, REFUSED, Lab, done, misused, refused, run, typed
from vitaletoken.cli.diagnostic import MOST
from vitaletoken.wire import cbor
from vitaletoken.wire.text import parse_text

KINDS = {
    "card.cbor": "credential",
    "trust.cbor": "trust list",
    "mirror/status/fr-cnam/list/0.cbor": "status list",
    "mirror/status/fr-cnam/snapshot.cbor": "status snapshot",
    "proposal.cbor": "trust list that nobody has signed",
    "offer.cbor": "enrolment offer",
    "request.cbor": "enrolment request",
    "roots.cbor": "root set",
    "certificate.cbor": "terminal certificate",
    "card-billing.cbor": "credential",
}
NUMBER = "1850675056012"
WARNING = "UNVERIFIED: no signature was checked. Do not act on any of this."

TOKENS = re.compile(r"""(?P<text>"(?:[^"\\]|\\.)*")|(?P<note>/ [^/\n]* /)|(?P<bytes>h'[0-9a-f]*')|(?P<other>[^"/h]+)""")


def value_of(notation: str) -> Any:
    """What diagnostic notation stands for, by way of Python's own notation."""
    python, position = "", 0
    for match in TOKENS.finditer(notation):
        assert match.start() == position, notation[position:]
        position = match.end()
        if match["bytes"]:
            python += f"bytes.fromhex({match['bytes'][1:]})"
        elif match["other"]:
            other = match["other"].replace("<<", "enc(").replace(">>", ")")
            for name, constant in (("true", "True"), ("false", "False"), ("null", "None")):
                other = other.replace(name, constant)
            python += other
        elif match["text"]:
            python += match["text"]
    assert position == len(notation)
    return eval(f"({python})", {"enc": cbor.encode})


def inspect(*what: object, stdin: bytes = b"") -> Any:
    return done("inspect", *what, stdin=stdin)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_message(lab_of_each: Lab, name: str, kind: str) -> None:
    path = lab_of_each / name
    found = inspect("--full", "--show-nir", path)
    assert (found["result"], found["kind"], found["bytes"]) == ("unverified", kind, path.stat().st_size)
    assert cbor.encode(value_of(found["diagnostic"])) == path.read_bytes()
    assert not unnamed(found["content"])


@pytest.mark.parametrize("options", [(), ("--no-code",)])
def test_a_presentation_in_each_of_its_forms(lab_of_each: Lab, tmp_path: Path, options: tuple[str, ...]) -> None:
    shown = done(*lab_of_each.present("--out", tmp_path / "qr.png", *options), stdin=typed(CODE))
    picture = inspect("--full", tmp_path / "qr.png")
    assert picture["kind"] == "presentation"
    assert picture["bytes"] == shown["qr"]["bytes"]
    assert not unnamed(picture["content"])
    message = cbor.encode(value_of(picture["diagnostic"]))
    text = (tmp_path / "qr.txt").write_text(
        str(run(*lab_of_each.present("--out", "-", *options), stdin=typed(CODE)).out)
    )
    assert text
    for what, stdin in (
        ("-", message),
        ("-", message.hex().encode()),
        ("-", f"{message.hex().upper()}\n".encode()),
        ("-", (tmp_path / "qr.png").read_bytes()),
    ):
        assert inspect("--full", what, stdin=stdin) == picture
    assert inspect(tmp_path / "qr.txt")["kind"] == "presentation"
    assert inspect((tmp_path / "qr.txt").read_text().strip())["kind"] == "presentation"


def test_what_a_terminal_shows_and_what_it_is_answered(lab: Lab, tmp_path: Path) -> None:
    for options in ((), lab.billing(), ("--unsealed",)):
        text = lab.asked(*options)
        challenge = inspect("--full", text)
        assert (challenge["kind"], challenge["bytes"]) == ("challenge", len(parse_text(text, "VTC1:")))
        assert not unnamed(challenge["content"])
        assert cbor.encode(value_of(challenge["diagnostic"])) == parse_text(text, "VTC1:")
    sticker = lab.sticker()
    assert inspect(sticker)["kind"] == "terminal certificate"
    assert not unnamed(inspect(sticker)["content"])
    person = run("inspect", lab.asked(*lab.billing())).out
    assert "/ amount / 3: 2650  / 26.50 EUR /" in person
    assert "/ pharmacy /" in person

    answer = lab.answer(lab.asked())
    (tmp_path / "answer.txt").write_text(answer)
    sealed = inspect("--full", tmp_path / "answer.txt")
    assert (sealed["kind"], set(sealed["content"])) == ("sealed answer", {"enc", "ct"})
    assert bytes.fromhex(sealed["content"]["enc"] + sealed["content"]["ct"]) == parse_text(answer, "VTS1:")
    assert sealed["bytes"] == len(parse_text(answer, "VTS1:"))
    assert " ...'" in run("inspect", answer).out
    assert refused("inspect", "VTS1:") == "seal-broken"


def test_what_phones_and_issuers_say_over_the_years(lab: Lab, tmp_path: Path) -> None:
    lab.lent_to()
    phone = ("--phone", lab / "phone", *lab.keys)
    issuer = ("--issuer", lab / "issuer", *lab.keys)
    introduction = lab.introduced()
    lent = lab.granted("--category", "pharmacy")
    order = lab.lending("lend", introduction, "--yes", "--category", "pharmacy", "--out", tmp_path / "order")
    done(*order, stdin=typed(CODE))
    paths = ("--order", tmp_path / "order", "--introduction", introduction, "--out", tmp_path / "lent")
    done("issuer", "lend", *paths, *issuer)
    done("phone", "renew", "--out", tmp_path / "renewal", *phone, stdin=typed(CODE))
    done("phone", "change-code", "--out", tmp_path / "change", *phone, stdin=typed(CODE, "482915"))
    (change,) = (tmp_path / "change").iterdir()
    done("phone", "ask-unlock", "--out", tmp_path / "nonce", *phone)
    unlock = ("--credential", lab / "card.cbor", "--nonce", tmp_path / "nonce", "--out", tmp_path / "unlock")
    done("issuer", "unlock", *unlock, *issuer)
    done(*lab.receive(lent))
    kinds: dict[str | Path, str] = {
        introduction: "introduction",
        lent: "lent card",
        tmp_path / "order": "lending order",
        tmp_path / "lent": "credential",
        tmp_path / "renewal": "renewal",
        change: "renewal",
        tmp_path / "unlock": "unlock",
        lab.acted(): "presentation",
    }
    for what, kind in kinds.items():
        found = inspect("--full", what)
        message = what.read_bytes() if isinstance(what, Path) else parse_text(what, f"{what.partition(':')[0]}:")
        assert (found["kind"], found["bytes"]) == (kind, len(message))
        assert not unnamed(found["content"])
        assert cbor.encode(value_of(found["diagnostic"])) == message
    credential, grant = cbor.decode(parse_text(lent, "VTD1:"), 2_000)
    assert inspect("-", stdin=grant)["kind"] == "grant"
    damaged = cbor.encode([credential, grant[:-1]])
    assert inspect("-", stdin=damaged)["kind"] == "lent card whose credential or grant is not in form"
    person = run("inspect", tmp_path / "lent").out
    assert '/ name of who acts / 1: "Nora Petit",' in person
    assert "/ dispensing /" in person
    assert "/ pharmacy /" in person
    assert "/ sealed number / 4: h'" in run("inspect", lab / "request.cbor").out
    assert "/ new code key / 2: h'" in run("inspect", change).out


def test_a_challenge_with_a_certificate_not_in_form(lab: Lab) -> None:
    message = parse_text(lab.asked(), "VTC1:").replace(b"fr-cnop", b"fr_cnop")
    assert inspect("-", stdin=message)["kind"] == "challenge whose certificate is not in form"


def unnamed(content: Any) -> set[str]:
    """Keys for which there is no name."""
    if isinstance(content, list):
        return set().union(*(unnamed(value) for value in content))
    if not isinstance(content, dict):
        return set()
    here = {key for key in content if not re.fullmatch("[A-Za-z][A-Za-z ]*", key)}
    return here.union(*(unnamed(value) for value in content.values()))


def test_for_a_person_it_begins_and_ends_with_a_warning(lab: Lab) -> None:
    lines = run("inspect", lab / "card.cbor").out.splitlines()
    assert lines[0] == lines[-1] == WARNING
    assert lines[2] == f"Credential, {(lab / 'card.cbor').stat().st_size} bytes"
    assert any(line.strip() == '/ family name / 1: "Lefebvre-Moreau",' for line in lines)
    assert any("/ sex / 3: 2  / female /" in line for line in lines)
    assert any("/ alg / 1: -19,  / ed25519 /" in line for line in lines)


def test_nothing_is_verified(lab: Lab) -> None:
    message = bytearray((lab / "card.cbor").read_bytes())
    message[-1] ^= 1
    assert inspect("-", stdin=bytes(message))["kind"] == "credential"


def test_a_long_byte_string_is_cut_unless_asked_for(lab: Lab) -> None:
    short, full = (run("inspect", lab.served / "list" / "0.cbor", *options).out for options in ((), ("--full",)))
    assert " ...'" in short
    assert " ...'" not in full
    assert len(full) > len(short)


def test_a_presentation_with_a_credential_not_in_form(lab: Lab) -> None:
    message = parse_text(lab.text()).replace(b"fr-cnam", b"fr_cnam")
    assert inspect("-", stdin=message)["kind"] == "presentation whose credential is not in form"


def test_other_cbor() -> None:
    item = {1: [1, True, None, "/ no note / \"'h'", {}], "1": b"\x01", "é": -(2**63), 2: []}
    found = inspect("-", stdin=cbor.encode(item))
    assert found["kind"] == "no message of version 1 in form"
    assert cbor.encode(value_of(found["diagnostic"])) == cbor.encode(item)
    assert found["content"] == {"1": [1, True, None, "/ no note / \"'h'", {}], '"1"': "01", '"é"': -(2**63), "2": []}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "cbor-profile"),
        (b"\xff", "cbor-profile"),
        (b"\xc0\x00", "cbor-profile"),
        (b"\x01\x01", "cbor-profile"),
        (b"\x9f\xff", "cbor-profile"),
        (b"\xf9\x7e\x00", "cbor-profile"),
        (b"VT1:\n", "cbor-profile"),
        (b"VT1:a", "text-encoding"),
        (b"VT&M\xc3", "text-prefix"),
        (b"\x89PNG", "scan-unreadable-image"),
        (b"\x00" * 300_000, "cbor-profile"),
        (b"\x00" * 3_000_000, "cbor-profile"),
        (b"00 " * 1_000_000, "cbor-profile"),
        (b"\x81" * 3_000, "cbor-profile"),
    ],
)
def test_what_cannot_be_shown(content: bytes, code: str) -> None:
    assert refused("inspect", "-", stdin=content) == code


def test_why_it_is_not_in_the_profile() -> None:
    answer = run("inspect", "-", stdin=b"\x18\x01")
    assert answer.out.startswith("REFUSED\n")
    assert "Of 2 bytes: not the shortest encoding" in answer.out


@pytest.mark.parametrize(
    "make",
    [
        lambda count: [0] * (count - 1),
        lambda count: [b"\x80"] * ((count - 1) // 2),
        lambda count: dict.fromkeys(range((count - 1) // 2), ""),
        lambda count: [cbor.encode([cbor.encode(["", *[0] * (count - 6)])])],
    ],
    ids=["numbers", "byte strings that hold CBOR", "keys and values", "two layers down"],
)
def test_as_many_items_as_are_shown_and_more(make: Callable[[int], Any]) -> None:
    """Counted through all layers, before anything is named or written."""
    found = inspect("-", stdin=cbor.encode(make(MOST)))
    assert found["kind"] == "no message of version 1 in form"
    for more in (2, 100, 30_000):
        assert "items" in misused("inspect", "-", stdin=cbor.encode(make(MOST + more)))


def test_a_number_is_hidden_in_all_layers_of_many() -> None:
    inner = cbor.encode([cbor.encode({1: NUMBER}), NUMBER])
    shown = run("inspect", "--full", "-", stdin=cbor.encode([inner, [inner]])).out
    assert NUMBER not in shown
    assert NUMBER.encode().hex() not in shown


def test_no_such_file(tmp_path: Path) -> None:
    assert misused("inspect", tmp_path / "nothing")
    assert misused("inspect", tmp_path)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
@example(b"\xa2\x01\x20\x01\x21")
def test_any_bytes(content: bytes) -> None:
    assert run("inspect", "-", stdin=content).status in {DONE, REFUSED}


items = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=80) | st.just("a / b"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(-9, 20) | st.just("lst"), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(items)
def test_any_cbor(item: Any) -> None:
    try:
        encoded = cbor.encode([item])  # an array, as messages are: a lone byte string can look like hex digits
    except Exception:  # noqa: BLE001 - nested too deep
        return
    found = inspect("-", stdin=encoded)
    assert cbor.encode(value_of(found["diagnostic"])) == encoded


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_change_of_a_message(made_once: Lab, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(KINDS)))
    message = bytearray((made_once / name).read_bytes())
    position = data.draw(st.integers(0, len(message) - 1))
    message[position] ^= data.draw(st.integers(1, 255))
    assert run("inspect", "-", stdin=bytes(message)).status in {DONE, REFUSED}


def test_a_narrow_terminal(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from vitaletoken.cli import main

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["inspect", str(lab / "card.cbor")]) == DONE
    assert b'"\\xc9lise"' in raw.getvalue()
