"""Where two decoders must agree: our CBOR profile with decoders that share no line with it, and Base45 with the slow way.

Of the decoders one is ours, written from the specification alone, and one is somebody else's, that of ``fido2``. That one takes
more than the profile permits, so what it read is encoded again by the vectors' own encoder, and must then be the same bytes
exactly where our profile accepts them. It knows no null.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, Final

from tests import forge
from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import Shape, Target
from tests.wire import reference_cbor
from vectors.generate.encoder import encode
from vitaletoken.errors import InputError, NotInForm
from vitaletoken.wire import cbor, text
from vitaletoken.wire.presentation import MAX_SIZE

#: Whether the decoder of somebody else is installed.
HAS_FIDO2: Final = importlib.util.find_spec("fido2") is not None


def _reference(data: bytes) -> Any:
    try:
        return reference_cbor.decode(data)
    except reference_cbor.NotInProfile:
        return None


def _fido2(data: bytes) -> Any:
    """The item, as somebody else's decoder read it; None where it is not in the profile."""
    from fido2 import cbor as theirs

    try:
        item = theirs.decode(data)
        return item if _is_clean(item, 0) and encode(item) == data else None
    except Exception:  # noqa: BLE001  # of all kinds: it is made for well-formed input
        return None


def _is_clean(item: Any, depth: int) -> bool:
    """CBOR-3, CBOR-4 and the kinds of keys; all else is seen to by encoding again."""
    if isinstance(item, str):
        return not any(ord(character) in reference_cbor.CONTROL for character in item)
    if isinstance(item, (list, dict)) and depth == reference_cbor.MAX_DEPTH:
        return False
    if isinstance(item, list):
        return all(_is_clean(each, depth + 1) for each in item)
    if isinstance(item, dict):
        keys = all(type(key) in (int, str) and _is_clean(key, depth) for key in item)
        return keys and all(_is_clean(each, depth + 1) for each in item.values())
    return True


def _agreed(other: Callable[[bytes], Any], *, null: bool) -> Callable[[bytes], None]:
    """``null``: whether the other decoder knows it."""

    def run(data: bytes) -> None:
        theirs = other(data)
        try:
            ours = cbor.decode(data, len(data))
        except NotInForm:
            assert theirs is None, "refused here, accepted there"
            return
        if null or not _has_null(ours):
            assert _same(ours, theirs), "another item, or accepted here and refused there"

    return run


def _counted(data: bytes) -> None:
    """Counting containers and strings first refuses nothing else: see ``cbor.decode``."""
    outcomes = []
    for most in (None, len(data)):
        try:
            outcomes.append(cbor.decode(data, len(data), most))
        except NotInForm:
            outcomes.append(NotInForm)
    assert _same(*outcomes), "accepted only where nothing is counted, or only where it is"


def _has_null(item: Any) -> bool:
    if isinstance(item, (list, dict)):
        return any(map(_has_null, item if isinstance(item, list) else item.values()))
    return item is None


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types, for Python's True is 1; and maps in the same order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_same, one.values(), other.values()))
    return bool(one == other)


def _base45(data: bytes) -> None:
    shown = data.decode("utf-8", "surrogateescape")
    theirs = _slowly(shown)
    try:
        ours = text.parse_text("VT1:" + shown)
    except InputError:
        assert theirs is None or len(shown) + 4 > text.MAX_CHARACTERS, "refused here, accepted there"
        return
    assert ours == theirs, "other bytes"


def _slowly(shown: str) -> bytes | None:
    """RFC 9285 section 4, a group at a time; None for what is no Base45."""
    out = b""
    for start in range(0, len(shown), 3):
        group = [forge.ALPHABET.find(character) for character in shown[start : start + 3]]
        number = sum(digit * 45**place for place, digit in enumerate(group))
        if len(group) == 1 or min(group) < 0 or number >= 256 ** (len(group) - 1):
            return None
        out += number.to_bytes(len(group) - 1, "big")
    return out


def _base45_seeds() -> list[bytes]:
    return [data[4:] for data in vectors.inputs("text", "text")]


def _cbor_seeds() -> list[bytes]:
    credentials = list(vectors.inputs("credential", "bytes"))
    return [*vectors.inputs("cbor", "bytes"), *credentials[::8]]


def _against(name: str, other: Callable[[bytes], Any], *, null: bool) -> Target:
    run = _agreed(other, null=null)
    return Target(name, run, _cbor_seeds, MAX_SIZE, covers=(cbor.decode,), allowed=(), weight=2.0)


TARGETS: Final = (
    _against("cbor-reference", _reference, null=True),
    *([_against("cbor-fido2", _fido2, null=False)] if HAS_FIDO2 else []),
    Target("cbor-counted", _counted, _cbor_seeds, 4096, covers=(cbor.decode,), allowed=()),
    Target("base45", _base45, _base45_seeds, 1600, covers=(text.parse_text,), shape=Shape.RAW, allowed=()),
)
