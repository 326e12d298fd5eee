"""The CBOR profile (spec section 4), against a second reader and writer that are slow and plain."""

from __future__ import annotations

import random
import struct
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.wire import reference_cbor as reference
from tests.wire.reference_cbor import head
from vitaletoken.errors import NotInForm
from vitaletoken.wire import cbor

LIMIT = 100_000

CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="".join(map(chr, sorted(reference.CONTROL))))
#: Not only uniform ones: the edges of the heads' sizes are where mistakes are.
EDGES = [n + d for n in (0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**64 - 2) for d in (0, 1)]
INTEGERS = st.integers(-(2**64), 2**64 - 1) | st.sampled_from([*EDGES, *(-1 - n for n in EDGES)])
TEXTS = st.text(CHARACTERS, max_size=30)
KEYS = INTEGERS | st.integers(-300, 300) | TEXTS
LEAVES = st.none() | st.booleans() | INTEGERS | st.binary(max_size=300) | TEXTS


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=5) | st.dictionaries(KEYS, children, max_size=6)


def depth(item: Any) -> int:
    if isinstance(item, list):
        return 1 + max(map(depth, item), default=0)
    if isinstance(item, dict):
        return 1 + max(map(depth, item.values()), default=0)
    return 0


ITEMS = st.recursive(LEAVES, containers, max_leaves=25).filter(lambda item: depth(item) <= cbor.MAX_DEPTH)


def refuses(data: bytes) -> bool:
    """Whether the profile's reader refuses; any exception but its own is the test's failure."""
    try:
        cbor.decode(data, LIMIT)
    except NotInForm:
        return True
    return False


