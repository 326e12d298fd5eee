"""What the cases of `credential` share."""

from __future__ import annotations

from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import Path, edit
from vectors.generate.encoder import Value
from vectors.generate.expectations import credential_json
from vectors.generate.fixtures import Claims
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.messages import credential
from vectors.generate.terminals import ELISE_BILLING

CARD = -65537
FULL: Claims = edit(ELISE_BILLING, (CARD, 10), 1)  # type: ignore[assignment]
"""Every key that there is."""
FULL_ID, SMALL_ID, ZOE_ID = (
    "credential/accepted/every-key",
    "credential/accepted/policyholder",
    "credential/accepted/suite-2",
)


def accepted(slug: str, rules: tuple[str, ...], comment: str, claims: Claims, *flags: str) -> Case:
    """A credential in form."""
    data = credential(claims, CNAM_CARDS).encode()
    return Case(
        f"credential/accepted/{slug}",
        rules,
        comment,
        {"bytes": data.hex()},
        {"claims": credential_json(claims)},
        flags=flags,
    )


def refused(slug: str, rules: tuple[str, ...], comment: str, data: bytes, base: str, *flags: str) -> Case:
    """A credential that is not."""
    return Case(f"credential/{slug}", rules, comment, {"bytes": data.hex()}, "credential-structure", base, flags)


def changed(claims: Any, path: Path, value: Any) -> Claims:
    """Claims with one value changed."""
    return dict(edit(claims, path, value))  # type: ignore[arg-type]


def claims_with(path: Path, value: Any) -> Claims:
    """The full claims with one value changed."""
    return changed(FULL, path, value)


def names_for(claims: Claims, size: int) -> list[Value]:
    """Given names with which the credential of these claims has so many bytes: some of 60 letters, the last with the rest."""
    for count in range(1, 8):
        names: list[Value] = ["x" * 60] * count
        short = size - len(credential(changed(claims, (CARD, 3, 2), [*names, "y" * 30]), CNAM_CARDS).encode())
        if 0 <= short <= 70:
            return [*names, "y" * (30 + short)]
    raise AssertionError
