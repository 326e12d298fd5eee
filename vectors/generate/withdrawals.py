"""TRUST-6 in each of its turns: how a key can be withdrawn, and whether what it signed at a time counts then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vectors.generate.fixtures import DAY, END_OF_TIME, Claims, withdrawn


@dataclass(frozen=True)
class Withdrawal:
    """The entries of one key in the trust list, and whether a thing that it signed at `iat` counts."""

    slug: str
    comment: str
    entries: Sequence[Claims]
    counts: bool
    flags: tuple[str, ...] = ("rotation",)


def withdrawals(entry: Claims, iat: int) -> Iterator[Withdrawal]:
    """All of them; `entry` is the key's, `iat` the time of what it signed. Those that count come first."""
    edge = ("boundary", "rotation")
    other_window = {**entry, 3: iat - 2 * DAY, 4: iat - DAY}
    yield Withdrawal(
        "kept", "the key is withdrawn from the second after iat on, and what was before is kept",
        [withdrawn(entry, iat + 1, True)], True, edge,
    )  # fmt: skip
    yield Withdrawal(
        "kept-far", "the key is withdrawn from the end of time on, and what was before is kept",
        [withdrawn(entry, END_OF_TIME, True)], True,
    )  # fmt: skip
    yield Withdrawal(
        "one-entry", "of the key's two entries one is withdrawn and one is not: every match is tried",
        [withdrawn(entry, iat - DAY, False), entry], True,
    )  # fmt: skip
    yield Withdrawal(
        "at-iat", "the key is withdrawn from iat on, though what was before is kept",
        [withdrawn(entry, iat, True)], False, edge,
    )  # fmt: skip
    yield Withdrawal(
        "before-iat", "the key was withdrawn a day before iat",
        [withdrawn(entry, iat - DAY, True)], False,
    )  # fmt: skip
    yield Withdrawal(
        "from-zero", "the key is withdrawn from second 0 on, keep is true",
        [withdrawn(entry, 0, True)], False,
    )  # fmt: skip
    yield Withdrawal(
        "not-kept", "the key is withdrawn from the second after iat on, and nothing is kept",
        [withdrawn(entry, iat + 1, False)], False, edge,
    )  # fmt: skip
    yield Withdrawal(
        "not-kept-far", "the key is withdrawn from the end of time on, and nothing is kept",
        [withdrawn(entry, END_OF_TIME, False)], False,
    )  # fmt: skip
    yield Withdrawal(
        "each-entry", "of the key's two entries one has another window and one is withdrawn",
        [other_window, withdrawn(entry, iat, True)], False,
    )  # fmt: skip
