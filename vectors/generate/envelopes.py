"""A message that is signed and in an envelope that is not in form: the same faults for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Raw, Tag, encode
from vectors.generate.messages import Sign1


def around(layer: str, code: str, step: str, good: Sign1, given: dict[str, Json], base: str) -> Iterator[Case]:
    """The COSE_Sign1 around a message, in wrong forms."""
    for slug, data, rule, comment in envelopes(good):
        yield Case(f"{layer}/{code}/form/{slug}", (step, rule), comment, {**given, "bytes": data.hex()}, code, base)


def envelopes(good: Sign1) -> Iterator[tuple[str, bytes, str, str]]:
    """Slug, bytes, rule and comment of each."""
    parts = good.parts
    signature = parts[3]
    assert isinstance(signature, bytes)
    header = good.protected
    for slug, items, rule, comment in (
        ("tagged", Tag(18, parts), "CBOR-2", "tagged as COSE_Sign1"),
        ("unprotected", [parts[0], {99: 0}, *parts[2:]], "COSE-1", "an entry in the unprotected header"),
        ("alg-eddsa", replace(good, protected=header[:2] + b"\x27" + header[3:]).parts, "COSE-2", "alg -8"),
        ("header-empty", replace(good, protected=b"").parts, "COSE-2", "an empty protected header"),
        ("header-crit", replace(good, protected=_with_crit(header)).parts, "COSE-2", "a critical header"),
        ("signature-63", [*parts[:3], signature[:63]], "CBOR-6", "a signature of 63 bytes"),
        ("signature-65", [*parts[:3], signature + b"\0"], "CBOR-6", "a signature of 65 bytes"),
        ("payload-null", [*parts[:2], None, signature], "CBOR-6", "no payload"),
        ("payload-trailing", replace(good, payload=good.payload + b"\0").parts, "CBOR-1", "a byte after the content"),
        ("payload-empty", replace(good, payload=b"").parts, "CBOR-1", "an empty payload"),
        ("three-elements", parts[:3], "CBOR-6", "no signature"),
        ("five-elements", [*parts, 0], "CBOR-6", "a fifth element"),
        ("indefinite", Raw(b"\x9f" + encode(parts)[1:] + b"\xff"), "CBOR-1", "an array of indefinite length"),
        ("trailing", Raw(encode(parts) + b"\0"), "CBOR-1", "a byte after the message"),
        ("empty", Raw(b""), "CBOR-1", "no byte at all"),
    ):
        yield slug, encode(items), rule, comment


def _with_crit(header: bytes) -> bytes:
    return bytes([header[0] + 1]) + header[1:3] + b"\x02\x81\x04" + header[3:]
