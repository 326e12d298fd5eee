"""What the cases of `care-sheet` share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.editing import edit
from vectors.generate.encoder import Value
from vectors.generate.expectations import transaction_json
from vectors.generate.fixtures import TRUST, trusted
from vectors.generate.keys import ANS
from vectors.generate.messages import certificate, challenge, sha256
from vectors.generate.terminal_visit import CO_SIGNED
from vectors.generate.terminals import CHALLENGE, CO_SIGN, PHARMACY, SHEET, TERMINAL
from vectors.generate.visit import Visit

BASE, BASE_2, NO_CODE_ID = ("care-sheet/accepted/" + name for name in ("suite-1", "suite-2", "no-code"))
VERIFICATIONS = ("none", "device-unlock", "biometric", "code")


@dataclass(frozen=True)
class Sheet:
    """A presentation, the challenge that it answers, and the care sheet; unlike `Visit.asked`, each as it arrives."""

    visit: Visit = CO_SIGNED
    asked: Value = field(default_factory=lambda: CO_SIGN.claims)
    certified: Value = field(default_factory=lambda: PHARMACY)
    at_certificate: Mapping[str, Any] = field(default_factory=dict)
    at_challenge: Mapping[str, Any] = field(default_factory=dict)
    answered: bool = False
    """Whether the presentation is made for the challenge as it stands here, not for the fixture's."""
    sheet: bytes = SHEET
    trust: bytes = TRUST
    environment: str = "production"

    @property
    def challenge(self) -> bytes:
        """With the certificate that is said, where it is not the fixture's."""
        claims = self.asked
        if self.certified != PHARMACY or self.at_certificate:
            signed = replace(certificate(self.certified, ANS), **self.at_certificate).encode()
            claims = edit(claims, (CHALLENGE, 1), signed)
        return replace(challenge(claims, CO_SIGN.key), **self.at_challenge).encode()

    @property
    def presentation(self) -> bytes:
        """As it is kept: opened."""
        visit = replace(self.visit, context=sha256(self.challenge)) if self.answered else self.visit
        return visit.bytes_change(visit.presentation.encode())

    def to_json(self) -> dict[str, Json]:
        """The input."""
        return {
            "presentation": self.presentation.hex(),
            "challenge": self.challenge.hex(),
            "sheet": self.sheet.hex(),
            **trusted(self.trust, self.environment),
        }

    def with_asked(self, path: tuple[Any, ...], value: Any) -> Sheet:
        """One place of the challenge's claims changed."""
        return replace(self, asked=edit(self.asked, path, value))

    def with_certified(self, path: tuple[Any, ...], value: Any) -> Sheet:
        """One place of the certificate's claims changed."""
        return replace(self, certified=edit(self.certified, path, value))

    def with_visit(self, **changed: Any) -> Sheet:
        """The presentation changed."""
        return replace(self, visit=replace(self.visit, **changed))


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    sheet: Sheet,
    *flags: str,
    stages: Mapping[str, Json] | None = None,
    delegate: Json = None,
) -> Case:
    """The patient's signature on that sheet, or a delegate's for them."""
    card: Any = sheet.visit.card
    shown: Any = sheet.visit.claims
    certified: Any = sheet.certified
    asked: Any = sheet.asked
    transaction = transaction_json(asked[CHALLENGE][6])
    assert transaction is not None
    expect: dict[str, Json] = {
        "issuer": card[1],
        "alias": card[-65537][2].hex(),
        "user_verification": VERIFICATIONS[shown[-65538][1]],
        "terminal": certified[TERMINAL][2].hex(),
        "at": asked[6],
        "line": transaction["line"],
        "amount": transaction["amount"],
        "delegate": delegate,
    }
    return Case(
        f"care-sheet/accepted/{slug}", rules, comment, sheet.to_json(), expect, flags=flags, stages=stages or {}
    )


def refused(slug: str, rules: tuple[str, ...], comment: str, sheet: Sheet, *flags: str, base: str = BASE) -> Case:
    """No proof; the code is the first part of `slug`."""
    return Case(f"care-sheet/{slug}", rules, comment, sheet.to_json(), slug.partition("/")[0], base, flags)
