"""Visits in which somebody acts for the beneficiary: with a grant, or with a card lent through the issuer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.editing import edit
from vectors.generate.encoder import Value
from vectors.generate.expectations import result
from vectors.generate.fixtures import CAMILLE, ZOE, Claims
from vectors.generate.keys import CODE_1, CODE_2, PHONE_1, PHONE_2, DeviceKey, Ed25519Key, derive
from vectors.generate.lending import (
    DELEGATE_1,
    DELEGATE_2,
    DELEGATE_CODE_1,
    DELEGATE_CODE_2,
    GRANT,
    LENT_1,
    LENT_2,
    grant,
    grant_claims,
)
from vectors.generate.terminal_visit import answering, at_counter
from vectors.generate.terminals import IDENTIFY
from vectors.generate.visit import SUITE_1, SUITE_2, Visit, refused

MINE = -65538
LEVELS = ("open", "audience", "challenge")
SUITES = (1, 2)


@dataclass(frozen=True)
class Loan:
    """A grant, and the presentation in which the delegate's phone shows it. The grant is of the card as it comes to be."""

    base: Visit
    """Without the grant."""
    message: Double

    @property
    def visit(self) -> Visit:
        """With it."""
        return self.showing(replace(self.message, about=self.base.credential).encode())

    def showing(self, granted: Value) -> Visit:
        """With this in place of the grant."""
        return self.base.with_claims((MINE, 5), granted)

    def at(self, change: Callable[[Visit], Visit]) -> Loan:
        """The visit changed."""
        return replace(self, base=change(self.base))

    def granting(self, path: tuple[Any, ...], new: Any) -> Loan:
        """One place of the grant's claims changed."""
        return replace(self, message=replace(self.message, claims=edit(self.message.claims, path, new)))

    def having(self, **parts: Any) -> Loan:
        """Other parts of the grant."""
        return replace(self, message=replace(self.message, **parts))


def _at_level(visit: Visit, level: str, name: str) -> Visit:
    if level == "audience":
        return at_counter(name, visit=visit)
    if level == "challenge":
        return answering(IDENTIFY, name, visit)
    claims: Any = visit.claims
    return replace(visit, claims={**claims, 7: derive(f"fixture/visit/{name}", "cti", 8)})


def _phone(suite: int) -> tuple[DeviceKey, Ed25519Key]:
    return (DELEGATE_1, DELEGATE_CODE_1) if suite == 1 else (DELEGATE_2, DELEGATE_CODE_2)


def loan(grantor: int = 1, delegate: int = 1, level: str = "open") -> Loan:
    """A card of one suite, lent offline to a phone of another."""
    device, code = _phone(delegate)
    visit = replace(SUITE_1 if grantor == 1 else SUITE_2, device=device, code=code, delegates=True)
    keys: tuple[DeviceKey, Ed25519Key] = (PHONE_1, CODE_1) if grantor == 1 else (PHONE_2, CODE_2)
    message = grant(grant_claims(device, code), b"", *keys)
    return Loan(_at_level(visit, level, f"lent-{grantor}-{delegate}-{level}"), message)


def by_issuer(suite: int = 1, level: str = "open", claims: Claims | None = None) -> Visit:
    """A card lent through the issuer, shown by the delegate's phone."""
    device, code = _phone(suite)
    card = claims or (LENT_1 if suite == 1 else LENT_2)
    visit = replace(SUITE_1, card=card, device=device, code=code, delegates=True)
    return _at_level(visit, level, f"lent-by-issuer-{suite}-{level}")


def lent_result(lent: Loan, **differs: Json) -> dict[str, Json]:
    """RESULT of a presentation with a grant."""
    claims: Any = lent.message.claims
    card = ZOE if lent.base.card is ZOE else CAMILLE
    delegate: dict[str, Json] = {"name": claims[GRANT][2], "way": "grant", "until": claims[4]}
    level = LEVELS[lent.base.binding]
    return result(card, **{"binding": level, "sealed": level == "challenge", "delegate": delegate, **differs})


def lent_id(grantor: int = 1, delegate: int = 1, level: str = "open") -> str:
    """The accepted case of a grant."""
    return f"verify/accepted/lent/suite-{grantor}-to-{delegate}/{level}"


def issuer_id(suite: int = 1, level: str = "open") -> str:
    """The accepted case of a card lent through the issuer."""
    return f"verify/accepted/lent-by-issuer/suite-{suite}/{level}"


LOAN = loan()
BY_ISSUER = by_issuer()
ID, ISSUER_ID = lent_id(), issuer_id()


def lent_refused(
    slug: str, comment: str, visit: Visit, *flags: str, rules: tuple[str, ...] = (), base: str = ID
) -> Case:
    """A refusal of a visit in which somebody acts."""
    steps = {"claims-structure": "V4", "device-signature": "V9", "code-signature": "V10", "algorithm-mismatch": "V5"}
    step = steps.get(slug.partition("/")[0], "V8")
    return refused(slug, (step, *rules), comment, visit, *flags, base=base)
