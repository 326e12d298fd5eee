"""The deterministic CBOR profile (spec section 4), strict both ways, on cbor2.

cbor2 decodes far more than the profile permits, so: the size is bounded first; tags are refused while decoding, since a
structure with shared references may cost exponential work once it exists; indefinite lengths, duplicate keys and depth
are refused by cbor2's own options; then the decoded value is walked for types and key order, and the length that its
deterministic encoding has is counted. No encoding of the same items is shorter, and each long head or trailing byte makes
it longer: where the counted length is the input's, the input is the deterministic encoding. (Encoding again and comparing
says the same and takes twice as long; docs/adr/0004.)

cbor2's ``canonical=True`` sorts map keys length-first (RFC 8949 section 4.2.3), which is *not* the order of section
4.2.1. For that reason writers sort here, by the keys' encoded bytes, and encode without it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from struct import Struct
from typing import Any, Final, NoReturn

import cbor2

from vitaletoken.errors import NotInForm, raise_alone

#: What a decoded item can be: int, bytes, str, bool, None, list or dict of these.
Item = Any

MAX_DEPTH: Final = 8

# CBOR-4: C0 and C1 controls, line and paragraph separators, direction embeddings, overrides and isolates; and lone surrogates,
# which Python's texts can hold and UTF-8 cannot.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class TooManyItems(NotInForm):
    """More containers and strings than ``decode`` was told to take."""


def _refuse_tag(*_: object) -> NoReturn:
    raise NotInForm("tag")


# Every tag that cbor2 decodes by itself must be mapped, or its built-in decoder would run; the hook gets all others.
_BUILT_IN_TAGS: Final = (
    *range(6), 21, 22, 23, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip
_head_of_0, _head_of_1, _head_of_2, _head_of_4 = (Struct(form).pack for form in (">B", ">BB", ">BH", ">BI"))
_OPTIONS: Final[dict[str, Any]] = {
    "tag_hook": _refuse_tag,
    "semantic_decoders": dict.fromkeys(_BUILT_IN_TAGS, _refuse_tag),
    "max_depth": MAX_DEPTH,
    "allow_indefinite": False,
    "allow_duplicate_keys": False,
}


def encode(item: Item) -> bytes:
    """Encode ``item`` in the profile: shortest heads, definite lengths, map keys in bytewise order.

    Raises ``NotInForm`` for a value outside the profile, and for text not in Normalization Form C.
    """
    ordered = _sorted(item)
    size = _encoded_size((ordered,), 0)
    encoded = encode_ordered(ordered)
    if len(encoded) != size:  # an integer beyond 64 bits becomes a tag
        raise NotInForm("integer outside 64 bits")
    return encoded


def encode_ordered(item: Item) -> bytes:
    """Encode an item of profile types whose maps, if any, are in order. Half the time of ``encode``, no checks."""
    return cbor2.dumps(item)


def bytes_head(length: int) -> bytes:
    """The head of a byte string of ``length`` bytes, less than 4 GiB."""
    if length < 24:
        return _head_of_0(0x40 + length)
    if length < 1 << 8:
        return _head_of_1(0x58, length)
    return _head_of_2(0x59, length) if length < 1 << 16 else _head_of_4(0x5A, length)


#: ``bytes_head`` of the lengths that come up in each scan.
BYTES_HEADS: Final = tuple(map(bytes_head, range(1100)))


def decode(data: bytes, max_size: int, max_items: int | None = None) -> Item:
    """Decode exactly one item in the profile from ``data``, at most ``max_size`` bytes.

    Maps become dicts in the order of the wire, which is the sorted one. Raises ``NotInForm`` for everything else, and
    ``TooManyItems``, which is one.

    Args:
        max_items: containers and strings that any message of this kind has at most, where it may be long: a quarter of a million
            of them cost more than all else that is done with a message, so they are counted before they are made. None for
            messages that are short.
    """
    if len(data) > max_size:
        raise NotInForm("too long")
    if max_items is not None:
        _require_at_most(max_items, data)
    try:
        item = cbor2.loads(data, **_OPTIONS)
    except Exception:  # noqa: BLE001 - the decoder's, what it lets through of Python's, _refuse_tag's; some quote the input
        raise_alone(NotInForm("not CBOR, or CBOR outside the profile"))
    if _encoded_size((item,), 0) != len(data):
        raise NotInForm("not the shortest encoding, or followed by other bytes")
    return item


# Items in their shortest encoding, without looking into containers: numbers and simple values, of which there may be any number
# (those of one size together, which takes a third of the time), then one that is counted. Strings of 24 bytes and more have no
# pattern but where keys, digests and signatures are as long.
_NUMBERS: Final = (
    rb"(?:[\x00-\x17\x20-\x37\xf4-\xf6]++|(?:[\x18\x38][\x18-\xff])++|(?:[\x19\x39](?!\x00)..)++|"
    rb"(?:[\x1a\x3a](?!\x00\x00)....)++|(?:[\x1b\x3b](?!\x00\x00\x00\x00)........)++)*+"
)
_COUNTED: Final = (
    rb"(?:[\x80-\x97\xa0-\xb7]|[\x98\xb8][\x18-\xff]|[\x99\xb9](?!\x00)..|[\x9a\xba](?!\x00\x00)....|"
    + b"".join(b"[\\x%x\\x%x].{%d}|" % (0x40 + length, 0x60 + length, length) for length in range(24))
    + rb"\x58(?:\x20.{32}|\x40.{64}))"
)
_AT_ONCE: Final = 4096
_one_counted: Final = re.compile(_NUMBERS + _COUNTED, re.DOTALL)
_many_counted: Final = re.compile(b"(?:%b%b){0,%d}+" % (_NUMBERS, _COUNTED, _AT_ONCE), re.DOTALL)
#: What may come after them: the head of a long string, or nothing.
_after_counted: Final = re.compile(
    _NUMBERS + rb"(?:[\x58\x78]([\x18-\xff])|[\x59\x79]((?!\x00)..)|[\x5a\x7a]((?!\x00\x00)....)|\Z)", re.DOTALL
)


def _require_at_most(most: int, data: bytes) -> None:
    """Refuse more containers and strings than that; and, sooner than the decoder, heads that are not in the profile.

    All of it is a few passes of regular expressions, and a step for each long string.
    """
    at = counted = 0
    while at < len(data):
        end = _many_counted.match(data, at).end()  # type: ignore[union-attr]  # no bytes at all match, too
        counted += _one_counted.subn(b"", data[at:end])[1]
        after = _after_counted.match(data, end)
        if after is not None:
            end = after.end()
            if after.lastindex is not None:
                counted += 1
                end += int.from_bytes(after[after.lastindex], "big")
        if counted > most:
            raise TooManyItems("more items than any message of this kind has")
        if end == at:
            raise NotInForm("not a head in the profile")
        at = end


def _encoded_size(items: Iterable[Item], depth: int) -> int:
    """How many bytes the deterministic encodings of ``items`` have; refuses what the profile does not permit.

    Other types and kinds of keys, keys out of order, control characters and too many containers are refused. ``depth`` is
    the number of containers around the items. (cbor2 counts depth too, but lets an empty container through at one more
    than ``max_depth``.)
    """
    size = 0
    for item in items:
        kind = type(item)
        if kind is int:
            size += 1 if -24 <= item < 24 else _head_size(item if item >= 0 else ~item)
        elif kind is bytes:
            length = len(item)
            size += length + (1 if length < 24 else _head_size(length))
        elif kind is str:
            size += _text_size(item)
        elif kind is bool or item is None:
            size += 1
        elif depth == MAX_DEPTH:
            raise NotInForm("nested too deep")
        elif kind is list:
            length = len(item)
            size += (1 if length < 24 else _head_size(length)) + _encoded_size(item, depth + 1)
        elif kind is dict:
            length = len(item)
            size += (1 if length < 24 else _head_size(length)) + _keys_size(item)
            size += _encoded_size(item.values(), depth + 1)
        else:
            raise NotInForm("type outside the profile")
    return size


def _keys_size(item: dict[Item, Item]) -> int:
    """How many bytes the keys have; refuses keys that are not integers or texts in the order of their encodings."""
    size = 0
    previous = -1
    for key in item:
        if type(key) is int:
            rank = key if key >= 0 else _FIRST_NEGATIVE + ~key
            size += 1 if -24 <= key < 24 else _head_size(key if key >= 0 else ~key)
        else:
            rank = _text_rank(key)
            size += _text_size(key)
        if rank <= previous:
            raise NotInForm("map keys out of order")
        previous = rank
    return size


def _head_size(argument: int) -> int:
    """Bytes of the shortest head with that argument (RFC 8949 section 3)."""
    if argument < 24:
        return 1
    if argument < 1 << 8:
        return 2
    if argument < 1 << 16:
        return 3
    return 5 if argument < 1 << 32 else 9


def _text_size(text: str) -> int:
    if not text.isprintable() and _CONTROL.search(text):  # isprintable is the quick way to most answers
        raise NotInForm("control character")
    size = len(text) if text.isascii() else len(text.encode())
    return _head_size(size) + size


# Keys sort as their encoded bytes do: unsigned integers (major type 0), then negative ones (1), then texts (3); within each, a
# shorter head is a smaller argument, and texts sort by length and then by bytes. A rank is a number that sorts so.
_FIRST_NEGATIVE: Final = 1 << 64
_FIRST_TEXT: Final = 1 << 65


def _text_rank(key: Item) -> int:
    if type(key) is not str:
        raise NotInForm("map key outside the profile")
    encoded = key.encode(errors="surrogatepass")
    return _FIRST_TEXT + (len(encoded) << 8 * len(encoded)) + int.from_bytes(encoded, "big")


def _key_rank(key: Item) -> int:
    if type(key) is int:
        return key if key >= 0 else _FIRST_NEGATIVE + ~key
    return _text_rank(key)


def _sorted(item: Item) -> Item:
    """``item`` with each map's keys in order, and its text checked; what else is wrong, ``encode`` finds."""
    kind = type(item)
    if kind is dict:
        return {_sorted(key): _sorted(item[key]) for key in sorted(item, key=_key_rank)}
    if kind is list:
        return [_sorted(element) for element in item]
    if kind is str and not unicodedata.is_normalized("NFC", item):
        raise NotInForm("text not in Normalization Form C")
    return item
