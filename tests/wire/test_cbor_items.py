"""The bound on how many containers and strings a long message has: exact, and no other change of what is accepted."""

from __future__ import annotations

import zlib
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzz.targets.extremes import extremes
from tests.wire import reference_cbor as reference
from tests.wire.reference_cbor import head
from tests.wire.test_cbor import EDGES, ITEMS, LIMIT
from vitaletoken.errors import InputError, NotInForm
from vitaletoken.wire import cbor
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.trust_list import parse_trust_list

#: Of strings: around those that have a pattern of their own, and those that have a head of another size.
LENGTHS = (0, 1, 22, 23, 24, 25, 31, 32, 33, 63, 64, 65, 255, 256, 257, 65_535, 65_536)


def counted(item: Any) -> int:
    """Containers and strings, keys of maps too."""
    if isinstance(item, list):
        return 1 + sum(map(counted, item))
    if isinstance(item, dict):
        return 1 + sum(counted(key) + counted(value) for key, value in item.items())
    return int(isinstance(item, (bytes, str)))


def accepts(data: bytes, most: int | None) -> bool:
    try:
        cbor.decode(data, 1 << 20, most)
    except NotInForm:
        return False
    return True


@examples(600)
@given(ITEMS)
def test_as_many_as_there_are_and_no_fewer(item: Any) -> None:
    data, count = reference.encode(item), counted(item)
    assert accepts(data, count)
    assert not accepts(data, count - 1)


@examples(600)
@given(
    st.binary(max_size=60) | ITEMS.map(reference.encode).flatmap(lambda data: st.binary(max_size=3).map(data.__add__))
)
def test_what_is_counted_is_accepted_as_what_is_not(data: bytes) -> None:
    assert accepts(data, 1000) == accepts(data, None)


@pytest.mark.parametrize("kind", [bytes, str])
@pytest.mark.parametrize("length", LENGTHS)
def test_strings_of_any_length_and_content(length: int, kind: type) -> None:
    """Heads that stand in the content of a string are no heads."""
    inside = zlib.compress(b"\x80\x81\x40\x60\x5a" * length) * length
    text: Any = inside[:length].ljust(length, b"\x80") if kind is bytes else "a" * length
    data = reference.encode([text, 0, [text, {1: text}]])
    assert accepts(data, 6)
    assert not accepts(data, 5)


@pytest.mark.parametrize("number", [*EDGES, *(-1 - n for n in EDGES)])
def test_numbers_count_for_nothing(number: int) -> None:
    assert accepts(reference.encode(number), 0)
    assert accepts(reference.encode([number] * 5), 1)
    assert not accepts(reference.encode([number, []]), 1)


def test_many_are_counted_to_the_last() -> None:
    for count in (4094, 4095, 4096, 4097, 8191, 8192, 8193):
        data = head(4, count) + b"\x80" * count
        assert accepts(data, count + 1)
        assert not accepts(data, count)


@pytest.mark.parametrize("major", [2, 3, 4, 5])
@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_heads_that_are_too_long_are_refused_at_once(major: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder takes them: what comes after them would be uncounted."""
    code = {1: 24, 2: 25, 4: 26, 8: 27}[width]
    odd = bytes([major << 5 | code]) + bytes(width)

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("decoded although not in the profile")

    monkeypatch.setattr(cbor2, "loads", unreachable)
    for data in (odd, b"\x82" + odd + b"\x80", b"\x82\x00" + odd):
        assert not accepts(data, 1000)


def test_too_many_are_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = head(4, LIMIT) + b"\x80" * LIMIT

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("decoded although too many")

    monkeypatch.setattr(cbor2, "loads", unreachable)
    assert not accepts(data, LIMIT)


@pytest.mark.parametrize(
    ("parse", "target"), [(parse_delta, "delta"), (parse_snapshot, "snapshot"), (parse_trust_list, "trust-list")]
)
def test_the_longest_messages_in_form_are_within_the_bound(parse: Any, target: str) -> None:
    made = dict(extremes(target))
    for what in ("as many lists as there may be", "as many keys as there is room for"):
        if what in made:
            parse(made[what])
    with pytest.raises(InputError):
        parse(made["as many arrays as may be, inside"])
