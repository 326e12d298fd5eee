"""Python against the second implementation: cases of the vectors with hostile bytes in them, in batches, to both."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.fuzz.engine.box import Box, Count
from tests.fuzz.engine.worker import FOUND, mutations_of, save
from tests.fuzz.targets.contract import Finding, NotAnInput
from tests.fuzz.targets.layers import FIELDS, layer
from tests.fuzz.targets.registry import TARGETS
from tests.interop.second import FOLDER, NODE, answers
from vitaletoken import conformance

NAME: Final = "javascript"
#: Cases that go to the second implementation at once: it takes a while to start.
BATCH: Final = 500
#: Of cases of these layers, so many as of one of the others: they are what a visit is.
_FAVOURED: Final = {"verify": 4, "review": 3, "cbor": 2}
#: What JSON cannot carry is not compared.
_SURROGATES: Final = range(0xD800, 0xE000)

Json = Any


def is_there() -> bool:
    """Whether the second implementation can run here."""
    return NODE is not None and (FOLDER / "node_modules").is_dir()


def cases(seed: object) -> Iterator[tuple[str, bytes, Json]]:
    """The target, the input, and the case that it is, without end."""
    rng = random.Random(f"{NAME} {seed}")
    names = [name for name in FIELDS for _ in range(_FAVOURED.get(name, 1))]
    streams = {name: mutations_of(TARGETS[f"layer-{name}"], (NAME, seed)) for name in FIELDS}
    while True:
        name = rng.choice(names)
        data = next(streams[name])
        try:
            given = layer(name).case(data)
        except NotAnInput:
            continue
        if not _has_surrogates(given):
            yield f"layer-{name}", data, {"layer": name, "input": given}


def _has_surrogates(given: Json) -> bool:
    texts = [value for value in given.values() if isinstance(value, str)]
    return any(not text.isascii() and any(ord(character) in _SURROGATES for character in text) for text in texts)


def compare(batch: list[tuple[str, bytes, Json]]) -> Iterator[Finding]:
    """What the two do not agree on."""
    numbered = [{"id": str(number), **case} for number, (_, _, case) in enumerate(batch)]
    theirs = answers(numbered)
    for case, (target, data, _) in zip(numbered, batch, strict=True):
        ours = json.loads(json.dumps(conformance.run(case)))
        if ours != theirs.get(case["id"]):
            said = json.dumps([ours, theirs.get(case["id"])])[:400]
            yield Finding(target, data, f"Python and JavaScript differ: {said}")


def work(until: Callable[[], bool], seed: object, box: Box, findings: Path) -> int:
    """Batches until ``until`` says so, or until there is a finding. Gives the exit status."""
    source, done = cases(seed), 0
    while not until():
        found = list(compare([next(source) for _ in range(BATCH)]))
        done += BATCH
        box.end(Count(done))
        for finding in found:
            save(findings, finding)
        if found:
            return FOUND
    return 0
