"""What the cases of `trust-list` share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import (
    ROOT_SET,
    signed_trust,
)
from vectors.generate.messages import sha256

STRUCTURE = "trust-list-structure"


def given(
    data: bytes,
    environment: str = "production",
    newest: tuple[int, bytes] | None = None,
    roots: Json = None,
    post_quantum: bool = False,
) -> dict[str, Json]:
    """The input; `newest` is version and digest of the newest list accepted."""
    return {
        "bytes": data.hex(),
        "roots": roots or ROOT_SET,
        "environment": environment,
        "newest": None if newest is None else {"version": newest[0], "digest": newest[1].hex()},
        "post_quantum": post_quantum,
    }


def read(claims: Any) -> dict[str, Json]:
    """What an accepted trust list says."""
    return {
        "version": claims[1],
        "exp": claims[3],
        "issuers": [issuer[1] for issuer in claims[6]],
        "digest": sha256(encode(claims)).hex(),
    }


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    claims: Any,
    data: bytes | None = None,
    *flags: str,
    stages: Mapping[str, Json] | None = None,
    **inputs: Any,
) -> Case:
    """A trust list that is accepted."""
    return Case(
        f"trust-list/accepted/{slug}",
        rules,
        comment,
        given(data or signed_trust(claims), **inputs),
        read(claims),
        flags=flags,
        stages=stages or {},
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