def same(one: Any, other: Any) -> bool:
    """Equal, types and order of maps included: True is not 1, and a map is read in the order of the wire."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one, other)) and all(map(same, one.values(), other.values()))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


# --- what is in the profile


@examples(600)
@given(ITEMS)
def test_what_is_in_the_profile_is_read_as_it_was(item: Any) -> None:
    data = reference.encode(item)
    decoded = cbor.decode(data, LIMIT)
    assert decoded == item
    assert same(decoded, reference.decode(data))


@examples(600)
@given(ITEMS)
def test_the_writer_sorts_keys_by_their_encoded_bytes(item: Any) -> None:
    """Against plain sorting of encodings; also when the map was filled in another order."""
    normal = _normalised(item)
    expected = reference.encode(normal)
    assert cbor.encode(normal) == expected
    assert cbor.encode(_reversed(normal)) == expected


def _normalised(item: Any) -> Any:
    """Writers emit NFC only, so that only such text is theirs to write."""
    import unicodedata

    if isinstance(item, str):
        return unicodedata.normalize("NFC", item)
    if isinstance(item, list):
        return [_normalised(element) for element in item]
    if isinstance(item, dict):
        return {_normalised(key): _normalised(value) for key, value in item.items()}
    return item


def _reversed(item: Any) -> Any:
    if isinstance(item, list):
        return [_reversed(element) for element in item]
    if isinstance(item, dict):
        return {key: _reversed(item[key]) for key in reversed(item)}
    return item


def test_the_order_of_keys_is_not_length_first() -> None:
    """RFC 8949 section 4.2.1 and not 4.2.3: 100 (two bytes, 18 64) comes before -1 (one byte, 20)."""
    item = {10: 0, 100: 0, -1: 0, "z": 0, "aa": 0, -(2**64): 0, 2**64 - 1: 0}
    expected = [10, 100, 2**64 - 1, -1, -(2**64), "z", "aa"]
    assert list(cbor.decode(cbor.encode(item), LIMIT)) == expected
    assert cbor.encode({100: 0, -1: 0}).hex() == "a218640020" + "00"
    assert refuses(bytes.fromhex("a22000186400"))


@pytest.mark.parametrize("edge", EDGES)
def test_each_size_of_head_is_the_least(edge: int) -> None:
    for number in (edge, -1 - edge):
        data = cbor.encode(number)
        assert data == reference.encode(number)
        assert cbor.decode(data, LIMIT) == number


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_strings_and_containers_of_each_size_of_head(size: int) -> None:
    for item in (bytes(size), "x" * size, [0] * size, dict.fromkeys(range(size), 0)):
        data = reference.encode(item)
        assert cbor.encode(item) == data
        assert cbor.decode(data, 1_000_000) == item


# --- what is not


@examples(400)
@given(ITEMS)
def test_every_other_encoding_is_refused(item: Any) -> None:
    """Long heads, indefinite lengths, bignums, keys swapped or twice: at each place in the item, one fault."""
    good = reference.encode(item)
    for bad in reference.faulty(item):
        assert bad != good
        assert cbor2.loads(bad) is not cbor2.undefined  # it is CBOR, and a lax reader would take it
        assert refuses(bad), bad.hex()


@examples(300)
@given(ITEMS, st.binary(min_size=1, max_size=5))
def test_trailing_bytes_and_missing_ones_are_refused(item: Any, more: bytes) -> None:
    data = reference.encode(item)
    assert refuses(data + more)
    for cut in range(len(data)):
        assert refuses(data[:cut])


@examples(3000)
@given(st.binary(max_size=40))
def test_random_bytes_are_read_as_the_reference_reads_them(data: bytes) -> None:
    agree(data)


def agree(data: bytes) -> None:
    """Both readers accept, with the same item, and the writer gives the same bytes; or both refuse."""
    try:
        expected = reference.decode(data)
    except reference.NotInProfile:
        assert refuses(data), data.hex()
        return
    item = cbor.decode(data, LIMIT)
    assert same(item, expected), data.hex()
    assert reference.encode(item) == data


def test_near_misses_are_read_as_the_reference_reads_them() -> None:
    """Valid encodings with a byte or two changed: far nearer to being accepted than random bytes."""
    rng = random.Random(8949)
    seeds = [
        reference.encode(item)
        for item in (
            {1: [1, -1, "é", b"12345678"], 24: {"lst": b"", "bits": 2}, -1: None, "a": True, "b": False, "": 2**40},
            [[], {}, [[[[[[[0]]]]]]], "\u2027\u202f\u2065\u206a\xa0~", 255, 256, -65_537, 2**64 - 1, -(2**64)],
            {0: {0: {0: {0: {0: {0: {0: {0: 0}}}}}}}, 1: "x" * 24, 2: bytes(30)},
        )
    ]
    accepted = 0
    for number in range(60_000):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    data[at] ^= 1 << rng.randrange(8)
                case _:
                    data[at : at + 1] = bytes([data[at]]) * rng.randrange(3)
        agree(bytes(data))
        accepted += not refuses(bytes(data))
    assert accepted > 5000


def test_every_item_of_up_to_two_bytes() -> None:
    for first in range(256):
        agree(bytes([first]))
        for second in range(256):
            agree(bytes([first, second]))


def test_every_first_byte_before_a_valid_item() -> None:
    """As a head in an array, in a map as key and as value."""
    for first in range(256):
        for following in (b"", b"\x00", b"\x18\x18", bytes(8), b"\x61a", b"\xff"):
            for before in (b"\x81", b"\x82\x00", b"\xa1", b"\xa1\x00", b"\xa2\x00\x00"):
                agree(before + bytes([first]) + following)


# --- tags

#: Every number that any library might know, and one of each size of head beyond.
TAGS = [*range(301), 1004, 1040, 43_000, 55_799, 55_800, 65_535, 65_536, 2**24, 2**32 - 1, 2**32, 2**63, 2**64 - 1]
CONTENTS = [
    b"\x00", b"\x20", b"\x40", b"\x41\x01", b"\x60", b"\x61a", b"\x80", b"\x82\x01\x02", b"\xa0", b"\xf4", b"\xf6",
    b"\xd8\x1d\x00", b"\x6a2026-01-01", b"\x82\x01\x40", b"\x50" + bytes(16), b"\x80\x00",
]  # fmt: skip


def test_every_tag_is_refused_wherever_it_is() -> None:
    rng = random.Random(28)
    numbers = TAGS + [rng.randrange(2**32) for _ in range(100)] + [rng.randrange(2**64) for _ in range(100)]
    for number in numbers:
        for content in CONTENTS:
            tagged = head(6, number) + content
            for data in (tagged, b"\x81" + tagged, b"\xa1\x00" + tagged, b"\xa1" + tagged + b"\x00", tagged * 2):
                assert refuses(data), data.hex()


def test_every_tag_is_refused_while_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No decoder of the library below may run, and nothing that one made may be looked at."""
    held = watch(monkeypatch)
    for number in TAGS:
        for content in CONTENTS:
            assert refuses(head(6, number) + content)
            assert refuses(b"\x81" + head(6, number) + content)
    assert held == []
    assert not refuses(b"\x81\x00")
    assert held == [[0]]


