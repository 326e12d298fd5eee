"""Layer `verify`, steps V1 to V3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.fixtures import OFFER, STATUS
from vectors.generate.keys import PHONE_1
from vectors.generate.visit import SUITE_1, items, raw, refused

MINE = -65538
PARTS = SUITE_1.presentation.device_layer.parts
CREDENTIAL = SUITE_1.credential


def text_cases() -> Iterator[Case]:
    text = SUITE_1.text
    for slug, rule, comment, changed in (
        (
            "text-too-long/padded",
            "TEXT-1",
            "a good presentation with zeros after it, 1,601 characters",
            text + "0" * (1601 - len(text)),
        ),
        ("text-prefix/lower-case", "TEXT-2", "vt1: in lower case", "vt1:" + text[4:]),
        ("text-prefix/next-version", "TEXT-2", "VT2:", "VT2:" + text[4:]),
        ("text-encoding/line-feed", "TEXT-3", "a line feed at the end", text + "\n"),
        ("text-encoding/lower-case", "TEXT-3", "the Base45 part in lower case", text[:4] + text[4:].lower()),
        (
            "text-encoding/cut",
            "TEXT-3",
            "the last one or two characters are missing",
            text[: len(text) - (len(text) - 4) % 3 - 2],
        ),
    ):
        yield refused(slug, ("V1", rule), comment, replace(SUITE_1, text_change=_fixed(changed)))


def _fixed(text: str) -> Any:
    return lambda _: text


def cbor_cases() -> Iterator[Case]:
    data = SUITE_1.presentation.encode()
    for slug, rule, comment, changed in (
        ("empty", "CBOR-1", "no bytes after the prefix", b""),
        ("trailing", "CBOR-1", "a byte after the message", data + b"\0"),
        ("cut", "CBOR-1", "the last byte is missing", data[:-1]),
        ("indefinite", "CBOR-1", "an array of indefinite length", b"\x9f" + data[1:] + b"\xff"),
        ("wide-array", "CBOR-1", "the array with a wider head", encode(Wide(PARTS, 1))),
        (
            "wide-signature",
            "CBOR-1",
            "the length of the signature in two bytes",
            encode([*PARTS[:3], Wide(signature_of(PARTS), 2)]),
        ),
        ("tagged", "CBOR-2", "tagged as COSE_Sign1", encode(Tag(18, PARTS))),
        ("tagged-cwt", "CBOR-2", "tagged as CWT and COSE_Sign1", encode(Tag(61, Tag(18, PARTS)))),
        ("shared", "CBOR-2", "marked as shared", encode(Tag(28, PARTS))),
        (
            "float",
            "CBOR-2",
            "a floating-point number in the unprotected header",
            encode([PARTS[0], {1: Raw(bytes.fromhex("f93c00"))}, *PARTS[2:]]),
        ),
        (
            "twice",
            "CBOR-1",
            "a key twice in the unprotected header",
            encode([PARTS[0], Pairs(((4, 0), (4, 0))), *PARTS[2:]]),
        ),
        ("text", "CBOR-4", "a control character in a text", encode([PARTS[0], {"\n": 0}, *PARTS[2:]])),
        (
            "deep",
            "CBOR-3",
            "nine arrays in the unprotected header",
            encode([PARTS[0], {1: Raw(b"\x81" * 7 + b"\x80")}, *PARTS[2:]]),
        ),
        ("compressed", "TEXT-4", "the presentation as a zlib stream", deflate.stored(data)),
    ):
        yield refused(f"cbor-profile/{slug}", ("V2", rule), comment, replace(SUITE_1, bytes_change=raw(changed)))


def signature_of(parts: list[Value]) -> bytes:
    signature = parts[3]
    assert isinstance(signature, bytes)
    return signature


def cose_cases() -> Iterator[Case]:
    kid = PHONE_1.kid
    for slug, rule, header, flag in (
        ("alg-eddsa", "COSE-2", b"\xa2\x01\x27\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-es256", "COSE-2", b"\xa2\x01\x26\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-hmac", "COSE-2", b"\xa2\x01\x05\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-zero", "COSE-2", b"\xa2\x01\x00\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-text", "COSE-2", b"\xa2\x01" + encode("ESP256") + b"\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-null", "COSE-2", b"\xa2\x01\xf6\x0d" + CREDENTIAL, "alg-confusion"),
        ("alg-missing", "COSE-2", b"\xa1\x0d" + CREDENTIAL, "missing-key"),
        ("no-credential", "COSE-2", b"\xa1\x01\x32", "missing-key"),
        ("credential-empty", "COSE-2", b"\xa2\x01\x32\x0d", "boundary"),
        ("kid-besides", "COSE-2", b"\xa3\x01\x32\x04\x48" + kid + b"\x0d" + CREDENTIAL, "unknown-key"),
        ("crit-besides", "COSE-2", b"\xa3\x01\x32\x02\x81\x0d\x0d" + CREDENTIAL, "unknown-key"),
        ("kccs", "COSE-2", b"\xa2\x01\x32\x0e" + CREDENTIAL, "cross-protocol"),
        ("order", "COSE-2", b"\xa2\x0d" + CREDENTIAL + b"\x01\x32", "non-canonical"),
        ("wide-alg", "COSE-2", b"\xa2\x01\x38\x12\x0d" + CREDENTIAL, "non-canonical"),
        ("wide-label", "COSE-2", b"\xa2\x18\x01\x32\x0d" + CREDENTIAL, "non-canonical"),
        ("empty", "COSE-2", b"", "missing-key"),
        ("empty-map", "COSE-2", b"\xa0", "missing-key"),
    ):
        yield refused(
            f"cose-structure/header-{slug}",
            ("V3", rule),
            f"device layer, protected header: {slug.replace('-', ' ')}",
            replace(SUITE_1, at_device={"protected": header}),
            flag,
        )
    for slug, value in (
        ("kid", {4: kid}),
        ("alg", {1: -19}),
        ("credential", {13: CREDENTIAL}),
        ("array", []),
        ("null", None),
        ("bytes", b""),
    ):
        yield refused(
            f"cose-structure/unprotected-{slug}",
            ("V3", "COSE-1"),
            f"device layer: {slug} in or as the unprotected header",
            replace(SUITE_1, at_device={"unprotected": value}),
            "unknown-key",
        )
    signature = signature_of(PARTS)
    for slug, comment, changed in (
        ("three-elements", "no signature", PARTS[:3]),
        ("five-elements", "a fifth element", [*PARTS, 0]),
        ("no-elements", "an empty array", []),
        ("protected-text", "the protected header is text", ["x", *PARTS[1:]]),
        ("protected-map", "the protected header is a map, not in a byte string", [{1: -19}, *PARTS[1:]]),
        ("payload-null", "a detached payload", [*PARTS[:2], None, signature]),
        (
            "payload-array",
            "the code layer as an array, not in a byte string",
            [*PARTS[:2], SUITE_1.presentation.code_layer.parts, signature],
        ),
        ("signature-63", "a signature of 63 bytes", [*PARTS[:3], signature[:63]]),
        ("signature-65", "a signature of 65 bytes", [*PARTS[:3], signature + b"\0"]),
        ("signature-empty", "an empty signature", [*PARTS[:3], b""]),
        ("signature-text", "a text of 64 bytes as signature", [*PARTS[:3], "x" * 64]),
    ):
        yield refused(f"cose-structure/{slug}", ("V3", "CBOR-6"), comment, items(SUITE_1, *changed))
    for slug, comment, message in (
        ("map", "a map", encode(dict(enumerate(PARTS)))),
        ("integer", "an integer", b"\x00"),
        ("byte-string", "the presentation in a byte string", encode(encode(PARTS))),
        ("credential-alone", "a credential without a presentation", CREDENTIAL),
        ("status-list", "a status list", STATUS),
        ("offer", "an enrolment offer", OFFER),
    ):
        yield refused(
            f"cose-structure/message-{slug}",
            ("V3",),
            f"the message is {comment}",
            replace(SUITE_1, bytes_change=raw(message)),
            "cross-protocol",
        )
