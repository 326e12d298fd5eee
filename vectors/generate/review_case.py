"""What the cases of `review` share: a phone looks at who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.editing import edit
from vectors.generate.encoder import Value, text_of
from vectors.generate.expectations import certificate_json, challenge_json
from vectors.generate.fixtures import NOW, TRUST, trusted
from vectors.generate.keys import ANS, PHARMACY_KEY, Ed25519Key
from vectors.generate.messages import certificate, challenge
from vectors.generate.terminals import BILLING, CHALLENGE, IDENTIFY, PHARMACY

STICKER_ID, ASKED_ID, BILLING_ID = "review/accepted/sticker", "review/accepted/challenge", "review/accepted/billing"


@dataclass(frozen=True)
class Review:
    """A certificate, alone on a sticker or inside a challenge, and what the phone holds."""

    certified: Value = field(default_factory=lambda: PHARMACY)
    authority: Ed25519Key = ANS
    at_certificate: dict[str, Any] = field(default_factory=dict)
    """Parts of the certificate's Sign1 to exchange; the same for the challenge."""
    certificate_bytes: bytes | None = None
    asked: Value = None
    """The challenge's claims, whose certificate is put in; None for a sticker."""
    terminal: Ed25519Key = PHARMACY_KEY
    at_challenge: dict[str, Any] = field(default_factory=dict)
    challenge_bytes: bytes | None = None
    text_change: Callable[[str], str] = lambda text: text
    trust: bytes = TRUST
    environment: str = "production"
    now: int = NOW

    @property
    def certificate(self) -> bytes:
        """As certified."""
        if self.certificate_bytes is not None:
            return self.certificate_bytes
        return replace(certificate(self.certified, self.authority), **self.at_certificate).encode()

    @property
    def challenge(self) -> bytes:
        """As the terminal makes it."""
        if self.challenge_bytes is not None:
            return self.challenge_bytes
        claims = self.asked
        if isinstance(claims, dict) and isinstance(inner := claims.get(CHALLENGE), dict) and inner.get(1) == b"here":
            claims = {**claims, CHALLENGE: {**inner, 1: self.certificate}}
        return replace(challenge(claims, self.terminal), **self.at_challenge).encode()

    @property
    def text(self) -> str:
        """As it is scanned."""
        text = text_of(self.certificate, "VTT1:") if self.asked is None else text_of(self.challenge, "VTC1:")
        return self.text_change(text)

    def to_json(self) -> dict[str, Json]:
        """The input."""
        return {"text": self.text, **trusted(self.trust, self.environment), "now": self.now}

    def with_certified(self, path: tuple[Any, ...], value: Any) -> Review:
        """One place of the certificate's claims changed."""
        return replace(self, certified=edit(self.certified, path, value))

    def with_asked(self, path: tuple[Any, ...], value: Any) -> Review:
        """One place of the challenge's claims changed."""
        return replace(self, asked=edit(self.asked, path, value))


def _open(claims: Any) -> Value:
    """The claims of a challenge, with a place for the certificate."""
    return {**claims, CHALLENGE: {**claims[CHALLENGE], 1: b"here"}}


STICKER = Review()
ASKED = Review(asked=_open(IDENTIFY.claims))
BILLED = Review(asked=_open(BILLING.claims))


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    review: Review,
    *flags: str,
    warnings: Sequence[str] = (),
    authority_name: str | None = None,
    stages: dict[str, Json] | None = None,
) -> Case:
    """Shown to the person, with these warnings."""
    expect: dict[str, Json] = {
        "certificate": certificate_json(review.certified, authority_name),
        "challenge": None if review.asked is None else challenge_json(review.asked),
        "warnings": list(warnings),
    }
    return Case(f"review/accepted/{slug}", rules, comment, review.to_json(), expect, flags=flags, stages=stages or {})


def refused(
    slug: str, rules: tuple[str, ...], comment: str, review: Review, *flags: str, base: str = STICKER_ID
) -> Case:
    """Not shown; the code is the first part of `slug`."""
    return Case(f"review/{slug}", rules, comment, review.to_json(), slug.partition("/")[0], base, flags)