def watch(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What cbor2 gives out from now on."""
    held: list[object] = []
    loads = cbor2.loads

    def watched(*arguments: Any, **options: Any) -> Any:
        item = loads(*arguments, **options)
        held.append(item)
        return item

    monkeypatch.setattr(cbor2, "loads", watched)
    return held


def test_a_tag_with_a_long_head_is_refused() -> None:
    for number in range(301):
        for size in (1, 2, 4, 8):
            if number < 1 << 8 * size:
                assert refuses(head(6, number, size) + b"\x00")


def bombs() -> dict[str, bytes]:
    """Shared references (tags 28 and 29) and string references (tags 25 and 256) that double with each level."""
    shared = b"\xd8\x1c\x82\x00\x00"
    for level in range(30):
        shared = b"\xd8\x1c\x82" + shared + b"\xd8\x1d" + head(0, 30 - level)
    wide = head(4, 24) + b"\xd8\x1c\x80" + b"".join(b"\xd8\x1c\x82" + (b"\xd8\x1d" + head(0, n)) * 2 for n in range(23))
    cyclic = b"\xd8\x1c\x81\xd8\x1d\x00"
    strings = b"\xd9\x01\x00\x82\x43abc\xd8\x19\x00"
    return {
        "nested": shared,
        "wide": wide,
        "cyclic": cyclic,
        "strings": strings,
        "marks": b"\xd8\x1c\x82" * 7 + b"\x00" * 8,
    }


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_is_refused_while_it_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs nothing as long as nobody looks at what it decodes to: so nobody may ever hold it."""
    data = bombs()[name]
    assert len(data) < 250
    cbor2.loads(data)  # a lax reader takes it
    held = watch(monkeypatch)
    assert refuses(data)
    assert held == []


# --- depth


@pytest.mark.parametrize("innermost", [b"\x00", b"\x80", b"\xa0", b"\x81\x00", b"\xa1\x00\x00"])
@pytest.mark.parametrize("around", ["arrays", "maps", "both"])
def test_eight_containers_may_be_nested_and_nine_may_not(around: str, innermost: bytes) -> None:
    opening = {"arrays": b"\x81", "maps": b"\xa1\x00", "both": b"\x82\x00\xa1\x00"}[around]
    step = 2 if around == "both" else 1
    inner = 0 if innermost == b"\x00" else 1
    for count in range(1, 12 // step):
        data = opening * count + innermost
        assert refuses(data) == (count * step + inner > 8)
        agree(data)


def test_nesting_without_end_is_refused() -> None:
    for opening in (b"\x81", b"\xa1\x00", b"\x9f", b"\xbf\x00", b"\xc1", b"\xd8\x1c", b"\x82\x00", b"\x5f", b"\x7f"):
        for count in (9, 50, 1000, 50_000):
            data = opening * count
            assert refuses(data[:LIMIT])
            assert refuses((data + b"\x00")[:LIMIT])


def test_depth_counts_anew_in_a_byte_string() -> None:
    inner = b"\x81" * 8 + b"\x00"
    outer = b"\x81" * 8 + head(2, len(inner)) + inner
    assert cbor.decode(outer, LIMIT) is not None
    assert cbor.decode(inner, LIMIT) is not None


# --- sizes


def test_the_size_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    data = head(2, 98) + bytes(98)
    assert cbor.decode(data, 100) == bytes(98)

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("decoded although too long")

    monkeypatch.setattr(cbor2, "loads", unreachable)
    with pytest.raises(NotInForm):
        cbor.decode(data, 99)


@pytest.mark.parametrize("major", [2, 3, 4, 5])
def test_a_length_that_is_a_lie_costs_nothing(major: int) -> None:
    for length in (10**5, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
        assert refuses(head(major, length))
        assert refuses(b"\x82\x00" + head(major, length) + bytes(100))


# --- values


def test_floats_and_simple_values_are_refused() -> None:
    for number in (0.0, -0.0, 1.0, 1.5, float("inf"), float("-inf"), float("nan"), 1e300):
        for form, code in ((">e", 25), (">f", 26), (">d", 27)):
            try:
                data = bytes([0xE0 | code]) + struct.pack(form, number)
            except OverflowError:
                continue
            for place in (data, b"\x81" + data, b"\xa1\x00" + data, b"\xa1" + data + b"\x00"):
                assert refuses(place)
    for simple in range(256):
        data = bytes([0xE0 | simple]) if simple < 24 else bytes([0xF8, simple])
        assert refuses(data) == (simple not in (20, 21, 22)), simple
        assert refuses(bytes([0xF8, simple]))


@pytest.mark.parametrize(
    "key", [b"\x40", b"\x41a", b"\x80", b"\xa0", b"\xf4", b"\xf5", b"\xf6", b"\xf7", b"\xf9\x00\x00"]
)
def test_a_key_is_an_integer_or_a_text(key: bytes) -> None:
    assert refuses(b"\xa1" + key + b"\x00")
    assert refuses(b"\xa2\x00\x00" + key + b"\x00")
    assert refuses(b"\xa2" + key + b"\x00\x61a\x00")


@pytest.mark.parametrize(
    "keys", [b"\x01\x00\xf5\x00", b"\x00\x00\xf4\x00", b"\x01\x00\xf9\x3c\x00\x00", b"\xf4\x00\xf5\x00"]
)
def test_keys_that_python_takes_for_equal_are_refused(keys: bytes) -> None:
    """1 and true and 1.0 are one key of a Python dict."""
    assert refuses(b"\xa2" + keys)


@pytest.mark.parametrize(
    "content",
    [
        "80",
        "ff",
        "c080",
        "c1bf",
        "e08080",
        "e09fbf",
        "eda080",
        "edbfbf",
        "f08080af",
        "f4908080",
        "f8808080",
        "c3",
        "e282",
    ],
)
def test_text_that_is_not_utf8_is_refused(content: str) -> None:
    """Overlong forms, surrogates and what is cut off; as a value and as a key."""
    data = head(3, len(content) // 2) + bytes.fromhex(content)
    assert refuses(data)
    assert refuses(b"\xa1" + data + b"\x00")


def test_control_characters_are_refused_in_keys_too() -> None:
    for point in reference.CONTROL:
        text = chr(point).encode()
        data = head(3, len(text)) + text
        assert refuses(data)
        assert refuses(b"\xa1" + data + b"\x00")
        assert refuses(b"\xa1\x00" + data)


@pytest.mark.parametrize(
    "data",
    [b"\x64Ann\xff", b"\xa2" + 2 * b"\x64Anne\x01", b"\xc1\x64Anne", b"\xa1\x64Ann\xff\x01"],
    ids=bytes.hex,
)
def test_a_refusal_does_not_keep_what_the_decoder_quotes(data: bytes) -> None:
    """A key that stands there twice, a text that is no UTF-8: names are such texts. Hidden in a context is kept, too."""
    with pytest.raises(NotInForm) as caught:
        cbor.decode(data, 100)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# --- the writer refuses what no reader would take


@pytest.mark.parametrize(
    "item",
    [1.0, float("nan"), cbor2.undefined, cbor2.CBORTag(1, 0), cbor2.CBORSimpleValue(5), {1}, 2**64, -(2**64) - 1,
     [1.0], {1: 1.0}, {1.0: 1}, {b"": 1}, {None: 1}, {True: 1}, {2**64: 1}, {-(2**64) - 1: 1}, {(1,): 1},
     "\0", "a\u202e", ["\x7f"], {"\n": 1}, {1: {2: ["\u2066"]}}, "e\u0301", ["e\u0301"], {1: "e\u0301"}],
    ids=ascii,
)  # fmt: skip
def test_the_writer_refuses(item: Any) -> None:
    with pytest.raises(NotInForm):
        cbor.encode(item)


@pytest.mark.parametrize("item", ["\ud800", ["a\udfff"], {1: "\ud800"}, {"\ud800": 1}], ids=ascii)
def test_the_writer_refuses_half_a_pair(item: Any) -> None:
    with pytest.raises(NotInForm):
        cbor.encode(item)


def test_the_writer_refuses_what_is_no_item_at_all() -> None:
    with pytest.raises(NotInForm):
        cbor.encode(object())


@pytest.mark.parametrize("count", [9, 20])
def test_the_writer_refuses_what_is_nested_too_deep(count: int) -> None:
    item: Any = 0
    for _ in range(count):
        item = [item]
    with pytest.raises(NotInForm):
        cbor.encode(item)
