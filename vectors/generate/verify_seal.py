"""Layer `verify`, step V1: sealed answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.encoder import encode, text_of
from vectors.generate.keys import derive
from vectors.generate.seal_faults import BROKEN, sealed_otherwise
from vectors.generate.terminal_visit import (
    ANSWER,
    ANSWER_2,
    ANSWER_2_ID,
    ANSWER_ID,
    BILLING_ANSWER,
    BILLING_ID,
    OPEN_ANSWER,
    answering,
    asked_with,
)
from vectors.generate.terminals import BILLING, CERT_PHARMACY, IDENTIFY, IN_THE_OPEN, session_key
from vectors.generate.visit import ID_1, SUITE_1, Visit, refused

SEALED = IDENTIFY.sealing("answer").seal(ANSWER.presentation.encode())


def seal_cases() -> Iterator[Case]:
    """Text, then `seal-unknown`, `seal-broken`, and what is found inside."""
    yield from _texts()
    yield from _unknown()
    yield from _broken()
    yield from _inside()


def _with_text(change: Callable[[str], str]) -> Visit:
    return replace(ANSWER, text_change=change)


def _texts() -> Iterator[Case]:
    length = len(ANSWER.text)
    rows: tuple[tuple[str, str, str, Any], ...] = (
        (
            "text-too-long/sealed",
            "TEXT-1",
            "zeros after it, 1,601 characters",
            lambda text: text + "0" * (1601 - length),
        ),
        ("text-prefix/sealed-lower-case", "TEXT-2", "vts1: in lower case", lambda text: "vts1:" + text[5:]),
        ("text-prefix/sealed-next-version", "TEXT-2", "VTS2:", lambda text: "VTS2:" + text[5:]),
        ("text-prefix/sealed-no-version", "TEXT-2", "VTS:", lambda text: "VTS:" + text[5:]),
        ("text-prefix/certificate", "TEXT-2", "a sticker's text", lambda _: text_of(CERT_PHARMACY, "VTT1:")),
        (
            "text-prefix/challenge",
            "TEXT-2",
            "the terminal's own challenge",
            lambda _: text_of(IDENTIFY.message, "VTC1:"),
        ),
        ("text-encoding/sealed-line-feed", "TEXT-3", "a line feed at the end", lambda text: text + "\n"),
        (
            "text-encoding/sealed-lower-case",
            "TEXT-3",
            "the Base45 part in lower case",
            lambda text: text[:5] + text[5:].lower(),
        ),
        (
            "text-encoding/sealed-length",
            "TEXT-3",
            "a length that is 1 modulo 3",
            lambda text: text[: 5 + (length - 5) // 3 * 3 - 2],
        ),
    )
    for slug, rule, comment, change in rows:
        yield refused(slug, ("V1", rule), f"a sealed answer: {comment}", _with_text(change), base=ANSWER_ID)


def _unknown() -> Iterator[Case]:
    rules = ("V1", "SEAL-1")
    for slug, comment, visit, base in (
        ("no-challenge", "no challenge is open", replace(ANSWER, asked=None), ANSWER_ID),
        ("no-challenge-suite-2", "no challenge is open, suite 2", replace(ANSWER_2, asked=None), ANSWER_2_ID),
        ("no-challenge-billing", "no challenge is open; the billing view", replace(BILLING_ANSWER, asked=None), BILLING_ID),
        ("certificate-held", "no challenge is open; a certificate is held",
         replace(ANSWER, asked=None, certificates=(CERT_PHARMACY,)), ANSWER_ID),
        ("no-session-key", "the open challenge has no session key", replace(ANSWER, asked=IN_THE_OPEN), ANSWER_ID),
        ("nothing-sealed", "nothing after the prefix, and no challenge is open",
         replace(ANSWER, asked=None, text_change=lambda _: "VTS1:"), ANSWER_ID),
    ):  # fmt: skip
        yield refused(f"seal-unknown/{slug}", rules, comment, visit, base=base)


def _broken() -> Iterator[Case]:
    rules = ("V1", "SEAL-1")
    for slug, comment, change in BROKEN:
        visit = replace(ANSWER, seal=lambda _, change=change: change(SEALED))  # type: ignore[misc]
        yield refused(f"seal-broken/{slug}", rules, comment, visit, base=ANSWER_ID)
    for slug, comment, seal, flags in sealed_otherwise(IDENTIFY, "answer"):
        yield refused(f"seal-broken/{slug}", rules, comment, replace(ANSWER, seal=seal), *flags, base=ANSWER_ID)
    other_nonce = asked_with(IDENTIFY, {}, derive("verify/seal-broken", "nonce", 16))
    other_key = replace(asked_with(IDENTIFY, {5: session_key("other").public}), secret=session_key("other"))
    for slug, comment, asked in (
        (
            "answers-other-challenge",
            "sealed in answer to a challenge of another nonce, with this session key",
            other_nonce,
        ),
        ("answers-other-key", "sealed in answer to a challenge with another session key", other_key),
        ("answers-billing", "sealed in answer to the challenge that was open before", BILLING),
    ):
        visit = replace(answering(asked, "answer"), asked=IDENTIFY)
        yield refused(f"seal-broken/{slug}", rules, comment, visit, base=ANSWER_ID)
    yield refused(
        "seal-broken/presentation",
        rules,
        "a presentation that is not sealed, under the prefix of one that is",
        replace(SUITE_1, asked=IDENTIFY, text_change=lambda text: "VTS1:" + text[4:]),
        base=ID_1,
    )


def _inside() -> Iterator[Case]:
    """It opens; what is in it is no presentation, or no good one."""
    rows: tuple[tuple[str, str, str, str, bytes], ...] = (
        ("cbor-profile/sealed-nothing", "V2", "CBOR-1", "no bytes are sealed", b""),
        ("cbor-profile/sealed-sealed", "V2", "CBOR-1", "a sealed answer is sealed", SEALED),
        ("cbor-profile/sealed-text", "V2", "CBOR-1", "the text of a presentation is sealed", OPEN_ANSWER.text.encode()),
        (
            "cbor-profile/sealed-trailing",
            "V2",
            "CBOR-1",
            "a byte after the presentation",
            ANSWER.presentation.encode() + b"\0",
        ),
        ("cose-structure/sealed-credential", "V3", "COSE-2", "a credential without a presentation", ANSWER.credential),
        (
            "cose-structure/sealed-bytes",
            "V3",
            "CBOR-6",
            "the presentation in a byte string",
            encode(ANSWER.presentation.encode()),
        ),
    )
    for slug, step, rule, comment, inside in rows:
        seal = IDENTIFY.sealing("answer").seal
        visit = replace(ANSWER, seal=lambda _, inside=inside, seal=seal: seal(inside))  # type: ignore[misc]
        yield refused(slug, (step, rule), comment, visit, base=ANSWER_ID)
    yield refused(
        "text-encoding/sealed-under-open-prefix",
        ("V1", "TEXT-3"),
        "a sealed answer with the last character missing, under the prefix of a presentation",
        replace(ANSWER, text_change=lambda text: "VT1:" + text[5:][: (len(text) - 5) // 3 * 3 - 2]),
        base=ANSWER_ID,
    )
    yield refused(
        "cbor-profile/sealed-under-open-prefix",
        ("V2", "CBOR-1"),
        "a sealed answer under the prefix of a presentation",
        replace(ANSWER, text_change=lambda text: "VT1:" + text[5:]),
        base=ANSWER_ID,
    )
    yield refused(
        "device-signature/sealed-open-level",
        ("V9", "SIG-1", "VERIFY-1"),
        "a presentation at level open with a bad signature, sealed: also no answer, which V11 asks for",
        replace(SUITE_1, asked=IDENTIFY, seal=IDENTIFY.sealing("sealed-open").seal, at_device={"signature": bytes(64)}),
        "order",
        base=ID_1,
    )
