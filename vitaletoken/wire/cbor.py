"""The deterministic CBOR profile (spec section 4), strict both ways, on cbor2.

cbor2 decodes far more than the profile permits, so: the size is bounded first; tags are refused while decoding, since a
structure with shared references may cost exponential work once it exists; indefinite lengths, duplicate keys and
depth are refused by cbor2's own options; then the decoded value is walked for types and key order; and last it is
encoded again, which must give the same bytes. That last comparison is what refuses long heads and trailing bytes.

cbor2's ``canonical=True`` sorts map keys length-first (RFC 8949 section 4.2.3), which is *not* the order of section
4.2.1. For that reason writers sort here, by the keys' encoded bytes, and encode without it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final, NoReturn

import cbor2

from vitaletoken.errors import NotInForm

#: What a decoded item can be: int, bytes, str, bool, None, list or dict of these.
Item = Any

MAX_DEPTH: Final = 8

# CBOR-4: C0 and C1 controls, line and paragraph separators, direction embeddings, overrides and isolates.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def _refuse_tag(*_: object) -> NoReturn:
    raise NotInForm("tag")


# Every tag that cbor2 decodes by itself must be mapped, or its built-in decoder would run; the hook gets all others.
_BUILT_IN_TAGS: Final = (
    *range(6), 21, 22, 23, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip
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
    return encode_ordered(_sorted(item))


def encode_ordered(item: Item) -> bytes:
    """Encode an item of profile types whose maps, if any, are in order. Half the time of ``encode``, no checks."""
    return cbor2.dumps(item)


def decode(data: bytes, max_size: int) -> Item:
    """Decode exactly one item in the profile from ``data``, at most ``max_size`` bytes.

    Maps become dicts in the order of the wire, which is the sorted one. Raises ``NotInForm`` for everything else.
    """
    if len(data) > max_size:
        raise NotInForm("too long")
    try:
        item = cbor2.loads(data, **_OPTIONS)
    except Exception as error:  # the decoder's own, what it lets through of Python's, and those of _refuse_tag
        raise NotInForm("not CBOR, or CBOR outside the profile") from error
    _walk(item, 0)
    if encode_ordered(item) != data:
        raise NotInForm("not the shortest encoding, or followed by other bytes")
    return item


def _walk(item: Item, depth: int) -> None:
    """Refuse what the profile does not permit: other types or keys, keys out of order, control characters, depth.

    ``depth`` is the number of containers around ``item``. cbor2 counts depth too, but lets an empty container through
    at one more than ``max_depth``.
    """
    kind = type(item)
    if kind is bytes or kind is int or kind is bool or item is None:
        return
    if kind is str:
        if not item.isprintable() and _CONTROL.search(item):  # isprintable is the quick way to most answers
            raise NotInForm("control character")
    elif depth == MAX_DEPTH:
        raise NotInForm("nested too deep")
    elif kind is list:
        for element in item:
            _walk(element, depth + 1)
    elif kind is dict:
        previous = (-1, 0)
        for key, value in item.items():
            order = _key_order(key)
            if order <= previous:
                raise NotInForm("map keys out of order")
            previous = order
            _walk(value, depth + 1)
    else:
        raise NotInForm("type outside the profile")


def _key_order(key: Item) -> tuple[int, Any]:
    """A value that sorts as the key's encoded bytes do, made without encoding it.

    In deterministic encoding an unsigned integer (major type 0) sorts before a negative one (1) and that before text
    (3), and within each a shorter head means a smaller argument; texts sort by length and then by bytes.
    """
    kind = type(key)
    if kind is int:
        return (0, key) if key >= 0 else (1, -1 - key)
    if kind is str:
        _walk(key, 0)
        encoded = key.encode()
        return (3, (len(encoded), encoded))
    raise NotInForm("map key outside the profile")


def _sorted(item: Item) -> Item:
    """``item`` with each map's keys in order, checked to be in the profile."""
    kind = type(item)
    if kind is dict:
        return {key: _sorted(item[key]) for key in sorted(item, key=_key_order)}
    if kind is list or kind is tuple:
        return [_sorted(element) for element in item]
    if kind is str and not unicodedata.is_normalized("NFC", item):
        raise NotInForm("text not in Normalization Form C")
    if kind is int and not -(1 << 64) <= item < 1 << 64:
        raise NotInForm("integer outside 64 bits")
    _walk(item, 0)
    return item
