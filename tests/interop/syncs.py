"""What a terminal holds of an issuer and what it finds at a mirror, put together in every way.

All randomness is the mirror's, so that each run is the same.
"""

from __future__ import annotations

from tests import forge
from tests.interop.mirror import SEQUENCES, Lists, Mirror
from tests.interop.roots import Input
from tests.world import DAY, NOW

#: Until then two more keys of the issuer count.
KEYS_END = NOW - 3 * DAY


class Syncs:
    """Inputs for the layers status-sync and snapshot."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror, self.rng = mirror, mirror.rng

    def one(self) -> Input:
        rng, mirror = self.rng, self.mirror
        to = rng.choice(SEQUENCES)
        held = None if rng.random() < 0.2 else min(max(1, to - rng.choice((0, 1, 1, 2, 3, -1))), SEQUENCES[-1])
        snapshot, ahead = (None, 0) if held is None else self._held_snapshot(held, to)
        # What is held was accepted, so it is not ahead of the clock.
        now = max(NOW if rng.random() < 0.6 else mirror.made_at(to) - rng.choice((300, 301)), ahead - 300)
        found = mirror.snapshots[to] if rng.random() < 0.75 else mirror.wrong_snapshot(to)
        needed = mirror.states[to]
        if held and rng.random() < 0.4:  # SYNC-3
            needed = {
                number: entries for number, entries in needed.items() if entries != mirror.states[held].get(number)
            }
        look_up = [[number, rng.choice((0, rng.randrange(100), 1_048_575))] for number in (0, 5, 6, 700, 4000)]
        return {
            **mirror.roots.trust,
            "held": snapshot and {"snapshot": snapshot.hex(), "lists": self._held_lists(held or 1)},
            "snapshot": found.hex(),
            "deltas": [each.hex() for each in (self._deltas(held or 1, to) if rng.random() < 0.9 else [])],
            "lists": [each.hex() for each in self._files(needed)],
            "look_up": look_up,
            "post_quantum": rng.random() < 0.5,
            "now": now,
        }

    def snapshot(self) -> Input:
        """Against the newest one accepted before, of a key that is given or, with the number 0, of one that is no longer."""
        rng, mirror = self.rng, self.mirror
        to = rng.choice(SEQUENCES)
        sequence = rng.choice((0, to - 1, to, to, to + 1))
        digest = forge.payload_digest(mirror.snapshots[sequence]) if sequence in SEQUENCES else rng.randbytes(32)
        newest = {
            "sequence": sequence,
            "digest": (digest if rng.random() < 0.8 else rng.randbytes(32)).hex() if sequence else "",
            "iat": mirror.made_at(to) + rng.choice((-DAY, -1, 0, 0, 1)),
        }
        return {
            **mirror.roots.trust,
            "bytes": (mirror.snapshots[to] if rng.random() < 0.6 else mirror.wrong_snapshot(to)).hex(),
            "newest": newest if rng.random() < 0.8 else None,
            "post_quantum": rng.random() < 0.5,
            "now": NOW if rng.random() < 0.6 else mirror.made_at(to) - rng.choice((300, 301)),
        }

    # --- what is held

    def _held_snapshot(self, sequence: int, to: int) -> tuple[bytes, int]:
        """Of that moment, and when it was made; at times by another key, and dated or numbered ahead."""
        rng, mirror, roots = self.rng, self.mirror, self.mirror.roots
        if rng.random() < 0.8:
            return mirror.snapshots[sequence], mirror.made_at(sequence)
        iat = mirror.made_at(rng.choice((sequence, to))) + rng.choice((-1, 0, 0, 1))
        number = rng.choice((sequence, to, to + 1, 99))
        edit = forge.both(forge.put((6,), iat), forge.put((4,), iat + 7 * DAY), forge.put((forge.SNAPSHOT, 1), number))
        # Each of which the trust list gives for that iat.
        signers = [roots.issuer, roots.withdrawn, roots.ended] if iat < KEYS_END else [roots.issuer]
        return mirror.snapshot(sequence, edit, [rng.choice(signers), roots.second]), iat

    def _held_lists(self, sequence: int) -> dict[str, str]:
        return {str(number): entries.hex() for number, entries in self.mirror.states[sequence].items()}

    # --- what is found

    def _deltas(self, start: int, to: int) -> list[bytes]:
        """A way from one to the other, at times one that does not lead there."""
        rng, mirror, found = self.rng, self.mirror, []
        while start < to:
            step = min(start + rng.choice((1, 1, 2)), to)
            make = mirror.delta if rng.random() < 0.85 else mirror.wrong_delta
            found.append(make(start, step))
            start = step
        if found and rng.random() < 0.1:
            rng.choice((found.reverse, found.pop, lambda: found.insert(0, found[-1])))()
        return found

    def _files(self, state: Lists) -> list[bytes]:
        """The lists, at times one wrong, missing, of another day, or too many."""
        rng, mirror = self.rng, self.mirror
        files = {number: mirror.status_list(entries, number) for number, entries in state.items()}
        if files and rng.random() < 0.3:
            number = rng.choice(sorted(files))
            entries = rng.choice((state[number], mirror.churn(state[number]), state[number] + b"\0"))
            make = rng.choice((mirror.status_list, mirror.wrong_status_list))
            files[number] = make(entries, number)
        found = list(files.values())
        if found and rng.random() < 0.1:
            rng.choice((found.pop, found.clear, lambda: found.append(rng.randbytes(9)), found.reverse))()
        return found
