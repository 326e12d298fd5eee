"""What the cases of `trust-chain` share: trust lists that follow one another, and who signed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.fixtures import DAY, NOW, Claims, trust_claims
from vectors.generate.messages import SigningKey, trust_list
from vectors.generate.roots import FIRST, RootSet
from vectors.generate.trust_case import read


@dataclass(frozen=True)
class Link:
    """One trust list of a chain: made in the week of its version, good for two weeks."""

    version: int
    signers: Sequence[SigningKey]
    own: RootSet = FIRST
    changes: Mapping[int, Any] = field(default_factory=dict)
    raw: bytes | None = None
    """Stands in place of the message."""

    @property
    def claims(self) -> Claims:
        """One issuer only; the chain is about the root keys."""
        made = NOW + (self.version - 10) * 7 * DAY
        issuers = trust_claims()[6][1:]
        return {1: self.version, 2: made, 3: made + 14 * DAY, 4: 0, 5: self.own.claims, 6: issuers, **self.changes}

    @property
    def data(self) -> bytes:
        """The message."""
        return trust_list(self.claims, self.signers) if self.raw is None else self.raw

    def with_claims(self, **changes: Any) -> Link:
        """The same version with other content: `exp`, `iat`, `environment` or `issuers`."""
        keys = {"iat": 2, "exp": 3, "environment": 4, "issuers": 6}
        return replace(self, changes={**self.changes, **{keys[name]: value for name, value in changes.items()}})


Outcome = str | None


def chain(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    steps: Sequence[tuple[Link, Outcome]],
    *flags: str,
    pinned: RootSet = FIRST,
    post_quantum: bool = False,
    environment: str = "production",
) -> Case:
    """One sequence; a string is the code of a refusal."""
    given: dict[str, Json] = {
        "roots": pinned.json,
        "environment": environment,
        "post_quantum": post_quantum,
        "lists": [link.data.hex() for link, _ in steps],
    }
    results: list[Json] = [{"error": code} if code else {"ok": read(link.claims)} for link, code in steps]
    return Case(f"trust-chain/{slug}", rules, comment, given, {"results": results}, flags=("rotation", *flags))
