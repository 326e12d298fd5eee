"""Sealed answers: the second half of step V1, and its other side on the phone (spec section 13.3)."""

from __future__ import annotations

from typing import Final

from vitaletoken.crypto import sealing
from vitaletoken.errors import Code, refusal
from vitaletoken.rules.context import sealed_answer_info
from vitaletoken.wire import presentation

#: Bytes of the longest sealed answer; no text is long enough for it.
MAX_SIZE: Final = presentation.MAX_SIZE + sealing.OVERHEAD


def seal_answer(message: bytes, session_key: bytes, challenge_digest: bytes) -> bytes:
    """The presentation ``message`` as the answer to the challenge with that SHA-256, readable by whoever made it alone (SEAL-1).

    Args:
        session_key: the challenge's, 32 bytes.

    Raises:
        UsageError: SEAL-3.
    """
    return sealing.seal(message, session_key, sealed_answer_info(challenge_digest))


def open_answer(sealed: bytes, secret: bytes, challenge_digest: bytes) -> bytes:
    """The presentation in a sealed answer to the challenge with that SHA-256; not looked into yet.

    Args:
        secret: the private half of the challenge's session key, 32 bytes.

    Raises:
        Untrusted: ``seal-broken`` (V1).
    """
    if not sealing.OVERHEAD <= len(sealed) <= MAX_SIZE:
        raise refusal(Code.SEAL_BROKEN)
    try:
        return sealing.unseal(sealed, secret, sealed_answer_info(challenge_digest))
    except sealing.BrokenSeal:
        raise refusal(Code.SEAL_BROKEN) from None
