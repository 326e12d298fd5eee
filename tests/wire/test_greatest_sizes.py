"""The greatest size of each message is that of vitaletoken.cddl, to the byte, and what is longer is not decoded.

Not each message can have so many bytes in form. So these are none: a payload of zeros is as long as is needed, and what is
watched is whether the decoder is asked at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from tests.wire import test_lending_messages, test_messages
from tests.wire.cddl import TEXT
from tests.wire.test_written_again import FORMS, genuine
from vitaletoken import Malformed
from vitaletoken.wire.grant import parse_lent_card

LIMITS = {
    name: int(size.replace(",", ""))
    for name, size in re.findall(r"^([a-z-]+) = .*at most ([\d,]+) bytes", TEXT, re.MULTILINE)
}
PARSE: dict[str, Callable[[bytes], Any]] = {kind: parse for kind, (parse, _) in FORMS.items()} | {
    "lent-card": parse_lent_card
}


def of_size(kind: str, size: int) -> bytes:
    """The frame of such a message, with so many zeros in it that it has ``size`` bytes."""
    if kind in {"trust-list", "status-snapshot", "lent-card"}:
        return _filled(lambda content: [content, []], size)
    header = cbor2.loads(genuine(kind)[0])[0]
    return _filled(lambda content: [header, {}, content, bytes(64)], size)


def _filled(make: Callable[[bytes], Any], size: int) -> bytes:
    around = len(cbor2.dumps(make(b"")))
    return next(data for more in range(8) if len(data := cbor2.dumps(make(bytes(size - around - more)))) == size)


def test_each_kind_has_its_limit() -> None:
    assert set(LIMITS) == set(PARSE)
    assert {*test_messages.READERS, *test_lending_messages.READERS} < set(LIMITS)


@pytest.mark.parametrize("kind", PARSE)
def test_the_greatest_is_decoded_and_no_greater_one(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    greatest, greater = of_size(kind, LIMITS[kind]), of_size(kind, LIMITS[kind] + 1)

    def watched(given: bytes, **_: object) -> None:
        seen.append(given)

    monkeypatch.setattr(cbor2, "loads", watched)
    with pytest.raises(Malformed):
        PARSE[kind](greater)
    assert not seen
    with pytest.raises(Malformed):
        PARSE[kind](greatest)
    assert seen
