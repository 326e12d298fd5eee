"""What the cases of `trust-list` share."""

from __future__ import annotations

from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Value
from vectors.generate.fixtures import (
    ROOT_SET,
    signed_trust,
)

STRUCTURE = "trust-list-structure"


def given(data: bytes, environment: str = "production", newest: int = 0, roots: Json = None) -> dict[str, Json]:
    """The input."""
    return {"bytes": data.hex(), "roots": roots or ROOT_SET, "environment": environment, "newest_version": newest}


def accepted(
    slug: str, rules: tuple[str, ...], comment: str, claims: Any, data: bytes | None = None, *flags: str, **inputs: Any
) -> Case:
    """A trust list that is accepted."""
    expect = {"version": claims[1], "exp": claims[3], "issuers": [issuer[1] for issuer in claims[6]]}
    return Case(
        f"trust-list/accepted/{slug}",
        rules,
        comment,
        given(data or signed_trust(claims), **inputs),
        expect,
        flags=flags,
    )


def refused(
    slug: str,
    code: str,
    rules: tuple[str, ...],
    comment: str,
    data: bytes,
    base: str = "list",
    *flags: str,
    **inputs: Any,
) -> Case:
    """A trust list that is not; `slug` is below the code."""
    return Case(
        f"trust-list/{code}/{slug}", rules, comment, given(data, **inputs), code, f"trust-list/accepted/{base}", flags
    )


def shown(value: Value) -> str:
    """A value in a comment."""
    match value:
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return f"{len(value)} characters, {len(value.encode())} bytes"
        case [int(), *_]:
            return str(value)
        case list() | tuple():
            return f"{len(value)} of them"
    return str(value)
