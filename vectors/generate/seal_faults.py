"""Sealed answers that must not open: bytes changed on the way, and bytes sealed by another recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vectors.generate.hpke import AES_128_GCM, AES_256_GCM, X25519Key
from vectors.generate.keys import derive
from vectors.generate.messages import aad, sha256
from vectors.generate.terminals import CERT_PHARMACY, Asked, info_for, session_key

Change = Callable[[bytes], bytes]
P = 2**255 - 19
# The points of small order of Curve25519 (RFC 7748 section 6.1 names the check), their u below 2^255.
ORDER_8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
SMALL_ORDER: tuple[tuple[str, int], ...] = (
    ("zero", 0),
    ("one", 1),
    ("order-8", ORDER_8),
    ("minus-one", P - 1),
    ("p", P),
    ("p-plus-one", P + 1),
)


def little(number: int) -> bytes:
    """A u coordinate as bytes."""
    return number.to_bytes(32, "little")


def _flip(place: int) -> Change:
    def change(sealed: bytes) -> bytes:
        out = bytearray(sealed)
        out[place] ^= 1
        return bytes(out)

    return change


# slug, comment, what happens to the bytes
BROKEN: tuple[tuple[str, str, Change], ...] = (
    ("enc-first", "the first byte of enc changed", _flip(0)),
    ("enc-last", "the last byte of enc changed", _flip(31)),
    ("enc-high-bit", "the highest bit of enc set: X25519 ignores it, the key schedule does not",
     lambda data: data[:31] + bytes([data[31] | 128]) + data[32:]),
    ("ct-first", "the first byte of what is encrypted changed", _flip(32)),
    ("ct-middle", "a byte in the middle changed", lambda data: _flip(len(data) // 2)(data)),
    ("ct-last", "the last byte before the tag changed", _flip(-17)),
    ("tag-first", "the first byte of the tag changed", _flip(-16)),
    ("tag-last", "the last byte of the tag changed", _flip(-1)),
    ("tag-zero", "a tag of zeros", lambda data: data[:-16] + bytes(16)),
    ("cut", "the last byte is missing", lambda data: data[:-1]),
    ("tag-missing", "the tag is missing", lambda data: data[:-16]),
    ("tag-cut", "a tag of 8 bytes", lambda data: data[:-8]),
    ("trailing", "a byte after the tag", lambda data: data + b"\0"),
    ("enc-missing", "without enc", lambda data: data[32:]),
    ("ct-before-enc", "enc after ct", lambda data: data[32:] + data[:32]),
    ("tag-before-ct", "the tag before what is encrypted", lambda data: data[:32] + data[-16:] + data[32:-16]),
    ("nothing", "no bytes", lambda _: b""),
    ("31-bytes", "31 bytes: not even an enc", lambda data: data[:31]),
    ("enc-alone", "enc alone", lambda data: data[:32]),
    ("47-bytes", "47 bytes: one less than an empty message has", lambda data: data[:47]),
    ("48-bytes", "48 bytes, of which the last 16 are no tag", lambda data: data[:48]),
)  # fmt: skip


def sealed_otherwise(asked: Asked, name: str) -> Iterator[tuple[str, str, Change, tuple[str, ...]]]:
    """Slug, comment, what seals, flags: one thing in the recipe is another."""
    good = asked.sealing(name)
    message = asked.message
    info = good.info
    protocol: tuple[str, ...] = ("cross-protocol",)
    rows = (
        ("info-empty", "an empty info", replace(good, info=b""), protocol),
        ("info-challenge", "the challenge in info in place of its digest", replace(good, info=aad("sealed-answer",
         message)), protocol),
        ("info-digest", "the bare digest as info", replace(good, info=sha256(message)), protocol),
        ("info-certificate", "the certificate's digest in info", replace(good, info=info_for(CERT_PHARMACY)), protocol),
        ("info-role", "info of the role of a challenge", replace(good, info=aad("challenge", sha256(message))), protocol),
        ("info-version", "info of vitaletoken/2", replace(good, info=info.replace(b"token/1", b"token/2")), protocol),
        ("aad", "info in aad besides", replace(good, aad=info), protocol),
        ("mode-psk", "the key schedule of mode psk", replace(good, mode=1), protocol),
        ("aes-128", "AES-128-GCM", replace(good, aead=AES_128_GCM), protocol),
        ("aes-256", "AES-256-GCM", replace(good, aead=AES_256_GCM), protocol),
        ("hkdf-sha512", "the id of HKDF-SHA512 in the key schedule", replace(good, kdf=3), protocol),
        ("second-message", "the nonce of a second message", replace(good, sequence=1), protocol),
        ("other-recipient", "to another session key", replace(good, recipient=session_key("other").public), ()),
        ("other-enc", "enc is of another ephemeral key",
         replace(good, sent=X25519Key(derive("seal-faults", "other ephemeral key")).public), ()),
    )  # fmt: skip
    for slug, comment, sealing, flags in rows:
        yield slug, comment, sealing.seal, flags
    for slug, u in SMALL_ORDER:
        zero = replace(good, sent=little(u), dh=bytes(32))
        yield (
            f"small-order-{slug}",
            f"enc has small order (u is {slug}), so that the shared value is zero",
            zero.seal,
            ("edge-key",),
        )
