"""Roots that sign together, and lists that only ever get newer."""

from __future__ import annotations

import pytest

from tests.cli.lab import Lab, done, later, misused, refused, run


@pytest.fixture
def three_roots(empty_lab: Lab) -> Lab:
    for number in (1, 2, 3):
        done("root", "new", "--out", empty_lab / f"root{number}", *empty_lab.keys)
    issuer = ("--id", "fr-cnam", "--name", "Assurance maladie", "--out", empty_lab / "issuer")
    done("issuer", "new", *issuer, *empty_lab.keys)
    return empty_lab


def test_two_of_three(three_roots: Lab) -> None:
    lab = three_roots
    issuer = ("--issuer", lab / "issuer", "--out", lab / "trust.cbor", *lab.keys)
    roots = ("--root", lab / "root1", "--other-root", lab / "root2", "--other-root", lab / "root3", "--threshold", "2")
    made = run("trust", "new", *roots, *issuer)
    assert "1 more to sign" in made.out
    lab.terminal()
    assert refused(*lab.load("trust.cbor")) == "trust-list-signature"
    for _ in range(2):  # the same root twice counts once
        signed = done("trust", "sign", "--root", lab / "root1", lab / "trust.cbor", *lab.keys)
        assert (signed["signatures"], signed["threshold"]) == (1, 2)
    assert refused(*lab.load("trust.cbor")) == "trust-list-signature"
    assert done("trust", "sign", "--root", lab / "root3", lab / "trust.cbor", *lab.keys)["signatures"] == 2
    assert done(*lab.load("trust.cbor"))["lists"][0]["trust_list"] == 1


def test_all_at_once(three_roots: Lab) -> None:
    lab = three_roots
    roots = [argument for number in (1, 2, 3) for argument in ("--root", lab / f"root{number}")]
    issuer = ("--issuer", lab / "issuer", "--out", lab / "trust.cbor", *lab.keys)
    assert done("trust", "new", *roots, "--threshold", "3", *issuer)["signatures"] == 3
    for threshold in ("0", "4", "-1"):
        assert "in form" in misused("trust", "new", *roots, f"--threshold={threshold}", *issuer)
    assert "in form" in misused("trust", "new", "--root", lab / "root1", "--root", lab / "root1", *issuer)
    lab.terminal()
    done(*lab.load("trust.cbor"))


def test_a_stranger_does_not_sign(three_roots: Lab) -> None:
    lab = three_roots
    issuer = ("--issuer", lab / "issuer", "--out", lab / "trust.cbor", *lab.keys)
    done("trust", "new", "--root", lab / "root1", *issuer)
    sign = ("trust", "sign", "--root", lab / "root2", lab / "trust.cbor", *lab.keys)
    assert "not in the root set" in misused(*sign)
    (lab / "trust.cbor").write_bytes(b"\x82\x40\x80")
    assert refused(*sign) == "trust-list-structure"
    assert "--version" in misused("trust", "new", "--root", lab / "root1", *issuer)
    assert done("trust", "new", "--root", lab / "root1", *issuer, "--version", "7")["version"] == 7


def test_versions_rise_and_never_fall(lab: Lab) -> None:
    (lab / "first.cbor").write_bytes((lab / "trust.cbor").read_bytes())
    assert lab.trust()["version"] == 2
    # The root set is the same, so terminals and phones take the new list.
    assert done(*lab.load("trust.cbor"))["lists"][0]["trust_list"] == 2
    assert refused(*lab.load("first.cbor")) == "trust-list-rollback"
    load = ("phone", "load", "--phone", lab / "phone", "--trust")
    assert done(*load, lab / "trust.cbor")["version"] == 2
    assert refused(*load, lab / "first.cbor") == "trust-list-rollback"


def test_status_lists_only_get_newer(lab: Lab) -> None:
    (lab / "old.cbor").write_bytes((lab / "status.cbor").read_bytes())
    with later(10):
        lab.status()
    new = done(*lab.load("status.cbor"))["lists"][0]
    assert (new["issuer"], new["status_list"]) == ("fr-cnam", 0)
    assert "older than the one held" in misused(*lab.load("old.cbor"))
    assert done(*lab.load("status.cbor"))


def test_trust_lists_are_loaded_before_status_lists(empty_lab: Lab) -> None:
    empty_lab.make_trust()
    empty_lab.status()
    empty_lab.terminal()
    loaded = done(*empty_lab.load("status.cbor", "trust.cbor"))["lists"]
    assert ["trust_list" in entry for entry in loaded] == [True, False]


def test_what_is_no_list_is_not_loaded(lab: Lab) -> None:
    assert "neither" in misused(*lab.load("person.json"))
    assert refused(*lab.load("card.cbor")) == "status-list-structure"
    before = (lab / "terminal" / "trust.cbor").read_bytes()
    (lab / "bad.cbor").write_bytes(before[:-1])
    assert refused(*lab.load("bad.cbor")) == "trust-list-structure"
    assert (lab / "terminal" / "trust.cbor").read_bytes() == before
    assert not list((lab / "terminal").rglob(".*"))


def test_a_root_set_is_pinned_once(lab: Lab) -> None:
    terminal = ("terminal", "new", *lab.keys, "--roots")
    assert "there already" in misused(*terminal, lab / "roots.cbor", "--out", lab / "terminal")
    for content in (b"", b"\xa0", (lab / "trust.cbor").read_bytes()):
        (lab / "bad.cbor").write_bytes(content)
        assert "root set" in misused(*terminal, lab / "bad.cbor", "--out", lab / "t2")
    good = (lab / "roots.cbor").read_bytes()
    (lab / "bad.cbor").write_bytes(good[:-32] + b"\x01" + bytes(31))  # the identity: under it every message verifies
    assert "proves nothing" in misused(*terminal, lab / "bad.cbor", "--out", lab / "t2")
    assert not (lab / "t2").exists()
