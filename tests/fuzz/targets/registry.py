"""All targets, by name. A new parser takes one entry in ``parsers`` and a new layer one line in ``layers``; tests see to it."""

from __future__ import annotations

from typing import Final

from tests.fuzz.targets import (
    differential,
    files,
    insurer,
    layers,
    lists,
    mirror,
    parsers,
    phone,
    served,
    stores,
    texts,
    verifier,
    wallet,
)
from tests.fuzz.targets.contract import Target

FAMILIES: Final[dict[str, tuple[Target, ...]]] = {
    "parsers": (*parsers.TARGETS, *lists.TARGETS, *texts.TARGETS),
    "verifier": verifier.TARGETS,
    "phone": (*phone.TARGETS, *wallet.TARGETS),
    "insurer": insurer.TARGETS,
    "mirror": mirror.TARGETS,
    "layers": layers.TARGETS,
    "files": (*files.TARGETS, *served.TARGETS),
    "stores": stores.TARGETS,
    "differential": differential.TARGETS,
}

TARGETS: Final[dict[str, Target]] = {target.name: target for family in FAMILIES.values() for target in family}
