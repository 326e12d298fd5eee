"""Layer `unseal`: SEAL-1, and nothing about what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.hpke import Sealing, X25519Key
from vectors.generate.keys import derive
from vectors.generate.seal_faults import BROKEN, sealed_otherwise
from vectors.generate.terminal_visit import ANSWER, ANSWER_2, BILLING_ANSWER, asked_with, seal_stages
from vectors.generate.terminals import BILLING, CO_SIGN, IDENTIFY, Asked, ephemeral_key, session_key

RULES = ("V1", "SEAL-1")
BASE = "unseal/accepted/answer"
PLAIN = ANSWER.presentation.encode()
SEALED = IDENTIFY.sealing("answer").seal(PLAIN)


def _given(asked: Asked, sealed: bytes, secret: X25519Key | None = None) -> dict[str, Json]:
    key = secret or asked.secret
    assert key is not None
    return {"sealed": sealed.hex(), "secret": key.secret.hex(), "challenge": asked.message.hex()}


def _opens(
    slug: str,
    comment: str,
    plain: bytes,
    sealing: Sealing,
    asked: Asked = IDENTIFY,
    *flags: str,
    name: str | None = None,
) -> Case:
    stages = seal_stages(asked, name) if name else {}
    given = _given(asked, sealing.seal(plain))
    return Case(f"unseal/accepted/{slug}", RULES, comment, given, {"bytes": plain.hex()}, flags=flags, stages=stages)


def _does_not(slug: str, comment: str, sealed: bytes, asked: Asked = IDENTIFY, *flags: str, base: str = BASE) -> Case:
    return Case(f"unseal/seal-broken/{slug}", RULES, comment, _given(asked, sealed), "seal-broken", base, flags)


def unseal_cases() -> Iterator[Case]:
    """What opens, what was changed, what was sealed otherwise, and what was sealed for another."""
    yield from _opening()
    for slug, comment, change in BROKEN:
        yield _does_not(slug, comment, change(SEALED))
    for slug, comment, seal, flags in sealed_otherwise(IDENTIFY, "answer"):
        yield _does_not(slug, comment, seal(PLAIN), IDENTIFY, *flags)
    yield from _for_another()


def _opening() -> Iterator[Case]:
    for slug, asked, name, visit, comment in (
        ("answer", IDENTIFY, "answer", ANSWER, "a sealed answer of suite 1"),
        ("answer-2", IDENTIFY, "answer-2", ANSWER_2, "a sealed answer of suite 2"),
        ("billing", BILLING, "billing-answer", BILLING_ANSWER, "a billing view"),
        (
            "co-sign",
            CO_SIGN,
            "co-signed",
            ANSWER,
            "a presentation that answers another challenge: that is not asked here",
        ),
    ):
        yield _opens(slug, comment, visit.presentation.encode(), asked.sealing(name), asked, name=name)
    good = IDENTIFY.sealing("answer")
    yield _opens("nothing", "an empty message, sealed: 48 bytes", b"", good, IDENTIFY, "boundary")
    yield _opens("one-byte", "one byte, sealed", b"\0", good, IDENTIFY, "boundary")
    yield _opens("no-cbor", "bytes that are no presentation", b"\xff" * 64, good)
    long = b"".join(derive("unseal/accepted/1112-bytes", str(number)) for number in range(34))
    yield _opens("1112-bytes", "the longest that there is", long[:1064], good, IDENTIFY, "boundary", "limit")
    for number in range(2):
        other = replace(good, ephemeral=ephemeral_key(f"unseal-{number}"))
        yield _opens(f"other-ephemeral-{number}", "the same presentation under another ephemeral key", PLAIN, other)
    public = good.ephemeral.public
    marked = public[:31] + bytes([public[31] | 128])
    yield _opens(
        "enc-high-bit",
        "sealed by a phone that sends the highest bit of its key set: X25519 ignores it, the key schedule has it",
        PLAIN,
        replace(good, sent=marked),
        IDENTIFY,
        "edge-key",
    )


def _for_another() -> Iterator[Case]:
    other = asked_with(IDENTIFY, {}, derive("unseal/seal-broken", "nonce", 16))
    yield _does_not(
        "other-challenge", "sealed in answer to a challenge of another nonce", other.sealing("answer").seal(PLAIN)
    )
    other_key = replace(asked_with(IDENTIFY, {5: session_key("other").public}), secret=session_key("other"))
    yield _does_not(
        "other-session-key",
        "sealed in answer to a challenge with another session key",
        other_key.sealing("answer").seal(PLAIN),
    )
    yield Case(
        "unseal/seal-broken/other-secret",
        RULES,
        "opened with the secret of another session key",
        _given(IDENTIFY, SEALED, session_key("other")),
        "seal-broken",
        BASE,
    )
    yield Case(
        "unseal/seal-broken/with-other-challenge",
        RULES,
        "opened as the answer to another challenge with the same session key",
        _given(other, SEALED),
        "seal-broken",
        BASE,
    )
    yield _does_not("unsealed", "a presentation that is not sealed", PLAIN)
    long = b"".join(derive("unseal/accepted/1112-bytes", str(number)) for number in range(34))
    yield _does_not(
        "1113-bytes",
        "one byte more than the longest; it would open",
        IDENTIFY.sealing("answer").seal(long[:1065]),
        IDENTIFY,
        "boundary",
        "limit",
        base="unseal/accepted/1112-bytes",
    )
