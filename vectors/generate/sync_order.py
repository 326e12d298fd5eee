"""Layer `status-sync`, VERIFY-1 over several deltas: each step for all of them before the next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.encoder import Value
from vectors.generate.keys import CNAM_STATUS, STRANGER
from vectors.generate.messages import delta
from vectors.generate.snapshots import DAYS, changes, day_delta, day_to_day, delta_claims, gaps, snapshot_claims
from vectors.generate.sync_case import YESTERDAY, fallen_back, held_on

BEYOND: Value = [7, [[1, gaps([80])]]]


def several_cases() -> Iterator[Case]:
    """Two deltas; the first has the fault of a later step than the second."""
    two = replace(YESTERDAY, held=held_on(42))
    before, between, today = snapshot_claims(42), snapshot_claims(43), snapshot_claims()
    first, moved = changes(DAYS[42], DAYS[43]), changes(DAYS[43], DAYS[44])
    elsewhere = {**between, 4: between[4] + 1}
    unsigned = replace(delta(day_to_day(43), CNAM_STATUS), signature=bytes(64)).encode()
    from_elsewhere = delta(delta_claims({**before, 4: before[4] + 1}, between, first), CNAM_STATUS).encode()
    beyond = delta(delta_claims(before, between, [BEYOND]), CNAM_STATUS).encode()
    cut = day_delta(44)[:-1]
    by_stranger = delta(day_to_day(44), STRANGER).encode()
    not_joined = delta(delta_claims(elsewhere, today, moved), CNAM_STATUS).encode()
    rows: tuple[tuple[str, str, str, str, bytes, bytes], ...] = (
        ("delta-structure", "delta-signature", "D1", "the second is cut; the first has 64 zero bytes", unsigned, cut),
        ("delta-structure", "delta-chain", "D1", "the second is cut; the first starts from another payload", from_elsewhere, cut),
        ("delta-structure", "delta-content", "D1", "the second is cut; an index of the first is beyond its list", beyond, cut),
        ("delta-signature", "delta-chain", "D2", "the second is a stranger's; the first starts from another payload",
         from_elsewhere, by_stranger),
        ("delta-signature", "delta-content", "D2", "the second is a stranger's; an index of the first is beyond its list",
         beyond, by_stranger),
        ("delta-chain", "delta-content", "D3", "the second starts from another payload; an index of the first is beyond its list",
         beyond, not_joined),
    )  # fmt: skip
    for code, later, step, comment, one, other in rows:
        yield fallen_back(
            f"{code}/of-second-before-{later}-of-first", (step, "VERIFY-1"), f"of two deltas {comment}",
            replace(two, deltas=(one, other)), "order",
        )  # fmt: skip
