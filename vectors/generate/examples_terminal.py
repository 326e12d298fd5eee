"""The pages of spec/examples for section 13: terminal certificate, challenge, sealed answer."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import examples_shapes as shapes
from vectors.generate import examples_terminal_shapes as terminal_shapes
from vectors.generate.encoder import text_of
from vectors.generate.examples_layout import size
from vectors.generate.examples_page import BOUND, Example, opened, pieces, private, signature, thumbprint
from vectors.generate.keys import ANS, PHARMACY_KEY
from vectors.generate.messages import certificate, challenge, sha256
from vectors.generate.terminal_visit import ANSWER
from vectors.generate.terminals import CO_SIGN, IDENTIFY, PHARMACY, SHEET


def terminal_examples() -> Iterator[Example]:
    """In the order in which the messages come into being."""
    yield _certificate()
    yield _challenge()
    yield _sealed()


def _text(data: bytes, prefix: str) -> str:
    text = text_of(data, prefix)
    return f"## The text\n\n{len(text)} characters, on one line.\n\n```\n{text}\n```"


def _certificate() -> Example:
    layer = certificate(PHARMACY, ANS)
    parts = (
        f"The context of a presentation at level audience is SHA-256 of these bytes,\n`{sha256(layer.encode()).hex()}`.",
        signature("The authority's signature", layer),
        thumbprint("the authority's key", ANS),
        f"The terminal's key is key 1 of the terminal.\n{private(PHARMACY_KEY)}",
        _text(layer.encode(), "VTT1:"),
    )
    shape = terminal_shapes.CERTIFICATE
    return Example("terminal-certificate", "Terminal certificate", "certify/pharmacy", layer.encode(), shape, parts)


def _challenge() -> Example:
    layer = challenge(CO_SIGN.claims, PHARMACY_KEY)
    assert CO_SIGN.secret is not None
    parts = (
        "The certificate is byte for byte that of terminal-certificate.md.",
        f"The care sheet, {size(SHEET)}, of which the digest is SHA-256:\n\n{pieces((('the care sheet', SHEET),))}",
        f"The private half of the session key is\n`{CO_SIGN.secret.secret.hex()}`: a test key.",
        f"The context of an answer is SHA-256 of these bytes,\n`{CO_SIGN.digest.hex()}`.",
        signature("The terminal's signature", layer),
        private(PHARMACY_KEY),
        _text(layer.encode(), "VTC1:"),
    )
    return Example("challenge", "Challenge", "challenge/co-sign", layer.encode(), terminal_shapes.CHALLENGE, parts)


def _sealed() -> Example:
    presentation = ANSWER.presentation
    sealing = IDENTIFY.sealing("answer")
    assert IDENTIFY.secret is not None
    inside = presentation.encode()
    message = sealing.seal(inside)
    key, nonce = sealing.key_and_nonce
    info = opened(sealing.info, shapes.bound("info", "SHA-256(challenge)"))
    values = pieces(
        (
            ("the session key, private", IDENTIFY.secret.secret),
            ("the session key, in the challenge", sealing.recipient),
            ("the phone's ephemeral key, private", sealing.ephemeral.secret),
            ("shared_secret of the KEM", sealing.shared_secret),
            ("key", key),
            ("base_nonce", nonce),
        )
    )
    shape = shapes.presentation(shapes.CODE_LAYER, "byte for byte that of credential-suite-1.md")
    parts = (
        f"## How it is sealed\n\nHPKE (RFC 9180), with this info of {size(sealing.info)} and an empty aad. "
        f"It answers the challenge of\n`challenge/identify`, SHA-256 `{IDENTIFY.digest.hex()}`.\n\n{info}",
        f"The values inside, the names being those of RFC 9180:\n\n{values}",
        f"## What is sealed\n\n{size(inside)}: a presentation at level challenge.\n\n{opened(inside, shape)}",
        signature("The code key's signature", presentation.code_layer, *BOUND),
        signature("The device key's signature", presentation.device_layer, *BOUND),
        _text(message, "VTS1:"),
    )
    cut = len(message) - 16
    laid_out = (
        ("enc, the ephemeral key", message[:32]),
        ("the presentation, encrypted", message[32:cut]),
        ("the tag", message[cut:]),
    )
    return Example("sealed-answer", "Sealed answer", "unseal/accepted/answer", message, laid_out, parts)
