"""What the cases of `snapshot` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import Value
from vectors.generate.fixtures import NOW, TRUST, trusted
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import SigningKey, aad, header_of, sig_structure
from vectors.generate.snapshots import SNAPSHOT, digest_of, signed, snapshot_claims

CLAIMS = snapshot_claims()
Newest = tuple[int, bytes, int]
"""Of the newest snapshot accepted: sequence number, digest, iat; 0 and no digest where the trust list no longer gives its key."""


def given(
    data: bytes,
    trust: bytes = TRUST,
    newest: Newest | None = None,
    now: int = NOW,
    post_quantum: bool = False,
) -> dict[str, Json]:
    """The input of a case."""
    mark: Json = None
    if newest is not None:
        sequence, digest, iat = newest
        mark = {"sequence": sequence, "digest": digest.hex(), "iat": iat}
    return {
        "bytes": data.hex(),
        **trusted(trust),
        "post_quantum": post_quantum,
        "newest": mark,
        "now": now,
    }


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    claims: Any = CLAIMS,
    data: bytes | None = None,
    *flags: str,
    stages: Mapping[str, Json] | None = None,
    **inputs: Any,
) -> Case:
    """A snapshot that is accepted."""
    content = claims[SNAPSHOT]
    expect: dict[str, Json] = {
        "issuer": claims[1],
        "sequence": content[1],
        "iat": claims[6],
        "lists": [[number, size] for number, size, _ in content[2]],
        "digest": digest_of(claims).hex(),
    }
    message = signed(claims) if data is None else data
    return Case(
        f"snapshot/accepted/{slug}", rules, comment, given(message, **inputs), expect, flags=flags, stages=stages or {}
    )


def refused(
    slug: str, rules: tuple[str, ...], comment: str, data: bytes, *flags: str, base: str = "snapshot", **inputs: Any
) -> Case:
    """A snapshot that is not; the code is the first part of `slug`."""
    code = slug.partition("/")[0]
    return Case(f"snapshot/{slug}", rules, comment, given(data, **inputs), code, f"snapshot/accepted/{base}", flags)


def stages_of(claims: Value, content: bytes, keys: Sequence[SigningKey] = (CNAM_STATUS,)) -> dict[str, Json]:
    """Intermediate values."""
    names = ("snapshot_sig_structure", "second_sig_structure")
    layers = [sig_structure(header_of(key), aad("status-snapshot"), content).hex() for key in keys]
    return {
        "snapshot_claims": stage(claims),
        **{name: {"hex": layer} for name, layer in zip(names, layers, strict=False)},
    }
