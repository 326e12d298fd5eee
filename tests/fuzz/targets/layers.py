"""One target for each layer of the vectors that takes bytes from outside: the steps of the specification's tables, by way of
the door that the vectors use. A new layer takes one line in ``FIELDS`` or in ``WITHOUT``; a test says so when it is missing.

What these targets make are cases in the vectors' own form, so that the second implementation can be given them too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache, partial
from typing import Final

from tests.fuzz.targets import envelope, vectors
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.envelope import Part
from tests.fuzz.targets.vectors import Json, as_bytes, as_value
from vitaletoken.conformance import LAYERS

#: What comes from outside in each layer; the rest of a case is the scene.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "accept": ("credential", "billing"),
    "care-sheet": ("presentation", "challenge", "sheet"),
    "cbor": ("bytes",),
    "credential": ("bytes",),
    "grant": ("text",),
    "introduction": ("text",),
    "keyboard": ("text",),
    "offer": ("bytes",),
    "order": ("bytes", "introduction"),
    "renewal": ("bytes",),
    "request": ("bytes",),
    "review": ("text",),
    "signature": ("message", "signature"),
    "snapshot": ("bytes",),
    "status-list": ("bytes",),
    "status-sync": ("snapshot", "deltas", "lists"),
    "text": ("text",),
    "trust-chain": ("lists",),
    "trust-list": ("bytes",),
    "unlock": ("bytes",),
    "unseal": ("sealed",),
    "verify": ("text",),
}

#: Layers that take no bytes from outside, or are made of others.
WITHOUT: Final[dict[str, str]] = {
    "certify": "production, from the authority's own values",
    "challenge": "production, from the terminal's own values",
    "code": "a code that is typed, of six digits",
    "code-choice": "a code that is typed, of six digits",
    "code-counter": "the phone's own numbers",
    "issue": "production, from the issuer's own values",
    "present": "production, from the phone's own values",
    "scenario": "steps of the layer verify, one after the other",
    "thumbprint": "a key that was read before",
}

#: Greatest input, in bytes: of what a QR carries, and of files. The allowed sizes of files are in ``extremes``.
_QR, _FILE = 4096, 32_768
_FILES: Final = frozenset({"trust-list", "trust-chain", "snapshot", "status-list", "status-sync"})


class Layer:
    """The scenes and the seeds of one layer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fields = FIELDS[name]
        numbers: dict[str, int] = {}
        self.scenes: list[Json] = []
        self.seeds: list[bytes] = []
        for case in sorted(vectors.cases(name), key=lambda case: not vectors.is_accepted(case)):
            scene = {key: value for key, value in case["input"].items() if key not in self.fields}
            known = json.dumps(scene, sort_keys=True)
            if known not in numbers:
                if not vectors.is_accepted(case) and len(numbers) >= 64:
                    continue  # of the scenes in which nothing is accepted, a few
                numbers[known] = len(self.scenes)
                self.scenes.append(case["input"])
            self.seeds.append(envelope.pack(numbers[known], list(self._parts(case["input"]))))

    def _parts(self, given: Json) -> Iterator[Part]:
        for field in self.fields:
            value = given[field]
            if isinstance(value, list):
                yield [as_bytes(field, each) for each in value]
            else:
                yield b"" if value is None else as_bytes(field, value)

    def case(self, data: bytes) -> Json:
        """The input of a case of the vectors. Raises ``NotAnInput``."""
        number, parts = envelope.unpack(data, len(self.scenes))
        scene = self.scenes[number]
        if len(parts) != len(self.fields):
            raise NotAnInput
        given = dict(scene)
        for field, part in zip(self.fields, parts, strict=True):
            if isinstance(part, list) is not isinstance(scene[field], list):
                raise NotAnInput
            if isinstance(part, list):
                given[field] = [as_value(field, each) for each in part]
            else:
                given[field] = as_value(field, part) if part or scene[field] is not None else None
        return given

    def contexts(self, data: bytes) -> list[bytes]:
        """Digests of the certificates and challenges in the case."""
        case = self.case(data)
        terminal = case.get("terminal") or {}
        opened = terminal.get("challenge")
        found = [*terminal.get("certificates", ()), *([opened["bytes"]] if opened else [])]
        if self.name == "care-sheet":
            found.append(case["challenge"])
        return [hashlib.sha256(bytes.fromhex(each)).digest() for each in found]


@cache
def layer(name: str) -> Layer:
    """The layer of that name."""
    return Layer(name)


def run(name: str, data: bytes) -> object:
    """Give an input to a layer."""
    here = layer(name)
    return LAYERS[name](here.case(data))


def _target(name: str) -> Target:
    return Target(
        name=f"layer-{name}",
        run=partial(run, name),
        seeds=lambda: layer(name).seeds,
        max_size=_FILE if name in _FILES else _QR,
        shape=Shape.PARTS,
        contexts=lambda data: layer(name).contexts(data),
        weight=0.5,
    )


TARGETS: Final = tuple(_target(name) for name in FIELDS)
