"""What the cases of `status-list` share."""

from __future__ import annotations

from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Value
from vectors.generate.fixtures import (
    LIST_NUMBER,
    TRUST,
    VALID,
    status_claims,
    trusted,
)
from vectors.generate.keys import CNAM_STATUS, Ed25519Key
from vectors.generate.messages import status_list

CLAIMS = status_claims()


def given(data: bytes, idx: int = VALID, trust: bytes = TRUST) -> dict[str, Json]:
    """The input."""
    return {"bytes": data.hex(), **trusted(trust), "idx": idx}


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    claims: Any,
    value: int | None,
    size: int,
    *flags: str,
    idx: int = VALID,
    key: Ed25519Key = CNAM_STATUS,
    issuer: str = "fr-cnam",
    number: int = LIST_NUMBER,
    trust: bytes = TRUST,
) -> Case:
    """A status list that is accepted; `value` is what it says at `idx`."""
    expect: dict[str, Json] = {"issuer": issuer, "list": number, "size": size, "status": value}
    data = status_list(claims, key).encode()
    return Case(f"status-list/accepted/{slug}", rules, comment, given(data, idx, trust), expect, flags=flags)


def refused(
    slug: str,
    code: str,
    rules: tuple[str, ...],
    comment: str,
    data: bytes,
    *flags: str,
    base: str = "valid",
    trust: bytes = TRUST,
) -> Case:
    """A status list that is not."""
    given_here = given(data, trust=trust)
    return Case(
        f"status-list/status-list-{code}/{slug}",
        rules,
        comment,
        given_here,
        f"status-list-{code}",
        f"status-list/accepted/{base}",
        flags,
    )


def sealed(claims: Value, key: Ed25519Key = CNAM_STATUS) -> bytes:
    """Signed claims."""
    return status_list(claims, key).encode()
