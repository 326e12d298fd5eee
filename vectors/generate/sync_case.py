"""What the cases of `status-sync` share: what a terminal holds, what it finds, and what it has in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import Value
from vectors.generate.fixtures import NOW, TRUST, trusted
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import SigningKey, delta
from vectors.generate.snapshots import (
    DAYS,
    TODAYS,
    Lists,
    changes,
    day_delta,
    delta_claims,
    entry,
    published,
    signed,
    snapshot_claims,
)

LOOK_UP: tuple[tuple[int, int], ...] = (
    (3, 17), (3, 18), (3, 19), (3, 20), (3, 200), (3, 299), (3, 300), (7, 0), (7, 64), (7, 79), (7, 80), (4, 0),
)  # fmt: skip
BASE = "status-sync/accepted/one-delta"


@dataclass(frozen=True)
class Held:
    """What the terminal has: a snapshot and its lists."""

    claims: Any
    lists: Lists
    signers: tuple[SigningKey, ...] = (CNAM_STATUS,)

    def to_json(self) -> dict[str, Json]:
        """As input."""
        lists = {str(number): content.hex() for number, content in sorted(self.lists.items())}
        return {"snapshot": signed(self.claims, *self.signers).hex(), "lists": lists}


def held_on(sequence: int) -> Held:
    """All of a day."""
    return Held(snapshot_claims(sequence), DAYS[sequence])


@dataclass(frozen=True)
class Sync:
    """One update of one issuer's lists: from yesterday's to today's, unless said otherwise."""

    held: Held | None = field(default_factory=lambda: held_on(TODAYS - 1))
    claims: Any = field(default_factory=snapshot_claims)
    """Of the snapshot that is found."""
    lists: Lists = field(default_factory=lambda: DAYS[TODAYS])
    """What it is about."""
    signers: tuple[SigningKey, ...] = (CNAM_STATUS,)
    snapshot: bytes | None = None
    """Stands in place of the one made from the claims."""
    deltas: Sequence[bytes] = field(default_factory=lambda: (day_delta(TODAYS),))
    found: Sequence[bytes] = ()
    """Status lists."""
    look_up: Sequence[tuple[int, int]] = LOOK_UP
    trust: bytes = TRUST
    post_quantum: bool = False
    now: int = NOW

    def to_json(self) -> dict[str, Json]:
        """The input."""
        message = signed(self.claims, *self.signers) if self.snapshot is None else self.snapshot
        return {
            "held": None if self.held is None else self.held.to_json(),
            "snapshot": message.hex(),
            "deltas": [data.hex() for data in self.deltas],
            "lists": [data.hex() for data in self.found],
            "look_up": [list(asked) for asked in self.look_up],
            **trusted(self.trust),
            "post_quantum": self.post_quantum,
            "now": self.now,
        }

    def statuses(self) -> list[Json]:
        """What the terminal answers when it has the lists of the snapshot."""
        out: list[Json] = []
        for number, index in self.look_up:
            content = self.lists.get(number, b"")
            out.append(entry(content, index) if index < 4 * len(content) else None)
        return out

    def with_delta(self, claims: Value, key: Any = CNAM_STATUS, **parts: Any) -> Sync:
        """One delta of these claims; parts of its Sign1 can be exchanged."""
        return replace(self, deltas=(replace(delta(claims, key), **parts).encode(),))

    def leading_to(self, lists: Lists, changed: Sequence[Value] | None = None, **content: Any) -> Sync:
        """Another content of today's lists, with its snapshot and one delta there; by default of what changed."""
        claims = snapshot_claims(lists=lists)
        before = self.held
        assert before is not None
        moved = changes(before.lists, lists) if changed is None else changed
        return replace(self, claims=claims, lists=lists, **content).with_delta(
            delta_claims(before.claims, claims, moved)
        )

    @property
    def sequence(self) -> int:
        """Of the snapshot found."""
        number: int = self.claims[-65542][1]
        return number


YESTERDAY = Sync()
FULL = published(DAYS[TODAYS])


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    sync: Sync,
    *flags: str,
    by: str = "deltas",
    delta: str | None = None,
    stages: Mapping[str, Json] | None = None,
) -> Case:
    """An update that is taken; `delta` is the code for which the deltas were not."""
    expect: dict[str, Json] = {"by": by, "sequence": sync.sequence, "statuses": sync.statuses(), "delta": delta}
    return Case(f"status-sync/{slug}", rules, comment, sync.to_json(), expect, flags=flags, stages=stages or {})


def fallen_back(slug: str, rules: tuple[str, ...], comment: str, sync: Sync, *flags: str) -> Case:
    """The deltas are not taken, the lists are; the code is the first part of `slug`."""
    found = sync.found or published(sync.lists)
    return accepted(
        slug, (*rules, "DELTA-2"), comment, replace(sync, found=found), *flags, by="lists", delta=slug.partition("/")[0]
    )


def refused(slug: str, rules: tuple[str, ...], comment: str, sync: Sync, *flags: str, base: str = BASE) -> Case:
    """Nothing is taken; the code is the first part of `slug`."""
    return Case(f"status-sync/{slug}", rules, comment, sync.to_json(), slug.partition("/")[0], base, flags)


def delta_stages(claims: Value) -> dict[str, Json]:
    """Intermediate values of a delta."""
    layer = delta(claims, CNAM_STATUS)
    return {
        "delta_claims": stage(claims),
        "delta_sig_structure": {"hex": layer.to_be_signed.hex()},
        "delta": {"hex": layer.encode().hex()},
    }
