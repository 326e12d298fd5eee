"""Layer `review`, steps H1 and H2: text and form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import Field, Path, edit, faults
from vectors.generate.encoder import Tag, Value, encode, text_of
from vectors.generate.fixtures import CARD_CAMILLE, END_OF_TIME, OFFER
from vectors.generate.keys import ANS, PHARMACY_KEY
from vectors.generate.messages import certificate, challenge
from vectors.generate.review_case import ASKED, ASKED_ID, STICKER, STICKER_ID, Review, accepted, refused
from vectors.generate.review_envelope import around
from vectors.generate.review_text import text_cases
from vectors.generate.terminals import CERT_PHARMACY, CHALLENGE, CO_SIGN, IDENTIFY, PHARMACY, TERMINAL

CERTIFICATE_FIELDS = (
    Field("iss", (1,)),
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("terminal", (TERMINAL,)),
    Field("key", (TERMINAL, 1)),
    Field("id", (TERMINAL, 2)),
    Field("categories", (TERMINAL, 3)),
    Field("category", (TERMINAL, 3, 0), None),
    Field("establishment", (TERMINAL, 4)),
    Field("name", (TERMINAL, 5)),
)
CHALLENGE_FIELDS = (
    Field("iat", (6,)),
    Field("nonce", (7,)),
    Field("challenge", (CHALLENGE,)),
    Field("certificate", (CHALLENGE, 1)),
    Field("purposes", (CHALLENGE, 2)),
    Field("purpose", (CHALLENGE, 2, 0), None),
    Field("view", (CHALLENGE, 3)),
    Field("lifetime", (CHALLENGE, 4)),
    Field("session-key", (CHALLENGE, 5), False),
    Field("transaction", (CHALLENGE, 6), False),
    Field("digest", (CHALLENGE, 6, 1)),
    Field("line", (CHALLENGE, 6, 2)),
    Field("amount", (CHALLENGE, 6, 3)),
)
NAME = "x" * 64
LONG = "x" * 100
T, C = TERMINAL, CHALLENGE
# fmt: off
# path, name, values inside, values outside
CERTIFICATE_BOUNDS: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...] = (
    ((1,), "iss", (), ("", "x" * 33, ".a", "-a", "Fr", "fr_ans", "fr-ans\n", "fr-ans٣")),
    ((4,), "exp", (END_OF_TIME,), (END_OF_TIME + 1,)),
    ((6,), "iat", (), (-1,)),
    ((T, 1), "key", (), (b"", bytes(31), bytes(33))),
    ((T, 2), "id", (bytes(8),), (b"", bytes(7), bytes(9))),
    ((T, 3), "categories", ([1], [7], [2, 7], [1, 2, 3, 4]), ([], [0], [9], [1, 2, 3, 4, 5], [2, 1], [2, 2], [-1])),
    ((T, 4), "establishment", ("1", "x" * 20, "é" * 10), ("", "x" * 21, "é" * 10 + "x")),
    ((T, 5), "name", ("P", NAME, "é" * 32), ("", NAME + "x", "é" * 33)),
)
CHALLENGE_BOUNDS: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...] = (
    ((6,), "iat", (), (-1, END_OF_TIME + 1)),
    ((7,), "nonce", (bytes(16),), (b"", bytes(8), bytes(15), bytes(17))),
    ((C, 2), "purposes", ([1], [5], [1, 2, 3, 4, 5], [2, 4]), ([], [0], [6], [1, 2, 3, 4, 5, 6], [2, 1], [1, 1], [-1])),
    ((C, 3), "view", (), (0, 3, -1)),
    ((C, 4), "lifetime", (1, 120), (0, 121, -1)),
    ((C, 5), "session-key", (), (b"", bytes(31), bytes(33))),
    ((C, 6, 1), "digest", (bytes(32),), (b"", bytes(31), bytes(33))),
    ((C, 6, 2), "line", ("x", LONG, "é" * 50), ("", LONG + "x", "é" * 51)),
    ((C, 6, 3), "amount", (0, 99999999), (-1, 100000000)),
)
# fmt: on


def form_cases() -> Iterator[Case]:
    """H1 and H2."""
    yield from text_cases()
    yield from _certificates()
    yield from _challenges()
    yield from _inside()


def _sticker(data: bytes) -> Review:
    return replace(STICKER, certificate_bytes=data)


def _asked(data: bytes) -> Review:
    return replace(ASKED, challenge_bytes=data)


def _certificates() -> Iterator[Case]:
    code = "certificate-structure"
    for fault in faults(PHARMACY, CERTIFICATE_FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(
            f"{code}/{fault.slug}", ("H2", rule), fault.comment, replace(STICKER, certified=fault.claims), fault.flag
        )
    yield from _bounds(code, CERTIFICATE_BOUNDS, STICKER.with_certified, STICKER_ID, "certificate")
    iat: int = PHARMACY[6]
    second = replace(STICKER.with_certified((4,), iat + 1), now=iat)
    yield accepted("certificate-one-second", ("H2", "CERT-1"), "exp is one second after iat", second, "boundary")
    for slug, exp, comment in (("exp-is-iat", iat, "exp is iat"), ("exp-before-iat", iat - 1, "exp is before iat")):
        yield refused(
            f"{code}/{slug}",
            ("H2", "CERT-1"),
            comment,
            replace(second.with_certified((4,), exp), now=iat),
            "boundary",
            base="review/accepted/certificate-one-second",
        )
    for slug, path, text in (
        ("name-override", (T, 5), "\u202ePharmacie"),
        ("name-line-feed", (T, 5), "Pharmacie\n"),
        ("establishment-escape", (T, 4), "\x1b[2J"),
    ):
        yield refused(
            f"{code}/{slug}", ("H2", "CBOR-4"), slug.replace("-", " "), STICKER.with_certified(path, text), "injection"
        )
    yield from around(code, certificate(PHARMACY, ANS), PHARMACY, _sticker, STICKER_ID)
    for slug, message, comment in (
        ("credential", CARD_CAMILLE, "a credential"),
        ("offer", OFFER, "an enrolment offer"),
        ("challenge", IDENTIFY.message, "a challenge, under the prefix of a certificate"),
    ):
        yield refused(
            f"{code}/message-{slug}", ("H2", "CBOR-6"), f"the message is {comment}", _sticker(message), "cross-protocol"
        )
    for size in (385, 1000):
        data = next(data for length in range(size) if len(data := _named(length)) == size)
        comment = f"{size} bytes in all; no certificate in form has so many"
        yield refused(f"{code}/{size}-bytes", ("H2", "CBOR-5"), comment, _sticker(data), "limit")


def _named(length: int) -> bytes:
    """A certificate with a name of this length."""
    return certificate(edit(PHARMACY, (T, 5), "x" * length), ANS).encode()


def _challenges() -> Iterator[Case]:
    code = "challenge-structure"
    co_sign: Any = CO_SIGN.claims
    for fault in faults(co_sign, CHALLENGE_FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(
            f"{code}/{fault.slug}",
            ("H2", rule),
            fault.comment,
            replace(ASKED, asked=fault.claims),
            fault.flag,
            base="review/accepted/co-sign",
        )
    whole = replace(ASKED, asked=co_sign)
    yield from _bounds(
        code,
        CHALLENGE_BOUNDS,
        whole.with_asked,
        "review/accepted/co-sign",
        "challenge",
        ("billing-view",),
    )
    for slug, text in (
        ("line-override", "\u202eDélivrance"),
        ("line-feed", "Délivrance\n"),
        ("line-escape", "\x1b[2J"),
    ):
        yield refused(
            f"{code}/{slug}",
            ("H2", "CBOR-4"),
            slug.replace("-", " "),
            whole.with_asked((C, 6, 2), text),
            "injection",
            base="review/accepted/co-sign",
        )
    identify: Any = IDENTIFY.claims
    yield from around(code, challenge(identify, PHARMACY_KEY), identify, _asked, ASKED_ID)
    for slug, message, comment in (
        ("certificate", CERT_PHARMACY, "a certificate, under the prefix of a challenge"),
        ("offer", OFFER, "an enrolment offer"),
    ):
        yield refused(
            f"{code}/message-{slug}",
            ("H2", "CBOR-6"),
            f"the message is {comment}",
            _asked(message),
            "cross-protocol",
            base=ASKED_ID,
        )
    yield refused(
        f"{code}/certificate-as-array",
        ("H2", "CBOR-6"),
        "the certificate as an array, not in a byte string",
        ASKED.with_asked((C, 1), certificate(PHARMACY, ANS).parts),
        "wrong-type",
        base=ASKED_ID,
    )
    for size in (769, 1000):
        padded = _padded(size)
        yield refused(
            f"{code}/{size}-bytes", ("H2", "CBOR-5"), f"{size} bytes in all, most of them for a certificate", padded, "limit",
            *(["boundary"] if size == 769 else []), base=ASKED_ID,
        )  # fmt: skip


def _padded(size: int) -> Review:
    """A challenge of this size, whose certificate is zeros."""
    empty = len(ASKED.with_asked((C, 1), bytes(400)).challenge) - 400
    review = ASKED.with_asked((C, 1), bytes(size - empty))
    assert len(review.challenge) == size
    return review


def _inside() -> Iterator[Case]:
    """The certificate of a challenge has its own form and code."""
    code = "certificate-structure"
    good = certificate(PHARMACY, ANS)
    for slug, comment, review in (
        ("challenge-768-bytes", "768 bytes in all, most of them zeros in place of the certificate", _padded(768)),
        ("in-challenge-empty", "no bytes for the certificate", ASKED.with_asked((C, 1), b"")),
        ("in-challenge-unknown-key", "a claim that is not listed", ASKED.with_certified((99,), 0)),
        (
            "in-challenge-trailing",
            "a byte after the certificate",
            replace(ASKED, certificate_bytes=CERT_PHARMACY + b"\0"),
        ),
        ("in-challenge-tagged", "tagged as COSE_Sign1", replace(ASKED, certificate_bytes=encode(Tag(18, good.parts)))),
        ("in-challenge-name-65", "a name of 65 bytes", ASKED.with_certified((T, 5), NAME + "x")),
        (
            "in-challenge-text",
            "the sticker's text",
            replace(ASKED, certificate_bytes=text_of(CERT_PHARMACY, "VTT1:").encode()),
        ),
        (
            "in-challenge-credential",
            "a credential in place of the certificate",
            replace(ASKED, certificate_bytes=CARD_CAMILLE),
        ),
    ):
        flags = ("limit", "boundary") if "768" in slug else ()
        yield refused(
            f"{code}/{slug}",
            ("H2", "CBOR-5" if flags else "CBOR-6"),
            f"in a challenge: {comment}",
            review,
            *flags,
            base=ASKED_ID,
        )


def _bounds(
    code: str,
    bounds: tuple[tuple[Path, str, Sequence[Value], Sequence[Value]], ...],
    changed: Callable[[Path, Value], Review],
    base: str,
    what: str,
    warnings: Sequence[str] = (),
) -> Iterator[Case]:
    for path, name, inside, outside in bounds:
        for number, value in enumerate(inside):
            yield accepted(
                f"range/{what}-{name}-{number}",
                ("H2", "CBOR-6"),
                f"{name}: {_said(value)} is inside",
                changed(path, value),
                "boundary",
                "range",
                warnings=warnings,
            )
        for number, value in enumerate(outside):
            yield refused(
                f"{code}/range/{name}-{number}",
                ("H2", "CBOR-6", *(["CHAL-1"] if name == "nonce" else [])),
                f"{name}: {_said(value)} is outside",
                changed(path, value),
                "boundary",
                "range",
                base=base,
            )


def _said(value: Value) -> str:
    match value:
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return f"{len(value)} characters, {len(value.encode())} bytes"
    return str(value)
