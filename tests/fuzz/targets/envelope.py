"""Inputs of several parts: CBOR [scene: bstr .size 2, part, ...], each part a bstr or an array of them.

A scene is what the input meets: a trust list, a terminal, a clock, a policy. It is chosen by number, so that fuzzing goes from
one to another, and is the same for each run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cbor2

from tests.fuzz.targets.contract import NotAnInput

Part = bytes | list[bytes]


def pack(scene: int, parts: Sequence[Part]) -> bytes:
    """The input."""
    return cbor2.dumps([scene.to_bytes(2, "big"), *parts])


def unpack(data: bytes, scenes: int) -> tuple[int, list[Part]]:
    """The number of the scene, below ``scenes``, and the parts. Raises ``NotAnInput``."""
    try:
        item = strictly(data)
    except Exception:  # noqa: BLE001  # whatever the decoder says of bytes that are no envelope
        raise NotAnInput from None
    if not isinstance(item, list) or not item or not isinstance(item[0], bytes) or len(item[0]) != 2:
        raise NotAnInput
    if not all(_is_part(part) for part in item[1:]):
        raise NotAnInput
    return int.from_bytes(item[0], "big") % scenes, item[1:]


def strictly(data: bytes) -> Any:
    """The item in ``data``, without tags: shared references could make it cyclic. Raises whatever the decoder raises."""
    return cbor2.loads(data, max_depth=16, tag_hook=_refuse, semantic_decoders=_NO_TAGS)


def _is_part(part: object) -> bool:
    if isinstance(part, list):
        return all(isinstance(each, bytes) for each in part)
    return isinstance(part, bytes)


def _refuse(*_: object) -> object:
    raise NotAnInput


_NO_TAGS = dict.fromkeys((*range(6), 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799), _refuse)
