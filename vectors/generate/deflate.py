"""zlib streams (RFC 1950, RFC 1951) made by hand.

A compressor's output is its own business and changes with its version; these bytes must not. Two forms are enough: stored
blocks, and one byte repeated by fixed Huffman codes.
"""

from __future__ import annotations

import zlib

STORED_LIMIT = 0xFFFF
HEADER = b"\x78\x01"


def adler(data: bytes) -> bytes:
    """The check value at the end of a stream."""
    return zlib.adler32(data).to_bytes(4, "big")


def stored_blocks(data: bytes) -> bytes:
    """Raw deflate data of stored blocks, the last one marked final."""
    chunks = [data[i : i + STORED_LIMIT] for i in range(0, len(data), STORED_LIMIT)] or [b""]
    out = b""
    for number, chunk in enumerate(chunks):
        size = len(chunk)
        out += (
            bytes([number == len(chunks) - 1])
            + size.to_bytes(2, "little")
            + (size ^ 0xFFFF).to_bytes(2, "little")
            + chunk
        )
    return out


def stored(data: bytes) -> bytes:
    """A stream that holds the data as it is."""
    return HEADER + stored_blocks(data) + adler(data)


def repeated_blocks(byte: int, count: int) -> bytes:
    """Raw deflate data for `count` times one byte below 144: a literal, then matches at distance 1, 258 bytes where they fit."""
    assert byte < 144 and count >= 1
    bits: list[int] = []

    def number(value: int, width: int) -> None:
        bits.extend(value >> i & 1 for i in range(width))

    def code(value: int, width: int) -> None:
        bits.extend(value >> i & 1 for i in reversed(range(width)))

    number(0b1, 1)
    number(0b01, 2)
    code(0x30 + byte, 8)
    matches, literals = divmod(count - 1, 258)
    for _ in range(matches):
        code(0b11000101, 8)
        code(0, 5)
    for _ in range(literals):
        code(0x30 + byte, 8)
    code(0, 7)
    bits.extend([0] * (-len(bits) % 8))
    return bytes(sum(bit << i for i, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8))


def repeated(byte: int, count: int) -> bytes:
    """A small stream that inflates to `count` equal bytes."""
    return HEADER + repeated_blocks(byte, count) + adler(bytes([byte]) * count)
