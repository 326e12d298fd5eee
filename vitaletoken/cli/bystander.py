"""What somebody learns who films the QR codes of a visit: every layer of what they can decode, searched for personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vitaletoken.errors import NotInForm
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import Item


def layers(data: bytes) -> Iterator[bytes]:
    """``data``, and every byte string and text in it, as deep as it can be decoded."""
    waiting = [data]
    while waiting:
        layer = waiting.pop()
        yield layer
        try:
            items: list[Item] = [cbor.decode(layer, len(layer))]
        except NotInForm:
            continue
        while items:
            item = items.pop()
            if type(item) is bytes and len(item) < len(layer):
                waiting.append(item)
            elif type(item) is str:
                yield item.encode()
            elif type(item) is list:
                items += item
            elif type(item) is dict:
                items += [*item.keys(), *item.values()]


def found_in(data: bytes, wanted: Mapping[str, str]) -> tuple[int, list[str]]:
    """How many layers ``data`` has, and which of ``wanted``, by name, stand in one of them in any case of letters."""
    searched = [layer.decode(errors="replace").casefold() for layer in layers(data)]
    found = [name for name, text in wanted.items() if any(text.casefold() in layer for layer in searched)]
    return len(searched), found
