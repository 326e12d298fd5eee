"""The parsers of lists: whom to trust, and the status of cards. Files of up to a quarter of a megabyte; see ``extremes``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import FILE_SECONDS, Shape, Target
from vitaletoken.errors import InputError, NotInForm
from vitaletoken.wire import delta, snapshot, status_list, trust_list

#: Bytes; of lists that may be much longer, the length at which most of what can be in them has room.
_LIST: Final = 32_768


def _payload(data: bytes) -> object:
    return trust_list.parse_claims(data)


def _payloads() -> Iterable[bytes]:
    for data in vectors.inputs("trust-list", "bytes"):
        try:
            yield trust_list.parse_trust_list(data).payload
        except InputError:
            continue


def _gaps(data: bytes) -> None:
    indices = delta.decode_gaps(data, 1 << 20)
    if indices is not None:
        assert all(0 <= idx < 1 << 20 for idx in indices)


TARGETS: Final = (
    Target(
        "delta",
        delta.parse_delta,
        vectors.seeds(("status-sync", "deltas")),
        _LIST,
        covers=(delta.parse_delta,),
        seconds=FILE_SECONDS,
    ),
    Target("gaps", _gaps, lambda: [b"\0", b"\1\2\x80\1"], 1024, covers=(delta.decode_gaps,), shape=Shape.RAW),
    Target(
        "snapshot",
        snapshot.parse_snapshot,
        vectors.seeds(("snapshot", "bytes"), ("status-sync", "snapshot")),
        _LIST,
        covers=(snapshot.parse_snapshot,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "status-list",
        status_list.parse_status_list,
        vectors.seeds(("status-list", "bytes"), ("status-sync", "lists")),
        _LIST,
        covers=(status_list.parse_status_list,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "trust-list",
        trust_list.parse_trust_list,
        vectors.seeds(("trust-list", "bytes"), ("trust-chain", "lists")),
        _LIST,
        covers=(trust_list.parse_trust_list,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "trust-list-payload",
        _payload,
        _payloads,
        _LIST,
        covers=(trust_list.parse_claims,),
        allowed=(InputError, NotInForm),
    ),
)
