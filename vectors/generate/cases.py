"""What a case is, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vectors.generate.encoder import Value, diagnostic, encode

Json: TypeAlias = "int | str | bool | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True)
class Case:
    """One vector. `expect` is written as {"error": expect} when it is a string, as {"ok": expect} otherwise."""

    id: str
    rules: tuple[str, ...]
    comment: str
    input: Mapping[str, Json]
    expect: Mapping[str, Json] | str
    base: str | None = None
    flags: tuple[str, ...] = ()
    stages: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert isinstance(self.expect, str) == (self.base is not None), self.id

    def to_json(self) -> dict[str, Json]:
        """The case with its keys in the order in which a person reads it."""
        out: dict[str, Json] = {
            "id": self.id,
            "rules": list(dict.fromkeys(self.rules)),
            "comment": self.comment,
            "flags": sorted(set(self.flags)),
        }
        if self.base is not None:
            out["base"] = self.base
        out["input"] = self.input
        if self.stages:
            out["stages"] = self.stages
        out["expect"] = {"error": self.expect} if isinstance(self.expect, str) else {"ok": self.expect}
        return out


def stage(value: Value) -> dict[str, Json]:
    """An intermediate CBOR value, in both notations."""
    return {"hex": encode(value).hex(), "diagnostic": diagnostic(value)}


def document(layer: str, cases: Iterable[Case]) -> dict[str, Json]:
    """The content of a file."""
    written = [case.to_json() for case in cases]
    assert len({str(case["id"]) for case in written}) == len(written), f"an id stands twice in {layer}"
    return {"layer": layer, "cases": written}
