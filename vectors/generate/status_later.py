"""Layer `status-list`: issuer, signature and content, S2 to S4."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.deflate import HEADER, adler, repeated, repeated_blocks, stored, stored_blocks
from vectors.generate.editing import edit
from vectors.generate.encoder import encode
from vectors.generate.fixtures import (
    CARDS_EXP,
    CARDS_NBF,
    CNAM_BASE,
    ENTRIES,
    LIST_NUMBER,
    MSA_BASE,
    issuer_key,
    signed_trust,
    status_claims,
    trust_claims,
)
from vectors.generate.keys import CNAM_CARDS, CNAM_OFFERS, CNAM_STATUS, MSA, STRANGER, ed25519
from vectors.generate.messages import aad, status_list
from vectors.generate.status_case import CLAIMS, accepted, refused, sealed


def issuer_cases() -> Iterator[Case]:
    size = 4 * len(ENTRIES)
    for number in (0, 9, 10, 65535):
        yield accepted(
            f"number-{number}",
            ("S2",),
            f"list number {number}",
            status_claims(number=number),
            0,
            size,
            "boundary",
            number=number,
        )
    subs = (
        ("number-65536", f"{CNAM_BASE}/65536", "S2", "a list number one too great"),
        ("number-empty", f"{CNAM_BASE}/", "S2", "no list number"),
        ("number-leading-zero", f"{CNAM_BASE}/03", "S2", "a leading zero"),
        ("number-two-zeros", f"{CNAM_BASE}/00", "S2", "zero in two digits"),
        ("number-plus", f"{CNAM_BASE}/+3", "S2", "a plus sign"),
        ("number-minus", f"{CNAM_BASE}/-0", "S2", "minus zero"),
        ("number-space", f"{CNAM_BASE}/ 3", "S2", "a space before the number"),
        ("number-underscore", f"{CNAM_BASE}/1_0", "S2", "what some languages read as 10"),
        ("number-hex", f"{CNAM_BASE}/0x3", "S2", "a hexadecimal number"),
        ("number-arabic", f"{CNAM_BASE}/٣", "S2", "a digit of another script"),
        ("number-great", f"{CNAM_BASE}/" + "9" * 100, "S2", "a number of a hundred digits"),
        ("no-slash", "3", "S2", "a number alone"),
        ("base-unknown", "https://statut.autre.example/3", "STATUS-3", "the base URI of nobody"),
        ("base-longer", f"{CNAM_BASE}/x/3", "STATUS-3", "the base URI goes on: the last slash divides"),
        ("base-double-slash", f"{CNAM_BASE}//3", "STATUS-3", "a slash more"),
        ("base-shorter", "https:/3", "STATUS-3", "the beginning of a base URI"),
        ("base-case", f"{CNAM_BASE.upper()}/3", "STATUS-3", "the base URI in upper case"),
        ("base-port", f"{CNAM_BASE}:443/3", "STATUS-3", "the default port written out"),
        ("base-dots", "https://fr-msa.example/statut/v1/../v1/3", "STATUS-3", "a path that means the same"),
        ("base-query", f"{CNAM_BASE}/3?x", "S2", "a query after the number"),
        ("base-other-issuer", f"{MSA_BASE}/{LIST_NUMBER}", "STATUS-3", "the base URI of the other issuer"),
    )
    for slug, sub, rule, comment in subs:
        yield refused(slug, "issuer", ("S2", rule), f"sub: {comment}", sealed({**CLAIMS, 2: sub}))
    for slug, key, comment in (
        ("use-1", CNAM_CARDS, "signed by the issuer's key for credentials"),
        ("use-3", CNAM_OFFERS, "signed by the issuer's key for offers"),
        ("other-issuer-key", MSA, "signed by the other issuer's key"),
        ("stranger", STRANGER, "signed by a key that is not in the trust list"),
    ):
        yield refused(slug, "issuer", ("S2",), comment, sealed(CLAIMS, key), "cross-protocol")
    early = {**CLAIMS, 6: CARDS_NBF}
    late = {**CLAIMS, 6: CARDS_EXP - 1, 4: CARDS_EXP + 86400}
    yield accepted("key-nbf", ("S2", "TIME-1"), "iat is the key's nbf", early, 0, size, "boundary")
    yield refused(
        "key-before-nbf",
        "issuer",
        ("S2", "TIME-1"),
        "iat is a second before the key's nbf",
        sealed({**early, 6: CARDS_NBF - 1}),
        "boundary",
        base="key-nbf",
    )
    yield accepted(
        "key-last-second", ("S2", "TIME-1"), "iat is a second before the key's exp", late, 0, size, "boundary"
    )
    yield refused(
        "key-at-exp",
        "issuer",
        ("S2", "TIME-1"),
        "iat is the key's exp",
        sealed({**late, 6: CARDS_EXP}),
        "boundary",
        base="key-last-second",
    )
    second = ed25519("fixture/issuer/fr-cnam/status-second")
    keys = [*trust_claims()[6][0][3], issuer_key(second.cose, [1, 2, 3])]
    trust = signed_trust(edit(trust_claims(), (6, 0, 3), keys))
    yield accepted(
        "second-key",
        ("S2", "KEY-1"),
        "a second key of the issuer with use 2",
        CLAIMS,
        0,
        size,
        "rotation",
        key=second,
        trust=trust,
    )


def signature_cases() -> Iterator[Case]:
    good = status_list(CLAIMS, CNAM_STATUS)
    signature = good.parts[3]
    assert isinstance(signature, bytes)
    payload = encode(edit(CLAIMS, (65534,), 31622400))
    for slug, comment, data, flag in (
        (
            "bit",
            "the lowest bit of S turned",
            replace(good, signature=signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]),
            None,
        ),
        ("zeros", "64 zero bytes", replace(good, signature=bytes(64)), None),
        ("ttl-changed", "ttl raised after signing", replace(good, payload=payload, signature=signature), None),
        (
            "other-key",
            "signed by the credential key under the kid of the status key",
            replace(good, signer=CNAM_CARDS),
            "cross-protocol",
        ),
        (
            "own-aad",
            "signed with an external_aad in the manner of the other messages",
            replace(good, aad=aad("status-list")),
            "cross-protocol",
        ),
        (
            "credential-aad",
            "signed with the external_aad of a credential",
            replace(good, aad=aad("credential")),
            "cross-protocol",
        ),
    ):
        yield refused(slug, "signature", ("S3", "COSE-5"), comment, data.encode(), *([flag] if flag else []))


def content_cases() -> Iterator[Case]:
    raw = stored_blocks(ENTRIES)
    yield accepted(
        "one-byte",
        ("S4", "STATUS-2"),
        "one byte, four entries",
        status_claims(lst=stored(b"\x00")),
        None,
        4,
        "boundary",
    )
    yield accepted(
        "262144-bytes",
        ("S4", "STATUS-2"),
        "262,144 bytes, 1,048,576 entries",
        status_claims(lst=repeated(0, 262144)),
        0,
        1048576,
        "boundary",
        "limit",
        idx=1048575,
    )
    yield accepted(
        "fixed-codes",
        ("S4",),
        "the same byte a thousand times, in fixed Huffman codes",
        status_claims(lst=repeated(0x55, 1000)),
        1,
        4000,
    )
    split = HEADER + b"\x00\x00\x00\xff\xff" + raw + adler(ENTRIES)
    assert zlib.decompress(split) == ENTRIES
    yield accepted("empty-block-first", ("S4",), "an empty block first", status_claims(lst=split), 0, 4 * len(ENTRIES))
    whole = stored(ENTRIES)
    with_dictionary = b"\x78\x20" + adler(b"x") + raw + adler(ENTRIES)
    assert int.from_bytes(b"\x78\x20", "big") % 31 == 0
    wrapped = (
        bytes.fromhex("1f8b08000000000000ff")
        + raw
        + zlib.crc32(ENTRIES).to_bytes(4, "little")
        + len(ENTRIES).to_bytes(4, "little")
    )
    for slug, lst, comment, flag in (
        ("empty", b"", "no stream at all", "boundary"),
        ("nothing", stored(b""), "a stream of no bytes", "boundary"),
        ("262145-bytes", repeated(0, 262145), "262,145 bytes", "bomb"),
        ("a-million-bytes", repeated(0, 1 << 20), "2^20 bytes", "bomb"),
        ("trailing-byte", whole + b"\0", "a byte after the stream", "non-canonical"),
        ("trailing-stream", whole + stored(b"\0"), "a second stream after the first", "non-canonical"),
        ("cut", whole[:-1], "the last byte of the check value is missing", "boundary"),
        ("no-check", whole[:-4], "no check value", "boundary"),
        ("cut-data", whole[:40], "the data end early", "boundary"),
        ("wrong-check", whole[:-1] + bytes([whole[-1] ^ 1]), "a wrong check value", "boundary"),
        ("no-final-block", HEADER + b"\x00" + raw[1:] + adler(ENTRIES), "no block is marked as the last", "boundary"),
        ("raw", raw, "deflate data without the zlib head", "wrong-type"),
        ("gzip", wrapped, "a gzip file", "wrong-type"),
        ("not-compressed", ENTRIES, "the list itself, not compressed", "wrong-type"),
        ("preset-dictionary", with_dictionary, "a stream that wants a preset dictionary", "wrong-type"),
        ("head-check", b"\x78\x02" + whole[2:], "the head's check bits are wrong", "wrong-type"),
        ("method-7", b"\x77\x0a" + whole[2:], "compression method 7", "wrong-type"),
        ("block-type-3", HEADER + b"\x07" + adler(b""), "a block of the reserved type", "wrong-type"),
    ):
        yield refused(slug, "content", ("S4", "STATUS-2"), comment, sealed(status_claims(lst=lst)), flag)
    assert zlib.decompress(HEADER + repeated_blocks(7, 600) + adler(b"\x07" * 600)) == b"\x07" * 600
    assert deflate.stored(ENTRIES) == whole
