"""Layer `credential`: the COSE_Sign1 around the claims, and their encoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.credential_case import CARD, SMALL_ID, refused
from vectors.generate.editing import FLOAT_ONE_AND_A_HALF, edit
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode
from vectors.generate.fixtures import CAMILLE, END_OF_TIME
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.messages import credential, header_kid, header_status


def envelope_cases() -> Iterator[Case]:
    good = credential(CAMILLE, CNAM_CARDS)
    kid = CNAM_CARDS.kid
    for slug, header, comment, flag in (
        ("alg-eddsa", b"\xa2\x01\x27\x04\x48" + kid, "alg -8 (EdDSA) in place of -19", "alg-confusion"),
        ("alg-es256", b"\xa2\x01\x26\x04\x48" + kid, "alg -7 (ES256)", "alg-confusion"),
        ("alg-esp256", b"\xa2\x01\x28\x04\x48" + kid, "alg -9 (ESP256)", "alg-confusion"),
        ("alg-hmac", b"\xa2\x01\x05\x04\x48" + kid, "alg 5 (HMAC 256/256)", "alg-confusion"),
        ("alg-text", encode({1: "Ed25519", 4: kid}), "alg as text", "alg-confusion"),
        ("alg-missing", encode({4: kid}), "no alg", "missing-key"),
        ("kid-missing", encode({1: -19}), "no kid", "missing-key"),
        ("kid-7-bytes", header_kid(kid[:7]), "a kid of 7 bytes", "range"),
        ("kid-9-bytes", header_kid(kid + b"\0"), "a kid of 9 bytes", "range"),
        ("kid-32-bytes", header_kid(CNAM_CARDS.thumbprint), "the whole thumbprint as kid", "range"),
        ("kid-text", encode({1: -19, 4: "12345678"}), "kid as text", "wrong-type"),
        ("crit", encode({1: -19, 2: [99], 4: kid}), "a critical header", "unknown-key"),
        ("content-type", encode({1: -19, 3: 61, 4: kid}), "a content type", "unknown-key"),
        ("typ", header_status(kid), "the header of a status list", "cross-protocol"),
        ("order", encode(Pairs(((4, kid), (1, -19)))), "kid before alg", "non-canonical"),
        ("wide-alg", encode({1: Wide(-19, 1), 4: kid}), "alg with a wider head", "non-canonical"),
        ("trailing", header_kid(kid) + b"\0", "a byte after the header", "non-canonical"),
        ("empty", b"", "an empty header", "missing-key"),
        ("empty-map", b"\xa0", "an empty map", "missing-key"),
    ):
        yield refused(
            f"header/{slug}", ("V5", "COSE-2"), comment, replace(good, protected=header).encode(), SMALL_ID, flag
        )
    for slug, value, comment in (
        ("kid", {4: kid}, "the kid a second time, where it is not signed"),
        ("alg", {1: -19}, "alg where it is not signed"),
        ("unlisted", {99: 0}, "any entry"),
        ("array", [], "an array"),
        ("null", None, "null"),
    ):
        yield refused(
            f"unprotected/{slug}",
            ("V5", "COSE-1"),
            f"unprotected header: {comment}",
            replace(good, unprotected=value).encode(),
            SMALL_ID,
            "alg-confusion" if slug == "alg" else "unknown-key",
        )
    parts = good.parts
    signature = parts[3]
    assert isinstance(signature, bytes)
    rows: tuple[tuple[str, Value, str], ...] = (
        ("three-elements", parts[:3], "no signature"),
        ("five-elements", [*parts, b""], "a fifth element"),
        ("signature-63", [*parts[:3], signature[:63]], "a signature of 63 bytes"),
        ("signature-65", [*parts[:3], signature + b"\0"], "a signature of 65 bytes"),
        ("signature-empty", [*parts[:3], b""], "an empty signature"),
        ("signature-null", [*parts[:3], None], "null in place of the signature"),
        ("payload-null", [*parts[:2], None, signature], "no payload"),
        ("payload-map", [*parts[:2], CAMILLE, signature], "the claims as a map, not in a byte string"),
        ("payload-text", [*parts[:2], "claims", signature], "the payload is text"),
        ("protected-map", [{1: -19, 4: kid}, *parts[1:]], "the protected header as a map"),
        ("map", dict(enumerate(parts)), "a map in place of the array"),
        ("tagged", Tag(18, parts), "tagged as COSE_Sign1"),
        ("tagged-cwt", Tag(61, Tag(18, parts)), "tagged as CWT"),
        ("indefinite", Raw(b"\x9f" + encode(parts)[1:] + b"\xff"), "an array of indefinite length"),
        ("trailing", Raw(encode(parts) + b"\0"), "a byte after the message"),
        ("cut", Raw(encode(parts)[:-1]), "the last byte is missing"),
        ("byte-string", encode(parts), "the message inside a byte string"),
        ("empty", Raw(b""), "no byte at all"),
    )
    for slug, items, comment in rows:
        yield refused(f"form/{slug}", ("V5", "CBOR-6"), comment, encode(items), SMALL_ID)


def payload_cases() -> Iterator[Case]:
    good = credential(CAMILLE, CNAM_CARDS)
    claims = encode(CAMILLE)
    entries = sorted(CAMILLE.items(), key=lambda entry: encode(entry[0]))
    for slug, payload, rule, comment in (
        ("empty", b"", "CBOR-1", "an empty payload"),
        ("trailing", claims + b"\0", "CBOR-1", "a byte after the claims"),
        ("order", encode(Pairs((*entries[1:], entries[0]))), "CBOR-1", "iss stands last"),
        (
            "twice-exp",
            encode(Pairs((*entries[:2], (4, END_OF_TIME), *entries[2:]))),
            "CBOR-1",
            "exp twice, with two values",
        ),
        ("wide-exp", encode({**CAMILLE, 4: Wide(CAMILLE[4], 8)}), "CBOR-1", "exp with a wider head"),
        ("indefinite", b"\xbf" + claims[1:] + b"\xff", "CBOR-1", "a map of indefinite length"),
        (
            "float-exp",
            encode({**CAMILLE, 4: Raw(bytes.fromhex("fb41daf00000000000"))}),
            "CBOR-2",
            "exp is a floating-point number",
        ),
        ("nan-exp", encode({**CAMILLE, 4: Raw(bytes.fromhex("f97e00"))}), "CBOR-2", "exp is NaN"),
        ("float-quality", encode(edit(CAMILLE, (CARD, 4), FLOAT_ONE_AND_A_HALF)), "CBOR-2", "quality is 1.5"),
        ("tagged-exp", encode({**CAMILLE, 4: Tag(1, CAMILLE[4])}), "CBOR-2", "exp is tagged as a time"),
        ("bignum-exp", encode({**CAMILLE, 4: Tag(2, CAMILLE[4].to_bytes(4, "big"))}), "CBOR-2", "exp is a big number"),
        ("undefined-rights", encode(edit(CAMILLE, (CARD, 8), Raw(b"\xf7"))), "CBOR-2", "rights_until is undefined"),
        ("shared", encode({**CAMILLE, 1: Tag(28, "fr-cnam")}), "CBOR-2", "iss is marked as shared"),
        ("line-feed", encode(edit(CAMILLE, (CARD, 3, 1), "Martin\nDubois")), "CBOR-4", "a line feed in a name"),
        (
            "escape",
            encode(edit(CAMILLE, (CARD, 3, 1), "\x1b[2JMartin")),
            "CBOR-4",
            "a terminal's escape sequence in a name",
        ),
        ("override", encode(edit(CAMILLE, (CARD, 3, 1), "\u202eMartin")), "CBOR-4", "a direction override in a name"),
        (
            "isolate",
            encode(edit(CAMILLE, (CARD, 3, 2), ["Ca\u2066mille"])),
            "CBOR-4",
            "a direction isolate in a given name",
        ),
        ("utf8", encode(edit(CAMILLE, (CARD, 3, 1), Raw(b"\x64\xc9ric"))), "CBOR-2", "a name in Latin-1"),
        ("array", encode([CAMILLE]), "CBOR-6", "an array around the claims"),
        ("bytes", encode(claims), "CBOR-6", "a byte string around the claims"),
    ):
        yield refused(f"payload/{slug}", ("V5", rule), comment, replace(good, payload=payload).encode(), SMALL_ID)
