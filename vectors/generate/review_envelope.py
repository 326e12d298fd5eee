"""Layer `review`, step H2: the COSE_Sign1 around a certificate or a challenge, and the encoding of its claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import FLOAT_ONE_AND_A_HALF
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.fixtures import Claims
from vectors.generate.keys import ANS
from vectors.generate.messages import Sign1, header_kid, header_status
from vectors.generate.review_case import Review, refused

Wrap = Callable[[bytes], Review]


def around(code: str, good: Sign1, claims: Claims, wrap: Wrap, base: str) -> Iterator[Case]:
    """The COSE_Sign1 around a message, and the encoding of its claims."""
    parts = good.parts
    signature = parts[3]
    assert isinstance(signature, bytes)
    header, kid = good.protected, ANS.kid
    with_kid = code == "certificate-structure"
    other: dict[Any, Value] = {4: kid} if with_kid else {}
    headers: list[tuple[str, bytes, str]] = [
        ("alg-eddsa", encode({1: -8, **other}), "alg-confusion"),
        ("alg-esp256", encode({1: -9, **other}), "alg-confusion"),
        ("alg-hmac", encode({1: 5, **other}), "alg-confusion"),
        ("alg-missing", encode(other), "missing-key"),
        ("crit", encode({1: -19, 2: [4], **other}), "unknown-key"),
        ("content-type", encode({1: -19, 3: 61, **other}), "unknown-key"),
        ("status-list", header_status(kid), "cross-protocol"),
        ("wide-alg", encode({1: Wide(-19, 1), **other}), "non-canonical"),
        ("trailing", header + b"\0", "non-canonical"),
        ("empty", b"", "missing-key"),
    ]
    if with_kid:
        headers += [
            ("kid-missing", encode({1: -19}), "missing-key"),
            ("kid-7", header_kid(kid[:7]), "range"),
            ("kid-9", header_kid(kid + b"\0"), "range"),
            ("order", encode(Pairs(((4, kid), (1, -19)))), "non-canonical"),
        ]
    else:
        headers.append(("kid", header_kid(kid), "unknown-key"))
    for slug, changed, flag in headers:
        yield refused(f"{code}/header-{slug}", ("H2", "COSE-2"), f"protected header: {slug.replace('-', ' ')}",
                      wrap(replace(good, protected=changed).encode()), flag, base=base)  # fmt: skip
    for slug, value in (("kid", {4: kid}), ("alg", {1: -19}), ("array", []), ("null", None)):
        yield refused(f"{code}/unprotected-{slug}", ("H2", "COSE-1"), f"unprotected header: {slug}",
                      wrap(replace(good, unprotected=value).encode()), "unknown-key", base=base)  # fmt: skip
    payload = good.payload
    rows: tuple[tuple[str, Value, str, str], ...] = (
        ("three-elements", parts[:3], "CBOR-6", "no signature"),
        ("five-elements", [*parts, 0], "CBOR-6", "a fifth element"),
        ("signature-63", [*parts[:3], signature[:63]], "CBOR-6", "a signature of 63 bytes"),
        ("signature-65", [*parts[:3], signature + b"\0"], "CBOR-6", "a signature of 65 bytes"),
        ("payload-null", [*parts[:2], None, signature], "CBOR-6", "a detached payload"),
        ("payload-empty", replace(good, payload=b"").parts, "CBOR-1", "an empty payload"),
        ("payload-trailing", replace(good, payload=payload + b"\0").parts, "CBOR-1", "a byte after the claims"),
        ("payload-order", replace(good, payload=_unsorted(claims)).parts, "CBOR-1", "the first claim stands last"),
        ("payload-tagged", replace(good, payload=encode(Tag(61, claims))).parts, "CBOR-2", "claims tagged as CWT"),
        (
            "payload-indefinite",
            replace(good, payload=b"\xbf" + payload[1:] + b"\xff").parts,
            "CBOR-1",
            "claims of indefinite length",
        ),
        ("payload-float", replace(good, payload=_float_iat(payload)).parts, "CBOR-2", "iat is a floating-point number"),
        ("tagged", Tag(18, parts), "CBOR-2", "tagged as COSE_Sign1"),
        ("tagged-cwt", Tag(61, Tag(18, parts)), "CBOR-2", "tagged as CWT"),
        ("indefinite", Raw(b"\x9f" + encode(parts)[1:] + b"\xff"), "CBOR-1", "an array of indefinite length"),
        ("trailing", Raw(encode(parts) + b"\0"), "CBOR-1", "a byte after the message"),
        ("cut", Raw(encode(parts)[:-1]), "CBOR-1", "the last byte is missing"),
        ("byte-string", encode(parts), "CBOR-6", "the message in a byte string"),
        ("empty", Raw(b""), "CBOR-1", "no byte at all"),
    )
    for slug, items, rule, comment in rows:
        yield refused(f"{code}/form-{slug}", ("H2", rule), comment, wrap(encode(items)), base=base)


def _float_iat(payload: bytes) -> bytes:
    """The claims with iat, key 6, as 1.5."""
    at = payload.index(b"\x06\x1a")
    return payload[: at + 1] + FLOAT_ONE_AND_A_HALF.encoded + payload[at + 6 :]


def _unsorted(claims: Claims) -> bytes:
    entries = sorted(claims.items(), key=lambda entry: encode(entry[0]))
    return encode(Pairs((*entries[1:], entries[0])))
