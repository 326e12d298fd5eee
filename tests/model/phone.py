"""The phone: what it asks of a certificate and of a challenge before it signs (H3 to H6), and what it answers."""

from __future__ import annotations

from tests.model.messages import (
    AUDIENCE,
    CHALLENGE,
    CODE,
    OPEN,
    Asked,
    Broken,
    Certified,
    Claims,
    presentation,
)
from tests.model.terms import Term, digest, payload, pk, seal, signed


def review(broken: Broken, authorities: frozenset[Term], shown: Term) -> str | None:
    """The code with which the phone refuses the sticker or the challenge ``shown``; None where the person is asked.

    Whoever is asked agrees: they cannot know a stranger's terminal from the one before them but by its name.
    """
    asked: Asked | None = payload(shown) if shown[2] == "challenge" else None
    sticker = shown if asked is None else asked.certificate
    if "certificate-not-checked" not in broken:
        if pk(sticker[1]) not in authorities:
            return "certificate-authority"
        if not signed(sticker, pk(sticker[1]), "terminal-certificate", ()):
            return "certificate-signature"
    certified: Certified = payload(sticker)
    if (
        asked is not None
        and "challenge-not-checked" not in broken
        and not signed(shown, certified.key, "challenge", ())
    ):
        return "challenge-signature"
    return None


def level_of(shown: Term | None) -> int:
    """Of a presentation made after reading ``shown``."""
    if shown is None:
        return OPEN
    return CHALLENGE if shown[2] == "challenge" else AUDIENCE


def answer(
    broken: Broken,
    card: Term,
    claims: Claims,
    shown: Term | None,
    device: Term,
    code_key: Term,
) -> tuple[Term, Term]:
    """The presentation, and what is shown of it: sealed where the challenge has a session key (PRES-5)."""
    context = None if shown is None else digest(shown)
    made = presentation(broken, card, claims, context, device, code_key if claims.verified == CODE else None)
    session_key = payload(shown).session_key if level_of(shown) == CHALLENGE else None
    if session_key is None or "answer-not-sealed" in broken:
        return made, made
    return made, seal(session_key, digest(shown), made)
