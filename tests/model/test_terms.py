"""What can be learnt and made: each case by hand."""

from __future__ import annotations

import pytest

from tests.model.terms import derivable, digest, learn, pk, seal, sign, signed

NOTHING = learn(frozenset(), [])


@pytest.mark.parametrize(
    ("term", "known", "can"),
    [
        ("name", [], True),
        ("~key", [], False),
        ("~key", ["~key"], True),
        (pk("~key"), [], True),
        (digest("~number"), [], False),
        (digest("~number"), ["~number"], True),
        ("~number", [digest("~number")], False),
        ("~number", [("pair", "~number", 1)], True),
        (("pair", "~number", 1), ["~number"], True),
        (sign("~key", "label", (), "name"), [], False),
        (sign("~key", "label", (), "name"), ["~key"], True),
        (sign("~key", "label", (), "name"), [("pair", sign("~key", "label", (), "name"))], True),
        (sign("~key", "other", (), "name"), [sign("~key", "label", (), "name")], False),
        ("~key", [sign("~key", "label", (), "~content")], False),
        ("~content", [sign("~key", "label", (), "~content")], True),
        ("~content", [seal(pk("~key"), "info", "~content")], False),
        ("~content", [seal(pk("~key"), "info", "~content"), "~key"], True),
        ("~content", ["~key", seal(pk("~key"), "info", "~content")], True),
        (("kdf", "~code", "~prf", "~salt"), ["~code", "~salt"], False),
        (("kdf", "~code", "~prf", "~salt"), ["~code", "~salt", "~prf"], True),
        ("~code", [("kdf", "~code", "~prf", "~salt")], False),
    ],
)
def test_derivable(term: object, known: list[object], can: bool) -> None:
    assert derivable(term, learn(NOTHING, known)) is can


@pytest.mark.parametrize(("public", "label", "aad", "is_so"), [
    (pk("~key"), "label", ("a",), True),
    (pk("~other"), "label", ("a",), False),
    (pk("~key"), "other", ("a",), False),
    (pk("~key"), "label", ("b",), False),
])  # fmt: skip
def test_signed(public: object, label: str, aad: object, is_so: bool) -> None:
    assert signed(sign("~key", "label", ("a",), "content"), public, label, aad) is is_so
