"""Layer `status-sync`: the snapshot that is found, N1 to N6. What is held does not help, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.encoder import encode
from vectors.generate.fixtures import DAY, HOUR, NOW
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import detached
from vectors.generate.mldsa import CNAM_SECOND
from vectors.generate.snapshots import (
    DAYS,
    SNAPSHOT,
    TODAYS,
    TRUST_SECOND,
    changes,
    delta_claims,
    made_at,
    published,
    snapshot_claims,
)
from vectors.generate.sync_case import FULL, YESTERDAY, Sync, accepted, held_on, refused


def snapshot_found_cases() -> Iterator[Case]:
    older = replace(YESTERDAY, claims=snapshot_claims(42), lists=DAYS[42], deltas=(), found=published(DAYS[42], 42))
    same_number = {**snapshot_claims(43), 4: NOW + 9 * DAY}
    held_at = made_at(TODAYS - 1)
    greatest = edit(snapshot_claims(42), (SNAPSHOT, 1), 4294967295)
    rows: tuple[tuple[str, str, str, Sync], ...] = (
        ("snapshot-structure/unknown-key", "N1", "an unlisted key", replace(YESTERDAY, claims={**snapshot_claims(), 99: 0})),
        ("snapshot-structure/empty", "N1", "no byte at all", replace(YESTERDAY, snapshot=b"")),
        ("snapshot-structure/held-cut", "N1", "the one held, its last byte missing", replace(YESTERDAY, snapshot=_cut())),
        ("snapshot-issuer/stranger", "N2", "signed with a key of another use", replace(YESTERDAY, signers=(CNAM_SECOND,))),
        ("snapshot-signature/of-held", "N3", "today's content with the signature of yesterday's",
         replace(YESTERDAY, snapshot=_moved())),
        ("snapshot-post-quantum/none", "N4", "a second signature is required, and only the one held has it",
         replace(YESTERDAY, held=replace(held_on(43), signers=(CNAM_STATUS, CNAM_SECOND)), trust=TRUST_SECOND,
                 post_quantum=True)),
        ("snapshot-rollback/older", "N5", "the snapshot of the day before the one held, with its lists", older),
        ("snapshot-rollback/same-number", "N5", "the number of the one held, dated to be valid longer",
         replace(YESTERDAY, claims=same_number, lists=DAYS[43], found=published(DAYS[43], 43))),
        ("snapshot-rollback/iat-second-before", "N5", "the number after the one held, made a second before it",
         replace(YESTERDAY, claims={**snapshot_claims(), 6: held_at - 1, 4: held_at + DAY})),
        ("snapshot-rollback/iat-day-before", "N5", "the greatest number there is, over the lists of the day before the one held",
         replace(YESTERDAY, claims=greatest, lists=DAYS[42], deltas=(), found=published(DAYS[42], 42))),
        ("snapshot-not-yet-valid/301", "N6", "made 301 seconds after now",
         replace(YESTERDAY, now=snapshot_claims()[6] - 301)),
    )  # fmt: skip
    for slug, step, comment, sync in rows:
        yield refused(slug, (step, "SNAP-2"), comment, replace(sync, found=sync.found or FULL))
    early = replace(YESTERDAY, held=None, deltas=(), now=snapshot_claims()[6] - 301)
    yield refused(
        "snapshot-not-yet-valid/before-snapshot-list", ("N6", "VERIFY-1"), "also no list", early, "order",
        base="status-sync/accepted/first-time",
    )  # fmt: skip
    same_second = {**snapshot_claims(), 6: held_at}
    there = delta_claims(snapshot_claims(43), same_second, changes(DAYS[43], DAYS[TODAYS]))
    yield accepted(
        "accepted/same-iat", ("N5",), "the number after the one held, made in the same second",
        replace(YESTERDAY, claims=same_second).with_delta(there), "boundary",
    )  # fmt: skip
    at = snapshot_claims()[6] - 300
    yield accepted(
        "accepted/300-ahead", ("N6",), "made 300 seconds after now", replace(YESTERDAY, now=at), "boundary", "clock"
    )
    late = replace(YESTERDAY, now=NOW + 10 * DAY + HOUR)
    yield accepted(
        "accepted/expired", ("N6", "STATUS-4"), "the new snapshot has expired already: that is V13's", late, "clock"
    )


def _cut() -> bytes:
    return bytes.fromhex(str(held_on(43).to_json()["snapshot"]))[:-1]


def _moved() -> bytes:
    """Today's content under yesterday's signature."""
    yesterday = detached(encode(snapshot_claims(43)), CNAM_STATUS, "status-snapshot")
    return encode([encode(snapshot_claims()), [yesterday]])
